"""Serious illness over a year, and medical assistance: whom it serves, of what, how much."""

from __future__ import annotations

from decimal import Decimal

from tests.shapes.harness import shape

HALF = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]
"""

SERIOUS = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 60 }]

    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.rest"]
    deductible = { per = "year", amount_yuan = 10_000 }
    bands_per = "year"
    bands = [{ upto_yuan = 5_000, share_pct = 60 }, { share_pct = 70 }]
"""


def test_shape_092_several_small_stays_reach_the_yearly_deductible_at_discharge() -> None:
    """At discharge, on the burden of the year so far (national notice of 2021, No. 42)."""
    person = shape(SERIOUS)
    # Each stay leaves 15,000 x 40 % = 6,000; the first is below 10,000.
    assert person.visit(15_000, date="2025-02-01").serious_illness == 0
    # 12,000 - 10,000 = 2,000 x 60 %
    assert person.visit(15_000, date="2025-05-01").serious_illness == 1_200
    # 3,000 x 60 % + 3,000 x 70 % = 1,800 + 2,100: the bands go on with the year
    assert person.visit(15_000, date="2025-08-01").serious_illness == 3_900
    # A new year: 6,000 are below 10,000 again.
    assert person.visit(15_000, date="2026-02-01").serious_illness == 0
    other = person.another()
    assert other.visit(25_000, date="2025-02-01").serious_illness == 0  # 10,000, not above it
    assert other.visit(100, date="2025-02-02").serious_illness == 24  # 40 x 60 %


def test_shape_092_settled_once_a_year() -> None:
    """On application after the year, on its whole burden (Beijing, rules of 2013)."""
    yearly = (
        SERIOUS.replace('base = ["pool.rest"]', 'base = ["in_scope"]')
        + """
    [[benefit.inpatient]]
    layers = ["pool"]

    [[benefit.secondary_compensation]]
    layers = ["serious"]
    """
    )
    person = shape(yearly)
    for month in ("02", "05", "08"):
        paid = person.visit(15_000, date=f"2024-{month}-01")
        assert (paid.serious_illness, paid.cash) == (0, 6_000)
    # 3 x 6,000 = 18,000 - 10,000 = 8,000: 5,000 x 60 % + 3,000 x 70 % = 3,000 + 2,100
    paid = person.visit(18_000, date="2025-03-01", benefit="secondary_compensation")
    assert paid.serious_illness == 5_100
    other = person.another()
    paid = other.visit(10_000, date="2025-03-01", benefit="secondary_compensation")
    assert paid.serious_illness == 0


CATEGORIES = (
    HALF
    + """
    [[benefit.inpatient]]
    layers = ["pool", "aid_inpatient", "aid_impoverished"]

    [[benefit.outpatient]]
    layers = ["pool", "aid_outpatient"]

    [[layer.aid_inpatient]]
    fund = "assistance"
    base = ["pool.rest"]
    serves = { assistance = ["extreme_poor", "minimum_living"] }
    bands = [{ share_pct = { extreme_poor = 100, minimum_living = 85 } }]
    ceilings = [{ per = "year", pay_yuan = 160_000, when = { assistance = "minimum_living" } }]

    [[layer.aid_impoverished]]
    fund = "assistance"
    base = ["pool.rest"]
    serves = { assistance = "illness_impoverished" }
    bands = [
      { upto_yuan = 30_000, share_pct = 30 },
      { upto_yuan = 50_000, share_pct = 40 },
      { share_pct = 50 },
    ]
    ceilings = [{ per = "year", pay_yuan = 150_000 }]

    [[layer.aid_outpatient]]
    fund = "assistance"
    base = ["pool.rest"]
    serves = { assistance = ["extreme_poor", "minimum_living"] }
    bands = [{ share_pct = { extreme_poor = 100, minimum_living = 80 } }]
    ceilings = [{ per = "year", pay_yuan = 8_000, when = { assistance = "minimum_living" } }]
"""
)


def test_shape_093_categories_have_their_own_ratio_ceiling_and_bucket() -> None:
    """100 % without ceiling, 80/85 % with 8,000 and 160,000, bands with 150,000 (Beijing)."""
    person = shape(CATEGORIES)
    poor = {"assistance": "minimum_living"}
    # 400,000 x 50 % = 200,000 are left: x 85 % = 170,000, above 160,000
    assert person.visit(400_000, **poor).assistance == 160_000
    assert person.visit(400_000, **poor).assistance == 0
    # The outpatient bucket is another: 8,000 x 80 % = 6,400, then 8,000 - 6,400 = 1,600.
    assert person.visit(16_000, benefit="outpatient", **poor).assistance == 6_400
    assert person.visit(16_000, benefit="outpatient", **poor).assistance == 1_600
    for benefit in ("inpatient", "outpatient"):
        extreme = person.another().visit(400_000, benefit=benefit, assistance="extreme_poor")
        assert (extreme.assistance, extreme.cash) == (200_000, 0)  # 100 %, no ceiling
    assert person.another().visit(400_000).assistance == 0  # in no category


def test_shape_093_a_category_with_bands() -> None:
    """Bands of 30/40/50 % with 150,000 a year (Beijing, impoverished by illness)."""
    person = shape(CATEGORIES)
    ill = {"assistance": "illness_impoverished"}
    # 200,000: 30,000 x 30 % + 20,000 x 40 % + 150,000 x 50 % = 9,000 + 8,000 + 75,000
    assert person.visit(400_000, **ill).assistance == 92_000
    # 320,000: 9,000 + 8,000 + 270,000 x 50 % = 152,000, above 150,000
    assert person.another().visit(640_000, **ill).assistance == 150_000
    assert person.visit(640_000, **ill).assistance == 58_000  # 150,000 - 92,000


def test_shape_094_buckets_by_disease_and_size_of_the_bill() -> None:
    """Outpatient, ordinary stay 6,000, major disease 100,000, large fee 60,000 (Chongqing)."""
    person = shape(
        HALF
        + """
    [bill_size_yuan]
    usual_bill = 0
    large_bill = 30_000

    [[benefit.inpatient]]
    layers = ["pool", "aid"]

    [[benefit.outpatient]]
    layers = ["pool", "aid_outpatient"]

    [[layer.aid]]
    fund = "assistance"
    base = ["pool.rest"]
    bands = [{ share_pct = 70 }]

    [[layer.aid.ceilings]]
    per = "year"
    pay_yuan = 6_000
    used = "aid.ordinary"
    when = { disease = "other_disease", bill_size = "usual_bill" }

    [[layer.aid.ceilings]]
    per = "year"
    pay_yuan = 60_000
    used = "aid.large_fee"
    when = { disease = "other_disease", bill_size = "large_bill" }

    [[layer.aid.ceilings]]
    per = "year"
    pay_yuan = 100_000
    used = "aid.major"
    when = { disease = ["cancer", "dialysis"] }

    [[layer.aid_outpatient]]
    fund = "assistance"
    base = ["pool.rest"]
    bands = [{ share_pct = 70 }]
    ceilings = [{ per = "year", pay_yuan = 500 }]
    """
    )
    # 15,000 x 70 % = 10,500, above 6,000; then nothing is left
    assert person.visit(30_000).assistance == 6_000
    assert person.visit(30_000).assistance == 0
    assert person.visit(40_000).assistance == 14_000  # 20,000 x 70 %
    assert person.visit(200_000).assistance == 46_000  # 70,000, above 60,000 - 14,000
    assert person.visit(20_000, disease="dialysis").assistance == 7_000
    # 200,000 x 70 % = 140,000, above 100,000 - 7,000
    assert person.visit(400_000, disease="cancer").assistance == 93_000
    assert person.visit(1_000, benefit="outpatient").assistance == 350  # 500 x 70 %
    assert person.visit(1_000, benefit="outpatient").assistance == 150  # 500 - 350


BY_BILL = (
    HALF
    + """
    [bill_size_yuan]
    usual_bill = 0
    large_bill = 30_000

    [[layer.aid]]
    fund = "assistance"
    base = ["pool.rest"]
    bands = [{ share_pct = { usual_bill = 70, large_bill = 80 } }]
    ceilings = [
      { per = "year", pay_yuan = 10_000, used = "aid.usual", when = { bill_size = "usual_bill" } },
      { per = "year", pay_yuan = 100_000, used = "aid.large", when = { bill_size = "large_bill" } },
    ]

    [[layer.government]]
    fund = "tilt"
    base = ["rest"]
    serves = { bill_size = "large_bill" }
    bands = [
      { upto_yuan = 30_000, share_pct = 40 },
      { upto_yuan = 50_000, share_pct = 50 },
      { share_pct = 60 },
    ]
    ceilings = [{ per = "year", pay_yuan = 50_000 }]
"""
)


def test_shape_095_ratio_and_ceiling_by_the_size_of_the_bill() -> None:
    """A bill to 30,000: 70 %, 10,000 a year; above: 80 %, 100,000, and more (Ulanqab)."""
    person = shape(BY_BILL)
    # 15,000 x 70 % = 10,500, above 10,000
    paid = person.visit(30_000)
    assert (paid.assistance, paid.tilt) == (10_000, 0)
    # 30,000.01: the pool pays 15,000.01; 15,000 x 80 % = 12,000; 3,000 x 40 % = 1,200
    paid = person.visit("30000.01")
    assert (paid.assistance, paid.tilt) == (12_000, 1_200)
    # 190,000 x 80 %, above 100,000; of 90,000 then 12,000 + 10,000 + 40,000 x 60 %
    other = person.another()
    paid = other.visit(380_000)
    assert (paid.assistance, paid.tilt) == (100_000, 46_000)
    paid = other.visit(380_000)
    assert (paid.assistance, paid.tilt) == (0, 4_000)  # 50,000 - 46,000


def test_shape_095_it_is_the_total_that_counts() -> None:
    """What is not in scope makes a bill large too (Ulanqab)."""
    person = shape(BY_BILL)
    # 14,500 x 70 % = 10,150, above 10,000: the total is 30,000
    assert person.visit(29_000, full_self_pay=1_000).assistance == 10_000
    # 14,500 x 80 % = 11,600; 2,900 x 40 % = 1,160: the total is a fen more
    paid = person.another().visit(29_000, full_self_pay="1000.01")
    assert (paid.assistance, paid.tilt) == (11_600, 1_160)


def test_shape_096_special_disease_outpatient_is_aided_as_a_stay() -> None:
    """Special-disease visits have the ratio of stays and count in their ceiling (Beijing)."""
    person = shape(
        HALF
        + """
    [[benefit.inpatient]]
    layers = ["pool", "aid_stay"]

    [[benefit.special_disease]]
    layers = ["pool", "aid_stay"]

    [[benefit.outpatient]]
    layers = ["pool", "aid_outpatient"]

    [[layer.aid_stay]]
    fund = "assistance"
    base = ["pool.rest"]
    bands = [{ share_pct = 85 }]
    ceilings = [{ per = "year", pay_yuan = 16_000 }]

    [[layer.aid_outpatient]]
    fund = "assistance"
    base = ["pool.rest"]
    bands = [{ share_pct = 80 }]
    ceilings = [{ per = "year", pay_yuan = 8_000 }]
    """
    )
    assert person.visit(30_000).assistance == 12_750  # 15,000 x 85 %
    # 5,000 x 85 % = 4,250, above 16,000 - 12,750 = 3,250
    assert person.visit(10_000, benefit="special_disease").assistance == 3_250
    assert person.visit(10_000, benefit="outpatient").assistance == 4_000  # 5,000 x 80 %
    assert person.visit(20_000, benefit="outpatient").assistance == 4_000  # 8,000 - 4,000
    other = person.another()
    assert other.visit(10_000, benefit="special_disease").assistance == 4_250


def test_shape_097_what_assistance_is_a_share_of() -> None:
    """What basic and serious illness leave, with their deductibles; for some after commercial
    cover and with the first step (national; Beijing)."""
    person = shape(
        """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 1_000 }
    bands = [{ share_pct = 80 }]

    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.rest"]
    deductible = { per = "year", amount_yuan = 2_000 }
    bands = [{ share_pct = 60 }]

    [[layer.aid_poor]]
    fund = "assistance"
    base = ["rest"]
    serves = { assistance = "minimum_living" }
    bands = [{ share_pct = 80 }]

    [[layer.cover]]
    fund = "commercial"
    base = ["rest"]
    bands = [{ share_pct = 50 }]

    [[layer.aid_impoverished]]
    fund = "assistance"
    base = ["rest", "first_step"]
    serves = { assistance = "illness_impoverished" }
    bands = [{ share_pct = 50 }]
    """
    )
    # The pool pays 9,000 x 80 % = 7,200 of 10,000, serious illness (2,800 - 2,000) x 60 % = 480;
    # 2,320 are left, 2,000 of it the deductible of serious illness.
    poor = person.visit(10_000, first_step=1_000, assistance="minimum_living")
    assert (poor.pooled, poor.serious_illness) == (7_200, 480)
    assert poor.assistance == 1_856  # 2,320 x 80 %
    assert poor.commercial == 232  # (2,320 - 1,856) x 50 %
    ill = person.another().visit(10_000, first_step=1_000, assistance="illness_impoverished")
    assert ill.commercial == 1_160  # 2,320 x 50 %
    assert ill.assistance == 1_080  # (1,160 + 1,000) x 50 %


def test_shape_098_deductible_is_a_share_of_income_by_category() -> None:
    """0, 5, 10, 25 % of last year's income per head by category (national)."""
    person = shape(
        HALF
        + """
    [[indicator.income]]
    until = 2026-01-01
    yuan = 40_000

    [[indicator.income]]
    from = 2026-01-01
    yuan = 42_000

    [[layer.aid]]
    fund = "assistance"
    base = ["pool.rest"]
    deductible.per = "year"
    deductible.amount_yuan.extreme_poor = 0
    deductible.amount_yuan.minimum_living = { of = "income", pct = 5 }
    deductible.amount_yuan.low_income = { of = "income", pct = 10 }
    deductible.amount_yuan.illness_impoverished = { of = "income", pct = 25 }
    bands = [{ share_pct = 70 }]
    """
    )

    def aided(category: str) -> Decimal:
        return person.another().visit(20_000, assistance=category).assistance

    # 10,000 are left; the deductible is 0, 2,000, 4,000, 10,000.
    assert aided("extreme_poor") == 7_000
    assert aided("minimum_living") == 5_600  # 8,000 x 70 %
    assert aided("low_income") == 4_200  # 6,000 x 70 %
    assert aided("illness_impoverished") == 0
    ill = person.another()
    ill.visit(20_000, assistance="illness_impoverished")
    # Its 10,000 are borne: the second stay of the year is aided from the first fen.
    assert ill.visit(20_000, assistance="illness_impoverished").assistance == 7_000
    # 10 % of 42,000 in 2026: (10,000 - 4,200) x 70 %
    later = person.another().visit(20_000, date="2026-01-01", assistance="low_income")
    assert later.assistance == 4_060
