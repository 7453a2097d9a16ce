"""Messages written: decimals, numbers or texts, spellings; and read again."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from medsettle.nhsa.messages import Reply, SetlInfo
from medsettle.nhsa.profiles import profile
from medsettle.nhsa.reading import read_reply, read_request
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.writing import plain, write_reply, write_request
from tests.nhsa.messages import NAME, REPLIES, REQUESTS, as_json

TEXT = msgspec.structs.replace(profile(), numbers="text")


@pytest.mark.parametrize("used", [profile(), TEXT], ids=["number", "text"])
@pytest.mark.parametrize("infno", REPLIES)
def test_replies_are_read_again(infno: str, used: Any) -> None:
    found = read_reply(as_json(REPLIES[infno]), infno)
    data = write_reply(found, infno, used)
    assert read_reply(data, infno) == found
    assert write_reply(found, infno, used) == data


@pytest.mark.parametrize("infno", REQUESTS)
def test_requests_are_read_again(infno: str) -> None:
    found = read_request(as_json(REQUESTS[infno]))
    data = write_request(found)
    assert read_request(data) == found
    assert NAME not in data.decode().replace(f'"memo":"{NAME}"', "")


def reply_of(**amounts: Any) -> Reply:
    return Reply(infcode="0", output={"setlinfo": SetlInfo(**amounts)})


def test_numbers_have_all_their_decimals() -> None:
    reply = reply_of(
        medfee_sumamt=Decimal("4.5"), pool_prop_selfpay=Decimal(0), hifp_pay=Decimal("1E+2")
    )
    assert b'"medfee_sumamt":4.50,' in write_reply(reply, "2207")
    assert b'"hifp_pay":100.00' in write_reply(reply, "2207")
    assert b'"pool_prop_selfpay":0.0000' in write_reply(reply, "2207")
    assert b'"medfee_sumamt":"4.50"' in write_reply(reply, "2207", TEXT)


@pytest.mark.parametrize(
    ("infno", "names"),
    [
        ("2207", {"psn_part_amt", "psn_cash_pay"}),
        ("2208", {"psn_part_amt", "pdn_cash_pay"}),
        ("5203", {"psn_pay", "cash_payamt"}),
    ],
)
def test_each_call_has_its_spellings(infno: str, names: set[str]) -> None:
    info = SetlInfo(medfee_sumamt=Decimal(1), psn_part_amt=Decimal(1), psn_cash_pay=Decimal(1))
    assert set(plain(info, infno)) == {"medfee_sumamt", *names}


def test_regions_write_their_own_way() -> None:
    amounts = ("medfee_sumamt", "psn_part_amt", "hosp_part_amt")
    info = SetlInfo(setl_id="T1", **dict.fromkeys(amounts, Decimal(-1)))
    assert set(plain(info, "2305", profile("chongqing"))) == {
        "medfee_sumamt", "psn_pay", "ownpay_hosp_part", "setl_id",
    }  # fmt: skip
    assert set(plain(info, "2208", profile("hebei"))) == {"medfee_sumamt", "setl_id"}
    assert set(plain(info, "2206")) == set(amounts), "a preview has no settlement"


def test_times_and_what_is_inside_texts() -> None:
    found = read_reply(as_json(REPLIES["2207"]), "2207")
    body = json.loads(write_reply(found, "2207"))["output"]
    assert body["setlinfo"]["setl_time"] == "2025-03-02 10:11:12"
    assert json.loads(body["setldetail"][0]["setl_proc_info"])[0]["polItemCode"] == "C001"
    assert body["setldetail"][1]["setl_proc_info"] == "[]"
    late = SetlInfo(medfee_sumamt=Decimal(1), setl_time=dt.datetime(2025, 1, 2, 3, 4, 5, 678))
    assert plain(late, "2207")["setl_time"] == "2025-01-02 03:04:05"


@pytest.mark.parametrize("value", [Decimal("4.525"), Decimal("1e20"), Decimal("NaN")])
def test_what_does_not_fit_is_not_written(value: Decimal) -> None:
    with pytest.raises(MessageError) as refused:
        write_reply(reply_of(medfee_sumamt=value), "2207")
    assert refused.value.field == "output.setlinfo.medfee_sumamt"


@pytest.mark.parametrize("value", [4.5, True, "4.5"])
def test_only_exact_numbers_are_written(value: Any) -> None:
    with pytest.raises(TypeError, match="Decimal or an int"):
        write_reply(reply_of(medfee_sumamt=value), "2207")


def test_a_refused_call_has_no_output() -> None:
    assert json.loads(write_reply(Reply(infcode="-1", err_msg="no"), "2207")) == {
        "infcode": "-1",
        "err_msg": "no",
    }
