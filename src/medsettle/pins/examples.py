"""Whether an example still comes out under a policy, by the oracle.

A figure is changed hundreds of times, and each time a few claims are settled: the oracle needs no
table for that.  What examples expect is compared as `cases.py` compares it for the kernel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from fractions import Fraction

from medsettle.case_files import Case, Expected
from medsettle.model import Claim, YearToDate
from medsettle.money import half_up
from medsettle.policy.document import Policy
from medsettle.policy.resolve import in_force
from medsettle.reference import Outcome, Refused, settle
from medsettle.vocabulary import FUNDS, NO_FUNDS

#: A version of a benefit or a layer: "benefit" or "layer", its name, its number among them.
Version = tuple[str, str, int]


def comes_out(policy: Policy, case: Case) -> bool:
    """Tell whether everything that a case expects is what the policy makes of its claims."""
    ytd = YearToDate(counters={one.key: one.value for one in case.ytd})
    outcomes: list[Outcome] = []
    for given in case.claims:
        try:
            outcome = settle(policy, given.claim, ytd)
        except Refused as refused:
            if refused.code != given.refused:
                return False
            continue
        counted = _counted(given.after, outcome)
        if given.refused or not (counted and _as_expected(given.expect, [outcome])):
            return False
        outcomes.append(outcome)
        ytd = outcome.ytd
    return _as_expected(case.expect, outcomes) and all(
        _counted(case.after, last) for last in outcomes[-1:]
    )


def _as_expected(expect: Iterable[Expected], outcomes: list[Outcome]) -> bool:
    for one in expect:
        amounts = [amount for it in outcomes if (amount := _amount_of(it, one.key)) is not None]
        if not amounts or half_up(sum(amounts, Fraction(0))) != one.value:
            return False
    return True


def _counted(expect: Iterable[Expected], outcome: Outcome) -> bool:
    return all(outcome.ytd.counters.get(one.key, 0) == one.value for one in expect)


def _amount_of(outcome: Outcome, key: str) -> Fraction | None:
    """Return what an outcome has under `key`; None for a layer that did not serve the claim."""
    layer, _, part = key.rpartition(".")
    if layer:
        steps = (step for step in outcome.steps if step.layer == layer)
        return next((Fraction(getattr(step, part)) for step in steps), None)
    if key == "total_funds":
        paid = (fen for fund, fen in outcome.funds.items() if fund not in NO_FUNDS)
        return Fraction(sum(paid))
    if key in FUNDS:
        return Fraction(outcome.funds.get(key, 0))
    return Fraction(outcome.cash if key == "cash" else outcome.deductible)


# --------------------------------------------------------------------------- which versions settle


def touched_by(policy: Policy, case: Case) -> Iterator[Version | None]:
    """Yield the versions by which a case is settled, serving its claims or not.

    None for a layer that a benefit lists and that has no version then: such a policy is wrong.
    """
    for given in case.claims:
        day, name = _rule_date(policy, given.claim), given.claim.benefit
        versions = policy.benefits.get(name, ())
        benefit = in_force(versions, day)
        if benefit is None:
            continue
        yield "benefit", name, versions.index(benefit)
        for listed in benefit.layers:
            layer = in_force(policy.layers[listed], day)
            yield None if layer is None else ("layer", listed, policy.layers[listed].index(layer))


def _rule_date(policy: Policy, claim: Claim) -> dt.date:
    told: dt.date | None = getattr(claim, policy.rule_by)
    return told or claim.date
