"""Shapes 45, 46 and 49 to 54: what the fund's share depends on, about the person and the place."""

from __future__ import annotations

import pytest

from tests.shapes.harness import shape


def test_shape_045_by_level() -> None:
    """The share goes by the hospital's level alone (Wuhan employees: 92 / 89 / 86)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 500 }
        bands = [{ share_pct = { primary = 92, secondary = 89, tertiary = 86 } }]
    """)
    # 10,000 - 500 = 9,500
    assert person.visit(10_000, level="primary").pooled == 8_740  # x 92 %
    assert person.visit(10_000, level="secondary").pooled == 8_455  # x 89 %
    assert person.visit(10_000, level="tertiary", status="retired").pooled == 8_170  # x 86 %
    # a level of which nothing is said, and no level: no figure is guessed
    assert person.visit(10_000, level="community").refused
    assert person.visit(10_000).refused


def test_shape_045_retired_bonus() -> None:
    """By level, and some points more for the retired (Yan'an +4; elsewhere from +2 to +10)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 92, secondary = 90, tertiary = 88 } }]
        adjust = [{ when = { status = "retired" }, add_points_pct = 4 }]
    """)
    assert person.visit(1_000, level="tertiary", status="active").pooled == 880
    retired = person.another()
    assert retired.visit(1_000, level="tertiary", status="retired").pooled == 920  # 88 + 4
    assert retired.visit(1_000, level="primary", status="retired").pooled == 960  # 92 + 4


def test_shape_045_retired_bonus_by_level() -> None:
    """The bonus itself differs by level (Wuhan outpatients: +5, +10, +10)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 85, secondary = 65, tertiary = 55 } }]
        adjust = [{ when = { status = "retired" }, add_points_pct = { primary = 5, other = 10 } }]
    """)
    assert person.visit(1_000, level="primary", status="retired").pooled == 900
    assert person.visit(1_000, level="secondary", status="retired").pooled == 750
    assert person.visit(1_000, level="secondary", status="active").pooled == 650


@pytest.mark.parametrize(
    ("factor", "paid"),
    # the active person bears 14 % of 10,000 = 1,400; the retired that times the factor
    [("0.5", 9_300), ("0.6", 9_160), ("0.7", 9_020), ("0.8", 8_880)],
)
def test_shape_046_retired_bears_a_part_of_the_active(factor: str, paid: int) -> None:
    """The retired bear a part of what the active bear (Beijing 0.6, Wuhan 0.8, Guangzhou 0.7)."""
    person = shape(f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{{ share_pct = 86 }}]
        adjust = [{{ when = {{ status = "retired" }}, person_share_times = {factor} }}]
    """)
    assert person.visit(10_000, status="active").pooled == 8_600
    assert person.another().visit(10_000, status="retired").pooled == paid


def test_shape_046_retired_flat() -> None:
    """The retired have one share at every level (Chongqing: 95; active 90 / 87 / 85)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]

        [[layer.pool.bands]]
        share_pct.retired = 95
        share_pct.other = { primary = 90, secondary = 87, tertiary = 85 }
    """)
    assert person.visit(10_000, level="secondary", status="active").pooled == 8_700
    assert person.visit(10_000, level="tertiary", status="active").pooled == 8_500
    retired = person.another()
    assert retired.visit(10_000, level="secondary", status="retired").pooled == 9_500
    assert retired.visit(10_000, level="tertiary", status="retired").pooled == 9_500
    assert retired.visit(10_000, status="retired").pooled == 9_500  # no level is asked for


def test_shape_046_bonus_at_some_levels_only() -> None:
    """The retired have more at secondary and tertiary hospitals only (Zhenjiang: +5)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 80, secondary = 75, tertiary = 60 } }]

        [[layer.pool.adjust]]
        when = { status = "retired", level = ["secondary", "tertiary"] }
        add_points_pct = 5
    """)
    retired = person.another()
    assert person.visit(1_000, level="primary", status="active").pooled == 800
    assert retired.visit(1_000, level="primary", status="retired").pooled == 800
    assert person.visit(1_000, level="secondary", status="active").pooled == 750
    assert retired.visit(1_000, level="secondary", status="retired").pooled == 800
    assert retired.visit(1_000, level="tertiary", status="retired").pooled == 650


def test_shape_046_bonus_capped() -> None:
    """The bonus brings the share to 99 at most (Shijiazhuang: 98 + 3 is 99)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 98, secondary = 90 } }]
        adjust = [
            { when = { status = "retired" }, add_points_pct = 3 },
            { at_most_pct = 99 },
        ]
    """)
    assert person.visit(1_000, level="primary", status="active").pooled == 980
    retired = person.another()
    assert retired.visit(1_000, level="primary", status="retired").pooled == 990  # not 1,000
    assert retired.visit(1_000, level="secondary", status="retired").pooled == 930


def test_shape_049_age_bands() -> None:
    """The retired have more from an age on (Beijing outpatients: 85, from 70 years 90)."""
    person = shape("""
        [age]
        under_70 = 0
        age_70_up = 70

        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "large_amount"
        base = ["in_scope"]

        [[layer.clinic.bands]]
        share_pct.community = 90
        share_pct.other = { active = 70, retired = { under_70 = 85, age_70_up = 90 } }
    """)
    visit = {"benefit": "outpatient", "level": "tertiary"}
    assert person.visit(1_000, **visit, status="retired", age=69).large_amount == 850
    assert person.visit(1_000, **visit, status="retired", age=70).large_amount == 900
    # of an active person, and at a community centre, the age is not asked
    assert person.visit(1_000, **visit, status="active").large_amount == 700
    near = person.visit(1_000, benefit="outpatient", level="community", status="retired")
    assert near.large_amount == 900
    assert person.visit(1_000, **visit, status="retired").refused


def test_shape_049_share_grows_with_age() -> None:
    """The share grows step by step with age (Chengdu inpatients)."""
    person = shape("""
        [age]
        under_50 = 0
        from_50 = 50
        from_60 = 60
        from_70 = 70

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { secondary = 89, tertiary = 85 } }]
        adjust = [{ add_points_pct = { under_50 = 0, from_50 = 2, from_60 = 4, from_70 = 6 } }]
    """)
    assert person.visit(10_000, level="tertiary", age=49).pooled == 8_500
    assert person.visit(10_000, level="tertiary", age=50).pooled == 8_700
    assert person.visit(10_000, level="secondary", age=69).pooled == 9_300
    assert person.visit(10_000, level="secondary", age=70).pooled == 9_500


def test_shape_050_cohort() -> None:
    """Who was born and retired when decides (Shanghai outpatients, the middle cohort)."""
    person = shape("""
        [values.cohort]
        born_later = "1956年后出生"
        working_to_2000 = "1955年前出生、2000年底前在职"
        retired_to_2000 = "2000年底前退休"

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = { retired_to_2000 = 700, other = 1_500 } }

        [[layer.clinic.bands]]
        share_pct.born_later = { primary = 65, tertiary = 50 }
        share_pct.working_to_2000 = { primary = 75, tertiary = 70 }
        share_pct.retired_to_2000 = 90
    """)
    # 2,500 - 1,500 = 1,000 x 50 %, x 70 %; 2,500 - 700 = 1,800 x 90 %
    assert person.visit(2_500, level="tertiary", cohort="born_later").pooled == 500
    assert person.visit(1_000, level="primary", cohort="born_later").pooled == 650
    middle, oldest = person.another(), person.another()
    assert middle.visit(2_500, level="tertiary", cohort="working_to_2000").pooled == 700
    assert oldest.visit(2_500, level="tertiary", cohort="retired_to_2000").pooled == 1_620
    assert person.another().visit(2_500, level="tertiary").refused  # the cohort must be told


def test_shape_051_share_by_premium_tier() -> None:
    """The share goes by the premium tier and the level (Chengdu and Yantai residents)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]

        [[layer.pool.bands]]
        share_pct.tier_1 = { secondary = 70, tertiary = 55 }
        share_pct.tier_2 = { secondary = 82, tertiary = 68 }
        """,
        scheme="resident",
    )
    low, high = person, person.another()
    assert low.visit(1_000, tier="tier_1", level="secondary").pooled == 700
    assert high.visit(1_000, tier="tier_2", level="secondary").pooled == 820
    assert high.visit(1_000, tier="tier_2", level="tertiary").pooled == 680
    assert high.visit(1_000, level="tertiary").refused


def test_shape_051_higher_tier_adds_points() -> None:
    """Who pays the higher premium has ten points more (Tianjin residents)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 70, tertiary = 60 } }]
        adjust = [{ when = { tier = "tier_2" }, add_points_pct = 10 }]
        """,
        scheme="resident",
    )
    assert person.visit(1_000, tier="tier_1", level="primary").pooled == 700
    assert person.visit(1_000, tier="tier_2", level="primary").pooled == 800
    assert person.visit(1_000, tier="tier_2", level="tertiary").pooled == 700


def test_shape_052_by_months_without_a_break() -> None:
    """The share grows with the months enrolled (Shenzhen special diseases: 60 / 75 / 90)."""
    person = shape("""
        [months]
        new_member = 0
        from_12_months = 12
        from_36_months = 36

        [[benefit.special_disease]]
        layers = ["special"]

        [[layer.special]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { new_member = 60, from_12_months = 75, from_36_months = 90 } }]
    """)
    # both sides of both edges; longer than any number of months that is told apart
    for months, paid in ((0, 600), (11, 600), (12, 750), (35, 750), (36, 900), (400, 900)):
        assert person.visit(1_000, benefit="special_disease", months=months).pooled == paid
    assert person.visit(1_000, benefit="special_disease").refused


def test_shape_052_nothing_said_before_six_months() -> None:
    """One share for all who have been enrolled for six months (Huizhou: 95, retired 96)."""
    person = shape("""
        [months]
        new_member = 0
        from_six_months = 6

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { from_six_months = { active = 95, retired = 96 } } }]
    """)
    assert person.visit(1_000, months=5, status="active").refused
    assert person.visit(1_000, months=6, status="active").pooled == 950
    assert person.visit(1_000, months=6, status="retired").pooled == 960


def test_shape_053_family_doctor() -> None:
    """Who has signed with a family doctor has five points more (Fuzhou residents)."""
    person = shape(
        """
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]
        adjust = [{ when = { family_doctor = "signed" }, add_points_pct = 5 }]
        """,
        scheme="resident",
    )
    assert person.visit(1_000, benefit="outpatient").pooled == 500  # unsigned goes without saying
    assert person.visit(1_000, benefit="outpatient", family_doctor="unsigned").pooled == 500
    assert person.visit(1_000, benefit="outpatient", family_doctor="signed").pooled == 550


def test_shape_053_family_doctor_and_disease() -> None:
    """Two diseases prescribed by the own family doctor are paid at 90 (Shenzhen)."""
    person = shape("""
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 75, secondary = 65, tertiary = 55 } }]

        [[layer.clinic.adjust]]
        when = { disease = ["hypertension", "diabetes"], family_doctor = "signed" }
        at_least_pct = 90
    """)
    visit = {"benefit": "outpatient", "level": "primary"}
    assert person.visit(1_000, **visit, disease="diabetes", family_doctor="signed").pooled == 900
    assert person.visit(1_000, **visit, disease="diabetes").pooled == 750
    assert person.visit(1_000, **visit, family_doctor="signed").pooled == 750


def test_shape_054_village_station() -> None:
    """Village station, township and others have shares of their own (Shijiazhuang: 95/90/50)."""
    person = shape(
        """
        [values.level]
        village_station = "村卫生室"
        township = "乡镇卫生院"

        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { village_station = 95, township = 90, other = 50 } }]
        """,
        scheme="resident",
    )
    visit = {"benefit": "outpatient"}
    assert person.visit(100, **visit, level="village_station").pooled == 95
    assert person.visit(100, **visit, level="township").pooled == 90
    assert person.visit(100, **visit, level="primary").pooled == 50
