"""Files of rows as columns of text: CSV, TAB-separated text and Parquet, by the suffix.

Rows count from 1; the names of the columns are row 0.  A blank line counts but is no row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from medsettle.bill.faults import CatalogueFileError, file_error

CSV: Final = (".csv",)
TEXT: Final = (".txt", ".tsv")
PARQUET: Final = (".parquet",)
SUFFIXES: Final = (*CSV, *TEXT, *PARQUET)
#: No line of a catalogue is longer; a line without end would take all memory.
LINE_MAX: Final = 1024 * 1024
#: What stands in downloads of the national interface for a cell without a value.
NULL: Final = "null"
_BATCH: Final = 50_000


class RowsFile:
    """A file of rows, open: `head` are the cells of its first line.

    Raises CatalogueFileError (K201 to K209) for what cannot be read, here or while `rows` is run.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path` and read its first line."""
        self.file = str(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            options = ", ".join(SUFFIXES)
            raise file_error("K209", self.file, options=options, found=path.name)
        self.is_text = suffix in TEXT
        stream = self._open(path)
        if suffix in PARQUET:
            parquet = _Parquet(self.file, stream)
            self.head: Sequence[str] = parquet.head
            self._rows = parquet.rows()
        else:
            self._rows = self._texts(stream)
            self.head = next(self._rows, (0, []))[1]

    def rows(self, *, headed: bool) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield every row with its number; the first line is one where the file is not `headed`."""
        if not headed:
            yield 1, self.head
        for number, cells in self._rows:
            yield number + (not headed), cells

    def _open(self, path: Path) -> io.BufferedReader:
        try:
            stream = path.open("rb")
            if stream.peek(1):
                return stream
            stream.close()
            found = "an empty one"
        except FileNotFoundError:
            found = "no such file"
        except IsADirectoryError:
            found = "a folder"
        except (OSError, ValueError) as error:
            found = f"a failure: {getattr(error, 'strerror', None) or error}".lower()
        raise file_error("K202", self.file, found=found) from None

    def _texts(self, stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a file of text, the first of them with number 0."""
        lines = self._lines(stream)
        if self.is_text:
            cells = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
        else:
            cells = csv.reader(lines, strict=True)
        number = -1
        while True:
            number += 1
            try:
                row = next(cells, None)
            except csv.Error as error:
                raise file_error("K206", self.file, row=number, reason=error) from None
            if row is None:
                return
            if row:
                yield number, row

    def _lines(self, stream: IO[bytes]) -> Iterator[str]:
        """Yield the lines, decoded one by one so that a wrong byte is told with its line."""
        with stream:
            number = 0
            while line := stream.readline(LINE_MAX):
                number += 1
                if len(line) == LINE_MAX:
                    reason = f"a line of more than {LINE_MAX:,} bytes"
                    raise file_error("K206", self.file, number, row=number - 1, reason=reason)
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise self._not_utf8(error, number) from None

    def _not_utf8(self, error: UnicodeDecodeError, line: int) -> CatalogueFileError:
        found = f"0x{error.object[error.start]:02X}"
        return file_error("K201", self.file, line, found=found, path=self.file)


class _Parquet:
    """A Parquet file; every column is read as text, so that the same checks hold as for CSV."""

    def __init__(self, file: str, stream: IO[bytes]) -> None:
        self.file = file
        try:
            import pyarrow
            import pyarrow.parquet as parquet
        except ImportError:
            hint = "pip install 'medsettle[cli]'"
            reason = "pyarrow is not installed"
            raise file_error("K207", file, reason=reason, suggestion=hint) from None
        self._pa: Any = pyarrow
        try:
            self._file = parquet.ParquetFile(stream)
        except (pyarrow.ArrowException, OSError) as error:
            raise self._unreadable(error) from None
        self.head = list(self._file.schema_arrow.names)
        for field in self._file.schema_arrow:
            self._check(field)

    def _unreadable(self, error: Exception) -> CatalogueFileError:
        lines = str(error).splitlines() or ["unknown"]
        return file_error("K207", self.file, reason=lines[0], suggestion="")

    def _check(self, field: Any) -> None:
        """Refuse a column of floats: what they were meant to hold is lost."""
        kinds, kind = self._pa.types, field.type
        if kinds.is_floating(kind.value_type if kinds.is_dictionary(kind) else kind):
            fields = {"column": field.name, "found": kind, "why": "never exact"}
            raise file_error("K208", self.file, **fields)

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield the rows."""
        number = 1
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH):
                columns = [
                    self._texts_of(column, name)
                    for column, name in zip(batch.columns, self.head, strict=True)
                ]
                yield from enumerate(zip(*columns, strict=True), start=number)
                number += len(batch)
        except (self._pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def _texts_of(self, column: Any, name: str) -> list[str]:
        """Return a column as text: days as YYYY-MM-DD, yes and no as `true` and `false`."""
        import pyarrow.compute as pc

        pa = self._pa
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
        try:
            text = pc.cast(column, pa.string())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            why = "no text, number or date"
            raise file_error("K208", self.file, column=name, found=column.type, why=why) from None
        try:
            return list(pc.fill_null(text, "").to_pylist())
        except UnicodeDecodeError:
            reason = f"column `{name}` holds text that is not UTF-8"
            raise file_error("K207", self.file, reason=reason, suggestion="") from None
