"""Which layers run when, on which parts, moving which counters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import chain

import msgspec

from medsettle.compile.errors import CompileError
from medsettle.policy.document import Benefit, Layer, Policy
from medsettle.vocabulary import FOUR_AMOUNTS, REMAINDERS

#: A part of a bill before parts share places: ("in_scope", -1) or (remainder, position of a layer).
Part = tuple[str, int]


class Use(msgspec.Struct, frozen=True):
    """A layer in its place in a program; parts are numbered, 0 is nobody's."""

    layer: Layer
    base: tuple[int, ...]
    tops_up: tuple[int, ...]  # positions
    leaves: tuple[int, int, int]  # where deductible, copay, over_ceiling go


class Program(msgspec.Struct, frozen=True):
    """The layers of one benefit in one span of days."""

    benefit: Benefit
    uses: tuple[Use, ...]
    n_parts: int
    amount_parts: tuple[int, ...]  # where each of the four amounts starts
    ordinals: tuple[str, ...]  # visits counters


class Span(msgspec.Struct, frozen=True):
    """The days [from_, until) on which the same versions are in force."""

    from_: dt.date
    until: dt.date | None
    programs: tuple[Program, ...]


def spans(policy: Policy) -> Iterator[Span]:
    """Yield the spans of `policy` in order of time; days without any benefit are left out."""
    days: set[dt.date] = set()
    benefits: Iterator[Benefit | Layer] = chain.from_iterable(policy.benefits.values())
    layers: Iterator[Benefit | Layer] = chain.from_iterable(policy.layers.values())
    for version in chain(benefits, layers):
        days.add(version.from_)
        if version.until is not None:
            days.add(version.until)
    starts = sorted(days)
    for start, until in zip(starts, [*starts[1:], None], strict=True):
        programs = tuple(_programs(policy, start))
        if programs:
            yield Span(start, until, programs)


def _programs(policy: Policy, day: dt.date) -> Iterator[Program]:
    for versions in policy.benefits.values():
        for benefit in versions:
            if _in_force(benefit, day):
                layers = [_layer(policy, name, benefit, day) for name in benefit.layers]
                yield _program(benefit, layers)


def _in_force(version: Benefit | Layer, day: dt.date) -> bool:
    return version.from_ <= day and (version.until is None or day < version.until)


def _layer(policy: Policy, name: str, benefit: Benefit, day: dt.date) -> Layer:
    for layer in policy.layers.get(name, ()):
        if _in_force(layer, day):
            return layer
    raise CompileError(f"layer `{name}` has no version in force on {day}", benefit.place)


def _program(benefit: Benefit, layers: list[Layer]) -> Program:
    bases = [_base(layer, layers[:position]) for position, layer in enumerate(layers)]
    takers = _takers(bases, len(layers))
    # Parts that the same later layers take are always taken together: they share a number.
    numbers: dict[frozenset[int], int] = {frozenset(): 0}
    for taken_by in takers.values():
        numbers.setdefault(taken_by, len(numbers))

    def number(part: Part) -> int:
        return numbers[takers[part]]

    uses = tuple(
        Use(
            layer=layer,
            base=tuple(sorted({number(part) for part in bases[position]})),
            tops_up=_positions(layer, layers[:position]),
            leaves=(
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
        ordinals=tuple(dict.fromkeys(_visits(layers))),
    )


def _base(layer: Layer, earlier: list[Layer]) -> set[Part]:
    """Return the parts that a base's names stand for, given the layers before it."""
    parts: set[Part] = set()
    for name in layer.base:
        owner, _, kind = name.rpartition(".")
        if name in FOUR_AMOUNTS:
            parts.add((name, -1))
            continue
        kinds = tuple(REMAINDERS) if kind == "rest" else (kind,)
        for position, other in enumerate(earlier):
            if owner in ("", other.name):
                parts.update((one, position) for one in kinds)
    return parts


def _takers(bases: list[set[Part]], n_layers: int) -> dict[Part, frozenset[int]]:
    """Return for every part the positions of the layers that would take it."""
    every = [(amount, -1) for amount in FOUR_AMOUNTS]
    every += [(kind, position) for position in range(n_layers) for kind in REMAINDERS]
    return {
        part: frozenset(position for position, base in enumerate(bases) if part in base)
        for part in every
    }


def _positions(layer: Layer, earlier: list[Layer]) -> tuple[int, ...]:
    return tuple(p for p, other in enumerate(earlier) if other.name in layer.tops_up)


def _visits(layers: list[Layer]) -> Iterator[str]:
    for layer in layers:
        if layer.deductible is not None and len(layer.deductible.amounts) > 1:
            yield layer.deductible.visits


def counters(policy: Policy) -> dict[str, str]:
    """Return the window of every counter of `policy`, in order of first mention."""
    windows: dict[str, str] = {}
    for versions in policy.layers.values():
        for layer in versions:
            for name, window in _layer_counters(layer):
                if windows.setdefault(name, window) != window:
                    raise CompileError(
                        f"counter `{name}` is used in two windows, {windows[name]} and {window}",
                        layer.place,
                    )
    return windows


def _layer_counters(layer: Layer) -> Iterator[tuple[str, str]]:
    if layer.deductible is not None:
        if len(layer.deductible.amounts) > 1:
            yield layer.deductible.visits, "year"
        if layer.deductible.per != "visit":
            yield layer.deductible.used, layer.deductible.per
    if layer.bands_per != "visit":
        yield layer.measured, layer.bands_per
    for ceiling in layer.ceilings:
        if ceiling.per != "visit":
            yield ceiling.used, ceiling.per
