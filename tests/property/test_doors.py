"""Every door gives the same answer: one claim, JSON, NumPy, Arrow in fen and in decimal yuan."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.load import find, read
from medsettle.money import yuan
from medsettle.policy.document import Policy
from medsettle.vocabulary import AXES, FOUR_AMOUNTS
from tests.strategies import claims, edges

BEIJING = ("110000/employee", "110000/resident")
#: Days on which a Beijing policy has a version, with a turn of the year and of the policy.
FIRST_DAYS = (
    dt.date(2021, 12, 30),
    dt.date(2022, 11, 1),
    dt.date(2023, 12, 1),
    dt.date(2025, 3, 1),
)

Row = tuple[int, ms.Claim]  # whose claim it is
Answer = list[tuple[int, ...]]  # for each row: funds, deductible, cash in fen, and the status


@cache
def opened(name: str) -> tuple[Policy, ms.BenefitTable]:
    return read(find(name), None), ms.load(name)


@st.composite
def rows(draw: st.DrawFn, policy: Policy) -> list[Row]:
    """Draw the claims of a few people, each person's together and mostly in order of date."""
    around = edges(policy)
    drawn = []
    for person in draw(st.lists(st.integers(0, 2**40), min_size=1, max_size=4, unique=True)):
        date = draw(st.sampled_from(FIRST_DAYS))
        for _ in range(draw(st.integers(1, 6))):
            date += dt.timedelta(days=draw(st.sampled_from((0, 1, 7, 30, 200, -1))))
            drawn.append((person, draw(claims(policy, date, around))))
    return drawn


# ---------------------------------------------------------------------------- the doors


def one_by_one(table: ms.BenefitTable, given: list[Row]) -> Iterator[tuple[int, ...]]:
    who, before = None, None
    for person, claim in given:
        before = before if person == who else None
        who = person
        try:
            before = table.settle(claim, before)
        except ms.ClaimError as error:
            yield (*(0 for _ in table.meta.funds), 0, 0, ms.Status[error.reason.name])
        else:
            yield (*before.funds_fen.values(), before.deductible_fen, before.cash_fen, 0)


def by_json(table: ms.BenefitTable, given: list[Row]) -> Iterator[tuple[int, ...]]:
    who, ytd = None, None
    for person, claim in given:
        ytd = ytd if person == who else None
        who = person
        stated = ("benefit", "level", "status", "age", "assistance", "supplement", "place")
        body = {name: getattr(claim, name) for name in stated}
        body |= {name: f"{yuan(getattr(claim, f'{name}_fen')):f}" for name in FOUR_AMOUNTS}
        body["date"] = claim.date.isoformat()
        try:
            found = json.loads(
                table.settle_json(json.dumps({"claim": body, "ytd": ytd})), parse_float=Decimal
            )
        except ms.ClaimError as error:
            yield (*(0 for _ in table.meta.funds), 0, 0, ms.Status[error.reason.name])
        else:
            ytd = found["ytd"]
            amounts = (*found["funds"].values(), found["deductible"], found["cash"])
            yield (*(int(amount * 100) for amount in amounts), 0)


def columns(given: list[Row]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        "person": [person for person, _ in given],
        "age": [255 if claim.age is None else claim.age for _, claim in given],
    }
    names = ("benefit", "date", *AXES, *(f"{name}_fen" for name in FOUR_AMOUNTS))
    return found | {name: [getattr(claim, name) for _, claim in given] for name in names}


def by_numpy(table: ms.BenefitTable, given: list[Row]) -> Answer:
    out = table.settle_batch({name: np.array(column) for name, column in columns(given).items()})
    return list(zip(*(column.tolist() for column in out.values()), strict=True))


def by_arrow(table: ms.BenefitTable, given: list[Row], cut: int, *, decimal: bool) -> Answer:
    found: dict[str, Any] = columns(given)
    found["age"] = pa.array([None if age == 255 else age for age in found["age"]], pa.uint8())
    found["benefit"] = pa.array(found["benefit"]).dictionary_encode()
    found["person"] = pa.array([str(person) for person in found["person"]])
    for name in FOUR_AMOUNTS if decimal else ():
        amounts = [yuan(fen) for fen in found.pop(f"{name}_fen")]
        found[name] = pa.array(amounts, pa.decimal128(16, 2))
    claims_table = pa.table(found)
    chunks = pa.concat_tables([claims_table.slice(0, cut), claims_table.slice(cut)])
    answer = table.settle_batch(chunks).drop_columns(["person", "date"])
    scale = 100 if decimal else 1
    lists = [[int(value * scale) for value in column.to_pylist()] for column in answer.columns[:-1]]
    return list(zip(*lists, answer["status"].to_pylist(), strict=True))


@pytest.mark.parametrize("name", BEIJING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_doors_agree(name: str, data: st.DataObject) -> None:
    policy, table = opened(name)
    drawn = data.draw(rows(policy))
    cut = data.draw(st.integers(0, len(drawn)))
    expected = list(one_by_one(table, drawn))
    assert list(by_json(table, drawn)) == expected
    assert by_numpy(table, drawn) == expected
    assert by_arrow(table, drawn, cut, decimal=False) == expected
    assert by_arrow(table, drawn, cut, decimal=True) == expected
