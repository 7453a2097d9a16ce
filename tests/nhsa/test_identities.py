"""Consistent answers pass every identity; a fen more or less anywhere fails one that is stated."""

from __future__ import annotations

import functools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from medsettle.money import half_up, yuan
from medsettle.nhsa.finding import FAILS, NOT_APPLICABLE, NOTE, OK, Settled, amount_fields
from medsettle.nhsa.identities import check, failures
from medsettle.nhsa.line_sums import LINE_FOUR
from medsettle.nhsa.listing import ListHead, ListItem
from medsettle.nhsa.messages import FeeResult, ProcItem, SetlDetail, SetlInfo
from medsettle.nhsa.profiles import Profile, profile
from medsettle.nhsa.sums import FOUR, FUNDS

FEN = Decimal("0.01")
CODES = {
    "hifp_pay": "310100", "cvlserv_pay": "320100", "hifes_pay": "370100", "hifmi_pay": "390200",
    "hifob_pay": "330100", "maf_pay": "610100", "oth_pay": "510100",
}  # fmt: skip


@functools.cache
def region(*, with_account: bool, known: bool = True) -> Profile:
    """Return a profile whose breakdown is known, with or without the account in the total."""
    used = profile("guangdong" if with_account else "chongqing")
    breakdown = msgspec.structs.replace(used.breakdown, known=True)
    total = msgspec.structs.replace(used.fund_total, known=known)
    return msgspec.structs.replace(used, breakdown=breakdown, fund_total=total)


@st.composite
def lines(draw: st.DrawFn) -> FeeResult:
    price = draw(st.decimals("0.01", "5000", places=4))
    count = draw(st.decimals("0.5", "30", places=2))
    rest = amount = yuan(half_up(Fraction(price) * Fraction(count) * 100))
    parts = []
    for _ in range(3):
        part = draw(st.sampled_from([Decimal(0), rest, (rest / 7).quantize(FEN)]))
        part = min(part, rest)
        rest -= part
        parts.append(part)
    names = dict(zip(LINE_FOUR, (*parts, rest), strict=True))
    return FeeResult(feedetl_sn="1", det_item_fee_sumamt=amount, cnt=count, pric=price, **names)


def _part(draw: st.DrawFn, rest: Decimal) -> Decimal:
    """Draw a part of what is left: nothing, all, or so many hundredths."""
    hundredths = draw(st.sampled_from([0, 0, 1, 30, 70, 100]))
    return (rest * hundredths / 100).quantize(FEN, rounding="ROUND_DOWN")


def _bands(draw: st.DrawFn, pay: Decimal) -> tuple[ProcItem, ...]:
    """Return a band that gives the payment exactly, sometimes."""
    if not pay or draw(st.booleans()):
        return ()
    ratio = draw(st.sampled_from([Decimal("1.0000"), Decimal("0.5000")]))
    return (
        ProcItem(polItemCode="C001", hifpPayInscp=pay / ratio, poolPropSelfpay=ratio, hifpPay=pay),
    )


@st.composite
def settled(draw: st.DrawFn) -> Settled:
    """Draw a settlement in which everything adds up."""
    with_account = draw(st.booleans())
    split = tuple(draw(st.lists(lines(), min_size=1, max_size=4)))
    four = {
        name: sum((getattr(line, own) for line in split), Decimal(0))
        for name, own in zip(FOUR, LINE_FOUR, strict=True)
    }
    total = sum(four.values(), Decimal(0))
    rest = four["inscp_scp_amt"]
    deductible = _part(draw, rest)
    rest -= deductible
    funds = {}
    for name in FUNDS:
        funds[name] = _part(draw, rest)
        rest -= funds[name]
    paid = sum(funds.values(), Decimal(0))
    hospital = _part(draw, total - paid)
    person = total - paid - hospital
    account = _part(draw, person)
    details = [
        SetlDetail(
            fund_pay_type=CODES[name],
            fund_payamt=pay,
            crt_payb_lmt_amt=draw(st.sampled_from([None, Decimal(0), pay])),
            setl_proc_info=_bands(draw, pay),
        )
        for name, pay in funds.items()
        if pay
    ]
    others = {"310200": account, "999996": hospital}
    details += [SetlDetail(fund_pay_type=code, fund_payamt=pay) for code, pay in others.items()]
    info = SetlInfo(
        medfee_sumamt=total,
        **four,
        **funds,
        act_pay_dedc=deductible,
        crt_dedc=deductible + _part(draw, Decimal(100)),
        fund_pay_sumamt=paid + (account if with_account else 0),
        psn_part_amt=person,
        acct_pay=account,
        acct_mulaid_pay=_part(draw, account),
        psn_cash_pay=person - account,
        hosp_part_amt=hospital,
        hi_agre_sumfee=total,
        balc=Decimal(500),
    )
    return Settled(
        info=info, details=tuple(details), lines=split, profile=region(with_account=with_account)
    )


def moved(facts: Settled, field: str, by: Decimal) -> Settled:
    """Return a settlement with one field of `setlinfo` moved."""
    value = getattr(facts.info, field)
    info = msgspec.structs.replace(facts.info, **{field: value + by})
    return msgspec.structs.replace(facts, info=info)


def negated(facts: Settled) -> Settled:
    """Return the reversal of a settlement, beside its original."""
    assert facts.info is not None
    amounts = {
        name: -value for name in amount_fields() if (value := getattr(facts.info, name)) is not None
    }
    own = facts.info.acct_pay - facts.info.acct_mulaid_pay  # type: ignore[operator]
    assert facts.info.balc is not None
    assert facts.info.crt_dedc is not None
    info = msgspec.structs.replace(
        facts.info, **amounts, balc=facts.info.balc + own, crt_dedc=-facts.info.crt_dedc
    )
    details = tuple(
        SetlDetail(fund_pay_type=one.fund_pay_type, fund_payamt=-one.fund_payamt)
        for one in facts.details
    )
    return Settled(
        info=info,
        details=details,
        original=facts.info,
        original_details=facts.details,
        profile=facts.profile,
    )


#: What the identities pin to the fen; the others have bounds only.
PINNED = [
    "medfee_sumamt", *FOUR, *FUNDS, "fund_pay_sumamt", "psn_part_amt", "acct_pay", "psn_cash_pay",
    "hosp_part_amt", "hi_agre_sumfee",
]  # fmt: skip
SIGNS = st.sampled_from([FEN, -FEN])


@given(facts=settled())
def test_consistent_answers_pass(facts: Settled) -> None:
    found = check(facts)
    assert [finding for finding in found if finding.state in (FAILS, NOTE)] == []
    said = {finding.identity for finding in found if finding.state == OK}
    wanted = {"I0", "I0b", "I1", "I1b", "I2", "I3", "I4", "I5", "I6", "I8", "I9", "I12", "I13"}
    assert wanted <= said


@given(facts=settled(), field=st.sampled_from(PINNED), by=SIGNS)
def test_a_fen_anywhere_fails(facts: Settled, field: str, by: Decimal) -> None:
    # I12 takes the total without the hospital's part, too: a fen less may be just that
    assume(field != "hi_agre_sumfee" or facts.info.hosp_part_amt != -by)
    found = failures(moved(facts, field, by))
    assert found
    assert any(abs(finding.by) == FEN for finding in found), "it says by how much"
    assert any(name == field for finding in found for name, _ in finding.terms), "it says where"


@given(facts=settled(), by=SIGNS, data=st.data())
def test_a_fen_in_the_breakdown_fails(facts: Settled, by: Decimal, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(facts.details) - 1))
    details = list(facts.details)
    amount = details[at].fund_payamt + by
    details[at] = msgspec.structs.replace(details[at], fund_payamt=amount)
    found = failures(msgspec.structs.replace(facts, details=tuple(details)))
    assert "I8" in {finding.identity for finding in found}


@given(facts=settled(), by=SIGNS, data=st.data())
def test_a_fen_in_a_line_fails(facts: Settled, by: Decimal, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(facts.lines) - 1))
    field = data.draw(st.sampled_from(["det_item_fee_sumamt", *LINE_FOUR]))
    split = list(facts.lines)
    split[at] = msgspec.structs.replace(split[at], **{field: getattr(split[at], field) + by})
    found = failures(msgspec.structs.replace(facts, lines=tuple(split)))
    (line,) = [finding for finding in found if finding.identity == "I0b"]
    assert (line.row, abs(line.by)) == (at + 1, FEN)


@given(facts=settled(), data=st.data())
def test_a_reversal_is_the_exact_negation(facts: Settled, data: st.DataObject) -> None:
    reversal = negated(facts)
    if facts.info is not None and not facts.info.medfee_sumamt:
        return
    found = check(reversal)
    assert [finding for finding in found if finding.state in (FAILS, NOTE)] == []
    assert [finding.state for finding in found if finding.identity == "I10"] == [OK]
    field = data.draw(st.sampled_from(amount_fields()))
    if getattr(reversal.info, field) is not None:
        wrong = {finding.identity for finding in failures(moved(reversal, field, -FEN))}
        assert "I10" in wrong


@given(facts=settled())
def test_where_the_region_does_not_say_the_amounts_do(facts: Settled) -> None:
    unknown = region(with_account=facts.profile.total_includes_account, known=False)
    found = check(msgspec.structs.replace(facts, profile=unknown))
    assert [finding for finding in found if finding.state == FAILS] == []


@given(facts=settled())
def test_the_wrong_convention_is_seen(facts: Settled) -> None:
    assert facts.info is not None
    other = region(with_account=not facts.profile.total_includes_account)
    found = {one.identity for one in failures(msgspec.structs.replace(facts, profile=other))}
    assert ({"I2", "I4", "I4c"} <= found) == bool(facts.info.acct_pay)


@given(facts=settled(), field=st.sampled_from(amount_fields()))
def test_a_missing_field_is_never_a_crash_and_is_named(facts: Settled, field: str) -> None:
    if field == "medfee_sumamt":
        return
    info = msgspec.structs.replace(facts.info, **{field: None})
    for finding in check(msgspec.structs.replace(facts, info=info)):
        assert finding.state in (OK, FAILS, NOT_APPLICABLE, NOTE)
        assert finding.state != NOT_APPLICABLE or finding.missing or finding.text


def info_of(**amounts: str) -> SetlInfo:
    return SetlInfo(**{name: Decimal(value) for name, value in amounts.items()})


def states_of(facts: Settled) -> dict[str, str]:
    return {finding.identity: finding.state for finding in check(facts)}


def test_a_deductible_above_the_scope_fails() -> None:
    info = info_of(medfee_sumamt="10", inscp_scp_amt="5", act_pay_dedc="6", fund_pay_sumamt="0")
    assert states_of(Settled(info=info))["I5"] == FAILS


def test_funds_beyond_the_scope_are_noted() -> None:
    info = info_of(medfee_sumamt="10", inscp_scp_amt="5", act_pay_dedc="1", fund_pay_sumamt="4.5")
    assert states_of(Settled(info=info))["I5"] == NOTE


def test_a_deductible_consumed_beyond_the_one_due_fails() -> None:
    facts = Settled(info=info_of(medfee_sumamt="10", act_pay_dedc="6", crt_dedc="5.99"))
    assert states_of(facts)["I13"] == FAILS
    facts = Settled(info=info_of(medfee_sumamt="10", act_pay_dedc="6", crt_dedc="6", dedc_std="5"))
    assert [one.state for one in check(facts) if one.identity == "I13"] == [OK, NOTE]


def test_a_family_part_above_the_account_fails() -> None:
    info = info_of(medfee_sumamt="10", acct_pay="1", acct_mulaid_pay="1.01")
    assert states_of(Settled(info=info))["I9"] == FAILS


def test_a_fund_above_its_room_fails() -> None:
    detail = SetlDetail(
        fund_pay_type="310100", fund_payamt=Decimal("5.01"), crt_payb_lmt_amt=Decimal(5)
    )
    assert states_of(Settled(details=(detail,)))["I14"] == FAILS


@pytest.mark.parametrize(
    ("pay", "state"), [("10103.92", OK), ("10103.93", FAILS), ("10103.91", FAILS)]
)
def test_a_band_pays_base_times_ratio(pay: str, state: str) -> None:
    item = ProcItem(
        polItemCode="C001",
        hifpPayInscp=Decimal("12028.48"),
        poolPropSelfpay=Decimal("0.84"),
        hifpPay=Decimal(pay),
    )
    detail = SetlDetail(fund_pay_type="310100", fund_payamt=Decimal(pay), setl_proc_info=(item,))
    assert states_of(Settled(details=(detail,)))["I7"] == state


def test_a_pooled_fund_above_its_ratio_is_noted() -> None:
    amounts = {"medfee_sumamt": "576.07", "inscp_scp_amt": "576.07", "pool_prop_selfpay": "0.7"}
    for pay, state in (("210", OK), ("403.25", OK), ("404", NOTE)):
        facts = Settled(info=info_of(**amounts, hifp_pay=pay))
        assert next(one.state for one in check(facts) if one.identity == "I7") == state


@pytest.mark.parametrize(("agreed", "state"), [("100", OK), ("90", FAILS), ("95", OK), ("70", OK)])
def test_what_is_recognised(agreed: str, state: str) -> None:
    amounts: dict[str, Any] = {
        "medfee_sumamt": "100", "hi_agre_sumfee": agreed, "psn_part_amt": "30",
        "fund_pay_sumamt": "40",
    }  # fmt: skip
    if agreed == "95":
        amounts["medins_disc_amt"] = "5"
    assert states_of(Settled(info=info_of(**amounts)))["I12"] == state


@pytest.mark.parametrize(
    ("item", "cash", "total", "state"),
    [
        ("60", "70", "120", OK),
        ("61", "70", "122", FAILS),
        ("60", "71", "120", FAILS),
        ("60", "70", "120.01", FAILS),
    ],
)
def test_the_settlement_list(item: str, cash: str, total: str, state: str) -> None:
    classes = ("item_claa_sumfee", "item_clab_amt", "item_fulamt_ownpay_amt", "item_ownpay_amt")
    parts = dict(zip(classes, map(Decimal, ("10", "20", "25", "5")), strict=True))
    rows = (ListItem(item_sumamt=Decimal(item), **parts),) * 2
    head = ListHead(
        psn_selfpay=Decimal(50), psn_ownpay=Decimal(30), acct_pay=Decimal(10),
        psn_cashpay=Decimal(cash), medfee_sumamt=Decimal(total),
    )  # fmt: skip
    assert states_of(Settled(list_head=head, list_items=rows))["I11"] == state


@pytest.mark.parametrize(("amount", "state"), [("6.01", OK), ("6.02", FAILS), ("5.98", FAILS)])
def test_a_line_may_be_off_by_a_fen(amount: str, state: str) -> None:
    line = FeeResult(
        feedetl_sn="1", det_item_fee_sumamt=Decimal(amount), cnt=Decimal(3), pric=Decimal(2)
    )
    assert states_of(Settled(lines=(line,)))["I0"] == state


def test_a_total_that_is_not_the_sum_of_the_lines_fails() -> None:
    line = FeeResult(
        feedetl_sn="1", det_item_fee_sumamt=Decimal(6), cnt=Decimal(3), pric=Decimal(2)
    )
    facts = Settled(info=info_of(medfee_sumamt="6.01"), lines=(line,))
    assert states_of(facts)["I0"] == FAILS


def test_a_reversal_may_use_a_neighbouring_code() -> None:
    """Published: 330101 and 999996 in a settlement, 330100 and 999997 in a cancelled one."""

    def details(*rows: tuple[str, str]) -> tuple[SetlDetail, ...]:
        return tuple(SetlDetail(fund_pay_type=code, fund_payamt=Decimal(pay)) for code, pay in rows)

    facts = Settled(
        info=info_of(medfee_sumamt="-7"),
        details=details(("330100", "-5"), ("999997", "-2")),
        original=info_of(medfee_sumamt="7"),
        original_details=details(("330101", "5"), ("999996", "2")),
        profile=profile("chongqing"),
    )
    assert states_of(facts)["I10"] == OK
    facts = msgspec.structs.replace(facts, details=details(("330100", "-4"), ("999997", "-3")))
    assert states_of(facts)["I10"] == FAILS


def test_a_reversal_without_its_original_has_negative_amounts() -> None:
    assert states_of(Settled(info=info_of(medfee_sumamt="-7")))["I10"] == NOT_APPLICABLE
    info = info_of(medfee_sumamt="-7", hifp_pay="3")
    assert states_of(Settled(info=info))["I10"] == FAILS


def test_a_fund_inside_other_cannot_be_above_it() -> None:
    facts = Settled(
        info=info_of(medfee_sumamt="9", fund_pay_sumamt="4", oth_pay="4", hifdm_pay="5")
    )
    assert states_of(facts)["I4b"] == FAILS


def test_a_total_below_the_funds_that_are_stated_fails() -> None:
    """What is missing could only add to them."""
    amounts = {"medfee_sumamt": "9", "hifp_pay": "2"}
    for total, state in (("1", FAILS), ("2", OK), ("3", NOT_APPLICABLE)):
        assert states_of(Settled(info=info_of(**amounts, fund_pay_sumamt=total)))["I4"] == state


@pytest.mark.parametrize(("pay", "state"), [("50", OK), ("50.01", FAILS), ("49.99", NOTE)])
def test_a_fund_pays_what_its_bands_pay(pay: str, state: str) -> None:
    """Less where a ceiling cut them, never more."""
    item = ProcItem(
        polItemCode="C001",
        hifpPayInscp=Decimal(100),
        poolPropSelfpay=Decimal("0.5"),
        hifpPay=Decimal(50),
    )
    detail = SetlDetail(fund_pay_type="310100", fund_payamt=Decimal(pay), setl_proc_info=(item,))
    said = [one.state for one in check(Settled(details=(detail,))) if one.identity == "I7"]
    assert said[0] == state
