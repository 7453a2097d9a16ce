"""Shapes 67 to 71, 73 to 75, 78: what ceilings grow with, what counts in them, and since when."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


def test_shape_067_multiple_of_the_wage() -> None:
    """The ceiling is six times the published wage, each July another (Guangzhou)."""
    person = shape(
        """
        [[indicator.average_wage]]
        until = 2025-07-01
        yuan = 20_000.5

        [[indicator.average_wage]]
        from = 2025-07-01
        yuan = 21_000

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = { of = "average_wage", times = 6 } }]
        """,
        head="year_starts = 7",
    )
    # 6 x 20,000.50
    assert person.visit(200_000, date="2025-06-30").pooled == 120_003
    # a new year with the new wage, 6 x 21,000
    assert person.visit(200_000, date="2025-07-01").pooled == 126_000
    assert person.visit(100_000, date="2025-07-02").pooled == 0
    assert person.another().visit(100_000, date="2025-07-02").pooled == 90_000


@pytest.mark.parametrize(
    ("rounding", "active", "retired"),
    # 134,257 x 5 % = 6,712.85; x 6 % = 8,055.42
    [
        ("", "6712.85", "8055.42"),
        (", round_to_yuan = 1", "6713", "8055"),
        (", round_to_yuan = 100", "6700", "8100"),
    ],
)
def test_shape_067_percentage_of_the_wage(rounding: str, active: str, retired: str) -> None:
    """The ceiling is a percentage of the wage, printed rounded or not (Guangzhou outpatients)."""
    person = shape(f"""
        [[indicator.average_wage]]
        yuan = 134_257

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{{ share_pct = 80 }}]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan.active = {{ of = "average_wage", pct = 5{rounding} }}
        pay_yuan.retired = {{ of = "average_wage", pct = 6{rounding} }}
    """)
    retiree = person.another()
    assert person.visit(1_000, status="active").pooled == 800
    assert person.visit(100_000, status="active").pooled == Decimal(active) - 800
    assert retiree.visit(100_000, status="retired").pooled == Decimal(retired)


def test_shape_068_grows_with_years_enrolled() -> None:
    """The ceiling grows with the years enrolled (Ezhou: 300,000 from the third year)."""
    person = shape("""
        [enrolled_years]
        first_year = 0
        second_year = 2
        from_third_year = 3

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 85 }]

        [[layer.pool.ceilings]]
        per = "year"
        pay_yuan = { first_year = 100_000, second_year = 200_000, from_third_year = 300_000 }
    """)
    for years, paid in ((1, 100_000), (2, 200_000), (3, 300_000), (30, 300_000)):
        assert person.another().visit(1_000_000, enrolled_years=years).pooled == paid
    # what was paid in the second year of the insurance counts when the third begins within a year
    assert person.visit(200_000, date="2025-02-01", enrolled_years=2).pooled == 170_000
    assert person.visit(200_000, date="2025-05-01", enrolled_years=3).pooled == 130_000
    assert person.visit(1_000, date="2025-06-01").refused  # the years must be told


def test_shape_068_grows_with_months_without_a_break() -> None:
    """By steps of months to six times the wage from 72 (Shenzhen); who breaks off counts anew."""
    person = shape("""
        [months]
        under_6 = 0
        from_6 = 6
        from_12 = 12
        from_72 = 72

        [[indicator.average_wage]]
        yuan = 10_000

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]

        [[layer.pool.ceilings]]
        per = "year"
        pay_yuan.under_6 = { of = "average_wage", pct = 50 }
        pay_yuan.from_6 = { of = "average_wage", times = 1 }
        pay_yuan.from_12 = { of = "average_wage", times = 2 }
        pay_yuan.from_72 = { of = "average_wage", times = 6 }
    """)
    steps = ((5, 5_000), (6, 10_000), (11, 10_000), (71, 20_000), (72, 60_000), (300, 60_000))
    for months, paid in steps:
        assert person.another().visit(100_000, months=months).pooled == paid
    # after a break the months begin anew, but what was paid in the year counts
    assert person.visit(20_000, months=12).pooled == 18_000
    assert person.visit(1_000, months=2).pooled == 0
    assert person.visit(20_000, months=12).pooled == 2_000


def test_shape_069_benefits_share_a_ceiling() -> None:
    """Stays and visits to a clinic share one ceiling (Tongchuan 95,000; Shanghai, Zhengzhou)."""
    person = shape("""
        [[benefit.inpatient]]
        layers = ["stay"]

        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.stay]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = 95_000, used = "pool.pay" }]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]
        ceilings = [
            { per = "year", pay_yuan = 800 },
            { per = "year", pay_yuan = 95_000, used = "pool.pay" },
        ]
    """)
    assert person.visit(105_000).pooled == 94_500
    assert person.visit(1_200, benefit="outpatient").pooled == 500  # not 600
    assert person.visit(1_000).pooled == 0
    other = person.another()
    assert other.visit(1_200, benefit="outpatient").pooled == 600
    assert other.visit(1_200, benefit="outpatient").pooled == 200  # the clinic's own 800
    last = other.visit(105_000)
    assert last.pooled == 94_200  # 95,000 - 800
    assert last.counter("pool.pay") == 95_000


def test_shape_069_ceilings_not_added() -> None:
    """A chronic disease has its own ceiling, which stays do not touch (Meishan)."""
    person = shape("""
        [[benefit.inpatient]]
        layers = ["stay"]

        [[benefit.chronic_outpatient]]
        layers = ["chronic"]

        [[layer.stay]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = 50_000 }]

        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]
        ceilings = [{ per = "year", pay_yuan = 1_000 }]
    """)
    assert person.visit(100_000).pooled == 50_000
    assert person.visit(1_500, benefit="chronic_outpatient").pooled == 750
    assert person.visit(1_500, benefit="chronic_outpatient").pooled == 250
    assert person.visit(1_500).pooled == 0
    other = person.another()
    assert other.visit(4_000, benefit="chronic_outpatient").pooled == 1_000
    assert other.visit(100_000).pooled == 50_000


@pytest.mark.parametrize(
    ("on", "first", "second"),
    [
        # the fee counts: 15,000 of it, then the 5,000 that are left
        ("cost", 12_000, 4_000),
        # the payment counts: 12,000 of it, then the 8,000 that are left
        ("pay", 12_000, 8_000),
    ],
)
def test_shape_070_ceiling_on_fee_or_on_payment(on: str, first: int, second: int) -> None:
    """The ceiling is of the fee (Luzhou, Tongren) or of what the fund pays (others)."""
    person = shape(f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {{ per = "year", amount_yuan = 500 }}
        bands = [{{ share_pct = 80 }}]
        ceilings = [{{ per = "year", {on}_yuan = 20_000 }}]
    """)
    assert person.visit(15_500).pooled == first
    paid = person.visit(15_000)
    assert paid.pooled == second
    # 10,000 of the fee lie above 20,000; 5,000 lie above the fee of 25,000 for which 20,000 is paid
    assert paid.step("pool").over_ceiling == {"cost": 10_000, "pay": 5_000}[on]


def test_shape_071_class_a_before_class_b_at_the_ceiling() -> None:
    """Of the fee to the ceiling class A comes first, then class B (Tongren)."""
    person = shape("""
        [[layer.class_a]]
        fund = "pooled"
        base = ["item.class_a"]
        bands = [{ share_pct = 92 }]
        ceilings = [{ per = "year", cost_yuan = 20_000, used = "pool.cost" }]

        [[layer.class_b]]
        fund = "pooled"
        base = ["item.class_b"]
        first_share_pct = 20
        bands = [{ share_pct = 80 }]
        ceilings = [{ per = "year", cost_yuan = 20_000, used = "pool.cost" }]

        [[layer.supplement_a]]
        fund = "large_amount"
        base = ["class_a.over_ceiling"]
        bands = [{ share_pct = 92 }]

        [[layer.supplement_b]]
        fund = "large_amount"
        base = ["class_b.over_ceiling"]
        bands = [{ share_pct = 75 }]
    """)
    # A: 15,000 x 92 % = 13,800; B: 10,000 - 2,000 = 8,000, of which 5,000 x 80 % = 4,000;
    # were B first, it would be 6,400 + 12,000 x 92 % = 17,440
    first = person.visit(25_000, items={"class_a": 15_000, "class_b": 10_000})
    assert first.pooled == 17_800
    assert first.large_amount == 2_250  # 3,000 x 75 %
    second = person.visit(1_000, items={"class_a": 1_000})
    assert (second.pooled, second.large_amount) == (0, 920)
    # below the ceiling each class has its share
    other = person.another().visit(10_000, items={"class_a": 5_000, "class_b": 5_000})
    assert (other.pooled, other.large_amount) == (7_800, 0)


def test_shape_073_what_is_left_is_not_carried_over() -> None:
    """What is left of the year's sum is not carried into the next (Weinan, Yulin: 100)."""
    person = shape(
        """
        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = 100 }]
        """,
        scheme="resident",
    )
    assert person.visit(50, date="2025-12-31").pooled == 30
    # 100, not 170
    assert person.visit(1_000, date="2026-01-01").pooled == 100
    assert person.visit(1_000, date="2026-12-31").pooled == 0
    assert person.visit(1_000, date="2028-01-01").pooled == 100


def test_shape_074_by_kind_of_membership() -> None:
    """Who is insured by an employer has other ceilings than who insures himself (Chongqing)."""
    person = shape("""
        [values.tier]
        employer = "单位参保"

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { active = 60, retired = 70 } }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = { employer = { active = 3_000, retired = 4_000 }, flexible = 1_500 }
    """)
    assert person.visit(10_000, tier="employer", status="active").pooled == 3_000
    assert person.another().visit(10_000, tier="employer", status="retired").pooled == 4_000
    flexible = person.another()
    assert flexible.visit(1_000, tier="flexible", status="active").pooled == 600
    assert flexible.visit(10_000, tier="flexible", status="active").pooled == 900


def test_shape_075_by_premium_tier() -> None:
    """The ceilings go by the premium tier (Chongqing residents: 300/500, 80,000/120,000)."""
    person = shape(
        """
        [[benefit.inpatient]]
        layers = ["stay"]

        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.stay]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]
        ceilings = [{ per = "year", pay_yuan = { tier_1 = 80_000, tier_2 = 120_000 } }]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = { tier_1 = 300, tier_2 = 500 } }]
        """,
        scheme="resident",
    )
    low, high = person, person.another()
    assert low.visit(700, benefit="outpatient", tier="tier_1").pooled == 300
    assert high.visit(700, benefit="outpatient", tier="tier_2").pooled == 420
    assert high.visit(700, benefit="outpatient", tier="tier_2").pooled == 80
    assert low.visit(200_000, tier="tier_1").pooled == 80_000
    assert high.visit(200_000, tier="tier_2").pooled == 100_000
    assert high.visit(200_000, tier="tier_2").pooled == 20_000


def test_shape_075_by_years_of_membership() -> None:
    """After four years the ceiling is higher (Tianjin residents: 4,000, then 5,000)."""
    person = shape(
        """
        [enrolled_years]
        to_four_years = 0
        after_four_years = 5

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]

        [[layer.clinic.ceilings]]
        per = "year"
        pay_yuan = 4_000
        adjust = [{ when = { enrolled_years = "after_four_years" }, plus_yuan = 1_000 }]
        """,
        scheme="resident",
    )
    assert person.visit(5_000, enrolled_years=4).pooled == 2_500
    assert person.visit(20_000, enrolled_years=4).pooled == 1_500
    assert person.another().visit(20_000, enrolled_years=5).pooled == 5_000


def test_shape_078_raised_by_a_dated_notice() -> None:
    """A notice raises the ceiling on a day within the year (Hanzhong, May 2024)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = 60_000 }]

        [[layer.pool]]
        amends = 2010-01-01
        from = 2024-05-01
        ceilings = [{ per = "year", pay_yuan = 100_000 }]
    """)
    assert person.visit(80_000, date="2024-04-30").pooled == 60_000
    # the year goes on: 100,000 - 60,000, at the share that the notice does not touch
    assert person.visit(40_000, date="2024-05-01").pooled == 36_000
    assert person.visit(40_000, date="2024-05-02").pooled == 4_000
    assert person.another().visit(200_000, date="2024-05-01").pooled == 100_000


def test_shape_078_raised_with_the_year() -> None:
    """The ceiling is raised with the new year (Chengde outpatients: 1,200, from 2024 2,000)."""
    person = shape("""
        [[layer.clinic]]
        until = 2024-01-01
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = 1_200 }]

        [[layer.clinic]]
        from = 2024-01-01
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = 2_000 }]
    """)
    assert person.visit(1_000, date="2023-12-30").pooled == 600
    assert person.visit(5_000, date="2023-12-31").pooled == 600
    assert person.visit(1_000, date="2024-01-01").pooled == 600
    assert person.visit(5_000, date="2024-01-02").pooled == 1_400
