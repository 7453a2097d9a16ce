"""Each operation and each refusal, one by one; nothing changes where one is refused."""

from __future__ import annotations

import copy
import datetime as dt
import threading
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

import medsettle as ms
from medsettle.ledger import OF_PERSON, Change, Ledger, LedgerError
from medsettle.ledger.replay import replay
from tests.ledger.town import bill, town

Act = Callable[[Any], Change]


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(town(), person="Zhang San")
    ledger.deposit("2025-01-01", 500_00)
    ledger.settle(bill("A", "2025-02-01", 600))
    ledger.settle(bill("B", "2025-03-01", 2_400))
    ledger.settle(bill("C", "2025-04-01", 12_000))
    return ledger


@pytest.fixture
def latest() -> Ledger:
    ledger = Ledger(town(), mode="latest_only")
    ledger.settle(bill("A", "2025-02-01", 600))
    ledger.settle(bill("B", "2025-03-01", 2_400))
    return ledger


def refused(ledger: Ledger, code: str, act: Act) -> LedgerError | ms.ClaimError:
    """Refuse by the ledger and its preview alike; nothing has changed, and nobody is named."""
    before = ledger.copy()
    for door in (ledger.preview, ledger):
        with pytest.raises((LedgerError, ms.ClaimError)) as caught:
            act(door)
        assert caught.value.code == code, caught.value
        assert "Zhang" not in str(caught.value) + repr(caught.value)
    assert ledger == before
    assert ledger.to_json() == before.to_json()
    assert ledger.year_to_date == before.year_to_date
    assert ledger.settlements.keys() == before.settlements.keys()
    return caught.value


# ---------------------------------------------------------------------------- what is refused


def test_a_claim_needs_an_id_of_its_own(ledger: Ledger) -> None:
    refused(ledger, "Y101", lambda door: door.settle(bill("", "2025-05-01", 1)))
    refused(ledger, "Y102", lambda door: door.settle(bill("B", "2025-05-01", 1)))
    refused(ledger, "Y103", lambda door: door.cancel("D"))
    refused(ledger, "Y103", lambda door: door.cancel(""))
    refused(ledger, "Y103", lambda door: door.replace(bill("D", "2025-05-01", 1)))
    ledger.cancel("B")
    refused(ledger, "Y103", lambda door: door.cancel("B"))
    ledger.settle(bill("B", "2025-05-01", 1))


def test_what_the_table_refuses_it_tells_itself(ledger: Ledger) -> None:
    refused(ledger, "C105", lambda door: door.settle(bill("D", "2023-05-01", 1)))
    refused(
        ledger, "C106", lambda door: door.settle(bill("D", "2025-05-01", 1, benefit="pharmacy"))
    )
    refused(ledger, "C108", lambda door: door.replace(bill("C", "2025-05-01", 1, status=None)))
    claim = msgspec.structs.replace(bill("D", "2025-05-01", 1), in_scope_fen=-1)
    refused(ledger, "C101", lambda door: door.settle(claim))


def test_a_later_claim_that_cannot_be_settled_again_is_named(ledger: Ledger) -> None:
    ledger.settle(bill("H", "2025-05-01", 100, benefit="home_bed"))
    error = refused(ledger, "Y105", lambda door: door.identity("2025-04-15", assistance="orphan"))
    assert isinstance(error, LedgerError)
    assert error.claim == "H"
    assert error.refusal is not None
    assert error.refusal.code == "C108"
    assert "claim `H`" in str(error)
    assert "assistance" in str(error)


def test_deposits(ledger: Ledger) -> None:
    refused(ledger, "Y107", lambda door: door.deposit("2025-01-01", -1_000_00))
    refused(ledger, "Y107", lambda door: door.deposit("2025-05-01", 1, "family_account.balance"))
    refused(ledger, "Y107", lambda door: door.deposit("2025-05-01", 1, "pool.pay"))
    refused(ledger, "C111", lambda door: door.deposit("2025-05-01", 1.0))
    refused(ledger, "C111", lambda door: door.deposit("2025-05-01", True))
    refused(ledger, "C102", lambda door: door.deposit("2025-05-01", 10**30))
    refused(ledger, "C110", lambda door: door.deposit("2025-5-1", 1))
    refused(ledger, "C110", lambda door: door.deposit(dt.datetime(2025, 5, 1), 1))
    refused(ledger, "C110", lambda door: door.deposit("2025-05-01", 1, "\ud800"))
    ledger.deposit("2025-05-01", 20)
    refused(ledger, "Y107", lambda door: door.deposit("2025-05-02", -21))
    taken = ledger.deposit("2025-05-02", -20).record
    # What was put in on 1 May was taken off a day later: it cannot be withdrawn alone.
    refused(ledger, "Y107", lambda door: door.withdraw(taken - 1))
    ledger.withdraw(taken)
    ledger.withdraw(taken - 1)
    refused(ledger, "Y111", lambda door: door.withdraw(taken))
    refused(ledger, "Y111", lambda door: door.withdraw(2))  # a claim's
    refused(ledger, "C110", lambda door: door.withdraw("1"))


def test_a_deposit_before_the_opening_is_in_it_already() -> None:
    opening = ms.YearToDate(dt.date(2024, 12, 30), {"own_account.balance": 100_00})
    ledger = Ledger(town(), opening=opening)
    opening.counters["own_account.balance"] = 0  # the ledger has its own
    refused(ledger, "Y107", lambda door: door.deposit("2024-12-29", 1))
    refused(ledger, "C104", lambda door: door.settle(bill("A", "2024-12-29", 1)))
    ledger.deposit("2024-12-30", 1)
    assert ledger.year_to_date.counters == {"own_account.balance": 100_01}


def test_a_withdrawn_deposit_is_as_if_it_had_never_been(ledger: Ledger) -> None:
    change = ledger.withdraw(1)
    assert change.sums.funds_fen == {"own_account": -500_00}
    assert [one.claim for one in change.differences] == ["A"]


def test_identities(ledger: Ledger) -> None:
    refused(ledger, "Y108", lambda door: door.identity("2025-05-01"))
    refused(ledger, "Y108", lambda door: door.identity("2025-05-01", level="tertiary"))
    refused(ledger, "Y108", lambda door: door.identity("2025-05-01", **{"Zhang San": "x"}))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", status="retried"))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", status="active+retired"))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", status=("active", "retired")))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", status=1))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", enrolled_years=-1))
    refused(ledger, "C110", lambda door: door.identity("2025-05-01", enrolled_years=10**40))
    refused(ledger, "C110", lambda door: door.identity("2025-02-30", status="retired"))
    assert {"status", "assistance"} < set(OF_PERSON)


def test_the_latest_word_about_a_day_counts(ledger: Ledger) -> None:
    ledger.identity("2025-04-01", status="active")
    ledger.identity("2025-03-01", status="retired")
    told = [ledger.settlements[name].claim.status for name in "ABC"]
    assert told == ["active", "retired", "active"]
    again = ledger.identity("2025-04-01", status="retired")
    assert ledger.settlements["C"].claim.status == "retired"
    ledger.withdraw(again.record)
    assert ledger.settlements["C"].claim.status == "active"
    ledger.settle(bill("D", "2025-03-02", 100))
    assert ledger.settlements["D"].claim.status == "retired"
    assert [claim.status for claim in ledger.claims] == ["active"] * 4


def test_what_is_closed_stays(ledger: Ledger) -> None:
    ledger.close("2025-03-01")
    assert ledger.closed == dt.date(2025, 3, 1)
    refused(ledger, "Y109", lambda door: door.cancel("A"))
    refused(ledger, "Y109", lambda door: door.settle(bill("D", "2025-02-28", 1)))
    refused(ledger, "Y109", lambda door: door.replace(bill("A", "2025-06-01", 1)))
    refused(ledger, "Y109", lambda door: door.replace(bill("B", "2025-02-28", 1)))
    refused(ledger, "Y109", lambda door: door.deposit("2025-02-28", 1))
    refused(ledger, "Y109", lambda door: door.identity("2025-02-28", status="retired"))
    refused(ledger, "Y109", lambda door: door.withdraw(1))
    refused(ledger, "Y109", lambda door: door.retable(town("70")))
    refused(ledger, "Y109", lambda door: door.close("2025-02-01"))
    ledger.settle(bill("D", "2025-03-01", 1))
    ledger.cancel("B")


def test_another_persons_claim(ledger: Ledger) -> None:
    refused(ledger, "Y110", lambda door: door.settle(bill("D", "2025-05-01", 1, person="Li Si")))
    ledger.settle(bill("D", "2025-05-01", 1, person="Zhang San"))
    nobody = Ledger(town())
    nobody.settle(bill("A", "2025-05-01", 1))
    nobody.settle(bill("B", "2025-05-01", 1, person=0))
    refused(nobody, "Y110", lambda door: door.settle(bill("C", "2025-05-01", 1, person=1)))
    for shown in (ledger, ledger.preview, ledger.preview.cancel("A"), ledger.rows):
        assert "Zhang" not in repr(shown)


def test_a_change_shows_the_claim_concerned_first(ledger: Ledger) -> None:
    change = ledger.preview.cancel("A")
    own, in_all = repr(change)[:-1].split("; ")
    assert change.concerned is not None
    assert own == f"<Change {change.record} of A: {repr(change.concerned)[15:-1]}"
    assert in_all.startswith(f"others that differ: {len(change.differences)}, in all ")
    assert f"cash {change.sums.cash:+}" in in_all
    assert change.sums.cash != change.concerned.cash
    deposit = ledger.preview.deposit("2025-01-01", 1_00)
    assert repr(deposit).startswith(f"<Change {deposit.record}: ")


def test_no_claims_and_no_tables(ledger: Ledger) -> None:
    for act in (lambda: ledger.settle("A"), lambda: ledger.retable("110000/employee"),
                lambda: Ledger("110000/employee"), lambda: Ledger(town(), opening={})):  # fmt: skip
        with pytest.raises(TypeError):
            act()  # type: ignore[no-untyped-call]
    with pytest.raises(ms.ClaimError) as caught:
        Ledger(town(), mode="latest")  # type: ignore[arg-type]
    assert "latest_only" in str(caught.value)
    for opening in (
        ms.YearToDate(None, {"pooled": 1}),
        ms.YearToDate(None, {"pool.pay": -1}),
        ms.YearToDate(None, {"pool.pay": 1.5}),  # type: ignore[dict-item]
        ms.YearToDate(dt.datetime(2025, 1, 1), {}),
    ):
        with pytest.raises(ms.ClaimError):
            Ledger(town(), opening=opening)
    for person in ("\ud800", 2**70, 1.5):
        with pytest.raises(ms.ClaimError) as caught:
            Ledger(town(), person=person)  # type: ignore[arg-type]
        assert str(person) not in str(caught.value).encode("ascii", "replace").decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("tier", float("nan")), ("care", object()), ("months", True), ("days", 2.5), ("id", b"D"),
     ("disease", "\ud800"), ("family_doctor", ["signed"]), ("continues", 1),
     ("zero_claim_years", 1.0)],
)  # fmt: skip
def test_what_could_not_be_written_down(ledger: Ledger, field: str, value: object) -> None:
    """The policy does not look at these fields, so that `table.settle` takes anything there."""
    claim = msgspec.structs.replace(bill("D", "2025-05-01", 1), **{field: value})
    error = refused(ledger, "C110", lambda door: door.settle(claim))
    assert isinstance(error, ms.ClaimError)
    assert error.field == field


def test_money_is_no_float(ledger: Ledger) -> None:
    claim = msgspec.structs.replace(bill("D", "2025-05-01", 1), in_scope_fen=1.0)
    refused(ledger, "C111", lambda door: door.settle(claim))


def test_a_claim_is_copied(ledger: Ledger) -> None:
    items = {"class_a": 1}
    claim = msgspec.structs.replace(bill("D", "2025-05-01", 1), items=items)
    ledger.settle(claim)
    items["class_a"] = 10**9
    assert ledger.claims[-1].items == {"class_a": 1}
    frozen = msgspec.structs.replace(bill("E", "2025-05-01", 1), items=MappingProxyType(items))
    refused(ledger, "C114", lambda door: door.settle(frozen))


# ---------------------------------------------------------------------------- modes and order


def test_only_the_latest_can_be_changed(latest: Ledger) -> None:
    refused(latest, "Y104", lambda door: door.cancel("A"))
    error = refused(latest, "Y104", lambda door: door.settle(bill("L", "2025-02-15", 1)))
    assert "`B`" in str(error)
    refused(latest, "Y104", lambda door: door.replace(bill("A", "2025-02-01", 1)))
    refused(latest, "Y104", lambda door: door.replace(bill("B", "2025-01-01", 1)))
    refused(latest, "Y104", lambda door: door.deposit("2025-02-15", 1))
    refused(latest, "Y104", lambda door: door.identity("2025-03-01", status="retired"))
    refused(latest, "Y104", lambda door: door.retable(town("70")))
    latest.replace(bill("B", "2025-02-15", 1_000))
    latest.identity("2025-03-02", status="retired")
    latest.settle(bill("C", "2025-02-15", 1))  # of the same day as the latest
    latest.cancel("C")
    latest.cancel("B")
    latest.cancel("A")
    assert latest.year_to_date == ms.YearToDate()


def test_a_deposit_behind_the_latest_claim_stays(latest: Ledger) -> None:
    latest.deposit("2025-05-01", 7)
    latest.cancel("B")
    assert latest.year_to_date.counters["own_account.balance"] == 7


def test_claims_of_one_day_come_as_they_were_settled() -> None:
    ledger = Ledger(town())
    for name in ("A", "B", "C"):
        ledger.settle(bill(name, "2025-02-01", 600))
    assert [one.deductible for one in ledger.settlements.values()] == [600, 400, 0]
    ledger.replace(bill("A", "2025-02-01", 300))
    assert list(ledger.settlements) == ["A", "B", "C"]
    ledger.replace(bill("A", "2025-02-02", 300))
    ledger.replace(bill("A", "2025-02-01", 300))
    assert list(ledger.settlements) == ["B", "C", "A"]


def test_a_claim_that_keeps_its_amounts_keeps_its_row(ledger: Ledger) -> None:
    ledger.settle(bill("D", "2026-02-01", 100))
    change = ledger.cancel("A")
    assert [row.claim for row in change.rows] == ["C", "B", "A", "B", "C"]
    assert change.later.cash_fen == sum(one.cash_fen for one in change.differences)


def test_the_claim_concerned_is_booked_again_whatever_its_amounts(ledger: Ledger) -> None:
    change = ledger.replace(bill("B", "2025-03-01", 2_400))
    assert [(row.claim, row.reverses) for row in change.rows] == [("B", 2), ("B", None)]
    assert change.concerned is not None
    assert change.concerned.funds == change.sums.funds == {}
    assert change.differences == ()


# ---------------------------------------------------------------------------- values and threads


def test_a_copy_goes_its_own_way(ledger: Ledger) -> None:
    for copied in (Ledger.copy, copy.copy, copy.deepcopy):
        other = copied(ledger)
        assert other == ledger
        other.settle(bill("D", "2025-05-01", 1))
        ledger.settle(bill("E", "2025-05-01", 2))
        assert other != ledger
        assert ("D" in other, "E" in other) == (True, False)
        assert [row.claim for row in other.rows][-1] == "D"
        assert [row.claim for row in ledger.rows][-1] == "E"
        ledger.cancel("E")
        for grown in ("entries", "rows", "records"):  # nor may two threads meet in one list
            mine, theirs = (getattr(one._now, grown)._list for one in (ledger, copied(ledger)))
            assert mine[: len(theirs)] == theirs
            assert mine is not theirs
    assert ledger != "a ledger"
    with pytest.raises(TypeError):
        hash(ledger)


def test_an_operation_that_fails_halfway_leaves_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted behind each step in turn, also where the longer lists are made already."""
    before = ledger.copy()
    for step in ("edit_of", "replay", "seal", "State", "Change", "_booked"):
        with monkeypatch.context() as patched:
            patched.setattr(f"medsettle.ledger.carry_out.{step}", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                ledger.settle(bill("D", "2025-05-01", 1))
            with pytest.raises(KeyboardInterrupt):
                ledger.cancel("A")
        assert ledger.to_json() == before.to_json()
    for one in (ledger, before):
        one.settle(bill("D", "2025-05-01", 1))
        one.cancel("A")
    assert ledger.to_json() == before.to_json()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_threads_that_settle_in_one_ledger() -> None:
    """Each operation is whole: all claims are there, and the chain of records holds."""
    ledger, wrong = Ledger(town()), []

    def settle(name: str) -> None:
        try:
            for number in range(40):
                ledger.settle(bill(f"{name}{number}", "2025-02-01", 10))
                ledger.preview.cancel(f"{name}{number}")
                if number % 3 == 0:
                    ledger.cancel(f"{name}{number}")
                assert ledger.sums.total_fen % 10_00 == 0
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=settle, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(ledger.claims) == 4 * (40 - 14)
    assert Ledger.from_json(ledger.to_json(), town()) == ledger


def test_the_next_year_goes_on_from_this_one(ledger: Ledger) -> None:
    ledger.identity("2025-04-01", status="retired")
    ledger.close("2026-01-01")
    ledger.deposit("2026-01-01", 5)
    after = ledger.carry_on()
    assert after.year_to_date == ledger.year_to_date
    settled = after.settle(bill("A", "2026-01-02", 2_000)).settlement
    assert settled is not None
    assert settled.claim.status == "retired"
    assert settled.pooled == 900
    assert ledger.digest in after.to_json().decode()
    assert Ledger.from_json(after.to_json(), town()) == after
    refused(after, "Y110", lambda door: door.settle(bill("D", "2026-05-01", 1, person="Li Si")))


def test_only_what_is_behind_a_change_is_settled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(town())
    for day in range(1, 29):
        ledger.settle(bill(f"B{day}", f"2025-02-{day:02}", 100))
    settled = []

    def counted(table: ms.BenefitTable, items: list[Any], *others: Any) -> Any:
        settled.append(len(items))
        return replay(table, items, *others)

    monkeypatch.setattr("medsettle.ledger.carry_out.replay", counted)
    ledger.settle(bill("L", "2025-02-20", 100))
    ledger.cancel("B25")
    ledger.deposit("2025-02-28", 1)
    ledger.identity("2025-02-27", status="retired")
    ledger.close("2025-02-01")
    ledger.settle(bill("M", "2025-03-01", 100))
    assert settled == [1 + 8, 3, 1, 2 + 1, 0, 1]
