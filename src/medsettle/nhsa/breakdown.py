"""Identities of the breakdown `setldetail`: I7, I8 and I14."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
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
    agree,
    missing,
)
from medsettle.nhsa.line_sums import to_fen
from medsettle.nhsa.settling import ProcItem, SetlDetail

#: A ratio of four decimals is off by at most so much.
_HALF_RATIO: Final = Decimal("0.00005")
_HALF_FEN: Final = Decimal("0.005")


def bands(facts: Settled) -> Iterator[Finding]:
    """I7: what a band pays is base × ratio, half-up; the ratio is the fund's share.

    Of the whole pooled fund, a payment above ratio × in scope is noted; below, a deductible or
    ceiling may bind.
    """
    rows = enumerate(facts.details, 1)
    looked = [found for row, detail in rows for found in _bands_of(detail, row)]
    pooled = _pooled_ratio(facts)
    if pooled is not None:
        looked.append(pooled)
    told = [found for found in looked if found.state != OK]
    yield from told
    if not looked:
        yield Finding("I7", NOT_APPLICABLE, "neither bands nor a ratio are stated")
    elif not told:
        yield Finding("I7", OK, "payment = base × ratio, half-up")


def _bands_of(detail: SetlDetail, row: int) -> Iterator[Finding]:
    paid = ZERO
    for item in detail.setl_proc_info:
        found = _band(item, row)
        if found is not None:
            yield found
        paid += item.hifpPay or ZERO
    if detail.setl_proc_info and paid != detail.fund_payamt:
        terms = (("hifpPay", paid), ("fund_payamt", detail.fund_payamt))
        over = abs(detail.fund_payamt) > abs(paid)
        text = "the bands add up to the fund's payment"
        yield Finding(
            "I7", FAILS if over else NOTE, text, paid - detail.fund_payamt, terms, (), row
        )


def _band(item: ProcItem, row: int) -> Finding | None:
    """Return what one band says; None where it does not tell base, ratio and payment."""
    base, ratio, pay = item.hifpPayInscp, item.poolPropSelfpay, item.hifpPay
    if base is None or ratio is None or pay is None:
        return None
    terms = (("hifpPayInscp", base), ("poolPropSelfpay", ratio), ("hifpPay", pay))
    right = to_fen(Fraction(base) * Fraction(ratio))
    return agree("I7", pay, right, f"{item.polItemCode}: payment = base × ratio", terms, row)


def _pooled_ratio(facts: Settled) -> Finding | None:
    """Return whether the pooled fund pays more than its ratio of the in scope; None: unknown."""
    values = Values(facts.info)
    ratio, pay = values.need("pool_prop_selfpay"), values.need("hifp_pay")
    scope = values.need("inscp_scp_amt")
    if values.missing or not ratio:
        return None
    most = abs(scope) * (ratio + _HALF_RATIO) + _HALF_FEN
    over = abs(pay) - most
    if over > 0:  # policies may let the pooled fund pay for what is out of scope
        text, by = "the pooled fund pays beyond ratio × in scope", to_fen(Fraction(over))
        return Finding("I7", NOTE, text, by, tuple(values.terms))
    return Finding("I7", OK, "the pooled fund pays at most ratio × in scope")


def all_payers(facts: Settled) -> Iterator[Finding]:
    """I8: `setldetail` adds up to M - K: it has the account and the hospital too.

    Where a region's breakdown leaves these out, their amounts are taken off; where nobody knows
    what it lists, a sum that fits neither is not judged.
    """
    if not facts.details:
        yield missing("I8", "setldetail")
        return
    values = Values(facts.info)
    total, cash = values.need("medfee_sumamt"), values.need("psn_cash_pay")
    listed = sum((detail.fund_payamt for detail in facts.details), ZERO)
    values.terms.append(("setldetail", listed))
    told = facts.profile.breakdown
    right, text = total - cash, "sum of setldetail = total - cash"
    if not told.lists_account:
        right, text = right - values.take("acct_pay"), f"{text} - account"
    if not told.lists_hospital:
        right, text = right - values.take("hosp_part_amt"), f"{text} - hospital"
    if not told.known and not values.missing and listed != right:
        text = "what the region's breakdown lists is not known"
        yield Finding("I8", NOT_APPLICABLE, text, listed - right, tuple(values.terms))
        return
    yield values.equal("I8", listed, right, text)


def room(facts: Settled) -> Iterator[Finding]:
    """I14: a fund pays at most `crt_payb_lmt_amt`, where that says something."""
    looked, failed = False, False
    for row, detail in enumerate(facts.details, 1):
        limit = detail.crt_payb_lmt_amt
        if not limit:  # real messages have 0 where nothing is known
            continue
        looked = True
        over = abs(detail.fund_payamt) - abs(limit)
        if over > 0:
            failed = True
            terms = (("fund_payamt", detail.fund_payamt), ("crt_payb_lmt_amt", limit))
            yield Finding("I14", FAILS, "a fund pays at most its room", over, terms, (), row)
    if not looked:
        yield Finding("I14", NOT_APPLICABLE, "no `crt_payb_lmt_amt` is stated, or it is 0")
    elif not failed:
        yield Finding("I14", OK, "a fund pays at most its room")
