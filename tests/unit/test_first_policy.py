"""The policy that `policies/README.md` writes step by step passes, as the page says.

So does the one of the Chinese page, which has the same.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

import medsettle as ms
from medsettle.cli import main

POLICIES = Path(__file__).parents[2] / "policies"
PAGES = {"README.md": "## From a notice", "README.zh-CN.md": "## 从通知到"}
#: A layer that the pages only name.
SERIOUS_ILLNESS = """
[[layer.serious_illness]]
fund       = "serious_illness"
from       = 2025-01-01
cite       = "leaflet2025"
provenance = "unverified"
base       = ["copay"]
deductible = { per = "year", amount_yuan = 10_000 }
bands      = [{ share_pct = 60 }]
"""


def text_of(page: str) -> str:
    return (POLICIES / page).read_text(encoding="utf-8")


def blocks(text: str, language: str = "toml") -> list[str]:
    """Return the blocks of a language, without the blanks before all their lines."""
    found = re.findall(rf"^ *```{language}\n(.+?)^ *```", text, re.M | re.S)
    return [dedent(block) for block in found]


def steps(page: str) -> str:
    """Return the part of a page that goes from the notice to the file."""
    return re.split(r"^##+ ", text_of(page).partition(PAGES[page])[2], flags=re.M)[0]


def is_case(block: str) -> bool:
    return "[[case]]" in block


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    """Return the name of a page."""
    return str(request.param)


@pytest.fixture
def folder(page: str, tmp_path: Path) -> Path:
    """Return a folder with the page's policy and its cases."""
    home = tmp_path / "999901-moushi"
    home.mkdir()
    for name, cases in (("employee.toml", False), ("employee.cases.toml", True)):
        mine = [block for block in blocks(steps(page)) if is_case(block) == cases]
        (home / name).write_text("\n".join(mine), encoding="utf-8")
    return home


def test_it_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_its_examples_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder)]) == 0
    assert "4 passed, 0 failed" in capsys.readouterr().out


def test_it_is_laid_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", str(folder)]) == 0, capsys.readouterr().out


def test_what_its_examples_leave_open(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "--pins", str(folder)]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert f"`{told}`" in steps(page)


def test_it_explains_a_claim(page: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (claim,) = blocks(steps(page), "json")
    (folder / "claim.json").write_text(claim, encoding="utf-8")
    policy, message = str(folder / "employee.toml"), str(folder / "claim.json")
    assert main(["explain", "--policy", policy, message]) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines()]
    (shown,) = blocks(steps(page), "text")
    assert [line for line in map(str.strip, shown.splitlines()) if line not in (*told, "…")] == []


def test_a_layer_that_joins_later(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = folder / "employee.toml"
    further = blocks(text_of(page))[len(blocks(steps(page))) :]
    assert len(further) == 2
    parts = [policy.read_text(encoding="utf-8"), *further, SERIOUS_ILLNESS]
    policy.write_text("\n".join(parts), encoding="utf-8")
    assert main(["check", str(folder)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out
    assert main(["test", str(folder)]) == 0  # the earlier days are settled as before


def test_who_is_not_served_is_told_who_is(page: str, folder: Path) -> None:
    table = ms.load(folder / "employee.toml")
    visit = {"date": "2024-03-01", "benefit": "outpatient", "in_scope": 500}
    only = "the policy settles `outpatient` only for"
    for says, field, told in (
        (
            {"place": "unfiled", "status": "active", "level": "tertiary"},
            "place",
            f"{only} place local",
        ),
        ({"place": "referred"}, "place", f"{only} place local"),
        (
            {"place": "unfiled", "status": "minor"},
            "status, place",
            f"{only} status active / retired and place local",
        ),
        (
            {"status": "active"},
            "level",
            "the claim does not state `level`; "
            "the policy has figures for level primary / secondary",
        ),
    ):
        with pytest.raises(ms.ClaimError, match=re.escape(f"`{field}`: {told}")) as refused:
            table.settle(ms.Claim.from_yuan(**visit, **says))
        assert refused.value.code == "C108"


def test_what_has_no_figure_is_told_in_words(page: str, folder: Path) -> None:
    table = ms.load(folder / "employee.toml")
    visit = {"date": "2024-03-01", "benefit": "outpatient", "in_scope": 500}
    with pytest.raises(ms.ClaimError) as refused:
        table.settle(ms.Claim.from_yuan(**visit, place="unfiled", status="minor"))
    assert str(refused.value).endswith(", found `status minor, place unfiled`")
    with pytest.raises(ms.ClaimError) as refused:
        table.settle(ms.Claim.from_yuan(**visit))
    told = str(refused.value)
    assert "`: the claim does not state `" in told
    assert "None" not in told
    assert "{" not in told


def test_both_pages_say_the_same() -> None:
    english, chinese = ([tomllib.loads(one) for one in blocks(text_of(each))] for each in PAGES)
    assert english == chinese
    for language in ("json", "text"):
        one, other = (blocks(text_of(each), language) for each in PAGES)
        assert one == other
