"""Departures: where a region's figures lie below a national floor or above a national ceiling.

Only what the policy states is compared: a kind of claim that it does not serve, does not tell apart
or has no figure for departs from nothing.  Adjustments are folded in; versions and published
numbers are those of each day on which both are in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from medsettle.money import percent_text
from medsettle.policy.cell import Cell, NoFigureError, holds, number_at
from medsettle.policy.checks.cells import told
from medsettle.policy.checks.figures import yuan
from medsettle.policy.document import (
    Benefit,
    Cite,
    Figure,
    Layer,
    Multiple,
    Place,
    Policy,
    Source,
    Switch,
)
from medsettle.policy.errors import Diagnostic, Report
from medsettle.policy.kinds import Turn, number_in
from medsettle.policy.limits import Limit, Limits, ThatOf
from medsettle.policy.measures import Step, changes_of, steps_of
from medsettle.policy.origins import taken_and_left
from medsettle.policy.resolve import NoIndicator, change_days, in_force, number_on, on_day

#: What a demand is: the number that holds from a step on, None for none.
Demand = Callable[[Fraction], Fraction | None]

_NOUNS: Final = {
    "share": "share",
    "deductible": "deductible",
    "ceiling": "yearly ceiling",
    "first_share": "first share",
    "base": "base",
}


class Finding(NamedTuple):
    """One figure that departs: where it stands, what it is, and what it should be."""

    place: Place
    found: str
    demanded: str


class _Departure(NamedTuple):
    """The first kind of claim in which a layer departs from a limit, and all such kinds."""

    layer: Layer
    limit: Limit
    day: dt.date
    cell: Cell
    finding: Finding
    cells: set[tuple[tuple[str, str | None], ...]]


def departures(
    policy: Policy, limits: Limits, texts: Mapping[str, Sequence[str]] | None = None
) -> list[Diagnostic]:
    """Return a warning for each layer's version and limit that it departs from, by place.

    `texts` are the lines of the policy's file and of those it inherits from, by name, for excerpts.
    """
    report = Report(policy.file, (texts or {}).get(policy.file, ()))
    report.others = dict(texts or {})
    found: dict[tuple[Place, Place], _Departure] = {}
    for benefit in (each for versions in policy.benefits.values() for each in versions):
        for limit in limits.limits:
            for departure in _in_benefit(policy, benefit, limit):
                first = found.setdefault((departure.layer.place, limit.place), departure)
                first.cells.add(tuple(sorted(departure.cell.items())))
    for departure in found.values():
        _tell(report, policy, limits, departure)
    return report.diagnostics()


def _in_benefit(policy: Policy, benefit: Benefit, limit: Limit) -> Iterator[_Departure]:
    """Yield every departure of a benefit's version from a limit, by day."""
    if limit.schemes and policy.scheme not in limit.schemes:
        return
    if limit.benefits and benefit.name not in limit.benefits:
        return
    for day in _days(policy, benefit, limit):
        layers = list(_layers_on(policy, benefit, day))
        for at, layer in enumerate(layers):
            if not limit.funds or layer.fund in limit.funds:
                turn = Turn(policy, benefit, layers, at)
                for cell, finding in _in_turn(turn, limit, day):
                    yield _Departure(layer, limit, day, cell, finding, set())


def _days(policy: Policy, benefit: Benefit, limit: Limit) -> list[dt.date]:
    """Return the days on which something changes while benefit and limit are both in force."""
    first = max(benefit.from_, limit.from_)
    ends = [end for end in (benefit.until, limit.until) if end is not None]
    days = [first, *(day for day in change_days(policy) if day > first)]
    return [day for day in days if all(day < end for end in ends)]


def _layers_on(policy: Policy, benefit: Benefit, day: dt.date) -> Iterator[Layer]:
    """Yield the benefit's layers of a day in plain numbers; without those that have none."""
    for name in benefit.layers:
        layer = in_force(policy.layers.get(name, ()), day)
        if layer is not None:
            try:
                yield on_day(layer, policy, day)
            except NoIndicator:
                continue


def _in_turn(turn: Turn, limit: Limit, day: dt.date) -> Iterator[tuple[Cell, Finding]]:
    """Yield the kinds of claim in which a layer departs from a limit."""
    if limit.figure == "base":
        found = ((cell, _of_base(turn, limit, cell)) for cell in turn.kinds(limit))
        yield from ((cell, finding) for cell, finding in found if finding is not None)
        return
    try:
        value = None if limit.value is None else _plain(limit.value, turn.policy, day)
    except NoIndicator:
        return  # the policy does not tell the number that the limit is a multiple of
    for cell in turn.kinds(limit):
        try:
            finding = _in_cell(turn, limit, value, cell)
        except NoFigureError:
            continue
        if finding is not None:
            yield cell, finding


def _plain(value: Figure | ThatOf, policy: Policy, day: dt.date) -> Figure | ThatOf:
    """Return a bound with the policy's numbers for multiples; raise NoIndicator."""
    if isinstance(value, Multiple):
        return number_on(value, policy, day)
    if isinstance(value, Switch):
        other = None if value.other is None else _figure(value.other, policy, day)
        cases = {name: _figure(case, policy, day) for name, case in value.cases.items()}
        return Switch(value.axis, cases, other)
    return value


def _figure(value: Figure, policy: Policy, day: dt.date) -> Figure:
    plain = _plain(value, policy, day)
    assert not isinstance(plain, ThatOf)
    return plain


def _in_cell(turn: Turn, limit: Limit, value: Figure | ThatOf | None, cell: Cell) -> Finding | None:
    """Return the first step of a figure that departs in a cell; raise NoFigureError."""
    steps = steps_of(limit.figure, turn.layer, cell)
    if value is None:  # no ceiling at all
        return Finding(steps[0].place, f"{yuan(steps[0].number)} yuan", "none") if steps else None
    starts = {step.start for step in steps}
    if isinstance(value, ThatOf):
        other = _other_steps(turn, limit, value, cell)
        starts |= {step.start for step in other}
        return _first_departing(
            limit, steps, sorted(starts), _demand(turn.policy, value, cell, other)
        )
    number = number_at(value, cell)
    return _first_departing(limit, steps, sorted(starts), lambda _start: number)


def _is_covered(limit: Limit, steps: Sequence[Step], start: Fraction) -> bool:
    """Tell whether the layer covers cost from `start` on.

    A last share of 0 is how a limit on cost is written; one that is 0 from the first fen is not.
    """
    if limit.figure != "share" or not limit.is_least or not steps[0].number:
        return True
    return any(step.number for step in steps if step.start >= _at(steps, start).start)


def _other_steps(turn: Turn, limit: Limit, value: ThatOf, cell: Cell) -> list[Step]:
    compared = turn.compared(cell, value)
    return [] if compared is None else steps_of(limit.figure, *compared)


def _demand(policy: Policy, value: ThatOf, cell: Cell, other: Sequence[Step]) -> Demand:
    """Return what is demanded of a figure by that of another kind of claim."""
    times = Fraction(1)
    band = cell.get(value.each) if value.each else None
    if band is not None:
        times = Fraction(max(0, number_in(policy, value.each, band) - value.above))

    def demand(start: Fraction) -> Fraction | None:
        if not other or times == 0:
            return None
        there = _at(other, start).number
        number = there * value.times + value.plus * times
        return number if value.in_all is None else min(number, there * value.in_all)

    return demand


def _first_departing(
    limit: Limit, steps: Sequence[Step], starts: Iterable[Fraction], demand: Demand
) -> Finding | None:
    text = _percent if limit.bound.endswith("_pct") else _yuan
    for start in starts if steps else ():
        demanded = demand(start)
        if demanded is None:
            continue
        if limit.bound.endswith("_pct"):
            demanded = min(demanded, Fraction(1))
        step = _at(steps, start)
        departs = step.number < demanded if limit.is_least else step.number > demanded
        if departs and _is_covered(limit, steps, start):
            side = "at least" if limit.is_least else "at most"
            return Finding(step.place, text(step.number), f"{side} {text(demanded)}")
    return None


def _at(steps: Sequence[Step], start: Fraction) -> Step:
    """Return the step that holds at `start`."""
    return next(step for step in reversed(steps) if step.start <= start)


def _percent(share: Fraction) -> str:
    return f"{percent_text(share)} %"


def _yuan(fen: Fraction) -> str:
    return f"{yuan(fen)} yuan"


def _of_base(turn: Turn, limit: Limit, cell: Cell) -> Finding | None:
    """Return the part that a base must take and lacks, or must leave and takes."""
    took, left = taken_and_left(turn.layers[: turn.at], turn.layer, cell)
    for part in limit.parts:
        if limit.bound == "takes" and part in left - took:
            return Finding(turn.layer.place, f"without `{part}`", f"with `{part}`")
        if limit.bound == "leaves" and part in took:
            return Finding(turn.layer.place, f"with `{part}`", f"without `{part}`")
    return None


def _tell(report: Report, policy: Policy, limits: Limits, departure: _Departure) -> None:
    limit, layer = departure.limit, departure.layer
    more = len(departure.cells) - 1
    fields = {
        "what": _NOUNS[limit.figure],
        "layer": layer.name,
        "found": departure.finding.found,
        "cell": told(departure.cell),
        "more": f" and {more} other kind{'' if more == 1 else 's'} of claim" if more else "",
        "day": departure.day,
        "cite": _cited(policy.sources, _clauses(departure)),
        "national": _cited(limits.sources, limit.cite),
        "manner": "in principle " if limit.in_principle else "",
        "demanded": departure.finding.demanded,
    }
    code = _CODES.get(limit.bound) or ("P601" if limit.kind == "floor" else "P602")
    related = [(limit.place, f"{limit.title} ({limit.provenance})")]
    report.add(code, departure.finding.place, fields, related)


_CODES: Final = {"none": "P603", "takes": "P604", "leaves": "P604"}


def _clauses(departure: _Departure) -> tuple[Cite, ...]:
    """Return the clauses that make the figure: the layer's, and those of adjustments."""
    changes = changes_of(departure.limit.figure, departure.layer)
    changed = (each.cite for each in changes if holds(each.when, departure.cell))
    return tuple(dict.fromkeys((*departure.layer.cite, *changed)))


def _cited(sources: Mapping[str, Source], cites: Iterable[Cite]) -> str:
    """Return clauses as documents call them: 京医保发〔2022〕37号 五."""
    told = []
    for cite in cites:
        source = sources.get(cite.source)
        name = cite.source if source is None else source.number or source.title
        told.append(f"{name} {cite.clause}".strip())
    return ", ".join(told)
