"""A batch of claims: medsettle and its rivals, from container to container."""

from __future__ import annotations

from typing import Any

import pytest

from bench.data import Columns, beijing_claims
from bench.measure import interleaved
from bench.ours import BEIJING, OURS, OURS_DATED, OURS_FRESH, table
from bench.report import Comparison, Report
from bench.result_hash import expected, result_hash
from bench.rivals import DECIMAL, INT, NUMPY, Rival
from bench.rivals_numba import FLOOR, PLAIN, TUNED, TUNED_FRESH

ROUNDS = 41
#: Python loops take seconds for more.
SLOW_SIZE = 100_000
SLOW = (DECIMAL, INT)
PEERS = (OURS, OURS_DATED, OURS_FRESH, TUNED, TUNED_FRESH, PLAIN, NUMPY, INT, DECIMAL)


def takes_part(rival: Rival, size: int) -> bool:
    """Tell whether a rival can be waited for at this size."""
    return size <= SLOW_SIZE or rival not in SLOW


@pytest.mark.parametrize("rival", [*PEERS, FLOOR], ids=lambda rival: rival.name)
def test_batch(benchmark: Any, rival: Rival, claims: Columns, size: int) -> None:
    """Time one peer, for pytest-benchmark's own table and its JSON."""
    if not takes_part(rival, size):
        pytest.skip("a Python loop would take seconds")
    benchmark.group = f"batch of {size:,}"
    benchmark.extra_info["claims"] = size
    prepared = rival.prepare(claims)
    rounds = 2 if rival in SLOW else 7
    benchmark.pedantic(rival.run, (prepared,), rounds=rounds, warmup_rounds=1)


def test_compare(claims: Columns, size: int, report: Report) -> None:
    """Time all peers in interleaved rounds, for the ratios; every result must be the expected."""
    peers = [rival for rival in PEERS if takes_part(rival, size)]
    prepared = {rival.name: rival.prepare(claims) for rival in [*peers, FLOOR]}
    runs = {
        rival.name: lambda rival=rival: rival.run(prepared[rival.name]) for rival in [*peers, FLOOR]
    }
    times = interleaved(runs, ROUNDS, budget_seconds=1.5)
    report.comparisons.append(Comparison(f"batch of {size:,}", size, times, OURS.name))

    kept = expected(size)
    task = f"{size:,} claims"
    digests = {rival.name: result_hash(rival.collect(runs[rival.name]())) for rival in peers}
    for name, digest in digests.items():
        report.add_hash(task, name, digest, kept and kept["result"])
    assert len(set(digests.values())) == 1
    assert kept is None or set(digests.values()) == {kept["result"]}


@pytest.mark.skipif(not BEIJING.exists(), reason="no policy of Beijing in this checkout")
def test_beijing(size: int, report: Report) -> None:
    """Time a mixed year of Beijing employees; there is no rival for a policy of this size."""
    claims = beijing_claims(size)
    policy = table(BEIJING)
    out = policy.settle_batch(claims)
    assert not out["status"].any(), "a claim was refused"
    name = "medsettle, outputs reused"
    times = interleaved({name: lambda: policy.settle_batch(claims, out=out)}, ROUNDS)
    title = f"Beijing employees, {size:,} visits of all kinds"
    report.comparisons.append(Comparison(title, size, times, None))
