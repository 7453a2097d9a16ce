"""I10: a cancelled settlement is the exact negation of the one it cancels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from medsettle.nhsa.finding import (
    FAILS,
    NOT_APPLICABLE,
    NOTE,
    OK,
    ZERO,
    Finding,
    Settled,
    agree,
    amount_fields,
)
from medsettle.nhsa.messages import SetlDetail
from medsettle.nhsa.profiles import Profile


def negation(facts: Settled) -> Iterator[Finding]:
    """I10: every amount is negated, and the balance goes back.

    Without the original, only that no amount has another sign than the total.
    """
    if facts.info is None or not facts.is_reversal:
        yield Finding("I10", NOT_APPLICABLE, "no reversal")
    elif facts.original is None:
        yield from _signs(facts)
    else:
        found = [*_against(facts), *_details_against(facts)]
        yield from found
        if not any(one.state == FAILS for one in found):
            yield Finding("I10", OK, "every amount is the negation of the original's")


def _signs(facts: Settled) -> Iterator[Finding]:
    positive = tuple(
        (name, value)
        for name in amount_fields()
        if (value := getattr(facts.info, name) or ZERO) > 0
    )
    if positive:
        text = "amounts of a reversal are negative"
        yield Finding("I10", FAILS, text, max(value for _, value in positive), positive)
    else:
        yield Finding("I10", NOT_APPLICABLE, "the signs are right; the original is not there")


def _against(facts: Settled) -> Iterator[Finding]:
    for name in amount_fields():
        ours, theirs = getattr(facts.info, name), getattr(facts.original, name)
        if ours is None or theirs is None:
            continue
        terms = ((name, ours), (f"original {name}", theirs))
        found = agree("I10", ours, -theirs, f"{name} = - original", terms)
        if found.state == FAILS:
            yield found
    yield from _balance(facts)


def _balance(facts: Settled) -> Iterator[Finding]:
    """Note a balance that is not the earlier one: other visits may have come between."""
    ours, theirs = facts.info, facts.original
    if ours is None or theirs is None or ours.balc is None or theirs.balc is None:
        return
    own = (theirs.acct_pay or ZERO) - (theirs.acct_mulaid_pay or ZERO)
    if ours.balc != theirs.balc + own:
        terms = (("balc", ours.balc), ("original balc", theirs.balc), ("given back", own))
        text = "the balance is not the one before the original"
        yield Finding("I10", NOTE, text, ours.balc - theirs.balc - own, terms)


def _details_against(facts: Settled) -> Iterator[Finding]:
    """Compare the breakdowns, payer by payer: a reversal may use a neighbouring code."""
    if not facts.details or not facts.original_details:
        return
    ours = _by_payer(facts.details, facts.profile)
    theirs = _by_payer(facts.original_details, facts.profile)
    for payer in sorted({*ours, *theirs}):
        terms = ((payer, ours[payer]), (f"original {payer}", theirs[payer]))
        found = agree("I10", ours[payer], -theirs[payer], f"setldetail {payer} = - original", terms)
        if found.state == FAILS:
            yield found


def _by_payer(details: Iterable[SetlDetail], used: Profile) -> defaultdict[str, Decimal]:
    """Return the payments by the field of `setlinfo` they count in, or by the code itself."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for detail in details:
        payer = used.payer(detail.fund_pay_type)
        found[payer.column if payer else detail.fund_pay_type] += detail.fund_payamt
    return found
