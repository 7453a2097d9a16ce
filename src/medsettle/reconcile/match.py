"""Rows of both sides that belong together by the key."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from medsettle.reconcile.join import joined
from medsettle.reconcile.rows import Rows
from medsettle.reconcile.texts import Array


class Matched:
    """What became of two lots of rows: pairs, surplus rows of a key, and rows that are alone.

    Positions; `surplus` and `alone` are by side.
    """

    def __init__(self) -> None:
        self.pairs: tuple[Array, Array] = (_NONE, _NONE)
        self.surplus: tuple[Array, Array] = (_NONE, _NONE)
        self.alone: tuple[Array, Array] = (_NONE, _NONE)


_NONE = np.zeros(0, np.int64)


def matched(ours: Rows, theirs: Rows, key: str) -> Matched:
    """Match rows by a key that all of them have.

    A claim and a reversal under one key are two keys: they never meet each other.
    """
    marks = (ours.negative, theirs.negative)
    join = joined(ours.ids[key], theirs.ids[key], marks)
    result = Matched()
    result.pairs, result.alone = join.pairs, (join.only_a, join.only_b)
    if join.many:
        several = _Several(ours, theirs)
        for at_ours, at_theirs in join.many:
            several.settle(at_ours.tolist(), at_theirs.tolist())
        several.add_to(result)
    return result


class _Several:
    """Keys that one side has more than once.

    Rows that are equal meet first, then the others in their order.  What is left over on a side
    that has met somebody is surplus; if it has met nobody, its first row is alone.
    """

    def __init__(self, ours: Rows, theirs: Rows) -> None:
        self._sides = (ours, theirs)
        self._pairs: list[tuple[int, int]] = []
        self._surplus: tuple[list[int], list[int]] = ([], [])
        self._alone: tuple[list[int], list[int]] = ([], [])

    def settle(self, ours: list[int], theirs: list[int]) -> None:
        waiting = defaultdict(list)
        for position in reversed(theirs):
            waiting[self._content(1, position)].append(position)
        left_ours, met = [], set()
        for position in ours:
            same = waiting.get(self._content(0, position))
            if same:
                met.add(other := same.pop())
                self._pairs.append((position, other))
            else:
                left_ours.append(position)
        left_theirs = [position for position in theirs if position not in met]
        others = min(len(left_ours), len(left_theirs))
        self._pairs += zip(left_ours[:others], left_theirs[:others], strict=True)
        has_met = bool(met) or others > 0
        for side, left in enumerate((left_ours[others:], left_theirs[others:])):
            self._alone[side].extend(left[:0] if has_met else left[:1])
            self._surplus[side].extend(left if has_met else left[1:])

    def _content(self, side: int, position: int) -> tuple[bytes, int, bool]:
        rows = self._sides[side]
        place = int(rows.group[position])
        return rows.fen[position].tobytes(), place, bool(rows.inside[position])

    def add_to(self, result: Matched) -> None:
        pairs = np.array(self._pairs, np.int64).reshape(-1, 2)
        result.pairs = _with(result.pairs, (pairs[:, 0], pairs[:, 1]))
        result.surplus = _arrays(self._surplus)
        result.alone = _with(result.alone, _arrays(self._alone))


def _arrays(lists: tuple[list[int], list[int]]) -> tuple[Array, Array]:
    return np.array(lists[0], np.int64), np.array(lists[1], np.int64)


def _with(one: tuple[Array, Array], other: tuple[Array, Array]) -> tuple[Array, Array]:
    return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])
