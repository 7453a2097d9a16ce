"""One claim from beginning to end, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from medsettle.model import Claim, Step, YearToDate
from medsettle.money import FEN_MAX, half_up
from medsettle.policy.document import Policy
from medsettle.reference.bill import open_bill, run_layer
from medsettle.reference.rule import (
    Case,
    Refused,
    benefit_of,
    check_values,
    choose_rule,
    holds,
    listed,
)
from medsettle.reference.year import axes_kept, begun, carried_over, move_visits
from medsettle.vocabulary import FOUR_AMOUNTS


class Outcome(msgspec.Struct, frozen=True):
    """A settled claim: who pays how much, what each layer did, and the year so far after it."""

    funds: dict[str, int]
    deductible: int
    cash: int
    steps: tuple[Step, ...]
    ytd: YearToDate


def settle(policy: Policy, claim: Claim, ytd: YearToDate | None = None) -> Outcome:
    """Return what `policy` makes of `claim` after the year so far; raise `Refused`.

    A counter in `ytd` that the policy does not know raises KeyError.
    """
    so_far, case = ytd or YearToDate(), Case(policy, claim)
    check_values(case)
    check_amounts(claim)
    if so_far.last_date is not None and claim.date < so_far.last_date:
        raise Refused("out_of_order")
    benefit = benefit_of(case)
    if not holds(benefit.serves, case):
        raise Refused("no_figure")
    layers = listed(case, benefit)
    serving = [layer for layer in layers if holds(layer.serves, case)]
    rules = [choose_rule(layer, case, axes_kept(policy)) for layer in serving]
    before = begun(case, layers, carried_over(policy, so_far, claim.date))
    after = dict(before)
    bill = open_bill(case, benefit.all_funds_at_most)
    steps = tuple(run_layer(rule, bill, before, after) for rule in rules)
    move_visits(case, layers, before, after)
    if any(value > FEN_MAX for value in after.values()):
        raise Refused("counter_limit")
    return Outcome(
        funds={a.fund: sum(b.pay for b in steps if b.fund == a.fund) for a in steps},
        deductible=half_up(next(iter(bill.borne.values()))) if bill.borne else 0,
        cash=bill.total - sum(bill.paid.values()),
        steps=steps,
        ytd=YearToDate(claim.date, {name: value for name, value in after.items() if value}),
    )


def settle_all(
    policy: Policy, claims: Iterable[Claim], ytd: YearToDate | None = None
) -> list[Outcome | Refused]:
    """Settle one person's claims in order; a refused claim changes nothing and the next goes on."""
    outcomes: list[Outcome | Refused] = []
    for claim in claims:
        try:
            outcome = settle(policy, claim, ytd)
        except Refused as refused:
            outcomes.append(refused)
        else:
            outcomes.append(outcome)
            ytd = outcome.ytd
    return outcomes


def check_amounts(claim: Claim) -> None:
    """Refuse a negative amount, a total beyond ten billion yuan, and items that do not fit in."""
    amounts = [getattr(claim, f"{name}_fen") for name in FOUR_AMOUNTS]
    if min(amounts) < 0:
        raise Refused("amount_negative")
    if sum(amounts) > FEN_MAX:
        raise Refused("amount_too_large")
    if min(claim.items.values(), default=0) < 0 or sum(claim.items.values()) > claim.in_scope_fen:
        raise Refused("items_disagree")
