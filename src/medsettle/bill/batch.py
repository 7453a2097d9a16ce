"""Many bills at once: columns of claims and columns of fee lines in, columns out.

`docs/batch.md` describes the columns.  What is computed is what `Catalogue.split` and
`BenefitTable.settle` compute for each bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from medsettle.bill.layout import CODE_MAX, LEVELS
from medsettle.bill.refused import SUPPLY_MAX_E2
from medsettle.bill.words import APPROVALS, HERB_USES, INSURED
from medsettle.columns import (
    Array,
    codes,
    dates,
    length_of,
    optional_dates,
    unmasked,
    visits_of,
)
from medsettle.refusal import Status
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.batch import ClaimStream
    from medsettle.bill.catalogue import Catalogue
    from medsettle.table import BenefitTable

#: The columns of lines; instead of `code` there may be `item`, from `Catalogue.find_items`.
REQUIRED: Final = ("bill", "price_e6", "quantity_e4")
OPTIONAL: Final = (
    "code", "item", "amount_fen", "date", "approval", "herb_use", "discharge_medicine",
    "supply_days_e2", "returns", "id",
)  # fmt: skip
#: What a claim with lines says by them, and may not say beside them.
_AMOUNTS: Final = (*FOUR_AMOUNTS, "total")
#: The column of claims by whose level prices and shares go, where it is not the claim's.
PRICE_LEVEL: Final = "price_level"
_SINGLE, _DISCHARGE = 2, 1


class Bills(NamedTuple):
    """Settled bills: `claims`, columns by claim, and `lines`, columns by fee line.

    `claims` has what `BenefitTable.settle_batch` answers, and the four amounts; `lines` has
    `amount_fen`, the four amounts and `status` (`words.LINE_STATUS`).
    """

    claims: MutableMapping[str, Array]
    lines: MutableMapping[str, Array]


def settle_bills(
    stream: ClaimStream,
    catalogue: Catalogue,
    claims: Mapping[str, Any],
    lines: Mapping[str, Any],
    insured: Any = None,
    given: Array | None = None,
) -> Bills:
    """Split and settle the next block of bills; see `ClaimStream.settle_bills`.

    `given` is as of `ClaimStream.settle_columns`.
    """
    table = stream.table
    arrays = {name: unmasked(name, column) for name, column in claims.items()}
    for name in arrays:
        if name.removesuffix("_fen") in _AMOUNTS or name.startswith("item_"):
            raise ValueError(f"column `{name}`: the amounts of these claims are their lines'")
    if "date" not in arrays:
        raise ValueError("column `date` is missing; claims need person, date, benefit")
    n = length_of(arrays)
    split = split_bills(table, catalogue, arrays, n, lines, insured)
    arrays.pop(PRICE_LEVEL, None)
    for name, column in zip(FOUR_AMOUNTS, split["bill_part"], strict=True):
        arrays[f"{name}_fen"] = column
    for name, column in zip(table.meta.items, split["bill_group"], strict=True):
        arrays[f"item_{name}_fen"] = column
    status = split["bill_status"]
    if given is not None:
        status = np.where(given != 0, given, status)
    out = stream.settle_columns(arrays, None, status)
    for name in FOUR_AMOUNTS:
        out[f"{name}_fen"] = arrays[f"{name}_fen"]
    told = {f"{name}_fen": part for name, part in zip(FOUR_AMOUNTS, split["part"], strict=True)}
    return Bills(out, {"amount_fen": split["amount"], **told, "status": split["line_status"]})


def split_bills(
    table: BenefitTable,
    catalogue: Catalogue,
    claims: Mapping[str, Array],
    n: int,
    lines: Mapping[str, Any],
    insured: Any,
) -> dict[str, Any]:
    """Return the outputs of the kernel of lines for `n` claims and their lines."""
    read, first = _lines_of(catalogue, lines, n)
    date = dates(claims["date"], n)
    bills = {
        "first": first,
        "date": date,
        "insured": _insured(table.meta.scheme if insured is None else insured, n),
        "level": _levels(table, claims, n),
        "days": visits_of(claims, table.meta.rule_by, date, n).days,
    }
    n_lines = int(first[-1])
    status = np.empty(n, np.uint8)
    out = {
        "amount": np.empty(n_lines, np.int64),
        "part": [np.empty(n_lines, np.int64) for _ in FOUR_AMOUNTS],
        "line_status": np.empty(n_lines, np.uint8),
        "bill_part": [np.empty(n, np.int64) for _ in FOUR_AMOUNTS],
        "bill_group": [np.empty(n, np.int64) for _ in table.meta.items],
        "bill_status": status,
    }
    catalogue.split_columns(_aligned(read), _aligned(bills), out, catalogue.columns(table))
    status[first[1:] == first[:-1]] = Status.LINES_REFUSED  # there are none
    return out


def _insured(who: Any, n: int) -> Array:
    """Return whose shares count, as codes: one for all claims, or a column."""
    array = unmasked("insured", who)
    if array.shape not in ((), (n,)):
        raise ValueError(f"`insured`: one name, or a column of {n:,} rows, found {array.shape}")
    return _codes(array, "insured", tuple(INSURED), n)


def _levels(table: BenefitTable, claims: Mapping[str, Array], n: int) -> Array:
    """Return the levels by which prices and shares go, 0 where they are none of a catalogue's."""
    nothing = np.array(0, np.uint8)
    level = codes(claims.get("level", nothing), "level", table.names, n)
    level = np.where(level > len(LEVELS), nothing, level)
    if PRICE_LEVEL not in claims:
        return level
    told = _codes(claims[PRICE_LEVEL], PRICE_LEVEL, ("", *LEVELS), n)
    return np.where(told != 0, told, level)


def _aligned(columns: dict[str, Array | None]) -> dict[str, Array | None]:
    """Return columns as C may read them: a field of a packed struct may lie anywhere."""
    return {
        name: column if column is None or column.flags.aligned else column.copy()
        for name, column in columns.items()
    }


def _lines_of(
    catalogue: Catalogue, lines: Mapping[str, Any], n_bills: int
) -> tuple[dict[str, Array | None], Array]:
    """Return the lines as the kernel reads them, and where each bill's begin."""
    check_line_names(lines)
    arrays = {name: unmasked(name, column) for name, column in lines.items()}
    n = length_of(arrays)
    first = _first_lines(arrays["bill"], n, n_bills)

    def whole(name: str) -> Array | None:
        return None if name not in arrays else _integers(arrays[name], name, n)

    def named(name: str, names: tuple[str, ...]) -> Array | None:
        return None if name not in arrays else _codes(arrays[name], name, names, n)

    supply = whole("supply_days_e2")
    if (
        supply is not None
        and len(supply)
        and not 0 <= supply.min() <= supply.max() <= SUPPLY_MAX_E2
    ):
        raise ValueError(f"column `supply_days_e2`: 0, not told, to {SUPPLY_MAX_E2:,} hundredths")
    item = find_items(catalogue, arrays["code"]) if "code" in arrays else arrays["item"]
    if item.dtype != np.int32:
        raise TypeError(f"column `item` is {item.dtype}: expected int32, as `find_items` answers")
    read = {
        "item": np.broadcast_to(item, (n,)),
        "price": whole("price_e6"),
        "quantity": whole("quantity_e4"),
        "charged": whole("amount_fen"),
        "date": optional_dates(arrays["date"], n, "date") if "date" in arrays else None,
        "approval": named("approval", tuple(APPROVALS)),
        "flags": _flags(named("herb_use", tuple(HERB_USES)), arrays.get("discharge_medicine"), n),
        "supply": None if supply is None else supply.astype(np.int32),
        "returns": whole("returns"),
    }
    return read, first


def check_line_names(lines: Iterable[str]) -> None:
    """Raise ValueError for a column of lines that is missing, or one that is not known."""
    lines = set(lines)
    for name in REQUIRED:
        if name not in lines:
            raise ValueError(f"column `{name}` is missing; lines need {', '.join(REQUIRED)}")
    if ("code" in lines) == ("item" in lines):
        raise ValueError("lines need either `code` or `item`")
    for name in sorted(lines.difference(REQUIRED, OPTIONAL)):
        raise ValueError(f"column `{name}` is not known; optional are {', '.join(OPTIONAL)}")


def _first_lines(bill: Array, n: int, n_bills: int) -> Array:
    """Return where the lines of each bill begin, and the end of the last."""
    if bill.dtype.kind not in "iu":
        raise TypeError(f"column `bill` is {bill.dtype}: expected the row of the claim, from 0")
    bill = np.broadcast_to(bill.astype(np.int64, copy=False), (n,))
    if n and (bill[0] < 0 or bill[-1] >= n_bills or (bill[1:] < bill[:-1]).any()):
        raise ValueError("column `bill`: rows of the claims, ascending; sort the lines by it")
    return np.searchsorted(bill, np.arange(n_bills + 1)).astype(np.int64)


def _flags(herb: Array | None, discharge: Array | None, n: int) -> Array | None:
    """Return the bits of lines: single herbs, discharge medicine."""
    flags = None
    if herb is not None:
        flags = (herb == tuple(HERB_USES).index("single")).astype(np.uint8) * np.uint8(_SINGLE)
    if discharge is not None:
        if discharge.dtype != np.bool_:
            raise TypeError("column `discharge_medicine` must be booleans")
        told = np.broadcast_to(discharge, (n,)).astype(np.uint8) * np.uint8(_DISCHARGE)
        flags = told if flags is None else flags | told
    return flags


def _integers(array: Array, name: str, n: int) -> Array:
    """Return a column of whole numbers as int64."""
    if array.dtype.kind not in "iu" or array.dtype == np.uint64:
        told = "expected whole numbers in int64, never a float"
        raise TypeError(f"column `{name}` is {array.dtype}: {told}")
    return np.broadcast_to(array.astype(np.int64, copy=False), (n,))


def _codes(array: Array, field: str, names: tuple[str, ...], n: int) -> Array:
    """Return a column of names, or of their codes, as uint8 codes."""
    if array.dtype.kind in "UTO":
        code = {name: at for at, name in enumerate(names)}
        try:
            found = [code[text] for text in np.atleast_1d(array).tolist()]
        except (KeyError, TypeError):
            raise ValueError(f"column `{field}`: expected {', '.join(names)}") from None
        array = np.array(found, np.uint8).reshape(array.shape)
    if array.dtype.kind not in "iu":
        raise TypeError(f"column `{field}` is {array.dtype}: expected names or their codes")
    if array.size and not 0 <= array.min() <= array.max() < len(names):
        raise ValueError(f"column `{field}`: codes are 0 to {len(names) - 1}")
    return np.broadcast_to(array.astype(np.uint8, copy=False), (n,))


def find_items(catalogue: Catalogue, codes: Any) -> Array:
    """Return the number of the item of each code, int32; -1 where the catalogue has none.

    Raises TypeError for what is no text.
    """
    array = unmasked("code", codes)
    if array.dtype.kind not in "SUTO":
        raise TypeError(f"column `code` is {array.dtype}: expected text")
    column = np.atleast_1d(array)
    if column.ndim > 1:
        raise ValueError(f"column `code` has {column.ndim} dimensions; a column has one")
    if column.dtype.kind != "S":
        texts = column.tolist()
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("column `code`: expected text in every row")
        column = np.array(list(map(_bytes, texts)), np.bytes_)
    column = np.ascontiguousarray(column)
    found = np.empty(len(column), np.int32)
    catalogue.find_column(column.view(np.uint8), None, column.dtype.itemsize, found)
    return found.reshape(array.shape)


def _bytes(code: str) -> bytes:
    """Return a code as bytes that are an item's only if the code is.

    Of a code that is too long the rest would only make the column wider; NULs at its end would get
    lost among those that fill the column.
    """
    if "\0" in code:
        return b"\0"
    return code.encode(errors="surrogatepass")[: CODE_MAX + 1]
