"""Figures: bands ascend, adjusted figures stay exact, and every figure is for somebody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction

from medsettle.money import FEN_PER_YUAN, PPM
from medsettle.policy.cell import Cell, adjusted, amount_changes, figure_at, holds, share_changes
from medsettle.policy.checks.cells import all_cells, told
from medsettle.policy.checks.context import Checked
from medsettle.policy.document import Figure, Layer, Place, Switch
from medsettle.policy.errors import quoted
from medsettle.policy.layers import CHANGE_KEYS
from medsettle.policy.positions import Path

_KEY_OF_CHANGE = {change: key for key, (change, _) in CHANGE_KEYS.items()}


def check_figures(checked: Checked) -> None:
    """Report figures that contradict each other, are not exact, or are for nobody."""
    for layer in checked.layers():
        _check_ascending(checked, layer)
        _check_shares(checked, layer)
        _check_amounts(checked, layer)
        _check_served(checked, layer)
        _check_left_out(checked, layer)


def yuan(fen: Fraction) -> str:
    """Return fen as yuan text, cut after eight decimals."""
    return _decimal(fen / FEN_PER_YUAN)


def _check_ascending(checked: Checked, layer: Layer) -> None:
    """Report bands that do not end above the band before them, for some cell."""
    bands = [band.upto for band in layer.bands if band.upto is not None]
    for index, (before, upto) in enumerate(itertools.pairwise(bands), start=1):
        for cell in all_cells(checked.policy, [before, upto], [], layer.serves):
            low, high = figure_at(before, cell), figure_at(upto, cell)
            if low is not None and high is not None and high <= low:
                fields = {"before": yuan(low), "found": yuan(high), "cell": told(cell)}
                place = checked.at(layer, "bands", index, "upto_yuan")
                checked.report.add("P501", place, fields)
                break


def _check_shares(checked: Checked, layer: Layer) -> None:
    """Report adjusted shares beyond 0 and 100 %, or finer than parts per million."""
    adjusts = share_changes(layer)
    whens = [adjust.when for adjust in adjusts]
    for index, band in enumerate(layer.bands if adjusts else ()):
        seen: set[str] = set()
        for cell in all_cells(checked.policy, [band.share], whens, layer.serves):
            share = figure_at(band.share, cell)
            if share is None:
                continue
            result = adjusted(share, adjusts, cell)
            clamped = min(max(result, Fraction(0)), Fraction(1))
            code = "P502" if clamped != result else "P503" if (result * PPM) % 1 else ""
            if code and code not in seen:
                seen.add(code)
                fields = {
                    "found": _decimal(result * 100),
                    "taken": _decimal(clamped * 100),
                    "cell": told(cell),
                }
                _report_adjusted(checked, code, layer, ("bands", index, "share_pct"), cell, fields)


def _check_amounts(checked: Checked, layer: Layer) -> None:
    """Report adjusted deductibles that are no whole fen."""
    adjusts = amount_changes(layer)
    if layer.deductible is None:
        for index, adjust in enumerate(layer.adjust):
            if adjust in adjusts:
                key = _KEY_OF_CHANGE[adjust.change]
                place = checked.at_key(layer, "adjust", index, key)
                checked.report.add("P512", place, key=key, layer=layer.name)
        return
    whens = [adjust.when for adjust in adjusts]
    for index, figure in enumerate(layer.deductible.amounts if adjusts else ()):
        for cell in all_cells(checked.policy, [figure], whens, layer.serves):
            amount = figure_at(figure, cell)
            result = Fraction(0) if amount is None else adjusted(amount, adjusts, cell)
            if result > 0 and result.denominator != 1:
                fields = {"found": yuan(result), "cell": told(cell)}
                steps = _amount_steps(checked, layer, index)
                _report_adjusted(checked, "P504", layer, steps, cell, fields)
                break


def _amount_steps(checked: Checked, layer: Layer, index: int) -> Path:
    steps = ("deductible", "amount_yuan")
    return (*steps, index) if checked.is_list(layer, *steps) else steps


def _report_adjusted(
    checked: Checked, code: str, layer: Layer, steps: Path, cell: Cell, fields: dict[str, str]
) -> None:
    """Report a figure together with the adjustments that made it."""
    made_by = [
        (checked.at(layer, "adjust", index), "adjusted here")
        for index, adjust in enumerate(layer.adjust)
        if holds(adjust.when, cell)
        and (adjust in amount_changes(layer)) == (steps[0] == "deductible")
    ]
    checked.report.add(code, checked.at(layer, *steps), fields, related=made_by)


def _check_served(checked: Checked, layer: Layer) -> None:
    """Report figures and adjustments for values that the layer does not serve."""
    for figure, steps in _figures(checked, layer):
        for switch, path in _switches(figure, steps):
            served = layer.serves.axes.get(switch.axis)
            for value in switch.cases:
                if served is not None and value not in served:
                    place = checked.at_key(layer, *path, value)
                    checked.report.add("P509", place, found=value)
            known = served or frozenset(checked.policy.axis_values(switch.axis))
            if switch.other is not None and known <= set(switch.cases):
                place = checked.at_key(layer, *path, "other")
                checked.report.add("P513", place, axis=switch.axis)
    for index, adjust in enumerate(layer.adjust):
        for axis, values in adjust.when.axes.items():
            for value in sorted(values - layer.serves.axes.get(axis, values)):
                place = checked.at(layer, "adjust", index, "when", axis)
                checked.report.add("P508", place, found=value)


def _check_left_out(checked: Checked, layer: Layer) -> None:
    """Report figures without a value that other figures of the layer, asked alike, have."""
    switches = [
        (switch, path, (switch.axis, path[len(steps) :]))  # asked: below which values of others
        for figure, steps in _figures(checked, layer)
        for switch, path in _switches(figure, steps)
    ]
    for switch, path, asked in switches:
        served = layer.serves.axes.get(switch.axis)
        missing: dict[str, Place] = {}
        for other, there, alike in switches if switch.other is None else ():
            for value in other.cases if alike == asked else ():
                if value not in switch.cases and (served is None or value in served):
                    missing.setdefault(value, checked.at_key(layer, *there, value))
        for value, place in itertools.islice(missing.items(), 1):
            fields = {"found": quoted(missing), "layer": layer.name, "value": value}
            related = [(place, f"a figure for `{value}`")]
            checked.report.add("P518", checked.at(layer, *path), fields, related)


def _figures(checked: Checked, layer: Layer) -> Iterator[tuple[Figure, Path]]:
    """Yield every figure of a layer with the steps to it."""
    if layer.deductible is not None:
        for index, amount in enumerate(layer.deductible.amounts):
            yield amount, _amount_steps(checked, layer, index)
    for index, band in enumerate(layer.bands):
        if band.upto is not None:
            yield band.upto, ("bands", index, "upto_yuan")
        yield band.share, ("bands", index, "share_pct")
    for index, ceiling in enumerate(layer.ceilings):
        yield ceiling.limit, ("ceilings", index, f"{ceiling.on}_yuan")


def _switches(figure: Figure, steps: Path) -> Iterator[tuple[Switch, Path]]:
    """Yield the switches of a figure, outermost first, with the steps to each."""
    if isinstance(figure, Switch):
        yield figure, steps
        for value, case in figure.cases.items():
            yield from _switches(case, (*steps, value))
        if figure.other is not None:
            yield from _switches(figure.other, (*steps, "other"))


def _decimal(value: Fraction) -> str:
    """Return a fraction as decimal text, cut after eight decimals with `…`."""
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        short = exact.quantize(Decimal("1e-8"))
    text = f"{short:f}".rstrip("0").rstrip(".")
    return text if Fraction(short) == value else f"{text}…"
