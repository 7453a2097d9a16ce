"""A catalogue, bills and their fee lines, made from a seed; all made up.

Randomness as in `data.py`.  The catalogue has what the usual line meets: class, first-step share,
price ceiling by level, item groups; every line is in force and none is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from functools import cache
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator

from bench.data import Columns
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue, Item, ItemVersion, Rules, Share
from medsettle.bill.words import STEPS
from medsettle.vocabulary import axis_code

SEED: Final = 1312
ITEMS: Final = 250_000
LINES_OF_A_BILL: Final = 30
ONE_DAY: Final = dt.date(2025, 6, 30)
FROM, UNTIL = dt.date(2020, 1, 1), dt.date(2200, 1, 1)

CLASSES: Final = ("class_a", "class_b", "class_c")
#: First-step shares of class B, in ppm.
SHARES: Final = (50_000, 100_000, 200_000)
GROUPS: Final = ("", "", "", "large_equipment", "special_material")
PRICE_MEDIAN_YUAN, PRICE_SIGMA = 20, 1.3


def code(number: int) -> str:
    """Return the code of item `number`, as long as a national drug code."""
    a, rest = divmod(number, 10_000)
    b, c = divmod(rest, 10)
    return f"XA02BCA{a:03}A{b:03}01{c:02}00001"


@cache
def price_list(n: int = ITEMS) -> dict[str, np.ndarray]:
    """Return what the catalogue says, in columns by item; a ceiling of -1 is none."""
    rng = Generator(PCG64(SEED))
    prices = np.exp(math.log(PRICE_MEDIAN_YUAN) + PRICE_SIGMA * rng.standard_normal(n))
    price = np.maximum(np.rint(prices * 100), 1).astype(np.int64) * 10_000
    kind = rng.integers(0, 10, n)
    item_class = np.where(kind < 4, 0, np.where(kind < 8, 1, 2))
    share = np.where(item_class == 1, np.array(SHARES)[rng.integers(0, len(SHARES), n)], 0)
    return {
        "price_e6": price,
        "class": item_class,
        "share_ppm": np.where(item_class == 2, 1_000_000, share),
        # three items in ten have one, often above what is charged
        "ceiling_e6": np.where(rng.integers(0, 10, n) < 3, price // 10_000 * 9_500, -1),
        "group": rng.integers(0, len(GROUPS), n),
    }


def nouns(n: int = ITEMS) -> Catalogue:
    """Return the catalogue as nouns."""
    listed = {name: column.tolist() for name, column in price_list(n).items()}
    items = tuple(
        Item(
            code=code(i),
            name=f"item {i}",
            versions=(
                ItemVersion(
                    from_=FROM,
                    until=UNTIL,
                    class_=CLASSES[listed["class"][i]],
                    shares=(Share({(None, None): listed["share_ppm"][i]}),),
                    ceiling_e6=(
                        {} if listed["ceiling_e6"][i] < 0 else {"tertiary": listed["ceiling_e6"][i]}
                    ),
                    group=GROUPS[listed["group"][i]],
                ),
            ),
        )
        for i in range(n)
    )
    rules = Rules(
        from_=FROM, until=UNTIL, order=tuple(STEPS), over_quantity="over_limit",
        discharge_days=None, cite="made_up#1", provenance="unverified",
    )  # fmt: skip
    return Catalogue(region="990000", title="made up", rules=(rules,), groups=(), items=items)


@cache
def image(n: int = ITEMS) -> bytes:
    """Return the compiled catalogue."""
    return build_image(nouns(n))


def bill_lines(n_lines: int, n_items: int = ITEMS) -> tuple[Columns, Columns]:
    """Return the columns of bills and of their lines.

    A few items come often, most seldom: nearly half of the lines are of one item in a hundred.
    """
    rng = Generator(PCG64(SEED + 1))
    n_bills = max(n_lines // LINES_OF_A_BILL, 1)
    bill = np.sort(rng.integers(0, n_bills, n_lines))
    # where an item stands in the catalogue says nothing about how often it comes
    rank = np.argsort(rng.random(n_items), kind="stable")
    number = rank[(n_items * rng.random(n_lines) ** 6).astype(np.int64)]
    listed = price_list(n_items)
    codes = np.array([code(i) for i in range(n_items)], np.bytes_)
    claims: Columns = {
        "person": np.arange(n_bills),
        "date": np.array(ONE_DAY, "datetime64[D]"),
        "benefit": np.array("inpatient"),
        "level": np.array(axis_code("level", "tertiary"), np.uint8),
        "status": np.array(axis_code("status", "active"), np.uint8),
        "assistance": np.array(axis_code("assistance", "unassisted"), np.uint8),
    }
    lines: Columns = {
        "bill": bill,
        "code": codes[number],
        "price_e6": listed["price_e6"][number],
        "quantity_e4": rng.integers(1, 8, n_lines) * 10_000,
    }
    return claims, lines


def bill_message(n_lines: int = LINES_OF_A_BILL, n_items: int = ITEMS) -> bytes:
    """Return one bill as the JSON that `settle_json` takes."""
    _, lines = bill_lines(n_lines, n_items)
    told = [
        {
            "id": str(at + 1),
            "code": lines["code"][at].decode(),
            "price": int(lines["price_e6"][at]) / 1_000_000,
            "quantity": int(lines["quantity_e4"][at]) // 10_000,
            "date": ONE_DAY.isoformat(),
            "approval": "not_needed",
        }
        for at in range(n_lines)
    ]
    claim = {
        "benefit": "inpatient", "date": ONE_DAY.isoformat(), "level": "tertiary",
        "status": "active", "id": "A-1", "lines": told,
    }  # fmt: skip
    return json.dumps({"claim": claim}).encode()
