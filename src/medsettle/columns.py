"""Columns of claims as NumPy arrays, read as the kernel takes them.

Raises TypeError or ValueError, naming the column and the row but no value, for what cannot be a
column at all; a row that cannot be settled gets a status.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from medsettle.model import DAYS_MAX
from medsettle.money import FEN_MAX
from medsettle.names import Names
from medsettle.refusal import Status
from medsettle.vocabulary import AGE, AXES, FOUR_AMOUNTS, NUMBERS, UNSTATED

Array = npt.NDArray[Any]

#: A code that no axis of names has (`capacity.VALUES`): what is not known becomes that.
UNKNOWN_CODE: Final = 255
#: What stands for a date that is not stated.
NO_DATE: Final = -(2**31)
#: What stands for the days of a visit that are not stated.
NO_DAYS: Final = -1
_VISIT: Final = ("admitted", "discharged", "days", "continues")
#: More than anybody can state, of whatever is counted in whole numbers.
_BEYOND: Final = 2**62


class Visits(NamedTuple):
    """What claims tell about the visit beside its date; None where no claim tells it."""

    rule_date: Array | None
    days: Array | None
    continues: Array | None
    wrong: Array | None  # rows in which one of them cannot be


def unmasked(name: str, column: Any) -> Array:
    """Return a column as an array; a mask would be lost, so it is refused."""
    if isinstance(column, np.ma.MaskedArray):
        raise TypeError(f"column `{name}` is a masked array: fill it, or leave the rows out")
    try:
        return np.asarray(column)
    except ValueError as error:  # lists of different lengths
        raise ValueError(f"column `{name}` is no column: {error}") from None


def length_of(arrays: Mapping[str, Array]) -> int:
    """Return the rows of a batch; scalars count for any number of rows."""
    for name, array in arrays.items():
        if array.ndim > 1:
            raise ValueError(f"column `{name}` has {array.ndim} dimensions; a column has one")
    lengths = {name: len(array) for name, array in arrays.items() if array.ndim == 1}
    if not lengths:
        raise ValueError("at least one column must be an array")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of different lengths: {lengths}")
    return next(iter(lengths.values()))


def constant(value: int, n: int, dtype: npt.DTypeLike = np.uint8) -> Array:
    """Return a column that has one value in every row, and takes no memory."""
    return np.broadcast_to(np.array(value, dtype), (n,))


def fen_of(array: Array, name: str, n: int) -> Array:
    """Return a column of whole fen as int64."""
    if array.dtype.kind not in "iu" or array.dtype == np.uint64:
        raise TypeError(f"column `{name}` is {array.dtype}: money is whole fen in int64, no float")
    return np.broadcast_to(array.astype(np.int64, copy=False), (n,))


def amounts_of(columns: Mapping[str, Array], n: int) -> tuple[list[Array], Array]:
    """Return the four amounts, and a status column with AMOUNTS_DISAGREE where they must not be."""
    amounts = {
        name: fen_of(columns[f"{name}_fen"], f"{name}_fen", n)
        if f"{name}_fen" in columns
        else constant(0, n, np.int64)
        for name in FOUR_AMOUNTS
    }
    if "total_fen" not in columns:
        return list(amounts.values()), constant(Status.OK, n)
    # Sums of absurd amounts may wrap around; the kernel refuses such amounts one by one.
    rest = fen_of(columns["total_fen"], "total_fen", n) - sum(amounts.values())
    if "full_self_pay_fen" in columns:
        wrong = rest != 0
    else:
        amounts["full_self_pay"] = np.maximum(rest, 0)
        wrong = rest < 0
    return list(amounts.values()), wrong * np.uint8(Status.AMOUNTS_DISAGREE)


def persons(array: Array, n: int) -> Array:
    """Return whose claims they are: integers, or text."""
    kind = array.dtype
    if kind in (np.int64, np.int32) or kind.kind in "UT":
        return np.broadcast_to(array, (n,))
    if kind.kind in "iu" and kind != np.uint64:
        return np.broadcast_to(array.astype(np.int64), (n,))
    if kind.kind == "O" and all(isinstance(who, str) for who in array.flat):
        return np.broadcast_to(array, (n,))
    raise TypeError(f"column `person` is {kind}: expected integers (int64) or text")


def dates(array: Array, n: int, name: str = "date") -> Array:
    """Return days since 1970-01-01; raise TypeError or ValueError for what are no dates."""
    if array.dtype.kind in "TO":
        array = array.astype(object).astype(str)
    if array.dtype.kind == "U":
        array = _parsed_dates(np.atleast_1d(array), name).reshape(array.shape)
    if array.dtype.kind == "M":
        if np.datetime_data(array.dtype)[0] in ("Y", "M", "W"):
            raise TypeError(f"column `{name}` is {array.dtype}: expected whole days, datetime64[D]")
        if np.isnat(array).any():
            raise ValueError(f"column `{name}` has no date in row {int(np.isnat(array).argmax())}")
        array = array.astype("datetime64[D]").view(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"column `{name}` is {array.dtype}: expected datetime64, text YYYY-MM-DD, "
            "or int32 days since 1970-01-01"
        )
    days = array.astype(np.int32, copy=False)
    if array.dtype.itemsize >= 4 and array.dtype != np.int32 and np.any(days != array):
        row = int(np.argmax(np.atleast_1d(days != array)))
        raise ValueError(f"column `{name}` has no days since 1970-01-01 in row {row}")
    return np.broadcast_to(days, (n,))


def _parsed_dates(texts: Array, name: str) -> Array:
    """Return texts YYYY-MM-DD as datetime64[D]; NumPy alone would also read "2025" and "today"."""
    looks = _look_like_dates(texts)
    if looks.all():
        with contextlib.suppress(ValueError):
            return texts.astype("datetime64[D]")
    good = [like and _is_date(text) for like, text in zip(looks, texts.tolist(), strict=True)]
    raise ValueError(f"column `{name}` has no date YYYY-MM-DD in row {good.index(False)}")


def _look_like_dates(texts: Array) -> Array:
    """Return which texts are four digits, two and two, with hyphens between."""
    n, width = len(texts), len("2025-03-01")
    if n == 0 or texts.dtype.itemsize < 4 * width:
        return np.zeros(n, np.bool_)
    letters = np.ascontiguousarray(texts).view(np.uint32).reshape(n, -1)
    if texts.dtype.byteorder == ">":
        letters = letters.byteswap()
    hyphens = np.isin(np.arange(width), (4, 7))
    front = letters[:, :width]
    digits = (front >= ord("0")) & (front <= ord("9"))
    fits = np.where(hyphens, front == ord("-"), digits).all(axis=1)
    looks: Array = fits & (letters[:, width:] == 0).all(axis=1)
    return looks


def _is_date(text: str) -> bool:
    try:
        np.datetime64(text, "D")
    except ValueError:
        return False
    return True


class _Codes:
    """Columns of names being read; a constant where a claim says nothing."""

    def __init__(self, names: Names, read: Container[str], n: int) -> None:
        self.names, self.read, self.n = names, read, n
        self.unknown: Array | None = None
        self._nothing = constant(0, n)

    def of(self, axis: str, column: Array | None) -> Array:
        if column is None or axis not in self.read:
            return self._nothing
        found = codes(column, axis, self.names, self.n)
        self._mark(found, max(self.names.codes[axis].values()))
        return found

    def _mark(self, column: Array, top: int) -> None:
        """Note the rows in which a code is above the axis's last."""
        seen = column[:1] if column.strides == (0,) else column
        if len(seen) and seen.max() > top:
            wrong = column > top
            self.unknown = wrong if self.unknown is None else self.unknown | wrong


def axis_codes(
    columns: Mapping[str, Array], names: Names, read: Container[str], n: int
) -> tuple[list[Array], Array | None]:
    """Return the codes of every axis of names, in their order, and the rows with none such.

    Axes that are not among those `read` say nothing, whatever stands there.
    """
    reading = _Codes(names, read, n)
    return [reading.of(axis, columns.get(axis)) for axis in AXES], reading.unknown


def numbers_of(columns: Mapping[str, Array], n: int) -> tuple[list[Array], Array | None]:
    """Return the codes of every axis of numbers, in their order, and the rows that cannot be."""
    nothing = constant(UNSTATED, n)
    found, wrong = [], None
    for axis in NUMBERS:
        if axis not in columns:
            found.append(nothing)
            continue
        column, mine = _numbers(axis, columns[axis])
        found.append(np.broadcast_to(column, (n,)))
        if mine is not None and mine.any():
            wrong = mine if wrong is None else wrong | mine
    return found, None if wrong is None else np.broadcast_to(wrong, (n,))


def _numbers(axis: str, column: Array) -> tuple[Array, Array | None]:
    """Return the codes of numbers, and which cannot be.

    Nothing is stated by 255 in a uint8 column or one of ages, and by any negative number.
    """
    if column.dtype.kind not in "iu":
        what = "whole years" if axis == AGE else "integers"
        raise TypeError(f"column `{axis}` is {column.dtype}: expected {what}, negative if unstated")
    top = NUMBERS[axis]
    if column.dtype != np.uint8:
        wide = int64_of(column)
        if axis == AGE:
            small = np.minimum(wide, UNSTATED + 1)
            wrong = (small > top) & (small != UNSTATED)
        else:
            small, wrong = np.minimum(wide, top), None
        return np.where(wide < 0, UNSTATED, small).astype(np.uint8), wrong
    return column, (column > top) & (column != UNSTATED) if axis == AGE else None


def int64_of(array: Array) -> Array:
    """Return integers as int64; one that does not fit becomes one that is beyond everything."""
    if array.dtype == np.uint64:
        array = np.minimum(array, _BEYOND)
    return array.astype(np.int64, copy=False)


def codes(array: Array, field: str, names: Names, n: int) -> Array:
    """Return a column of names or codes as uint8 codes; what is unknown becomes UNKNOWN_CODE."""
    if array.dtype == np.uint8:
        return np.broadcast_to(array, (n,))
    known = names.texts[field]
    if array.dtype.kind in "iu":
        in_range = (array >= 0) & (array <= max(known.values()))
        found = np.where(in_range, array.astype(np.uint8), np.uint8(UNKNOWN_CODE))
        return np.broadcast_to(found, (n,))
    if array.dtype.kind in "UTO":
        texts = codes_of_texts(np.atleast_1d(array).tolist(), field, names)
        return np.broadcast_to(np.array(texts, np.uint8).reshape(array.shape), (n,))
    raise TypeError(f"column `{field}` is {array.dtype}: expected names or their uint8 codes")


def codes_of_texts(texts: list[Any], field: str, names: Names) -> list[int]:
    """Return the codes of names; UNKNOWN_CODE for what is none, and among which none counts."""
    find = names.texts[field].get
    try:
        found = [find(text, UNKNOWN_CODE) for text in texts]
    except TypeError:  # a list among them, which has no hash
        found = [
            find(text, UNKNOWN_CODE) if isinstance(text, str | None) else UNKNOWN_CODE
            for text in texts
        ]
    if field in names.best_of:
        for position, code in enumerate(found):
            if code == UNKNOWN_CODE:
                found[position] = _best_code(texts[position], field, names)
    return found


def _best_code(value: Any, axis: str, names: Names) -> int:
    """Return the code of the one that counts of several values."""
    best = names.code(axis, value.tolist() if isinstance(value, np.ndarray) else value)
    return UNKNOWN_CODE if best is None else best


def items_of(
    columns: Mapping[str, Array], names: Names, amounts: list[Array], n: int
) -> tuple[list[Array], Array | None]:
    """Return the item groups that the table splits, and the rows in which groups cannot be.

    A row whose four amounts cannot be is left to the kernel, which says so.
    """
    given = {
        group: fen_of(columns[name], name, n)
        for group in names.groups
        if (name := f"item_{group}_fen") in columns
    }
    nothing = [] if given.keys() >= set(names.split) else [constant(0, n, np.int64)]
    split = [given[group] if group in given else nothing[0] for group in names.split]
    if not given:
        return split, None
    left = amounts[-1]
    wrong = np.zeros(n, np.bool_)
    for fen in given.values():  # one by one, since the sum of absurd amounts may wrap around
        wrong |= (fen < 0) | (fen > left)
        left = np.where(wrong, left, left - fen)
    if not wrong.any():
        return split, None
    for fen in amounts:
        wrong &= (fen >= 0) & (fen <= FEN_MAX)
    return split, wrong & (sum(amounts) <= FEN_MAX)


def visits_of(columns: Mapping[str, Array], rule_by: str, date: Array, n: int) -> Visits:
    """Return what the columns tell about the visits."""
    if columns.keys().isdisjoint(_VISIT):
        return Visits(None, None, None, None)
    wrong = np.zeros(n, np.bool_)
    rule_date = days = continues = None
    for name in ("admitted", "discharged"):
        if name in columns:
            stated = optional_dates(columns[name], n, name)
            wrong |= stated > date
            if name == rule_by:
                rule_date = np.where(stated == NO_DATE, date, stated)
    if "days" in columns:
        given = _integers(columns["days"], "days", n)
        wrong |= (given < NO_DAYS) | (given > DAYS_MAX)
        days = np.clip(given, NO_DAYS, DAYS_MAX).astype(np.int32)
    if "continues" in columns:
        given = _integers(columns["continues"], "continues", n)
        wrong |= (given < 0) | (given > 1)
        continues = (given == 1).astype(np.uint8)
    return Visits(rule_date, days, continues, wrong if wrong.any() else None)


def _integers(array: Array, name: str, n: int) -> Array:
    is_flag = name == "continues"
    if array.dtype.kind not in ("iub" if is_flag else "iu"):
        expected = "booleans, or 0 and 1" if is_flag else "integers, -1 unstated"
        raise TypeError(f"column `{name}` is {array.dtype}: expected {expected}")
    return np.broadcast_to(int64_of(array), (n,))


def optional_dates(array: Array, n: int, name: str) -> Array:
    """Return days since 1970-01-01, NO_DATE where nothing is stated: NaT, None, "", or that."""
    kind = array.dtype.kind
    filled: Any
    if kind == "M":
        blank, filled = np.isnat(array), np.datetime64("1970-01-01")
    elif kind in "UTO":
        texts = np.atleast_1d(array).tolist()
        blank = np.array([text is None or text == "" for text in texts]).reshape(array.shape)
        filled = np.array("1970-01-01", array.dtype if kind != "U" else None)
    else:
        blank, filled = array == NO_DATE, np.int64(0)
    if not blank.any():
        return dates(array, n, name)
    stated = dates(np.where(blank, filled, array), n, name)
    return np.where(np.broadcast_to(blank, (n,)), np.int32(NO_DATE), stated)
