"""The benchmark policy compiled by numba from hand-written int64 loops.

`settle_plain` is the loop one writes first.  `settle_tuned` is the rival to beat: counters reset by
a mask, the three bands as the largest of three straight lines, unsigned division, the rare parts
(ceilings, serious illness, assistance) behind branches, every constant known to the compiler.
`read_and_write` computes nothing: the least any loop with ordinary stores can cost.

Tried against it and slower on the machines at hand: the amounts that need no counter in a first
pass by blocks (vectorised, in doubles); all rare parts behind one branch; assistance without a
branch.
"""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np

from bench.data import Columns
from bench.rivals import (
    ASSISTANCE_CEILING,
    BAND_1,
    BAND_2,
    EXTREME_POOR,
    FIRST_DEDUCTIBLE,
    INPUTS,
    LARGE_CEILING,
    LATER_DEDUCTIBLE,
    LOW_INCOME,
    POOLED_CEILING,
    RESULTS,
    SERIOUS_BAND,
    SERIOUS_FROM,
    Result,
    Rival,
    as_is,
    share_table,
)

SHARES: Final = share_table()
STATUSES: Final = SHARES.shape[1]


def band_lines() -> np.ndarray:
    """Return the bands of every level and status as three straight lines `slope * base - drop`.

    The shares rise from band to band, so the sum over the bands is the largest of the three.
    """
    low, middle, high = SHARES.reshape(-1, 3).T
    drop = (middle - low) * BAND_1
    return np.stack([low, middle, drop, high, drop + (high - middle) * BAND_2], axis=1)


LINES: Final = band_lines()
SAVING: Final = LATER_DEDUCTIBLE - FIRST_DEDUCTIBLE


@numba.njit(cache=True)
def serious_of(burden: int) -> int:
    """Return what serious illness insurance has paid when the year's burden is `burden`."""
    over = max(0, burden - SERIOUS_FROM)
    return (6 * over + max(0, over - SERIOUS_BAND) + 5) // 10


@numba.njit(cache=True)
def settle_plain(
    person, level, status, assistance, scope, deductibles, pooleds, larges, seriouses, aids, cashes
):
    """Settle claims sorted by person: the rule, line by line."""
    current = -1
    admissions = pooled_paid = large_paid = burden = serious_paid = aid_paid = 0
    for at in range(len(person)):
        if person[at] != current:
            current = person[at]
            admissions = pooled_paid = large_paid = burden = serious_paid = aid_paid = 0
        deductible = min(scope[at], LATER_DEDUCTIBLE if admissions else FIRST_DEDUCTIBLE)
        base = scope[at] - deductible
        share = SHARES[level[at], status[at]]
        raw = (
            share[0] * min(base, BAND_1)
            + share[1] * min(max(base - BAND_1, 0), BAND_2 - BAND_1)
            + share[2] * max(base - BAND_2, 0)
            + 5_000
        ) // 10_000
        pooled = min(raw, POOLED_CEILING - pooled_paid)
        large = min((85 * (raw - pooled) + 50) // 100, LARGE_CEILING - large_paid)
        rest = scope[at] - pooled - large
        burden += rest
        serious = serious_of(burden) - serious_paid
        rest -= serious
        aid = 0
        if assistance[at] == LOW_INCOME:
            aid = min((7 * rest + 5) // 10, ASSISTANCE_CEILING - aid_paid)
            aid_paid += aid
        elif assistance[at] == EXTREME_POOR:
            aid = rest
        admissions += 1
        pooled_paid += pooled
        large_paid += large
        serious_paid += serious
        deductibles[at] = deductible
        pooleds[at] = pooled
        larges[at] = large
        seriouses[at] = serious
        aids[at] = aid
        cashes[at] = rest - aid


@numba.njit(cache=True)
def settle_tuned(
    person, level, status, assistance, scope, deductibles, pooleds, larges, seriouses, aids, cashes
):
    """Settle claims sorted by person, as fast as numba has been seen to go."""
    previous = -1
    pooled_paid = large_paid = burden = serious_paid = aid_paid = 0
    for at in range(len(person)):
        who = person[at]
        same = -np.int64(who == previous)  # all ones, or 0 at a person's first claim
        previous = who
        pooled_paid &= same
        large_paid &= same
        burden &= same
        serious_paid &= same
        aid_paid &= same
        deductible = min(scope[at], FIRST_DEDUCTIBLE + (same & SAVING))
        base = scope[at] - deductible
        row = level[at] * STATUSES + status[at]
        bands = max(
            LINES[row, 0] * base,
            LINES[row, 1] * base - LINES[row, 2],
            LINES[row, 3] * base - LINES[row, 4],
        )
        pooled = np.int64(np.uint64(bands + 5_000) // np.uint64(10_000))
        large = 0
        serious = 0
        aid = 0
        if pooled > POOLED_CEILING - pooled_paid:
            cut = pooled - (POOLED_CEILING - pooled_paid)
            pooled = POOLED_CEILING - pooled_paid
            large = min((85 * cut + 50) // 100, LARGE_CEILING - large_paid)
            large_paid += large
        pooled_paid += pooled
        rest = scope[at] - pooled - large
        burden += rest
        if burden > SERIOUS_FROM:
            serious = serious_of(burden) - serious_paid
            serious_paid += serious
            rest -= serious
        if assistance[at]:
            aid = rest
            if assistance[at] == LOW_INCOME:
                aid = min((7 * rest + 5) // 10, ASSISTANCE_CEILING - aid_paid)
                aid_paid += aid
            rest -= aid
        deductibles[at] = deductible
        pooleds[at] = pooled
        larges[at] = large
        seriouses[at] = serious
        aids[at] = aid
        cashes[at] = rest


@numba.njit(cache=True)
def read_and_write(
    person, level, status, assistance, scope, deductibles, pooleds, larges, seriouses, aids, cashes
):
    """Read every input, write every output, compute nothing."""
    for at in range(len(person)):
        value = scope[at] + person[at] + level[at] + status[at] + assistance[at]
        deductibles[at] = value
        pooleds[at] = value
        larges[at] = value
        seriouses[at] = value
        aids[at] = value
        cashes[at] = value


def empty_result(size: int) -> Result:
    """Return outputs whose memory has been touched."""
    return {name: np.zeros(size, np.int64) for name in RESULTS}


def with_outputs(columns: Columns) -> tuple[list, Result]:
    """Return the inputs and outputs that a run reuses."""
    return [columns[name] for name in INPUTS], empty_result(len(columns["person"]))


def into_outputs(loop: Any) -> Any:
    """Return `loop` as a run that writes into the outputs made before."""

    def run(prepared: tuple[list, Result]) -> Result:
        inputs, result = prepared
        loop(*inputs, *result.values())
        return result

    return run


def tuned_fresh(columns: Columns) -> Result:
    """Run the tuned loop into outputs allocated in the call, as one who keeps no buffers does."""
    result = {name: np.empty(len(columns["person"]), np.int64) for name in RESULTS}
    settle_tuned(*(columns[name] for name in INPUTS), *result.values())
    return result


PLAIN: Final = Rival(
    "numba int64 loop, outputs reused", with_outputs, into_outputs(settle_plain), as_is
)
TUNED: Final = Rival("numba tuned, outputs reused", with_outputs, into_outputs(settle_tuned), as_is)
TUNED_FRESH: Final = Rival("numba tuned, outputs fresh", as_is, tuned_fresh, as_is)
FLOOR: Final = Rival(
    "floor: read and write only", with_outputs, into_outputs(read_and_write), as_is
)
