"""Checks of sense, above all where they must keep silent; the messages stand in `tests/bad/`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from medsettle.policy.check import check
from medsettle.policy.load import examine_text, load_policy
from medsettle.policy.read import read_policy_text

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
