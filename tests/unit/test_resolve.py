"""Which versions are in force on a day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

import medsettle as ms
from medsettle.policy.document import Figure, Policy, Switch
from medsettle.policy.read import read_policy_text
from medsettle.policy.resolve import NoIndicator, change_days, in_force, on_day, restrict

LAYER = """
[[layer.{name}]]
fund = "pooled"
from = {first}
{until}
cite = "rule"
provenance = "unverified"
base = ["in_scope"]
bands = [{{ share_pct = 85 }}]
"""
HEAD = """region = "999900"
scheme = "employee"
title = "示例"
[source.rule]
title = "示例办法"
[[benefit.inpatient]]
from = 2020-01-01
cite = "rule"
layers = ["main"]
"""


@pytest.fixture
def policy() -> Policy:
    text = HEAD + "".join(
        LAYER.format(name=name, first=first, until=until and f"until = {until}")
        for name, first, until in [
            ("main", "2020-01-01", "2021-01-01"),
            ("main", "2021-01-01", ""),
            ("top", "2022-07-01", ""),
        ]
    )
    found = read_policy_text(text, "x.toml")[0]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "first"),
    [("2019-12-31", None), ("2020-01-01", 2020), ("2020-12-31", 2020), ("2021-01-01", 2021)],
)
def test_a_version_is_in_force_from_its_first_day_until_the_day_before_its_end(
    policy: Policy, day: str, first: int | None
) -> None:
    found = in_force(policy.layers["main"], dt.date.fromisoformat(day))
    assert (found and found.from_.year) == first


def test_days_on_which_something_changes(policy: Policy) -> None:
    days = [dt.date(2020, 1, 1), dt.date(2021, 1, 1), dt.date(2022, 7, 1)]
    assert change_days(policy) == days


def test_a_restricted_policy_has_what_is_in_force(policy: Policy) -> None:
    found = restrict(policy, dt.date(2021, 6, 1))
    assert list(found.layers) == ["main"]
    assert [layer.from_.year for layer in found.layers["main"]] == [2021]
    assert len(found.benefits["inpatient"]) == 1
    assert restrict(policy, dt.date(2019, 1, 1)).benefits == {}
    assert found.sources == policy.sources


# ------------------------------------------------------------------------- published numbers

PUBLISHED = """
[[indicator.wage]]
from = {first}
{until}
yuan = {yuan}
cite = "rule"
"""


def with_wage(
    *versions: tuple[str, str, str], figure: str = '{ of = "wage", times = 6 }'
) -> Policy:
    """The policy whose layer has a ceiling of a multiple of a published wage."""
    text = HEAD + LAYER.format(name="main", first="2020-01-01", until="")
    text += f'ceilings = [{{ per = "year", pay_yuan = {figure} }}]\n'
    for first, until, yuan in versions:
        end = until and f"until = {until}"
        text += PUBLISHED.format(first=first, until=end, yuan=yuan)
    found = read_policy_text(text, "x.toml")[0]
    assert found is not None
    return found


def limit_on(policy: Policy, day: dt.date) -> Figure:
    return on_day(policy.layers["main"][0], policy, day).ceilings[0].limit


def test_a_multiple_has_the_number_of_the_version_in_force() -> None:
    a = with_wage(("2020-01-01", "2021-07-01", "100"), ("2021-07-01", "", "120.50"))
    assert change_days(a) == [dt.date(2020, 1, 1), dt.date(2021, 7, 1)]
    assert limit_on(a, dt.date(2021, 6, 30)) == 60_000
    assert limit_on(a, dt.date(2021, 7, 1)) == 72_300


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ('{ of = "wage", pct = 45.5 }', 4_550),
        ('{ of = "wage", pct = 45.5, round_to_yuan = 1 }', 4_600),
        ('{ of = "wage", pct = 45.49, round_to_yuan = 1 }', 4_500),
        ('{ of = "wage", pct = 45, round_to_yuan = 10 }', 5_000),
        ('{ of = "wage", pct = 44.99, round_to_yuan = 10 }', 4_000),
    ],
)
def test_a_multiple_is_rounded_half_up_to_whole_steps(figure: str, expected: int) -> None:
    a = with_wage(("2020-01-01", "", "100"), figure=figure)
    assert limit_on(a, dt.date(2020, 1, 1)) == expected


def test_a_multiple_within_a_table_of_figures() -> None:
    figure = '{ retired = 10, other = { of = "wage", times = 2 } }'
    a = with_wage(("2020-01-01", "", "100"), figure=figure)
    assert limit_on(a, dt.date(2020, 1, 1)) == Switch(
        "status", {"retired": Fraction(1_000)}, Fraction(20_000)
    )


def test_a_multiple_that_has_no_number() -> None:
    a = with_wage(("2020-01-01", "2021-01-01", "100"))
    with pytest.raises(NoIndicator, match="no version in force"):
        limit_on(a, dt.date(2021, 1, 1))
    a = with_wage(("2020-01-01", "", "0.01"), figure='{ of = "wage", pct = 50 }')
    with pytest.raises(NoIndicator, match="no whole fen"):
        limit_on(a, dt.date(2020, 1, 1))


def test_a_restricted_policy_has_the_numbers_in_force() -> None:
    a = with_wage(("2020-01-01", "2021-07-01", "100"), ("2021-07-01", "", "120.50"))
    found = restrict(a, dt.date(2021, 7, 1))
    assert [one.amount for one in found.indicators["wage"]] == [12_050]
    assert restrict(a, dt.date(2019, 1, 1)).indicators == {}


def test_a_table_of_a_day_knows_the_counters_of_the_whole_policy() -> None:
    """A year-to-date goes from the one to the other: names and windows are the same."""
    whole, part = ms.load("310000/employee"), ms.load("310000/employee", on="2025-03-01")
    assert part.meta.windows.items() <= whole.meta.windows.items()
    assert part.meta.funds == whole.meta.funds
    assert len(part.meta.layers) < len(whole.meta.layers)
