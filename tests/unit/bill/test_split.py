"""Fee lines worked out by hand: every step, every refusal, and lines that real replies show.

Each example is asked of the kernel and of the oracle.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import medsettle as ms
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue, GroupRule, Item, ItemVersion, Limit, Rules, Share
from medsettle.bill.line import FeeLine
from medsettle.bill.refused import LinesError
from medsettle.bill.words import STEPS
from medsettle.money import FEN_MAX
from medsettle.reference.lines import split_lines
from medsettle.vocabulary import FOUR_AMOUNTS

FROM, UNTIL = dt.date(2024, 1, 1), dt.date(2200, 1, 1)
DAY, NEXT = dt.date(2025, 3, 1), dt.date(2025, 3, 2)
CODE, OTHER = "XA02BCA001A001010100001", "XN02BEA001A001010100001"
VISIT: dict[str, Any] = {"date": DAY, "level": "tertiary", "days": 3}
CEILING_FIRST = ("not_covered", "restriction", "price_ceiling", "quantity", "first_step")


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def version(**fields: Any) -> ItemVersion:
    """Return a class B item of 10 % first step, on all days."""
    usual: dict[str, Any] = {
        "from_": FROM,
        "until": UNTIL,
        "class_": "class_b",
        "shares": (Share({(None, None): 100_000}),),
    }
    return ItemVersion(**{**usual, **fields})


def share(ppm: int) -> dict[str, Any]:
    return {"shares": (Share({(None, None): ppm}),)}


def rules(**fields: Any) -> Rules:
    usual: dict[str, Any] = {
        "from_": FROM,
        "until": UNTIL,
        "order": tuple(STEPS),
        "over_quantity": "full_self_pay",
        "discharge_days": 7,
        "cite": "",
        "provenance": "verified",
    }
    return Rules(**{**usual, **fields})


def catalogue(*versions: ItemVersion, **fields: Any) -> Catalogue:
    """Return a catalogue of one item with these versions, and a plain other one."""
    usual: dict[str, Any] = {
        "region": "990000",
        "title": "样例",
        "rules": (rules(),),
        "groups": (),
        "items": (
            Item(code=CODE, name="药", versions=versions),
            Item(code=OTHER, name="另一种药", versions=(version(**share(0)),)),
        ),
    }
    return Catalogue(**{**usual, **fields})


def line(price: str = "10", quantity: str | int = 1, **fields: Any) -> FeeLine:
    return FeeLine.from_yuan(fields.pop("code", CODE), price=price, quantity=quantity, **fields)


def bill_of(noun: Catalogue, lines: list[FeeLine], table: ms.BenefitTable, **visit: Any) -> ms.Bill:
    """Return what the kernel makes of a bill."""
    visit = {**VISIT, **visit}
    insured = visit.pop("insured", None)
    claim = ms.Claim(benefit="inpatient", status="active", in_scope_fen=0, **visit)
    return ms.Catalogue(build_image(noun)).split(claim, lines, table, insured=insured)


def parts(
    noun: Catalogue, lines: list[FeeLine], table: ms.BenefitTable, **visit: Any
) -> list[tuple[int, ...]]:
    """Return each line's four amounts in fen, in which the kernel and the oracle agree."""
    bill = bill_of(noun, lines, table, **visit)
    found = [tuple(getattr(one, f"{name}_fen") for name in FOUR_AMOUNTS) for one in bill.lines]
    said = split_lines(noun, lines, **{"insured": "employee", **VISIT, **visit})
    assert [tuple(getattr(one, f"{name}_fen") for name in FOUR_AMOUNTS) for one in said] == found
    return found


# -------------------------------------------------------------------- lines that real replies show


@pytest.mark.parametrize(
    ("item", "price", "quantity", "expected"),
    [
        # 4.52 x 5 % = 0.226: the first step is 0.23
        (version(**share(50_000)), "4.52", 1, (0, 0, 23, 429)),
        (
            version(class_="class_a", ceiling_e6={None: 2_000_000}, **share(0)),
            "2",
            3,
            (0, 0, 0, 600),
        ),
        (version(class_="class_c", **share(1_000_000)), "1.5", 1, (150, 0, 0, 0)),
        (version(class_="class_a", **share(0)), "3.5", 9, (0, 0, 0, 3150)),
        # the class says A and the share 100 %: the share counts
        (version(class_="class_a", **share(1_000_000)), "120", 10, (120_000, 0, 0, 0)),
    ],
)
def test_lines_of_real_replies(
    item: ItemVersion,
    price: str,
    quantity: int,
    expected: tuple[int, ...],
    table: ms.BenefitTable,
) -> None:
    assert parts(catalogue(item), [line(price, quantity)], table) == [expected]


# ---------------------------------------------------------------------------------- step by step


@pytest.mark.parametrize(
    ("item", "marks", "expected"),
    [
        (version(class_="class_c", shares=()), {}, (1000, 0, 0, 0)),
        (version(restricted=True), {}, (1000, 0, 0, 0)),
        (version(restricted=True), {"approval": "refused"}, (1000, 0, 0, 0)),
        (version(restricted=True), {"approval": "approved"}, (0, 0, 100, 900)),
        (version(), {"approval": "refused"}, (1000, 0, 0, 0)),
        (version(compound_only=True), {"herb_use": "single"}, (1000, 0, 0, 0)),
        (version(compound_only=True), {"herb_use": "compound"}, (0, 0, 100, 900)),
        (version(), {"herb_use": "single"}, (0, 0, 100, 900)),
        (version(ceiling_e6={None: 8_000_000}), {}, (0, 200, 80, 720)),
        (version(ceiling_e6={None: 8_000_000}, over_price="all"), {}, (1000, 0, 0, 0)),
        (version(ceiling_e6={None: 10_000_000}, over_price="all"), {}, (0, 0, 100, 900)),
        (version(ceiling_e6={None: 1, "tertiary": 9_000_000}), {}, (0, 100, 90, 810)),
        (version(ceiling_e6={"primary": 1}), {}, (0, 0, 100, 900)),
    ],
)
def test_steps_of_one_line(
    item: ItemVersion, marks: dict[str, Any], expected: tuple[int, ...], table: ms.BenefitTable
) -> None:
    assert parts(catalogue(item), [line(**marks)], table) == [expected]


def test_what_is_over_the_limit_goes_where_the_rules_say(table: ms.BenefitTable) -> None:
    item = version(limit=Limit("line", 20_000), ceiling_e6={None: 8_000_000})
    # 30 yuan: one of three is over; of the other two 4 yuan are above the ceiling
    assert parts(catalogue(item), [line(quantity=3)], table) == [(1000, 400, 160, 1440)]
    other = rules(over_quantity="over_limit")
    found = parts(catalogue(item, rules=(other,)), [line(quantity=3)], table)
    assert found == [(0, 1400, 160, 1440)]


def test_a_ceiling_before_the_quantity_looks_at_the_whole_quantity(table: ms.BenefitTable) -> None:
    item = version(limit=Limit("line", 20_000), ceiling_e6={None: 8_000_000})
    noun = catalogue(item, rules=(rules(order=CEILING_FIRST),))
    # 6 of 30 yuan are above the ceiling; then one of three is over the limit, at 8 yuan
    assert parts(noun, [line(quantity=3)], table) == [(800, 600, 160, 1440)]


@pytest.mark.parametrize(
    ("per", "over"),
    [
        ("line", (0, 0, 0)),
        ("day", (0, 1000, 0)),
        ("bill", (0, 1000, 2000)),
        ("stay_day", (0, 0, 0)),
    ],
)
def test_what_a_limit_of_three_counts(
    per: str, over: tuple[int, ...], table: ms.BenefitTable
) -> None:
    """Three lines of two; the third is of the next day; the stay has three days."""
    lines = [line(quantity=2), line(quantity=2), line(quantity=2, date=NEXT)]
    found = parts(catalogue(version(limit=Limit(per, 30_000))), lines, table)
    assert tuple(one[0] for one in found) == over


def test_bill_and_stay_day_count_alike_and_versions_without_a_limit_do_not(
    table: ms.BenefitTable,
) -> None:
    """Three versions in three days: no limit, three on the bill, two a day for a stay of three."""
    third = dt.date(2025, 3, 3)
    noun = catalogue(
        version(until=DAY),
        version(from_=DAY, until=NEXT, limit=Limit("bill", 30_000)),
        version(from_=NEXT, until=third, limit=Limit("stay_day", 20_000)),
    )
    before = dt.date(2025, 2, 28)
    lines = [line(quantity=5, date=before), line(quantity=4), line(quantity=4, date=NEXT)]
    assert [one[0] for one in parts(noun, lines, table)] == [0, 1000, 1000]


def test_discharge_medicine_is_covered_in_proportion(table: ms.BenefitTable) -> None:
    two_weeks = {"discharge_medicine": True, "supply_days": 14}
    fourteen = line(quantity=14, **two_weeks)
    assert parts(catalogue(version()), [fourteen], table) == [(7000, 0, 700, 6300)]
    # of 70 yuan 56 are within the ceiling
    item = version(ceiling_e6={None: 8_000_000})
    assert parts(catalogue(item), [fourteen], table) == [(7000, 1400, 560, 5040)]
    # the limit of 10 takes 40 yuan, then half of 100; the limit counts all 10
    item = version(limit=Limit("bill", 110_000))
    found = parts(catalogue(item), [line(quantity=10, **two_weeks), line(quantity=2)], table)
    assert found == [(5000, 0, 500, 4500), (1000, 0, 100, 900)]


@pytest.mark.parametrize(
    "marks",
    [
        {"discharge_medicine": True},
        {"supply_days": 14},
        {"discharge_medicine": True, "supply_days": 7},
    ],
)
def test_other_medicine_is_covered_whole(marks: dict[str, Any], table: ms.BenefitTable) -> None:
    assert parts(catalogue(version()), [line(**marks)], table) == [(0, 0, 100, 900)]
    noun = catalogue(version(), rules=(rules(discharge_days=None),))
    long = line(discharge_medicine=True, supply_days=365)
    assert parts(noun, [long], table) == [(0, 0, 100, 900)]


def test_shares_go_by_price_person_and_level(table: ms.BenefitTable) -> None:
    ranges = (
        Share({(None, None): 100_000}, 2_000_000_000),
        Share({(None, None): 200_000, ("resident", None): 300_000, (None, "primary"): 50_000}),
    )
    noun = catalogue(version(shares=ranges))
    prices = [line("2000"), line("2000.000001")]
    assert [one[2] for one in parts(noun, prices, table)] == [20_000, 40_000]
    found = parts(noun, prices, table, insured="resident", level="primary")
    assert [one[2] for one in found] == [20_000, 60_000]
    found = parts(noun, prices, table, level="primary")
    assert [one[2] for one in found] == [20_000, 10_000]


def test_a_group_has_its_own_share_in_its_period(table: ms.BenefitTable) -> None:
    rule = GroupRule(
        group="bed", from_=NEXT, until=UNTIL, cite="", provenance="verified", **share(400_000)
    )
    noun = catalogue(version(group="bed"), groups=(rule,))
    found = parts(noun, [line(), line(date=NEXT)], table)
    assert [one[2] for one in found] == [100, 400]


def test_a_level_that_is_not_told_must_not_matter(table: ms.BenefitTable) -> None:
    same = dict.fromkeys(("community", "primary", "secondary", "tertiary"), 8000000)
    noun = catalogue(version(ceiling_e6={None: 1, **same}))
    assert parts(noun, [line()], table, level=None) == [(0, 200, 80, 720)]


# --------------------------------------------------------------------------------------- returns


def test_returns_take_back_what_the_limit_had_left_first(table: ms.BenefitTable) -> None:
    noun = catalogue(version(limit=Limit("bill", 20_000)))
    lines = [
        line(quantity=3, id="a"),
        line(quantity=1),
        line(quantity=-1, returns="a"),
        line(quantity=1),
        line(quantity=-2, returns="a"),
        line(quantity=1),
    ]
    assert parts(noun, lines, table) == [
        (1000, 0, 200, 1800),
        (1000, 0, 0, 0),
        (-1000, 0, 0, 0),  # the one that was over the limit comes back first
        (1000, 0, 0, 0),
        (0, 0, -200, -1800),
        (0, 0, 100, 900),  # the limit has room again
    ]


def test_a_return_is_split_as_its_original_was(table: ms.BenefitTable) -> None:
    """The item has another share and group since, and has then left the catalogue."""
    noun = catalogue(
        version(until=NEXT, group="bed"),
        version(from_=NEXT, until=dt.date(2025, 3, 5), group="large_equipment", **share(500_000)),
    )
    for date in (NEXT, dt.date(2025, 4, 1)):
        lines = [line(id="a"), line(quantity=-1, returns="a", date=date, approval="refused")]
        assert parts(noun, lines, table) == [(0, 0, 100, 900), (0, 0, -100, -900)]
        bill = bill_of(noun, lines, table)
        assert bill.claim.items == {}
        assert bill.lines[1].group == "bed"
        assert bill.lines[1].share_ppm == 100_000


def test_a_half_fen_is_returned_as_it_was_charged(table: ms.BenefitTable) -> None:
    """0.335 x 3 is 1.01; one of them 0.34, and the two that stay 0.67."""
    noun = catalogue(version(**share(500_000)))
    lines = [line("0.335", 3, id="a"), line("0.335", -1, returns="a")]
    assert parts(noun, lines, table) == [(0, 0, 51, 50), (0, 0, -17, -17)]


def test_the_amount_charged_counts(table: ms.BenefitTable) -> None:
    found = parts(catalogue(version()), [line("0.335", 3, amount=a) for a in ("1", "1.02")], table)
    assert [sum(one) for one in found] == [100, 102]


# -------------------------------------------------------------------------------------- refusals


ITEM = version(
    until=dt.date(2026, 1, 1),
    shares=(Share({("employee", None): 100_000}),),
    ceiling_e6={"primary": 8_000_000},
    limit=Limit("stay_day", 10_000),
)
BACK = line(quantity=-1, returns="a", id="b")


@pytest.mark.parametrize(
    ("lines", "visit", "row", "code"),
    [
        ([line(code="nonsense")], {}, 1, "L101"),
        ([line(code="XA02BCA001A001010100009")], {}, 1, "L102"),
        ([line(date=dt.date(2023, 12, 31))], {}, 1, "L103"),
        ([line(date=dt.date(2026, 1, 1))], {}, 1, "L103"),
        ([line(quantity=0)], {}, 1, "L104"),
        ([line("-1")], {}, 1, "L104"),
        ([line(amount="10.02")], {}, 1, "L105"),
        ([line("0.001", amount="-0.01")], {}, 1, "L105"),
        ([line(), line("0.001", -1, amount="0.01")], {}, 2, "L105"),
        ([line("10000000000.000001")], {}, 1, "L106"),
        ([line("10000000001", amount="5")], {}, 1, "L106"),
        ([line("0", 100_000_001)], {}, 1, "L106"),
        ([line("9999999999"), line("2")], {}, 2, "L106"),
        ([line()], {"insured": "resident"}, 1, "L107"),
        ([line()], {"level": None}, 1, "L107"),
        ([line(quantity=-1)], {}, 1, "L108"),
        ([BACK, line(id="a")], {}, 1, "L108"),
        ([line(id="a"), line(returns="a")], {}, 2, "L108"),
        ([line(id="a", quantity=2), BACK, line(quantity=-1, returns="b")], {}, 3, "L108"),
        ([line(id="a", code=OTHER), BACK], {}, 2, "L109"),
        ([line("9.999999", id="a"), BACK], {}, 2, "L109"),
        ([line(id="a", quantity="0.9999"), BACK], {}, 2, "L109"),
        ([line(id="a", amount="9.99"), BACK], {}, 2, "L109"),
        ([line()], {"days": None}, 1, "L110"),
    ],
)
def test_every_refusal(
    lines: list[FeeLine], visit: dict[str, Any], row: int, code: str, table: ms.BenefitTable
) -> None:
    noun = catalogue(ITEM)
    with pytest.raises(LinesError) as raised:
        bill_of(noun, lines, table, **visit)
    assert [(one.row, one.code) for one in raised.value.refused] == [(row, code)]
    told = split_lines(noun, lines, **{"insured": "employee", **VISIT, **visit})
    assert [at for at, one in enumerate(told, 1) if one.status != "OK"] == [row]


def test_a_refused_line_counts_nowhere_and_cannot_be_returned(table: ms.BenefitTable) -> None:
    wrong = line(id="a", amount="10.02")
    with pytest.raises(LinesError) as raised:
        bill_of(catalogue(version(limit=Limit("bill", 10_000))), [wrong, BACK, line()], table)
    assert [(one.row, one.code) for one in raised.value.refused] == [(1, "L105"), (2, "L108")]


def test_days_without_rules_are_refused(table: ms.BenefitTable) -> None:
    noun = catalogue(version(), rules=(rules(until=NEXT),))
    with pytest.raises(LinesError) as raised:
        bill_of(noun, [line(), line(date=NEXT)], table)
    assert [(one.row, one.code) for one in raised.value.refused] == [(2, "L103")]


def test_ten_billion_yuan_are_split(table: ms.BenefitTable) -> None:
    most, back = line("10000000000", id="a"), line("10000000000", -1, returns="a")
    assert parts(catalogue(version()), [most], table) == [(0, 0, FEN_MAX // 10, FEN_MAX // 10 * 9)]
    found = parts(catalogue(version()), [most, back, line("10000000000")], table)
    assert [sum(one) for one in found] == [FEN_MAX, -FEN_MAX, FEN_MAX]
