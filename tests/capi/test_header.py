"""The header by itself: cffi reads it, loads a library of the two C files, and settles with it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cffi
import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "c"))
import build_c  # noqa: E402

import medsettle  # noqa: E402
from medsettle import capacity  # noqa: E402
from medsettle.compile import compile_policy, layout  # noqa: E402
from medsettle.load import find, read  # noqa: E402
from medsettle.money import FEN_MAX, PPM  # noqa: E402
from medsettle.refusal import Status  # noqa: E402
from medsettle.vocabulary import (  # noqa: E402
    AXES,
    BENEFITS,
    CLAIM_AXES,
    FOUR_AMOUNTS,
    NUMBERS,
    UNSTATED,
)

DAY = dt.date(2025, 6, 1)
#: The names in kernel.h of what compile/layout.py packs.
STRUCTS = {
    "HEADER": "ms_header",
    "SPAN": "ms_span",
    "PROGRAM": "ms_program",
    "LOOKUP": "uint16_t[256]",
    "USE": "ms_use",
    "LAYER": "ms_layer",
    "CHAIN": "ms_chain",
    "LINK": "ms_link",
    "ROW": "ms_row",
    "KNOT": "ms_knot",
    "EPISODE": "ms_episode",
}


def header_text() -> str:
    """Return kernel.h as cffi takes it: no preprocessor lines, and 128 bits as two words."""
    lines = (build_c.CORE / "kernel.h").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("#")]
    return "\n".join(["typedef struct { int64_t words[2]; } ms_wide;", *kept])


@pytest.fixture(scope="session")
def ffi() -> cffi.FFI:
    """Return cffi's reading of the header."""
    reader = cffi.FFI()
    reader.cdef(header_text())
    return reader


@pytest.fixture(scope="session")
def library_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a shared library of the kernel, without Python."""
    return build_c.compile_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def library(ffi: cffi.FFI, library_path: Path) -> Iterator[Any]:
    """Return the loaded library."""
    loaded = ffi.dlopen(str(library_path))
    yield loaded
    ffi.dlclose(loaded)


def structs_packed() -> dict[str, int]:
    packed = {name: getattr(layout, name) for name in dir(layout) if name.isupper()}
    return {name: value.size for name, value in packed.items() if hasattr(value, "unpack_from")}


def test_every_packed_struct_is_compared() -> None:
    assert set(structs_packed()) == set(STRUCTS)


@pytest.mark.parametrize("name", STRUCTS)
def test_struct_sizes_are_what_the_compiler_packs(ffi: cffi.FFI, name: str) -> None:
    assert ffi.sizeof(STRUCTS[name]) == structs_packed()[name]


def test_limits_are_the_same_in_c_and_python(library: Any) -> None:
    assert len(FOUR_AMOUNTS) == library.MS_AMOUNTS
    assert library.MS_AXES == capacity.AXES >= len(CLAIM_AXES)
    assert library.MS_EPISODE == layout.EPISODE_WINDOW == library.MS_WINDOWS - 1
    assert library.MS_BENEFITS == capacity.BENEFITS >= len(BENEFITS)
    assert library.MS_FORMAT == layout.FORMAT
    assert library.MS_NONE == layout.NONE
    for name in (
        *("LAYERS", "PARTS", "COUNTERS", "CEILINGS", "ORDINALS", "FUNDS", "EMPTY_PART", "BANDS"),
        *("EPISODES", "ITEMS", "BILL_BANDS", "USES"),
    ):
        assert getattr(library, f"MS_{name}") == getattr(capacity, name), name
    money = (build_c.CORE / "money.h").read_text(encoding="utf-8")
    assert f"MS_PPM {PPM}LL" in money
    assert f"MS_FEN_MAX {FEN_MAX}LL" in money


def test_statuses_are_the_same_in_c_and_python(library: Any) -> None:
    known = [status for status in Status if hasattr(library, f"MS_{status.name}")]
    assert library.MS_ITEMS_DISAGREE == max(known) == len(known) - 1
    for status in known:
        assert getattr(library, f"MS_{status.name}") == status


def test_library_exports_nothing_but_its_own_names(library_path: Path) -> None:
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", library_path], capture_output=True, text=True, check=True
    )
    names = [line.split()[-1] for line in listing.stdout.splitlines()]
    assert {"ms_table_open", "ms_settle", "ms_settle_batch"} <= set(names)
    assert [name for name in names if not name.startswith(("ms_", "_"))] == []


def test_a_claim_settles_as_in_python(ffi: cffi.FFI, library: Any) -> None:
    data = compile_policy(read(find("110000/employee")))
    memory = ffi.new("int64_t[]", len(data) // 8)
    ffi.memmove(memory, data, len(data))
    table, error = ffi.new("ms_table *"), ffi.new("ms_error *")
    assert library.ms_table_open(table, memory, len(data), error) == 0, ffi.string(error.message)

    levels, statuses = list(AXES["level"]), list(AXES["status"])
    claim = ffi.new("ms_claim *")
    claim.date = DAY.toordinal() - dt.date(1970, 1, 1).toordinal()
    claim.benefit = list(BENEFITS).index("inpatient")
    claim.code[0], claim.code[1] = levels.index("tertiary"), statuses.index("retired")
    for axis in NUMBERS:
        claim.code[CLAIM_AXES.index(axis)] = UNSTATED
    claim.rule_date, claim.days = claim.date, -1
    claim.amount[3] = 16_441_181
    ytd, result = ffi.new("ms_ytd *"), ffi.new("ms_result *")
    ytd.last_date = -(2**31)
    library.ms_settle(table, claim, ytd, result, ffi.NULL)

    expected = medsettle.load("110000/employee").settle(
        medsettle.Claim(
            benefit="inpatient",
            date=DAY,
            level="tertiary",
            status="retired",
            in_scope_fen=16_441_181,
        )
    )
    assert result.status == library.MS_OK
    assert result.cash == expected.cash_fen
    assert result.deductible == expected.deductible_fen
    assert list(result.fund)[: table.n_funds] == list(expected.funds_fen.values())
    counters = list(ytd.counter)[: table.n_counters]
    assert counters == expected.counters_after()


def test_what_is_no_image_is_refused_with_a_message(ffi: cffi.FFI, library: Any) -> None:
    table, error = ffi.new("ms_table *"), ffi.new("ms_error *")
    nothing = ffi.new("int64_t[]", 100)
    assert library.ms_table_open(table, nothing, 800, error) == -1
    assert b"not a benefit table image" in ffi.string(error.message)
