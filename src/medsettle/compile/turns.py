"""A layer's turn for one kind of claim: its row of numbers, and the counters it reads and moves."""

from __future__ import annotations

import msgspec

from medsettle.compile.schedule import Row, ceilings_in, row_in
from medsettle.policy.cell import Cell, NoFigureError
from medsettle.policy.document import Ceiling, Layer
from medsettle.vocabulary import BED_DAY


class Limit(msgspec.Struct, frozen=True):
    """A ceiling that exists for a kind of claim; `counter` is "" per visit and per bed day."""

    on: str  # "cost", "pay" or "balance"
    counter: str
    per_day: bool


class Variant(msgspec.Struct, frozen=True):
    """A layer with the counters that it has for a kind of claim; "" is none."""

    visits: str
    used: str
    measured: str
    cap: str
    waived: str
    ceilings: tuple[Limit, ...]  # those on cost first

    @property
    def pays_within(self) -> bool:
        """Whether some ceiling limits what is paid."""
        return any(ceiling.on != "cost" for ceiling in self.ceilings)

    @property
    def needs_days(self) -> bool:
        """Whether some ceiling is so much for each day of the visit."""
        return any(ceiling.per_day for ceiling in self.ceilings)


class Turn(msgspec.Struct, frozen=True):
    """What a layer does for one kind of claim."""

    variant: Variant
    row: Row


def turn_in(layer: Layer, cell: Cell, waiver_each: str = "") -> Turn:
    """Return the turn of `layer` in `cell`; raise NoFigureError where a figure is missing.

    `waiver_each` is the axis by which the counter of its waiver is kept apart.
    """
    return Turn(_variant(layer, cell, waiver_each), row_in(layer, cell))


def _variant(layer: Layer, cell: Cell, waiver_each: str) -> Variant:
    visits = used = cap = waived = ""
    deductible = layer.deductible
    if deductible is not None:
        if deductible.counts_visits:
            visits = _kept_apart(deductible.visits, deductible.visits_each, cell)
        if deductible.per != "visit":
            used = _kept_apart(deductible.used, deductible.used_each, cell)
        if deductible.cap is not None:
            cap = _kept_apart(deductible.cap.used, deductible.cap.each, cell)
        if deductible.waived_after:
            waived = _kept_apart(deductible.waived_after, waiver_each, cell)
    measured = ""
    if layer.bands_per != "visit":
        measured = _kept_apart(layer.measured, layer.measured_each, cell)
    limits = tuple(_limit(ceiling, cell) for ceiling in ceilings_in(layer, cell))
    return Variant(visits, used, measured, cap, waived, limits)


def _limit(ceiling: Ceiling, cell: Cell) -> Limit:
    counted = ceiling.on == "balance" or ceiling.per not in ("visit", BED_DAY)
    counter = _kept_apart(ceiling.used, ceiling.each, cell) if counted else ""
    return Limit(ceiling.on, counter, ceiling.on != "balance" and ceiling.per == BED_DAY)


def _kept_apart(name: str, each: str, cell: Cell) -> str:
    """Return the counter of the cell's value, `NAME@VALUE`, where counters are kept apart."""
    if not each:
        return name
    value = cell.get(each)
    if value is None:
        raise NoFigureError
    return f"{name}@{value}"
