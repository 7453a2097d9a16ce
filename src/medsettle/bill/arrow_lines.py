"""Bills in Arrow tables: claims and fee lines in, claims and lines out.

The columns of claims are read as for claims alone, those of lines here: `price`, `quantity`,
`amount` and `supply_days` are decimals, or whole numbers under the names that NumPy columns have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medsettle.arrow import Plan, import_pyarrow
from medsettle.arrow_columns import optional_days, plain, refuse_nulls
from medsettle.bill.batch import Bills, settle_bills
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
#: What stands where an optional number is not told.
_NOTHING: Final = {"amount_fen": -(2**63), "supply_days_e2": 0, "returns": -1}
#: What is told of every line.
_MONEY: Final = ("amount", *FOUR_AMOUNTS)


def settle_arrow_bills(
    stream: ClaimStream, catalogue: Catalogue, claims: Any, lines: Any, insured: Any
) -> Bills:
    """Split and settle bills given as Arrow tables; answer with two tables.

    Raises TypeError or ValueError for columns that are no good; ImportError without pyarrow.
    """
    pa = import_pyarrow()
    claims, lines = (_whole(pa, table) for table in (claims, lines))
    schema = claims.schema.append(pa.field("in_scope", pa.decimal128(18, 2)))
    plan = Plan.of(pa, schema, stream.table)
    read = plan.columns(claims, 0, without=("in_scope",))
    for name in ("person", "id"):
        if name in claims.schema.names:
            refuse_nulls(claims.column(name), name, 0)
    read["person"] = np.asarray(plain(pa, claims.column("person")).to_numpy(zero_copy_only=False))
    found = settle_bills(
        stream, catalogue, read, line_columns(pa, catalogue, lines), insured, plan.wrong(claims)
    )
    amounts = {f"{name}_fen": found.claims.pop(f"{name}_fen") for name in FOUR_AMOUNTS}
    answer = plan.batch(claims, dict(found.claims))
    return Bills(
        _with_money(pa, pa.Table.from_batches([answer]), amounts),
        _with_money(pa, pa.table({"status": found.lines.pop("status")}), found.lines),
    )


def _whole(pa: Any, table: Any) -> Any:
    """Return a table, or what has an Arrow stream, as one record batch."""
    if not hasattr(table, "__arrow_c_stream__") and not hasattr(table, "__arrow_c_array__"):
        raise TypeError(f"expected Arrow tables for both, not {type(table).__name__}")
    table = pa.table(table).combine_chunks()
    batches = table.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def line_columns(pa: Any, catalogue: Catalogue, lines: Any) -> dict[str, Array]:
    """Return a record batch of fee lines as the columns of NumPy arrays."""
    found = {}
    for name in lines.schema.names:
        column = plain(pa, lines.column(name))
        key = _DECIMALS.get(name, (name, 0))[0]
        if key in found:
            raise ValueError(f"columns `{name}` and `{key}` say the same")
        if key not in _NOTHING and name not in ("date", "approval", "herb_use"):
            refuse_nulls(column, name, 0)
        if name in _DECIMALS:
            found[key] = _scaled(pa, column, name)
        elif name == "date":
            found[key] = optional_days(pa, column, name, 0)
        elif name == "code":
            found["item"] = _items(pa, catalogue, column)
        elif pa.types.is_integer(column.type) or pa.types.is_null(column.type):
            found[key] = _filled(column, _NOTHING.get(key, 0))
        else:
            found[key] = column.to_numpy(zero_copy_only=False)
    return found


def _items(pa: Any, catalogue: Catalogue, codes: Any) -> Array:
    """Return the numbers of the items of a column of codes, read where they lie."""
    if not pa.types.is_large_string(codes.type):
        raise TypeError(f"column `code` is {codes.type}: expected text")
    found = np.empty(len(codes), np.int32)
    _, places, data = codes.buffers()
    if len(codes):
        offsets = np.frombuffer(places, np.int64)[codes.offset :]
        texts = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
        catalogue.find_column(texts, offsets, 0, found)
    return found


def _scaled(pa: Any, column: Any, name: str) -> Array:
    """Return decimals as whole numbers of their last place."""
    key, decimals = _DECIMALS[name]
    if not pa.types.is_decimal(column.type) and not pa.types.is_integer(column.type):
        raise TypeError(f"column `{name}` is {column.type}: expected decimal128, never a float")
    try:
        whole = column.cast(pa.decimal128(38, decimals))
    except pa.ArrowInvalid:
        raise ValueError(f"column `{name}` has more than {decimals} decimals") from None
    null = whole.is_null().to_numpy(zero_copy_only=False)
    first = 2 * whole.offset
    words = np.frombuffer(whole.buffers()[1], np.int64)[first : first + 2 * len(whole)]
    low, high = words[0::2], words[1::2]
    if (~null & (high != low >> 63)).any():
        raise ValueError(f"column `{name}` has a number beyond 64 bits")
    return np.where(null, _NOTHING.get(key, 0), low) if null.any() else low


def _filled(column: Any, nothing: int) -> Array:
    array: Array = column.cast("int64").fill_null(nothing).to_numpy(zero_copy_only=False)
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
