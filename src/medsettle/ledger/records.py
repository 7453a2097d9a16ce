"""What a ledger writes down: operations, settlement rows, and records chained by their hashes.

A record is canonical JSON, so that one ledger has one text: keys in a fixed order, no spaces, what
says nothing left out.  Its hash is the SHA-256 of the hash before it and the record.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final, Literal

import msgspec

from medsettle.ledger.amounts import InYuan
from medsettle.model import Claim, YearToDate
from medsettle.refusal import ClaimError, Reason
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable

FORMAT: Final = "medsettle.ledger/1"
Mode = Literal["replay", "latest_only"]
#: What an axis of a person, or a number, may be told to be; see `Claim`.
Value = str | tuple[str, ...] | int | None

ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_CLAIMS: Final = msgspec.json.Decoder(Claim)


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is written: unknown keys are refused, what says nothing is left out."""


# ---------------------------------------------------------------------------- operations


class Operation(_Written, frozen=True, tag_field="does"):
    """One thing that was done to a ledger."""


class Settle(Operation, frozen=True, tag="settle"):
    """A claim is settled, at its place in time; `stay` names the stay it is a part of."""

    claim: Claim
    stay: str = ""


class Cancel(Operation, frozen=True, tag="cancel"):
    """A claim is cancelled whole (退费)."""

    claim: str


class Replace(Operation, frozen=True, tag="replace"):
    """The claim of the same id is settled with this content instead (退费重收)."""

    claim: Claim
    stay: str = ""


class Deposit(Operation, frozen=True, tag="deposit"):
    """Money is put on an account, or with a minus taken off it other than by a bill."""

    date: dt.date
    counter: str
    fen: int


class Identity(Operation, frozen=True, tag="identity"):
    """From a day on the person is another: these fields hold for claims dated from then on."""

    from_: dt.date = msgspec.field(name="from")
    fields: dict[str, Value]


class Withdraw(Operation, frozen=True, tag="withdraw"):
    """A deposit or a change of identity, by the number of its record, was an error."""

    record: int


class Close(Operation, frozen=True, tag="close"):
    """What is dated before this day is final."""

    before: dt.date


class Retable(Operation, frozen=True, tag="retable"):
    """All is settled again under another table."""

    table: str
    fingerprint: str


Operations = Settle | Cancel | Replace | Deposit | Identity | Withdraw | Close | Retable


# ---------------------------------------------------------------------------- rows


class Row(InYuan, _Written, frozen=True, gc=False):
    """A settlement as it is booked, or the exact negation that undoes an earlier one (冲销).

    Rows are only ever added.  `number` counts them from 1; `reverses` is the number of the row
    that this one undoes (`init_setl_id`).  All that stands is the sum of all rows.  Amounts are
    fen, in a reversal with the other sign; a payer that pays nothing is left out.
    """

    number: int
    claim: str
    date: dt.date
    benefit: str
    full_self_pay_fen: int
    over_limit_fen: int
    first_step_fen: int
    in_scope_fen: int
    deductible_fen: int
    cash_fen: int
    funds_fen: dict[str, int]
    reverses: int | None = None

    @property
    def total_fen(self) -> int:
        """The bill in fen, negative in a reversal."""
        return (
            self.full_self_pay_fen + self.over_limit_fen + self.first_step_fen + self.in_scope_fen
        )

    def reversal(self, number: int) -> Row:
        """Return the row that undoes this one."""
        return self._negated(number, self.number)

    def undone(self) -> Row:
        """Return the row that this one, a reversal, undoes."""
        return self._negated(self.reverses or 0, None)

    def _negated(self, number: int, reverses: int | None) -> Row:
        return Row(
            number,
            self.claim,
            self.date,
            self.benefit,
            -self.full_self_pay_fen,
            -self.over_limit_fen,
            -self.first_step_fen,
            -self.in_scope_fen,
            -self.deductible_fen,
            -self.cash_fen,
            {payer: -fen for payer, fen in self.funds_fen.items()},
            reverses,
        )


def row_of(number: int, settlement: Settlement) -> Row:
    """Return the row of a settlement."""
    claim = settlement.claim
    names = settlement.table.meta.funds
    return Row(
        number,
        claim.id,
        claim.date,
        claim.benefit,
        claim.full_self_pay_fen,
        claim.over_limit_fen,
        claim.first_step_fen,
        claim.in_scope_fen,
        settlement.deductible_fen,
        settlement.cash_fen,
        {name: fen for i, name in enumerate(names) if (fen := settlement.fund_fen(i))},
    )


# ---------------------------------------------------------------------------- records


class Opened(_Written, frozen=True):
    """What a ledger begins with: record 0."""

    table: str
    fingerprint: str
    mode: Mode
    person: str | int = ""
    opening: YearToDate | None = None
    stay: str = ""
    follows: str = ""


class Record(_Written, frozen=True):
    """An operation and the rows that it added."""

    number: int
    operation: Operations
    rows: tuple[Row, ...] = ()


def seal(before: str, body: bytes) -> tuple[str, bytes]:
    """Return the hash of a record after the one whose hash is `before`, and the record with it."""
    digest = hashlib.sha256(before.encode() + body).hexdigest()
    return digest, body[:-1] + b',"hash":"' + digest.encode() + b'"}'


def as_written(table: BenefitTable, claim: Claim) -> Claim:
    """Return a claim as it will be read back: a copy of its own, with nothing lost.

    Raises TypeError for what is no claim, ClaimError for a value that cannot be written: of a
    field that the policy does not look at, a claim made in Python may hold anything.
    """
    if not isinstance(claim, Claim):
        raise TypeError(f"expected a medsettle.Claim, not {type(claim).__name__}")
    written = _read_back(claim)
    if written is not None:
        return written
    table.settle(claim)  # what the table itself refuses, it tells better
    plain = Claim(benefit="", date=dt.date.min, in_scope_fen=0)
    alone = (
        (field, msgspec.structs.replace(plain, **{field: getattr(claim, field)}))
        for field in claim.__struct_fields__
    )
    raise ClaimError(
        Reason.BAD_VALUE,
        field=next((field for field, one in alone if _read_back(one) is None), ""),
        expected="a value of the field's own type, so that the claim can be written down",
    )


def _read_back(claim: Claim) -> Claim | None:
    """Return what would be read back of a claim that was written; None if that is not the same."""
    try:
        if type(claim.items) is not dict:
            claim = msgspec.structs.replace(claim, items=dict(claim.items))
        written = _CLAIMS.decode(ENCODER.encode(claim))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    return written if written == claim else None
