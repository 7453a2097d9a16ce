"""Stays: interim settlements, stays that interrupt each other, stays across the year end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

import medsettle as ms
from medsettle.ledger import Ledger, LedgerError, Part, split_stay
from tests.ledger.town import bill, town


def part(name: str, date: str, **fields: Any) -> ms.Claim:
    return bill(name, date, 1_000, benefit="home_bed", **fields)


def deductibles(ledger: Ledger) -> list[int]:
    return [int(one.deductible) for one in ledger.settlements.values()]


def test_other_bills_do_not_interrupt_a_stay() -> None:
    ledger = Ledger(town())
    ledger.settle(part("H1", "2025-01-31"), stay="H")
    ledger.settle(bill("X", "2025-02-10", 100, benefit="outpatient"))
    ledger.settle(part("H2", "2025-02-28"), stay="H")
    assert deductibles(ledger) == [300, 100, 0]


def test_a_part_that_comes_late() -> None:
    ledger = Ledger(town())
    ledger.settle(part("H2", "2025-02-28"), stay="H")
    change = ledger.settle(part("H1", "2025-01-31"), stay="H")
    assert deductibles(ledger) == [300, 0]
    assert [one.claim for one in change.differences] == ["H2"]


def test_the_middle_part_is_cancelled() -> None:
    ledger = Ledger(town())
    for name, date in (("H1", "2025-01-31"), ("H2", "2025-02-28"), ("H3", "2025-03-31")):
        ledger.settle(part(name, date), stay="H")
    change = ledger.cancel("H2")
    assert deductibles(ledger) == [300, 0]
    assert change.differences == ()


@pytest.mark.parametrize("other", ["G", ""])
def test_stays_that_interrupt_each_other_are_refused(other: str) -> None:
    """What is counted by the stay would go on with the wrong one."""
    ledger = Ledger(town())
    ledger.settle(part("H1", "2025-01-31"), stay="H")
    ledger.settle(part("G1", "2025-02-10"), stay=other)
    with pytest.raises(LedgerError) as caught:
        ledger.settle(part("H2", "2025-02-28"), stay="H")
    assert (caught.value.code, caught.value.claim) == ("Y106", "H2")
    ledger.cancel("G1")
    ledger.settle(part("H2", "2025-02-28"), stay="H")
    with pytest.raises(LedgerError) as caught:
        ledger.settle(part("G1", "2025-02-10"), stay=other)
    assert (caught.value.code, caught.value.claim) == ("Y106", "H2")
    assert deductibles(ledger) == [300, 0]
    ledger.settle(part("H3", "2025-03-10", continues=True))  # said by the claim itself
    ledger.settle(part("H4", "2025-03-11"), stay="H")
    assert deductibles(ledger) == [300, 0, 0, 0]


def test_the_ledger_says_what_continues() -> None:
    ledger = Ledger(town())
    with pytest.raises(LedgerError) as caught:
        ledger.settle(part("H1", "2025-01-31", continues=True), stay="H")
    assert caught.value.code == "Y106"


def test_a_replaced_part_stays_in_its_stay() -> None:
    ledger = Ledger(town())
    ledger.settle(part("H1", "2025-01-31"), stay="H")
    ledger.settle(part("H2", "2025-02-28"), stay="H")
    ledger.replace(part("H2", "2025-02-27"))
    assert deductibles(ledger) == [300, 0]
    ledger.replace(part("H2", "2025-02-27"), stay="")
    assert deductibles(ledger) == [300, 300]
    ledger.replace(part("H2", "2025-01-30"), stay="H")
    assert (list(ledger.settlements), deductibles(ledger)) == (["H2", "H1"], [300, 0])


def test_a_stay_goes_on_in_the_next_ledger() -> None:
    ledger = Ledger(town())
    ledger.settle(part("H1", "2025-12-31"), stay="H")
    after = ledger.carry_on()
    after.settle(part("H2", "2026-01-31"), stay="H")
    after.settle(part("G1", "2026-02-10"), stay="G")
    assert deductibles(after) == [0, 300]
    after.cancel("H2")  # H3 goes on with the part in the ledger before
    after.settle(part("H3", "2026-02-01"), stay="H")
    assert deductibles(after) == [0, 300]
    assert Ledger.from_json(after.to_json(), town()) == after


# ---------------------------------------------------------------------------- the year end


def stay(**fields: Any) -> ms.Claim:
    """A stay from 28 December to 5 January: eight nights, 9 000 yuan."""
    return bill("S", "2026-01-06", 9_000, total=9_500, admitted="2025-12-28",
                discharged="2026-01-05", days=8, items={"bed": 80}, **fields)  # fmt: skip


OLD = Part(in_scope_fen=6_000_00, full_self_pay_fen=500_00, items={"bed": 40_00})
NEW = Part(in_scope_fen=3_000_00, items={"bed": 40_00})
FLOAT: Any = {"bed": 40.0}


def test_a_stay_is_split_at_the_year_end() -> None:
    old, new = split_stay(stay(), [OLD, NEW])
    assert (old.id, new.id) == ("S-1", "S-2")
    assert (old.date, new.date) == (dt.date(2025, 12, 31), dt.date(2026, 1, 6))
    assert (old.days, new.days) == (4, 4)
    assert old.admitted == new.admitted == dt.date(2025, 12, 28)
    assert (old.discharged, new.discharged) == (None, dt.date(2026, 1, 5))
    assert (old.in_scope_fen, new.in_scope_fen) == (6_000_00, 3_000_00)
    assert (old.full_self_pay_fen, new.full_self_pay_fen) == (500_00, 0)
    assert old.total_fen + new.total_fen == stay().total_fen
    assert old.items == new.items == {"bed": 40_00}


def test_each_part_belongs_to_its_year() -> None:
    """80 % of 5 000 in the old year; of 3 000 in the new one, where J bore the deductible."""
    ledger = Ledger(town())
    ledger.settle(bill("J", "2026-01-03", 1_500, benefit="outpatient"))
    changes = [ledger.settle(one, stay="S") for one in split_stay(stay(), [OLD, NEW])]
    assert [one.settlement and one.settlement.pooled for one in changes] == [4_000, 2_400]
    assert changes[0].differences == ()  # the next year's bill is not touched by the old year's
    assert ledger.settlements["S-2"].claim.continues


def test_a_stay_that_begins_with_the_year_is_in_one() -> None:
    one = bill("S", "2026-01-02", 1, admitted="2026-01-01")
    assert split_stay(one, [Part(in_scope_fen=1_00)]) == (one,)
    until = bill("S", "2026-01-01", 1, admitted="2025-12-31", discharged="2026-01-01", days=1)
    parts = split_stay(until, [Part(in_scope_fen=1_00), Part(in_scope_fen=0)])
    assert [(str(part.date), part.days) for part in parts] == [("2025-12-31", 1), ("2026-01-01", 0)]


def test_a_home_bed_bears_its_deductible_once() -> None:
    ledger = Ledger(town())
    for one in split_stay(stay(benefit="home_bed"), [OLD, NEW]):
        ledger.settle(one, stay="S")
    assert deductibles(ledger) == [300, 0]


def test_the_policy_says_when_its_year_begins() -> None:
    whole = split_stay(stay(), [Part(in_scope_fen=9_000_00, full_self_pay_fen=500_00,
                                     items={"bed": 80_00})], year_starts=7)  # fmt: skip
    assert whole == (stay(),)
    long = bill("L", "2026-07-01", 30, admitted="2024-06-30", discharged="2026-07-01")
    parts = split_stay(long, [Part(in_scope_fen=10_00)] * 3 + [Part(in_scope_fen=0)], year_starts=7)
    days = [(2024, 6, 30), (2025, 6, 30), (2026, 6, 30), (2026, 7, 1)]
    assert [one.date for one in parts] == [dt.date(*day) for day in days]
    assert [one.days for one in parts] == [None] * 4


@pytest.mark.parametrize(
    ("parts", "fields", "code", "told"),
    [
        ([], {}, "Y112", "touches 2 years, given 0 parts"),
        ([OLD], {}, "Y112", "touches 2 years, given 1 part"),
        ([OLD, OLD], {}, "Y112", "full_self_pay"),
        ([OLD, Part(in_scope_fen=3_000_00)], {}, "Y112", "items.bed"),
        ([OLD, Part(in_scope_fen=3_000_01, items={"bed": 40_00})], {}, "Y112", "in_scope"),
        ([OLD, Part(in_scope_fen=3_000_00, items=FLOAT)], {}, "C111", "items.bed"),
        ([OLD, NEW], {"days": 3}, "Y112", "3 days are fewer"),
        ([OLD, NEW], {"admitted": None}, "C110", "admitted"),
    ],
)
def test_what_cannot_be_split(
    parts: list[Part], fields: dict[str, Any], code: str, told: str
) -> None:
    claim = msgspec.structs.replace(stay(), **fields)
    with pytest.raises((LedgerError, ms.ClaimError)) as caught:
        split_stay(claim, parts)
    assert caught.value.code == code
    assert told in str(caught.value)
    assert "1 parts" not in str(caught.value)


def test_a_month_that_is_none() -> None:
    with pytest.raises(ms.ClaimError):
        split_stay(stay(), [OLD, NEW], year_starts=13)
