"""What a ledger should hold, told without one: a list of what stands, settled from scratch.

Shares nothing with the ledger but `BenefitTable.settle`: no snapshots, no rows, no hashes; the
stays are found by looking back over the list.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

import medsettle as ms

Answer = tuple[dict[str, int], int, int]  # payers that pay something, deductible, cash


@dataclass(frozen=True)
class Stands:
    """A claim, or `fen` put on `counter`, on a day; `number` is the record that put it there."""

    date: dt.date
    number: int
    claim: ms.Claim | None = None
    stay: str = ""
    counter: str = ""
    fen: int = 0


class RefusedError(Exception):
    """The list cannot be settled."""


@dataclass(frozen=True)
class Model:
    """What stands, in any order."""

    table: ms.BenefitTable
    opening: ms.YearToDate | None = None
    stay: str = ""  # begun before
    stands: tuple[Stands, ...] = ()
    identities: tuple[tuple[dt.date, int, dict[str, Any]], ...] = ()
    closed: dt.date | None = None
    tables: tuple[ms.BenefitTable, ...] = field(default=())

    def with_(self, *more: Stands) -> Model:
        return replace(self, stands=(*self.stands, *more))

    def without(self, number: int) -> Model:
        return replace(
            self,
            stands=tuple(one for one in self.stands if one.number != number),
            identities=tuple(one for one in self.identities if one[1] != number),
        )

    def find(self, claim: str) -> Stands:
        return next(one for one in self.stands if one.claim and one.claim.id == claim)

    @property
    def ids(self) -> list[str]:
        return [one.claim.id for one in self.in_order() if one.claim]

    def in_order(self) -> list[Stands]:
        return sorted(self.stands, key=lambda one: (one.date, one.number))

    def settled(self) -> tuple[dict[str, Answer], ms.YearToDate]:
        """Settle everything in order; return each claim's answer and what the person carries."""
        ytd = self.opening or ms.YearToDate()
        answers: dict[str, Answer] = {}
        standing = self.in_order()
        for at, one in enumerate(standing):
            if one.claim is None:
                ytd = credited(ytd, one)
                continue
            claim = self.claim_of(one.claim, one.stay, standing[:at])
            try:
                settlement = self.table.settle(claim, ytd)
            except ms.ClaimError as error:
                raise RefusedError(one.claim.id) from error
            ytd = settlement.ytd
            answers[claim.id] = answer(settlement)
        return answers, ytd

    def claim_of(self, claim: ms.Claim, stay: str, earlier: list[Stands]) -> ms.Claim:
        told: dict[str, Any] = {}
        for day, _, fields in sorted(self.identities, key=lambda one: one[:2]):
            if day <= claim.date:
                told |= fields
        if stay and self.goes_on(stay, earlier):
            told["continues"] = True
        return msgspec.structs.replace(claim, **told)

    def goes_on(self, stay: str, earlier: list[Stands]) -> bool:
        """Look back for the part before; another stay in between is refused."""
        between = []
        for one in reversed(earlier):
            if one.stay == stay:
                assert one.claim is not None
                begun = [
                    other
                    for other in between
                    if other.claim.benefit == one.claim.benefit and not other.claim.continues
                ]
                if begun or any(other.stay for other in between):
                    raise RefusedError("a stay that was interrupted")
                return True
            if one.claim is not None:
                between.append(one)
        if self.stay == stay and any(other.stay for other in between):
            raise RefusedError("a stay that was interrupted")
        return self.stay == stay


def credited(ytd: ms.YearToDate, one: Stands) -> ms.YearToDate:
    balance = ytd.counters.get(one.counter, 0) + one.fen
    if balance < 0:
        raise RefusedError("a deposit")
    counters = {**ytd.counters, one.counter: balance}
    return ms.YearToDate(ytd.last_date, {name: fen for name, fen in counters.items() if fen})


def answer(settlement: ms.Settlement) -> Answer:
    paid = {payer: fen for payer, fen in settlement.funds_fen.items() if fen}
    return paid, settlement.deductible_fen, settlement.cash_fen
