"""Why a ledger refuses an operation, or a file that should hold one: every reason with its code.

`docs/errors.md` explains each.  No text shows whose ledger it is.
"""

from __future__ import annotations

import enum

from medsettle.refusal import ClaimError


class Fault(enum.Enum):
    """A code, and the reason in one line.  Y10x: an operation is refused; Y12x: a file is."""

    NO_ID = ("Y101", "a claim in a ledger needs an id of its own")
    ID_STANDS = ("Y102", "a claim of this id is settled already")
    NOT_THERE = ("Y103", "no claim of this id stands")
    NOT_LATEST = ("Y104", "only the latest claim can be changed in a ledger of mode latest_only")
    LATER_REFUSED = ("Y105", "another claim could not be settled again")
    STAY = ("Y106", "the claim does not fit its stay")
    DEPOSIT = ("Y107", "the deposit cannot be made")
    IDENTITY = ("Y108", "the change of identity cannot be made")
    CLOSED = ("Y109", "the days before the closing can no longer be changed")
    OTHER_PERSON = ("Y110", "the claim is another person's")
    NO_SUCH_RECORD = ("Y111", "no deposit or identity of this record number stands")
    SPLIT = ("Y112", "the bill of the stay cannot be split so")
    VERSION = ("Y120", "the ledger is of a format that this version does not read")
    UNREADABLE = ("Y121", "this is no ledger, or a damaged one")
    TAMPERED = ("Y122", "the ledger was changed after it was written")
    TRUNCATED = ("Y123", "records are missing")
    OTHER_TABLE = ("Y124", "the ledger was settled with another table")
    OTHER_AMOUNTS = ("Y125", "settling again gives other amounts than the ledger records")
    OTHER_DIGEST = ("Y126", "this is not the ledger whose digest was kept")

    @property
    def code(self) -> str:
        """The stable code, such as `Y104`."""
        return str(self.value[0])

    @property
    def text(self) -> str:
        """The reason in one line."""
        return str(self.value[1])


class LedgerError(ValueError):
    """An operation that a ledger refuses, or a file that holds no sound ledger.

    Nothing has changed.  `claim` is the id of the claim at fault, `record` the number of the
    record (0: the opening), where there is one; `refusal` why a claim was refused (Y105).
    """

    def __init__(
        self,
        fault: Fault,
        *,
        claim: str = "",
        record: int | None = None,
        what: str = "",
        hint: str = "",
        refusal: ClaimError | None = None,
    ) -> None:
        self.fault = fault
        self.code = fault.code
        self.claim = claim
        self.record = record
        self.hint = hint
        self.refusal = refusal
        at = "" if record is None else f"record {record}: "
        of = f"claim `{_short(claim)}`: " if claim else ""
        more = f": {what}" if what else ""
        why = f" ({refusal})" if refusal else ""
        how = f"; {hint}" if hint else ""
        super().__init__(f"{at}error[{self.code}]: {of}{fault.text}{more}{why}{how}")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
