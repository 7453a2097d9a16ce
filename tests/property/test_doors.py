"""Every door gives the same answer: one claim, JSON, NumPy, Arrow in fen and in decimal yuan."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.load import find, read
from medsettle.money import yuan
from medsettle.policy.document import Policy
from medsettle.vocabulary import AXES, FOUR_AMOUNTS, NUMBERS
from tests.property.test_kernel_against_oracle import table_of
from tests.strategies import START, TURNS, claims, edges, policies

BEIJING = ("110000/employee", "110000/resident")
#: Days on which a Beijing policy has a version, with a turn of the year and of the policy.
FIRST_DAYS = (
    dt.date(2021, 12, 30),
    dt.date(2022, 11, 1),
    dt.date(2023, 12, 1),
    dt.date(2025, 3, 1),
)

#: The days that a claim tells.
DAYS = ("date", "admitted", "discharged")

Row = tuple[int, ms.Claim]  # whose claim it is
Answer = list[tuple[int, ...]]  # for each row: funds, deductible, cash in fen, and the status


@cache
def opened(name: str) -> tuple[Policy, ms.BenefitTable]:
    return read(find(name), None), ms.load(name)


@st.composite
def rows(draw: st.DrawFn, policy: Policy, first_days: Sequence[dt.date]) -> list[Row]:
    """Draw the claims of a few people, each person's together and mostly in order of date."""
    around = edges(policy)
    drawn = []
    for person in draw(st.lists(st.integers(0, 2**40), min_size=1, max_size=4, unique=True)):
        date = draw(st.sampled_from(first_days))
        for _ in range(draw(st.integers(1, 6))):
            date += dt.timedelta(days=draw(st.sampled_from((0, 1, 7, 30, 200, -1))))
            drawn.append((person, draw(claims(policy, date, around))))
    return drawn


# ---------------------------------------------------------------------------- the doors


def refused(table: ms.BenefitTable, error: ms.ClaimError) -> tuple[int, ...]:
    """Return the answer for a refused claim; a value that is none is a code to a batch."""
    status = ms.Status[error.reason.name]
    status = ms.Status.UNKNOWN_CODE if status == ms.Status.BAD_VALUE else status
    return (*(0 for _ in table.meta.funds), 0, 0, status)


def one_by_one(table: ms.BenefitTable, given: list[Row]) -> Iterator[tuple[int, ...]]:
    who, before = None, None
    for person, claim in given:
        before = before if person == who else None
        who = person
        try:
            before = table.settle(claim, before)
        except ms.ClaimError as error:
            yield refused(table, error)
        else:
            yield (*before.funds_fen.values(), before.deductible_fen, before.cash_fen, 0)


def by_json(table: ms.BenefitTable, given: list[Row]) -> Iterator[tuple[int, ...]]:
    who, ytd = None, None
    for person, claim in given:
        ytd = ytd if person == who else None
        who = person
        stated = ("benefit", *AXES, *NUMBERS, "days", "continues")
        body: dict[str, Any] = {name: getattr(claim, name) for name in stated}
        body |= {name: f"{yuan(getattr(claim, f'{name}_fen')):f}" for name in FOUR_AMOUNTS}
        body["items"] = {group: f"{yuan(fen):f}" for group, fen in claim.items.items()}
        for name in DAYS:
            day = getattr(claim, name)
            body[name] = None if day is None else day.isoformat()
        try:
            found = json.loads(
                table.settle_json(json.dumps({"claim": body, "ytd": ytd})), parse_float=Decimal
            )
        except ms.ClaimError as error:
            yield refused(table, error)
        else:
            ytd = found["ytd"]
            amounts = (*found["funds"].values(), found["deductible"], found["cash"])
            yield (*(int(amount * 100) for amount in amounts), 0)


def columns(given: list[Row]) -> dict[str, list[Any]]:
    """Return the claims as columns of plain values, None where nothing is stated."""
    drawn = [claim for _, claim in given]
    found: dict[str, list[Any]] = {"person": [person for person, _ in given]}
    for axis in AXES:
        values = [getattr(claim, axis) for claim in drawn]
        found[axis] = ["+".join(one) if isinstance(one, tuple) else one for one in values]
    names = ("benefit", *NUMBERS, *DAYS, "days", "continues")
    found |= {name: [getattr(claim, name) for claim in drawn] for name in names}
    for name in FOUR_AMOUNTS:
        found[f"{name}_fen"] = [getattr(claim, f"{name}_fen") for claim in drawn]
    for group in dict.fromkeys(group for claim in drawn for group in claim.items):
        found[f"item_{group}_fen"] = [claim.items.get(group, 0) for claim in drawn]
    return found


def by_numpy(table: ms.BenefitTable, given: list[Row]) -> Answer:
    found: dict[str, Any] = columns(given)
    unstated = dict.fromkeys(NUMBERS, -1) | {"days": -1}
    for name, nothing in unstated.items():
        found[name] = [nothing if number is None else number for number in found[name]]
    for name in DAYS:
        found[name] = np.array(found[name], "datetime64[D]")
    out = table.settle_batch({name: np.array(column) for name, column in found.items()})
    return list(zip(*(column.tolist() for column in out.values()), strict=True))


def by_arrow(table: ms.BenefitTable, given: list[Row], cut: int, *, decimal: bool) -> Answer:
    found: dict[str, Any] = columns(given)
    for name in (*NUMBERS, "days"):
        found[name] = pa.array(found[name], pa.int32())
    for name in DAYS:
        found[name] = pa.array(found[name], pa.date32())
    for name in AXES:
        found[name] = pa.array(found[name], pa.string())
    found["benefit"] = pa.array(found["benefit"]).dictionary_encode()
    found["person"] = pa.array([str(person) for person in found["person"]])
    money = [name for name in found if name.endswith("_fen")]
    for name in money if decimal else ():
        amounts = [yuan(fen) for fen in found.pop(name)]
        found[name.removesuffix("_fen")] = pa.array(amounts, pa.decimal128(16, 2))
    claims_table = pa.table(found)
    chunks = pa.concat_tables([claims_table.slice(0, cut), claims_table.slice(cut)])
    answer = table.settle_batch(chunks).drop_columns(["person", "date"])
    scale = 100 if decimal else 1
    lists = [[int(value * scale) for value in column.to_pylist()] for column in answer.columns[:-1]]
    return list(zip(*lists, answer["status"].to_pylist(), strict=True))


def check_doors(data: st.DataObject, table: ms.BenefitTable, drawn: list[Row]) -> None:
    """Settle the claims through every door."""
    cut = data.draw(st.integers(0, len(drawn)))
    expected = list(one_by_one(table, drawn))
    assert list(by_json(table, drawn)) == expected
    assert by_numpy(table, drawn) == expected
    assert by_arrow(table, drawn, cut, decimal=False) == expected
    assert by_arrow(table, drawn, cut, decimal=True) == expected


@pytest.mark.parametrize("name", BEIJING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_doors_agree(name: str, data: st.DataObject) -> None:
    policy, table = opened(name)
    check_doors(data, table, data.draw(rows(policy, FIRST_DAYS)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_doors_agree_on_random_policies(data: st.DataObject) -> None:
    policy = data.draw(policies())
    check_doors(data, table_of(policy), data.draw(rows(policy, (START, *TURNS))))
