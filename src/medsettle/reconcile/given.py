"""A side that is in memory: columns, rows as mappings, an Arrow table, or a path."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from medsettle.reconcile.blocks import Block, Progress, Source
from medsettle.reconcile.errors import COLUMN_MISSING, COLUMN_TYPE, COLUMN_UNCLEAR, ReconcileError
from medsettle.reconcile.fields import AMOUNTS, PERSONAL, field_of, is_fen
from medsettle.reconcile.files import open_source
from medsettle.reconcile.texts import Array, Texts

_ROWS: Final = 50_000


def source_of(given: Any, where: str, header: tuple[str, ...] | None = None) -> Source:
    """Return a side: a path, a mapping of columns, an Arrow table, or mappings, one for each row.

    Raises TypeError for anything else, ReconcileError for a file that cannot be read.
    """
    if isinstance(given, str | os.PathLike):
        return open_source(Path(given), header)
    if isinstance(given, Mapping):
        return ColumnsSource(where, given)
    if hasattr(given, "__arrow_c_stream__") or hasattr(given, "__arrow_c_array__"):
        from medsettle.reconcile.arrow import ArrowSource

        return ArrowSource(where, given)
    if isinstance(given, Iterable) and not isinstance(given, bytes | bytearray):
        return ColumnsSource(where, _columns_of(given, where))
    kind = type(given).__name__
    raise TypeError(f"{where}: expected a path, columns, an Arrow table or rows, not {kind}")


def _columns_of(rows: Iterable[Any], where: str) -> dict[str, list[Any]]:
    """Return rows as columns; what a row leaves out is not stated."""
    columns: dict[str, list[Any]] = {}
    number = -1
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            kind = type(row).__name__
            raise TypeError(f"{where}: row {number + 1}: expected a mapping, not {kind}")
        for name, value in row.items():
            if str(name).lower() in PERSONAL:
                continue
            column = columns.setdefault(str(name), [])
            column.extend([None] * (number - len(column)))
            column.append(value)
    for column in columns.values():
        column.extend([None] * (number + 1 - len(column)))
    if number >= 0 and not columns:
        raise ReconcileError(COLUMN_MISSING, "the rows have no columns", where=where)
    return columns


class ColumnsSource:
    """Columns by name: NumPy arrays, or any sequences."""

    def __init__(self, where: str, columns: Mapping[str, Any]) -> None:
        """Take the columns; raise ReconcileError when they differ in length."""
        self.where, self._columns = where, columns
        self.header = tuple(columns)
        lengths = {name: len(column) for name, column in columns.items()}
        self._rows = next(iter(lengths.values()), 0)
        for name, length in lengths.items():
            if length != self._rows:
                rows = f"{length} {'row' if length == 1 else 'rows'}"
                told = f"`{name}` has {rows}, `{self.header[0]}` has {self._rows}"
                raise ReconcileError(COLUMN_UNCLEAR, told, where=where)

    def size(self) -> int:
        """Return how many rows there are."""
        return self._rows

    def blocks(self, headers: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Yield all rows; raise ReconcileError for a column of floats."""
        for first in range(0, self._rows, _ROWS):
            rows = np.arange(first, min(first + _ROWS, self._rows))
            columns = {
                name: self._part(name, self._columns[name][first : first + len(rows)])
                for name in headers
            }
            yield Block(rows + 1, columns, [])
            progress((first + len(rows)) / self._rows)

    def _part(self, name: str, values: Any) -> Texts | Array:
        is_money = field_of(name) in AMOUNTS
        if isinstance(values, np.ndarray):
            if values.dtype.kind == "i" and is_fen(name):
                return values.astype(np.int64)
            if values.dtype.kind == "f" or (values.dtype.kind in "iu" and is_money):
                told = f"`{name}` is {values.dtype}: money is whole fen in a signed integer column"
                told += " whose name ends in _fen; neither it nor ids may be floats"
                raise ReconcileError(COLUMN_TYPE, told, where=self.where)
            if values.dtype.kind == "M":
                values = np.where(np.isnat(values), "", np.datetime_as_string(values, "D"))
            values = values.tolist()
            values = [one.decode() if isinstance(one, bytes) else one for one in values]
        try:
            return Texts.of(values)
        except TypeError as error:
            raise ReconcileError(COLUMN_TYPE, f"`{name}`: {error}", where=self.where) from None
