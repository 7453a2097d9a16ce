"""What can be done to a ledger: one method each, the same for doing it and for a preview."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import Any, Final

import msgspec

from medsettle.ledger.change import Change
from medsettle.ledger.records import (
    Cancel,
    Close,
    Deposit,
    Identity,
    Operations,
    Replace,
    Retable,
    Settle,
    Withdraw,
    as_written,
)
from medsettle.ledger.state import State
from medsettle.model import Claim
from medsettle.money import FEN_MAX
from medsettle.refusal import ClaimError, MoneyTypeError, Reason
from medsettle.table import BenefitTable

OWN_ACCOUNT: Final = "own_account.balance"


class Doors(ABC):
    """The operations.  Each returns a `Change`, or raises and has changed nothing.

    All raise LedgerError Y104 in a ledger of mode `latest_only` where another claim would have to
    be settled again, Y105 where another claim could not be, Y109 for a day that is closed.
    """

    __slots__ = ()

    def settle(self, claim: Claim, *, stay: str = "") -> Change:
        """Settle a claim at its place in time: behind those of its date, before all later ones.

        A claim dated before others is late (补录), and those are settled again.  With `stay`, a
        name of the caller's, it is a part of that stay, and the ledger itself says whether it
        continues it: all parts but the first do.

        Raises ClaimError where the table refuses the claim; LedgerError Y101 for a claim without
        an id, Y102 where its id stands already, Y106 for a stay that another interrupted, Y110
        for another person's claim.
        """
        return self._do(Settle(self._written(claim), _name("stay", stay)))

    def cancel(self, claim: str) -> Change:
        """Cancel the claim of an id, whole (退费); the later ones are settled again without it.

        Raises LedgerError Y103 where none of this id stands.
        """
        return self._do(Cancel(_name("claim", claim)))

    def replace(self, claim: Claim, *, stay: str | None = None) -> Change:
        """Settle the claim of the same id with this content instead, on another date too.

        On the same date it keeps its place, on another it stands behind those of that day.  It
        stays a part of its stay, but for another `stay` ("" for none).  A partial refund is this:
        the same claim without the lines that were returned.

        Raises as `settle`, and LedgerError Y103 where no claim of the id stands.
        """
        written = self._written(claim)
        if stay is None:
            stay = self._stay_of(written.id)
        return self._do(Replace(written, _name("stay", stay)))

    def deposit(self, date: dt.date | str, fen: int, counter: str = OWN_ACCOUNT) -> Change:
        """Put `fen` on an account on a day; a minus takes it off, other than for a bill.

        Deposits and claims of one day come in the order in which they were told.  Raises
        LedgerError Y107 for a counter that is no balance of the policy, or a balance that would go
        below 0, MoneyTypeError for what is no whole number of fen.
        """
        if type(fen) is not int:
            expected = "an int of fen"
            raise MoneyTypeError(Reason.BAD_MONEY, field="fen", found=fen, expected=expected)
        if abs(fen) > FEN_MAX:
            raise ClaimError(Reason.AMOUNT_TOO_LARGE, field="fen", found=fen)
        return self._do(Deposit(day_of("date", date), _name("counter", counter), fen))

    def identity(self, from_: dt.date | str, /, **fields: Any) -> Change:
        """Tell what the person is from a day on: `identity("2025-04-01", status="retired")`.

        The fields (those of a claim that are about the person, `medsettle.ledger.OF_PERSON`) hold
        for all claims dated from then on, those settled by now and those to come, whatever these
        say; until a later day for which something else is told.  Raises LedgerError Y108 for a
        field that is none of them, ClaimError for a value that is none of its field's.
        """
        return self._do(Identity(day_of("from_", from_), fields))

    def withdraw(self, record: int) -> Change:
        """Take back a deposit or a change of identity that was an error, by `Change.record`.

        Raises LedgerError Y111 where there is none of that number, or no more.
        """
        if type(record) is not int:
            expected = "a `Change.record`"
            raise ClaimError(Reason.BAD_VALUE, field="record", found=record, expected=expected)
        return self._do(Withdraw(record))

    def close(self, before: dt.date | str) -> Change:
        """Close the days before `before`, a year say: nothing dated then can be changed any more.

        Raises LedgerError Y109 where a later day was closed before.
        """
        return self._do(Close(day_of("before", before)))

    def retable(self, table: BenefitTable) -> Change:
        """Settle everything again under another table: what a change of the policy changes.

        Raises ClaimError for an opening or an identity that the other table does not know.
        """
        if not isinstance(table, BenefitTable):
            raise TypeError(f"expected a medsettle.BenefitTable, not {type(table).__name__}")
        return self._do(Retable(table.name, table.fingerprint), table)

    @abstractmethod
    def _do(self, operation: Operations, table: BenefitTable | None = None) -> Change:
        """Carry an operation out, or only see what it would do."""

    @abstractmethod
    def _state(self) -> State:
        """Return the ledger as it stands."""

    @abstractmethod
    def _stay_of(self, claim: str) -> str:
        """Return the stay of a claim that stands; "" where it has none or does not stand."""

    def _written(self, claim: Claim) -> Claim:
        return as_written(self._state().table, claim)


def day_of(field: str, value: dt.date | str) -> dt.date:
    """Return a date, or a text YYYY-MM-DD as one."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and len(value) == len("2025-03-01"):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    expected = "a date such as 2025-03-01"
    raise ClaimError(Reason.BAD_VALUE, field=field, found=value, expected=expected)


def _name(field: str, value: str) -> str:
    """Return a text that can be written down."""
    try:
        if isinstance(value, str):
            msgspec.json.encode(value)
            return str(value)
    except (msgspec.MsgspecError, ValueError):
        pass
    raise ClaimError(Reason.BAD_VALUE, field=field, expected="text")
