"""What the next bill meets, to the fen: asked of the kernel by settling that bill."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

import medsettle as ms
from medsettle.load import shipped
from medsettle.money import half_up
from medsettle.slip.outlook import BalanceLeft, CeilingLeft, DeductibleLeft, year_until
from medsettle.slip.runs import LayerRun, bands_passed, layer_runs
from tests.property.test_slip import EXAMPLES, next_of
from tests.slip.bills import EXAMPLES as FILES


def stay(date: str = "2025-03-03", in_scope: str = "25000") -> ms.Claim:
    return ms.Claim.from_yuan(
        date=date, benefit="inpatient", level="tertiary", status="active", in_scope=in_scope
    )


@pytest.fixture(scope="module")
def beijing() -> ms.BenefitTable:
    return ms.load("110000/employee")


def test_after_a_first_stay_in_beijing(beijing: ms.BenefitTable) -> None:
    found = beijing.settle(stay()).outlook
    assert found.deductible_left_fen == 65_000  # half of the first stay's
    assert found.deductibles[0] == DeductibleLeft(
        "", "inpatient_pooled", "visit", 2, 65_000, 65_000
    )
    paid = beijing.settle(stay()).pay_fen("pooled")
    pooled = CeilingLeft(
        "inpatient_pooled.pay", "inpatient_pooled", "pay", "year", 10_000_000, paid
    )
    assert found.ceilings[0] == pooled
    assert pooled.left_fen == 10_000_000 - paid
    assert all(one.left_fen == 0 for one in found.balances)
    assert found.year_until == dt.date(2026, 1, 1)
    assert found.funds_at_most_ppm == 1_000_000


def test_the_town_after_its_stay() -> None:
    table = ms.load(FILES / "town.toml")
    from medsettle.wire import read_claim

    settlement = table.settle(*read_claim((FILES / "town-stay.json").read_bytes()))
    found = settlement.outlook
    assert found.deductible_left_fen == 50_000
    beds = CeilingLeft("", "beds", "pay", "bed_day", 28_000, 0)  # 14 days of 20 yuan
    assert beds in found.ceilings
    assert found.balances == (BalanceLeft("own_account.balance", "account", "own_account", 0),)
    assert found.year_until == dt.date(2026, 7, 1)
    assert found.funds_at_most_ppm == 950_000


@pytest.mark.parametrize(
    ("day", "starts", "until"),
    [
        ((2025, 6, 30), 7, (2025, 7, 1)),
        ((2025, 7, 1), 7, (2026, 7, 1)),
        ((2025, 12, 31), 1, (2026, 1, 1)),
        ((2025, 1, 1), 1, (2026, 1, 1)),
        ((2025, 1, 1), 12, (2025, 12, 1)),
        ((2025, 12, 1), 12, (2026, 12, 1)),
    ],
)
def test_when_the_year_starts_again(
    day: tuple[int, int, int], starts: int, until: tuple[int, int, int]
) -> None:
    assert year_until(dt.date(*day), starts) == dt.date(*until)


def first_with_deductible(settlement: ms.Settlement) -> LayerRun | None:
    return next((run for run in layer_runs(settlement) if run.row.deductibles), None)


def test_exactly_the_deductible_pays_nothing_and_a_fen_more_does() -> None:
    """Over all worked examples of shipped policies; funds that pay deductibles are left out."""
    tried = paid = 0
    for settlement in (one for name in EXAMPLES for one in EXAMPLES[name]):
        due = settlement.outlook.deductible_left_fen
        for more in (0, 1, 10_000):
            following = next_of(settlement, in_scope_fen=due + more)
            run = following and first_with_deductible(following)
            if not run or run.step.base != due + more or run.step.first_share or run.use.tops_up:
                continue
            tried += 1
            assert run.step.deductible == due
            rooms = [run.limit(i, 1) - run.used(one) for i, one in enumerate(run.layer.ceilings)]
            if min(rooms, default=10_000) >= 10_000:
                share = sum(band.pay for band in bands_passed(run))
                assert run.step.pay == half_up(share)
                assert (run.step.pay > 0) <= (more > 0)
                paid += run.step.pay > 0
            if not more and len(layer_runs(following)) == 1:
                assert following.total_funds_fen == 0
    assert tried > 300
    assert paid > 100


def test_a_bill_that_reaches_a_ceiling_is_cut_there() -> None:
    """Over all worked examples of shipped policies: a bill of ten million yuan."""
    reached = dict.fromkeys(shipped(), 0)
    for name, settlements in EXAMPLES.items():
        for settlement in settlements:
            following = next_of(settlement, in_scope_fen=10**9)
            if following is None:
                continue
            before, after = settlement.outlook, following.outlook
            for run in layer_runs(following):
                left = [
                    one.left_fen
                    for one in before.ceilings
                    if one.layer == run.layer.meta.name and one.on == "pay"
                ]
                left += [
                    one.left_fen for one in before.balances if one.layer == run.layer.meta.name
                ]
                if run.step.cut:
                    assert run.step.pay == min(left)
                    reached[name] += 1
                    # Nothing is left of it for the bill after that, or it is one of each visit.
                    mine = [one for one in after.ceilings if one.layer == run.layer.meta.name]
                    used = [one for one in mine if one.name]
                    if used and left == [min(left)]:
                        assert [one.left_fen for one in used if one.on == "pay"] in ([0], [])
    assert sum(count > 0 for count in reached.values()) > len(reached) // 2


POLICY = """
region = "999900"
scheme = "employee"
title = "某市"
[source.rules]
title = "办法"
[[benefit.inpatient]]
from = 2025-01-01
cite = "rules"
layers = ["main"]
[[layer.main]]
fund = "pooled"
from = 2025-01-01
{until}
cite = "rules"
provenance = "unverified"
base = ["in_scope"]
deductible = {{ per = "{per}", amount_yuan = 1_000 }}
bands = [{{ share_pct = 80 }}]
ceilings = [{{ per = "{per}", {on}_yuan = 5_000 }}]
{more}
"""


def policy(folder: Path, **fields: str) -> ms.BenefitTable:
    path = folder / "city.toml"
    parts = {"per": "year", "on": "pay", "until": "", "more": "", **fields}
    path.write_text(POLICY.format(**parts), encoding="utf-8")
    return ms.load(path)


@pytest.mark.parametrize(
    ("per", "left", "room"),
    [("visit", 100_000, 500_000), ("stay", 100_000, 500_000), ("day", 0, 340_000),
     ("month", 0, 340_000), ("year", 0, 340_000), ("lifetime", 0, 340_000)],
)  # fmt: skip
def test_windows(tmp_path: Path, per: str, left: int, room: int) -> None:
    found = policy(tmp_path, per=per).settle(stay(in_scope="3000")).outlook
    assert found.deductible_left_fen == left
    assert [one.left_fen for one in found.ceilings] == [room]
    assert [one.window for one in found.ceilings] == [per]


def test_a_stay_that_goes_on_and_one_that_does_not(tmp_path: Path) -> None:
    table = policy(tmp_path, per="stay")
    first = table.settle(stay(in_scope="400"))
    assert first.outlook.deductible_left_fen == 100_000  # the next bill is a new stay
    going_on = msgspec.structs.replace(stay(in_scope="700"), continues=True)
    assert table.settle(going_on, first).deductible_fen == 60_000


def test_a_ceiling_on_cost(tmp_path: Path) -> None:
    table = policy(tmp_path, on="cost")
    first = table.settle(stay(in_scope="3000"))
    (ceiling,) = first.outlook.ceilings
    assert (ceiling.on, ceiling.used_fen, ceiling.left_fen) == ("cost", 200_000, 300_000)
    exactly = table.settle(stay(in_scope="3000"), first)
    more = table.settle(stay(in_scope="3000.01"), first)
    assert exactly.pay_fen("pooled") == more.pay_fen("pooled") == 240_000
    assert exactly.steps[0].over_ceiling == 0
    assert more.steps[0].over_ceiling == 1


LATER = """
[[layer.main]]
fund = "pooled"
from = 2026-01-01
cite = "rules"
provenance = "unverified"
base = ["in_scope"]
deductible = { per = "year", amount_yuan = 1_000 }
bands = [{ share_pct = 70 }]
"""


def test_until_when_the_figures_hold(tmp_path: Path) -> None:
    assert policy(tmp_path).settle(stay()).outlook.rules_until is None
    table = policy(tmp_path, until="until = 2026-01-01", more=LATER)
    assert table.settle(stay()).outlook.rules_until == dt.date(2026, 1, 1)
    assert table.settle(stay("2026-02-01")).outlook.rules_until is None
    told = table.settle(stay()).explain("en")
    assert "these figures hold until 2026-01-01" in told


def test_no_layer_at_all(tmp_path: Path) -> None:
    serves = 'serves = { status = "retired" }'
    settlement = policy(tmp_path, more=serves).settle(stay())
    found = settlement.outlook
    assert (found.deductible_left_fen, found.deductibles, found.ceilings) == (0, (), ())
    assert "没有支付层适用" in settlement.page()
    assert "Nothing" not in settlement.explain("en")
