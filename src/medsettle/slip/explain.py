"""The slip as text: what every layer did and why, in Chinese or English.

Nothing is computed anew: `runs.py` says what the layers did.  The slip never shows who the claim
belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from medsettle.compile.decompile import decompile
from medsettle.compile.listing import clause_text, clauses_text, share_text
from medsettle.compile.meta import AdjustMeta, LayerMeta
from medsettle.compile.tables import CeilingTable
from medsettle.money import FEN_MAX, FEN_PER_YUAN, PPM, half_up, yuan_text
from medsettle.names import DAY, counter_kind, counter_text
from medsettle.runs import LayerRun, bands_passed, is_reached, layer_runs
from medsettle.slip_words import WORDS, Words
from medsettle.text import Line, aligned
from medsettle.vocabulary import AGE, AXES, BED_DAY, BILL_SIZE, FOUR_AMOUNTS, NUMBERS, REMAINDERS

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: Fractions of a fen are shown to so many decimals of a yuan.
DECIMALS_SHOWN = 4
_ITEM = "item"


def explain(settlement: Settlement, lang: str = "zh") -> str:
    """Return the slip of a settlement as text; `lang` is "zh" or "en", else ValueError."""
    if lang not in WORDS:
        raise ValueError(f"`lang` must be one of {', '.join(WORDS)}, found {lang!r}")
    return aligned(_Slip(settlement, WORDS[lang]).lines())


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
        self.values = settlement.table.names.values(settlement.claim)
        self.runs = layer_runs(settlement, self.table)
        self.sharing = {run.step.layer for run in self.runs if run.row.first_share_ppm}

    def lines(self) -> Iterator[Line]:
        """Yield the whole slip."""
        yield from self._head()
        yield from self._bill()
        for run in self.runs:
            yield from self._layer(run)
        yield from self._payers()
        yield from self._carried()
        yield from self._proof()

    def _head(self) -> Iterator[Line]:
        claim, words = self.settlement.claim, self.words
        first = ("level", "status", AGE)
        axes = (*first, *(axis for axis in (*AXES, *NUMBERS) if axis not in first))
        stated = [words.benefit(claim.benefit), *(self._stated(axis) for axis in axes)]
        yield Line(words.title)
        yield Line(f"{self.settlement.table.name}  {self.table.meta.title}", indent=1)
        told = [claim.date.isoformat(), *filter(None, stated)]
        yield Line(words.comma.join(told), indent=1)
        if stay := words.comma.join(self._stay()):
            yield Line(stay, indent=1)
        yield Line("")

    def _stated(self, axis: str, *, default: bool = False) -> str:
        """Return what the claim states on an axis; "" for a default, unless that is asked for."""
        if axis in NUMBERS:
            number = getattr(self.settlement.claim, axis)
            return "" if number is None else self.words.numbers[axis].format(number)
        if axis == BILL_SIZE:
            return self.words.numbers[axis].format(money(self.settlement.claim.total_fen))
        own = self.table.meta.values.get(axis, {})
        name = self.words.named if default else self.words.value
        return name(axis, self.values[axis], own)

    def _stay(self) -> Iterator[str]:
        """Yield what the claim tells of the visit, beside its date."""
        claim, words = self.settlement.claim, self.words
        for told, value in (
            (words.admitted, claim.admitted),
            (words.discharged, claim.discharged),
            (words.days, claim.days),
        ):
            if value is not None:
                yield told.format(value)
        if claim.continues:
            yield words.continues
        if self.settlement.table.rule_date(claim) != claim.date:
            yield words.rule_date.format(self.settlement.table.rule_date(claim))

    def _bill(self) -> Iterator[Line]:
        claim, words = self.settlement.claim, self.words
        yield Line(words.bill)
        for name in FOUR_AMOUNTS:
            yield Line(words.kind(name), money(getattr(claim, f"{name}_fen")), indent=1)
        for group, fen in claim.items.items():
            if fen:
                yield Line(words.of_which.format(self._item(group)), money(fen), indent=2)
        yield Line(words.total, money(claim.total_fen), indent=1)

    def _item(self, group: str) -> str:
        return self.words.item(group, self.table.meta.values.get(_ITEM, {}))

    def _layer(self, run: LayerRun) -> Iterator[Line]:
        step, words = run.step, self.words
        yield Line("")
        called = dict.fromkeys((words.fund(step.fund), self._called(run, step.layer), step.layer))
        yield Line(f"{run.number}. {'  '.join(called)}")
        base = " + ".join(self._base(run)) or words.nothing
        yield Line(f"{words.base}{words.colon}{base}", money(step.base), indent=1)
        if step.base > 0 or step.pay:
            yield from self._first_share(run)
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
            if owner in ("", _ITEM) or owner in run.ran:
                by_layer.setdefault(owner, []).append(kind)
        if "in_scope" in by_layer.get("", ()):
            by_layer.pop(_ITEM, None)  # they are portions of it
        earlier = list(run.ran)[: run.number - 1]
        wholes = [owner for owner in earlier if self._is_rest(owner, by_layer.get(owner, []))]
        if set(by_layer.get("", ())) == set(FOUR_AMOUNTS) and wholes == earlier:
            yield self.words.everything
            return
        for owner, kinds in by_layer.items():
            if owner == _ITEM:
                yield from map(self._item, kinds)
                continue
            named = " + ".join(map(self.words.kind, kinds))
            told = self.words.rest if owner in wholes else named
            yield f"{self._called(run, owner)} {told}" if owner else told

    def _is_rest(self, owner: str, kinds: list[str]) -> bool:
        """Tell whether these are all parts that a layer left."""
        missing = set(REMAINDERS).difference(kinds)
        return not missing or (missing == {"first_share"} and owner not in self.sharing)

    def _first_share(self, run: LayerRun) -> Iterator[Line]:
        words, share = self.words, run.row.first_share_ppm
        if share:
            label = f"{words.kind('first_share')}{words.colon}{share_text(share)}"
            yield Line(label, money(run.step.first_share), indent=1)

    def _deductible(self, run: LayerRun) -> Iterator[Line]:
        layer, words = run.layer, self.words
        if not run.row.deductibles:
            return
        said = [words.visit.format(run.ordinal + 1)] if layer.visits else []
        said.append(money(run.amount))
        if layer.used:
            said.append(words.used.format(money(run.before[layer.used])))
        if layer.waived_after and run.before[layer.waived_after]:
            said.append(words.waived.format(layer.waived_after))
        if layer.cap:
            used = money(run.before[layer.cap])
            window = words.window(self.table.windows[layer.cap], self.table.meta.periods)
            said.append(words.cap.format(window, money(run.row.cap), used))
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
        words, days = self.words, self.settlement.claim.days
        for number, ceiling in enumerate(run.layer.ceilings):
            limit, used = run.limit(number, days), run.used(ceiling)
            if run.row.limits[number] == FEN_MAX and ceiling.counter:  # it only counts
                yield Line(words.counted.format(ceiling.counter, money(used)), indent=1)
                continue
            if ceiling.on == "balance":
                said = words.balance.format(ceiling.counter)
            else:
                window = words.window(self._window(ceiling), self.table.meta.periods)
                shown = money(run.row.limits[number])
                shown += words.times_days.format(days) if ceiling.per_day else ""
                said = words.ceiling.format(window, words.limits(ceiling.on), shown)
                if ceiling.counter:
                    said += words.comma + words.used.format(money(used))
                said += words.comma + words.room
            room = max(limit - used, 0)
            yield Line(said, money(room), indent=1)
            if is_reached(run.step, ceiling.on, room):
                yield Line(words.reached.format(money(run.step.reached)), indent=2)

    def _window(self, ceiling: CeilingTable) -> str:
        if ceiling.counter:
            return self.table.windows[ceiling.counter]
        return BED_DAY if ceiling.per_day else "visit"

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
        words = self.words
        whom = words.meets.join(self._stated(axis, default=True) for axis in adjust.when)
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
        share = self.table.programs[self.settlement.program].pay_at_most_ppm
        yield Line("")
        yield Line(words.payers)
        for fund, fen in self.settlement.funds_fen.items():
            if fen:
                yield Line(words.fund(fund), money(fen), indent=1)
        if share != PPM:
            yield Line(words.at_most_all.format(share_text(share)), indent=2)
        yield Line(words.cash, money(self.settlement.cash_fen), indent=1)
        yield Line(words.total, money(self.settlement.claim.total_fen), indent=1)

    def _carried(self) -> Iterator[Line]:
        words = self.words
        yield Line("")
        yield Line(words.carried)
        counters = self.settlement.ytd.counters
        for name, value in counters.items():
            window = words.window(self.table.windows[name], self.table.meta.periods)
            shown = counter_text(name, value)
            if counter_kind(name) == DAY:  # stands for itself, not below amounts
                yield Line(
                    f"{name}{words.in_brackets.format(window)}{words.colon}{shown}", indent=1
                )
            else:
                yield Line(f"{name}{words.in_brackets.format(window)}", shown, indent=1)
        if not counters:
            yield Line(words.nothing, indent=1)

    def _proof(self) -> Iterator[Line]:
        receipt, words = self.settlement.receipt, self.words
        yield Line("")
        if paid := receipt.paid_provenance:
            yield Line(words.weakest_paid.format(words.provenance(paid)))
        if paid != receipt.provenance:
            yield Line(words.weakest.format(words.provenance(receipt.provenance)))
        yield Line(words.fingerprint.format(receipt.fingerprint))
