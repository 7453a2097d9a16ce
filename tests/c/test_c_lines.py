"""The C library's fee lines by themselves, without Python, against the oracle, with sanitizers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import build_c
import line_cases
import pytest

KINDS = ("plain", "sanitized")
SEEDS = 24
RANDOM_IMAGES = "4000"


def write_cases(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Write the images and cases of all that is tested; yield their names and files."""
    for seed in range(SEEDS):
        yield f"{seed}", line_cases.written(folder, f"lines{seed}", *line_cases.random_cases(seed))
    yield "directed", line_cases.written(folder, "directed", *line_cases.directed_cases())


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    folder = tmp_path_factory.mktemp("line_programs")
    return {
        (name, kind): build_c.compile_program(name, kind, folder)
        for name in ("split_cases", "hostile_catalogues")
        for kind in KINDS
    }


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return dict(write_cases(tmp_path_factory.mktemp("line_cases")))


@pytest.mark.parametrize("kind", KINDS)
def test_lines_agree_with_the_oracle(
    kind: str, programs: dict[tuple[str, str], Path], cases: dict[str, list[Path]]
) -> None:
    for files in cases.values():
        assert ", 0 failed" in build_c.run_program(programs["split_cases", kind], *files)


def test_a_wrong_amount_is_seen(
    programs: dict[tuple[str, str], Path], cases: dict[str, list[Path]], tmp_path: Path
) -> None:
    """The canary: one fen more in the last line, and the program must fail."""
    image, right = cases["directed"]
    numbers = right.read_text("ascii").split()
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(" ".join([*numbers[:-1], str(int(numbers[-1]) + 1)]), "ascii")
    with pytest.raises(AssertionError, match="part of a line"):
        build_c.run_program(programs["split_cases", "plain"], image, wrong)


@pytest.mark.parametrize("seed", [str(seed) for seed in range(0, SEEDS, 4)])
def test_changed_and_truncated_catalogues_are_refused_or_safe(
    seed: str, programs: dict[tuple[str, str], Path], cases: dict[str, list[Path]]
) -> None:
    program = programs["hostile_catalogues", "sanitized"]
    assert build_c.run_program(program, cases[seed][0], RANDOM_IMAGES).endswith(" 0 failed\n")


def test_every_field_of_a_catalogue_changed_is_refused_or_safe(
    programs: dict[tuple[str, str], Path], cases: dict[str, list[Path]]
) -> None:
    program = programs["hostile_catalogues", "sanitized"]
    assert build_c.run_program(program, cases["directed"][0]).endswith(" 0 failed\n")


def test_hostile_catalogue_program_would_notice(
    programs: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """The canary: what is no image at all must make the program fail."""
    nothing = tmp_path / "nothing.msc"
    nothing.write_bytes(bytes(400))
    with pytest.raises(AssertionError, match="does not open"):
        build_c.run_program(programs["hostile_catalogues", "plain"], nothing)
