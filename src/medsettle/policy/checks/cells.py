"""Cells: the combinations of axis values that a policy tells apart.

Values that no figure and no condition names all behave alike, so one of them stands for the rest;
that keeps the number of combinations small.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from medsettle.policy.cell import Cell
from medsettle.policy.document import Figure, Policy, Switch, When
from medsettle.vocabulary import BILL_SIZE, NUMBERS, default_value

#: Of more combinations than this only the first are looked at; the compiler looks at all.
CELLS_MAX = 2_048


def all_cells(
    policy: Policy,
    figures: Iterable[Figure],
    whens: Iterable[When],
    serves: When | None = None,
) -> Iterator[Cell]:
    """Yield every combination that `figures` and `whens` tell apart, among those served.

    No more than CELLS_MAX, whatever the policy says.
    """
    named = _named(figures, whens)
    served = {} if serves is None else serves.axes
    choices = [_choices(policy, axis, named[axis], served.get(axis)) for axis in named]
    for values_of_cell in itertools.islice(itertools.product(*choices), CELLS_MAX):
        yield dict(zip(named, values_of_cell, strict=True))


def values_named(
    policy: Policy, figures: Iterable[Figure], whens: Iterable[When]
) -> dict[str, list[str]]:
    """Return by axis the values that `figures` and `whens` name, and one of the others."""
    found: dict[str, list[str]] = {}
    for axis, named in _named(figures, whens).items():
        values = policy.axis_values(axis)
        others = [value for value in values if value not in named]
        found[axis] = [*others[:1], *(value for value in values if value in named)]
    return {axis: values for axis, values in found.items() if values}


def told(cell: Cell) -> str:
    """Return the cell for a message: " for `tertiary`, `retired`"; "" if it says nothing."""
    values = [f"`{value}`" for value in cell.values() if value is not None]
    return f" for {', '.join(values)}" if values else ""


def _named(figures: Iterable[Figure], whens: Iterable[When]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for figure in figures:
        _collect(figure, named)
    for when in whens:
        for axis, values in when.axes.items():
            named.setdefault(axis, set()).update(values)
    return named


def _collect(figure: Figure, named: dict[str, set[str]]) -> None:
    if isinstance(figure, Switch):
        named.setdefault(figure.axis, set()).update(figure.cases)
        for case in figure.cases.values():
            _collect(case, named)
        if figure.other is not None:
            _collect(figure.other, named)


def _choices(
    policy: Policy, axis: str, named: set[str], served: frozenset[str] | None
) -> list[str | None]:
    """Return the named values of an axis, one of the others, and None if it may be unstated."""
    values = [v for v in policy.axis_values(axis) if served is None or v in served]
    rest = [value for value in values if value not in named]
    found: list[str | None] = [value for value in values if value in named]
    found += rest[:1]
    if served is None and may_be_unstated(axis):
        found.append(None)
    return found


def may_be_unstated(axis: str) -> bool:
    """Tell whether a claim may leave an axis out, and says nothing by that."""
    if axis == BILL_SIZE:
        return False  # a claim always has a total
    return axis in NUMBERS or default_value(axis) is None
