"""The image read back: which layers run when, with which rows, bands and ceilings.

Everything here comes from the bytes that the kernel evaluates, never from the policy file, so that
an explanation tells what was computed.  `listing.py` prints it.
"""

from __future__ import annotations

import datetime as dt
import struct
from typing import Any, Final, NamedTuple

import msgspec

from medsettle import capacity
from medsettle.compile.layout import (
    CHAIN,
    EPISODE,
    HEADER,
    KNOT,
    LAYER,
    LINK,
    LOOKUP,
    NO_LOOKUP,
    NONE,
    PROGRAM,
    ROW,
    SECTIONS,
    SPAN,
    USE,
)
from medsettle.compile.meta import Meta
from medsettle.compile.tables import (
    BandRow,
    CeilingTable,
    Chain,
    Decompiled,
    EpisodeTable,
    LayerTable,
    ProgramTable,
    RowTable,
    SpanTable,
    UseTable,
)
from medsettle.vocabulary import (
    AXIS_ORDER,
    BENEFITS,
    BILL_SIZE,
    DATE_MAX,
    FOUR_AMOUNTS,
    REMAINDERS,
    ROUNDINGS,
)

_EPOCH: Final = dt.date(1970, 1, 1)


def decompile(image: Any) -> Decompiled:
    """Return what an image that was opened as a table holds."""
    return _Reader(image).table()


class _Reader:
    """Unpacks the sections of one image."""

    def __init__(self, image: Any) -> None:
        self.view = memoryview(image).cast("B")
        directory = HEADER.unpack(self.view[: HEADER.size])[-2 * len(SECTIONS) :]
        pairs = zip(directory[::2], directory[1::2], strict=True)
        self.sections = dict(zip(SECTIONS, pairs, strict=True))
        offset, size = self.sections["meta"]
        self.meta = msgspec.json.decode(self.view[offset : offset + size], type=Meta)

    def table(self) -> Decompiled:
        return Decompiled(
            meta=self.meta,
            windows=self.meta.windows,
            spans=tuple(map(_span, self._structs("span", SPAN))),
            programs=tuple(self._programs()),
            layers=tuple(self._layers()),
            rows=tuple(self._rows()),
        )

    def _structs(self, section: str, form: struct.Struct) -> list[tuple[Any, ...]]:
        offset, count = self.sections[section]
        return list(form.iter_unpack(self.view[offset : offset + count * form.size]))

    def _numbers(self, section: str, kind: str) -> tuple[int, ...]:
        offset, count = self.sections[section]
        return struct.unpack_from(f"<{count}{kind}", self.view, offset)

    def _counter(self, index: int) -> str | None:
        return None if index == NONE else self.meta.counters[index]

    def _rows(self) -> list[RowTable]:
        knots, amounts = self._structs("knot", KNOT), self._numbers("amount", "q")
        rows = []
        for knot, amount, n_knots, n_amounts, first_share, *limits, cap in self._structs(
            "row", ROW
        ):
            mine = knots[knot : knot + n_knots]
            bounds = [*(at for at, _, _ in mine[1:]), None]
            bands = tuple(
                BandRow(at, upto, slope) for (at, _, slope), upto in zip(mine, bounds, strict=True)
            )
            deductibles = amounts[amount : amount + n_amounts]
            rows.append(RowTable(bands, deductibles, tuple(limits), first_share, cap))
        return rows

    def _layers(self) -> list[LayerTable]:
        return [self._layer(fields) for fields in self._structs("layer", LAYER)]

    def _layer(self, fields: tuple[Any, ...]) -> LayerTable:
        visits, used, measured, _fund, inside, by_payment, rounding, n_cost, n_pay = fields[:9]
        counters = fields[9 : 9 + capacity.CEILINGS]
        cap, waived, per_day, balance, _special, _no_fund, number = fields[9 + capacity.CEILINGS :]
        ceilings = []
        for i in range(n_cost + n_pay):
            on = "balance" if balance >> i & 1 else "cost" if i < n_cost else "pay"
            ceilings.append(CeilingTable(on, self._counter(counters[i]), bool(per_day >> i & 1)))
        return LayerTable(
            number=number,
            meta=self.meta.layers[number],
            visits=self._counter(visits),
            used=self._counter(used),
            measured=self._counter(measured),
            cap=self._counter(cap),
            waived_after=self._counter(waived),
            inside_first_band=bool(inside),
            hands_over="payment" if by_payment else "cost",
            rounding=list(ROUNDINGS)[rounding],
            ceilings=tuple(ceilings),
        )

    def _programs(self) -> list[ProgramTable]:
        packed, chains = self._structs("program", PROGRAM), self._chains()
        names = [layer.meta.name for layer in self._layers()]
        uses = [_Use(*use) for use in self._structs("use", USE)]
        lookups, profiles = self._structs("lookup", LOOKUP), self._numbers("profile", "H")
        episodes = self._episodes()
        programs = []
        for benefit, (first, n_uses, _, *rest) in zip(self.meta.programs, packed, strict=True):
            amounts, rest = rest[: len(FOUR_AMOUNTS)], rest[len(FOUR_AMOUNTS) :]
            items, profile, n_profiles, bill_lookup, at_most, *which = rest
            episode, n_episodes, n_axes, axes = which[capacity.AXES :]
            mine = uses[first : first + n_uses]
            starts = self._starts(amounts, items)
            named = [AXIS_ORDER[number] for number in axes[:n_axes]]
            found = [lookups[i] for i in which[:n_axes]]
            if bill_lookup != NO_LOOKUP:
                named, found = [*named, BILL_SIZE], [*found, lookups[bill_lookup]]
            numbers = profiles[profile : profile + n_profiles]
            programs.append(
                ProgramTable(
                    benefit=benefit,
                    uses=tuple(_use_table(use, mine, names, starts) for use in mine),
                    pay_at_most_ppm=at_most,
                    episodes=tuple(episodes[episode : episode + n_episodes]),
                    axes=tuple(named),
                    lookups=tuple(found),
                    chains=tuple(None if i == NONE else chains[i] for i in numbers),
                )
            )
        return programs

    def _starts(self, amounts: list[int], items: bytes) -> dict[str, int]:
        """Return where each of the four amounts, and each item group, starts."""
        groups = {f"item.{group}": items[i] for i, group in enumerate(self.meta.items)}
        return {**dict(zip(FOUR_AMOUNTS, amounts, strict=True)), **groups}

    def _episodes(self) -> list[EpisodeTable]:
        resets = self._numbers("reset", "H")
        return [
            EpisodeTable(
                start=self._counter(start),
                days=days,
                within_stay=bool(within_stay),
                counters=tuple(self.meta.counters[i] for i in resets[first : first + count]),
            )
            for first, count, start, days, within_stay in self._structs("episode", EPISODE)
        ]

    def _chains(self) -> list[Chain]:
        links = self._structs("link", LINK)
        chains = []
        for first, count, needs_days, counts, *visits in self._structs("chain", CHAIN):
            names = tuple(self.meta.counters[i] for i in visits if i != NONE)
            chains.append(
                Chain(
                    links=tuple((use, row) for use, row in links[first : first + count]),
                    visits=names,
                    continued_counts=tuple(bool(counts >> i & 1) for i in range(len(names))),
                    needs_days=bool(needs_days),
                )
            )
        return chains


class _Use(NamedTuple):
    """A packed use."""

    tops_up: int
    layer: int
    n_base: int
    base: bytes
    to_first_share: int
    to_deductible: int
    to_copay: int
    to_over_ceiling: int
    position: int

    @property
    def parts(self) -> bytes:
        """The parts of its base."""
        return bytes(self.base[: min(self.n_base, capacity.PARTS)])

    @property
    def leaves(self) -> tuple[int, int, int, int]:
        """Where its own parts go, in the order of REMAINDERS."""
        return self.to_first_share, self.to_deductible, self.to_copay, self.to_over_ceiling


def _use_table(use: _Use, uses: list[_Use], names: list[str], starts: dict[str, int]) -> UseTable:
    """Return a use with the names of parts and layers; `names` is each kernel layer's."""
    others = sorted({one.position: one for one in uses}.items())
    parts = [name for name, number in starts.items() if number in use.parts]
    for position, earlier in others:
        if position < use.position:
            left = zip(REMAINDERS, earlier.leaves, strict=True)
            owner = names[earlier.layer]
            parts += [f"{owner}.{kind}" for kind, number in left if number in use.parts]
    over = use.to_over_ceiling
    return UseTable(
        layer=use.layer,
        position=use.position,
        base=tuple(parts),
        tops_up=tuple(names[one.layer] for at, one in others if use.tops_up >> at & 1),
        hands_over_to=tuple(
            names[later.layer]
            for position, later in others
            if position > use.position and over and over in later.parts
        ),
    )


def _span(fields: tuple[Any, ...]) -> SpanTable:
    from_, until, *programs = fields
    return SpanTable(
        from_=_date(from_),
        until=None if _date(until) == DATE_MAX else _date(until),
        programs={
            name: number for name, number in zip(BENEFITS, programs, strict=False) if number != NONE
        },
    )


def _date(days: int) -> dt.date:
    return _EPOCH + dt.timedelta(days)
