"""Worked examples: read with every mistake at its place, compared to the fen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from medsettle.case_files import read_cases
from medsettle.cases import CaseResult, run_file
from medsettle.policy.errors import Diagnostic
from tests.unit.town import TOWN

CASE = """
[[case]]
name = "two stays"
own = true
source = "by hand"
ytd = { "inpatient_pooled.pay_yuan" = 1.00 }
[[case.claim]]
date = 2025-02-01
benefit = "inpatient"
level = "tertiary"
status = "active"
in_scope_yuan = 20_000.00
expect = { pooled_yuan = 15_895.00, cash_yuan = 4_105.00 }
[[case.claim]]
date = 2025-05-01
benefit = "inpatient"
level = "tertiary"
status = "active"
in_scope_yuan = 20_000.00
expect = { deductible_yuan = 650.00, ytd_after = { "inpatient_pooled.visits" = 2 } }
[case.expect]
pooled_yuan = 32_342.50
"inpatient_pooled.copay_yuan" = 5_707.50
ytd_after = { "inpatient_pooled.pay_yuan" = 32_343.50 }
"""


def cases(tmp_path: Path, text: str, policy: str = "110000/employee") -> Path:
    path = tmp_path / "x.cases.toml"
    path.write_text(f'policy = "{policy}"\n{text}', encoding="utf-8")
    return path


def test_a_case_that_passes(tmp_path: Path) -> None:
    (result,), diagnostics = run_file(cases(tmp_path, CASE))
    assert result.passed, [one.render() for one in result.mismatches]
    assert diagnostics == []
    assert result.case.name == "two stays"


@pytest.mark.parametrize(
    ("old", "new", "key", "expected", "found"),
    [
        ("15_895.00", "15_895.01", "pooled", "15,895.01", "15,895.00"),
        ("32_342.50", "32_342.51", "pooled", "32,342.51", "32,342.50"),
        ("5_707.50", "5_707.51", "inpatient_pooled.copay", "5,707.51", "5,707.50"),
        ('visits" = 2', 'visits" = 3', "inpatient_pooled.visits", "3", "2"),
        ("32_343.50", "1.00", "inpatient_pooled.pay", "1.00", "32,343.50"),
    ],
)
def test_mismatches(
    tmp_path: Path, old: str, new: str, key: str, expected: str, found: str
) -> None:
    path = cases(tmp_path, CASE.replace(old, new))
    (result,), _ = run_file(path)
    (mismatch,) = result.mismatches
    assert (mismatch.key, mismatch.expected, mismatch.found) == (key, expected, found)
    line = path.read_text(encoding="utf-8").splitlines()[mismatch.place.line - 1]
    assert key in line
    assert mismatch.render().startswith(f"{path}:{mismatch.place.line}:")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('status = "active"', "", "has figures for status"),
        ("date = 2025-05-01", "date = 2025-01-01", "before the person's previous claim"),
        ("inpatient_pooled.copay", "civil_servant.copay", "no such layer"),
        ('"inpatient_pooled.pay_yuan" = 32', '"inpatient.pay_yuan" = 32', "no such counter"),
        ('{ "inpatient_pooled.pay_yuan" = 1.00 }', '{ "pooled.pay_yuan" = 1.00 }', "ytd"),
    ],
)
def test_what_cannot_be_settled_or_compared(tmp_path: Path, old: str, new: str, told: str) -> None:
    (result,), _ = run_file(cases(tmp_path, CASE.replace(old, new)))
    assert not result.passed
    assert told in "\n".join(one.render() for one in result.mismatches)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("[[case.claim]]", "[[case.claim", "P101", 8),
        ("own = true\n", "", "P117", 3),
        ("own = true", 'own = true\npublished = "07"', "P117", 3),
        ("own = true", "published = 7", "P112", 5),
        ('name = "two stays"', "", "P111", 3),
        ('benefit = "inpatient"', 'benefit = "inpatients"', "P210", 10),
        ("date = 2025-02-01", 'date = "2025-02-01"', "P401", 9),
        ("20_000.00\nexpect", "20_000.001\nexpect", "P202", 13),
        ("20_000.00\nexpect", "-1\nexpect", "P203", 13),
        ("20_000.00\nexpect", '"20000"\nexpect', "P112", 13),
        ("in_scope_yuan = 20_000.00", "total_yuan = 20_000.00", "P111", 8),
        ("in_scope_yuan = 20_000.00", "in_scope_yuan = 2\ntotal_yuan = 1", "P219", 14),
        ("pooled_yuan = 15", "poolled_yuan = 15", "P110", 14),
        ("pooled_yuan = 15", "pooled = 15", "P110", 14),
        ('"inpatient_pooled.copay_yuan"', '"inpatient_pooled.copays_yuan"', "P110", 24),
        ('visits" = 2', 'visits" = 2.5', "P112", 21),
        ('status = "active"', 'status = "active"\nage = 200', "P112", 13),
        ("[[case]]", "[[cases]]", "P110", 3),
    ],
)
def test_malformed_files(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    path = cases(tmp_path, CASE.replace(old, new, 1))
    file, diagnostics = read_cases(path)
    assert file is None
    assert (code, line) in [(one.code, one.place.line) for one in diagnostics]
    assert all(one.place.file == str(path) for one in diagnostics)
    assert run_file(path)[0] == []


#: Every field of a claim, and counters of every kind.
TOWN_CASE = """
[[case]]
name = "a villager's year"
own = true
source = "by hand"
[case.ytd]
"own_account.balance_yuan" = 1_234.56
"main.visits@primary" = 3
"ninety_days.start" = 2025-08-01
"clinic.pay_yuan" = 250.00
[[case.claim]]
date = 2025-09-03
benefit = "inpatient"
level = "tertiary_special"
assistance = ["low_income", "minimum_living"]
place = "referred"
care = "accident"
cohort = "villager"
months = 300
admitted = 2025-08-20
discharged = 2025-09-03
days = 14
continues = false
in_scope_yuan = 45_000.00
full_self_pay_yuan = 100.00
items_yuan = { imported_implant = 10_000.00, class_b = 5 }
[case.claim.expect]
hospital_yuan = 1_000.00
own_account_yuan = 1_234.56
total_funds_yuan = 29_630.00
"main.first_share_yuan" = 3_500.00
[case.claim.expect.ytd_after]
"main.visits@tertiary_special" = 1
"aid.pay@minimum_living_yuan" = 3_000.00
"ninety_days.start" = 2025-08-01 # still
[[case.claim]]
date = 2025-12-01
benefit = "outpatient"
in_scope_yuan = 100.00
[case.claim.expect]
pooled_yuan = 50.00
ytd_after = { "ninety_days.start" = 2025-12-01, "clinic.pay_yuan" = 50.00 }
"""


def town_case(tmp_path: Path, old: str = "", new: str = "") -> Path:
    assert old in TOWN_CASE
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    path = tmp_path / "town.cases.toml"
    path.write_text(TOWN_CASE.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_field_of_a_claim(tmp_path: Path) -> None:
    results, diagnostics = run_file(town_case(tmp_path))
    assert diagnostics == []
    assert [one.render() for result in results for one in result.mismatches] == []
    assert len(results) == 1


def test_a_day_may_be_a_number(tmp_path: Path) -> None:
    number = f'"ninety_days.start" = {dt.date(2025, 8, 1).toordinal()}'
    (result,), _ = run_file(town_case(tmp_path, '"ninety_days.start" = 2025-08-01', number))
    assert result.passed


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('level = "tertiary_special"', 'level = "tertiary_speciale"', "P210"),
        ('["low_income", "minimum_living"]', '["low_income", "minimal_living"]', "P210"),
        ("class_b = 5", "class_bb = 5", "P110"),
        ("class_b = 5", 'class_b = "5"', "P112"),
        ("class_b = 5", "class_b = -5", "P203"),
        ("items_yuan = {", "items_yuan = [{", "P101"),
        ("days = 14", "days = -1", "P220"),
        ("days = 14", "day = 14", "P110"),
        ("months = 300", "months = -1", "P112"),
        ("continues = false", "continues = 0", "P112"),
        ("admitted = 2025-08-20", 'admitted = "2025-08-20"', "P401"),
        ("discharged = 2025-09-03", "discharged = 2025-09-04", "P219"),
        ('"ninety_days.start" = 2025-08-01', '"ninety_days.start_yuan" = 1.00', "P112"),
        ('"main.visits@primary" = 3', '"main.visits@primary_yuan" = 3.00', "P112"),
        ('"clinic.pay_yuan" = 250.00', '"clinic.pay" = 250', "P112"),
    ],
)
def test_malformed_fields(tmp_path: Path, old: str, new: str, code: str) -> None:
    file, diagnostics = read_cases(town_case(tmp_path, old, new))
    assert file is None
    assert code in [one.code for one in diagnostics]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2025-08-01 # still", "2025-08-02", "expected 2025-08-02, found 2025-08-01"),
        ('special" = 1', 'special" = 2', "expected 2, found 1"),
        ('["low_income", "minimum_living"]', '["low_income", "orphan"]', "assistance"),
        ("days = 14\n", "", "how many days the visit had"),
        ("3_500.00", "3_500.01", "expected 3,500.01, found 3,500.00"),
    ],
)
def test_fields_that_do_not_come_true(tmp_path: Path, old: str, new: str, told: str) -> None:
    (result,), _ = run_file(town_case(tmp_path, old, new))
    assert told in "\n".join(one.render() for one in result.mismatches)


def test_own_names_of_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    """What is wrong with the policy is told where the policy is."""
    path = town_case(tmp_path)
    (tmp_path / "town.toml").write_text("region = 1", encoding="utf-8")
    assert read_cases(path)[1] == []
    results, diagnostics = run_file(path)
    assert results == []
    assert diagnostics


NOTHING_EXPECTED = """
[[case]]
name = "one stay"
own = true
source = "by hand"
[[case.claim]]
date = 2025-02-01
benefit = "inpatient"
in_scope_yuan = 1
"""


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ("", "P111", 3),
        ("expect = {}", "P111", 3),
        ("[case.expect]", "P115", 11),
        ("[case.expect]\nytd_after = {}", "P115", 11),
        ("expect = { cash_yuan = 1 }", "", 0),
        ('[case.expect]\nytd_after = { "inpatient_pooled.visits" = 1 }', "", 0),
    ],
)
def test_a_case_expects_something(tmp_path: Path, more: str, code: str, line: int) -> None:
    _, diagnostics = read_cases(cases(tmp_path, NOTHING_EXPECTED + more))
    assert [(one.code, one.place.line) for one in diagnostics] == ([(code, line)] if code else [])


@pytest.mark.parametrize("policy", ["999999/employee", "missing.toml"])
def test_a_policy_that_is_not_there(tmp_path: Path, policy: str) -> None:
    results, diagnostics = run_file(cases(tmp_path, CASE, policy))
    assert results == []
    assert any(one.is_error for one in diagnostics)


def test_the_policy_beside(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('region = "1"')
    path = tmp_path / "x.cases.toml"
    path.write_text(CASE)
    results, diagnostics = run_file(path)
    assert results == []
    assert "P201" in [one.code for one in diagnostics]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"case = 1", b"case = [1]", b"[case]"])
def test_what_is_no_cases_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.cases.toml"
    path.write_bytes(content)
    results, diagnostics = run_file(path)
    assert results == []
    assert any(one.is_error for one in diagnostics)


REFUSED = """
[[case]]
name = "elsewhere is not spoken of"
own = true
source = "the rules"

[[case.claim]]
date = 2025-03-01
benefit = "inpatient"
level = "tertiary"
status = "active"
place = "unfiled"
in_scope_yuan = 1_000
refused = "no_figure"

[[case.claim]]
date = 2025-03-02
benefit = "inpatient"
level = "tertiary"
status = "active"
in_scope_yuan = 1_000
expect = { pooled_yuan = 0, deductible_yuan = 1_000 }
"""


def run_refused(tmp_path: Path, text: str) -> tuple[list[CaseResult], list[Diagnostic]]:
    path = tmp_path / "refused.cases.toml"
    path.write_text('policy = "110000/employee"\n' + text, encoding="utf-8")
    return run_file(path)


def test_a_claim_may_be_expected_to_be_refused(tmp_path: Path) -> None:
    results, found = run_refused(tmp_path, REFUSED)
    assert [one.passed for one in results] == [True], found


def test_a_refusal_that_does_not_come_is_a_mismatch(tmp_path: Path) -> None:
    results, _ = run_refused(tmp_path, REFUSED.replace('"unfiled"', '"local"'))
    assert [one.key for one in results[0].mismatches] == ["refused"]


def test_another_refusal_is_a_mismatch(tmp_path: Path) -> None:
    results, _ = run_refused(tmp_path, REFUSED.replace('"no_figure"', '"no_version"'))
    assert [one.key for one in results[0].mismatches] == ["claim"]


def test_what_is_refused_comes_to_nothing(tmp_path: Path) -> None:
    both = REFUSED.replace("refused =", "expect = { cash_yuan = 1_000 }\nrefused =")
    assert [one.code for one in run_refused(tmp_path, both)[1]] == ["P118"]
    unknown = REFUSED.replace('"no_figure"', '"too_late"')
    assert [one.code for one in run_refused(tmp_path, unknown)[1]] == ["P210"]
