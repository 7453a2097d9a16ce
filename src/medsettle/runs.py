"""What every layer did with a claim, beside its rule and the counters as it found them.

Nothing is computed anew: steps come from the settlement, rules from the compiled table, and what
the counters were before each layer by undoing the moves of the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from medsettle.compile.decompile import decompile
from medsettle.compile.tables import (
    CeilingTable,
    Chain,
    Decompiled,
    LayerTable,
    RowTable,
    UseTable,
)
from medsettle.model import Step
from medsettle.money import PPM, half_up

if TYPE_CHECKING:
    from medsettle.settlement import Settlement


class LayerRun(msgspec.Struct, frozen=True):
    """One layer's turn on a claim: its step, its rule, and the counters as it found them."""

    number: int  # from 1, in order of the slip
    step: Step
    layer: LayerTable
    use: UseTable
    row: RowTable
    before: Mapping[str, int]
    ran: Mapping[str, str]  # every layer that served the claim, and its title
    ordinal: int  # visits before this one, as the deductible counts them

    @property
    def amount(self) -> int:
        """The deductible's amount, before what is used, waived or capped of it."""
        amounts = self.row.deductibles
        return amounts[min(self.ordinal, len(amounts) - 1)]

    def limit(self, number: int, days: int | None) -> int:
        """Return the limit of a ceiling, in fen, over all days where it is so much for each."""
        ceiling = self.layer.ceilings[number]
        if ceiling.on == "balance" and ceiling.counter:
            return self.before[ceiling.counter]
        limit = self.row.limits[number]
        return limit * (days or 0) if ceiling.per_day else limit

    def used(self, ceiling: CeilingTable) -> int:
        """Return what a ceiling's counter had before; 0 where none counts, and for a balance."""
        if ceiling.counter is None or ceiling.on == "balance":
            return 0
        return self.before[ceiling.counter]


class BandPassed(msgspec.Struct, frozen=True):
    """The stretch of a band that the cost lies in, in fen, and what the fund's share of it is."""

    start: Fraction
    end: Fraction
    share_ppm: int

    @property
    def pay(self) -> Fraction:
        """The fund's share of the stretch, exact."""
        return (self.end - self.start) * self.share_ppm / PPM


def layer_runs(settlement: Settlement, table: Decompiled | None = None) -> list[LayerRun]:
    """Return every layer that served the claim, in order, with its row and counters before it."""
    table = table or decompile(settlement.table.image)
    program = table.programs[settlement.program]
    chain = table.chain_for(program, settlement.claim)
    assert chain is not None  # it was settled
    uses = [program.uses[use] for use, _ in chain.links]
    layers = [table.layers[use.layer] for use in uses]
    rows = [table.rows[row] for _, row in chain.links]
    ran = {layer.meta.name: layer.meta.title for layer in layers}
    counters = _counters_of(settlement, chain)
    runs: list[LayerRun] = []
    told = list(zip(settlement.steps, layers, uses, rows, strict=True))
    for number, (step, layer, use, row) in reversed(list(enumerate(told, start=1))):
        for name, move in _moves(step, layer).items():
            counters[name] -= move
        ordinal = _ordinal(settlement, layer)
        runs.append(LayerRun(number, step, layer, use, row, dict(counters), ran, ordinal))
    return runs[::-1]


def _after(settlement: Settlement) -> dict[str, int]:
    names = settlement.table.meta.counters
    return dict(zip(names, settlement.counters_after(), strict=True))


def _ordinal(settlement: Settlement, layer: LayerTable) -> int:
    """Return how many visits count before this one.

    A claim that continues a stay counts as the visit that it continues, so whether it moved the
    counter or not, the visits afterwards are one more.
    """
    return max(_after(settlement)[layer.visits] - 1, 0) if layer.visits else 0


def _counters_of(settlement: Settlement, chain: Chain) -> dict[str, int]:
    """Return the counters after the claim, its visit not counted yet."""
    counters = _after(settlement)
    if not settlement.claim.continues:
        for name in chain.visits:
            counters[name] -= 1
    return counters


def _moves(step: Step, layer: LayerTable) -> dict[str, int]:
    """Return by how much a layer moved each of its counters; each moves once for a layer."""
    by = {"pay": step.pay, "cost": half_up(step.cost), "balance": -step.pay}
    moves = {
        ceiling.counter: by[ceiling.on] for ceiling in layer.ceilings if ceiling.counter is not None
    }
    if layer.measured:
        moves[layer.measured] = half_up(step.reached if layer.inside_first_band else step.cost)
    for name in filter(None, (layer.used, layer.cap)):
        moves[name] = half_up(step.deductible)
    return moves


def bands_passed(run: LayerRun) -> list[BandPassed]:
    """Return the stretches of the layer's bands that its cost went through, in order."""
    start = Fraction(run.before[run.layer.measured] if run.layer.measured else 0)
    if run.layer.inside_first_band:
        start += run.step.deductible
    end = start + run.step.cost
    stretches = (
        BandPassed(
            max(start, Fraction(band.at)),
            end if band.upto is None else min(end, Fraction(band.upto)),
            band.share_ppm,
        )
        for band in run.row.bands
    )
    return [stretch for stretch in stretches if stretch.end > stretch.start]


def is_reached(step: Step, on: str, room: int) -> bool:
    """Tell whether a ceiling with this room is the one that stopped the layer."""
    if on == "cost":
        return step.over_ceiling > 0 and step.cost == room
    return step.cut and step.pay == room
