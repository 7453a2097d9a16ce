"""The page: well formed, alone in the world, every figure the settlement's, nothing smuggled in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

import medsettle as ms
from medsettle.bill.line import LineResult
from medsettle.cashier import CashierAmount
from medsettle.money import yuan_text
from medsettle.slip.beginning import price_text, quantity_text
from medsettle.slip.drawing import Slice, bar, meter
from medsettle.slip.plain import plain
from medsettle.vocabulary import FOUR_AMOUNTS
from medsettle.wire import read_claim
from tests.property.test_slip import EXAMPLES
from tests.slip.bills import DAY, split, stay, table, till
from tests.slip.bills import EXAMPLES as FILES
from tests.slip.html_page import Page, amounts_in

LANGUAGES = ("zh", "en")
GOLDEN = Path(__file__).parent / "golden" / "town-stay.html"


class Lines(msgspec.Struct):
    """A bill that was split elsewhere."""

    lines: Sequence[LineResult]
    group_titles: dict[str, str] = {}


def pages(settlement: ms.Settlement) -> list[Page]:
    return [Page(settlement.page(lang)) for lang in LANGUAGES]


def town() -> ms.Settlement:
    claim, ytd = read_claim((FILES / "town-stay.json").read_bytes())
    return ms.load(FILES / "town.toml").settle(claim, ytd)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_is_one_of_the_text(lang: str) -> None:
    settlement, bill = stay()
    text = settlement.explain(lang, bill=bill, cashier=till(settlement))
    page = Page(settlement.page(lang, bill=bill, cashier=till(settlement)))
    zero = {"0.00"}  # the text leaves out what is nothing
    assert page.amounts - zero == amounts_in(text) - zero
    assert len(page.amounts) > 30


@pytest.mark.parametrize("name", EXAMPLES)
def test_pages_of_shipped_policies(name: str) -> None:
    for settlement in EXAMPLES[name][:6]:
        for lang, page in zip(LANGUAGES, pages(settlement), strict=True):
            zero = {"0.00"}
            assert page.amounts - zero == amounts_in(settlement.explain(lang)) - zero


def test_who_pays() -> None:
    settlement = town()
    page = pages(settlement)[0]
    paid = {"基本医疗保险统筹基金": "pooled", "医疗救助": "assistance", "其他基金": "other",
            "医疗机构承担": "hospital", "个人账户": "own_account"}  # fmt: skip
    for label, fund in paid.items():
        rows = [row for row in page.rows if row[0] == label and len(row) == 3]
        assert rows[0][-1] == yuan_text(settlement.pay_fen(fund))
    assert page.row("您（现金）")[-1] == yuan_text(settlement.cash_fen)
    assert "13,235.44" in page.text
    assert "个人账户支付 1,234.56 元" in page.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_line_is_there_with_its_amounts(lang: str) -> None:
    settlement, bill = stay()
    page = Page(settlement.page(lang, bill=bill))
    for number, line in enumerate(bill.lines, start=1):
        row = page.row(str(number))
        assert row[1].startswith(line.name)
        assert line.code in row[1]
        assert row[2:5] == [
            price_text(line.price_e6), quantity_text(line.quantity_e4), yuan_text(line.amount_fen)
        ]  # fmt: skip
        amounts = [getattr(line, f"{kind}_fen") for kind in FOUR_AMOUNTS]
        assert row[5:] == [yuan_text(fen) if fen else "–" for fen in amounts]
    sums = {"甲类小计": "class_a", "乙类小计": "class_b", "丙类小计": "class_c"}
    if lang == "zh":
        for label, class_ in sums.items():
            mine = [line for line in bill.lines if line.class_ == class_]
            assert page.row(label)[1:] == [
                yuan_text(sum(getattr(line, field) for line in mine))
                for field in ("amount_fen", *(f"{kind}_fen" for kind in FOUR_AMOUNTS))
            ]
    whole = page.row("全部明细合计" if lang == "zh" else "all lines")
    assert whole[1] == yuan_text(settlement.claim.total_fen)
    assert "支架" in page.text if lang == "zh" else "restricted" in page.text
    assert "退费" in page.text if lang == "zh" else "return" in page.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_a_page_by_itself(lang: str) -> None:
    settlement, bill = stay()
    html = settlement.page(lang, bill=bill)
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>\n")
    assert "//" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "@import" not in html
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "a", "base"})
    for _, attributes in page.elements:
        assert attributes.keys().isdisjoint({"src", "href", "style", "srcset", "data"})
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_can_be_listened_to(lang: str) -> None:
    settlement, bill = stay()
    page = Page(settlement.page(lang, bill=bill))
    (root,) = [attributes for tag, attributes in page.elements if tag == "html"]
    assert root["lang"] == {"zh": "zh-CN", "en": "en"}[lang]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    scopes = {attributes.get("scope") for tag, attributes in page.elements if tag == "th"}
    assert scopes == {"col", "row", "rowgroup"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [attributes["aria-labelledby"] for tag, attributes in page.elements if tag == "section"]
    assert set(named) <= set(ids)
    for tag, attributes in page.elements:
        assert tag != "svg" or "aria-label" in attributes or "aria-hidden" in attributes


def test_english_pages_say_what_is_chinese() -> None:
    settlement, bill = stay()
    html = settlement.page("en", bill=bill)
    assert '<bdi lang="zh-CN">床位费</bdi>' in html
    assert '<bdi lang="zh-CN">床位费</bdi>' not in settlement.page("zh", bill=bill)


def test_it_prints_on_a4() -> None:
    settlement, bill = stay()
    html = settlement.page(bill=bill)
    assert re.search(r"@page \{ size: A4;", html)
    assert ".items thead { display: table-header-group; }" in html
    assert f"110000/employee  {table().fingerprint[:16]}" in html


# ---------------------------------------------------------------------------- hostile texts

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"' onload=alert(1) x='",
    "entity": "&lt;b&gt;&amp;amp;",
    "comment": "--><!-- ]]> </style></title>",
    "rtl": "\u202egnp.exe \u05d0\u05d1\u05d2 \u0627\u0644\u0639",
    "emoji": "👩‍⚕️💊🇨🇳",
    "controls": "a\x00b\x1b[31mc\x85\u2028d\r\ne\tf\x7f",
    "surrogate": "half \ud83d of it",
    "no character": "\ufffe\uffff\ufdd0\U0010ffff",
    "zalgo": "Z" + "\u0301" * 500,
    "long": "长" * 20_000,
    "unbroken": "W" * 5_000,
    "blank": " ",
}


def named(name: str) -> Lines:
    """Return the bill of the stay, its first line named so in every way."""
    first, *others = stay()[1].lines
    return Lines([msgspec.structs.replace(first, name=name, code=name, group=name), *others])


def page_named(name: str, lang: str) -> str:
    claim = msgspec.structs.replace(stay()[0].claim, id=name)
    return table().settle(claim).page(lang, bill=named(name), person=name)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names(name: str, lang: str) -> None:
    told = page_named(name, lang)
    shape = [tag for tag, _ in Page(told).elements]
    assert shape == [tag for tag, _ in Page(page_named("x", lang)).elements]
    told.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told)
    assert len(told) < 60_000
    text = stay()[0].explain(lang, bill=named(name))
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", text)
    assert len(text.splitlines()) == text.count("\n")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("注射用水", "注射用水"),
        ("a\nb", "a b"),
        ("\x1b[31m", "\ufffd[31m"),
        ("é" * 3, "é" * 3),
        ("abcdef", "abc…"),
        ("x" + "\u0301" * 9, "x" + "\u0301" * 3),
    ],
)
def test_plain(given: str, told: str) -> None:
    most = 4 if given == "abcdef" else 200
    found = plain(given, most)
    assert found == told or (given[1:2] == "\u0301" and found.count("\u0301") == 8)


def test_a_policy_may_be_hostile(tmp_path: Path) -> None:
    text = (FILES / "town.toml").read_text(encoding="utf-8")
    for title in ("某市居民医保（虚构）", "统筹基金", "某市居民医保办法", "村民", "进口植入材料"):
        text = text.replace(f'"{title}"', '"</style><script>x</script>&\\"\'"')
    path = tmp_path / "town.toml"
    path.write_text(text, encoding="utf-8")
    claim, ytd = read_claim((FILES / "town-stay.json").read_bytes())
    for page in pages(ms.load(path).settle(claim, ytd)):
        assert "script" not in {tag for tag, _ in page.elements}
        assert "</style><script>" in page.text


# ---------------------------------------------------------------------------- who it is for


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_named_but_by_request(lang: str) -> None:
    settlement, bill = stay()
    claim = msgspec.structs.replace(settlement.claim, person="110101199001011234")
    settlement = table().settle(claim)
    assert "110101199001011234" not in settlement.page(lang, bill=bill)
    assert "110101199001011234" not in settlement.explain(lang, bill=bill)
    assert "<bdi>A. N. Other</bdi>" in settlement.page(lang, person="A. N. Other")
    assert "110101199001011234" not in settlement.page(lang, person="A. N. Other")


# ---------------------------------------------------------------------------- what is refused


def test_a_bill_of_another_settlement() -> None:
    settlement, bill = stay()
    for other in (Lines(bill.lines[1:]), Lines([*bill.lines, bill.lines[0]]), Lines([])):
        for tell in (settlement.page, settlement.explain):
            with pytest.raises(ValueError, match="not that of this settlement"):
                tell(bill=other)


def test_a_line_that_does_not_add_up() -> None:
    settlement, bill = stay()
    wrong = msgspec.structs.replace(bill.lines[1], amount_fen=1)
    with pytest.raises(ValueError, match=r"line 2 is 0\.01 yuan, its four amounts are 200.00"):
        settlement.page(bill=Lines([bill.lines[0], wrong, *bill.lines[2:]]))


def test_a_till_of_another_settlement() -> None:
    settlement, _ = stay()
    for due, rounded in ((1, 0), (settlement.cash_fen + 1, settlement.cash_fen)):
        wrong = CashierAmount(due, rounded)
        with pytest.raises(ValueError, match="`cashier` is not that of this settlement"):
            settlement.page(cashier=wrong)


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="zh, en"):
        stay()[0].page("fr")


# ---------------------------------------------------------------------------- the whole


def test_nothing_to_pay() -> None:
    """A bill of nothing, without lines."""
    settlement = table().settle(
        ms.Claim(benefit="inpatient", date=DAY, in_scope_fen=0, level="tertiary", status="active")
    )
    html = settlement.page(bill=Lines([]))
    page = Page(html)
    assert "bar" not in {attributes.get("class") for _, attributes in page.elements}
    assert page.row("全部明细合计")[1:] == ["0.00"] * 5


def test_ten_thousand_lines() -> None:
    settlement, bill = stay()
    nothing = msgspec.structs.replace(
        bill.lines[0],
        **dict.fromkeys(("amount_fen", *(f"{kind}_fen" for kind in FOUR_AMOUNTS)), 0),
    )
    html = settlement.page(bill=Lines([*bill.lines, *[nothing] * 10_000]))
    assert Page(html).row("10006")[4] == "0.00"


def test_the_same_page_every_time() -> None:
    """The same bytes, from many threads at once."""
    settlement, bill = stay()
    again = table().settle(split().claim)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda one: one.page(bill=bill), [settlement, again] * 20))
    assert len(set(told)) == 1


def test_the_golden_page() -> None:
    """The page of `examples/town-stay.json`, as it was looked at.

    After a change that is meant: `medsettle explain --policy examples/town.toml --html
    examples/town-stay.json --force -o tests/slip/golden/town-stay.html`, and look at it.
    """
    golden = GOLDEN.read_text(encoding="utf-8")
    mine = town()
    assert mine.page().replace(mine.table.fingerprint, "…") == _without(golden)


def _without(golden: str) -> str:
    (fingerprint,) = re.findall(r"\b[0-9a-f]{64}\b", golden)
    foot = fingerprint[:16]
    now = town().table.fingerprint
    return golden.replace(fingerprint, "…").replace(foot, now[:16])


# ---------------------------------------------------------------------------- drawings


def test_the_bar_is_whole_and_everybody_is_seen() -> None:
    slices = [Slice("a", 1), Slice("b", 10**12 - 2), Slice("c", 0), Slice("d", 1, is_cash=True)]
    drawn = re.findall(r'x="(\d+)" y="1" width="(\d+)" height="38"', bar(slices, "told"))
    spans = [(int(start), int(wide)) for start, wide in drawn]
    assert spans[0][0] == 0
    assert all(wide >= 6 for _, wide in spans)
    assert [start for start, _ in spans[1:]] == [start + wide for start, wide in spans[:-1]]
    assert sum(spans[-1]) == 1_000


@pytest.mark.parametrize(
    ("used", "limit", "wide"), [(0, 100, 0), (50, 100, 30), (100, 100, 60), (200, 100, 60),
                                (0, 0, 60), (-5, 100, 0)],
)  # fmt: skip
def test_the_meter(used: int, limit: int, wide: int) -> None:
    assert f'width="{wide}" height="6" fill="#' in meter(used, limit)
