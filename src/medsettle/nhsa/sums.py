"""Identities of `setlinfo`: I1 to I6, I9, I12 and I13.  `docs/nhsa.md` has them all.

Missing fields: H, the hospital's part, is 0; of the four amounts one may be missing if the rest
add up; without P the person's part is A + K.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from medsettle.nhsa.finding import (
    FAILS,
    NOT_APPLICABLE,
    NOTE,
    OK,
    ZERO,
    Finding,
    Settled,
    Values,
    missing,
)

FOUR: Final = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
#: `hifdm_pay` is an item inside `oth_pay`.
FUNDS: Final = (
    "hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay",
)  # fmt: skip
_FOUR_TEXT: Final = "total = full self-pay + over limit + first step + in scope"


def four_amounts(facts: Settled) -> Iterator[Finding]:
    """I1: M = Z + C + X + N."""
    values = Values(facts.info)
    total = values.need("medfee_sumamt")
    if values.missing:
        yield missing("I1", *values.missing)
        return
    parts = sum((values.take(name) for name in FOUR), ZERO)
    absent = tuple(name for name in FOUR if not values.has(name))
    rest = total - parts
    could_be = rest * (-1 if total < 0 else 1) > 0  # what is missing may be just that
    if absent and (could_be or len(absent) == len(FOUR)):
        yield Finding("I1", NOT_APPLICABLE, _FOUR_TEXT, rest, missing=absent)
    else:
        yield values.equal("I1", total, parts, _FOUR_TEXT)


def who_pays(facts: Settled) -> Iterator[Finding]:
    """I2: M = F + P + H; where the fund total has the account in it, M = F + (P - A) + H."""
    values = Values(facts.info)
    total, funds = values.need("medfee_sumamt"), values.need("fund_pay_sumamt")
    with_account = includes_account(facts)
    if values.has("psn_part_amt"):
        person, text = values.need("psn_part_amt"), "person"
        if with_account:
            person, text = person - values.need("acct_pay"), "person - account"
    elif with_account:
        person, text = values.need("psn_cash_pay"), "cash"
    else:
        person, text = values.need("acct_pay") + values.need("psn_cash_pay"), "account + cash"
    hospital = values.take("hosp_part_amt")
    yield values.equal("I2", total, funds + person + hospital, f"total = funds + {text} + hospital")


def person_pays(facts: Settled) -> Iterator[Finding]:
    """I3: P = A + K, and A + K is what the funds and the hospital leave of M."""
    values = Values(facts.info)
    person = values.need("psn_part_amt")
    account, cash = values.need("acct_pay"), values.need("psn_cash_pay")
    found = values.equal("I3", person, account + cash, "person = account + cash")
    if found.state == OK:
        total, funds = values.need("medfee_sumamt"), values.need("fund_pay_sumamt")
        if includes_account(facts):
            funds -= account
        left = total - funds - values.take("hosp_part_amt")
        text = "total - funds - hospital = account + cash"
        whole = values.equal("I3", left, account + cash, text)
        found = whole if whole.state == FAILS else found
    yield found


def funds_add_up(facts: Settled) -> Iterator[Finding]:
    """I4, with I4b and I4c: F is the sum of the funds, and A where the region counts it in."""
    values = Values(facts.info)
    total = values.need("fund_pay_sumamt")
    funds = sum((values.take(name) for name in FUNDS), ZERO)
    stated = [name for name in FUNDS if values.has(name)]
    if values.missing or not stated:
        yield missing("I4", *(values.missing or FUNDS))
        return
    absent = tuple(name for name in FUNDS if not values.has(name))
    text = "fund total = funds"
    if includes_account(facts):
        funds, text = funds + values.need("acct_pay"), "fund total = funds + account"
    if absent and funds != total:
        rest = total - funds
        could_be = rest * (-1 if facts.is_reversal else 1) > 0
        if could_be:
            yield Finding("I4", NOT_APPLICABLE, text, rest, missing=absent)
            return
    yield values.equal("I4", total, funds, text)
    if values.has("oth_pay") and values.has("hifdm_pay"):
        yield _inside("I4b", facts, "hifdm_pay", "oth_pay", "disabled servicemen's is in other")


def account_in_total(facts: Settled) -> Iterator[Finding]:
    """I4c: whether F has A in it, as the profile says; what the amounts say where it does not."""
    values = Values(facts.info)
    account, total = values.need("acct_pay"), values.need("fund_pay_sumamt")
    funds = sum((values.take(name) for name in FUNDS), ZERO)
    if values.missing or not any(values.has(name) for name in FUNDS):
        yield missing("I4c", *(values.missing or FUNDS))
        return
    if not account or total not in (funds, funds + account):
        yield Finding("I4c", NOT_APPLICABLE, "the amounts do not tell")
        return
    with_account = total == funds + account
    text = f"the fund total has the account {'in it' if with_account else 'not in it'}"
    told = facts.profile.fund_total
    wrong = told.known and told.includes_account != with_account
    by = account if with_account else -account
    state = FAILS if wrong else OK
    yield Finding("I4c", state, text, by if wrong else ZERO, tuple(values.terms))


def includes_account(facts: Settled) -> bool:
    """Tell whether F has A in it: by the profile, or where it does not know, by the amounts."""
    told = facts.profile.fund_total
    if told.known or facts.info is None:
        return told.includes_account
    values = Values(facts.info)
    account, total = values.take("acct_pay"), values.take("fund_pay_sumamt")
    funds = sum((values.take(name) for name in FUNDS), ZERO)
    stated = any(values.has(name) for name in FUNDS)
    return bool(stated and account and total != funds and total == funds + account)


def funds_alone(facts: Settled, values: Values) -> Decimal:
    """Return what the funds pay without the account."""
    total = values.need("fund_pay_sumamt")
    return total - values.need("acct_pay") if includes_account(facts) else total


def deductible_and_copay(facts: Settled) -> Iterator[Finding]:
    """I5: N = Q + funds + copay, with Q within N; a copay below 0 is paid beyond the scope."""
    values = Values(facts.info)
    scope, deductible = values.need("inscp_scp_amt"), values.need("act_pay_dedc")
    funds = funds_alone(facts, values)
    text = "in scope = deductible + funds + copay"
    if values.missing:
        yield missing("I5", *values.missing)
        return
    sign = -1 if facts.is_reversal else 1
    over = (deductible - scope) * sign
    copay = (scope - deductible - funds) * sign
    terms = (*values.terms, ("copay", copay * sign))
    if over > 0 or deductible * sign < 0:
        by = over if over > 0 else deductible * sign
        yield Finding("I5", FAILS, "the deductible is within the in scope", by * sign, terms)
    elif copay < 0:
        yield Finding("I5", NOTE, "funds pay beyond the in scope", -copay * sign, terms)
    else:
        yield Finding("I5", OK, text, terms=terms)


def person_bears(facts: Settled) -> Iterator[Finding]:
    """I6: P = Z + C + X + Q + copay - H."""
    values = Values(facts.info)
    person = values.need("psn_part_amt")
    full, over, first, scope = (values.need(name) for name in FOUR)
    deductible = values.need("act_pay_dedc")
    copay = scope - deductible - funds_alone(facts, values)
    borne = full + over + first + deductible + copay - values.take("hosp_part_amt")
    text = "person = full self-pay + over limit + first step + deductible + copay - hospital"
    yield values.equal("I6", person, borne, text)


def family_account(facts: Settled) -> Iterator[Finding]:
    """I9: the family's account is a part of A."""
    yield _inside("I9", facts, "acct_mulaid_pay", "acct_pay", "the family's account is in account")


def recognised(facts: Settled) -> Iterator[Finding]:
    """I12: what the insurance recognises is M less a discount; under a quota, person + funds."""
    values = Values(facts.info)
    agreed, total = values.need("hi_agre_sumfee"), values.need("medfee_sumamt")
    discount = values.take("medins_disc_amt")
    if not values.missing and agreed != total - discount:
        quota = Values(facts.info)
        paid = quota.need("psn_part_amt") + funds_alone(facts, quota)
        if not quota.missing and agreed == paid:
            yield Finding("I12", OK, "recognised = person + funds", terms=tuple(quota.terms))
            return
    yield values.equal("I12", agreed, total - discount, "recognised = total - discount")


def deductibles(facts: Settled) -> Iterator[Finding]:
    """I13: what is consumed of the deductible is within what is due this time."""
    values = Values(facts.info)
    consumed, due = values.need("act_pay_dedc"), values.need("crt_dedc")
    if values.missing:
        yield missing("I13", *values.missing)
        return
    over = abs(consumed) - abs(due)
    text = "the deductible consumed is within the one due"
    yield Finding("I13", FAILS if over > 0 else OK, text, max(over, ZERO), tuple(values.terms))
    standard = values.take("dedc_std")
    if values.has("dedc_std") and abs(due) > abs(standard):
        text = "the deductible due is above the standard"
        yield Finding("I13", NOTE, text, abs(due) - abs(standard), tuple(values.terms))


def _inside(identity: str, facts: Settled, part: str, whole: str, text: str) -> Finding:
    """Return whether an amount is within another, in either sign."""
    values = Values(facts.info)
    inner, outer = values.need(part), values.need(whole)
    if values.missing:
        return missing(identity, *values.missing)
    sign = -1 if facts.is_reversal else 1
    over = max((inner - outer) * sign, -inner * sign)
    state = FAILS if over > 0 else OK
    return Finding(identity, state, text, max(over, ZERO), tuple(values.terms))
