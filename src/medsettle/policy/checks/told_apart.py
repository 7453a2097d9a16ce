"""Kinds of claims: how many a layer tells apart, values that it treats alike put together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from medsettle import capacity
from medsettle.policy.checks.cells import may_be_unstated, values_named
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.terms import conditions, counted_apart, figures, switches
from medsettle.policy.document import Switch, When


def check_told_apart(checked: Checked) -> None:
    """Report layers that tell more kinds of claims apart than a table holds."""
    for layer in checked.layers():
        asked = list(figures(checked, layer))
        whens = [layer.serves, *(when for when, _ in conditions(layer))]
        named = values_named(checked.policy, [figure for figure, _ in asked], whens)
        apart = {axis for axis, _ in counted_apart(layer)} - {""}
        sizes = {axis: len(values) + 1 for axis, values in named.items()}
        sizes |= {axis: len(checked.policy.axis_values(axis)) + 1 for axis in apart}
        if math.prod(sizes.values()) <= capacity.PROFILES:
            continue
        cases = [switch for figure, steps in asked for switch, _ in switches(figure, steps)]
        for axis in sizes.keys() - apart:
            sizes[axis] = _alike(checked, axis, whens, cases)
        found = math.prod(sizes.values())
        if found > capacity.PROFILES:
            what = "kinds of claims told apart by a layer"
            most = f"{capacity.PROFILES:,}"
            checked.report.add("P516", layer.place, most=most, what=what, found=f"{found:,}")


def _alike(checked: Checked, axis: str, whens: Sequence[When], cases: Sequence[Switch]) -> int:
    """Return how many groups of values of `axis` there are, those treated alike in one."""
    groups = {
        (
            tuple(value in when.axes[axis] for when in whens if axis in when.axes),
            tuple(_case_of(value, switch) for switch in cases if switch.axis == axis),
        )
        for value in checked.policy.axis_values(axis)
    }
    return len(groups) + may_be_unstated(axis)


def _case_of(value: str, switch: Switch) -> int:
    """Return the number of the first case that is the value's, -1 for `other` or none."""
    mine = switch.cases.get(value, switch.other)
    if mine is None or mine == switch.other:
        return -1
    return next(i for i, case in enumerate(switch.cases.values()) if case == mine)
