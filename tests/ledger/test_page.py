"""The examples on the page about ledgers are true, and its codes are explained."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from medsettle.ledger import Fault

DOCS = Path(__file__).parents[2] / "docs"


def test_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / "ledger.md"
    policy = re.search(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert policy is not None
    (tmp_path / "my-town.toml").write_text(policy[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert tried > 10
    assert not failed


def test_every_code_is_explained() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    codes = [fault.code for fault in Fault]
    assert re.findall(r"^### (Y\d+):", page, re.MULTILINE) == sorted(codes)
    assert len(set(codes)) == len(codes)
