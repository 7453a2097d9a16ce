"""Axes become small integers: indices of a claim's codes, and the cells of a layer.

The index of a value on an axis of names is its code; index 0 is what an axis means when a claim
leaves it out.  On an axis of numbers the bands of the policy are 1, 2, … and 0 is a number not
stated; on `bill_size` they are 0, 1, ….
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from medsettle import capacity
from medsettle.compile.errors import CompileError
from medsettle.policy.cell import Cell
from medsettle.policy.document import (
    Layer,
    Place,
    Policy,
    Switch,
    When,
    figure_axes,
    switches,
)
from medsettle.policy.resolve import layer_figures
from medsettle.vocabulary import AXES, AXIS_ORDER, BILL_SIZE, NUMBERS, UNSTATED

#: In a lookup: the axis has no such code.
BAD_CODE = 0xFFFF


def index_of_code(policy: Policy, axis: str) -> list[int]:
    """Return the index that each of 256 codes has on `axis`, or BAD_CODE."""
    indices = [BAD_CODE] * 256
    if axis not in NUMBERS:
        count = len(values_by_index(policy, axis))
        if count > capacity.VALUES:
            raise CompileError(
                f"`{axis}` has {count} values, more than {capacity.VALUES}",
                Place(policy.file, 1, 1),
            )
        indices[:count] = range(count)
        return indices
    lowest = list(policy.bands.get(axis, {}).values())
    for number in range(NUMBERS[axis] + 1):
        indices[number] = sum(number >= low for low in lowest)
    indices[UNSTATED] = 0
    return indices


def values_by_index(policy: Policy, axis: str) -> tuple[str | None, ...]:
    """Return what each index of `axis` stands for."""
    if axis in NUMBERS:
        return (None, *policy.axis_values(axis))
    if axis == BILL_SIZE:
        return policy.axis_values(axis)
    return (*AXES[axis], *policy.values.get(axis, ()))


def layer_whens(layer: Layer) -> Iterator[When]:
    """Yield every condition of `layer`."""
    yield layer.serves
    for adjust in layer.adjust:
        yield adjust.when
    for ceiling in layer.ceilings:
        yield ceiling.when
        for adjust in ceiling.adjust:
            yield adjust.when


def each_axes(layer: Layer) -> set[str]:
    """Return the axes by whose values counters of `layer` are kept apart, visits left out."""
    each = {layer.measured_each, *(ceiling.each for ceiling in layer.ceilings)}
    if layer.deductible is not None:
        each |= {layer.deductible.used_each, layer.deductible.visits_each}
        if layer.deductible.cap is not None:
            each.add(layer.deductible.cap.each)
    return each - {""}


def layer_axes(layer: Layer) -> tuple[str, ...]:
    """Return the axes that anything in `layer` depends on, in the order of the codes."""
    used = each_axes(layer)
    for when in layer_whens(layer):
        used.update(when.axes)
    for figure in layer_figures(layer):
        used.update(figure_axes(figure))
    return tuple(axis for axis in AXIS_ORDER if axis in used)


class Classes(msgspec.Struct, frozen=True):
    """The values of some axes, those that nothing tells apart put together.

    `of[axis][index]` is the class of an index, `first[axis]` the first index of each class.
    """

    of: dict[str, tuple[int, ...]]
    first: dict[str, tuple[int, ...]]

    @property
    def count(self) -> int:
        """How many combinations of classes there are."""
        return math.prod(len(first) for first in self.first.values())

    @property
    def axes(self) -> tuple[str, ...]:
        """Return the axes, in the order of the codes."""
        return tuple(self.of)

    def indices(self) -> Iterator[dict[str, int]]:
        """Yield an index on every axis for each combination of classes, the last axis fastest."""
        for combination in itertools.product(*self.first.values()):
            yield dict(zip(self.first, combination, strict=True))

    def position(self, index: Mapping[str, int]) -> int:
        """Return which combination of classes the given indices belong to."""
        position = 0
        for axis, classes in self.of.items():
            position = position * len(self.first[axis]) + classes[index[axis]]
        return position


def classes_of(by_axis: Mapping[str, list[object]]) -> Classes:
    """Return the classes of indices that look the same: one appearance an index, by axis."""
    of: dict[str, tuple[int, ...]] = {}
    first: dict[str, tuple[int, ...]] = {}
    for axis, appearances in by_axis.items():
        numbers: dict[object, int] = {}
        found = tuple(numbers.setdefault(one, len(numbers)) for one in appearances)
        of[axis] = found
        first[axis] = tuple(found.index(number) for number in range(len(numbers)))
    return Classes(of, first)


def layer_classes(policy: Policy, layer: Layer, waiver_each: str = "") -> Classes:
    """Return the classes of values that nothing in `layer` tells apart.

    `waiver_each` is the axis by which the counter of its waiver is kept apart.
    """
    whens = list(layer_whens(layer))
    turned = [switch for figure in layer_figures(layer) for switch in switches(figure)]
    each = (each_axes(layer) | {waiver_each}) - {""}
    axes = {*layer_axes(layer), *each}
    return classes_of(
        {
            axis: [
                value if axis in each else _appearance(value, axis, whens, turned)
                for value in values_by_index(policy, axis)
            ]
            for axis in AXIS_ORDER
            if axis in axes
        }
    )


def _appearance(
    value: str | None, axis: str, whens: Iterable[When], turned: Iterable[Switch]
) -> object:
    """Return what a value looks like to conditions and figures."""
    if value is None:
        return None
    return (
        tuple(value in when.axes[axis] for when in whens if axis in when.axes),
        tuple(_case_of(value, switch) for switch in turned if switch.axis == axis),
    )


def _case_of(value: str, switch: Switch) -> int:
    """Return the number of the first case that is the value's, -1 for `other` or none."""
    mine = switch.cases.get(value, switch.other)
    if mine is None or mine == switch.other:
        return -1
    return next(i for i, case in enumerate(switch.cases.values()) if case == mine)


def cell_at(policy: Policy, index: Mapping[str, int]) -> Cell:
    """Return the values that indices stand for."""
    return {axis: values_by_index(policy, axis)[at] for axis, at in index.items()}
