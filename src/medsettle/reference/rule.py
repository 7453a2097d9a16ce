"""Choosing the rule: versions, values, conditions, figures, adjustments, for one claim."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypeVar

import msgspec

from medsettle.model import Claim
from medsettle.money import half_up
from medsettle.policy.document import (
    Adjust,
    Benefit,
    Ceiling,
    Deductible,
    Figure,
    Indicator,
    Layer,
    Multiple,
    Policy,
    Switch,
    When,
)
from medsettle.vocabulary import (
    AXES,
    BED_DAY,
    BILL_SIZE,
    DATE_MAX,
    NUMBERS,
    default_value,
)

ZERO = Fraction(0)
ONE = Fraction(1)
Version = TypeVar("Version", Benefit, Layer, Indicator)
#: One change of a share, a deductible or a limit, its value chosen: ("add_points", 1/20).
Change = tuple[str, Fraction]


class Refused(Exception):  # noqa: N818 - the page's own word
    """The claim cannot be settled; `code` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code, the only thing a refusal tells."""
        super().__init__(code)
        self.code = code


class Limited(msgspec.Struct, frozen=True):
    """A ceiling that exists for the claim."""

    ceiling: Ceiling
    limit: Fraction  # adjusted; of a ceiling per bed day, for all days of the visit
    counter: str  # "" per visit and bed day


class Capped(msgspec.Struct, frozen=True):
    """The cap of a deductible, for one claim."""

    limit: Fraction
    counter: str


class Borne(msgspec.Struct, frozen=True):
    """A deductible with its figures chosen for one claim."""

    deductible: Deductible
    amounts: tuple[Fraction, ...]
    later: tuple[Fraction, ...]
    step_down: Fraction | None
    floor: Fraction
    changes: tuple[Change, ...]
    visits: str  # the counters, as this claim has them
    used: str
    waived_after: str
    cap: Capped | None


class Rule(msgspec.Struct, frozen=True):
    """One layer with every figure chosen and adjusted for one claim."""

    layer: Layer
    first_share: Fraction
    deductible: Borne | None
    bands: tuple[tuple[Fraction | None, Fraction], ...]  # (upto, share)
    measured: str
    ceilings: tuple[Limited, ...]


class Case(msgspec.Struct, frozen=True):
    """A claim under a policy: what the claim's values, and the figures for it, are asked of."""

    policy: Policy
    claim: Claim

    @property
    def rule_date(self) -> dt.date:
        """The date that picks the versions: the claim's date where it does not tell another."""
        told: dt.date | None = getattr(self.claim, self.policy.rule_by)
        return told or self.claim.date


# ------------------------------------------------------------------------------------ versions


def in_force(versions: Iterable[Version], date: dt.date) -> Version | None:
    """Return the version with `from ≤ date < until`, if there is one."""
    running = (version for version in versions if version.from_ <= date < DATE_MAX)
    return next((one for one in running if one.until is None or date < one.until), None)


def benefit_of(case: Case) -> Benefit:
    """Return the version of the claim's benefit on its rule date."""
    offered = case.policy.benefits
    if all(in_force(versions, case.rule_date) is None for versions in offered.values()):
        raise Refused("no_version")
    benefit = in_force(offered.get(case.claim.benefit, ()), case.rule_date)
    if benefit is None:
        raise Refused("benefit_not_offered")
    return benefit


def listed(case: Case, benefit: Benefit) -> list[Layer]:
    """Return the layers of the benefit in order, each as in force on the rule date."""
    versions = [in_force(case.policy.layers[name], case.rule_date) for name in benefit.layers]
    return [layer for layer in versions if layer is not None]


# ----------------------------------------------------------------------- values and conditions


def check_values(case: Case) -> None:
    """Refuse several values on an axis that no list puts in order, or that its list lacks."""
    for axis in AXES:
        several = getattr(case.claim, axis)
        if isinstance(several, tuple):
            ranked = case.policy.best_of.get(axis, ())
            if not several or any(value not in ranked for value in several):
                raise Refused("bad_value")


def stated(axis: str, case: Case) -> str | None:
    """Return the claim's value on `axis`, None when unstated; of a number or the bill, its band."""
    if axis == BILL_SIZE:
        return bill_band(case.policy.bands[axis], case.claim.total_fen)
    if axis in NUMBERS:
        return number_band(case.policy.bands[axis], axis, getattr(case.claim, axis))
    value: str | tuple[str, ...] | None = getattr(case.claim, axis)
    if isinstance(value, tuple):
        return next(one for one in case.policy.best_of[axis] if one in value)
    return default_value(axis) if value is None else value


def bill_band(bands: Mapping[str, int], total: int) -> str:
    """Return the band with the greatest bound below the total, or the first."""
    below = {bound: band for band, bound in bands.items() if bound < total}
    return below[max(below)] if below else next(iter(bands))


def number_band(bands: Mapping[str, int], axis: str, number: int | None) -> str | None:
    """Return the band with the greatest lowest number not above `number`."""
    if number is None:
        return None
    reached = {low: band for band, low in bands.items() if low <= min(number, NUMBERS[axis])}
    return reached[max(reached)] if reached else None


def holds(when: When, case: Case) -> bool:
    """Tell whether every axis of the condition has one of its values; refuse what is undecided."""
    found = {axis: stated(axis, case) for axis in when.axes}
    if any(value not in when.axes[axis] for axis, value in found.items() if value is not None):
        return False
    if None in found.values():
        raise Refused("no_figure")
    return True


def kept_for(name: str, each: str, case: Case) -> str:
    """Return the counter that `name` is for the claim, where it is kept for `each` value."""
    if not each:
        return name
    value = stated(each, case)
    if value is None:
        raise Refused("no_figure")
    return f"{name}@{value}"


# ------------------------------------------------------------------------------------- figures


def choose(figure: Figure, case: Case) -> Fraction:
    """Return the figure for the claim: the case of its value, or `other`; else refuse."""
    if isinstance(figure, Multiple):
        return multiple(figure, case)
    if not isinstance(figure, Switch):
        return Fraction(figure)
    value = stated(figure.axis, case)
    chosen = None if value is None else figure.cases.get(value, figure.other)
    if chosen is None:
        raise Refused("no_figure")
    return choose(chosen, case)


def multiple(figure: Multiple, case: Case) -> Fraction:
    """Return the factor times the indicator's amount, half-up to whole steps if it names one."""
    indicator = in_force(case.policy.indicators[figure.of], case.rule_date)
    if indicator is None:
        raise Refused("no_figure")
    amount = figure.factor * indicator.amount
    return Fraction(half_up(amount / figure.step) * figure.step) if figure.step else amount


def changes(adjust: Iterable[Adjust], case: Case) -> tuple[Change, ...]:
    """Return the adjustments that hold for the claim, in order, their values chosen."""
    return tuple((one.change, choose(one.value, case)) for one in adjust if holds(one.when, case))


def adjusted(figure: Fraction, adjust: Iterable[Change]) -> Fraction:
    """Return a share, an amount or a limit after the changes in order, not below 0 at the end."""
    for change, value in adjust:
        figure = {
            "add_points": figure + value,
            "fund_share_times": figure * value,
            "person_share_times": 1 - (1 - figure) * value,
            "times": figure * value,
            "plus": figure + value,
            "at_least": max(figure, value),
            "at_most": min(figure, value),
        }[change.removeprefix("deductible_")]
    return max(figure, ZERO)


# ---------------------------------------------------------------------------------- the layer


def choose_rule(layer: Layer, case: Case, axes_kept: Mapping[str, str]) -> Rule:
    """Return the layer with all its figures for the claim, adjusted.

    `axes_kept` tells for the name of a counter the axis by whose values it is kept apart, or "".
    """
    concern = changes(layer.adjust, case)
    on_amounts = tuple(one for one in concern if one[0].startswith("deductible_"))
    on_shares = [one for one in concern if one not in on_amounts]
    bounds = [None if row.upto is None else choose(row.upto, case) for row in layer.bands]
    shares = [min(adjusted(choose(row.share, case), on_shares), ONE) for row in layer.bands]
    counted = layer.bands_per != "visit"
    return Rule(
        layer=layer,
        first_share=ZERO if layer.first_share is None else choose(layer.first_share, case),
        deductible=(
            choose_deductible(layer.deductible, on_amounts, case, axes_kept)
            if layer.deductible
            else None
        ),
        bands=tuple(zip(bounds, shares, strict=True)),
        measured=kept_for(layer.measured, layer.measured_each, case) if counted else "",
        ceilings=tuple(
            choose_ceiling(one, case) for one in layer.ceilings if holds(one.when, case)
        ),
    )


def choose_deductible(
    deductible: Deductible,
    on_amounts: tuple[Change, ...],
    case: Case,
    axes_kept: Mapping[str, str],
) -> Borne:
    """Return the deductible with all its figures and counters for the claim."""
    cap, waived = deductible.cap, deductible.waived_after
    counted = deductible.per != "visit"
    return Borne(
        deductible=deductible,
        amounts=tuple(choose(one, case) for one in deductible.amounts),
        later=tuple(choose(one, case) for one in deductible.later),
        step_down=None if deductible.step_down is None else choose(deductible.step_down, case),
        floor=ZERO if deductible.floor is None else choose(deductible.floor, case),
        changes=on_amounts,
        visits=(
            kept_for(deductible.visits, deductible.visits_each, case)
            if deductible.counts_visits
            else ""
        ),
        used=kept_for(deductible.used, deductible.used_each, case) if counted else "",
        waived_after=kept_for(waived, axes_kept.get(waived, ""), case),
        cap=Capped(choose(cap.limit, case), kept_for(cap.used, cap.each, case)) if cap else None,
    )


def choose_ceiling(ceiling: Ceiling, case: Case) -> Limited:
    """Return a ceiling that exists for the claim, with its limit."""
    limit = adjusted(choose(ceiling.limit, case), changes(ceiling.adjust, case))
    if ceiling.per == BED_DAY:
        if case.claim.days is None:
            raise Refused("no_figure")
        limit *= case.claim.days
    counted = ceiling.on == "balance" or ceiling.per not in ("visit", BED_DAY)
    return Limited(ceiling, limit, kept_for(ceiling.used, ceiling.each, case) if counted else "")
