"""The ends of what is representable: days, counters and amounts at their last value."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import medsettle as ms
from medsettle.money import FEN_MAX

DAY = dt.date(2025, 3, 1)


def stay(**fields: object) -> ms.Claim:
    given = {"date": DAY, "in_scope_fen": 0, "level": "tertiary", "status": "active", **fields}
    return ms.Claim(benefit="inpatient", **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


@pytest.mark.parametrize("day", [-(2**31) + 1, -719_162, -1, 0, 2**31 - 2, 2**31 - 1])
def test_days_at_the_end_of_the_calendar(table: ms.BenefitTable, day: int) -> None:
    columns = {"person": np.array([1]), "date": np.array([day]), "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"][0] == ms.Status.NO_VERSION


@pytest.mark.parametrize(("date", "status"), [("2199-12-31", 0), ("2200-01-01", 5)])
def test_the_last_day_of_an_open_version(table: ms.BenefitTable, date: str, status: int) -> None:
    columns = {"person": np.array([1]), "date": date, "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"].tolist() == [status]


def test_dates_written_as_one_number_are_refused(table: ms.BenefitTable) -> None:
    """20250303 as days since 1970-01-01 is in the year 57407."""
    columns = {"person": 1, "date": np.array([20250303]), "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"].tolist() == [ms.Status.NO_VERSION]


def test_the_last_visit_that_can_be_counted(table: ms.BenefitTable) -> None:
    """A bill of nothing still counts a visit."""
    full = ms.YearToDate(DAY, {"inpatient_pooled.visits": FEN_MAX})
    with pytest.raises(ms.ClaimError, match="C109"):
        table.settle(stay(), full)
    nearly = ms.YearToDate(DAY, {"inpatient_pooled.visits": FEN_MAX - 1})
    assert table.settle(stay(), nearly).ytd == full


def test_the_largest_bill(table: ms.BenefitTable) -> None:
    settled = table.settle(stay(in_scope_fen=FEN_MAX))
    assert settled.pooled == 100_000
    assert settled.large_amount == 400_000
    with pytest.raises(ms.ClaimError, match="C102"):
        table.settle(stay(in_scope_fen=FEN_MAX, first_step_fen=1))
    with pytest.raises(ms.ClaimError, match="C109"):
        table.settle(stay(in_scope_fen=FEN_MAX), settled)
