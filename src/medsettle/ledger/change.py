"""What an operation did, or a preview would do: settlements, differences, rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

import msgspec

from medsettle.ledger.amounts import InYuan, Sums, add_up
from medsettle.ledger.records import Row
from medsettle.ledger.state import Carried, year_to_date
from medsettle.model import YearToDate
from medsettle.settlement import Settlement

_One = TypeVar("_One", bound="Row | Difference")


class Difference(InYuan, msgspec.Struct, frozen=True, dict=True):
    """One claim's row before and after, None where there is none; amounts are after less before.

    A plus in `funds_fen` is what that payer has still to pay, in `cash_fen` the person; a minus is
    what they get back.
    """

    claim: str
    before: Row | None
    after: Row | None

    @cached_property
    def _sums(self) -> Sums:
        return add_up(_some(self.after), minus=_some(self.before))

    @property
    def total_fen(self) -> int:
        """By how much the bill changed; 0 but for a new, cancelled or replaced claim."""
        return self._sums.total_fen

    @property
    def deductible_fen(self) -> int:
        """By how much the deductible taken changed."""
        return self._sums.deductible_fen

    @property
    def cash_fen(self) -> int:
        """What the person pays more (plus) or gets back (minus)."""
        return self._sums.cash_fen

    @property
    def funds_fen(self) -> dict[str, int]:
        """What each payer pays more or less; those for whom nothing changed are left out."""
        return self._sums.funds_fen

    def __repr__(self) -> str:
        return f"<Difference {self.claim}: {_in_words(self._sums)}>"


class Change(msgspec.Struct, frozen=True, dict=True):
    """What an operation did to a ledger, or, from `Ledger.preview`, would do.

    `claim` is the id of the claim concerned, "" for a deposit and the like; `settlement` is as it
    now stands, None where it does not (after a cancellation); `previous` as it stood before.
    `rows` are those added: reversals first, the latest claim's foremost, then what was settled
    again, in order of time.  `record` is the operation's number in the ledger.
    """

    record: int
    claim: str
    settlement: Settlement | None
    previous: Settlement | None
    rows: tuple[Row, ...]
    carried: Carried

    @cached_property
    def concerned(self) -> Difference | None:
        """The difference of the claim concerned; None where there is none."""
        return next((one for one in self._all if one.claim == self.claim), None)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Those of all other claims whose amounts changed, in order of time."""
        return tuple(one for one in self._all if one.claim != self.claim)

    @cached_property
    def _all(self) -> tuple[Difference, ...]:
        undone = {row.claim: row.undone() for row in self.rows if row.reverses is not None}
        now = {row.claim: row for row in self.rows if row.reverses is None}
        return tuple(Difference(name, undone.get(name), now.get(name)) for name in now | undone)

    @cached_property
    def sums(self) -> Sums:
        """All differences together, that of the claim concerned too: the sum of `rows`."""
        return add_up(self.rows)

    @property
    def later(self) -> Sums:
        """The differences of the other claims together."""
        return add_up(self.differences)

    @property
    def year_to_date(self) -> YearToDate:
        """What the person carries afterwards."""
        return year_to_date(self.carried)

    def __repr__(self) -> str:
        """Show what the claim concerned gets, and what all together do where others differ."""
        of = f" of {self.claim}" if self.claim else ""
        own = _in_words(add_up(_some(self.concerned)))
        if not self.differences:
            return f"<Change {self.record}{of}: {own}>"
        others = f"others that differ: {len(self.differences)}, in all {_in_words(self.sums)}"
        return f"<Change {self.record}{of}: {f'{own}; ' if of else ''}{others}>"


def _some(one: _One | None) -> Iterable[_One]:
    return () if one is None else (one,)


def _in_words(sums: Sums) -> str:
    return ", ".join(_words(sums)) or "nothing"


def _words(sums: Sums) -> Iterator[str]:
    for name, amount in (*sums.funds.items(), ("cash", sums.cash)):
        if amount != Decimal(0):
            yield f"{name} {amount:+}"
