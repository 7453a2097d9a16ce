"""Both sides in portions that hold all rows of their keys.

Two sides that are sorted by the key are merged, a block of each in memory at a time.  Others are
read in parts of the keys: as a whole if they are small, else the files are read again for each
part, so that nothing but the files is ever on a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from medsettle.reconcile.blocks import Progress, Source
from medsettle.reconcile.fields import Columns
from medsettle.reconcile.reading import Part, RowReader
from medsettle.reconcile.rows import Rows

#: Rows of both sides that are held at a time where they are not sorted.
PART_ROWS: Final = 6_000_000


class NotSortedError(Exception):
    """A side is not sorted by the key after all."""


class Stream(NamedTuple):
    """One side: where it comes from, and what makes its rows."""

    source: Source
    columns: Columns
    reader: RowReader
    progress: Progress

    def rows(self, part: Part | None = None) -> Iterator[Rows]:
        """Yield the rows, block by block."""
        for block in self.source.blocks(self.columns.headers, self.progress):
            yield self.reader.rows(block, part)


Keyless = Callable[[int, Rows], None]


def merged(
    streams: tuple[Stream, Stream], key: str, keyless: Keyless
) -> Iterator[tuple[Rows, Rows]]:
    """Yield portions of two sorted sides; raise NotSortedError as soon as one is not.

    Rows without a key are handed to `keyless` with the number of their side.
    """
    sides = [_Sorted(stream, key, side, keyless) for side, stream in enumerate(streams)]
    while True:
        for side in sides:
            side.fill()
        if all(side.is_done for side in sides):
            portion = [side.take(None) for side in sides]
            yield portion[0], portion[1]
            return
        # What is below the last key of a side that goes on is complete on both.
        open_sides = [side for side in sides if not side.is_done]
        shortest = min(open_sides, key=lambda side: side.last)
        portion = [side.take(shortest.last) for side in sides]
        if any(map(len, portion)):
            yield portion[0], portion[1]
        shortest.wants_more = True


class _Sorted:
    """A side of a merge: the rows that have been read and are not complete yet."""

    def __init__(self, stream: Stream, key: str, side: int, keyless: Keyless) -> None:
        self._blocks = stream.rows()
        self._key, self._side, self._keyless = key, side, keyless
        self._held = [Rows.absent(0, tuple(stream.columns.ids))]
        self.last = b""
        self.is_done = False
        self.wants_more = True

    def fill(self) -> None:
        """Read until there is something behind the last portion."""
        while self.wants_more and not self.is_done:
            rows = next(self._blocks, None)
            if rows is None:
                self.is_done = True
                return
            empty = rows.ids[self._key] == b""
            if empty.any():
                self._keyless(self._side, rows.take(empty))
                rows = rows.take(~empty)
            if not len(rows):
                continue
            keys = rows.ids[self._key]
            if keys[0] < self.last or bool((keys[1:] < keys[:-1]).any()):
                raise NotSortedError
            self._held.append(rows)
            self.last = bytes(keys[-1])
            self.wants_more = False

    def take(self, below: bytes | None) -> Rows:
        """Return the rows whose key is below, or all."""
        if below is not None and all(
            not len(one) or one.ids[self._key][0] >= below for one in self._held
        ):
            return self._held[0].take(slice(0, 0))  # type: ignore[arg-type]
        held = Rows.joined(self._held)
        keys = held.ids[self._key]
        place = len(held) if below is None else int(np.searchsorted(keys, below))
        self._held = [held.take(slice(place, None))]  # type: ignore[arg-type]
        return held.take(slice(0, place))  # type: ignore[arg-type]


def parted(
    streams: tuple[Stream, Stream], key: str, keyless: Keyless
) -> Iterator[tuple[Rows, Rows]]:
    """Yield the sides in parts of their keys, all rows of a key in one part."""
    total = sum(stream.source.size() for stream in streams)
    parts = max(1, -(-total // PART_ROWS))
    for number in range(parts):
        part = Part(number, parts) if parts > 1 else None
        portion = []
        for side, stream in enumerate(streams):
            kept = [Rows.absent(0, tuple(stream.columns.ids))]
            for rows in stream.rows(part):
                empty = rows.ids[key] == b""
                if empty.any():
                    keyless(side, rows.take(empty))
                    rows = rows.take(~empty)
                kept.append(rows)
            portion.append(Rows.joined(kept))
        yield portion[0], portion[1]
