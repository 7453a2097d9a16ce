"""The worked examples of all policies here: by the kernel to the fen, by the oracle the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from medsettle import reference
from medsettle.case_files import SUFFIX, Case, read_cases
from medsettle.cases import run_file
from medsettle.load import load, read
from medsettle.model import YearToDate
from medsettle.policy.load import examine

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
FILES: Final = sorted((HERE / "policies").rglob(f"*{SUFFIX}"))
SHIPPED: Final = sorted((ROOT / "policies").rglob(f"*{SUFFIX}"))
PAGE: Final = ROOT / "docs" / "conformance.md"


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


def cases_in(path: Path) -> list[Case]:
    file, diagnostics = read_cases(path)
    assert file is not None, [one.render() for one in diagnostics]
    return list(file.cases)


def policy_beside(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(SUFFIX) + ".toml")


@pytest.mark.parametrize("path", [*FILES, *SHIPPED], ids=name_of)
def test_to_the_fen(path: Path) -> None:
    results, diagnostics = run_file(path)
    assert diagnostics == []
    assert [one.render() for result in results for one in result.mismatches] == []
    assert results


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_policies_are_without_a_mistake_or_warning(path: Path) -> None:
    assert [one.render() for one in examine(policy_beside(path))[1]] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_oracle_finds_the_same(path: Path) -> None:
    policy, table = read(policy_beside(path)), load(policy_beside(path))
    for case in cases_in(path):
        ours: Any = YearToDate(counters={one.key: one.value for one in case.ytd})
        theirs = ours
        for given in case.claims:
            kernel = table.settle(given.claim, ours)
            oracle = reference.settle(policy, given.claim, theirs)
            assert kernel.steps == oracle.steps
            assert (kernel.cash_fen, kernel.ytd) == (oracle.cash, oracle.ytd)
            ours, theirs = kernel, oracle.ytd


def listed(file: str) -> set[str]:
    """Return the numbers of the examples in a data file of this folder."""
    tables = tomllib.loads((HERE / file).read_text(encoding="utf-8"))
    return {row["published"] for rows in tables.values() for row in rows}


def test_the_page_lists_what_is_reproduced_and_nothing_else() -> None:
    cases = {case.published for path in [*FILES, *SHIPPED] for case in cases_in(path)} - {""}
    numbers = re.findall(r"^\| (\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(numbers) == len(set(numbers)), "an example stands twice on the page"
    assert set(numbers) == cases | listed("identities.toml") | listed("approximate.toml")
