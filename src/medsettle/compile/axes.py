"""Axes become small integers: indices of a claim's codes, and the cells of a layer.

The index of a value on an axis is its code; index 0 is what an axis means when a claim leaves it
out.  On `age` the bands of the policy are 1, 2, … and 0 is an age not stated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from medsettle.policy.cell import Cell
from medsettle.policy.document import Figure, Layer, Policy, figure_axes
from medsettle.vocabulary import AGE, AGE_MAX, AGE_UNSTATED, AXES, AXIS_ORDER

#: In a lookup: the axis has no such code.
BAD_CODE = 0xFFFF


def index_of_code(policy: Policy, axis: str) -> list[int]:
    """Return the index that each of 256 codes has on `axis`, or BAD_CODE; age 255: unstated."""
    indices = [BAD_CODE] * 256
    if axis != AGE:
        indices[: len(AXES[axis])] = range(len(AXES[axis]))
        return indices
    lowest = list(policy.age_bands.values())
    for age in range(AGE_MAX + 1):
        indices[age] = sum(age >= low for low in lowest)
    indices[AGE_UNSTATED] = 0
    return indices


def values_by_index(policy: Policy, axis: str) -> tuple[str | None, ...]:
    """Return what each index of `axis` stands for."""
    if axis == AGE:
        return (None, *policy.age_bands)
    return tuple(AXES[axis])


def layer_axes(layer: Layer) -> tuple[str, ...]:
    """Return the axes that anything in `layer` depends on, in the order of the codes."""
    used = set(layer.serves.axes)
    for figure in layer_figures(layer):
        used.update(figure_axes(figure))
    for adjust in layer.adjust:
        used.update(adjust.when.axes)
    return tuple(axis for axis in AXIS_ORDER if axis in used)


def layer_figures(layer: Layer) -> Iterator[Figure]:
    """Yield every figure of `layer`."""
    if layer.deductible is not None:
        yield from layer.deductible.amounts
    for band in layer.bands:
        if band.upto is not None:
            yield band.upto
        yield band.share
    for ceiling in layer.ceilings:
        yield ceiling.limit


def cells(policy: Policy, axes: tuple[str, ...]) -> Iterator[Cell]:
    """Yield every combination of values on `axes`, the last axis running fastest."""
    for values in itertools.product(*(values_by_index(policy, axis) for axis in axes)):
        yield dict(zip(axes, values, strict=True))
