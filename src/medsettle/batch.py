"""Settling many claims: columns in, columns out, one person after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, MutableMapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from medsettle._core.engine import Stream
from medsettle.persons import Persons
from medsettle.refusal import Status
from medsettle.vocabulary import AGE, AGE_MAX, AGE_UNSTATED, AXES, BENEFITS, FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.table import BenefitTable

Array = npt.NDArray[Any]

#: The columns a batch may have; money in fen.
REQUIRED: Final = ("person", "date", "benefit", "in_scope_fen")
OPTIONAL: Final = (
    "full_self_pay_fen", "over_limit_fen", "first_step_fen", "total_fen", *AXES, AGE, "id",
)  # fmt: skip
#: A code that no axis has: what a name outside the vocabulary becomes.
UNKNOWN_CODE: Final = 254


class Rows(NamedTuple):
    """A block of claims as the kernel takes them, but for the persons."""

    date: Array
    benefit: Array
    codes: list[Array]
    amounts: list[Array]
    status: Array  # what was found while reading
    out: MutableMapping[str, Array] | None


class ClaimStream:
    """Claims in blocks: a person whose claims end one block may go on in the next.

    Made by `BenefitTable.stream`.  Holds the last person's counters and knows the persons seen
    (see `medsettle.persons`), so that nobody is settled in two places.  Not to be shared between
    threads.
    """

    def __init__(self, table: BenefitTable) -> None:
        self.table = table
        self.refused = 0
        self.persons = Persons()
        self._stream = Stream()

    def settle_batch(self, claims: Any, out: Any = None) -> Any:
        """Settle the next block; see `BenefitTable.settle_batch`."""
        if isinstance(claims, Mapping):
            return self.settle_columns(claims, out)
        from medsettle.arrow import settle_arrow

        return settle_arrow(self, claims, out)

    def settle_columns(
        self,
        columns: Mapping[str, Any],
        out: MutableMapping[str, Array] | None = None,
        given: Array | None = None,
    ) -> MutableMapping[str, Array]:
        """Settle a dict of NumPy arrays or scalars.

        `given` is a uint8 column of statuses; a row where it is not 0 is refused with it.
        """
        check_names(columns)
        arrays = {name: _unmasked(name, column) for name, column in columns.items()}
        n = _length(arrays)
        person = _person(arrays["person"], n)
        rows = self.prepare(arrays, n, out, given)
        return self.settle_rows(*self.persons.follow(person), rows)

    def prepare(
        self,
        columns: Mapping[str, Array],
        n: int,
        out: MutableMapping[str, Array] | None = None,
        given: Array | None = None,
    ) -> Rows:
        """Read `n` rows as the kernel takes them, before anything of the stream moves.

        Raises TypeError or ValueError for columns that are no good; the stream is then as before.
        """
        amounts, status = _amounts(columns, n)
        if given is not None:
            status = np.where(given != 0, given, status).astype(np.uint8)
        if out is not None:
            self._check_out(out, n)
        return Rows(
            date=_dates(columns["date"], n),
            benefit=_codes(columns["benefit"], "benefit", BENEFITS, n),
            codes=_axis_codes(columns, n),
            amounts=amounts,
            status=status,
            out=out,
        )

    def settle_rows(
        self, numbers: Array, back: Array | None, rows: Rows
    ) -> MutableMapping[str, Array]:
        """Settle rows whose persons `self.persons` has followed: their numbers, who came back."""
        status = rows.status
        if back is not None:
            status = np.where(back & (status == 0), np.uint8(Status.PERSON_SPLIT), status)
        status = _mark_unknown_codes(rows.codes, status)
        out = self._outputs(len(numbers)) if rows.out is None else rows.out
        self.refused += self.table.settle_columns(
            self._stream,
            numbers,
            status,
            rows.date,
            rows.benefit,
            rows.codes,
            rows.amounts,
            [out[f"{fund}_fen"] for fund in self.table.meta.funds],
            out["deductible_fen"],
            out["cash_fen"],
            out["status"],
        )
        return out

    def _outputs(self, n: int) -> dict[str, Array]:
        return {name: np.empty(n, kind) for name, kind in self._output_kinds().items()}

    def _output_kinds(self) -> dict[str, type[np.integer[Any]]]:
        names = (*self.table.meta.funds, "deductible", "cash")
        return {**{f"{name}_fen": np.int64 for name in names}, "status": np.uint8}

    def _check_out(self, out: Mapping[str, Any], n: int) -> None:
        for name, kind in self._output_kinds().items():
            column = out.get(name)
            if not isinstance(column, np.ndarray) or column.dtype != kind or column.shape != (n,):
                raise ValueError(
                    f"out[{name!r}] must be a NumPy array of {np.dtype(kind).name} and {n:,} rows: "
                    "pass what an earlier call with as many claims returned"
                )
            if not column.flags.c_contiguous or not column.flags.writeable:
                raise ValueError(f"out[{name!r}] must be contiguous and writeable")
        for one, other in combinations(self._output_kinds(), 2):
            if np.may_share_memory(out[one], out[other]):
                raise ValueError(f"out[{one!r}] and out[{other!r}] share memory")


def check_names(columns: Iterable[str]) -> None:
    """Raise ValueError for a required column that is missing, or one that is not known."""
    names = set(columns)
    for name in REQUIRED:
        if name not in names:
            raise ValueError(f"column `{name}` is missing; a batch needs {', '.join(REQUIRED)}")
    for name in sorted(names.difference(REQUIRED, OPTIONAL)):
        raise ValueError(
            f"column `{name}` is not known; optional columns are {', '.join(OPTIONAL)}"
        )


def _unmasked(name: str, column: Any) -> Array:
    """Return a column as an array; a mask would be lost, so it is refused."""
    if isinstance(column, np.ma.MaskedArray):
        raise TypeError(f"column `{name}` is a masked array: fill it, or leave the rows out")
    return np.asarray(column)


def _length(arrays: Mapping[str, Array]) -> int:
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


def _constant(value: int, n: int, dtype: npt.DTypeLike = np.uint8) -> Array:
    return np.broadcast_to(np.array(value, dtype), (n,))


def _fen(array: Array, name: str, n: int) -> Array:
    if array.dtype.kind not in "iu" or array.dtype == np.uint64:
        raise TypeError(f"column `{name}` is {array.dtype}: money is whole fen in int64, no float")
    return np.broadcast_to(array.astype(np.int64, copy=False), (n,))


def _amounts(columns: Mapping[str, Array], n: int) -> tuple[list[Array], Array]:
    """Return the four amounts, and a status column with AMOUNTS_DISAGREE where they must not be."""
    amounts = {
        name: _fen(columns[f"{name}_fen"], f"{name}_fen", n)
        if f"{name}_fen" in columns
        else _constant(0, n, np.int64)
        for name in FOUR_AMOUNTS
    }
    if "total_fen" not in columns:
        return list(amounts.values()), _constant(Status.OK, n)
    # Sums of absurd amounts may wrap around; the kernel refuses such amounts one by one.
    rest = _fen(columns["total_fen"], "total_fen", n) - sum(amounts.values())
    if "full_self_pay_fen" in columns:
        wrong = rest != 0
    else:
        amounts["full_self_pay"] = np.maximum(rest, 0)
        wrong = rest < 0
    return list(amounts.values()), wrong * np.uint8(Status.AMOUNTS_DISAGREE)


def _person(array: Array, n: int) -> Array:
    kind = array.dtype
    if kind in (np.int64, np.int32) or kind.kind in "UT":
        return np.broadcast_to(array, (n,))
    if kind.kind in "iu" and kind != np.uint64:
        return np.broadcast_to(array.astype(np.int64), (n,))
    if kind.kind == "O" and all(isinstance(who, str) for who in array.flat):
        return np.broadcast_to(array, (n,))
    raise TypeError(f"column `person` is {kind}: expected integers (int64) or text")


def _dates(array: Array, n: int) -> Array:
    if array.dtype.kind in "TO":
        array = array.astype(object).astype(str)
    if array.dtype.kind == "U":
        array = _parsed_dates(np.atleast_1d(array)).reshape(array.shape)
    if array.dtype.kind == "M":
        if np.datetime_data(array.dtype)[0] in ("Y", "M", "W"):
            raise TypeError(f"column `date` is {array.dtype}: expected whole days, datetime64[D]")
        if np.isnat(array).any():
            raise ValueError(f"column `date` has no date in row {int(np.isnat(array).argmax())}")
        array = array.astype("datetime64[D]").view(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"column `date` is {array.dtype}: expected datetime64, text YYYY-MM-DD, "
            "or int32 days since 1970-01-01"
        )
    days = array.astype(np.int32, copy=False)
    if array.dtype.itemsize >= 4 and array.dtype != np.int32 and np.any(days != array):
        row = int(np.argmax(np.atleast_1d(days != array)))
        raise ValueError(f"column `date` has no days since 1970-01-01 in row {row}")
    return np.broadcast_to(days, (n,))


def _parsed_dates(texts: Array) -> Array:
    """Return texts YYYY-MM-DD as datetime64[D]; NumPy alone would also read "2025" and "today"."""
    looks = _look_like_dates(texts)
    if looks.all():
        with contextlib.suppress(ValueError):
            return texts.astype("datetime64[D]")
    good = [like and _is_date(text) for like, text in zip(looks, texts.tolist(), strict=True)]
    raise ValueError(f"column `date` has no date YYYY-MM-DD in row {good.index(False)}")


def _look_like_dates(texts: Array) -> Array:
    """Return which texts are four digits, two and two, with hyphens between."""
    n, width = len(texts), len("2025-03-01")
    if texts.dtype.itemsize < 4 * width:
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


def _axis_codes(columns: Mapping[str, Array], n: int) -> list[Array]:
    """Return the codes of every axis, in the order of a C claim."""
    codes = [
        _codes(columns[axis], axis, values, n) if axis in columns else _constant(0, n)
        for axis, values in AXES.items()
    ]
    return [*codes, _ages(columns[AGE], n) if AGE in columns else _constant(AGE_UNSTATED, n)]


def _mark_unknown_codes(codes: list[Array], status: Array) -> Array:
    """Return `status` with UNKNOWN_CODE where an axis has no such code, asked for or not."""
    tops = [len(values) - 1 for values in AXES.values()]
    for column, top in zip(codes, [*tops, AGE_MAX], strict=True):
        seen = column[:1] if column.strides == (0,) else column
        if len(seen) and seen.max() > top:
            unknown = (column > top) & (column != AGE_UNSTATED if top == AGE_MAX else True)
            status = np.where(unknown & (status == 0), np.uint8(Status.UNKNOWN_CODE), status)
    return status


def _codes(array: Array, name: str, values: Iterable[str | None], n: int) -> Array:
    """Return a column of names or codes as uint8 codes; what is unknown becomes UNKNOWN_CODE."""
    if array.dtype == np.uint8:
        return np.broadcast_to(array, (n,))
    known = codes_of(values, stated=name == "benefit")
    if array.dtype.kind in "iu":
        in_range = (array >= 0) & (array <= max(known.values()))
        return np.broadcast_to(np.where(in_range, array, UNKNOWN_CODE).astype(np.uint8), (n,))
    if array.dtype.kind in "UTO":
        find = known.get
        codes = [find(value, UNKNOWN_CODE) for value in np.atleast_1d(array).tolist()]
        return np.broadcast_to(np.array(codes, np.uint8).reshape(array.shape), (n,))
    raise TypeError(f"column `{name}` is {array.dtype}: expected names or their uint8 codes")


def codes_of(values: Iterable[str | None], *, stated: bool) -> dict[str | None, int]:
    """Return the codes of names; unless it must be `stated`, None and "" are what says nothing."""
    unstated: dict[str | None, int] = {} if stated else {None: 0, "": 0}
    return unstated | {value: code for code, value in enumerate(values)}


def _ages(array: Array, n: int) -> Array:
    if array.dtype.kind not in "iu":
        raise TypeError(f"column `age` is {array.dtype}: expected whole years, or 255 unstated")
    known = ((array >= 0) & (array <= AGE_MAX)) | (array == AGE_UNSTATED)
    return np.broadcast_to(np.where(known, array, UNKNOWN_CODE).astype(np.uint8), (n,))
