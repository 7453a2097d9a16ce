"""The desk: calls in their order, in a wrong one, twice, undone; and what each leaves behind."""

from __future__ import annotations

import datetime as dt
import doctest
import json
import re
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import medsettle as ms
from medsettle.bill.refused import LineReason
from medsettle.entitlement import Entitlement, FundEntitlement
from medsettle.model import YearToDate
from medsettle.nhsa import uploads
from medsettle.nhsa.answers import COLUMNS
from medsettle.nhsa.desk import CALLS, Desk
from medsettle.nhsa.entitled import rows_of
from medsettle.nhsa.finding import FAILS, Settled, amount_fields
from medsettle.nhsa.identities import check
from medsettle.nhsa.messages import CumRequest, Extension, FeeDetail, Reply
from medsettle.nhsa.refusing import CODES, MessageError
from medsettle.nhsa.writing import write_request
from tests.nhsa.messages import as_json, request
from tests.nhsa.ward import FITTED, Ward, beijing, catalogue, hospital, insured

AMOUNTS = {*amount_fields(), "balc", "pool_prop_selfpay"}
BILL = ((1, "4.52", "1", "class_b"), (2, "120", "30"), (3, "1.5", "1", "own"))


def refused(reply: Reply, code: str, field: str = "") -> str:
    assert (reply.infcode, dict(reply.output)) == ("-1", {})
    text = reply.err_msg or ""
    assert text.startswith(f"[{code}]"), text
    assert field in text
    return text


def settled(here: Ward, **more: Any) -> tuple[str, Any]:
    """An outpatient visit, charged and settled: its id, and the answer."""
    visit = here.visit()
    results = here.charges(visit, *BILL)
    return visit, here.ok("2207", "data", here.outpatient(visit, results, **more))


def year(here: Ward) -> dict[str, int]:
    """What every person's ledger carries, whatever the insurance."""
    ledgers = here.desk._files.ledgers.values()
    return {name: fen for one in ledgers for name, fen in one.year_to_date.counters.items() if fen}


# ---------------------------------------------------------------------------- as it should go


def test_what_is_previewed_is_what_is_settled() -> None:
    here = beijing()
    visit = here.visit()
    results = here.charges(visit, *BILL)
    request = here.outpatient(visit, results)
    first, again = (here.ok("2206", "data", request) for _ in range(2))
    assert year(here) == {}
    final = here.ok("2207", "data", request)
    own = ("setl_id", "medins_setl_id")
    for preview in (first, again):
        for name in preview["setlinfo"].__struct_fields__:
            if name not in own:
                assert getattr(preview["setlinfo"], name) == getattr(final["setlinfo"], name)
        assert preview["setldetail"] == final["setldetail"]
    assert first["setlinfo"].setl_id is None
    assert final["setlinfo"].setl_id == "S000001"


def test_the_year_goes_on_from_visit_to_visit() -> None:
    here = beijing()
    _, first = settled(here)
    here.later(days=1)
    _, second = settled(here)
    assert first["setlinfo"].act_pay_dedc == Decimal("1800.00")
    assert second["setlinfo"].act_pay_dedc == 0
    direct = ms.load("110000/employee")
    claim = ms.Claim.from_yuan(
        date="2025-03-03", benefit="outpatient", level="tertiary", status="active", age=54,
        in_scope="3604.29", first_step="0.23", full_self_pay="1.50",
    )  # fmt: skip
    one = direct.settle(claim)
    two = direct.settle(replace(claim, date=dt.date(2025, 3, 4)), one)
    found = [answer["setlinfo"].fund_pay_sumamt for answer in (first, second)]
    assert found == [one.total_funds, two.total_funds]
    assert year(here) == dict(two.ytd.counters)


def test_a_stay_in_parts_is_one_stay() -> None:
    here = beijing()
    visit = here.admits()
    here.later(days=10)
    here.charges_stay(visit, (1, "3000", "10"))
    part = here.ok("2304", "data", here.inpatient(visit, "30000", mid_setl_flag="1"))
    here.later(days=5)
    here.charges_stay(visit, (2, "3000", "10"))
    rest = here.ok("2304", "data", here.inpatient(visit, "30000"))
    assert part["setlinfo"].act_pay_dedc == Decimal("1300.00")
    desk = here.desk._files
    cases = [desk.booked[one["setlinfo"].setl_id].case for one in (part, rest)]
    assert [case.settlement.claim.continues for case in cases] == [False, True]
    assert [case.settlement.claim.days for case in cases] == [11, 4]
    assert [case.settlement.claim.discharged for case in cases] == [None, dt.date(2025, 3, 18)]
    assert year(here)["inpatient_pooled.visits"] == 1
    refused(here.send("2304", "data", here.inpatient(visit, "1")), "N202", "mdtrt_id")


def test_the_days_of_a_stay_limit_its_lines() -> None:
    here = beijing()
    visit = here.admits()
    here.later(days=3)
    (line,) = here.charges_stay(visit, (1, "10", "5", "by_day"))
    assert (line.inscp_scp_amt, line.fulamt_ownpay_amt) == (Decimal("30.00"), Decimal("20.00"))
    here.later(days=1)
    final = here.ok("2304", "data", here.inpatient(visit, "50"))
    assert final["setlinfo"].inscp_scp_amt == Decimal("40.00")


def test_a_return_undoes_its_line() -> None:
    here = beijing()
    visit = here.admits()
    here.charges_stay(visit, (1, "130", "2", "limited"))
    row = here.line(visit, 2, "130", "-1", "limited", init_feedetl_sn="1")
    (back,) = here.ok("2301", "feedetail", (row,))["result"]
    assert (back.det_item_fee_sumamt, back.overlmt_amt) == (Decimal("-130.00"), Decimal("-30.00"))
    final = here.ok("2304", "data", here.inpatient(visit, "130"))["setlinfo"]
    assert (final.medfee_sumamt, final.overlmt_selfpay) == (Decimal("130.00"), Decimal("30.00"))
    assert final.preselfpay_amt + final.inscp_scp_amt == Decimal("100.00")


def test_every_answer_passes_the_identities() -> None:
    here = beijing(insured(balc="500.00"))
    visit, final = settled(here, acct_used_flag="1")
    used = here.desk.profile
    row = here.asks(final["setlinfo"].setl_id, visit)
    undone = here.cancels("2208", final["setlinfo"].setl_id, visit).output
    for output, original in ((final, None), (row, None), (undone, final)):
        facts = Settled(
            info=output["setlinfo"],
            details=output["setldetail"],
            original=original and original["setlinfo"],
            original_details=original["setldetail"] if original else (),
            profile=used,
        )
        assert [one for one in check(facts) if one.state == FAILS] == []


def test_without_a_catalogue_the_four_amounts_are_stated() -> None:
    here = Ward(Desk(ms.load("110000/employee"), people=[insured()], hospitals=[hospital()]))
    visit = here.admits()
    amounts = {
        "fulamt_ownpay_amt": Decimal(2), "overlmt_selfpay": Decimal(0),
        "preselfpay_amt": Decimal(8), "inscp_scp_amt": Decimal(9990),
    }  # fmt: skip
    final = here.ok("2304", "data", here.inpatient(visit, "10000", **amounts))["setlinfo"]
    assert (final.act_pay_dedc, final.hifp_pay) == (Decimal("1300.00"), Decimal("7386.50"))
    other = here.admits()
    refused(here.send("2303", "data", here.inpatient(other, "10000")), "N106", "fulamt_ownpay_amt")
    wrong = here.inpatient(other, "10001", **amounts)
    text = refused(here.send("2303", "data", wrong), "N201", "medfee_sumamt")
    assert "10000.00" in text
    assert "10001" in text
    rows = (here.line(other, 1, "1"),)
    refused(here.send("2301", "feedetail", rows), "N202", "catalogue")


# ---------------------------------------------------------------------------- the accounts


def hengshui(**person: Any) -> Ward:
    table = ms.load(str(FITTED / "131100-hengshui-fitted" / "employee.toml"))
    people = [insured(region="131102", **person)]
    desk = Desk(table, catalogue("131100"), people=people, hospitals=[hospital()])
    here = Ward(desk, area="131102")
    here.clock = dt.datetime(2021, 6, 1, 8)
    return here


def charged(here: Ward, price: str, **more: Any) -> Any:
    here.later(minutes=1)
    visit = here.visit()
    results = here.charges(visit, (1, price))
    return visit, here.ok("2207", "data", here.outpatient(visit, results, **more))["setlinfo"]


def test_an_account_that_is_not_to_be_used_keeps_what_it_has() -> None:
    here = hengshui(balc="100.00")
    for flag, paid, balance in (("0", 0, 100), ("1", 20, 80), ("0", 0, 80), ("2", 0, 80)):
        _, info = charged(here, "20", acct_used_flag=flag)
        assert (info.acct_pay, info.balc, info.psn_cash_pay) == (paid, balance, 20 - paid)
        assert info.psn_part_amt == 20
    _, info = charged(here, "200", acct_used_flag="1")
    assert (info.acct_pay, info.balc) == (80, 0)


def test_cancelling_gives_the_account_back_whatever_came_between() -> None:
    here = hengshui(balc="100.00")
    made = [charged(here, "30", acct_used_flag=flag) for flag in ("1", "0", "1")]
    assert [info.balc for _, info in made] == [70, 70, 40]
    back = [
        here.cancels("2208", info.setl_id, visit).output["setlinfo"].balc
        for visit, info in reversed(made)
    ]
    assert back == [70, 70, 100]


def test_a_policy_without_an_account_leaves_it_alone() -> None:
    table = ms.load(str(FITTED / "430000-hunan" / "employee.toml"))
    desk = Desk(
        table, catalogue("430000"), people=[insured(region="430100", balc="9.99")],
        hospitals=[hospital()],
    )  # fmt: skip
    here = Ward(desk, area="430100")
    here.clock = dt.datetime(2021, 12, 1, 8)
    visit = here.admits()
    here.charges_stay(visit, (1, "100"))
    info = here.ok("2304", "data", here.inpatient(visit, "100", acct_used_flag="1"))["setlinfo"]
    assert (info.acct_pay, info.balc, info.psn_cash_pay) == (0, Decimal("9.99"), 16)


def test_another_flag_is_refused() -> None:
    here = hengshui()
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, (1, "1")), acct_used_flag="3")
    refused(here.send("2206", "data", request), "N114", "acct_used_flag")


# ---------------------------------------------------------------------------- sums


@pytest.mark.parametrize(
    "field", ["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]
)
def test_each_of_the_four_sums_must_agree(field: str) -> None:
    here = beijing()
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, *BILL))
    right = getattr(request, field)
    wrong = replace(request, **{field: right + Decimal("0.01")})
    text = refused(here.send("2207", "data", wrong), "N201", field)
    assert f"{right}" in text
    assert f"{right + Decimal('0.01')}" in text
    refused(here.send("2207", "data", replace(request, **{field: None})), "N106", field)
    assert here.send("2206", "data", replace(request, **{field: None})).infcode == "0"
    assert here.send("2207", "data", request).infcode == "0"


def test_the_total_must_be_the_sum_of_the_lines() -> None:
    here = beijing()
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, *BILL))
    for call in ("2206", "2207"):
        wrong = replace(request, medfee_sumamt=Decimal("3606.01"))
        text = refused(here.send(call, "data", wrong), "N201", "medfee_sumamt")
        assert "3606.02" in text


def test_a_stay_may_leave_the_four_sums_out_or_zero() -> None:
    here = beijing()
    visit = here.admits()
    here.charges_stay(visit, (1, "10"))
    zero = dict.fromkeys(
        ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), Decimal(0)
    )
    wrong = {**zero, "inscp_scp_amt": Decimal(9)}
    refused(here.send("2304", "data", here.inpatient(visit, "10", **wrong)), "N201", "inscp")
    assert here.send("2304", "data", here.inpatient(visit, "10", **zero)).infcode == "0"


def test_refused_lines_are_told_with_their_rows() -> None:
    here = beijing()
    visit = here.visit()
    rows = [here.line(visit, number, "1", chrg_bchno="B1") for number in (1, 2, 3)]
    rows[1] = replace(rows[1], det_item_fee_sumamt=Decimal("1.02"))
    rows[2] = replace(rows[2], med_list_codg="XA01ABA075A001010100999")
    text = refused(here.send("2204", "feedetail", tuple(rows)), "N208", "row 2")
    assert "row 2: `feedetail.det_item_fee_sumamt`" in text
    assert "row 2 L105, row 3 L102" in text
    rows[1] = replace(rows[1], det_item_fee_sumamt=Decimal("1.00"), hosp_appr_flag="7")
    refused(
        here.send("2204", "feedetail", tuple(rows)), "N114", "row 2: `feedetail.hosp_appr_flag`"
    )
    assert here.charges(visit, (1, "1"))


def test_what_is_wrong_with_a_line_is_told_of_the_interfaces_field() -> None:
    assert {reason.field for reason in LineReason} == set(uploads._FIELDS)
    assert set(uploads._FIELDS.values()) <= set(FeeDetail.__struct_fields__)


# ---------------------------------------------------------------------------- wrong order


def test_calls_come_in_their_order() -> None:
    here = beijing()
    row = here.line("M000009", 1, "1", chrg_bchno="B1")
    refused(here.send("2204", "feedetail", (row,)), "N203", "mdtrt_id")
    visit = here.registers()
    row = replace(row, mdtrt_id=visit)
    refused(here.send("2204", "feedetail", (row,)), "N202", "2203")
    here.describes(visit)
    nothing = here.outpatient(visit, ())
    refused(here.send("2206", "data", nothing), "N202", "chrg_bchno")
    results = here.charges(visit, (1, "1"))
    refused(here.send("2207", "data", here.outpatient(visit, results, chrg_bchno="B2")), "N202")
    final = here.ok("2207", "data", here.outpatient(visit, results))
    refused(here.send("2207", "data", here.outpatient(visit, results)), "N202", "not settled yet")
    setl_id = final["setlinfo"].setl_id
    refused(here.cancels("2305", setl_id, visit), "N202", "a stay")
    assert here.cancels("2208", setl_id, visit).infcode == "0"
    refused(here.cancels("2208", setl_id, visit), "N206", "stands")
    refused(here.cancels("2208", "S000002", visit), "N206", "reversal")


def test_calls_for_stays_and_for_visits_are_not_mixed() -> None:
    here = beijing()
    visit, stay = here.visit(), here.admits()
    row = here.line(visit, 1, "1")
    refused(here.send("2301", "feedetail", (row,)), "N202", "a stay")
    row = here.line(stay, 1, "1", chrg_bchno="B1")
    refused(here.send("2204", "feedetail", (row,)), "N202", "outpatient")
    refused(here.send("2303", "data", here.inpatient(visit, "1")), "N202")
    refused(here.send("2206", "data", here.outpatient(stay, ())), "N202")
    refused(here.undoes(stay), "N202")
    refused(here.undoes_stay(visit, "0000"), "N202")


def test_a_visit_is_settled_as_what_it_was_opened_for() -> None:
    here = beijing()
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, (1, "1")))
    refused(here.send("2206", "data", replace(request, med_type="13")), "N212", "med_type")
    refused(here.send("2206", "data", replace(request, insutype="390")), "N212", "insutype")
    refused(here.send("2203", "mdtrtinfo", described(here, visit, "13")), "N212", "med_type")


def described(here: Ward, visit: str, med_type: str) -> Any:
    from medsettle.nhsa.messages import OutpatientVisit

    return OutpatientVisit(
        mdtrt_id=visit, psn_no=here.psn_no, med_type=med_type, begntime=here.clock
    )


def test_a_batch_is_sent_once_and_whole() -> None:
    here = beijing()
    visit = here.visit()
    here.charges(visit, (1, "1"))
    again = here.line(visit, 1, "1", chrg_bchno="B2")
    refused(here.send("2204", "feedetail", (again,)), "N205", "feedetl_sn")
    more = here.line(visit, 2, "1", chrg_bchno="B1")
    refused(here.send("2204", "feedetail", (more,)), "N205", "chrg_bchno")
    twins = tuple(
        here.line(visit, number, "1", chrg_bchno="B2", dise_codg=disease)
        for number, disease in ((2, "M01"), (3, "M02"))
    )
    refused(here.send("2204", "feedetail", twins), "N212", "dise_codg")
    refused(here.send("2204", "feedetail", (replace(more, chrg_bchno=None),)), "N106", "chrg_bchno")
    others = (here.line(visit, 2, "1", chrg_bchno="B2"), here.line("M9", 3, "1", chrg_bchno="B2"))
    refused(here.send("2204", "feedetail", others), "N203", "mdtrt_id")


def test_several_batches_of_one_call_are_split_and_settled_each_for_itself() -> None:
    here = beijing()
    visit = here.visit()
    rows = tuple(
        here.line(visit, number, "100", chrg_bchno=batch)
        for number, batch in ((1, "A"), (2, "B"), (3, "A"))
    )
    results = here.ok("2204", "feedetail", rows)["result"]
    assert [row.feedetl_sn for row in results] == ["1", "2", "3"]
    part = here.outpatient(visit, (results[0], results[2]), chrg_bchno="A")
    assert here.ok("2207", "data", part)["setlinfo"].medfee_sumamt == 200
    rest = here.outpatient(visit, (results[1],), chrg_bchno="B")
    assert here.ok("2207", "data", rest)["setlinfo"].medfee_sumamt == 100


# ---------------------------------------------------------------------------- taken back


def test_lines_are_taken_back_but_for_settled_ones() -> None:
    here = beijing()
    visit = here.visit()
    results = here.charges(visit, (1, "1"), batch="A")
    here.charges(visit, (2, "1"), batch="B")
    refused(here.undoes(visit, "C"), "N203", "chrg_bchno")
    final = here.ok("2207", "data", here.outpatient(visit, results, chrg_bchno="A"))
    refused(here.undoes(visit, "A"), "N206", "2208")
    assert here.undoes(visit).infcode == "0"
    refused(here.send("2206", "data", here.outpatient(visit, (), chrg_bchno="B")), "N202")
    assert here.cancels("2208", final["setlinfo"].setl_id, visit).infcode == "0"
    assert here.undoes(visit, "A").infcode == "0"
    assert here.charges(visit, (1, "2"), batch="A")


def test_lines_of_a_stay_are_taken_back_one_by_one_or_all() -> None:
    here = beijing()
    visit = here.admits()
    here.charges_stay(visit, (1, "130", "2", "limited"), (2, "1"))
    row = here.line(visit, 3, "130", "-1", "limited", init_feedetl_sn="1")
    here.ok("2301", "feedetail", (row,))
    refused(here.undoes_stay(visit, "9"), "N203", "feedetl_sn")
    refused(here.undoes_stay(visit, "1"), "N206", "returns")
    assert here.undoes_stay(visit, "1", "3").infcode == "0"
    final = here.ok("2303", "data", here.inpatient(visit, "1"))
    assert final["setlinfo"].medfee_sumamt == 1
    assert here.undoes_stay(visit, "0000").infcode == "0"
    refused(here.send("2303", "data", here.inpatient(visit, "1")), "N202", "2301")


def test_only_the_latest_settlement_is_cancelled() -> None:
    here = beijing()
    made = [settled(here) for _ in range(3)]
    before = year(here)
    first = made[0]
    text = refused(here.cancels("2208", first[1]["setlinfo"].setl_id, first[0]), "N206", "latest")
    assert "M000003/1" in text
    assert year(here) == before
    for visit, output in reversed(made):
        assert here.cancels("2208", output["setlinfo"].setl_id, visit).infcode == "0"
    assert year(here) == {}


def test_both_rows_of_a_cancelled_settlement_are_marked_and_linked() -> None:
    here = beijing()
    visit, output = settled(here)
    setl_id = output["setlinfo"].setl_id
    assert here.asks(setl_id, visit)["setlinfo"].refd_setl_flag == "0"
    undone = here.cancels("2208", setl_id, visit).output["setlinfo"].setl_id
    was, back = (here.asks(one, visit)["setlinfo"] for one in (setl_id, undone))
    assert (was.refd_setl_flag, back.refd_setl_flag) == ("1", "1")
    assert (was.init_setl_id, back.init_setl_id) == (None, setl_id)
    assert was.medfee_sumamt == -back.medfee_sumamt == Decimal("3606.02")


def test_a_cancelled_stay_is_settled_again_and_comes_out_the_same() -> None:
    here = beijing()
    visit = here.admits()
    here.later(days=4)
    here.charges_stay(visit, (1, "3000", "10"))
    request = here.inpatient(visit, "30000")
    first = here.ok("2304", "data", request)["setlinfo"]
    reply = here.cancels("2305", first.setl_id, visit)
    assert reply.output["setlinfo"].psn_cash_pay == -first.psn_cash_pay
    again = here.ok("2304", "data", request)["setlinfo"]
    assert replace(again, setl_id=None, medins_setl_id=None) == replace(
        first, setl_id=None, medins_setl_id=None
    )


# ---------------------------------------------------------------------------- msgid and 2601


def test_the_same_msgid_is_answered_once() -> None:
    here = beijing()
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, *BILL))
    first = here.send("2207", "data", request, msgid="MSG-1")
    here.later(minutes=5)
    again = here.send("2207", "data", request, msgid="MSG-1")
    assert again == first
    assert first.output["setlinfo"].medins_setl_id == "MSG-1"
    assert len(here.desk._files.booked) == 1
    other = replace(request, invono="1")
    refused(here.send("2207", "data", other, msgid="MSG-1"), "N204", "msgid")
    refused(here.send("2206", "data", request, msgid="MSG-1"), "N204", "msgid")


def test_a_refused_call_may_be_sent_again() -> None:
    here = beijing()
    visit = here.visit()
    request = here.outpatient(visit, ())
    refused(here.send("2207", "data", request, msgid="MSG-1"), "N202")
    right = here.outpatient(visit, here.charges(visit, *BILL))
    assert here.send("2207", "data", right, msgid="MSG-1").infcode == "0"


def test_a_doubtful_call_is_reversed_by_its_msgid() -> None:
    here = beijing()
    visit = here.visit()
    results = here.charges(visit, *BILL)
    request = here.outpatient(visit, results)
    refused(here.reverses("MSG-1", "2207"), "N203", "omsgid")
    here.send("2207", "data", request, msgid="MSG-1")
    refused(here.reverses("MSG-1", "2304"), "N203", "omsgid")
    told = refused(here.reverses("MSG-9", "2304"), "N203", "omsgid")
    assert "2304`" not in told, "what was found is the msgid, shown only where it names nobody"
    assert here.reverses("MSG-1", "2207").infcode == "0"
    assert year(here) == {}
    refused(here.reverses("MSG-1", "2207"), "N203")
    refused(here.send("2207", "data", request, msgid="MSG-1"), "N202", "2601")
    again = here.ok("2207", "data", request, msgid="MSG-2")["setlinfo"]
    rows = [here.asks(one, visit)["setlinfo"] for one in ("S000001", "S000002")]
    assert [row.medfee_sumamt for row in rows] == [again.medfee_sumamt, -again.medfee_sumamt]


def test_a_call_that_is_not_answered_is_told_those_that_are() -> None:
    totals = {
        "insutype": "310", "clr_type": "11", "setl_optins": "110000", "stmt_begndate": "2025-03-01",
        "stmt_enddate": "2025-03-31", "medfee_sumamt": 1, "fund_pay_sumamt": 1, "acct_pay": 0,
        "fixmedins_setl_cnt": 1,
    }  # fmt: skip
    for infno in ("9999", "3201"):
        told = json.loads(beijing().desk.call(as_json(request(infno, data=totals))))["err_msg"]
        assert told.startswith("[N112] `infno`")
        assert f"expected one of {', '.join(CALLS)}, found `{infno}`" in told


def test_an_admission_is_reversed_while_it_is_empty() -> None:
    here = beijing()
    admission = here.admission()
    visit = here.ok("2401", "mdtrtinfo", admission, msgid="MSG-1")["result"].mdtrt_id
    here.charges_stay(visit, (1, "1"))
    refused(here.reverses("MSG-1", "2401"), "N206", "omsgid")
    assert here.undoes_stay(visit, "0000").infcode == "0"
    assert here.reverses("MSG-1", "2401").infcode == "0"
    refused(here.undoes_stay(visit, "0000"), "N203", "mdtrt_id")


# ---------------------------------------------------------------------------- entitlement


def test_2001_tells_every_fund_and_why_not() -> None:
    here = beijing()
    rows = {row.fund_pay_type: row for row in here.entitled()}
    assert rows["310100"].trt_enjymnt_flag == "1"
    assert rows["310100"].trt_chk_rslt is None
    assert rows["310100"].begndate == dt.date(2022, 1, 1)
    assert rows["610100"].trt_enjymnt_flag == "0"
    assert "救助" not in (rows["310100"].trt_chk_rslt or "")
    assert rows["610100"].trt_chk_rslt
    assert {row.psn_no for row in rows.values()} == {here.psn_no}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"psn_insu_stas": "2", "paus_insu_date": dt.date(2025, 1, 1)}, "暂停参保"),
        ({"psn_insu_stas": None, "paus_insu_date": dt.date(2025, 1, 1)}, "2025-01-01起暂停参保"),
        ({"psn_insu_stas": "4"}, "终止参保"),
        ({"psn_insu_stas": "3"}, "未参加"),
        ({"psn_insu_date": dt.date(2025, 6, 1)}, "2025-06-01起参保"),
    ],
)
def test_nobody_pays_for_who_is_not_enrolled(changed: dict[str, Any], said: str) -> None:
    person = insured()
    person = replace(person, insuinfo=(replace(person.insuinfo[0], **changed),))
    here = beijing(person)
    rows = here.entitled()
    assert {row.trt_enjymnt_flag for row in rows} == {"0"}
    assert all(said in (row.trt_chk_rslt or "") for row in rows)
    visit = here.visit()
    request = here.outpatient(visit, here.charges(visit, *BILL))
    refused(here.send("2206", "data", request), "N211", "no fund may pay")


def test_2001_has_one_row_for_payers_of_one_code() -> None:
    codes = [row.fund_pay_type for row in beijing().entitled()]
    assert len(codes) == len(set(codes))
    assert codes.count("310200") == 1


def test_2001_tells_payers_of_one_code_apart() -> None:
    day = dt.date(2025, 1, 1)
    own = FundEntitlement(fund="own_account", entitled=True, from_=day)
    family = FundEntitlement(fund="family_account", entitled=False, from_=day, zh="欠费")
    found = Entitlement(
        policy="110000/employee",
        benefit="inpatient",
        day=day,
        rows=(own, family),
        chosen=None,
        passed_over=(),
        assumed=(),
        asked=ms.Claim(benefit="inpatient", date=day, in_scope_fen=0),
    )
    rows = rows_of(found, "P1", beijing().desk.profile)
    assert [(row.fund_pay_type, row.trt_enjymnt_flag, row.trt_chk_rslt) for row in rows] == [
        ("310200", "1", "个人账户"),
        ("310200", "0", "家庭共济账户：欠费"),
    ]


def test_a_pause_that_is_over_or_to_come_bars_nobody() -> None:
    person = insured()
    row = replace(person.insuinfo[0], psn_insu_stas="1", paus_insu_date=dt.date(2020, 1, 1))
    rows = beijing(replace(person, insuinfo=(row,))).entitled()
    assert "1" in {row.trt_enjymnt_flag for row in rows}


def test_waiting_arrears_and_other_schemes() -> None:
    for more, said in (
        ({"waiting_until": dt.date(2025, 5, 1)}, "待遇等待期"),
        ({"arrears_since": dt.date(2025, 1, 1)}, "欠费"),
    ):
        rows = beijing(insured(**more)).entitled()
        assert all(said in (row.trt_chk_rslt or "") for row in rows)


def test_an_institution_that_is_not_designated() -> None:
    here = beijing()
    rows = here.entitled(fixmedins_code="H99999999999")
    assert all("不是定点" in (row.trt_chk_rslt or "") for row in rows)
    ended = beijing(hospitals=[hospital(until=dt.date(2025, 1, 1))])
    assert all("不是定点" in (row.trt_chk_rslt or "") for row in ended.entitled())
    visit = ended.visit()
    request = ended.outpatient(visit, ended.charges(visit, *BILL))
    refused(ended.send("2206", "data", request), "N211")


# ---------------------------------------------------------------------------- 5206


def test_what_has_added_up() -> None:
    here = beijing()
    settled(here)
    visit, last = settled(here)
    here.cancels("2208", last["setlinfo"].setl_id, visit)
    stay = here.admits()
    here.later(days=40)
    here.charges_stay(stay, (1, "3000", "10"))
    here.ok("2304", "data", here.inpatient(stay, "30000"))
    rows = here.ok("5206", "data", CumRequest(psn_no=here.psn_no))["cuminfo"]
    sums = {row.cum_type_code: row.cum for row in rows}
    assert sums["F0000"] == Decimal("33606.02")
    assert sums["Q0000"] == Decimal("3100.00")
    assert sums["C0000"] == 1
    assert sums["D310100"] == Decimal("24395.00")
    march = here.ok("5206", "data", CumRequest(psn_no=here.psn_no, cum_ym="202503"))["cuminfo"]
    assert {row.cum_type_code: row.cum for row in march}["F0000"] == Decimal("3606.02")
    wrong = CumRequest(psn_no=here.psn_no, cum_ym="202513")
    refused(here.send("5206", "data", wrong), "N111", "cum_ym")


def test_the_opening_year_counts() -> None:
    opening = YearToDate(dt.date(2025, 1, 5), {"inpatient_pooled.visits": 1})
    here = beijing(insured(opening=opening))
    visit = here.admits()
    here.charges_stay(visit, (1, "3000", "10"))
    info = here.ok("2304", "data", here.inpatient(visit, "30000"))["setlinfo"]
    assert info.act_pay_dedc == Decimal("650.00")


# ---------------------------------------------------------------------------- nothing half done


def test_a_refused_call_changes_nothing() -> None:
    here = beijing()
    visit, _ = settled(here)
    files = here.desk._files
    before = (dict(files.visits), dict(files.booked), dict(files.made), year(here))
    digest = {key: one.digest for key, one in files.ledgers.items()}
    wrong = [
        here.send("2207", "data", here.outpatient(visit, (), chrg_bchno="B1")),
        here.send("2204", "feedetail", (here.line(visit, 1, "1", chrg_bchno="B2"),)),
        here.send("2203", "mdtrtinfo", described(here, visit, "9901")),
        here.send("2401", "mdtrtinfo", here.admission(med_type="9901")),
        here.send("2401", "mdtrtinfo", here.admission(insutype="390")),
        here.cancels("2208", "S000009", visit),
        here.undoes(visit, "B1"),
    ]
    assert {reply.infcode for reply in wrong} == {"-1"}
    assert (dict(files.visits), dict(files.booked), dict(files.made), year(here)) == before
    assert {key: one.digest for key, one in files.ledgers.items()} == digest


def test_a_policy_that_does_not_settle_such_a_bill_says_so() -> None:
    here = beijing()
    here.area = "310101"
    visit = here.visit()
    rows = (here.line(visit, 1, "1", chrg_bchno="B1"),)
    results = here.ok("2204", "feedetail", rows)["result"]
    reply = here.send("2206", "data", here.outpatient(visit, results))
    assert reply.infcode == "-1"
    assert reply.err_msg is not None
    assert reply.err_msg.startswith(("[N210]", "[N211]"))


def test_threads_settle_each_once() -> None:
    people = [insured(f"P-{number}") for number in range(8)]
    here = beijing(*people)
    answers: list[str] = []

    def visit_of(psn_no: str) -> None:
        mine = Ward(here.desk, psn_no=psn_no)
        mine.numbers = iter(range(int(psn_no[2:]) * 1000 + 1, 10**9))  # type: ignore[assignment]
        for _ in range(5):
            answers.append(settled(mine)[1]["setlinfo"].setl_id)

    threads = [threading.Thread(target=visit_of, args=(one.psn_no,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 40
    assert len(here.desk._files.booked) == 40


def test_ids_are_the_callers_to_give() -> None:
    given = iter(("V-1", "E-1", "V-1"))
    here = beijing(new_id=lambda kind: next(given))
    visit, output = settled(here)
    assert (visit, output["setlinfo"].setl_id) == ("V-1", "E-1")
    data = here.admission()
    refused(here.send("2401", "mdtrtinfo", data), "N205", "mdtrt_id")


def test_a_desk_says_whose_it_is_but_not_who_is_in_it() -> None:
    here = beijing()
    settled(here)
    assert repr(here.desk) == "<Desk of 110000/employee: 1 visits, 1 settlements>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "N102"), (b"{}", "N106"), (b"[1]", "N107"), (b"\xff\xfe", "N101"),
        (b'{"infno":"9999","msgid":"M1"}', "N112"), (b"[" * 100_000, "N104"),
        (b'{"infno":"2206","msgid":"M1","input":{}}', "N106"),
        (b'{"infno":"2206","infno":"2206","msgid":"M1"}', "N103"),
        (b'{"infno":"2206","msgid":"M1","input":{"data":{"medfee_sumamt":NaN}}}', "N108"),
    ],
)  # fmt: skip
def test_any_bytes_are_answered(data: bytes, code: str) -> None:
    reply = beijing().desk.call(data)
    assert b'"infcode":"-1"' in reply
    assert code.encode() in reply


def test_bytes_are_answered_with_the_call_they_refer_to() -> None:
    here = beijing()
    request = here.request("2401", "mdtrtinfo", here.admission(), msgid="MSG-7")
    reply = here.desk.call(write_request(request, here.desk.profile))
    assert b'"inf_refmsgid":"MSG-7"' in reply


def test_every_code_of_a_call_has_a_heading() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (N2\d\d): ", page, re.MULTILINE)
    assert headings == sorted(code for code in CODES if code.startswith("N2"))


def test_the_page_of_the_desk_does_what_it_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "nhsa-desk.md"
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 8) == (0, True)
    text = page.read_text(encoding="utf-8")
    calls = text.partition("## Calls")[2].partition("A refused call")[0]
    assert set(re.findall(r"^\| ([0-9, ]+) \|", calls, re.MULTILINE)) == {
        "2001", "2201, 2203", "2401", "2204, 2301", "2205, 2302", "2206, 2303", "2207, 2304",
        "2208, 2305", "2601", "5203", "5206",
    }  # fmt: skip
    assert {
        call
        for row in re.findall(r"^\| ([0-9, ]+) \|", calls, re.MULTILINE)
        for call in row.split(", ")
    } == set(CALLS)
    fields = text.partition("## What an answer says")[2].partition("* A fund counts")[0]
    named = set(re.findall(r"`([a-z_]+)`", fields))
    assert set().union(*COLUMNS.values()) - AMOUNTS <= named


def test_a_batch_is_settled_once_without_a_catalogue_too() -> None:
    here = Ward(Desk(ms.load("110000/employee"), people=[insured()], hospitals=[hospital()]))
    visit = here.visit()
    amounts = dict.fromkeys(
        ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), Decimal(1)
    )
    request = here.outpatient(visit, (), medfee_sumamt=Decimal(4), **amounts)
    final = here.ok("2207", "data", request)["setlinfo"]
    refused(here.send("2207", "data", request), "N202", "chrg_bchno")
    assert here.cancels("2208", final.setl_id, visit).infcode == "0"
    assert here.ok("2207", "data", request)["setlinfo"].medfee_sumamt == 4


def test_a_day_before_the_latest_settlement_is_refused() -> None:
    here = beijing()
    first, second = here.visit(), here.visit()
    sent = [here.charges(visit, *BILL) for visit in (first, second)]
    before = here.clock
    here.later(days=3)
    here.ok("2207", "data", here.outpatient(first, sent[0]))
    here.clock = before
    refused(here.send("2207", "data", here.outpatient(second, sent[1])), "N202", "inf_time")


def test_an_emergency_may_be_told_as_late_as_the_settlement() -> None:
    table = ms.load(str(FITTED / "430000-hunan" / "employee.toml"))
    people = [insured(region="430100")]
    desk = Desk(table, catalogue("430000"), people=people, hospitals=[hospital()])
    here = Ward(desk, area="440100")
    here.clock = dt.datetime(2021, 12, 1, 8)
    for extension, place in ((None, "unfiled"), (Extension(IPT_TYPE="2"), "emergency_elsewhere")):
        visit = here.admits()
        here.charges_stay(visit, (1, "1"))
        request = here.inpatient(visit, "1", exp_content=extension)
        setl_id = here.ok("2304", "data", request)["setlinfo"].setl_id
        assert desk._files.booked[setl_id].case.settlement.claim.place == place
        assert here.asks(setl_id, visit)["setlinfo"].pay_loc == "4"


def test_what_is_stated_is_a_field_of_a_claim() -> None:
    for field in ("in_scope_fen", "date", "nonsense", "person"):
        with pytest.raises(MessageError, match="N112"):
            insured(stated={field: "x"})
        with pytest.raises(MessageError, match="N112"):
            hospital(stated={field: "x"})
