"""Interleaved timing: every round runs all peers once, so that all see the same machine.

The order changes from round to round: whoever comes after a slow peer finds cold caches.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

Runs = Mapping[str, Callable[[], Any]]
Times = dict[str, list[float]]


def interleaved(runs: Runs, rounds: int, budget_seconds: float = 2.0) -> Times:
    """Return the seconds of each run by round, after one round to warm up.

    A run that has used up its budget sits out the later rounds; it has at least one.
    """
    times: Times = {name: [] for name in runs}
    order = list(runs)
    shuffle = random.Random(0).shuffle
    for run in runs.values():
        run()
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            if sum(times[name]) < budget_seconds:
                start = time.perf_counter()
                runs[name]()
                times[name].append(time.perf_counter() - start)
    return times


def ratio(times: Times, ours: str, other: str) -> float:
    """Return how many times faster `ours` is: the median over the rounds both were in."""
    pairs = zip(times[other], times[ours], strict=False)
    return median(slow / fast for slow, fast in pairs)


def repeated(run: Callable[[], Any], times: int) -> Callable[[], None]:
    """Return a run that calls `run` that many times, for what is too short for a clock."""

    def many() -> None:
        for _ in range(times):
            run()

    return many
