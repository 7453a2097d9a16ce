"""Policies and claims for tests, built from the model in a line each.

A layer is called `a` and pays 80 % of what is in scope, but for what a test says.  Amounts are yuan
as text or whole numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from medsettle.model import Claim, YearToDate
from medsettle.money import fen_from_yuan
from medsettle.policy.document import (
    Adjust,
    Band,
    Benefit,
    Ceiling,
    Cite,
    Deductible,
    Figure,
    Layer,
    Policy,
    When,
)
from medsettle.reference import Outcome, Refused, settle, settle_all
from tests.strategies import CITES, PLACE

DAY = dt.date(2024, 5, 10)
FIRST_DAY = dt.date(2020, 1, 1)


def yuan(amount: str | int) -> Fraction:
    return Fraction(fen_from_yuan(amount))


def pct(points: str | int) -> Fraction:
    return Fraction(points) / 100


def bands(*rows: tuple[str | int | None, Figure]) -> tuple[Band, ...]:
    """Rows of (upto in yuan, share)."""
    return tuple(Band(None if u is None else yuan(u), share, PLACE) for u, share in rows)


def deductible(
    *amounts: str | int, per: str = "visit", inside: bool = False, **fields: Any
) -> Deductible:
    usual: dict[str, Any] = {
        "per": per,
        "amounts": tuple(yuan(amount) for amount in amounts),
        "later": (),
        "step_down": None,
        "floor": None,
        "inside_first_band": inside,
        "visits": "a.visits",
        "visits_each": "",
        "continued_counts": False,
        "used": "a.deductible",
        "used_each": "",
        "waived_after": "",
        "cap": None,
        "place": PLACE,
    }
    return Deductible(**(usual | fields))


def ceiling(
    limit: str | int | Figure,
    per: str = "year",
    on: str = "pay",
    used: str = "a.pay",
    **fields: Any,
) -> Ceiling:
    amount = yuan(limit) if isinstance(limit, str | int) else limit
    usual: dict[str, Any] = {"each": "", "when": When(), "adjust": (), "place": PLACE}
    return Ceiling(per, on, amount, used, **(usual | fields))


def only(**axes: str) -> When:
    return When({axis: frozenset([value]) for axis, value in axes.items()})


def adjust(change: str, value: Figure, **when: str) -> Adjust:
    return Adjust(only(**when), change, value, Cite(""), PLACE)


def layer(name: str = "a", **fields: Any) -> Layer:
    """A layer that pays 80 % of in_scope, but for `fields`."""
    usual = {
        "name": name,
        "fund": "pooled",
        "from_": FIRST_DAY,
        "until": None,
        "cite": CITES,
        "provenance": "unverified",
        "base": ("in_scope",),
        "serves": When(),
        "tops_up": (),
        "first_share": None,
        "deductible": None,
        "bands": bands((None, pct(80))),
        "bands_per": "visit",
        "measured": f"{name}.measured",
        "measured_each": "",
        "adjust": (),
        "ceilings": (),
        "hands_over": "cost",
        "rounding": "layer",
        "note": "",
        "place": PLACE,
    }
    return Layer(**(usual | fields))


def policy(
    *layers: Layer,
    programs: Mapping[str, tuple[str, ...]] | None = None,
    benefit: Mapping[str, Any] | None = None,
    **head: Any,
) -> Policy:
    """A policy whose benefits list `programs`; by default every layer for `inpatient`.

    `benefit` is what its benefits have besides, `head` what the policy has.
    """
    versions: dict[str, tuple[Layer, ...]] = {}
    for one in layers:
        versions[one.name] = (*versions.get(one.name, ()), one)
    programs = programs or {"inpatient": tuple(versions)}
    benefits = {
        name: (Benefit(name, FIRST_DAY, None, CITES, listed, PLACE, **(benefit or {})),)
        for name, listed in programs.items()
    }
    usual: dict[str, Any] = {
        "region": "000000",
        "scheme": "employee",
        "title": "",
        "sources": {},
        "values": {},
        "bands": {},
        "indicators": {},
        "periods": {},
        "best_of": {},
        "year_starts": 1,
        "rule_by": "date",
        "benefits": benefits,
        "layers": versions,
        "file": "test.toml",
    }
    return Policy(**(usual | head))


def claim(in_scope: str | int = 0, date: dt.date = DAY, **fields: Any) -> Claim:
    amounts = {"in_scope_fen": fen_from_yuan(in_scope), "benefit": "inpatient", "date": date}
    return Claim(**(amounts | fields))


def pays(a_policy: Policy, *claims: Claim, ytd: YearToDate | None = None) -> list[int]:
    """Total payment of each claim of one person."""
    outcomes = settle_all(a_policy, claims, ytd)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    return [sum(outcome.funds.values()) for outcome in outcomes if isinstance(outcome, Outcome)]


def code_of(a_policy: Policy, a_claim: Claim, ytd: YearToDate | None = None) -> str:
    with pytest.raises(Refused) as caught:
        settle(a_policy, a_claim, ytd)
    return caught.value.code
