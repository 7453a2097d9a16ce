"""The desk against hostile bytes: always an answer, nothing of anybody in it, nothing half done."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from medsettle.nhsa.charges import FOUR
from medsettle.nhsa.desk import Desk
from medsettle.nhsa.messages import CumRequest
from medsettle.nhsa.writing import write_request
from tests.nhsa.ward import Ward, beijing, hospital, insured

SECRETS = ("110101199003074258", "张三丰", "PSN-SECRET-77", "13800138000", "Zhang Sanfeng")
NUMBER, NAME, PSN, PHONE, LATIN = SECRETS
HOSTILE: list[Any] = [
    None, "", "null", "0", 0, -1, "-1", 1e308, "1e308", "NaN", "9" * 400, 10**30, True, [], {},
    [[]], {"a": 1}, "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2025-02-30", "１２．３",
    "\x00", "\ud800", "x" * 5000, "S000001", "M000001", "310", "390", "11", "2101", "1", "2", "3",
    -0.01, 0.01, "0.001", 999999999999.99, "99999999999999.99", *SECRETS,
]  # fmt: skip


def session() -> tuple[Ward, list[dict[str, Any]]]:
    """A whole session's calls as JSON objects, in their order, not sent yet."""
    here = beijing(insured(PSN, balc="100.00"))
    here.psn_no = PSN
    other = beijing(insured(PSN, balc="100.00"))  # where they are sent once, for the ids
    other.psn_no, made = PSN, []
    answer = other.desk.answer

    def kept(request: Any) -> Any:
        made.append(json.loads(write_request(request)))
        return answer(request)

    other.desk.answer = kept  # type: ignore[method-assign]
    other.entitled()
    visit = other.visit()
    results = other.charges(visit, (1, "4.52", "1", "class_b"), (2, "300", "10"))
    request = other.outpatient(visit, results, acct_used_flag="1")
    other.ok("2206", "data", request)
    info = other.ok("2207", "data", request)["setlinfo"]
    other.asks(info.setl_id, visit)
    other.cancels("2208", info.setl_id, visit)
    other.undoes(visit)
    stay = other.admits()
    other.later(days=3)
    other.charges_stay(stay, (1, "100", "5"), (2, "1", "3", "by_day"))
    other.undoes_stay(stay, "2")
    final = other.inpatient(stay, "500", dscgTime=other.clock.date())
    other.ok("2303", "data", final)
    other.send("2304", "data", final, msgid="MSG-1")
    other.ok("5206", "data", CumRequest(psn_no=PSN))
    other.reverses("MSG-1", "2304")
    for one in made:
        one |= {"opter": NUMBER, "opter_name": NAME}
        for body in one["input"].values():
            for row in body if isinstance(body, list) else [body]:
                row |= {"certno": NUMBER, "psn_name": NAME, "tel": PHONE, "dr_name": LATIN}
    return here, made


CALLS = session()[1]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in leaves(one, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, one in enumerate(value) for leaf in leaves(one, (*path, key))]
    return [path]


def with_leaf(call: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(call)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def sent(here: Ward, call: dict[str, Any]) -> dict[str, Any]:
    """Send a call, and see that the answer tells nothing of anybody in what it refuses."""
    text = json.dumps(call, ensure_ascii=False).encode(errors="surrogatepass")
    reply = json.loads(here.desk.call(text))
    assert reply["infcode"] in ("0", "-1")
    if reply["infcode"] == "-1":
        told = reply["err_msg"]
        assert "output" not in reply
        assert not [secret for secret in SECRETS if secret in told], told
    return dict(reply)


def test_the_session_goes_well_as_it_stands() -> None:
    here, calls = session()
    assert [sent(here, call)["infcode"] for call in calls] == ["0"] * len(calls)
    assert {call["infno"] for call in calls} == {
        "2001", "2201", "2203", "2204", "2206", "2207", "5203", "2208", "2205", "2401", "2301",
        "2302", "2303", "2304", "5206", "2601",
    }  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_wrong_value_anywhere_is_answered(data: st.DataObject) -> None:
    here = beijing(insured(PSN, balc="100.00"))
    at = data.draw(st.integers(0, len(CALLS) - 1))
    for call in CALLS[:at]:
        sent(here, call)
    call = CALLS[at]
    path = data.draw(st.sampled_from(leaves(call)))
    sent(here, with_leaf(call, path, data.draw(st.sampled_from(HOSTILE))))
    for later in CALLS[at:]:
        sent(here, later)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(len(CALLS))))
def test_any_order_is_answered_and_the_books_balance(order: list[int]) -> None:
    here = beijing(insured(PSN, balc="100.00"))
    for at in order:
        sent(here, CALLS[at])
    files = here.desk._files
    standing = {one.claim for one in files.booked.values() if not one.reversed_by} - {
        one.claim for one in files.booked.values() if one.reverses
    }
    assert {claim.id for ledger in files.ledgers.values() for claim in ledger.claims} == standing


@pytest.mark.parametrize("secret", SECRETS)
def test_identities_appear_in_no_refusal_and_no_repr(secret: str) -> None:
    here = beijing(insured(secret, balc="100.00"))
    here.psn_no = secret
    visit = here.visit()
    results = here.charges(visit, (1, "4.52"))
    request = here.outpatient(visit, results)
    replies = [
        here.send("2207", "data", replace(request, psn_no="somebody else")),
        here.send("2207", "data", replace(request, medfee_sumamt=request.medfee_sumamt + 1)),
        here.send("2207", "data", replace(request, mdtrt_id=secret)),
        here.send("2207", "data", replace(request, insutype=secret)),
        here.send("2401", "mdtrtinfo", here.admission(med_type=secret)),
        here.send("2401", "mdtrtinfo", here.admission(insutype=secret)),
        here.cancels("2208", secret, visit),
        here.reverses(secret, "2207"),
        here.undoes(visit, secret),
        here.send("2204", "feedetail", (replace(here.line(visit, 2, "1"), feedetl_sn=secret),)),
    ]
    assert {reply.infcode for reply in replies} == {"-1"}
    final = here.ok("2207", "data", request)
    here.cancels("2208", final["setlinfo"].setl_id, visit)
    files = here.desk._files
    told = [reply.err_msg or "" for reply in replies]
    shown = [
        here.desk, *files.visits.values(), *files.booked.values(), *files.people.values(),
        *files.ledgers.values(), *(one.case for one in files.booked.values()), *replies,
        request, final["setlinfo"],
    ]  # fmt: skip
    for text in (*told, *map(repr, shown)):
        assert secret not in text


def test_a_huge_bill_is_split_and_settled() -> None:
    here = beijing()
    visit = here.visit()
    results = here.charges(visit, *((number, "1.01") for number in range(1, 3001)))
    final = here.ok("2207", "data", here.outpatient(visit, results))["setlinfo"]
    assert str(final.medfee_sumamt) == "3030.00"


@pytest.mark.parametrize("amount", ["10000000000.01", "99999999999999.99", "-10000000000.01"])
def test_amounts_beyond_ten_billion_are_refused(amount: str) -> None:
    here = beijing()
    visit, stay = here.visit(), here.admits()
    for call, mdtrt_id in (("2204", visit), ("2301", stay)):
        row = here.line(mdtrt_id, 1, "1", chrg_bchno="B1")
        row = replace(row, det_item_fee_sumamt=Decimal(amount))
        reply = here.send(call, "feedetail", (row,))
        assert (reply.err_msg or "").startswith("[N109] row 1: `feedetail.det_item_fee_sumamt`")
    without = Ward(Desk(here.desk._files.table, people=[insured()], hospitals=[hospital()]))
    stay = without.admits()
    amounts = dict.fromkeys(FOUR, Decimal(amount))
    reply = without.send("2304", "data", without.inpatient(stay, "1", **amounts))
    assert (reply.err_msg or "").startswith("[N109] `fulamt_ownpay_amt`")
    rich = insured(balc=amount)
    here = beijing(rich)
    stay = here.admits()
    here.charges_stay(stay, (1, "1"))
    reply = here.send("2304", "data", here.inpatient(stay, "1"))
    assert reply.infcode == "-1"


def test_negative_amounts_are_refused_where_nothing_splits_them() -> None:
    here = Ward(Desk(beijing().desk._files.table, people=[insured()], hospitals=[hospital()]))
    stay = here.admits()
    amounts = dict(zip(FOUR, map(Decimal, (-5, 0, 0, 15)), strict=True))
    reply = here.send("2304", "data", here.inpatient(stay, "10", **amounts))
    assert "C101" in (reply.err_msg or "")
