"""A layer in one cell becomes a row of numbers: knots, deductible amounts, limits.

Adjustments are folded in here.  Whatever is not exact (a share that is no whole part per million, a
deductible that is no whole fen) is refused, never rounded.
"""

from __future__ import annotations

import math
from fractions import Fraction

import msgspec

from medsettle import capacity
from medsettle.compile.errors import CompileError
from medsettle.money import FEN_MAX, PPM
from medsettle.policy.cell import (
    Cell,
    NoFigureError,
    adjusted,
    amount_changes,
    ceiling_exists,
    deductible_amounts,
    is_decided,
    limit_of,
    number_at,
    share_changes,
)
from medsettle.policy.document import Adjust, Ceiling, Layer, Place

#: A limit that is none.
UNLIMITED = 2**63 - 1


class Knot(msgspec.Struct, frozen=True):
    """From `at` (fen) on, S rises by `slope` ppm; `prefix` is S(at) in ppm of a fen."""

    at: int
    prefix: int
    slope: int


class Row(msgspec.Struct, frozen=True):
    """All numbers of a layer for one cell."""

    knots: tuple[Knot, ...]
    amounts: tuple[int, ...]  # deductible by ordinal, fen; empty: none
    limits: tuple[int, ...]  # fen, in the order of `ceilings_in`
    first_share: int  # ppm
    cap: int  # of the deductible, fen


def row_in(layer: Layer, cell: Cell) -> Row:
    """Return the row of `layer` in `cell`; raise NoFigureError where a figure is missing."""
    _demand_decided((*share_changes(layer), *amount_changes(layer)), cell)
    return Row(
        knots=_knots(layer, cell),
        amounts=_amounts(layer, cell),
        limits=tuple(
            _whole(limit_of(ceiling, cell), ceiling.place, "ceiling")
            for ceiling in ceilings_in(layer, cell)
        ),
        first_share=_first_share(layer, cell),
        cap=_cap(layer, cell),
    )


def ceilings_in(layer: Layer, cell: Cell) -> tuple[Ceiling, ...]:
    """Return the ceilings that exist in `cell` as the kernel wants them: those on cost first.

    Raises NoFigureError where one is undecided.
    """
    existing = (ceiling for ceiling in layer.ceilings if ceiling_exists(ceiling, cell))
    return tuple(sorted(existing, key=lambda ceiling: ceiling.on != "cost"))


def finest_factor(hands_over: str, has_pay_ceilings: bool, row: Row) -> int:
    """Return by how much a cut in this row can refine the unit of a bill, at most.

    A ceiling on pay turned back into cost is divided by a slope; what the slopes have in common
    divides every numerator too.
    """
    if hands_over == "payment" or not has_pay_ceilings:
        return 1
    slopes = [knot.slope for knot in row.knots]
    return max(1, max(slopes) // math.gcd(PPM, *slopes))


def _demand_decided(adjusts: tuple[Adjust, ...], cell: Cell) -> None:
    if not all(is_decided(adjust.when, cell) for adjust in adjusts):
        raise NoFigureError


def _whole(value: Fraction, place: Place, what: str) -> int:
    if value.denominator != 1:
        raise CompileError(f"the {what} of {value} fen is no whole fen", place)
    if value > FEN_MAX:
        raise CompileError(f"the {what} of {value} fen is beyond ten billion yuan", place)
    return int(value)


def _knots(layer: Layer, cell: Cell) -> tuple[Knot, ...]:
    knots: list[Knot] = []
    changes = share_changes(layer)
    at, prefix = 0, 0
    for band in layer.bands:
        share = adjusted(number_at(band.share, cell), changes, cell)
        slope = _ppm(min(max(share, Fraction(0)), Fraction(1)), band.place)
        knots.append(Knot(at, prefix, slope))
        if band.upto is None:
            break
        upto = _whole(number_at(band.upto, cell), band.place, "bound")
        if upto <= at:
            raise CompileError(f"the bound of {upto} fen is not above the band before", band.place)
        at, prefix = upto, prefix + (upto - at) * slope
    return tuple(knots)


def _ppm(share: Fraction, place: Place) -> int:
    ppm = share * PPM
    if ppm.denominator != 1:
        raise CompileError(f"the share {share} is no whole part per million", place)
    return int(ppm)


def _amounts(layer: Layer, cell: Cell) -> tuple[int, ...]:
    if layer.deductible is None:
        return ()
    amounts = deductible_amounts(layer, cell)
    place = layer.deductible.place
    if len(amounts) > capacity.BANDS:
        raise CompileError(f"the deductible falls over more than {capacity.BANDS} visits", place)
    return tuple(_whole(amount, place, "deductible") for amount in amounts)


def _first_share(layer: Layer, cell: Cell) -> int:
    if layer.first_share is None:
        return 0
    return _ppm(number_at(layer.first_share, cell), layer.place)


def _cap(layer: Layer, cell: Cell) -> int:
    if layer.deductible is None or layer.deductible.cap is None:
        return UNLIMITED
    place = layer.deductible.place
    return _whole(number_at(layer.deductible.cap.limit, cell), place, "cap of the deductible")
