"""Loading a shipped policy, as built; and compiling it."""

from __future__ import annotations

from typing import Any

import pytest

import medsettle as ms
from medsettle.compile import compile_policy
from medsettle.load import find, read

NAMES = sorted(ms.shipped())


@pytest.mark.parametrize("name", NAMES)
def test_load(benchmark: Any, name: str) -> None:
    """Time opening the prepared image, or where there is none reading, checking and compiling."""
    benchmark.group = "load"
    benchmark(ms.load, name)


@pytest.mark.parametrize("name", NAMES)
def test_compile(benchmark: Any, name: str) -> None:
    """Time compiling a policy that was read; its image stays below 256 KiB."""
    benchmark.group = "compile"
    policy = read(find(name))
    image = benchmark.pedantic(compile_policy, (policy,), rounds=3, warmup_rounds=1)
    benchmark.extra_info["bytes"] = len(image)
    assert len(image) < 256 * 1024
