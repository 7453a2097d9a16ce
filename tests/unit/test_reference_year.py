"""The oracle on the year so far: windows, stays, periods, visits, counters kept apart."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from medsettle.model import YearToDate
from medsettle.policy.document import Cap, Period, Switch
from medsettle.reference import Outcome, Refused, settle, settle_all
from tests.builders import (
    DAY,
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

NINETY = {"ninety": Period("ninety", 90, CITES, PLACE)}


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days)


def taken(outcomes: list[Outcome | Refused]) -> list[int]:
    """The deductible of each claim, in whole yuan."""
    return [outcome.deductible // 100 for outcome in outcomes if isinstance(outcome, Outcome)]


# ------------------------------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("starts", "last_inside", "first_outside"),
    [(1, "2024-12-31", "2025-01-01"), (7, "2024-06-30", "2024-07-01"), (5, "2025-04-30", None)],
)
def test_a_year_begins_in_the_month_that_the_policy_names(
    starts: int, last_inside: str, first_outside: str | None
) -> None:
    a = policy(layer(ceilings=(ceiling(50),)), year_starts=starts)
    assert pays(a, claim(100), claim(100, on(last_inside))) == [5000, 0]
    turn = on(first_outside) if first_outside else on("2025-05-01")
    assert pays(a, claim(100), claim(100, turn)) == [5000, 5000]


def test_quarters_are_the_calendars_whenever_the_year_begins() -> None:
    a = policy(layer(ceilings=(ceiling(50, per="quarter"),)), year_starts=5)
    assert pays(a, claim(100, on("2024-04-30")), claim(100, on("2024-05-01"))) == [5000, 0]


def test_visits_start_again_with_the_policys_year() -> None:
    a = policy(layer(deductible=deductible(300, 100)), year_starts=7)
    days = [on("2024-06-29"), on("2024-06-30"), on("2024-07-01"), on("2025-01-01")]
    assert taken(settle_all(a, [claim(1000, day) for day in days])) == [300, 100, 300, 100]


# --------------------------------------------------------------------------------------- stays


def test_a_stay_goes_on_with_claims_that_continue_it() -> None:
    a = policy(layer(deductible=deductible(300, per="stay")))
    claims = [claim(200), claim(200, continues=True), claim(200), claim(200, after(400))]
    assert taken(settle_all(a, claims)) == [200, 100, 200, 200]


def test_a_stay_is_not_ended_by_the_year_but_a_stay_in_the_year_is() -> None:
    claims = [claim(200, on("2024-12-31")), claim(200, on("2025-01-01"), continues=True)]
    for per, expected in (("stay", [200, 100]), ("stay_in_year", [200, 200])):
        assert taken(settle_all(policy(layer(deductible=deductible(300, per=per))), claims)) == (
            expected
        )


def test_a_stay_in_the_year_ends_at_the_turn_of_the_policys_year_with_any_claim() -> None:
    a = policy(
        layer(deductible=deductible(300, per="stay_in_year")),
        layer("b"),
        programs={"inpatient": ("a",), "outpatient": ("b",)},
        year_starts=7,
    )
    claims = [
        claim(200, on("2024-06-30")),
        claim(1, on("2024-07-01"), benefit="outpatient"),
        claim(200, on("2024-07-02"), continues=True),
    ]
    assert taken(settle_all(a, claims)) == [200, 0, 200]


def test_stays_start_again_only_by_a_benefit_that_counts_by_them() -> None:
    by_stay = layer(deductible=deductible(300, per="stay"))
    a = policy(
        by_stay, layer("b"), programs={"inpatient": ("a",), "outpatient": ("b",), "emergency": ()}
    )
    between = [claim(1, benefit="outpatient"), claim(1, benefit="emergency")]
    claims = [claim(200), *between, claim(200, continues=True)]
    assert taken(settle_all(a, claims))[-1] == 100


def test_a_stay_starts_again_the_counters_that_the_benefits_layers_use() -> None:
    away = layer("b", serves=only(status="retired"), ceilings=(ceiling(9, "stay", used="b.pay"),))
    a = policy(
        layer(ceilings=(ceiling(50, "stay"),)),
        away,
        layer("c", ceilings=(ceiling(7, "stay", used="c.pay"),)),
        programs={"inpatient": ("a", "b"), "outpatient": ("c",)},
    )
    seen = YearToDate(DAY, {"a.pay": 1000, "b.pay": 300, "c.pay": 200})
    outcome = settle(a, claim(10, status="active"), seen)
    assert outcome.ytd.counters == {"a.pay": 800, "c.pay": 200}  # b, too, though it did not serve


# ------------------------------------------------------------------------------------- periods


def test_a_period_begins_with_the_first_claim_after_the_one_before() -> None:
    a = policy(layer(deductible=deductible(300, per="ninety")), periods=NINETY)
    claims = [claim(200, after(days)) for days in (0, 89, 90, 179, 400)]
    outcomes = settle_all(a, claims)
    assert taken(outcomes) == [200, 100, 200, 100, 200]
    last = outcomes[-1]
    assert isinstance(last, Outcome)
    start = after(400).toordinal()
    assert last.ytd.counters == {"a.deductible": 20000, "ninety.start": start}


def test_a_period_that_never_began_starts_all_its_counters() -> None:
    a = policy(layer(deductible=deductible(300, per="ninety")), periods=NINETY)
    assert settle(a, claim(200), YearToDate(None, {"a.deductible": 25000})).deductible == 20000


def test_a_period_begins_only_by_a_benefit_that_counts_by_it() -> None:
    a = policy(
        layer(deductible=deductible(300, per="ninety")),
        layer("b"),
        programs={"inpatient": ("a",), "outpatient": ("b",)},
        periods=NINETY,
    )
    claims = [claim(1, benefit="outpatient"), claim(200, after(50)), claim(200, after(139))]
    assert taken(settle_all(a, claims)) == [0, 200, 100]


def test_a_period_starts_its_counters_of_all_benefits() -> None:
    a = policy(
        layer(ceilings=(ceiling(50, "ninety"),)),
        layer("b", ceilings=(ceiling(50, "ninety", used="b.pay"),)),
        programs={"inpatient": ("a",), "outpatient": ("b",)},
        periods=NINETY,
    )
    claims = [claim(100), claim(100, benefit="outpatient"), claim(0, after(90))]
    last = settle_all(a, claims)[-1]
    assert isinstance(last, Outcome)
    assert last.ytd.counters == {"ninety.start": after(90).toordinal()}


def test_a_period_within_a_stay_begins_anew_with_a_stay() -> None:
    within = {"ninety": Period("ninety", 90, CITES, PLACE, within_stay=True)}
    a = policy(layer(deductible=deductible(300, per="ninety")), periods=within)
    claims = [claim(200), claim(200, after(10), continues=True), claim(200, after(20))]
    claims += [claim(200, after(days), continues=True) for days in (109, 110)]
    assert taken(settle_all(a, claims)) == [200, 100, 200, 100, 200]


# -------------------------------------------------------------------------------------- visits


def test_a_continued_stay_has_the_deductible_of_its_visit_and_counts_no_other() -> None:
    a = policy(layer(deductible=deductible(300, 200, 100)))
    claims = [claim(1000), claim(1000), claim(1000, continues=True), claim(1000)]
    assert taken(settle_all(a, claims)) == [300, 200, 200, 100]


@pytest.mark.parametrize(("counts", "expected"), [(False, 300), (True, 200)])
def test_a_stay_continued_into_a_new_year(counts: bool, expected: int) -> None:
    a = policy(layer(deductible=deductible(300, 200, 100, continued_counts=counts)))
    claims = [
        claim(1000, on("2024-12-20")),
        claim(1000, on("2025-01-02"), continues=True),
        claim(1000, on("2025-03-01")),
    ]
    assert taken(settle_all(a, claims)) == [300, 300, expected]


def test_a_continued_stay_counts_only_as_the_first_of_the_year() -> None:
    a = policy(layer(deductible=deductible(300, 200, 100, continued_counts=True)))
    claims = [claim(1000, continues=True), claim(1000, continues=True), claim(1000)]
    assert taken(settle_all(a, claims)) == [300, 300, 200]


def test_a_stay_counts_where_some_layer_of_the_benefit_says_so() -> None:
    one = layer(deductible=deductible(300, 200))
    other = layer(
        "b", deductible=deductible(300, 200, continued_counts=True), serves=only(status="retired")
    )
    counted = {"a.visits": 1}
    for layers, expected in (((one,), {}), ((one, other), counted), ((other, one), counted)):
        outcome = settle(policy(*layers), claim(1, continues=True, status="active"))
        assert outcome.ytd.counters == expected


def test_visits_are_counted_apart_by_value() -> None:
    a = policy(layer(deductible=deductible(300, 100, visits_each="level")))
    levels = ["primary", "tertiary", "primary"]
    outcomes = settle_all(a, [claim(1000, level=level) for level in levels])
    assert taken(outcomes) == [300, 300, 100]
    assert isinstance(outcomes[-1], Outcome)
    assert outcomes[-1].ytd.counters == {"a.visits@primary": 2, "a.visits@tertiary": 1}


def test_an_unstated_value_moves_none_and_is_refused_where_it_counts() -> None:
    by_level = deductible(300, 100, visits_each="level")
    serving = layer(deductible=by_level)
    assert code_of(policy(serving), claim(1)) == "no_figure"
    away = layer("b", deductible=by_level, serves=only(status="retired"))
    assert settle(policy(layer(), away), claim(1, status="active")).ytd.counters == {}


# -------------------------------------------------------------------------- later, lower, waived


def test_later_visits_owe_a_share_of_the_amount() -> None:
    a = policy(layer(deductible=deductible(800, later=(pct(50), pct(0)))))
    assert taken(settle_all(a, [claim(1000)] * 4)) == [800, 400, 0, 0]
    floor = deductible(800, later=(pct(50), pct(0)), floor=yuan(100))
    assert taken(settle_all(policy(layer(deductible=floor)), [claim(1000)] * 4)) == [
        *(800, 400, 100, 100)
    ]


def test_the_share_of_a_later_visit_is_a_figure() -> None:
    later = (Switch("level", {"primary": pct(0), "tertiary": pct(50)}),)
    a = policy(layer(deductible=deductible(800, later=later)))
    levels = ["tertiary", "tertiary", "primary"]
    assert taken(settle_all(a, [claim(1000, level=level) for level in levels])) == [800, 400, 0]
    assert code_of(a, claim(1000, level="secondary")) == "no_figure"  # at the first visit, too


def test_every_later_visit_owes_less() -> None:
    a = policy(layer(deductible=deductible(800, step_down=yuan(300))))
    assert taken(settle_all(a, [claim(1000)] * 5)) == [800, 500, 200, 0, 0]
    floor = deductible(800, step_down=yuan(300), floor=yuan(250))
    assert taken(settle_all(policy(layer(deductible=floor)), [claim(1000)] * 4)) == [
        *(800, 500, 250, 250)
    ]


def test_no_floor_lifts_the_deductible_above_its_amount() -> None:
    a = policy(layer(deductible=deductible(100, later=(pct(50),), floor=yuan(300))))
    assert taken(settle_all(a, [claim(1000)] * 2)) == [100, 100]
    rising = deductible(100, later=(pct(150),), floor=yuan(50))
    assert taken(settle_all(policy(layer(deductible=rising)), [claim(1000)] * 2)) == [100, 150]


def test_a_yearly_deductible_by_ordinal_is_less_what_the_year_has_seen() -> None:
    a = policy(layer(deductible=deductible(800, per="year", later=(pct(50),))))
    assert taken(settle_all(a, [claim(300), claim(300), claim(300)])) == [300, 100, 0]


def test_a_deductible_is_waived_once_a_counter_is_above_0() -> None:
    first = layer(deductible=deductible(100, waived_after="a.pay"), ceilings=(ceiling(500),))
    assert taken(settle_all(policy(first), [claim(100), claim(200), claim(200)])) == [100, 100, 0]


def test_a_waiver_sees_what_earlier_layers_of_the_claim_did() -> None:
    first = layer(ceilings=(ceiling(50),))
    second = layer("b", base=("a.rest",), deductible=deductible(10, waived_after="a.pay"))
    assert settle(policy(first, second), claim(100)).steps[1].deductible == 0


def test_a_waiver_by_a_counter_kept_apart_is_that_of_the_claims_value() -> None:
    kept = (ceiling(500, each="disease"),)
    a = policy(layer(deductible=deductible(100, waived_after="a.pay"), ceilings=kept))
    diseases = ["diabetes", "diabetes", "cancer"]
    outcomes = settle_all(a, [claim(200, disease=disease) for disease in diseases])
    assert taken(outcomes) == [100, 0, 100]


def test_deductibles_are_capped_in_a_window() -> None:
    cap = Cap("year", yuan(250), "a.deductible_cap", "")
    a = policy(layer(deductible=deductible(100, cap=cap)))
    outcomes = settle_all(a, [claim(1000)] * 4)
    assert taken(outcomes) == [100, 100, 50, 0]
    assert isinstance(outcomes[-1], Outcome)
    assert outcomes[-1].ytd.counters == {"a.deductible_cap": 25000}


def test_a_cap_kept_apart() -> None:
    cap = Cap("year", yuan(150), "a.deductible_cap", "level")
    a = policy(layer(deductible=deductible(100, cap=cap)))
    levels = ["primary", "primary", "tertiary"]
    assert taken(settle_all(a, [claim(1000, level=level) for level in levels])) == [100, 50, 100]


# -------------------------------------------------------------------------- counters kept apart


def test_a_ceiling_for_each_value() -> None:
    a = policy(layer(ceilings=(ceiling(50, each="disease"),)))
    diseases = ["diabetes", "hypertension", "diabetes"]
    assert pays(a, *[claim(100, disease=disease) for disease in diseases]) == [5000, 5000, 0]
    outcome = settle(a, claim(100))
    assert outcome.ytd.counters == {"a.pay@other_disease": 5000}


def test_an_unstated_value_is_refused_only_where_it_counts() -> None:
    kept = layer(ceilings=(ceiling(50, each="level"),))
    assert code_of(policy(kept), claim(100)) == "no_figure"
    elsewhere = layer(ceilings=(ceiling(50, each="level", when=only(status="retired")),))
    assert pays(policy(elsewhere), claim(100, status="active")) == [8000]


def test_a_deductible_and_a_measure_for_each_value() -> None:
    a = policy(
        layer(
            deductible=deductible(100, per="year", used_each="disease"),
            bands_per="year",
            measured_each="disease",
        )
    )
    outcomes = settle_all(
        a, [claim(150, disease=one) for one in ("diabetes", "cancer", "diabetes")]
    )
    assert taken(outcomes) == [100, 100, 0]
    assert isinstance(outcomes[-1], Outcome)
    assert outcomes[-1].ytd.counters == {
        "a.deductible@diabetes": 10000,
        "a.deductible@cancer": 10000,
        "a.measured@diabetes": 20000,
        "a.measured@cancer": 5000,
    }


def test_counters_kept_apart_turn_together() -> None:
    a = policy(layer(ceilings=(ceiling(50, each="disease"),)))
    seen = YearToDate(on("2023-12-31"), {"a.pay@cancer": 5000, "a.pay@diabetes": 5000})
    assert settle(a, claim(0), seen).ytd.counters == {}


def test_a_stay_starts_the_counters_of_every_value() -> None:
    a = policy(layer(ceilings=(ceiling(50, "stay", each="disease"),)))
    seen = YearToDate(DAY, {"a.pay@cancer": 5000, "a.pay@diabetes": 4000})
    assert settle(a, claim(10, disease="cancer"), seen).ytd.counters == {"a.pay@cancer": 800}


def test_an_unknown_counter_is_no_counter() -> None:
    a = policy(layer(ceilings=(ceiling(50, each="disease"),)))
    for name in ("a.pay", "a.pay@flu", "b.pay"):
        with pytest.raises(KeyError):
            settle(a, claim(1), YearToDate(DAY, {name: 1}))


def test_a_balance_is_what_there_is_and_goes_down() -> None:
    balance = ceiling(Fraction(0), "lifetime", "balance", "account.balance")
    a = policy(layer(fund="own_account", ceilings=(balance,)))
    outcomes = settle_all(a, [claim(100), claim(100)], YearToDate(DAY, {"account.balance": 12000}))
    assert [one.funds for one in outcomes if isinstance(one, Outcome)] == [
        {"own_account": 8000},
        {"own_account": 4000},
    ]
    last = outcomes[-1]
    assert isinstance(last, Outcome)
    assert (last.ytd.counters, last.cash) == ({}, 6000)
