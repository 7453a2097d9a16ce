"""The oracle, sentence by sentence of docs/semantics.md; figures are worked by hand."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX, fen_from_yuan, half_up
from medsettle.policy.document import Figure, Multiple, Policy, Switch
from medsettle.reference import Outcome, Refused, settle, settle_all
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
from tests.strategies import person_years, policies, years_so_far

# ------------------------------------------------------------------------------ a plain claim


def test_one_share_of_the_whole() -> None:
    outcome = settle(policy(layer()), claim("100.01", full_self_pay_fen=500, first_step_fen=7))
    (step,) = outcome.steps
    assert outcome.funds == {"pooled": 8001}  # 80.008 → 80.01
    assert outcome.cash == 10001 + 507 - 8001
    assert (step.base, step.pay, step.copay) == (10001, 8001, 2000)
    assert step.person_share == 10001 - Fraction(10001 * 8, 10)
    assert outcome.ytd == YearToDate(DAY, {})


def test_nothing_to_pay_still_settles() -> None:
    outcome = settle(policy(layer(deductible=deductible(100))), claim(0))
    assert (outcome.funds, outcome.cash, outcome.deductible) == ({"pooled": 0}, 0, 0)


def test_funds_add_up_over_layers_and_name_those_that_ran() -> None:
    second = layer("b", base=("copay",), bands=bands((None, pct(50))))
    third = layer("c", fund="assistance", serves=only(status="retired"))
    given = claim(100, status="active")
    assert settle(policy(layer(), second, third), given).funds == {"pooled": 9000}


# ---------------------------------------------------------------------------------- deductible


def test_deductible_outside_the_bands() -> None:
    a = layer(deductible=deductible(100), bands=bands((100, pct(50)), (None, pct(90))))
    outcome = settle(policy(a), claim(300))
    assert outcome.deductible == 10000
    assert outcome.funds == {"pooled": 5000 + 9000}  # bands from the end of the deductible


def test_deductible_inside_the_first_band() -> None:
    a = layer(
        deductible=deductible(100, inside=True),
        bands=bands((150, pct(50)), (None, pct(90))),
    )
    outcome = settle(policy(a), claim(300))
    assert outcome.funds == {"pooled": 2500 + 13500}  # 50 at 50 %, 150 at 90 %
    assert outcome.steps[0].reached == 30000


def test_deductible_above_the_base_takes_all_of_it() -> None:
    outcome = settle(policy(layer(deductible=deductible(100))), claim(60))
    assert (outcome.deductible, outcome.funds["pooled"], outcome.cash) == (6000, 0, 6000)


def test_deductible_by_ordinal_the_last_goes_on() -> None:
    a = policy(layer(deductible=deductible(300, 200, 100)))
    settled = [one for one in settle_all(a, [claim(1000)] * 4) if isinstance(one, Outcome)]
    assert [one.deductible for one in settled] == [30000, 20000, 10000, 10000]
    assert settled[3].ytd.counters == {"a.visits": 4}


def test_visits_start_again_with_the_calendar_year() -> None:
    a = policy(layer(deductible=deductible(300, 100)))
    days = [dt.date(2024, 12, 30), dt.date(2024, 12, 31), dt.date(2025, 1, 1)]
    settled = settle_all(a, [claim(1000, day) for day in days])
    assert [one.deductible for one in settled] == [30000, 10000, 30000]  # type: ignore[union-attr]


def test_single_amount_counts_no_visits() -> None:
    assert settle(policy(layer(deductible=deductible(300))), claim(1)).ytd.counters == {}


def test_visit_counts_once_for_layers_that_share_it_and_for_layers_not_serving() -> None:
    away = only(status="retired")
    first = layer("a", deductible=deductible(3, 2), serves=away)
    second = layer("b", deductible=deductible(3, 2))
    settled = settle(policy(first, second), claim(9, status="active"))
    assert settled.ytd.counters == {"a.visits": 1}


def test_visits_are_read_as_before_the_claim() -> None:
    first = layer("a", deductible=deductible(30, 20), base=("first_step",))
    second = layer("b", deductible=deductible(30, 20))
    outcome = settle(policy(first, second), claim(100, first_step_fen=10000))
    assert [step.deductible for step in outcome.steps] == [3000, 3000]


def test_annual_deductible_is_used_up_over_claims() -> None:
    a = policy(layer(deductible=deductible(1000, per="year")))
    settled = settle_all(a, [claim(400), claim("599.99"), claim(100), claim(100)])
    assert [one.deductible for one in settled] == [40000, 59999, 1, 0]  # type: ignore[union-attr]


def test_annual_deductible_lower_than_what_was_seen_is_not_negative() -> None:
    ytd = YearToDate(DAY, {"a.deductible": 200_00})
    a = policy(layer(deductible=deductible(100, per="year")))
    assert settle(a, claim(100), ytd).deductible == 0


def test_the_settlement_tells_the_deductible_of_the_first_layer_that_served() -> None:
    away = only(status="retired")
    first = layer("a", deductible=deductible(30), serves=away)
    second = layer("b", deductible=deductible(20))
    third = layer("c", deductible=deductible(10), base=("b.rest",))
    given = claim(100, status="active")
    assert settle(policy(first, second, third), given).deductible == 2000


# --------------------------------------------------------------------------------------- bands


def test_a_bound_belongs_to_the_band_below() -> None:
    a = policy(layer(bands=bands((100, pct(50)), (200, pct(0)), (None, pct(100)))))
    assert pays(a, claim(100)) == [5000]
    assert pays(a, claim("200.01")) == [5001]


def test_cumulative_bands_go_on_where_the_last_claim_stopped() -> None:
    a = policy(layer(bands=bands((100, pct(50)), (None, pct(90))), bands_per="year"))
    assert pays(a, claim(60), claim(60), claim(60)) == [3000, 2000 + 1800, 5400]


def test_cumulative_measure_includes_an_inside_deductible() -> None:
    fields = {"bands": bands((100, pct(50)), (None, pct(90))), "bands_per": "year"}
    inside = layer(deductible=deductible(40, inside=True), **fields)
    outside = layer(deductible=deductible(40), **fields)
    assert settle(policy(inside), claim(60)).ytd.counters == {"a.measured": 6000}
    assert settle(policy(outside), claim(60)).ytd.counters == {"a.measured": 2000}


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("layer", 5),  # 2.5 + 2.5 = 5.0
        ("band", 6),  # 3 + 3
        ("cumulative", 5),
    ],
)
def test_rounding_of_two_bands(rounding: str, expected: int) -> None:
    a = layer(bands=bands(("0.05", pct(50)), (None, pct(25))), rounding=rounding)
    assert pays(policy(a), claim("0.15")) == [expected]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("layer", [2, 2, 2]), ("band", [2, 2, 2]), ("cumulative", [2, 1, 2])],
)
def test_rounding_over_claims(rounding: str, expected: list[int]) -> None:
    a = layer(bands=bands((None, pct(50))), bands_per="year", rounding=rounding)
    assert pays(policy(a), *[claim("0.03")] * 3) == expected  # S: 1.5, 3, 4.5 → 2, 3, 5


# ------------------------------------------------------------------------------------ ceilings


def test_cost_handed_over_exactly() -> None:
    """Beijing 2025: the second stay of a retiree, cut by the pooled fund's annual ceiling."""
    pooled = layer(
        deductible=deductible(650, inside=True),
        bands=bands((30000, pct(91)), (40000, pct(94)), (None, pct(97))),
        ceilings=(ceiling(100000),),
    )
    large = layer(
        "large",
        fund="large_amount",
        base=("a.over_ceiling",),
        ceilings=(ceiling(500000, used="large.pay"),),
    )
    ytd = YearToDate(dt.date(2024, 3, 1), {"a.pay": fen_from_yuan("8240.49")})
    outcome = settle(policy(pooled, large), claim("164411.81"), ytd)
    first, second = outcome.steps
    # 91759.51 = 0.91·(30000 − 650) + 0.94·10000 + 0.97·(reached − 40000)
    reached = 4000000 + Fraction(9175951 - 2670850 - 940000) / Fraction(97, 100)
    assert first.cut
    assert first.reached == reached
    assert f"{float(reached / 100):.4f}" == "97372.1753"
    assert first.over_ceiling == second.base == 16441181 - reached
    assert outcome.funds == {"pooled": 9175951, "large_amount": 5363171}
    assert half_up(second.person_share) == 1340793
    assert outcome.cash == 16441181 - 9175951 - 5363171
    assert outcome.ytd.counters == {"a.pay": 10000000, "large.pay": 5363171}


def test_payment_handed_over() -> None:
    first = layer(ceilings=(ceiling(50),), hands_over="payment")
    second = layer("b", base=("a.over_ceiling",), bands=bands((None, pct(100))))
    outcome = settle(policy(first, second), claim(100))
    cut, rest = outcome.steps
    assert (cut.pay, cut.over_ceiling, cut.copay, cut.cost) == (5000, 3000, 2000, 10000)
    assert rest.pay == 3000
    assert cut.person_share == 5000


def test_payment_handed_over_is_rounded_as_if_there_were_no_ceiling() -> None:
    a = layer(
        bands=bands(("0.05", pct(50)), (None, pct(25))),
        rounding="band",
        ceilings=(ceiling("0.04"),),
        hands_over="payment",
    )
    (step,) = settle(policy(a), claim("0.15")).steps
    assert (step.pay, step.over_ceiling) == (4, 2)  # 3 + 3 − 4


def test_rounding_up_never_passes_the_room() -> None:
    a = layer(
        bands=bands(("0.05", pct(50)), (None, pct(25))),
        rounding="band",
        ceilings=(ceiling("0.05"),),
    )
    (step,) = settle(policy(a), claim("0.15")).steps
    assert (step.cut, step.pay, step.over_ceiling) == (False, 5, 0)  # 5.0 is not above the room


def test_no_room_hands_over_all_the_cost() -> None:
    a = layer(ceilings=(ceiling(0),), deductible=deductible(10))
    (step,) = settle(policy(a), claim(100)).steps
    assert (step.pay, step.deductible, step.over_ceiling, step.copay) == (0, 1000, 9000, 0)


def test_greatest_cost_takes_a_band_of_no_share_along() -> None:
    a = layer(bands=bands((100, pct(50)), (200, pct(0)), (None, pct(50))), ceilings=(ceiling(50),))
    (step,) = settle(policy(a), claim(300)).steps
    assert (step.pay, step.cost, step.over_ceiling) == (5000, 20000, 10000)


def test_room_just_met_is_no_cut() -> None:
    a = layer(ceilings=(ceiling(80),))
    (step,) = settle(policy(a), claim(100)).steps
    assert (step.cut, step.over_ceiling) == (False, 0)


def test_ceiling_on_cost() -> None:
    a = layer(ceilings=(ceiling(60, on="cost", used="a.cost"),))
    _, second = settle_all(policy(a), [claim(50), claim(50)])
    assert isinstance(second, Outcome)
    (step,) = second.steps
    assert (step.cost, step.pay, step.over_ceiling, step.copay) == (1000, 800, 4000, 200)
    assert not step.cut
    assert second.ytd.counters == {"a.cost": 6000}


def test_ceiling_on_cost_and_on_pay_add_up() -> None:
    both = (ceiling(90, on="cost", used="a.cost"), ceiling(40))
    for hands_over, over, cost in (("cost", 5000, 5000), ("payment", 1000 + 3200, 9000)):
        a = layer(ceilings=both, hands_over=hands_over)
        (step,) = settle(policy(a), claim(100)).steps
        assert (step.pay, step.over_ceiling, step.cost) == (4000, over, cost)


def test_ceiling_per_visit_begins_anew() -> None:
    assert pays(policy(layer(ceilings=(ceiling(40, per="visit"),))), claim(100), claim(100)) == [
        4000,
        4000,
    ]


def test_counter_of_a_cut_layer_moves_by_the_cost_reached_rounded() -> None:
    a = layer(bands=bands((None, pct(97))), bands_per="year", ceilings=(ceiling(50),))
    outcome = settle(policy(a), claim(100))
    assert outcome.ytd.counters == {"a.measured": 5155, "a.pay": 5000}  # 5154.64


def test_shared_ceiling_of_two_layers_in_one_claim_and_of_two_benefits() -> None:
    shared = (ceiling(100, used="pool.pay"),)
    first = layer(ceilings=shared, bands=bands((None, pct(50))))
    second = layer("b", base=("a.copay",), ceilings=shared, bands=bands((None, pct(100))))
    a = policy(first, second, programs={"inpatient": ("a", "b"), "outpatient": ("a",)})
    outcome = settle(a, claim(120))
    assert [step.pay for step in outcome.steps] == [6000, 4000]
    outpatient = claim(120, benefit="outpatient")
    assert pays(a, outpatient, claim(120)) == [6000, 4000]


# --------------------------------------------------------------------------------------- parts


def test_wide_and_narrow_names_of_parts() -> None:
    first = layer(deductible=deductible(10), ceilings=(ceiling(40),))  # 10 | 40 of 50 | 40 over
    for base, expected in (
        ("a.deductible", 1000),
        ("deductible", 1000),
        ("a.copay", 1000),
        ("copay", 1000),
        ("a.over_ceiling", 4000),
        ("over_ceiling", 4000),
        ("a.rest", 6000),
        ("in_scope", 0),  # taken by the first layer
        ("full_self_pay", 300),
        ("over_limit", 200),
        ("first_step", 100),
    ):
        amounts = {"full_self_pay_fen": 300, "over_limit_fen": 200, "first_step_fen": 100}
        outcome = settle(policy(first, layer("b", base=(base,))), claim(100, **amounts))
        assert outcome.steps[1].base == expected, base


def test_a_part_is_taken_once() -> None:
    rest = layer("b", base=("a.rest",), bands=bands((None, pct(50))))
    third = layer("c", base=("a.copay", "b.copay"))
    assert [step.base for step in settle(policy(layer(), rest, third), claim(100)).steps] == [
        10000,
        2000,
        1000,
    ]


def test_a_layer_passed_over_takes_and_contributes_nothing() -> None:
    away = only(status="retired")
    first = layer(serves=away)
    second = layer("b", base=("in_scope", "a.rest"))
    third = layer("c", base=("copay", "deductible"))
    a = policy(first, second, third)
    active = settle(a, claim(100, status="active"))
    assert [(step.layer, step.base) for step in active.steps] == [("b", 10000), ("c", 2000)]
    retired = settle(a, claim(100, status="retired"))
    assert [step.base for step in retired.steps] == [10000, 2000, 400]


def test_a_layer_of_another_benefit_contributes_nothing() -> None:
    second = layer("b", base=("in_scope", "a.copay"))
    a = policy(layer(), second, programs={"inpatient": ("b",), "outpatient": ("a",)})
    assert settle(a, claim(100)).steps[0].base == 10000


# -------------------------------------------------------------------------------------- tops_up


def test_topping_up() -> None:
    """Two annual deductibles, 838.56 and 338.56 left: 70 %, lifted to 90 % above the lower one."""
    first = layer(
        deductible=deductible(1800, per="year", used="a.deductible"), bands=bands((None, pct(70)))
    )
    second = layer(
        "b",
        fund="enterprise",
        base=("a.rest",),
        tops_up=("a",),
        deductible=deductible(1300, per="year", used="b.deductible"),
        bands=bands((None, pct(90))),
    )
    seen = YearToDate(DAY, {"a.deductible": 96144, "b.deductible": 96144})
    outcome = settle(policy(first, second), claim("1812.37"), seen)
    assert outcome.funds == {"pooled": 68167, "enterprise": 64476}
    top = outcome.steps[1]
    assert (top.base, top.deductible, top.cost) == (113070, 33856, 147381)
    assert top.copay == 113070 - 64476 - 33856
    assert top.person_share == 147381 - 68167 - (Fraction(147381 * 9, 10) - 68167)
    assert outcome.ytd.counters == {"a.deductible": 180000, "b.deductible": 130000}


def test_topping_up_what_is_already_paid_pays_nothing() -> None:
    top = layer("b", base=("a.rest",), tops_up=("a",), bands=bands((None, pct(60))))
    (_, step) = settle(policy(layer(), top), claim(100)).steps
    assert (step.pay, step.copay, step.cut) == (0, 2000, False)


def test_topping_up_under_a_ceiling_on_pay() -> None:
    top = layer(
        "b",
        base=("a.rest",),
        tops_up=("a",),
        bands=bands((None, pct(90))),
        ceilings=(ceiling(5, used="b.pay"),),
    )
    (_, step) = settle(policy(layer(), top), claim(100)).steps
    # 85 of the 90: the cost reached is 85 / 0.9, of which the bill has 20 − 5 left at most.
    assert step.cut
    assert (step.pay, step.cost) == (500, Fraction(850000, 90))
    assert step.over_ceiling == 10000 - Fraction(850000, 90)


def test_a_top_up_leaves_no_more_deductible_than_its_base_has() -> None:
    top = layer(
        "b",
        base=("a.copay",),
        tops_up=("a",),
        deductible=deductible(50),
        bands=bands((None, pct(90))),
    )
    (_, step) = settle(policy(layer(), top), claim(100)).steps
    assert (step.base, step.pay, step.deductible, step.copay) == (2000, 0, 2000, 0)


# ---------------------------------------------------------------------------------- adjustments


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([("add_points", pct(5))], 85),
        ([("add_points", pct(-5))], 75),
        ([("fund_share_times", Fraction("0.5"))], 40),
        ([("person_share_times", Fraction("0.6"))], 88),
        ([("at_least", pct(90))], 90),
        ([("at_most", pct(70))], 70),
        ([("add_points", pct(30))], 100),  # clamped
        ([("add_points", pct(-90))], 0),
        ([("add_points", pct(30)), ("fund_share_times", Fraction("0.5"))], 55),  # only at the end
        ([("fund_share_times", Fraction("0.5")), ("add_points", pct(30))], 70),  # in order
    ],
)
def test_adjusted_share(changes: list[tuple[str, Fraction]], expected: int) -> None:
    a = layer(adjust=tuple(adjust(change, value) for change, value in changes))
    assert pays(policy(a), claim(1)) == [expected]


def test_adjusted_only_when_it_holds() -> None:
    a = policy(layer(adjust=(adjust("at_least", pct(90), status="retired"),)))
    for status, expected in (("retired", 9000), ("active", 8000)):
        assert pays(a, claim(100, status=status)) == [expected]
    assert code_of(a, claim(100)) == "no_figure"  # whether it holds cannot be decided


def test_a_condition_is_decided_by_one_axis_that_differs() -> None:
    both = only(status="retired", level="tertiary")
    a = policy(layer(), layer("b", base=("copay",), serves=both))
    assert pays(a, claim(100, status="active")) == [8000]
    assert code_of(a, claim(100, status="retired")) == "no_figure"


def test_a_benefit_refuses_whom_it_does_not_serve() -> None:
    a = policy(layer(), benefit={"serves": only(place="local")})
    assert pays(a, claim(100)) == [8000]
    assert code_of(a, claim(100, place="unfiled")) == "no_figure"


def test_adjusted_deductible() -> None:
    times, plus = adjust("deductible_times", Fraction("0.5")), adjust("deductible_plus", yuan(-20))
    for changes, expected in (((times,), 5000), ((times, plus), 3000), ((plus, times), 4000)):
        a = layer(adjust=changes, deductible=deductible(100))
        assert settle(policy(a), claim(500)).deductible == expected
    a = layer(adjust=(adjust("deductible_plus", yuan(-200)),), deductible=deductible(100))
    assert settle(policy(a), claim(500)).deductible == 0


# ---------------------------------------------------------------------- figures, versions, windows


def test_figures_by_axis_and_other() -> None:
    share = Switch(
        "level",
        {"primary": pct(90), "tertiary": Switch("status", {"retired": pct(85)}, pct(70))},
        pct(80),
    )
    a = policy(layer(bands=bands((None, share))))
    assert pays(a, claim(1, level="primary")) == [90]
    assert pays(a, claim(1, level="secondary")) == [80]
    assert pays(a, claim(1, level="tertiary", status="retired")) == [85]
    assert pays(a, claim(1, level="tertiary", status="active")) == [70]
    assert code_of(a, claim(1)) == "no_figure"  # `other` never stands for an unstated value
    assert code_of(a, claim(1, level="tertiary")) == "no_figure"


def test_age_bands() -> None:
    share = Switch("age", {"young": pct(50), "old": pct(90)})
    a = policy(layer(bands=bands((None, share))), bands={"age": {"young": 0, "old": 70}})
    assert [pays(a, claim(1, age=age)) for age in (0, 69, 70, 150)] == [[50], [50], [90], [90]]
    assert code_of(a, claim(1)) == "no_figure"


def test_figures_are_needed_by_the_axes_alone() -> None:
    never = Switch("status", {"retired": pct(50)})
    unused_band = policy(layer(bands=bands((100, pct(50)), (None, never))))
    assert code_of(unused_band, claim(1, status="active")) == "no_figure"
    away = layer("b", serves=only(status="retired"), bands=bands((None, never)))
    assert pays(policy(layer(), away), claim(1, status="active")) == [80]


def test_version_of_the_day() -> None:
    turn = dt.date(2024, 7, 1)
    old = layer(until=turn)
    new = layer(from_=turn, bands=bands((None, pct(60))))
    days = [claim(1, turn - dt.timedelta(days=1)), claim(1, turn)]
    assert pays(policy(old, new), *days) == [80, 60]


def test_counters_are_shared_across_versions() -> None:
    turn = dt.date(2024, 7, 1)
    old = layer(until=turn, ceilings=(ceiling(50),))
    new = layer(from_=turn, ceilings=(ceiling(70),))
    assert pays(policy(old, new), claim(100), claim(100, turn)) == [5000, 2000]


@pytest.mark.parametrize(
    ("per", "last_inside", "first_outside"),
    [
        ("day", "2024-05-10", "2024-05-11"),
        ("month", "2024-05-31", "2024-06-01"),
        ("quarter", "2024-06-30", "2024-07-01"),
        ("year", "2024-12-31", "2025-01-01"),
        ("lifetime", "2034-12-31", None),
    ],
)
def test_windows_turn_over(per: str, last_inside: str, first_outside: str | None) -> None:
    a = policy(layer(ceilings=(ceiling(50, per=per),)))
    assert pays(a, claim(100), claim(100, dt.date.fromisoformat(last_inside))) == [5000, 0]
    if first_outside:
        assert pays(a, claim(100), claim(100, dt.date.fromisoformat(first_outside))) == [5000, 5000]


def test_same_month_of_another_year_is_another_window() -> None:
    a = policy(layer(ceilings=(ceiling(50, per="month"),)))
    assert pays(a, claim(100), claim(100, DAY.replace(year=2025))) == [5000, 5000]


def test_year_so_far_without_a_date_is_taken_as_it_is() -> None:
    a = policy(layer(ceilings=(ceiling(50),)))
    assert pays(a, claim(100), ytd=YearToDate(None, {"a.pay": 4000})) == [1000]


# -------------------------------------------------------------------------------------- fractions


def test_a_payment_rounded_past_a_fractional_base() -> None:
    first = layer(bands=bands((None, pct(70))), ceilings=(ceiling("0.05"),))
    whole = bands((None, pct(100)))
    second = layer("b", base=("a.over_ceiling",), bands=whole)
    third = layer("c", base=("in_scope", "a.copay"), bands=whole)
    outcome = settle(policy(first, second, third), claim("0.10"))
    cut, over, rest = outcome.steps
    assert (cut.cost, cut.over_ceiling) == (Fraction(50, 7), Fraction(20, 7))  # 7 1/7 and 2 6/7
    assert (over.pay, over.copay, over.over_ceiling) == (3, Fraction(-1, 7), 0)
    assert (rest.base, rest.pay) == (Fraction(15, 7), 2)
    assert outcome.cash == 0


def test_a_negative_base_counts_as_nothing() -> None:
    first = layer(bands=bands((None, pct(70))), ceilings=(ceiling("0.05"),))
    second = layer("b", base=("a.over_ceiling",), bands=bands((None, pct(100))))
    third = layer("c", base=("b.copay",))
    step = settle(policy(first, second, third), claim("0.10")).steps[2]
    assert (step.base, step.pay, step.copay) == (0, 0, 0)


def test_the_payment_is_never_above_what_is_left_of_the_bill() -> None:
    first = layer(bands=bands((None, pct(40))), ceilings=(ceiling("0.01"),))  # reaches 2½ of 3
    whole = bands((None, pct(100)))
    second = layer("b", base=("a.over_ceiling",), bands=whole)  # ½, rounded to 1
    third = layer("c", base=("a.copay",), bands=whole)  # 1½, would be 2
    outcome = settle(policy(first, second, third), claim("0.03"))
    assert [step.pay for step in outcome.steps] == [1, 1, 1]
    assert outcome.steps[2].copay == Fraction(1, 2)
    assert outcome.cash == 0


# ---------------------------------------------------------------------------------------- refused


def test_refusals_of_amounts() -> None:
    a = policy(layer())
    assert code_of(a, claim(1, first_step_fen=-1)) == "amount_negative"
    assert code_of(a, claim(1, in_scope_fen=FEN_MAX + 1)) == "amount_too_large"
    assert code_of(a, claim(1, in_scope_fen=FEN_MAX, first_step_fen=1)) == "amount_too_large"
    assert pays(a, claim(1, in_scope_fen=FEN_MAX)) == [FEN_MAX * 8 // 10]
    both = claim(1, in_scope_fen=FEN_MAX + 2, first_step_fen=-1)
    assert code_of(a, both) == "amount_negative"


def test_refusals_of_dates_and_benefits() -> None:
    a = policy(layer())
    before = FIRST_DAY - dt.timedelta(days=1)
    assert code_of(a, claim(1), YearToDate(DAY + dt.timedelta(days=1))) == "out_of_order"
    assert code_of(a, claim(1, before)) == "no_version"
    assert code_of(a, claim(1, benefit="pharmacy")) == "benefit_not_offered"
    assert code_of(a, claim(1, before, benefit="pharmacy")) == "no_version"
    assert code_of(a, claim(1, before), YearToDate(DAY)) == "out_of_order"
    assert code_of(a, claim(1, before, in_scope_fen=-1), YearToDate(DAY)) == "amount_negative"


def test_a_counter_beyond_the_limit_is_refused() -> None:
    a = policy(layer(ceilings=(ceiling(FEN_MAX // 100),), bands_per="lifetime"))
    full = YearToDate(DAY, {"a.measured": FEN_MAX - 100})
    assert settle(a, claim(1), full).ytd.counters["a.measured"] == FEN_MAX
    assert code_of(a, claim("1.01"), full) == "counter_limit"


def test_a_refused_claim_changes_nothing_and_the_next_goes_on() -> None:
    a = policy(layer(ceilings=(ceiling(50),)))
    earlier = claim(100, DAY - dt.timedelta(days=1))
    first, second, third = settle_all(a, [claim(50), earlier, claim(50)])
    assert isinstance(second, Refused)
    assert isinstance(first, Outcome)
    assert isinstance(third, Outcome)
    assert (first.funds["pooled"], third.funds["pooled"]) == (4000, 1000)


# --------------------------------------------------------------------------- what holds for all


@st.composite
def settled_years(
    draw: st.DrawFn,
) -> tuple[Policy, YearToDate, list[tuple[Claim, Outcome]]]:
    """A policy, a year so far, and the claims of a person that were settled, with outcomes."""
    drawn = draw(policies())
    begun = draw(st.just(YearToDate()) | years_so_far(drawn))
    claims = draw(person_years(drawn))
    outcomes = zip(claims, settle_all(drawn, claims, begun), strict=True)
    return drawn, begun, [(one, out) for one, out in outcomes if isinstance(out, Outcome)]


@settings(max_examples=150, deadline=None)
@given(settled_years())
def test_every_fen_is_somewhere_and_none_is_owed(
    year: tuple[Policy, YearToDate, list[tuple[Claim, Outcome]]],
) -> None:
    for one, outcome in year[2]:
        assert one.total_fen == sum(outcome.funds.values()) + outcome.cash
        assert outcome.cash >= 0
        assert outcome.deductible >= 0
        assert min(outcome.funds.values(), default=0) >= 0
        for step in outcome.steps:
            parts = (step.first_share, step.deductible, step.over_ceiling)
            assert step.base == sum(parts) + step.pay + step.copay
            assert min(*parts, step.base, step.pay, step.cost) >= 0
            assert step.copay > -1
            assert step.copay >= 0 or step.base.denominator > 1
        assert all(0 < value <= FEN_MAX for value in outcome.ytd.counters.values())


def limits_in(figure: Figure, a_policy: Policy) -> list[Fraction]:
    if isinstance(figure, Multiple):
        versions = a_policy.indicators[figure.of]
        return [figure.factor * version.amount + figure.step for version in versions]
    if not isinstance(figure, Switch):
        return [figure]
    cases = [*figure.cases.values(), *([] if figure.other is None else [figure.other])]
    return [limit for case in cases for limit in limits_in(case, a_policy)]


@settings(max_examples=150, deadline=None)
@given(settled_years())
def test_no_yearly_ceiling_on_pay_is_exceeded(
    year: tuple[Policy, YearToDate, list[tuple[Claim, Outcome]]],
) -> None:
    drawn, begun, settled = year
    layers = [version for versions in drawn.layers.values() for version in versions]
    ceilings = [one for version in layers for one in version.ceilings]
    left_out = {one.used for one in ceilings if one.each or one.adjust}
    highest: dict[str, Fraction] = {}
    for one in ceilings:
        if one.on == "pay" and one.per == "year" and one.used not in left_out:
            limits = limits_in(one.limit, drawn)
            highest[one.used] = max([highest.get(one.used, Fraction(0)), *limits])
    for _, outcome in settled:
        for name, limit in highest.items():
            seen = begun.counters.get(name, 0)
            assert outcome.ytd.counters.get(name, 0) <= max(limit, seen)


@settings(max_examples=75, deadline=None)
@given(settled_years())
def test_settling_on_from_the_year_so_far_is_settling_at_once(
    year: tuple[Policy, YearToDate, list[tuple[Claim, Outcome]]],
) -> None:
    drawn, begun, settled = year
    again = settle_all(drawn, [one for one, _ in settled], begun)
    assert again == [outcome for _, outcome in settled]
