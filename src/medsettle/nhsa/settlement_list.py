"""I11: the settlement list adds up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from medsettle.nhsa.finding import FAILS, OK, ZERO, Finding, Settled, agree, missing

_CLASSES: Final = ("item_claa_sumfee", "item_clab_amt", "item_fulamt_ownpay_amt", "item_ownpay_amt")


def list_adds_up(facts: Settled) -> Iterator[Finding]:
    """I11: items add up to M, each to its classes; what the person pays, to account and cash."""
    if not facts.list_items and facts.list_head is None:
        yield missing("I11", "iteminfo")
        return
    found = [one for one in _looks(facts) if one.state == FAILS]
    yield from found or [Finding("I11", OK, "the settlement list adds up")]


def _looks(facts: Settled) -> Iterator[Finding]:
    for row, item in enumerate(facts.list_items, 1):
        parts = tuple((name, getattr(item, name)) for name in _CLASSES)
        total = sum((value for _, value in parts), ZERO)
        terms = (("item_sumamt", item.item_sumamt), *parts)
        yield agree("I11", item.item_sumamt, total, "an item = its classes", terms, row)
    head = facts.list_head
    if head is not None:
        left, right = head.psn_selfpay + head.psn_ownpay, head.acct_pay + head.psn_cashpay
        names = ("psn_selfpay", "psn_ownpay", "acct_pay", "psn_cashpay")
        terms = tuple((name, getattr(head, name)) for name in names)
        yield agree("I11", left, right, "self-pay + own pay = account + cash", terms)
    total = None if facts.info is None else facts.info.medfee_sumamt
    if head is not None and head.medfee_sumamt is not None:
        total = head.medfee_sumamt
    if total is not None and facts.list_items:
        items = sum((item.item_sumamt for item in facts.list_items), ZERO)
        terms = (("medfee_sumamt", total), ("items", items))
        yield agree("I11", total, items, "total = sum of the items", terms)
