"""Shapes 47, 48, 60, 61: shares by segments of the cost, and what the segments are counted on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


def test_shape_047_fee_segments() -> None:
    """Segments of the fee, the deductible inside the first (Ulanqab to 30/70/200 thousand)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_200, inside_first_band = true }
        bands = [
            { upto_yuan = 30_000, share_pct = 65 },
            { upto_yuan = 70_000, share_pct = 70 },
            { upto_yuan = 200_000, share_pct = 75 },
            { share_pct = 80 },
        ]
        """,
        scheme="resident",
    )
    # 30,000 - 1,200 = 28,800 x 65 %; one yuan more is paid at 70 %
    assert person.visit(30_000).pooled == 18_720
    assert person.visit(30_001).pooled == Decimal("18_720.70")
    # 18,720 + 40,000 x 70 % + 130,000 x 75 % + 50,000 x 80 % = 18,720 + 28,000 + 97,500 + 40,000
    assert person.visit(250_000).pooled == 184_220


def test_shape_047_equal_steps_up_to_a_fee() -> None:
    """Steps of 5,000 with shares that fall and rise, to 20,000 of fee a year (Tongren)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 500 }
        bands_per = "year"
        bands = [
            { upto_yuan = 5_000, share_pct = 90 },
            { upto_yuan = 10_000, share_pct = 86 },
            { upto_yuan = 15_000, share_pct = 82 },
            { share_pct = 92 },
        ]
        ceilings = [{ per = "year", cost_yuan = 20_000 }]
    """)
    # 12,500 - 500 = 12,000: 5,000 x 90 % + 5,000 x 86 % + 2,000 x 82 % = 4,500 + 4,300 + 1,640
    assert person.visit(12_500).pooled == 10_440
    # 10,500 - 500 = 10,000, of which 8,000 to the fee of 20,000: 3,000 x 82 % + 5,000 x 92 %
    second = person.visit(10_500)
    assert second.pooled == 2_460 + 4_600
    assert second.step("pool").over_ceiling == 2_000
    # in one stay it is the same: 4,500 + 4,300 + 4,100 + 4,600
    assert person.another().visit(22_500).pooled == 17_500


def test_shape_047_segments_of_a_year_with_an_end() -> None:
    """By level to 5,500 of a year, one share to 10,000, then nothing (Tianjin outpatients)."""
    person = shape("""
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 800, inside_first_band = true }
        bands_per = "year"
        bands = [
            { upto_yuan = 5_500, share_pct = { primary = 75, secondary = 65, tertiary = 55 } },
            { upto_yuan = 10_000, share_pct = 55 },
            { share_pct = 0 },
        ]
    """)
    visit = {"benefit": "outpatient", "level": "secondary"}
    assert person.visit(3_000, **visit).pooled == 1_430  # 3,000 - 800 = 2,200 x 65 %
    assert person.visit(4_000, **visit).pooled == 2_450  # 2,500 x 65 % + 1,500 x 55 %
    assert person.visit(5_000, **visit).pooled == 1_650  # 3,000 x 55 % + 2,000 x 0
    assert person.visit(5_000, **visit).pooled == 0
    assert person.visit(3_000, date="2026-01-02", **visit).pooled == 1_430


TWO_SEGMENTS = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands_per = "{per}"
    bands = [{{ upto_yuan = 30_000, share_pct = 85 }}, {{ share_pct = 90 }}]
"""


def test_shape_048_segments_of_each_stay() -> None:
    """The segments begin anew with every stay (Beijing employees)."""
    person = shape(TWO_SEGMENTS.format(per="visit"))
    assert person.visit(20_000).pooled == 17_000
    assert person.visit(20_000).pooled == 17_000
    # 30,000 x 85 % + 10,000 x 90 %
    assert person.another().visit(40_000).pooled == 34_500


def test_shape_048_segments_of_a_stay_settled_in_parts() -> None:
    """A stay that is settled in parts goes on in its segments, another begins anew (Beijing)."""
    person = shape(TWO_SEGMENTS.format(per="stay"))
    assert person.visit(20_000).pooled == 17_000
    # the first 10,000 still at 85 %, the others at 90 %
    assert person.visit(20_000, date="2025-03-20", continues=True).pooled == 17_500
    assert person.visit(20_000, date="2025-04-20").pooled == 17_000


def test_shape_048_segments_of_the_year() -> None:
    """The segments are of the year to date (Beijing special diseases; an option elsewhere)."""
    person = shape(TWO_SEGMENTS.format(per="year"))
    assert person.visit(20_000).pooled == 17_000
    assert person.visit(20_000).pooled == 17_500  # 10,000 x 85 % + 10,000 x 90 %
    assert person.visit(20_000).pooled == 18_000
    assert person.visit(20_000, date="2026-01-01").pooled == 17_000


def test_shape_048_segments_of_a_settlement_period() -> None:
    """The segments are of a period of 90 days (Beijing article 36)."""
    person = shape("[period.cycle]\ndays = 90\n" + TWO_SEGMENTS.format(per="cycle"))
    assert person.visit(20_000, date="2025-01-10").pooled == 17_000
    # 89 days after the 10th of January is the 9th of April: the period goes on
    assert person.visit(20_000, date="2025-04-09").pooled == 17_500
    # the 90th day begins another
    assert person.visit(20_000, date="2025-04-10").pooled == 17_000


PAYMENT_SEGMENTS = """
    [[layer.first]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{{ share_pct = 80 }}]
    ceilings = [{{ per = "{per}", pay_yuan = 10_000 }}]

    [[layer.second]]
    fund = "pooled"
    base = ["first.over_ceiling"]
    bands = [{{ share_pct = 90 }}]
    ceilings = [{{ per = "{per}", pay_yuan = 18_000 }}]

    [[layer.third]]
    fund = "pooled"
    base = ["second.over_ceiling"]
    bands = [{{ share_pct = 95 }}]
"""


def test_shape_048_segments_of_the_payment() -> None:
    """The segments' bounds are what the fund has paid in the year (an office's option)."""
    person = shape(PAYMENT_SEGMENTS.format(per="year"))
    # 80 % as long as that comes to 10,000 a year
    assert person.visit(10_000).pooled == 8_000
    # 2,500 of the cost for the 2,000 still to come, and 17,500 x 90 % = 15,750
    assert person.visit(20_000).pooled == 17_750
    # 18,000 - 15,750 = 2,250 at 90 % are 2,500 of the cost, and 7,500 x 95 % = 7,125
    third = person.visit(10_000)
    assert third.pooled == 9_375
    assert third.cash == 625


def test_shape_048_segments_of_one_payment() -> None:
    """The same, each visit by itself."""
    person = shape(PAYMENT_SEGMENTS.format(per="visit"))
    for _ in range(2):
        # 12,500 x 80 % = 10,000; 20,000 x 90 % = 18,000; 1,000 x 95 %
        assert person.visit(33_500).pooled == 28_950
        assert person.visit(12_500).pooled == 10_000


def test_shape_060_two_shares_within_a_level() -> None:
    """Two shares at each level, with a bound of its own (Zhengzhou residents: 80-90, 65-75)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]

        [[layer.pool.bands]]
        upto_yuan = { community = 800, secondary = 1_500, tertiary = 4_000 }
        share_pct = { community = 80, secondary = 65, tertiary = 55 }

        [[layer.pool.bands]]
        share_pct = { community = 90, secondary = 75, tertiary = 65 }
        """,
        scheme="resident",
    )
    assert person.visit(800, level="community").pooled == 640
    assert person.visit(1_000, level="community").pooled == 820  # 640 + 200 x 90 %
    assert person.visit(1_000, level="secondary").pooled == 650
    assert person.visit(2_500, level="secondary").pooled == 1_725  # 975 + 1,000 x 75 %
    assert person.visit(4_000, level="tertiary").pooled == 2_200
    assert person.visit(5_000, level="tertiary").pooled == 2_850


@pytest.mark.parametrize(
    ("inside", "paid"),
    [
        # the first segment runs from 1,300 to 30,000: 28,700 x 85 % + 10,000 x 90 %
        ("true", 33_395),
        # the first segment is 30,000 long: 30,000 x 85 % + 8,700 x 90 %
        ("false", 33_330),
    ],
)
def test_shape_061_share_of_what_is_over_the_deductible(inside: str, paid: int) -> None:
    """The share is of the part over the deductible; that lies in the first segment (Beijing)
    or before it (other offices).
    """
    person = shape(f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {{ per = "visit", amount_yuan = 1_300, inside_first_band = {inside} }}
        bands = [{{ upto_yuan = 30_000, share_pct = 85 }}, {{ share_pct = 90 }}]
    """)
    assert person.visit(1_300).pooled == 0
    assert person.visit(2_300).pooled == 850  # 1,000 x 85 %
    assert person.visit(40_000).pooled == paid
