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
from medsettle.model import Step
from medsettle.money import FEN_PER_YUAN, PPM, half_up, yuan_text
from medsettle.slip_words import WORDS, Words
from medsettle.text import Line, aligned
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: Fractions of a fen are shown to so many decimals of a yuan, then `…`.
DECIMALS_SHOWN = 4


class LayerRun(msgspec.Struct, frozen=True):
    """One layer's turn on a claim: its step, its rule, and the counters as it found them."""

    number: int  # from 1, in order of the slip
    step: Step
    layer: LayerTable
    use: UseTable
    row: RowTable
    before: Mapping[str, int]
    ran: frozenset[str]  # every layer that served the claim


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
    words = WORDS[lang]
    lines = [*_head(settlement, words), *_amounts(settlement, words)]
    for run in layer_runs(settlement):
        lines += _layer(settlement, run, words)
    lines += [*_payers(settlement, words), *_carried(settlement, words)]
    lines += _proof(settlement, words)
    return aligned(lines)


def layer_runs(settlement: Settlement) -> list[LayerRun]:
    """Return every layer that served the claim, in order, with its row and counters before it."""
    table = decompile(settlement.table.image)
    program = table.programs[settlement.program]
    chain = program.chain_for(settlement.claim)
    assert chain is not None  # it was settled
    steps = settlement.steps
    ran = frozenset(step.layer for step in steps)
    counters = _counters_of(settlement, program)
    runs: list[LayerRun] = []
    told = zip(steps, chain, strict=True)
    for number, (step, (position, row)) in reversed(list(enumerate(told, start=1))):
        use = program.uses[position]
        layer = table.layers[use.layer]
        for name, move in _moves(step, layer).items():
            counters[name] -= move
        runs.append(
            LayerRun(number, step, layer, use, table.rows[row], dict(counters), ran)
        )
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
    """Return an amount in yuan; a fraction of a fen with more decimals, `…` where it goes on."""
    exact = Fraction(fen)
    if exact.denominator == 1:
        return yuan_text(int(exact))
    unit = 10**DECIMALS_SHOWN
    scaled = exact * unit / FEN_PER_YUAN
    whole = abs(scaled.numerator) // scaled.denominator
    sign = "-" if exact < 0 else ""
    goes_on = "" if scaled.denominator == 1 else "…"
    return f"{sign}{whole // unit:,}.{whole % unit:0{DECIMALS_SHOWN}d}{goes_on}"


def _head(settlement: Settlement, words: Words) -> Iterator[Line]:
    claim, meta = settlement.claim, settlement.table.meta
    stated = [
        words.value("level", claim.level),
        words.value("status", claim.status),
        words.age.format(age=claim.age) if claim.age is not None else "",
        *(words.value(axis, getattr(claim, axis)) for axis in ("assistance", "supplement")),
        words.value("place", claim.place),
    ]
    yield Line(words.title)
    yield Line(f"{settlement.table.name}  {meta.title}", indent=1)
    told = [claim.date.isoformat(), words.benefit(claim.benefit), *filter(None, stated)]
    yield Line(words.comma.join(told), indent=1)
    yield Line("")


def _amounts(settlement: Settlement, words: Words) -> Iterator[Line]:
    yield Line(words.bill)
    for name in FOUR_AMOUNTS:
        fen = getattr(settlement.claim, f"{name}_fen")
        yield Line(words.part(name), money(fen), indent=1)
    yield Line(words.total, money(settlement.claim.total_fen), indent=1)


def _layer(settlement: Settlement, run: LayerRun, words: Words) -> Iterator[Line]:
    yield Line("")
    yield Line(f"{run.number}. {words.fund(run.step.fund)}  {run.step.layer}")
    base = " + ".join(map(words.part, run.use.base)) or words.nothing
    yield Line(f"{words.base}{words.colon}{base}", money(run.step.base), indent=1)
    if run.step.base > 0 or run.step.pay:
        yield from _deductible(run, words)
        yield from _bands(run, words)
        yield from _ceilings(settlement, run, words)
    yield Line(words.pays, money(run.step.pay), indent=1)
    yield from _left(run, words)
    yield from _clauses(decompiled_meta(settlement), run, words)


def decompiled_meta(settlement: Settlement) -> Decompiled:
    """Return the table behind a settlement, decompiled."""
    return decompile(settlement.table.image)


def _deductible(run: LayerRun, words: Words) -> Iterator[Line]:
    amounts, layer = run.row.deductibles, run.layer
    if not amounts:
        return
    said = []
    if layer.visits:
        ordinal = run.before[layer.visits]
        amount = amounts[min(ordinal, len(amounts) - 1)]
        said.append(words.visit.format(n=ordinal + 1))
    else:
        amount = amounts[0]
    said.append(money(amount))
    if layer.used:
        said.append(words.used.format(amount=money(run.before[layer.used])))
    if layer.inside_first_band:
        said.append(words.inside)
    label = f"{words.deductible}{words.colon}{words.comma.join(said)}"
    yield Line(label, money(run.step.deductible), indent=1)


def _bands(run: LayerRun, words: Words) -> Iterator[Line]:
    if not run.step.cost:
        return
    measured = run.layer.measured
    since = words.measured.format(amount=money(run.before[measured])) if measured else ""
    yield Line(f"{words.bands}{since}", indent=1)
    for band in bands_passed(run):
        span = words.span.format(start=money(band.start), end=money(band.end))
        product = f"{money(band.end - band.start)} × {share_text(band.share_ppm)}"
        yield Line(f"{span}{words.colon}{product}", money(band.pay), indent=2)
    if run.use.tops_up:
        topped = words.comma.join(name for name in run.use.tops_up if name in run.ran)
        yield Line(words.topped.format(layers=topped), indent=2)


def _ceilings(settlement: Settlement, run: LayerRun, words: Words) -> Iterator[Line]:
    windows = decompiled_meta(settlement).windows
    for ceiling, limit in zip(run.layer.ceilings, run.row.limits, strict=False):
        used = run.before[ceiling.counter] if ceiling.counter else 0
        window = windows[ceiling.counter] if ceiling.counter else "visit"
        room = max(limit - used, 0)
        said = words.ceiling.format(
            window=words.window(window), on=words.on(ceiling.on), limit=money(limit)
        )
        if ceiling.counter:
            said += words.comma + words.used.format(amount=money(used))
        yield Line(said + words.comma + words.room, money(room), indent=1)
        if _is_reached(run.step, ceiling.on, room):
            yield Line(words.reached.format(amount=money(run.step.reached)), indent=2)


def _is_reached(step: Step, on: str, room: int) -> bool:
    """Tell whether a ceiling with this room is the one that stopped the layer."""
    if on == "pay":
        return step.cut and step.pay == room
    return step.over_ceiling > 0 and step.cost == room


def _left(run: LayerRun, words: Words) -> Iterator[Line]:
    step = run.step
    if step.person_share and step.person_share != step.copay:
        yield Line(words.person_share, money(step.person_share), indent=1)
    left = {"copay": step.copay, "over_ceiling": step.over_ceiling}
    for name, fen in left.items():
        if fen:
            yield Line(words.left.format(part=words.part(name)), money(fen), indent=1)
    takers = [name for name in run.use.hands_over_to if name in run.ran]
    if step.over_ceiling and takers:
        yield Line(words.hands_over.format(layers=words.comma.join(takers)), indent=2)


def _clauses(table: Decompiled, run: LayerRun, words: Words) -> Iterator[Line]:
    meta = run.layer.meta
    provenance = words.provenance(meta.provenance)
    yield Line(
        f"{words.clauses}{words.colon}{clauses_text(table.meta, meta)}"
        f"{words.in_brackets.format(provenance)}",
        indent=1,
    )
    others = dict.fromkeys(cite for _, cite in meta.adjust_cites if cite not in meta.cite)
    if others:
        said = words.comma.join(clause_text(table.meta, cite) for cite in others)
        yield Line(f"{words.adjusted}{words.colon}{said}", indent=1)


def _payers(settlement: Settlement, words: Words) -> Iterator[Line]:
    yield Line("")
    yield Line(words.payers)
    for fund, fen in settlement.funds_fen.items():
        if fen:
            yield Line(words.fund(fund), money(fen), indent=1)
    yield Line(words.cash, money(settlement.cash_fen), indent=1)
    yield Line(words.total, money(settlement.claim.total_fen), indent=1)


def _carried(settlement: Settlement, words: Words) -> Iterator[Line]:
    counters = settlement.ytd.counters
    windows = decompiled_meta(settlement).windows
    yield Line("")
    yield Line(words.carried)
    for name, value in counters.items():
        is_visits = any(name in program.visits for program in decompiled_meta(settlement).programs)
        shown = str(value) if is_visits else money(value)
        label = f"{name}{words.in_brackets.format(words.window(windows[name]))}"
        yield Line(label, shown, indent=1)
    if not counters:
        yield Line(words.nothing, indent=1)


def _proof(settlement: Settlement, words: Words) -> Iterator[Line]:
    receipt = settlement.receipt
    yield Line("")
    yield Line(words.weakest.format(words.provenance(receipt.provenance)))
    yield Line(words.fingerprint.format(receipt.fingerprint))
