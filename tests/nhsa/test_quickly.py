"""The quick way of reading and writing says what the long way says, or nothing at all."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medsettle.nhsa import reading, writing
from medsettle.nhsa.decoding import BYTES_MAX, decode
from medsettle.nhsa.messages import (
    FeeDetail,
    FeeResult,
    Message,
    ProcItem,
    SetlDetail,
    SetlInfo,
    SetlQuery,
)
from medsettle.nhsa.profiles import Profile, profile
from medsettle.nhsa.quickly import quick_reply, quick_request, quick_rows
from medsettle.nhsa.reading import read_reply, rows_of
from medsettle.nhsa.refusing import MessageError
from tests.nhsa.messages import FEEDETAIL, REPLIES, REQUESTS, RESULT, as_json, reply, request
from tests.nhsa.test_fuzz import MESSAGES, ODD, changed, paths

PROFILES = [profile(), profile("hainan"), profile("chongqing")]
WRITERS = [*PROFILES[1:], msgspec.structs.replace(profile(), numbers="text")]
NUMBERS = [
    "0", "-0", "-0.0", "0E-8", "1E+2", "1.5E-001", "1e400", "12.340000", "4.525", "-7",
    "99999999999999.99", "123456789012345678901234567890", "0." + "0" * 60, "1." + "0" * 60,
    '"-0.00"', '"1_000"', '"１"', '" 1"', '"5."', '".5"', '"+5"', '"1e2"', '"007"', '"NaN"',
    '"4.52\\n"', "true", "NaN", '""', '"null"', '"\\u006eull"', "null", "[]", "{}",
]  # fmt: skip
TEXTS = [
    "2025-03-01 08:00:00", "2025-03-01T08:00:00", "2025-03-01t08:00:00", "2025-02-30 08:00:00",
    "2025-03-01 08:00:00.5", "2025-03-01 08:00:00Z", "2025-03-01", "20250301", "2025-W01-1",
    "2025-W01-1 08:00:00", "２０２５-03-01 08:00:00", "2025-03-01 24:00:00", " 2101 ", "21 01",
    "1" * 20, "1" * 21, "1" * 30, "1" * 31, "１２", "\x7f", "\t", "\x00", "a:b", '":',
    "\\", "😀", "[{}]", '"null"', "{}", "[]", "x" * 500, '{"IPT_TYPE":""}',
    '{"IPT_TYPE":"2"}', '{"IPT_TYPE":"2","IPT_TYPE":"2"}',
    '[{"polItemCode":"C1","hifpPay":"1.50"}]', '[{"polItemCode":"C1","\\u0001":1}]',
]  # fmt: skip


def quick(kind: str, infno: str, data: bytes | str, used: Profile | None = None) -> Any:
    """Read the quick way."""
    if kind == "reply":
        return quick_reply(data, infno, used, BYTES_MAX)
    return quick_request(data, used, BYTES_MAX)


def long(kind: str, infno: str, data: bytes | str, used: Profile | None = None) -> Any:
    """Read the long way."""
    if kind == "reply":
        return reading.told_reply(data, infno, used, BYTES_MAX)
    return reading.told_request(data, used, BYTES_MAX)


def agree(kind: str, infno: str, data: bytes | str, used: Profile | None = None) -> None:
    """Read both ways: where the quick one says anything, the long one says the same."""
    found = quick(kind, infno, data, used)
    if found is not None:
        same(found, long(kind, infno, data, used))


def same(one: Any, other: Any) -> None:
    """Compare by value and, for the decimals of numbers, by text."""
    assert one == other
    assert repr(one) == repr(other)


@pytest.mark.parametrize(("kind", "infno", "body"), MESSAGES)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_plain_goes_the_quick_way(
    kind: str, infno: str, body: Any, indent: int | None
) -> None:
    for data in (as_json(body), json.dumps(body, ensure_ascii=False, indent=indent)):
        assert quick(kind, infno, data) is not None
        agree(kind, infno, data)


def test_what_regions_do_goes_the_quick_way() -> None:
    line = {**FEEDETAIL, "prov": {"a:b": ["x:y", {"c": 1}]}, "rxno": "", "memo": None, "cnt": "1"}
    data = as_json(request("2301", feedetail=[line] * 30))
    agree("request", "2301", data)
    assert quick("request", "2301", data) is not None
    result = as_json(reply(result={**RESULT, "cnt": "1.0000", "feedetl_sn": 1}))
    agree("reply", "2301", result)
    assert quick("reply", "2301", result) is not None
    info = {"med_fee_sumamt": 3300, "psnCash_pay": 0, "hosp_lv": 1, "age": ""}
    data = as_json(reply(setlinfo=info))
    agree("reply", "5203", data, profile("hainan"))
    assert quick("reply", "5203", b"\xef\xbb\xbf" + data, profile("hainan")) is not None


@given(
    message=st.sampled_from(MESSAGES),
    new=ODD | st.sampled_from(TEXTS),
    used=st.sampled_from(PROFILES),
    data=st.data(),
)
def test_values_exchanged(message: tuple[str, str, Any], new: Any, used: Any, data: Any) -> None:
    kind, infno, body = message
    path = data.draw(st.sampled_from(list(paths(body))))
    if path or new is not ...:
        for ascii_only in (True, False):
            text = json.dumps(changed(body, path, new), ensure_ascii=ascii_only)
            agree(kind, infno, text, used)
            agree(kind, infno, text.encode(errors="replace"), used)


@given(message=st.sampled_from(MESSAGES), new=st.sampled_from(NUMBERS), data=st.data())
@example(MESSAGES[0], "-0", None)
def test_numbers_exchanged(message: tuple[str, str, Any], new: str, data: Any) -> None:
    kind, infno, body = message
    found = [path for path in paths(body) if path]
    path = data.draw(st.sampled_from(found)) if data else ("infcode",)
    text = json.dumps(changed(body, path, "@@")).replace('"@@"', new)
    agree(kind, infno, text)


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_of_every_kind(number: str) -> None:
    for field in ("medfee_sumamt", "hifp_pay", "pool_prop_selfpay", "age", "year", "hosp_lv"):
        info = {"medfee_sumamt": 1, field: "@@"}
        agree("reply", "2207", json.dumps(reply(setlinfo=info)).replace('"@@"', number))
    for field in ("cnt", "pric", "feedetl_sn", "mdtrt_id", "exp_content", "fee_ocur_time"):
        for rows in (1, 5):
            lines = [{**FEEDETAIL, field: "@@"}] * rows
            text = json.dumps(request("2301", feedetail=lines)).replace('"@@"', number)
            agree("request", "2301", text)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_every_kind(text: str) -> None:
    fields = ("fee_ocur_time", "feedetl_sn", "mdtrt_id", "med_type", "exp_content", "memo", "own")
    for field in fields:
        for rows in (1, 5):
            lines = [{**FEEDETAIL, field: text}] * rows
            agree("request", "2301", json.dumps(request("2301", feedetail=lines)))
    for field in ("brdy", "setl_time", "year", "hosp_lv", "fixmedins_name"):
        agree("reply", "2207", json.dumps(reply(setlinfo={"medfee_sumamt": 1, field: text})))


@given(message=st.sampled_from(MESSAGES), data=st.data())
def test_bytes_disturbed(message: tuple[str, str, Any], data: st.DataObject) -> None:
    kind, infno, body = message
    text = bytearray(as_json(body))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["set", "drop", "twice"])):
            case "set":
                text[at] = data.draw(st.sampled_from(b'"\\:,{}[]01eE-. \t\n\x00\xff'))
            case "drop":
                del text[at : at + data.draw(st.integers(1, 9))]
            case "twice":
                text[at:at] = text[at : at + data.draw(st.integers(1, 60))]
        if not text:
            return
    agree(kind, infno, bytes(text))


def twice(value: Any, path: tuple[Any, ...]) -> str:
    """Return JSON in which the key at a path is there twice."""
    if isinstance(value, dict):
        parts = []
        for key, one in value.items():
            inner = path[1:] if path[:1] == (key,) else ()
            part = f"{json.dumps(key)}:{twice(one, inner)}"
            parts += [part] * (2 if path == (key,) else 1)
        return f"{{{','.join(parts)}}}"
    if isinstance(value, list):
        parts = [twice(one, path[1:] if path[:1] == (at,) else ()) for at, one in enumerate(value)]
        return f"[{','.join(parts)}]"
    return json.dumps(value)


@pytest.mark.parametrize(("kind", "infno", "body"), MESSAGES)
def test_no_key_is_there_twice(kind: str, infno: str, body: Any) -> None:
    body = {**body, "own": {"a:b": ["c:d", {"e": "f:g", ":": 1}], '"': '":'}}
    for path in paths(body):
        if path and isinstance(path[-1], str):
            assert quick(kind, infno, twice(body, path)) is None
            with pytest.raises(MessageError, match="N103"):
                long(kind, infno, twice(body, path))
            spaced = twice(body, path).replace('":', '"\t:')
            assert quick(kind, infno, spaced) is None
    assert quick(kind, infno, twice(body, ())) is not None


@pytest.mark.parametrize("escaped", [r"\u003a", r"\\:", r"\":", r"\u0022:"])
def test_no_escape_hides_a_key(escaped: str) -> None:
    data = f'{{"infcode":"0","infcode":"0","own":"{escaped}{escaped}"}}'
    assert quick("reply", "2203", data) is None
    agree("reply", "2203", f'{{"infcode":"0","own":"{escaped}"}}')
    agree("reply", "2203", f'{{"infcode":"0","own{escaped}":1}}')


@given(value=ODD | st.sampled_from([[], {}, [{"setl_id": "1"}], [{"medfee_sumamt": 1}]]))
def test_rows(value: Any) -> None:
    data = json.dumps(None if value is ... else value)
    for row in (SetlInfo, SetlQuery, ProcItem):
        found = quick_rows(row, data, profile(), BYTES_MAX)
        if found is not None:
            same(found, rows_of(row, decode(data), profile()))


AMOUNTS = st.one_of(
    st.none(),
    st.integers(-(10**15), 10**15),
    st.decimals(),
    st.sampled_from([Decimal("4.50"), Decimal("-0.00"), Decimal("1E+2"), Decimal(10**14)]),
    st.sampled_from([4.5, True, "4.5", Decimal("sNaN")]),
)
VALUES: dict[str, Any] = {
    "inscp_scp_amt": AMOUNTS,
    "fund_pay_type_name": st.none() | st.text(max_size=3) | st.dates() | st.datetimes(),
    "setl_proc_info": st.sampled_from([(), (ProcItem(polItemCode="1", hifpPay=Decimal(1)),), None]),
}


def one_by_one(rows: tuple[Message, ...], used: Profile) -> Any:
    return [writing.plain(row, "2207", used) for row in rows]


@given(found=st.lists(st.fixed_dictionaries(VALUES), max_size=4), used=st.sampled_from(WRITERS))
def test_rows_are_written_as_one_by_one(found: list[dict[str, Any]], used: Profile) -> None:
    rows = tuple(
        SetlDetail(fund_pay_type="310100", fund_payamt=Decimal(1), **more) for more in found
    )
    told: list[Any] = []
    for written in (writing._rows, lambda rows, _, used: one_by_one(rows, used)):
        try:
            told.append([list(body.items()) for body in written(rows, "2207", used)])
        except (MessageError, TypeError) as error:
            told.append(type(error))
    assert repr(told[0]) == repr(told[1])


def test_rows_of_several_kinds_are_written() -> None:
    info = SetlInfo(medfee_sumamt=Decimal(1), setl_time=dt.datetime(2025, 3, 1, 8, 0))
    rows = (info, SetlDetail(fund_pay_type="310100", fund_payamt=Decimal(-1)), info)
    assert writing._rows(rows, "2207", profile()) == one_by_one(rows, profile())


def test_a_row_that_cannot_be_written_is_told() -> None:
    lines = [rows_of(FeeResult, decode(as_json(RESULT)), profile())[0] for _ in range(3)]
    lines[1] = msgspec.structs.replace(lines[1], overlmt_amt=Decimal("0.005"))
    found = read_reply(as_json(REPLIES["2204"]), "2204")
    with pytest.raises(MessageError) as refused:
        writing.write_reply(msgspec.structs.replace(found, output={"result": tuple(lines)}), "2204")
    assert (refused.value.row, refused.value.field) == (2, "output.result.overlmt_amt")


def test_lines_are_read_exactly() -> None:
    (line,) = read_lines({**FEEDETAIL, "cnt": 2, "pric": 4.5, "fee_ocur_time": "2025-03-01"})
    assert str(line.cnt) == "2.0000"
    assert str(line.pric) == "4.500000"
    assert line.fee_ocur_time == dt.datetime(2025, 3, 1)
    assert line.exp_content is not None
    assert line.exp_content.IPT_TYPE == "2"


def read_lines(*lines: dict[str, Any]) -> tuple[FeeDetail, ...]:
    found = quick_request(as_json(request("2301", feedetail=list(lines))), None, BYTES_MAX)
    assert found is not None
    rows = found.input["feedetail"]
    assert isinstance(rows, tuple)
    return tuple(row for row in rows if isinstance(row, FeeDetail))


def test_requests_are_those_of_the_long_way() -> None:
    for infno, body in REQUESTS.items():
        same(quick("request", infno, as_json(body)), long("request", infno, as_json(body)))
