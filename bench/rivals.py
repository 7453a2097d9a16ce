"""The benchmark policy written by hand, as someone without medsettle would write it.

Each rival states the whole rule itself and shares no arithmetic with the others:

- `settle_decimal`: a Python loop over `Decimal` yuan, read off the rule: the truth;
- `settle_int`: a Python loop over whole fen;
- `settle_numpy`: int64 arrays, every person's k-th claim of the year at once.

The compiled ones stand in `rivals_numba.py`.  A rival takes claims in its own container and gives
results in its own container (`Rival.prepare` and `Rival.collect` are not timed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.data import ASSISTANCE, LEVEL, STATUS, Columns

#: The six amounts of a result, in the order of the result hash.
RESULTS: Final = (
    "deductible_fen",
    "pooled_fen",
    "large_amount_fen",
    "serious_illness_fen",
    "assistance_fen",
    "cash_fen",
)
#: The columns a rival reads (the day is of no use to it: all claims are of one year).
INPUTS: Final = ("person", "level", "status", "assistance", "in_scope_fen")

Result = dict[str, NDArray[np.int64]]

PRIMARY, SECONDARY, TERTIARY = LEVEL["primary"], LEVEL["secondary"], LEVEL["tertiary"]
ACTIVE, RETIRED = STATUS["active"], STATUS["retired"]
LOW_INCOME, EXTREME_POOR = ASSISTANCE["low_income"], ASSISTANCE["extreme_poor"]

FIRST_DEDUCTIBLE, LATER_DEDUCTIBLE = 1_300_00, 650_00
BAND_1, BAND_2 = 30_000_00, 40_000_00
POOLED_CEILING, LARGE_CEILING, ASSISTANCE_CEILING = 500_000_00, 200_000_00, 80_000_00
SERIOUS_FROM, SERIOUS_BAND = 30_404_00, 50_000_00

#: Fund shares of the three bands in 1/10000, by level and status.
ACTIVE_SHARES: Final = {
    PRIMARY: (9000, 9500, 9700),
    SECONDARY: (8700, 9200, 9700),
    TERTIARY: (8500, 9000, 9500),
}
SHARES: Final = {
    **{(level, ACTIVE): shares for level, shares in ACTIVE_SHARES.items()},
    **{
        (level, RETIRED): tuple(10_000 - (10_000 - share) * 6 // 10 for share in shares)
        for level, shares in ACTIVE_SHARES.items()
    },
}


@dataclass(frozen=True)
class Rival:
    """One way to settle a set of claims, and how to get the claims in and the result out."""

    name: str
    prepare: Callable[[Columns], Any]
    run: Callable[[Any], Any]
    collect: Callable[[Any], Result]


# --- Decimal ---------------------------------------------------------------------------------

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """Return `amount` rounded half-up to the fen."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def decimal_shares(level: int, status: int) -> tuple[Decimal, Decimal, Decimal]:
    """Return the fund's share of the three bands, worked out as the rule says it."""
    points = {PRIMARY: 5, SECONDARY: 2, TERTIARY: 0}[level]
    first, second, third = (min(percent + points, 97) for percent in (85, 90, 95))
    person = Decimal("0.6") if status == RETIRED else Decimal(1)
    return tuple(1 - (1 - Decimal(percent) / 100) * person for percent in (first, second, third))


DECIMAL_SHARES: Final = {key: decimal_shares(*key) for key in SHARES}


@dataclass
class Year:
    """A person's year so far, in yuan."""

    admissions: int = 0
    pooled: Decimal = ZERO
    large: Decimal = ZERO
    burden: Decimal = ZERO
    serious: Decimal = ZERO
    assistance: Decimal = ZERO


def serious_of(burden: Decimal) -> Decimal:
    """Return what serious illness insurance has paid when the year's burden is `burden`."""
    over = max(ZERO, burden - 30_404)
    return cents(
        Decimal("0.6") * min(over, Decimal(50_000)) + Decimal("0.7") * max(ZERO, over - 50_000)
    )


def settle_decimal_claim(
    level: int, status: int, assistance: int, scope: Decimal, year: Year
) -> tuple[Decimal, ...]:
    """Settle one claim in yuan; move `year`."""
    deductible = min(scope, Decimal(650 if year.admissions else 1_300))
    base = scope - deductible
    low, middle, high = DECIMAL_SHARES[level, status]
    raw = cents(
        low * min(base, Decimal(30_000))
        + middle * min(max(ZERO, base - 30_000), Decimal(10_000))
        + high * max(ZERO, base - 40_000)
    )
    pooled = min(raw, 500_000 - year.pooled)
    large = min(cents(Decimal("0.85") * (raw - pooled)), 200_000 - year.large)
    burden = scope - pooled - large
    year.burden += burden
    serious = max(ZERO, serious_of(year.burden) - year.serious)
    rest = burden - serious
    aid = ZERO
    if assistance == LOW_INCOME:
        aid = min(cents(Decimal("0.7") * rest), 80_000 - year.assistance)
    elif assistance == EXTREME_POOR:
        aid = rest
    year.admissions += 1
    year.pooled += pooled
    year.large += large
    year.serious += serious
    year.assistance += aid
    return deductible, pooled, large, serious, aid, rest - aid


def settle_decimal(claims: Iterable[tuple[int, int, int, int, Decimal]]) -> list[tuple]:
    """Settle claims sorted by person in a loop over `Decimal` yuan."""
    results = []
    current, year = None, Year()
    for person, level, status, assistance, scope in claims:
        if person != current:
            current, year = person, Year()
        results.append(settle_decimal_claim(level, status, assistance, scope, year))
    return results


def decimal_rows(columns: Columns) -> list[tuple]:
    """Return the claims as rows with the amount in `Decimal` yuan."""
    *codes, fen = (columns[name].tolist() for name in INPUTS)
    return list(zip(*codes, (Decimal(amount).scaleb(-2) for amount in fen), strict=True))


def from_yuan_rows(rows: list[tuple]) -> Result:
    """Return rows of `Decimal` yuan as columns of fen."""
    return from_fen_rows([[int(amount.scaleb(2)) for amount in row] for row in rows])


# --- whole fen -------------------------------------------------------------------------------


def settle_int(claims: Iterable[tuple[int, int, int, int, int]]) -> list[tuple]:
    """Settle claims sorted by person in a loop over whole fen, everything in local names."""
    results = []
    append = results.append
    shares = SHARES
    current = None
    for person, level, status, assistance, scope in claims:
        if person != current:
            current = person
            deductible = FIRST_DEDUCTIBLE
            pooled_room = POOLED_CEILING
            large_room = LARGE_CEILING
            aid_room = ASSISTANCE_CEILING
            year_burden = year_serious = 0
        else:
            deductible = LATER_DEDUCTIBLE
        base = scope - deductible
        if base < 0:
            deductible, base = scope, 0
        low, middle, high = shares[level, status]
        if base <= BAND_1:
            raw = (low * base + 5_000) // 10_000
        elif base <= BAND_2:
            raw = (low * BAND_1 + middle * (base - BAND_1) + 5_000) // 10_000
        else:
            upper = middle * (BAND_2 - BAND_1) + high * (base - BAND_2)
            raw = (low * BAND_1 + upper + 5_000) // 10_000
        large = 0
        pooled = raw
        if raw > pooled_room:
            pooled = pooled_room
            large = min((85 * (raw - pooled) + 50) // 100, large_room)
            large_room -= large
        pooled_room -= pooled
        rest = scope - pooled - large
        year_burden += rest
        serious = 0
        if year_burden > SERIOUS_FROM:
            over = year_burden - SERIOUS_FROM
            tenths = 6 * over if over <= SERIOUS_BAND else 7 * over - SERIOUS_BAND
            serious = (tenths + 5) // 10 - year_serious
            year_serious += serious
            rest -= serious
        aid = 0
        if assistance:
            aid = rest
            if assistance == LOW_INCOME:
                aid = min((7 * rest + 5) // 10, aid_room)
                aid_room -= aid
        append((deductible, pooled, large, serious, aid, rest - aid))
    return results


def fen_rows(columns: Columns) -> list[tuple]:
    """Return the claims as rows of Python ints."""
    return list(zip(*(columns[name].tolist() for name in INPUTS), strict=True))


def from_fen_rows(rows: list) -> Result:
    """Return rows of fen as columns."""
    table = np.array(rows, np.int64).reshape(len(rows), len(RESULTS))
    return {name: np.ascontiguousarray(table[:, at]) for at, name in enumerate(RESULTS)}


def settle_int_claim(
    claim: Mapping[str, Any], year: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Settle one claim from dict to dict; return the result and the year after it."""
    scope = claim["in_scope_fen"]
    deductible = min(scope, LATER_DEDUCTIBLE if year["admissions"] else FIRST_DEDUCTIBLE)
    base = scope - deductible
    low, middle, high = SHARES[claim["level"], claim["status"]]
    bands = low * min(base, BAND_1)
    if base > BAND_1:
        bands += middle * min(base - BAND_1, BAND_2 - BAND_1) + high * max(0, base - BAND_2)
    raw = (bands + 5_000) // 10_000
    pooled = min(raw, POOLED_CEILING - year["pooled"])
    large = min((85 * (raw - pooled) + 50) // 100, LARGE_CEILING - year["large"])
    burden = year["burden"] + scope - pooled - large
    over = max(0, burden - SERIOUS_FROM)
    tenths = 6 * over if over <= SERIOUS_BAND else 7 * over - SERIOUS_BAND
    serious = (tenths + 5) // 10 - year["serious"]
    rest = scope - pooled - large - serious
    aid = 0
    if claim["assistance"] == LOW_INCOME:
        aid = min((7 * rest + 5) // 10, ASSISTANCE_CEILING - year["assistance"])
    elif claim["assistance"] == EXTREME_POOR:
        aid = rest
    result = {
        "deductible_fen": deductible,
        "pooled_fen": pooled,
        "large_amount_fen": large,
        "serious_illness_fen": serious,
        "assistance_fen": aid,
        "cash_fen": rest - aid,
    }
    after = {
        "admissions": year["admissions"] + 1,
        "pooled": year["pooled"] + pooled,
        "large": year["large"] + large,
        "burden": burden,
        "serious": year["serious"] + serious,
        "assistance": year["assistance"] + aid,
    }
    return result, after


NEW_YEAR: Final = dict.fromkeys(
    ("admissions", "pooled", "large", "burden", "serious", "assistance"), 0
)


# --- NumPy -----------------------------------------------------------------------------------


def share_table() -> NDArray[np.int64]:
    """Return the three shares by code of level and of status; rows no claim meets are 0."""
    table = np.zeros((max(LEVEL.values()) + 1, max(STATUS.values()) + 1, 3), np.int64)
    for (level, status), shares in SHARES.items():
        table[level, status] = shares
    return table


def settle_numpy(columns: Columns) -> Result:
    """Settle all persons' first claims at once, then all second ones, and so on.

    What does not depend on the year so far is done for all claims before.  Persons are put in
    order of their number of claims, so that those who have a k-th claim are the first ones and
    the counters are plain slices.
    """
    person, scope = columns["person"], columns["in_scope_fen"]
    first = np.empty(len(person), np.bool_)
    first[:1] = True
    np.not_equal(person[1:], person[:-1], out=first[1:])
    deductible = np.minimum(scope, np.where(first, FIRST_DEDUCTIBLE, LATER_DEDUCTIBLE))
    base = scope - deductible
    share = share_table()[columns["level"], columns["status"]]
    raw = share[:, 0] * np.minimum(base, BAND_1)
    raw += share[:, 1] * np.clip(base - BAND_1, 0, BAND_2 - BAND_1)
    raw += share[:, 2] * np.maximum(base - BAND_2, 0)
    raw = (raw + 5_000) // 10_000

    start = np.flatnonzero(first)
    counts = np.diff(start, append=len(person))
    start = start[np.argsort(-counts, kind="stable")]
    having = np.cumsum(np.bincount(counts)[::-1])[::-1]  # persons with at least k claims
    result = {name: np.empty(len(person), np.int64) for name in RESULTS}
    result["deductible_fen"] = deductible
    pooled_paid, large_paid, burden_so_far, serious_paid, aid_paid = np.zeros(
        (5, len(start)), np.int64
    )
    for ordinal, persons in enumerate(having[1:]):
        at = start[:persons] + ordinal
        now = slice(0, persons)
        uncut = raw[at]
        pooled = np.minimum(uncut, POOLED_CEILING - pooled_paid[now])
        pooled_paid[now] += pooled
        large = np.minimum((85 * (uncut - pooled) + 50) // 100, LARGE_CEILING - large_paid[now])
        large_paid[now] += large
        rest = scope[at] - pooled - large
        burden_so_far[now] += rest
        over = np.maximum(burden_so_far[now] - SERIOUS_FROM, 0)
        tenths = 6 * over + np.maximum(over - SERIOUS_BAND, 0)
        serious = (tenths + 5) // 10 - serious_paid[now]
        serious_paid[now] += serious
        rest -= serious
        category = columns["assistance"][at]
        aid = np.minimum((7 * rest + 5) // 10, ASSISTANCE_CEILING - aid_paid[now])
        aid[category != LOW_INCOME] = 0
        aid_paid[now] += aid
        poor = category == EXTREME_POOR
        aid[poor] = rest[poor]
        result["pooled_fen"][at] = pooled
        result["large_amount_fen"][at] = large
        result["serious_illness_fen"][at] = serious
        result["assistance_fen"][at] = aid
        result["cash_fen"][at] = rest - aid
    return result


def as_is(value: Any) -> Any:
    """Return `value`: the rival's container is the benchmark's."""
    return value


DECIMAL: Final = Rival("Python Decimal loop", decimal_rows, settle_decimal, from_yuan_rows)
INT: Final = Rival("Python int loop", fen_rows, settle_int, from_fen_rows)
NUMPY: Final = Rival("NumPy int64 by ordinal", as_is, settle_numpy, as_is)


def truth(columns: Columns) -> Result:
    """Return what the `Decimal` loop says of the claims."""
    return DECIMAL.collect(DECIMAL.run(DECIMAL.prepare(columns)))
