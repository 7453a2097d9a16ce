"""National messages read and written, against msgspec alone, which checks kinds and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bench.measure import interleaved, repeated
from bench.message_data import lines_reply, lines_request, settlement_reply
from bench.report import Comparison, Report
from medsettle import nhsa
from medsettle.nhsa import quickly, reading, writing
from medsettle.nhsa.messages import FeeDetail, FeeResult

ROUNDS, CALLS = 101, 10
LIMIT = 10 * 1024 * 1024

Runs = dict[str, Callable[[], Any]]


class _Details(msgspec.Struct):
    infno: str
    input: dict[str, list[FeeDetail]]


class _Results(msgspec.Struct):
    infcode: str
    output: dict[str, list[FeeResult]]


def lines_read() -> Runs:
    """Return runs that read the 2301 of a bill."""
    body = lines_request()
    typed, untyped = msgspec.json.Decoder(_Details).decode, msgspec.json.Decoder().decode
    assert quickly.quick_request(body, None, LIMIT) == reading.told_request(body, None, LIMIT)
    return {
        "medsettle read_request": lambda: nhsa.read_request(body),
        "medsettle, the long way": lambda: reading.told_request(body, None, LIMIT),
        "msgspec decode, typed Structs": lambda: typed(body),
        "msgspec decode, untyped": lambda: untyped(body),
    }


def lines_written() -> Runs:
    """Return runs that write the answer to it."""
    body = lines_reply()
    reply = nhsa.read_reply(body, "2301")
    typed = msgspec.json.Decoder(_Results).decode(nhsa.write_reply(reply, "2301"))
    encode = msgspec.json.Encoder(decimal_format="number").encode
    rows: Any = reply.output["result"]
    return {
        "medsettle write_reply": lambda: nhsa.write_reply(reply, "2301"),
        "medsettle, row by row": lambda: encode([writing.plain(row, "2301") for row in rows]),
        "msgspec encode, typed Structs": lambda: encode(typed),
    }


def settlement_read() -> Runs:
    """Return runs that read the answer to a 2207."""
    body = settlement_reply()
    untyped = msgspec.json.Decoder().decode
    assert quickly.quick_reply(body, "2207", None, LIMIT) is not None
    return {
        "medsettle read_reply": lambda: nhsa.read_reply(body, "2207"),
        "medsettle, the long way": lambda: reading.told_reply(body, "2207", None, LIMIT),
        "msgspec decode, untyped": lambda: untyped(body),
    }


TASKS = {
    "2301 of 30 lines, read": lines_read,
    "answer to it, written": lines_written,
    "answer to a 2207, read": settlement_read,
}


@pytest.mark.parametrize("task", TASKS)
def test_messages(task: str, report: Report) -> None:
    """Time all peers in interleaved rounds, for the ratios."""
    runs = TASKS[task]()
    times = interleaved({name: repeated(run, CALLS) for name, run in runs.items()}, ROUNDS)
    each = {name: [seconds / CALLS for seconds in rounds] for name, rounds in times.items()}
    report.comparisons.append(Comparison(task, 1, each, next(iter(runs)), unit="message"))
