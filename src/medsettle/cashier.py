"""At the till: the cash of a settlement rounded to what coins there are, kept apart from it.

A settlement is exact to the fen and stays so; what a till rounds is between the hospital and the
person, and no fund, counter or message ever sees it.  Amounts are whole fen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal

import msgspec

from medsettle.money import FEN_MAX, half_up
from medsettle.refusal import ClaimError, MoneyTypeError, Reason

#: What a till rounds to.
To = Literal["fen", "jiao", "yuan"]
#: How it rounds: halves away from zero, always away from zero, always towards zero.
How = Literal["half_up", "up", "down"]

#: The steps that a till rounds to, in fen.
STEPS: Final[dict[str, int]] = {"fen": 1, "jiao": 10, "yuan": 100}
WAYS: Final = ("half_up", "up", "down")


class CashierAmount(msgspec.Struct, frozen=True):
    """What is due, what is taken, and the difference that stays in the till's books; fen.

    `rounded_fen = due_fen + difference_fen`.  A refund has negative amounts.
    """

    due_fen: int
    rounded_fen: int

    @property
    def difference_fen(self) -> int:
        """What was taken above what is due; negative where less was taken."""
        return self.rounded_fen - self.due_fen

    def __neg__(self) -> CashierAmount:
        """Return the refund of the whole amount: exactly what was taken."""
        return CashierAmount(-self.due_fen, -self.rounded_fen)


class CashierTotals(msgspec.Struct, frozen=True):
    """What a till has taken and given back, and its differences; fen.

    `rounded_fen = due_fen + difference_fen` and `difference_fen = gained_fen - lost_fen`.
    """

    count: int = 0
    due_fen: int = 0
    rounded_fen: int = 0
    gained_fen: int = 0  # the sum of the differences above zero
    lost_fen: int = 0  # likewise of those below, as a positive number

    @property
    def difference_fen(self) -> int:
        """The sum of all differences."""
        return self.rounded_fen - self.due_fen

    def plus(self, amount: CashierAmount) -> CashierTotals:
        """Return the totals with one amount more."""
        difference = amount.difference_fen
        return CashierTotals(
            count=self.count + 1,
            due_fen=self.due_fen + amount.due_fen,
            rounded_fen=self.rounded_fen + amount.rounded_fen,
            gained_fen=self.gained_fen + max(difference, 0),
            lost_fen=self.lost_fen + max(-difference, 0),
        )


def round_cash(cash_fen: int, to: To = "jiao", how: How = "half_up") -> CashierAmount:
    """Return the cash that a till takes for `cash_fen`, rounded to `to` in the way `how`.

    A negative amount, a refund, mirrors the positive one exactly, so that refunding a bill gives
    back what was taken for it.  Raises ClaimError for an amount beyond ten billion yuan
    (MoneyTypeError for what is no int of fen), ValueError for another `to` or `how`.
    """
    if type(cash_fen) is not int:
        raise MoneyTypeError(
            Reason.BAD_MONEY, field="cash_fen", found=cash_fen, expected="an int of fen"
        )
    if abs(cash_fen) > FEN_MAX:
        raise ClaimError(Reason.AMOUNT_TOO_LARGE, field="cash_fen", found=cash_fen)
    if to not in STEPS:
        raise ValueError(f"`to` must be one of {', '.join(STEPS)}, found {to!r}")
    if how not in WAYS:
        raise ValueError(f"`how` must be one of {', '.join(WAYS)}, found {how!r}")
    step = STEPS[to]
    taken = _steps(abs(cash_fen), step, how) * step
    return CashierAmount(cash_fen, taken if cash_fen >= 0 else -taken)


def _steps(fen: int, step: int, how: How) -> int:
    """Return how many whole steps an amount that is not negative comes to."""
    if how == "half_up":
        return half_up(Fraction(fen, step))
    return -(-fen // step) if how == "up" else fen // step


def change_of(before: CashierAmount, after: CashierAmount) -> CashierAmount:
    """Return what is still to be taken, or given back, when one bill takes another's place.

    The difference of what was taken and of what would be, not a rounded difference: after it the
    person has paid what `after` alone would have cost.
    """
    return CashierAmount(after.due_fen - before.due_fen, after.rounded_fen - before.rounded_fen)


def total_of(amounts: Iterable[CashierAmount]) -> CashierTotals:
    """Return the totals of many amounts."""
    totals = CashierTotals()
    for amount in amounts:
        totals = totals.plus(amount)
    return totals


def totals_by_day(taken: Iterable[tuple[dt.date, CashierAmount]]) -> dict[dt.date, CashierTotals]:
    """Return the totals of each day, the days in order."""
    days: dict[dt.date, CashierTotals] = {}
    for day, amount in taken:
        days[day] = days.get(day, CashierTotals()).plus(amount)
    return dict(sorted(days.items()))
