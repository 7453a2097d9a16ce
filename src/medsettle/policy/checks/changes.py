"""Changes: what a layer pays where it begins, and from one version to the next.

Both are warnings: a document may say so, but more often a digit is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from medsettle.policy.cell import Cell
from medsettle.policy.checks.cells import told, values_named
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.figures import yuan
from medsettle.policy.checks.limits import Terms, schedule, terms_of
from medsettle.policy.checks.terms import conditions, figures
from medsettle.policy.document import Layer
from medsettle.policy.names import ITEM, REST
from medsettle.vocabulary import BED_DAY

#: The bases on which two versions are compared, in fen: a small bill, a usual stay, a large one.
AMOUNTS: Final = tuple(Fraction(yuan * 100) for yuan in (500, 20_000, 400_000))
#: Of more kinds of claims than this only the first are compared.
CELLS: Final = 24


def check_changes(checked: Checked) -> None:
    """Report serious illness insurance without a line, and versions that pay less than before."""
    for layer in checked.layers():
        _check_line(checked, layer)
    for versions in checked.policy.layers.values():
        for before, later in itertools.pairwise(versions):
            if before.until == later.from_ and later.note in ("", before.note):
                _check_less(checked, before, later)


def _check_line(checked: Checked, layer: Layer) -> None:
    """Report a layer of serious illness insurance that begins with the first fen of a copay."""
    if layer.fund != "serious_illness" or layer.note:
        return
    if not any(map(_is_copay, layer.base)):
        return
    named = {part.partition(".")[0] for part in layer.base}
    if any(
        version.fund == layer.fund
        for name in named
        for version in checked.policy.layers.get(name, ())
    ):
        return  # the line stands in the layer before
    deductible = layer.deductible
    if deductible is None or all(amount == 0 for amount in deductible.amounts):
        place = layer.place if deductible is None else checked.at(layer, "deductible")
        checked.report.add("P522", place, layer=layer.name)


def _is_copay(part: str) -> bool:
    name, dot, kind = part.partition(".")
    return (kind if dot else name) in ("copay", REST) and name != ITEM


def _check_less(checked: Checked, before: Layer, later: Layer) -> None:
    """Report the first kind of claim for which the later version pays less of the same base."""
    if (before.base, before.tops_up) != (later.base, later.tops_up) or before.tops_up:
        return
    old, new = checked.resolved(before)[-1:], checked.resolved(later)[:1]
    if not old or not new:
        return
    for cell in itertools.islice(_cells(checked, [old[0], new[0]]), CELLS):
        one, other = terms_of(old[0], cell), terms_of(new[0], cell)
        for amount in AMOUNTS if one is not None and other is not None else ():
            assert one is not None
            assert other is not None
            paid, pays = _paid(old[0], one, amount), _paid(new[0], other, amount)
            if pays < paid:
                fields = {"first": later.from_, "layer": later.name, "cell": told(cell)}
                sums = {"before": yuan(paid), "later": yuan(pays), "amount": yuan(amount)}
                related = [(before.place, "the version before")]
                checked.report.add("P523", later.place, {**fields, **sums}, related)
                return


def _cells(checked: Checked, layers: Sequence[Layer]) -> Iterator[Cell]:
    """Yield a usual cell, and those that differ from it on one axis."""
    asked = [figure for layer in layers for figure, _ in figures(checked, layer)]
    whens = [when for layer in layers for when, _ in conditions(layer)]
    whens += [layer.serves for layer in layers]
    named = values_named(checked.policy, asked, whens)
    served = {axis: values for layer in layers for axis, values in layer.serves.axes.items()}
    choices = {
        axis: [value for value in values if value in served.get(axis, values)] or values
        for axis, values in named.items()
    }
    usual = {axis: values[0] for axis, values in choices.items()}
    yield usual
    for axis, values in choices.items():
        yield from ({**usual, axis: value} for value in values[1:])


def _paid(layer: Layer, terms: Terms, amount: Fraction) -> Fraction:
    """Return what the layer pays of a base at the first visit of a year, not rounded."""
    due = min(amount, terms.first)
    cost = amount - due
    room = amount
    for ceiling, limit in zip(layer.ceilings, terms.limits, strict=True):
        if limit is None or ceiling.on == "balance" or ceiling.per == BED_DAY:
            continue
        if ceiling.on == "cost":
            cost = min(cost, limit)
        else:
            room = min(room, limit)
    begin = Fraction(0)
    if layer.deductible is not None and layer.deductible.inside_first_band:
        begin = due
    return min(schedule(terms, begin + cost) - schedule(terms, begin), room)
