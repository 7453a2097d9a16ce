"""Bills in Arrow tables: claims and fee lines in, claims and lines out.

The columns of claims are read as for claims alone, those of lines here: `price`, `quantity`,
`amount` and `supply_days` are decimals, or whole numbers under the names that NumPy columns have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medsettle.arrow import Plan, import_pyarrow
from medsettle.arrow_columns import is_yuan, optional_days, plain, refuse_nulls
from medsettle.bill.batch import PRICE_LEVEL, Bills, check_line_names, settle_bills
from medsettle.columns import Array
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.batch import ClaimStream
    from medsettle.bill.catalogue import Catalogue

#: Columns of decimals: the whole numbers that they become, and their decimals.
_DECIMALS: Final = {
    "price": ("price_e6", 6),
    "quantity": ("quantity_e4", 4),
    "amount": ("amount_fen", 2),
    "supply_days": ("supply_days_e2", 2),
}
#: The decimals that may be integers, too; of money they might be fen as well as yuan.
_COUNTS: Final = ("quantity", "supply_days")
#: What stands where something optional is not told.
_NOTHING: Final[dict[str, Any]] = {
    "amount_fen": -(2**63),
    "supply_days_e2": 0,
    "returns": -1,
    "approval": "not_needed",
    "herb_use": "",
    "discharge_medicine": False,
    PRICE_LEVEL: "",
}
#: What a number becomes that is beyond 64 bits: its line is refused, like any that is too large.
_BEYOND: Final = 2**62
#: What is told of every line, and what stands in front of it as it came.
_MONEY: Final = ("amount", *FOUR_AMOUNTS)
_FRONT: Final = ("bill", "id")


def settle_arrow_bills(
    stream: ClaimStream, catalogue: Catalogue, claims: Any, lines: Any, insured: Any
) -> Bills:
    """Split and settle bills given as Arrow tables; answer with two tables.

    Raises TypeError or ValueError for columns that are no good; ImportError without pyarrow.
    """
    pa = import_pyarrow()
    claims, lines = _table(pa, claims), _table(pa, lines)
    for name in claims.schema.names:
        if is_yuan(name) or name.endswith("_fen"):
            raise ValueError(f"column `{name}`: the amounts of these claims are their lines'")
    batch = _whole(pa, claims)
    has_price_level = PRICE_LEVEL in claims.schema.names
    told = claims.drop_columns([PRICE_LEVEL]) if has_price_level else claims
    schema = told.schema.append(pa.field("in_scope", pa.decimal128(18, 2)))
    plan = Plan.of(pa, schema, stream.table)
    read = plan.columns(batch, 0, without=("in_scope",))
    person = plain(pa, batch.column("person"))
    refuse_nulls(person, "person", 0)
    read["person"] = person.to_numpy(zero_copy_only=False)
    if has_price_level:
        read[PRICE_LEVEL] = _filled(pa, plain(pa, batch.column(PRICE_LEVEL)), PRICE_LEVEL)
    found = settle_bills(
        stream, catalogue, read, line_columns(pa, catalogue, lines), insured, plan.wrong(batch)
    )
    amounts = {f"{name}_fen": found.claims.pop(f"{name}_fen") for name in FOUR_AMOUNTS}
    answer = plan.batch(batch, dict(found.claims))
    front = {name: lines.column(name) for name in _FRONT if name in lines.schema.names}
    status = pa.table({**front, "status": found.lines.pop("status")})
    return Bills(
        _with_money(pa, pa.Table.from_batches([answer]), amounts),
        _with_money(pa, status, found.lines),
    )


def _table(pa: Any, table: Any) -> Any:
    """Return a table, or what has an Arrow stream, as a table whose columns have names."""
    if not hasattr(table, "__arrow_c_stream__") and not hasattr(table, "__arrow_c_array__"):
        raise TypeError(
            "claims and lines must both be dicts of NumPy arrays, or both Arrow tables, "
            f"found {type(table).__name__}"
        )
    table = pa.table(table)
    names = table.schema.names
    if len(set(names)) < len(names):
        raise ValueError(f"a column is there twice: {', '.join(sorted(names))}")
    return table


def _whole(pa: Any, table: Any) -> Any:
    """Return a table as one record batch."""
    columns = [column.combine_chunks() for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def line_columns(pa: Any, catalogue: Catalogue, lines: Any) -> dict[str, Array]:
    """Return a table of fee lines as the columns of NumPy arrays."""
    names = lines.schema.names
    keys = {name: _DECIMALS.get(name, (name, 0))[0] for name in names}
    if len(set(keys.values())) < len(names):
        raise ValueError(f"a column is there twice: {', '.join(sorted(names))}")
    check_line_names(keys.values())
    found = {}
    for name, key in keys.items():
        if name == "id":
            continue
        column = plain(pa, lines.column(name)).combine_chunks()
        if name == "date":
            found[key] = optional_days(pa, column, name, 0)
        elif name == "code":
            found["item"] = _items(pa, catalogue, column)
        elif name in _DECIMALS:
            found[key] = _scaled(pa, column, name)
        else:
            found[key] = _filled(pa, column, key)
    return found


def _items(pa: Any, catalogue: Catalogue, codes: Any) -> Array:
    """Return the numbers of the items of a column of codes, read where they lie."""
    refuse_nulls(codes, "code", 0)
    found = np.empty(len(codes), np.int32)
    if len(codes) == 0:
        return found
    if not pa.types.is_large_string(codes.type):
        raise TypeError(f"column `code` is {codes.type}: expected text")
    _, places, data = codes.buffers()
    offsets = np.frombuffer(places, np.int64)[codes.offset :]
    texts = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    catalogue.find_column(texts, offsets, 0, found)
    return found


def _scaled(pa: Any, column: Any, name: str) -> Array:
    """Return decimals as whole numbers of their last place."""
    key, decimals = _DECIMALS[name]
    if key not in _NOTHING:
        refuse_nulls(column, name, 0)
    if column.null_count == len(column):
        return np.full(len(column), _NOTHING.get(key, 0), np.int64)
    is_whole = name in _COUNTS and pa.types.is_integer(column.type)
    if not pa.types.is_decimal(column.type) and not is_whole:
        told = "expected decimal128, never a float"
        raise TypeError(f"column `{name}` is {column.type}: {told}")
    try:
        whole = column.cast(pa.decimal128(38, decimals))
    except pa.ArrowInvalid:
        told = f"a number with more than {decimals} decimals, or beyond 38 digits"
        raise ValueError(f"column `{name}` has {told}") from None
    null = whole.is_null().to_numpy(zero_copy_only=False)
    first = 2 * whole.offset
    words = np.frombuffer(whole.buffers()[1], np.int64)[first : first + 2 * len(whole)]
    low, high = words[0::2], words[1::2]
    fits = (high == low >> 63) | null
    if not fits.all():
        low = np.where(fits, low, np.where(high < 0, -_BEYOND, _BEYOND))
    return np.where(null, _NOTHING.get(key, 0), low) if null.any() else low


def _filled(pa: Any, column: Any, key: str) -> Array:
    """Return a column of whole numbers, names or marks; what is not told is what says so."""
    if pa.types.is_uint64(column.type) and key != "bill":
        raise TypeError(f"column `{key}` is uint64: expected whole numbers in int64")
    if key not in _NOTHING:
        refuse_nulls(column, key, 0)
    elif column.null_count == len(column):
        return np.full(len(column), _NOTHING[key])
    elif column.null_count:
        is_code = isinstance(_NOTHING[key], str) and pa.types.is_integer(column.type)
        column = column.fill_null(0 if is_code else _NOTHING[key])
    if len(column) == 0:
        return np.empty(0, np.int32 if key == "item" else np.int64)
    array: Array = column.to_numpy(zero_copy_only=False)
    return array


def _with_money(pa: Any, table: Any, fen: Any) -> Any:
    """Return a table with amounts, which may be negative, as decimal128(18, 2) yuan."""
    for name in _MONEY:
        if (amount := fen.get(f"{name}_fen")) is not None:
            words = np.empty((len(amount), 2), np.int64)
            words[:, 0], words[:, 1] = amount, amount >> 63
            buffers = [None, pa.py_buffer(words.reshape(-1))]
            decimal = pa.Array.from_buffers(pa.decimal128(18, 2), len(amount), buffers)
            table = table.append_column(name, decimal)
    return table
