"""What a ledger is at one moment: what stands, in order of time, and all that was written down."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import Final

import msgspec

from medsettle.ledger.records import Deposit, Mode, Row, Value
from medsettle.ledger.shared import Shared
from medsettle.model import Claim, YearToDate
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable

#: The place of an item in time: its day, then the number of the record that put it there.
Key = tuple[dt.date, int]
#: What a person carries: a settlement stands for the year-to-date after it, and is faster.
Carried = Settlement | YearToDate | None

# Nothing that a row, an item or an entry holds leads back to it (`gc=False`): the collector need
# not walk through all the bills of a year with each new one.


class Stays(msgspec.Struct, frozen=True, gc=False):
    """The stays so far, in the order in which they began; the last is the open one.

    A claim without a stay of its own, of the benefit of the open one, began another: "".
    """

    names: tuple[str, ...] = ()
    benefit: str = ""  # of the open stay's latest part; "" where it has no name, or no part yet

    @property
    def open(self) -> str:
        """The stay that may go on; "" for none."""
        return self.names[-1] if self.names else ""


class Item(msgspec.Struct, frozen=True, gc=False):
    """Something that stands at a place in time: a claim as it was handed in, or a deposit."""

    key: Key
    what: Claim | Deposit
    stay: str = ""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An item with what came of it; `after` is what the person carries from there."""

    item: Item
    key: Key
    id: str | None  # of the claim; None for a deposit
    after: Carried
    stays: Stays
    settlement: Settlement | None
    row: Row | None


class Known(msgspec.Struct, frozen=True):
    """A change of identity that stands."""

    from_: dt.date
    record: int
    fields: dict[str, Value]


class State(msgspec.Struct, frozen=True):
    """A ledger at one moment; never changed, only followed by another."""

    mode: Mode
    table: BenefitTable
    opening: YearToDate | None
    begun: Stays  # before the ledger opened
    person: str | int  # the caller's label, to tell another person's claims
    digest: str
    entries: Shared[Entry]
    rows: Shared[Row]
    records: Shared[bytes]
    identities: tuple[Known, ...] = ()  # in the order in which they hold
    closed: dt.date | None = None

    @property
    def carried(self) -> Carried:
        """What the person carries after everything."""
        return self.carried_at(self.entries.size)

    def carried_at(self, position: int) -> Carried:
        """Return what the person carries before the entry at `position`."""
        return self.entries[position - 1].after if position else self.opening

    def stays_at(self, position: int) -> Stays:
        """Return the stays before the entry at `position`."""
        return self.entries[position - 1].stays if position else self.begun

    def apart(self) -> State:
        """Return an equal state that shares no memory that grows."""
        return msgspec.structs.replace(
            self,
            entries=self.entries.apart(),
            rows=self.rows.apart(),
            records=self.records.apart(),
        )

    def place_of(self, key: Key) -> int:
        """Return the position of the first entry that is not before `key`."""
        entries = self.entries
        if not entries.size or entries[entries.size - 1].key < key:
            return entries.size
        return bisect_left(entries, key, key=_KEY)

    def end_of(self, date: dt.date) -> int:
        """Return the position behind all entries dated on or before `date`."""
        return bisect_right(self.entries, date, key=_DATE)


_KEY: Final = attrgetter("key")


def _DATE(entry: Entry) -> dt.date:  # noqa: N802 - beside its twin
    return entry.key[0]


def year_to_date(carried: Carried) -> YearToDate:
    """Return what a person carries as a year-to-date of its own."""
    if isinstance(carried, Settlement):
        return carried.ytd
    if carried is None:
        return YearToDate()
    return YearToDate(carried.last_date, dict(carried.counters))
