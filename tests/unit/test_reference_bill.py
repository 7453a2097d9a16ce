"""The oracle on the bill: first shares, item groups, wide names, what all layers may pay."""

from __future__ import annotations

from fractions import Fraction

import pytest

from medsettle.policy.document import Switch
from medsettle.reference import settle
from tests.builders import bands, ceiling, claim, deductible, layer, only, pays, pct, policy

WHOLE = bands((None, pct(100)))


# --------------------------------------------------------------------------------- first share


def test_a_first_share_stays_with_the_person() -> None:
    first = layer(first_share=pct(10), deductible=deductible(20), ceilings=(ceiling(40),))
    (step,) = settle(policy(first), claim(100)).steps
    assert (step.first_share, step.deductible, step.pay) == (1000, 2000, 4000)  # 56 but for 40
    assert (step.cost, step.over_ceiling, step.copay) == (5000, 2000, 1000)
    assert step.base == 10000


def test_a_first_share_is_rounded_half_up_and_no_more_than_the_base() -> None:
    (step,) = settle(policy(layer(first_share=pct(50))), claim("0.05")).steps
    assert (step.first_share, step.pay) == (3, 2)
    cut = layer(bands=bands((None, pct(70))), ceilings=(ceiling("0.05"),))  # leaves 2 6/7
    rest = layer("b", base=("a.over_ceiling",), first_share=Switch("level", {"primary": pct(100)}))
    step = settle(policy(cut, rest), claim("0.10", level="primary")).steps[1]
    assert (step.base, step.first_share, step.pay) == (Fraction(20, 7), Fraction(20, 7), 0)


def test_a_first_share_is_a_part() -> None:
    first = layer(first_share=pct(10))
    for base, expected in (
        ("a.first_share", 1000),
        ("first_share", 1000),
        ("a.rest", 2800),
        ("rest", 2800),
        ("everything", 3100),
        ("copay", 1800),
    ):
        given = claim(100, full_self_pay_fen=300)
        assert settle(policy(first, layer("b", base=(base,))), given).steps[1].base == expected


def test_topping_up_begins_after_the_first_share() -> None:
    top = layer("b", base=("a.copay",), tops_up=("a",), first_share=pct(25), bands=WHOLE)
    (_, step) = settle(policy(layer(), top), claim(100)).steps  # 20 left of 100, 80 paid
    assert (step.base, step.first_share, step.cost, step.pay) == (2000, 500, 9500, 1500)
    assert step.copay == 0


# --------------------------------------------------------------------------------------- items


def test_item_groups_are_parts_of_their_own() -> None:
    drugs = layer(base=("item.negotiated_drug",), bands=bands((None, pct(50))))
    others = layer("b", base=("in_scope",))
    given = claim(100, items={"negotiated_drug": 4000, "bed": 1000})
    assert [step.base for step in settle(policy(drugs, others), given).steps] == [4000, 6000]


def test_in_scope_means_all_that_is_still_there_of_it() -> None:
    given = claim(100, items={"negotiated_drug": 4000})
    later = layer("b", base=("item.negotiated_drug",))
    assert [step.base for step in settle(policy(layer(), later), given).steps] == [10000, 0]


def test_item_groups_are_split_off_if_any_layer_of_the_policy_names_them() -> None:
    a = policy(
        layer(base=("in_scope",), serves=only(status="retired")),
        layer("b", base=("item.bed",)),
        layer("c", base=("everything",)),
        programs={"inpatient": ("a", "c"), "outpatient": ("b",)},
    )
    given = claim(100, items={"bed": 4000}, status="active")
    assert [step.base for step in settle(a, given).steps] == [10000]


def test_an_item_group_that_is_not_there_is_nothing() -> None:
    a = policy(layer(base=("item.bed",)), layer("b"))
    assert [step.base for step in settle(a, claim(100)).steps] == [0, 10000]


# ---------------------------------------------------------------------------------- wide names


def test_everything_is_what_is_still_unpaid() -> None:
    first = layer(deductible=deductible(10), ceilings=(ceiling(40),))
    last = layer("b", base=("everything",), bands=WHOLE)
    given = claim(100, full_self_pay_fen=300, over_limit_fen=200, first_step_fen=100)
    outcome = settle(policy(first, last), given)
    assert (outcome.steps[1].base, outcome.cash) == (6600, 0)


def test_rest_is_what_all_earlier_layers_left() -> None:
    a = layer(bands=bands((None, pct(50))))
    b = layer("b", base=("first_step",), bands=bands((None, pct(50))))
    c = layer("c", base=("rest",))
    steps = settle(policy(a, b, c), claim(100, first_step_fen=4000, over_limit_fen=500)).steps
    assert [step.base for step in steps] == [10000, 4000, 7000]


# ------------------------------------------------------------------------ what all may pay


@pytest.mark.parametrize(("total", "expected"), [("100", [80, 5]), ("200", [160, 10])])
def test_all_layers_together_pay_at_most_a_share_of_the_bill(
    total: str, expected: list[int]
) -> None:
    second = layer("b", base=("a.copay",), bands=WHOLE)
    a = policy(layer(), second, benefit={"all_funds_at_most": pct(85)})
    steps = settle(a, claim(total)).steps
    assert [step.pay for step in steps] == [yuan * 100 for yuan in expected]
    assert steps[1].copay == steps[1].base - steps[1].pay
    assert not steps[1].cut


def test_the_share_is_of_the_whole_bill_rounded_half_up() -> None:
    a = policy(layer(bands=WHOLE), benefit={"all_funds_at_most": pct(50)})
    assert pays(a, claim("0.05"), claim("0.05", full_self_pay_fen=1)) == [3, 3]
    assert pays(a, claim("0.05", full_self_pay_fen=10)) == [5]


def test_what_is_not_paid_so_is_left_as_copay_after_the_deductible() -> None:
    a = policy(
        layer(deductible=deductible(30), bands=WHOLE), benefit={"all_funds_at_most": pct(50)}
    )
    (step,) = settle(a, claim(100)).steps
    assert (step.pay, step.deductible, step.copay) == (5000, 3000, 2000)


def test_who_is_no_fund_does_not_count_among_all_funds() -> None:
    """A bill of 1,600, funds at most 50 %: the hospital's 600 leave the funds their 800."""
    hospital = layer("a", fund="hospital", base=("over_limit",), bands=WHOLE)
    pool = layer("b", bands=bands((None, pct(90))))
    account = layer("c", fund="own_account", base=("rest",), bands=WHOLE)
    it = policy(hospital, pool, account, benefit={"all_funds_at_most": pct(50)})
    outcome = settle(it, claim(1_000, over_limit_fen=60_000))
    assert outcome.funds == {"hospital": 60_000, "pooled": 80_000, "own_account": 20_000}
    assert outcome.cash == 0
