"""Every shape of rule has its tests, and the page that lists them lists exactly these."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "policy-language.md"
SHAPES = range(1, 131)
#: Shapes that are no matter of settling a bill; the page says why.
NOT_SETTLED = {105}


def shape_tests() -> list[str]:
    """Return the names of all tests of shapes."""
    found: list[str] = []
    for path in sorted(HERE.glob("test_*.py")):
        found += re.findall(r"^def (test_shape_\w+)", path.read_text(encoding="utf-8"), re.M)
    return found


def rows() -> dict[int, str]:
    """Return the rows of the page's table by shape."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [re.match(r"\| (\d+) \|", line) for line in lines]
    return {int(m[1]): line for m, line in zip(found, lines, strict=True) if m}


def test_every_shape_is_tested() -> None:
    tested = {int(name[len("test_shape_") :][:3]) for name in shape_tests()}
    assert tested == set(SHAPES) - NOT_SETTLED


def test_names_are_unique() -> None:
    assert len(set(shape_tests())) == len(shape_tests())


def test_the_page_lists_every_shape_with_its_tests() -> None:
    listed = rows()
    assert list(listed) == list(SHAPES)
    named = {number: set(re.findall(r"test_shape_\w+", row)) for number, row in listed.items()}
    for name in shape_tests():
        number = int(name[len("test_shape_") :][:3])
        assert name in named[number], f"{name} is missing in row {number}"
    assert set().union(*named.values()) == set(shape_tests())
