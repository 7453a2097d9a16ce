"""The columns of an Arrow table of claims, as a batch of NumPy arrays takes them.

Columns are read where they lie: a decimal128 amount is its low 64-bit word, a date32 is an int32.
Only texts, other scales and columns with nulls are converted.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from medsettle.columns import NO_DATE, UNKNOWN_CODE, codes_of_texts, int64_of
from medsettle.money import FEN_MAX
from medsettle.vocabulary import AGE, FOUR_AMOUNTS, NUMBERS, UNSTATED

if TYPE_CHECKING:
    from medsettle.names import Names

Array = npt.NDArray[Any]

_AMOUNTS: Final = (*FOUR_AMOUNTS, "total")
#: What an amount becomes that is beyond 64 bits: refused like any other beyond ten billion yuan.
_BEYOND: Final = FEN_MAX + 1
#: What is counted, and null where it is not stated.
COUNTS: Final = (*NUMBERS, "days")
#: Stands for a count that is not stated.
_NO_COUNT: Final = -1
#: The layouts of lists and of texts, as `pyarrow.types` tells them.
_LISTS: Final = (
    "is_list", "is_large_list", "is_fixed_size_list", "is_list_view", "is_large_list_view",
)  # fmt: skip
_TEXTS: Final = ("is_string", "is_large_string", "is_string_view", "is_null")
#: Stands where no date is stated, until that is put there.
_SOME_DAY: Final = dt.date(1970, 1, 1)


def is_yuan(name: str) -> bool:
    """Tell whether a column holds amounts in yuan, by its name."""
    return name in _AMOUNTS or (name.startswith("item_") and not name.endswith("_fen"))


def column_of(pa: Any, column: Any, name: str, row: int, names: Names) -> Array:
    """Return one column of claims as a batch of NumPy arrays takes it."""
    if name in ("date", "benefit", "in_scope", "in_scope_fen"):
        refuse_nulls(column, name, row)
    if is_yuan(name):
        return _fen_of_decimal(pa, column, name)
    if name.endswith("_fen"):
        return _fen_of_integer(pa, column, name)
    if name == "date":
        return _days(pa, column, name, row)
    if name in ("admitted", "discharged"):
        return optional_days(pa, column, name, row)
    if name in COUNTS:
        return _counts(pa, column, name)
    if name == "continues":
        return _flags(pa, column)
    return _codes(pa, column, name, names)


def refuse_nulls(column: Any, name: str, row: int) -> None:
    """Raise ValueError for a null; the column begins at `row` of the table."""
    if column.null_count:
        nulls = column.is_null().to_numpy(zero_copy_only=False)
        raise ValueError(f"column `{name}` has no value in row {row + int(nulls.argmax())}")


def nulls_of(batch: Any, keys: dict[str, str], key: str) -> Array | None:
    """Return where a column of a batch is null, or None where it never is."""
    column = batch.column(next(name for name in keys if keys[name] == key))
    found: Array = column.is_null().to_numpy(zero_copy_only=False)
    return found if column.null_count else None


def _integers(pa: Any, column: Any, unstated: int) -> Array:
    """Return a column as it is, nulls replaced; what is no integer is refused by the batch."""
    column = plain(pa, column)
    if pa.types.is_null(column.type):
        return np.full(len(column), unstated, np.int64)
    if column.null_count and pa.types.is_integer(column.type):
        null = column.is_null().to_numpy(zero_copy_only=False)
        given = int64_of(column.fill_null(0).to_numpy(zero_copy_only=False))
        return np.where(null, unstated, given)
    array: Array = column.to_numpy(zero_copy_only=False)
    return array


def _counts(pa: Any, column: Any, name: str) -> Array:
    """Return what is counted, negative where nothing is stated; an age of 255 is one too many."""
    array = _integers(pa, column, _NO_COUNT)
    if array.dtype.kind not in "iu":
        return array
    array = int64_of(array)
    return np.where(array == UNSTATED, UNSTATED + 1, array) if name == AGE else array


def less_than_nothing(pa: Any, column: Any) -> Any:
    """Return where a column of integers is negative, a null is not; None where it never is."""
    import pyarrow.compute as pc

    column = plain(pa, column)
    if not pa.types.is_signed_integer(column.type):
        return None
    less = pc.less(column, 0).fill_null(False)
    return less if less.true_count else None


def _flags(pa: Any, column: Any) -> Array:
    """Return a column of yes and no; a null is no."""
    if pa.types.is_boolean(column.type):
        array: Array = column.fill_null(False).to_numpy(zero_copy_only=False)
        return array
    return _integers(pa, column, 0)


def _fen_of_integer(pa: Any, column: Any, name: str) -> Array:
    kind = plain(pa, column).type
    if pa.types.is_null(kind) or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)):
        return _integers(pa, column, 0)
    raise TypeError(
        f"column `{name}` is {kind}: whole fen are int64; "
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


def optional_days(pa: Any, column: Any, name: str, row: int) -> Array:
    """Return dates as int32 days since 1970-01-01, NO_DATE for null and an empty text."""
    import pyarrow.compute as pc

    column = plain(pa, column)
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
    column = plain(pa, column)
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
    column = plain(pa, column)
    if not pa.types.is_large_string(column.type):
        return _codes_of_others(pa, column, name, names)
    if name in names.best_of:  # few different texts, of which some may name several values
        column = column.dictionary_encode()
        few = codes_of_texts(column.dictionary.to_pylist(), name, names)
        return _spread(pa, np.array(few, np.uint8), column.indices)
    known = names.texts[name]
    codes = np.array([*known.values(), UNKNOWN_CODE], np.uint8)
    return codes[_places(pa, column, list(known))]


def _codes_of_others(pa: Any, column: Any, name: str, names: Names) -> Array:
    """Return the codes of what is no text: codes, or lists of the values that are true."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return _integers(pa, column, 0)
    if name == "benefit" or not _is_list_of_texts(pa, kind):
        raise TypeError(f"column `{name}` is {kind}: expected names or their uint8 codes")
    lists = [None if one is None else tuple(one) for one in column.to_pylist()]
    few = list(dict.fromkeys(lists))
    codes = dict(zip(few, codes_of_texts(few, name, names), strict=True))
    return np.array([codes[one] for one in lists], np.uint8)


def _is_list_of_texts(pa: Any, kind: Any) -> bool:
    if not any(getattr(pa.types, is_list)(kind) for is_list in _LISTS):
        return False
    inner = kind.value_type
    inner = inner.value_type if pa.types.is_dictionary(inner) else inner
    return any(getattr(pa.types, is_text)(inner) for is_text in _TEXTS)


def _spread(pa: Any, codes: Array, indices: Any) -> Array:
    """Return the codes that a dictionary's indices choose, 0 for null."""
    return np.append(codes, codes.dtype.type(0))[_integers(pa, indices, len(codes))]


def _places(pa: Any, column: Any, known: list[str | None]) -> Array:
    """Return where each text stands among the known ones; behind them if nowhere."""
    import pyarrow.compute as pc

    names = pa.array(known, column.type)
    places: Array = pc.index_in(column, value_set=names).fill_null(len(names)).to_numpy()
    return places


def plain(pa: Any, column: Any) -> Any:
    """Return texts, however they are laid out, as large_string; other columns as they are."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kinds = pa.types
    if kinds.is_string(column.type) or kinds.is_string_view(column.type):
        return column.cast(pa.large_string())
    return column
