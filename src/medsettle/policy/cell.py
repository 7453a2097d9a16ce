"""What a policy says for one kind of claim: figures and adjustments in a cell of the axes.

The figures here are plain: `resolve.on_day` has replaced multiples of indicators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from medsettle.policy.document import Adjust, Ceiling, Deductible, Figure, Layer, Switch, When

#: A value for every axis that matters; None where the claim does not state it.
Cell = Mapping[str, str | None]

#: More amounts by ordinal than a table holds: the compiler refuses so many.
ORDINALS_MAX = 257


class NoFigureError(Exception):
    """The policy has no figure for this cell."""


def holds(when: When, cell: Cell) -> bool:
    """Tell whether a condition holds in a cell; an unstated value meets none."""
    return all(cell.get(axis) in values for axis, values in when.axes.items())


def is_decided(when: When, cell: Cell) -> bool:
    """Tell whether a condition can be decided in a cell: no unstated value matters to it."""
    values = {axis: cell.get(axis) for axis in when.axes}
    if any(value is not None and value not in when.axes[axis] for axis, value in values.items()):
        return True
    return None not in values.values()


def figure_at(figure: Figure, cell: Cell) -> Fraction | None:
    """Return the number that a figure has in a cell; None when it has none."""
    while isinstance(figure, Switch):
        value = cell.get(figure.axis)
        if value is None:
            return None
        case = figure.cases.get(value, figure.other)
        if case is None:
            return None
        figure = case
    if not isinstance(figure, Fraction):
        raise TypeError(f"a multiple of `{figure.of}` has no number without a day")
    return figure


def number_at(figure: Figure, cell: Cell) -> Fraction:
    """Return the number that a figure has in a cell; raise NoFigureError when it has none."""
    number = figure_at(figure, cell)
    if number is None:
        raise NoFigureError
    return number


def share_changes(layer: Layer) -> list[Adjust]:
    """Return the adjustments of a layer's shares, in order."""
    return [adjust for adjust in layer.adjust if not adjust.change.startswith("deductible_")]


def amount_changes(layer: Layer) -> list[Adjust]:
    """Return the adjustments of a layer's deductible, in order."""
    return [adjust for adjust in layer.adjust if adjust.change.startswith("deductible_")]


def adjusted(figure: Fraction, adjusts: Iterable[Adjust], cell: Cell) -> Fraction:
    """Return a figure after the adjustments that hold in a cell, not yet clamped.

    Raises NoFigureError where one is undecided or has no value there.
    """
    for adjust in adjusts:
        if not is_decided(adjust.when, cell):
            raise NoFigureError
        if holds(adjust.when, cell):
            figure = _changed(figure, adjust.change, number_at(adjust.value, cell))
    return figure


def _changed(figure: Fraction, change: str, value: Fraction) -> Fraction:
    match change.removeprefix("deductible_"):
        case "add_points" | "plus":
            return figure + value
        case "fund_share_times" | "times":
            return figure * value
        case "person_share_times":
            return 1 - (1 - figure) * value
        case "at_least":
            return max(figure, value)
        case "at_most":
            return min(figure, value)
    raise ValueError(f"no such change: {change}")


def ceiling_exists(ceiling: Ceiling, cell: Cell) -> bool:
    """Tell whether a ceiling exists in a cell; raise NoFigureError where that is undecided."""
    if not is_decided(ceiling.when, cell):
        raise NoFigureError
    return holds(ceiling.when, cell)


def limit_of(ceiling: Ceiling, cell: Cell) -> Fraction:
    """Return the adjusted limit of a ceiling that exists in a cell; raise NoFigureError."""
    return max(adjusted(number_at(ceiling.limit, cell), ceiling.adjust, cell), Fraction(0))


def deductible_amounts(layer: Layer, cell: Cell) -> tuple[Fraction, ...]:
    """Return the adjusted amounts of a layer's deductible by ordinal; () without one.

    Raises NoFigureError.
    """
    if layer.deductible is None:
        return ()
    changes = amount_changes(layer)
    amounts = _by_ordinal(layer.deductible, cell)
    return tuple(max(adjusted(amount, changes, cell), Fraction(0)) for amount in amounts)


def _by_ordinal(deductible: Deductible, cell: Cell) -> list[Fraction]:
    amounts = [number_at(figure, cell) for figure in deductible.amounts]
    if not deductible.later and deductible.step_down is None:
        return amounts
    first = amounts[0]
    floor = Fraction(0) if deductible.floor is None else number_at(deductible.floor, cell)
    floor = min(floor, first)
    if deductible.step_down is None:
        shares = (number_at(share, cell) for share in deductible.later)
        return [first, *(max(first * share, floor) for share in shares)]
    step = number_at(deductible.step_down, cell)
    while step and amounts[-1] > floor and len(amounts) < ORDINALS_MAX:
        amounts.append(max(amounts[-1] - step, floor))
    return amounts
