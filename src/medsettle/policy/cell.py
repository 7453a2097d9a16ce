"""What a policy says for one kind of claim: figures and adjustments in a cell of the axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from medsettle.policy.document import Adjust, Figure, Layer, Switch, When

#: A value for every axis that matters; None where the claim does not state it.
Cell = Mapping[str, str | None]


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
    return figure


def share_changes(layer: Layer) -> list[Adjust]:
    """Return the adjustments of a layer's shares, in order."""
    return [adjust for adjust in layer.adjust if not adjust.change.startswith("deductible_")]


def amount_changes(layer: Layer) -> list[Adjust]:
    """Return the adjustments of a layer's deductible, in order."""
    return [adjust for adjust in layer.adjust if adjust.change.startswith("deductible_")]


def adjusted(figure: Fraction, adjusts: Iterable[Adjust], cell: Cell) -> Fraction:
    """Return a share or an amount after the adjustments that hold in a cell, not yet clamped."""
    for adjust in adjusts:
        if holds(adjust.when, cell):
            figure = _changed(figure, adjust.change, adjust.value)
    return figure


def _changed(figure: Fraction, change: str, value: Fraction) -> Fraction:
    match change:
        case "add_points" | "deductible_plus":
            return figure + value
        case "fund_share_times" | "deductible_times":
            return figure * value
        case "person_share_times":
            return 1 - (1 - figure) * value
        case "at_least":
            return max(figure, value)
        case "at_most":
            return min(figure, value)
    raise ValueError(f"no such change: {change}")
