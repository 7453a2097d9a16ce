"""Public real messages, their amounts and category codes only: each identity as documented."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from medsettle.nhsa.checking import check_files
from medsettle.nhsa.finding import FAILS, NOT_APPLICABLE, NOTE, OK
from medsettle.nhsa.identities import IDENTITIES

SAMPLES = Path(__file__).parent / "samples"
NA = NOT_APPLICABLE


def states(name: str) -> list[dict[str, str]]:
    """Return what each identity says of each message of a sample."""
    found = []
    for checked in check_files([SAMPLES / f"{name}.json"]):
        assert checked.error is None, checked.error
        names = [finding.identity for finding in checked.findings]
        assert len(names) == len(set(names)), "an identity says one thing"
        found.append({finding.identity: finding.state for finding in checked.findings})
    return found


#: What holds, cannot be said, or fails; an identity that is not named cannot be said.
EXPECTED = {
    "S-A": {"I1": OK, "I2": OK, "I3": OK, "I4": OK, "I4c": OK, "I5": OK, "I6": OK, "I8": OK},
    "S-A-lines": {
        "I0": OK,
        "I0b": OK,
        "I1": OK,
        "I1b": OK,
        "I2": OK,
        "I3": OK,
        "I4": OK,
        "I4c": OK,
        "I5": OK,
        "I6": OK,
        "I8": OK,
    },
    "S-B": {"I1": OK, "I2": OK, "I3": OK, "I4": OK, "I4c": OK, "I5": OK, "I6": OK, "I8": OK},
    "S-C": {"I1": OK, "I2": OK, "I3": OK, "I4": OK, "I5": OK, "I6": OK, "I8": OK},
    "S-D": {"I1": OK, "I2": OK, "I3": NA, "I4": OK, "I4c": OK, "I5": OK, "I6": NA, "I8": OK},
    "S-E": {"I7": OK},
    "S-F": {"I1": OK, "I2": OK, "I3": OK, "I4": OK, "I5": OK, "I6": OK, "I8": NA},
    "S-G": {"I0": OK, "I0b": OK},
    "S-H": {"I0": OK, "I0b": OK, "I1": OK, "I1b": OK, "I2": OK, "I3": NA, "level": NOTE},
    "S-J": {"I1": OK, "I2": OK, "I3": OK, "I4": OK, "I5": OK, "I7": OK, "I8": NA, "I12": OK},
    "S-M": {"I1": OK, "I2": FAILS, "I3": FAILS},
    "case-18": {"I1": OK, "I2": OK, "I3": NA, "I4": OK, "I4c": OK, "I5": OK, "I8": OK, "I10": OK},
    "case-25": {"I1": NA, "I2": OK, "I3": NA, "I4": OK},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_sample_says_what_is_documented(name: str) -> None:
    (found,) = states(name)
    expected = dict.fromkeys((one for one in IDENTITIES if one != "level"), NA) | EXPECTED[name]
    assert found == expected


def test_pharmacy_rows_hold_up_to_missing_columns() -> None:
    """The first step is in no column: 2.80 and 1.98 are what is left of the total."""
    assert [one["I1"] for one in states("S-I")] == [OK, OK, NA, NA]
    assert [one["I2"] for one in states("S-I")] == [OK] * 4
    left = [
        next(finding.by for finding in checked.findings if finding.identity == "I1")
        for checked in check_files([SAMPLES / "S-I.json"])
    ]
    assert left == [0, 0, Decimal("2.80"), Decimal("1.98")]


def test_the_counter_example_fails_by_its_whole_bill() -> None:
    (checked,) = check_files([SAMPLES / "S-M.json"])
    failed = [finding for finding in checked.findings if finding.state == FAILS]
    assert {finding.identity: finding.by for finding in failed} == {
        "I2": Decimal("3300.00"),
        "I3": Decimal("3300.00"),
    }
    assert checked.profile == "hainan", "its spellings are known there only"


def test_the_copay_is_what_the_scope_leaves() -> None:
    found = {}
    for name in ("S-A", "S-B", "S-C", "S-F"):
        (checked,) = check_files([SAMPLES / f"{name}.json"])
        (said,) = [finding for finding in checked.findings if finding.identity == "I5"]
        found[name] = dict(said.terms)["copay"]
    assert found == {"S-A": 0, "S-B": Decimal("22.77"), "S-C": 0, "S-F": Decimal("1067.18")}


def test_every_sample_is_expected() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == {*EXPECTED, "S-I"}
