"""What the READMEs show is what happens: their examples run, their own city has no mistakes."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from medsettle.policy.load import examine

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(language: str, readme: str = "README.md") -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return [block for kind, block in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("readme", READMES)
def test_examples_give_what_they_show(
    readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-city.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    session = "".join(blocks("pycon", readme))
    assert ">>>" in session
    test = doctest.DocTestParser().get_doctest(session, {}, readme, readme, 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_own_city_has_no_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "my-city.toml"
    path.write_text(blocks("toml")[0], encoding="utf-8")
    policy, found = examine(path)
    assert policy is not None
    assert found == []


@pytest.mark.parametrize("readme", READMES)
def test_two_commands_set_it_up(readme: str) -> None:
    commands = "".join(blocks("sh", readme)).splitlines()
    assert len(commands) == 2
    assert commands[0].endswith("medsettle settle examples/beijing-slips.csv")
    assert commands[1].endswith("pytest")
