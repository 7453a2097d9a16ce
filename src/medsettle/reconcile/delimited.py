"""CSV, and the TAB-separated TXT of the national interface, in UTF-8, in constant memory.

NumPy cuts blocks in which quotes are at most marks around whole cells.  From the first other quote
on, the `csv` module reads: there is one meaning of a file, and two speeds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Final

import numpy as np

from medsettle.reconcile.blocks import Block, Progress
from medsettle.reconcile.errors import UNREADABLE, ReconcileError
from medsettle.reconcile.texts import PAD, Array, Texts, padded

#: Bytes that are read at a time, and the longest row there may be.
_BLOCK_BYTES: Final = 1 << 20
_ROW_BYTES: Final = 1 << 20
_QUOTED_ROWS: Final = 30_000
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = 10
_QUOTE: Final = 34
_ENCODING: Final = "is not UTF-8; if it is GB18030: iconv -f GB18030 -t UTF-8"


class Delimited:
    """A file of rows with a header, or with one that the user states."""

    def __init__(
        self,
        where: str,
        opened: Callable[[], IO[bytes]],
        size: int,
        header: tuple[str, ...] | None = None,
    ) -> None:
        """Read the header; raise ReconcileError where there is none."""
        self.where, self._opened, self._bytes = where, opened, size
        with opened() as file:
            line = _first_line(file, where)
        self._has_header = header is None
        text = _decoded(line, where, 0).rstrip("\r\n")
        if "\0" in text:
            raise self._error("holds NUL characters; it is no text, or is UTF-16")
        tab, comma = text.count("\t"), text.count(",")
        self._delimiter = "\t" if tab > comma else ","
        #: TXT of the interface knows no quotes.
        self._quotes = self._delimiter == ","
        first = self._cells_of(text)
        self.header = header or tuple(name.strip() for name in first)
        if header and len(first) != len(header):
            told = f"its rows have {len(first)} cells, the header stated has {len(header)} names"
            raise self._error(told)

    def size(self) -> int:
        """Return about how many rows there are."""
        return self._bytes // 80

    def _error(self, text: str) -> ReconcileError:
        return ReconcileError(UNREADABLE, text, where=self.where)

    def _cells_of(self, line: str) -> list[str]:
        if not self._quotes:
            return line.split("\t")
        try:
            return next(csv.reader([line], strict=True), [])
        except csv.Error as error:
            hint = "a quote may be left open, or carriage returns alone end the lines"
            raise self._error(f"header: {error}; {hint}") from None

    def blocks(self, headers: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Yield all rows; raise ReconcileError where cells cannot be told apart any more."""
        places = {name: self.header.index(name) for name in headers}
        with self._opened() as file:
            row, rest, done = 1, b"", 0
            if self._has_header:
                _first_line(file, self.where)
            elif (begin := file.read(3)) != _BOM:
                rest = begin
            while True:
                data = file.read(_BLOCK_BYTES)
                done += len(data)
                if not data and not rest:
                    break
                data, is_last = rest + data, not data
                whole, rest = self._cut(data, is_last=is_last, row=row)
                if whole:
                    found = self._block(whole, row, places)
                    if found is None:
                        left = io.BytesIO(data)
                        yield from self._quoted(left, file, row, places, progress)
                        break
                    yield found[0]
                    row += found[1]
                progress(min(done / (self._bytes or 1), 1))

    def _cut(self, data: bytes, *, is_last: bool, row: int) -> tuple[bytes, bytes]:
        """Return the whole lines of `data`, and what follows them."""
        if is_last:
            return (data if data.endswith(b"\n") else data + b"\n"), b""
        end = data.rfind(b"\n") + 1
        if len(data) - end > _ROW_BYTES:
            raise self._error(f"after row {row}: a row is longer than 1 MiB")
        return data[:end], data[end:]

    # ------------------------------------------------------------------ by NumPy

    def _block(self, data: bytes, first: int, places: dict[str, int]) -> tuple[Block, int] | None:
        """Return lines as rows, and how many there are; blank ones are no rows.

        None where a quote is more than a pair of marks around a whole cell.
        """
        if not data.isascii():
            _decoded(data, self.where, first)
        cells = padded(data)
        inner = cells[PAD:-PAD]
        ends = np.flatnonzero((inner == ord(self._delimiter)) | (inner == _NEWLINE)) + PAD
        has_quotes = self._quotes and b'"' in data
        if has_quotes and not _quotes_are_plain(cells, ends, ord(self._delimiter)):
            return None
        line_ends = np.flatnonzero(cells[ends] == _NEWLINE)
        before = np.concatenate([[-1], line_ends[:-1]])
        counts = line_ends - before
        begins = np.where(before < 0, PAD, ends[before] + 1)
        stops = ends[line_ends]
        stops = stops - ((stops > begins) & (cells[stops - 1] == 13))
        blank = (counts == 1) & (stops == begins)
        fits = counts == len(self.header)
        numbers = first + np.arange(len(counts))
        odd_at = np.flatnonzero(~fits & ~blank).tolist()
        odd = [(int(numbers[at]), self._odd(int(counts[at]))) for at in odd_at]
        at = before[fits] + 1
        columns: dict[str, Texts | Array] = {}
        for name, place in places.items():
            start = begins[fits] if place == 0 else ends[at + place - 1] + 1
            stop = stops[fits] if place == len(self.header) - 1 else ends[at + place]
            marks = (cells[start] == _QUOTE) & (stop > start) if has_quotes else 0
            columns[name] = Texts(cells, start + marks, stop - start - 2 * marks)
        return Block(numbers[fits], columns, odd), len(counts)

    def _odd(self, count: int) -> str:
        return f"expected {len(self.header)} cells, found {count}"

    # ------------------------------------------------------------------ by the `csv` module

    def _quoted(
        self,
        begun: io.BytesIO,
        file: IO[bytes],
        first: int,
        places: dict[str, int],
        progress: Progress,
    ) -> Iterator[Block]:
        row = first - 1
        numbers: list[int] = []
        records: list[list[str]] = []
        odd: list[tuple[int, str]] = []
        reader = csv.reader(self._lines(begun, file, first), strict=True)
        while True:
            row += 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise self._error(f"row {row}: {error}; a quote may be left open") from None
            if len(cells) == len(self.header):
                numbers.append(row)
                records.append(cells)
            elif any("\n" in cell for cell in cells):
                raise self._error(f"row {row}: a quote seems to be left open")
            elif cells:
                odd.append((row, self._odd(len(cells))))
            if len(records) + len(odd) >= _QUOTED_ROWS:
                yield _records_block(numbers, records, odd, places)
                numbers, records, odd = [], [], []
                if file.seekable():
                    progress(min(file.tell() / (self._bytes or 1), 1))
        if records or odd:
            yield _records_block(numbers, records, odd, places)

    def _lines(self, begun: io.BytesIO, file: IO[bytes], first: int) -> Iterator[str]:
        """Yield the lines of what was read already, then those of the file."""
        row = first - 1
        last = b""
        for line in begun:
            row += 1
            if line.endswith(b"\n"):
                yield _decoded(line, self.where, row)
            else:
                last = line
        while line := last + file.readline(_ROW_BYTES):
            if len(line) >= _ROW_BYTES + len(last):
                raise self._error(f"near row {row}: a row is longer than 1 MiB")
            row, last = row + 1, b""
            yield _decoded(line, self.where, row)


def _quotes_are_plain(cells: Array, ends: Array, delimiter: int) -> bool:
    """Tell whether all quotes are pairs around whole cells, with no cell's end between them."""
    quotes = np.flatnonzero(cells == _QUOTE)
    if len(quotes) % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    after = cells[closes + 1]
    begins = (opens == PAD) | np.isin(cells[opens - 1], (delimiter, _NEWLINE))
    finishes = np.isin(after, (delimiter, _NEWLINE)) | (
        (after == 13) & (cells[closes + 2] == _NEWLINE)
    )
    inside = np.searchsorted(ends, opens) == np.searchsorted(ends, closes)
    return bool((begins & finishes & inside).all())


def _records_block(
    numbers: list[int],
    records: list[list[str]],
    odd: list[tuple[int, str]],
    places: dict[str, int],
) -> Block:
    columns = list(zip(*records, strict=True)) or [()] * (max(places.values(), default=0) + 1)
    found: dict[str, Texts | Array]
    found = {name: Texts.of(columns[place]) for name, place in places.items()}
    return Block(np.array(numbers, np.int64), found, odd)


def _first_line(file: IO[bytes], where: str) -> bytes:
    line = file.readline(_ROW_BYTES).removeprefix(_BOM)
    if not line.strip():
        told = "is empty" if not line else "has no header: its first line is blank"
        raise ReconcileError(UNREADABLE, told, where=where)
    if len(line) >= _ROW_BYTES - len(_BOM):
        raise ReconcileError(UNREADABLE, "its first line is longer than 1 MiB", where=where)
    return line


def _decoded(data: bytes, where: str, first: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        row = first + data.count(b"\n", 0, error.start)
        raise ReconcileError(UNREADABLE, f"near row {row}: {_ENCODING}", where=where) from None
