"""Capacity: a policy that needs more than a benefit table holds."""

from __future__ import annotations

from medsettle import capacity
from medsettle.policy.checks.bases import item_parts, runs
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import uses
from medsettle.policy.document import Benefit, Layer, Place
from medsettle.policy.names import ITEM, axis_table
from medsettle.vocabulary import AXES

#: A stay, and a stay that is counted anew each year, start again together.
_STAYS = ("stay", "stay_in_year")


def check_capacity(checked: Checked) -> None:
    """Report benefits, layers and heads with more of something than a table holds."""
    for benefit in checked.benefits():
        _check_benefit(checked, benefit)
    for layer in checked.layers():
        _check_layer(checked, layer)
    _check_items(checked)
    _check_counters(checked)
    for axis, own in checked.policy.values.items():
        found = len(AXES.get(axis, ())) + len(own)
        if axis != ITEM and found > capacity.VALUES:
            place = checked.at_head("values", axis)
            what = f"values of `{axis}`, the unstated one too"
            _report(checked, place, capacity.VALUES, what, found)
    for axis, bands in checked.policy.bands.items():
        if len(bands) > capacity.BILL_BANDS:
            place = checked.at_head(axis_table(axis))
            _report(checked, place, capacity.BILL_BANDS, f"bands of `{axis}`", len(bands))


def _check_benefit(checked: Checked, benefit: Benefit) -> None:
    if len(benefit.layers) > capacity.LAYERS:
        place = checked.at(benefit, "layers", capacity.LAYERS)
        _report(checked, place, capacity.LAYERS, "layers in a benefit", len(benefit.layers))
    most_of: dict[str, int] = {}
    for run in runs(checked, benefit):
        counted = [use for layer in run for use in uses(checked, layer)]
        windows = {use.per for use in counted if use.per in checked.policy.periods}
        found = {
            "visits counters in a benefit": len({u.name for u in counted if u.kind == "visits"}),
            "stays and periods in a benefit": len(windows) + any(u.per in _STAYS for u in counted),
        }
        most_of = {what: max(number, most_of.get(what, 0)) for what, number in found.items()}
    limits = (capacity.ORDINALS, capacity.EPISODES)
    for (what, number), most in zip(most_of.items(), limits, strict=False):
        if number > most:
            _report(checked, checked.at(benefit, "layers"), most, what, number)


def _check_layer(checked: Checked, layer: Layer) -> None:
    for key, most in (("bands", capacity.BANDS), ("ceilings", capacity.CEILINGS)):
        found = len(getattr(layer, key))
        if found > most:
            _report(checked, checked.at(layer, key, most), most, f"{key} in a layer", found)
    deductible = layer.deductible
    amounts = 0 if deductible is None else max(len(deductible.amounts), len(deductible.later) + 1)
    if amounts > capacity.BANDS:
        place = checked.at(layer, "deductible")
        _report(checked, place, capacity.BANDS, "amounts of a deductible", amounts)


def _check_items(checked: Checked) -> None:
    """Report the base that names one item group too many."""
    parts = item_parts(checked.policy)
    if len(parts) <= capacity.ITEMS:
        return
    for layer in checked.layers():
        for index, part in enumerate(layer.base):
            if part == parts[capacity.ITEMS]:
                place = checked.at(layer, "base", index)
                found = len(parts)
                _report(checked, place, capacity.ITEMS, f"`{ITEM}` groups in bases", found)
                return


def _check_counters(checked: Checked) -> None:
    """Report the layer with which there are too many counters.

    Those kept apart count each for itself; of a period one more tells when it began.
    """
    counters: set[str] = set()
    number = 0
    for layer in checked.layers():
        for use in uses(checked, layer):
            before = number
            if use.name not in counters:
                counters.add(use.name)
                number += len(checked.policy.axis_values(use.each)) if use.each else 1
            period = checked.policy.periods.get(use.per)
            if period is not None and period.start not in counters:
                counters.add(period.start)
                number += 1
            if before <= capacity.COUNTERS < number:
                _report(checked, use.place, capacity.COUNTERS, "counters", "more")


def _report(checked: Checked, place: Place, most: int, what: str, found: object) -> None:
    checked.report.add("P516", place, most=most, what=what, found=found)
