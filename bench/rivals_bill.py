"""Fee lines split by hand: the catalogue in dicts and columns, one rule, codes taken on trust.

They do less than medsettle: no dates, no levels, no restrictions, limits or returns, no refusals.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.bill_data import code, price_list
from bench.data import Columns

Sums = list[np.ndarray]


def item_dict(n_items: int) -> dict[bytes, tuple[int, int, int]]:
    """Return class, share in ppm and price ceiling by code."""
    listed = {name: column.tolist() for name, column in price_list(n_items).items()}
    columns = zip(listed["class"], listed["share_ppm"], listed["ceiling_e6"], strict=True)
    return {code(i).encode(): row for i, row in enumerate(columns)}


def split_by_hand(
    items: dict[bytes, tuple[int, int, int]], rows: list[tuple[int, bytes, int, int]], n_bills: int
) -> list[list[int]]:
    """Return the four amounts of each bill, in int fen, line by line."""
    bills = [[0, 0, 0, 0] for _ in range(n_bills)]
    for bill, item, price, quantity in rows:
        amounts = bills[bill]
        item_class, share, ceiling = items[item]
        rest = (price * quantity + 50_000_000) // 100_000_000
        if item_class == 2:
            amounts[0] += rest
            continue
        if 0 <= ceiling < price:
            over = min(rest, max(rest - (ceiling * quantity + 50_000_000) // 100_000_000, 0))
            amounts[1] += over
            rest -= over
        first = (rest * share + 500_000) // 1_000_000
        amounts[2] += first
        amounts[3] += rest - first
    return bills


def totals_by_numpy(lines: Columns, n_bills: int) -> np.ndarray:
    """Return price times quantity, rounded and summed by bill: reads no catalogue at all."""
    amount = (lines["price_e6"] * lines["quantity_e4"] + 50_000_000) // 100_000_000
    starts: Any = np.searchsorted(lines["bill"], np.arange(n_bills))
    ends = np.append(starts[1:], len(amount))
    sums = np.concatenate(([0], np.cumsum(amount)))
    return sums[ends] - sums[starts]


def rows_of(lines: Columns) -> list[tuple[int, bytes, int, int]]:
    """Return the lines as a Python loop reads them."""
    columns = [lines[name].tolist() for name in ("bill", "code", "price_e6", "quantity_e4")]
    return list(zip(*columns, strict=True))
