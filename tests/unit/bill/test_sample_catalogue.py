"""The sample catalogue is what its README says, and both its forms say the same."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from medsettle.bill.catalogue import Catalogue
from medsettle.bill.codes import kind_of
from medsettle.bill.forms import CatalogueRead, read_catalogue
from medsettle.bill.image import build_image
from medsettle.bill.words import CLASSES
from medsettle.vocabulary import ITEM_GROUPS

FOLDER = Path(__file__).parents[3] / "examples" / "catalogue"


def read(*names: str) -> CatalogueRead:
    return read_catalogue([FOLDER / name for name in names], FOLDER / "sample.rules.toml")


@pytest.fixture(scope="module")
def sample() -> CatalogueRead:
    return read("sample.items.csv")


def test_nothing_is_refused(sample: CatalogueRead) -> None:
    assert sample.rejected == ()
    assert sample.notices == ()
    assert sample.rules.warnings == ()
    assert f"{len(sample.catalogue.items)} items" in (FOLDER / "README.md").read_text("utf-8")


def test_it_has_some_of_everything(sample: CatalogueRead) -> None:
    items = sample.catalogue.items
    kinds = Counter(kind.name if (kind := kind_of(item.code)) else "own" for item in items)
    assert len(kinds) == 9
    versions = [version for item in items for version in item.versions]
    assert {version.class_ for version in versions} == set(CLASSES)
    groups = {version.group for version in versions}
    assert groups == {"", "blood", *(set(ITEM_GROUPS) - {"class_a", "class_b"})}
    assert any(version.restricted for version in versions)
    assert any(version.compound_only for version in versions)
    assert any(version.over_price == "all" for version in versions)
    assert any(len(version.shares) > 1 for version in versions)
    assert {version.limit.per for version in versions if version.limit} == {"day", "stay_day"}
    assert any(len(item.versions) > 1 for item in items)


def test_it_is_marked_as_made_up(sample: CatalogueRead) -> None:
    assert sample.catalogue.region == "990000"
    assert {source["number"] for source in sample.catalogue.sources.values()} == {"样例"}
    assert "虚构" in sample.catalogue.title
    assert "Made here" in (FOLDER / "README.md").read_text("utf-8")


def test_national_rows_say_the_same(sample: CatalogueRead) -> None:
    national = read("sample-names.csv", "sample-1318.txt", "sample-1319.txt")
    assert national.rejected == ()
    assert national.left_aside == {"not valid": 1, "of other areas": 1}
    one, other = (Catalogue(build_image(found.catalogue)) for found in (sample, national))
    with (FOLDER / "sample-names.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert len(codes) == len(other) == 16
    for code in codes:
        assert other.item(code) == one.item(code)
