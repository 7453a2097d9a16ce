"""A ledger as JSON: written as one canonical text, and read back only if all of it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NoReturn

import msgspec

from medsettle.ledger.again import Again, Sealed, table_of
from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.records import ENCODER, FORMAT, Opened, Record, seal
from medsettle.ledger.state import State
from medsettle.table import BenefitTable


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many records there are, and the hash of the last."""

    records: int
    hash: str


class _Opened(Opened, frozen=True, kw_only=True):
    """Record 0 with its hash."""

    hash: str

    @property
    def plain(self) -> Opened:
        """The record without its hash."""
        return Opened(**{name: getattr(self, name) for name in Opened.__struct_fields__})


class _Archive(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    opened: _Opened
    records: tuple[Sealed, ...]
    head: _Head


class _Version(msgspec.Struct, frozen=True):
    format: str


_DECODER: Final = msgspec.json.Decoder(_Archive)
_VERSION: Final = msgspec.json.Decoder(_Version)
_IN_RECORD: Final = re.compile(r"\$\.records\[(\d+)\]")


def write(opened: bytes, state: State) -> bytes:
    """Return a ledger's one text."""
    head = ENCODER.encode(_Head(state.records.size, state.digest))
    return b"".join(
        (
            b'{"format":"',
            FORMAT.encode(),
            b'","opened":',
            opened,
            b',"records":[',
            b",".join(state.records),
            b'],"head":',
            head,
            b"}",
        )
    )


def read(
    data: bytes | str,
    tables: Sequence[BenefitTable],
    digest: str | None,
    *,
    believe: bool,
    end: bool = True,
) -> tuple[bytes, State]:
    """Return record 0 and the state of a ledger that was written; see `Ledger.from_json`.

    Unless `end` is False, the first of `tables` must be the one that settles at the end.
    """
    for table in tables:
        if not isinstance(table, BenefitTable):
            raise TypeError(f"expected a medsettle.BenefitTable, not {type(table).__name__}")
    found = decode(data)
    check_chain(found)
    if digest is not None and digest != found.head.hash:
        raise LedgerError(Fault.OTHER_DIGEST, what=f"its own is {found.head.hash[:12]}")
    text = data.encode() if isinstance(data, str) else data
    if ENCODER.encode(found) != bytes(text):
        hint = "keep what `to_json` returned byte for byte"
        raise LedgerError(Fault.TAMPERED, what="its text is not as it was written", hint=hint)
    again = Again(tables, believe=believe)
    last = again.begin(found.opened.plain)
    for record in found.records:
        last = again.record(record) or last
    if end:
        table_of({tables[0].fingerprint: tables[0]}, *last)
    return again.opened, again.state


def decode(data: bytes | str) -> _Archive:
    """Return what a text says; raise LedgerError Y120, Y121 or Y123."""
    if not isinstance(data, bytes | bytearray | str):
        raise TypeError(f"JSON of a ledger must be bytes or str, not {type(data).__name__}")
    try:
        version = _VERSION.decode(data).format
        if version != FORMAT:
            told = f"`{version[:40]}`, this is `{FORMAT}`"
            raise LedgerError(Fault.VERSION, what=told)
        return _DECODER.decode(data)
    except msgspec.ValidationError as error:
        # Only the place is told: what stands there might be anything.
        place = _IN_RECORD.search(str(error))
        record = None if place is None else int(place[1]) + 1
        raise LedgerError(Fault.UNREADABLE, record=record, what="not of its form") from None
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise LedgerError(Fault.TRUNCATED, what="the text ends in the middle") from None
        raise LedgerError(Fault.UNREADABLE, what="not JSON") from None
    except (UnicodeError, RecursionError):
        raise LedgerError(Fault.UNREADABLE, what="not JSON in UTF-8") from None


def check_chain(found: _Archive) -> None:
    """Raise LedgerError where a hash, a number or the head does not fit."""
    before, _ = seal("", ENCODER.encode(found.opened.plain))
    if before != found.opened.hash:
        _tampered(0)
    for number, record in enumerate(found.records, 1):
        if record.number > number:
            what = f"record {record.number} stands where {number} should"
            raise LedgerError(Fault.TRUNCATED, record=number, what=what)
        body = ENCODER.encode(Record(record.number, record.operation, record.rows))
        before, _ = seal(before, body)
        if before != record.hash or record.number != number:
            _tampered(number)
    if found.head.records > len(found.records):
        what = f"{len(found.records)} of {found.head.records} are there"
        raise LedgerError(Fault.TRUNCATED, what=what)
    if found.head.records != len(found.records) or found.head.hash != before:
        _tampered(len(found.records))


def _tampered(record: int) -> NoReturn:
    raise LedgerError(Fault.TAMPERED, record=record)
