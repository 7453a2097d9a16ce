"""Figures that no rule gives: that the published parts make the published wholes, to the fen."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from medsettle.model import Claim
from medsettle.vocabulary import FOUR_AMOUNTS, FUNDS, NO_FUNDS

FILE: Final = Path(__file__).with_name("identities.toml")
FIGURES: Final = tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
PERSONS_OWN: Final = ("own_account", "cash")


def name_of(row: dict[str, Any]) -> str:
    return f"{row['published']}-{row['name']}"


@pytest.mark.parametrize("slip", FIGURES["slip"], ids=name_of)
def test_a_slip_adds_up(slip: dict[str, Any]) -> None:
    amounts = {name: slip[f"{name}_yuan"] for name in FOUR_AMOUNTS}
    claim = Claim.from_yuan(
        date="2021-06-01", benefit="inpatient", total=slip["total_yuan"], **amounts
    )
    paid = slip["paid_yuan"]
    assert set(paid) <= {*FUNDS, "cash"}
    assert claim.total_fen == sum(paid.values()) * 100
    funds = sum(paid[payer] for payer in paid if payer not in (*NO_FUNDS, "cash"))
    assert funds == slip["funds_yuan"]
    assert sum(paid[payer] for payer in PERSONS_OWN) == slip["person_yuan"]


@pytest.mark.parametrize("row", FIGURES["sum"], ids=name_of)
def test_a_sum_comes_out(row: dict[str, Any]) -> None:
    assert sum(row["add_yuan"]) - sum(row.get("less_yuan", [])) == row["is_yuan"]
