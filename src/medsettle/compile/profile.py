"""Which layers serve whom, with which row: the profiles of a program.

Values of an axis that no layer of the program tells apart are one class, so the number of profiles
is the product of a few small numbers however many values the vocabulary has.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from medsettle import capacity
from medsettle.compile.axes import (
    BAD_CODE,
    Classes,
    cell_at,
    classes_of,
    index_of_code,
    values_by_index,
)
from medsettle.compile.errors import CompileError
from medsettle.policy.cell import holds
from medsettle.policy.document import Benefit, Deductible, Layer, Policy, When
from medsettle.vocabulary import AXIS_ORDER

#: What a layer has in a cell: the number of its turn, or one of these.
NO_FIGURE = -1
NOT_SERVED = -2


class LayerCells(msgspec.Struct, frozen=True):
    """A layer's turn, NO_FIGURE or NOT_SERVED for each combination of its classes."""

    classes: Classes
    numbers: tuple[int, ...]

    def number(self, index: Mapping[str, int]) -> int:
        """Return what the layer has where each axis has the given index."""
        return self.numbers[self.classes.position(index)]


class Chain(msgspec.Struct, frozen=True):
    """The layers that serve a profile, and the visits counters that such a claim moves."""

    turns: tuple[tuple[int, int], ...]  # (position, turn)
    visits: tuple[str, ...]
    continued_counts: tuple[bool, ...]  # of each visits counter


class Profiles(msgspec.Struct, frozen=True):
    """The profiles of one program.

    `lookups[axis][code]` is what a code adds to the profile's number, or BAD_CODE; `chains[number]`
    is what such claims run, or None where a figure is missing.
    """

    lookups: dict[str, tuple[int, ...]]
    chains: tuple[Chain | None, ...]


def profiles(
    policy: Policy, benefit: Benefit, layers: list[Layer], cells: list[LayerCells]
) -> Profiles:
    """Return the profiles of a program whose layers have these cells."""
    served = _served(policy, benefit)
    counting = [layer.deductible for layer in layers if layer.deductible is not None]
    counting = [deductible for deductible in counting if deductible.counts_visits]
    classes = _program_classes(policy, benefit, [served, *cells], counting)
    steps, count = _steps(classes)
    if count > capacity.PROFILES:
        raise CompileError(
            f"`{benefit.name}` tells {count:,} kinds of claims apart, "
            f"more than {capacity.PROFILES:,}",
            benefit.place,
        )
    return Profiles(
        lookups={
            axis: tuple(
                BAD_CODE if index == BAD_CODE else classes.of[axis][index] * steps[axis]
                for index in index_of_code(policy, axis)
            )
            for axis in classes.axes
        },
        chains=tuple(
            None
            if served.number(index) == NO_FIGURE
            else _chain(policy, counting, cells, index, benefit)
            for index in classes.indices()
        ),
    )


def _steps(classes: Classes) -> tuple[dict[str, int], int]:
    """Return what one class more on an axis adds to the profile, and how many there are."""
    count = 1
    steps: dict[str, int] = {}
    for axis in reversed(classes.axes):
        steps[axis] = count
        count *= len(classes.first[axis])
    return steps, count


def _served(policy: Policy, benefit: Benefit) -> LayerCells:
    """Return in which cells the benefit serves; elsewhere the policy has no figure."""
    axes = [axis for axis in AXIS_ORDER if axis in benefit.serves.axes]
    named = benefit.serves.axes
    classes = classes_of(
        {axis: [value in named[axis] for value in values_by_index(policy, axis)] for axis in axes}
    )
    return LayerCells(
        classes,
        tuple(
            NOT_SERVED if holds(When(named), cell_at(policy, index)) else NO_FIGURE
            for index in classes.indices()
        ),
    )


def _program_classes(
    policy: Policy, benefit: Benefit, layers: list[LayerCells], counting: list[Deductible]
) -> Classes:
    """Return the classes of values that no layer of the program tells apart."""
    each = {deductible.visits_each for deductible in counting} - {""}
    used = each.union(*(layer.classes.axes for layer in layers))
    appearances: dict[str, list[object]] = {}
    for axis in (axis for axis in AXIS_ORDER if axis in used):
        values = values_by_index(policy, axis)
        if not values:
            raise CompileError(f"`{axis}` has no bands", benefit.place)
        mine = [_slices(layer, axis) for layer in layers if axis in layer.classes.of]
        appearances[axis] = [
            (value if axis in each else None, *(slices[index] for slices in mine))
            for index, value in enumerate(values)
        ]
    return classes_of(appearances)


def _slices(layer: LayerCells, axis: str) -> list[tuple[int, ...]]:
    """Return for each index of `axis` what the layer has there in all its other cells."""
    sizes = {one: len(first) for one, first in layer.classes.first.items()}
    inner = 1
    for one in reversed(layer.classes.axes):
        if one == axis:
            break
        inner *= sizes[one]
    block = inner * sizes[axis]
    by_class = [
        tuple(
            number
            for start in range(at * inner, len(layer.numbers), block)
            for number in layer.numbers[start : start + inner]
        )
        for at in range(sizes[axis])
    ]
    return [by_class[at] for at in layer.classes.of[axis]]


def _chain(
    policy: Policy,
    counting: list[Deductible],
    cells: list[LayerCells],
    index: Mapping[str, int],
    benefit: Benefit,
) -> Chain | None:
    turns = []
    for position, layer in enumerate(cells):
        number = layer.number(index)
        if number == NO_FIGURE:
            return None
        if number != NOT_SERVED:
            turns.append((position, number))
    visits: dict[str, bool] = {}
    for deductible in counting:
        name = deductible.visits
        if deductible.visits_each:
            at = index[deductible.visits_each]
            value = values_by_index(policy, deductible.visits_each)[at]
            if value is None:
                continue
            name = f"{name}@{value}"
        visits[name] = visits.get(name, False) or deductible.continued_counts
    if len(visits) > capacity.ORDINALS:
        raise CompileError(f"more than {capacity.ORDINALS} visits counters", benefit.place)
    return Chain(tuple(turns), tuple(visits), tuple(visits.values()))
