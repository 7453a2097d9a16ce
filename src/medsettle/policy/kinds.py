"""Kinds of claim that a policy tells apart and a national limit concerns.

An axis that neither the benefit nor its layers name is not told apart: the policy does not speak of
it, and a limit for one of its values is not asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from medsettle.policy.cell import Cell, holds
from medsettle.policy.document import Benefit, Figure, Layer, Policy, Switch, When
from medsettle.policy.limits import Limit, ThatOf
from medsettle.policy.measures import terms_of
from medsettle.policy.resolve import layer_figures

#: Of more kinds than this only the first are looked at.
KINDS_MAX = 20_000


class Turn:
    """A layer's turn in a benefit on a day, with the other layers of that day in plain numbers."""

    def __init__(self, policy: Policy, benefit: Benefit, layers: Sequence[Layer], at: int) -> None:
        """Look at the layer at position `at`."""
        self.policy, self.benefit, self.layers, self.at = policy, benefit, layers, at
        self.layer = layers[at]
        self.told_apart = {
            axis
            for layer in layers
            for axis in _axes([*layer_figures(layer), layer.serves, *_conditions(layer)])
        } | set(benefit.serves.axes)

    def kinds(self, limit: Limit) -> Iterator[Cell]:
        """Yield the kinds of claim that the layer serves and the limit concerns."""
        if not self._is_told_apart(limit):
            return
        asked = [*terms_of(limit.figure, self.layer), limit.when, self._known(limit.only)]
        named = _named(asked)
        if isinstance(limit.value, Switch):
            _collect(limit.value, named)
        elif isinstance(limit.value, ThatOf):
            for axis in {*limit.value.axes, limit.value.each} & self.told_apart:
                named.setdefault(axis, set()).update(self.policy.axis_values(axis))
        only_served = {*self.benefit.serves.axes, *self.layer.serves.axes} - named.keys()
        choices = [
            *((axis, self._choices(axis, named[axis], limit)) for axis in named),
            *((axis, self._choices(axis, set(), limit)) for axis in sorted(only_served)),
        ]
        axes = [axis for axis, _ in choices]
        found = itertools.product(*(values for _, values in choices))
        for values in itertools.islice(found, KINDS_MAX):
            yield dict(zip(axes, values, strict=True))

    def compared(self, cell: Cell, other: ThatOf) -> tuple[Layer, Cell] | None:
        """Return the layer and the kind of claim that `cell` is compared with; None without one.

        Where the layer does not serve that kind, it is the one other layer of its fund that does.
        """
        there = dict(cell)
        for axis, value in other.values.items():
            if axis in self.told_apart:
                there[axis] = value
        for axis, number in other.numbers.items():
            bands = self.policy.bands.get(axis, {})
            if axis in self.told_apart and bands:
                there[axis] = [band for band, lowest in bands.items() if lowest <= number][-1]
        if there == cell or not holds(self.benefit.serves, there):
            return None
        if holds(self.layer.serves, there):
            return self.layer, there
        serving = [
            layer
            for layer in self.layers
            if layer.fund == self.layer.fund and holds(layer.serves, there)
        ]
        return (serving[0], there) if len(serving) == 1 else None

    def _is_told_apart(self, limit: Limit) -> bool:
        """Tell whether the policy tells apart whom the limit is for."""
        if not limit.when.axes.keys() <= self.told_apart:
            return False
        if not isinstance(limit.value, ThatOf):
            return True
        if limit.value.each and limit.value.each not in self.told_apart:
            return False
        return any(axis in self.told_apart for axis in limit.value.axes)

    def _known(self, when: When) -> When:
        """Return the condition on the axes that are told apart."""
        return When({axis: each for axis, each in when.axes.items() if axis in self.told_apart})

    def _choices(self, axis: str, named: set[str], limit: Limit) -> list[str | None]:
        """Return the values of an axis that matter: those named, and one of the others."""
        values: Iterable[str] = self.policy.axis_values(axis)
        for served in (self.benefit.serves, self.layer.serves, limit.when, limit.only):
            values = [v for v in values if v in served.axes.get(axis, values)]
        rest = [value for value in values if value not in named]
        return [*(value for value in values if value in named), *rest[:1]]


def number_in(policy: Policy, axis: str, band: str) -> int:
    """Return the number that a band stands for: its highest, of the last its lowest."""
    bands = list(policy.bands[axis].items())
    at = [name for name, _ in bands].index(band)
    return bands[at + 1][1] - 1 if at + 1 < len(bands) else bands[at][1]


def _conditions(layer: Layer) -> Iterator[When]:
    for adjust in layer.adjust:
        yield adjust.when
    for ceiling in layer.ceilings:
        yield ceiling.when
        for adjust in ceiling.adjust:
            yield adjust.when


def _axes(terms: Iterable[Figure | When]) -> set[str]:
    return set(_named(terms))


def _named(terms: Iterable[Figure | When]) -> dict[str, set[str]]:
    """Return by axis the values that figures and conditions name."""
    named: dict[str, set[str]] = {}
    for term in terms:
        if isinstance(term, When):
            for axis, values in term.axes.items():
                named.setdefault(axis, set()).update(values)
        else:
            _collect(term, named)
    return named


def _collect(figure: Figure, named: dict[str, set[str]]) -> None:
    if not isinstance(figure, Switch):
        return
    named.setdefault(figure.axis, set()).update(figure.cases)
    for case in figure.cases.values():
        _collect(case, named)
    if figure.other is not None:
        _collect(figure.other, named)
