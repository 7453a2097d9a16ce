"""Whole bills in columns: NumPy and Arrow, against one bill at a time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import medsettle as ms
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue, Item, ItemVersion, Limit, Rules, Share
from medsettle.bill.words import LINE_STATUS, STEPS

FROM, UNTIL = dt.date(2024, 1, 1), dt.date(2200, 1, 1)
DRUG, OUT = "XA02BCA001A001010100001", "XN02BEA001A001010100001"
BED, SCAN = "110900001", "210300001"
DAY = dt.date(2025, 3, 1)


def item(code: str, name: str, class_: str, ppm: int, **others: Any) -> Item:
    shares = (Share({(None, None): ppm}),)
    version = ItemVersion(from_=FROM, until=UNTIL, class_=class_, shares=shares, **others)
    return Item(code=code, name=name, versions=(version,))


@pytest.fixture(scope="module")
def catalogue() -> ms.Catalogue:
    items = (
        item(DRUG, "奥美拉唑", "class_b", 50_000, ceiling_e6={"tertiary": 4_000_000}),
        item(BED, "床位费", "class_a", 0, group="bed", limit=Limit("stay_day", 10_000)),
        item(SCAN, "CT", "class_b", 100_000, group="large_equipment"),
        item(OUT, "目录外药", "class_c", 1_000_000),
    )
    rules = Rules(
        from_=FROM,
        until=UNTIL,
        order=tuple(STEPS),
        over_quantity="full_self_pay",
        discharge_days=7,
        cite="a#1",
        provenance="verified",
    )
    noun = Catalogue(region="990000", title="样例", rules=(rules,), groups=(), items=items)
    return ms.Catalogue(build_image(noun))


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


CLAIMS: dict[str, Any] = {
    "person": np.array([1, 1, 2, 3]),
    "date": np.array(["2025-03-01", "2025-04-01", "2025-03-01", "2025-03-01"], "datetime64[D]"),
    "benefit": np.array("inpatient"),
    "level": np.array(["tertiary", "primary", "tertiary", "secondary"]),
    "status": np.array("active"),
    "days": np.array([3, 2, 1, 1]),
}
#: bill, code, price, quantity, charged, date, returns
LINES: list[tuple[int, str, str, str, str | None, dt.date | None, int]] = [
    (0, DRUG, "4.52", "1000", None, None, -1),
    (0, BED, "40", "5", "200.00", dt.date(2025, 2, 27), -1),
    (0, SCAN, "310.5", "1", None, None, -1),
    (0, SCAN, "310.5", "-1", None, None, 2),
    (1, OUT, "12.345678", "3.5", "43.20", None, -1),
    (1, DRUG, "9.99", "100", None, None, -1),
    (2, "XA02BCA001A001010100009", "1", "1", None, None, -1),
    (2, DRUG, "1", "1", None, None, -1),
]


def numpy_lines() -> dict[str, Any]:
    bill, code, price, quantity, charged, date, returns = zip(*LINES, strict=True)
    nothing = -(2**63)
    return {
        "bill": np.array(bill),
        "code": np.array(code),
        "price_e6": np.array([int(Decimal(one) * 10**6) for one in price]),
        "quantity_e4": np.array([int(Decimal(one) * 10**4) for one in quantity]),
        "amount_fen": np.array(
            [nothing if one is None else int(Decimal(one) * 100) for one in charged]
        ),
        "date": np.array(date, "datetime64[D]"),
        "returns": np.array(returns),
    }


def fee_lines(bill: int) -> list[ms.FeeLine]:
    mine = [line for line in LINES if line[0] == bill]
    return [
        ms.FeeLine.from_yuan(
            code,
            price=price,
            quantity=quantity,
            amount=charged,
            date=date,
            id=f"L{at}",
            returns="" if returns < 0 else f"L{returns}",
        )
        for at, (_, code, price, quantity, charged, date, returns) in enumerate(mine)
    ]


def one_by_one(table: ms.BenefitTable, catalogue: ms.Catalogue) -> list[ms.Settlement | None]:
    found: list[ms.Settlement | None] = []
    year: dict[int, ms.Settlement] = {}
    for at, person in enumerate(CLAIMS["person"]):
        claim = ms.Claim.from_yuan(
            date=CLAIMS["date"][at].item(),
            benefit="inpatient",
            level=str(CLAIMS["level"][at]),
            status="active",
            days=int(CLAIMS["days"][at]),
            in_scope=0,
        )
        try:
            bill = catalogue.split(claim, fee_lines(at), table)
        except ms.ClaimError:
            found.append(None)
            continue
        found.append(table.settle(bill.claim, year.get(int(person))))
        year[int(person)] = found[-1]
    return found


def test_a_batch_of_bills_is_what_one_bill_after_the_other_is(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    bills = table.settle_bills(catalogue, CLAIMS, numpy_lines())
    for at, settled in enumerate(one_by_one(table, catalogue)):
        told = {name: int(column[at]) for name, column in bills.claims.items()}
        if settled is None:
            assert told.pop("status") == ms.Status.LINES_REFUSED
            assert not any(told.values())
            continue
        assert told["cash_fen"] == settled.cash_fen
        assert {
            f"{fund}_fen": fen for fund, fen in settled.funds_fen.items()
        }.items() <= told.items()
        for name in ("full_self_pay_fen", "over_limit_fen", "first_step_fen", "in_scope_fen"):
            assert told[name] == getattr(settled.claim, name)
    assert bills.claims["status"].tolist() == [0, 0, *[ms.Status.LINES_REFUSED] * 2]


def test_lines_are_told_by_hand(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    lines = table.settle_bills(catalogue, CLAIMS, numpy_lines()).lines
    told = list(
        zip(
            *(
                lines[name].tolist()
                for name in (
                    "amount_fen", "full_self_pay_fen", "over_limit_fen", "first_step_fen",
                    "in_scope_fen",
                )
            ),
            strict=True,
        )
    )  # fmt: skip
    # 4.52 above the ceiling of 4: 520 over, 5 % of 4000; 5 bed days of 3; the scan is taken back
    assert told[:4] == [
        (452_000, 0, 52_000, 20_000, 380_000),
        (20_000, 8_000, 0, 0, 12_000),
        (31_050, 0, 0, 3_105, 27_945),
        (-31_050, 0, 0, -3_105, -27_945),
    ]
    # 12.345678 x 3.5 = 43.209873, charged a fen less; class C; no ceiling at a primary hospital
    assert told[4:6] == [(4_320, 4_320, 0, 0, 0), (99_900, 0, 0, 4_995, 94_905)]
    assert [LINE_STATUS[status] for status in lines["status"]] == [
        *["OK"] * 6, "UNKNOWN_ITEM", "OK",
    ]  # fmt: skip


def test_arrow_tables_say_the_same(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    bill, code, price, quantity, charged, date, returns = zip(*LINES, strict=True)
    claims = pa.table(
        {
            "person": CLAIMS["person"],
            "date": pa.array(CLAIMS["date"]),
            "benefit": ["inpatient"] * 4,
            "level": CLAIMS["level"].tolist(),
            "status": ["active"] * 4,
            "days": CLAIMS["days"],
        }
    )
    decimals = {
        "price": pa.array(map(Decimal, price), pa.decimal128(16, 6)),
        "quantity": pa.array(map(Decimal, quantity), pa.decimal128(16, 4)),
        "amount": pa.array([c and Decimal(c) for c in charged], pa.decimal128(16, 2)),
    }
    lines = pa.table({"bill": bill, "code": code, **decimals, "date": date, "returns": returns})
    answer = table.settle_bills(catalogue, claims, lines)
    expected = table.settle_bills(catalogue, CLAIMS, numpy_lines())
    for name, column in expected.claims.items():
        got = answer.claims.column(name.removesuffix("_fen")).to_pylist()
        scale = 100 if name.endswith("_fen") else 1
        assert [int(value * scale) for value in got] == column.tolist(), name
    for name, column in expected.lines.items():
        got = answer.lines.column(name.removesuffix("_fen")).to_pylist()
        scale = 100 if name.endswith("_fen") else 1
        assert [int(value * scale) for value in got] == column.tolist(), name


def test_items_may_be_given_by_number(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    lines = numpy_lines()
    expected = table.settle_bills(catalogue, CLAIMS, lines)
    lines["item"] = catalogue.find_items(lines.pop("code"))
    found = table.settle_bills(catalogue, CLAIMS, lines)
    assert all((found.lines[name] == expected.lines[name]).all() for name in expected.lines)


def test_no_bills_and_bills_without_lines(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    none = {name: column[:0] for name, column in numpy_lines().items()}
    bills = table.settle_bills(catalogue, CLAIMS, none)
    assert bills.claims["status"].tolist() == [ms.Status.LINES_REFUSED] * 4
    assert not any(column.any() for name, column in bills.claims.items() if name != "status")
    one = {name: column[:1] for name, column in numpy_lines().items()}
    found = table.settle_bills(catalogue, CLAIMS, one).claims["status"].tolist()
    assert found == [0, *[ms.Status.LINES_REFUSED] * 3]
    empty = {name: column[:0] if column.ndim else column for name, column in CLAIMS.items()}
    assert len(table.settle_bills(catalogue, empty, none).claims["cash_fen"]) == 0


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"bill": np.array([1, 0] * 4)}, ValueError, "sort the lines"),
        ({"bill": np.full(8, 4)}, ValueError, "rows of the claims"),
        ({"bill": np.full(8, 0.5)}, TypeError, "row of the claim"),
        ({"price_e6": np.full(8, 1.5)}, TypeError, "price_e6"),
        ({"colour": np.zeros(8)}, ValueError, "`colour` is not known"),
        ({"code": None}, ValueError, "either `code` or `item`"),
        ({"code": np.arange(8)}, TypeError, "expected text"),
        ({"approval": np.full(8, "perhaps")}, ValueError, "not_needed, approved, refused"),
        ({"approval": np.full(8, 3)}, ValueError, "codes are 0 to 2"),
        ({"quantity_e4": np.ones(7, np.int64)}, ValueError, "different lengths"),
        ({"supply_days_e2": np.full(8, -1)}, ValueError, "supply_days_e2"),
        ({"discharge_medicine": np.ones(8)}, TypeError, "booleans"),
    ],
)
def test_columns_that_are_no_good_are_told(
    table: ms.BenefitTable,
    catalogue: ms.Catalogue,
    change: dict[str, Any],
    error: type[Exception],
    told: str,
) -> None:
    lines = {name: col for name, col in (numpy_lines() | change).items() if col is not None}
    with pytest.raises(error, match=told):
        table.settle_bills(catalogue, CLAIMS, lines)


def test_amounts_are_not_stated_beside_lines(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    claims = CLAIMS | {"in_scope_fen": np.zeros(4, np.int64)}
    with pytest.raises(ValueError, match="their lines'"):
        table.settle_bills(catalogue, claims, numpy_lines())
