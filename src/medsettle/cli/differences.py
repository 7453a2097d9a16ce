"""Differences and rejected rows of a reconciliation, written as CSV or JSON lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from medsettle.reconcile.errors import Reject
from medsettle.reconcile.report import difference
from medsettle.reconcile.result import Difference, Entry, Reconciliation, Sums

_REJECT: Final = ("side", "row", "field", "code", "reason")


class DifferenceWriter:
    """A file of all differences, a line each."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._file = file
        self._is_csv = path.suffix.lower() == ".csv"

    def write(self, result: Reconciliation) -> None:
        """Write the differences."""
        if not self._is_csv:
            encode = msgspec.json.Encoder(decimal_format="number").encode
            for one in result.differences:
                self._file.write(encode(difference(result, one)) + b"\n")
            return
        columns = _columns(result)
        text = io.TextIOWrapper(self._file, encoding="utf-8", errors="replace", newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(columns)
        for one in result.differences:
            table.writerow([value(one) for value in columns.values()])
        text.detach()


class RejectWriter:
    """A file of the rejected rows; it never holds what stood in them."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._file = file
        self._is_csv = path.suffix.lower() == ".csv"
        self.clear()

    def add(self, reject: Reject) -> None:
        """Write a row."""
        if self._is_csv:
            self._write(msgspec.structs.astuple(reject))
        else:
            self._file.write(msgspec.json.encode(reject) + b"\n")

    def clear(self) -> None:
        """Begin the file anew."""
        self._file.seek(0)
        self._file.truncate()
        if self._is_csv:
            self._write(_REJECT)

    def _write(self, cells: Sequence[object]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode(errors="replace"))


_Value = Callable[[Difference], object]


def _columns(result: Reconciliation) -> dict[str, _Value]:
    """Return the columns of the table, with what stands in each."""
    columns: dict[str, _Value] = {
        "class": lambda one: one.kind.value,
        "why": lambda one: one.why,
        "by_second": lambda one: "1" if one.by_second else "0",
    }
    key = result.options.key
    ids = dict.fromkeys(("setl_id", "msgid", "mdtrt_id", "init_setl_id", key))
    for name in ids:
        for side in ("ours", "theirs"):
            columns[f"{side}_{name}"] = _of(side, lambda entry, name=name: entry.ids.get(name, ""))
    for side in ("ours", "theirs"):
        columns[f"{side}_row"] = _of(side, lambda entry: entry.row)
        columns[f"{side}_day"] = _of(side, lambda entry: entry.day)
        columns[f"{side}_counts"] = _of(side, lambda entry: "1" if entry.counts else "0")
        for place, name in enumerate(result.by):
            if name != "day":
                columns[f"{side}_{name}"] = _of(side, lambda entry, at=place: entry.group[at])
    for name in result.compared:
        for side in ("ours", "theirs"):
            columns[f"{side}_{name}"] = _of(side, lambda entry, n=name: _yuan(entry.amounts, n))
        columns[f"difference_{name}"] = _apart(name)
    return columns


def _of(side: str, value: Callable[..., Any]) -> _Value:
    """Return what takes a value from the row of a side, "" where there is none."""

    def taken(one: Difference) -> object:
        entry: Entry | None = getattr(one, side)
        return "" if entry is None else value(entry)

    return taken


def _apart(name: str) -> _Value:
    return lambda one: _yuan(one.difference, name)


def _yuan(sums: Sums, name: str) -> object:
    return sums.yuan()[name]
