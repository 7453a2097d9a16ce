"""What a version says: its figures and conditions, each with the steps to where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.policy.ceilings import LIMIT_KEYS
from medsettle.policy.checks.context import Checked
from medsettle.policy.document import Deductible, Figure, Layer, Switch, When
from medsettle.policy.layers import CHANGE_KEYS
from medsettle.policy.positions import Path

_KEY_OF_CHANGE = {change: key for key, (change, _) in CHANGE_KEYS.items()}
_KEY_OF_LIMIT = {change: key for key, (change, _) in LIMIT_KEYS.items()}


def key_of(change: str, *, of_limit: bool = False) -> str:
    """Return the key under which a change is written."""
    return (_KEY_OF_LIMIT if of_limit else _KEY_OF_CHANGE)[change]


def figures(checked: Checked, layer: Layer) -> Iterator[tuple[Figure, Path]]:
    """Yield every figure of a layer with the steps to it."""
    yield from always_asked(checked, layer)
    for index, adjust in enumerate(layer.adjust):
        if adjust.when.axes:
            yield adjust.value, ("adjust", index, key_of(adjust.change))
    for index, ceiling in enumerate(layer.ceilings):
        if ceiling.when.axes and ceiling.on != "balance":
            yield ceiling.limit, ("ceilings", index, f"{ceiling.on}_yuan")
        for number, adjust in enumerate(ceiling.adjust):
            steps = ("ceilings", index, "adjust", number)
            yield adjust.value, (*steps, key_of(adjust.change, of_limit=True))


def always_asked(checked: Checked, layer: Layer) -> Iterator[tuple[Figure, Path]]:
    """Yield the figures that every claim needs that the layer serves."""
    if layer.first_share is not None:
        yield layer.first_share, ("first_share_pct",)
    if layer.deductible is not None:
        yield from _of_deductible(checked, layer, layer.deductible)
    for index, band in enumerate(layer.bands):
        if band.upto is not None:
            yield band.upto, ("bands", index, "upto_yuan")
        yield band.share, ("bands", index, "share_pct")
    for index, adjust in enumerate(layer.adjust):
        if not adjust.when.axes:
            yield adjust.value, ("adjust", index, key_of(adjust.change))
    for index, ceiling in enumerate(layer.ceilings):
        if not ceiling.when.axes and ceiling.on != "balance":
            yield ceiling.limit, ("ceilings", index, f"{ceiling.on}_yuan")


def conditions(layer: Layer) -> Iterator[tuple[When, Path]]:
    """Yield the conditions of a layer's adjustments and ceilings with the steps to them."""
    for index, adjust in enumerate(layer.adjust):
        yield adjust.when, ("adjust", index, "when")
    for index, ceiling in enumerate(layer.ceilings):
        yield ceiling.when, ("ceilings", index, "when")
        for number, adjust in enumerate(ceiling.adjust):
            yield adjust.when, ("ceilings", index, "adjust", number, "when")


def switches(figure: Figure, steps: Path) -> Iterator[tuple[Switch, Path]]:
    """Yield the switches of a figure, outermost first, with the steps to each."""
    if isinstance(figure, Switch):
        yield figure, steps
        for value, case in figure.cases.items():
            yield from switches(case, (*steps, value))
        if figure.other is not None:
            yield from switches(figure.other, (*steps, "other"))


def counted_apart(layer: Layer) -> Iterator[tuple[str, Path]]:
    """Yield the axes for whose values the layer keeps counters apart; "" for none."""
    if layer.deductible is not None:
        yield layer.deductible.visits_each, ("deductible", "visits_each")
        yield layer.deductible.used_each, ("deductible", "used_each")
        if layer.deductible.cap is not None:
            yield layer.deductible.cap.each, ("deductible", "cap", "used_each")
    yield layer.measured_each, ("measured_each",)
    for index, ceiling in enumerate(layer.ceilings):
        yield ceiling.each, ("ceilings", index, "used_each")


def amount_steps(checked: Checked, layer: Layer, index: int) -> Path:
    """Return the steps to the amount of a deductible by its place among all amounts."""
    deductible = layer.deductible
    if index and deductible is not None and deductible.later:
        return ("deductible", "later_pct", index - 1)
    steps = ("deductible", "amount_yuan")
    if deductible is not None and index < len(deductible.amounts):
        return (*steps, index) if checked.is_list(layer, *steps) else steps
    return steps


def _of_deductible(
    checked: Checked, layer: Layer, deductible: Deductible
) -> Iterator[tuple[Figure, Path]]:
    for index, amount in enumerate(deductible.amounts):
        yield amount, amount_steps(checked, layer, index)
    for index, share in enumerate(deductible.later):
        yield share, ("deductible", "later_pct", index)
    if deductible.step_down is not None:
        yield deductible.step_down, ("deductible", "each_later_minus_yuan")
    if deductible.floor is not None:
        yield deductible.floor, ("deductible", "at_least_yuan")
    if deductible.cap is not None:
        yield deductible.cap.limit, ("deductible", "cap", "yuan")
