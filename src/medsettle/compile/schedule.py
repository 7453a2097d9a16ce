"""A layer in one cell becomes a row: knots, deductible amounts, limits.

Adjustments are folded in here.  Whatever is not exact (a share that is no whole part per million, a
deductible that is no whole fen) is refused, never rounded.
"""

from __future__ import annotations

import math
from fractions import Fraction

import msgspec

from medsettle.compile.errors import CompileError
from medsettle.money import FEN_MAX, PPM
from medsettle.policy.cell import (
    Cell,
    adjusted,
    amount_changes,
    figure_at,
    is_decided,
    share_changes,
)
from medsettle.policy.document import Ceiling, Figure, Layer, Place

#: A limit that is none.
UNLIMITED = 2**63 - 1


class NoFigureError(Exception):
    """The policy has no figure for this cell."""


class Knot(msgspec.Struct, frozen=True):
    """From `at` (fen) on, S rises by `slope` ppm; `prefix` is S(at) in ppm of a fen."""

    at: int
    prefix: int
    slope: int


class Row(msgspec.Struct, frozen=True):
    """All numbers of a layer for one cell."""

    knots: tuple[Knot, ...]
    amounts: tuple[int, ...]  # deductible by ordinal, fen; empty: none
    limits: tuple[int, ...]  # fen, in the order of `ordered_ceilings`


def row_in(layer: Layer, cell: Cell) -> Row:
    """Return the row of `layer` in `cell`; raise NoFigureError where a figure is missing."""
    if not all(is_decided(adjust.when, cell) for adjust in layer.adjust):
        raise NoFigureError
    return Row(
        knots=_knots(layer, cell),
        amounts=_amounts(layer, cell),
        limits=tuple(
            _whole(_number(ceiling.limit, cell), ceiling.place, "ceiling")
            for ceiling in ordered_ceilings(layer)
        ),
    )


def ordered_ceilings(layer: Layer) -> tuple[Ceiling, ...]:
    """Return the ceilings as the kernel wants them: those on cost first."""
    return tuple(sorted(layer.ceilings, key=lambda ceiling: ceiling.on != "cost"))


def finest_factor(layer: Layer, row: Row) -> int:
    """Return by how much a cut in this row can refine the unit of a bill, at most.

    A ceiling on pay turned back into cost is divided by a slope; what the slopes have in common
    divides every numerator too.
    """
    if layer.hands_over == "payment" or all(ceiling.on == "cost" for ceiling in layer.ceilings):
        return 1
    slopes = [knot.slope for knot in row.knots]
    return max(1, max(slopes) // math.gcd(PPM, *slopes))


def _number(figure: Figure, cell: Cell) -> Fraction:
    number = figure_at(figure, cell)
    if number is None:
        raise NoFigureError
    return number


def _whole(value: Fraction, place: Place, what: str) -> int:
    if value.denominator != 1:
        raise CompileError(f"the {what} of {value} fen is no whole fen", place)
    if value > FEN_MAX:
        raise CompileError(f"the {what} of {value} fen is beyond ten billion yuan", place)
    return int(value)


def _knots(layer: Layer, cell: Cell) -> tuple[Knot, ...]:
    knots: list[Knot] = []
    at, prefix = 0, 0
    for band in layer.bands:
        share = adjusted(_number(band.share, cell), share_changes(layer), cell)
        slope = _slope(min(max(share, Fraction(0)), Fraction(1)), band.place)
        knots.append(Knot(at, prefix, slope))
        if band.upto is None:
            break
        upto = _whole(_number(band.upto, cell), band.place, "bound")
        if upto <= at:
            raise CompileError(f"the bound of {upto} fen is not above the band before", band.place)
        at, prefix = upto, prefix + (upto - at) * slope
    return tuple(knots)


def _slope(share: Fraction, place: Place) -> int:
    slope = share * PPM
    if slope.denominator != 1:
        raise CompileError(f"the share {share} is no whole part per million", place)
    return int(slope)


def _amounts(layer: Layer, cell: Cell) -> tuple[int, ...]:
    deductible = layer.deductible
    if deductible is None:
        return ()
    amounts = (
        adjusted(_number(figure, cell), amount_changes(layer), cell)
        for figure in deductible.amounts
    )
    return tuple(
        _whole(max(amount, Fraction(0)), deductible.place, "deductible") for amount in amounts
    )
