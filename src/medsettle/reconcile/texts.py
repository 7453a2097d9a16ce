"""Columns of text as bytes in one buffer: cut, trimmed and laid out by NumPy, never cell by cell.

Every reader makes these, so that CSV, Parquet, Arrow and Python columns meet the same checks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: A window of at most this many bytes may be read before and behind each cell.
PAD: Final = 64
_BLANKS: Final = (32, 9, 13)


class Texts(msgspec.Struct, frozen=True):
    """Cells: where each begins in `data`, and how many bytes it has.

    `data` has `PAD` bytes that belong to no cell at either end.
    """

    data: Array
    start: Array
    size: Array

    @classmethod
    def of(cls, values: Iterable[object]) -> Texts:
        """Return Python values as text, None as "".

        Raises TypeError for a float, and for what is no text, number or date.
        """
        cells = [_bytes_of(value) for value in values]
        size = np.fromiter(map(len, cells), np.int64, len(cells))
        return cls(padded(b"".join(cells)), PAD + np.cumsum(size) - size, size)

    def __len__(self) -> int:
        return len(self.start)

    def take(self, at: Array) -> Texts:
        """Return the cells at positions, or those that a mask keeps."""
        return Texts(self.data, self.start[at], self.size[at])

    def windows(self, width: int, start: Array) -> Array:
        """Return `width` bytes from each place in `start`, as texts of fixed width."""
        count = len(self.data) - width + 1
        every: Array = np.ndarray((count,), f"S{width}", self.data, strides=(1,))
        return every[start]

    def trimmed(self) -> Texts:
        """Return the cells without blanks around them; `null`, which TXT files have, is empty."""
        start, size = self.start.copy(), self.size.copy()
        while len(at := np.flatnonzero((size > 0) & np.isin(self.data[start], _BLANKS))):
            start[at] += 1
            size[at] -= 1
        while len(at := np.flatnonzero((size > 0) & np.isin(self.data[start + size - 1], _BLANKS))):
            size[at] -= 1
        four = np.flatnonzero(size == 4)
        if len(four):
            word = self.windows(4, start[four])
            size[four[(word == b"null") | (word == b"NULL")]] = 0
        return Texts(self.data, start, size)

    def fixed(self, most: int) -> Array:
        """Return the cells as an array of bytes (`S`), at most `most` (≤ PAD) bytes of each."""
        size = np.minimum(self.size, most)
        width = max(int(size.max(initial=0)), 1)
        out = self.windows(width, self.start)
        if len(size) and int(size.min()) < width:
            cells = out.view(np.uint8).reshape(len(size), width)
            np.multiply(cells, np.arange(width) < size[:, None], out=cells)
        return out

    def text(self, at: int) -> str:
        """Return one cell."""
        begin = int(self.start[at])
        return self.data[begin : begin + int(self.size[at])].tobytes().decode(errors="replace")


def padded(data: bytes) -> Array:
    """Return bytes with `PAD` zeros at either end."""
    return np.frombuffer(b"".join((bytes(PAD), data, bytes(PAD))), np.uint8)


def text_of(cell: bytes) -> str:
    """Return a cell of a fixed column as text."""
    return cell.decode(errors="replace")


def _bytes_of(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    if value is None:
        return b""
    if isinstance(value, Decimal) and value.is_finite():
        return _plain(value).encode()
    if isinstance(value, dt.datetime):  # before `date`, which it also is
        return value.isoformat(" ").encode()
    if isinstance(value, dt.date | Decimal):
        return str(value).encode()
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value).encode()
    if isinstance(value, float | np.floating):
        raise TypeError('neither money nor ids may be floats: write "12.34" or Decimal("12.34")')
    raise TypeError(f"expected text, a whole number, a Decimal or a date, not {_kind(value)}")


def _plain(value: Decimal) -> str:
    """Return a Decimal without exponent, unless spelling it out would be absurd."""
    exponent = int(value.as_tuple().exponent)
    return f"{value:f}" if -100 < exponent < 100 and abs(value.adjusted()) < 100 else str(value)


def _kind(value: object) -> str:
    return type(value).__name__
