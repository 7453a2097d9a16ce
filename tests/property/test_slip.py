"""The slip against the kernel: on random policies and years, what it says of the rest is so."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.case_files import CaseFile, read_cases
from medsettle.load import shipped
from medsettle.money import PPM
from medsettle.slip.burden import own_part_fen, own_parts
from medsettle.slip.outlook import Outlook
from medsettle.slip.runs import LayerRun, chain_of, layer_runs, next_rules
from tests import strategies
from tests.property.test_kernel_against_oracle import known_to, table_of
from tests.slip.html_page import Page, amounts_in

many = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def next_of(settlement: ms.Settlement, **amounts: int) -> ms.Settlement | None:
    """Settle a new visit of the same kind on the same day; None where it is of another kind."""
    zeros = dict.fromkeys(("in_scope_fen", "full_self_pay_fen", "over_limit_fen"), 0)
    claim = msgspec.structs.replace(
        settlement.claim, continues=False, items={}, **{**zeros, "first_step_fen": 0, **amounts}
    )
    table = settlement.table.decompiled
    program = table.programs[settlement.program]
    if table.chain_for(program, claim) != chain_of(settlement, table):
        return None  # the policy tells bills of this size apart
    try:
        return settlement.table.settle(claim, settlement)
    except ms.ClaimError as error:
        if error.reason is not ms.Reason.COUNTER_LIMIT:
            raise
        return None


def check_deductible(run: LayerRun, paid: dict[str, int]) -> None:
    """Assert that the kernel took what is due by the rule, or all that it had to take it from."""
    step = run.step
    rest = max(step.base, Fraction(0)) - step.first_share
    kept = min(rest + sum(paid.get(name, 0) for name in run.use.tops_up), run.due)
    assert step.deductible == min(kept, max(rest - step.pay - step.over_ceiling, 0))


def check_ceilings(run: LayerRun, following: ms.Settlement, outlook: Outlook) -> bool:
    """Assert that no payment is above what is left, and that one which is cut reaches it."""
    layer, rooms = run.layer, []
    mine = [one for one in outlook.ceilings if one.layer == layer.meta.name]
    limited = [
        (number, ceiling)
        for number, ceiling in enumerate(layer.ceilings)
        if ceiling.on != "balance" and not run.only_counts(number)
    ]
    for (number, ceiling), one in zip(limited, mine, strict=True):
        assert (one.on, one.name) == (ceiling.on, ceiling.counter or "")
        room = max(0, run.limit(number, following.claim.days) - run.used(ceiling))
        assert room <= one.left_fen  # less where an earlier layer of the claim used some of it
        rooms += [room] if one.on == "pay" else []
    for balance in outlook.balances:
        if balance.layer == layer.meta.name:
            assert run.before[balance.name] <= balance.left_fen
            rooms.append(run.before[balance.name])
    if not rooms:
        return False
    assert run.step.pay <= min(rooms)
    if run.step.cut and outlook.funds_at_most_ppm == PPM:
        assert run.step.pay == min(rooms)
    return run.step.cut


def is_unclear(run: LayerRun) -> bool:
    """Tell whether a step does not say what of its deductible was counted.

    The kernel's steps tell what is left of a deductible.  That is less than what was taken where
    the layer tops up others, or where a fraction was rounded up; from the rest of the step it
    follows only if nothing was cut.
    """
    layer = run.layer
    is_counted = bool(layer.used or layer.cap or layer.waived_after)
    may_cut = run.step.cut or any(ceiling.on == "cost" for ceiling in layer.ceilings)
    is_less = bool(run.use.tops_up) or run.step.base.denominator != 1
    return bool(run.row.deductibles) and is_counted and may_cut and is_less


def check_next(settlement: ms.Settlement, following: ms.Settlement) -> int:
    """Assert that a next settlement met what the one before said; return how many were cut."""
    outlook, paid, cuts = settlement.outlook, dict[str, int](), 0
    runs, rules = layer_runs(following), next_rules(settlement)
    assert [(rule.layer, rule.row) for rule in rules] == [(run.layer, run.row) for run in runs]
    assert [rule.ordinal for rule in rules] == [run.ordinal for run in runs]
    if any(map(is_unclear, runs)):
        return 0
    assert not runs or runs[0].before == rules[0].before
    for run in runs:
        check_deductible(run, paid)
        cuts += check_ceilings(run, following, outlook)
        paid[run.layer.meta.name] = run.step.pay
    return cuts


@many
@given(st.data())
def test_the_next_bill_meets_what_was_said(data: st.DataObject) -> None:
    policy = data.draw(strategies.policies())
    table = table_of(policy)
    year: ms.YearToDate | ms.Settlement | None = known_to(
        table, data.draw(st.none() | strategies.years_so_far(policy))
    )
    around = strategies.edges(policy)
    for claim in data.draw(strategies.person_years(policy))[:5]:
        try:
            settlement = table.settle(claim, year)
        except ms.ClaimError:
            continue
        following = next_of(settlement, in_scope_fen=data.draw(strategies.amounts(around)))
        if following is not None:
            check_next(settlement, following)
        year = settlement


@many
@given(st.data())
def test_the_persons_part_is_made_of_its_parts(data: st.DataObject) -> None:
    policy = data.draw(strategies.policies())
    table = table_of(policy)
    year: ms.YearToDate | ms.Settlement | None = None
    for claim in data.draw(strategies.person_years(policy)):
        try:
            year = settlement = table.settle(claim, year)
        except ms.ClaimError:
            continue
        runs = layer_runs(settlement)
        parts = own_parts(settlement, runs)
        assert sum((part.fen for part in parts), Fraction(0)) == own_part_fen(settlement, runs)
        assert own_part_fen(settlement, runs) >= settlement.cash_fen


# ---------------------------------------------------------------------------- shipped policies


def settled_cases(name: str) -> list[ms.Settlement]:
    """Return every settlement of the worked examples beside a shipped policy."""
    path = shipped()[name]
    file, _ = read_cases(path.with_name(f"{path.stem}.cases.toml"))
    assert isinstance(file, CaseFile)
    table = ms.load(name)
    found = []
    for case in file.cases:
        carried: ms.YearToDate | ms.Settlement = ms.YearToDate(
            counters={one.key: one.value for one in case.ytd}
        )
        for given_claim in case.claims:
            if not given_claim.refused:
                carried = table.settle(given_claim.claim, carried)
                found.append(carried)
    return found


EXAMPLES = {name: settled_cases(name) for name in sorted(shipped())}


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_shipped_policies(name: str, data: st.DataObject) -> None:
    settlement = data.draw(st.sampled_from(EXAMPLES[name]))
    in_scope = data.draw(st.sampled_from((0, 1, 10**12)) | st.integers(0, 10**8))
    following = next_of(settlement, in_scope_fen=in_scope)
    if following is not None:
        check_next(settlement, following)
        again = next_of(following, in_scope_fen=in_scope)
        if again is not None:
            check_next(following, again)


@settings(many, max_examples=25)
@given(st.data())
def test_text_and_page_say_the_same_of_any_policy(data: st.DataObject) -> None:
    policy = data.draw(strategies.policies())
    table = table_of(policy)
    year: ms.YearToDate | ms.Settlement | None = None
    for claim in data.draw(strategies.person_years(policy))[:3]:
        try:
            year = settlement = table.settle(claim, year)
        except ms.ClaimError:
            continue
        for lang in ("zh", "en"):
            told = amounts_in(settlement.explain(lang)) - {"0.00"}
            assert Page(settlement.page(lang)).amounts - {"0.00"} == told
