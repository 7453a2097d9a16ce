"""The C library by itself, without Python, against the oracle, and with sanitizers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import build_c
import oracle_cases
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from medsettle.policy.document import Policy
from tests.strategies import people, policies

KINDS = ("plain", "sanitized")
OWN = dict(oracle_cases.own_policies())
RANDOM_POLICIES = 40
#: Small images, in which every field is changed to every deceiving value.
SMALL = ("gap", "small", "windows-month")
RANDOM_IMAGES = "4000"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Return the C test programs by name and kind of build."""
    folder = tmp_path_factory.mktemp("programs")
    return {
        (name, kind): build_c.compile_program(name, kind, folder)
        for name in ("settle_cases", "hostile_images")
        for kind in KINDS
    }


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Return the image and the cases of every policy of ours, and of Beijing's."""
    return dict(write_own(tmp_path_factory.mktemp("cases")))


def write_own(folder: Path) -> Iterator[tuple[str, tuple[Path, Path]]]:
    for seed, (name, policy) in enumerate(OWN.items()):
        rows = list(oracle_cases.random_rows(policy, seed))
        rows += oracle_cases.directed_rows(policy, rows[-1].person + 1)
        rows += oracle_cases.cut_rows(policy, rows[-1].person + 1, seed)
        yield name, oracle_cases.write_case(folder, name, policy, rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", OWN)
def test_kernel_agrees_with_the_oracle(
    name: str,
    kind: str,
    programs: dict[tuple[str, str], Path],
    cases: dict[str, tuple[Path, Path]],
) -> None:
    assert ", 0 failed" in build_c.run_program(programs["settle_cases", kind], *cases[name])


def random_policies() -> list[tuple[Policy, list[oracle_cases.Row]]]:
    """Draw policies with persons, the same every time."""
    drawn: list[tuple[Policy, list[oracle_cases.Row]]] = []

    @settings(
        max_examples=RANDOM_POLICIES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        policy = data.draw(policies())
        persons = data.draw(people(policy))
        rows = [
            oracle_cases.Row(number, claim)
            for number, (_, claims) in enumerate(persons)
            for claim in claims
        ]
        drawn.append((policy, rows))

    draw()
    return drawn


def test_kernel_agrees_with_the_oracle_on_random_policies(
    programs: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    drawn = random_policies()
    assert len(drawn) >= RANDOM_POLICIES
    for number, (policy, rows) in enumerate(drawn):
        files = oracle_cases.write_case(tmp_path, f"random{number}", policy, rows)
        said = build_c.run_program(programs["settle_cases", "sanitized"], *files)
        assert ", 0 failed" in said


@pytest.mark.parametrize("name", OWN)
def test_changed_and_truncated_images_are_refused_or_safe(
    name: str,
    programs: dict[tuple[str, str], Path],
    cases: dict[str, tuple[Path, Path]],
) -> None:
    program = programs["hostile_images", "sanitized"]
    said = build_c.run_program(program, cases[name][0], RANDOM_IMAGES)
    assert said.endswith(" 0 failed\n")


@pytest.mark.parametrize("name", SMALL)
def test_every_field_changed_is_refused_or_safe(
    name: str,
    programs: dict[tuple[str, str], Path],
    cases: dict[str, tuple[Path, Path]],
) -> None:
    program = programs["hostile_images", "sanitized"]
    assert build_c.run_program(program, cases[name][0]).endswith(" 0 failed\n")


def test_sanitizers_see_an_overflow(tmp_path: Path) -> None:
    """The canary: with Python's own flags an overflow would wrap and nobody would know."""
    source = "int main(int n, char **v) { (void)v; return (n + 0x7ffffffe) * 2 == n; }"
    (tmp_path / "canary.c").write_text(source)
    program = tmp_path / "canary"
    command = [*build_c.compiler(), *build_c.SANITIZED, "canary.c", "-o", str(program)]
    build_c.run(command, tmp_path)
    with pytest.raises(AssertionError, match="signed integer overflow"):
        build_c.run_program(program)


def test_hostile_program_would_notice(
    programs: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """The canary: what is no image at all must make the program fail."""
    nothing = tmp_path / "nothing.mst"
    nothing.write_bytes(bytes(400))
    with pytest.raises(AssertionError, match="does not open"):
        build_c.run_program(programs["hostile_images", "plain"], nothing)
