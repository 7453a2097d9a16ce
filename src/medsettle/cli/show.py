"""`medsettle show`: a policy as in force on a day, each figure with its origin."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator
from fractions import Fraction

from medsettle.cli.common import OK, CommandError, day_of, open_table, reason_of
from medsettle.compile.listing import table_text
from medsettle.load import UnknownPolicyError, find, read
from medsettle.money import percent_text, yuan_text
from medsettle.policy.document import (
    CHANGES,
    LIMIT_CHANGES,
    NO_LIMIT,
    Adjust,
    Benefit,
    Ceiling,
    Cite,
    Deductible,
    Figure,
    Indicator,
    Layer,
    Multiple,
    Place,
    Policy,
    Switch,
    When,
)
from medsettle.vocabulary import BED_DAY, BILL_SIZE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `show` takes."""
    parser.add_argument("policy", metavar="P", help="110000/employee, or a file")
    parser.add_argument("--on", metavar="DATE", help="the day; default: every version")
    parser.add_argument("--compiled", action="store_true", help="print the compiled table instead")


def run(args: argparse.Namespace) -> int:
    """Print a policy, or its table."""
    if args.compiled or args.policy.endswith(".mst"):
        sys.stdout.write(table_text(open_table(args.policy, args.on).image))
        return OK
    day = day_of(args.on)
    try:
        policy = read(find(args.policy), day)
    except (UnknownPolicyError, ValueError, OSError) as error:
        raise CommandError(reason_of(error)) from None
    print("\n".join(policy_lines(policy, day)))
    return OK


def policy_lines(policy: Policy, day: dt.date | None) -> Iterator[str]:
    """Yield a policy as text: its benefits, then its layers with every figure."""
    yield f"{policy.name}  {policy.title}" + (f"  on {day}" if day else "")
    yield policy.file
    yield from _head_lines(policy)
    for benefits in policy.benefits.values():
        for benefit in benefits:
            yield from _benefit_lines(policy, benefit)
    for layers in policy.layers.values():
        for layer in layers:
            yield from _layer_lines(policy, layer)


def _head_lines(policy: Policy) -> Iterator[str]:
    """Yield what the policy says of itself, beside benefits and layers."""
    if policy.year_starts != 1:
        yield f"  a year begins with month {policy.year_starts}"
    if policy.rule_by != "date":
        yield f"  versions by the date `{policy.rule_by}`"
    for axis, values in policy.values.items():
        yield f"  own values of {axis}: {', '.join(map(' '.join, values.items()))}"
    for axis, bands in policy.bands.items():
        what = "above" if axis == BILL_SIZE else "from"
        shown = yuan_text if axis == BILL_SIZE else str
        yield f"  {axis}: {', '.join(f'{name} {what} {shown(at)}' for name, at in bands.items())}"
    for axis, order in policy.best_of.items():
        yield f"  of several values of {axis} counts the first of {', '.join(order)}"
    for name, period in policy.periods.items():
        within = " within a stay" if period.within_stay else ""
        yield f"  period {name}: {period.days} days{within}  {_clauses(policy, period.cite)}"
    for versions in policy.indicators.values():
        for version in versions:
            amount = yuan_text(int(version.amount))
            cite = _clauses(policy, version.cite)
            yield f"  indicator {version.name}  {_dates(version)}: {amount}  {cite}"


def _benefit_lines(policy: Policy, benefit: Benefit) -> Iterator[str]:
    yield ""
    yield f"benefit {benefit.name}  {_dates(benefit)}  {_at(benefit.place)}"
    yield f"  {_clauses(policy, benefit.cite)}"
    yield f"  layers: {', '.join(benefit.layers)}"
    if benefit.serves.axes:
        yield f"  serves: {_when(benefit.serves)}"
    if benefit.all_funds_at_most != 1:
        share = percent_text(benefit.all_funds_at_most)
        yield f"  all layers together at most {share}% of the bill"


def _layer_lines(policy: Policy, layer: Layer) -> Iterator[str]:
    yield ""
    yield f"layer {layer.name}  {_dates(layer)}  {_at(layer.place)}"
    yield f"  {_clauses(policy, layer.cite)} ({layer.provenance})"
    if layer.note:
        yield f"  note: {layer.note}"
    yield f"  fund: {layer.fund}"
    yield f"  base: {' + '.join(layer.base)}"
    if layer.serves.axes:
        yield f"  serves: {_when(layer.serves)}"
    if layer.tops_up:
        yield f"  tops up: {', '.join(layer.tops_up)}"
    if layer.first_share is not None:
        yield f"  first share of the base: {_figure(layer.first_share, 'share')}"
    if layer.deductible is not None:
        yield from _deductible_lines(layer.deductible)
    per = "" if layer.bands_per == "visit" else f" per {layer.bands_per}, "
    per += _counter(layer.measured, layer.measured_each) if per else ""
    yield f"  bands{per}"
    for band in layer.bands:
        upto = "above" if band.upto is None else f"to {_figure(band.upto, 'fen')}"
        yield f"    {upto}: {_figure(band.share, 'share')}  {_at(band.place)}"
    yield from (_adjust_line(policy, adjust) for adjust in layer.adjust)
    for ceiling in layer.ceilings:
        yield from _ceiling_lines(policy, ceiling)
    if layer.ceilings:
        yield f"  hands over: {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding: {layer.rounding}"


def _deductible_lines(deductible: Deductible) -> Iterator[str]:
    amounts = ", then ".join(_figure(amount, "fen") for amount in deductible.amounts)
    amounts += "".join(f", then {_figure(share, 'share')} of it" for share in deductible.later)
    if deductible.step_down is not None:
        amounts += f", each later one {_figure(deductible.step_down, 'fen')} less"
    if deductible.floor is not None:
        amounts += f", at least {_figure(deductible.floor, 'fen')}"
    counter = ""
    if deductible.per != "visit":
        counter = f", {_counter(deductible.used, deductible.used_each)}"
    inside = ", inside the first band" if deductible.inside_first_band else ""
    yield f"  deductible per {deductible.per}{counter}{inside}: {amounts}  {_at(deductible.place)}"
    if deductible.counts_visits:
        continued = ", a stay continued into a new year too" if deductible.continued_counts else ""
        yield f"    visits {_counter(deductible.visits, deductible.visits_each)}{continued}"
    if deductible.waived_after:
        yield f"    nothing is due once `{deductible.waived_after}` is above 0"
    if deductible.cap is not None:
        cap = deductible.cap
        limit = _figure(cap.limit, "fen")
        yield f"    at most {limit} per {cap.per}, {_counter(cap.used, cap.each)}"


def _ceiling_lines(policy: Policy, ceiling: Ceiling) -> Iterator[str]:
    whom = f", if {_when(ceiling.when)}" if ceiling.when.axes else ""
    counter = f"{_counter(ceiling.used, ceiling.each)}"
    if ceiling.on == "balance":
        yield f"  at most the balance {counter}{whom}  {_at(ceiling.place)}"
        return
    if ceiling.limit == NO_LIMIT:
        yield f"  counts {ceiling.on} per {ceiling.per}, {counter}{whom}  {_at(ceiling.place)}"
        return
    counted = "" if ceiling.per in ("visit", BED_DAY) else f", {counter}"
    limit = _figure(ceiling.limit, "fen")
    per = ceiling.per.replace("_", " ")
    yield f"  ceiling on {ceiling.on} per {per}{counted}{whom}: {limit}  {_at(ceiling.place)}"
    for adjust in ceiling.adjust:
        yield f"  {_adjust_line(policy, adjust)}"


def _counter(name: str, each: str) -> str:
    return f"`{name}`, apart for each {each}" if each else f"`{name}`"


def _adjust_line(policy: Policy, adjust: Adjust) -> str:
    unit = {**CHANGES, **LIMIT_CHANGES}[adjust.change]
    cite = _clauses(policy, (adjust.cite,))
    whom = f"if {_when(adjust.when)}: " if adjust.when.axes else ""
    return f"  {whom}{adjust.change} {_figure(adjust.value, unit)}  {cite}  {_at(adjust.place)}"


def _dates(version: Benefit | Layer | Indicator) -> str:
    until = f" until {version.until}" if version.until else ""
    return f"from {version.from_}{until}"


def _at(place: Place) -> str:
    return f"[line {place.line}]"


def _clauses(policy: Policy, cites: tuple[Cite, ...]) -> str:
    return "; ".join(_clause(policy, cite) for cite in cites)


def _clause(policy: Policy, cite: Cite) -> str:
    source = policy.sources.get(cite.source)
    document = (source.number or source.title) if source else cite.source
    return f"{document} {cite.clause}".strip()


def _when(when: When) -> str:
    return " and ".join(f"{axis} {'/'.join(sorted(values))}" for axis, values in when.axes.items())


def _figure(figure: Figure, unit: str) -> str:
    if isinstance(figure, Multiple):
        step = f", to whole {yuan_text(figure.step)}" if figure.step else ""
        return f"{percent_text(figure.factor)}% of {figure.of}{step}"
    if not isinstance(figure, Switch):
        return _number(figure, unit)
    cases = [f"{name} {_figure(case, unit)}" for name, case in figure.cases.items()]
    if figure.other is not None:
        cases.append(f"other {_figure(figure.other, unit)}")
    return f"{{ {', '.join(cases)} }}"


def _number(value: Fraction, unit: str) -> str:
    if unit == "fen":
        return yuan_text(int(value))
    return f"{percent_text(value)}%" if unit == "share" else f"x {percent_text(value / 100)}"
