"""Identities of lines: I0, I0b, I1b, and whether an item's class agrees with its share."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from medsettle.money import half_up, yuan
from medsettle.nhsa.finding import (
    FAILS,
    NOT_APPLICABLE,
    NOTE,
    OK,
    ZERO,
    Finding,
    Settled,
    agree,
    missing,
)
from medsettle.nhsa.messages import FeeResult
from medsettle.nhsa.sums import FOUR

#: By how much an amount may differ from price × quantity.
TOLERANCE: Final = Decimal("0.01")
#: The names of the four amounts on a line, in the order of `sums.FOUR`.
LINE_FOUR: Final = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
#: The share that goes with a class, where it is one: class C is all the person's, class A nothing.
_SHARES: Final = {"01": ZERO, "03": Decimal(1)}


def to_fen(value: Fraction) -> Decimal:
    """Return yuan rounded half-up to the fen."""
    return yuan(half_up(value * 100))


def price_times_quantity(facts: Settled) -> Iterator[Finding]:
    """I0: each amount is price × quantity, half-up, give or take a fen; M is their sum."""
    if not facts.lines:
        yield missing("I0", "lines")
        return
    text = "amount = price × quantity, half-up, within 0.01"
    failed = False
    for row, line in enumerate(facts.lines, 1):
        right = to_fen(Fraction(line.pric) * Fraction(line.cnt))
        by = line.det_item_fee_sumamt - right
        if abs(by) > TOLERANCE:
            failed = True
            terms = tuple(
                (name, getattr(line, name)) for name in ("det_item_fee_sumamt", "pric", "cnt")
            )
            yield Finding("I0", FAILS, text, by, terms, row=row)
    total = sum((line.det_item_fee_sumamt for line in facts.lines), ZERO)
    if facts.info is not None:
        sums = (("medfee_sumamt", facts.info.medfee_sumamt), ("lines", total))
        found = agree("I0", facts.info.medfee_sumamt, total, "total = sum of the lines", sums)
        failed |= found.state == FAILS
        if found.state == FAILS:
            yield found
    if not failed:
        yield Finding("I0", OK, text)


def line_four_amounts(facts: Settled) -> Iterator[Finding]:
    """I0b: each line's amount is the sum of its four amounts."""
    results = _results(facts)
    if not results:
        yield missing("I0b", "result")
        return
    text = "amount = full self-pay + over limit + first step + in scope"
    failed, absent = False, False
    for row, line in results:
        parts = [(name, getattr(line, name)) for name in LINE_FOUR]
        if any(value is None for _, value in parts):
            absent = True
            continue
        total = sum((value for _, value in parts), ZERO)
        amount = line.det_item_fee_sumamt
        found = agree("I0b", amount, total, text, (("det_item_fee_sumamt", amount), *parts), row)
        if found.state == FAILS:
            failed = True
            yield found
    if absent:
        yield missing("I0b", "an amount of a line")
    elif not failed:
        yield Finding("I0b", OK, text)


def sums_of_lines(facts: Settled) -> Iterator[Finding]:
    """I1b: each of the four amounts is the sum of the lines'."""
    results = _results(facts)
    if facts.info is None or not results or len(results) != len(facts.lines):
        yield missing("I1b", *(["setlinfo"] if facts.info is None else ["result"]))
        return
    failed, absent = False, []
    for name, line_name in zip(FOUR, LINE_FOUR, strict=True):
        stated = getattr(facts.info, name)
        values = [getattr(line, line_name) for _, line in results]
        if stated is None or None in values:
            absent.append(name if stated is None else line_name)
            continue
        total = sum(values, ZERO)
        text = f"{name} = sum of the lines' {line_name}"
        found = agree("I1b", stated, total, text, ((name, stated), ("lines", total)))
        if found.state == FAILS:
            failed = True
            yield found
    if absent:
        yield Finding("I1b", NOT_APPLICABLE, missing=tuple(absent))
    elif not failed:
        yield Finding("I1b", OK, "the four amounts are the sums of the lines'")


def class_and_share(facts: Settled) -> Iterator[Finding]:
    """`level`: an item of class A with a share, or of class C with less than all, is noted."""
    for row, line in _results(facts):
        usual = _SHARES.get((line.chrgitm_lv or "").zfill(2))
        if usual is None or line.selfpay_prop is None or line.selfpay_prop == usual:
            continue
        yield Finding(
            "level",
            NOTE,
            f"chrgitm_lv {line.chrgitm_lv} and the share disagree",
            terms=(("selfpay_prop", line.selfpay_prop),),
            row=row,
        )


def _results(facts: Settled) -> list[tuple[int, FeeResult]]:
    """Return the lines that are split, with their rows."""
    rows = enumerate(facts.lines, 1)
    return [(row, line) for row, line in rows if isinstance(line, FeeResult)]
