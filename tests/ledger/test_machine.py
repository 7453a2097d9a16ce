"""Any sequence of operations on any policy: the ledger is what settling from scratch says.

Hypothesis draws a policy, random or shipped, and operations on one person's ledger.  Beside it runs
`model.Model`, a plain list that is settled anew each time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import medsettle as ms
from medsettle.ledger import OF_PERSON, Change, Fault, Ledger, LedgerError, Row
from medsettle.ledger.amounts import add_up
from medsettle.load import find, read
from medsettle.policy.document import Policy
from medsettle.vocabulary import AXES
from tests import strategies
from tests.ledger.model import Model, RefusedError, Stands, answer
from tests.property.test_kernel_against_oracle import table_of

SHIPPED = ("110000/employee", "310000/employee", "440100/employee", "330100/resident")
#: Days from a first one: the same day, near ones, other months and years.
STEPS = (0, 0, 1, 1, 2, 30, 31, 60, 90, 91, 180, 366, 400)
FIRST_DAYS = (*strategies.TURNS, dt.date(2020, 3, 30))
SHIPPED_FIRST = (dt.date(2024, 12, 30), dt.date(2025, 3, 1), dt.date(2025, 6, 30))
STAYS = ("", "", "", "S1", "S1", "S2", "S0")
ANY = st.data()


@cache
def opened(name: str) -> tuple[Policy, ms.BenefitTable]:
    return read(find(name), None), ms.load(name)


@cache
def kinds(name: str, day: dt.date) -> list[ms.Claim]:
    """The kinds of claim that a shipped policy settles on a day, among the usual ones."""
    policy, table = opened(name)
    found = []
    cohorts = (None, *policy.values.get("cohort", ()))
    for benefit, level, status, cohort in itertools.product(
        policy.benefits, ("primary", "tertiary"), ("active", "retired", "adult"), cohorts
    ):
        claim = ms.Claim(benefit=benefit, date=day, in_scope_fen=0, level=level, status=status,
                         cohort=cohort, age=66, days=10, institution="selected")  # fmt: skip
        with contextlib.suppress(ms.ClaimError):
            found.append(table.settle(claim).claim)
    assert found, f"{name} settles none of these on {day}"
    return found


class Machine(RuleBasedStateMachine):
    """One person's ledger, and what it should be."""

    @initialize(data=ANY)
    def open(self, data: st.DataObject) -> None:
        shipped = data.draw(st.sampled_from(("", "", *SHIPPED)))
        if shipped:
            self.policy, table = opened(shipped)
        else:
            self.policy = data.draw(strategies.policies())
            table = table_of(self.policy)
        self.edges = strategies.edges(self.policy)
        self.first = data.draw(st.sampled_from(SHIPPED_FIRST if shipped else FIRST_DAYS))
        self.balances = sorted(name for name in table.meta.counters if name in balances(table))
        self.mode = data.draw(st.sampled_from(("replay", "replay", "replay", "latest_only")))
        self.model = Model(table, stay=data.draw(st.sampled_from(("", "S0"))))
        self.numbers = 0
        self.change: Change | None = None
        self.kinds = kinds(shipped, self.first) if shipped else self.draw_kinds(data, table)
        opening = self.draw_claim(data, self.first - dt.timedelta(days=1))
        try:
            ytd = table.settle(opening).ytd if data.draw(st.booleans()) else None
        except ms.ClaimError:
            ytd = None
        self.model = replace(self.model, opening=ytd)
        self.ledger = Ledger(table, mode=self.mode, opening=ytd, stay=self.model.stay)

    # ------------------------------------------------------------------------ drawing

    def draw_date(self, data: st.DataObject) -> dt.date:
        return self.first + dt.timedelta(days=data.draw(st.sampled_from(STEPS)))

    def draw_kinds(self, data: st.DataObject, table: ms.BenefitTable) -> list[ms.Claim]:
        """Draw claims until a few can be settled."""
        found: list[ms.Claim] = []
        for _ in range(12):
            claim = data.draw(strategies.claims(self.policy, self.first, self.edges))
            with contextlib.suppress(ms.ClaimError):
                found.append(table.settle(claim).claim)
            if len(found) == 3:
                break
        return found

    def draw_claim(
        self, data: st.DataObject, date: dt.date, name: str = "", stay: str = ""
    ) -> ms.Claim:
        claim = data.draw(strategies.claims(self.policy, date, self.edges))
        if self.kinds and data.draw(st.integers(0, 7)):  # mostly one that can be settled
            kind = data.draw(st.sampled_from(self.kinds))
            fen = data.draw(st.sampled_from((100_00, 1_234_56, 5_000_00, 30_000_00, 400_000_00)))
            claim = msgspec.structs.replace(
                kind,
                date=date,
                admitted=None,
                discharged=None,
                continues=claim.continues,
                in_scope_fen=claim.in_scope_fen or fen,
                first_step_fen=claim.first_step_fen,
                full_self_pay_fen=claim.full_self_pay_fen,
                items=claim.items,
            )
        continues = claim.continues and not stay
        self.numbers += not name
        return msgspec.structs.replace(
            claim, id=name or f"B{self.numbers}", continues=continues, person="secret"
        )

    # ------------------------------------------------------------------------ doing

    def do(
        self, expected: Model, act: Callable[[Any], Change], behind: int, day: dt.date | None = None
    ) -> Change | None:
        """Do it, if the model can and the mode lets it: as the preview told; else it is refused."""
        before, digest = self.model, self.ledger.digest
        closed = before.closed is not None and day is not None and day < before.closed
        try:
            expected.settled()
            refused = closed or (behind > 0 and self.mode == "latest_only")
        except RefusedError:
            refused = True
        if refused:
            for door in (self.ledger, self.ledger.preview):
                with pytest.raises((ms.ClaimError, LedgerError)) as caught:
                    act(door)
                assert "secret" not in str(caught.value)
            if closed:
                assert caught.value.code == Fault.CLOSED.code
            elif behind and self.mode == "latest_only":
                assert caught.value.code == Fault.NOT_LATEST.code
            assert self.ledger.digest == digest
            return None
        told = act(self.ledger.preview)
        assert self.ledger.digest == digest
        change = act(self.ledger)
        assert (told.rows, told.record, told.claim) == (change.rows, change.record, change.claim)
        assert told.year_to_date == change.year_to_date
        self.model = expected
        self.compare(before, change)
        return change

    def compare(self, before: Model, change: Change) -> None:
        """The differences are what stands now less what stood before."""
        was, _ = before.settled()
        now, ytd = self.model.settled()
        assert change.year_to_date == ytd
        told = {one.claim: one for one in change.differences}
        if change.concerned is not None:
            told[change.claim] = change.concerned
        for name in {**was, **now}:
            nothing: tuple[dict[str, int], int, int] = ({}, 0, 0)
            one, other = was.get(name, nothing), now.get(name, nothing)
            if name not in told:
                assert one == other
                continue
            difference = told[name]
            payers = {*one[0], *other[0]}
            amounts = {payer: other[0].get(payer, 0) - one[0].get(payer, 0) for payer in payers}
            assert difference.funds_fen == {payer: fen for payer, fen in amounts.items() if fen}
            assert difference.deductible_fen == other[1] - one[1]
            assert difference.cash_fen == other[2] - one[2]
            if name != change.claim:
                assert one != other
        assert told.keys() <= {**was, **now}.keys()
        assert add_up(told.values()) == change.sums == add_up(change.rows)

    def behind(self, date: dt.date, *but: str) -> int:
        """How many claims lie behind a new one of a day."""
        return sum(one.claim is not None and one.date > date and one.claim.id not in but
                   for one in self.model.stands)  # fmt: skip

    def behind_claim(self, name: str) -> int:
        return len(self.model.ids) - 1 - self.model.ids.index(name)

    # ------------------------------------------------------------------------ operations

    @rule(data=ANY, many=st.integers(1, 5))
    def settle_some(self, data: st.DataObject, many: int) -> None:
        for _ in range(many):
            self.settle(data)

    def settle(self, data: st.DataObject) -> None:
        date, stay = self.draw_date(data), data.draw(st.sampled_from(STAYS))
        claim = self.draw_claim(data, date, stay=stay)
        number = self.ledger_records + 1
        expected = self.model.with_(Stands(date, number, claim, stay))
        before = self.ledger.copy()
        done = self.do(
            expected, lambda door: door.settle(claim, stay=stay), self.behind(date), date
        )
        if done is not None:
            self.undone(before, claim.id)

    def undone(self, before: Ledger, claim: str) -> None:
        """Cancelling what was settled last leaves everything as it was, but what is written."""
        after = self.ledger.copy()
        change = after.cancel(claim)
        assert after.year_to_date == before.year_to_date == change.year_to_date
        assert standing(after) == standing(before)
        assert list(after.settlements) == list(before.settlements)
        assert after.claims == before.claims
        assert after.sums == before.sums
        assert after.digest != before.digest
        assert after != before
        assert claim in self.ledger
        assert claim not in after

    @precondition(lambda self: len(self.model.ids) > 1)
    @rule(data=ANY)
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.model.ids))
        one = self.model.find(name)
        behind = self.behind_claim(name)
        expected = self.model.without(one.number)
        self.do(expected, lambda door: door.cancel(name), behind, one.date)

    @precondition(lambda self: self.model.ids)
    @rule(data=ANY)
    def replace(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.model.ids))
        one = self.model.find(name)
        same_day = data.draw(st.booleans())
        date = one.date if same_day else self.draw_date(data)
        stay = data.draw(st.sampled_from((None, *STAYS)))
        claim = self.draw_claim(data, date, name, stay=one.stay if stay is None else stay)
        number = one.number if date == one.date else self.ledger_records + 1
        stands = Stands(date, number, claim, one.stay if stay is None else stay)
        expected = self.model.without(one.number).with_(stands)
        behind = max(self.behind_claim(name), self.behind(date, name))
        day = min(date, one.date)
        self.do(expected, lambda door: door.replace(claim, stay=stay), behind, day)

    @precondition(lambda self: self.balances)
    @rule(data=ANY)
    def deposit(self, data: st.DataObject) -> None:
        date, counter = self.draw_date(data), data.draw(st.sampled_from(self.balances))
        fen = data.draw(st.sampled_from((1, 100, 12_345, 1_000_000, -50, -100_000)))
        number = self.ledger_records + 1
        expected = self.model.with_(Stands(date, number, counter=counter, fen=fen))
        behind = self.behind(date)
        self.do(expected, lambda door: door.deposit(date, fen, counter), behind, date)

    @rule(data=ANY)
    def identity(self, data: st.DataObject) -> None:
        date = self.draw_date(data)
        axis = data.draw(st.sampled_from(OF_PERSON))
        if axis in AXES:
            known = list(self.model.table.names.codes[axis])
            fields = {axis: data.draw(st.sampled_from(known))}
        else:
            fields = {axis: data.draw(st.sampled_from((None, 0, 1, 10, 300)))}
        told = (date, self.ledger_records + 1, fields)
        expected = replace(self.model, identities=(*self.model.identities, told))
        behind = self.behind(date - dt.timedelta(days=1))
        self.do(expected, lambda door: door.identity(date, **fields), behind, date)

    @precondition(lambda self: self.withdrawable)
    @rule(data=ANY)
    def withdraw(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.withdrawable))
        day = next((one[0] for one in self.model.identities if one[1] == number), None)
        if day is None:
            one = next(one for one in self.model.stands if one.number == number)
            day = one.date
            order = self.model.in_order()
            behind = sum(other.claim is not None for other in order[order.index(one) :])
        else:
            behind = self.behind(day - dt.timedelta(days=1))
        self.do(self.model.without(number), lambda door: door.withdraw(number), behind, day)

    @rule(data=ANY, seldom=st.integers(0, 7))
    def close(self, data: st.DataObject, seldom: int) -> None:
        day = self.draw_date(data)
        if seldom or (self.model.closed or day) > day:
            return
        self.do(replace(self.model, closed=day), lambda door: door.close(day), 0)

    @rule(data=ANY, seldom=st.integers(0, 4))
    def retable(self, data: st.DataObject, seldom: int) -> None:
        """Only the fingerprint is another: with the same policy nothing else may change."""
        if seldom:
            return
        table = self.model.table
        day = min((one.date for one in self.model.stands), default=None)
        change = self.do(self.model, lambda door: door.retable(table), len(self.model.ids), day)
        assert change is None or change.rows == ()

    @property
    def withdrawable(self) -> list[int]:
        deposits = [one.number for one in self.model.stands if one.claim is None]
        return deposits + [number for _, number, _ in self.model.identities]

    @property
    def ledger_records(self) -> int:
        return len(msgspec.json.decode(self.ledger.to_json())["records"])

    # ------------------------------------------------------------------------ always

    @invariant()
    def is_what_settling_from_scratch_says(self) -> None:
        answers, ytd = self.model.settled()
        assert standing(self.ledger) == answers
        assert list(self.ledger.settlements) == list(answers)
        assert self.ledger.year_to_date == ytd
        for date in {one.date for one in self.model.stands}:
            upto = tuple(one for one in self.model.stands if one.date <= date)
            assert self.ledger.as_of(date) == replace(self.model, stands=upto).settled()[1]

    @invariant()
    def rows_add_up_to_what_stands(self) -> None:
        rows = self.ledger.rows
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        standing: dict[str, Row] = {}
        for row in rows:
            if row.reverses is None:
                assert row.claim not in standing
                standing[row.claim] = row
            else:
                undone = standing.pop(row.claim)
                assert undone.number == row.reverses
                assert row == undone.reversal(row.number)
        assert standing.keys() == self.ledger.settlements.keys()
        for name, settlement in self.ledger.settlements.items():
            row = standing[name]
            paid = {payer: fen for payer, fen in settlement.funds_fen.items() if fen}
            assert (row.funds_fen, row.deductible_fen, row.cash_fen) == answer(settlement)
            assert row.total_fen == sum(paid.values()) + row.cash_fen
        assert self.ledger.sums == add_up(standing.values())

    @invariant()
    def is_the_same_when_written_and_read(self) -> None:
        data = self.ledger.to_json()
        again = Ledger.from_json(data, self.model.table)
        assert again == self.ledger
        assert again.to_json() == data
        assert standing(again) == standing(self.ledger)
        assert again.rows == self.ledger.rows
        assert again.year_to_date == self.ledger.year_to_date


def standing(ledger: Ledger) -> dict[str, tuple[dict[str, int], int, int]]:
    return {name: answer(settlement) for name, settlement in ledger.settlements.items()}


def balances(table: ms.BenefitTable) -> set[str]:
    return {name for name in table.meta.counters if name.endswith(".balance")}


TestLedger = Machine.TestCase
TestLedger.settings = settings(
    max_examples=120,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
