"""medsettle as one of the rivals: the same claims in, the same six columns out."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import medsettle as ms
from bench.data import Columns
from bench.rivals import INPUTS, RESULTS, Result, Rival
from medsettle.vocabulary import axis_values

POLICY: Final = Path(__file__).with_name("benchmark.toml")
BEIJING: Final = POLICY.parent.parent / "policies" / "110000-beijing" / "employee.toml"
ONE_DAY: Final = dt.date(2025, 6, 30)


@cache
def table(policy: Path = POLICY) -> Any:
    """Return the compiled table of a policy file."""
    return ms.load(str(policy))


def on_one_day(columns: Columns) -> dict[str, Any]:
    """Return the claims as the rivals read them: no day of their own, all of one benefit."""
    return {
        "benefit": "inpatient",
        "date": ONE_DAY,
        **{name: columns[name] for name in INPUTS},
    }


def with_days(columns: Columns) -> dict[str, Any]:
    """Return the claims with the column of days, which no rival reads."""
    return {"benefit": "inpatient", **columns}


def _reused(claims: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    return claims, table().settle_batch(claims)


def _run_reused(prepared: tuple[dict[str, Any], Any]) -> Any:
    claims, out = prepared
    return table().settle_batch(claims, out=out)


def _collect(result: Any) -> Result:
    return {name: result[name] for name in RESULTS}


OURS: Final = Rival(
    "medsettle, outputs reused",
    lambda columns: _reused(on_one_day(columns)),
    _run_reused,
    _collect,
)
OURS_DATED: Final = Rival(
    "medsettle, outputs reused, a day each",
    lambda columns: _reused(with_days(columns)),
    _run_reused,
    _collect,
)
OURS_FRESH: Final = Rival(
    "medsettle, outputs fresh", on_one_day, lambda claims: table().settle_batch(claims), _collect
)


def one_claim(columns: Columns, at: int) -> ms.Claim:
    """Return row `at` of the columns as a claim with names for codes."""
    return ms.Claim(
        benefit="inpatient",
        date=ONE_DAY,
        in_scope_fen=int(columns["in_scope_fen"][at]),
        level=_name("level", int(columns["level"][at])),
        status=_name("status", int(columns["status"][at])),
        assistance=_name("assistance", int(columns["assistance"][at])),
    )


def one_claim_json(columns: Columns, at: int) -> bytes:
    """Return row `at` of the columns as the JSON that `settle_json` takes."""
    claim = one_claim(columns, at)
    names = ("benefit", "in_scope_fen", "level", "status", "assistance")
    body = {name: getattr(claim, name) for name in names}
    return json.dumps({"claim": {**body, "date": claim.date.isoformat()}}).encode()


def _name(axis: str, code: int) -> str:
    names = axis_values(axis)
    return names[code if axis == "assistance" else code - 1]
