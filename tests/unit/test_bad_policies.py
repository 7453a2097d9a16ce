"""Every mistake a policy can have, word for word: `tests/bad/*.toml` and what is said of each.

`NAME.limits.toml` holds national limits: those that `NAME.toml` is compared with, or, without it,
what is examined.

To write the expected texts anew after a change of wording, and then read the difference:
`python tests/unit/test_bad_policies.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from medsettle.policy.codes import CODES
from medsettle.policy.departures import departures
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic, render_all
from medsettle.policy.limits import Limits, examine_limits, load_limits
from medsettle.policy.load import examine

ROOT = Path(__file__).parents[2]
BAD = ROOT / "tests" / "bad"
#: A name without a file is the fixture of a missing file.
NAMES = sorted({path.stem.removesuffix(".limits") for path in BAD.iterdir()})


def examined(name: str) -> tuple[Policy | Limits | None, list[Diagnostic]]:
    """Examine a fixture by its bare name, as if from its folder."""
    before = Path.cwd()
    os.chdir(BAD)
    try:
        return examined_here(Path(f"{name}.toml"), Path(f"{name}.limits.toml"))
    finally:
        os.chdir(before)


def examined_here(file: Path, national: Path) -> tuple[Policy | Limits | None, list[Diagnostic]]:
    """Examine a policy, and its departures from the limits beside it, or those limits."""
    if national.exists() and not file.exists():
        return examine_limits(national)
    policy, found = examine(file)
    if policy is not None and national.exists():
        lines = file.read_text(encoding="utf-8").split("\n")
        found += departures(policy, load_limits(national), {str(file): lines})
    return policy, found


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
            assert place.file in (f"{name}.toml", f"{name}.limits.toml")
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
    """But those of worked examples, which `test_pins.py` is about."""
    assert {name[:4] for name in NAMES} == {code for code in CODES if code[:2] != "P7"}


def test_every_code_is_documented_under_its_title() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^### (P\d+): (.+)$", text, flags=re.MULTILINE)
    assert headings == [(code, entry.title) for code, entry in CODES.items()]


if __name__ == "__main__":
    for each in NAMES:
        said = render_all(examined(each)[1]) + "\n"
        (BAD / f"{each}.expected").write_text(said, encoding="utf-8")
