"""One claim as JSON: what is read exactly, what is refused, and that nobody is named."""

from __future__ import annotations

import datetime as dt
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.money import FEN_MAX
from medsettle.wire import BYTES_MAX, claim_json, read_claim, settlement_json

CLAIM: dict[str, Any] = {
    "benefit": "inpatient",
    "date": "2025-06-30",
    "level": "tertiary",
    "status": "retired",
    "in_scope": "164411.81",
}
YTD = {
    "last_date": "2025-03-01",
    "counters": {"inpatient_pooled.visits": 1, "inpatient_pooled.pay": 824_049},
}


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def message(**changes: Any) -> bytes:
    """The claim with changes, as bytes; None removes a key."""
    claim = {key: value for key, value in (CLAIM | changes).items() if value is not ...}
    return json.dumps({"claim": claim}).encode()


def money(number: str) -> bytes:
    """The claim with an amount just as it is written."""
    return message(in_scope="@").replace(b'"@"', number.encode())


def answer(table: ms.BenefitTable, data: bytes | str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(table.settle_json(data), parse_float=Decimal)
    return found


# ---------------------------------------------------------------------------- messages


def test_the_answer_is_the_settlement(table: ms.BenefitTable) -> None:
    data = json.dumps({"claim": CLAIM | {"id": 'a"1 中'}, "ytd": YTD}).encode()
    settlement = table.settle(*read_claim(data))
    found = answer(table, data)
    assert found == {
        "funds": settlement.funds,
        "deductible": settlement.deductible,
        "cash": settlement.cash,
        "total": settlement.total,
        "total_funds": settlement.total_funds,
        "provenance": {
            "weakest": "unverified",
            "layers": {"inpatient_pooled": "corroborated", "inpatient_large": "unverified"},
        },
        "ytd": {"last_date": "2025-06-30", "counters": settlement.ytd.counters},
        "fingerprint": table.fingerprint,
        "id": 'a"1 中',
    }
    assert found["funds"]["pooled"] == Decimal("91759.51")  # as published, with these counters
    assert settlement_json(settlement) == table.settle_json(data)


def test_every_amount_has_two_decimals(table: ms.BenefitTable) -> None:
    for fen in (0, 1, 10, 99, 100, 1_234_567, 9_000_000_05):
        found = answer(table, message(in_scope=..., full_self_pay_fen=fen, in_scope_fen=0))
        assert found["cash"] == found["total"] == Decimal(fen).scaleb(-2)
        assert found["cash"].as_tuple().exponent == -2


def test_the_answers_year_goes_into_the_next_message(table: ms.BenefitTable) -> None:
    first = answer(table, message())
    then = answer(table, json.dumps({"claim": CLAIM, "ytd": first["ytd"]}))
    claim, _ = read_claim(message())
    assert then["funds"] == table.settle(claim, table.settle(claim)).funds


@pytest.mark.parametrize("kind", [bytes, bytearray, lambda data: data.decode()])
def test_bare_claims_and_every_text(table: ms.BenefitTable, kind: Any) -> None:
    bare = json.dumps(CLAIM | {"ytd": YTD, "id": "10:30"}, ensure_ascii=False).encode()
    nested = json.dumps({"ytd": YTD, "claim": CLAIM | {"id": "10:30"}}).encode()
    assert table.settle_json(kind(bare)) == table.settle_json(kind(nested))
    spaced = json.dumps({"claim": CLAIM}, indent=4).encode()
    assert table.settle_json(kind(b" \n" + spaced + b"\t")) == table.settle_json(message())


@pytest.mark.parametrize("date", ["2025/03/03", "2025-02-30", 20250303, None])
def test_no_date(table: ms.BenefitTable, date: object) -> None:
    with pytest.raises(ms.ClaimError, match=r"expected a date such as 2025-03-01$") as refused:
        table.settle_json(message(date=date))
    assert refused.value.field == "date"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("in_scope", "an amount is missing, expected yuan such as 1234.56"),
        ("date", "the date is missing, expected a date such as 2025-03-01"),
        ("benefit", "the benefit is missing, expected one of inpatient, "),
    ],
)
def test_what_is_missing(table: ms.BenefitTable, key: str, told: str) -> None:
    with pytest.raises(ms.ClaimError) as refused:
        table.settle_json(message(**{key: ...}))
    assert f"`{key}`: {told}" in str(refused.value)


@pytest.mark.parametrize("ytd", [None, {}, {"last_date": None}, {"counters": {}}])
def test_no_year_so_far(table: ms.BenefitTable, ytd: Any) -> None:
    data = json.dumps({"claim": CLAIM, "ytd": ytd}).encode()
    assert table.settle_json(data) == table.settle_json(message())


def test_a_claim_can_be_written_and_read_back() -> None:
    claim, _ = read_claim(message(age=70, id="a", person="p", first_step="1.20"))
    ytd = ms.YearToDate(dt.date(2025, 1, 2), {"a.pay": 3})
    assert read_claim(claim_json(claim)) == (claim, None)
    assert read_claim(claim_json(claim, ytd)) == (claim, ytd)


# ---------------------------------------------------------------------------- money


MONEY = [
    ("0", 0), ("0.00", 0), ("-0.00", 0), ("1", 100), ("1.5", 150), ("1.05", 105),
    ("1.0500000", 105), ("91759.51", 9_175_951), ("9999999999.99", FEN_MAX - 1),
    ("10000000000", FEN_MAX), ('"91759.51"', 9_175_951), ('"7"', 700), ('"0007.10"', 710),
]  # fmt: skip


@pytest.mark.parametrize(("number", "fen"), MONEY)
def test_yuan(number: str, fen: int) -> None:
    claim, _ = read_claim(money(number))
    assert claim.in_scope_fen == fen


@settings(max_examples=200)
@given(fen=st.integers(0, FEN_MAX), quoted=st.booleans(), zeros=st.integers(0, 3))
def test_every_amount_is_read_exactly(fen: int, quoted: bool, zeros: int) -> None:
    number = f"{Decimal(fen).scaleb(-2):f}" + "0" * zeros
    claim, _ = read_claim(money(f'"{number}"' if quoted else number))
    assert claim.in_scope_fen == fen


NO_MONEY = [
    "1.005", "0.001", "1e2", "1E-2", "1e308", "1e999999999", '"1e2"', '"NaN"', '"Infinity"', '""',
    '" 1.00"', '"1_000"', '"1,000.00"', '"+1"', '".5"', '"1."', '"١"', '"--1"', '"1.2.3"', "true",
    "null", "[]", "{}", "[1.00]", '"\\u0031"', '"12345678.9x"', '"0x10"', '"-"', '"¥1"',
]  # fmt: skip


@pytest.mark.parametrize("number", NO_MONEY)
def test_no_yuan(table: ms.BenefitTable, number: str) -> None:
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(money(number))
    assert (caught.value.code, caught.value.field) == ("C111", "in_scope")
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("fen", ['"1"', "1.5", "1.0", "1e3", "true", "null", "9" * 5000])
def test_no_fen(table: ms.BenefitTable, fen: str) -> None:
    data = message(in_scope=..., in_scope_fen="@").replace(b'"@"', fen.encode())
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(data)
    assert (caught.value.code, caught.value.field) == ("C111", "in_scope_fen")


@pytest.mark.parametrize(
    ("number", "code", "field"),
    [
        ("-0.01", "C101", "in_scope_fen"),
        ("10000000000.01", "C102", "in_scope_fen"),
        ("9" * 15, "C102", "in_scope_fen"),
        ("9" * 60_000, "C102", "in_scope"),
    ],
)
def test_amounts_out_of_range(table: ms.BenefitTable, number: str, code: str, field: str) -> None:
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(money(number))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_total(table: ms.BenefitTable) -> None:
    claim, _ = read_claim(message(total=189085.85))
    assert (claim.full_self_pay_fen, claim.total_fen) == (2_467_404, 18_908_585)
    assert read_claim(message(total_fen=18_908_585))[0] == claim
    assert read_claim(message(total=189085.85, full_self_pay=24674.04))[0] == claim
    for wrong in ({"total": 1}, {"total": 189085.85, "full_self_pay": 24674.03}):
        with pytest.raises(ms.ClaimError) as caught:
            read_claim(message(**wrong))
        assert caught.value.code == "C113"


# ---------------------------------------------------------------------------- refusals


REFUSED: list[tuple[bytes | str, str, str]] = [
    (message(benefit=...), "C112", "benefit"),
    (message(date=...), "C112", "date"),
    (message(in_scope=...), "C112", "in_scope"),
    (message(in_scope=..., total=1), "C112", "in_scope"),
    (message(in_scope_fen=1), "C112", "in_scope"),
    (message(in_skope=1), "C112", "in_skope"),
    (message(ytd=YTD), "C112", "ytd"),
    (b'{"a":1,' + message()[1:], "C112", "a"),
    (b'{"level":null,' + message()[1:], "C112", "level"),
    (message().replace(b'"level"', b'"date": "2025-06-30", "level"'), "C112", "date"),
    (message().replace(b'"level"', b'"\\u0064ate": "2025-06-30", "level"'), "C112", "date"),
    (json.dumps({"claim": CLAIM, "ytd": {"last": 1}}), "C112", "last"),
    (json.dumps({"claim": CLAIM, "ytd": YTD})[:-3] + ',"inpatient_pooled.visits":2}}}', "C112",
     "inpatient_pooled.visits"),
    (json.dumps({"claim": CLAIM, "ytd": {"counters": {"a": 1.5}}}), "C110", "ytd.counters"),
    (json.dumps({"claim": CLAIM, "ytd": {"counters": {"a": 1}}}), "C110", "ytd"),
    (json.dumps({"claim": CLAIM, "ytd": {"last_date": "x"}}), "C110", "ytd.last_date"),
    (json.dumps({"claim": CLAIM, "ytd": []}), "C112", "ytd"),
    (json.dumps({"claim": [CLAIM]}), "C112", "claim"),
    (json.dumps({"claim": None}), "C112", "claim"),
    (message(level="quaternary"), "C110", "level"),
    (message(level=3), "C110", "level"),
    (message(benefit="astrology"), "C110", "benefit"),
    (message(benefit=None), "C110", "benefit"),
    (message(date="2025-02-30"), "C110", "date"),
    (message(date="2025-6-3"), "C110", "date"),
    (message(date=20250630), "C110", "date"),
    (message(age=151), "C110", "age"),
    (message(age=70.0), "C110", "age"),
    (message(age=True), "C110", "age"),
    (message(person=[]), "C110", "person"),
    (message(person=1.5), "C110", "person"),
    (message(id=1), "C110", "id"),
    (message(date="1999-01-01"), "C105", "date"),
    (b"", "C112", ""),
    (b"null", "C112", ""),
    (b"[]", "C112", ""),
    (b"{}", "C112", "benefit"),
    (b"1", "C112", ""),
    (message()[:-1], "C112", ""),
    (message() + b"}", "C112", ""),
    (message() + b"\0", "C112", ""),
    (b"\0" + message(), "C112", ""),
    (message(id="@").replace(b"@", b"\0"), "C112", ""),
    (message(id="@").replace(b"@", b"\xff"), "C112", ""),
    (message(id="@").replace(b"@", b"\\ud800"), "C112", ""),
    (message(id="@").decode().replace("@", "\ud800"), "C112", ""),
    (b"\xef\xbb\xbf" + message(), "C112", ""),
    (message().decode().encode("utf-16"), "C112", ""),
    (message().decode().encode("gb18030")[:-1] + "，".encode("gb18030"), "C112", ""),
    (b"[" * BYTES_MAX, "C112", ""),
    (b'{"claim":' * (BYTES_MAX // 10), "C112", ""),
    (b'{"in_scope":' + b"[" * (BYTES_MAX // 2), "C112", ""),
    (b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "C112", ""),
    (b'{"x":' * 12_000, "C112", ""),
    (b"{" + b'"a":1,' * 10_000 + b'"a":1}', "C112", "a"),
    (b" " * 10_000_000, "C112", ""),
    (message(id="x" * 10_000_000), "C112", ""),
    (b'{"in_scope_fen":' + b"9" * 60_000 + b"}", "C111", "in_scope_fen"),
    (b'{"age":' + b"9" * 60_000 + b"}", "C110", "age"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "field"), REFUSED, ids=range(len(REFUSED)))
def test_refused(table: ms.BenefitTable, data: bytes | str, code: str, field: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(data)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert len(str(caught.value)) < 500
    assert time.perf_counter() - begin < 0.5


def test_no_json_at_all(table: ms.BenefitTable) -> None:
    with pytest.raises(TypeError, match="bytes or str, not dict"):
        table.settle_json({"claim": CLAIM})  # type: ignore[arg-type]


SECRET = "张三110101199003071234"


@pytest.mark.parametrize(
    "data",
    [
        message(person=SECRET, level="x"),
        message(person=SECRET, in_scope="1.005"),
        message(person=[SECRET]),
        message(in_scope=SECRET),
        message(in_scope="110101199003071234"),
        message(**{SECRET: 1}),
        message(person=SECRET, id=SECRET)[:-1],
        message(person=SECRET, date="1999-01-01"),
        json.dumps({"claim": CLAIM, "ytd": SECRET}).encode(),
        json.dumps({"claim": CLAIM | {"person": SECRET}}, ensure_ascii=False).encode("gb18030"),
        json.dumps({"claim": CLAIM, "ytd": {SECRET: SECRET}}, ensure_ascii=False).encode(),
    ],
)
def test_errors_name_nobody(table: ms.BenefitTable, data: bytes) -> None:
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(data)
    assert "张" not in str(caught.value)
    assert "1990" not in str(caught.value)


# ---------------------------------------------------------------------------- fuzzing


@settings(max_examples=300, deadline=None)
@given(data=st.one_of(st.binary(max_size=80), st.text(max_size=80)))
def test_noise_is_refused(data: bytes | str) -> None:
    with pytest.raises(ms.ClaimError):
        read_claim(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*CLAIM, "claim", "ytd", "total", "age", "person", "in_scope_fen", "x"])


@settings(max_examples=300, deadline=None)
@given(
    changes=st.dictionaries(KEYS, JSON, max_size=3), nested=st.booleans(), cut=st.integers(0, 40)
)
def test_changed_messages_settle_or_are_refused(
    table: ms.BenefitTable, changes: dict[str, Any], nested: bool, cut: int
) -> None:
    body = CLAIM | changes
    text = json.dumps({"claim": body} if nested else body)
    try:
        found = answer(table, text[: len(text) - cut] if cut < 5 else text)
    except ms.ClaimError:
        return
    assert found["total"] == sum(found["funds"].values()) + found["cash"]
