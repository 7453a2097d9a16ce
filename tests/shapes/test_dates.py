"""Versions in time, the date that chooses, all counters of a year, and rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


def test_shape_127_a_figure_changes_on_a_day() -> None:
    """A new deductible from a day on (Wuhan 2024-04-01)."""
    person = shape(
        """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 800 }
    bands = [{ share_pct = 90 }]

    [[layer.pool]]
    amends = 2010-01-01
    from = 2024-04-01
    deductible = { per = "visit", amount_yuan = 500 }
    """
    )
    assert person.visit(1_800, date="2024-03-31").pooled == 900  # (1,800 - 800) x 90 %
    assert person.visit(1_800, date="2024-04-01").pooled == 1_170  # (1,800 - 500) x 90 %


def test_shape_127_a_year_from_july_and_a_number_published_each_year() -> None:
    """The year begins on 1 July; a ceiling of 6 times last year's wage (Shanghai, Guangzhou)."""
    person = shape(
        """
    [[indicator.wage]]
    until = 2024-07-01
    yuan = 100

    [[indicator.wage]]
    from = 2024-07-01
    yuan = 110

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "year", amount_yuan = 300 }
    bands = [{ share_pct = 80 }]
    ceilings = [{ per = "year", pay_yuan = { of = "wage", times = 6 } }]
    """,
        head="year_starts = 7",
    )
    assert person.visit(500, date="2023-12-31").pooled == 160  # (500 - 300) x 80 %
    assert person.visit(500, date="2024-01-01").pooled == 400  # the same year
    assert person.visit(500, date="2024-06-30").pooled == 40  # 6 x 100 - 560
    assert person.visit(500, date="2024-07-01").pooled == 160  # a new one
    assert person.visit(1_000, date="2024-07-02").pooled == 500  # 6 x 110 - 160


BY_DATE = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]

    [[layer.pool]]
    amends = 2010-01-01
    from = 2024-01-01
    bands = [{ share_pct = 60 }]

    [[layer.pool]]
    amends = 2024-01-01
    from = 2024-01-08
    bands = [{ share_pct = 70 }]
"""


@pytest.mark.parametrize(
    ("rule_by", "pooled"), [("admitted", 500), ("discharged", 600), ("date", 700)]
)
def test_shape_128_which_date_chooses_the_rule(rule_by: str, pooled: int) -> None:
    """By admission, discharge or settlement: no region says, so the policy does."""
    person = shape(BY_DATE, head=f'rule_by = "{rule_by}"')
    stay = {"admitted": "2023-12-31", "discharged": "2024-01-07"}
    assert person.visit(1_000, date="2024-01-08", **stay).pooled == pooled
    later = {"admitted": "2024-01-08", "discharged": "2024-01-09"}
    assert person.visit(1_000, date="2024-01-10", **later).pooled == 700
    assert person.another().visit(1_000, date="2024-01-07").pooled == 600  # only one date is told


@pytest.mark.parametrize(("window", "second_part"), [("stay", 800), ("stay_in_year", 0)])
def test_shape_128_a_stay_split_at_the_year_end(window: str, second_part: int) -> None:
    """The cost to 31 December belongs to the old year, the rest to the new (Beijing residents)."""
    person = shape(
        f"""
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = {{ per = "{window}", amount_yuan = 1_000 }}
    bands = [{{ share_pct = 80 }}]
    ceilings = [{{ per = "year", pay_yuan = 2_000 }}]
    """
    )
    assert person.visit(3_000, date="2024-11-01").pooled == 1_600  # (3,000 - 1,000) x 80 %
    # (3,000 - 1,000) x 80 % = 1,600, above 2,000 - 1,600 of the old year
    assert person.visit(3_000, date="2024-12-31").pooled == 400
    # The same stay: no deductible, 1,000 x 80 %; or again one, which takes all.
    paid = person.visit(1_000, date="2025-01-09", continues=True)
    assert paid.pooled == second_part
    # Another stay of the new year: (2,000 - 1,000) x 80 %
    assert person.visit(2_000, date="2025-02-01").pooled == 800


YEAR = """
    [zero_claim_years]
    claimed = 0
    unclaimed = 1

    [[benefit.inpatient]]
    layers = ["stay", "serious", "aid"]

    [[benefit.chronic_outpatient]]
    layers = ["chronic", "serious"]

    [[layer.stay]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = [1_000, 500], visits_each = "level" }
    bands_per = "year"
    bands = [{ upto_yuan = 20_000, share_pct = 80 }, { share_pct = 90 }]
    ceilings = [{ per = "year", pay_yuan = 31_300 }]

    [[layer.chronic]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]
    ceilings = [
      { per = "year", pay_yuan = 400, used_each = "disease" },
      { per = "month", pay_yuan = 300, used = "chronic.month_pay" },
    ]

    [[layer.serious]]
    fund = "serious_illness"
    base = ["rest"]
    deductible = { per = "year", amount_yuan = 5_000 }
    bands = [{ share_pct = 60 }]

    [[layer.serious.ceilings]]
    per = "year"
    pay_yuan = 5_000
    adjust = [{ when = { zero_claim_years = "unclaimed" }, plus_yuan = 1_000 }]

    [[layer.aid]]
    fund = "assistance"
    base = ["rest"]
    serves = { assistance = "minimum_living" }
    bands = [{ share_pct = 70 }]
    ceilings = [{ per = "year", pay_yuan = 2_000 }]
"""


def test_shape_129_all_that_a_year_counts() -> None:
    """Deductible, admissions by level, cost, payments by fund, disease, month (all regions)."""
    person = shape(YEAR)
    poor = {"assistance": "minimum_living", "zero_claim_years": 1}

    def stay(amount: int, date: str, level: str) -> tuple[object, ...]:
        paid = person.visit(amount, date, level=level, **poor)
        return paid.deductible, paid.pooled, paid.serious_illness, paid.assistance

    def chronic(date: str, disease: str) -> tuple[object, ...]:
        paid = person.visit(1_000, date, "chronic_outpatient", disease=disease, **poor)
        return paid.pooled, paid.serious_illness

    # 10,000 x 80 %; of the 3,000 left serious illness takes its deductible; 3,000 x 70 % = 2,100
    assert stay(11_000, "2025-01-10", "tertiary") == (1_000, 8_000, 0, 2_000)
    # The first of its level: 10,000 x 80 % + 2,000 x 90 %; (3,200 - 2,000) x 60 %; no aid left
    assert stay(13_000, "2025-02-10", "secondary") == (1_000, 9_800, 720, 0)
    # 500, above 300 a month; 700 x 60 %
    assert chronic("2025-03-05", "diabetes") == (300, 420)
    assert chronic("2025-03-20", "hypertension") == (0, 600)  # the month is used up
    # A new month, but diabetes has 400 - 300 left; 900 x 60 %
    assert chronic("2025-04-02", "diabetes") == (100, 540)
    assert chronic("2025-04-02", "hypertension") == (200, 480)  # 300 - 100 of the month
    # The second of its level: 20,000 x 90 % = 18,000, above 31,300 - 17,800 = 13,500;
    # 7,000 x 60 % = 4,200, above 5,000 + 1,000 - 2,760 = 3,240
    assert stay(20_500, "2025-06-01", "tertiary") == (500, 13_500, 3_240, 0)
    counted = {
        "stay.visits@tertiary": 2,
        "stay.visits@secondary": 1,
        "stay.measured": 37_000,  # 10,000 + 12,000 + 13,500 / 90 %
        "stay.pay": 31_300,
        "chronic.pay@diabetes": 400,
        "chronic.pay@hypertension": 200,
        "serious.deductible": 5_000,
        "serious.pay": 6_000,
        "aid.pay": 2_000,
    }
    assert {name: person.counter(name) for name in counted} == counted
    # All begin anew with the year.
    assert stay(11_000, "2026-01-05", "tertiary") == (1_000, 8_000, 0, 2_000)


def test_shape_129_a_year_with_claims_before_it() -> None:
    """Without a year of no claims the ceiling is 5,000, not 6,000 (national)."""
    # 20,000 x 80 % + 17,000 x 90 % = 31,300 of 101,000; (69,700 - 5,000) x 60 % is far above
    for years, serious in ((0, 5_000), (1, 6_000)):
        paid = shape(YEAR).visit(101_000, level="tertiary", zero_claim_years=years)
        assert (paid.pooled, paid.serious_illness, paid.assistance) == (31_300, serious, 0)


ROUNDED = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands_per = "year"
    bands = [{{ upto_yuan = 100.01, share_pct = 50 }}, {{ share_pct = 70 }}]
    rounding = "{rounding}"
"""


@pytest.mark.parametrize(
    ("rounding", "paid"),
    # 100.01 x 50 % = 50.005 and 0.05 x 70 % = 0.035: 50.04 together, 50.01 + 0.04 apart
    [("layer", "50.04"), ("band", "50.05"), ("cumulative", "50.04")],
)
def test_shape_130_rounding_is_the_policys_to_say(rounding: str, paid: str) -> None:
    """By layer, by band, or of the sum so far: no region says."""
    person = shape(ROUNDED.format(rounding=rounding))
    assert person.visit("100.06").pooled == Decimal(paid)
    assert person.another().visit("100.00").pooled == 50  # nothing to round


@pytest.mark.parametrize(("rounding", "paid"), [("layer", 3), ("cumulative", 2)])
def test_shape_130_half_fen_over_several_bills(rounding: str, paid: int) -> None:
    """Bills of 0.05: half a fen is rounded up each time, or once in two (no region says)."""
    person = shape(ROUNDED.format(rounding=rounding))
    assert person.visit("0.05").pooled == Decimal("0.03")  # 0.025
    assert person.visit("0.05").pooled == Decimal(paid) / 100  # 0.05 in all
