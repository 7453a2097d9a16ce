"""Bills for slips: a small catalogue, lines split by it, and the settlements of their claims."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any

import msgspec

import medsettle as ms
from medsettle.bill.bill import Bill
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue, Item, ItemVersion, Limit, Rules, Share
from medsettle.bill.line import FeeLine
from medsettle.bill.words import STEPS

DAY = dt.date(2025, 6, 1)
FROM, UNTIL = dt.date(2024, 1, 1), dt.date(2200, 1, 1)
DRUG, BED, SCAN, OUT, STENT = (
    "XA02BCA001A001010100001",
    "110900001000000",
    "210300001000000",
    "XN02BEA001A001010100001",
    "C0201010100000000001",
)
#: Two lines of each class, a return, an item of the catalogue's own group, a line over its limit.
LINES = (
    FeeLine.from_yuan(DRUG, price="4.52", quantity="1000", id="1"),
    FeeLine.from_yuan(BED, price="40", quantity="5", id="2"),
    FeeLine.from_yuan(SCAN, price="310.5", quantity="2", id="3"),
    FeeLine.from_yuan(OUT, price="12.345678", quantity="3.5", id="4"),
    FeeLine.from_yuan(STENT, price="9800", quantity="2", id="5"),
    FeeLine.from_yuan(SCAN, price="310.5", quantity="-1", id="6", returns="3"),
)


def item(code: str, name: str, class_: str, ppm: int, **others: Any) -> Item:
    shares = (Share({(None, None): ppm}),)
    version = ItemVersion(from_=FROM, until=UNTIL, class_=class_, shares=shares, **others)
    return Item(code=code, name=name, versions=(version,))


def noun(drug: str = "奥美拉唑肠溶胶囊") -> Catalogue:
    """Return the catalogue; the name of its drug may be anything."""
    rules = Rules(
        from_=FROM,
        until=UNTIL,
        order=tuple(STEPS),
        over_quantity="full_self_pay",
        discharge_days=7,
        cite="a#1",
        provenance="verified",
    )
    items = (
        item(DRUG, drug, "class_b", 50_000, ceiling_e6={"tertiary": 4_000_000}),
        item(BED, "床位费", "class_a", 0, group="bed", limit=Limit("stay_day", 10_000)),
        item(SCAN, "CT平扫", "class_b", 100_000, group="large_equipment"),
        item(OUT, "目录外药", "class_c", 1_000_000),
        item(STENT, "冠脉支架", "class_b", 200_000, group="stent", restricted=True),
    )
    return Catalogue(
        region="990000",
        title="样例",
        rules=(rules,),
        groups=(),
        items=items,
        group_titles={"stent": "支架"},
    )


@functools.cache
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def split(lines: tuple[FeeLine, ...] = LINES, drug: str = "奥美拉唑肠溶胶囊") -> Bill:
    """Return the lines of a stay, split."""
    catalogue = ms.Catalogue(build_image(noun(drug)))
    claim = ms.Claim(
        benefit="inpatient", date=DAY, in_scope_fen=0, level="tertiary", status="retired", days=3
    )
    return catalogue.split(claim, lines, table())


@functools.cache
def stay() -> tuple[ms.Settlement, Bill]:
    """Return the stay of LINES, settled, and its bill."""
    bill = split()
    return table().settle(bill.claim), bill


class Till(msgspec.Struct, frozen=True):
    """What a till takes, as a slip asks for it."""

    due_fen: int
    rounded_fen: int

    @property
    def difference_fen(self) -> int:
        return self.rounded_fen - self.due_fen


def till(settlement: ms.Settlement) -> Till:
    """Return the cash of a settlement without its last fen."""
    return Till(settlement.cash_fen, settlement.cash_fen // 10 * 10)


EXAMPLES = Path(__file__).parents[2] / "examples"
