"""Where the parts that a layer takes come from: which amounts and remainders they once were.

A layer that takes a deductible leaves it in parts of its own; who takes these takes it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from medsettle.policy.cell import Cell
from medsettle.policy.document import Layer
from medsettle.policy.names import EVERYTHING, ITEM, REST
from medsettle.vocabulary import FOUR_AMOUNTS, REMAINDERS

#: A part of the bill, and what it once was: names of amounts and of remainders.
Origins = dict[str, frozenset[str]]

_IN_SCOPE: Final = "in_scope"


def taken_and_left(earlier: Iterable[Layer], layer: Layer, cell: Cell) -> tuple[set[str], set[str]]:
    """Return what was once in the parts that a layer takes, and in those that it leaves be."""
    parts: Origins = {name: frozenset([name]) for name in FOUR_AMOUNTS}
    for other in earlier:
        if _may_serve(other, cell):
            _run(parts, other)
    taken = [part for part in parts if _names(layer.base, part)]
    took = {origin for part in taken for origin in parts[part]}
    return took, {origin for part in parts if part not in taken for origin in parts[part]}


def _may_serve(layer: Layer, cell: Cell) -> bool:
    return all(cell[axis] in each for axis, each in layer.serves.axes.items() if axis in cell)


def _run(parts: Origins, layer: Layer) -> None:
    """Move what a layer takes into its own parts; an item group leaves the rest in scope."""
    taken = [part for part in parts if _names(layer.base, part)]
    items = any(base.startswith(f"{ITEM}.") for base in layer.base)
    if not taken and not items:
        return
    origins = {origin for part in taken for origin in parts.pop(part)}
    if items:
        origins.add(_IN_SCOPE)
    for kind in _left_by(layer):
        parts[f"{layer.name}.{kind}"] = frozenset([*origins, kind])


def _left_by(layer: Layer) -> list[str]:
    empty = {
        "first_share": layer.first_share is None,
        "deductible": layer.deductible is None,
        "over_ceiling": not layer.ceilings,
    }
    return [kind for kind in REMAINDERS if not empty.get(kind, False)]


def _names(base: Iterable[str], part: str) -> bool:
    """Tell whether a base names a part, directly or by a wider name."""
    layer, dot, kind = part.partition(".")
    wider = (kind, f"{layer}.{REST}", REST) if dot else ()
    return not {part, EVERYTHING, *wider}.isdisjoint(base)
