"""`medsettle show`: one layer, every figure with its origin."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.cli.written import Written, clauses, dates, placed
from medsettle.policy.document import (
    CHANGES,
    LIMIT_CHANGES,
    NO_LIMIT,
    Adjust,
    Ceiling,
    Deductible,
    Figure,
    Layer,
    When,
)
from medsettle.policy.positions import Path
from medsettle.vocabulary import BED_DAY


def layer_lines(written: Written, layer: Layer) -> Iterator[str]:
    """Yield a version of a layer as text."""
    path = written.path_of(layer)
    amends = written.amended(layer)
    yield ""
    yield f"layer {layer.name}  {dates(layer)}{amends}  [{written.at(layer.place)}]"
    yield f"  {clauses(written.policy, layer.cite)} ({layer.provenance})"
    if layer.note:
        yield f"  note: {layer.note}"
    yield f"  fund: {layer.fund}"
    yield f"  base: {' + '.join(layer.base)}"
    if layer.serves.axes:
        yield f"  serves: {when_text(layer.serves)}"
    if layer.tops_up:
        yield f"  tops up: {', '.join(layer.tops_up)}"
    if layer.first_share is not None:
        share = written.figure(layer.first_share, "share", (*path, "first_share_pct"))
        yield placed(f"  first share of the base: {share}")
    if layer.deductible is not None:
        yield from _deductible_lines(written, layer.deductible, (*path, "deductible"))
    yield from _band_lines(written, layer, path)
    for index, adjust in enumerate(layer.adjust):
        yield from _adjust_lines(written, adjust, (*path, "adjust", index), "  ")
    for index, ceiling in enumerate(layer.ceilings):
        yield from _ceiling_lines(written, ceiling, (*path, "ceilings", index))
    if layer.ceilings:
        yield f"  hands over: {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding: {layer.rounding}"


def when_text(when: When) -> str:
    """Return a condition as text."""
    return " and ".join(f"{axis} {'/'.join(sorted(values))}" for axis, values in when.axes.items())


def _told(written: Written, indent: str, line: str, *figures: Figure | None) -> Iterator[str]:
    """Yield a line with its places, and below it how the multiples in it come about."""
    yield placed(f"{indent}{line}")
    for worked in written.arithmetic(*figures):
        yield placed(f"{indent}  {worked}")


def _deductible_lines(written: Written, deductible: Deductible, path: Path) -> Iterator[str]:
    counter = ""
    if deductible.per != "visit":
        counter = f", {_counter(deductible.used, deductible.used_each)}"
    inside = ", inside the first band" if deductible.inside_first_band else ""
    amounts = "".join(_amount_texts(written, deductible, path))
    figures = (*deductible.amounts, deductible.step_down, deductible.floor)
    line = f"deductible per {deductible.per}{counter}{inside}: {amounts}"
    yield from _told(written, "  ", line, *figures)
    if deductible.counts_visits:
        continued = ", a stay continued into a new year too" if deductible.continued_counts else ""
        yield f"    visits {_counter(deductible.visits, deductible.visits_each)}{continued}"
    if deductible.waived_after:
        yield f"    nothing is due once `{deductible.waived_after}` is above 0"
    if deductible.cap is not None:
        cap = deductible.cap
        limit = written.figure(cap.limit, "fen", (*path, "cap", "yuan"))
        line = f"at most {limit} per {cap.per}, {_counter(cap.used, cap.each)}"
        yield from _told(written, "    ", line, cap.limit)


def _amount_texts(written: Written, deductible: Deductible, path: Path) -> Iterator[str]:
    """Yield the amounts of a deductible by the visit's ordinal, piece by piece."""
    many = len(deductible.amounts) > 1 or written.has((*path, "amount_yuan", 0))
    for index, amount in enumerate(deductible.amounts):
        place: Path = (*path, "amount_yuan", index) if many else (*path, "amount_yuan")
        yield (", then " if index else "") + written.figure(amount, "fen", place)
    for index, share in enumerate(deductible.later):
        told = written.figure(share, "share", (*path, "later_pct", index))
        yield f", then {told} of it"
    if deductible.step_down is not None:
        key = "each_later_minus_yuan"
        told = written.figure(deductible.step_down, "fen", (*path, key))
        yield f", each later one {told} less"
    if deductible.floor is not None:
        yield f", at least {written.figure(deductible.floor, 'fen', (*path, 'at_least_yuan'))}"


def _band_lines(written: Written, layer: Layer, path: Path) -> Iterator[str]:
    per = "" if layer.bands_per == "visit" else f" per {layer.bands_per}, "
    per += _counter(layer.measured, layer.measured_each) if per else ""
    yield f"  bands{per}"
    for index, band in enumerate(layer.bands):
        row: Path = (*path, "bands", index)
        upto = "above"
        if band.upto is not None:
            upto = f"to {written.figure(band.upto, 'fen', (*row, 'upto_yuan'))}"
        share = written.figure(band.share, "share", (*row, "share_pct"))
        yield from _told(written, "    ", f"{upto}: {share}", band.upto)


def _ceiling_lines(written: Written, ceiling: Ceiling, path: Path) -> Iterator[str]:
    whom = f", if {when_text(ceiling.when)}" if ceiling.when.axes else ""
    counter = f"{_counter(ceiling.used, ceiling.each)}"
    if ceiling.on == "balance":
        yield f"  at most the balance {counter}{whom}  [{written.at(ceiling.place)}]"
        return
    if ceiling.limit == NO_LIMIT:
        place = written.at(ceiling.place)
        yield f"  counts {ceiling.on} per {ceiling.per}, {counter}{whom}  [{place}]"
        return
    counted = "" if ceiling.per in ("visit", BED_DAY) else f", {counter}"
    limit = written.figure(ceiling.limit, "fen", (*path, f"{ceiling.on}_yuan"))
    per = ceiling.per.replace("_", " ")
    line = f"ceiling on {ceiling.on} per {per}{counted}{whom}: {limit}"
    yield from _told(written, "  ", line, ceiling.limit)
    for index, adjust in enumerate(ceiling.adjust):
        yield from _adjust_lines(written, adjust, (*path, "adjust", index), "    ")


def _adjust_lines(written: Written, adjust: Adjust, path: Path, indent: str) -> Iterator[str]:
    units = LIMIT_CHANGES if "ceilings" in path else CHANGES
    unit = units[adjust.change]
    key = next(key for key in written.keys_at(path) if key not in ("when", "cite"))
    whom = f"if {when_text(adjust.when)}: " if adjust.when.axes else ""
    value = written.figure(adjust.value, unit, (*path, key))
    line = f"{whom}{adjust.change} {value}  {clauses(written.policy, (adjust.cite,))}"
    yield from _told(written, indent, line, adjust.value)


def _counter(name: str, each: str) -> str:
    return f"`{name}`, apart for each {each}" if each else f"`{name}`"
