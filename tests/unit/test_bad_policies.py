"""Every mistake a policy can have, word for word: `tests/bad/*.toml` and what is said of each.

To write the expected texts anew after a change of wording, and then read the difference:
`python tests/unit/test_bad_policies.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from medsettle.policy.codes import CODES
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic, render_all
from medsettle.policy.load import examine

ROOT = Path(__file__).parents[2]
BAD = ROOT / "tests" / "bad"
#: A name without a file is the fixture of a missing file.
NAMES = sorted({path.stem for path in BAD.iterdir()})


def examined(name: str) -> tuple[Policy | None, list[Diagnostic]]:
    """Examine a fixture by its bare name, as if from its folder."""
    before = Path.cwd()
    os.chdir(BAD)
    try:
        return examine(f"{name}.toml")
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", NAMES)
def test_says_exactly_what_is_expected(name: str) -> None:
    policy, found = examined(name)
    expected = (BAD / f"{name}.expected").read_text(encoding="utf-8")
    assert render_all(found) + "\n" == expected
    assert name[:4] in {diagnostic.code for diagnostic in found}
    assert (policy is None) == any(diagnostic.is_error for diagnostic in found)


@pytest.mark.parametrize("name", NAMES)
def test_points_into_the_file(name: str) -> None:
    for diagnostic in examined(name)[1]:
        for place in (diagnostic.place, *(other.place for other in diagnostic.related)):
            assert place.file == f"{name}.toml"
            assert min(place.line, place.column, place.width) >= 1
        assert diagnostic.as_dict()["line"] == diagnostic.place.line


@pytest.mark.parametrize("name", NAMES)
def test_keeps_the_form_of_a_message(name: str) -> None:
    for diagnostic in examined(name)[1]:
        assert not diagnostic.message.endswith(".")
        assert "\n" not in diagnostic.message + diagnostic.hint
        assert "{" not in CODES[diagnostic.code].title
        assert len(diagnostic.message) < 400


def test_every_code_has_a_fixture() -> None:
    assert {name[:4] for name in NAMES} == set(CODES)


def test_every_code_is_documented_under_its_title() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (P\d+): (.+)$", text, flags=re.MULTILINE)
    assert headings == [(code, entry.title) for code, entry in CODES.items()]


if __name__ == "__main__":
    for each in NAMES:
        said = render_all(examined(each)[1]) + "\n"
        (BAD / f"{each}.expected").write_text(said, encoding="utf-8")
