"""`medsettle show`: what is in force on a day, and where every figure of it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from medsettle.cli import main
from medsettle.cli.written import exact_text, placed, times_text

ROOT = Path(__file__).parents[2]

NATION = """\
region = "000000"
scheme = "resident"
title = "全国"

[source.law]
title = "全国办法"

[[indicator.income]]
from = 2020-01-01
until = 2025-01-01
yuan = 50_000
cite = "law#一"

[[indicator.income]]
from = 2025-01-01
yuan = 51_821.07
cite = "law#二"

[[layer.serious_illness]]
fund = "serious_illness"
from = 2020-01-01
cite = "law#大病"
provenance = "verified"
base = ["copay"]
deductible = { per = "year", amount_yuan = { of = "income", pct = 50, round_to_yuan = 1 } }
bands = [
  { upto_yuan = 100_000, share_pct = 60 },
  { share_pct = 70 },
]
"""
CITY = """\
region = "320100"
scheme = "resident"
title = "示例"
inherits = "000000/resident"
year_starts = 7

[source.doc]
title = "文件"

[age]
young = 0
old = 70

[[indicator.wage]]
from = 2020-01-01
yuan = 134_256
cite = "doc#工资"

[[benefit.inpatient]]
from = 2020-01-01
cite = "doc"
layers = ["pool", "serious_illness"]
all_funds_at_most_pct = 90

[[layer.pool]]
fund = "pooled"
from = 2020-01-01
cite = "doc#甲"
provenance = "verified"
base = ["in_scope"]
first_share_pct = 5
deductible = { per = "visit", amount_yuan = [
  { young = 1_000, old = { of = "wage", pct = 1 } },
  500,
] }
bands = [{ share_pct = 80 }]
adjust = [
  { when = { status = "retired" }, add_points_pct = 5 },
  { at_least_pct = 50, cite = "doc#乙" },
]
ceilings = [
  { per = "year", pay_yuan = { of = "wage", times = 6 }, adjust = [{ at_least_yuan = 9 }] },
]

[[layer.pool]]
amends = 2020-01-01
from = 2025-01-01
cite = "doc#丙"
bands = [{ share_pct = 82 }]
"""


Show = Callable[..., str]


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Show:
    """Write both policies and return what `show` prints of the city's, with the options."""
    for folder, text in (("000000-nation", NATION), ("320100-nanjing", CITY)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "resident.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def show(*options: str) -> str:
        assert main(["show", "320100-nanjing/resident.toml", *options]) == 0
        return capsys.readouterr().out

    return show


def line_of(text: str, written: str) -> int:
    (found,) = [i for i, line in enumerate(text.split("\n"), 1) if written in line]
    return found


def city(written: str) -> str:
    return f"[320100-nanjing/resident.toml:{line_of(CITY, written)}]"


def nation(written: str) -> str:
    return f"[000000-nation/resident.toml:{line_of(NATION, written)}]"


def test_every_figure_has_the_line_where_it_is_written(shown: Show) -> None:
    told = shown("--on", "2024-06-01").split("\n")
    for said, place in {
        "  a year begins with month 7": city("year_starts"),
        "  all layers together at most 90% of the bill": city("all_funds"),
        "  first share of the base: 5%": city("first_share_pct"),
        "    above: 80%": city("share_pct = 80"),
        "  if status retired: add_points 5%  文件 甲": city("add_points_pct"),
        "  at_least 50%  文件 乙": city("at_least_pct"),
        "    at_least 9.00  文件 甲": city("at_least_yuan"),
    }.items():
        assert f"{said}  {place}" in told


def test_figures_on_several_lines_have_a_place_each(shown: Show) -> None:
    told = shown("--on", "2024-06-01")
    first, later = city("young = 1_000"), city("  500,")
    amounts = f"{{ young 1,000.00 {first}, old 1,342.56 {first} }}, then 500.00 {later}"
    assert f"  deductible per visit: {amounts}\n" in told
    assert f"age: young from 0 {city('young = 0')}, old from 70 {city('old = 70')}" in told


def test_what_an_amended_version_keeps_is_where_it_was(shown: Show) -> None:
    told = shown("--on", "2025-06-01")
    assert "from 2025-01-01, amends that of 2020-01-01" in told
    assert f"    above: 82%  {city('share_pct = 82')}" in told
    assert f"  first share of the base: 5%  {city('first_share_pct')}" in told
    assert f"  if status retired: add_points 5%  文件 甲  {city('add_points_pct')}" in told


def test_a_multiple_tells_how_it_comes_about(shown: Show) -> None:
    told = shown("--on", "2024-06-01")
    place = city("pay_yuan")
    assert f"  ceiling on pay per year, `pool.pay`: 805,536.00  {place}\n" in told
    worked = "    6 x 134,256.00 = 805,536.00; wage from 2020-01-01, 文件 工资"
    assert f"{worked}  {city('yuan = 134_256')}\n" in told
    assert "    1% x 134,256.00 = 1,342.56; wage from 2020-01-01, 文件 工资  [320100" in told


@pytest.mark.parametrize(
    ("day", "amount", "worked", "written"),
    [
        (
            "2024-12-31",
            "25,000.00",
            "50% x 50,000.00 = 25,000.00; income from 2020-01-01 until 2025-01-01, 全国办法 一",
            "yuan = 50_000",
        ),
        (
            "2025-01-01",
            "25,911.00",
            "50% x 51,821.07 = 25,910.535, to whole 1.00: 25,911.00; income from 2025-01-01,"
            " 全国办法 二",
            "yuan = 51_821.07",
        ),
    ],
)
def test_inherited_layers_are_told_from_where_they_stand(
    shown: Show, day: str, amount: str, worked: str, written: str
) -> None:
    told = shown("--on", day)
    counter = "`serious_illness.deductible`"
    place = nation("amount_yuan")
    assert f"  deductible per year, {counter}: {amount}  {place}\n    {worked}" in told
    assert f"{worked}  {nation(written)}\n" in told
    assert f"    to 100,000.00: 60%  {nation('upto_yuan')}\n" in told
    assert f"layer serious_illness  from 2020-01-01  {nation('[[layer.')}\n" in told


def test_without_a_day_multiples_stay_multiples(shown: Show) -> None:
    told = shown()
    assert "ceiling on pay per year, `pool.pay`: 6 x wage  [320100-nanjing" in told
    assert "50% x income, to whole 1.00  [000000-nation" in told
    assert "51,821.07" in told
    assert " = " not in told


@pytest.mark.parametrize("name", ["110000/employee", "310000/resident", "440300/employee"])
def test_every_line_that_is_pointed_at_is_there(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["show", name, "--on", "2026-06-01"]) == 0
    told = capsys.readouterr().out
    places = re.findall(r"\[(?:[^\[\]]*/)?policies/([^\[\]:]+):(\d+)\]", told)
    assert len(places) > 10
    for file, line in places:
        text = (ROOT / "policies" / file).read_text(encoding="utf-8").split("\n")
        assert text[int(line) - 1].strip()
        assert not text[int(line) - 1].startswith("#")


def test_one_place_stands_at_the_end() -> None:
    assert placed("a \0f:1\0, b \0f:1\0 of it") == "a, b of it  [f:1]"
    assert placed("a \0f:1\0, b \0f:2\0") == "a [f:1], b [f:2]"
    assert placed("none") == "none"


def test_numbers() -> None:
    assert exact_text(Fraction(123_456_789)) == "1,234,567.89"
    assert exact_text(Fraction(1, 2)) == "0.005"
    assert exact_text(Fraction(-100_001, 3)) == "-333.33666666…"
    assert times_text(Fraction(6)) == "6 x"
    assert times_text(Fraction(3, 200)) == "1.5% x"
    assert times_text(Fraction(-1, 10)) == "-10% x"
