"""The Arrow door: tables in, tables out, by the columns of `docs/batch.md`.

Columns are read where they lie: a decimal128 amount is its low 64-bit word, a date32 is an int32.
Only texts, other scales and columns with nulls are converted.  pyarrow is imported when the first
table comes.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from medsettle.batch import REQUIRED, check_names
from medsettle.columns import NO_DATE, NO_DAYS, UNKNOWN_CODE, codes_of_texts
from medsettle.money import FEN_MAX
from medsettle.persons import Runs
from medsettle.vocabulary import AGE, FOUR_AMOUNTS, NUMBERS, UNSTATED

if TYPE_CHECKING:
    from medsettle.batch import ClaimStream
    from medsettle.names import Names
    from medsettle.table import BenefitTable

Array = npt.NDArray[Any]

_AMOUNTS: Final = (*FOUR_AMOUNTS, "total")
#: What an amount becomes that is beyond 64 bits: refused like any other beyond ten billion yuan.
_BEYOND: Final = FEN_MAX + 1
#: Stands where no date is stated, until that is put there.
_SOME_DAY: Final = dt.date(1970, 1, 1)
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
    plan = _Plan.of(pa, source.schema, stream.table)
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


class _Plan(NamedTuple):
    """What the columns of a table are, worked out once from its schema."""

    pa: Any
    names: Names
    keys: dict[str, str]  # column of the table to column of a batch
    decimal: bool  # money in and out is decimal yuan
    front: tuple[str, ...]
    answer: Any  # the schema of the answer

    @classmethod
    def of(cls, pa: Any, schema: Any, table: BenefitTable) -> _Plan:
        keys = {name: f"{name}_fen" if _is_yuan(name) else name for name in schema.names}
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

    def columns(self, batch: Any, row: int) -> dict[str, Array]:
        """Return the columns of a batch that begins at `row` of the table."""
        found = {
            key: _column(self.pa, batch.column(name), name, row, self.names)
            for name, key in self.keys.items()
            if key not in ("person", "id")
        }
        if "total_fen" in found and (null := _nulls(batch, self.keys, "total_fen")) is not None:
            amounts = sum(found.get(f"{name}_fen", 0) for name in FOUR_AMOUNTS)
            found["total_fen"] = np.where(null, amounts, found["total_fen"])
        return found

    def batch(self, claims: Any, settled: dict[str, Array]) -> Any:
        """Return the answer to a batch of claims."""
        front = [claims.column(name) for name in self.front]
        fen = [column for name, column in settled.items() if name != "status"]
        money = [(_decimal if self.decimal else _arrow)(self.pa, column) for column in fen]
        columns = [*front, *money, _arrow(self.pa, settled["status"])]
        return self.pa.RecordBatch.from_arrays(columns, schema=self.answer)


def _settle(stream: ClaimStream, plan: _Plan, group: Sequence[Any]) -> Iterable[Any]:
    """Settle the batches of one group; yield the answer to each."""
    if not group:
        return
    persons = _persons(plan.pa, group)
    starts = [0, *itertools.accumulate(batch.num_rows for batch in group)]
    prepared = [
        stream.prepare(plan.columns(batch, row), batch.num_rows)
        for batch, row in zip(group, starts, strict=False)
    ]
    numbers, back = stream.persons.follow(persons)
    for batch, rows, first in zip(group, prepared, starts, strict=False):
        at = slice(first, first + batch.num_rows)
        settled = stream.settle_rows(numbers[at], None if back is None else back[at], rows)
        yield plan.batch(batch, dict(settled))


# ---------------------------------------------------------------------------- columns


def _is_yuan(name: str) -> bool:
    """Tell whether a column holds amounts in yuan, by its name."""
    return name in _AMOUNTS or (name.startswith("item_") and not name.endswith("_fen"))


def _column(pa: Any, column: Any, name: str, row: int, names: Names) -> Array:
    """Return one column of claims as a batch of NumPy arrays takes it."""
    if name in ("date", "benefit", "in_scope", "in_scope_fen"):
        _refuse_nulls(column, name, row)
    if _is_yuan(name):
        return _fen_of_decimal(pa, column, name)
    if name.endswith("_fen"):
        return _fen_of_integer(pa, column, name)
    if name == "date":
        return _days(pa, column, name, row)
    if name in ("admitted", "discharged"):
        return _optional_days(pa, column, name, row)
    if name in NUMBERS:
        return _numbers(pa, column, name)
    if name == "days":
        return _integers(pa, column, NO_DAYS)
    if name == "continues":
        return _flags(pa, column)
    return _codes(pa, column, name, names)


def _refuse_nulls(column: Any, name: str, row: int) -> None:
    if column.null_count:
        nulls = column.is_null().to_numpy(zero_copy_only=False)
        raise ValueError(f"column `{name}` has no value in row {row + int(nulls.argmax())}")


def _nulls(batch: Any, keys: dict[str, str], key: str) -> Array | None:
    """Return where a column of a batch is null, or None where it never is."""
    column = batch.column(next(name for name in keys if keys[name] == key))
    found: Array = column.is_null().to_numpy(zero_copy_only=False)
    return found if column.null_count else None


def _integers(pa: Any, column: Any, unstated: int) -> Array:
    """Return a column as it is, nulls replaced; what is no integer is refused by the batch."""
    if pa.types.is_null(column.type):
        return np.full(len(column), unstated, np.int64)
    if column.null_count and pa.types.is_integer(column.type):
        column = column.cast(pa.int64()).fill_null(unstated)
    array: Array = column.to_numpy(zero_copy_only=False)
    return array


def _numbers(pa: Any, column: Any, axis: str) -> Array:
    """Return numbers, 255 where none is stated; a 255 that is stated is one beyond the greatest."""
    array = _integers(pa, column, UNSTATED)
    if axis == AGE or array.dtype.kind not in "iu":
        return array
    stated = column.is_valid().to_numpy(zero_copy_only=False)
    return np.where(stated & (array == UNSTATED), NUMBERS[axis], array)


def _flags(pa: Any, column: Any) -> Array:
    """Return a column of yes and no; a null is no."""
    if pa.types.is_boolean(column.type):
        array: Array = column.fill_null(False).to_numpy(zero_copy_only=False)
        return array
    return _integers(pa, column, 0)


def _fen_of_integer(pa: Any, column: Any, name: str) -> Array:
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        return _integers(pa, column, 0)
    raise TypeError(
        f"column `{name}` is {column.type}: whole fen are int64; "
        f"decimal yuan stand in a column `{name.removesuffix('_fen')}`"
    )


def _fen_of_decimal(pa: Any, column: Any, name: str) -> Array:
    """Return the low words of a decimal128 column of yuan with two decimals: fen."""
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64)
    if not pa.types.is_decimal(column.type):
        raise TypeError(
            f"column `{name}` is {column.type}: yuan are decimal128(p, 2), "
            f"whole fen stand in a column `{name}_fen` of int64; money is never a float"
        )
    if not pa.types.is_decimal128(column.type) or column.type.scale != 2:
        column = _rescaled(pa, column, name)
    if column.null_count:
        column = column.fill_null(pa.scalar(Decimal("0.00"), column.type))
    if len(column) == 0:
        return np.empty(0, np.int64)
    first = 2 * column.offset
    words = np.frombuffer(column.buffers()[1], np.int64)[first : first + 2 * len(column)]
    low, high = words[0::2], words[1::2]
    fits = high == low >> 63
    return low if fits.all() else np.where(fits, low, np.where(high < 0, -1, _BEYOND))


def _rescaled(pa: Any, column: Any, name: str) -> Any:
    try:
        return column.cast(pa.decimal128(38, 2))
    except pa.ArrowInvalid:
        raise TypeError(
            f"column `{name}` is {column.type} and does not fit decimal128(38, 2): "
            "amounts are yuan with two decimals"
        ) from None


def _optional_days(pa: Any, column: Any, name: str, row: int) -> Array:
    """Return dates as int32 days since 1970-01-01, NO_DATE for null and an empty text."""
    import pyarrow.compute as pc

    column = _plain(pa, column)
    if pa.types.is_large_string(column.type):
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    blank = column.is_null()
    if not blank.true_count:
        return _days(pa, column, name, row)
    if pa.types.is_null(column.type):
        return np.full(len(column), NO_DATE, np.int32)
    some = pa.scalar(_SOME_DAY, pa.date32()).cast(column.type)
    days = _days(pa, column.fill_null(some), name, row)
    return np.where(blank.to_numpy(zero_copy_only=False), np.int32(NO_DATE), days)


def _days(pa: Any, column: Any, name: str, row: int) -> Array:
    """Return dates as int32 days since 1970-01-01."""
    column = _plain(pa, column)
    if pa.types.is_date64(column.type) or pa.types.is_null(column.type):
        column = column.cast(pa.date32())
    elif pa.types.is_large_string(column.type):
        column = _dates_of_text(pa, column, name, row)
    if not pa.types.is_date32(column.type):
        raise TypeError(f"column `{name}` is {column.type}: expected date32, or text YYYY-MM-DD")
    days: Array = column.view(pa.int32()).to_numpy()
    return days


def _dates_of_text(pa: Any, column: Any, name: str, row: int) -> Any:
    import pyarrow.compute as pc

    try:
        return column.cast(pa.date32())
    except pa.ArrowInvalid:
        dates = pc.strptime(column, format="%Y-%m-%d", unit="s", error_is_null=True)
        at = f" in row {row + pc.index(dates.is_null(), True).as_py()}" if dates.null_count else ""
        raise ValueError(f"column `{name}` has no date YYYY-MM-DD{at}") from None


def _codes(pa: Any, column: Any, name: str, names: Names) -> Array:
    """Return the codes of a column of names; other columns as they are."""
    if pa.types.is_dictionary(column.type):
        return _spread(pa, _codes(pa, column.dictionary, name, names), column.indices)
    column = _plain(pa, column)
    if not pa.types.is_large_string(column.type):
        return _integers(pa, column, 0)
    if name in names.best_of:  # few different texts, of which some may name several values
        column = column.dictionary_encode()
        few = codes_of_texts(column.dictionary.to_pylist(), name, names)
        return _spread(pa, np.array(few, np.uint8), column.indices)
    known = names.texts[name]
    codes = np.array([*known.values(), UNKNOWN_CODE], np.uint8)
    return codes[_places(pa, column, list(known))]


def _spread(pa: Any, codes: Array, indices: Any) -> Array:
    """Return the codes that a dictionary's indices choose, 0 for null."""
    return np.append(codes, codes.dtype.type(0))[_integers(pa, indices, len(codes))]


def _places(pa: Any, column: Any, known: list[str | None]) -> Array:
    """Return where each text stands among the known ones; behind them if nowhere."""
    import pyarrow.compute as pc

    names = pa.array(known, column.type)
    places: Array = pc.index_in(column, value_set=names).fill_null(len(names)).to_numpy()
    return places


def _plain(pa: Any, column: Any) -> Any:
    """Return texts, however they are laid out, as large_string; other columns as they are."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kinds = pa.types
    if kinds.is_string(column.type) or kinds.is_string_view(column.type):
        return column.cast(pa.large_string())
    return column


def _persons(pa: Any, group: Sequence[Any]) -> Array | Runs:
    """Return the persons of a group: integers, or runs of text."""
    chunks = [_plain(pa, batch.column("person")) for batch in group]
    row = 0
    for chunk in chunks:
        _refuse_nulls(chunk, "person", row)
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
