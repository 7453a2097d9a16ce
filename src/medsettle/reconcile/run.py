"""`reconcile`: two sides in, every difference with its class out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from medsettle.reconcile.blocks import Progress, Source
from medsettle.reconcile.errors import KeptRejects, Rejects
from medsettle.reconcile.fields import FIELDS, SIDES, Columns, columns_of
from medsettle.reconcile.found import Found, Side
from medsettle.reconcile.given import ColumnsSource, source_of
from medsettle.reconcile.kinds import Kind, kinds_of
from medsettle.reconcile.leftovers import Context, explained
from medsettle.reconcile.match import matched
from medsettle.reconcile.options import Options, Plan, mapping_of, plan_of
from medsettle.reconcile.reading import RowReader
from medsettle.reconcile.result import Reconciliation
from medsettle.reconcile.rows import Groups, Rows
from medsettle.reconcile.streams import NotSortedError, Stream, merged, parted

_DUPLICATE = Kind.DUPLICATE


def reconcile(
    ours: Any,
    theirs: Any,
    *,
    key: str = "setl_id",
    rounding_fen: int = 1,
    cashier: str = "jiao",
    fund_includes_account: str = "neither",
    by: Sequence[str] | None = None,
    from_: dt.date | None = None,
    until: dt.date | None = None,
    columns: Sequence[str] = (),
) -> Reconciliation:
    """Compare the settlements of two sides: totals, and every difference with its class.

    A side is a path (`.csv`, `.txt`, `.zip`, `.parquet`), a mapping of columns, an Arrow table, or
    an iterable of mappings, one for each row.  Columns have the national names, their variants or
    those of this library; `columns` says others, as `"ours:total_funds=pooled+large_amount"`.
    Amounts are yuan (`Decimal` or text), or whole fen in columns whose names end in `_fen`.
    `docs/reconcile.md` defines the classes and the other options, which are those of `Options`.

    Raises ReconcileError for a side or an option with which nothing can be compared, TypeError for
    a side of another type.  A row that is wrong is in `rejects` and in no total.
    """
    options = Options(
        key=key,
        rounding_fen=rounding_fen,
        cashier=cashier,
        fund_includes_account=fund_includes_account,
        by=None if by is None else tuple(by),
        from_=from_,
        until=until,
    )
    sources = (source_of(ours, "ours"), source_of(theirs, "theirs"))
    return compare(sources, options, mapping_of(columns))


def compare(
    sources: tuple[Source, Source],
    options: Options,
    stated: Mapping[str, Mapping[str, Sequence[str]]],
    rejects: Rejects | None = None,
    progress: tuple[Progress, Progress] | None = None,
) -> Reconciliation:
    """Compare two sources; `stated` are the headers that the user gave, by side and field.

    Raises ReconcileError for a side or an option with which nothing can be compared.
    """
    options = options.checked()
    sources = _with_headers(sources)
    columns = [
        columns_of(source.header, stated.get(side, {}), options.key, source.where)
        for side, source in zip(SIDES, sources, strict=True)
    ]
    plan = plan_of(columns[0], columns[1], options)
    used = (_used(columns[0], plan), _used(columns[1], plan))
    rejects = KeptRejects() if rejects is None else rejects
    progress = progress or (_silent, _silent)
    for is_sorted in (True, False):
        run = _Run(sources, used, plan, rejects, progress)
        try:
            return run.result(is_sorted=is_sorted)
        except NotSortedError:
            rejects.clear()
    raise AssertionError("rows in parts need no order")


def _with_headers(sources: tuple[Source, Source]) -> tuple[Source, Source]:
    """Return the sides; one without rows and columns has those of the other."""
    ours, theirs = (
        ColumnsSource(source.where, {name: [] for name in other.header or FIELDS})
        if not source.header and not source.size()
        else source
        for source, other in zip(sources, sources[::-1], strict=True)
    )
    return ours, theirs


def _used(columns: Columns, plan: Plan) -> Columns:
    """Return the columns that the comparison reads."""
    codes = {name: header for name, header in columns.codes.items() if name in plan.by}
    includes = plan.options.fund_includes_account != "neither"
    wanted = (*plan.compared, "account") if includes else plan.compared
    amounts = {name: headers for name, headers in columns.amounts.items() if name in wanted}
    return Columns(columns.ids, codes, columns.time, amounts)


def _silent(_: float) -> None:
    pass


class _Run:
    """One reading of both sides."""

    def __init__(
        self,
        sources: tuple[Source, Source],
        columns: tuple[Columns, Columns],
        plan: Plan,
        rejects: Rejects,
        progress: tuple[Progress, Progress],
    ) -> None:
        self._plan, self._groups, self._rejects = plan, Groups(plan.by), rejects
        self._sources, self._columns = sources, columns
        ours, theirs = (
            Stream(
                sources[side],
                columns[side],
                RowReader(SIDES[side], columns[side], plan, self._groups, rejects),
                progress[side],
            )
            for side in (0, 1)
        )
        self._streams = (ours, theirs)
        self._sides = (Side(), Side())
        self._found: list[Found] = []
        self._left: tuple[list[Rows], list[Rows]] = ([], [])
        for side in (0, 1):
            self._left[side].append(Rows.absent(0, tuple(columns[side].ids)))

    def result(self, *, is_sorted: bool) -> Reconciliation:
        """Read both sides; raise NotSortedError when they are not sorted but should be."""
        portions = merged if is_sorted else parted
        for ours, theirs in portions(self._streams, self._plan.options.key, self._keyless):
            self._compare(ours, theirs)
        left = (Rows.joined(self._left[0]), Rows.joined(self._left[1]))
        context = Context(self._plan, self._groups, self._again)
        self._found += explained(left, context)
        ids = (tuple(self._columns[0].ids), tuple(self._columns[1].ids))
        return Reconciliation(
            plan=self._plan,
            labels=tuple(self._groups.labels),
            sides=self._sides,
            where=(self._sources[0].where, self._sources[1].where),
            rejected=(self._streams[0].reader.rejected, self._streams[1].reader.rejected),
            rejects=tuple(getattr(self._rejects, "kept", ())),
            found=Found.joined(self._found, ids),
        )

    def _keyless(self, side: int, rows: Rows) -> None:
        self._sides[side].add(rows)
        self._left[side].append(rows)

    def _compare(self, ours: Rows, theirs: Rows) -> None:
        """Match a portion; keep what differs and what is left."""
        rows = (ours, theirs)
        for side in (0, 1):
            self._sides[side].add(rows[side])
        match = matched(ours, theirs, self._plan.options.key)
        kind = kinds_of(
            one := ours.take(match.pairs[0]),
            other := theirs.take(match.pairs[1]),
            self._plan,
            self._groups,
            by_second=False,
        )
        if (differs := np.flatnonzero(kind)).size:
            pairs = (one.take(differs), other.take(differs))
            self._found.append(Found.pairs(kind[differs], *pairs, by_second=False))
        for side in (0, 1):
            if len(match.alone[side]):
                self._left[side].append(rows[side].take(match.alone[side]))
            surplus = rows[side].take(match.surplus[side])
            surplus = surplus.take(surplus.inside)
            if len(surplus):
                others = tuple(rows[1 - side].ids)
                self._found.append(Found.alone(_DUPLICATE, surplus, side, others))

    def _again(self) -> Iterable[Rows]:
        return self._read_again()

    def _read_again(self) -> Iterator[Rows]:
        """Yield the rows of ours once more; what is wrong with them has been told."""
        stream = self._streams[0]
        reader = RowReader(SIDES[0], self._columns[0], self._plan, self._groups, KeptRejects())
        yield from stream._replace(reader=reader, progress=_silent).rows()
