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
    Adjust,
    Benefit,
    Cite,
    Figure,
    Layer,
    Place,
    Policy,
    Switch,
    When,
)


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
    for benefits in policy.benefits.values():
        for benefit in benefits:
            yield from _benefit_lines(policy, benefit)
    for layers in policy.layers.values():
        for layer in layers:
            yield from _layer_lines(policy, layer)


def _benefit_lines(policy: Policy, benefit: Benefit) -> Iterator[str]:
    yield ""
    yield f"benefit {benefit.name}  {_dates(benefit)}  {_at(benefit.place)}"
    yield f"  {_clauses(policy, benefit.cite)}"
    yield f"  layers: {', '.join(benefit.layers)}"
    if benefit.serves.axes:
        yield f"  serves: {_when(benefit.serves)}"


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
    yield from _deductible_lines(layer)
    per = "" if layer.bands_per == "visit" else f" per {layer.bands_per}, `{layer.measured}`"
    yield f"  bands{per}"
    for band in layer.bands:
        upto = "above" if band.upto is None else f"to {_figure(band.upto, 'fen')}"
        yield f"    {upto}: {_figure(band.share, 'share')}  {_at(band.place)}"
    yield from (_adjust_line(policy, adjust) for adjust in layer.adjust)
    for ceiling in layer.ceilings:
        limit = _figure(ceiling.limit, "fen")
        counter = "" if ceiling.per == "visit" else f", `{ceiling.used}`"
        yield (
            f"  ceiling on {ceiling.on} per {ceiling.per}{counter}: {limit}  {_at(ceiling.place)}"
        )
    if layer.ceilings:
        yield f"  hands over: {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding: {layer.rounding}"


def _deductible_lines(layer: Layer) -> Iterator[str]:
    deductible = layer.deductible
    if deductible is None:
        return
    amounts = ", then ".join(_figure(amount, "fen") for amount in deductible.amounts)
    counter = "" if deductible.per == "visit" else f", `{deductible.used}`"
    inside = ", inside the first band" if deductible.inside_first_band else ""
    at = _at(deductible.place)
    yield f"  deductible per {deductible.per}{counter}{inside}: {amounts}  {at}"


def _adjust_line(policy: Policy, adjust: Adjust) -> str:
    value = _number(adjust.value, CHANGES[adjust.change])
    cite = _clauses(policy, (adjust.cite,))
    return f"  if {_when(adjust.when)}: {adjust.change} {value}  {cite}  {_at(adjust.place)}"


def _dates(version: Benefit | Layer) -> str:
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
