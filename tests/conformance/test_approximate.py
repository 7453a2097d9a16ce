"""Figures that their source rounds: the exact ones, rounded the same way, are what it prints."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from medsettle.case_files import CaseFile, read_cases
from medsettle.cases import amount_of
from medsettle.load import load
from medsettle.model import YearToDate
from medsettle.settlement import Settlement

HERE: Final = Path(__file__).parent
FILE: Final = HERE / "approximate.toml"
FIGURES: Final = tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)["figure"]
#: What is added to a number of units before it is cut off.
ADDED: Final = {"half_up": Fraction(1, 2), "down": Fraction(0)}


def name_of(row: dict[str, Any]) -> str:
    return f"{row['published']}-{row['key']}"


def cases_of(path: str) -> CaseFile:
    file, diagnostics = read_cases(HERE / path)
    assert file is not None, [one.render() for one in diagnostics]
    return file


def settled(row: dict[str, Any]) -> Settlement:
    """Return the settlement of the only claim of the figure's case."""
    file = cases_of(row["cases"])
    (case,) = (one for one in file.cases if one.published == row["published"])
    (given,) = case.claims
    return load(file.policy).settle(given.claim, YearToDate())


def rounded(amount: Fraction, unit: Fraction, way: str) -> Fraction:
    return ((amount / unit + ADDED[way]) // 1) * unit


@pytest.mark.parametrize("row", FIGURES, ids=name_of)
def test_rounded_as_the_source_rounds_it_is_what_the_source_prints(row: dict[str, Any]) -> None:
    fen = amount_of(settled(row), row["key"])
    assert fen is not None
    unit = Fraction(row["unit_yuan"])
    printed = Fraction(row["printed_yuan"])
    assert rounded(printed, unit, row["rounded"]) == printed, "it is not printed in that unit"
    assert rounded(fen / 100, unit, row["rounded"]) == printed


def test_rounding_is_exact_about_its_edges() -> None:
    unit = Fraction(1000)
    assert rounded(Fraction(68_499_99, 100), unit, "half_up") == 68_000
    assert rounded(Fraction(68_500), unit, "half_up") == 69_000
    assert rounded(Fraction(68_999_99, 100), unit, "down") == 68_000
