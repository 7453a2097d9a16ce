"""Checks of sense, above all where they must keep silent; the messages stand in `tests/bad/`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from medsettle.compile import CompileError, compile_policy
from medsettle.policy.check import check
from medsettle.policy.load import examine_text, load_policy
from medsettle.policy.read import read_policy, read_policy_text

HEAD = """region = "999900"
scheme = "employee"
title = "示例"
[source.rule]
title = "示例办法"
[[benefit.inpatient]]
from = 2020-01-01
cite = "rule"
layers = ["main", "top"]
"""
LAYER = """[[layer.{name}]]
fund = "pooled"
from = 2020-01-01
cite = "rule"
provenance = "unverified"
{rest}
"""
MAIN = 'base = ["in_scope"]\nbands = [{ share_pct = 85 }]\n'
TOP = 'base = ["copay"]\nbands = [{ share_pct = 50 }]\n'


def codes(main: str = MAIN, top: str = TOP) -> list[str]:
    """Return the codes found in a policy of two layers."""
    text = HEAD + LAYER.format(name="main", rest=main) + LAYER.format(name="top", rest=top)
    return [diagnostic.code for diagnostic in examine_text(text, "x.toml")[1]]


def test_a_sound_policy_has_no_diagnostics() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        # one of two ceilings is idle only if the other always cuts first
        ('ceilings = [{ per = "visit", pay_yuan = 10 }, { per = "year", pay_yuan = 20 }]', []),
        ('ceilings = [{ per = "visit", pay_yuan = 9 }, { per = "year", pay_yuan = 9 }]', ["P505"]),
        ('ceilings = [{ per = "day", cost_yuan = 20 }, { per = "day", pay_yuan = 17 }]', ["P505"]),
        ('ceilings = [{ per = "day", cost_yuan = 20 }, { per = "day", pay_yuan = 16 }]', []),
        ('ceilings = [{ per = "year", cost_yuan = 9 }, { per = "visit", pay_yuan = 5 }]', []),
        ('ceilings = [{ per = "month", pay_yuan = { retired = 20, active = 30 }, used = "m" }, '
         '{ per = "year", pay_yuan = { retired = 20, active = 40 } }]', []),
        # adjustments that are exact, and clamped only from below
        ('adjust = [{ when = { status = "retired" }, person_share_times = 0.6 }]', []),
        ('adjust = [{ when = { status = "retired" }, add_points_pct = -90 }]', ["P502"]),
        ('adjust = [{ when = { status = "retired" }, add_points_pct = 20 }, '
         '{ when = { status = "retired" }, at_most_pct = 95 }]', []),
        ('adjust = [{ when = { status = "retired" }, fund_share_times = 0 }]', []),
        # a deductible may be pushed below 0, and is then 0
        ('deductible = { per = "visit", amount_yuan = 100 }\n'
         'adjust = [{ when = { status = "retired" }, deductible_plus_yuan = -300 }]', []),
    ],
)  # fmt: skip
def test_main_layer(rest: str, expected: list[str]) -> None:
    assert codes(main=MAIN + rest) == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        # bands within the deductible, or beyond a ceiling
        ('deductible = { per = "visit", amount_yuan = [1_300, 99], inside_first_band = true }', []),
        ('deductible = { per = "visit", amount_yuan = 1_300, inside_first_band = true }', ["P506"]),
        ('deductible = { per = "year", amount_yuan = 1_300, inside_first_band = true }', []),
        ('deductible = { per = "visit", amount_yuan = 1_300 }', []),
        ('ceilings = [{ per = "year", cost_yuan = 1_000 }]', ["P506"]),
        ('ceilings = [{ per = "year", cost_yuan = 1_001 }]', []),
        ('ceilings = [{ per = "year", pay_yuan = 800 }]', ["P506"]),
        ('ceilings = [{ per = "year", pay_yuan = 800 }]\nhands_over = "payment"', []),
        ('ceilings = [{ per = "year", pay_yuan = 801 }]', []),
        ('bands_per = "year"\nceilings = [{ per = "year", pay_yuan = 800 }]', ["P506"]),
        ('bands_per = "year"\nceilings = [{ per = "visit", pay_yuan = 800 }]', []),
        ('bands_per = "year"\nceilings = [{ per = "year", pay_yuan = 800, used = "top.pay" }]', []),
    ],
)  # fmt: skip
def test_bands_of_the_main_layer(rest: str, expected: list[str]) -> None:
    bands = "bands = [{ upto_yuan = 1_000, share_pct = 80 }, { share_pct = 90 }]\n"
    top = TOP + 'ceilings = [{ per = "year", pay_yuan = 9_000 }]\n'
    assert codes(main=f'base = ["in_scope"]\n{bands}{rest}', top=top) == expected


@pytest.mark.parametrize(
    ("serves", "base", "expected"),
    [
        ("", '["in_scope"]', ["P510"]),
        ("", '["in_scope", "copay"]', ["P511"]),
        ("", '["deductible"]', ["P510"]),
        ("", '["deductible", "copay", "over_ceiling"]', []),  # whatever is left
        ("", '["first_step"]', []),
        ("", '["main.rest", "over_limit"]', []),
        ('serves = { status = "retired" }', '["in_scope"]', []),
        ('serves = { assistance = "unassisted" }', '["in_scope"]', []),
    ],
)
def test_base_of_the_second_layer(serves: str, base: str, expected: list[str]) -> None:
    assert (
        codes(main=MAIN + serves, top=f"base = {base}\nbands = [{{ share_pct = 50 }}]") == expected
    )


def test_two_layers_for_the_same_persons_cannot_both_take() -> None:
    retired = 'serves = { status = "retired" }\n'
    assert codes(main=MAIN + retired, top=MAIN + retired) == ["P510"]
    active = 'serves = { status = ["active", "retired"] }\n'
    assert codes(main=MAIN + retired, top=MAIN + active) == []


def test_a_layer_that_pays_all_leaves_no_copay() -> None:
    assert codes(main=MAIN.replace("85", "100")) == ["P510"]


def test_counters_may_be_shared_by_layers() -> None:
    ceiling = 'ceilings = [{ per = "year", pay_yuan = 100_000, used = "both.pay" }]'
    assert codes(main=MAIN + ceiling, top=TOP + ceiling) == []


def test_other_is_idle_when_all_that_are_served_are_named() -> None:
    bands = 'base = ["in_scope"]\nbands = [{ share_pct = { retired = 90, other = 80 } }]\n'
    assert codes(main=bands) == []
    assert codes(main=bands + 'serves = { status = "retired" }') == ["P513"]


def test_without_the_source_mistakes_point_at_the_version() -> None:
    text = HEAD + LAYER.format(name="main", rest=MAIN) + LAYER.format(name="top", rest=MAIN)
    policy = read_policy_text(text, "x.toml")[0]
    assert policy is not None
    (found,) = check(policy)
    assert (found.code, found.place) == ("P510", policy.layers["top"][0].place)
    assert found.render().startswith("x.toml:18:3: error[P510]")


def test_load_policy_returns_a_policy_that_has_only_warnings(
    tmp_path: Path,
) -> None:
    path = tmp_path / "employee.toml"
    text = HEAD + LAYER.format(name="main", rest=MAIN) + LAYER.format(name="top", rest=TOP)
    path.write_text(text + '[source.unused]\ntitle = "示例"\n', encoding="utf-8")
    assert load_policy(path).name == "999900/employee"


def test_a_long_policy_is_examined_quickly() -> None:
    rest = MAIN.replace("85", "{ tertiary = 85, other = { retired = 87, other = 90 } }") + (
        'adjust = [{ when = { status = "retired", assistance = "orphan" }, add_points_pct = 1 }]\n'
    )
    layers = "".join(LAYER.format(name=f"layer_{n}", rest=rest) for n in range(30))
    names = ", ".join(f'"layer_{n}"' for n in range(30))
    text = HEAD.replace('"main", "top"', names) + layers
    examine_text(text, "x.toml")
    begin = time.process_time()
    examine_text(text, "x.toml")
    assert time.process_time() - begin < 0.5  # 50 ms are meant; the machine may be busy


def told(rest: str, head: str = "", top: str = TOP) -> list[str]:
    """Return the codes found in a policy whose first layer says more than usual."""
    text = HEAD.replace("[source.rule]", f"{head}\n[source.rule]", 1)
    text += LAYER.format(name="main", rest=rest) + LAYER.format(name="top", rest=top)
    return [diagnostic.code for diagnostic in examine_text(text, "x.toml")[1]]


ITEMS = 'base = ["item.class_a"]\nbands = [{ share_pct = 85 }]\n'
SHARED = 'deductible = { per = "stay", amount_yuan = 800, used = "stay.deductible" }\n'
WAGE = '[[indicator.wage]]\nfrom = 2020-01-01\nyuan = 100_000\ncite = "rule"\n'
PERIOD = '[period.ninety_days]\ndays = 90\ncite = "rule"\n'


def test_layers_of_different_items_may_share_a_deductible() -> None:
    other = 'base = ["item.class_b"]\nbands = [{ share_pct = 70 }]\n'
    assert told(ITEMS + SHARED, top=other + SHARED) == []
    assert told(MAIN + SHARED, top=TOP + SHARED) == ["P519"]


def test_deductibles_may_share_a_cap() -> None:
    capped = 'deductible = {{ per = "visit", amount_yuan = 800, cap = {{ per = "year", {} }} }}\n'
    both = capped.format('yuan = 2_000, used = "all.borne"')
    assert told(MAIN + both, top=TOP + both) == []


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('ceilings = [{ per = "bed_day", pay_yuan = 10 }, { per = "visit", pay_yuan = 9 }]', []),
        ('ceilings = [{ per = "stay", pay_yuan = 10 }, { per = "month", pay_yuan = 9, '
         'used = "m" }]', []),
        ('ceilings = [{ per = "month", pay_yuan = 10, used = "m" }, { per = "year", '
         'pay_yuan = 9, when = { status = "retired" } }]', []),
        ('ceilings = [{ per = "month", pay_yuan = 10, used = "m" }, { per = "year", '
         'pay_yuan = 9, used_each = "disease" }]', []),
        ('ceilings = [{ per = "month", pay_yuan = 10, used = "m" }, { per = "year", '
         'pay_yuan = 9 }]', ["P505"]),
        ('ceilings = [{ balance = "own_account.balance" }, { per = "year", pay_yuan = 9 }]', []),
        ('ceilings = [{ per = "year", pay_yuan = 9, adjust = [{ when = { status = "retired" }, '
         'times = 2 }] }, { per = "visit", pay_yuan = 15 }]', []),
        ('ceilings = [{ per = "year", pay_yuan = 9, adjust = [{ at_most_yuan = 8 }] }, '
         '{ per = "visit", pay_yuan = 8 }]', ["P505"]),
    ],
)  # fmt: skip
def test_ceilings_of_other_kinds(rest: str, expected: list[str]) -> None:
    assert told(MAIN + rest) == expected


NOBODY = """ceilings = [
  { per = "year", pay_yuan = 100, when = { status = "retired" } },
  { per = "lifetime", pay_yuan = 50, when = { status = "retired" }, used = "main.lifetime" },
]
"""


def test_ceilings_that_exist_for_nobody() -> None:
    assert told(f'{MAIN}serves = {{ status = "active" }}\n{NOBODY}') == ["P508", "P508"]
    assert told(MAIN.replace("85", "{ active = 80 }") + NOBODY) == ["P505", "P505"]
    counts = 'ceilings = [{ per = "year", counts = "pay", when = { status = "retired" } }]\n'
    assert told(MAIN.replace("85", "{ active = 80 }") + counts) == ["P505"]
    beside = NOBODY.replace("]\n", '  { per = "year", pay_yuan = 200, used = "main.all" },\n]\n')
    assert told(MAIN + beside) == ["P505"], "of the lifetime and the year for the retired"
    assert told(MAIN.replace("85", "{ active = 80 }") + beside) == ["P505", "P505"]


@pytest.mark.parametrize(
    "rest",
    [
        'deductible = { per = "year", amount_yuan = 9, '
        'cap = { per = "lifetime", yuan = { of = "wage", times = 1_000 } } }',
        'deductible = { per = "visit", amount_yuan = 9_000_000_000 }\n'
        "adjust = [{ deductible_plus_yuan = 2_000_000_000 }]",
        'ceilings = [{ per = "year", pay_yuan = 9_000_000_000, '
        "adjust = [{ plus_yuan = 2_000_000_000 }] }]",
        'ceilings = [{ per = "year", pay_yuan = 10_000_000_000, adjust = [{ times = 1.5 }, '
        "{ at_most_yuan = 10_000_000_000 }] }]",
    ],
)
def test_figures_beyond_all_bounds(rest: str) -> None:
    head = WAGE.replace("100_000", "100_000_000") if '"wage"' in rest else ""
    assert told(f"{MAIN}{rest}\n", head) == ([] if "at_most" in rest else ["P524"])


def test_a_bound_of_a_band_beyond_all_bounds() -> None:
    bands = '{ upto_yuan = { of = "wage", times = 1_000 }, share_pct = 50 }, { share_pct = 85 }'
    main = MAIN.replace("{ share_pct = 85 }", bands)
    assert told(main, WAGE) == []
    assert told(main, WAGE.replace("100_000", "100_000_000")) == ["P524"]


def test_counters_of_periods_count_twice() -> None:
    """One counts, one tells on which day the period began."""
    apart = 'ceilings = [{ per = "ninety_days", pay_yuan = 1_000, used_each = "disease" }]\n'
    values = "[values.disease]\n" + "".join(f'd{n} = "病"\n' for n in range(88))
    assert told(MAIN + apart, PERIOD + values) == []
    assert told(MAIN + apart, f'{PERIOD}{values}d88 = "病"\n') == ["P516"]
    by_year = apart.replace("ninety_days", "year")
    assert told(MAIN + by_year, f'{values}d88 = "病"\n') == []


def test_an_axis_has_so_many_values() -> None:
    main = MAIN.replace("85", "{ c0 = 85, other = 80 }")
    values = "[values.cohort]\n" + "".join(f'c{n} = "类"\n' for n in range(249))
    assert told(main, values) == []
    assert told(main, f'{values}c249 = "类"\n') == ["P516"]


def own_values(letter: str, count: int) -> list[str]:
    """Return names of values."""
    return [f"{letter}{number}" for number in range(count)]


def test_values_treated_alike_are_one_kind_of_claim() -> None:
    axes = {"cohort": "c", "disease": "d", "care": "k", "entitlement": "e"}
    head = "".join(
        f"[values.{axis}]\n" + "".join(f'{name} = "类"\n' for name in own_values(letter, 200))
        for axis, letter in axes.items()
    )
    row = "  {{ when = {{ {} = {} }}, at_least_pct = {} }},\n"
    rows = "".join(
        row.format(axis, [name], number + 1)
        for axis, letter in axes.items()
        for number, name in enumerate(own_values(letter, 16))
    )
    assert "P516" in told(f"{MAIN}adjust = [\n{rows}]\n", head)
    alike = "".join(row.format(axis, own_values(letter, 200), 90) for axis, letter in axes.items())
    assert told(f"{MAIN}adjust = [\n{alike}]\n", head) == []


def test_figures_of_adjustments_are_looked_at() -> None:
    by_status = "adjust = [{ add_points_pct = { retired = 20, other = 0 } }]"
    assert told(MAIN + by_status) == ["P502"]
    finer = "adjust = [{ person_share_times = { retired = 0.3333333, other = 1 } }]"
    assert told(MAIN + finer) == ["P503"]


def test_a_multiple_is_as_good_as_its_number() -> None:
    bands = (
        'base = ["in_scope"]\nbands = [{ upto_yuan = { of = "wage", times = 1 }, share_pct = 80 }'
    )
    assert (
        told(f"{bands}, {{ upto_yuan = 200_000, share_pct = 90 }}, {{ share_pct = 95 }}]", WAGE)
        == []
    )
    assert told(
        f"{bands}, {{ upto_yuan = 90_000, share_pct = 90 }}, {{ share_pct = 95 }}]", WAGE
    ) == ["P501"]


def test_an_indicator_may_begin_with_the_benefit() -> None:
    limit = 'ceilings = [{ per = "year", pay_yuan = { of = "wage", times = 6 } }]'
    assert told(MAIN + limit, WAGE) == []
    assert told(MAIN + limit, WAGE.replace("2020", "2021")) == ["P408"]


def test_a_name_that_stands_for_the_others_is_not_idle() -> None:
    head = '[values.cohort]\npioneer = "老工人"\nsettler = "其他"\n'
    ceiling = 'ceilings = [{{ per = "year", pay_yuan = 9_000{} }}]'
    assert told(MAIN + ceiling.format(', when = { cohort = "pioneer" }'), head) == []
    assert told(MAIN + ceiling.format(""), head) == ["P316", "P316"]
    apart = ceiling.format(', used_each = "cohort"')
    assert told(MAIN + apart, head) == []


def test_a_period_is_used_by_any_window() -> None:
    assert told(MAIN + 'bands_per = "ninety_days"\n', PERIOD) == []
    assert told(MAIN + 'deductible = { per = "ninety_days", amount_yuan = 9 }\n', PERIOD) == []
    assert told(MAIN, PERIOD) == ["P316"]


def test_everything_that_is_left_is_no_claim_that_something_is() -> None:
    assert told(MAIN, top='base = ["everything"]\nbands = [{ share_pct = 100 }]\n') == []
    assert told(MAIN, top='base = ["rest"]\nbands = [{ share_pct = 100 }]\n') == []
    full = MAIN.replace("85", "100")
    assert told(full, top='base = ["rest"]\nbands = [{ share_pct = 50 }]\n') == ["P510"]
    capped = HEAD.replace(
        'layers = ["main", "top"]', 'layers = ["main", "top"]\nall_funds_at_most_pct = 90'
    )
    text = capped + LAYER.format(name="main", rest=full) + LAYER.format(name="top", rest=TOP)
    assert examine_text(text, "x.toml")[1] == []


def test_a_first_share_leaves_something() -> None:
    top = 'base = ["main.first_share"]\nbands = [{ share_pct = 50 }]\n'
    assert told(MAIN + "first_share_pct = 10\n", top=top) == []
    assert told(MAIN, top=top) == ["P510"]


def test_waived_after_any_counter_of_fen() -> None:
    waived = 'deductible = { per = "visit", amount_yuan = 9, waived_after = "top.pay" }\n'
    paid = 'ceilings = [{ per = "year", pay_yuan = 100 }]\n'
    assert told(MAIN + waived, top=TOP + paid) == []
    assert told(MAIN + waived) == ["P314"]


LATER = '[[layer.main]]\namends = 2020-01-01\nfrom = 2024-01-01\ncite = "rule"\n'


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("bands = [{ share_pct = 86 }]", []),
        ("bands = [{ share_pct = 84 }]", ["P523"]),
        ('bands = [{ share_pct = 84 }]\nnote = "办法第三条"', []),
        ("bands = [{ share_pct = { retired = 84, other = 90 } }]", ["P523"]),
        ('ceilings = [{ per = "year", pay_yuan = 340_000 }]', []),
        ('ceilings = [{ per = "year", pay_yuan = 34_000 }]', ["P523"]),
        ('deductible = { per = "visit", amount_yuan = 100 }', ["P523"]),
        ('deductible = { per = "visit", amount_yuan = 0 }', []),
        ('base = ["in_scope", "first_step"]\nbands = [{ share_pct = 84 }]', []),
    ],
)
def test_a_later_version_that_pays_less(later: str, expected: list[str]) -> None:
    assert codes(main=f"{MAIN}{LATER}{later}\n") == expected


def test_serious_illness_may_begin_at_once_where_a_note_says_so() -> None:
    serious = TOP.replace("base", 'fund = "serious_illness"\nbase')
    text = HEAD + LAYER.format(name="main", rest=MAIN)
    layer = LAYER.format(name="top", rest=serious).replace('fund = "pooled"\n', "")
    assert [one.code for one in examine_text(text + layer, "x.toml")[1]] == ["P522"]
    line = 'deductible = { per = "year", amount_yuan = 10_000 }\n'
    for more in (line, 'note = "办法未设起付线"\n'):
        assert examine_text(text + layer + more, "x.toml")[1] == []


@pytest.mark.parametrize("code", ["P516", "P524", "P525"])
def test_what_is_told_of_a_table_the_compiler_refuses_too(code: str) -> None:
    bad = sorted((Path(__file__).parents[1] / "bad").glob(f"{code}-*.toml"))
    assert bad
    for path in bad:
        with pytest.raises(CompileError):
            compile_policy(read_policy(path))
