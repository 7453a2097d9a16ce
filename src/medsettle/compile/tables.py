"""What a table image says, in words: the structs that `decompile.py` fills and others print."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from medsettle.compile.meta import LayerMeta, Meta
from medsettle.money import PPM
from medsettle.vocabulary import AXES, BILL_SIZE, NUMBERS, UNSTATED


class BandRow(msgspec.Struct, frozen=True):
    """One band: from `at` up to `upto` (fen; None: no bound) the fund pays `share_ppm`."""

    at: int
    upto: int | None
    share_ppm: int


class RowTable(msgspec.Struct, frozen=True):
    """All numbers of a layer for one kind of claim; fen."""

    bands: tuple[BandRow, ...]
    deductibles: tuple[int, ...]  # by ordinal; empty: none
    limits: tuple[int, ...]  # of the layer's ceilings, in their order
    first_share_ppm: int
    cap: int  # of the deductible


class CeilingTable(msgspec.Struct, frozen=True):
    """A ceiling of a layer; `counter` is None when it holds for each visit."""

    on: str  # "pay", "cost" or "balance"
    counter: str | None
    per_day: bool  # so much for each day of the visit


class LayerTable(msgspec.Struct, frozen=True):
    """One dated version of a layer with one set of counters; None where nothing is counted."""

    number: int  # of the version
    meta: LayerMeta
    visits: str | None
    used: str | None
    measured: str | None
    cap: str | None
    waived_after: str | None
    inside_first_band: bool
    hands_over: str
    rounding: str
    ceilings: tuple[CeilingTable, ...]


class UseTable(msgspec.Struct, frozen=True):
    """A layer, with one set of counters, in its place in a program."""

    layer: int
    position: int
    base: tuple[str, ...]  # "in_scope", "LAYER.copay", …
    tops_up: tuple[str, ...]
    hands_over_to: tuple[str, ...]  # later layers whose base has what is over the ceiling


class Chain(msgspec.Struct, frozen=True):
    """What a kind of claim runs."""

    links: tuple[tuple[int, int], ...]  # use of the program, row
    visits: tuple[str, ...]  # counters that the claim moves by one
    continued_counts: tuple[bool, ...]  # of each: a stay continued into a new year moves it
    needs_days: bool


class EpisodeTable(msgspec.Struct, frozen=True):
    """A stay (no `start`), or a period of `days` that the counter `start` dates."""

    start: str | None
    days: int
    within_stay: bool
    counters: tuple[str, ...]


class ProgramTable(msgspec.Struct, frozen=True):
    """The layers of one benefit, in order, and which of them serve whom with which row."""

    benefit: str
    uses: tuple[UseTable, ...]
    pay_at_most_ppm: int
    episodes: tuple[EpisodeTable, ...]
    axes: tuple[str, ...]
    lookups: tuple[tuple[int, ...], ...]  # per axis: what each code adds to the profile
    chains: tuple[Chain | None, ...]  # of each profile; None: a figure is missing

    @property
    def limits_all(self) -> bool:
        """Whether all layers together may not pay the whole bill."""
        return self.pay_at_most_ppm != PPM


class SpanTable(msgspec.Struct, frozen=True):
    """The days [from_, until) on which the same versions are in force; programs by benefit."""

    from_: dt.date
    until: dt.date | None
    programs: dict[str, int]


class Decompiled(msgspec.Struct, frozen=True):
    """A whole table."""

    meta: Meta
    windows: dict[str, str]
    spans: tuple[SpanTable, ...]
    programs: tuple[ProgramTable, ...]
    layers: tuple[LayerTable, ...]
    rows: tuple[RowTable, ...]

    def codes(self, axis: str) -> dict[str | None, int]:
        """Return a code of every value of `axis`, and of None where a claim may leave it out."""
        bands = self.meta.bands.get(axis, {})
        codes: dict[str | None, int] = {}
        if axis in NUMBERS:
            codes[None] = UNSTATED
            codes.update(bands)
        elif axis == BILL_SIZE:
            codes.update((band, number) for number, band in enumerate(bands))
        else:
            values = (*AXES[axis], *self.meta.values.get(axis, ()))
            codes.update((value, code) for code, value in enumerate(values))
        return codes

    def classes(self, program: ProgramTable, axis: str) -> dict[int, tuple[str | None, ...]]:
        """Return the values of `axis` that the program does not tell apart, by what they add."""
        lookup = program.lookups[program.axes.index(axis)]
        classes: dict[int, tuple[str | None, ...]] = {}
        for value, code in self.codes(axis).items():
            classes[lookup[code]] = (*classes.get(lookup[code], ()), value)
        return classes

    def claim_code(self, claim: Any, axis: str) -> int:
        """Return the code that a claim has on `axis`."""
        if axis == BILL_SIZE:
            bounds = list(self.meta.bands[axis].values())[1:]
            return sum(claim.total_fen > bound for bound in bounds)
        value = getattr(claim, axis)
        if axis in NUMBERS:
            return UNSTATED if value is None else min(int(value), UNSTATED - 1)
        if isinstance(value, tuple):
            value = next(one for one in self.meta.best_of[axis] if one in value)
        return self.codes(axis)[value] if value is not None else 0

    def chain_for(self, program: ProgramTable, claim: Any) -> Chain | None:
        """Return the chain of a claim, None when the policy has no figure for it."""
        codes = (self.claim_code(claim, axis) for axis in program.axes)
        steps = zip(program.lookups, codes, strict=True)
        return program.chains[sum(lookup[code] for lookup, code in steps)]
