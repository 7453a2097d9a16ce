"""Images compiled when the package is built are those of the policies as they stand."""

from __future__ import annotations

import datetime as dt
import importlib
import shutil
from pathlib import Path

import pytest

from medsettle.compile import compile_policy
from medsettle.policy import load_policy
from medsettle.policy.resolve import in_force
from medsettle.prepared import prepare, prepared_image

loading = importlib.import_module("medsettle.load")  # the package has a function of this name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of shipped policies with Beijing alone, which `load` takes its names from."""
    home = tmp_path / "policies"
    beijing = loading.policies_folder() / "110000-beijing"
    shutil.copytree(beijing, home / beijing.name, ignore=shutil.ignore_patterns("*.mst"))
    monkeypatch.setattr(loading, "policies_folder", lambda: home)
    return home


def test_a_prepared_image_is_what_compiling_gives(folder: Path) -> None:
    assert prepare(folder) == 2
    policy = folder / "110000-beijing" / "employee.toml"
    image = prepared_image(policy)
    assert image.read_bytes() == compile_policy(load_policy(policy))
    assert bytes(loading.load("110000/employee").image) == image.read_bytes()


def test_load_uses_it(folder: Path) -> None:
    prepare(folder)
    employee = folder / "110000-beijing" / "employee.toml"
    resident = prepared_image(folder / "110000-beijing" / "resident.toml")
    prepared_image(employee).write_bytes(resident.read_bytes())
    assert loading.load("110000/employee").meta.scheme == "resident"
    assert loading.load(str(employee)).meta.scheme == "employee"  # a path is read as it stands
    assert loading.load("110000/employee", on="2025-01-01").meta.scheme == "employee"


def test_an_edited_policy_is_compiled_anew(folder: Path) -> None:
    prepare(folder)
    employee = folder / "110000-beijing" / "employee.toml"
    before = prepared_image(employee)
    text = employee.read_text(encoding="utf-8")
    employee.write_text(text.replace('= "北京市职工', '= "某市职工'), encoding="utf-8")
    assert prepared_image(employee) != before
    assert loading.load("110000/employee").meta.title.startswith("某市职工")


def test_what_a_policy_inherits_is_part_of_the_digest(folder: Path) -> None:
    employee = folder / "110000-beijing" / "employee.toml"
    parent = folder / "100001-parent" / "employee.toml"
    parent.parent.mkdir()
    parent.write_text("# a policy", encoding="utf-8")
    before = prepared_image(employee)
    text = employee.read_text(encoding="utf-8")
    employee.write_text('inherits = "100001/employee"\n' + text, encoding="utf-8")
    inheriting = prepared_image(employee)
    parent.write_text("# another one", encoding="utf-8")
    assert len({before, inheriting, prepared_image(employee)}) == 3


@pytest.mark.parametrize("day", ["2022-01-01", "2023-12-31", "2024-06-30", "2026-06-01"])
@pytest.mark.parametrize("name", sorted(loading.shipped()))
def test_every_shipped_policy_loads_on_a_day(name: str, day: str) -> None:
    day_of = dt.date.fromisoformat(day)
    policy = load_policy(loading.find(name))
    if any(in_force(versions, day_of) for versions in policy.benefits.values()):
        assert loading.load(name, on=day).name == name
    else:
        with pytest.raises(ValueError, match="no version in force"):
            loading.load(name, on=day)
