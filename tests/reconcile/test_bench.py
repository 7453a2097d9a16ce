"""What the benchmark writes is what it expects to be found, in every shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import reconcile as bench
from medsettle.reconcile import reconcile
from tests.reconcile.made import assert_explained, found


@pytest.mark.parametrize("shape", bench.SHAPES)
def test_shapes(shape: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LACKING", 1_000)
    monkeypatch.setattr(bench, "FEN_APART", 500)
    result = reconcile(*bench.write(tmp_path, 3_000, shape))
    assert found(result) == bench.expected(3_000, shape)
    assert_explained(result)
