"""The image read back: which layers run when, with which rows, bands and ceilings.

Everything here comes from the bytes that the kernel evaluates, never from the policy file, so that
an explanation tells what was computed.  `listing.py` prints it.
"""

from __future__ import annotations

import datetime as dt
import struct
from typing import Any, Final

import msgspec

from medsettle import capacity
from medsettle.compile.image import (
    CHAIN,
    HEADER,
    KNOT,
    LAYER,
    LINK,
    LOOKUP,
    NONE,
    PROGRAM,
    ROW,
    SPAN,
    USE,
)
from medsettle.compile.meta import LayerMeta, Meta
from medsettle.vocabulary import (
    AGE,
    AGE_UNSTATED,
    AXES,
    AXIS_ORDER,
    BENEFITS,
    DATE_MAX,
    FOUR_AMOUNTS,
    REMAINDERS,
    ROUNDINGS,
    WINDOWS,
    axis_code,
)

_SECTIONS: Final = (
    "window", "span", "program", "use", "layer", "lookup", "profile", "chain", "link", "row",
    "knot", "amount", "meta",
)  # fmt: skip
_EPOCH: Final = dt.date(1970, 1, 1)


#: The position and the row number of every layer that serves a claim.
Chain = tuple[tuple[int, int], ...]


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


class CeilingTable(msgspec.Struct, frozen=True):
    """A ceiling of a layer; `counter` is None when it holds for each visit."""

    on: str  # "pay" or "cost"
    counter: str | None


class LayerTable(msgspec.Struct, frozen=True):
    """One dated version of a layer, as compiled; counters are None where nothing is counted."""

    meta: LayerMeta
    visits: str | None
    used: str | None
    measured: str | None
    inside_first_band: bool
    hands_over: str
    rounding: str
    ceilings: tuple[CeilingTable, ...]


class UseTable(msgspec.Struct, frozen=True):
    """A layer in its place in a program."""

    layer: int
    base: tuple[str, ...]  # "in_scope", "LAYER.copay", …
    tops_up: tuple[str, ...]
    hands_over_to: tuple[str, ...]  # later layers whose base has what is over the ceiling


class ProgramTable(msgspec.Struct, frozen=True):
    """The layers of one benefit, in order, and which of them serve whom with which row."""

    benefit: str
    uses: tuple[UseTable, ...]
    visits: tuple[str, ...]  # counters that a claim moves by one
    axes: tuple[str, ...]
    lookups: tuple[tuple[int, ...], ...]  # per axis: what each code adds to the profile
    chains: tuple[Chain | None, ...]  # of each profile; None: a figure is missing

    def chain_for(self, claim: Any) -> Chain | None:
        """Return the chain of a claim, None when the policy has no figure for it."""
        codes = (claim_code(axis, getattr(claim, axis)) for axis in self.axes)
        steps = zip(self.lookups, codes, strict=True)
        return self.chains[sum(lookup[code] for lookup, code in steps)]


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

    def classes(self, program: ProgramTable, axis: str) -> dict[int, tuple[str | None, ...]]:
        """Return the values of `axis` that the program does not tell apart, by what they add."""
        lookup = program.lookups[program.axes.index(axis)]
        codes: dict[str | None, int]
        if axis == AGE:
            codes = {None: AGE_UNSTATED}
            codes.update(self.meta.age_bands)
        else:
            codes = {value: code for code, value in enumerate(AXES[axis])}
        classes: dict[int, tuple[str | None, ...]] = {}
        for value, code in codes.items():
            classes[lookup[code]] = (*classes.get(lookup[code], ()), value)
        return classes


def decompile(image: Any) -> Decompiled:
    """Return what an image that was opened as a table holds."""
    return _Reader(image).table()


class _Reader:
    """Unpacks the sections of one image."""

    def __init__(self, image: Any) -> None:
        self.view = memoryview(image).cast("B")
        directory = HEADER.unpack(self.view[: HEADER.size])[-2 * len(_SECTIONS) :]
        pairs = zip(directory[::2], directory[1::2], strict=True)
        self.sections = dict(zip(_SECTIONS, pairs, strict=True))
        offset, size = self.sections["meta"]
        self.meta = msgspec.json.decode(self.view[offset : offset + size], type=Meta)

    def table(self) -> Decompiled:
        windows = [list(WINDOWS)[number] for number in self._numbers("window", "B")]
        return Decompiled(
            meta=self.meta,
            windows=dict(zip(self.meta.counters, windows, strict=True)),
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
        for knot, amount, n_knots, n_amounts, *limits in self._structs("row", ROW):
            mine = knots[knot : knot + n_knots]
            bounds = [*(at for at, _, _ in mine[1:]), None]
            bands = tuple(
                BandRow(at, upto, slope) for (at, _, slope), upto in zip(mine, bounds, strict=True)
            )
            rows.append(RowTable(bands, amounts[amount : amount + n_amounts], tuple(limits)))
        return rows

    def _layers(self) -> list[LayerTable]:
        packed = self._structs("layer", LAYER)
        return [
            self._layer(fields, meta) for fields, meta in zip(packed, self.meta.layers, strict=True)
        ]

    def _layer(self, fields: tuple[Any, ...], meta: LayerMeta) -> LayerTable:
        visits, used, measured, _fund, inside, by_payment, rounding, n_cost, n_pay = fields[:9]
        kinds = ["cost"] * n_cost + ["pay"] * n_pay
        return LayerTable(
            meta=meta,
            visits=self._counter(visits),
            used=self._counter(used),
            measured=self._counter(measured),
            inside_first_band=bool(inside),
            hands_over="payment" if by_payment else "cost",
            rounding=list(ROUNDINGS)[rounding],
            ceilings=tuple(
                CeilingTable(on, self._counter(counter))
                for on, counter in zip(kinds, fields[-capacity.CEILINGS :], strict=False)
            ),
        )

    def _programs(self) -> list[ProgramTable]:
        packed = self._structs("program", PROGRAM)
        uses, chains = self._structs("use", USE), self._chains()
        lookups, profiles = self._structs("lookup", LOOKUP), self._numbers("profile", "H")
        programs = []
        for name, (first, n_uses, _, *rest) in zip(self.meta.programs, packed, strict=True):
            amounts, rest = rest[: len(FOUR_AMOUNTS)], rest[len(FOUR_AMOUNTS) :]
            visits, rest = rest[: capacity.ORDINALS], rest[capacity.ORDINALS :]
            profile, n_profiles, *which, n_axes, axes = rest
            mine = uses[first : first + n_uses]
            numbers = profiles[profile : profile + n_profiles]
            programs.append(
                ProgramTable(
                    benefit=name,
                    uses=tuple(self._use(mine, i, amounts) for i in range(n_uses)),
                    visits=tuple(self.meta.counters[i] for i in visits if i != NONE),
                    axes=tuple(AXIS_ORDER[number] for number in axes[:n_axes]),
                    lookups=tuple(lookups[i] for i in which[:n_axes]),
                    chains=tuple(None if i == NONE else chains[i] for i in numbers),
                )
            )
        return programs

    def _chains(self) -> list[Chain]:
        links = self._structs("link", LINK)
        return [
            tuple((position, row) for position, row in links[first : first + count])
            for first, count in self._structs("chain", CHAIN)
        ]

    def _use(self, uses: list[tuple[Any, ...]], position: int, amounts: list[int]) -> UseTable:
        tops_up, layer, _, _, *_ = uses[position]
        base = _base_numbers(uses[position])
        parts = [name for name, number in zip(FOUR_AMOUNTS, amounts, strict=True) if number in base]
        for earlier in uses[:position]:
            left = zip(REMAINDERS, earlier[4:], strict=True)
            owner = self.meta.layers[earlier[1]].name
            parts += [f"{owner}.{kind}" for kind, number in left if number in base]
        over = uses[position][6]
        return UseTable(
            layer=layer,
            base=tuple(parts),
            tops_up=tuple(
                self.meta.layers[other[1]].name for i, other in enumerate(uses) if tops_up >> i & 1
            ),
            hands_over_to=tuple(
                self.meta.layers[later[1]].name
                for later in uses[position + 1 :]
                if over and over in _base_numbers(later)
            ),
        )


def _base_numbers(use: tuple[Any, ...]) -> bytes:
    _, _, n_base, base, *_ = use
    return bytes(base[: min(n_base, capacity.PARTS)])


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


def claim_code(axis: str, value: Any) -> int:
    """Return the code that a claim's value has on an axis."""
    if axis == AGE:
        return AGE_UNSTATED if value is None else int(value)
    return 0 if value is None else axis_code(axis, value)
