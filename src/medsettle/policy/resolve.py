"""What of a policy is in force on a day: versions, and the numbers behind multiples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import chain
from typing import TypeVar

import msgspec

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
    Place,
    Policy,
    Switch,
)

Version = TypeVar("Version", Benefit, Layer, Indicator)
Resolve = Callable[[Figure], Figure]


class NoIndicator(Exception):  # noqa: N818 - what the day lacks
    """A multiple has no number on a day: `place` is where it stands, `why` says what is missing."""

    def __init__(self, why: str, place: Place) -> None:
        """Keep what is missing, and where."""
        super().__init__(why)
        self.why = why
        self.place = place


def in_force(versions: Iterable[Version], day: dt.date) -> Version | None:
    """Return the version with `from <= day < until`; None when there is none."""
    for version in versions:
        if version.from_ <= day and (version.until is None or day < version.until):
            return version
    return None


def change_days(policy: Policy) -> list[dt.date]:
    """Return every day on which some version begins or ends, ascending."""
    versions: Iterator[Benefit | Layer | Indicator] = chain(
        *policy.benefits.values(), *policy.layers.values(), *policy.indicators.values()
    )
    return sorted({day for version in versions for day in _days(version)})


def restrict(policy: Policy, day: dt.date) -> Policy:
    """Return the policy with only the versions in force on `day`.

    Their dates are left as they are; benefits and layers without a version that day are gone.
    """
    return msgspec.structs.replace(
        policy,
        benefits=_only(policy.benefits, day),
        layers=_only(policy.layers, day),
        indicators=_only(policy.indicators, day),
    )


def around(policy: Policy, day: dt.date) -> Policy:
    """Return the policy for the days around `day` on which nothing changes.

    Only its benefits are narrowed: all versions of the layers stay, so that a year-to-date means
    the same under this policy as under the whole.
    """
    changes = change_days(policy)
    since = max((one for one in changes if one <= day), default=day)
    ends = min((one for one in changes if one > day), default=None)
    benefits = {
        name: tuple(msgspec.structs.replace(one, from_=since, until=ends) for one in versions)
        for name, versions in _only(policy.benefits, day).items()
    }
    return msgspec.structs.replace(policy, benefits=benefits)


def _only(
    versions: Mapping[str, tuple[Version, ...]], day: dt.date
) -> dict[str, tuple[Version, ...]]:
    found = {name: in_force(dated, day) for name, dated in versions.items()}
    return {name: (version,) for name, version in found.items() if version is not None}


def _days(version: Benefit | Layer | Indicator) -> Iterator[dt.date]:
    yield version.from_
    if version.until is not None:
        yield version.until


def number_on(multiple: Multiple, policy: Policy, day: dt.date) -> Fraction:
    """Return what a multiple comes to on `day`, in fen; raise NoIndicator."""
    version = in_force(policy.indicators.get(multiple.of, ()), day)
    if version is None:
        raise NoIndicator(
            f"indicator `{multiple.of}` has no version in force on {day}", multiple.place
        )
    amount = multiple.factor * version.amount
    if multiple.step:
        return Fraction(half_up(amount / multiple.step) * multiple.step)
    if amount.denominator != 1:
        raise NoIndicator(f"on {day} it comes to {amount} fen: no whole fen", multiple.place)
    return amount


def on_day(layer: Layer, policy: Policy, day: dt.date) -> Layer:
    """Return the layer with every multiple replaced by its number on `day`; raise NoIndicator."""

    def resolve(figure: Figure) -> Figure:
        if isinstance(figure, Multiple):
            return number_on(figure, policy, day)
        if isinstance(figure, Switch):
            other = None if figure.other is None else resolve(figure.other)
            cases = {name: resolve(case) for name, case in figure.cases.items()}
            return Switch(figure.axis, cases, other)
        return figure

    return _with_figures(layer, resolve) if has_multiples(layer) else layer


def has_multiples(layer: Layer) -> bool:
    """Tell whether some figure of the layer is a multiple of an indicator."""
    return any(True for figure in layer_figures(layer) for _ in multiples(figure))


def multiples(figure: Figure) -> Iterator[Multiple]:
    """Yield the multiples in a figure."""
    if isinstance(figure, Multiple):
        yield figure
    elif isinstance(figure, Switch):
        for case in figure.cases.values():
            yield from multiples(case)
        if figure.other is not None:
            yield from multiples(figure.other)


def layer_figures(layer: Layer) -> Iterator[Figure]:
    """Yield every figure of `layer`, those of its adjustments among them."""
    if layer.first_share is not None:
        yield layer.first_share
    if layer.deductible is not None:
        yield from _deductible_figures(layer.deductible)
    for band in layer.bands:
        if band.upto is not None:
            yield band.upto
        yield band.share
    for adjust in layer.adjust:
        yield adjust.value
    for ceiling in layer.ceilings:
        yield ceiling.limit
        for adjust in ceiling.adjust:
            yield adjust.value


def _deductible_figures(deductible: Deductible) -> Iterator[Figure]:
    yield from deductible.amounts
    yield from deductible.later
    if deductible.step_down is not None:
        yield deductible.step_down
    if deductible.floor is not None:
        yield deductible.floor
    if deductible.cap is not None:
        yield deductible.cap.limit


def _with_figures(layer: Layer, resolve: Resolve) -> Layer:
    """Return the layer with `resolve` applied to every figure."""

    def maybe(figure: Figure | None) -> Figure | None:
        return None if figure is None else resolve(figure)

    def adjusts(rows: tuple[Adjust, ...]) -> tuple[Adjust, ...]:
        return tuple(msgspec.structs.replace(row, value=resolve(row.value)) for row in rows)

    def ceiling(row: Ceiling) -> Ceiling:
        return msgspec.structs.replace(row, limit=resolve(row.limit), adjust=adjusts(row.adjust))

    deductible = layer.deductible
    if deductible is not None:
        cap = deductible.cap
        deductible = msgspec.structs.replace(
            deductible,
            amounts=tuple(map(resolve, deductible.amounts)),
            later=tuple(map(resolve, deductible.later)),
            step_down=maybe(deductible.step_down),
            floor=maybe(deductible.floor),
            cap=cap and msgspec.structs.replace(cap, limit=resolve(cap.limit)),
        )
    return msgspec.structs.replace(
        layer,
        first_share=maybe(layer.first_share),
        deductible=deductible,
        bands=tuple(
            msgspec.structs.replace(band, upto=maybe(band.upto), share=resolve(band.share))
            for band in layer.bands
        ),
        adjust=adjusts(layer.adjust),
        ceilings=tuple(map(ceiling, layer.ceilings)),
    )
