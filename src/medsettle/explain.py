"""The slip as text: what every layer did and why, in Chinese or English.

Nothing is computed anew: amounts come from the settlement's own steps, bands and ceilings from the
compiled table, and what the counters were before each layer by undoing the moves of the claim.
The slip never shows who the claim belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from medsettle.compile.decompile import (
    Decompiled,
    LayerTable,
    ProgramTable,
    RowTable,
    UseTable,
    decompile,
)
from medsettle.compile.listing import clause_text, clauses_text, share_text
from medsettle.compile.meta import AdjustMeta, LayerMeta
from medsettle.model import Step
from medsettle.money import FEN_PER_YUAN, PPM, half_up, yuan_text
from medsettle.slip_words import WORDS, Words
from medsettle.text import Line, aligned
from medsettle.vocabulary import AGE, FOUR_AMOUNTS, REMAINDERS

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: Fractions of a fen are shown to so many decimals of a yuan.
DECIMALS_SHOWN = 4
_HEAD_AXES = ("assistance", "supplement", "place")


class LayerRun(msgspec.Struct, frozen=True):
    """One layer's turn on a claim: its step, its rule, and the counters as it found them."""

    number: int  # from 1, in order of the slip
    step: Step
    layer: LayerTable
    use: UseTable
    row: RowTable
    before: Mapping[str, int]
    ran: Mapping[str, str]  # every layer that served the claim, and its title


class BandPassed(msgspec.Struct, frozen=True):
    """The stretch of a band that the cost lies in, in fen, and what the fund's share of it is."""

    start: Fraction
    end: Fraction
    share_ppm: int

    @property
    def pay(self) -> Fraction:
        """The fund's share of the stretch, exact."""
        return (self.end - self.start) * self.share_ppm / PPM


def explain(settlement: Settlement, lang: str = "zh") -> str:
    """Return the slip of a settlement as text; `lang` is "zh" or "en", else ValueError."""
    if lang not in WORDS:
        raise ValueError(f"`lang` must be one of {', '.join(WORDS)}, found {lang!r}")
    return aligned(_Slip(settlement, WORDS[lang]).lines())


def layer_runs(settlement: Settlement) -> list[LayerRun]:
    """Return every layer that served the claim, in order, with its row and counters before it."""
    return _layer_runs(settlement, decompile(settlement.table.image))


def _layer_runs(settlement: Settlement, table: Decompiled) -> list[LayerRun]:
    program = table.programs[settlement.program]
    chain = program.chain_for(settlement.claim)
    assert chain is not None  # it was settled
    steps = settlement.steps
    metas = (table.layers[program.uses[position].layer].meta for position, _ in chain)
    ran = {meta.name: meta.title for meta in metas}
    counters = _counters_of(settlement, program)
    runs: list[LayerRun] = []
    told = zip(steps, chain, strict=True)
    for number, (step, (position, row)) in reversed(list(enumerate(told, start=1))):
        use = program.uses[position]
        layer = table.layers[use.layer]
        for name, move in _moves(step, layer).items():
            counters[name] -= move
        runs.append(LayerRun(number, step, layer, use, table.rows[row], dict(counters), ran))
    return runs[::-1]


def _counters_of(settlement: Settlement, program: ProgramTable) -> dict[str, int]:
    """Return the counters after the claim, its visit not counted yet."""
    names = settlement.table.meta.counters
    counters = dict(zip(names, settlement.counters_after(), strict=True))
    for name in program.visits:
        counters[name] -= 1
    return counters


def _moves(step: Step, layer: LayerTable) -> dict[str, int]:
    """Return by how much a layer moved each of its counters; each moves once for a layer."""
    moves: dict[str, int] = {}
    for ceiling in layer.ceilings:
        if ceiling.counter:
            moves[ceiling.counter] = step.pay if ceiling.on == "pay" else half_up(step.cost)
    if layer.measured:
        moves[layer.measured] = half_up(step.reached if layer.inside_first_band else step.cost)
    if layer.used:
        moves[layer.used] = half_up(step.deductible)
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


def money(fen: Fraction | int) -> str:
    """Return an amount in yuan; a fraction of a fen with more decimals, `≈` where they go on."""
    exact = Fraction(fen)
    if exact.denominator == 1:
        return yuan_text(int(exact))
    unit = 10**DECIMALS_SHOWN
    scaled = exact * unit / FEN_PER_YUAN
    whole = half_up(abs(scaled))
    about = "" if scaled.denominator == 1 else "≈"
    sign = "-" if exact < 0 else ""
    return f"{about}{sign}{whole // unit:,}.{whole % unit:0{DECIMALS_SHOWN}d}"


class _Slip:
    """One settlement being told in one language."""

    def __init__(self, settlement: Settlement, words: Words) -> None:
        self.settlement = settlement
        self.words = words
        self.table = decompile(settlement.table.image)

    def lines(self) -> Iterator[Line]:
        """Yield the whole slip."""
        yield from self._head()
        yield from self._bill()
        for run in _layer_runs(self.settlement, self.table):
            yield from self._layer(run)
        yield from self._payers()
        yield from self._carried()
        yield from self._proof()

    def _head(self) -> Iterator[Line]:
        claim, words = self.settlement.claim, self.words
        stated = [
            words.benefit(claim.benefit),
            words.value("level", claim.level),
            words.value("status", claim.status),
            words.age.format(claim.age) if claim.age is not None else "",
            *(words.value(axis, getattr(claim, axis)) for axis in _HEAD_AXES),
        ]
        yield Line(words.title)
        yield Line(f"{self.settlement.table.name}  {self.table.meta.title}", indent=1)
        told = [claim.date.isoformat(), *filter(None, stated)]
        yield Line(words.comma.join(told), indent=1)
        yield Line("")

    def _bill(self) -> Iterator[Line]:
        claim = self.settlement.claim
        yield Line(self.words.bill)
        for name in FOUR_AMOUNTS:
            fen = getattr(claim, f"{name}_fen")
            yield Line(self.words.kind(name), money(fen), indent=1)
        yield Line(self.words.total, money(claim.total_fen), indent=1)

    def _layer(self, run: LayerRun) -> Iterator[Line]:
        step, words = run.step, self.words
        yield Line("")
        called = dict.fromkeys((words.fund(step.fund), self._called(run, step.layer), step.layer))
        yield Line(f"{run.number}. {'  '.join(called)}")
        base = " + ".join(self._base(run)) or words.nothing
        yield Line(f"{words.base}{words.colon}{base}", money(step.base), indent=1)
        if step.base > 0 or step.pay:
            yield from self._deductible(run)
            yield from self._bands(run)
            yield from self._ceilings(run)
        yield Line(words.pays, money(step.pay), indent=1)
        yield from self._left(run)
        yield from self._clauses(run)

    def _called(self, run: LayerRun, layer: str) -> str:
        return self.words.layer(layer, run.ran[layer])

    def _base(self, run: LayerRun) -> Iterator[str]:
        """Yield what the base is made of; what layers left that did not run is nothing."""
        by_layer: dict[str, list[str]] = {}
        for part in run.use.base:
            owner, _, kind = part.rpartition(".")
            if not owner or owner in run.ran:
                by_layer.setdefault(owner, []).append(kind)
        for owner, kinds in by_layer.items():
            is_rest = set(kinds) == set(REMAINDERS)
            told = self.words.rest if is_rest else " + ".join(map(self.words.kind, kinds))
            yield f"{self._called(run, owner)} {told}" if owner else told

    def _deductible(self, run: LayerRun) -> Iterator[Line]:
        amounts, layer, words = run.row.deductibles, run.layer, self.words
        if not amounts:
            return
        ordinal = run.before[layer.visits] if layer.visits else 0
        said = [words.visit.format(ordinal + 1)] if layer.visits else []
        said.append(money(amounts[min(ordinal, len(amounts) - 1)]))
        if layer.used:
            said.append(words.used.format(money(run.before[layer.used])))
        if layer.inside_first_band:
            said.append(words.inside)
        label = f"{words.deductible}{words.colon}{words.comma.join(said)}"
        yield Line(label, money(run.step.deductible), indent=1)

    def _bands(self, run: LayerRun) -> Iterator[Line]:
        passed, words, measured = bands_passed(run), self.words, run.layer.measured
        if not passed:
            return
        so_far = words.comma + words.used.format(money(run.before[measured])) if measured else ""
        yield Line(f"{words.bands}{so_far}", indent=1)
        for band in passed:
            span = words.span.format(money(band.start), money(band.end))
            product = f"{money(band.end - band.start)} × {share_text(band.share_ppm)}"
            yield Line(f"{span}{words.colon}{product}", money(band.pay), indent=2)
        topped = [self._called(run, name) for name in run.use.tops_up if name in run.ran]
        if topped:
            yield Line(words.topped.format(words.comma.join(topped)), indent=2)

    def _ceilings(self, run: LayerRun) -> Iterator[Line]:
        words = self.words
        for ceiling, limit in zip(run.layer.ceilings, run.row.limits, strict=False):
            counter = ceiling.counter
            used = run.before[counter] if counter else 0
            window = words.window(self.table.windows[counter] if counter else "visit")
            said = words.ceiling.format(window, words.limits(ceiling.on), money(limit))
            if counter:
                said += words.comma + words.used.format(money(used))
            room = max(limit - used, 0)
            yield Line(said + words.comma + words.room, money(room), indent=1)
            if _is_reached(run.step, ceiling.on, room):
                yield Line(words.reached.format(money(run.step.reached)), indent=2)

    def _left(self, run: LayerRun) -> Iterator[Line]:
        step, words = run.step, self.words
        if step.person_share and step.person_share != step.copay:
            yield Line(words.person_share, money(step.person_share), indent=1)
        for name in ("copay", "over_ceiling"):
            fen = getattr(step, name)
            if fen:
                yield Line(words.left.format(words.kind(name)), money(fen), indent=1)
        takers = [self._called(run, name) for name in run.use.hands_over_to if name in run.ran]
        if step.over_ceiling and takers:
            yield Line(words.hands_over.format(takers[0]), indent=2)

    def _clauses(self, run: LayerRun) -> Iterator[Line]:
        meta, words = run.layer.meta, self.words
        known = words.in_brackets.format(words.provenance(meta.provenance))
        told = clauses_text(self.table.meta, meta.cite)
        yield Line(f"{words.clauses}{words.colon}{told}{known}", indent=1)
        for adjust in self.settlement.adjusts(meta):
            yield Line(self._adjusted(adjust, meta), indent=1)

    def _adjusted(self, adjust: AdjustMeta, layer: LayerMeta) -> str:
        """Return an adjustment in words; its document is left out where it is the layer's only."""
        claim, words = self.settlement.claim, self.words
        values = (
            words.age.format(claim.age) if axis == AGE else words.named(axis, getattr(claim, axis))
            for axis in adjust.when
        )
        whom = words.meets.join(values)
        is_sum = adjust.change in ("add_points", "deductible_plus")
        sign = "+" if is_sum and not adjust.value.startswith("-") else ""
        source, _, clause = adjust.cite.partition("#")
        is_known = clause and {cite.partition("#")[0] for cite in layer.cite} == {source}
        return words.adjusted.format(
            f"{whom}{words.comma}" if whom else "",
            words.changes[adjust.change].format(sign + adjust.value),
            clause if is_known else clause_text(self.table.meta, adjust.cite),
        )

    def _payers(self) -> Iterator[Line]:
        words = self.words
        yield Line("")
        yield Line(words.payers)
        for fund, fen in self.settlement.funds_fen.items():
            if fen:
                yield Line(words.fund(fund), money(fen), indent=1)
        yield Line(words.cash, money(self.settlement.cash_fen), indent=1)
        yield Line(words.total, money(self.settlement.claim.total_fen), indent=1)

    def _carried(self) -> Iterator[Line]:
        words = self.words
        visits = {name for program in self.table.programs for name in program.visits}
        yield Line("")
        yield Line(words.carried)
        counters = self.settlement.ytd.counters
        for name, value in counters.items():
            window = words.in_brackets.format(words.window(self.table.windows[name]))
            yield Line(f"{name}{window}", str(value) if name in visits else money(value), indent=1)
        if not counters:
            yield Line(words.nothing, indent=1)

    def _proof(self) -> Iterator[Line]:
        receipt, words = self.settlement.receipt, self.words
        yield Line("")
        yield Line(words.weakest.format(words.provenance(receipt.provenance)))
        yield Line(words.fingerprint.format(receipt.fingerprint))


def _is_reached(step: Step, on: str, room: int) -> bool:
    """Tell whether a ceiling with this room is the one that stopped the layer."""
    if on == "pay":
        return step.cut and step.pay == room
    return step.over_ceiling > 0 and step.cost == room
