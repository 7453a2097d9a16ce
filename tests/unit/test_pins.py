"""Which figures the examples of a policy pin: those changed unnoticed are told, no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsettle.case_files import read_cases
from medsettle.cli import main
from medsettle.load import shipped
from medsettle.pins import Pins, pins_of
from medsettle.pins.figures import figures_in
from medsettle.policy.source import read_source

POLICY = """\
region = "999900"
scheme = "employee"
title = "某市"
source.rules.title = "办法"

[age]
under_60 = 0
from_60 = 60

[[indicator.wage]]
from = 2020-01-01
yuan = 100_000
cite = "rules"

[[benefit.inpatient]]
from = 2020-01-01
cite = "rules"
layers = ["stay"]
all_funds_at_most_pct = 95

[[layer.stay]]
fund = "pooled"
from = 2020-01-01
cite = "rules"
provenance = "unverified"
base = ["in_scope"]
deductible = { per = "visit", amount_yuan = 1_000, later_pct = [50] }
bands = [
  { upto_yuan = 20_000, share_pct = { primary = 90, other = { under_60 = 80, from_60 = 85 } } },
  { share_pct = 95 },
]
adjust = [{ when = { status = "retired" }, add_points_pct = 5 }]
ceilings = [{ per = "year", pay_yuan = { of = "wage", times = 0.5 } }]

[[layer.stay]]
amends = 2020-01-01
from = 2023-01-01
cite = "rules"
adjust = [{ when = { status = "retired" }, add_points_pct = 4 }]
"""
CASE = """
[[case]]
name = "one"
own = true
source = "by hand"
[[case.claim]]
date = {date}
benefit = "inpatient"
level = "{level}"
status = "{status}"
age = {age}
in_scope_yuan = {in_scope}
expect = {{ pooled_yuan = {pooled} }}
"""


def case(
    in_scope: str,
    pooled: str,
    *,
    date: str = "2020-01-01",
    level: str = "primary",
    status: str = "active",
    age: int = 59,
) -> str:
    return CASE.format(**locals())


def pins(tmp_path: Path, *examples: str, policy: str = POLICY) -> Pins:
    path = tmp_path / "x.toml"
    path.write_text(policy, encoding="utf-8")
    beside = tmp_path / "x.cases.toml"
    beside.write_text("".join(examples), encoding="utf-8")
    file, diagnostics = read_cases(beside)
    assert file is not None, diagnostics
    return pins_of(path, file.cases)


def loose(found: Pins) -> set[str]:
    """The figures that are told, as they are written: `2:share_pct` is on line 2."""
    told = ((one.place.line, one.message.split("`")[1]) for one in found.diagnostics)
    assert all(one.code == "P701" and not one.is_error for one in found.diagnostics)
    return {f"{POLICY.splitlines()[line - 1].split('=')[0].strip()}:{key}" for line, key in told}


ONE = case("11_000", "9_000")  # 10,000 x 90 %


def test_a_figure_that_an_example_feels_is_pinned_and_all_others_are_told(tmp_path: Path) -> None:
    found = pins(tmp_path, ONE)
    path = tmp_path / "x.toml"
    lines = POLICY.splitlines()
    places = {
        lines[one.place.line - 1][one.place.column - 1 :][: one.place.width]
        for one in found.diagnostics
    }
    assert places == {
        *("60", "100_000", "95", "50", "20_000", "80", "85", "5", "4", "0.5", "2023-01-01")
    }
    told = next(one for one in found.diagnostics if "under_60" in one.message)
    assert told.render() == (
        f"{path}:29:74: warning[P701]: no example pins `share_pct` for `under_60`: with 80.8, "
        "79.2, 80.01 or 79.99 instead of `80` all come out the same\n"
        "  29 |   { upto_yuan = 20_000, share_pct = "
        "{ primary = 90, other = { under_60 = 80, from_60 = 85 } } },\n"
        f"     | {' ' * 73}^^\n"
        "  hint: add an example whose bill reaches this band for `under_60`"
    )
    assert (found.figures, found.pinned, found.fixed) == (17, 5, 0)


@pytest.mark.parametrize(
    ("example", "pinned"),
    [
        (case("21_001", "18_000.95"), {"{ upto_yuan:upto_yuan", "{ share_pct:share_pct"}),
        (case("11_000", "8_000", level="secondary"), {"{ upto_yuan:share_pct"}),
        (
            case("11_000", "8_500", level="secondary", age=60),
            {"from_60:from_60", "{ upto_yuan:share_pct"},
        ),
        (case("11_000", "9_500", status="retired"), {"adjust:add_points_pct"}),
        (case("10_526.32", "9_050", status="retired"), {"adjust:add_points_pct"}),
        (
            case("11_000", "9_400", status="retired", date="2023-01-01"),
            {"adjust:add_points_pct", "from:from"},
        ),
        (
            case("900_000", "50_000"),
            {"ceilings:pay_yuan", "yuan:yuan"},
        ),
    ],
)
def test_what_an_example_adds(tmp_path: Path, example: str, pinned: set[str]) -> None:
    before, after = pins(tmp_path, ONE), pins(tmp_path, ONE, example)
    gone = {one for one in before.diagnostics if one not in after.diagnostics}
    assert loose(Pins(0, 0, 0, tuple(gone))) >= pinned - {"from:from"}
    assert after.pinned - before.pinned == len(gone) >= len(pinned)


def test_a_later_visit_and_what_all_may_pay_together(tmp_path: Path) -> None:
    second = case("1_000", "450").partition("[[case.claim]]")[2]  # 500 x 90 %
    found = pins(tmp_path, f"{ONE}[[case.claim]]{second}")
    assert "deductible:later_pct" not in loose(found)
    whole = POLICY.replace("at_most_pct = 95", "at_most_pct = 40")
    limited = pins(tmp_path, case("11_000", "4_400"), policy=whole)
    assert "all_funds_at_most_pct:all_funds_at_most_pct" not in loose(limited)


def test_a_figure_is_pinned_by_a_version_that_inherits_it(tmp_path: Path) -> None:
    found = pins(tmp_path, case("11_000", "9_000", date="2024-05-05"))
    assert not any("for `primary`" in one.message for one in found.diagnostics)


def test_bands_that_leave_no_room_are_moved_together(tmp_path: Path) -> None:
    close = POLICY.replace("from_60 = 60", "from_60 = 60\nfrom_61 = 61\nfrom_62 = 62", 1)
    close = close.replace("from_60 = 85 }", "other = 85 }")
    found = pins(tmp_path, case("11_000", "8_500", level="secondary", age=60), policy=close)
    told = {one.message.split("`")[1] for one in found.diagnostics}
    assert "from_60" not in told
    assert {"from_61", "from_62"} <= told
    assert found.fixed == 0


def test_a_zero_is_moved_farther_than_by_its_hundredth(tmp_path: Path) -> None:
    """Behind a floor only a much larger share would show."""
    with_floor = POLICY.replace("later_pct = [50]", "later_pct = [0], at_least_yuan = 200")
    later = case("1_000", "720").partition("[[case.claim]]")[2]  # 800 x 90 %
    found = pins(tmp_path, f"{ONE}[[case.claim]]{later}", policy=with_floor)
    assert not any("`later_pct`" in one.message for one in found.diagnostics)
    assert not any("`at_least_yuan`" in one.message for one in found.diagnostics)


def test_a_step_of_rounding_is_changed_until_it_shows(tmp_path: Path) -> None:
    rounded = POLICY.replace("times = 0.5 }", "pct = 50.001, round_to_yuan = 0.01 }")
    found = pins(tmp_path, case("900_000", "50_001"), policy=rounded)
    assert not any("`pay_yuan`" in one.message for one in found.diagnostics)


def test_the_day_of_a_layer_before_all_benefits_is_no_figure(tmp_path: Path) -> None:
    """Nobody can be settled on either side of it."""
    head = 'fund = "pooled"\nfrom = '
    early = POLICY.replace(f"{head}2020", f"{head}2019")
    early = early.replace("amends = 2020-01-01", "amends = 2019-01-01")
    assert "2019-01-01" in early
    found = pins(tmp_path, ONE, policy=early)
    assert not any("2019-01-01" in one.message for one in found.diagnostics)
    assert found.figures == 16


def test_the_first_day_of_all_is_pinned_by_a_claim_of_that_day(tmp_path: Path) -> None:
    """Alone the layer cannot begin later: the benefit needs it; so both are moved."""
    for day, told in (("2020-01-01", set()), ("2020-01-02", {"benefit", "layer"})):
        found = pins(tmp_path, case("11_000", "9_000", date=day))
        lines = {one.place.line for one in found.diagnostics if "2020-01-01" in one.message}
        source = read_source(tmp_path / "x.toml")[0]
        assert source is not None
        edges = {
            figure.path[0]
            for figure in figures_in(source)
            if figure.key == "from" and source.value_place(figure.path).line in lines
        }
        assert edges - {"indicator"} == told


def test_the_command_tells_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pins(tmp_path, ONE)
    assert main(["test", "--pins", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "1 passed, 0 failed\n" in out
    assert f"{tmp_path / 'x.toml'}:29:74: warning[P701]" in out
    assert out.splitlines()[-1] == "17 figures, 5 pinned"


def test_cases_that_do_not_come_out_pin_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"x.cases.toml:2: does not come out"):
        pins(tmp_path, case("11_000", "9_000.01"))


def test_nothing_is_told_of_pins_while_examples_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins(tmp_path, ONE)
    beside = tmp_path / "x.cases.toml"
    beside.write_text(ONE.replace("9_000", "9_000.01"), encoding="utf-8")
    assert main(["test", "--pins", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_policies_leave_no_figure_unpinned(name: str) -> None:
    path = shipped()[name]
    file, _ = read_cases(path.with_name(f"{path.stem}.cases.toml"))
    assert file is not None
    found = pins_of(path, file.cases)
    assert [one.render() for one in found.diagnostics] == []
