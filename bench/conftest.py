"""`pytest bench`: options, the pinned core, and the report at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.data import Columns, benchmark_claims, fingerprint
from bench.report import Report, machine
from bench.result_hash import expected

HERE = Path(__file__).parent
DEFAULT_SIZES = (100_000, 1_000_000)
REPORT = pytest.StashKey[Report]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--size`, which may be given several times."""
    sizes = " and ".join(f"{size:,}" for size in DEFAULT_SIZES)
    parser.addoption(
        "--size", action="append", type=int, help=f"claims in a batch (default: {sizes})"
    )


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Keep out of a plain `pytest`: benchmarks run when the command line names them."""
    named = (config.invocation_params.dir / arg.split("::")[0] for arg in config.args)
    return None if any(path.resolve().is_relative_to(HERE) for path in named) else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what takes a `size` once for every size asked for."""
    if "size" in metafunc.fixturenames:
        sizes = metafunc.config.getoption("--size", None) or DEFAULT_SIZES
        metafunc.parametrize("size", sizes, scope="session")


@pytest.fixture(scope="session")
def claims(size: int) -> Columns:
    """Return the benchmark claims, sure to be those whose result hash is kept."""
    columns = benchmark_claims(size)
    kept = expected(size)
    if kept is not None:
        assert fingerprint(columns) == kept["data"], "NumPy's random stream has changed"
    return columns


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    """Return what is printed at the end of the session."""
    return request.config.stash.setdefault(REPORT, Report())


@pytest.fixture(scope="session", autouse=True)
def one_core(report: Report) -> Iterator[None]:
    """Keep the session on one core where the system can, so that all peers have the same."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    report.machine = machine()
    yield
    os.sched_setaffinity(0, before)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the report."""
    found = config.stash.get(REPORT, None)
    if found is not None:
        terminalreporter.section("medsettle and its rivals")
        for line in found.lines():
            terminalreporter.write_line(line)
