"""What each layer did, line by line: base, deductible, bands, ceilings, payment, clauses."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.compile.listing import clause_text, clauses_text, share_text
from medsettle.compile.meta import AdjustMeta, LayerMeta
from medsettle.slip.runs import LayerRun, bands_passed, is_reached
from medsettle.slip.teller import ITEM, Teller, money
from medsettle.text import Line
from medsettle.vocabulary import FOUR_AMOUNTS, REMAINDERS


def layer_title(slip: Teller, run: LayerRun) -> str:
    """Return the number of a layer on the slip, its payer and its names."""
    return f"{run.number}. {'  '.join(layer_names(slip, run))}"


def layer_names(slip: Teller, run: LayerRun) -> list[str]:
    """Return who pays in a layer, what the layer is called, and its code name; each once."""
    step = run.step
    called = (slip.words.fund(step.fund), slip.called(run, step.layer), step.layer)
    return list(dict.fromkeys(called))


def layer_lines(slip: Teller, run: LayerRun) -> Iterator[Line]:
    """Yield what a layer did, under its title."""
    step, words = run.step, slip.words
    base = " + ".join(_base(slip, run)) or words.nothing
    yield Line(f"{words.base}{words.colon}{base}", money(step.base), indent=1)
    if step.base > 0 or step.pay:
        yield from _first_share(slip, run)
        yield from _deductible(slip, run)
        yield from _bands(slip, run)
        yield from _ceilings(slip, run)
    yield Line(words.pays, money(step.pay), indent=1)
    yield from _left(slip, run)
    yield from _clauses(slip, run)


def _base(slip: Teller, run: LayerRun) -> Iterator[str]:
    """Yield what the base is made of; what layers left that did not run is nothing."""
    by_layer: dict[str, list[str]] = {}
    for part in run.use.base:
        owner, _, kind = part.rpartition(".")
        if owner in ("", ITEM) or owner in run.ran:
            by_layer.setdefault(owner, []).append(kind)
    if "in_scope" in by_layer.get("", ()):
        by_layer.pop(ITEM, None)  # they are portions of it
    earlier = list(run.ran)[: run.number - 1]
    wholes = [owner for owner in earlier if _is_rest(slip, owner, by_layer.get(owner, []))]
    if set(by_layer.get("", ())) == set(FOUR_AMOUNTS) and wholes == earlier:
        yield slip.words.everything
        return
    for owner, kinds in by_layer.items():
        if owner == ITEM:
            yield from map(slip.item, kinds)
            continue
        named = " + ".join(map(slip.words.kind, kinds))
        told = slip.words.rest if owner in wholes else named
        yield f"{slip.called(run, owner)} {told}" if owner else told


def _is_rest(slip: Teller, owner: str, kinds: list[str]) -> bool:
    """Tell whether these are all parts that a layer left."""
    missing = set(REMAINDERS).difference(kinds)
    return not missing or (missing == {"first_share"} and owner not in slip.sharing)


def _first_share(slip: Teller, run: LayerRun) -> Iterator[Line]:
    words, share = slip.words, run.row.first_share_ppm
    if share:
        label = f"{words.kind('first_share')}{words.colon}{share_text(share)}"
        yield Line(label, money(run.step.first_share), indent=1)


def _deductible(slip: Teller, run: LayerRun) -> Iterator[Line]:
    layer, words = run.layer, slip.words
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
        window = slip.window(slip.table.windows[layer.cap])
        said.append(words.cap.format(window, money(run.row.cap), used))
    if layer.inside_first_band:
        said.append(words.inside)
    label = f"{words.deductible}{words.colon}{words.comma.join(said)}"
    yield Line(label, money(run.step.deductible), indent=1)


def _bands(slip: Teller, run: LayerRun) -> Iterator[Line]:
    passed, words, measured = bands_passed(run), slip.words, run.layer.measured
    if not passed:
        return
    so_far = words.comma + words.used.format(money(run.before[measured])) if measured else ""
    yield Line(f"{words.bands}{so_far}", indent=1)
    for band in passed:
        span = words.span.format(money(band.start), money(band.end))
        product = f"{money(band.end - band.start)} × {share_text(band.share_ppm)}"
        yield Line(f"{span}{words.colon}{product}", money(band.pay), indent=2)
    topped = [slip.called(run, name) for name in run.use.tops_up if name in run.ran]
    if topped:
        yield Line(words.topped.format(words.comma.join(topped)), indent=2)


def _ceilings(slip: Teller, run: LayerRun) -> Iterator[Line]:
    words, days = slip.words, slip.claim.days
    for number, ceiling in enumerate(run.layer.ceilings):
        limit, used = run.limit(number, days), run.used(ceiling)
        if run.only_counts(number):
            yield Line(words.counted.format(ceiling.counter, money(used)), indent=1)
            continue
        if ceiling.on == "balance":
            said = words.balance.format(ceiling.counter)
        else:
            window = slip.window_of(ceiling)
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


def _left(slip: Teller, run: LayerRun) -> Iterator[Line]:
    step, words = run.step, slip.words
    if step.person_share and step.person_share != step.copay:
        yield Line(words.person_share, money(step.person_share), indent=1)
    for name in ("copay", "over_ceiling"):
        fen = getattr(step, name)
        if fen:
            yield Line(words.left.format(words.kind(name)), money(fen), indent=1)
    told = {one.step.layer for one in slip.told}
    takers = [slip.called(run, name) for name in run.use.hands_over_to if name in told]
    if step.over_ceiling and takers:
        yield Line(words.hands_over.format(takers[0]), indent=2)


def _clauses(slip: Teller, run: LayerRun) -> Iterator[Line]:
    meta, words = run.layer.meta, slip.words
    known = words.in_brackets.format(words.provenance(meta.provenance))
    told = clauses_text(slip.table.meta, meta.cite)
    yield Line(f"{words.clauses}{words.colon}{told}{known}", indent=1)
    for adjust in slip.settlement.adjusts(meta):
        yield Line(_adjusted(slip, adjust, meta), indent=1)


def _adjusted(slip: Teller, adjust: AdjustMeta, layer: LayerMeta) -> str:
    """Return an adjustment in words; its document is left out where it is the layer's only."""
    words = slip.words
    whom = words.meets.join(slip.stated(axis, default=True) for axis in adjust.when)
    is_sum = adjust.change in ("add_points", "deductible_plus")
    sign = "+" if is_sum and not adjust.value.startswith("-") else ""
    source, _, clause = adjust.cite.partition("#")
    is_known = clause and {cite.partition("#")[0] for cite in layer.cite} == {source}
    return words.adjusted.format(
        f"{whom}{words.comma}" if whom else "",
        words.changes[adjust.change].format(sign + adjust.value),
        clause if is_known else clause_text(slip.table.meta, adjust.cite),
    )
