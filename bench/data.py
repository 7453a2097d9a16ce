"""The claims everything is measured on: made from a seed, the same on every machine.

Randomness comes from `Generator(PCG64(seed))` through `integers`, `random` and `standard_normal`
alone, the streams NumPy has kept unchanged; everything else (geometric, lognormal, the days in
order) is worked out here.  `fingerprint` tells a changed stream apart from a wrong settlement.

Columns are those of `Table.settle_batch`: codes of the vocabulary, whole fen, days since 1970.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from medsettle.vocabulary import BENEFITS, axis_code

Columns = dict[str, NDArray[np.generic]]

#: Where the claims of a run come from; another number is another year.
SEED: Final = 20250101
HARSH_SEED: Final = 60
BEIJING_SEED: Final = 110000

HARSH_SIZE: Final = 20_000
#: The harsh set's first person has this many claims.
HARSH_LONGEST: Final = 60

FIRST_DAY: Final = 20_089  # 2025-01-01
DAYS: Final = 365

FEE_MEDIAN_YUAN: Final = 9_000
FEE_SIGMA: Final = 0.95
FEE_MAX_FEN: Final = 250_000_000
HEAVY_TIMES: Final = 14

MAX_CLAIMS: Final = 29

LEVEL: Final = {name: axis_code("level", name) for name in ("primary", "secondary", "tertiary")}
COMMUNITY: Final = np.uint8(axis_code("level", "community"))
STATUS: Final = {name: axis_code("status", name) for name in ("active", "retired")}
ASSISTANCE: Final = {
    name: axis_code("assistance", name) for name in ("unassisted", "low_income", "extreme_poor")
}
BENEFIT: Final = {name: code for code, name in enumerate(BENEFITS)}

#: Fen at which some branch of the benchmark policy turns, beside the fees themselves.
EDGES_FEN: Final = tuple(
    deductible + edge
    for deductible in (0, 65_000, 130_000)
    for edge in (0, 65_000, 130_000, 3_000_000, 3_040_400, 4_000_000, 8_040_400, FEE_MAX_FEN)
)


def benchmark_claims(size: int, seed: int = SEED) -> Columns:
    """Return `size` inpatient claims of one year, sorted by person and day."""
    rng = Generator(PCG64(seed))
    persons = size // 2 + 64
    counts = 1 + _geometric(rng, persons, stop=0.4255)
    counts += 6 * (rng.random(persons) < 0.01)
    person = np.repeat(np.arange(persons), np.minimum(counts, MAX_CLAIMS))[:size]
    return _inpatient_columns(rng, person, heavy_share=0.012)


def harsh_claims(size: int = HARSH_SIZE, seed: int = HARSH_SEED) -> Columns:
    """Return claims made to disagree on: heavy persons, amounts at every edge, one long year."""
    rng = Generator(PCG64(seed))
    counts = 1 + _geometric(rng, size, stop=0.25)
    counts[0] = HARSH_LONGEST
    person = np.repeat(np.arange(size), counts)[:size]
    columns = _inpatient_columns(rng, person, heavy_share=0.3)
    fees = columns["in_scope_fen"]
    edges = np.array(EDGES_FEN)[rng.integers(0, len(EDGES_FEN), size)]
    near = np.clip(edges + rng.integers(-1, 2, size), 0, None)
    columns["in_scope_fen"] = np.where(rng.random(size) < 0.4, near, fees)
    return columns


def beijing_claims(size: int, seed: int = BEIJING_SEED) -> Columns:
    """Return a mixed year of Beijing employees: mostly outpatient visits, 4.9 a person."""
    rng = Generator(PCG64(seed))
    persons = size // 3 + 64
    person = np.repeat(np.arange(persons), 1 + _geometric(rng, persons, stop=1 / 4.9))[:size]
    inpatient = rng.random(size) < 0.12
    retired = rng.random(persons) < 0.45
    age = np.where(retired, rng.integers(60, 96, persons), rng.integers(20, 60, persons))
    community = ~inpatient & (rng.random(size) < 0.3)
    total = _fees(rng, np.where(inpatient, 12_000, 420))
    first_step = np.where(rng.random(size) < 0.5, total // 12, 0)
    full_self_pay = np.where(rng.random(size) < 0.4, total // 20, 0)
    supplement = _codes(retired, 0, axis_code("supplement", "retiree_unified"))
    return {
        "person": person.astype(np.int32),
        "date": _days(rng, person),
        "benefit": _codes(inpatient, BENEFIT["outpatient"], BENEFIT["inpatient"]),
        "level": np.where(community, COMMUNITY, _levels(rng, size)),
        "status": _codes(retired, STATUS["active"], STATUS["retired"])[person],
        "age": age.astype(np.uint8)[person],
        "assistance": _assistance(rng, persons)[person],
        "supplement": supplement[person],
        "full_self_pay_fen": full_self_pay,
        "first_step_fen": first_step,
        "in_scope_fen": total - first_step - full_self_pay,
    }


def fingerprint(columns: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the sha256 of all columns, in their order, little-endian."""
    digest = hashlib.sha256()
    for name, column in columns.items():
        digest.update(name.encode())
        digest.update(column.astype(column.dtype.newbyteorder("<"), copy=False).tobytes())
    return digest.hexdigest()


def _inpatient_columns(rng: Generator, person: NDArray[np.int64], heavy_share: float) -> Columns:
    size = len(person)
    persons = int(person[-1]) + 1
    heavy = (rng.random(persons) < heavy_share)[person]
    retired = (rng.random(persons) < 0.45)[person]
    return {
        "person": person.astype(np.int32),
        "date": _days(rng, person),
        "level": _levels(rng, size),
        "status": _codes(retired, STATUS["active"], STATUS["retired"]),
        "assistance": _assistance(rng, persons)[person],
        "in_scope_fen": _fees(rng, FEE_MEDIAN_YUAN * np.where(heavy, HEAVY_TIMES, 1)),
    }


def _geometric(rng: Generator, size: int, stop: float) -> NDArray[np.int64]:
    """Return how often something went on when it stops each time with probability `stop`."""
    return np.floor(np.log1p(-rng.random(size)) / math.log1p(-stop)).astype(np.int64)


def _fees(rng: Generator, median_yuan: NDArray[np.int64]) -> NDArray[np.int64]:
    fen = 100.0 * median_yuan * np.exp(FEE_SIGMA * rng.standard_normal(len(median_yuan)))
    return np.rint(np.minimum(fen, FEE_MAX_FEN)).astype(np.int64)


def _days(rng: Generator, person: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return a day of the year for every claim, ascending within the person."""
    key = np.sort(person * DAYS + rng.integers(0, DAYS, len(person)))
    return (FIRST_DAY + key % DAYS).astype(np.int32)


def _levels(rng: Generator, size: int) -> NDArray[np.uint8]:
    chosen = np.searchsorted([0.55, 0.85], rng.random(size), side="right")
    return np.array([LEVEL["tertiary"], LEVEL["secondary"], LEVEL["primary"]], np.uint8)[chosen]


def _assistance(rng: Generator, size: int) -> NDArray[np.uint8]:
    chosen = np.searchsorted([0.90, 0.98], rng.random(size), side="right")
    names = ("unassisted", "low_income", "extreme_poor")
    return np.array([ASSISTANCE[name] for name in names], np.uint8)[chosen]


def _codes(condition: NDArray[np.bool_], no: int, yes: int) -> NDArray[np.uint8]:
    return np.where(condition, yes, no).astype(np.uint8)
