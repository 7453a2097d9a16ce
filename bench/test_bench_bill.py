"""Whole bills: JSON to JSON, batches of bills with their fee lines, and opening a catalogue."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
import pytest

import medsettle as ms
from bench.bill_data import LINES_OF_A_BILL, bill_lines, bill_message, image
from bench.measure import interleaved, repeated
from bench.ours import table
from bench.report import Comparison, Report
from bench.rivals_bill import item_dict, rows_of, split_by_hand, totals_by_numpy

ROUNDS, JSON_ROUNDS, JSON_CALLS = 21, 201, 10
ITEMS = 250_000
#: The Python loop takes seconds for more.
SLOW_SIZE = 100_000
PARTS = ("full_self_pay", "over_limit", "first_step", "in_scope")
OURS = "medsettle settle_bills, codes"


@pytest.fixture(scope="module")
def catalogue() -> ms.Catalogue:
    """Return the open catalogue of 250,000 items."""
    return ms.Catalogue(image(ITEMS))


@pytest.mark.parametrize("mapped", [False, True])
def test_open(benchmark: Any, tmp_path: Path, mapped: bool) -> None:
    """Time opening a catalogue file, with its digest and every offset checked; at most 50 ms."""
    benchmark.group = "open a catalogue of 250,000 items"
    path = tmp_path / "made-up.msc"
    path.write_bytes(image(ITEMS))
    benchmark.extra_info["bytes"] = path.stat().st_size
    benchmark.pedantic(ms.open_catalogue, (path,), {"mapped": mapped}, rounds=9, warmup_rounds=2)


def test_json(report: Report, catalogue: ms.Catalogue) -> None:
    """Time one bill of 30 lines from JSON to JSON, against reading and writing it alone."""
    body, a_table = bill_message(), table()
    answer = a_table.settle_json(body, catalogue=catalogue)
    settled = msgspec.json.decode(answer)
    assert len(settled["lines"]) == LINES_OF_A_BILL
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    def alone() -> bytes:
        decode(body)
        return encode(settled)

    runs = {
        "medsettle settle_json": lambda: a_table.settle_json(body, catalogue=catalogue),
        "msgspec, decode and encode alone": alone,
    }
    times = interleaved(
        {name: repeated(run, JSON_CALLS) for name, run in runs.items()}, JSON_ROUNDS
    )
    each = {name: [seconds / JSON_CALLS for seconds in rounds] for name, rounds in times.items()}
    report.comparisons.append(
        Comparison("bill of 30 lines as JSON", 1, each, next(iter(runs)), unit="bill")
    )


def test_batch(report: Report, catalogue: ms.Catalogue, size: int) -> None:
    """Time bills of 30 lines on average, `size` lines in all; amounts must be those by hand."""
    a_table = table()
    claims, lines = bill_lines(size)
    n_bills = len(claims["person"])
    numbered = {name: column for name, column in lines.items() if name != "code"}
    numbered["item"] = catalogue.find_items(lines["code"])
    found = a_table.settle_bills(catalogue, claims, lines)
    assert not found.claims["status"].any(), "a bill was refused"
    told = {f"{name}_fen": found.claims[f"{name}_fen"] for name in PARTS}
    alone = claims | told
    runs = {
        OURS: lambda: a_table.settle_bills(catalogue, claims, lines),
        "medsettle settle_bills, item numbers": lambda: a_table.settle_bills(
            catalogue, claims, numbered
        ),
        "medsettle settle_batch, amounts known": lambda: a_table.settle_batch(alone),
        "NumPy, price × quantity by bill alone": lambda: totals_by_numpy(lines, n_bills),
    }
    total = sum(told[name] for name in told)
    assert (totals_by_numpy(lines, n_bills) == total).all()
    if size <= SLOW_SIZE:
        items, rows = item_dict(ITEMS), rows_of(lines)
        by_hand = np.array(split_by_hand(items, rows, n_bills)).T
        assert all((told[f"{name}_fen"] == by_hand[at]).all() for at, name in enumerate(PARTS))
        runs["Python int, split alone"] = lambda: split_by_hand(items, rows, n_bills)
    times = interleaved(runs, ROUNDS, budget_seconds=1.5)
    title = f"{n_bills:,} whole bills, {size:,} lines, a catalogue of {ITEMS:,} items"
    per_line = (f"{name}: {median(t) / size * 1e9:.0f} ns a line" for name, t in times.items())
    report.comparisons.append(
        Comparison(title, size, times, OURS, notes=list(per_line), unit="line")
    )
