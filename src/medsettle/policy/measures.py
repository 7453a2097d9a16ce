"""What a layer's figures come to for a kind of claim, each with the place where it stands.

A figure is a step function: a share goes by the cost, a deductible by the visit's ordinal.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from medsettle.policy.cell import (
    Cell,
    adjusted,
    amount_changes,
    ceiling_exists,
    deductible_amounts,
    limit_of,
    number_at,
    share_changes,
)
from medsettle.policy.document import NO_LIMIT, Adjust, Ceiling, Figure, Layer, Place, When

#: The window of the ceilings that national documents speak of.
YEAR = "year"


class Step(NamedTuple):
    """A number that holds from `start` on: fen of cost, or a visit's ordinal."""

    start: Fraction
    number: Fraction
    place: Place


def steps_of(figure: str, layer: Layer, cell: Cell) -> list[Step]:
    """Return the steps of a figure in a cell, none where there is none; raise NoFigureError."""
    if figure == "share":
        return _shares(layer, cell)
    if figure == "deductible":
        return _deductible(layer, cell)
    if figure == "ceiling":
        return _ceiling(layer, cell)
    first = layer.first_share
    number = Fraction(0) if first is None else number_at(first, cell)
    return [Step(Fraction(0), number, layer.place)]


def terms_of(figure: str, layer: Layer) -> Iterator[Figure | When]:
    """Yield what a figure of a layer depends on: figures and conditions."""
    if figure == "share":
        for band in layer.bands:
            yield band.share
            if band.upto is not None:
                yield band.upto
    elif figure == "deductible" and layer.deductible is not None:
        yield from layer.deductible.amounts
        yield from layer.deductible.later
        for each in (layer.deductible.step_down, layer.deductible.floor):
            if each is not None:
                yield each
    elif figure == "ceiling":
        for ceiling in _yearly(layer):
            yield ceiling.limit
            yield ceiling.when
    elif figure == "first_share" and layer.first_share is not None:
        yield layer.first_share
    for adjust in changes_of(figure, layer):
        yield adjust.value
        yield adjust.when


def changes_of(figure: str, layer: Layer) -> list[Adjust]:
    """Return the adjustments of a figure of a layer."""
    if figure == "share":
        return share_changes(layer)
    if figure == "deductible":
        return amount_changes(layer)
    if figure == "ceiling":
        return [adjust for ceiling in _yearly(layer) for adjust in ceiling.adjust]
    return []


def _shares(layer: Layer, cell: Cell) -> list[Step]:
    steps, start = [], Fraction(0)
    changes = share_changes(layer)
    for band in layer.bands:
        share = adjusted(number_at(band.share, cell), changes, cell)
        steps.append(Step(start, min(max(share, Fraction(0)), Fraction(1)), band.place))
        if band.upto is not None:
            start = number_at(band.upto, cell)
    return steps


def _deductible(layer: Layer, cell: Cell) -> list[Step]:
    if layer.deductible is None:
        return [Step(Fraction(0), Fraction(0), layer.place)]
    place = layer.deductible.place
    amounts = deductible_amounts(layer, cell)
    return [Step(Fraction(n), amount, place) for n, amount in enumerate(amounts)]


def _ceiling(layer: Layer, cell: Cell) -> list[Step]:
    """Return the lowest yearly ceiling on what the layer pays, if there is one."""
    existing = [ceiling for ceiling in _yearly(layer) if ceiling_exists(ceiling, cell)]
    found = [Step(Fraction(0), limit_of(each, cell), each.place) for each in existing]
    return [min(found, key=lambda step: step.number)] if found else []


def _yearly(layer: Layer) -> Iterator[Ceiling]:
    """Yield the yearly ceilings on what is paid, without those that only count."""
    for each in layer.ceilings:
        if each.on == "pay" and each.per == YEAR and each.limit != NO_LIMIT:
            yield each
