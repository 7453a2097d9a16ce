"""Shapes 84 to 91: serious-illness insurance, its deductible, bands, groups, and incentives."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape

#: The basic insurance pays half; the other half is what the serious-illness insurance looks at.
HALF = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]
"""


def test_shape_084_half_of_the_income() -> None:
    """The deductible is half of the income per head, published each year (national)."""
    person = shape(
        f"""
    [[indicator.income]]
    until = 2025-01-01
    yuan = 33_000

    [[indicator.income]]
    from = 2025-01-01
    yuan = 34_001
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    bands = [{{ share_pct = 60 }}]

    [layer.serious.deductible]
    per = "year"
    amount_yuan = {{ of = "income", pct = 50, round_to_yuan = 1 }}
    """,
        scheme="resident",
    )
    # 20,000 - 16,500 = 3,500 x 60 %
    assert person.visit(40_000, date="2024-12-31").serious_illness == 2_100
    # 34,001 / 2 = 17,000.50, rounded half-up to 17,001; 20,001 - 17,001 = 3,000 x 60 %
    assert person.visit(40_002, date="2025-01-01").serious_illness == 1_800
    # several small stays may add up to the deductible
    other = person.another()
    assert other.visit(20_000, date="2025-01-01").serious_illness == 0
    assert other.visit(34_002, date="2025-02-01").serious_illness == 6_000


def test_shape_084_whole_income_or_a_published_number() -> None:
    """The deductible is the whole income (Beijing 2013), later a number (18,797, then 19,856)."""
    person = shape(f"""
    [[indicator.income]]
    yuan = 40_321
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = {{ per = "year", amount_yuan = {{ of = "income", times = 1 }} }}
    bands = [{{ share_pct = 60 }}]

    [[layer.serious]]
    amends = 2010-01-01
    from = 2025-01-01
    deductible = {{ per = "year", amount_yuan = 18_797 }}

    [[layer.serious]]
    amends = 2025-01-01
    from = 2026-01-01
    deductible = {{ per = "year", amount_yuan = 19_856 }}
    """)
    # 50,321 - 40,321 = 10,000; 28,797 - 18,797; 29,856 - 19,856
    assert person.visit(642, date="2024-12-30").serious_illness == 0
    assert person.visit(100_000, date="2024-12-31").serious_illness == 6_000
    assert person.visit(57_594, date="2025-12-30").serious_illness == 6_000
    assert person.visit(1_000, date="2025-12-31").serious_illness == 300
    assert person.visit(712, date="2026-01-01").serious_illness == 0
    assert person.visit(59_000, date="2026-01-02").serious_illness == 6_000


@pytest.mark.parametrize(
    ("inside", "first", "second"),
    [
        # 50,000 above the deductible: 10,000 x 60 %; then 40,000 x 60 % + 20,000 x 70 %
        ("false", 6_000, 38_000),
        # to 50,000 of the burden: 10,000 x 60 %; then 10,000 x 60 % + 50,000 x 70 %
        ("true", 6_000, 41_000),
    ],
)
def test_shape_085_bands_above_the_deductible_or_absolute(
    inside: str, first: int, second: int
) -> None:
    """Bands count from the deductible (Beijing, Chengdu) or are amounts of the burden (others)."""
    person = shape(f"""
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = {{ per = "year", amount_yuan = 30_000, inside_first_band = {inside} }}
    bands_per = "year"
    bands = [{{ upto_yuan = 50_000, share_pct = 60 }}, {{ share_pct = 70 }}]
    """)
    assert person.visit(60_000).serious_illness == 0
    assert person.visit(20_000).serious_illness == first
    assert person.visit(120_000).serious_illness == second
    # at once it is the same
    assert person.another().visit(200_000).serious_illness == first + second


def test_shape_086_the_poor() -> None:
    """For the poor half the deductible, five points more, no ceiling (Beijing, Ulanqab)."""
    person = shape(
        f"""
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = {{ per = "year", amount_yuan = 14_001 }}
    bands = [{{ share_pct = 60 }}]
    ceilings = [{{ per = "year", pay_yuan = 500_000, when = {{ assistance = "unassisted" }} }}]

    [[layer.serious.adjust]]
    when = {{ assistance = ["extreme_poor", "minimum_living"] }}
    deductible_times = 0.5

    [[layer.serious.adjust]]
    when = {{ assistance = ["extreme_poor", "minimum_living"] }}
    add_points_pct = 5
    """,
        scheme="resident",
    )
    # 24,001 - 14,001 = 10,000 x 60 %
    assert person.visit(48_002).serious_illness == 6_000
    # 2,000,000 x 60 % is above what is left of 500,000
    assert person.visit(4_000_000).serious_illness == 494_000
    poor = person.another()
    # 17,000.50 - 7,000.50 = 10,000 x 65 %
    assert poor.visit(34_001, assistance="extreme_poor").serious_illness == 6_500
    assert poor.visit(4_000_000, assistance="extreme_poor").serious_illness == 1_300_000


def test_shape_086_more_grades() -> None:
    """Each grade of need has its deductible and its points (Guangdong: 2,000 +5, 0 +10)."""
    person = shape(
        f"""
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    bands = [{{ share_pct = 60 }}]
    adjust = [{{ add_points_pct = {{ low_income = 5, extreme_poor = 10, other = 0 }} }}]

    [layer.serious.deductible]
    per = "year"
    amount_yuan = {{ low_income = 2_000, extreme_poor = 0, other = 10_000 }}
    """,
        scheme="resident",
    )
    assert person.visit(40_000).serious_illness == 6_000  # 10,000 x 60 %
    assert person.visit(1_000).serious_illness == 300  # the deductible is of the year
    difficult, extreme = person.another(), person.another()
    assert difficult.visit(40_000, assistance="low_income").serious_illness == 11_700  # 18,000
    assert extreme.visit(40_000, assistance="extreme_poor").serious_illness == 14_000  # 20,000


def test_shape_087_listed_diseases() -> None:
    """It serves listed diseases, without a deductible (Shanghai residents: 60)."""
    person = shape(
        f"""
    [values.disease]
    uraemia = "尿毒症"
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    serves = {{ disease = ["cancer", "transplant", "uraemia"] }}
    bands = [{{ share_pct = 60 }}]
    """,
        scheme="resident",
    )
    assert person.visit(10_000, disease="cancer").serious_illness == 3_000
    assert person.visit(10_000, disease="uraemia").serious_illness == 3_000
    assert person.visit(1_000_000, disease="diabetes").layers == ("pool",)
    assert person.visit(1_000_000).serious_illness == 0


def test_shape_088_what_is_not_in_scope() -> None:
    """First steps, what is over a price, what is out of the catalogue, and the first share of
    care elsewhere do not count (Nanchang).
    """
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 600 }
        first_share_pct = { referred = 10, unfiled = 20, other = 0 }
        bands = [{ share_pct = 60 }]

        [[layer.serious]]
        fund = "serious_illness"
        base = ["pool.deductible", "pool.copay"]
        deductible = { per = "year", amount_yuan = 2_000 }
        bands = [{ share_pct = 60 }]
        """,
        scheme="resident",
    )
    outside = {"first_step": 900, "over_limit": 800, "full_self_pay": 700}
    # 10,000 x 40 % + 600 - 2,000 = 2,600 x 60 %; the rest of the bill is the person's
    paid = person.visit(10_600, **outside)
    assert (paid.pooled, paid.serious_illness, paid.cash) == (6_000, 1_560, 5_440)
    # the pool's deductible is due again, the other is not: (600 + 400) x 60 %
    assert person.visit(1_600).serious_illness == 600
    # 10,600 x 20 % = 2,120 stay with the person first; 8,480 - 600 = 7,880 x 60 %;
    # 3,152 + 600 - 2,000 = 1,752 x 60 %
    away = person.another().visit(10_600, **outside, place="unfiled")
    assert away.step("pool").first_share == 2_120
    assert (away.pooled, away.serious_illness) == (4_728, Decimal("1051.20"))


#: The bounds above the deductible, the shares of the bands, and what is paid of 400,000.
TIERS = [
    # 50,000 x 60 % + 50,000 x 65 % + 300,000 x 75 %
    ([50_000, 100_000], [60, 65, 75], 287_500),
    # 30,000 x 60 % + 70,000 x 70 % + 300,000 x 80 %
    ([30_000, 100_000], [60, 70, 80], 307_000),
    ([], [60], 240_000),
    # 100,000 x 70 % + 300,000 x 80 %
    ([100_000], [70, 80], 310_000),
    # 10,000 x 60 % + 10,000 x 65 % + 30,000 x 70 % + 50,000 x 75 % + 300,000 x 80 %
    ([10_000, 20_000, 50_000, 100_000], [60, 65, 70, 75, 80], 311_000),
]


@pytest.mark.parametrize(("bounds", "shares", "paid"), TIERS)
def test_shape_089_tiers(bounds: list[int], shares: list[int], paid: int) -> None:
    """One to five tiers of shares that rise (60/65/75, 60/70/80, 60, 70/80; Lanzhou 60 to 80)."""
    rows = [f"{{ upto_yuan = {bound}, share_pct = " for bound in bounds] + ["{ share_pct = "]
    bands = ", ".join(f"{row}{share} }}" for row, share in zip(rows, shares, strict=True))
    person = shape(f"""
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = {{ per = "year", amount_yuan = 12_000 }}
    bands_per = "year"
    bands = [{bands}]
    """)
    assert person.visit(24_000).serious_illness == 0
    assert person.visit(2_000).serious_illness == 10 * shares[0]
    # the rest of 400,000, in two visits
    parts = [person.visit(599_000), person.visit(199_000)]
    assert sum(part.serious_illness for part in parts) == paid - 10 * shares[0]


def test_shape_090_incentives() -> None:
    """Each year after four, and each without a claim, 3,000 more of ceiling, together not above
    a fifth of it (Jiangxi, Shaanxi; national at least 1,000).
    """
    person = shape(
        f"""
    [enrolled_years]
    to_four = 0
    five = 5
    six = 6
    twenty = 20

    [zero_claim_years]
    none = 0
    one = 1
    two = 2
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    bands = [{{ share_pct = 60 }}]

    [[layer.serious.ceilings]]
    per = "year"
    pay_yuan = 250_000
    adjust = [
        {{ plus_yuan = {{ to_four = 0, five = 3_000, six = 6_000, twenty = 48_000 }} }},
        {{ plus_yuan = {{ none = 0, one = 3_000, two = 6_000 }} }},
        {{ at_most_yuan = 300_000 }},
    ]
    """,
        scheme="resident",
    )
    steps = [
        (4, 0, 250_000),
        (5, 0, 253_000),
        (6, 0, 256_000),
        (6, 1, 259_000),
        (4, 2, 256_000),
        (20, 0, 298_000),
        (20, 1, 300_000),  # not 301,000
    ]
    for enrolled, without, paid in steps:
        years = {"enrolled_years": enrolled, "zero_claim_years": without}
        assert person.another().visit(2_000_000, **years).serious_illness == paid
    # once it is used, the years without a claim are gone; after a break the years begin anew
    person.visit(2_000_000, date="2025-03-01", enrolled_years=6, zero_claim_years=2)
    later = person.visit(2_000_000, date="2026-03-01", enrolled_years=7, zero_claim_years=0)
    assert later.serious_illness == 256_000
    later = person.visit(1_000, date="2026-03-02", enrolled_years=7, zero_claim_years=0)
    assert later.serious_illness == 0
    broken = person.visit(2_000_000, date="2027-03-01", enrolled_years=1, zero_claim_years=0)
    assert broken.serious_illness == 250_000


SECONDARY = """
    [[layer.secondary]]
    title = "二次补偿"
    fund = "other"
    base = ["rest"]
    deductible = { per = "year", amount_yuan = 30_000 }
    bands = [{ share_pct = 50 }]
"""


def test_shape_091_secondary_compensation() -> None:
    """Of what is left in scope after all layers, half of the part above 30,000 (Yulin)."""
    person = shape(
        f"""
    {HALF}
    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = {{ per = "year", amount_yuan = 13_500 }}
    bands = [{{ share_pct = 60 }}]
    {SECONDARY}
    """,
        scheme="resident",
    )
    # 33,500 - 13,500 = 20,000 x 60 %; 21,500 are left, and what is out of scope does not count
    paid = person.visit(67_000, full_self_pay=40_000)
    assert (paid.serious_illness, paid.other, paid.cash) == (12_000, 0, 61_500)
    # 40,000 x 60 %; 16,000 are left, 7,500 of them above 30,000 of the year
    paid = person.visit(80_000)
    assert (paid.serious_illness, paid.other, paid.cash) == (24_000, 3_750, 12_250)


def test_shape_091_secondary_compensation_of_a_year() -> None:
    """The same, settled once on the burden of the year before as a claim of its own."""
    person = shape(
        """
        [[benefit.secondary_compensation]]
        layers = ["secondary"]

        [[layer.secondary]]
        fund = "other"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 30_000 }
        bands = [{ share_pct = 50 }]
        """,
        scheme="resident",
    )
    once = {"benefit": "secondary_compensation"}
    assert person.visit(30_000, date="2026-02-01", **once).other == 0
    assert person.visit(37_500, date="2026-02-02", **once).other == 3_750
    assert person.another().visit(37_500, date="2026-02-01", **once).other == 3_750
