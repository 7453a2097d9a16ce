"""Refused rows of a catalogue as a file: CSV or JSON lines, by the suffix."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from medsettle.bill.faults import REJECT_PREFIX, Rejected
from medsettle.cli.common import USAGE, CommandError

SUFFIXES: Final = (".csv", ".jsonl", ".ndjson")
#: What is told of a row, before its cells; in CSV the names begin with `reject_`.
TOLD: Final = ("file", "row", "field", "code", "reason")


def check_suffix(path: Path) -> None:
    """Raise CommandError for a file of rejects that is of no known kind."""
    if path.suffix.lower() not in SUFFIXES:
        raise CommandError(f"{path}: rejects must end in .csv or .jsonl", USAGE)


def write_rejects(file: IO[bytes], path: Path, rejected: Sequence[Rejected]) -> None:
    """Write refused rows to an open file; `path` tells the format."""
    if path.suffix.lower() == ".csv":
        _write_csv(file, rejected)
        return
    for one in rejected:
        told = {name: getattr(one, name) for name in TOLD} | {"record": one.record}
        file.write(f"{json.dumps(told, ensure_ascii=False)}\n".encode())


def _write_csv(file: IO[bytes], rejected: Sequence[Rejected]) -> None:
    """Write the cells under the columns of all files that have refused rows."""
    columns = list(dict.fromkeys(name for one in rejected for name in one.record))
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*(f"{REJECT_PREFIX}{name}" for name in TOLD), *columns])
    for one in rejected:
        told = [getattr(one, name) for name in TOLD]
        rows.writerow([*told, *(one.record.get(name, "") for name in columns)])
    text.detach()
