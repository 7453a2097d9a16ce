"""Accounts: what shipped policies let them pay, balances, and the page that says so."""

from __future__ import annotations

import datetime as dt
import doctest
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import medsettle as ms
from medsettle.case_files import read_cases
from medsettle.model import BALANCES
from medsettle.money import FEN_MAX

PAGE = Path(__file__).parents[2] / "docs" / "account.md"
SINCE = dt.date(2024, 4, 22)
ACCOUNTS = ("own_account", "family_account")
RICH = ms.YearToDate().with_balances(own_fen=FEN_MAX // 2, family_fen=FEN_MAX // 2)
WITH = sorted(name for name in ms.shipped() if set(ACCOUNTS) <= set(ms.load(name).meta.funds))


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (policy,) = re.findall(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    file = tmp_path / "our-hospital" / "employee.toml"
    file.parent.mkdir()
    file.write_text(policy, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8"
    )
    assert tried
    assert not failed


def test_the_page_names_the_regions() -> None:
    assert [name.partition("/")[2] for name in WITH] == ["employee"] * len(WITH)
    text = PAGE.read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| 110000"))
    assert re.findall(r"\d{6}", row) == [name.partition("/")[0] for name in WITH]


def settled(name: str) -> Iterator[tuple[ms.BenefitTable, ms.Claim]]:
    """Every claim of the policy's worked examples that is settled, each by itself."""
    table = ms.load(name)
    path = ms.shipped()[name]
    file, _ = read_cases(path.with_name(f"{path.stem}.cases.toml"))
    assert file is not None
    for case in file.cases:
        for one in case.claims:
            claim = msgspec.structs.replace(
                one.claim, first_step_fen=one.claim.first_step_fen + 777, full_self_pay_fen=333
            )
            try:
                table.settle(claim)
            except ms.ClaimError:
                continue
            yield table, claim


@pytest.mark.parametrize("name", WITH)
def test_accounts_pay_what_is_left_in_scope_and_nothing_else(name: str) -> None:
    """With enough in an account only what is out of scope is cash, in every benefit there is."""
    benefits = set()
    for table, claim in settled(name):
        bare = table.settle(claim)
        rich = table.settle(claim, RICH)
        others = set(table.meta.funds) - set(ACCOUNTS)
        assert {one: bare.pay_fen(one) for one in others} == {
            one: rich.pay_fen(one) for one in others
        }
        assert bare.pay_fen("own_account") == bare.pay_fen("family_account") == 0
        if table.rule_date(claim) < SINCE:
            assert rich.cash_fen == bare.cash_fen
            continue
        benefits.add(claim.benefit)
        assert rich.cash_fen == claim.full_self_pay_fen + claim.over_limit_fen
        assert rich.pay_fen("own_account") == bare.cash_fen - rich.cash_fen
        # The family's takes over where the own one ends.
        own = rich.pay_fen("own_account") // 3
        both = ms.YearToDate().with_balances(own_fen=own, family_fen=FEN_MAX // 2)
        shared = table.settle(claim, both)
        assert shared.pay_fen("own_account") == own
        assert shared.pay_fen("family_account") == rich.pay_fen("own_account") - own
        assert shared.cash_fen == rich.cash_fen
    assert benefits == {
        benefit
        for span in ms.load(name).decompiled.spans
        for benefit in span.programs
        if span.until is None or span.until > SINCE
    }


@pytest.mark.parametrize("name", WITH)
def test_accounts_come_last_and_weaken_no_provenance(name: str) -> None:
    table = ms.load(name)
    for layer in table.meta.layers:
        if layer.fund in ACCOUNTS:
            assert (layer.provenance, layer.from_) == ("verified", SINCE.isoformat())
    for span in table.decompiled.spans:
        for number in span.programs.values():
            uses = sorted(table.decompiled.programs[number].uses, key=lambda use: use.position)
            names = [table.decompiled.layers[use.layer].meta.fund for use in uses]
            late = span.from_ >= SINCE
            assert (names[-2:] == list(ACCOUNTS)) == late
            assert not set(ACCOUNTS) & set(names[:-2] if late else names)


# ----------------------------------------------------------------------------- balances


def test_balances_are_set_left_and_taken_away() -> None:
    year = ms.YearToDate(dt.date(2025, 1, 1), {"pool.pay": 5, "own_account.balance": 7})
    more = year.with_balances(family_fen=9)
    assert more.last_date == year.last_date
    assert more.counters == {"pool.pay": 5, "own_account.balance": 7, "family_account.balance": 9}
    assert more.with_balances(own_fen=0, family_fen=0).counters == {"pool.pay": 5}
    assert more.with_balances(own_fen=1).counters["own_account.balance"] == 1
    assert year.counters == {"pool.pay": 5, "own_account.balance": 7}  # a value, never changed
    assert year.with_balances() == year
    assert set(BALANCES.values()) == {f"{account}.balance" for account in ACCOUNTS}


@pytest.mark.parametrize("field", ["own_fen", "family_fen"])
@pytest.mark.parametrize(
    ("wrong", "code"),
    [(-1, "C101"), (FEN_MAX + 1, "C102"), (1.5, "C111"), ("1", "C111"), (True, "C111"),
     (Decimal(1), "C111")],
)  # fmt: skip
def test_a_balance_that_cannot_be(field: str, wrong: Any, code: str) -> None:
    with pytest.raises(ms.ClaimError, match=rf"error\[{code}\]: `{field}`"):
        ms.YearToDate().with_balances(**{field: wrong})


def test_a_table_without_such_an_account_names_the_counter() -> None:
    table = ms.load("330100/employee")
    claim = ms.Claim.from_yuan(
        date="2025-03-03", benefit="inpatient", level="tertiary", status="active", in_scope=1
    )
    with pytest.raises(ms.ClaimError, match=r"`ytd`.*found `'family_account.balance'`"):
        table.settle(claim, ms.YearToDate().with_balances(family_fen=1))
    assert table.settle(claim, ms.YearToDate().with_balances(own_fen=0, family_fen=0))
