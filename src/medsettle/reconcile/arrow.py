"""A side that is an Arrow table, or a Parquet file; pyarrow is imported when one comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, Final

import numpy as np

from medsettle.reconcile.blocks import Block, Progress
from medsettle.reconcile.errors import COLUMN_TYPE, UNREADABLE, ReconcileError
from medsettle.reconcile.fields import AMOUNTS, field_of, is_fen
from medsettle.reconcile.texts import PAD, Array, Texts, padded

_ROWS: Final = 50_000


class ArrowSource:
    """A `pyarrow.Table`, or what has an Arrow C stream."""

    def __init__(self, where: str, given: Any) -> None:
        """Take the table; raise ImportError without pyarrow."""
        import pyarrow as pa

        self.where, self._table = where, pa.table(given)
        self.header = tuple(self._table.schema.names)

    def size(self) -> int:
        """Return how many rows there are."""
        return int(self._table.num_rows)

    def blocks(self, headers: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Yield all rows; raise ReconcileError for a column of floats."""
        for name in headers:
            check_type(self._table.schema.field(name), self.where)
        batches = self._table.select(list(headers)).to_batches(max_chunksize=_ROWS)
        yield from _blocks(batches, headers, self.size(), progress, self.where)


class ParquetSource:
    """A Parquet file, read a batch at a time."""

    def __init__(self, where: str, opened: Callable[[], IO[bytes]]) -> None:
        """Read the schema; raise ReconcileError for what is no Parquet file."""
        self.where, self._opened = where, opened
        with opened() as raw:
            file = self._file(raw)
            self.header = tuple(file.schema_arrow.names)
            self._rows = int(file.metadata.num_rows)

    def _file(self, raw: IO[bytes]) -> Any:
        try:
            import pyarrow as pa
            import pyarrow.parquet
        except ImportError:
            told = "Parquet needs pyarrow: pip install 'medsettle[cli]'"
            raise ReconcileError(UNREADABLE, told, where=self.where) from None
        try:
            return pa.parquet.ParquetFile(raw)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> ReconcileError:
        told = f"is no Parquet file, or damaged: {' '.join(str(error)[:120].split())}"
        return ReconcileError(UNREADABLE, told, where=self.where)

    def size(self) -> int:
        """Return how many rows there are."""
        return self._rows

    def blocks(self, headers: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Yield all rows; raise ReconcileError for a column of floats, or a damaged file."""
        import pyarrow as pa

        with self._opened() as raw:
            file = self._file(raw)
            for name in headers:
                check_type(file.schema_arrow.field(name), self.where)
            batches = file.iter_batches(batch_size=_ROWS, columns=list(headers))
            try:
                yield from _blocks(batches, headers, self._rows, progress, self.where)
            except ReconcileError:
                raise
            except (pa.ArrowException, OSError, ValueError) as error:
                raise self._damaged(error) from None


def check_type(field: Any, where: str) -> None:
    """Raise ReconcileError for a column that can hold no exact amounts or ids."""
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    told = f"column `{field.name}` is {kind}"
    if pa.types.is_floating(kind):
        expected = "neither money nor ids may be floats; decimal128 yuan, int64 fen, or text"
        raise ReconcileError(COLUMN_TYPE, f"{told}: {expected}", where=where)
    if pa.types.is_integer(kind) and field_of(field.name) in AMOUNTS and not is_fen(field.name):
        expected = "whole numbers are fen, in a column whose name ends in _fen"
        raise ReconcileError(COLUMN_TYPE, f"{told}: {expected}", where=where)


def _blocks(
    batches: Iterable[Any], headers: Sequence[str], total: int, progress: Progress, where: str
) -> Iterator[Block]:
    row = 1
    for batch in batches:
        columns: dict[str, Texts | Array] = {
            name: _texts(batch.column(name), name, where) for name in headers
        }
        yield Block(row + np.arange(batch.num_rows), columns, [])
        row += batch.num_rows
        progress(min(row / (total or 1), 1))


def _texts(column: Any, name: str, where: str) -> Texts:
    """Return a column as text; nothing is copied but the bytes themselves."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        text = pc.fill_null(pc.cast(column, pa.large_string()), "")
    except pa.ArrowException:
        told = f"column `{name}` is {column.type}, which is no text, number or date"
        raise ReconcileError(COLUMN_TYPE, told, where=where) from None
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int64)[text.offset : text.offset + len(text) + 1]
    first, last = (int(ends[0]), int(ends[-1])) if len(text) else (0, 0)
    held = data[first:last].to_pybytes() if data is not None else b""
    return Texts(padded(held), ends[:-1] - first + PAD, np.diff(ends))
