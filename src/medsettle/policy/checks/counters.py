"""Counters: one name counts one thing in one window, and no layer meets it twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.dates import overlap
from medsettle.policy.document import Layer, Place
from medsettle.policy.errors import suggestion
from medsettle.policy.names import ITEM
from medsettle.vocabulary import BED_DAY, FOUR_AMOUNTS

#: What the kinds of counters count, as messages say it.
KINDS = {
    "visits": "visits",
    "deductible": "deductibles",
    "cap": "the cap of deductibles",
    "measured": "the measure of bands",
    "pay": "payments",
    "cost": "costs",
    "balance": "a balance",
}
#: Kinds that count the same, and may share a counter, but not within one layer.
_ALIKE = ({"deductible", "cap"},)
#: Kinds of counters that one layer uses up before another at the same claim.
_USED_UP = ("deductible", "measured")


class Use(NamedTuple):
    """One place where a layer counts something."""

    name: str
    kind: str
    per: str
    each: str  # the axis for whose values it is kept apart; ""
    key: str  # the key that names the counter
    layer: Layer
    place: Place


def uses(checked: Checked, layer: Layer) -> Iterator[Use]:
    """Yield every counter of a layer; a window of one visit needs none."""
    yield from _of_deductible(checked, layer)
    if layer.bands_per != "visit":
        place, per = checked.at(layer, "bands_per"), layer.bands_per
        key = "measured"
        yield Use(layer.measured, "measured", per, layer.measured_each, key, layer, place)
    for index, ceiling in enumerate(layer.ceilings):
        if ceiling.per not in ("visit", BED_DAY):
            place = checked.at(layer, "ceilings", index)
            key = "balance" if ceiling.on == "balance" else "used"
            yield Use(ceiling.used, ceiling.on, ceiling.per, ceiling.each, key, layer, place)


def _of_deductible(checked: Checked, layer: Layer) -> Iterator[Use]:
    deductible = layer.deductible
    if deductible is None:
        return
    place, cap = checked.at(layer, "deductible"), deductible.cap
    if deductible.counts_visits:
        each = deductible.visits_each
        yield Use(deductible.visits, "visits", "year", each, "visits", layer, place)
    if deductible.per != "visit":
        per, each = deductible.per, deductible.used_each
        yield Use(deductible.used, "deductible", per, each, "used", layer, place)
    if cap is not None:
        place = checked.at(layer, "deductible", "cap")
        yield Use(cap.used, "cap", cap.per, cap.each, "used", layer, place)


def check_counters(checked: Checked) -> None:
    """Report counters that mean two things, and ceilings of one layer that share one."""
    first: dict[str, Use] = {}
    for layer in checked.layers():
        own: dict[str, Use] = {}
        for use in uses(checked, layer):
            other = own.get(use.name)
            if other is not None and {use.kind, other.kind} <= {"pay", "cost", "balance"}:
                _report(checked, "P311", use, other)
                continue
            if other is not None and {use.kind, other.kind} in _ALIKE:
                _report(checked, "P310", use, other, KINDS[other.kind], KINDS[use.kind])
            own[use.name] = use
            _check_alike(checked, use, first.setdefault(use.name, use))
    _check_waived(checked, first)
    _check_shared(checked)


def _check_alike(checked: Checked, use: Use, other: Use) -> None:
    if use.kind != other.kind and {use.kind, other.kind} not in _ALIKE:
        _report(checked, "P310", use, other, KINDS[other.kind], KINDS[use.kind])
    elif use.per != other.per:
        _report(checked, "P309", use, other, other.per, use.per)
    elif use.each != other.each:
        told = [f"by `{each}`" if each else "for all together" for each in (other.each, use.each)]
        _report(checked, "P315", use, other, *told)


def _check_waived(checked: Checked, known: Mapping[str, Use]) -> None:
    """Report deductibles that are waived after a counter that nothing moves."""
    counters = [name for name, use in known.items() if use.kind != "visits"]
    for layer in checked.layers():
        name = layer.deductible.waived_after if layer.deductible is not None else ""
        if name and name not in counters:
            hint = suggestion(name, counters, what="the counters")
            place = checked.at(layer, "deductible", "waived_after")
            checked.report.add("P314", place, found=name, suggestion=hint)


def _check_shared(checked: Checked) -> None:
    """Report counters of deductibles and of measures that two layers move at one claim."""
    used_up = {
        id(layer): {use.name: use for use in uses(checked, layer) if use.kind in _USED_UP}
        for layer in checked.layers()
    }
    for benefit in checked.benefits():
        layers = [
            layer
            for name in benefit.layers
            for layer in checked.policy.layers.get(name, ())
            if used_up[id(layer)] and overlap(benefit, layer)
        ]
        for one, other in itertools.combinations(layers, 2):
            if one.name == other.name or not overlap(one, other) or _are_apart(one, other):
                continue
            counted = used_up[id(one)]
            for use in used_up[id(other)].values():
                if use.name not in counted or use.kind != counted[use.name].kind:
                    continue
                if use.kind == "measured" or not (_is_first(one) and _is_first(other)):
                    _report(checked, "P519", use, counted[use.name], one.name, other.name)


def _is_first(layer: Layer) -> bool:
    """Tell whether a layer takes nothing but parts of the bill that no layer has left.

    Two such layers may share a deductible: what the one takes of it the other need not.
    """
    return all(part in FOUR_AMOUNTS or part.startswith(f"{ITEM}.") for part in layer.base)


def _are_apart(one: Layer, other: Layer) -> bool:
    """Tell whether no person is served by both layers."""
    shared = one.serves.axes.keys() & other.serves.axes.keys()
    return any(one.serves.axes[axis].isdisjoint(other.serves.axes[axis]) for axis in shared)


def _report(
    checked: Checked, code: str, use: Use, other: Use, first: str = "", second: str = ""
) -> None:
    ending = ".visits" if use.kind == "visits" else f".{use.kind}_{use.per}"
    fields = {
        "found": use.name,
        "first": first,
        "second": second,
        "key": use.key,
        "example": use.layer.name + ending,
    }
    checked.report.add(code, use.place, fields, related=[(other.place, "the other use")])
