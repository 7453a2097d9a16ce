"""Which layers serve whom, with which row: the profiles of a program.

Values of an axis that no layer of the program tells apart are one class, so the number of profiles
is the product of a few small numbers however many values the vocabulary has.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import msgspec

from medsettle import capacity
from medsettle.compile.axes import BAD_CODE, cells, index_of_code, values_by_index
from medsettle.compile.errors import CompileError
from medsettle.policy.cell import holds
from medsettle.policy.document import Benefit, Policy
from medsettle.vocabulary import AXIS_ORDER

#: What a layer has in a cell: the number of its row, or one of these.
NO_FIGURE = -1
NOT_SERVED = -2


class LayerCells(msgspec.Struct, frozen=True):
    """A layer's row number, NO_FIGURE or NOT_SERVED in every cell of its axes, the last fastest."""

    axes: tuple[str, ...]
    numbers: tuple[int, ...]

    def number(self, policy: Policy, index: Mapping[str, int]) -> int:
        """Return what the layer has where each axis has the given index."""
        position = 0
        for axis in self.axes:
            position = position * len(values_by_index(policy, axis)) + index[axis]
        return self.numbers[position]


class Profiles(msgspec.Struct, frozen=True):
    """The profiles of one program.

    `lookups[axis][code]` is what a code adds to the profile's number, or BAD_CODE; `chains[number]`
    is the (position, row) of every layer that serves, or None where a figure is missing.
    """

    lookups: dict[str, tuple[int, ...]]
    chains: tuple[tuple[tuple[int, int], ...] | None, ...]


def profiles(policy: Policy, benefit: Benefit, layers: list[LayerCells]) -> Profiles:
    """Return the profiles of a program whose layers have these cells."""
    served = _served(policy, benefit)
    used = {axis for layer in (served, *layers) for axis in layer.axes}
    axes = tuple(axis for axis in AXIS_ORDER if axis in used)
    classes = {axis: _classes(policy, axis, [served, *layers]) for axis in axes}
    representatives = {axis: _representatives(classes[axis]) for axis in axes}
    count = 1
    steps: dict[str, int] = {}
    for axis in reversed(axes):
        steps[axis] = count
        count *= len(representatives[axis])
    if count > capacity.PROFILES:
        raise CompileError(
            f"`{benefit.name}` tells {count:,} kinds of claims apart, "
            f"more than {capacity.PROFILES:,}",
            benefit.place,
        )
    lookups = {
        axis: tuple(
            BAD_CODE if index == BAD_CODE else classes[axis][index] * steps[axis]
            for index in index_of_code(policy, axis)
        )
        for axis in axes
    }
    kinds = (
        dict(zip(axes, indices, strict=True))
        for indices in itertools.product(*(representatives[axis] for axis in axes))
    )
    chains = tuple(
        None if served.number(policy, index) == NO_FIGURE else _chain(policy, layers, index)
        for index in kinds
    )
    return Profiles(lookups=lookups, chains=chains)


def _served(policy: Policy, benefit: Benefit) -> LayerCells:
    """Return in which cells the benefit serves; elsewhere the policy has no figure."""
    axes = tuple(axis for axis in AXIS_ORDER if axis in benefit.serves.axes)
    return LayerCells(
        axes,
        tuple(
            NOT_SERVED if holds(benefit.serves, cell) else NO_FIGURE for cell in cells(policy, axes)
        ),
    )


def _classes(policy: Policy, axis: str, layers: list[LayerCells]) -> list[int]:
    """Return the class of each index on `axis`; indices of one class differ in no layer."""
    n = len(values_by_index(policy, axis))
    slices: list[tuple[tuple[int, ...], ...]] = [
        tuple(_slice(policy, layer, axis, index) for layer in layers if axis in layer.axes)
        for index in range(n)
    ]
    numbers: dict[object, int] = {}
    return [numbers.setdefault(one, len(numbers)) for one in slices]


def _slice(policy: Policy, layer: LayerCells, axis: str, index: int) -> tuple[int, ...]:
    sizes = [len(values_by_index(policy, one)) for one in layer.axes]
    at = layer.axes.index(axis)
    inner = 1
    for size in sizes[at + 1 :]:
        inner *= size
    block = inner * sizes[at]
    return tuple(
        number
        for start in range(index * inner, len(layer.numbers), block)
        for number in layer.numbers[start : start + inner]
    )


def _representatives(classes: list[int]) -> list[int]:
    return [classes.index(one) for one in range(max(classes) + 1)]


def _chain(
    policy: Policy, layers: list[LayerCells], index: Mapping[str, int]
) -> tuple[tuple[int, int], ...] | None:
    links = []
    for position, layer in enumerate(layers):
        number = layer.number(policy, index)
        if number == NO_FIGURE:
            return None
        if number != NOT_SERVED:
            links.append((position, number))
    return tuple(links)
