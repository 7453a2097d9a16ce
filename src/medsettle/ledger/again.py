"""A ledger that was written, done again record by record, each compared with what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medsettle.ledger.carry_out import carry_out, follow
from medsettle.ledger.edits import edit_of
from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.opening import begin
from medsettle.ledger.places import Index
from medsettle.ledger.records import Opened, Record, Retable, Row
from medsettle.ledger.state import Entry, Item, State, Stays
from medsettle.model import Claim
from medsettle.refusal import ClaimError
from medsettle.table import BenefitTable


class Sealed(Record, frozen=True, kw_only=True):
    """A record with its hash."""

    hash: str


class Again:
    """Does again what the records say, with the tables at hand.

    What was settled by another table is refused; or believed, if that is wished: its rows are
    then taken as written, and the ledger cannot be used before all is settled again.
    """

    def __init__(self, tables: Sequence[BenefitTable], *, believe: bool) -> None:
        self.tables = {table.fingerprint: table for table in tables}
        self.believe = believe
        self.opened = b""
        self.state: State
        self._stand_in = tables[0]  # for a table that is lost
        self._lost = False
        self._index = Index()

    def begin(self, opened: Opened) -> tuple[str, str]:
        """Begin with record 0; return the name and the fingerprint of its table."""
        table = self._table(opened.table, opened.fingerprint)
        try:
            self.opened, self.state = begin(table, opened)
        except ClaimError as error:
            what = f"it cannot be opened ({error})"
            raise LedgerError(Fault.UNREADABLE, record=0, what=what) from error
        return opened.table, opened.fingerprint

    def record(self, record: Sealed) -> tuple[str, str] | None:
        """Do a record again; return the name and the fingerprint of the table it changed to."""
        operation, table = record.operation, None
        if isinstance(operation, Retable):
            table = self._table(operation.table, operation.fingerprint)
        try:
            if self._lost:
                self._take(record)
            else:
                self._do(record, table)
        except (LedgerError, ClaimError) as error:
            if isinstance(error, LedgerError) and error.fault is Fault.OTHER_AMOUNTS:
                raise
            what = f"it cannot be done again ({error})"
            raise LedgerError(Fault.OTHER_AMOUNTS, record=record.number, what=what) from error
        if isinstance(operation, Retable):
            return operation.table, operation.fingerprint
        return None

    def _table(self, name: str, fingerprint: str) -> BenefitTable:
        self._lost = self.believe and fingerprint not in self.tables
        return self._stand_in if self._lost else table_of(self.tables, name, fingerprint)

    def _do(self, record: Sealed, table: BenefitTable | None) -> None:
        before = self.state
        change, after_it = carry_out(before, record.operation, self._index.of(before), table)
        after = after_it()
        if after.digest != record.hash:
            pairs = zip(change.rows, record.rows, strict=False)
            claim = next((ours.claim for ours, theirs in pairs if ours != theirs), "")
            raise LedgerError(Fault.OTHER_AMOUNTS, record=record.number, claim=claim)
        self.state = after
        self._index.move(before, after, change)

    def _take(self, record: Sealed) -> None:
        """Take the rows of a record as they are written, if they fit what stands."""
        state, number = self.state, record.number
        places = self._index.of(state)
        edit = edit_of(state, record.operation, number, places, self._stand_in)
        old = state.entries.since(edit.begin)
        stood = {entry.row.number: entry.row for entry in old if entry.row is not None}
        rows = {row.claim: row for row in stood.values()}
        for at, row in enumerate(record.rows, state.rows.size + 1):
            if row.reverses is not None and row == _undone(stood, row.reverses, at):
                del rows[row.claim]
            elif row.reverses is None and row.number == at and row.claim not in rows:
                rows[row.claim] = row
            else:
                raise LedgerError(Fault.OTHER_AMOUNTS, record=number, claim=row.claim)
        entries = [_entry(item.what, item, rows) for item in edit.items]
        if {entry.id for entry in entries if entry.id is not None} != rows.keys():
            raise LedgerError(Fault.OTHER_AMOUNTS, record=number, what="rows are missing")
        self.state = follow(state, record.operation, edit, list(record.rows), entries)


def _undone(stood: dict[int, Row], number: int, at: int) -> Row | None:
    return stood[number].reversal(at) if number in stood else None


def _entry(what: object, item: Item, rows: dict[str, Row]) -> Entry:
    name = what.id if isinstance(what, Claim) else None
    row = None if name is None else rows.get(name)
    return Entry(item, item.key, name, None, Stays(), None, row)


def table_of(tables: Mapping[str, BenefitTable], name: str, fingerprint: str) -> BenefitTable:
    """Return the table of a fingerprint; raise LedgerError where it is not among those given."""
    if fingerprint in tables:
        return tables[fingerprint]
    given = ", ".join(f"{one.name} {one.fingerprint[:12]}" for one in tables.values())
    raise LedgerError(
        Fault.OTHER_TABLE,
        what=f"it needs {name[:40]} {fingerprint[:12]}, given {given}",
        hint="read it with that table and then `retable` it (of several in turn, all: `earlier`); "
        "where that table is no more to be had, `Ledger.retabled` opens it under another",
    )
