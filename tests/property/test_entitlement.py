"""Who may pay is who would: entitlement against settlements, random policies and claims."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.compile import CompileError, compile_policy
from medsettle.entitlement import Designation, Enrolment, Why, choose, entitlement
from medsettle.entitlement.enrolment import LIVE
from medsettle.model import Claim
from medsettle.refusal import ClaimError, Reason
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from tests.strategies import person_years, policies

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
#: What a settlement's refusal is in the rows.
WHY = {
    Reason.NO_VERSION: {Why.OUTSIDE_VALIDITY, Why.BENEFIT_NOT_OFFERED},
    Reason.BENEFIT_NOT_OFFERED: {Why.OUTSIDE_VALIDITY, Why.BENEFIT_NOT_OFFERED},
    Reason.NO_FIGURE: {Why.NO_FIGURE, Why.NOT_SERVED, Why.WAITING, Why.IN_ARREARS, Why.PAUSED},
}
STANDS = {"waiting": Why.WAITING, "in_arrears": Why.IN_ARREARS, "lapsed": Why.PAUSED}


def serving(settlement: Settlement) -> dict[str, int]:
    """The payers whose layers served, each with what it paid."""
    paid: dict[str, int] = {}
    for number, pay in settlement.payments():
        fund = settlement.table.meta.layers[number].fund
        paid[fund] = paid.get(fund, 0) + pay
    return paid


@SLOW
@given(st.data())
def test_those_may_pay_whose_layers_serve(data: st.DataObject) -> None:
    policy = data.draw(policies())
    try:
        table = BenefitTable(compile_policy(policy))
    except CompileError:
        reject()
    for claim in data.draw(person_years(policy)):
        settled = settled_or_why(table, claim)
        if settled is None:
            continue
        answer = entitlement(table, claim)
        if isinstance(settled, Reason):
            assert not answer.entitled
            assert {row.why for row in answer.rows} <= WHY[settled]
            continue
        paid = serving(settled)
        if claim.entitlement in STANDS and "entitlement" not in axes_of(table, settled):
            assert {row.why for row in answer.rows} == {STANDS[str(claim.entitlement)]}
            continue
        # Whoever paid may pay; whoever may pay has a layer that served; others served for nothing.
        assert {fund for fund, pay in paid.items() if pay} <= set(answer.funds) <= set(paid)
        assert all(row.why is None and not row.zh for row in answer.rows if row.entitled)
        assert all(row.why and row.zh and row.en for row in answer.rows if not row.entitled)
        for row in answer.rows:
            check_days(table, claim, row.fund, row.from_, row.until, served=row.entitled)


def settled_or_why(table: BenefitTable, claim: Claim) -> Settlement | Reason | None:
    """The settlement; or why there is none, where that is for the rows to tell."""
    try:
        return table.settle(claim)
    except ClaimError as error:
        return error.reason if error.reason in WHY else None


def axes_of(table: BenefitTable, settled: Settlement) -> tuple[str, ...]:
    return table.decompiled.programs[settled.program].axes


def check_days(
    table: BenefitTable,
    claim: Claim,
    fund: str,
    from_: dt.date | None,
    until: dt.date | None,
    *,
    served: bool,
) -> None:
    """The payer serves on the first and the last of its days, and not on those beside them."""
    if from_ is None:
        assert not served
        return
    rule_by = table.meta.rule_by
    last = None if until is None else until - dt.timedelta(1)
    for day, expected in (
        (from_, True),
        (last, True),
        (from_ - dt.timedelta(1), False),
        (until, False),
    ):
        if day is not None:
            other = msgspec.structs.replace(claim, date=day, admitted=None, discharged=None)
            assert rule_by == "date" or table.rule_date(other) == day
            assert (fund in entitlement(table, other).funds) == expected
    if served:
        day = table.rule_date(claim)
        assert from_ <= day
        assert until is None or day < until


DAY = st.dates(dt.date(2024, 12, 1), dt.date(2025, 2, 1))


def _enrolments(standings: tuple[str, ...], paused_from: st.SearchStrategy[dt.date | None]) -> Any:
    return st.builds(
        Enrolment,
        region=st.sampled_from(("110000", "360100")),
        scheme=st.sampled_from(("employee", "resident")),
        standing=st.sampled_from(standings),
        enrolled_from=st.none() | DAY,
        paused_from=paused_from,
        waiting_until=st.none() | DAY,
        arrears_since=st.none() | DAY,
    )


ENROLMENTS = st.lists(
    _enrolments(("enrolled", "invalid"), st.none())
    | _enrolments(("paused", "ended"), st.none() | DAY),
    max_size=4,
)


@given(ENROLMENTS, DAY)
def test_at_most_one_enrolment_counts(enrolments: list[Enrolment], day: dt.date) -> None:
    chosen, others = choose(enrolments, day)
    live = [one for one in enrolments if one.stands(day) in LIVE]
    assert len(others) == max(len(live) - 1, 0)
    assert (chosen is None) == (not live)
    for other in others:
        assert chosen is not None
        assert LIVE.index(chosen.stands(day)) <= LIVE.index(other.stands(day))
    # The order of the list changes nothing but which of equals it is.
    again, _ = choose(enrolments[::-1], day)
    assert (again is None) == (chosen is None)
    if again is not None and chosen is not None:
        assert (again.scheme, again.stands(day)) == (chosen.scheme, chosen.stands(day))


DESIGNATIONS = st.none() | st.builds(Designation, from_=st.none() | DAY, until=st.none() | DAY)


@settings(deadline=None)
@given(ENROLMENTS, DAY, DESIGNATIONS)
def test_whoever_is_entitled_is_enrolled_here_and_has_no_bar(
    enrolments: list[Enrolment], day: dt.date, designation: Designation | None
) -> None:
    table = ms.load("110000/employee")
    claim = ms.Claim(
        benefit="inpatient", date=day, in_scope_fen=0, level="tertiary", status="active"
    )
    answer = entitlement(table, claim, enrolments, designation=designation)
    clear = (
        answer.chosen is not None
        and answer.chosen.name == table.name
        and answer.chosen.stands(day) == "entitled"
        and (designation is None or designation.holds(day))
    )
    assert answer.entitled == clear
    if clear:
        assert answer.claim() == claim
        assert set(answer.funds) <= set(serving(table.settle(answer.claim())))
    else:
        with pytest.raises(ClaimError, match=rf"error\[C116\].*{answer.rows[0].why}"):
            answer.claim()
