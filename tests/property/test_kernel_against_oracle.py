"""The kernel against the oracle: generated policies and person-years, every figure equal.

The oracle evaluates the policy with fractions, straight from its words; the kernel evaluates the
compiled table with integers.  They share no arithmetic (see docs/semantics.md).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle import reference
from medsettle.compile import CompileError, compile_policy
from medsettle.money import fen_from_yuan, half_up
from medsettle.policy.document import Layer, Policy
from medsettle.policy.resolve import in_force
from medsettle.reference.rule import Case, Limited, choose_ceiling, holds
from medsettle.reference.year import counters_of
from medsettle.vocabulary import AXES, BED_DAY, BENEFITS, FOUR_AMOUNTS, NUMBERS
from tests import strategies

EPOCH = dt.date(1970, 1, 1)

many = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def table_of(policy: Policy) -> ms.BenefitTable:
    """Return the table of a drawn policy; leave out the rare one that no table can hold exactly."""
    try:
        return ms.BenefitTable(compile_policy(policy))
    except CompileError as error:
        if "no common unit" not in str(error):
            raise
        reject()


def answer(settlement: ms.Settlement | reference.Outcome) -> tuple[object, ...]:
    """Return what a settlement says, alike for kernel and oracle."""
    if isinstance(settlement, reference.Outcome):
        funds = {fund: fen for fund, fen in settlement.funds.items() if fen}
        return funds, settlement.deductible, settlement.cash, settlement.ytd
    funds = {fund: fen for fund, fen in settlement.funds_fen.items() if fen}
    return funds, settlement.deductible_fen, settlement.cash_fen, settlement.ytd


def settle_one_by_one(
    table: ms.BenefitTable, claims: Sequence[ms.Claim], ytd: ms.YearToDate | None = None
) -> list[ms.Settlement | str]:
    """Return the settlement of each claim of one person, or the name of why it is refused."""
    answers: list[ms.Settlement | str] = []
    carried: ms.YearToDate | ms.Settlement | None = ytd
    for claim in claims:
        try:
            carried = table.settle(claim, carried)
            answers.append(carried)
        except ms.ClaimError as error:
            answers.append(error.reason.name.lower())
    return answers


def known_to(table: ms.BenefitTable, ytd: ms.YearToDate | None) -> ms.YearToDate | None:
    """Return a year so far without the counters that no claim can move.

    A counter kept apart for a value with which no layer counts by it is not in the table.
    """
    if ytd is None:
        return None
    names = table.meta.counters
    kept = {name: value for name, value in ytd.counters.items() if name in names}
    return ms.YearToDate(ytd.last_date, kept)


def columns(people: list[tuple[int, list[ms.Claim]]]) -> dict[str, np.ndarray]:
    """Return the claims as the columns of a batch: names, but for the benefits, which are codes."""
    rows = [(person, claim) for person, claims in people for claim in claims]
    claims = [claim for _, claim in rows]
    benefits = list(BENEFITS)
    groups = dict.fromkeys(group for claim in claims for group in claim.items)
    found: dict[str, Any] = {
        "person": np.array([person for person, _ in rows], np.int64),
        "date": np.array([(claim.date - EPOCH).days for claim in claims], np.int32),
        "benefit": np.array([benefits.index(claim.benefit) for claim in claims], np.uint8),
        "days": np.array([-1 if claim.days is None else claim.days for claim in claims]),
        "continues": np.array([claim.continues for claim in claims]),
    }
    for axis in NUMBERS:
        numbers = [getattr(claim, axis) for claim in claims]
        found[axis] = np.array([-1 if number is None else number for number in numbers])
    for axis in AXES:
        found[axis] = np.array([as_text(getattr(claim, axis)) for claim in claims], object)
    for name in FOUR_AMOUNTS:
        found[f"{name}_fen"] = np.array([getattr(one, f"{name}_fen") for one in claims], np.int64)
    for day in ("admitted", "discharged"):
        found[day] = np.array([getattr(claim, day) for claim in claims], "datetime64[D]")
    for group in groups:
        fen = [claim.items.get(group, 0) for claim in claims]
        found[f"item_{group}_fen"] = np.array(fen, np.int64)
    return found


def as_text(value: str | tuple[str, ...] | None) -> str | None:
    """Return what a column says: several values are joined."""
    return "+".join(value) if isinstance(value, tuple) else value


@many
@given(st.data())
def test_single(data: st.DataObject) -> None:
    policy: Policy = data.draw(strategies.policies())
    claims = data.draw(strategies.person_years(policy))
    ytd = data.draw(st.none() | strategies.years_so_far(policy))
    table = table_of(policy)
    ytd = known_to(table, ytd)
    expected = reference.settle_all(policy, claims, ytd)
    found = settle_one_by_one(table, claims, ytd)
    for claim, want, got in zip(claims, expected, found, strict=True):
        note(f"{claim!r}\nwant {want}\n got {got}")
        if isinstance(want, reference.Refused):
            assert got == want.code
            continue
        assert isinstance(got, ms.Settlement)
        assert answer(got) == answer(want)
        assert got.steps == want.steps


@many
@given(st.data())
def test_batch(data: st.DataObject) -> None:
    """A batch settles as one by one does, wherever it is split, persons in any order."""
    policy: Policy = data.draw(strategies.policies())
    people = data.draw(strategies.people(policy))
    table = table_of(policy)
    rows = columns(people)
    n = len(rows["person"])
    whole = table.settle_batch(rows)

    expected = [one for _, claims in people for one in settle_one_by_one(table, claims)]
    for i, want in enumerate(expected):
        if isinstance(want, str):
            status = ms.Status(whole["status"][i]).name.lower()
            assert status == ("unknown_code" if want == "bad_value" else want)
            assert all(whole[name][i] == 0 for name in whole if name != "status")
            continue
        assert whole["status"][i] == ms.Status.OK
        assert {f"{fund}_fen": fen for fund, fen in want.funds_fen.items()} == {
            f"{fund}_fen": int(whole[f"{fund}_fen"][i]) for fund in want.funds_fen
        }
        assert (whole["deductible_fen"][i], whole["cash_fen"][i]) == (
            want.deductible_fen,
            want.cash_fen,
        )

    cut = data.draw(st.integers(0, n))
    stream = table.stream()
    parts = [
        stream.settle_batch({name: column[start:end] for name, column in rows.items()})
        for start, end in ((0, cut), (cut, n))
    ]
    for name, column in whole.items():
        assert np.array_equal(np.concatenate([part[name] for part in parts]), column)

    turned = columns(list(reversed(people)))
    backwards = table.settle_batch(turned)
    sums = {name: int(column.astype(object).sum()) for name, column in whole.items()}
    assert sums == {name: int(column.astype(object).sum()) for name, column in backwards.items()}


@many
@given(st.data())
def test_conservation(data: st.DataObject) -> None:
    """Nothing is lost or made: the bill is funds and cash, a base is its four parts."""
    policy: Policy = data.draw(strategies.policies())
    for _, settlement in settled(policy, data.draw(strategies.person_years(policy))):
        paid = sum(settlement.funds_fen.values())
        assert paid + settlement.cash_fen == settlement.claim.total_fen
        most = all_funds_at_most(policy, settlement.claim) * settlement.claim.total_fen
        assert settlement.cash_fen >= 0
        assert settlement.total_funds_fen <= half_up(most)
        assert all(fen >= 0 for fen in settlement.funds_fen.values())
        for step in settlement.steps:
            left = step.first_share + step.deductible + step.copay + step.over_ceiling
            assert step.base == step.pay + left
            assert min(step.first_share, step.deductible, step.over_ceiling, step.pay) >= 0
            assert step.copay > -1


def all_funds_at_most(policy: Policy, claim: ms.Claim) -> Fraction:
    """Return the share of the bill that all layers together may pay."""
    day = Case(policy, claim).rule_date
    benefit = in_force(policy.benefits[claim.benefit], day)
    assert benefit is not None
    return benefit.all_funds_at_most


@many
@given(st.data())
def test_ceilings(data: st.DataObject) -> None:
    """A counter of a ceiling never passes the limit of the layers that move it."""
    policy: Policy = data.draw(strategies.policies())
    for before, settlement in settled(policy, data.draw(strategies.person_years(policy))):
        limits: dict[str, Fraction] = {}
        for step in settlement.steps:
            for one in ceilings_of(policy, settlement.claim, step.layer):
                if one.ceiling.on == "balance":
                    assert step.pay <= before.counters.get(one.counter, 0)
                elif one.ceiling.per in ("visit", BED_DAY):
                    assert (step.cost if one.ceiling.on == "cost" else step.pay) <= one.limit
                else:
                    limits[one.counter] = max(limits.get(one.counter, one.limit), one.limit)
        for name, limit in limits.items():
            after = settlement.ytd.counters.get(name, 0)
            assert after <= max(limit, before.counters.get(name, 0))


def layer_of(policy: Policy, claim: ms.Claim, name: str) -> Layer:
    """Return the version of a layer that settles a claim."""
    layer = in_force(policy.layers[name], Case(policy, claim).rule_date)
    assert layer is not None
    return layer


def ceilings_of(policy: Policy, claim: ms.Claim, name: str) -> list[Limited]:
    """Return the ceilings of a layer that exist for a claim, with their limits."""
    case, layer = Case(policy, claim), layer_of(policy, claim, name)
    return [choose_ceiling(one, case) for one in layer.ceilings if holds(one.when, case)]


@many
@given(st.data())
def test_monotony(data: st.DataObject) -> None:
    """A larger bill never brings less from the funds, nor leaves less to the person.

    So it is where the policy is monotone and only its own rounding is at work: not where two layers
    of a claim share a counter, so that the first uses up what the second would have had; nor where
    an amount between the layers is a fraction of a fen, or a layer tops up a payment that was
    rounded by itself, since rounding may then take one fen back.
    """
    policy: Policy = data.draw(strategies.policies())
    more = data.draw(st.sampled_from([1, 2, 99, 100, 12_345, 1_000_000]))
    table = table_of(policy)
    carried: ms.Settlement | None = None
    for claim in data.draw(strategies.person_years(policy)):
        larger = msgspec.structs.replace(claim, in_scope_fen=claim.in_scope_fen + more)
        try:
            less, great = table.settle(claim, carried), table.settle(larger, carried)
        except ms.ClaimError:
            continue
        steps = (*less.steps, *great.steps)
        if is_monotone(policy, less) and all(step.cost.denominator == 1 for step in steps):
            assert sum(less.funds_fen.values()) <= sum(great.funds_fen.values())
            assert less.cash_fen <= great.cash_fen
        carried = less


def is_monotone(policy: Policy, settlement: ms.Settlement) -> bool:
    """Tell whether a larger bill is settled alike.

    Nothing tops up, is waived, or goes by the size of the bill, and no two layers of the claim
    share a counter.
    """
    if "bill_size" in strategies.axes_of(policy):
        return False
    counters: list[str] = []
    for step in settlement.steps:
        layer = layer_of(policy, settlement.claim, step.layer)
        if layer.tops_up or (layer.deductible is not None and layer.deductible.waived_after):
            return False
        counters += [kept.name for kept in counters_of(layer) if not kept.name.endswith(".visits")]
    return len(counters) == len(set(counters))


def settled(
    policy: Policy, claims: Sequence[ms.Claim]
) -> Iterator[tuple[ms.YearToDate, ms.Settlement]]:
    """Yield each settlement of one person's claims with what the person carried before."""
    table = table_of(policy)
    carried: ms.Settlement | None = None
    for claim in claims:
        before = ms.YearToDate() if carried is None else carried.ytd
        try:
            carried = table.settle(claim, carried)
        except ms.ClaimError:
            continue
        yield before, carried


@given(strategies.policies())
@settings(max_examples=20, deadline=None)
def test_images_are_stable(policy: Policy) -> None:
    """Same policy, same bytes."""
    assert compile_policy(policy) == compile_policy(policy)


@pytest.mark.parametrize("seed", range(3))
def test_first_and_later_claims_of_the_longest_year(seed: int) -> None:
    """A person with hundreds of claims is settled alike by one batch and one by one."""
    table = ms.load("bench/benchmark.toml")
    rng = np.random.default_rng(seed)
    n = 400
    rows = {
        "person": 1,
        "date": np.sort(rng.integers(20089, 20453, n)).astype(np.int32),
        "benefit": "inpatient",
        "level": rng.choice(["primary", "secondary", "tertiary"], n),
        "status": rng.choice(["active", "retired"], n),
        "assistance": rng.choice(["unassisted", "low_income", "extreme_poor"], n),
        "in_scope_fen": rng.integers(0, 3_000_000, n),
    }
    out = table.settle_batch(rows)
    assert not out["status"].any()
    carried = None
    for i in range(n):
        claim = ms.Claim(
            benefit="inpatient",
            date=EPOCH + dt.timedelta(days=int(rows["date"][i])),
            level=str(rows["level"][i]),
            status=str(rows["status"][i]),
            assistance=str(rows["assistance"][i]),
            in_scope_fen=int(rows["in_scope_fen"][i]),
        )
        carried = table.settle(claim, carried)
        assert carried.cash_fen == out["cash_fen"][i]


@many
@given(st.data())
def test_json(data: st.DataObject) -> None:
    """A claim that goes through JSON, with its year-to-date, is settled as the oracle does."""
    policy: Policy = data.draw(strategies.policies())
    claims = data.draw(strategies.person_years(policy))
    table = table_of(policy)
    ytd = ms.YearToDate()
    for claim, want in zip(claims, reference.settle_all(policy, claims), strict=True):
        message = {"claim": msgspec.to_builtins(claim), "ytd": msgspec.to_builtins(ytd)}
        try:
            answer = table.settle_json(msgspec.json.encode(message))
        except ms.ClaimError as error:
            found = error.reason.name.lower()
        else:
            found = ""
        assert found == (want.code if isinstance(want, reference.Refused) else "")
        if isinstance(want, reference.Refused):
            continue
        got = json.loads(answer, parse_float=Decimal)
        assert {fund: fen_from_yuan(yuan) for fund, yuan in got["funds"].items() if yuan} == {
            fund: fen for fund, fen in want.funds.items() if fen
        }
        assert fen_from_yuan(got["deductible"]) == want.deductible
        assert fen_from_yuan(got["cash"]) == want.cash
        ytd = msgspec.convert(got["ytd"], ms.YearToDate)
        assert ytd == want.ytd
