"""Amounts that funds and the person pay: in fen as they are kept, in yuan when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from medsettle.money import yuan
from medsettle.vocabulary import NO_FUNDS


class Paid(Protocol):
    """Whatever tells who pays what, in fen; a payer that pays nothing may be left out."""

    @property
    def total_fen(self) -> int:
        """The bill."""

    @property
    def deductible_fen(self) -> int:
        """The deductible taken (起付线)."""

    @property
    def cash_fen(self) -> int:
        """What is left to the person (个人负担)."""

    @property
    def funds_fen(self) -> Mapping[str, int]:
        """What each payer pays, the hospital and the accounts too."""


class InYuan:
    """The amounts of `Paid` in yuan.  In a difference a plus means: pays more than before."""

    __slots__ = ()

    def pay_fen(self: Paid, payer: str) -> int:
        """Return what `payer` pays in fen; 0 where it pays nothing."""
        return self.funds_fen.get(payer, 0)

    @property
    def total(self: Paid) -> Decimal:
        """The bill, in yuan."""
        return yuan(self.total_fen)

    @property
    def cash(self: Paid) -> Decimal:
        """What is left to the person (个人负担), in yuan."""
        return yuan(self.cash_fen)

    @property
    def deductible(self: Paid) -> Decimal:
        """The deductible (起付线), in yuan."""
        return yuan(self.deductible_fen)

    @property
    def funds(self: Paid) -> dict[str, Decimal]:
        """What each payer pays, in yuan; those that pay nothing are left out."""
        return {payer: yuan(fen) for payer, fen in self.funds_fen.items()}

    @property
    def total_funds_fen(self: Paid) -> int:
        """What all funds pay together, in fen; without the hospital and personal accounts."""
        return sum(fen for payer, fen in self.funds_fen.items() if payer not in NO_FUNDS)


class Sums(InYuan, msgspec.Struct, frozen=True):
    """Amounts added up: `total = the sum of funds + cash`."""

    total_fen: int = 0
    deductible_fen: int = 0
    cash_fen: int = 0
    funds_fen: dict[str, int] = {}


def add_up(parts: Iterable[Paid], minus: Iterable[Paid] = ()) -> Sums:
    """Return the sum of `parts` less that of `minus`; payers that come to 0 are left out."""
    total = deductible = cash = 0
    funds: dict[str, int] = {}
    for sign, some in ((1, parts), (-1, minus)):
        for one in some:
            total += sign * one.total_fen
            deductible += sign * one.deductible_fen
            cash += sign * one.cash_fen
            for payer, fen in one.funds_fen.items():
                funds[payer] = funds.get(payer, 0) + sign * fen
    return Sums(total, deductible, cash, {payer: fen for payer, fen in funds.items() if fen})
