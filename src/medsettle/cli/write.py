"""Results and rejects written as CSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

import msgspec
import numpy as np

from medsettle.cli.block import Array
from medsettle.cli.common import USAGE, CommandError
from medsettle.cli.header import ITEM, REJECT_COLUMNS
from medsettle.cli.read import pyarrow_for, suffix_of
from medsettle.names import PLUS
from medsettle.vocabulary import AXES, NUMBERS

_CENTS: Final = tuple(f".{cents:02d}" for cents in range(100))
#: What stands before the amounts in each row of the results.
LABELS: Final = ("row", "id", "person")
#: The same in each row of the lines; `bill` is the `id` of the claim.
LINE_LABELS: Final = ("row", "bill", "id", "code")

Labels = Mapping[str, Sequence[Any]]
Amounts = Mapping[str, Array]


class Writer(Protocol):
    """A file of results."""

    def write(self, labels: Labels, amounts: Amounts) -> None:
        """Add rows: their labels, and amounts in fen by name."""

    def close(self) -> None:
        """Write what is still held back."""


def open_writer(
    path: Path,
    file: IO[bytes],
    names: Sequence[str],
    *,
    in_fen: bool,
    labels: Sequence[str] = LABELS,
) -> Writer:
    """Return the writer for a file by its suffix; `names` are the amounts.

    `labels` stand before them: the number of a row, then text.
    """
    suffix = suffix_of(path, "the output")
    columns = [f"{name}_fen" if in_fen else name for name in names]
    if suffix == ".csv":
        return CsvWriter(file, [*labels, *columns], in_fen=in_fen)
    if suffix == ".parquet":
        return ParquetWriter(path, file, labels, columns, in_fen=in_fen)
    return LinesWriter(file, columns, in_fen=in_fen)


def amount_texts(fen: Array, *, in_fen: bool) -> list[str]:
    """Return amounts as text in yuan or in fen."""
    if in_fen:
        return [str(one) for one in fen.tolist()]
    if fen.size and fen.min() < 0:  # lines that return others
        return [_yuan_text(one) for one in fen.tolist()]
    return [f"{one // 100}{_CENTS[one % 100]}" if one else "0.00" for one in fen.tolist()]


def _yuan_text(fen: int) -> str:
    size = abs(fen)
    return f"{'-' if fen < 0 else ''}{size // 100}{_CENTS[size % 100]}"


class CsvWriter:
    """CSV in UTF-8 with a header."""

    def __init__(self, file: IO[bytes], columns: Sequence[str], *, in_fen: bool) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow(columns)
        self._in_fen = in_fen

    def write(self, labels: Labels, amounts: Amounts) -> None:
        """Add rows."""
        texts = [amount_texts(fen, in_fen=self._in_fen) for fen in amounts.values()]
        self._csv.writerows(zip(*labels.values(), *texts, strict=True))

    def close(self) -> None:
        """Let go of the file."""
        self._text.detach()


class LinesWriter:
    """JSON lines, amounts as exact numbers."""

    def __init__(self, file: IO[bytes], columns: Sequence[str], *, in_fen: bool) -> None:
        self._file = file
        self._names = [json.dumps(name) for name in columns]
        self._in_fen = in_fen

    def write(self, labels: Labels, amounts: Amounts) -> None:
        """Add rows."""
        texts = [amount_texts(fen, in_fen=self._in_fen) for fen in amounts.values()]
        heads = zip(*labels.values(), strict=True)
        for head, values in zip(heads, zip(*texts, strict=True), strict=True):
            label = json.dumps(dict(zip(labels, head, strict=True)), ensure_ascii=False)
            numbers = ", ".join(map(": ".join, zip(self._names, values, strict=True)))
            self._file.write(f"{label[:-1]}, {numbers}}}\n".encode())

    def close(self) -> None:
        """Do nothing: everything is written."""


class ParquetWriter:
    """Parquet, amounts as decimal128(16, 2) yuan or int64 fen."""

    def __init__(
        self,
        path: Path,
        file: IO[bytes],
        labels: Sequence[str],
        columns: Sequence[str],
        *,
        in_fen: bool,
    ) -> None:
        self._pa, parquet = pyarrow_for(path)
        pa = self._pa
        self._kind = pa.int64() if in_fen else pa.decimal128(16, 2)
        self._in_fen = in_fen
        texts = [(name, pa.string()) for name in labels[1:]]
        amounts = [(name, self._kind) for name in columns]
        self._schema = pa.schema([(labels[0], pa.int64()), *texts, *amounts])
        self._writer = parquet.ParquetWriter(file, self._schema)

    def write(self, labels: Labels, amounts: Amounts) -> None:
        """Add rows as a row group."""
        pa = self._pa
        kinds = self._schema.types
        arrays = [
            pa.array(label, kind) for label, kind in zip(labels.values(), kinds, strict=False)
        ]
        arrays += [self._amount(fen) for fen in amounts.values()]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))

    def _amount(self, fen: Array) -> Any:
        if self._in_fen:
            return self._pa.array(fen)
        words = np.empty((len(fen), 2), np.int64)
        words[:, 0], words[:, 1] = fen, fen >> 63
        return self._pa.Array.from_buffers(
            self._kind, len(fen), [None, self._pa.py_buffer(words.tobytes())]
        )

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class Rows(Protocol):
    """Rows of a file: their numbers, and what stood there."""

    rows: Sequence[int]
    records: Sequence[Any]


class Why(Protocol):
    """Why a row is refused."""

    @property
    def field(self) -> str:
        """The field that is wrong."""

    @property
    def code(self) -> str:
        """The stable code."""

    @property
    def text(self) -> str:
        """The reason in one line."""


class Rejects:
    """A file of refused rows, each with its number, field, code, reason and what stood there."""

    def __init__(
        self,
        path: Path,
        file: IO[bytes],
        columns: Sequence[str],
        told: Sequence[str] = REJECT_COLUMNS,
    ) -> None:
        """Begin the file; `columns` are the input's, empty when its rows are text.

        `told` are the names under which a row's number, field, code and reason stand.
        """
        suffix = path.suffix.lower()
        if suffix not in (".csv", ".jsonl", ".ndjson"):
            raise CommandError(f"{path}: rejects must end in .csv or .jsonl", USAGE)
        # The input may be rejects itself: what was said then is left out.
        self._told = told
        self._left_out = {i for i, name in enumerate(columns) if name in told}
        self._columns = [name for name in columns if name not in told]
        self._file = file
        self._text: io.TextIOWrapper | None = None
        if suffix == ".csv":
            self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            self._csv = csv.writer(self._text, lineterminator="\n")
            self._csv.writerow([*told, *(self._columns or ["record"])])

    def write(self, block: Rows, faults: Iterable[tuple[int, Why]]) -> None:
        """Add the rows at the positions of `faults`."""
        for position, fault in faults:
            row, record = block.rows[position], block.records[position]
            told = [row, fault.field, fault.code, fault.text]
            if self._text is not None:
                self._csv.writerow([*told, *self._cells(record)])
                continue
            given = _json(dict(zip(self._told, told, strict=True)))
            self._file.write(f'{given[:-1]}, "record": {self._claim(record)}}}\n'.encode())

    def _cells(self, record: str | Sequence[str]) -> list[str]:
        if isinstance(record, str):
            return [record]
        return [cell for i, cell in enumerate(record) if i not in self._left_out]

    def _claim(self, record: str | Sequence[str]) -> str:
        """Return a record as JSON that can be read as a claim, as far as it makes sense at all."""
        if isinstance(record, str):
            return record if _is_json(record) else _json(record)
        cells = self._cells(record)
        if len(cells) != len(self._columns):
            return _json(cells)
        named = dict(zip(self._columns, cells, strict=True))
        return _json(_body({name: cell for name, cell in named.items() if cell}))

    def close(self) -> None:
        """Let go of the file."""
        if self._text is not None:
            self._text.detach()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _body(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return cells as a claim in JSON has them, as far as they can be read."""
    body: dict[str, Any] = {}
    for name, cell in cells.items():
        if name.startswith(ITEM):
            group, in_fen = name.removeprefix(ITEM), name.endswith("_fen")
            items = body.setdefault("items_fen" if in_fen else "items", {})
            items[group.removesuffix("_fen")] = _plain(name, cell)
        else:
            body[name] = _plain(name, cell)
    return body


def _plain(name: str, cell: str) -> Any:
    """Return a cell: numbers and fen as numbers, yes and no as such, several values as a list."""
    if name == "continues":
        return {"true": True, "1": True, "false": False, "0": False}.get(cell.lower(), cell)
    if name in AXES and PLUS in cell:
        return [part.strip() for part in cell.split(PLUS)]
    is_number = name in NUMBERS or name == "days" or name.endswith("_fen")
    return int(cell) if is_number and cell.isascii() and cell.isdigit() else cell
