"""Two sorted sides are compared in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from medsettle.reconcile import delimited, reconcile
from tests.reconcile.made import row, write


def peak(paths: tuple[Path, Path]) -> int:
    tracemalloc.start()
    try:
        result = reconcile(*paths)
        assert result.class_of("missing_here").claims == 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", ["plain", "quoted"])
def test_memory(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 100_000)
    peaks = []
    for count in (2_000, 20_000):
        rows = [row(at) for at in range(count)]
        paths = (tmp_path / f"a{count}.csv", tmp_path / f"b{count}.csv")
        write(paths[0], rows[:-1], quoted=shape == "quoted")
        write(paths[1], rows, quoted=shape == "quoted")
        peak(paths)  # what is imported or kept the first time
        peaks.append(peak(paths))
    assert peaks[1] < peaks[0] * 1.2


def test_it_is_the_order_that_makes_it_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 100_000)
    rows = [row(at) for at in range(20_000)]
    in_order = (write(tmp_path / "a.csv", rows[:-1]), write(tmp_path / "b.csv", rows))
    other = (write(tmp_path / "c.csv", rows[-2::-1]), write(tmp_path / "d.csv", rows))
    assert peak(other) > 3 * peak(in_order)
