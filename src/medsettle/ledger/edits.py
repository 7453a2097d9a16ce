"""What each operation changes in what stands, before anything is settled again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.records import (
    Cancel,
    Close,
    Deposit,
    Identity,
    Operation,
    Replace,
    Retable,
    Settle,
    Withdraw,
)
from medsettle.ledger.state import Item, Key, Known, State
from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX
from medsettle.names import Names
from medsettle.refusal import ClaimError, Reason
from medsettle.table import BenefitTable
from medsettle.vocabulary import AXES

#: The fields of a claim that say who the person is, not what the visit was.
OF_PERSON: Final = (
    *("status", "assistance", "supplement", "tier", "cohort", "family_doctor", "entitlement"),
    *("enrolled_years", "zero_claim_years"),
)

#: Where each claim that stands is, by its id.
Places = Mapping[str, Key]


class Edit(msgspec.Struct, frozen=True):
    """What stands after an operation: up to `begin` as it was, from there on `items`.

    `day` is the earliest that the operation touches, None where it touches none.
    """

    begin: int
    items: list[Item]
    day: dt.date | None
    identities: tuple[Known, ...]
    concerned: str | None = None
    table: BenefitTable | None = None  # another than before
    closed: dt.date | None = None  # another than before


def edit_of(
    state: State, operation: Operation, number: int, places: Places, table: BenefitTable | None
) -> Edit:
    """Return what an operation, the record of `number`, changes; raise LedgerError if it cannot.

    `table` is the one to change to, where the operation says so.
    """
    if isinstance(operation, Retable):
        return _retable(state, table or state.table)
    return _EDITS[type(operation)](state, operation, number, places)


def items_since(state: State, begin: int) -> list[Item]:
    """Return what stands from a position on."""
    return [entry.item for entry in state.entries.since(begin)]


def _settle(state: State, settle: Settle, number: int, places: Places) -> Edit:
    claim = settle.claim
    _check_label(state, claim)
    if claim.id in places:
        hint = "`replace` settles it with another content, `cancel` makes room for it"
        raise LedgerError(Fault.ID_STANDS, claim=claim.id, hint=hint)
    return _inserted(state, Item((claim.date, number), claim, _checked_stay(settle)), claim.id)


def _inserted(state: State, item: Item, concerned: str | None = None) -> Edit:
    begin = state.place_of(item.key)
    items = [item, *items_since(state, begin)]
    return Edit(begin, items, item.key[0], state.identities, concerned)


def _cancel(state: State, cancel: Cancel, number: int, places: Places) -> Edit:
    begin = _position(state, cancel.claim, places)
    day = state.entries[begin].key[0]
    return Edit(begin, items_since(state, begin + 1), day, state.identities, cancel.claim)


def _replace(state: State, replace: Replace, number: int, places: Places) -> Edit:
    claim = replace.claim
    _check_label(state, claim)
    was = _position(state, claim.id, places)
    key = state.entries[was].key
    if claim.date != key[0]:
        key = (claim.date, number)
    item = Item(key, claim, _checked_stay(replace))
    begin = min(was, state.place_of(key))
    items = [one for one in items_since(state, begin) if one.key != state.entries[was].key]
    at = next((i for i, one in enumerate(items) if one.key > key), len(items))
    items.insert(at, item)
    day = min(claim.date, state.entries[was].key[0])
    return Edit(begin, items, day, state.identities, claim.id)


def _deposit(state: State, deposit: Deposit, number: int, places: Places) -> Edit:
    last = state.opening.last_date if state.opening else None
    if last is not None and deposit.date < last:
        what = f"{deposit.date} is before the year-to-date that the ledger opened with, {last}"
        raise LedgerError(Fault.DEPOSIT, what=what)
    return _inserted(state, Item((deposit.date, number), deposit))


def _identity(state: State, identity: Identity, number: int, places: Places) -> Edit:
    check_fields(state.table.names, identity.fields)
    known = Known(identity.from_, number, identity.fields)
    held = (*state.identities, known)
    ordered = tuple(sorted(held, key=lambda one: (one.from_, one.record)))
    begin = _first_on(state, identity.from_)
    return Edit(begin, items_since(state, begin), identity.from_, ordered)


def _withdraw(state: State, withdraw: Withdraw, number: int, places: Places) -> Edit:
    for known in state.identities:
        if known.record == withdraw.record:
            left = tuple(one for one in state.identities if one is not known)
            begin = _first_on(state, known.from_)
            return Edit(begin, items_since(state, begin), known.from_, left)
    for begin, entry in enumerate(state.entries):
        if entry.id is None and entry.key[1] == withdraw.record:
            after = items_since(state, begin + 1)
            return Edit(begin, after, entry.key[0], state.identities)
    raise LedgerError(
        Fault.NO_SUCH_RECORD,
        record=withdraw.record,
        hint="`Change.record` of the deposit or the change of identity tells its number",
    )


def _close(state: State, close: Close, number: int, places: Places) -> Edit:
    if state.closed is not None and close.before < state.closed:
        raise LedgerError(Fault.CLOSED, what=f"closed before {state.closed} already")
    return Edit(state.entries.size, [], None, state.identities, closed=close.before)


def _retable(state: State, table: BenefitTable) -> Edit:
    check_opening(table, state.opening)
    for known in state.identities:
        check_fields(table.names, known.fields)
    items = items_since(state, 0)
    day = items[0].key[0] if items else None
    return Edit(0, items, day, state.identities, table=table)


_EDITS: Final[dict[type[Operation], Callable[..., Edit]]] = {
    Settle: _settle,
    Cancel: _cancel,
    Replace: _replace,
    Deposit: _deposit,
    Identity: _identity,
    Withdraw: _withdraw,
    Close: _close,
}


# ---------------------------------------------------------------------------- checks


def _position(state: State, claim: str, places: Places) -> int:
    """Return where the claim of an id stands."""
    key = places.get(claim)
    if key is None:
        raise LedgerError(Fault.NOT_THERE, claim=claim)
    return state.place_of(key)


def _first_on(state: State, day: dt.date) -> int:
    """Return the position of the first entry dated on a day or after it."""
    return state.place_of((day, 0))


def _check_label(state: State, claim: Claim) -> None:
    if not claim.id:
        raise LedgerError(Fault.NO_ID, hint='Claim(…, id="…"), unique within the ledger')
    # A person may be labelled 0.
    if claim.person != "" and state.person != "" and claim.person != state.person:
        hint = "a ledger is one person's; claims without a label are taken as theirs"
        raise LedgerError(Fault.OTHER_PERSON, claim=claim.id, hint=hint)


def _checked_stay(operation: Settle | Replace) -> str:
    if operation.stay and operation.claim.continues:
        raise LedgerError(
            Fault.STAY,
            claim=operation.claim.id,
            what="it says itself that it continues a stay, and names one",
            hint="leave `continues` out: the ledger knows which part is the first",
        )
    return operation.stay


def check_fields(names: Names, fields: Mapping[str, Any]) -> None:
    """Raise LedgerError or ClaimError for what no identity can be, as this table knows names."""
    if not fields:
        raise LedgerError(Fault.IDENTITY, what="it changes nothing", hint=_FIELDS)
    for field, value in fields.items():
        if field not in OF_PERSON:
            told = field if field.isidentifier() and len(field) < len(_FIELDS) else "a field"
            raise LedgerError(Fault.IDENTITY, what=f"`{told}` does not say who a person is",
                              hint=_FIELDS)  # fmt: skip
        if not _can_be(names, field, value):
            number = "a whole number, 0 or more, or None"
            expected = names.expected(field) if field in AXES else number
            raise ClaimError(Reason.BAD_VALUE, field=field, found=value, expected=expected)


def _can_be(names: Names, field: str, value: Any) -> bool:
    if field not in AXES:
        return value is None or (type(value) is int and 0 <= value <= FEN_MAX)
    if isinstance(value, tuple):
        return names.code(field, value) is not None
    return value is None or (isinstance(value, str) and value in names.codes[field])


_FIELDS: Final = f"fields are {', '.join(OF_PERSON)}"


def check_opening(table: BenefitTable, opening: YearToDate | None) -> None:
    """Raise ClaimError for a year-to-date that the table could not start from."""
    for name, value in opening.counters.items() if opening else ():
        if name not in table.meta.counters:
            expected = f"counters among {', '.join(table.meta.counters)}"
            raise ClaimError(Reason.BAD_VALUE, field="opening", found=name, expected=expected)
        if type(value) is not int or not 0 <= value <= FEN_MAX:
            expected = "whole fen or visits, not negative, up to ten billion yuan"
            field = f"opening {name}"
            raise ClaimError(Reason.BAD_VALUE, field=field, found=value, expected=expected)
