"""Whose claim is whose: persons as numbers, and persons whose claims are in two places.

A person's claims must stand together, because only the last person's counters are kept.  Where
the persons ascend, a comparison with the neighbour shows that; where they do not, everybody seen
must be remembered.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: How many rows of ascending blocks are remembered, in case a later block breaks the order.
REMEMBERED: Final = 65_536


class Runs(NamedTuple):
    """A column of persons, as runs of equal neighbours."""

    starts: Array  # the first row of each run
    names: Array  # whose run it is
    n: int  # rows of the column

    @classmethod
    def of(cls, person: Array) -> Runs:
        """Return the runs of a column."""
        starts = np.flatnonzero(changes(person))
        return cls(starts, person[starts], len(person))

    def spread(self, of_run: Array) -> Array:
        """Return a value for each row from a value for each run."""
        return np.repeat(of_run, np.diff(self.starts, append=self.n))


def changes(person: Array) -> Array:
    """Return where a column differs from the row above; the first row does."""
    changed = np.ones(len(person), np.bool_)
    np.not_equal(person[1:], person[:-1], out=changed[1:])
    return changed


class Persons:
    """The persons of a stream, block after block.

    As long as the persons ascend, at most `REMEMBERED` rows are kept, else one entry for each
    person.  When a longer ascending stream stops ascending, whoever is not above its highest
    person counts as seen before: nobody knows any more, and to guess would be to settle wrongly.
    """

    def __init__(self) -> None:
        self._last: Any = None
        self._last_is_back = False
        self._number = -1  # of the last person, if persons are text
        self._ascending: list[Array] | None = []  # what is remembered while persons ascend
        self._rows = 0
        self._floor: Any = None
        self._seen: set[Any] = set()

    def follow(self, person: Array | Runs) -> tuple[Array, Array | None]:
        """Take in the next block: an array of integers, an array of text, or runs of text.

        Returns an integer for each row, equal where the person is the same, in this block and
        from the last row to the next block's first; and the rows (bool) of persons whose claims
        also stand elsewhere before, or None if there are none.  Raises TypeError for integers
        after text or text after integers.
        """
        runs = person if isinstance(person, Runs) else None
        if runs is None and person.dtype.kind not in "iu":  # type: ignore[union-attr]
            runs = Runs.of(person)  # type: ignore[arg-type]
        keys: Array = person if runs is None else runs.names  # type: ignore[assignment]
        if len(keys) == 0:
            return np.empty(0, np.int64), None
        self._check_kind(keys)
        numbers = keys if runs is None else self._numbered(runs)
        back = None
        if self._rise(keys):
            self._last = _item(keys, -1)
        else:
            runs = Runs.of(keys) if runs is None else runs
            of_run = self._returning(runs.names.tolist())
            back = runs.spread(np.array(of_run)) if any(of_run) else None
        return numbers, back

    def _check_kind(self, keys: Array) -> None:
        if self._last is not None and isinstance(self._last, int) != (keys.dtype.kind in "iu"):
            raise TypeError("column `person` is text in one block and integers in another")

    def _numbered(self, runs: Runs) -> Array:
        """Return numbers for the rows of text, going on from the block before."""
        new = changes(runs.names)
        new[0] = runs.names[0] != self._last
        of_run = self._number + np.cumsum(new, dtype=np.int64)
        self._number = int(of_run[-1])
        return runs.spread(of_run)

    def _rise(self, keys: Array) -> bool:
        """Tell whether the persons still ascend, and remember them if they do."""
        if self._ascending is None:
            return False
        if self._last is not None and not keys[0] >= self._last:
            return False
        if not np.all(keys[1:] >= keys[:-1]):
            return False
        self._rows += len(keys)
        if self._rows <= REMEMBERED:
            self._ascending.append(keys.copy())
        else:
            self._ascending.clear()
            self._floor = _item(keys, -1)
        return True

    def _returning(self, names: list[Any]) -> list[bool]:
        """Return for each run whether its person has been seen in an earlier one."""
        if self._ascending is not None:
            self._seen.update(*(block.tolist() for block in self._ascending))
            self._ascending = None
        back = []
        for who in names:
            if who != self._last:
                below = self._floor is not None and who <= self._floor
                self._last_is_back = below or who in self._seen
                self._seen.add(who)
                self._last = who
            back.append(self._last_is_back)
        return back


def _item(keys: Array, at: int) -> Any:
    """Return an element as Python's own int or str."""
    item = keys[at]
    return item.item() if isinstance(item, np.generic) else item
