"""The table image: what `_core/kernel.h` describes, packed; same policy, same bytes."""

from __future__ import annotations

import datetime as dt
import struct
from typing import Final

import msgspec

from medsettle import capacity
from medsettle.compile.axes import cell_at, layer_classes
from medsettle.compile.counters import Counters
from medsettle.compile.errors import CompileError
from medsettle.compile.layout import (
    BYTE_ORDER,
    CHAIN,
    FORMAT,
    HEADER,
    KNOT,
    LAYER,
    LINK,
    LOOKUP,
    MAGIC,
    NO_LOOKUP,
    NONE,
    PROGRAM,
    ROW,
    SPAN,
    USE,
    Pool,
    padded,
)
from medsettle.compile.meta import LayerMeta, Meta, layer_meta
from medsettle.compile.profile import NO_FIGURE, NOT_SERVED, Chain, LayerCells, profiles
from medsettle.compile.program import Program, Use, item_groups, kept_apart_by, spans
from medsettle.compile.schedule import UNLIMITED, Knot, Row, finest_factor
from medsettle.compile.turns import Turn, Variant, turn_in
from medsettle.fingerprint import stamped
from medsettle.money import PPM
from medsettle.policy.cell import NoFigureError, holds, is_decided
from medsettle.policy.document import Layer, Place, Policy
from medsettle.vocabulary import (
    AXIS_ORDER,
    BENEFITS,
    BILL_SIZE,
    DATE_MAX,
    FUNDS,
    NO_FUNDS,
    ROUNDINGS,
)

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()

#: A layer's turn in a program: the kernel's layer and row.
Link = tuple[int, int]


class _Image:
    """A table under construction."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.start = Place(policy.file, 1, 1)
        self.items = item_groups(policy)
        used = [layer.fund for versions in policy.layers.values() for layer in versions]
        self.funds = tuple(fund for fund in FUNDS if fund in used)
        self.counters = Counters(policy)
        self.rows, self.knots, self.amounts = Pool(), Pool(), Pool()
        self.layers, self.uses, self.lookups = Pool(), Pool(), Pool()
        self.profiles, self.chains, self.links = Pool(), Pool(), Pool()
        self.programs, self.spans = Pool(), bytearray()
        self.versions: list[tuple[Layer, LayerCells]] = []  # as numbered in the metadata
        self.turns: list[Turn] = []
        self.turn_index: dict[Turn, int] = {}
        self.layer_meta: list[LayerMeta] = []
        self.program_names: list[str] = []
        self._check_limits()

    def _check_limits(self) -> None:
        if len(self.items) > capacity.ITEMS:
            raise CompileError(f"more than {capacity.ITEMS} item groups", self.start)
        for versions in self.policy.layers.values():
            for layer in versions:
                if len(layer.ceilings) > capacity.CEILINGS:
                    raise CompileError(f"more than {capacity.CEILINGS} ceilings", layer.place)
        for benefits in self.policy.benefits.values():
            for benefit in benefits:
                if len(benefit.layers) > capacity.LAYERS:
                    raise CompileError(f"more than {capacity.LAYERS} layers", benefit.place)

    def put_row(self, row: Row) -> int:
        """Store a row with its knots and amounts."""

        def pack(row: Row) -> bytes:
            knot = self.knots.put(row.knots, len(row.knots), _pack_knots)
            amount = self.amounts.put(row.amounts, len(row.amounts), _pack_amounts)
            limits = padded(row.limits, capacity.CEILINGS, UNLIMITED)
            counts = len(row.knots), len(row.amounts)
            return ROW.pack(knot, amount, *counts, row.first_share, *limits, row.cap)

        if max(len(row.knots), len(row.amounts)) > capacity.BANDS:
            told = f"more than {capacity.BANDS} bands, or amounts of a deductible"
            raise CompileError(told, self.start)
        index = self.rows.put(row, 1, pack)
        if index >= capacity.ROWS:
            raise CompileError("more than 65,534 distinct rows", self.start)
        return index

    def version_number(self, layer: Layer) -> int:
        """Return the number of a layer version, with the figures of its days, storing it."""
        for number, (known, _) in enumerate(self.versions):
            if known is layer or (known.name == layer.name and known == layer):
                return number
        self.versions.append((layer, self._cells_of(layer)))
        self.layer_meta.append(layer_meta(self.policy, layer))
        return len(self.versions) - 1

    def _cells_of(self, layer: Layer) -> LayerCells:
        """Return the layer's turn for each combination of classes of its axes."""
        waiver_each = ""
        if layer.deductible is not None and layer.deductible.waived_after:
            waiver_each = kept_apart_by(self.policy, layer.deductible.waived_after)
        classes = layer_classes(self.policy, layer, waiver_each)
        if classes.count > capacity.PROFILES:
            raise CompileError(
                f"`{layer.name}` tells {classes.count:,} kinds of claims apart, "
                f"more than {capacity.PROFILES:,}",
                layer.place,
            )
        numbers: list[int] = []
        for index in classes.indices():
            cell = cell_at(self.policy, index)
            if not is_decided(layer.serves, cell):
                numbers.append(NO_FIGURE)
            elif not holds(layer.serves, cell):
                numbers.append(NOT_SERVED)
            else:
                try:
                    numbers.append(self._turn_number(turn_in(layer, cell, waiver_each)))
                except NoFigureError:
                    numbers.append(NO_FIGURE)
        return LayerCells(classes, tuple(numbers))

    def _turn_number(self, turn: Turn) -> int:
        number = self.turn_index.setdefault(turn, len(self.turns))
        if number == len(self.turns):
            self.turns.append(turn)
        return number

    def put_layer(self, number: int, variant: Variant) -> int:
        """Store a layer version with one set of counters."""
        layer = self.versions[number][0]
        names = (variant.visits, variant.used, variant.measured, variant.cap, variant.waived)
        visits, used, measured, cap, waived = (
            self.counters.index(name, layer.place) for name in names
        )
        ceilings = variant.ceilings
        n_cost = sum(ceiling.on == "cost" for ceiling in ceilings)
        counted = tuple(self.counters.index(one.counter, layer.place) for one in ceilings)
        per_day = sum(one.per_day << i for i, one in enumerate(ceilings))
        balance = sum((one.on == "balance") << i for i, one in enumerate(ceilings))
        packed = LAYER.pack(
            visits,
            used,
            measured,
            self.funds.index(layer.fund),
            bool(layer.deductible and layer.deductible.inside_first_band),
            layer.hands_over == "payment",
            list(ROUNDINGS).index(layer.rounding),
            n_cost,
            len(ceilings) - n_cost,
            *padded(counted, capacity.CEILINGS),
            cap,
            waived,
            per_day,
            balance,
            bool(variant.cap or variant.waived or per_day or balance),
            layer.fund in NO_FUNDS,
            number,
        )
        return self.layers.put(packed, 1, bytes)

    def put_program(self, program: Program) -> int:
        """Store the program of one benefit."""
        self._check_program(program)
        numbers = [self.version_number(use.layer) for use in program.uses]
        cells = [self.versions[number][1] for number in numbers]
        layers = [use.layer for use in program.uses]
        found = profiles(self.policy, program.benefit, layers, cells)
        placed = _Placed(self, program, numbers)
        chains = {chain: self._put_chain(chain, placed) for chain in dict.fromkeys(found.chains)}
        uses = b"".join(placed.packed)
        if len(placed.packed) > capacity.USES:
            told = f"more than {capacity.USES} combinations of layers and counters"
            raise CompileError(told, program.benefit.place)
        profile = tuple(chains[chain] for chain in found.chains)
        lookups = {
            axis: self.lookups.put(codes, 1, lambda codes: LOOKUP.pack(*codes))
            for axis, codes in found.lookups.items()
        }
        bill_lookup = lookups.pop(BILL_SIZE, NO_LOOKUP)
        episodes, n_episodes = self.counters.put_episodes(layers, program.benefit.place)
        packed = PROGRAM.pack(
            self.uses.put(uses, len(placed.packed), bytes),
            len(placed.packed),
            program.n_parts,
            *program.amount_parts,
            bytes(program.item_parts),
            self.profiles.put(struct.pack(f"<{len(profile)}H", *profile), len(profile), bytes),
            len(profile),
            bill_lookup,
            _ppm(program),
            *padded(tuple(lookups.values()), capacity.AXES, 0),
            episodes,
            n_episodes,
            len(lookups),
            bytes(AXIS_ORDER.index(axis) for axis in lookups),
        )
        index = self.programs.put((program.benefit.name, packed), 1, lambda key: key[1])
        if index == len(self.program_names):
            self.program_names.append(program.benefit.name)
        return index

    def _check_program(self, program: Program) -> None:
        if program.n_parts > capacity.EMPTY_PART:
            told = f"more than {capacity.EMPTY_PART} parts that go different ways"
            raise CompileError(told, program.benefit.place)

    def _put_chain(self, chain: Chain | None, placed: _Placed) -> int:
        """Store what a profile runs; return the chain's number."""
        if chain is None:
            return NONE
        turns = [(position, self.turns[turn]) for position, turn in chain.turns]
        self._check_fineness(placed.program, turns)
        links = tuple(placed.link(position, turn) for position, turn in turns)
        first = self.links.put(
            links, len(links), lambda links: b"".join(LINK.pack(*link) for link in links)
        )
        place = placed.program.benefit.place
        packed = CHAIN.pack(
            first,
            len(links),
            any(turn.variant.needs_days for _, turn in turns),
            sum(counts << i for i, counts in enumerate(chain.continued_counts)),
            *padded(
                tuple(self.counters.index(name, place) for name in chain.visits),
                capacity.ORDINALS,
            ),
        )
        index = self.chains.put(packed, 1, bytes)
        if index >= capacity.CHAINS:
            raise CompileError("more than 65,535 kinds of claims", self.start)
        return index

    def _check_fineness(self, program: Program, turns: list[tuple[int, Turn]]) -> None:
        """Refuse a chain whose cuts could refine the unit of a bill beyond what 128 bits hold."""
        fineness = 1
        for position, turn in turns:
            layer = program.uses[position].layer
            fineness *= finest_factor(layer.hands_over, turn.variant.pays_within, turn.row)
            if fineness > capacity.FINENESS:
                raise CompileError(
                    f"too many ceilings in a row are handed over as cost: the shares of "
                    f"`{layer.name}` and the layers before it have no common unit within 128 bits",
                    layer.place,
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
                counters=self.counters.names,
                windows=self.counters.windows(),
                values={axis: dict(values) for axis, values in policy.values.items()},
                bands={axis: dict(bands) for axis, bands in policy.bands.items()},
                items=self.items,
                best_of=dict(policy.best_of),
                rule_by=policy.rule_by,
                year_starts=policy.year_starts,
                periods={name: period.days for name, period in policy.periods.items()},
                sources={
                    key: {"title": source.title, "number": source.number, "url": source.url}
                    for key, source in policy.sources.items()
                },
                layers=tuple(self.layer_meta),
                programs=tuple(self.program_names),
            )
        )


class _Placed:
    """The uses of one program: each of its layers, once for each set of counters it has."""

    def __init__(self, image: _Image, program: Program, numbers: list[int]) -> None:
        self.image = image
        self.program = program
        self.numbers = numbers
        self.packed: list[bytes] = []
        self.index: dict[tuple[int, Variant], int] = {}

    def link(self, position: int, turn: Turn) -> Link:
        """Return the use and the row of a turn at a position, storing what is new."""
        key = (position, turn.variant)
        if key not in self.index:
            layer = self.image.put_layer(self.numbers[position], turn.variant)
            self.index[key] = len(self.packed)
            self.packed.append(_pack_use(self.program.uses[position], layer))
        return self.index[key], self.image.put_row(turn.row)


def compile_policy(policy: Policy) -> bytes:
    """Return the image of `policy`'s benefit table.

    Raises CompileError for what cannot be exact or exceeds a limit of the kernel.
    """
    image = _Image(policy)
    n_spans = image.put_spans()
    bounds = tuple(policy.bands.get(BILL_SIZE, {}).values())[1:]
    if len(bounds) > capacity.BILL_BANDS:
        raise CompileError(f"more than {capacity.BILL_BANDS} bands of the total", image.start)
    meta = image.meta()
    counters = image.counters
    sections: list[tuple[bytes | bytearray, int]] = [
        (counters.window_codes(), len(counters.names)),
        (image.spans, n_spans),
        *((pool.data, pool.count) for pool in (image.programs, image.uses, image.layers)),
        *((pool.data, pool.count) for pool in (image.lookups, image.profiles, image.chains)),
        *((pool.data, pool.count) for pool in (image.links, image.rows, image.knots)),
        (image.amounts.data, image.amounts.count),
        *counters.sections(),
        (struct.pack(f"<{len(bounds)}q", *bounds), len(bounds)),
        (meta, len(meta)),
    ]
    heads = (len(counters.names), len(image.funds), len(image.items), policy.year_starts)
    return _assemble(sections, heads)


def _assemble(sections: list[tuple[bytes | bytearray, int]], heads: tuple[int, ...]) -> bytes:
    body = bytearray()
    directory: list[int] = []
    for data, count in sections:
        directory += [HEADER.size + len(body), count]
        body += data
        body += bytes(-len(body) % 8)
    size = HEADER.size + len(body)
    header = HEADER.pack(MAGIC, FORMAT, BYTE_ORDER, b"", size, *heads, *directory)
    return stamped(header + bytes(body))


def _ppm(program: Program) -> int:
    ppm = program.benefit.all_funds_at_most * PPM
    if ppm.denominator != 1:
        raise CompileError("the share of the bill is no whole ppm", program.benefit.place)
    return int(ppm)


def _pack_use(use: Use, layer: int) -> bytes:
    return USE.pack(
        sum(1 << position for position in use.tops_up),
        layer,
        len(use.base),
        bytes(use.base).ljust(capacity.PARTS, bytes([capacity.EMPTY_PART])),
        *use.leaves,
        use.position,
    )


def _day(date: dt.date) -> int:
    return date.toordinal() - _EPOCH


def _pack_knots(knots: tuple[Knot, ...]) -> bytes:
    return b"".join(KNOT.pack(knot.at, knot.prefix, knot.slope) for knot in knots)


def _pack_amounts(amounts: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(amounts)}q", *amounts)
