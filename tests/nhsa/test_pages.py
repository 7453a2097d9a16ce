"""What the pages say of codes and identities is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medsettle.cli import main
from medsettle.nhsa.identities import IDENTITIES
from medsettle.nhsa.messages import INPUTS, OUTPUTS
from medsettle.nhsa.profiles import Profile, profile_names
from medsettle.nhsa.refusing import CODES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/nhsa.md").read_text(encoding="utf-8")


def test_every_code_has_a_heading() -> None:
    headings = re.findall(r"^### (N1\d\d): ", (ROOT / "docs/errors.md").read_text("utf-8"), re.M)
    assert headings == sorted(code for code in CODES if code.startswith("N1"))


def test_the_page_has_every_identity_call_and_profile() -> None:
    rows = re.findall(r"^\| (I\d+[a-c]?|level) \|", PAGE, re.M)
    assert set(rows) == {*IDENTITIES, "I4b"}
    calls = PAGE.partition("## Messages")[2].partition("`medsettle.nhsa.messages` has")[0]
    assert set(re.findall(r"\b\d{4,6}\b", calls)) == {*INPUTS, *OUTPUTS}
    for name in (*profile_names(), *Profile.__struct_fields__):
        assert f"`{name}" in PAGE or name in ("name", "title", "meanings", "codes", "funds")


def test_the_page_shows_what_the_command_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = ROOT / "tests/nhsa/samples/S-M.json"
    (tmp_path / "query.json").write_bytes(sample.read_bytes())
    assert main(["nhsa", "check", "query.json"]) == 1
    shown = re.search(r"\$ medsettle nhsa check query.json\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    assert shown[1] == capsys.readouterr().out
