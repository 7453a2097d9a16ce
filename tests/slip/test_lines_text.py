"""The slip as text with the lines of the bill, the till, the year so far."""

from __future__ import annotations

import re

import pytest

import medsettle as ms
from medsettle.bill.line import FeeLine
from medsettle.slip.beginning import price_text, quantity_text
from medsettle.text import width
from medsettle.wire import read_claim
from tests.slip.bills import BED, DRUG, EXAMPLES, split, stay, table, till


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("zh", "  甲类（1 条）\n    2. 床位费  40.00 × 5 "),
        ("zh", "丙类小计 "),
        ("zh", "大型设备检查，先行自付 10%"),
        ("zh", "限价 4.00，先行自付 5%"),
        ("zh", "支架，限制使用"),
        ("zh", "6. CT平扫  310.50 × -1 "),
        ("zh", "退费，大型设备检查"),
        ("zh", "现金实收 "),
        ("zh", "个人负担的构成"),
        ("zh", "住院统筹基金：就诊次数"),
        ("zh", "下一张单据将遇到"),
        ("zh", "起付线尚余：住院统筹基金，本年第 2 次，每次 650.00 "),
        ("en", "class A (lines: 1)"),
        ("en", "restricted"),
        ("en", "taken at the till "),
        ("en", "deductible left: inpatient pooled, visit 2 of the year, per visit 650.00"),
        ("en", "what is counted by the year starts again on 2026-01-01"),
    ],
)
def test_what_is_told(lang: str, told: str) -> None:
    settlement, bill = stay()
    assert told in settlement.explain(lang, bill=bill, cashier=till(settlement))


def test_limits_on_the_quantity_are_told() -> None:
    lines = (
        FeeLine.from_yuan(BED, price="40", quantity="5", id="1"),
        FeeLine.from_yuan(DRUG, price="3", quantity="10", discharge_medicine=True,
                          supply_days="14", id="2"),
        FeeLine.from_yuan(DRUG, price="3", quantity="-1", returns="2"),
        FeeLine.from_yuan(DRUG, price="3", quantity="1", discharge_medicine=True, supply_days="7"),
        FeeLine.from_yuan(BED, price="40", quantity="-5", returns="1"),
    )  # fmt: skip
    bill = split(lines)
    found = [(one.limit_per, one.limit_quantity_e4, one.discharge_days) for one in bill.lines]
    bed = ("stay_day", 10_000, None)
    assert found == [bed, ("", None, 7), ("", None, 7), ("", None, None), bed]
    settlement = table().settle(bill.claim)
    for told in (settlement.explain(bill=bill), settlement.page(bill=bill)):
        assert told.count("限每住院日 1") == 2
        assert told.count("出院带药限 7 天") == 2
    english = settlement.explain("en", bill=bill)
    assert "limit 1 per day of the stay" in english
    assert "discharge medicine for 7 days at most" in english


def test_an_account_that_nobody_told_of_is_left_out() -> None:
    table = ms.load(EXAMPLES / "town.toml")
    claim, year = read_claim((EXAMPLES / "town-stay.json").read_bytes())
    told = table.settle(claim, year)
    assert "账户余额：" in told.explain()
    assert "<caption>账户余额</caption>" in told.page()
    assert year is not None
    empty = table.settle(claim, year.with_balances(own_fen=0))
    assert empty.outlook.balances
    assert "账户余额" not in empty.explain() + empty.page()


def test_amounts_stand_below_each_other() -> None:
    settlement, bill = stay()
    told = settlement.explain(bill=bill)
    found = re.findall(r"^(.* {2,}[≈\d,-]+)\.\d\d(?:\d\d)?$", told, re.MULTILINE)
    ends = {width(line) for line in found}
    assert len(found) > 40
    assert len(ends) == 1


def test_the_parts_add_up_to_the_persons_part() -> None:
    table = ms.load(EXAMPLES / "town.toml")
    settlement = table.settle(*read_claim((EXAMPLES / "town-stay.json").read_bytes()))
    told = settlement.explain()
    section = told[told.index("个人负担的构成") : told.index("结算后的累计")].splitlines()
    assert [line.split()[0] for line in section[1:6]] == [
        "全自费", "医疗救助按比例自付", "医疗救助超封顶线", "合计",
        "其中由个人账户、家庭共济账户支付",
    ]  # fmt: skip
    assert section[4].split()[1] == "14,470.00"
    assert section[5].split()[1] == "1,234.56"


@pytest.mark.parametrize(
    ("price", "told"),
    [(12_300_000, "12.30"), (38_500, "0.0385"), (1, "0.000001"), (0, "0.00"),
     (9_999_999_999_999_999, "9,999,999,999.999999"), (1_000_000_000, "1,000.00")],
)  # fmt: skip
def test_prices(price: int, told: str) -> None:
    assert price_text(price) == told


@pytest.mark.parametrize(
    ("quantity", "told"), [(10_000, "1"), (-10_000, "-1"), (5_000, "0.5"), (-1, "-0.0001"),
                           (123_450_000, "12,345")],
)  # fmt: skip
def test_quantities(quantity: int, told: str) -> None:
    assert quantity_text(quantity) == told
