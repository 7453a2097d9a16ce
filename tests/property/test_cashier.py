"""The till: every way of rounding, both signs, and the sums of a day."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsettle.cashier import (
    STEPS,
    WAYS,
    CashierAmount,
    CashierTotals,
    How,
    To,
    change_of,
    round_cash,
    total_of,
    totals_by_day,
)
from medsettle.money import FEN_MAX
from medsettle.refusal import ClaimError, MoneyTypeError

FEN = st.integers(-FEN_MAX, FEN_MAX) | st.integers(-1_000, 1_000)
TO = st.sampled_from(list(STEPS))
HOW = st.sampled_from(WAYS)
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2025, 1, 4))


@pytest.mark.parametrize(
    ("fen", "to", "how", "rounded"),
    [
        (1234, "fen", "half_up", 1234),
        (1234, "jiao", "half_up", 1230),
        (1235, "jiao", "half_up", 1240),
        (1231, "jiao", "up", 1240),
        (1239, "jiao", "down", 1230),
        (1250, "yuan", "half_up", 1300),
        (1249, "yuan", "half_up", 1200),
        (1201, "yuan", "up", 1300),
        (1299, "yuan", "down", 1200),
        (-1235, "jiao", "half_up", -1240),
        (-1231, "jiao", "up", -1240),
        (-1239, "jiao", "down", -1230),
        (0, "yuan", "up", 0),
        (4, "jiao", "half_up", 0),
    ],
)
def test_the_seven_ways(fen: int, to: To, how: How, rounded: int) -> None:
    amount = round_cash(fen, to, how)
    assert (amount.due_fen, amount.rounded_fen) == (fen, rounded)
    assert amount.difference_fen == rounded - fen


@given(FEN, TO, HOW)
def test_it_is_what_decimals_round_to(fen: int, to: To, how: How) -> None:
    ways = {"half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
    step = Decimal(STEPS[to])
    whole = (Decimal(abs(fen)) / step).quantize(Decimal(1), ways[how]) * step
    assert round_cash(fen, to, how).rounded_fen == (int(whole) if fen >= 0 else -int(whole))


@given(FEN, TO, HOW)
def test_a_refund_gives_back_what_was_taken(fen: int, to: To, how: How) -> None:
    taken = round_cash(fen, to, how)
    assert round_cash(-fen, to, how) == -taken
    assert total_of([taken, -taken]).difference_fen == 0
    assert abs(taken.difference_fen) < STEPS[to]
    assert round_cash(taken.rounded_fen, to, how).difference_fen == 0


@given(FEN, FEN, TO, HOW)
def test_a_bill_in_another_ones_place_costs_what_it_alone_costs(
    first: int, second: int, to: To, how: How
) -> None:
    before, after = round_cash(first, to, how), round_cash(second, to, how)
    change = change_of(before, after)
    assert before.rounded_fen + change.rounded_fen == after.rounded_fen
    assert total_of([before, change]).difference_fen == after.difference_fen


@given(st.lists(st.tuples(DAYS, FEN), max_size=30), TO, HOW)
def test_the_days_add_up(bills: list[tuple[dt.date, int]], to: To, how: How) -> None:
    taken = [(day, round_cash(fen, to, how)) for day, fen in bills]
    days = totals_by_day(taken)
    assert list(days) == sorted({day for day, _ in bills})
    whole = total_of(amount for _, amount in taken)
    assert sum(one.count for one in days.values()) == whole.count == len(bills)
    for field in ("due_fen", "rounded_fen", "gained_fen", "lost_fen", "difference_fen"):
        assert sum(getattr(one, field) for one in days.values()) == getattr(whole, field)
    for one in (*days.values(), whole):
        assert one.rounded_fen == one.due_fen + one.difference_fen
        assert one.difference_fen == one.gained_fen - one.lost_fen
        assert one.gained_fen >= 0 <= one.lost_fen
    assert whole.due_fen == sum(fen for _, fen in bills)


def test_nothing_taken_is_nothing() -> None:
    assert total_of([]) == CashierTotals()
    assert totals_by_day([]) == {}
    assert round_cash(1235) == CashierAmount(1235, 1240)


@pytest.mark.parametrize("wrong", [12.34, "12.34", True, None, Decimal("12.34")])
def test_money_is_an_int_of_fen(wrong: object) -> None:
    with pytest.raises(MoneyTypeError, match=r"error\[C111\]: `cash_fen`"):
        round_cash(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("fen", [FEN_MAX + 1, -FEN_MAX - 1])
def test_money_beyond_all_bills(fen: int) -> None:
    with pytest.raises(ClaimError, match=r"error\[C102\]: `cash_fen`"):
        round_cash(fen)


def test_other_steps_and_ways_are_refused() -> None:
    with pytest.raises(ValueError, match="`to` must be one of fen, jiao, yuan, found 'mao'"):
        round_cash(1, "mao")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`how` must be one of half_up, up, down, found 'even'"):
        round_cash(1, "jiao", "even")  # type: ignore[arg-type]
