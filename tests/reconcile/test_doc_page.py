"""The examples on the page about reconciliation are true."""

from __future__ import annotations

import doctest
from pathlib import Path

from medsettle.reconcile import Kind
from medsettle.reconcile.fields import FIELDS
from medsettle.reconcile.kinds import MEANING

PAGE = Path(__file__).parents[2] / "docs" / "reconcile.md"


def test_examples() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert tried
    assert not failed


def test_every_class_and_field_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert set(MEANING) == set(Kind)
    for name in (*Kind, *FIELDS):
        assert f"`{name}`" in text
