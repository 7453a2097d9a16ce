"""One bill as JSON: what comes of its lines, what is refused, and that both ways tell the same."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.bill.line import FeeLine
from medsettle.bill.message import BYTES_MAX, bill_json, read_bill, split_message
from tests.unit.bill.test_settle_bills import BED, DRUG, OUT, SCAN, catalogue, table

__all__ = ("catalogue", "table")

CLAIM: dict[str, Any] = {
    "benefit": "inpatient", "date": "2025-03-05", "level": "tertiary", "status": "retired",
    "days": 3, "id": "A-1",
}  # fmt: skip
YTD = {"last_date": "2025-03-01", "counters": {"inpatient_pooled.visits": 1}}
LINES: list[dict[str, Any]] = [
    {"id": "1", "code": DRUG, "price": 4.52, "quantity": 1000, "amount": 4520},
    {"id": "2", "code": BED, "price": "40", "quantity": "5", "date": "2025-03-01"},
    {"id": "3", "code": SCAN, "price": 310.5, "quantity": 1, "approval": "approved"},
    {"code": SCAN, "price": 310.5, "quantity": -1, "returns": "3", "amount": -310.50},
    {"code": OUT, "price": 12.345678, "quantity": 3.5, "amount": None, "herb_use": "single"},
    {"code": DRUG, "price": 9.990000, "quantity": 100, "discharge_medicine": True,
     "supply_days": 14},
]  # fmt: skip


def message(lines: Any = ..., **changes: Any) -> bytes:
    """The bill with changes, as bytes."""
    body = CLAIM | {"lines": LINES if lines is ... else lines} | changes
    return json.dumps({"claim": body, "ytd": YTD}, ensure_ascii=False).encode()


def with_line(**changes: Any) -> bytes:
    """The bill whose third line is changed; ... removes a key."""
    changed = {key: value for key, value in (LINES[2] | changes).items() if value is not ...}
    return message([*LINES[:2], changed, *LINES[3:]])


def as_written(key: str, text: str) -> bytes:
    """The bill whose third line has a value just as it is written."""
    return with_line(**{key: "@"}).replace(b'"@"', text.encode())


def long_way(table: ms.BenefitTable, catalogue: ms.Catalogue, data: bytes | str) -> bytes:
    said = read_bill(data)
    assert said.lines is not None
    bill = catalogue.split(said.claim, said.lines, table, insured=said.insured)
    return bill_json(bill, table.settle(bill.claim, said.ytd))


# ---------------------------------------------------------------------------- messages


def test_the_answer_is_the_split_and_the_settlement(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    answer = json.loads(table.settle_json(message(), catalogue=catalogue), parse_float=Decimal)
    said = read_bill(message())
    assert said.lines is not None
    bill = catalogue.split(said.claim, said.lines, table)
    settlement = table.settle(bill.claim, said.ytd)
    assert answer["funds"] == settlement.funds
    assert answer["cash"] == settlement.cash
    assert answer["ytd"]["counters"] == settlement.ytd.counters
    parts = ("full_self_pay", "over_limit", "first_step", "in_scope")
    for name in parts:
        assert answer["amounts"][name] == Decimal(getattr(bill.claim, f"{name}_fen")).scaleb(-2)
        assert answer["amounts"][name] == sum(line[name] for line in answer["lines"])
    for told, line in zip(answer["lines"], bill.lines, strict=True):
        assert told == {
            "id": line.id, "code": line.code, "class": line.class_, "group": line.group or None,
            "amount": line.amount,
            **{name: Decimal(getattr(line, f"{name}_fen")).scaleb(-2) for name in parts},
            "share": Decimal(line.share_ppm).scaleb(-6),
            "ceiling": None if line.ceiling_e6 is None else Decimal(line.ceiling_e6).scaleb(-6),
        }  # fmt: skip
        assert told["amount"] == sum(told[name] for name in parts)
    assert [line["amount"] for line in answer["lines"]] == [
        Decimal(text) for text in ("4520.00", "200.00", "310.50", "-310.50", "43.21", "999.00")
    ]
    assert answer["lines"][0]["ceiling"] == 4
    assert answer["lines"][1]["group"] == "bed"


def test_read_bill_is_what_was_written() -> None:
    said = read_bill(message(insured="resident", total="5762.21"))
    assert (said.insured, said.total_fen) == ("resident", 576_221)
    assert said.lines is not None
    assert said.lines[1] == FeeLine(
        code=BED, price_e6=40_000_000, quantity_e4=50_000, id="2", date=said.lines[1].date
    )
    assert said.lines[4].price_e6 == 12_345_678
    assert (said.lines[5].supply_days_e2, said.lines[5].discharge_medicine) == (1400, True)


@pytest.mark.parametrize("kind", [bytes, bytearray, lambda data: data.decode()])
def test_bare_bills_and_every_text(
    table: ms.BenefitTable, catalogue: ms.Catalogue, kind: Any
) -> None:
    bare = json.dumps(CLAIM | {"lines": LINES, "ytd": YTD}).encode()
    settled = table.settle_json(message(), catalogue=catalogue)
    assert table.settle_json(kind(bare), catalogue=catalogue) == settled
    spaced = json.dumps(json.loads(message()), indent=3).encode()
    assert table.settle_json(kind(spaced), catalogue=catalogue) == settled
    assert settled == long_way(table, catalogue, message())


def test_a_claim_without_lines_is_settled_as_ever(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    claim = json.dumps(CLAIM | {"in_scope": 1000})
    assert table.settle_json(claim, catalogue=catalogue) == table.settle_json(claim)


def test_a_bill_of_no_lines(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    for settle in (
        lambda: table.settle_json(message([]), catalogue=catalogue),
        lambda: read_bill(message([])),
        lambda: catalogue.split(read_bill(message()).claim, [], table),
    ):
        with pytest.raises(ms.ClaimError, match="at least one fee line") as caught:
            settle()
        assert (caught.value.code, caught.value.field) == ("C112", "lines")


def test_a_price_level_of_its_own(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    def over(**changes: Any) -> Any:
        answer = json.loads(table.settle_json(message(**changes), catalogue=catalogue))
        return answer["amounts"]["over_limit"]

    assert over() == over(price_level="tertiary") == over(level="primary", price_level="tertiary")
    assert over() > over(price_level="primary") == 0
    without = json.dumps(CLAIM | {"in_scope": 1, "price_level": "primary"}).encode()
    for wrong in (message(price_level="high"), without):
        with pytest.raises(ms.ClaimError, match="price_level"):
            table.settle_json(wrong, catalogue=catalogue)


def test_what_disagrees_is_told(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    with pytest.raises(ms.ClaimError, match="state all four amounts or none"):
        table.settle_json(message(in_scope=1), catalogue=catalogue)
    with pytest.raises(ms.LinesError, match=r"expected 310\.50, found 3\.00"):
        table.settle_json(with_line(amount=3), catalogue=catalogue)
    with pytest.raises(ms.ClaimError, match=r"found `'3,5'`"):
        FeeLine.from_yuan(DRUG, price="3,5")
    with pytest.raises(ms.ClaimError, match="found `'str'`"):
        FeeLine.from_yuan(DRUG, price="Li")


def test_every_price_is_read_exactly(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    for price, quantity, amount in (
        ("1.005", "1", "1.01"), ("1.004999", "1", "1.00"), ("0.000001", "5000", "0.01"),
        ("0.1", "0.05", "0.01"), ("1000000.000001", "0.0001", "100.00"),
        ('"2.675"', '"1.0000"', "2.68"), ("9007199254.740993", "1", "9007199254.74"),
    ):  # fmt: skip
        data = message([LINES[0], {"code": SCAN, "price": "@", "quantity": "#"}])
        data = data.replace(b'"@"', price.encode()).replace(b'"#"', quantity.encode())
        answer = json.loads(table.settle_json(data, catalogue=catalogue), parse_float=Decimal)
        assert answer["lines"][1]["amount"] == Decimal(amount)


IDS = ["", "A", "10:30", 'a"b\\c\n', "床位", "\x7f\u2028", "x" * 60_000]


@pytest.mark.parametrize("name", IDS, ids=range(len(IDS)))
def test_every_id_stands_in_the_answer(
    table: ms.BenefitTable, catalogue: ms.Catalogue, name: str
) -> None:
    data = message([LINES[0], LINES[2] | {"id": name}, LINES[1]])
    answer = json.loads(table.settle_json(data, catalogue=catalogue))
    assert [line["id"] for line in answer["lines"]] == ["1", name, "2"]
    assert table.settle_json(data, catalogue=catalogue) == long_way(table, catalogue, data)


# ---------------------------------------------------------------------------- amounts


def test_amounts_that_are_stated_are_checked(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    answer = json.loads(table.settle_json(message(), catalogue=catalogue), parse_float=Decimal)
    right = {name: str(answer["amounts"][name]) for name in answer["amounts"]}
    settled = table.settle_json(message(), catalogue=catalogue)
    total = str(answer["total"])
    for stated in (right, {"total": total}, right | {"total": total}, {"total_fen": 576_221}):
        assert table.settle_json(message(**stated), catalogue=catalogue) == settled
    for wrong, field in (
        (right | {"in_scope": "1.00"}, "in_scope"),
        ({"total": "5762.20"}, "total"),
        (right | {"total": "1.00"}, "total"),
        ({"total": "1.00", "total_fen": 100}, "total"),
    ):
        with pytest.raises(ms.ClaimError) as caught:
            table.settle_json(message(**wrong), catalogue=catalogue)
        assert caught.value.field == field


# ---------------------------------------------------------------------------- refusals


REFUSED: list[tuple[bytes | str, str, str]] = [
    (with_line(code=...), "C112", "lines[3].code"),
    (with_line(price=...), "C112", "lines[3].price"),
    (with_line(quantity=...), "C112", "lines[3].quantity"),
    (with_line(name="x"), "C112", "lines[3].name"),
    (with_line(prise=1), "C112", "lines[3].prise"),
    (as_written("price", '1, "price": 2'), "C112", "lines[3].price"),
    (as_written("price", '310.5, "\\u0070rice": 2'), "C112", "lines[3].price"),
    (message({"code": 1}), "C112", "lines"),
    (message(None), "C112", "lines"),
    (message("x"), "C112", "lines"),
    (message([*LINES, None]), "C112", "lines[7]"),
    (message([*LINES, [1]]), "C112", "lines[7]"),
    (message([LINES[0], LINES[0]]), "C112", "lines"),
    (with_line(code=1), "C110", "lines[3].code"),
    (with_line(id=3), "C110", "lines[3].id"),
    (with_line(returns=["3"]), "C110", "lines[3].returns"),
    (with_line(date="2025-02-30"), "C110", "lines[3].date"),
    (with_line(date="20250301"), "C110", "lines[3].date"),
    (with_line(approval="yes"), "C110", "lines[3].approval"),
    (with_line(approval=""), "C110", "lines[3].approval"),
    (with_line(herb_use="x"), "C110", "lines[3].herb_use"),
    (with_line(discharge_medicine=1), "C110", "lines[3].discharge_medicine"),
    (as_written("supply_days", "0"), "C110", "lines[3].supply_days"),
    (as_written("supply_days", "-1"), "C110", "lines[3].supply_days"),
    (as_written("supply_days", "1.001"), "C110", "lines[3].supply_days"),
    (as_written("supply_days", "10000.01"), "C110", "lines[3].supply_days"),
    (as_written("supply_days", "1e308"), "C110", "lines[3].supply_days"),
    (as_written("quantity", "1.00001"), "C110", "lines[3].quantity"),
    (as_written("quantity", '""'), "C110", "lines[3].quantity"),
    (as_written("quantity", "9" * 60_000), "C110", "lines[3].quantity"),
    (as_written("quantity", "100000000.0001"), "C110", "lines[3].quantity"),
    (as_written("quantity", "1e308"), "C110", "lines[3].quantity"),
    (as_written("price", "9" * 60_000), "C102", "lines[3].price"),
    (as_written("price", "10000000000.000001"), "C102", "lines[3].price"),
    (as_written("amount", "10000000000.01"), "C102", "lines[3].amount"),
    (as_written("amount", "9" * 60_000), "C102", "lines[3].amount"),
    (as_written("amount", "1.005"), "C111", "lines[3].amount"),
    (as_written("price", "1.0000001"), "C111", "lines[3].price"),
    (as_written("price", "1e308"), "C111", "lines[3].price"),
    (as_written("price", "null"), "C111", "lines[3].price"),
    (as_written("price", '""'), "C111", "lines[3].price"),
    (as_written("price", "[" * 30 + "]" * 30), "C111", "lines[3].price"),
    (as_written("price", "NaN"), "C112", ""),
    (as_written("price", "[" * 100_000), "C112", ""),
    (with_line(price=-1), "C115", "lines[3].quantity"),
    (with_line(quantity=0), "C115", "lines[3].quantity"),
    (with_line(code="0" * 60), "C115", "lines[3].code"),
    (with_line(amount=1), "C115", "lines[3].amount"),
    (with_line(returns="9"), "C115", "lines[3].returns"),
    (with_line(date="1999-01-01"), "C115", "lines[3].date"),
    (message(level="nowhere"), "C110", "level"),
    (message(insured="nobody"), "C110", "insured"),
    (message(insured=1), "C110", "insured"),
    (message(days=-1), "C110", "days"),
    (message(in_skope=1), "C112", "in_skope"),
    (message(items={"bed": "1"}), "C113", "full_self_pay"),
    (json.dumps(CLAIM | {"in_scope": 1, "insured": "resident"}), "C112", "insured"),
    (message()[:-1], "C112", ""),
    (message()[:-9], "C112", ""),
    (message() + b"]", "C112", ""),
    (message(id="@").replace(b"@", b"\xff"), "C112", ""),
    (message().decode().encode("utf-16"), "C112", ""),
    (b'{"claim":' * 10_000, "C112", ""),
    (b'{"lines":' + b"[" * 1_000_000, "C112", "lines[1]"),
    (b'{"lines":[' + b"{}," * 1_000_000 + b"{}]}", "C112", "benefit"),
    (b" " * 10_000_000, "C112", ""),
    (message(id="x" * 10_000_000), "C112", ""),
    (message([]).replace(b"[]", b"[" + b'{"id":"1","id":"1"},' * 1000 + b"{}]"), "C112",
     "lines[1].id"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "field"), REFUSED, ids=range(len(REFUSED)))
def test_refused(
    table: ms.BenefitTable,
    catalogue: ms.Catalogue,
    data: bytes | str,
    code: str,
    field: str,
) -> None:
    begin = time.perf_counter()
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(data, catalogue=catalogue)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert len(str(caught.value)) < 600
    assert time.perf_counter() - begin < 5


def test_a_code_that_no_item_can_have_is_none(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    """A NUL at the end would get lost among those that fill the field; half a character fails."""
    claim = ms.Claim(date=dt.date(2025, 3, 1), benefit="inpatient", in_scope_fen=0)
    for code in (f"{DRUG}\0", f"{DRUG}\0\0", "\0", "", "\ud800", DRUG * 9):
        assert code not in catalogue
        with pytest.raises(KeyError):
            catalogue.item(code)
        line = FeeLine(code=code, price_e6=1, quantity_e4=1)
        with pytest.raises(ms.ClaimError, match="L101"):
            catalogue.split(claim, [line], table)
    with pytest.raises(ms.ClaimError, match="L101"):
        table.settle_json(with_line(code=f"{DRUG}\0"), catalogue=catalogue)
    assert DRUG in catalogue


def test_lines_need_a_catalogue(table: ms.BenefitTable) -> None:
    with pytest.raises(ms.ClaimError, match="catalogue") as caught:
        table.settle_json(message())
    assert (caught.value.code, caught.value.field) == ("C112", "lines")


def test_every_refused_line_is_told(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    lines = [LINES[0] | {"code": "XA02BCA001A001010100009"}, LINES[1], LINES[2] | {"quantity": 0}]
    with pytest.raises(ms.LinesError) as caught:
        table.settle_json(message(lines), catalogue=catalogue)
    assert [(line.row, line.id) for line in caught.value.refused] == [(1, "1"), (3, "3")]


SECRET = "张三110101199003071234"


@pytest.mark.parametrize("key", ["price", "quantity", "amount", "supply_days", "herb_use", "date"])
def test_errors_name_nobody(table: ms.BenefitTable, catalogue: ms.Catalogue, key: str) -> None:
    for data in (with_line(**{key: SECRET}), with_line(**{SECRET: 1}), message(SECRET)):
        with pytest.raises(ms.ClaimError) as caught:
            table.settle_json(data, catalogue=catalogue)
        assert "张" not in str(caught.value)
        assert "1990" not in str(caught.value)


# ---------------------------------------------------------------------------- both ways


def told(settle: Callable[[], bytes]) -> bytes | tuple[str, str, str]:
    try:
        return settle()
    except ms.ClaimError as error:
        return error.code, error.field, str(error)


def test_usual_lines_are_plain(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    from medsettle.bill.message import BILL
    from medsettle.messages import decode

    lines = decode(message(), BILL)["claim"]["lines"]
    claim = read_bill(message()).claim
    columns = catalogue.columns(table)
    where = (claim.date, 0, 4, 3, columns, columns[-1])
    assert split_message(catalogue, lines, *where) is not None
    lines[2]["approval"] = "yes"
    assert split_message(catalogue, lines, *where) is None


NUMBERS = st.one_of(
    st.integers(-3, 10**11),
    st.decimals(-10, 10**6, places=4).map(str),
    st.sampled_from(["", None, True, "1e1", "1.0000001", 0.1, "0", [], {"a": 1}, "1."]),
)
TEXTS = st.sampled_from(["", "1", "2", "3", "x", None, 1])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("price", "quantity", "amount", "supply_days"), NUMBERS),
    **dict.fromkeys(("id", "returns"), TEXTS),
    "code": st.sampled_from([DRUG, BED, SCAN, OUT, "x", "", 1]),
    "date": st.sampled_from([None, "2025-03-02", "1999-01-01", "x"]),
    "approval": st.sampled_from(["not_needed", "approved", "refused", "x", None]),
    "herb_use": st.sampled_from(["", "compound", "single", "x", None]),
    "discharge_medicine": st.sampled_from([True, False, None]),
    "x": st.none(),
}
CHANGED = st.builds(
    lambda line, drawn, keys: line | {key: drawn[key] for key in keys},
    st.sampled_from(LINES),
    st.fixed_dictionaries(FIELDS),
    st.sets(st.sampled_from(sorted(FIELDS)), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(CHANGED, max_size=4), days=st.sampled_from([None, 0, 3]))
def test_both_ways_tell_the_same(
    table: ms.BenefitTable, catalogue: ms.Catalogue, lines: list[dict[str, Any]], days: int | None
) -> None:
    data = message(lines, days=days)
    found = told(lambda: table.settle_json(data, catalogue=catalogue))
    assert found == told(lambda: long_way(table, catalogue, data))
    if isinstance(found, bytes):
        answer = json.loads(found, parse_float=Decimal)
        assert answer["total"] == sum(line["amount"] for line in answer["lines"])


def test_a_message_may_be_four_mebibytes(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    line = {"code": BED, "price": 1, "quantity": 1}
    lines = [line] * (BYTES_MAX // (len(json.dumps(line)) + 2) - 10)
    data = message(lines)
    assert BYTES_MAX - 1000 < len(data) < BYTES_MAX
    answer = json.loads(table.settle_json(data, catalogue=catalogue))
    assert len(answer["lines"]) == len(lines)
    assert answer["total"] == len(lines)
