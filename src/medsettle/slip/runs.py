"""What every layer did with a claim, beside its rule and the counters as it found them.

Nothing is computed anew: steps come from the settlement, rules from the compiled table, and what
the counters were before each layer by undoing the moves of the claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from medsettle.compile.tables import (
    CeilingTable,
    Chain,
    Decompiled,
    LayerTable,
    RowTable,
    UseTable,
)
from medsettle.model import Step
from medsettle.money import FEN_MAX, PPM, half_up

if TYPE_CHECKING:
    from medsettle.settlement import Settlement


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One layer's rule for a kind of claim, and the counters as the layer finds them."""

    number: int  # from 1, in order of the slip
    layer: LayerTable
    use: UseTable
    row: RowTable
    before: Mapping[str, int]
    ran: Mapping[str, str]  # every layer that serves the claim, and its title
    ordinal: int  # visits before this one, as the deductible counts them

    @property
    def amount(self) -> int:
        """The deductible's amount, before what is used, waived or capped of it; 0 without one."""
        amounts = self.row.deductibles
        return amounts[min(self.ordinal, len(amounts) - 1)] if amounts else 0

    @property
    def due(self) -> int:
        """What is still due of the deductible (`due` of `docs/semantics.md`), in fen."""
        layer = self.layer
        if layer.waived_after and self.before[layer.waived_after]:
            return 0
        due = self.amount - (self.before[layer.used] if layer.used else 0)
        if layer.cap:
            due = min(due, self.row.cap - self.before[layer.cap])
        return max(due, 0)

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

    def only_counts(self, number: int) -> bool:
        """Tell whether a ceiling has a counter and no limit."""
        ceiling = self.layer.ceilings[number]
        return ceiling.counter is not None and (
            ceiling.on != "balance" and self.row.limits[number] == FEN_MAX
        )


class LayerRun(Rule, frozen=True, kw_only=True):
    """One layer's turn on a claim: its rule, and the step that the kernel told of it."""

    step: Step
    taken: Fraction  # the deductible as it was taken; the step tells what is left of it

    @property
    def is_empty_account(self) -> bool:
        """Whether the layer pays from a balance that was nothing: it has nothing to tell."""
        return any(
            ceiling.on == "balance" and ceiling.counter and not self.before[ceiling.counter]
            for ceiling in self.layer.ceilings
        )


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
    table = table or settlement.table.decompiled
    chain = chain_of(settlement, table)
    served = _served(settlement, table, chain)
    counters = _counters_of(settlement, chain)
    ran = {layer.meta.name: layer.meta.title for layer, _, _ in served}
    steps = settlement.steps
    paid = {layer.meta.name: step.pay for step, (layer, _, _) in zip(steps, served, strict=True)}
    runs: list[LayerRun] = []
    told = list(zip(steps, served, strict=True))
    for number, (step, (layer, use, row)) in reversed(list(enumerate(told, start=1))):
        ordinal = _ordinal(settlement, layer)
        topped = sum(paid.get(name, 0) for name in use.tops_up)
        taken = _taken(step, layer, row, topped, ordinal)
        for name, move in _moves(step, layer, taken).items():
            counters[name] -= move
        runs.append(
            LayerRun(
                number=number,
                step=step,
                taken=taken,
                layer=layer,
                use=use,
                row=row,
                before=dict(counters),
                ran=ran,
                ordinal=ordinal,
            )
        )
    return runs[::-1]


def next_rules(settlement: Settlement, table: Decompiled | None = None) -> list[Rule]:
    """Return the layers that a next visit of the same kind, on the same day, will meet.

    Their counters are those that this visit will find: no window of the calendar has turned, and
    the stays, and the periods within a stay, have begun again.
    """
    table = table or settlement.table.decompiled
    served = _served(settlement, table, chain_of(settlement, table))
    after = counters_after(settlement)
    before = dict(after)
    for episode in table.programs[settlement.program].episodes:
        if episode.start is None or episode.within_stay:
            before |= dict.fromkeys(episode.counters, 0)
        if episode.start is not None and episode.within_stay:
            before[episode.start] = settlement.claim.date.toordinal()
    ran = {layer.meta.name: layer.meta.title for layer, _, _ in served}
    return [
        Rule(
            number=number,
            layer=layer,
            use=use,
            row=row,
            before=before,
            ran=ran,
            ordinal=after[layer.visits] if layer.visits else 0,
        )
        for number, (layer, use, row) in enumerate(served, start=1)
    ]


def chain_of(settlement: Settlement, table: Decompiled) -> Chain:
    """Return the chain that a settled claim ran."""
    chain = table.chain_for(table.programs[settlement.program], settlement.claim)
    assert chain is not None  # it was settled
    return chain


def _served(
    settlement: Settlement, table: Decompiled, chain: Chain
) -> list[tuple[LayerTable, UseTable, RowTable]]:
    """Return the layers of a chain in order, each with its place and its row of numbers."""
    uses = table.programs[settlement.program].uses
    return [(table.layers[uses[use].layer], uses[use], table.rows[row]) for use, row in chain.links]


def counters_after(settlement: Settlement) -> dict[str, int]:
    """Return every counter of the table after the claim, by name."""
    names = settlement.table.meta.counters
    return dict(zip(names, settlement.counters_after(), strict=True))


def _ordinal(settlement: Settlement, layer: LayerTable) -> int:
    """Return how many visits count before this one.

    A claim that continues a stay counts as the visit that it continues, so whether it moved the
    counter or not, the visits afterwards are one more.
    """
    return max(counters_after(settlement)[layer.visits] - 1, 0) if layer.visits else 0


def _counters_of(settlement: Settlement, chain: Chain) -> dict[str, int]:
    """Return the counters after the claim, its visit not counted yet."""
    counters = counters_after(settlement)
    if not settlement.claim.continues:
        for name in chain.visits:
            counters[name] -= 1
    return counters


def _taken(step: Step, layer: LayerTable, row: RowTable, topped: int, ordinal: int) -> Fraction:
    """Return what a layer took as its deductible, as its counters count it.

    The step tells the part that is left of it, which is less where the layer tops up others that
    paid into it.  Where the cost was cut and the deductible is counted too, that is all there is.
    """
    if not row.deductibles:
        return step.deductible
    given = max(step.base, Fraction(0)) - step.first_share + topped
    if not step.cut and all(ceiling.on != "cost" for ceiling in layer.ceilings):
        return given - step.cost  # nothing but the deductible lies between them
    if layer.used or layer.cap or layer.waived_after:
        return step.deductible
    return min(given, Fraction(row.deductibles[min(ordinal, len(row.deductibles) - 1)]))


def _moves(step: Step, layer: LayerTable, taken: Fraction) -> dict[str, int]:
    """Return by how much a layer moved each of its counters; each moves once for a layer."""
    by = {"pay": step.pay, "cost": half_up(step.cost), "balance": -step.pay}
    moves = {
        ceiling.counter: by[ceiling.on] for ceiling in layer.ceilings if ceiling.counter is not None
    }
    if layer.measured:
        moves[layer.measured] = half_up(taken + step.cost if layer.inside_first_band else step.cost)
    for name in filter(None, (layer.used, layer.cap)):
        moves[name] = half_up(taken)
    return moves


def bands_passed(run: LayerRun) -> list[BandPassed]:
    """Return the stretches of the layer's bands that its cost went through, in order."""
    start = Fraction(run.before[run.layer.measured] if run.layer.measured else 0)
    if run.layer.inside_first_band:
        start += run.taken
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
