"""Which versions are in force on a day."""

from __future__ import annotations

import datetime as dt

import pytest

from medsettle.policy.document import Policy
from medsettle.policy.read import read_policy_text
from medsettle.policy.resolve import change_days, in_force, restrict

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
