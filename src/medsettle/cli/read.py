"""Files of claims in blocks of rows: CSV, JSON lines and Parquet, by the suffix.

Rows count from 1, a CSV header is row 0; a blank line counts but is no claim.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Protocol

import msgspec

from medsettle.cli.block import BLOCK_ROWS, Block, Fault
from medsettle.cli.common import USAGE, CommandError
from medsettle.cli.header import ITEM, VISIT, Header
from medsettle.cli.texts import block_of
from medsettle.model import Claim
from medsettle.names import PLUS
from medsettle.refusal import ClaimError, Status
from medsettle.vocabulary import AXES, FOUR_AMOUNTS, NUMBERS
from medsettle.wire import read_claim

SUFFIXES: Final = (".csv", ".parquet", ".jsonl", ".ndjson")
#: Those of files that hold cells.
CELLS: Final = (".csv", ".parquet")
ENCODING_HINT: Final = "is not UTF-8; if it is GB18030: iconv -f GB18030 -t UTF-8 {file} > NEW.csv"

#: Called with how much of the file has been read, from 0 to 1.
Progress = Callable[[float], None]


class Cells(NamedTuple):
    """Rows of a file as columns of text, in the order in which `block_of` takes them."""

    texts: Mapping[str, Sequence[str]]
    rows: Sequence[int]
    faults: dict[int, Fault]  # rows that have not as many cells as the header
    records: Sequence[Any]  # what stood in the file


class Reader(Protocol):
    """A file of claims, open."""

    header: Header
    columns: tuple[str, ...]  # of each record; none where a record is text

    def blocks(self, progress: Progress) -> Iterator[Block]:
        """Yield the claims."""


def suffix_of(path: Path, what: str) -> str:
    """Return the suffix that says the format; raise CommandError for another."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise CommandError(f"{path}: {what} must end in one of {known}", USAGE)
    return suffix


def open_reader(path: Path, file: IO[bytes], header: type[Header] = Header) -> Reader:
    """Return the reader for a file of claims by its suffix; of bills `header` is BillHeader."""
    if suffix_of(path, "the input") in CELLS:
        return open_cells(path, file, header)
    return LinesReader(path, file)


def open_cells(path: Path, file: IO[bytes], header: type[Header]) -> CsvReader | ParquetReader:
    """Return the reader for a CSV or Parquet file with columns of a kind."""
    if path.suffix.lower() == ".csv":
        return CsvReader(path, file, header)
    return ParquetReader(path, file, header)


def _done(file: IO[bytes], size: int) -> float:
    """Return how much of a file has been read; 0 for a pipe, which does not tell."""
    return file.tell() / size if file.seekable() else 0.0


class CsvReader:
    """CSV in UTF-8 with a header."""

    def __init__(self, path: Path, file: IO[bytes], header: type[Header] = Header) -> None:
        """Read the header."""
        self.path, self.file = path, file
        self.size = path.stat().st_size or 1
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._cells = csv.reader(text, strict=True)
        self._row = -1
        names = next(self._records(), (0, []))[1]
        if not names:
            raise CommandError(f"{path}: has no header")
        self.header = header(str(path), names)
        self.columns = self.header.names

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of every row that is not blank, with its number."""
        while True:
            self._row += 1
            try:
                cells = next(self._cells)
            except StopIteration:
                return
            except UnicodeDecodeError:
                hint = ENCODING_HINT.format(file=self.path)
                raise CommandError(f"{self.path}: near row {self._row}: {hint}") from None
            except csv.Error as error:
                told = f"{error}; a quote may be left open"
                raise CommandError(f"{self.path}: row {self._row}: {told}") from None
            if cells:
                yield self._row, cells

    def blocks(self, progress: Progress) -> Iterator[Block]:
        """Yield the claims."""
        return (block_of(*cells) for cells in self.cells(progress))

    def cells(self, progress: Progress) -> Iterator[Cells]:
        """Yield the rows as columns of text."""
        rows: list[int] = []
        records: list[list[str]] = []
        for row, cells in self._records():
            rows.append(row)
            records.append(cells)
            if len(rows) == BLOCK_ROWS:
                yield self._cells_of(rows, records)
                progress(_done(self.file, self.size))
                rows, records = [], []
        if rows:
            yield self._cells_of(rows, records)

    def _cells_of(self, rows: list[int], records: list[list[str]]) -> Cells:
        width = len(self.header.names)
        faults: dict[int, Fault] = {}
        cells = records
        if any(len(record) != width for record in records):
            cells = [self._fitted(i, rows[i], one, faults) for i, one in enumerate(records)]
        columns = dict(zip(self.header.names, zip(*cells, strict=True), strict=True))
        return Cells(columns, rows, faults, records)

    def _fitted(
        self, position: int, row: int, record: list[str], faults: dict[int, Fault]
    ) -> list[str]:
        """Return a row with as many cells as the header; another number of them is a fault."""
        width, found = len(self.header.names), len(record)
        if found == width:
            return record
        if any("\n" in cell for cell in record):
            told = "a quote seems to be left open: a cell holds line breaks"
            raise CommandError(f"{self.path}: row {row}: {told}")
        faults[position] = Fault(Status.BAD_RECORD, "", f"{width} cells", str(found))
        return (record + [""] * width)[:width]


class ParquetReader:
    """Parquet; every column is read as text, so that the same checks hold as for CSV."""

    def __init__(self, path: Path, file: IO[bytes], header: type[Header] = Header) -> None:
        """Read the schema; raise CommandError for columns that can hold no exact numbers."""
        pa, parquet = pyarrow_for(path)
        self._pa, self.path = pa, path
        try:
            self._file = parquet.ParquetFile(file)
        except (pa.ArrowInvalid, OSError) as error:
            told = str(error).splitlines()[0]
            raise CommandError(f"{path}: is no Parquet file: {told}") from None
        schema = self._file.schema_arrow
        self.header = header(str(path), schema.names)
        self.columns = self.header.names
        for field in schema:
            self._refuse_floats(field)

    def _refuse_floats(self, field: Any) -> None:
        """Raise CommandError for a column of floats that should hold money or whole numbers."""
        kinds, kind = self._pa.types, field.type
        if not kinds.is_floating(kind.value_type if kinds.is_dictionary(kind) else kind):
            return
        name = field.name.strip()
        if told := self.header.inexact(name):
            raise CommandError(f"{self.path}: column `{name}` is {kind}: {told}")

    def _batches(self) -> Iterator[tuple[int, dict[str, Sequence[str]]]]:
        row = 1
        for batch in self._read_batches():
            columns = zip(self.header.names, batch.columns, strict=True)
            yield row, {name: self._texts_of(column, name) for name, column in columns}
            row += len(batch)

    def _read_batches(self) -> Iterator[Any]:
        try:
            yield from self._file.iter_batches(batch_size=BLOCK_ROWS)
        except (self._pa.ArrowException, OSError) as error:
            told = (str(error).splitlines() or ["unknown"])[0]
            raise CommandError(f"{self.path}: cannot be read any further: {told}") from None

    def _texts_of(self, column: Any, name: str) -> list[str]:
        import pyarrow.compute as pc

        if self._pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        try:
            text = pc.cast(column, self._pa.string())
        except (self._pa.ArrowNotImplementedError, self._pa.ArrowInvalid):
            told = f"column `{name}` is {column.type}, which is no text, number or date"
            raise CommandError(f"{self.path}: {told}") from None
        try:
            return list(pc.fill_null(text, "").to_pylist())
        except UnicodeDecodeError:
            told = f"column `{name}` holds text that is not UTF-8"
            raise CommandError(f"{self.path}: {told}") from None

    def blocks(self, progress: Progress) -> Iterator[Block]:
        """Yield the claims."""
        return (block_of(*cells) for cells in self.cells(progress))

    def cells(self, progress: Progress) -> Iterator[Cells]:
        """Yield the rows as columns of text."""
        total = self._file.metadata.num_rows or 1
        for first, columns in self._batches():
            records = list(zip(*columns.values(), strict=True))
            yield Cells(columns, range(first, first + len(records)), {}, records)
            progress((first + len(records)) / total)


class LinesReader:
    """JSON lines: a claim on each line, as `docs/json.md` describes it, without "ytd".

    A line may also be one of the rejects: then its `record` is the claim.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        """Take the file; its columns are those of every claim."""
        self.path, self.file = path, file
        self.size = path.stat().st_size or 1
        self.header = Header(str(path), [name.removesuffix("_fen") for name in _LINE_COLUMNS])
        self.columns: tuple[str, ...] = ()

    def blocks(self, progress: Progress) -> Iterator[Block]:
        """Yield the claims."""
        rows: list[int] = []
        lines: list[bytes] = []
        for row, line in enumerate(self.file, start=1):
            if not line.strip():
                continue
            rows.append(row)
            lines.append(_claim_of(line.rstrip(b"\r\n")))
            if len(rows) == BLOCK_ROWS:
                yield _lines_block(rows, lines)
                progress(_done(self.file, self.size))
                rows, lines = [], []
        if rows:
            yield _lines_block(rows, lines)


def _lines_block(rows: list[int], lines: list[bytes]) -> Block:
    """Return the claims on lines of JSON, as columns of text where that is what they become."""
    faults: dict[int, Fault] = {}
    claims = [_claim_on(i, line, faults) for i, line in enumerate(lines)]
    texts = {}
    for name in _LINE_COLUMNS:
        values = [_NOTHING if claim is None else getattr(claim, name) for claim in claims]
        if name in _NEEDED or not {_DEFAULTS[name], _NOTHING}.issuperset(values):
            texts[name] = list(map(_text, values))
    for group in sorted({group for claim in claims if claim for group in claim.items}):
        fen = (claim.items.get(group, "") if claim else "" for claim in claims)
        texts[f"{ITEM}{group}_fen"] = list(map(str, fen))
    records = [line.decode(errors="replace") for line in lines]
    return block_of(texts, rows, faults, records)


def _text(value: object) -> str:
    """Return a field of a claim as a cell has it."""
    if isinstance(value, tuple):
        return PLUS.join(value)
    return "" if value is None else str(value)


class _Rejected(msgspec.Struct, forbid_unknown_fields=True):
    record: msgspec.Raw
    row: int
    field: str
    code: str
    reason: str


_REJECTED: Final = msgspec.json.Decoder(_Rejected)


def _claim_of(line: bytes) -> bytes:
    """Return the claim on a line: the line itself, or the record of one of the rejects."""
    if b'"record"' not in line:
        return line
    try:
        record = bytes(_REJECTED.decode(line).record)
        return msgspec.json.decode(record, type=str).encode() if record[:1] == b'"' else record
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return line


_AMOUNTS: Final = tuple(f"{name}_fen" for name in FOUR_AMOUNTS)
_NEEDED: Final = ("id", "person", "date", "benefit", *_AMOUNTS)
_LINE_COLUMNS: Final = (*_NEEDED, *AXES, *NUMBERS, *VISIT)
#: What a claim says of a field by leaving it out, and what stands where there is no claim.
_DEFAULTS: Final = {field.name: field.default for field in msgspec.structs.fields(Claim)}
_NOTHING: Final = ""


def _claim_on(position: int, line: bytes, faults: dict[int, Fault]) -> Claim | None:
    try:
        claim, ytd = read_claim(line)
    except ClaimError as error:
        found = None if error.found is None else str(error.found)
        status = Status[error.reason.name]
        faults[position] = Fault(status, error.field, error.expected, found, error.what)
        return None
    if ytd is not None:
        told = "none: in a file, each person's claims follow each other"
        faults[position] = Fault(Status.BAD_RECORD, "ytd", told)
    return claim


def pyarrow_for(path: Path) -> tuple[Any, Any]:
    """Return pyarrow and its module for Parquet; raise CommandError where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        told = "Parquet needs pyarrow: pip install 'medsettle[cli]'"
        raise CommandError(f"{path}: {told}") from None
    return pyarrow, pyarrow.parquet
