"""Which layers run when, on which parts, moving which counters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec

from medsettle.compile.errors import CompileError
from medsettle.policy.document import Benefit, Deductible, Layer, Policy
from medsettle.policy.names import EVERYTHING, ITEM, REST
from medsettle.policy.resolve import NoIndicator, change_days, on_day
from medsettle.vocabulary import BED_DAY, FOUR_AMOUNTS, REMAINDERS

IN_SCOPE: Final = "in_scope"
ITEM_PREFIX: Final = f"{ITEM}."

#: A part of a bill before parts share places: ("in_scope", -1) or (remainder, position of a layer).
Part = tuple[str, int]


class Use(msgspec.Struct, frozen=True):
    """A layer in its place in a program; parts are numbered, 0 is nobody's."""

    layer: Layer
    position: int
    base: tuple[int, ...]
    tops_up: tuple[int, ...]  # positions
    leaves: tuple[int, int, int, int]  # where the layer's own parts go, in the order of REMAINDERS


class Program(msgspec.Struct, frozen=True):
    """The layers of one benefit in one span of days."""

    benefit: Benefit
    uses: tuple[Use, ...]
    n_parts: int
    amount_parts: tuple[int, ...]  # where each of the four amounts starts
    item_parts: tuple[int, ...]  # likewise each item group of the policy


class Span(msgspec.Struct, frozen=True):
    """The days [from_, until) on which the same versions are in force."""

    from_: dt.date
    until: dt.date | None
    programs: tuple[Program, ...]


def spans(policy: Policy) -> Iterator[Span]:
    """Yield the spans of `policy` in order of time; days without any benefit are left out."""
    starts = change_days(policy)
    for start, until in zip(starts, [*starts[1:], None], strict=True):
        programs = tuple(_programs(policy, start))
        if programs:
            yield Span(start, until, programs)


def _programs(policy: Policy, day: dt.date) -> Iterator[Program]:
    for versions in policy.benefits.values():
        for benefit in versions:
            if _in_force(benefit, day):
                layers = [_layer(policy, name, benefit, day) for name in benefit.layers]
                yield _program(benefit, layers, item_groups(policy))


def _in_force(version: Benefit | Layer, day: dt.date) -> bool:
    return version.from_ <= day and (version.until is None or day < version.until)


def _layer(policy: Policy, name: str, benefit: Benefit, day: dt.date) -> Layer:
    """Return the version of a layer in force on `day`, with its numbers of that day."""
    for layer in policy.layers.get(name, ()):
        if _in_force(layer, day):
            try:
                return on_day(layer, policy, day)
            except NoIndicator as missing:
                raise CompileError(missing.why, missing.place) from None
    raise CompileError(f"layer `{name}` has no version in force on {day}", benefit.place)


def item_groups(policy: Policy) -> tuple[str, ...]:
    """Return the item groups that some base of the policy names, in order of first mention."""
    layers = (layer for versions in policy.layers.values() for layer in versions)
    names = (part for layer in layers for part in layer.base if part.startswith(ITEM_PREFIX))
    return tuple(dict.fromkeys(name.removeprefix(ITEM_PREFIX) for name in names))


def _program(benefit: Benefit, layers: list[Layer], items: tuple[str, ...]) -> Program:
    starts: list[Part] = [(amount, -1) for amount in FOUR_AMOUNTS]
    starts += [(ITEM_PREFIX + group, -1) for group in items]
    bases = [_base(layer, layers[:position], starts) for position, layer in enumerate(layers)]
    takers = _takers(bases, starts, len(layers))
    # Parts that the same later layers take are always taken together: they share a number.
    numbers: dict[frozenset[int], int] = {frozenset(): 0}
    for taken_by in takers.values():
        numbers.setdefault(taken_by, len(numbers))

    def number(part: Part) -> int:
        return numbers[takers[part]]

    uses = tuple(
        Use(
            layer=layer,
            position=position,
            base=tuple(sorted({number(part) for part in bases[position]})),
            tops_up=_positions(layer, layers[:position]),
            leaves=(
                number(("first_share", position)),
                number(("deductible", position)),
                number(("copay", position)),
                number(("over_ceiling", position)),
            ),
        )
        for position, layer in enumerate(layers)
    )
    return Program(
        benefit=benefit,
        uses=uses,
        n_parts=len(numbers),
        amount_parts=tuple(number((amount, -1)) for amount in FOUR_AMOUNTS),
        item_parts=tuple(number((ITEM_PREFIX + group, -1)) for group in items),
    )


def _base(layer: Layer, earlier: list[Layer], starts: list[Part]) -> set[Part]:
    """Return the parts that a base's names stand for, given the layers before it."""
    parts: set[Part] = set()
    for name in layer.base:
        owner, _, kind = name.rpartition(".")
        if name == EVERYTHING:
            parts.update(starts)
        elif name in FOUR_AMOUNTS or name.startswith(ITEM_PREFIX):
            parts.add((name, -1))
            parts.update(
                one for one in starts if name == IN_SCOPE and one[0].startswith(ITEM_PREFIX)
            )
            continue
        kinds = tuple(REMAINDERS) if kind in (REST, EVERYTHING) else (kind,)
        for position, other in enumerate(earlier):
            if owner in ("", other.name):
                parts.update((one, position) for one in kinds)
    return parts


def _takers(
    bases: list[set[Part]], starts: list[Part], n_layers: int
) -> dict[Part, frozenset[int]]:
    """Return for every part the positions of the layers that would take it."""
    every = [*starts]
    every += [(kind, position) for position in range(n_layers) for kind in REMAINDERS]
    return {
        part: frozenset(position for position, base in enumerate(bases) if part in base)
        for part in every
    }


def _positions(layer: Layer, earlier: list[Layer]) -> tuple[int, ...]:
    return tuple(p for p, other in enumerate(earlier) if other.name in layer.tops_up)


def windows_of(policy: Policy) -> dict[str, str]:
    """Return the window of every counter of `policy` that is not kept apart, in order of mention.

    A counter kept apart stands there by its name without the value.
    """
    windows: dict[str, str] = {}
    for versions in policy.layers.values():
        for layer in versions:
            for name, window, _ in layer_counters(layer):
                if windows.setdefault(name, window) != window:
                    raise CompileError(
                        f"counter `{name}` is used in two windows, {windows[name]} and {window}",
                        layer.place,
                    )
    used = set(windows.values())
    windows.update((one.start, name) for name, one in policy.periods.items() if name in used)
    return windows


def layer_counters(layer: Layer) -> Iterator[tuple[str, str, str]]:
    """Yield name, window and the axis it is kept apart by, or "", of each counter of a layer."""
    if layer.deductible is not None:
        yield from _deductible_counters(layer.deductible)
    if layer.bands_per != "visit":
        yield layer.measured, layer.bands_per, layer.measured_each
    for ceiling in layer.ceilings:
        if ceiling.per not in ("visit", BED_DAY) or ceiling.on == "balance":
            window = "lifetime" if ceiling.on == "balance" else ceiling.per
            yield ceiling.used, window, ceiling.each


def kept_apart_by(policy: Policy, counter: str) -> str:
    """Return the axis by whose values a counter is kept apart, or ""."""
    layers = (layer for versions in policy.layers.values() for layer in versions)
    named = (each for layer in layers for name, _, each in layer_counters(layer) if name == counter)
    return next(named, "")


def _deductible_counters(deductible: Deductible) -> Iterator[tuple[str, str, str]]:
    if deductible.counts_visits:
        yield deductible.visits, "year", deductible.visits_each
    if deductible.per != "visit":
        yield deductible.used, deductible.per, deductible.used_each
    if deductible.cap is not None:
        yield deductible.cap.used, deductible.cap.per, deductible.cap.each
