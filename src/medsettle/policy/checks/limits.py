"""Limits: ceilings and bands that no claim can reach, told as warnings.

A warning is given only where it holds for every cell; a doubtful case gives none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from medsettle.policy.cell import adjusted, amount_changes, figure_at, share_changes
from medsettle.policy.checks.cells import all_cells
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import uses
from medsettle.policy.checks.figures import yuan
from medsettle.policy.document import Ceiling, Layer
from medsettle.vocabulary import WINDOWS

_LENGTH = {window: length for length, window in enumerate(WINDOWS)}


class Terms(NamedTuple):
    """A layer's figures for one cell; None where the cell has no figure."""

    uptos: Sequence[Fraction | None]  # the last band has none
    shares: Sequence[Fraction]
    deductible: tuple[Fraction, Fraction]  # the least and the greatest amount
    limits: Sequence[Fraction]


def check_limits(checked: Checked) -> None:
    """Report ceilings and bands that are never reached."""
    users = Counter(
        name
        for versions in checked.policy.layers.values()
        for name in {use.name for layer in versions for use in uses(checked, layer)}
    )
    for layer in checked.layers():
        own = {name for name, count in users.items() if count == 1}
        cells = list(_terms(checked, layer))
        if cells:
            _check_ceilings(checked, layer, cells, own)
            _check_bands(checked, layer, cells, own)


def _terms(checked: Checked, layer: Layer) -> Iterator[Terms]:
    """Yield the figures of every cell that has them all."""
    amounts = layer.deductible.amounts if layer.deductible is not None else ()
    uptos = [band.upto for band in layer.bands if band.upto is not None]
    shares = [band.share for band in layer.bands]
    limits = [ceiling.limit for ceiling in layer.ceilings]
    whens = [adjust.when for adjust in layer.adjust]
    figures = [*amounts, *uptos, *shares, *limits]
    for cell in all_cells(checked.policy, figures, whens, layer.serves):
        found = [figure_at(figure, cell) for figure in figures]
        known = [figure for figure in found if figure is not None]
        if len(known) < len(found):
            continue
        dues = [
            max(adjusted(due, amount_changes(layer), cell), Fraction(0))
            for due in known[: len(amounts)]
        ] or [Fraction(0)]
        rest = known[len(amounts) :]
        plain = rest[len(uptos) : len(uptos) + len(shares)]
        clamped = [
            min(max(adjusted(share, share_changes(layer), cell), Fraction(0)), Fraction(1))
            for share in plain
        ]
        yield Terms(
            uptos=[*rest[: len(uptos)], None],
            shares=clamped,
            deductible=(min(dues), max(dues)),
            limits=rest[len(uptos) + len(shares) :],
        )


def _check_ceilings(checked: Checked, layer: Layer, cells: Sequence[Terms], own: set[str]) -> None:
    for index, ceiling in enumerate(layer.ceilings):
        reason = ""
        if ceiling.on == "pay" and not any(any(terms.shares) for terms in cells):
            reason = "every share is 0"
        for other, rival in enumerate(layer.ceilings):
            if other != index and not reason and _is_idle_beside(layer, index, other, cells, own):
                verb = "pays" if rival.on == "pay" else "covers"
                limit = yuan(max(terms.limits[other] for terms in cells))
                reason = f"the layer {verb} at most {limit} yuan per {rival.per}"
        if reason:
            checked.report.add("P505", checked.at(layer, "ceilings", index), reason=reason)


def _is_idle_beside(
    layer: Layer, index: int, other: int, cells: Sequence[Terms], own: set[str]
) -> bool:
    """Tell whether the ceiling at `other` always cuts first, so that `index` never does."""
    ceiling, rival = layer.ceilings[index], layer.ceilings[other]
    shared = ceiling.per != "visit" and ceiling.used not in own
    if shared or layer.tops_up or _LENGTH[ceiling.per] > _LENGTH[rival.per]:
        return False
    if ceiling.on == "cost" and rival.on == "pay":
        return False
    for terms in cells:
        reach = terms.limits[other]
        if ceiling.on != rival.on:
            reach *= max(terms.shares)  # what the cost can make the layer pay
        if terms.limits[index] < reach:
            return False
    if (ceiling.on, ceiling.per) != (rival.on, rival.per):
        return True
    # Of two equal ceilings only one is idle, the later one.
    return any(t.limits[index] > t.limits[other] for t in cells) or index > other


def _check_bands(checked: Checked, layer: Layer, cells: Sequence[Terms], own: set[str]) -> None:
    for index in range(len(layer.bands)):
        reason = _below_deductible(layer, index, cells)
        for number, ceiling in enumerate(layer.ceilings):
            if not reason and _is_beyond(layer, index, number, cells, own):
                verb = "pays" if ceiling.on == "pay" else "covers"
                limit = yuan(max(terms.limits[number] for terms in cells))
                reason = f"below it the layer {verb} {limit} yuan, its ceiling per {ceiling.per}"
        if reason:
            checked.report.add("P506", checked.at(layer, "bands", index), reason=reason)


def _below_deductible(layer: Layer, index: int, cells: Sequence[Terms]) -> str:
    """Return why the band lies within the deductible for every cell; "" if it does not."""
    deductible = layer.deductible
    if deductible is None or not deductible.inside_first_band:
        return ""
    if deductible.per != "visit" or layer.bands_per != "visit":
        return ""
    for terms in cells:
        upto = terms.uptos[index]
        if upto is None or upto > terms.deductible[0]:
            return ""
    return f"it ends within the deductible of {yuan(cells[0].deductible[0])} yuan"


def _is_beyond(
    layer: Layer, index: int, number: int, cells: Sequence[Terms], own: set[str]
) -> bool:
    """Tell whether the layer meets a ceiling before it comes to the band, for every cell."""
    ceiling = layer.ceilings[number]
    if index == 0 or layer.tops_up or not _is_comparable(layer, ceiling, own):
        return False
    if ceiling.on == "pay" and layer.hands_over == "payment":
        return False  # what lies beyond is still reckoned up
    inside = layer.deductible is not None and layer.deductible.inside_first_band
    for terms in cells:
        begin, limit = terms.uptos[index - 1], terms.limits[number]
        start = terms.deductible[1] if inside else Fraction(0)
        if begin is None:
            return False
        if ceiling.on == "cost" and begin < start + limit:
            return False
        if ceiling.on == "pay":
            paid = _schedule(terms, begin) - _schedule(terms, min(start, begin))
            if paid < limit or not terms.shares[index]:
                return False
    return True


def _is_comparable(layer: Layer, ceiling: Ceiling, own: set[str]) -> bool:
    """Tell whether bands and ceiling count the same cost, so that one bounds the other."""
    if layer.bands_per == "visit":
        return True
    deductible = layer.deductible
    counters = {layer.measured, ceiling.used}
    windows = {layer.bands_per, ceiling.per}
    if deductible is not None and deductible.inside_first_band:
        counters.add(deductible.used)
        windows.add(deductible.per)
    return len(windows) == 1 and counters <= own


def _schedule(terms: Terms, upto: Fraction) -> Fraction:
    """Return what the bands pay from 0 up to a bound."""
    paid, begin = Fraction(0), Fraction(0)
    for end, share in zip(terms.uptos, terms.shares, strict=True):
        stop = upto if end is None else min(end, upto)
        paid += max(stop - begin, Fraction(0)) * share
        begin = max(begin, stop)
    return paid
