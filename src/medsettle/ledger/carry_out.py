"""One operation, from one state of a ledger to the next; or refused, and nothing has changed.

what stands → edited → settled again from there → compared row by row → written down
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from medsettle.ledger.change import Change
from medsettle.ledger.edits import Edit, Places, edit_of
from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.records import (
    ENCODER,
    Operations,
    Record,
    Replace,
    Row,
    Settle,
    row_of,
    seal,
)
from medsettle.ledger.replay import Settled, replay
from medsettle.ledger.shared import Shared
from medsettle.ledger.state import Entry, State
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable

#: Makes the state after an operation; a preview never calls it.
Next = Callable[[], State]


def carry_out(
    state: State, operation: Operations, places: Places, table: BenefitTable | None = None
) -> tuple[Change, Next]:
    """Return what an operation changes, and what makes the state after it.

    `places` tells where each claim of `state` stands; `table` is that of a `Retable`.  Raises
    ClaimError where the claim concerned is refused, LedgerError for everything else.
    """
    number = state.records.size + 1
    edit = edit_of(state, operation, number, places, table)
    old = state.entries.since(edit.begin)
    _check_closed(state, edit)
    _check_mode(state, edit, old)
    before = state.carried_at(edit.begin)
    stays = state.stays_at(edit.begin)
    table = edit.table or state.table
    settled = list(replay(table, edit.items, before, stays, edit.identities, edit.concerned))
    rows, entries = _booked(settled, old, state.rows.size, edit.concerned)
    change = Change(
        number,
        edit.concerned or "",
        _settlement_of(edit.concerned, entries),
        _settlement_of(edit.concerned, old),
        tuple(rows),
        entries[-1].after if entries else before,
    )
    return change, partial(follow, state, operation, edit, rows, entries)


def follow(
    state: State, operation: Operations, edit: Edit, rows: list[Row], entries: list[Entry]
) -> State:
    """Return the state after an operation, in which `entries` stand from `edit.begin` on."""
    number = state.records.size + 1
    digest, record = seal(state.digest, ENCODER.encode(Record(number, operation, tuple(rows))))
    known = state.entries
    if edit.begin < known.size:
        known = Shared(known.upto(edit.begin))
    return State(
        state.mode,
        edit.table or state.table,
        state.opening,
        state.begun,
        _label(state, operation),
        digest,
        known.plus(entries),
        state.rows.plus(rows),
        state.records.plus([record]),
        edit.identities,
        edit.closed or state.closed,
    )


def _label(state: State, operation: Operations) -> str | int:
    """Return the label of the person: the ledger's, else that of the first claim with one."""
    if state.person == "" and isinstance(operation, (Settle, Replace)):
        return operation.claim.person
    return state.person


def _check_closed(state: State, edit: Edit) -> None:
    if state.closed is not None and edit.day is not None and edit.day < state.closed:
        raise LedgerError(
            Fault.CLOSED,
            claim=edit.concerned or "",
            what=f"{edit.day} is before {state.closed}",
            hint="a bill of a closed year is settled in a ledger that is still open",
        )


def _check_mode(state: State, edit: Edit, old: Sequence[Entry]) -> None:
    """Raise LedgerError where claims were to be settled again in a ledger that does not do so."""
    if state.mode == "replay" or not old:
        return
    others = [entry.id for entry in old if entry.id not in (None, edit.concerned)]
    if others:
        raise LedgerError(
            Fault.NOT_LATEST,
            claim=edit.concerned or "",
            what=f"{len(others)} claims behind it would be settled again, last `{others[-1]}`",
            hint="cancel these first, the latest foremost, and settle them again afterwards",
        )


# ---------------------------------------------------------------------------- booking


def _booked(
    settled: Sequence[Settled], old: Sequence[Entry], last: int, concerned: str | None
) -> tuple[list[Row], list[Entry]]:
    """Return the rows to add behind row number `last`, and the entries with theirs.

    What comes out as it was keeps its row; but the claim concerned is always booked again.
    """
    was = {entry.row.claim: entry.row for entry in old if entry.row is not None}
    kept = {}
    for _, settlement, _, _ in settled if was else ():
        row = None if settlement is None else was.get(settlement.claim.id)
        if settlement is None or row is None or row.claim == concerned:
            continue
        if row_of(row.number, settlement) == row:
            kept[row.claim] = was.pop(row.claim)
    rows = [row.reversal(last + at) for at, row in enumerate(reversed(was.values()), 1)]
    entries = []
    for item, settlement, carried, stays in settled:
        if settlement is None:
            entries.append(Entry(item, item.key, None, carried, stays, None, None))
            continue
        name = settlement.claim.id
        row = kept.get(name)
        if row is None:
            row = row_of(last + len(rows) + 1, settlement)
            rows.append(row)
        entries.append(Entry(item, item.key, name, carried, stays, settlement, row))
    return rows, entries


def _settlement_of(claim: str | None, entries: Iterable[Entry]) -> Settlement | None:
    """Return the settlement of a claim among entries; None where it has none there."""
    for entry in entries:
        if claim is not None and entry.id == claim:
            return entry.settlement
    return None
