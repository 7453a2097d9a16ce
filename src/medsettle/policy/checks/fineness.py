"""Fineness: layers cut one after the other keep a unit of the bill that 128 bits hold.

A ceiling on pay that hands over cost is turned back into cost, so amounts are divided by a share.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

from medsettle import capacity
from medsettle.money import PPM
from medsettle.policy.cell import (
    Cell,
    NoFigureError,
    adjusted,
    ceiling_exists,
    holds,
    number_at,
    share_changes,
)
from medsettle.policy.checks.bases import runs
from medsettle.policy.checks.cells import told
from medsettle.policy.checks.context import Checked
from medsettle.policy.document import Benefit, Layer

#: So many layers have a common unit whatever their shares are.
_ALWAYS = int(math.log(capacity.FINENESS, PPM) + 0.5)


def check_fineness(checked: Checked) -> None:
    """Report layers whose shares have no common unit with those of the layers before."""
    seen: set[int] = set()  # ids of the layers told
    for benefit in checked.benefits():
        if len(benefit.layers) <= _ALWAYS:
            continue
        for run in runs(checked, benefit):
            cut = [layer for layer in run if _is_cut(layer)]
            bounds = itertools.accumulate(map(_coarse, cut), lambda one, other: one * other)
            if max(bounds, default=1) > capacity.FINENESS:
                _check_run(checked, benefit, cut, seen)


def _is_cut(layer: Layer) -> bool:
    return layer.hands_over == "cost" and any(ceiling.on != "cost" for ceiling in layer.ceilings)


def _coarse(layer: Layer) -> int:
    """Return by how much cuts in the layer can refine the unit, at most, for anybody."""
    plain = [band.share for band in layer.bands if isinstance(band.share, Fraction)]
    if share_changes(layer) or len(plain) < len(layer.bands):
        return PPM
    return _finest(plain)


def _check_run(checked: Checked, benefit: Benefit, cut: Sequence[Layer], seen: set[int]) -> None:
    """Report the first layer that is one too many, for some kind of claim."""
    shares = [band.share for layer in cut for band in layer.bands]
    changes = [change for layer in cut for change in share_changes(layer)]
    asked = [*shares, *(change.value for change in changes)]
    whens = [layer.serves for layer in cut] + [change.when for change in changes]
    whens += [ceiling.when for layer in cut for ceiling in layer.ceilings]
    for cell in checked.cells(asked, whens, benefit.serves):
        beyond = _beyond(cut, cell)
        if beyond and id(cut[beyond]) not in seen:
            seen.add(id(cut[beyond]))
            layer = cut[beyond]
            fields = {"layer": layer.name, "number": beyond, "cell": told(cell)}
            checked.report.add("P525", layer.place, fields)


def _beyond(cut: Sequence[Layer], cell: Cell) -> int:
    """Return which layer is one too many in a cell; 0 for none, or where a figure is missing."""
    fineness, beyond = 1, 0
    for index, layer in enumerate(cut):
        if not holds(layer.serves, cell):
            continue
        try:
            limited = [ceiling_exists(one, cell) and one.on != "cost" for one in layer.ceilings]
            fineness *= _finest(_shares(layer, cell)) if any(limited) else 1
        except NoFigureError:
            return 0
        if fineness > capacity.FINENESS and not beyond:
            beyond = index
    return beyond


def _shares(layer: Layer, cell: Cell) -> list[Fraction]:
    changes = share_changes(layer)
    shares = (adjusted(number_at(band.share, cell), changes, cell) for band in layer.bands)
    return [min(max(share, Fraction(0)), Fraction(1)) for share in shares]


def _finest(shares: Sequence[Fraction]) -> int:
    """Return by how much a cut can refine the unit of a bill, at most.

    What the shares have in common divides every numerator too.
    """
    slopes = [int(share * PPM) for share in shares]
    return max(1, max(slopes) // math.gcd(PPM, *slopes))
