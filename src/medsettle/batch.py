"""Settling many claims: columns in, columns out, one person after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from medsettle._core.engine import Stream
from medsettle.columns import (
    Array,
    Visits,
    amounts_of,
    axis_codes,
    codes,
    dates,
    items_of,
    length_of,
    numbers_of,
    persons,
    unmasked,
    visits_of,
)
from medsettle.names import Names
from medsettle.persons import Persons
from medsettle.refusal import Status
from medsettle.vocabulary import AXES, NUMBERS

if TYPE_CHECKING:
    from medsettle.bill.batch import Bills
    from medsettle.bill.catalogue import Catalogue
    from medsettle.table import BenefitTable

#: The columns a batch may have, money in fen; item groups, `item_<group>_fen`, go by the table.
REQUIRED: Final = ("person", "date", "benefit", "in_scope_fen")
OPTIONAL: Final = (
    "full_self_pay_fen", "over_limit_fen", "first_step_fen", "total_fen", *AXES, *NUMBERS,
    "admitted", "discharged", "days", "continues", "id",
)  # fmt: skip


class Rows(NamedTuple):
    """A block of claims as the kernel takes them, but for the persons."""

    date: Array
    benefit: Array
    codes: list[Array]
    amounts: list[Array]
    items: list[Array]
    visits: Visits
    status: Array  # what was found while reading
    unknown: Array | None  # rows with a code or a name that an axis does not have
    disagree: Array | None  # rows whose item groups cannot be
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

    def settle_bills(
        self,
        catalogue: Catalogue,
        claims: Any,
        lines: Any,
        insured: Any = None,
    ) -> Bills:
        """Split and settle the next block of bills; see `BenefitTable.settle_bills`."""
        if isinstance(claims, Mapping) and isinstance(lines, Mapping):
            from medsettle.bill.batch import settle_bills

            return settle_bills(self, catalogue, claims, lines, insured)
        from medsettle.bill.arrow_lines import settle_arrow_bills

        return settle_arrow_bills(self, catalogue, claims, lines, insured)

    def settle_columns(
        self,
        columns: Mapping[str, Any],
        out: MutableMapping[str, Array] | None = None,
        given: Array | None = None,
    ) -> MutableMapping[str, Array]:
        """Settle a dict of NumPy arrays or scalars.

        `given` is a uint8 column of statuses; a row where it is not 0 is refused with it, unless
        its amounts disagree.
        """
        check_names(columns, self.table.names)
        arrays = {name: unmasked(name, column) for name, column in columns.items()}
        n = length_of(arrays)
        person = persons(arrays["person"], n)
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
        names = self.table.names
        amounts, status = amounts_of(columns, n)
        items, disagree = items_of(columns, names, amounts, n)
        date = dates(columns["date"], n)
        visits = visits_of(columns, self.table.meta.rule_by, date, n)
        numbers, wrong = numbers_of(columns, n)
        if given is not None:
            status = np.where(status != 0, status, given).astype(np.uint8)
        for rows in (visits.wrong, wrong):
            status = _marked(status, rows, Status.BAD_VALUE)
        if out is not None:
            self._check_out(out, n)
        named, unknown = axis_codes(columns, names, self.table.axes_read, n)
        benefit = codes(columns["benefit"], "benefit", names, n)
        axes = [*named, *numbers]
        return Rows(date, benefit, axes, amounts, items, visits, status, unknown, disagree, out)

    def settle_rows(
        self, numbers: Array, back: Array | None, rows: Rows
    ) -> MutableMapping[str, Array]:
        """Settle rows whose persons `self.persons` has followed: their numbers, who came back."""
        status = _marked(rows.status, back, Status.PERSON_SPLIT)
        status = _marked(status, rows.unknown, Status.UNKNOWN_CODE)
        status = _marked(status, rows.disagree, Status.ITEMS_DISAGREE)
        out = self._outputs(len(numbers)) if rows.out is None else rows.out
        self.refused += self.table.settle_columns(
            self._stream,
            numbers,
            status,
            rows.date,
            rows.benefit,
            rows.codes,
            rows.amounts,
            rows.items,
            rows.visits.rule_date,
            rows.visits.days,
            rows.visits.continues,
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


def _marked(status: Array, wrong: Array | None, why: Status) -> Array:
    """Return `status` with a reason in the rows that are wrong and have none yet."""
    return status if wrong is None else np.where(wrong & (status == 0), np.uint8(why), status)


def check_names(columns: Iterable[str], table: Names) -> None:
    """Raise ValueError for a required column that is missing, or one that is not known."""
    names = set(columns)
    for name in REQUIRED:
        if name not in names:
            raise ValueError(f"column `{name}` is missing; a batch needs {', '.join(REQUIRED)}")
    optional = (*OPTIONAL, *(f"item_{group}_fen" for group in table.groups))
    for name in sorted(names.difference(REQUIRED, optional)):
        raise ValueError(
            f"column `{name}` is not known; optional columns are {', '.join(optional)}"
        )
