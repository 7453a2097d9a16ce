"""The policy that `policies/README.md` writes step by step passes, as the page says."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from medsettle.cli import main

PAGE = Path(__file__).parents[2] / "policies" / "README.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the page's policy and its cases."""
    text = PAGE.read_text(encoding="utf-8").partition("## From a notice")[2]
    blocks = [dedent(block) for block in re.findall(r"^ *```toml\n(.+?)^ *```", text, re.M | re.S)]
    home = tmp_path / "999901-moushi"
    home.mkdir()
    for name, is_case in (("employee.toml", False), ("employee.cases.toml", True)):
        mine = [block for block in blocks if block.startswith("[[case]]") == is_case]
        (home / name).write_text("\n".join(mine), encoding="utf-8")
    return home


def test_it_checks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_its_examples_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder)]) == 0
    assert "3 passed, 0 failed" in capsys.readouterr().out
