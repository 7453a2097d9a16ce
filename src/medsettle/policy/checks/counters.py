"""Counters: one name counts one thing in one window, and no layer meets it twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.dates import overlap
from medsettle.policy.document import Layer, Place

#: What the kinds of counters count, as messages say it.
KINDS = {
    "visits": "visits",
    "deductible": "deductibles",
    "measured": "the measure of bands",
    "pay": "payments",
    "cost": "costs",
}
#: Kinds of counters that one layer uses up before another at the same claim.
_USED_UP = ("deductible", "measured")


class Use(NamedTuple):
    """One place where a layer counts something."""

    name: str
    kind: str
    per: str
    key: str  # the key that names the counter
    layer: Layer
    place: Place


def uses(checked: Checked, layer: Layer) -> Iterator[Use]:
    """Yield every counter of a layer; a window of one visit needs none."""
    deductible = layer.deductible
    if deductible is not None:
        place = checked.at(layer, "deductible")
        if len(deductible.amounts) > 1:
            yield Use(deductible.visits, "visits", "year", "visits", layer, place)
        if deductible.per != "visit":
            yield Use(deductible.used, "deductible", deductible.per, "used", layer, place)
    if layer.bands_per != "visit":
        place = checked.at(layer, "bands_per")
        yield Use(layer.measured, "measured", layer.bands_per, "measured", layer, place)
    for index, ceiling in enumerate(layer.ceilings):
        if ceiling.per != "visit":
            place = checked.at(layer, "ceilings", index)
            yield Use(ceiling.used, ceiling.on, ceiling.per, "used", layer, place)


def check_counters(checked: Checked) -> None:
    """Report counters with two windows or two kinds, and ceilings of one layer that share one."""
    first: dict[str, Use] = {}
    for layer in checked.layers():
        own: dict[str, Use] = {}
        for use in uses(checked, layer):
            other = own.get(use.name)
            if other is not None and {use.kind, other.kind} <= {"pay", "cost"}:
                _report(checked, "P311", use, other)
                continue
            own[use.name] = use
            _check_alike(checked, use, first.setdefault(use.name, use))
    _check_shared(checked)


def _check_alike(checked: Checked, use: Use, other: Use) -> None:
    if use.kind != other.kind:
        _report(checked, "P310", use, other, KINDS[other.kind], KINDS[use.kind])
    elif use.per != other.per:
        _report(checked, "P309", use, other, other.per, use.per)


def _check_shared(checked: Checked) -> None:
    """Report counters of deductibles and of measures that two layers move at one claim."""
    for benefit in checked.benefits():
        layers = [
            layer
            for name in benefit.layers
            for layer in checked.policy.layers.get(name, ())
            if overlap(benefit, layer)
        ]
        for one, other in itertools.combinations(layers, 2):
            if one.name == other.name or not overlap(one, other) or _are_apart(one, other):
                continue
            counted = {use.name: use for use in uses(checked, one) if use.kind in _USED_UP}
            for use in uses(checked, other):
                if use.name in counted and use.kind == counted[use.name].kind:
                    _report(checked, "P519", use, counted[use.name], one.name, other.name)


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
