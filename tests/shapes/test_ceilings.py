"""Shapes 62 to 66: ceilings by window, by disease, by age, and by level."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


def test_shape_062_ceiling_of_the_year() -> None:
    """What the fund pays in a year ends at a sum (almost everywhere; Wuhan 3,500 and 4,500)."""
    person = shape("""
        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = { active = 3_500, retired = 4_500 } }]
    """)
    assert person.visit(5_000, status="active").pooled == 3_000
    second = person.visit(1_000, status="active")
    assert second.pooled == 500  # 600, of which 500 are left
    assert second.cash == 500
    assert person.visit(1_000, status="active").pooled == 0
    retired = person.another()
    assert retired.visit(5_000, status="retired").pooled == 3_000
    assert retired.visit(1_000, status="retired").pooled == 600


def test_shape_062_no_ceiling_any_more() -> None:
    """A ceiling is abolished on a day (Beijing outpatients: 20,000 until 2023)."""
    person = shape("""
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "large_amount"
        base = ["in_scope"]
        bands = [{ share_pct = 70 }]
        ceilings = [{ per = "year", pay_yuan = 20_000 }]

        [[layer.clinic]]
        amends = 2010-01-01
        from = 2023-01-01
        ceilings = []
    """)
    visit = {"benefit": "outpatient"}
    assert person.visit(20_000, date="2022-12-30", **visit).large_amount == 14_000
    assert person.visit(40_000, date="2022-12-31", **visit).large_amount == 6_000
    assert person.visit(40_000, date="2023-01-01", **visit).large_amount == 28_000
    assert person.visit(4_000_000, date="2023-01-02", **visit).large_amount == 2_800_000


def test_shape_062_ceiling_of_the_day() -> None:
    """What the fund pays on one day ends at a sum (Guangdong outpatients: 60)."""
    person = shape("""
        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]
        ceilings = [{ per = "day", pay_yuan = 60 }]
    """)
    assert person.visit(100, date="2025-03-01").pooled == 50
    assert person.visit(100, date="2025-03-01").pooled == 10
    assert person.visit(100, date="2025-03-02").pooled == 50
    assert person.visit(200, date="2025-03-03").pooled == 60


def test_shape_062_ceiling_of_the_visit() -> None:
    """So much for each visit (Xianyang residents: township 40, village 30), and for the year."""
    person = shape(
        """
        [values.level]
        village_station = "村卫生室"

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { village_station = 70, primary = 60 } }]
        ceilings = [
            { per = "visit", pay_yuan = { village_station = 30, primary = 40 } },
            { per = "year", pay_yuan = 120 },
        ]
        """,
        scheme="resident",
    )
    assert person.visit(40, level="village_station").pooled == 28
    assert person.visit(100, level="village_station").pooled == 30  # not 70
    assert person.visit(100, level="primary").pooled == 40  # not 60
    # 120 - 28 - 30 - 40 are left of the year
    assert person.visit(100, level="primary").pooled == 22


def test_shape_062_ceiling_of_the_month() -> None:
    """So much for each month (Yangjiang: 165.50), whatever was left of the month before."""
    person = shape("""
        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 70 }]
        ceilings = [{ per = "month", pay_yuan = 165.5 }]
    """)
    assert person.visit(200, date="2025-03-01").pooled == 140
    assert person.visit(200, date="2025-03-31").pooled == Decimal("25.50")
    assert person.visit(200, date="2025-04-01").pooled == 140
    assert person.visit(1_000, date="2025-05-01").pooled == Decimal("165.50")


def test_shape_062_quota_of_the_month_for_a_disease() -> None:
    """After a transplant the cost is paid up to a monthly quota (Beijing, falling by year)."""
    person = shape("""
        [values.care]
        first_year = "术后第一年"
        second_year = "术后第二年"

        [[layer.special]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]

        [[layer.special.ceilings]]
        per = "month"
        cost_yuan = { first_year = 6_000, second_year = 5_000 }
        when = { disease = "transplant" }
    """)
    visit = {"disease": "transplant", "care": "first_year"}
    assert person.visit(4_000, **visit).pooled == 3_600
    assert person.visit(4_000, **visit).pooled == 1_800  # 2,000 of cost are left
    assert person.visit(9_000, disease="dialysis").pooled == 8_100  # no quota
    later = person.another()
    assert later.visit(9_000, disease="transplant", care="second_year").pooled == 4_500
    assert later.visit(9_000, disease="transplant").refused  # no quota is known for this


def test_shape_063_each_disease_its_own() -> None:
    """Each disease has its own sum in the year (Yulin: hypertension 300, diabetes 480)."""
    person = shape(
        """
        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { hypertension = 300, diabetes = 480 }
        used_each = "disease"
        """,
        scheme="resident",
    )
    assert person.visit(400, disease="hypertension").pooled == 240
    assert person.visit(1_000, disease="diabetes").pooled == 480
    # what diabetes took is nothing to hypertension
    last = person.visit(400, disease="hypertension")
    assert last.pooled == 60
    assert last.counter("clinic.pay@hypertension") == 300
    assert last.counter("clinic.pay@diabetes") == 480
    assert person.visit(400, disease="cancer").refused  # no figure


def test_shape_063_two_diseases_together() -> None:
    """Who has both diseases has the sum of both for either (Nanchang: 400, 500, both 900)."""
    person = shape(
        """
        [values.disease]
        both_diseases = "高血压合并糖尿病"

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 60, secondary = 50 } }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { hypertension = 400, diabetes = 500, both_diseases = 900 }
        """,
        scheme="resident",
    )
    assert person.visit(1_000, level="primary", disease="diabetes").pooled == 500
    both = person.another()
    assert both.visit(1_000, level="primary", disease="both_diseases").pooled == 600
    assert both.visit(1_000, level="secondary", disease="both_diseases").pooled == 300


def test_shape_063_several_diseases_not_above_a_sum() -> None:
    """Each disease its own sum, and several together another (Nanchang class II: 7,000)."""
    person = shape("""
        [values.cohort]
        one_disease = "一种慢性病"
        several_diseases = "两种以上慢性病"

        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 80 }]

        [[layer.chronic.ceilings]]
        per = "year"
        pay_yuan = { hypertension = 4_000, other = 6_000 }
        used_each = "disease"

        [[layer.chronic.ceilings]]
        per = "year"
        pay_yuan = 7_000
        used = "chronic.together"
        when = { cohort = "several_diseases" }
    """)
    several = {"cohort": "several_diseases"}
    assert person.visit(10_000, disease="diabetes", **several).pooled == 6_000
    assert person.visit(10_000, disease="hypertension", **several).pooled == 1_000
    one = person.another()
    assert one.visit(10_000, disease="hypertension", cohort="one_disease").pooled == 4_000
    assert one.visit(10_000, disease="diabetes", cohort="one_disease").pooled == 6_000
    assert one.visit(10_000, disease="diabetes", cohort="one_disease").pooled == 0


def test_shape_064_diseases_share_a_ceiling() -> None:
    """Some diseases share one sum, others have none (Nanchang class I)."""
    person = shape("""
        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]

        [[layer.chronic.ceilings]]
        per = "year"
        pay_yuan = 10_000
        when = { disease = ["cancer", "transplant"] }
    """)
    assert person.visit(10_000, disease="cancer").pooled == 9_000
    assert person.visit(10_000, disease="transplant").pooled == 1_000
    # a disease without the ceiling is not cut by it and does not count in it
    assert person.visit(10_000, disease="dialysis").pooled == 9_000
    other = person.another()
    assert other.visit(10_000, disease="dialysis").pooled == 9_000
    assert other.visit(20_000, disease="transplant").pooled == 10_000


@pytest.mark.parametrize(
    ("who", "paid"),
    [
        ({"status": "active", "age": 44}, 3_500),
        ({"status": "active", "age": 45}, 4_500),
        ({"status": "retired", "age": 50}, 6_000),
        ({"status": "retired"}, 6_000),
    ],
)
def test_shape_065_ceiling_by_age(who: dict[str, object], paid: int) -> None:
    """The ceiling goes by age and status (Shijiazhuang: 3,500, from 45 years 4,500, 6,000)."""
    person = shape("""
        [age]
        under_45 = 0
        from_45 = 45

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { active = 60, retired = 70 } }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { retired = 6_000, active = { under_45 = 3_500, from_45 = 4_500 } }
    """)
    assert person.visit(100_000, **who).pooled == paid
    assert person.visit(100_000, **who).pooled == 0


def test_shape_066_ceiling_within_a_ceiling() -> None:
    """Within the ceiling, so much at larger hospitals (Shenzhen: 3 % of the wage within 6 %)."""
    person = shape("""
        [[indicator.average_wage]]
        yuan = 100_000

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 75, secondary = 65, tertiary = 55 } }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { of = "average_wage", pct = 6 }

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { of = "average_wage", pct = 3 }
        used = "clinic.larger"
        when = { level = ["secondary", "tertiary"] }
    """)
    assert person.visit(4_000, level="secondary").pooled == 2_600
    assert person.visit(4_000, level="tertiary").pooled == 400  # 3,000 at larger hospitals
    assert person.visit(2_000, level="primary").pooled == 1_500
    assert person.visit(4_000, level="primary").pooled == 1_500  # 6,000 in all
    other = person.another()
    assert other.visit(7_000, level="primary").pooled == 5_250
    assert other.visit(4_000, level="secondary").pooled == 750  # the wider one comes first here
