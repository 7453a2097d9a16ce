"""Settling many claims: columns in, columns out, one person after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from medsettle._core.engine import Stream
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


class ClaimStream:
    """Claims in blocks: a person whose claims end one block may go on in the next.

    Made by `BenefitTable.stream`.  Holds the last person's counters and the numbers of the
    persons seen, so that nobody is settled in two places.
    """

    def __init__(self, table: BenefitTable) -> None:
        self.table = table
        self.refused = 0
        self._stream = Stream()
        self._persons = _Persons()

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

        `given` is a uint8 column of statuses for which rows are refused beforehand.
        """
        _check_names(columns)
        n = _length(columns)
        amounts, status = _amounts(columns, n)
        if given is not None:
            status = np.where(given != 0, given, status).astype(np.uint8)
        person = _person(columns["person"], n)
        status = self._persons.mark_split(person, status)
        out = self._outputs(n) if out is None else out
        self._check_out(out, n)
        self.refused += self.table.settle_columns(
            self._stream,
            self._persons.numbers(person),
            status,
            _dates(columns["date"], n),
            _codes(columns["benefit"], list(BENEFITS), "benefit", n),
            [
                _codes(columns[axis], list(values), axis, n) if axis in columns else _constant(0, n)
                for axis, values in AXES.items()
            ]
            + [_ages(columns[AGE], n) if AGE in columns else _constant(AGE_UNSTATED, n)],
            amounts,
            [out[f"{fund}_fen"] for fund in self.table.meta.funds],
            out["deductible_fen"],
            out["cash_fen"],
            out["status"],
        )
        return out

    def _outputs(self, n: int) -> dict[str, Array]:
        names = [*self.table.meta.funds, "deductible", "cash"]
        out: dict[str, Array] = {f"{name}_fen": np.empty(n, np.int64) for name in names}
        out["status"] = np.empty(n, np.uint8)
        return out

    def _check_out(self, out: Mapping[str, Any], n: int) -> None:
        names = [*self.table.meta.funds, "deductible", "cash"]
        kinds = {**{f"{name}_fen": np.int64 for name in names}, "status": np.uint8}
        for name, kind in kinds.items():
            column = out.get(name)
            if not isinstance(column, np.ndarray) or column.dtype != kind or column.shape != (n,):
                raise ValueError(
                    f"out[{name!r}] must be a NumPy array of {np.dtype(kind).name} and {n:,} rows: "
                    "pass what an earlier call with as many claims returned"
                )
            if not column.flags.c_contiguous or not column.flags.writeable:
                raise ValueError(f"out[{name!r}] must be contiguous and writeable")


class _Persons:
    """Who has been seen, so that a person's claims in two blocks are noticed.

    Ascending persons need no memory but the last; otherwise each person costs one entry.
    """

    def __init__(self) -> None:
        self._last: Any = None
        self._ascending = True
        self._seen: set[Any] = set()
        self._numbers: dict[str, int] = {}

    def mark_split(self, person: Array, status: Array) -> Array:
        """Return `status` with PERSON_SPLIT where a person comes back after another."""
        n = len(person)
        if n == 0:
            return status
        if self._ascending and not self._seen:
            rising = bool(np.all(person[1:] >= person[:-1]))
            if rising and (self._last is None or person[0] >= self._last):
                self._last = person[-1]
                return status
        starts = np.flatnonzero(np.concatenate(([True], person[1:] != person[:-1])))
        return self._mark_by_memory(person, starts, status)

    def _mark_by_memory(self, person: Array, starts: Array, status: Array) -> Array:
        # Persons of earlier, ascending blocks were not kept: all that is known of them is that
        # they are not above the last.  Whoever is below it may have been among them.
        floor = self._last if self._ascending else None
        self._ascending = False
        marked = status.copy()
        ends = np.append(starts[1:], len(person))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            who = person[start]
            goes_on = start == 0 and self._last is not None and who == self._last
            maybe_before = self._floor_hit(who, floor)
            if not goes_on and (who in self._seen or maybe_before):
                free = marked[start:end] == 0
                marked[start:end][free] = Status.PERSON_SPLIT
            self._seen.add(who)
        if floor is not None:
            self._floor = floor
        self._last = person[-1]
        return marked

    _floor: Any = None

    def _floor_hit(self, who: Any, floor: Any) -> bool:
        known = self._floor if floor is None else floor
        return known is not None and bool(who <= known)

    def numbers(self, person: Array) -> Array:
        """Return `person` as integers that differ where persons differ."""
        if person.dtype.kind != "U":
            return person
        changes = np.concatenate(([True], person[1:] != person[:-1])) if len(person) else []
        names = person[changes] if len(person) else person
        ids = np.array([self._number(str(name)) for name in names], np.int64)
        runs = np.cumsum(changes) - 1
        return ids[runs] if len(person) else ids

    def _number(self, name: str) -> int:
        # Only the last person can go on in the next block, so only that number must be kept.
        if name not in self._numbers:
            latest = max(self._numbers.values(), default=-1)
            self._numbers = {name: latest + 1}
        return self._numbers[name]


def _check_names(columns: Mapping[str, Any]) -> None:
    for name in REQUIRED:
        if name not in columns:
            raise ValueError(f"column `{name}` is missing; a batch needs {', '.join(REQUIRED)}")
    for name in columns:
        if name not in REQUIRED and name not in OPTIONAL:
            raise ValueError(
                f"column `{name}` is not known; optional columns are {', '.join(OPTIONAL)}"
            )


def _length(columns: Mapping[str, Any]) -> int:
    lengths = {
        name: len(column)
        for name, column in columns.items()
        if not isinstance(column, str | int | dt.date) and np.ndim(column) == 1
    }
    if not lengths:
        raise ValueError("at least one column must be an array")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of different lengths: {lengths}")
    return next(iter(lengths.values()))


def _constant(value: int, n: int, dtype: npt.DTypeLike = np.uint8) -> Array:
    return np.broadcast_to(np.array(value, dtype), (n,))


def _fen(column: Any, name: str, n: int) -> Array:
    array = np.asarray(column)
    if array.dtype.kind == "f":
        raise TypeError(f"column `{name}` is {array.dtype}: money is whole fen in int64, no float")
    if array.dtype.kind not in "iu" or array.dtype == np.uint64:
        raise TypeError(f"column `{name}` is {array.dtype}: money is whole fen in int64")
    return np.broadcast_to(array.astype(np.int64, copy=False), (n,))


def _amounts(columns: Mapping[str, Any], n: int) -> tuple[list[Array], Array]:
    """Return the four amounts, and a status column with AMOUNTS_DISAGREE where they must not be."""
    amounts = {
        name: _fen(columns[f"{name}_fen"], f"{name}_fen", n)
        if f"{name}_fen" in columns
        else _constant(0, n, np.int64)
        for name in FOUR_AMOUNTS
    }
    status = _constant(Status.OK, n)
    if "total_fen" in columns:
        total = _fen(columns["total_fen"], "total_fen", n)
        with np.errstate(over="ignore"):
            rest = total - sum(amounts.values())
        if "full_self_pay_fen" not in columns:
            amounts["full_self_pay"] = np.maximum(rest, 0)
            wrong = rest < 0
        else:
            wrong = rest != 0
        status = np.where(wrong, np.uint8(Status.AMOUNTS_DISAGREE), np.uint8(0))
    return list(amounts.values()), status


def _person(column: Any, n: int) -> Array:
    array = np.asarray(column)
    if array.dtype.kind == "U" or array.dtype in (np.int64, np.int32):
        return np.broadcast_to(array, (n,))
    if array.dtype.kind in "iu" and array.dtype != np.uint64:
        return np.broadcast_to(array.astype(np.int64), (n,))
    if array.dtype.kind == "O" and all(isinstance(who, str) for who in array.flat):
        return np.broadcast_to(array.astype(str), (n,))
    raise TypeError(f"column `person` is {array.dtype}: expected integers or text")


def _dates(column: Any, n: int) -> Array:
    array = np.asarray(column)
    if array.dtype.kind in "UO":
        try:
            array = array.astype("datetime64[D]")
        except ValueError as error:
            raise ValueError(f"column `date`: {error}; expected dates such as 2025-03-01") from None
    if array.dtype.kind == "M":
        days = array.astype("datetime64[D]").view(np.int64)
        if np.isnat(array).any():
            raise ValueError(f"column `date` has no date in row {int(np.isnat(array).argmax())}")
        return np.broadcast_to(days.astype(np.int32), (n,))
    if array.dtype.kind in "iu":
        return np.broadcast_to(array.astype(np.int32, copy=False), (n,))
    raise TypeError(
        f"column `date` is {array.dtype}: expected datetime64, text YYYY-MM-DD, "
        "or int32 days since 1970-01-01"
    )


def _codes(column: Any, values: list[str | None], name: str, n: int) -> Array:
    """Return a column of names or codes as uint8 codes; what is unknown becomes UNKNOWN_CODE."""
    array = np.asarray(column)
    if array.dtype.kind in "iu":
        if array.dtype != np.uint8:
            array = np.where((array >= 0) & (array < len(values)), array, UNKNOWN_CODE)
        return np.broadcast_to(array.astype(np.uint8, copy=False), (n,))
    if array.dtype.kind in "UO":
        known = {value: code for code, value in enumerate(values)}
        known.update({"": known.get(None, UNKNOWN_CODE), None: known.get(None, UNKNOWN_CODE)})
        if array.ndim == 0:
            return _constant(known.get(array.item(), UNKNOWN_CODE), n)
        names, positions = np.unique(array.astype(str), return_inverse=True)
        codes = np.array([known.get(str(value), UNKNOWN_CODE) for value in names], np.uint8)
        return codes[positions]
    raise TypeError(f"column `{name}` is {array.dtype}: expected names or their uint8 codes")


def _ages(column: Any, n: int) -> Array:
    array = np.asarray(column)
    if array.dtype.kind not in "iu":
        raise TypeError(f"column `age` is {array.dtype}: expected whole years, or 255 unstated")
    known = ((array >= 0) & (array <= AGE_MAX)) | (array == AGE_UNSTATED)
    return np.broadcast_to(np.where(known, array, UNKNOWN_CODE).astype(np.uint8), (n,))
