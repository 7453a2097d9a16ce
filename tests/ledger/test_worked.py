"""Worked by hand: what a cancellation, a late bill and a refund do to the bills behind them.

The town: 1 000 yuan of deductible in the year, 80 % from the pooled fund, 10 000 yuan in the year,
the rest from the account.  All amounts here are yuan.

    deposit of 500 on 1 January
    A  1 February     600   deductible 600, pooled 0; of 600 left the account pays 500, cash 100
    B  1 March      2 400   deductible 400, pooled 80 % of 2 000 = 1 600; account empty, cash 800
    C  1 April     12 000   80 % = 9 600, but 10 000 − 1 600 = 8 400 are left; cash 3 600
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from medsettle.ledger import Ledger, Row
from tests.ledger.town import bill, town


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(town())
    ledger.deposit("2025-01-01", 500_00)
    ledger.settle(bill("A", "2025-02-01", 600))
    ledger.settle(bill("B", "2025-03-01", "2400.00"))
    ledger.settle(bill("C", "2025-04-01", 12_000))
    return ledger


def yuan(**amounts: int) -> dict[str, Decimal]:
    return {payer: Decimal(amount) for payer, amount in amounts.items()}


def paid(ledger: Ledger, claim: str) -> tuple[int, int, int, int]:
    """Deductible, pooled fund, own account, cash, in yuan."""
    settlement = ledger.settlements[claim]
    fen = (settlement.deductible_fen, settlement.pay_fen("pooled"),
           settlement.pay_fen("own_account"), settlement.cash_fen)  # fmt: skip
    assert not any(amount % 100 for amount in fen)
    a, b, c, d = (amount // 100 for amount in fen)
    return a, b, c, d


def links(rows: tuple[Row, ...]) -> list[tuple[int, str, int | None]]:
    return [(row.number, row.claim, row.reverses) for row in rows]


def test_the_year_as_it_was_settled(ledger: Ledger) -> None:
    assert paid(ledger, "A") == (600, 0, 500, 100)
    assert paid(ledger, "B") == (400, 1_600, 0, 800)
    assert paid(ledger, "C") == (0, 8_400, 0, 3_600)
    assert ledger.sums.funds == yuan(own_account=500, pooled=10_000)
    assert ledger.sums.cash == 4_500


def test_the_first_is_cancelled_and_the_deductible_moves_to_the_second(ledger: Ledger) -> None:
    """B: deductible 1 000, 80 % of 1 400 = 1 120, account 500 of 1 280.  C: 10 000 − 1 120."""
    change = ledger.cancel("A")
    assert paid(ledger, "B") == (1_000, 1_120, 500, 780)
    assert paid(ledger, "C") == (0, 8_880, 0, 3_120)
    b, c = change.differences
    assert (b.claim, c.claim) == ("B", "C")
    assert b.funds == yuan(pooled=-480, own_account=500)
    assert (b.cash, b.deductible, b.total) == (-20, 600, 0)
    assert c.funds == yuan(pooled=480)
    assert (c.cash, c.deductible) == (-480, 0)
    assert change.concerned is not None
    assert change.concerned.funds == yuan(own_account=-500)
    assert change.concerned.cash == -100
    # Together the person gets 600 back, the bill of A, and every fund is as it was.
    assert change.sums.funds == {}
    assert change.sums.cash == -600


def test_the_rows_undo_the_latest_first_and_then_redo(ledger: Ledger) -> None:
    assert links(ledger.rows) == [(1, "A", None), (2, "B", None), (3, "C", None)]
    change = ledger.cancel("A")
    assert links(change.rows) == [
        (4, "C", 3), (5, "B", 2), (6, "A", 1), (7, "B", None), (8, "C", None),
    ]  # fmt: skip
    undone = change.rows[1]
    assert undone.funds == yuan(pooled=-1_600)
    assert (undone.total, undone.cash, undone.deductible) == (-2_400, -800, -400)
    assert undone.in_scope_fen == -2_400_00
    assert ledger.reversed_by == {1: 6, 2: 5, 3: 4}
    assert ledger.sums.funds == yuan(pooled=10_000, own_account=500)
    assert ledger.sums.cash == 3_900


def test_the_account_has_its_money_back(ledger: Ledger) -> None:
    """Without B and C, cancelling A gives the 500 back to the account."""
    for claim in ("C", "B"):
        ledger.cancel(claim)
    assert ledger.year_to_date.counters.get("own_account.balance", 0) == 0
    ledger.cancel("A")
    assert ledger.year_to_date.counters == {"own_account.balance": 500_00}
    assert ledger.settlements == {}
    assert ledger.sums.funds == {}


def test_a_late_bill_takes_what_the_later_ones_had(ledger: Ledger) -> None:
    """L, 15 February, 1 000: deductible 400, pooled 480, cash 520.

    B: no deductible left, 80 % of 2 400 = 1 920.  C: 10 000 − 480 − 1 920 = 7 600.
    """
    change = ledger.settle(bill("L", "2025-02-15", 1_000))
    assert paid(ledger, "L") == (400, 480, 0, 520)
    assert paid(ledger, "B") == (0, 1_920, 0, 480)
    assert paid(ledger, "C") == (0, 7_600, 0, 4_400)
    b, c = change.differences
    assert (b.funds, b.cash, b.deductible) == (yuan(pooled=320), -320, -400)
    assert (c.funds, c.cash, c.deductible) == (yuan(pooled=-800), 800, 0)
    assert change.sums.funds == {}  # the ceiling was reached before, too
    assert change.sums.cash == 1_000


def test_a_partial_refund_is_a_replacement(ledger: Ledger) -> None:
    """Of B's 2 400, 400 are returned: 80 % of 1 600 = 1 280, cash 720.  C has 320 more room."""
    change = ledger.replace(bill("B", "2025-03-01", 2_000))
    assert paid(ledger, "B") == (400, 1_280, 0, 720)
    assert paid(ledger, "C") == (0, 8_720, 0, 3_280)
    assert change.concerned is not None
    assert (change.concerned.total, change.concerned.cash) == (-400, -80)
    assert links(change.rows) == [(4, "C", 3), (5, "B", 2), (6, "B", None), (7, "C", None)]
    assert change.previous is not None
    assert change.previous.pooled == 1_600


def test_retired_from_a_day_on(ledger: Ledger) -> None:
    """From 1 March 90 %: B 1 800, so that C has 8 200; A came before and stays."""
    change = ledger.identity("2025-03-01", status="retired")
    assert paid(ledger, "A") == (600, 0, 500, 100)
    assert paid(ledger, "B") == (400, 1_800, 0, 600)
    assert paid(ledger, "C") == (0, 8_200, 0, 3_800)
    assert [one.claim for one in change.differences] == ["B", "C"]
    assert change.concerned is None
    assert change.settlement is None


def test_another_table(ledger: Ledger) -> None:
    """With 70 %: B 1 400; C 8 400 of 8 600 left: 70 % of 12 000."""
    change = ledger.retable(town("70"))
    assert paid(ledger, "B") == (400, 1_400, 0, 1_000)
    assert paid(ledger, "C") == (0, 8_400, 0, 3_600)
    assert [one.claim for one in change.differences] == ["B"]
    assert ledger.table is town("70")


def test_an_interim_settlement_takes_the_deductible_once() -> None:
    """A home bed: 300 a stay, then half.  Without the first part the second bears it."""
    ledger = Ledger(town())
    for number, month in enumerate((1, 2, 3), 1):
        part = bill(f"H{number}", f"2025-{month:02}-28", 1_000, benefit="home_bed")
        ledger.settle(part, stay="bed at home")
    assert [paid(ledger, f"H{number}")[0] for number in (1, 2, 3)] == [300, 0, 0]
    change = ledger.cancel("H1")
    assert [paid(ledger, f"H{number}")[0] for number in (2, 3)] == [300, 0]
    assert [one.claim for one in change.differences] == ["H2"]
    assert change.differences[0].funds == yuan(pooled=-150)
    ledger.settle(bill("H1", "2025-01-28", 1_000, benefit="home_bed"), stay="bed at home")
    assert [paid(ledger, f"H{number}")[0] for number in (1, 2, 3)] == [300, 0, 0]
    ledger.cancel("H2")
    assert [paid(ledger, f"H{number}")[0] for number in (1, 3)] == [300, 0]
