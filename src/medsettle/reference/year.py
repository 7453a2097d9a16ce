"""The year so far: counters, the windows that turn, and how counters move afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from medsettle.model import YearToDate
from medsettle.policy.document import Layer, Policy
from medsettle.reference.rule import Case, stated
from medsettle.vocabulary import BED_DAY

Counters = dict[str, int]
#: A day on which a period began counts for ever: the period itself says when it is over.
FOR_EVER = "lifetime"
STAYS = ("stay", "stay_in_year")


class Kept(msgspec.Struct, frozen=True):
    """A counter of a layer, by the name in the policy."""

    name: str
    per: str  # its window
    each: str  # the axis by whose values it is kept apart, or ""


def counters_of(layer: Layer) -> Iterator[Kept]:
    """Yield every counter that the layer has, whomever it serves."""
    deductible = layer.deductible
    if deductible is not None:
        if deductible.counts_visits:
            yield Kept(deductible.visits, "year", deductible.visits_each)
        if deductible.per != "visit":
            yield Kept(deductible.used, deductible.per, deductible.used_each)
        if deductible.cap is not None:
            yield Kept(deductible.cap.used, deductible.cap.per, deductible.cap.each)
    if layer.bands_per != "visit":
        yield Kept(layer.measured, layer.bands_per, layer.measured_each)
    for ceiling in layer.ceilings:
        if ceiling.on == "balance":
            yield Kept(ceiling.used, FOR_EVER, ceiling.each)
        elif ceiling.per not in ("visit", BED_DAY):
            yield Kept(ceiling.used, ceiling.per, ceiling.each)


def all_counters(policy: Policy) -> list[Kept]:
    """Return the counters of all versions of all layers, and the days on which periods began."""
    layers = [version for versions in policy.layers.values() for version in versions]
    starts = [Kept(period.start, FOR_EVER, "") for period in policy.periods.values()]
    return [*(kept for layer in layers for kept in counters_of(layer)), *starts]


def axes_kept(policy: Policy) -> dict[str, str]:
    """Return for each counter's name the axis by whose values it is kept apart, or ""."""
    return {kept.name: kept.each for kept in all_counters(policy)}


def names(kept: Kept, policy: Policy) -> list[str]:
    """Return every counter that a name stands for: itself, or one for each value of its axis."""
    if not kept.each:
        return [kept.name]
    return [f"{kept.name}@{value}" for value in policy.axis_values(kept.each)]


def counter_windows(policy: Policy) -> dict[str, str]:
    """Return the window of every counter of the policy."""
    return {name: kept.per for kept in all_counters(policy) for name in names(kept, policy)}


# ------------------------------------------------------------------------------ windows turn


def window_of(date: dt.date, per: str, year_starts: int) -> tuple[int, ...]:
    """Return which day, month, quarter or year `date` lies in; all else never turns by date."""
    if per == "day":
        return (date.year, date.month, date.day)
    if per == "month":
        return (date.year, date.month)
    if per == "quarter":
        return (date.year, (date.month - 1) // 3)
    if per in ("year", "stay_in_year"):
        return (date.year if date.month >= year_starts else date.year - 1,)
    return ()


def carried_over(policy: Policy, ytd: YearToDate, date: dt.date) -> Counters:
    """Return the counters as the claim of `date` finds them: those of a past window are gone."""
    windows = counter_windows(policy)
    last = ytd.last_date or date
    starts = policy.year_starts
    return {
        name: value
        for name, value in ytd.counters.items()
        if window_of(last, windows[name], starts) == window_of(date, windows[name], starts)
    }


def begun(case: Case, layers: Iterable[Layer], counters: Counters) -> Counters:
    """Return the counters after the turn of stays and periods.

    `layers` are all that the claim's benefit lists, serving it or not.
    """
    policy, claim = case.policy, case.claim
    used = [kept for layer in layers for kept in counters_of(layer)]
    gone: set[str] = set()
    if not claim.continues:
        stays = [kept for kept in used if kept.per in STAYS]
        gone.update(name for kept in stays for name in names(kept, policy))
    today = claim.date.toordinal()
    starts: Counters = {}
    for period in policy.periods.values():
        begin = counters.get(period.start, 0)
        over = begin == 0 or begin <= today - period.days
        over = over or (period.within_stay and not claim.continues)
        if over and any(kept.per == period.name for kept in used):
            starts[period.start] = today
            everywhere = [kept for kept in all_counters(policy) if kept.per == period.name]
            gone.update(name for kept in everywhere for name in names(kept, policy))
    return {name: value for name, value in counters.items() if name not in gone} | starts


# --------------------------------------------------------------------------- counters afterwards


def move(counters: Counters, name: str, by: int) -> None:
    """Move a counter; one that was never moved is 0."""
    counters[name] = counters.get(name, 0) + by


def move_visits(case: Case, layers: Iterable[Layer], before: Counters, after: Counters) -> None:
    """Count the visit in every visits counter of the benefit's layers, serving the claim or not."""
    counting: dict[str, bool] = {}  # whether a continued stay counts, too
    for deductible in (layer.deductible for layer in layers if layer.deductible is not None):
        if deductible.counts_visits:
            name = visits_counter(deductible.visits, deductible.visits_each, case)
            counting[name] = counting.get(name, False) or deductible.continued_counts
    for name, continued in counting.items():
        is_new = continued and before.get(name, 0) == 0
        if name and (is_new or not case.claim.continues):
            move(after, name, 1)


def visits_counter(name: str, each: str, case: Case) -> str:
    """Return the visits counter that a name is for the claim; "" where its value is unstated."""
    if not each:
        return name
    value = stated(each, case)
    return "" if value is None else f"{name}@{value}"
