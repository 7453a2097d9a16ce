"""The table image: what `_core/kernel.h` describes, packed; same policy, same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

import msgspec

from medsettle import capacity
from medsettle.compile.axes import cells, layer_axes
from medsettle.compile.errors import CompileError
from medsettle.compile.meta import LayerMeta, Meta, layer_meta
from medsettle.compile.profile import NO_FIGURE, NOT_SERVED, LayerCells, profiles
from medsettle.compile.program import Program, Use, counters, spans
from medsettle.compile.schedule import (
    UNLIMITED,
    Knot,
    NoFigureError,
    Row,
    finest_factor,
    ordered_ceilings,
    row_in,
)
from medsettle.policy.cell import holds, is_decided
from medsettle.policy.document import Layer, Place, Policy
from medsettle.vocabulary import AXIS_ORDER, BENEFITS, DATE_MAX, FUNDS, ROUNDINGS, WINDOWS

MAGIC: Final = b"MEDSETTL"
FORMAT: Final = 1
BYTE_ORDER: Final = 0x01020304
NONE: Final = 0xFFFF

HEADER: Final = struct.Struct("<8sII32sQII26I")
SPAN: Final = struct.Struct(f"<ii{capacity.BENEFITS}H")
PROGRAM: Final = struct.Struct(f"<IHH4B{capacity.ORDINALS}HII{capacity.AXES}IB{capacity.AXES}sx")
LOOKUP: Final = struct.Struct("<256H")
CHAIN: Final = struct.Struct("<II")
LINK: Final = struct.Struct("<HH")
USE: Final = struct.Struct(f"<IHB{capacity.PARTS}sBBB22x")
LAYER: Final = struct.Struct(f"<HHHBBBBBB{capacity.CEILINGS}H12x")
ROW: Final = struct.Struct(f"<IIHH4x{capacity.CEILINGS}q16x")
KNOT: Final = struct.Struct("<qqq")

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()

Item = TypeVar("Item", bound=Hashable)


class _Pool:
    """Packed items of one section, each distinct item stored once."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.count = 0
        self._index: dict[Hashable, int] = {}

    def put(self, key: Item, size: int, pack: Callable[[Item], bytes]) -> int:
        """Return the index of `key`, packing its `size` items when it is new."""
        if key not in self._index:
            packed = pack(key)
            self._index[key] = self.count
            self.data += packed
            self.count += size
        return self._index[key]


class _Image:
    """A table under construction."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.windows = counters(policy)
        self.counter_index = {name: i for i, name in enumerate(self.windows)}
        used = [layer.fund for versions in policy.layers.values() for layer in versions]
        self.funds = tuple(fund for fund in FUNDS if fund in used)
        self.rows, self.knots, self.amounts = _Pool(), _Pool(), _Pool()
        self.layers, self.uses, self.lookups = _Pool(), _Pool(), _Pool()
        self.profiles, self.chains, self.links = _Pool(), _Pool(), _Pool()
        self.programs, self.spans = _Pool(), bytearray()
        self.layer_cells: list[LayerCells] = []
        self.row_of: list[Row] = []
        self.layer_meta: list[LayerMeta] = []
        self.program_names: list[str] = []
        self._check_limits()

    def _check_limits(self) -> None:
        place = Place(self.policy.file, 1, 1)
        if len(self.windows) > capacity.COUNTERS:
            raise CompileError(f"more than {capacity.COUNTERS} counters", place)
        for versions in self.policy.layers.values():
            for layer in versions:
                if len(layer.ceilings) > capacity.CEILINGS:
                    raise CompileError(f"more than {capacity.CEILINGS} ceilings", layer.place)
        for benefits in self.policy.benefits.values():
            for benefit in benefits:
                if len(benefit.layers) > capacity.LAYERS:
                    raise CompileError(f"more than {capacity.LAYERS} layers", benefit.place)

    def counter(self, name: str, window: str = "year") -> int:
        """Return the index of a counter, or NONE for what is counted per visit."""
        return NONE if window == "visit" else self.counter_index[name]

    def put_row(self, row: Row) -> int:
        """Store a row with its knots and amounts."""

        def pack(row: Row) -> bytes:
            knot = self.knots.put(row.knots, len(row.knots), _pack_knots)
            amount = self.amounts.put(row.amounts, len(row.amounts), _pack_amounts)
            limits = (*row.limits, *[UNLIMITED] * (capacity.CEILINGS - len(row.limits)))
            return ROW.pack(knot, amount, len(row.knots), len(row.amounts), *limits)

        if max(len(row.knots), len(row.amounts)) > capacity.BANDS:
            told = f"more than {capacity.BANDS} bands, or amounts of a deductible"
            raise CompileError(told, Place(self.policy.file, 1, 1))
        index = self.rows.put(row, 1, pack)
        if index == len(self.row_of):
            self.row_of.append(row)
        if index >= capacity.ROWS:
            raise CompileError("more than 65,534 distinct rows", Place(self.policy.file, 1, 1))
        return index

    def cells_of(self, layer: Layer) -> LayerCells:
        """Return the layer's row number in every cell of its axes, storing the rows."""
        axes = layer_axes(layer)
        numbers: list[int] = []
        for cell in cells(self.policy, axes):
            if not is_decided(layer.serves, cell):
                numbers.append(NO_FIGURE)
            elif not holds(layer.serves, cell):
                numbers.append(NOT_SERVED)
            else:
                try:
                    numbers.append(self.put_row(row_in(layer, cell)))
                except NoFigureError:
                    numbers.append(NO_FIGURE)
        return LayerCells(axes, tuple(numbers))

    def put_layer(self, layer: Layer) -> int:
        """Store a layer version and the rows it has."""
        index = self.layers.put((layer.name, layer.from_), 1, lambda _: self._pack_layer(layer))
        if index == len(self.layer_meta):
            self.layer_meta.append(layer_meta(layer))
            self.layer_cells.append(self.cells_of(layer))
        return index

    def _pack_layer(self, layer: Layer) -> bytes:
        ceilings = ordered_ceilings(layer)
        n_cost = sum(ceiling.on == "cost" for ceiling in ceilings)
        used_by = [self.counter(ceiling.used, ceiling.per) for ceiling in ceilings]
        deductible = layer.deductible
        by_ordinal = deductible is not None and len(deductible.amounts) > 1
        return LAYER.pack(
            self.counter(deductible.visits) if deductible and by_ordinal else NONE,
            self.counter(deductible.used, deductible.per) if deductible else NONE,
            self.counter(layer.measured, layer.bands_per),
            self.funds.index(layer.fund),
            bool(deductible and deductible.inside_first_band),
            layer.hands_over == "payment",
            list(ROUNDINGS).index(layer.rounding),
            n_cost,
            len(ceilings) - n_cost,
            *used_by,
            *[NONE] * (capacity.CEILINGS - len(used_by)),
        )

    def put_chain(self, chain: tuple[tuple[int, int], ...] | None) -> int:
        """Store the layers that serve a profile; return the chain's number."""
        if chain is None:
            return NONE

        def pack(chain: tuple[tuple[int, int], ...]) -> bytes:
            first = self.links.put(
                chain, len(chain), lambda links: b"".join(LINK.pack(*link) for link in links)
            )
            return CHAIN.pack(first, len(chain))

        index = self.chains.put(chain, 1, pack)
        if index >= capacity.CHAINS:
            raise CompileError("more than 65,535 kinds of claims", Place(self.policy.file, 1, 1))
        return index

    def check_fineness(self, program: Program, chain: tuple[tuple[int, int], ...]) -> None:
        """Refuse a chain whose cuts could refine the unit of a bill beyond what 128 bits hold."""
        fineness = 1
        for position, row in chain:
            layer = program.uses[position].layer
            fineness *= finest_factor(layer, self.row_of[row])
            if fineness > capacity.FINENESS:
                raise CompileError(
                    f"too many ceilings in a row are handed over as cost: the shares of "
                    f"`{layer.name}` and the layers before it have no common unit within 128 bits",
                    layer.place,
                )

    def put_program(self, program: Program) -> int:
        """Store the program of one benefit."""
        place = program.benefit.place
        if program.n_parts > capacity.EMPTY_PART:
            raise CompileError(
                f"more than {capacity.EMPTY_PART} parts that go different ways", place
            )
        if len(program.ordinals) > capacity.ORDINALS:
            raise CompileError(f"more than {capacity.ORDINALS} visits counters", place)
        uses = b"".join(self._pack_use(use) for use in program.uses)
        first = self.uses.put(uses, len(program.uses), bytes)
        ordinals = [self.counter(name) for name in program.ordinals]
        layers = [self.layer_cells[self.put_layer(use.layer)] for use in program.uses]
        found = profiles(self.policy, program.benefit, layers)
        for chain in set(found.chains) - {None}:
            self.check_fineness(program, chain or ())
        numbers = [self.put_chain(chain) for chain in found.chains]
        profile = self.profiles.put(struct.pack(f"<{len(numbers)}H", *numbers), len(numbers), bytes)
        lookups = [
            self.lookups.put(codes, 1, lambda codes: LOOKUP.pack(*codes))
            for codes in found.lookups.values()
        ]
        packed = PROGRAM.pack(
            first,
            len(program.uses),
            program.n_parts,
            *program.amount_parts,
            *ordinals,
            *[NONE] * (capacity.ORDINALS - len(ordinals)),
            profile,
            len(numbers),
            *lookups,
            *[0] * (capacity.AXES - len(lookups)),
            len(lookups),
            bytes(AXIS_ORDER.index(axis) for axis in found.lookups),
        )
        index = self.programs.put((program.benefit.name, packed), 1, lambda key: key[1])
        if index == len(self.program_names):
            self.program_names.append(program.benefit.name)
        return index

    def _pack_use(self, use: Use) -> bytes:
        return USE.pack(
            sum(1 << position for position in use.tops_up),
            self.put_layer(use.layer),
            len(use.base),
            bytes(use.base).ljust(capacity.PARTS, bytes([capacity.EMPTY_PART])),
            *use.leaves,
        )

    def put_spans(self) -> int:
        """Store every span with its programs; return how many."""
        count = 0
        for span in spans(self.policy):
            programs = [NONE] * capacity.BENEFITS
            for program in span.programs:
                code = list(BENEFITS).index(program.benefit.name)
                programs[code] = self.put_program(program)
            until = DATE_MAX if span.until is None else span.until
            self.spans += SPAN.pack(_day(span.from_), _day(until), *programs)
            count += 1
        return count

    def meta(self) -> bytes:
        """Return the names behind the numbers, as JSON."""
        policy = self.policy
        return msgspec.json.encode(
            Meta(
                region=policy.region,
                scheme=policy.scheme,
                title=policy.title,
                funds=self.funds,
                counters=tuple(self.windows),
                age_bands=dict(policy.age_bands),
                sources={
                    key: {"title": source.title, "number": source.number, "url": source.url}
                    for key, source in policy.sources.items()
                },
                layers=tuple(self.layer_meta),
                programs=tuple(self.program_names),
            )
        )


def compile_policy(policy: Policy) -> bytes:
    """Return the image of `policy`'s benefit table.

    Raises CompileError for what cannot be exact or exceeds a limit of the kernel.
    """
    image = _Image(policy)
    n_spans = image.put_spans()
    windows = bytes(list(WINDOWS).index(window) for window in image.windows.values())
    meta = image.meta()
    sections: list[tuple[bytes, int]] = [
        (windows, len(windows)),
        (bytes(image.spans), n_spans),
        (bytes(image.programs.data), image.programs.count),
        (bytes(image.uses.data), image.uses.count),
        (bytes(image.layers.data), image.layers.count),
        (bytes(image.lookups.data), image.lookups.count),
        (bytes(image.profiles.data), image.profiles.count),
        (bytes(image.chains.data), image.chains.count),
        (bytes(image.links.data), image.links.count),
        (bytes(image.rows.data), image.rows.count),
        (bytes(image.knots.data), image.knots.count),
        (bytes(image.amounts.data), image.amounts.count),
        (meta, len(meta)),
    ]
    return _assemble(sections, len(image.windows), len(image.funds))


def _assemble(sections: list[tuple[bytes, int]], n_counters: int, n_funds: int) -> bytes:
    body = bytearray()
    directory: list[int] = []
    for data, count in sections:
        directory += [HEADER.size + len(body), count]
        body += data
        body += bytes(-len(body) % 8)
    digest = hashlib.sha256(body).digest()
    size = HEADER.size + len(body)
    header = HEADER.pack(MAGIC, FORMAT, BYTE_ORDER, digest, size, n_counters, n_funds, *directory)
    return header + bytes(body)


def _day(date: dt.date) -> int:
    return date.toordinal() - _EPOCH


def _pack_knots(knots: tuple[Knot, ...]) -> bytes:
    return b"".join(KNOT.pack(knot.at, knot.prefix, knot.slope) for knot in knots)


def _pack_amounts(amounts: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(amounts)}q", *amounts)
