"""National limits: every kind of bound on both sides, what is not asked, and mistakes in limits."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from medsettle.cli import main
from medsettle.load import policies_folder, shipped
from medsettle.policy.departures import departures
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic
from medsettle.policy.limits import Limit, Limits, examine_limits_text, load_limits
from medsettle.policy.load import examine_text, load_policy
from medsettle.prepared import prepared_image

LIMITS = """
region = "000000"
title  = "示例"

[source.nation]
title = "国家意见"

[[limit]]
title      = "限度"
from       = 2021-01-01
cite       = "nation#第一条"
provenance = "verified"
"""

POLICY = """
region = "999900"
scheme = "resident"
title  = "示例"
HEAD

[source.rule]
title = "示例办法"

[[benefit.inpatient]]
from   = 2020-01-01
cite   = "rule#第一条"
layers = ["main", "top"]
SERVES

[[layer.main]]
fund       = "pooled"
from       = 2020-01-01
cite       = "rule#第二条"
provenance = "unverified"
base       = ["in_scope"]
deductible = { per = "visit", amount_yuan = 500 }
bands      = [{ share_pct = 85 }]

[[layer.top]]
fund       = "serious_illness"
from       = 2020-01-01
cite       = "rule#第三条"
provenance = "unverified"
"""
TOP = """
base       = ["deductible", "copay", "over_ceiling"]
deductible = { per = "year", amount_yuan = 10_000 }
bands      = [{ share_pct = 60 }]
"""
CEILING = 'ceilings = [{ per = "year", pay_yuan = 100_000, adjust = [%s] }]\n'
INCOME = "[[indicator.resident_income]]\nfrom = 2020-01-01\nyuan = 20_000\ncite = 'rule'\n"


def limits(bound: str) -> Limits:
    found, diagnostics = examine_limits_text(LIMITS + bound, "limits.toml")
    assert found is not None, diagnostics
    return found


def limit(bound: str) -> Limit:
    return limits(bound).limits[0]


def policy(top: str = TOP, head: str = "", serves: str = "") -> Policy:
    text = POLICY.replace("HEAD", head).replace("SERVES", serves) + top
    found, diagnostics = examine_text(text, "policy.toml")
    assert found is not None, [each.render() for each in diagnostics]
    return found


def found(bound: str, top: str = TOP, head: str = "", serves: str = "") -> list[Diagnostic]:
    given = f'fund = "serious_illness"\n{bound}'
    return departures(policy(top, head, serves), limits(given))


def codes(bound: str, top: str = TOP, head: str = "", serves: str = "") -> list[str]:
    return [each.code for each in found(bound, top, head, serves)]


@pytest.mark.parametrize(
    ("bound", "met", "departing", "code"),
    [
        ("at_least_pct = {}", 60, "60.0001", "P601"),
        ("at_most_pct = {}", 60, "59.9999", "P602"),
    ],
)
def test_a_share_on_both_sides(bound: str, met: int, departing: str, code: str) -> None:
    assert codes('figure = "share"\n' + bound.format(met)) == []
    assert codes('figure = "share"\n' + bound.format(departing)) == [code]


@pytest.mark.parametrize(
    ("bound", "met", "departing", "code"),
    [
        ("at_most_yuan = {}", 10_000, "9_999.99", "P601"),
        ("at_least_yuan = {}", 10_000, "10_000.01", "P602"),
    ],
)
def test_a_deductible_on_both_sides(bound: str, met: int, departing: str, code: str) -> None:
    assert codes('figure = "deductible"\n' + bound.format(met)) == []
    assert codes('figure = "deductible"\n' + bound.format(departing)) == [code]


@pytest.mark.parametrize(
    ("bound", "met", "departing", "code"),
    [
        ("at_least_yuan = {}", 100_000, "100_000.01", "P601"),
        ("at_most_yuan = {}", 100_000, "99_999.99", "P602"),
    ],
)
def test_a_ceiling_on_both_sides(bound: str, met: int, departing: str, code: str) -> None:
    top = TOP + CEILING % ""
    assert codes('figure = "ceiling"\n' + bound.format(met), top.replace(", adjust = []", "")) == []
    found_codes = codes(
        'figure = "ceiling"\n' + bound.format(departing), top.replace(", adjust = []", "")
    )
    assert found_codes == [code]


def test_no_ceiling_departs_from_no_amount() -> None:
    assert codes('figure = "ceiling"\nat_most_yuan = 1') == []
    assert codes('figure = "ceiling"\nat_least_yuan = 1_000_000') == []
    assert codes('figure = "ceiling"\nnone = true') == []
    only_counts = TOP + 'ceilings = [{ per = "year", counts = "pay" }]\n'
    assert codes('figure = "ceiling"\nnone = true', only_counts) == []


def test_a_ceiling_where_there_should_be_none() -> None:
    poor = 'figure = "ceiling"\nwhen = { assistance = "extreme_poor" }\nnone = true'
    row = 'ceilings = [{ per = "year", pay_yuan = 100_000, when = { assistance = "%s" } }]\n'
    assert codes(poor, TOP + row % "extreme_poor") == ["P603"]
    assert codes(poor, TOP + row % "unassisted") == []


def test_a_first_share_on_both_sides() -> None:
    top = TOP + "first_share_pct = 10\n"
    assert codes('figure = "first_share"\nat_most_pct = 10', top) == []
    assert codes('figure = "first_share"\nat_most_pct = 9.9', top) == ["P601"]
    assert codes('figure = "first_share"\nat_least_pct = 10.1', top) == ["P602"]
    assert codes('figure = "first_share"\nat_most_pct = 0') == []


@pytest.mark.parametrize(
    ("base", "bound", "expected"),
    [
        ('["deductible", "copay"]', 'takes = ["deductible"]', []),
        ('["main.rest"]', 'takes = ["deductible", "copay"]', []),
        ('["rest"]', 'takes = ["deductible", "copay"]', []),
        ('["everything"]', 'takes = ["deductible", "copay"]', []),
        ('["copay"]', 'takes = ["deductible"]', ["P604"]),
        ('["copay"]', 'leaves = ["full_self_pay"]', []),
        ('["copay", "full_self_pay"]', 'leaves = ["full_self_pay"]', ["P604"]),
        ('["everything"]', 'leaves = ["full_self_pay"]', ["P604"]),
    ],
)
def test_a_base(base: str, bound: str, expected: list[str]) -> None:
    top = f"base = {base}\nbands = [{{ share_pct = 60 }}]\nnote = '无'\n"
    assert codes(f'figure = "base"\n{bound}', top) == expected


def test_what_a_layer_between_took_is_taken_with_it() -> None:
    text = POLICY.replace("HEAD", "").replace("SERVES", "").replace('"top"]', '"mid", "top"]')
    mid = """
[[layer.mid]]
fund = "other"
from = 2020-01-01
cite = "rule"
provenance = "unverified"
base = ["main.rest"]
bands = [{ share_pct = 10 }]
"""
    top = 'base = ["mid.copay"]\nbands = [{ share_pct = 60 }]\nnote = "无"\n'
    given, _ = examine_text(text + top + mid, "policy.toml")
    assert given is not None
    bound = 'fund = "serious_illness"\nfigure = "base"\ntakes = ["deductible"]'
    assert departures(given, limits(bound)) == []


POOR_HALF = """
figure = "deductible"
when = { assistance = "minimum_living" }
at_most_yuan = { that_of = { assistance = "unassisted" }, times = 0.5 }
"""
POOR_MORE = """
figure = "share"
when = { assistance = "minimum_living" }
at_least_pct = { that_of = { assistance = "unassisted" }, plus_pct = 5 }
"""


@pytest.mark.parametrize(
    ("amount", "expected"), [("5_000", []), ("5_000.01", ["P601"]), ("10_000", ["P601"])]
)
def test_half_the_deductible_of_others(amount: str, expected: list[str]) -> None:
    figure = f"{{ minimum_living = {amount}, other = 10_000 }}"
    assert codes(POOR_HALF, TOP.replace("10_000", figure)) == expected


@pytest.mark.parametrize(("points", "expected"), [(5, []), ("4.9", ["P601"])])
def test_points_more_than_others_after_adjustments(points: str, expected: list[str]) -> None:
    row = f'{{ when = {{ assistance = "minimum_living" }}, add_points_pct = {points} }}'
    assert codes(POOR_MORE, TOP + f"adjust = [{row}]\n") == expected


def test_no_more_than_everything_is_demanded() -> None:
    top = TOP.replace("share_pct = 60", "share_pct = { minimum_living = 100, other = 97 }")
    assert codes(POOR_MORE, top) == []


def test_bands_of_others_are_laid_side_by_side() -> None:
    bands = (
        "bands = [{ upto_yuan = { minimum_living = 50_000, other = 30_000 }, "
        "share_pct = { minimum_living = 65, other = 60 } }, "
        "{ share_pct = { minimum_living = 75, other = 70 } }]"
    )
    (one,) = found(POOR_MORE, TOP.replace("bands      = [{ share_pct = 60 }]", bands))
    assert "is 65 %" in one.message
    assert "at least 75 %" in one.message


def test_others_may_have_a_layer_of_their_own() -> None:
    text = POLICY.replace("HEAD", "").replace("SERVES", "").replace('"top"]', '"top", "poor"]')
    usual = TOP + 'serves = { assistance = "unassisted" }\n'
    poor = """
[[layer.poor]]
fund = "serious_illness"
from = 2020-01-01
cite = "rule"
provenance = "unverified"
base = ["main.deductible", "main.copay"]
serves = { assistance = "minimum_living" }
deductible = { per = "year", amount_yuan = 6_000 }
bands = [{ share_pct = 65 }]
"""
    given, found_in = examine_text(text + usual + poor, "policy.toml")
    assert given is not None, found_in
    fund = 'fund = "serious_illness"\n'
    (one,) = departures(given, limits(fund + POOR_HALF))
    assert "layer `poor` is 6000 yuan" in one.message
    assert departures(given, limits(fund + POOR_MORE)) == []


def test_a_multiple_of_the_policys_own_indicator() -> None:
    half = 'figure = "deductible"\nat_most_yuan = { of = "resident_income", pct = %s }'
    used = TOP.replace("10_000", '{ of = "resident_income", pct = 50 }')
    assert codes(half % 50, used, INCOME) == []
    assert codes(half % 49, used, INCOME) == ["P601"]
    assert codes(half % 49) == []  # the policy does not tell the income


def test_published_numbers_are_those_of_the_day() -> None:
    later = INCOME.replace("2020-01-01", "2022-01-01").replace("20_000", "30_000")
    dated = INCOME.replace("yuan =", "until = 2022-01-01\nyuan =")
    used = TOP.replace("10_000", '{ of = "resident_income", pct = 50 }')
    (one,) = found('figure = "deductible"\nat_most_yuan = 12_000', used, dated + later)
    assert "is 15000 yuan from 2022-01-01" in one.message


YEARS = "[enrolled_years]\nnew = 0\nfour = 4\nfive = 5\nsix = 6\n"
EACH_YEAR = """
figure = "ceiling"
at_least_yuan = { that_of = { enrolled_years = 0 }, plus_yuan = 1_000, for_each = \
"enrolled_years", above = 4, in_all_at_most_times = 1.2 }
"""
IN_ALL = """
figure = "ceiling"
at_most_yuan = { that_of = { enrolled_years = 0, zero_claim_years = 0 }, times = 1.2 }
"""


def with_years(five: str, six: str) -> str:
    rows = [("five", five), ("six", six)]
    return TOP + CEILING % ", ".join(
        f'{{ when = {{ enrolled_years = "{band}" }}, plus_yuan = {plus} }}' for band, plus in rows
    )


@pytest.mark.parametrize(
    ("five", "six", "expected"),
    [
        ("1_000", "2_000", []),
        ("999", "2_000", ["P601"]),
        ("1_000", "1_999", ["P601"]),
        ("20_000", "20_000", []),
    ],
)
def test_so_much_more_for_each_year(five: str, six: str, expected: list[str]) -> None:
    assert codes(EACH_YEAR, with_years(five, six), YEARS) == expected


def test_a_band_of_years_answers_for_its_highest() -> None:
    wide = "[enrolled_years]\nnew = 0\nfive = 5\nsix = 8\n"
    (one,) = found(EACH_YEAR, with_years("2_000", "4_000"), wide)
    assert "is 102000 yuan for `five`" in one.message
    assert "at least 103000 yuan" in one.message


def test_no_more_is_demanded_than_all_years_may_bring() -> None:
    small = with_years("1_000", "1_000").replace("100_000", "5_000")
    assert codes(EACH_YEAR, small, YEARS) == []


@pytest.mark.parametrize(("six", "expected"), [("20_000", []), ("20_001", ["P602"])])
def test_all_years_bring_at_most_a_fifth(six: str, expected: list[str]) -> None:
    assert codes(IN_ALL, with_years("1_000", six), YEARS) == expected


# ------------------------------------------------------------------------------ what is not asked


def test_a_policy_that_does_not_tell_apart_departs_from_nothing() -> None:
    assert codes(POOR_HALF) == []
    assert codes(EACH_YEAR, TOP + (CEILING % "").replace(", adjust = []", "")) == []


def test_who_is_not_served_departs_from_nothing() -> None:
    serves = 'serves = { assistance = ["unassisted", "orphan"] }'
    figure = "{ minimum_living = 10_000, other = 10_000 }"
    text = POLICY.replace("HEAD", "").replace("SERVES", serves)
    given, _ = examine_text(text + TOP.replace("10_000", figure), "policy.toml")
    assert given is not None
    assert departures(given, limits(f'fund = "serious_illness"\n{POOR_HALF}')) == []


def test_a_figure_that_is_absent_departs_from_nothing() -> None:
    top = TOP.replace("share_pct = 60", "share_pct = { primary = 70, secondary = 60 }")
    assert codes('figure = "share"\nwhen = { level = "tertiary" }\nat_least_pct = 90', top) == []


def test_only_some_values_where_they_are_told_apart() -> None:
    bound = 'figure = "share"\nonly = { place = "local" }\nat_least_pct = 60'
    abroad = 'adjust = [{ when = { place = "unfiled" }, add_points_pct = -20 }]\n'
    assert codes(bound, TOP + abroad) == []
    assert codes(bound.replace('only = { place = "local" }\n', ""), TOP + abroad) == ["P601"]
    assert codes(bound, TOP.replace("60", "59")) == ["P601"]


def test_a_last_share_of_nothing_is_the_end_of_what_is_covered() -> None:
    bands = "bands = [{ upto_yuan = 50_000, share_pct = 60 }, { share_pct = 0 }]"
    top = TOP.replace("bands      = [{ share_pct = 60 }]", bands)
    assert codes('figure = "share"\nat_least_pct = 60', top) == []
    assert codes('figure = "share"\nat_least_pct = 60', TOP.replace("60", "0")) == ["P601"]
    begins = top.replace("share_pct = 60", "share_pct = 50").replace(
        "share_pct = 0", "share_pct = 60"
    )
    assert codes('figure = "share"\nat_least_pct = 60', begins) == ["P601"]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ('scheme = "employee"', []),
        ('scheme = ["employee", "resident"]', ["P601"]),
        ('benefit = "outpatient"', []),
        ('benefit = ["outpatient", "inpatient"]', ["P601"]),
        ("until = 2021-06-01", ["P601"]),
    ],
)
def test_whom_and_what_a_limit_is_for(bound: str, expected: list[str]) -> None:
    assert codes(f'figure = "share"\nat_least_pct = 70\n{bound}') == expected


def test_only_days_on_which_both_are_in_force() -> None:
    ended = (
        TOP
        + """
[[layer.top]]
amends = 2020-01-01
from = 2021-01-01
bands = [{ share_pct = 70 }]
"""
    )
    assert codes('figure = "share"\nat_least_pct = 70', ended) == []
    assert codes('figure = "share"\nat_least_pct = 71', ended) == ["P601"]


def test_a_layers_version_is_told_once_with_all_its_kinds() -> None:
    top = TOP.replace("60", "{ primary = 50, secondary = 55, tertiary = 58, other = 60 }")
    (one,) = found('figure = "share"\nat_least_pct = 60', top)
    assert "and 2 other kinds of claim" in one.message
    assert "示例办法 第三条" in one.message
    assert "国家意见 第一条" in one.message
    assert one.related[0].message == "限度 (verified)"
    assert not one.is_error


def test_the_clause_of_an_adjustment_is_told() -> None:
    row = '{ when = { level = "tertiary" }, add_points_pct = -5, cite = "rule#第九条" }'
    (one,) = found('figure = "share"\nat_least_pct = 60', TOP + f"adjust = [{row}]\n")
    assert "by 示例办法 第三条, 示例办法 第九条;" in one.message


# ---------------------------------------------------------------------------------- limits files


@pytest.mark.parametrize(
    ("bound", "code"),
    [
        ('figure = "share"', "P117"),
        ('figure = "share"\nat_least_pct = 1\nat_most_pct = 2', "P117"),
        ('figure = "wage"\nat_least_pct = 1', "P210"),
        ('figure = "share"\nat_least_yuan = 1', "P651"),
        ('figure = "base"\ntakes = ["pocket"]', "P210"),
        ('figure = "ceiling"\nnone = false', "P112"),
        ('figure = "share"\nat_least_pct = 160', "P207"),
        ('figure = "share"\nat_least_pct = 1\nwhen = { age = "old" }', "P221"),
        ('figure = "share"\nat_least_pct = 1\nuntil = 2020-01-01', "P402"),
        ('figure = "share"\nat_least_pct = 1\nsurprise = 1', "P110"),
        ('figure = "share"\nat_least_pct = { that_of = {} }', "P115"),
        ('figure = "share"\nat_least_pct = { that_of = 1 }', "P112"),
        ('figure = "share"\nat_least_pct = { that_of = { level = "high" } }', "P210"),
        ('figure = "ceiling"\nat_least_yuan = { that_of = { months = 0 }, above = 1 }', "P118"),
        ('figure = "ceiling"\nat_least_yuan = { that_of = { months = -1 } }', "P220"),
    ],
)
def test_mistakes_in_a_limit(bound: str, code: str) -> None:
    read, diagnostics = examine_limits_text(LIMITS + bound, "limits.toml")
    assert read is None
    assert code in {each.code for each in diagnostics}
    assert all(each.place.file == "limits.toml" for each in diagnostics)


def test_sources_of_limits_are_there_and_used() -> None:
    text = LIMITS.replace('"nation#第一条"', '["nation#第一条", "notion"]')
    text = text.replace("[[limit]]", "[source.idle]\ntitle = '无'\n\n[[limit]]")
    _, diagnostics = examine_limits_text(text + 'figure = "base"\ntakes = ["copay"]', "limits.toml")
    assert [each.code for each in diagnostics] == ["P302", "P301"]
    assert "`nation`" in diagnostics[1].hint


def test_floors_and_ceilings_are_told_by_whom_they_favour() -> None:
    def kind(figure: str, bound: str) -> str:
        return limit(f'figure = "{figure}"\n{bound}').kind

    assert kind("share", "at_least_pct = 1") == kind("deductible", "at_most_yuan = 1") == "floor"
    assert kind("share", "at_most_pct = 1") == kind("deductible", "at_least_yuan = 1") == "ceiling"
    assert kind("ceiling", "none = true") == kind("base", 'takes = ["copay"]') == "floor"


# ------------------------------------------------------------------------------------- what ships


def national() -> Limits:
    (file,) = policies_folder().glob("000000-*/limits.toml")
    return load_limits(file)


def test_the_national_limits_are_without_a_mistake() -> None:
    assert main(["check", str(next(policies_folder().glob("000000-*")))]) == 0
    titles = [each.title for each in national().limits]
    assert len(set(titles)) == len(titles)


def test_departures_of_shipped_policies_are_those_the_page_lists() -> None:
    page = Path(__file__).parents[2] / "docs" / "national.md"
    rows = re.findall(r"^\| (\d{6}/\w+) \| (P60\d) \| (\d+) \|", page.read_text("utf-8"), re.M)
    told = {(name, code): int(count) for name, code, count in rows}
    limits = national()
    found = Counter(
        (name, each.code)
        for name, file in shipped().items()
        for each in departures(load_policy(file), limits)
    )
    assert told == found


def test_check_compares_with_the_limits_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("000000-nation", "999900-town"):
        (tmp_path / folder).mkdir()
    text = POLICY.replace("HEAD", "").replace("SERVES", "") + TOP
    town = tmp_path / "999900-town" / "resident.toml"
    town.write_text(text, encoding="utf-8")
    beside = tmp_path / "000000-nation" / "limits.toml"
    bound = 'fund = "serious_illness"\nfigure = "share"\nat_least_pct = 61\n'
    beside.write_text(LIMITS + bound, encoding="utf-8")
    assert main(["check", str(tmp_path), "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["code"], one["severity"], one["file"]) == ("P601", "warning", str(town))
    assert one["related"][0]["file"] == str(beside)


def test_limits_that_are_wrong_are_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("000000-nation", "999900-town"):
        (tmp_path / folder).mkdir()
    text = POLICY.replace("HEAD", "").replace("SERVES", "") + TOP
    (tmp_path / "999900-town" / "resident.toml").write_text(text, encoding="utf-8")
    (tmp_path / "000000-nation" / "limits.toml").write_text(LIMITS, encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("limits.toml:8:3: error") == 2  # `figure`, and its bound


def test_limits_change_no_prepared_table(tmp_path: Path) -> None:
    for folder in ("000000-nation", "999900-town"):
        (tmp_path / folder).mkdir()
    town = tmp_path / "999900-town" / "resident.toml"
    town.write_text('inherits = "000000/resident"', encoding="utf-8")
    before = prepared_image(town)
    (tmp_path / "000000-nation" / "limits.toml").write_text(LIMITS, encoding="utf-8")
    assert prepared_image(town) == before
