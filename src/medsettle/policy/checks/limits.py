"""Limits: ceilings and bands that no claim can reach, told as warnings.

A warning is given only where it holds for every cell; a doubtful case gives none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from medsettle.policy.cell import (
    Cell,
    NoFigureError,
    adjusted,
    ceiling_exists,
    deductible_amounts,
    limit_of,
    number_at,
    share_changes,
)
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import uses
from medsettle.policy.checks.figures import yuan
from medsettle.policy.checks.terms import conditions, figures
from medsettle.policy.document import NO_LIMIT, Ceiling, Layer
from medsettle.vocabulary import BED_DAY

#: Windows of which each lies within the next.
_CALENDAR = ("visit", "day", "month", "quarter", "year", "lifetime")


class Terms(NamedTuple):
    """A layer's figures for one cell."""

    uptos: Sequence[Fraction | None]  # the last band has none
    shares: Sequence[Fraction]
    deductible: tuple[Fraction, Fraction]  # the least and the greatest amount
    limits: Sequence[Fraction | None]  # None for a ceiling that does not exist in this cell
    first: Fraction  # the deductible of the first visit


def check_limits(checked: Checked) -> None:
    """Report ceilings and bands that are never reached."""
    users = Counter(
        name
        for versions in checked.policy.layers.values()
        for name in {use.name for layer in versions for use in uses(checked, layer)}
    )
    for layer in checked.layers():
        own = {name for name, count in users.items() if count == 1}
        cells = [terms for plain in checked.resolved(layer) for terms in _terms(checked, plain)]
        if cells:
            _check_ceilings(checked, layer, cells, own)
            _check_bands(checked, layer, cells, own)


def _terms(checked: Checked, layer: Layer) -> Iterator[Terms]:
    """Yield the figures of every cell that has them all; nothing when there are too many."""
    asked = [figure for figure, _ in figures(checked, layer)]
    whens = [when for when, _ in conditions(layer)]
    cells = list(checked.cells(asked, whens, layer.serves))
    for cell in cells if checked.are_all(cells) else ():
        if (terms := terms_of(layer, cell)) is not None:
            yield terms


def terms_of(layer: Layer, cell: Cell) -> Terms | None:
    """Return the figures of one cell; None where it lacks one."""
    changes = share_changes(layer)
    try:
        dues = deductible_amounts(layer, cell) or (Fraction(0),)
        uptos = [None if band.upto is None else number_at(band.upto, cell) for band in layer.bands]
        shares = [adjusted(number_at(band.share, cell), changes, cell) for band in layer.bands]
        limits = [
            limit_of(ceiling, cell) if ceiling_exists(ceiling, cell) else None
            for ceiling in layer.ceilings
        ]
    except NoFigureError:
        return None
    clamped = [min(max(share, Fraction(0)), Fraction(1)) for share in shares]
    return Terms(uptos, clamped, (min(dues), max(dues)), limits, dues[0])


def _check_ceilings(checked: Checked, layer: Layer, cells: Sequence[Terms], own: set[str]) -> None:
    for index, ceiling in enumerate(layer.ceilings):
        reason = ""
        if not any(terms.limits[index] is not None for terms in cells):
            if not _is_unserved(layer, ceiling):
                reason = "it exists for nobody for whom the layer has figures"
                checked.report.add("P505", checked.at(layer, "ceilings", index), reason=reason)
            continue
        if ceiling.limit == NO_LIMIT:
            continue
        if ceiling.on != "cost" and not any(any(terms.shares) for terms in cells):
            reason = "every share is 0"
        for other, rival in enumerate(layer.ceilings):
            if other != index and not reason and _is_idle_beside(layer, index, other, cells, own):
                verb = "pays" if rival.on == "pay" else "covers"
                limit = yuan(_greatest(cells, other))
                reason = f"the layer {verb} at most {limit} yuan per {rival.per}"
        if reason:
            checked.report.add("P505", checked.at(layer, "ceilings", index), reason=reason)


def _is_unserved(layer: Layer, ceiling: Ceiling) -> bool:
    """Tell whether the ceiling is for none whom the layer serves, which is told as P508."""
    shared = ceiling.when.axes.keys() & layer.serves.axes.keys()
    return any(layer.serves.axes[axis].isdisjoint(ceiling.when.axes[axis]) for axis in shared)


def _is_idle_beside(
    layer: Layer, index: int, other: int, cells: Sequence[Terms], own: set[str]
) -> bool:
    """Tell whether the ceiling at `other` always cuts first, so that `index` never does."""
    ceiling, rival = layer.ceilings[index], layer.ceilings[other]
    shared = ceiling.per != "visit" and ceiling.used not in own
    if shared or layer.tops_up or not _is_within(ceiling, rival):
        return False
    if (ceiling.on, rival.on) not in (("pay", "pay"), ("cost", "cost"), ("pay", "cost")):
        return False
    greater = False
    for terms in cells:
        limit, reach = terms.limits[index], terms.limits[other]
        if limit is None:
            continue
        if reach is None:
            return False
        if ceiling.on != rival.on:
            reach *= max(terms.shares)  # what the cost can make the layer pay
        if limit < reach:
            return False
        greater |= limit > reach
    if (ceiling.on, ceiling.per) != (rival.on, rival.per):
        return True
    # Of two equal ceilings only one is idle, the later one.
    return greater or index > other


def _is_within(ceiling: Ceiling, rival: Ceiling) -> bool:
    """Tell whether the rival counts all that the ceiling counts, over no shorter a time."""
    if rival.each not in ("", ceiling.each):
        return False
    if ceiling.per == rival.per:
        return ceiling.per != BED_DAY
    known = ceiling.per in _CALENDAR and rival.per in _CALENDAR
    return known and _CALENDAR.index(ceiling.per) <= _CALENDAR.index(rival.per)


def _greatest(cells: Sequence[Terms], number: int) -> Fraction:
    return max(limit for terms in cells if (limit := terms.limits[number]) is not None)


def _check_bands(checked: Checked, layer: Layer, cells: Sequence[Terms], own: set[str]) -> None:
    for index in range(len(layer.bands)):
        reason = _below_deductible(layer, index, cells)
        for number, ceiling in enumerate(layer.ceilings):
            if not reason and _is_beyond(layer, index, number, cells, own):
                verb = "pays" if ceiling.on == "pay" else "covers"
                limit = yuan(_greatest(cells, number))
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
    if deductible.waived_after or deductible.cap is not None:
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
    if ceiling.on == "balance" or ceiling.per == BED_DAY:
        return False
    if ceiling.on == "pay" and layer.hands_over == "payment":
        return False  # what lies beyond is still reckoned up
    inside = layer.deductible is not None and layer.deductible.inside_first_band
    for terms in cells:
        begin, limit = terms.uptos[index - 1], terms.limits[number]
        start = terms.deductible[1] if inside else Fraction(0)
        if begin is None or limit is None:
            return False
        if ceiling.on == "cost" and begin < start + limit:
            return False
        if ceiling.on == "pay":
            paid = schedule(terms, begin) - schedule(terms, min(start, begin))
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
    apart = {layer.measured_each, ceiling.each}
    if deductible is not None and deductible.inside_first_band:
        counters.add(deductible.used)
        windows.add(deductible.per)
        apart.add(deductible.used_each)
    return len(windows) == 1 and len(apart) == 1 and counters <= own


def schedule(terms: Terms, upto: Fraction) -> Fraction:
    """Return what the bands pay from 0 up to a bound."""
    paid, begin = Fraction(0), Fraction(0)
    for end, share in zip(terms.uptos, terms.shares, strict=True):
        stop = upto if end is None else min(end, upto)
        paid += max(stop - begin, Fraction(0)) * share
        begin = max(begin, stop)
    return paid
