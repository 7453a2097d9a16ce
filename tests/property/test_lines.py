"""Fee lines: the kernel against the oracle, and what must hold of every bill.

The oracle splits with fractions, straight from the catalogue's nouns; the kernel with integers,
from the image.  They share no arithmetic (see docs/bill.md).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.bill.batch import split_bills
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue
from medsettle.bill.line import FeeLine, LineResult
from medsettle.bill.refused import LineReason, LinesError
from medsettle.bill.words import APPROVALS, HERB_USES, INSURED, LINE_STATUS, OVER_QUANTITY, STEPS
from medsettle.reference.lines import LineSplit, split_lines
from medsettle.vocabulary import FOUR_AMOUNTS
from tests.bill_strategies import (
    LEVELS,
    Charged,
    RandomDraw,
    Visit,
    bills,
    catalogues,
    make_bill,
    make_catalogue,
)

AMOUNTS = ("amount_fen", *(f"{name}_fen" for name in FOUR_AMOUNTS))
NOT_CHARGED = -(2**63)

many = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def opened(catalogue: Catalogue) -> ms.Catalogue:
    return ms.Catalogue(build_image(catalogue))


def said(catalogue: Catalogue, bill: Charged) -> list[LineSplit]:
    """Return what the oracle says of a bill's lines."""
    visit = bill.visit
    return split_lines(
        catalogue,
        bill.lines,
        date=visit.date,
        insured=visit.insured,
        level=visit.level,
        days=visit.days,
    )


def claim_of(visit: Visit) -> ms.Claim:
    return ms.Claim(
        date=visit.date,
        benefit="inpatient",
        level=visit.level,
        days=visit.days,
        status="active",
        in_scope_fen=0,
    )


def split(catalogue: ms.Catalogue, bill: Charged, table: ms.BenefitTable) -> ms.Bill:
    visit = bill.visit
    return catalogue.split(claim_of(visit), bill.lines, table, insured=visit.insured)


def split_or_refused(
    catalogue: ms.Catalogue, bill: Charged, table: ms.BenefitTable
) -> tuple[ms.Bill | None, dict[int, str]]:
    """Return the split bill, or the codes of the lines that are refused, by row from 1."""
    try:
        return split(catalogue, bill, table), {}
    except LinesError as error:
        return None, {one.row: one.code for one in error.refused}


def accepted(catalogue: ms.Catalogue, bill: Charged, table: ms.BenefitTable) -> ms.Bill:
    """Return the bill without the lines that are refused, split."""
    found, refused = split_or_refused(catalogue, bill, table)
    if found is not None:
        return found
    # a refused line counts nowhere, so that the others stay as they are
    left = [line for row, line in enumerate(bill.lines, 1) if row not in refused]
    assume(left)  # a bill without lines is none
    return split(catalogue, Charged(bill.visit, tuple(left)), table)


def amounts(lines: Sequence[LineResult | LineSplit]) -> list[tuple[int, ...]]:
    return [tuple(getattr(line, name) for name in AMOUNTS) for line in lines]


def totals(claim: ms.Claim) -> tuple[int, ...]:
    return tuple(getattr(claim, f"{name}_fen") for name in FOUR_AMOUNTS)


def with_rules(catalogue: Catalogue, order: Sequence[str], to: str | None = None) -> Catalogue:
    """Return the catalogue with the steps in that order in all its rules."""
    rules = [msgspec.structs.replace(one, order=tuple(order)) for one in catalogue.rules]
    if to is not None:
        rules = [msgspec.structs.replace(one, over_quantity=to) for one in rules]
    return msgspec.structs.replace(catalogue, rules=tuple(rules))


# ------------------------------------------------------------------------ the kernel and the oracle


@many
@given(data=st.data())
def test_kernel_says_what_the_oracle_says(data: st.DataObject, table: ms.BenefitTable) -> None:
    noun = data.draw(catalogues())
    catalogue = opened(noun)
    bill = data.draw(bills(noun))
    expected = said(noun, bill)
    wrong = {
        row: LineReason[one.status].code
        for row, one in enumerate(expected, 1)
        if one.status != "OK"
    }
    found, refused = split_or_refused(catalogue, bill, table)
    assert refused == wrong
    if found is None:
        return
    assert amounts(found.lines) == amounts(expected)
    assert [(one.class_, one.group) for one in found.lines] == [
        (one.class_, one.group) for one in expected
    ]
    check_sums(found, expected, table)


def check_sums(found: ms.Bill, expected: Sequence[LineSplit], table: ms.BenefitTable) -> None:
    groups: dict[str, int] = {}
    for one in expected:
        names = [name for name in (one.group, one.class_) if name in table.meta.items]
        if names:
            groups[names[0]] = groups.get(names[0], 0) + one.in_scope_fen
    assert found.claim.items == {name: fen for name, fen in groups.items() if fen}
    assert totals(found.claim) == tuple(
        sum(getattr(one, f"{name}_fen") for one in expected) for name in FOUR_AMOUNTS
    )


@pytest.mark.parametrize("seed", range(40))
def test_batches_say_what_the_oracle_says(seed: int, table: ms.BenefitTable) -> None:
    noun, drawn = drawn_bills(seed)
    out = split_together(opened(noun), drawn, table)
    expected = [one for bill in drawn for one in said(noun, bill)]
    statuses = [one.status.replace("BAD_CODE", "UNKNOWN_ITEM") for one in expected]
    assert [LINE_STATUS[status] for status in out["line_status"]] == statuses
    columns = [out["amount"], *out["part"]]
    assert [tuple(map(int, row)) for row in zip(*columns, strict=True)] == amounts(expected)


@pytest.mark.parametrize("seed", range(3))
def test_threads_split_with_one_catalogue(seed: int, table: ms.BenefitTable) -> None:
    noun, drawn = drawn_bills(seed + 200)
    catalogue = opened(noun)

    def answer(bill: Charged) -> tuple[object, ...]:
        found, refused = split_or_refused(catalogue, bill, table)
        return refused, None if found is None else (amounts(found.lines), found.claim)

    alone = [answer(bill) for bill in drawn]
    with ThreadPoolExecutor(8) as pool:
        for together in pool.map(lambda _: [answer(bill) for bill in drawn], range(8)):
            assert together == alone


@pytest.mark.parametrize("seed", range(10))
def test_shuffled_bills_of_a_batch_are_the_same(seed: int, table: ms.BenefitTable) -> None:
    noun, drawn = drawn_bills(seed + 100)
    catalogue = opened(noun)
    order = list(range(len(drawn)))
    random.Random(seed).shuffle(order)
    before = split_together(catalogue, drawn, table)
    after = split_together(catalogue, [drawn[at] for at in order], table)
    for name in ("bill_part", "bill_group"):
        for one, other in zip(before[name], after[name], strict=True):
            assert np.array_equal(one[order], other)
    assert np.array_equal(before["bill_status"][order], after["bill_status"])


def drawn_bills(seed: int, n: int = 60) -> tuple[Catalogue, list[Charged]]:
    draw = RandomDraw(seed)
    noun = make_catalogue(draw)
    return noun, [make_bill(draw, noun) for _ in range(n)]


def split_together(
    catalogue: ms.Catalogue, drawn: Sequence[Charged], table: ms.BenefitTable
) -> dict[str, Any]:
    """Return what the kernel says of bills in columns."""
    visits = [bill.visit for bill in drawn]
    claims = {
        "date": np.array([visit.date for visit in visits], "datetime64[D]"),
        "level": np.array([0 if v.level is None else LEVELS.index(v.level) + 1 for v in visits]),
        "days": np.array([-1 if visit.days is None else visit.days for visit in visits]),
    }
    insured = np.array([tuple(INSURED).index(visit.insured) for visit in visits])
    rows = [(number, line) for number, bill in enumerate(drawn) for line in bill.lines]
    lines = [line for _, line in rows]
    columns = {
        "bill": np.array([number for number, _ in rows]),
        "code": np.array([line.code for line in lines]),
        "price_e6": np.array([line.price_e6 for line in lines]),
        "quantity_e4": np.array([line.quantity_e4 for line in lines]),
        "amount_fen": np.array(
            [NOT_CHARGED if line.amount_fen is None else line.amount_fen for line in lines]
        ),
        "date": np.array([line.date for line in lines], "datetime64[D]"),
        "approval": np.array([tuple(APPROVALS).index(line.approval) for line in lines]),
        "herb_use": np.array([tuple(HERB_USES).index(line.herb_use) for line in lines]),
        "discharge_medicine": np.array([line.discharge_medicine for line in lines]),
        "supply_days_e2": np.array([line.supply_days_e2 or 0 for line in lines]),
        "returns": np.array([row for bill in drawn for row in originals(bill.lines)]),
    }
    return split_bills(table, catalogue, claims, len(drawn), columns, insured)


def originals(lines: Sequence[FeeLine]) -> list[int]:
    """Return which line each returns: -1 for none, itself where there is none before it."""
    at: dict[str, int] = {}
    found = []
    for number, line in enumerate(lines):
        found.append(at.get(line.returns, number) if line.returns else -1)
        if line.id:
            at[line.id] = number
    return found


# -------------------------------------------------------------------------------- what always holds


@many
@given(data=st.data())
def test_lines_add_up_and_the_bill_is_their_sum(
    data: st.DataObject, table: ms.BenefitTable
) -> None:
    noun = data.draw(catalogues())
    found = accepted(opened(noun), data.draw(bills(noun)), table)
    for line, given_line in zip(found.lines, found.charged, strict=True):
        amount, *parts = (getattr(line, name) for name in AMOUNTS)
        assert amount == sum(parts)
        assert all(part >= 0 for part in parts) or given_line.quantity_e4 < 0
    sums = [sum(getattr(line, name) for line in found.lines) for name in AMOUNTS]
    assert totals(found.claim) == tuple(sums[1:])
    assert found.claim.total_fen == sums[0]
    assert min(totals(found.claim)) >= 0
    assert sum(found.claim.items.values()) <= found.claim.in_scope_fen


@many
@given(data=st.data())
def test_full_returns_leave_nothing(data: st.DataObject, table: ms.BenefitTable) -> None:
    """Every line is returned, at once or in two parts, in any order, on any day."""
    noun = data.draw(catalogues())
    catalogue = opened(noun)
    bill = only_charges(data.draw(bills(noun)), noun)
    found = split(catalogue, bill, table)
    back = []
    for line, result in zip(found.charged, found.lines, strict=True):
        # what was charged a fen off is returned at once: in two parts it could be two fen off
        part = 0 if line.amount_fen is not None else data.draw(st.integers(0, line.quantity_e4 - 1))
        if part:
            back.append(returned(line, -part, None))
        last = rounded_fen(line.price_e6, part) - result.amount_fen
        back.append(returned(line, part - line.quantity_e4, last))
    order = data.draw(st.permutations(range(len(found.charged))))
    back.sort(key=lambda line: order[int(line.returns[1:])])  # stable: the first part first
    all_back = split(catalogue, Charged(bill.visit, (*found.charged, *back)), table)
    assert totals(all_back.claim) == (0, 0, 0, 0)
    assert all_back.claim.items == {}


def only_charges(bill: Charged, catalogue: Catalogue) -> Charged:
    """Return the bill without its returns and the refused lines, its lines numbered from 0."""
    lines = [line for line in bill.lines if not line.returns and line.quantity_e4 > 0]
    told = said(catalogue, Charged(bill.visit, tuple(lines)))
    good = [line for line, one in zip(lines, told, strict=True) if one.status == "OK"]
    assume(good)  # a bill without lines is none
    return Charged(
        bill.visit,
        tuple(msgspec.structs.replace(line, id=f"L{number}") for number, line in enumerate(good)),
    )


def returned(line: FeeLine, quantity_e4: int, amount_fen: int | None) -> FeeLine:
    return FeeLine(
        code=line.code,
        price_e6=line.price_e6,
        quantity_e4=quantity_e4,
        amount_fen=amount_fen,
        returns=line.id,
        date=None,
    )


def rounded_fen(price_e6: int, quantity_e4: int) -> int:
    return (2 * price_e6 * quantity_e4 + 10**8) // (2 * 10**8)


@many
@given(data=st.data())
def test_a_return_gives_the_limit_back(data: st.DataObject, table: ms.BenefitTable) -> None:
    """Lines, all returned, then the same lines again: these are split as if they were the first."""
    noun = data.draw(catalogues())
    catalogue = opened(noun)
    bill = only_charges(data.draw(bills(noun)), noun)
    assume(bill.lines)
    once = split(catalogue, bill, table)
    back = [
        returned(line, -line.quantity_e4, -result.amount_fen)
        for line, result in zip(bill.lines, once.lines, strict=True)
    ]
    again = [msgspec.structs.replace(line, id="") for line in bill.lines]
    twice = split(catalogue, Charged(bill.visit, (*bill.lines, *back, *again)), table)
    assert totals(twice.claim) == totals(once.claim)
    assert twice.claim.items == once.claim.items
    assert amounts(twice.lines[-len(again) :]) == amounts(once.lines)


# ---------------------------------------------------------------------- where order does not matter


@many
@given(data=st.data())
def test_lines_without_limits_may_stand_in_any_order(
    data: st.DataObject, table: ms.BenefitTable
) -> None:
    noun = without_limits(data.draw(catalogues()))
    catalogue = opened(noun)
    bill = only_charges(data.draw(bills(noun)), noun)
    assume(len(bill.lines) > 1)
    order = data.draw(st.permutations(range(len(bill.lines))))
    shuffled = Charged(bill.visit, tuple(bill.lines[at] for at in order))
    before, after = split(catalogue, bill, table), split(catalogue, shuffled, table)
    assert [amounts(before.lines)[at] for at in order] == amounts(after.lines)
    assert before.claim == after.claim


def without_limits(catalogue: Catalogue) -> Catalogue:
    items = [
        msgspec.structs.replace(
            item,
            versions=tuple(msgspec.structs.replace(one, limit=None) for one in item.versions),
        )
        for item in catalogue.items
    ]
    return msgspec.structs.replace(catalogue, items=tuple(items))


@many
@given(data=st.data())
def test_what_is_not_covered_and_what_is_restricted_may_change_places(
    data: st.DataObject, table: ms.BenefitTable
) -> None:
    noun = data.draw(catalogues())
    bill = only_charges(data.draw(bills(noun)), noun)
    others = data.draw(st.permutations(sorted(STEPS.keys() - {"not_covered", "restriction"})))
    at = data.draw(st.integers(0, len(others)))
    found = []
    for pair in (("not_covered", "restriction"), ("restriction", "not_covered")):
        mine = with_rules(noun, [*others[:at], *pair, *others[at:]])
        found.append(amounts(split(opened(mine), bill, table).lines))
    assert found[0] == found[1]


@many
@given(data=st.data())
def test_the_ceiling_and_the_quantity_leave_the_same_in_any_order(
    data: st.DataObject, table: ms.BenefitTable
) -> None:
    """What they take differs in where it goes, not in what is left for the first step."""
    noun = data.draw(catalogues())
    bill = only_charges(data.draw(bills(noun)), noun)
    lines = [msgspec.structs.replace(line, discharge_medicine=False) for line in bill.lines]
    to = data.draw(st.sampled_from(OVER_QUANTITY))
    found = []
    for pair in (("quantity", "price_ceiling"), ("price_ceiling", "quantity")):
        mine = with_rules(noun, ["not_covered", "restriction", *pair, "first_step"], to)
        split_bill = split(opened(mine), Charged(bill.visit, tuple(lines)), table)
        found.append([(one.first_step_fen, one.in_scope_fen) for one in split_bill.lines])
    assert found[0] == found[1]


@many
@given(data=st.data())
def test_the_quantity_step_of_lines_without_a_limit_may_stand_anywhere(
    data: st.DataObject, table: ms.BenefitTable
) -> None:
    noun = without_limits(data.draw(catalogues()))
    bill = only_charges(data.draw(bills(noun)), noun)
    lines = tuple(msgspec.structs.replace(one, supply_days_e2=None) for one in bill.lines)
    others = data.draw(st.permutations(sorted(STEPS.keys() - {"quantity"})))
    found = []
    for at in range(len(others) + 1):
        mine = with_rules(noun, [*others[:at], "quantity", *others[at:]])
        found.append(amounts(split(opened(mine), Charged(bill.visit, lines), table).lines))
    assert all(one == found[0] for one in found)
