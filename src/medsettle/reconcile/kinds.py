"""The classes of difference, and which one a pair of rows has."""

from __future__ import annotations

import enum
from typing import Final

import numpy as np

from medsettle.reconcile.fields import CASH
from medsettle.reconcile.options import Plan
from medsettle.reconcile.rows import Groups, Rows
from medsettle.reconcile.texts import Array


class Kind(enum.StrEnum):
    """A class of difference; a claim's difference is in exactly one."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    UNPAIRED_REVERSAL = "unpaired_reversal"
    AMOUNT = "amount"
    DUPLICATE = "duplicate"
    ROUNDING = "rounding"
    CASHIER_ROUNDING = "cashier_rounding"
    DATE_SHIFT = "date_shift"
    REGROUPED = "regrouped"
    OFFSET_PAIR = "offset_pair"
    ID_DIFFERS = "id_differs"


#: What each class says, in the words of a report.
MEANING: Final = {
    Kind.MISSING_HERE: "only theirs has the claim",
    Kind.MISSING_THERE: "only ours has the claim",
    Kind.UNPAIRED_REVERSAL: "a reversal on one side only",
    Kind.AMOUNT: "both have the claim, with other amounts",
    Kind.DUPLICATE: "the same key more often on one side",
    Kind.ROUNDING: "amounts apart by no more than the rounding allowed",
    Kind.CASHIER_ROUNDING: "cash rounded by the cashier of one side",
    Kind.DATE_SHIFT: "the same claim in another month, day or period",
    Kind.REGROUPED: "the same claim under other codes",
    Kind.OFFSET_PAIR: "a claim and its reversal, both on one side only",
    Kind.ID_DIFFERS: "the same claim by its second id, under another key or none",
}
KINDS: Final = tuple(Kind)
#: The number of a class in arrays; 0 is no difference.
NUMBER: Final = {kind: number for number, kind in enumerate(KINDS, start=1)}


class Why(enum.IntEnum):
    """What else is known of a row that is alone on its side."""

    NOTHING = 0
    REVERSED_ONE_SIDE = 1
    NOT_THE_NEGATION = 2
    ORIGINAL_ON_OTHER_SIDE = 3
    ORIGINAL_NOWHERE = 4
    NAMES_NO_ORIGINAL = 5


WHY: Final = {
    Why.NOTHING: "",
    Why.REVERSED_ONE_SIDE: "its original is on both sides: reversed on one side only",
    Why.NOT_THE_NEGATION: "its original is beside it, but with other amounts",
    Why.ORIGINAL_ON_OTHER_SIDE: "its original is only on the other side",
    Why.ORIGINAL_NOWHERE: "its original is on neither side",
    Why.NAMES_NO_ORIGINAL: "it names no original, and no claim has its amounts",
}


def kinds_of(ours: Rows, theirs: Rows, plan: Plan, groups: Groups, *, by_second: bool) -> Array:
    """Return the class of each pair of rows as its number, 0 where nothing differs that counts."""
    apart = ours.fen - theirs.fen
    differs = apart.any(axis=1)
    regrouped = ours.group != theirs.group
    counts = ours.inside | theirs.inside
    shifted = ours.inside != theirs.inside
    found = np.zeros(len(ours), np.uint8)
    if not (by_second or (differs | regrouped | shifted).any()):
        return found
    if by_second:
        found[:] = NUMBER[Kind.ID_DIFFERS]
    if regrouped.any():
        found[regrouped] = _regrouped(ours.group[regrouped], theirs.group[regrouped], groups)
    found[differs] = NUMBER[Kind.AMOUNT]
    small = differs & (np.abs(apart) <= plan.options.rounding_fen).all(axis=1)
    found[small] = NUMBER[Kind.ROUNDING]
    found[_by_cashier(ours, theirs, apart, plan)] = NUMBER[Kind.CASHIER_ROUNDING]
    found[shifted] = NUMBER[Kind.DATE_SHIFT]
    found[~counts] = 0
    return found


def _by_cashier(ours: Rows, theirs: Rows, apart: Array, plan: Plan) -> Array:
    """Tell where only cash differs, by less than one unit, and one side has whole units."""
    unit = plan.options.cashier_fen
    cash = apart[:, CASH]
    if not unit:
        return np.zeros(len(cash), np.bool_)
    only_cash = (cash != 0) & ~apart[:, :CASH].any(axis=1) & (np.abs(cash) < unit)
    whole = (ours.fen[:, CASH] % unit == 0) ^ (theirs.fen[:, CASH] % unit == 0)
    return np.asarray(only_cash & whole)


def _regrouped(ours: Array, theirs: Array, groups: Groups) -> Array:
    pairs, inverse = np.unique(np.stack([ours, theirs], axis=1), axis=0, return_inverse=True)
    kinds = [
        Kind.DATE_SHIFT if groups.differ_only_in_time(one, other) else Kind.REGROUPED
        for one, other in pairs.tolist()
    ]
    return np.array([NUMBER[kind] for kind in kinds], np.uint8)[inverse.reshape(-1)]
