"""The slip: amounts, bands, ceilings, clauses and counters, and never the person."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import medsettle as ms
from medsettle.compile.decompile import decompile
from medsettle.compile.listing import table_text
from medsettle.load import shipped
from medsettle.money import half_up
from medsettle.slip.runs import bands_passed, layer_runs
from medsettle.slip.teller import money
from medsettle.text import width
from tests.unit.town import TOWN, town


@pytest.fixture(scope="module")
def employee() -> ms.BenefitTable:
    return ms.load("110000/employee")


def retiree(table: ms.BenefitTable, **more: Any) -> ms.Settlement:
    """Return published example 07."""
    claim = ms.Claim.from_yuan(
        date="2025-06-01", benefit="inpatient", level="tertiary", status="retired",
        total="189085.85", in_scope="164411.81", person="somebody", **more,
    )  # fmt: skip
    counters = {"inpatient_pooled.visits": 1, "inpatient_pooled.pay": 824_049}
    return table.settle(claim, ms.YearToDate(dt.date(2025, 5, 1), counters))


def civil_servant(table: ms.BenefitTable) -> ms.Settlement:
    """Return published example 08."""
    claim = ms.Claim.from_yuan(
        date="2025-03-03", benefit="outpatient", level="tertiary", status="active",
        supplement="civil_servant", in_scope="1812.37", first_step="104.35",
    )  # fmt: skip
    names = ("outpatient_large.deductible", "outpatient_large.measured", "civil_servant.deductible")
    return table.settle(claim, ms.YearToDate(counters=dict.fromkeys(names, 96_144)))


@pytest.mark.parametrize(
    "told",
    [
        "2025-06-01，住院，三级，退休",
        "本年第 2 次，650.00，含在第一段内",
        "650.00 至 30,000.00：29,350.00 × 91%",
        "30,000.00 至 40,000.00：10,000.00 × 94%",
        "40,000.00 至 ≈97,372.1753：≈57,372.1753 × 97%",
        "年度支付 100,000.00，此前已计 8,240.49",
        "已达到封顶线",
        "转入 住院大额互助资金",
        "北京市人民政府令第158号 第三十二条、第三十三条、第三十六条（两个来源一致）",
        "≈67,039.6347 × 80%",
        "53,631.71",
        "43,694.63",
        "100,000.00",
        "依据的可靠程度（取最弱）",
        "  调整：退休，个人负担比例 ×0.6（第三十六条）",
        "一个来源，载明文件",
    ],
)
def test_the_retiree_in_chinese(employee: ms.BenefitTable, told: str) -> None:
    assert told in retiree(employee).explain()


@pytest.mark.parametrize(
    "told",
    [
        "visit 2 of the year, 650.00, inside the first band",
        "30,000.00 to 40,000.00: 10,000.00 × 94%",
        "ceiling reached, paid up to ≈97,372.1753 of the base",
        "handed over to inpatient_large",
        "第三十六条 (corroborated)",
        "  adjusted: status retired, the person's share × 0.6 (第三十六条)",
        "cash, the person",
    ],
)
def test_the_retiree_in_english(employee: ms.BenefitTable, told: str) -> None:
    assert told in retiree(employee).explain("en")


def test_only_what_applied_is_told(employee: ms.BenefitTable) -> None:
    assert "37号" not in retiree(employee).explain()
    assert "调整" not in civil_servant(employee).explain()
    poor = retiree(employee, assistance="minimum_living")
    assert "调整：低保对象，起付线 ×0.5（京医保发〔2022〕37号 五）" in poor.explain()
    told = (
        "adjusted: assistance minimum living, the fund's share +5 points (京医保发〔2022〕37号 五)"
    )
    assert told in poor.explain("en")


def test_receipt_cites_what_applied(employee: ms.BenefitTable) -> None:
    def clauses(settlement: ms.Settlement) -> tuple[str, ...]:
        lines = settlement.receipt.lines
        return next(line.cite for line in lines if line.layer == "serious_illness")

    poor = retiree(employee, assistance="minimum_living")
    assert clauses(poor) == (*clauses(retiree(employee)), "京医保发〔2022〕37号 五")


CITY = """
region = "999900"
scheme = "employee"
title = "某市"
[age]
under_70 = 0
age_70_up = 70
[source.rules]
title = "办法"
[[benefit.inpatient]]
from = 2025-01-01
cite = "rules"
layers = ["main", "top"]
[[layer.main]]
title = "统筹基金（住院）"
fund = "pooled"
from = 2025-01-01
cite = "rules#一"
provenance = "unverified"
base = ["in_scope"]
deductible = { per = "visit", amount_yuan = 1_000 }
bands = [{ share_pct = 80 }]
adjust = [
  { when = { age = "age_70_up", level = ["tertiary", "primary"] }, add_points_pct = -2.5 },
  { when = { age = "age_70_up" }, deductible_plus_yuan = -300, cite = "rules#二" },
  { when = { age = "under_70" }, at_least_pct = 82 },
]
ceilings = [{ per = "year", pay_yuan = 5_000 }]
[[layer.top]]
fund = "large_amount"
from = 2025-01-01
cite = "rules"
provenance = "unverified"
base = ["main.over_ceiling"]
tops_up = ["main"]
bands = [{ share_pct = 90 }]
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> ms.BenefitTable:
    path = tmp_path_factory.mktemp("city") / "city.toml"
    path.write_text(CITY, encoding="utf-8")
    return ms.load(path)


def stay(table: ms.BenefitTable, age: int) -> ms.Settlement:
    return table.settle(ms.Claim.from_yuan(
        date="2025-03-03", benefit="inpatient", level="tertiary", age=age, in_scope="20000",
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("age", "lang", "told"),
    [
        (69, "zh", ["69 岁，基金支付比例不低于 82%（一）"]),
        (70, "zh", ["70 岁、三级，基金支付比例 -2.5 个百分点（一）",
                    "70 岁，起付线 -300.00（二）"]),
        (70, "en", ["age 70 and level tertiary, the fund's share -2.5 points (一)",
                    "age 70, the deductible -300.00 (二)"]),
    ],
)  # fmt: skip
def test_adjustments_by_age(city: ms.BenefitTable, age: int, lang: str, told: list[str]) -> None:
    lines = stay(city, age).explain(lang).splitlines()
    found = [line.strip() for line in lines if line.startswith(("  调整：", "  adjusted: "))]
    assert [line.replace("：", ": ").partition(": ")[2] for line in found] == told


def test_a_layer_is_called_by_its_title(city: ms.BenefitTable) -> None:
    told = stay(city, 50).explain()
    assert "1. 基本医疗保险统筹基金  统筹基金（住院）  main\n" in told
    assert "基数：统筹基金（住院） 超封顶线" in told
    assert "以上连同 统筹基金（住院） 已付部分" in told
    assert "2. 大额医疗费用补助  top\n" in told
    assert "统筹基金（住院）" not in stay(city, 50).explain("en")


def test_compiled_adjustments_have_their_conditions(city: ms.BenefitTable) -> None:
    told = table_text(city.image)
    assert "  if age age_70_up and level primary/tertiary: add_points -2.5  办法 一" in told
    assert "  if age age_70_up: deductible_plus -300.00  办法 二" in told


def test_a_layer_that_tops_up(employee: ms.BenefitTable) -> None:
    told = civil_servant(employee).explain("en")
    assert "0.00 to 1,473.81: 1,473.81 × 90%" in told
    assert "together with what outpatient_large paid" in told
    assert "1,800.00, 961.44 used before" in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_never_the_person(employee: ms.BenefitTable, lang: str) -> None:
    assert "somebody" not in retiree(employee).explain(lang)


def test_an_unknown_language(employee: ms.BenefitTable) -> None:
    with pytest.raises(ValueError, match="zh, en"):
        retiree(employee).explain("fr")


def test_amounts_stand_below_each_other(employee: ms.BenefitTable) -> None:
    lines = [line for line in retiree(employee).explain().splitlines() if line.startswith("  ")]
    ends = {
        width(line[: line.rindex(".")])
        for line in lines
        if line[-3:-2] == "." and line[-2:].isdigit() and "  " in line.strip()
    }
    assert len(ends) == 1


@pytest.mark.parametrize("settle", [retiree, civil_servant])
def test_bands_add_up_to_the_payment(employee: ms.BenefitTable, settle: Any) -> None:
    paid: dict[str, int] = {}
    for run in layer_runs(settle(employee)):
        topped = sum(paid.get(name, 0) for name in run.use.tops_up)
        bands = sum((band.pay for band in bands_passed(run)), Fraction(0))
        assert half_up(bands) - topped == run.step.pay
        paid[run.step.layer] = run.step.pay


@pytest.mark.parametrize("settle", [retiree, civil_servant])
def test_counters_are_those_of_before(employee: ms.BenefitTable, settle: Any) -> None:
    first = layer_runs(settle(employee))[0]
    known = {
        retiree: {"inpatient_pooled.visits": 1, "inpatient_pooled.pay": 824_049},
        civil_servant: {"outpatient_large.deductible": 96_144},
    }
    assert known[settle].items() <= first.before.items()


@pytest.mark.parametrize(
    ("fen", "told"),
    [
        (Fraction(123_456), "1,234.56"),
        (Fraction(-5), "-0.05"),
        (Fraction(68_166_7, 10), "681.6670"),
        (Fraction(100, 3), "≈0.3333"),
        (Fraction(200, 3), "≈0.6667"),
        (Fraction(-1, 3), "≈-0.0033"),
    ],
)
def test_money(fen: Fraction, told: str) -> None:
    assert money(fen) == told


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_table_is_printed_back(name: str) -> None:
    table = ms.load(name)
    told = table_text(table.image)
    for layer in table.meta.layers:
        assert f"layer {layer.name}  from {layer.from_}" in told
    for counter in table.meta.counters:
        assert f"  {counter}  per " in told


def test_decompiled_rows(employee: ms.BenefitTable) -> None:
    table = decompile(employee.image)
    program = table.programs[table.spans[-1].programs["inpatient"]]
    chain = table.chain_for(program, retiree(employee).claim)
    assert chain is not None
    row = table.rows[chain.links[0][1]]
    assert [band.share_ppm for band in row.bands] == [910_000, 940_000, 970_000]
    assert row.deductibles == (130_000, 65_000)
    assert row.limits[0] == 10_000_000
    assert program.uses[0].base == ("in_scope",)
    assert program.uses[0].hands_over_to[0] == "inpatient_large"


# ---------------------------------------------------------------------------- the new things


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> list[ms.Settlement]:
    """A stay with everything in it, a visit in a period, and the stay's continuation."""
    table = town(tmp_path_factory.mktemp("town"))
    member: Any = {"benefit": "inpatient", "level": "tertiary_special", "cohort": "villager"}
    claims = [
        ms.Claim.from_yuan(
            date="2025-09-03", in_scope="45000", full_self_pay=100, months=300, days=14,
            items={"imported_implant": 10_000, "class_b": 5}, care="accident", place="referred",
            assistance=("low_income", "minimum_living"), admitted="2025-08-20",
            discharged="2025-09-03", person="somebody", **member,
        ),
        ms.Claim.from_yuan(date="2025-09-10", benefit="outpatient", in_scope="250"),
        ms.Claim.from_yuan(date="2025-09-12", in_scope="2500", months=1, continues=True, **member),
    ]  # fmt: skip
    year: Any = ms.YearToDate(counters={"own_account.balance": 123_456})
    settlements = []
    for claim in claims:
        year = table.settle(claim, year)
        settlements.append(year)
    return settlements


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (0, "2025-09-03，住院，三级特等，低保对象，转诊备案，意外伤害，村民，连续参保 300 个月"),
        (0, "2025-08-20 入院，2025-09-03 出院，14 天，适用 2025-08-20 的规定"),
        (0, "其中：进口植入材料 "),
        (0, "1. 医疗机构承担  hospital_part"),
        (0, "基数：进口植入材料 "),
        (0, "先行自付比例部分：10% "),
        (0, "起付线：本年第 1 次，500.00，年度累计不超过 2,500.00，此前已计 0.00"),
        (0, "封顶线：每床日支付 20.00 × 14 天，余额 "),
        (0, "基数：hospital_part 余下 + 统筹基金 余下 + beds 余下 "),
        (0, "基数：全部尚未支付部分 "),
        (0, "以 own_account.balance 的余额为限 "),
        (0, "调整：总费用 45,100.00，基金支付比例 +5 个百分点（四）"),
        (0, "调整：村民，起付线不高于 500.00（三）"),
        (0, "各项支付合计不超过总费用的 95%"),
        (0, "支付依据的可靠程度（取最弱）：一个来源，载明文件"),
        (1, "不再计（main.pay 已大于 0）"),
        (1, "封顶线：每 90 天（ninety_days）支付 300.00，此前已计 0.00"),
        (1, "ninety_days.start（每 90 天（ninety_days））：2025-09-10"),
        (2, "接续此前住院"),
        (2, "起付线：本年第 1 次，500.00，年度累计不超过 2,500.00，此前已计 500.00"),
        (2, "main.visits@tertiary_special（年度） "),
        (2, "支付依据的可靠程度（取最弱）：已见官方文本"),
        (2, "全部依据的可靠程度（取最弱）：一个来源，载明文件"),
    ],
)
def test_the_new_things_in_chinese(village: list[ms.Settlement], at: int, told: str) -> None:
    assert told in village[at].explain()


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (0, "level tertiary special, assistance minimum living, place referred, care accident"),
        (0, "admitted 2025-08-20, discharged 2025-09-03, 14 days, by the rules of 2025-08-20"),
        (0, "of which: imported implant "),
        (0, "first share: 10% "),
        (0, "visit 1 of the year, 500.00, per year at most 2,500.00, 0.00 used before"),
        (0, "ceiling per bed day on payment: 20.00 × 14 days, room "),
        (0, "base: everything still unpaid "),
        (0, "at most the balance own_account.balance "),
        (0, "adjusted: bill of 45,100.00, the fund's share +5 points (四)"),
        (0, "adjusted: cohort villager, the deductible at most 500.00 (三)"),
        (0, "all of these together at most 95% of the bill"),
        (1, "waived, since main.pay is above 0"),
        (1, "ceiling per ninety_days (90 days) on payment: 300.00, 0.00 used before"),
        (2, "continues an earlier stay"),
        (2, "Provenance of what was paid, the weakest: verified"),
        (2, "Provenance of all layers asked, the weakest: unverified"),
    ],
)
def test_the_new_things_in_english(village: list[ms.Settlement], at: int, told: str) -> None:
    assert told in village[at].explain("en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_villager_is_not_named(village: list[ms.Settlement], lang: str) -> None:
    assert "somebody" not in "".join(settlement.explain(lang) for settlement in village)


def test_counters_before_each_layer_of_the_village(village: list[ms.Settlement]) -> None:
    """Undoing a settlement's moves gives what it began with."""
    first, visit, _ = (layer_runs(one)[0].before for one in village)
    assert {name: value for name, value in first.items() if value} == {
        "own_account.balance": 123_456
    }
    assert visit["main.visits@tertiary_special"] == 1
    assert visit["clinic.pay"] == 0


def test_a_ceiling_that_only_counts(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    limited = '{ per = "year", pay_yuan = 100_000 }'
    assert limited in TOWN
    path.write_text(TOWN.replace(limited, '{ per = "year", counts = "pay" }'), encoding="utf-8")
    claim = ms.Claim.from_yuan(
        date="2025-09-01", benefit="inpatient", level="primary", months=6, cohort="villager",
        in_scope=2_500,
    )  # fmt: skip
    settlement = ms.load(path).settle(claim)
    assert "  计入 main.pay，此前已计 0.00\n" in settlement.explain()
    assert "  counted in main.pay, 0.00 used before\n" in settlement.explain("en")
