"""The differences as they are found, and what each side adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from medsettle.reconcile.fields import AMOUNTS
from medsettle.reconcile.kinds import NUMBER, Kind, Why
from medsettle.reconcile.rows import Rows
from medsettle.reconcile.texts import Array

#: So many rows fit into 64 bits, each of a sum of `PARTS_MAX` columns of ten billion yuan.
_SUM_ROWS: Final = 1 << 18


class Found(msgspec.Struct, frozen=True):
    """Differences: each is a row of ours and one of theirs, of which one may be absent."""

    kind: Array
    why: Array
    by_second: Array
    ours: Rows
    theirs: Rows

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def pairs(cls, kind: Array, ours: Rows, theirs: Rows, *, by_second: bool) -> Found:
        """Return pairs of rows with the class of each."""
        count = len(kind)
        nothing = np.zeros(count, np.uint8)
        return cls(kind, nothing, np.full(count, by_second), ours, theirs)

    @classmethod
    def alone(
        cls, kind: Kind, rows: Rows, side: int, others: Sequence[str], why: Array | None = None
    ) -> Found:
        """Return rows that only one side has; `others` are the ids of the other side."""
        count = len(rows)
        kinds = np.full(count, NUMBER[kind], np.uint8)
        why = np.full(count, Why.NOTHING, np.uint8) if why is None else why.astype(np.uint8)
        nobody = Rows.absent(count, others)
        ours, theirs = (rows, nobody) if side == 0 else (nobody, rows)
        return cls(kinds, why, np.zeros(count, np.bool_), ours, theirs)

    @classmethod
    def joined(cls, parts: Sequence[Found], ids: Sequence[Sequence[str]]) -> Found:
        """Return all differences in their order: by class, then by row of ours and theirs."""
        if not parts:
            nothing = np.zeros(0, np.uint8)
            rows = (Rows.absent(0, names) for names in ids)
            return cls(nothing, nothing, np.zeros(0, np.bool_), *rows)
        kind, why, second = (
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("kind", "why", "by_second")
        )
        ours = Rows.joined([one.ours for one in parts])
        theirs = Rows.joined([one.theirs for one in parts])
        last = np.iinfo(np.int64).max
        rows_of = [np.where(rows.row == 0, last, rows.row) for rows in (theirs, ours)]
        order = np.lexsort((*rows_of, kind))
        return cls(kind[order], why[order], second[order], ours.take(order), theirs.take(order))

    def take(self, at: Array) -> Found:
        """Return the differences at positions, or those that a mask keeps."""
        rest = (self.ours.take(at), self.theirs.take(at))
        return Found(self.kind[at], self.why[at], self.by_second[at], *rest)


class Side:
    """What one side adds up to, by group: a count and exact sums in fen."""

    def __init__(self) -> None:
        self.sums: dict[int, list[int]] = {}
        self.rows = 0  # all that were read, rejected ones aside
        self.days: tuple[int, int] | None = None  # the first and the last

    def add(self, rows: Rows) -> None:
        """Add rows; only those inside the period count."""
        self.rows += len(rows)
        if len(stated := rows.day[rows.day > 0]):
            first, last = self.days or (int(stated[0]), int(stated[0]))
            self.days = min(first, int(stated.min())), max(last, int(stated.max()))
        at = np.flatnonzero(rows.inside)
        for first in range(0, len(at), _SUM_ROWS):
            part = at[first : first + _SUM_ROWS]
            for group, total in sums_by(rows.group[part], rows.fen[part]).items():
                before = self.sums.setdefault(group, [0] * len(total))
                self.sums[group] = [a + b for a, b in zip(before, total, strict=True)]


def sums_by(groups: Array, amounts: Array) -> dict[int, list[int]]:
    """Return count and amounts of each group, of rows few enough for 64 bits."""
    order = np.argsort(groups, kind="stable")
    group = groups[order]
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    counts = np.diff(starts, append=len(order))
    fen = np.add.reduceat(amounts[order], starts, axis=0)
    return {
        number: [count, *sums]
        for number, count, sums in zip(
            group[starts].tolist(), counts.tolist(), fen.tolist(), strict=True
        )
    }


def contribution(rows: Rows, at: Array | slice) -> list[int]:
    """Return how many of the rows count in their side's totals, and their amounts."""
    inside = rows.inside[at]
    fen = rows.fen[at][inside]
    sums = [0] * len(AMOUNTS)
    for first in range(0, len(fen), _SUM_ROWS):
        part = fen[first : first + _SUM_ROWS].sum(axis=0).tolist()
        sums = [a + b for a, b in zip(sums, part, strict=True)]
    return [int(inside.sum()), *sums]
