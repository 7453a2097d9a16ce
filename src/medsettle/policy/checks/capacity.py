"""Capacity: a policy that needs more than a benefit table holds."""

from __future__ import annotations

from medsettle import capacity
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import uses
from medsettle.policy.document import Place


def check_capacity(checked: Checked) -> None:
    """Report benefits with too many layers, layers with too many ceilings, too many counters."""
    for benefit in checked.benefits():
        if len(benefit.layers) > capacity.LAYERS:
            place = checked.at(benefit, "layers", capacity.LAYERS)
            _report(checked, place, capacity.LAYERS, "layers in a benefit", len(benefit.layers))
        visits = {
            layer.deductible.visits
            for name in benefit.layers
            for layer in checked.policy.layers.get(name, ())
            if layer.deductible is not None and len(layer.deductible.amounts) > 1
        }
        if len(visits) > capacity.ORDINALS:
            place = checked.at(benefit, "layers")
            _report(checked, place, capacity.ORDINALS, "visits counters in a benefit", len(visits))
    counters: dict[str, None] = {}
    for layer in checked.layers():
        if len(layer.bands) > capacity.BANDS:
            place = checked.at(layer, "bands", capacity.BANDS)
            _report(checked, place, capacity.BANDS, "bands in a layer", len(layer.bands))
        if len(layer.ceilings) > capacity.CEILINGS:
            place = checked.at(layer, "ceilings", capacity.CEILINGS)
            _report(checked, place, capacity.CEILINGS, "ceilings in a layer", len(layer.ceilings))
        for use in uses(checked, layer):
            counters[use.name] = None
            if len(counters) == capacity.COUNTERS + 1:
                _report(checked, use.place, capacity.COUNTERS, "counters", "more")


def _report(checked: Checked, place: Place, most: int, what: str, found: object) -> None:
    checked.report.add("P516", place, most=most, what=what, found=found)
