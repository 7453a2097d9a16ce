"""The ledger: a person's bills as a value, and what every change of one does to the others."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from typing import Any

from medsettle.ledger import archive
from medsettle.ledger.amounts import Sums, add_up
from medsettle.ledger.carry_out import carry_out
from medsettle.ledger.change import Change
from medsettle.ledger.doors import Doors, day_of
from medsettle.ledger.opening import begin, opened_by
from medsettle.ledger.places import Index
from medsettle.ledger.records import Mode, Operations, Row
from medsettle.ledger.state import State, year_to_date
from medsettle.model import Claim, YearToDate
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable


class Ledger(Doors):
    """A person's year: claims settled one after the other, and changed afterwards.

    `docs/ledger.md` tells what each operation does.  `table` settles; in mode `"replay"` whatever
    lies behind a change is settled again, in `"latest_only"` a change that would need it is
    refused.  `opening` is what the person carries when the ledger begins, `stay` the name of a
    stay that began before and may go on, `follows` the digest of the ledger before (`carry_on`
    fills them in); `person` a label of the caller's, never shown.

    Every operation happens as a whole or not at all, in one step, so that a reader in another
    thread sees the ledger before it or after it.  Raises ClaimError for an opening that the table
    does not know.
    """

    __slots__ = ("_index", "_lock", "_now", "_opened")

    def __init__(
        self,
        table: BenefitTable,
        *,
        mode: Mode = "replay",
        opening: YearToDate | Settlement | None = None,
        person: str | int = "",
        stay: str = "",
        follows: str = "",
    ) -> None:
        self._begin(*begin(table, opened_by(table, mode, opening, person, stay, follows)))

    def _begin(self, opened: bytes, state: State) -> None:
        self._opened = opened
        self._now = state
        self._lock = threading.Lock()
        self._index = Index()

    # ------------------------------------------------------------------------ operations

    def _do(self, operation: Operations, table: BenefitTable | None = None) -> Change:
        with self._lock:
            before = self._now
            change, after_it = carry_out(before, operation, self._index.of(before), table)
            after = after_it()
            self._now = after
            self._index.move(before, after, change)
            return change

    def _state(self) -> State:
        return self._now

    def _stay_of(self, claim: str) -> str:
        with self._lock:
            state = self._now
            key = self._index.of(state).get(claim)
        return "" if key is None else state.entries[state.place_of(key)].item.stay

    @property
    def preview(self) -> Preview:
        """The same operations without an effect: `ledger.preview.settle(claim)`."""
        return Preview(self)

    def _try(self, operation: Operations, table: BenefitTable | None) -> Change:
        with self._lock:
            return carry_out(self._now, operation, self._index.of(self._now), table)[0]

    # ------------------------------------------------------------------------ what stands

    @property
    def table(self) -> BenefitTable:
        """The table that settles."""
        return self._now.table

    @property
    def mode(self) -> Mode:
        """`"replay"` or `"latest_only"`."""
        return self._now.mode

    @property
    def closed(self) -> dt.date | None:
        """The day before which nothing can be changed; None where no day is closed."""
        return self._now.closed

    @property
    def settlements(self) -> dict[str, Settlement]:
        """The settlement of every claim that stands, by id, in order of time."""
        return {
            entry.id: entry.settlement
            for entry in self._now.entries
            if entry.id is not None and entry.settlement is not None
        }

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that stand, in order of time, as they were handed in."""
        items = (entry.item.what for entry in self._now.entries)
        return tuple(what for what in items if isinstance(what, Claim))

    def __contains__(self, claim: object) -> bool:
        return claim is not None and any(entry.id == claim for entry in self._now.entries)

    @property
    def year_to_date(self) -> YearToDate:
        """What the person carries after everything."""
        return year_to_date(self._now.carried)

    def as_of(self, date: dt.date | str) -> YearToDate:
        """Return what the person carried after the last claim or deposit on or before a day."""
        state = self._now
        return year_to_date(state.carried_at(state.end_of(day_of("date", date))))

    # ------------------------------------------------------------------------ what was written

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order in which they were added; they add up to what stands."""
        return tuple(self._now.rows)

    @property
    def sums(self) -> Sums:
        """The sum of all rows: of everything that stands."""
        return add_up(self._now.rows)

    @property
    def reversed_by(self) -> dict[int, int]:
        """The rows that were undone: number of the row to number of its reversal.

        A row is marked refunded (`refd_setl_flag`) where it is among these or reverses another.
        """
        return {row.reverses: row.number for row in self._now.rows if row.reverses is not None}

    @property
    def digest(self) -> str:
        """The hash of the last record, and so of all: equal for equal ledgers only."""
        return self._now.digest

    def to_json(self) -> bytes:
        """Return the ledger as JSON, to be kept byte for byte; `docs/ledger.md` describes it."""
        return archive.write(self._opened, self._now)

    @classmethod
    def from_json(
        cls,
        data: bytes | str,
        table: BenefitTable,
        *,
        earlier: Sequence[BenefitTable] = (),
        digest: str | None = None,
        believe: bool = False,
    ) -> Ledger:
        """Return the ledger that was written, everything checked and settled again.

        `table` is the one that settles, `earlier` those before a `retable`; what was settled by
        one that is no more to be had is refused, or, to `believe` it, taken as written.  Without
        a key, a hash proves only that nothing was changed by accident or in ignorance: hand in
        the `digest` that was kept elsewhere, and it proves that this is the ledger.

        Raises LedgerError Y120 to Y126; nothing of what was read is kept then.
        """
        ledger = cls.__new__(cls)
        ledger._begin(*archive.read(data, (table, *earlier), digest, believe=believe))
        return ledger

    @classmethod
    def retabled(
        cls,
        data: bytes | str,
        table: BenefitTable,
        *,
        earlier: Sequence[BenefitTable] = (),
        digest: str | None = None,
    ) -> tuple[Ledger, Change]:
        """Return a ledger settled under another table than its own, and what that changed.

        For where its own is no more to be had; else read it with `from_json`, and `retable` it.

        What neither `table` nor the `earlier` ones settle is believed as it was written.  Raises
        as `from_json` and `retable`.
        """
        ledger = cls.__new__(cls)
        ledger._begin(*archive.read(data, (table, *earlier), digest, believe=True, end=False))
        return ledger, ledger.retable(table)

    # ------------------------------------------------------------------------ as a value

    def copy(self) -> Ledger:
        """Return an equal ledger that goes its own way from here."""
        ledger = type(self).__new__(type(self))
        with self._lock:
            ledger._begin(self._opened, self._now.apart())
        return ledger

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Ledger:
        return self.copy()

    def carry_on(self, table: BenefitTable | None = None) -> Ledger:
        """Return the ledger of the time after: it opens with what the person carries now.

        The open stay may go on in it, and what is known of the person still holds.  Close this
        ledger first, so that it stays what the other one builds on; the other names its digest.
        """
        state = self._now
        after = Ledger(
            table or state.table,
            mode=state.mode,
            opening=year_to_date(state.carried),
            person=state.person,
            stay=state.stays_at(state.entries.size).open,
            follows=state.digest,
        )
        for known in state.identities:
            after.identity(known.from_, **known.fields)
        return after

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ledger) and self.digest == other.digest

    __hash__ = None  # type: ignore[assignment] # a ledger changes

    def __repr__(self) -> str:
        state = self._now
        claims = sum(entry.id is not None for entry in state.entries)
        return (
            f"<Ledger {state.table.name}, {state.mode}: {claims} claims, "
            f"{state.records.size} records, {state.digest[:12]}>"
        )


class Preview(Doors):
    """A ledger's operations, each telling what it would change; the ledger stays as it is."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _do(self, operation: Operations, table: BenefitTable | None = None) -> Change:
        return self._ledger._try(operation, table)

    def _state(self) -> State:
        return self._ledger._state()

    def _stay_of(self, claim: str) -> str:
        return self._ledger._stay_of(claim)

    def __repr__(self) -> str:
        return f"<Preview of {self._ledger!r}>"
