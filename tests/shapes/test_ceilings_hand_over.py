"""Shapes 72, 76, 77, 79: what comes after a ceiling, and ceilings of several layers together."""

from __future__ import annotations

from decimal import Decimal

from tests.shapes.harness import shape


def test_shape_072_the_next_fund_takes_the_cost_over() -> None:
    """At the ceiling the next fund goes on with the cost (Chongqing: 47,000, then 100 %)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { secondary = 80, tertiary = 75 } }]
        ceilings = [{ per = "year", pay_yuan = 47_000 }]

        [[layer.large]]
        fund = "large_amount"
        base = ["pool.over_ceiling"]
        bands = [{ share_pct = 100 }]
        ceilings = [{ per = "year", pay_yuan = 500_000 }]
    """)
    below = person.visit(50_000, level="secondary")
    assert (below.pooled, below.large_amount, below.cash) == (40_000, 0, 10_000)
    # 7,000 are left, for 8,750 of the cost; 21,250 go on
    across = person.visit(30_000, level="secondary")
    assert (across.pooled, across.large_amount, across.cash) == (7_000, 21_250, 1_750)
    # 500,000 - 21,250 are left of the second
    above = person.visit(500_000, level="tertiary")
    assert (above.pooled, above.large_amount, above.cash) == (0, 478_750, 21_250)
    # 47,000 / 75 % is no whole fen: 62,666.66... of the cost; 100,000 less that is rounded once
    other = person.another().visit(100_000, level="tertiary")
    assert other.large_amount == Decimal("37333.33")
    assert other.cash == Decimal("15666.67")


def test_shape_072_the_next_fund_takes_what_was_not_paid() -> None:
    """The next fund goes on with the payment that the ceiling kept out (an office's reading)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 80 }]
        ceilings = [{ per = "year", pay_yuan = 47_000 }]
        hands_over = "payment"

        [[layer.large]]
        fund = "large_amount"
        base = ["pool.over_ceiling"]
        bands = [{ share_pct = 100 }]
    """)
    # 100,000 x 80 % = 80,000: 47,000 and 33,000; by the cost the next would pay 41,250
    paid = person.visit(100_000)
    assert (paid.pooled, paid.large_amount, paid.cash) == (47_000, 33_000, 20_000)
    # later in the year what the pool would have paid, not the cost, is taken over
    paid = person.visit(1_000)
    assert (paid.pooled, paid.large_amount, paid.cash) == (0, 800, 200)
    # at the ceiling itself nothing is handed over
    other = person.another().visit(58_750)
    assert (other.pooled, other.large_amount) == (47_000, 0)


def test_shape_072_the_next_fund_has_no_ceiling() -> None:
    """Above the ceiling 80 or 92 % without another ceiling (Shanghai, Tongchuan, Yulin)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_500 }
        bands = [{ share_pct = 85 }]
        ceilings = [{ per = "year", pay_yuan = 85_000 }]

        [[layer.additional]]
        fund = "large_amount"
        base = ["pool.over_ceiling"]
        bands = [{ share_pct = 80 }]
    """)
    # 101,500 - 1,500 = 100,000 x 85 %
    assert person.visit(101_500).large_amount == 0
    # the deductible is taken first; what is over the ceiling is 98,500, then 2 million
    second = person.visit(100_000)
    assert (second.pooled, second.deductible, second.large_amount) == (0, 1_500, 78_800)
    assert person.visit(2_001_500).large_amount == 1_600_000


def test_shape_076_all_payments_together() -> None:
    """All payments together are not above 90 % of the bill (Ulanqab)."""
    person = shape(
        """
        [[benefit.inpatient]]
        layers = ["pool", "aid"]
        all_funds_at_most_pct = 90

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 75 }]

        [[layer.aid]]
        fund = "assistance"
        base = ["pool.copay"]
        bands = [{ share_pct = { minimum_living = 70, extreme_poor = 100, unassisted = 0 } }]
        """,
        scheme="resident",
    )
    # 7,500 + 2,500 x 70 % = 9,250: the last one pays 250 less
    paid = person.visit(10_000, assistance="minimum_living")
    assert (paid.pooled, paid.assistance, paid.cash) == (7_500, 1_500, 1_000)
    # of a bill of 12,000 it may be 10,800, and 9,250 are not cut
    paid = person.visit(10_000, full_self_pay=2_000, assistance="minimum_living")
    assert (paid.pooled, paid.assistance, paid.cash) == (7_500, 1_750, 2_750)
    # of a bill of 11,000 it may be 9,900, and 10,000 are cut
    paid = person.visit(10_000, full_self_pay=1_000, assistance="extreme_poor")
    assert (paid.pooled, paid.assistance, paid.cash) == (7_500, 2_400, 1_100)
    assert person.visit(10_000, assistance="unassisted").cash == 2_500


def test_shape_077_pool_and_large_amount_each() -> None:
    """The total is shown as pool and large amount, each with its part (Beijing 100 + 400)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 80 }]
        ceilings = [{ per = "year", pay_yuan = 100_000 }]

        [[layer.large]]
        fund = "large_amount"
        base = ["pool.over_ceiling"]
        bands = [{ share_pct = { active = 85, retired = 90 } }]
        ceilings = [{ per = "year", pay_yuan = 400_000 }]
    """)
    # 125,000 x 80 %; 200,000 x 90 %
    paid = person.visit(325_000, status="retired")
    assert (paid.pooled, paid.large_amount) == (100_000, 180_000)
    # 220,000 are left
    paid = person.visit(400_000, status="retired")
    assert (paid.pooled, paid.large_amount, paid.total_funds) == (0, 220_000, 220_000)
    other = person.another().visit(325_000, status="active")
    assert (other.pooled, other.large_amount) == (100_000, 170_000)


def test_shape_077_pool_and_large_amount_to_a_total() -> None:
    """The second ceiling is the total of both (Shenyang 150,000, with large 550,000)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 75 }]
        ceilings = [
            { per = "year", pay_yuan = 150_000 },
            { per = "year", pay_yuan = 550_000, used = "both.pay" },
        ]

        [[layer.large]]
        fund = "large_amount"
        base = ["pool.over_ceiling"]
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = 550_000, used = "both.pay" }]
    """)
    # 200,000 x 75 %; 100,000 x 90 %
    paid = person.visit(300_000)
    assert (paid.pooled, paid.large_amount) == (150_000, 90_000)
    # 550,000 - 240,000
    last = person.visit(500_000)
    assert (last.pooled, last.large_amount, last.counter("both.pay")) == (0, 310_000, 550_000)
    # to the pool's own ceiling, the total is of no matter
    other = person.another().visit(160_000)
    assert (other.pooled, other.large_amount) == (120_000, 0)


LARGE_AMOUNT = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{{ share_pct = 80 }}]
    ceilings = [{{ per = "year", {on}_yuan = 100_000 }}]

    [[layer.large]]
    fund = "large_amount"
    base = ["pool.over_ceiling"]
    bands = [{{ share_pct = {{ active = 85, retired = 90 }} }}]
    ceilings = [{{ per = "year", {on}_yuan = 400_000 }}]
"""


def test_shape_079_large_amount_by_cost() -> None:
    """The large-amount band is 100,000 to 500,000 of the cost (older texts; 85, retired 90)."""
    person = shape(LARGE_AMOUNT.format(on="cost"))
    paid = person.visit(150_000, status="active")
    assert (paid.pooled, paid.large_amount) == (80_000, 42_500)  # 50,000 x 85 %
    # 350,000 are left of the band
    paid = person.visit(400_000, status="active")
    assert (paid.pooled, paid.large_amount, paid.cash) == (0, 297_500, 102_500)
    retired = person.another().visit(150_000, status="retired")
    assert (retired.pooled, retired.large_amount) == (80_000, 45_000)


def test_shape_079_large_amount_by_payment() -> None:
    """The large-amount band begins when the pool has paid 100,000 (Beijing; 85, retired 90)."""
    person = shape(LARGE_AMOUNT.format(on="pay"))
    paid = person.visit(150_000, status="active")
    assert (paid.pooled, paid.large_amount) == (100_000, 21_250)  # 25,000 x 85 %
    # 378,750 are left, so 85 % of 445,588.23... of the cost
    paid = person.visit(500_000, status="active")
    assert (paid.pooled, paid.large_amount, paid.cash) == (0, 378_750, 121_250)
    retired = person.another().visit(150_000, status="retired")
    assert (retired.pooled, retired.large_amount) == (100_000, 22_500)


def test_shape_079_large_amount_by_the_whole_fee() -> None:
    """The band begins at 100,000 of the fee, the deductible counted in (another reading).

    A layer that pays nothing parts the fee of the year at the bound; each fund takes its part.
    """
    person = shape("""
        [[layer.to_bound]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 0 }]
        ceilings = [{ per = "year", cost_yuan = 100_000 }]

        [[layer.pool]]
        fund = "pooled"
        base = ["to_bound.copay"]
        deductible = { per = "visit", amount_yuan = 1_300 }
        bands = [{ share_pct = 80 }]

        [[layer.large]]
        fund = "large_amount"
        base = ["to_bound.over_ceiling"]
        bands = [{ share_pct = 85 }]
    """)
    paid = person.visit(81_300)
    assert (paid.pooled, paid.large_amount) == (64_000, 0)  # 80,000 x 80 %
    # 18,700 to the bound, less 1,300, x 80 %; 11,300 x 85 %
    paid = person.visit(30_000)
    assert (paid.pooled, paid.large_amount) == (13_920, 9_605)
    paid = person.visit(1_000)
    assert (paid.pooled, paid.large_amount, paid.cash) == (0, 850, 150)
