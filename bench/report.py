"""What a session of benchmarks says at its end: machine, speeds, ratios, hashes."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from bench.measure import Times, ratio


@dataclass
class Comparison:
    """The times of all peers on one task; `units` claims, or others, are settled in one run."""

    title: str
    units: int
    times: Times
    ours: str | None
    notes: list[str] = field(default_factory=list)
    unit: str = "claim"


@dataclass
class Report:
    """Collects comparisons and hash checks while the benchmarks run."""

    machine: str = ""
    comparisons: list[Comparison] = field(default_factory=list)
    hashes: list[tuple[str, str, str, bool | None]] = field(default_factory=list)

    def add_hash(self, task: str, peer: str, digest: str, expected: str | None) -> None:
        """Keep the hash of a peer's result, and whether it is the expected one."""
        verdict = None if expected is None else digest == expected
        self.hashes.append((task, peer, digest, verdict))

    def lines(self) -> Iterator[str]:
        """Yield the report line by line."""
        yield f"machine   {self.machine or machine()}"
        yield f"versions  {versions()}"
        for comparison in self.comparisons:
            yield ""
            yield from comparison_lines(comparison)
        if self.hashes:
            yield ""
            yield from hash_lines(self.hashes)


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a table: each peer's median speed, and how many times faster ours is."""
    single = comparison.units == 1
    measure = f"µs a {comparison.unit}" if single else f"million {comparison.unit}s/s"
    yield f"{comparison.title} ({measure}, median; ratio = medsettle's speed over the peer's)"
    for name, seconds in comparison.times.items():
        middle = median(seconds)
        figure = middle * 1e6 if single else comparison.units / middle / 1e6
        faster = (
            f"{ratio(comparison.times, comparison.ours, name):8.2f} x" if comparison.ours else ""
        )
        yield f"  {name:<40}{figure:12.3f}{faster}   {len(seconds)} rounds"
    yield from (f"  {note}" for note in comparison.notes)


def hash_lines(hashes: list[tuple[str, str, str, bool | None]]) -> Iterator[str]:
    """Yield each task's hashes, and who had another than the expected one."""
    words = {True: "as expected", False: "NOT THE EXPECTED ONE", None: "no expected hash is kept"}
    for task in dict.fromkeys(task for task, *_ in hashes):
        verdicts: dict[tuple[str, bool | None], list[str]] = {}
        for _, peer, digest, verdict in (entry for entry in hashes if entry[0] == task):
            verdicts.setdefault((digest, verdict), []).append(peer)
        for (digest, verdict), peers in verdicts.items():
            yield f"result hash, {task}: sha256 {digest} {words[verdict]}: {' · '.join(peers)}"


def machine() -> str:
    """Return the processor, how many cores the run may use, and the system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{processor()}, {cores} of {os.cpu_count()} cores, {platform.system()}"


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> str:
    """Return the versions of Python and of the packages that are compared."""
    names = ("medsettle", "numpy", "numba", "pytest-benchmark")
    return ", ".join([f"Python {platform.python_version()}", *(map(_version, names))])


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"
