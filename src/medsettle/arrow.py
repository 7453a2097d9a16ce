"""The Arrow door: tables in, tables out, by the columns of `docs/batch.md`.

`arrow_columns.py` reads the columns.  pyarrow is imported when the first table comes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from medsettle.arrow_columns import (
    COUNTS,
    column_of,
    is_yuan,
    less_than_nothing,
    nulls_of,
    plain,
    refuse_nulls,
)
from medsettle.batch import REQUIRED, check_names
from medsettle.persons import Runs
from medsettle.refusal import Status
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.batch import ClaimStream
    from medsettle.names import Names
    from medsettle.table import BenefitTable

Array = npt.NDArray[Any]

#: What stands in front of the answer, so that its rows can be matched.
_FRONT: Final = ("id", "person", "date")


def settle_arrow(stream: ClaimStream, claims: Any, out: Any = None) -> Any:
    """Settle a `pyarrow.Table`, `RecordBatch`, `RecordBatchReader` or an Arrow capsule.

    Returns a `RecordBatch` for one, or for an object that only has `__arrow_c_array__`; else a
    `Table`, chunked like the claims.  Raises TypeError for a column of a wrong type, for claims
    that are no Arrow at all, and for `out`; ValueError for columns that are missing, not known or
    there twice, and for nulls in a required one; ImportError without pyarrow.
    """
    if not hasattr(claims, "__arrow_c_stream__") and not hasattr(claims, "__arrow_c_array__"):
        raise TypeError(
            "claims must be a dict of NumPy arrays, a pyarrow.Table or an object with an Arrow "
            f"C stream, not {type(claims).__name__}"
        )
    if out is not None:
        raise TypeError("`out` is for dicts of NumPy arrays; Arrow tables cannot be written to")
    pa = import_pyarrow()
    source = _Source.of(pa, claims)
    plan = Plan.of(pa, source.schema, stream.table)
    answers = [answer for group in source.groups for answer in _settle(stream, plan, group)]
    return answers[0] if source.single else pa.Table.from_batches(answers, schema=plan.answer)


def import_pyarrow() -> Any:
    """Return pyarrow; raise ImportError saying how to install it."""
    try:
        import pyarrow as pa
    except ImportError:
        raise ImportError("Arrow tables need pyarrow: pip install 'medsettle[cli]'") from None
    return pa


class _Source(NamedTuple):
    """Claims as record batches, in the groups in which their persons are looked at together."""

    schema: Any
    groups: Iterable[Sequence[Any]]
    single: bool

    @classmethod
    def of(cls, pa: Any, claims: Any) -> _Source:
        if isinstance(claims, pa.RecordBatchReader):
            return cls(claims.schema, ([batch] for batch in claims), single=False)
        if isinstance(claims, pa.RecordBatch) or not hasattr(claims, "__arrow_c_stream__"):
            batch = pa.record_batch(claims)
            return cls(batch.schema, [[batch]], single=True)
        table = pa.table(claims)
        return cls(table.schema, [table.to_batches()], single=False)


class Plan(NamedTuple):
    """What the columns of a table are, worked out once from its schema."""

    pa: Any
    names: Names
    keys: dict[str, str]  # column of the table to column of a batch
    decimal: bool  # money in and out is decimal yuan
    front: tuple[str, ...]
    answer: Any  # the schema of the answer

    @classmethod
    def of(cls, pa: Any, schema: Any, table: BenefitTable) -> Plan:
        """Return the plan of a schema; raise ValueError for columns missing, unknown or twice."""
        keys = {name: f"{name}_fen" if is_yuan(name) else name for name in schema.names}
        if len(set(keys.values())) < len(schema.names):
            raise ValueError(f"a column is there twice: {', '.join(sorted(schema.names))}")
        if "in_scope_fen" not in keys.values():
            raise ValueError(
                f"column `in_scope` (decimal128 yuan) or `in_scope_fen` is missing; "
                f"a batch needs {', '.join(REQUIRED)}"
            )
        check_names(keys.values(), table.names)
        decimal = "in_scope" in keys
        money = pa.decimal128(18, 2) if decimal else pa.int64()
        front = tuple(name for name in _FRONT if name in keys)
        fields = [schema.field(name) for name in front]
        fields += [
            pa.field(name if decimal else f"{name}_fen", money)
            for name in (*table.meta.funds, "deductible", "cash")
        ]
        answer = pa.schema([*fields, pa.field("status", pa.uint8())])
        return cls(pa, table.names, keys, decimal, front, answer)

    def columns(self, batch: Any, row: int, without: Sequence[str] = ()) -> dict[str, Array]:
        """Return the columns of a batch that begins at `row` of the table."""
        found = {
            key: column_of(self.pa, batch.column(name), name, row, self.names)
            for name, key in self.keys.items()
            if key not in ("person", "id") and name not in without
        }
        if "total_fen" in found and (null := nulls_of(batch, self.keys, "total_fen")) is not None:
            amounts = sum(found.get(f"{name}_fen", 0) for name in FOUR_AMOUNTS)
            found["total_fen"] = np.where(null, amounts, found["total_fen"])
        return found

    def wrong(self, batch: Any) -> Array | None:
        """Return the status of rows that state less than nothing, which a null is read as."""
        found = None
        for name in COUNTS:
            less = less_than_nothing(self.pa, batch.column(name)) if name in self.keys else None
            if less is not None:
                mine = less.to_numpy(zero_copy_only=False) * np.uint8(Status.BAD_VALUE)
                found = mine if found is None else found | mine
        return found

    def batch(self, claims: Any, settled: dict[str, Array]) -> Any:
        """Return the answer to a batch of claims."""
        front = [claims.column(name) for name in self.front]
        fen = [column for name, column in settled.items() if name != "status"]
        money = [(_decimal if self.decimal else _arrow)(self.pa, column) for column in fen]
        columns = [*front, *money, _arrow(self.pa, settled["status"])]
        return self.pa.RecordBatch.from_arrays(columns, schema=self.answer)


def _settle(stream: ClaimStream, plan: Plan, group: Sequence[Any]) -> Iterable[Any]:
    """Settle the batches of one group; yield the answer to each."""
    if not group:
        return
    persons = _persons(plan.pa, group)
    starts = [0, *itertools.accumulate(batch.num_rows for batch in group)]
    prepared = [
        stream.prepare(plan.columns(batch, row), batch.num_rows, given=plan.wrong(batch))
        for batch, row in zip(group, starts, strict=False)
    ]
    numbers, back = stream.persons.follow(persons)
    for batch, rows, first in zip(group, prepared, starts, strict=False):
        at = slice(first, first + batch.num_rows)
        settled = stream.settle_rows(numbers[at], None if back is None else back[at], rows)
        yield plan.batch(batch, dict(settled))


# ---------------------------------------------------------------------------- persons


def _persons(pa: Any, group: Sequence[Any]) -> Array | Runs:
    """Return the persons of a group: integers, or runs of text."""
    chunks = [plain(pa, batch.column("person")) for batch in group]
    row = 0
    for chunk in chunks:
        refuse_nulls(chunk, "person", row)
        row += len(chunk)
    kind = chunks[0].type
    if pa.types.is_large_string(kind):
        return _runs(pa, chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks))
    if pa.types.is_uint64(kind) or not (pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise TypeError(f"column `person` is {kind}: expected integers (int64) or text")
    wide = kind if pa.types.is_int32(kind) else pa.int64()
    arrays = [chunk.cast(wide).to_numpy() for chunk in chunks]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _runs(pa: Any, text: Any) -> Runs:
    import pyarrow.compute as pc

    if len(text) == 0:
        return Runs(np.empty(0, np.int64), np.empty(0, np.object_), 0)
    changed = pc.not_equal(text.slice(1), text.slice(0, len(text) - 1))
    starts = np.append(0, 1 + np.flatnonzero(changed.to_numpy(zero_copy_only=False)))
    names = text.take(pa.array(starts)).to_pylist()
    return Runs(starts, np.array(names, np.object_), len(text))


# ---------------------------------------------------------------------------- answers


def _arrow(pa: Any, array: Array) -> Any:
    """Return a contiguous array as an Arrow array over the same memory."""
    kind = pa.from_numpy_dtype(array.dtype)
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])


def _decimal(pa: Any, fen: Array) -> Any:
    """Return amounts of fen, none negative, as decimal128(18, 2) yuan."""
    words = np.zeros((len(fen), 2), np.int64)
    words[:, 0] = fen
    return pa.Array.from_buffers(
        pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(words.reshape(-1))]
    )
