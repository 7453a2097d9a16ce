"""Figures: bands ascend, adjusted figures stay exact, and every figure is for somebody."""

from __future__ import annotations

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction

from medsettle import capacity
from medsettle.money import FEN_MAX, FEN_PER_YUAN, PPM
from medsettle.policy.cell import (
    Cell,
    NoFigureError,
    adjusted,
    amount_changes,
    ceiling_exists,
    deductible_amounts,
    figure_at,
    holds,
    limit_of,
    number_at,
    share_changes,
)
from medsettle.policy.checks.cells import told
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.terms import (
    always_asked,
    amount_steps,
    conditions,
    figures,
    key_of,
    switches,
)
from medsettle.policy.document import Layer, Place
from medsettle.policy.errors import quoted
from medsettle.policy.positions import Path


def check_figures(checked: Checked) -> None:
    """Report figures that contradict each other, are not exact, or are for nobody."""
    for layer in checked.layers():
        _check_deductible_is_there(checked, layer)
        for plain in checked.resolved(layer):
            _check_ascending(checked, plain, Fraction(0) if plain is not layer else None)
            _check_shares(checked, plain)
            _check_amounts(checked, plain)
            _check_limits(checked, plain)
        _check_served(checked, layer)
        _check_left_out(checked, layer)


def yuan(fen: Fraction) -> str:
    """Return fen as yuan text, cut after eight decimals."""
    return _decimal(fen / FEN_PER_YUAN)


def _check_ascending(checked: Checked, layer: Layer, first: Fraction | None) -> None:
    """Report bands that do not end above the band before them, for some cell.

    `first` is what the first band must end above; plain amounts were seen to be above 0.
    """
    bands = [band.upto for band in layer.bands if band.upto is not None]
    below = bands if first is None else [first, *bands]
    start = 0 if first is not None else 1
    for index, (before, upto) in enumerate(itertools.pairwise(below), start=start):
        for cell in checked.cells([before, upto], [], layer.serves):
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
    values = [adjust.value for adjust in adjusts]
    for index, band in enumerate(layer.bands if adjusts else ()):
        seen: set[str] = set()
        for cell in checked.cells([band.share, *values], whens, layer.serves):
            try:
                result = adjusted(number_at(band.share, cell), adjusts, cell)
            except NoFigureError:
                continue
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


def _check_deductible_is_there(checked: Checked, layer: Layer) -> None:
    """Report adjustments of a deductible that the layer does not have."""
    adjusts = amount_changes(layer) if layer.deductible is None else []
    for index, adjust in enumerate(layer.adjust):
        if adjust in adjusts:
            key = key_of(adjust.change)
            place = checked.at_key(layer, "adjust", index, key)
            checked.report.add("P512", place, key=key, layer=layer.name)


def _check_amounts(checked: Checked, layer: Layer) -> None:
    """Report deductibles that are no whole fen or too large, after `later_pct` and adjustments."""
    adjusts, deductible = amount_changes(layer), layer.deductible
    if deductible is None or not (adjusts or deductible.later or deductible.step_down):
        return
    known = [*deductible.amounts, deductible.step_down, deductible.floor]
    asked = [figure for figure in known if figure is not None]
    asked += [adjust.value for adjust in adjusts]
    seen: set[int] = set()
    for cell in checked.cells(asked, [a.when for a in adjusts], layer.serves):
        try:
            amounts = deductible_amounts(layer, cell)
        except NoFigureError:
            continue
        if len(amounts) > capacity.BANDS:
            place = checked.at(layer, "deductible", "each_later_minus_yuan")
            fields = {"most": f"{capacity.BANDS}", "what": "amounts of a deductible"}
            checked.report.add("P516", place, {**fields, "found": "more"})
            return
        for index, result in enumerate(amounts):
            code = _mistake(result, "P504")
            if code and index not in seen:
                seen.add(index)
                fields = {"found": yuan(result), "cell": told(cell), "what": "adjusted deductible"}
                steps = amount_steps(checked, layer, index)
                _report_adjusted(checked, code, layer, steps, cell, fields)


def _check_limits(checked: Checked, layer: Layer) -> None:
    """Report adjusted limits of ceilings that are no whole fen or too large."""
    for index, ceiling in enumerate(layer.ceilings):
        if not ceiling.adjust:
            continue
        asked = [ceiling.limit, *(adjust.value for adjust in ceiling.adjust)]
        whens = [ceiling.when, *(adjust.when for adjust in ceiling.adjust)]
        for cell in checked.cells(asked, whens, layer.serves):
            try:
                limit = limit_of(ceiling, cell) if ceiling_exists(ceiling, cell) else Fraction(0)
            except NoFigureError:
                continue
            if code := _mistake(limit, "P520"):
                place = checked.at(layer, "ceilings", index, f"{ceiling.on}_yuan")
                what = "adjusted limit of a ceiling"
                fields = {"found": yuan(limit), "cell": told(cell), "what": what}
                checked.report.add(code, place, fields)
                break


def _mistake(amount: Fraction, inexact: str) -> str:
    """Return the code of what is wrong with an adjusted amount, `inexact` if it is no whole fen."""
    if amount > FEN_MAX:
        return "P524"
    return inexact if amount.denominator != 1 else ""


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
    """Report figures, adjustments and ceilings for values that the layer does not serve."""
    for figure, steps in figures(checked, layer):
        for switch, path in switches(figure, steps):
            served = layer.serves.axes.get(switch.axis)
            for value in switch.cases:
                if served is not None and value not in served:
                    place = checked.at_key(layer, *path, value)
                    checked.report.add("P509", place, found=value)
            known = served or frozenset(checked.policy.axis_values(switch.axis))
            if switch.other is not None and known <= set(switch.cases):
                place = checked.at_key(layer, *path, "other")
                checked.report.add("P513", place, axis=switch.axis)
    for when, steps in conditions(layer):
        what = "ceiling" if steps[0] == "ceilings" and len(steps) == 3 else "adjustment"
        for axis, values in when.axes.items():
            for value in sorted(values - layer.serves.axes.get(axis, values)):
                place = checked.at(layer, *steps, axis)
                checked.report.add("P508", place, found=value, what=what)


def _check_left_out(checked: Checked, layer: Layer) -> None:
    """Report figures without a value that other figures of the layer, asked alike, have."""
    found = [
        (switch, path, (switch.axis, path[len(steps) :]))  # asked: below which values of others
        for figure, steps in always_asked(checked, layer)
        for switch, path in switches(figure, steps)
    ]
    for switch, path, asked in found:
        served = layer.serves.axes.get(switch.axis)
        missing: dict[str, Place] = {}
        for other, there, alike in found if switch.other is None else ():
            for value in other.cases if alike == asked else ():
                if value not in switch.cases and (served is None or value in served):
                    missing.setdefault(value, checked.at_key(layer, *there, value))
        for value, place in itertools.islice(missing.items(), 1):
            fields = {"found": quoted(missing), "layer": layer.name, "value": value}
            related = [(place, f"a figure for `{value}`")]
            checked.report.add("P518", checked.at(layer, *path), fields, related)


def _decimal(value: Fraction) -> str:
    """Return a fraction as decimal text, cut after eight decimals with `…`."""
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        short = exact.quantize(Decimal("1e-8"))
    text = f"{short:f}".rstrip("0").rstrip(".")
    return text if Fraction(short) == value else f"{text}…"
