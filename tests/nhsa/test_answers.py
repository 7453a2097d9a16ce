"""Every answer passes every identity: shipped policies and random ones, every call and region."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.compile import CompileError, compile_policy
from medsettle.model import Claim, YearToDate
from medsettle.nhsa.answers import COLUMNS, Case, as_called, whole
from medsettle.nhsa.claims import Visit
from medsettle.nhsa.envelope import Reply
from medsettle.nhsa.finding import FAILS, Settled
from medsettle.nhsa.identities import check
from medsettle.nhsa.profiles import Profile, profile, profile_names
from medsettle.nhsa.reading import read_reply
from medsettle.nhsa.reversals import reversed_details, reversed_info
from medsettle.nhsa.writing import write_reply
from medsettle.refusal import ClaimError
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from medsettle.vocabulary import AXES, NUMBERS
from tests.nhsa.ward import FITTED, hospital, insured
from tests.strategies import person_years, policies

SHIPPED = sorted(
    f"{path.parent.name.partition('-')[0]}/{path.stem}"
    for path in (Path(__file__).parents[2] / "policies").glob("*/*.toml")
    if not path.name.endswith((".cases.toml", "limits.toml"))
)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
#: Claims that are drawn until the policy settles one.
TRIES = 20
NOON = dt.datetime(2025, 3, 3, 12)
ACCOUNTS = ("own_account.balance", "family_account.balance")


@functools.cache
def loaded(name: str) -> BenefitTable:
    return ms.load(name)


def case_of(settlement: Settlement, used: Profile, balance: int = 0) -> Case:
    claim = settlement.claim
    visit = Visit(
        insutype="310",
        med_type="21",
        date=claim.date,
        begun=claim.date,
        insuplc_admdvs="110101",
        mdtrtarea_admvs="110101",
        days=1,
    )
    return Case(
        settlement=settlement,
        visit=visit,
        person=insured(born=None),
        hospital=hospital(),
        profile=used,
        mdtrt_id="M1",
        msgid="MSG1",
        setl_time=NOON,
        own_fen=balance,
        setl_id="S1",
    )


def passes(settlement: Settlement, used: Profile) -> None:
    """Assert that no identity fails, in any call's answer, nor in the reversal's."""
    info, details = whole(case_of(settlement, used))
    back = reversed_info(info, setl_id="S2", msgid="MSG2", setl_time=NOON, own_fen=0)
    back_details = reversed_details(details)
    for call in COLUMNS:
        facts = Settled(info=as_called(call, info), details=details, profile=used)
        undone = Settled(
            info=as_called(call, back),
            details=back_details,
            original=as_called(call, info),
            original_details=details,
            profile=used,
        )
        failed = [str(one) for one in (*check(facts), *check(undone)) if one.state == FAILS]
        assert not failed, (call, used.name, settlement, failed)


@st.composite
def shipped_claims(draw: st.DrawFn, table: BenefitTable) -> Claim:
    """A claim that lies where a shipped policy is in force, most of it as usual."""
    span = draw(st.sampled_from([span for span in table.decompiled.spans if span.programs]))
    last = (span.until or span.from_ + dt.timedelta(800)) - dt.timedelta(1)
    date = draw(st.dates(span.from_, last))
    benefit = draw(st.sampled_from(sorted(span.programs)))
    program = table.decompiled.programs[span.programs[benefit]]
    said: dict[str, Any] = {}
    for axis in program.axes:
        if axis in AXES:
            # a class first: some policies serve one value of many
            classes = [
                [value for value in each if value is not None]
                for each in table.decompiled.classes(program, axis).values()
            ]
            said[axis] = draw(st.sampled_from(draw(st.sampled_from(list(filter(None, classes))))))
        elif axis in NUMBERS:
            said[axis] = draw(st.integers(0, 100))
    money = st.one_of(st.integers(0, 2_000_00), st.integers(0, 900_000_00))
    scope = draw(money)
    groups = table.meta.items
    return Claim(
        benefit=benefit,
        date=date,
        in_scope_fen=scope,
        first_step_fen=draw(money),
        over_limit_fen=draw(money),
        full_self_pay_fen=draw(money),
        items={group: scope // len(groups) for group in groups},
        days=draw(st.integers(1, 90)),
        **said,
    )


@pytest.mark.parametrize("name", SHIPPED)
@SLOW
@given(st.data())
def test_shipped_policies(name: str, data: st.DataObject) -> None:
    table = loaded(name)
    before = {
        counter: data.draw(st.integers(0, 3_000_00))
        for counter in ACCOUNTS
        if counter in table.meta.counters
    }
    settled: list[Settlement] = []
    for _ in range(TRIES):
        claim = data.draw(shipped_claims(table))
        with contextlib.suppress(ClaimError):
            first = table.settle(claim, YearToDate(None, before))
            settled = [first, table.settle(claim, first)]
            break
    assume(settled)
    used = profile(data.draw(st.sampled_from(profile_names())))
    for settlement in settled:
        passes(settlement, used)


@SLOW
@given(st.data())
def test_random_policies(data: st.DataObject) -> None:
    policy = data.draw(policies())
    try:
        table = BenefitTable(compile_policy(policy))
    except CompileError:
        reject()
    year: YearToDate | Settlement | None = None
    used = profile(data.draw(st.sampled_from(profile_names())))
    for claim in data.draw(person_years(policy)):
        try:
            year = table.settle(claim, year)
        except ClaimError:
            continue
        passes(year, used)


def test_every_payer_stands_in_the_breakdown_once_and_fits_its_column() -> None:
    table = ms.load("110000/employee")
    claim = Claim.from_yuan(
        date="2025-06-30", benefit="inpatient", level="tertiary", status="retired",
        supplement="retiree_unified", in_scope="164411.81", total="189085.85",
    )  # fmt: skip
    settlement = table.settle(claim, YearToDate(None, {"inpatient_pooled.visits": 1}))
    info, details = whole(case_of(settlement, profile()))
    paid = {name: fen for name, fen in settlement.funds_fen.items() if fen}
    assert [int(row.fund_payamt * 100) for row in details] == list(paid.values())
    assert info.hifp_pay == settlement.pooled
    assert info.hifob_pay == settlement.large_amount
    assert info.oth_pay == settlement.retiree_supplement
    pooled, large, _ = details
    assert [item.polItemCode for item in pooled.setl_proc_info] == ["C001", "C002", "C003"]
    assert sum(item.hifpPay or 0 for item in pooled.setl_proc_info) == settlement.pooled
    assert pooled.crt_payb_lmt_amt == Decimal("100000.00")
    assert [item.polItemCode for item in large.setl_proc_info] == ["L001"]


def test_the_account_is_in_the_fund_total_only_where_the_region_counts_it_in() -> None:
    table = ms.load(str(FITTED / "131100-hengshui-fitted" / "employee.toml"))
    claim = Claim.from_yuan(date="2021-06-01", benefit="outpatient", in_scope="400.00")
    settlement = table.settle(claim, YearToDate(None, {"own_account.balance": 100_00}))
    assert settlement.funds_fen == {"pooled": 150_00, "own_account": 100_00}
    for name, total in {"hebei": "150.00", "guangdong": "250.00"}.items():
        info, _ = whole(case_of(settlement, profile(name)))
        assert (info.fund_pay_sumamt, info.acct_pay) == (Decimal(total), Decimal("100.00"))
        assert (info.psn_part_amt, info.psn_cash_pay) == (Decimal("250.00"), Decimal("150.00"))


def test_a_breakdown_lists_what_the_region_lists() -> None:
    table = ms.load(str(FITTED / "131100-hengshui-fitted" / "employee.toml"))
    claim = Claim.from_yuan(date="2021-06-01", benefit="outpatient", in_scope="400.00")
    settlement = table.settle(claim, YearToDate(None, {"own_account.balance": 100_00}))
    used = profile("hebei")
    _, details = whole(case_of(settlement, used))
    assert [row.fund_pay_type for row in details] == ["310100", "310200"]
    fewer = ms_replace(used, lists_account=False)
    _, details = whole(case_of(settlement, fewer))
    assert [row.fund_pay_type for row in details] == ["310100"]
    passes(settlement, fewer)


def ms_replace(used: Profile, **listed: bool) -> Profile:
    from msgspec.structs import replace

    return replace(used, breakdown=replace(used.breakdown, **listed))


@pytest.mark.parametrize("call", sorted(COLUMNS))
def test_columns_are_those_of_the_call_and_are_read_back(call: str) -> None:
    table = ms.load("110000/employee")
    claim = Claim.from_yuan(
        date="2025-06-30", benefit="inpatient", level="tertiary", status="active",
        in_scope="5000.00",
    )  # fmt: skip
    info, details = whole(case_of(table.settle(claim), profile()))
    said = as_called(call, info)
    stated = {name for name in said.__struct_fields__ if getattr(said, name) is not None}
    assert stated <= COLUMNS[call]
    assert (said.setl_id is None) == (call in ("2206", "2303"))
    assert (said.psn_no is None) == (call == "2305")
    assert (said.refd_setl_flag is None) == (call != "5203")
    written = write_reply(
        Reply(infcode="0", output={"setlinfo": said, "setldetail": details}), call
    )
    names = {"2208": b'"pdn_cash_pay"', "5203": b'"cash_payamt"'}
    assert names.get(call, b'"psn_cash_pay"') in written
    assert (b'"psn_pay"' in written) == (call == "5203")
    back = read_reply(written, call)
    assert back.output == {"setlinfo": said, "setldetail": details}


def test_a_reversal_negates_every_amount_and_keeps_the_rest() -> None:
    table = ms.load("110000/employee")
    claim = Claim.from_yuan(
        date="2025-06-30", benefit="inpatient", level="tertiary", status="active",
        in_scope="50000.01", first_step="3.33",
    )  # fmt: skip
    info, details = whole(case_of(table.settle(claim), profile(), balance=77_00))
    back = reversed_info(info, setl_id="S2", msgid="MSG2", setl_time=NOON, own_fen=99_00)
    for name in info.__struct_fields__:
        was, now = getattr(info, name), getattr(back, name)
        if isinstance(was, Decimal) and name not in ("balc", "pool_prop_selfpay", "age"):
            assert now == -was, name
            assert not (now.is_signed() and now == 0), name
    assert back.balc == Decimal("99.00")
    assert (back.setl_id, back.init_setl_id, back.refd_setl_flag) == ("S2", "S1", "1")
    for was, now in zip(details, reversed_details(details), strict=True):
        assert now.fund_payamt == -was.fund_payamt
        assert [item.hifpPay for item in now.setl_proc_info] == [
            -(item.hifpPay or 0) for item in was.setl_proc_info
        ]
        assert [item.poolPropSelfpay for item in now.setl_proc_info] == [
            item.poolPropSelfpay for item in was.setl_proc_info
        ]


def test_a_case_shows_nobody() -> None:
    table = ms.load("110000/employee")
    claim = Claim.from_yuan(
        date="2025-06-30", benefit="inpatient", level="tertiary", status="active", in_scope="1.00"
    )
    assert "P-ONE" not in repr(case_of(table.settle(claim), profile()))
