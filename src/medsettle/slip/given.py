"""What the caller may give a slip beside its settlement: the bill's lines, the cashier's rounding.

Whatever is printed belongs to the settlement, or the slip is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from medsettle.bill.line import LineResult
from medsettle.bill.words import CLASSES
from medsettle.money import yuan_text
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: The fields of a line that add up to its amount, each with that of the claim it adds up to.
AMOUNTS: Final = tuple(f"{name}_fen" for name in FOUR_AMOUNTS)


class Bill(Protocol):
    """A bill that was split (`Catalogue.split`)."""

    @property
    def lines(self) -> Sequence[LineResult]:
        """What became of each line, in order."""

    @property
    def group_titles(self) -> Mapping[str, str]:
        """The Chinese names of item groups that only the catalogue knows."""


class Cashier(Protocol):
    """What the cashier takes for the cash of a settlement; fen."""

    @property
    def due_fen(self) -> int:
        """The cash of the settlement."""

    @property
    def rounded_fen(self) -> int:
        """What is paid at the till."""

    @property
    def difference_fen(self) -> int:
        """What is paid at the till, less what is due."""


class ClassOfLines(msgspec.Struct, frozen=True):
    """The lines of one class, in order, and what they add up to."""

    class_: str
    lines: tuple[tuple[int, LineResult], ...]  # each with its number on the bill, from 1
    amount_fen: int
    sums_fen: dict[str, int]  # by the names of the four amounts


def lines_by_class(lines: Sequence[LineResult]) -> list[ClassOfLines]:
    """Return the lines of a bill by class, the classes in their usual order."""
    numbered = list(enumerate(lines, start=1))
    groups = []
    for name in dict.fromkeys((*CLASSES, *(line.class_ for line in lines))):
        mine = tuple((number, line) for number, line in numbered if line.class_ == name)
        if mine:
            sums = {
                kind: sum(getattr(line, f"{kind}_fen") for _, line in mine) for kind in FOUR_AMOUNTS
            }
            amount = sum(line.amount_fen for _, line in mine)
            groups.append(ClassOfLines(name, mine, amount, sums))
    return groups


def lines_of(settlement: Settlement, bill: Bill | None) -> tuple[LineResult, ...] | None:
    """Return the lines of a bill; None without one.

    Raises ValueError for lines that do not add up to the settled claim.
    """
    if bill is None:
        return None
    lines = tuple(bill.lines)
    for number, line in enumerate(lines, start=1):
        parts = sum(getattr(line, field) for field in AMOUNTS)
        if parts != line.amount_fen:
            raise ValueError(
                f"`bill`: line {number} is {yuan_text(line.amount_fen)} yuan, its four amounts "
                f"are {yuan_text(parts)}"
            )
    for field in AMOUNTS:
        found = sum(getattr(line, field) for line in lines)
        expected = getattr(settlement.claim, field)
        if found != expected:
            raise ValueError(
                f"`bill` is not that of this settlement: its lines have {yuan_text(found)} yuan "
                f"of {field.removesuffix('_fen')}, the claim {yuan_text(expected)}"
            )
    return lines


def check_cashier(settlement: Settlement, cashier: Cashier | None) -> None:
    """Raise ValueError for a cashier's rounding that is not of this settlement's cash."""
    if cashier is None:
        return
    if cashier.due_fen != settlement.cash_fen:
        raise ValueError(
            f"`cashier` is not that of this settlement: {yuan_text(cashier.due_fen)} yuan are "
            f"due, the cash is {yuan_text(settlement.cash_fen)}"
        )
    if cashier.rounded_fen - cashier.due_fen != cashier.difference_fen:
        raise ValueError("`cashier`: the difference is not what is rounded less what is due")
