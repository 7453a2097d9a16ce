"""One claim at a time: from the caller's object to the caller's object, and from JSON to JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

import medsettle as ms
from bench.data import Columns, benchmark_claims
from bench.measure import interleaved, repeated
from bench.ours import one_claim, one_claim_json, table
from bench.report import Comparison, Report
from bench.rivals import INPUTS, NEW_YEAR, RESULTS, Year, settle_decimal_claim, settle_int_claim

CALLS = 2_000
ROUNDS = 15
COLUMNS: Columns = benchmark_claims(10)
ROW = 0
CODES = {name: int(COLUMNS[name][ROW]) for name in INPUTS}
CODES_JSON = json.dumps(CODES).encode()
#: Four amounts in yuan and the year so far, as a hospital sends them; for Beijing's employees.
FOUR_AMOUNTS = (
    b'{"claim":{"benefit":"inpatient","date":"2025-06-30","level":"tertiary","status":"retired",'
    b'"in_scope":164411.81,"full_self_pay":14674.04,"over_limit":1500.00,"first_step":8500.00,'
    b'"id":"A-1"},"ytd":{"last_date":"2025-03-01","counters":{"inpatient_pooled.visits":1,'
    b'"inpatient_pooled.pay":824049}}}'
)

Run = Callable[[], Any]


def decimal_dict(claim: dict[str, int]) -> dict[str, Decimal]:
    """Settle one claim from dict to dict in `Decimal` yuan."""
    amounts = settle_decimal_claim(
        claim["level"],
        claim["status"],
        claim["assistance"],
        Decimal(claim["in_scope_fen"]).scaleb(-2),
        Year(),
    )
    return dict(zip(RESULTS, amounts, strict=True))


def int_json(body: bytes) -> bytes:
    """Settle one claim from JSON to JSON with the standard library."""
    result, year = settle_int_claim(json.loads(body), NEW_YEAR)
    return json.dumps({**result, "ytd": year}).encode()


def decode_and_encode(settled: Any, body: bytes) -> Run:
    """Return a run that reads the message and writes its answer, and settles nothing.

    Amounts are floats here: exact ones would take longer.
    """
    answer = msgspec.json.decode(settled)
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    def run() -> bytes:
        decode(body)
        return encode(answer)

    return run


def ours_object() -> Run:
    """Return a run of medsettle from a claim to a settlement."""
    settle, claim = table().settle, one_claim(COLUMNS, ROW)
    return lambda: settle(claim)


def ours_json(a_table: Any, body: bytes) -> Run:
    """Return a run of medsettle from JSON to JSON."""
    settle_json = a_table.settle_json
    return lambda: settle_json(body)


def rivals_of_json(a_table: Any, body: bytes) -> dict[str, Callable[[], Run]]:
    """Return medsettle, and msgspec without any settling."""
    return {
        "medsettle settle_json": lambda: ours_json(a_table, body),
        "msgspec, decode and encode alone": lambda: decode_and_encode(
            a_table.settle_json(body), body
        ),
    }


#: By task and peer, what makes the run; medsettle comes first.
TASKS: dict[str, dict[str, Callable[[], Run]]] = {
    "one claim": {
        "medsettle settle(Claim)": ours_object,
        "Python int, dict to dict": lambda: lambda: settle_int_claim(CODES, NEW_YEAR),
        "Python Decimal, dict to dict": lambda: lambda: decimal_dict(CODES),
    },
    "one claim as JSON": {
        **rivals_of_json(table(), one_claim_json(COLUMNS, ROW)),
        "Python int and json": lambda: lambda: int_json(CODES_JSON),
    },
    "four amounts and a year as JSON, Beijing": rivals_of_json(
        ms.load("110000/employee"), FOUR_AMOUNTS
    ),
}
PEERS = [(task, name) for task, peers in TASKS.items() for name in peers]


@pytest.mark.parametrize(("task", "name"), PEERS)
def test_single(benchmark: Any, task: str, name: str) -> None:
    """Time one peer, for pytest-benchmark's own table and its JSON."""
    benchmark.group = task
    benchmark.pedantic(TASKS[task][name](), rounds=200, iterations=50, warmup_rounds=2)


@pytest.mark.parametrize("task", TASKS)
def test_compare(task: str, report: Report) -> None:
    """Time all peers in interleaved rounds, for the ratios."""
    runs = {name: repeated(make(), CALLS) for name, make in TASKS[task].items()}
    times = {
        name: [seconds / CALLS for seconds in rounds]
        for name, rounds in interleaved(runs, ROUNDS).items()
    }
    report.comparisons.append(Comparison(task, 1, times, next(iter(runs))))
