"""What a reconciliation tells: totals of both sides, the classes, and each difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, overload

import msgspec
import numpy as np

from medsettle.money import yuan
from medsettle.reconcile.errors import Reject
from medsettle.reconcile.fields import AMOUNTS
from medsettle.reconcile.found import Found, Side, contribution
from medsettle.reconcile.hints import hints_of
from medsettle.reconcile.kinds import KINDS, NUMBER, WHY, Kind, Why
from medsettle.reconcile.options import Plan
from medsettle.reconcile.rows import Rows, day_text
from medsettle.reconcile.texts import text_of


class Sums(msgspec.Struct, frozen=True):
    """A number of rows and their amounts in fen; None for an amount that is not compared."""

    count: int
    total_fen: int | None
    total_funds_fen: int | None
    account_fen: int | None
    cash_fen: int | None

    @classmethod
    def of(cls, sums: Sequence[int], plan: Plan) -> Sums:
        """Return a count and the amounts behind it."""
        pairs = zip(AMOUNTS, sums[1:], strict=True)
        return cls(sums[0], *(fen if name in plan.compared else None for name, fen in pairs))

    def yuan(self) -> dict[str, int | Decimal]:
        """Return the count, and the amounts that are compared in yuan."""
        fen = zip(AMOUNTS, msgspec.structs.astuple(self)[1:], strict=True)
        return {"count": self.count} | {name: yuan(one) for name, one in fen if one is not None}

    def __sub__(self, other: Sums) -> Sums:
        mine, yours = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        pairs = zip(mine, yours, strict=True)
        apart: list[Any] = [None if a is None else a - b for a, b in pairs]
        return Sums(*apart)

    def __bool__(self) -> bool:
        return any(msgspec.structs.astuple(self))


class GroupTotal(msgspec.Struct, frozen=True):
    """What both sides add up to for some codes and time; `label` goes by the result's `by`."""

    label: tuple[str, ...]
    ours: Sums
    theirs: Sums

    @property
    def difference(self) -> Sums:
        """Ours less theirs."""
        return self.ours - self.theirs


class ClassTotal(msgspec.Struct, frozen=True):
    """A class of difference: how many claims, and what they explain of ours less theirs."""

    kind: Kind
    claims: int
    difference: Sums


class Entry(msgspec.Struct, frozen=True):
    """A row of one side: its number there, its ids, its day, and what it adds to the totals.

    A row outside the period `counts` for nothing.
    """

    row: int
    ids: dict[str, str]
    day: str
    group: tuple[str, ...]
    amounts: Sums
    counts: bool


class Difference(msgspec.Struct, frozen=True):
    """One claim about which the sides do not agree; a side that does not have it is None."""

    kind: Kind
    why: str
    by_second: bool
    ours: Entry | None
    theirs: Entry | None
    difference: Sums

    def id(self, name: str) -> str:
        """Return an id of the claim, as ours has it, else theirs; "" where neither has."""
        sides = (self.ours, self.theirs)
        return next((one.ids[name] for one in sides if one and one.ids.get(name)), "")


class Differences(Sequence[Difference]):
    """All differences, by class and row; each is made when it is asked for."""

    def __init__(self, found: Found, plan: Plan, labels: Sequence[tuple[str, ...]]) -> None:
        self._found, self._plan, self._labels = found, plan, labels

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, at: int) -> Difference: ...

    @overload
    def __getitem__(self, at: slice) -> list[Difference]: ...

    def __getitem__(self, at: int | slice) -> Difference | list[Difference]:
        if isinstance(at, slice):
            return [self._at(place) for place in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(f"there are {len(self)} differences, none at {at}")
        return self._at(place)

    def __iter__(self) -> Iterator[Difference]:
        return (self._at(place) for place in range(len(self)))

    def of(self, kind: Kind) -> range:
        """Return the positions of a class."""
        first, last = np.searchsorted(self._found.kind, [NUMBER[kind], NUMBER[kind] + 1]).tolist()
        return range(first, last)

    def _at(self, at: int) -> Difference:
        found = self._found
        ours, theirs = self._entry(found.ours, at), self._entry(found.theirs, at)
        kind = KINDS[int(found.kind[at]) - 1]
        sums = [
            a - b for a, b in zip(_counted(found.ours, at), _counted(found.theirs, at), strict=True)
        ]
        why = WHY[Why(int(found.why[at]))] or self._apart(ours, theirs)
        second = bool(found.by_second[at])
        return Difference(kind, why, second, ours, theirs, Sums.of(sums, self._plan))

    def _entry(self, rows: Rows, at: int) -> Entry | None:
        row = int(rows.row[at])
        if not row:
            return None
        ids = {name: text_of(column[at]) for name, column in rows.ids.items()}
        amounts = Sums.of([1, *rows.fen[at].tolist()], self._plan)
        label = self._labels[int(rows.group[at])]
        day = day_text(int(rows.day[at]))
        return Entry(row, ids, day, label, amounts, bool(rows.inside[at]))

    def _apart(self, ours: Entry | None, theirs: Entry | None) -> str:
        """Return in what the groups of a pair differ."""
        if ours is None or theirs is None:
            return ""
        labels = zip(self._plan.by, ours.group, theirs.group, strict=True)
        told = [f"{name} {a or '-'}, theirs {b or '-'}" for name, a, b in labels if a != b]
        if ours.counts != theirs.counts:
            told.append(
                "only ours is in the period" if ours.counts else "only theirs is in the period"
            )
        return "; ".join(told)


class Reconciliation:
    """What became of a comparison.

    `totals` come first, then `classes`, then `differences`; the classes explain the difference of
    the totals exactly, as a whole and in each group.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        labels: tuple[tuple[str, ...], ...],
        sides: tuple[Side, Side],
        where: tuple[str, str],
        rejected: tuple[int, int],
        rejects: tuple[Reject, ...],
        found: Found,
    ) -> None:
        self.where = where
        self.by = plan.by
        self.compared = plan.compared
        self.options = plan.options
        self.rows = (sides[0].rows, sides[1].rows)
        self.rejected = rejected
        self.rejects = rejects
        self.differences = Differences(found, plan, labels)
        numbers = sorted({*sides[0].sums, *sides[1].sums}, key=lambda number: labels[number])
        self.totals = tuple(
            GroupTotal(labels[one], *(_sums_of(side, one, plan) for side in sides))
            for one in numbers
        )
        self.total = GroupTotal((), *(_sum_of(side, plan) for side in sides))
        self.classes = tuple(
            ClassTotal(kind, len(at), _explained(found, at, plan))
            for kind in KINDS
            if len(at := self.differences.of(kind))
        )
        self.hints = hints_of(found, plan, sides)

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs and no row was rejected."""
        return not len(self.differences) and not any(self.rejected)

    def class_of(self, kind: Kind | str) -> ClassTotal | None:
        """Return what a class explains, None where no claim is in it."""
        return next((one for one in self.classes if one.kind == kind), None)

    def summary(self, limit: int = 20) -> str:
        """Return the report as text; of each class at most `limit` claims are shown."""
        from medsettle.reconcile.report import summary

        return summary(self, limit)

    def as_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Return everything as dicts and lists, amounts in yuan as Decimal."""
        from medsettle.reconcile.report import as_dict

        return as_dict(self, limit)

    def __repr__(self) -> str:
        told = ", ".join(f"{one.kind} {one.claims}" for one in self.classes) or "no differences"
        rows = f"{self.rows[1]} {'row' if self.rows[1] == 1 else 'rows'}"
        return f"<Reconciliation of {self.rows[0]} and {rows}: {told}>"


def _counted(rows: Rows, at: int) -> list[int]:
    return contribution(rows, slice(at, at + 1))


def _sums_of(side: Side, number: int, plan: Plan) -> Sums:
    return Sums.of(side.sums.get(number, [0] * (len(AMOUNTS) + 1)), plan)


def _sum_of(side: Side, plan: Plan) -> Sums:
    nothing = [0] * (len(AMOUNTS) + 1)
    return Sums.of([sum(column) for column in zip(nothing, *side.sums.values(), strict=True)], plan)


def _explained(found: Found, at: range, plan: Plan) -> Sums:
    where = slice(at.start, at.stop)
    ours, theirs = contribution(found.ours, where), contribution(found.theirs, where)
    return Sums.of([a - b for a, b in zip(ours, theirs, strict=True)], plan)
