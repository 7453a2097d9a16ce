"""Rows that found nobody by the key: a second chance, reversal pairs, and what the rest is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np

from medsettle.reconcile.found import Found
from medsettle.reconcile.join import joined
from medsettle.reconcile.kinds import Kind, Why, kinds_of
from medsettle.reconcile.options import Plan
from medsettle.reconcile.rows import Groups, Rows
from medsettle.reconcile.texts import Array

_MISSING: Final = (Kind.MISSING_THERE, Kind.MISSING_HERE)

#: Reads all rows of ours once more.
Again = Callable[[], Iterable[Rows]]


class Context(NamedTuple):
    """What the rows of both sides are looked at with."""

    plan: Plan
    groups: Groups
    again: Again


def explained(left: tuple[Rows, Rows], context: Context) -> list[Found]:
    """Return the differences that the leftover rows of both sides are."""
    found: list[Found] = []
    rows = list(left)
    met = _by_second_id(rows, context, found)
    alone = rows[0].row
    rows = [one.take(one.inside) for one in rows]
    for side in (0, 1):
        rows[side] = _offset(rows[side], side, rows[1 - side], found)
    takes_back = [_takes_back(one) for one in rows]
    originals = [one.take(~back) for one, back in zip(rows, takes_back, strict=True)]
    reversals = [one.take(back) for one, back in zip(rows, takes_back, strict=True)]
    on_both = _originals_on_both(reversals, alone, met, context)
    for side in (0, 1):
        others = tuple(rows[1 - side].ids)
        found.append(Found.alone(_MISSING[side], originals[side], side, others))
        why = _why(reversals[side], originals[side], originals[1 - side], on_both[side])
        found.append(Found.alone(Kind.UNPAIRED_REVERSAL, reversals[side], side, others, why))
    return [one for one in found if len(one)]


def _takes_back(rows: Rows) -> Array:
    """Tell which rows are reversals: by their amounts, or by the original that they name."""
    return np.asarray(rows.negative | (_ids(rows, "init_setl_id") != b""))


def _ids(rows: Rows, name: str) -> Array:
    column = rows.ids.get(name)
    return np.zeros(len(rows), "S1") if column is None else column


def _links(rows: Rows) -> Array:
    """Return the settlement that each reversal takes back: what it names, else its own id."""
    named, own = _ids(rows, "init_setl_id"), _ids(rows, "setl_id")
    return np.where(named == b"", own, named)


# ---------------------------------------------------------------------------- second chance


def _by_second_id(rows: list[Rows], context: Context, found: list[Found]) -> Array:
    """Pair rows by the second id, one to one; return the settlements that have met so."""
    second = context.plan.second
    if not second or not (len(rows[0]) and len(rows[1])):
        return np.zeros(0, "S1")
    stated = [np.flatnonzero(one.ids[second] != b"") for one in rows]
    ids = [one.ids[second][at] for one, at in zip(rows, stated, strict=True)]
    marks = [one.negative[at] for one, at in zip(rows, stated, strict=True)]
    pairs = joined(ids[0], ids[1], (marks[0], marks[1])).pairs
    at_ours, at_theirs = stated[0][pairs[0]], stated[1][pairs[1]]
    ours, theirs = rows[0].take(at_ours), rows[1].take(at_theirs)
    kind = kinds_of(ours, theirs, context.plan, context.groups, by_second=True)
    found.append(Found.pairs(kind, ours, theirs, by_second=True).take(kind > 0))
    for side, at in enumerate((at_ours, at_theirs)):
        alone = np.ones(len(rows[side]), np.bool_)
        alone[at] = False
        rows[side] = rows[side].take(alone)
    return _together(_ids(ours, "setl_id"), _ids(theirs, "setl_id"))


def _together(one: Array, other: Array) -> Array:
    both = np.concatenate([one, other])
    return np.asarray(both[both != b""])


# ---------------------------------------------------------------------------- offsetting pairs


def _offset(rows: Rows, side: int, others: Rows, found: list[Found]) -> Rows:
    """Take out originals and their reversals that one side has alone; return the others."""
    back = _takes_back(rows)
    if not back.any() or back.all():
        return rows
    taken = np.zeros(len(rows), np.bool_)
    for pairs in (_by_link(rows, back), _by_visit(rows, back)):
        for original, reversal in pairs:
            if not (taken[original] or taken[reversal]):
                taken[[original, reversal]] = True
    pair = rows.take(taken)
    found.append(Found.alone(Kind.OFFSET_PAIR, pair, side, tuple(others.ids)))
    return rows.take(~taken)


Pairs = Iterable[tuple[int, int]]


def _by_link(rows: Rows, back: Array) -> Pairs:
    """Yield originals with the reversals that name them and are their exact negation."""
    originals, reversals = np.flatnonzero(~back), np.flatnonzero(back)
    named, own = _links(rows)[reversals], _ids(rows, "setl_id")[originals]
    reversals, originals = reversals[named != b""], originals[own != b""]
    join = joined(own[own != b""], named[named != b""])
    yield from _negations(rows, originals, reversals, *join.pairs)
    for at_originals, at_reversals in join.many:
        yield from _each_once(rows, originals[at_originals], reversals[at_reversals])


def _by_visit(rows: Rows, back: Array) -> Pairs:
    """Yield the same by visit, for files that do not say which original a reversal names."""
    visit = _ids(rows, "mdtrt_id")
    stated = visit != b""
    originals = np.flatnonzero(~back & stated)
    reversals = np.flatnonzero(back & stated & (_ids(rows, "init_setl_id") == b""))
    join = joined(visit[originals], visit[reversals])
    yield from _negations(rows, originals, reversals, *join.pairs)
    for at_originals, at_reversals in join.many:
        yield from _each_once(rows, originals[at_originals], reversals[at_reversals])


def _negations(
    rows: Rows, originals: Array, reversals: Array, at_originals: Array, at_reversals: Array
) -> Pairs:
    originals, reversals = originals[at_originals], reversals[at_reversals]
    exact = (rows.fen[originals] == -rows.fen[reversals]).all(axis=1)
    yield from zip(originals[exact].tolist(), reversals[exact].tolist(), strict=True)


def _each_once(rows: Rows, originals: Array, reversals: Array) -> Pairs:
    """Pair several originals and reversals of one link or visit by their amounts."""
    waiting = defaultdict(list)
    for original in originals.tolist()[::-1]:
        waiting[(-rows.fen[original]).tobytes()].append(original)
    for reversal in reversals.tolist():
        if same := waiting.get(rows.fen[reversal].tobytes()):
            yield same.pop(), reversal


# ---------------------------------------------------------------------------- reversals alone


def _originals_on_both(
    reversals: list[Rows], alone: Array, met: Array, context: Context
) -> list[Array]:
    """Tell of which reversals the original is on both sides, by reading ours once more.

    It is there, and not among the rows that are alone; or its pair met by the second id.
    """
    found = [np.zeros(len(one), np.bool_) for one in reversals]
    if not any(map(len, reversals)):
        return found
    visit_is_known = all("mdtrt_id" in one.ids for one in reversals)
    for rows in context.again():
        known = rows.take(~rows.negative & ~np.isin(rows.row, alone))
        for side, one in enumerate(reversals):
            if not len(one):
                continue
            found[side] |= _is_in(_links(one), _ids(known, "setl_id"))
            if visit_is_known:
                found[side] |= _has_negation(one, known)
    for side, one in enumerate(reversals):
        found[side] |= _is_in(_links(one), met)
    return found


def _is_in(ids: Array, known: Array) -> Array:
    return np.asarray(np.isin(ids, known[known != b""]) & (ids != b""))


def _has_negation(reversals: Rows, known: Rows) -> Array:
    """Tell for which reversals that name nobody there is a claim of the visit to take back."""
    visit = _ids(reversals, "mdtrt_id")
    ask = np.flatnonzero((_ids(reversals, "init_setl_id") == b"") & (visit != b""))
    found = np.zeros(len(reversals), np.bool_)
    near = known.take(np.isin(_ids(known, "mdtrt_id"), visit[ask]))
    amounts = {
        (bytes(place), (-fen).tobytes())
        for place, fen in zip(_ids(near, "mdtrt_id"), near.fen, strict=True)
    }
    for position in ask.tolist() if amounts else ():
        wanted = (bytes(visit[position]), reversals.fen[position].tobytes())
        found[position] = wanted in amounts
    return found


def _why(reversals: Rows, beside: Rows, across: Rows, on_both: Array) -> Array:
    """Return what is known of the original of each reversal."""
    if not len(reversals):
        return np.zeros(0, np.uint8)
    link = _links(reversals)
    why = np.full(len(reversals), Why.ORIGINAL_NOWHERE, np.uint8)
    why[_ids(reversals, "init_setl_id") == b""] = Why.NAMES_NO_ORIGINAL
    why[_is_in(link, _ids(across, "setl_id"))] = Why.ORIGINAL_ON_OTHER_SIDE
    why[_is_in(link, _ids(beside, "setl_id"))] = Why.NOT_THE_NEGATION
    why[on_both] = Why.REVERSED_ONE_SIDE
    return why
