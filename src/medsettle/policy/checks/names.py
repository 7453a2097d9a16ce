"""Names of the policy's own: every indicator that is asked for is there, and none is idle."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.money import FEN_MAX
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import uses
from medsettle.policy.checks.dates import earlier, is_dated, overlap, uncovered, until_text
from medsettle.policy.checks.figures import yuan
from medsettle.policy.checks.terms import conditions, counted_apart, figures, switches
from medsettle.policy.document import Layer, Multiple, Policy
from medsettle.policy.errors import suggestion
from medsettle.policy.names import ITEM, OTHER, axis_table
from medsettle.policy.resolve import multiples


def check_names(checked: Checked) -> None:
    """Report indicators that are missing or not exact, and own names that nothing asks for."""
    for layer in checked.layers():
        for figure, _ in figures(checked, layer):
            for multiple in multiples(figure):
                _check_multiple(checked, layer, multiple)
    _check_idle_indicators(checked)
    _check_idle_periods(checked)
    _check_idle_values(checked)


def _check_multiple(checked: Checked, layer: Layer, multiple: Multiple) -> None:
    """Report a multiple whose indicator is unknown, missing on some day, or no whole fen."""
    versions = checked.policy.indicators.get(multiple.of)
    if versions is None:
        hint = suggestion(multiple.of, checked.policy.indicators, what="the indicators")
        hint = hint or f"write it at the head: `[[indicator.{multiple.of}]]`"
        checked.report.add("P313", multiple.place, found=multiple.of, suggestion=hint)
        return
    for version in versions:
        amount = multiple.factor * version.amount
        inexact = not multiple.step and amount.denominator != 1
        code = "P524" if abs(amount) > FEN_MAX else "P521" if inexact else ""
        if code and overlap(version, layer):
            related = [(version.place, f"the indicator from {version.from_}")]
            what = f"a multiple of `{multiple.of}`"
            fields = {"what": what, "cell": ""}
            found = yuan(amount) if code == "P524" else multiple.of
            checked.report.add(code, multiple.place, {**fields, "found": found}, related)
            break
    for benefit in checked.benefits():
        if layer.name not in benefit.layers or not overlap(layer, benefit):
            continue
        first, end = max(layer.from_, benefit.from_), earlier(layer.until, benefit.until)
        dated = [version for version in versions if is_dated(version)]
        for day, until in uncovered(first, end, dated):
            fields = {"found": multiple.of, "layer": layer.name}
            fields |= {"first": str(day), "end": until_text(until)}
            checked.report.add("P408", multiple.place, fields)
            return


def _check_idle_indicators(checked: Checked) -> None:
    asked = {
        multiple.of
        for layer in checked.layers()
        for figure, _ in figures(checked, layer)
        for multiple in multiples(figure)
    }
    for name in checked.policy.indicators:
        if name not in asked:
            place = checked.at_head("indicator", name)
            checked.report.add("P316", place, what="indicator", found=name)


def _check_idle_periods(checked: Checked) -> None:
    windows = {layer.bands_per for layer in checked.layers()}
    for layer in checked.layers():
        windows.update(use.per for use in uses(checked, layer))
    for name in checked.policy.periods:
        if name not in windows:
            checked.report.add("P316", checked.at_head("period", name), what="period", found=name)


def _check_idle_values(checked: Checked) -> None:
    """Report bands, own values and item groups that nothing depends on.

    A value that no one names may still say something: that it is none of those named.
    """
    policy, asked = checked.policy, set(_asked(checked))
    apart = {axis for layer in checked.layers() for axis, _ in counted_apart(layer)}
    axes = {axis for axis, _ in asked}
    for axis in policy.bands:
        if axis not in axes:
            head = axis_table(axis)
            checked.report.add("P515", checked.at_head(head), head=head)
    for axis, values in policy.values.items():
        what = "item group" if axis == ITEM else "value"
        for value in values if axis not in apart else ():
            if not asked & {(axis, value), (axis, OTHER)} and not _is_ranked(policy, axis, value):
                place = checked.at_head("values", axis, value)
                if place.file == policy.file:
                    checked.report.add("P316", place, what=what, found=value)


def _is_ranked(policy: Policy, axis: str, value: str) -> bool:
    return value in policy.best_of.get(axis, ())


def _asked(checked: Checked) -> Iterator[tuple[str, str]]:
    """Yield every value, with its axis, that a figure, a condition or a base names.

    Where values that are not named make a difference too, `other` stands for them.
    """
    whens = [benefit.serves for benefit in checked.benefits()]
    for layer in checked.layers():
        whens += [layer.serves, *(when for when, _ in conditions(layer))]
        for figure, steps in figures(checked, layer):
            for switch, _ in switches(figure, steps):
                yield from ((switch.axis, value) for value in switch.cases)
                if switch.other is not None:
                    yield switch.axis, OTHER
        for part in layer.base:
            name, _, group = part.partition(".")
            if name == ITEM:
                yield ITEM, group
    for when in whens:
        for axis, values in when.axes.items():
            yield from ((axis, value) for value in (*values, OTHER))
