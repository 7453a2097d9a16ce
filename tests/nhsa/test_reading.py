"""Readers of messages: what they take, what they refuse and how they say it."""

from __future__ import annotations

import copy
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from medsettle.nhsa.messages import (
    INPUTS,
    OUTPUTS,
    CeilingRow,
    DetailsRequest,
    SetlDetail,
    SetlInfo,
)
from medsettle.nhsa.profiles import made, profile
from medsettle.nhsa.reading import read_reply, read_request, read_rows
from medsettle.nhsa.refusing import CODES, MessageError
from tests.nhsa.messages import (
    PERSON,
    REPLIES,
    REQUESTS,
    RESULT,
    SETLDETAIL,
    SETLINFO,
    as_json,
    reply,
    request,
)


def refusal(data: bytes | str, infno: str = "2207") -> MessageError:
    with pytest.raises(MessageError) as refused:
        read_reply(data, infno)
    assert refused.value.code in CODES
    assert CODES[refused.value.code] in str(refused.value)
    return refused.value


def with_field(field: str, value: Any) -> bytes:
    return as_json(reply(setlinfo={**SETLINFO, field: value}))


def without(field: str) -> bytes:
    return as_json(reply(setlinfo={name: SETLINFO[name] for name in SETLINFO if name != field}))


@pytest.mark.parametrize("infno", REPLIES)
def test_valid_replies_are_read(infno: str) -> None:
    found = read_reply(as_json(REPLIES[infno]), infno)
    assert found.infcode == "0"
    assert set(found.output) <= set(OUTPUTS[infno])
    assert found.output


@pytest.mark.parametrize("infno", REQUESTS)
def test_valid_requests_are_read(infno: str) -> None:
    found = read_request(as_json(REQUESTS[infno]))
    assert found.infno == infno
    assert set(found.input) <= set(INPUTS[infno])


def test_a_settlement_has_its_values() -> None:
    output = read_reply(as_json(REPLIES["2207"]), "2207").output
    info, details = output["setlinfo"], output["setldetail"]
    assert isinstance(info, SetlInfo)
    assert isinstance(details, tuple)
    assert info.psn_no == PERSON
    assert info.pool_prop_selfpay == Decimal("0.85")
    assert info.acct_mulaid_pay is None
    assert info.setl_time == dt.datetime(2025, 3, 2, 10, 11, 12)
    first, second = details
    assert isinstance(first, SetlDetail)
    assert isinstance(second, SetlDetail)
    assert first.setl_proc_info[0].hifpPay == Decimal(520)
    assert second.setl_proc_info == ()


def test_spellings_lead_to_one_field() -> None:
    info = read_reply(as_json(REPLIES["2208"]), "2208").output["setlinfo"]
    assert isinstance(info, SetlInfo)
    assert info.psn_cash_pay == 400
    row = {"medfee_sumamt": 1, "psn_pay": "2", "othfund_pay": 3, "ownpay_hosp_part": 4}
    (info,) = read_rows(SetlInfo, as_json(row))
    assert (info.psn_part_amt, info.oth_pay, info.hosp_part_amt) == (2, 3, 4)


def test_spellings_that_disagree_are_refused() -> None:
    data = with_field("psn_pay", 489)
    assert refusal(data).code == "N113"
    assert "`psn_pay`" in str(refusal(data))
    read_reply(with_field("psn_pay", "490.0"), "2207")


def test_a_cash_total_of_its_own_name_stays_one() -> None:
    """3202 itself calls it `cash_payamt`, which elsewhere is another spelling."""
    data = {
        "setl_optins": "430000", "file_qury_no": "F1", "stmt_begndate": "2025-03-01",
        "stmt_enddate": "2025-03-31", "medfee_sumamt": 2, "fund_pay_sumamt": 1, "cash_payamt": 1,
        "fixmedins_setl_cnt": 1,
    }  # fmt: skip
    found = read_request(as_json(request("3202", data=data))).input["data"]
    assert isinstance(found, DetailsRequest)
    assert found.cash_payamt == 1


def test_a_region_has_its_own_spellings() -> None:
    row = as_json({"med_fee_sumamt": 3300, "psnCash_pay": 0})
    with pytest.raises(MessageError, match="medfee_sumamt"):
        read_rows(SetlInfo, row)
    (info,) = read_rows(SetlInfo, row, profile("hainan"))
    assert info.medfee_sumamt == 3300


def test_a_spelling_that_is_a_field_itself_stays_one() -> None:
    mine = made("mine", 'title = "x"\n[spellings]\nhifp_pay = "oth_pay"')
    (info,) = read_rows(SetlInfo, b'{"medfee_sumamt":1,"hifp_pay":2,"oth_pay":3}', mine)
    assert (info.hifp_pay, info.oth_pay) == (2, 3)


def test_a_single_object_is_a_list_of_one() -> None:
    found = read_reply(as_json(reply(result=RESULT)), "2204").output["result"]
    assert isinstance(found, tuple)
    assert len(found) == 1


def test_a_blank_row_is_no_row() -> None:
    blank = dict.fromkeys(SETLDETAIL[0], "")
    output = read_reply(as_json(reply(setlinfo=SETLINFO, setldetail=[blank])), "2207").output
    assert output["setldetail"] == ()


def test_process_information_may_be_plain_json_or_nothing() -> None:
    proc = json.loads(str(SETLDETAIL[0]["setl_proc_info"]))
    for value, count in ((proc, 1), (proc[0], 1), ("[]", 0), (None, 0), ("", 0), ("null", 0)):
        detail = {**SETLDETAIL[1], "setl_proc_info": value}
        output = read_reply(as_json(reply(setlinfo=SETLINFO, setldetail=[detail])), "2207").output
        (found,) = output["setldetail"]  # type: ignore[misc]
        assert len(found.setl_proc_info) == count


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"infcode":0,"名":"'.encode("gbk"), "N101"),
        (b"\xff\xfe", "N101"),
        (b"", "N102"),
        (b"   ", "N102"),
        (as_json(REPLIES["2207"])[:-9], "N102"),
        (as_json(REPLIES["2207"]) + b"x", "N102"),
        (b'{"infcode":0,"infcode":0}', "N103"),
        (b'{"infcode":0,"output":{"setlinfo":{"medfee_sumamt":1,"medfee_sumamt":2}}}', "N103"),
        (b"[" * 2_000_000, "N104"),
        (b'{"a":' * 1_000_000, "N104"),
        (b" " * (10 * 1024 * 1024 + 1), "N105"),
        (b'{"infcode":NaN}', "N108"),
        (b'{"infcode":-Infinity}', "N108"),
        (b"[]", "N106"),
        (b"[1]", "N107"),
        (b"1", "N107"),
        (b"null", "N106"),
        (b'{"output":{}}', "N106"),
        (b'{"infcode":"0","output":[{}]}', "N107"),
        (b'{"infcode":"0","output":{"setlinfo":[{"medfee_sumamt":1}]}}', "N107"),
        (b'{"infcode":"0","output":{"setldetail":[]}}', "N106"),
    ],
)
def test_whole_messages_that_are_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_gbk_is_hinted_at() -> None:
    data = json.dumps({"infcode": 0, "err_msg": "医保"}, ensure_ascii=False).encode("gb18030")
    assert "GBK" in str(refusal(data))
    assert "GBK" not in str(refusal(b'{"infcode":"\xff\xff\xff"}'))


def test_the_limit_is_told_and_can_be_set() -> None:
    assert "10,485,760" in str(refusal(b" " * (10 * 1024 * 1024 + 1)))
    with pytest.raises(MessageError, match="at most 100 bytes"):
        read_reply(as_json(REPLIES["2207"]), "2207", limit=100)


def test_a_cut_message_says_where() -> None:
    for length in (9, 1, 200):
        assert "cut off" in str(refusal(as_json(REPLIES["2207"])[:-length]))
    assert "cut off" not in str(refusal(b'{"infcode" 0}'))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("medfee_sumamt", "", "N106"),
        ("medfee_sumamt", None, "N106"),
        ("medfee_sumamt", "1,000", "N108"),
        ("medfee_sumamt", "ＮａＮ", "N108"),
        ("medfee_sumamt", True, "N107"),
        ("medfee_sumamt", [1], "N107"),
        ("medfee_sumamt", {"a": 1}, "N107"),
        ("hifp_pay", "1.234", "N109"),
        ("pool_prop_selfpay", "12.5", "N109"),
        ("age", 1234, "N109"),
        ("setl_time", "2025-02-30 00:00:00", "N111"),
        ("setl_time", "20250301", "N111"),
        ("brdy", "1931/07/23", "N111"),
        ("brdy", 1931, "N111"),
        ("med_type", "门诊", "N110"),
        ("med_type", "1" * 21, "N110"),
        ("med_type", ["11"], "N107"),
        ("psn_no", "9" * 31, "N110"),
        ("psn_no", "\x00", "N110"),
        ("fixmedins_name", "\ud800", "N110"),
        ("year", "20x5", "N110"),
        ("insu_admdvs", "４３０１００", "N110"),
    ],
)
def test_fields_that_are_refused(field: str, value: Any, code: str) -> None:
    data = json.dumps(reply(setlinfo={**SETLINFO, field: value})).encode()
    error = refusal(data)
    assert (error.code, error.field, error.row) == (code, f"output.setlinfo.{field}", None)


def test_a_missing_field_is_named() -> None:
    error = refusal(without("medfee_sumamt"))
    assert (error.code, error.field) == ("N106", "output.setlinfo.medfee_sumamt")


def test_the_row_and_what_is_inside_a_text_are_told() -> None:
    details = copy.deepcopy(SETLDETAIL)
    details[0]["setl_proc_info"] = '[{"polItemCode":"C001","hifpPay":"x"}]'
    error = refusal(as_json(reply(setlinfo=SETLINFO, setldetail=details)))
    assert error.field == "output.setldetail.setl_proc_info.[1].hifpPay"
    assert error.row == 1
    details = [SETLDETAIL[1], {**SETLDETAIL[1], "fund_payamt": "１"}]
    error = refusal(as_json(reply(setlinfo=SETLINFO, setldetail=details)))
    assert (error.row, error.found) == (2, "１")


def test_what_is_extra_is_left_aside() -> None:
    found = read_reply(with_field("prov_new_field", {"any": ["thing"]}), "2207")
    assert "prov_new_field" not in repr(found)


def test_a_code_from_elsewhere_passes_as_text_and_is_refused_where_it_must_mean_something() -> None:
    info = read_reply(with_field("med_type", "990101"), "2207").output["setlinfo"]
    assert isinstance(info, SetlInfo)
    assert info.med_type == "990101"
    with pytest.raises(MessageError) as refused:
        profile("chongqing").meaning("med_type", "990101")
    assert (refused.value.code, refused.value.field) == ("N114", "med_type")


def test_codes_that_are_numbers_are_texts() -> None:
    (info,) = read_rows(SetlInfo, b'{"medfee_sumamt":1,"hosp_lv":1,"insutype":310}')
    assert (info.hosp_lv, info.insutype) == ("1", "310")


def test_dates_may_have_a_time_and_times_may_have_none() -> None:
    data = {"medfee_sumamt": 1, "begndate": "2025-03-01 00:00:00", "setl_time": "2025-03-01"}
    (info,) = read_rows(SetlInfo, as_json(data))
    assert info.begndate == dt.date(2025, 3, 1)
    assert info.setl_time == dt.datetime(2025, 3, 1)


def test_a_refused_call_has_no_output() -> None:
    found = read_reply(b'{"infcode":-1,"err_msg":"no","output":""}', "2207")
    assert (found.infcode, found.output) == ("-1", {})


def test_calls_that_are_not_known() -> None:
    assert refusal(b"{}", "9999").code == "N112"
    with pytest.raises(MessageError) as refused:
        read_request(as_json(request("9999")))
    assert (refused.value.code, refused.value.field) == ("N112", "infno")


def test_a_byte_order_mark_is_left_aside() -> None:
    assert read_reply(b"\xef\xbb\xbf" + as_json(REPLIES["2204"]), "2204").output


def test_rows_tell_where_they_are_wrong() -> None:
    rows = [REPLIES["1318"]["output"]["data"][0], {"hilist_code": "X"}]
    with pytest.raises(MessageError) as refused:
        read_rows(CeilingRow, as_json(rows))
    assert (refused.value.row, refused.value.field) == (2, "hilist_lmtpric_type")


def test_only_texts_and_bytes_are_messages() -> None:
    with pytest.raises(TypeError):
        read_reply(1, "2207")  # type: ignore[arg-type]
