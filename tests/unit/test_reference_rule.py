"""The oracle on choosing the rule: dates, values, bands, figures, adjustments, refusals."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from medsettle.model import YearToDate
from medsettle.money import FEN_MAX
from medsettle.policy.document import Indicator, Multiple, Switch
from medsettle.reference import settle, settle_all
from tests.builders import (
    DAY,
    FIRST_DAY,
    adjust,
    bands,
    ceiling,
    claim,
    code_of,
    deductible,
    layer,
    only,
    pays,
    pct,
    policy,
    yuan,
)
from tests.strategies import CITES, PLACE

TURN = dt.date(2024, 7, 1)


def by(axis: str, **shares: int) -> Switch:
    return Switch(axis, {value: pct(share) for value, share in shares.items()})


# ----------------------------------------------------------------------------------- rule date


@pytest.mark.parametrize(("rule_by", "expected"), [("date", 60), ("admitted", 80)])
def test_the_rule_date_picks_the_versions(rule_by: str, expected: int) -> None:
    old, new = layer(until=TURN), layer(from_=TURN, bands=bands((None, pct(60))))
    a = policy(old, new, rule_by=rule_by)
    before = TURN - dt.timedelta(days=1)
    assert pays(a, claim(1, TURN, admitted=before, discharged=TURN)) == [expected]
    assert pays(a, claim(1, TURN)) == [60]  # what is not told is the date
    by_end = policy(old, new, rule_by="discharged")
    assert pays(by_end, claim(1, TURN, discharged=before)) == [80]


def test_the_rule_date_picks_the_benefit_and_windows_turn_by_date() -> None:
    a = policy(layer(ceilings=(ceiling(50),)), rule_by="admitted")
    early = FIRST_DAY - dt.timedelta(days=1)
    assert code_of(a, claim(1, admitted=early)) == "no_version"
    last_year = claim(100, dt.date(2024, 12, 31))
    assert pays(a, last_year, claim(100, dt.date(2025, 1, 1), admitted=last_year.date)) == [
        5000,
        5000,
    ]


# -------------------------------------------------------------------------------------- values


def test_of_several_values_the_best_counts() -> None:
    share = by("assistance", extreme_poor=100, minimum_living=90, low_income=80)
    best = {"assistance": ("extreme_poor", "minimum_living", "low_income")}
    a = policy(layer(bands=bands((None, share))), best_of=best)
    assert pays(a, claim(1, assistance=("low_income", "minimum_living"))) == [90]
    assert pays(a, claim(1, assistance=("low_income",))) == [80]
    assert pays(a, claim(1, assistance="low_income")) == [80]


def test_several_values_that_no_list_ranks_are_refused() -> None:
    best = {"assistance": ("extreme_poor", "low_income")}
    a = policy(layer(), best_of=best)
    assert code_of(a, claim(1, assistance=("extreme_poor", "orphan"))) == "bad_value"
    assert code_of(a, claim(1, level=("primary", "tertiary"))) == "bad_value"


def test_own_values_are_values() -> None:
    share = by("level", tertiary_special=50, tertiary=60)
    a = policy(
        layer(bands=bands((None, share))), values={"level": {"tertiary_special": "三级特等"}}
    )
    assert pays(a, claim(1, level="tertiary_special"), claim(1, level="tertiary")) == [50, 60]


def test_an_axis_left_out_means_its_default_where_it_has_one() -> None:
    share = Switch("hospital_kind", {"tcm": pct(90)}, pct(70))
    a = policy(layer(bands=bands((None, share))))
    assert pays(a, claim(1), claim(1, hospital_kind="tcm")) == [70, 90]
    away = policy(layer(bands=bands((None, by("institution", selected=90)))))
    assert code_of(away, claim(1)) == "no_figure"


@pytest.mark.parametrize("axis", ["months", "enrolled_years", "zero_claim_years"])
def test_numbers_lie_in_bands(axis: str) -> None:
    share = by(axis, few=50, many=90)
    a = policy(layer(bands=bands((None, share))), bands={axis: {"few": 0, "many": 6}})
    found = [pays(a, claim(1, **{axis: number})) for number in (0, 5, 6, 254, 9_999)]
    assert found == [[50], [50], [90], [90], [90]]
    assert code_of(a, claim(1)) == "no_figure"


def test_the_bills_total_lies_in_the_band_that_it_is_above() -> None:
    share = by("bill_size", small=50, large=90)
    sizes = {"small": 0, "large": 10_000}
    a = policy(layer(bands=bands((None, share))), bands={"bill_size": sizes})
    assert pays(a, claim(0), claim(100), claim("100.01")) == [0, 5000, 9001]
    assert pays(a, claim(100, full_self_pay_fen=1)) == [9000]  # all of the bill


# ------------------------------------------------------------------------------------- figures


def wage(*versions: tuple[dt.date, dt.date | None, int]) -> dict[str, tuple[Indicator, ...]]:
    return {
        "wage": tuple(
            Indicator("wage", *days, yuan(each), CITES, PLACE) for *days, each in versions
        )
    }


def test_a_multiple_of_an_indicator_follows_its_versions() -> None:
    limit = Multiple("wage", Fraction("0.5"), 0, PLACE)
    indicators = wage((FIRST_DAY, TURN, 100), (TURN, None, 120))
    a = policy(layer(ceilings=(ceiling(limit, "visit"),)), indicators=indicators)
    assert pays(a, claim(100), claim(100, TURN)) == [5000, 6000]


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 50_00), (100, 50_00), (1000, 50_00), (300, 51_00)]
)
def test_a_multiple_is_rounded_half_up_to_its_steps(step: int, expected: int) -> None:
    limit = Multiple("wage", Fraction("0.5"), step, PLACE)
    a = policy(layer(ceilings=(ceiling(limit, "visit"),)), indicators=wage((FIRST_DAY, None, 100)))
    assert pays(a, claim(100)) == [expected]


def test_a_multiple_without_an_indicator_on_the_day_is_no_figure() -> None:
    limit = Multiple("wage", Fraction("0.5"), 0, PLACE)
    a = policy(layer(ceilings=(ceiling(limit, "visit"),)), indicators=wage((TURN, None, 100)))
    assert code_of(a, claim(100)) == "no_figure"
    assert pays(a, claim(100, TURN)) == [5000]


def test_half_a_step_is_rounded_up() -> None:
    limit = Multiple("wage", Fraction("0.455"), 100, PLACE)  # 45.50
    a = policy(layer(ceilings=(ceiling(limit, "visit"),)), indicators=wage((FIRST_DAY, None, 100)))
    assert pays(a, claim(100)) == [4600]


def test_adjustments_have_figures_and_need_no_condition() -> None:
    points = by("level", primary=5, tertiary=-5)
    a = policy(layer(adjust=(adjust("add_points", points),)))
    assert pays(a, claim(1, level="primary"), claim(1, level="tertiary")) == [85, 75]
    assert code_of(a, claim(1, level="secondary")) == "no_figure"


def test_figures_of_adjustments_are_needed_only_where_they_hold() -> None:
    points = by("level", primary=5)
    a = policy(layer(adjust=(adjust("add_points", points, status="retired"),)))
    assert pays(a, claim(1, status="active")) == [80]
    assert code_of(a, claim(1, status="retired")) == "no_figure"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("deductible_at_least", 150)], 150),
        ([("deductible_at_most", 70)], 70),
        ([("deductible_at_least", 50), ("deductible_at_most", 200)], 100),
        ([("deductible_plus", -300), ("deductible_at_least", 20)], 20),
        ([("deductible_plus", -300)], 0),
    ],
)
def test_adjusted_deductibles(changes: list[tuple[str, int]], expected: int) -> None:
    a = layer(
        deductible=deductible(100),
        adjust=tuple(adjust(change, yuan(value)) for change, value in changes),
    )
    assert settle(policy(a), claim(500)).deductible == expected * 100


def test_deductibles_are_adjusted_after_they_fell() -> None:
    falling = deductible(100, step_down=yuan(40), floor=yuan(50))
    a = policy(layer(deductible=falling, adjust=(adjust("deductible_times", Fraction("0.5")),)))
    found = settle_all(a, [claim(500)] * 3)
    assert [one.deductible for one in found] == [5000, 3000, 2500]  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------ ceilings


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("times", Fraction("1.5"))], 60),
        ([("plus", yuan(10))], 50),
        ([("plus", yuan(-100))], 0),
        ([("at_least", yuan(55))], 55),
        ([("at_most", yuan(30))], 30),
        ([("plus", yuan(10)), ("times", Fraction(1, 2))], 25),
    ],
)
def test_adjusted_limits(changes: list[tuple[str, Fraction]], expected: int) -> None:
    rows = tuple(adjust(change, value) for change, value in changes)
    a = policy(layer(ceilings=(ceiling(40, adjust=rows),)))
    assert pays(a, claim(100)) == [expected * 100]


def test_a_ceiling_exists_only_when_its_condition_holds() -> None:
    never = Switch("level", {"primary": yuan(50)})
    limited = ceiling(never, when=only(status="retired"))
    a = policy(layer(ceilings=(limited,)))
    outcome = settle(a, claim(100, status="active"))
    assert (outcome.funds["pooled"], outcome.ytd.counters) == (8000, {})  # and none has moved
    assert pays(a, claim(100, status="retired", level="primary")) == [5000]
    assert code_of(a, claim(100, status="retired", level="tertiary")) == "no_figure"
    assert code_of(a, claim(100)) == "no_figure"


def test_conditions_of_a_ceilings_adjustments_are_asked_only_if_it_exists() -> None:
    row = adjust("times", Fraction(2), level="primary")
    a = policy(layer(ceilings=(ceiling(20, when=only(status="retired"), adjust=(row,)),)))
    assert pays(a, claim(100, status="active")) == [8000]
    assert pays(a, claim(100, status="retired", level="primary")) == [4000]
    assert pays(a, claim(100, status="retired", level="tertiary")) == [2000]
    assert code_of(a, claim(100, status="retired")) == "no_figure"


def test_so_much_for_each_bed_day() -> None:
    daily = (ceiling(10, "bed_day", used="", adjust=(adjust("times", Fraction(2)),)),)
    a = policy(layer(ceilings=daily))
    assert pays(a, claim(100, days=2), claim(100, days=0), claim(100, days=30)) == [4000, 0, 8000]
    assert code_of(a, claim(100)) == "no_figure"
    retired = layer(ceilings=daily, serves=only(status="retired"))
    assert pays(policy(layer(), retired), claim(100, status="active")) == [8000]


# -------------------------------------------------------------------------------------- refused


def test_items_that_do_not_fit_in_scope_are_refused() -> None:
    a = policy(layer())
    assert code_of(a, claim(1, items={"bed": 60, "class_a": 41})) == "items_disagree"
    assert code_of(a, claim(1, items={"bed": -1})) == "items_disagree"
    assert pays(a, claim(1, items={"bed": 60, "class_a": 40})) == [80]
    late = YearToDate(DAY + dt.timedelta(days=1))
    assert code_of(a, claim(1, items={"bed": 101}), late) == "items_disagree"
    both = claim(1, items={"bed": 101}, in_scope_fen=FEN_MAX + 1)
    assert code_of(a, both) == "amount_too_large"
