"""The slip as text: what every layer did and why, in Chinese or English.

Nothing is computed anew: `runs.py` says what the layers did.  The slip never shows who the claim
belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from medsettle.slip.beginning import bill_lines, fee_lines, head_lines
from medsettle.slip.ending import (
    counter_lines,
    next_lines,
    own_lines,
    payer_lines,
    proof_lines,
)
from medsettle.slip.given import Bill, Cashier, check_cashier, lines_of
from medsettle.slip.layers import layer_lines, layer_title
from medsettle.slip.teller import Teller
from medsettle.text import Line, aligned

if TYPE_CHECKING:
    from medsettle.bill.line import LineResult
    from medsettle.settlement import Settlement

    #: The lines of the bill, where the caller gave one.
    Items = tuple[LineResult, ...] | None


def explain(
    settlement: Settlement,
    lang: str = "zh",
    bill: Bill | None = None,
    cashier: Cashier | None = None,
) -> str:
    """Return the slip of a settlement as text.

    `lang` is "zh" or "en"; `bill` has the lines that the claim was split from, `cashier` what is
    taken at the till.  Raises ValueError for another language, and for a bill or a cashier that
    does not belong to the settlement.
    """
    slip = Teller(settlement, lang, bill)
    lines = lines_of(settlement, bill)
    check_cashier(settlement, cashier)
    return aligned(_lines(slip, lines, cashier))


def _lines(slip: Teller, items: Items, cashier: Cashier | None) -> Iterator[Line]:
    """Yield the whole slip, an empty line between its sections."""
    yield from head_lines(slip)
    for section in _sections(slip, items, cashier):
        lines = list(section)
        if lines:
            yield Line("")
            yield from lines


def _sections(slip: Teller, items: Items, cashier: Cashier | None) -> Iterator[Iterator[Line]]:
    yield bill_lines(slip)
    if items is not None:
        yield fee_lines(slip, items)
    for run in slip.told:
        yield iter((Line(layer_title(slip, run)), *layer_lines(slip, run)))
    yield payer_lines(slip, cashier)
    yield own_lines(slip)
    yield counter_lines(slip)
    yield next_lines(slip)
    yield proof_lines(slip)
