"""What the page about catalogues shows is what happens, and every code is explained."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from medsettle.bill.codes import KINDS
from medsettle.bill.faults import CATALOGUE_CODES
from medsettle.bill.forms import read_catalogue
from medsettle.bill.group_shares import GROUP_KEYS
from medsettle.bill.item_columns import COLUMNS
from medsettle.bill.national_form import NATIONAL_KEYS
from medsettle.bill.national_rows import FIELDS
from medsettle.bill.rules_file import HEAD_KEYS, RULES_KEYS, examine_rules_text
from medsettle.cli import main

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[str]:
    """Return the blocks of a language, without what they are indented by."""
    found = [text for kind, text in BLOCK.findall(PAGE) if kind == language]
    return [re.sub(r"^   ", "", text, flags=re.MULTILINE) for text in found]


def test_a_newcomer_gets_a_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.rules.toml").write_text(blocks("toml")[0], encoding="utf-8")
    Path("my.items.csv").write_text(blocks("csv")[0], encoding="utf-8")
    command = "catalogue compile my.items.csv --rules my.rules.toml -o my.msc"
    assert f"medsettle {command}" in PAGE
    assert main(command.split()) == 0


def test_the_ranges_are_good_rows(tmp_path: Path) -> None:
    (tmp_path / "my.rules.toml").write_text(blocks("toml")[0], encoding="utf-8")
    path = tmp_path / "items.csv"
    path.write_text(blocks("csv")[1], encoding="utf-8")
    read = read_catalogue([path], tmp_path / "my.rules.toml")
    assert read.rejected == ()
    assert len(read.catalogue.items[0].versions[0].shares) == 3


@pytest.mark.parametrize("part", blocks("toml")[1:])
def test_parts_of_rules_are_good(part: str) -> None:
    sources = '[source.materials]\ntitle = "x"\n[values.item]\n'
    rules, found = examine_rules_text(f"{blocks('toml')[0]}{sources}{part}", "x.rules.toml")
    assert found == []
    assert rules is not None


def test_the_session_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest("".join(blocks("pycon")), {}, "page", "page", 0)
    said: list[str] = []
    assert test.examples
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *COLUMNS,
            *HEAD_KEYS,
            *RULES_KEYS,
            *GROUP_KEYS,
            *NATIONAL_KEYS,
            *FIELDS["1318"],
            *FIELDS["1319"],
        }
    ),
)
def test_every_name_is_on_the_page(name: str) -> None:
    assert re.search(rf"`\[*(values\.)?{name}\b|^{name} *=", PAGE, re.MULTILINE), name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_every_kind_of_code_is_on_the_page(kind: object) -> None:
    lengths = [row.split("|")[2] for row in PAGE.splitlines() if row.startswith("| ")]
    length = str(kind.length)  # type: ignore[attr-defined]
    assert any(re.search(rf"\b{length}\b", cell) for cell in lengths)


def test_every_code_is_explained_under_its_title() -> None:
    headings = dict(re.findall(r"^### (K\d+): (.+)$", ERRORS, re.MULTILINE))
    assert headings == {code: entry.title for code, entry in CATALOGUE_CODES.items()}
