"""Random catalogues and bills: small, and close to every edge.

What draws is either Hypothesis (`catalogues()`, `bills(catalogue)`, which shrink) or a seeded
`random.Random` (`RandomDraw`, for many at once and for the files of the C tests).
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from hypothesis import strategies as st

from medsettle.bill.items import (
    Catalogue,
    GroupRule,
    Item,
    ItemVersion,
    Limit,
    LocalCode,
    Rules,
    Share,
)
from medsettle.bill.line import FeeLine
from medsettle.bill.words import (
    APPROVALS,
    CLASSES,
    HERB_USES,
    INSURED,
    LIMITS,
    OVER_PRICE,
    OVER_QUANTITY,
    STEPS,
)
from medsettle.money import PPM
from medsettle.vocabulary import AXES, DATE_MAX

T = TypeVar("T")

START = dt.date(2024, 1, 1)
TURNS = (dt.date(2024, 7, 1), dt.date(2025, 1, 1), dt.date(2025, 3, 1))
DAY = dt.timedelta(days=1)
DATES = (START - DAY, START, TURNS[0] - DAY, TURNS[0], TURNS[1], TURNS[2] - DAY, TURNS[2])
CODES = (
    "XA02BCA001A001010100001",
    "XN02BEA001A001010100001",
    "T000100001",
    "C0302010050400199305",
    "002503010010000",
    "YS001",
)
LOCAL = LocalCode("YS", 5, "own")
UNKNOWN = ("XA02BCA001A001010100009", "YS002", "no such code", "", "X" * 51)
GROUPS = ("bed", "special_material", "large_equipment", "own_group")
LEVELS = tuple(level for level in AXES["level"] if level is not None)
#: Around these the ranges of prices and the ceilings lie; many with odd decimals.
PRICES = (4_520_000, 1, 999_999, 10_000, 333_333, 12_345_678, 335_000, 2_000_000_000, 50_000_000)
QUANTITIES = (10_000, 1, 5_000, 30_000, 33_333, 12_345, 100_000, 70_000)
SHARES = (0, PPM, 50_000, 100_000, 333_333, 1, PPM - 1, 500_000)
HUGE_PRICE, HUGE_QUANTITY = 10**16, 10**12
CHARGED_MAX = 10**12


class Draw(Protocol):
    """What draws: one of several, a whole number, whether."""

    def one(self, of: Sequence[T]) -> T: ...

    def number(self, least: int, most: int) -> int: ...


class RandomDraw:
    """Draws from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, of: Sequence[T]) -> T:
        return of[int(self.random.random() * len(of))]

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)


class HypothesisDraw:
    """Draws what Hypothesis wants, the first and the smallest when it shrinks."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def one(self, of: Sequence[T]) -> T:
        return self.draw(st.sampled_from(of))  # type: ignore[no-any-return]

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))  # type: ignore[no-any-return]


def once_in(draw: Draw, times: int) -> bool:
    return draw.number(0, times - 1) == times - 1


class Visit(msgspec.Struct, frozen=True):
    """What a bill's claim says that its lines need."""

    date: dt.date
    insured: str
    level: str | None
    days: int | None


class Charged(msgspec.Struct, frozen=True):
    """A bill: its visit and its lines."""

    visit: Visit
    lines: tuple[FeeLine, ...]


# -------------------------------------------------------------------------------------- catalogues


def periods(draw: Draw) -> list[tuple[dt.date, dt.date]]:
    """Return periods that ascend; sometimes with a gap, and mostly without an end."""
    turns = [turn for turn in TURNS if once_in(draw, 3)]
    days = [START, *turns, DATE_MAX if not once_in(draw, 20) else dt.date(2025, 6, 1)]
    found = list(itertools.pairwise(days))
    if len(found) > 1 and once_in(draw, 20):
        del found[draw.number(0, len(found) - 1)]
    return found


def ppm(draw: Draw) -> int:
    return draw.one(SHARES) if not once_in(draw, 4) else draw.number(0, PPM)


def share_table(draw: Draw) -> dict[tuple[str | None, str | None], int]:
    """Return shares by person and level, mostly for everybody, sometimes for few or nobody."""
    table: dict[tuple[str | None, str | None], int] = {}
    if not once_in(draw, 40):
        table[None, None] = ppm(draw)
    while once_in(draw, 2) and len(table) < 6:
        table[draw.one((None, *INSURED)), draw.one((None, *LEVELS))] = ppm(draw)
    return table


def shares(draw: Draw) -> tuple[Share, ...]:
    uptos = {around(draw, draw.one(PRICES)) for _ in range(2) if once_in(draw, 3)}
    return tuple(Share(share_table(draw), upto) for upto in (*sorted(uptos), None))


def around(draw: Draw, number: int) -> int:
    """Return the number, or its neighbour."""
    return max(0, number + draw.one((0, 0, 1, -1)))


def version(draw: Draw, from_: dt.date, until: dt.date) -> ItemVersion:
    class_ = draw.one(("class_b", "class_a", "class_b", "class_b", *CLASSES))
    limit = None
    if once_in(draw, 2):
        limit = Limit(draw.one(tuple(LIMITS)), draw.one((*QUANTITIES, 0)))
    ceiling: dict[str | None, int] = {}
    if once_in(draw, 2):
        ceiling[None] = around(draw, draw.one(PRICES))
    while once_in(draw, 6):
        ceiling[draw.one(LEVELS)] = around(draw, draw.one(PRICES))
    mine = shares(draw)
    if class_ == "class_c" and once_in(draw, 2):
        mine = ()
    return ItemVersion(
        from_=from_,
        until=until,
        class_=class_,
        shares=mine,
        ceiling_e6=ceiling,
        over_price=draw.one(("excess", *OVER_PRICE)),
        restricted=once_in(draw, 4),
        compound_only=once_in(draw, 4),
        group=draw.one(("", "", *GROUPS)),
        limit=limit,
    )


def make_catalogue(draw: Draw) -> Catalogue:
    """Return a catalogue of a few items."""
    items = [
        Item(code=code, name=code, versions=tuple(version(draw, *one) for one in periods(draw)))
        for code in CODES[: draw.number(1, len(CODES))]
    ]
    groups = [
        GroupRule(
            group=name,
            from_=from_,
            until=until,
            shares=shares(draw),
            cite="",
            provenance="verified",
        )
        for name in GROUPS
        if once_in(draw, 4)
        for from_, until in periods(draw)
    ]
    return Catalogue(
        region="990000",
        title="random",
        rules=tuple(rules(draw, *one) for one in periods(draw)),
        groups=tuple(groups),
        items=tuple(items),
        local_codes=(LOCAL,),
    )


def rules(draw: Draw, from_: dt.date, until: dt.date) -> Rules:
    order = list(STEPS)
    if once_in(draw, 2):
        left, order = order, []
        while left:
            order.append(left.pop(draw.number(0, len(left) - 1)))
    return Rules(
        from_=from_,
        until=until,
        order=tuple(order),
        over_quantity=draw.one(OVER_QUANTITY),
        discharge_days=draw.one((None, 7, 1, 15)),
        cite="",
        provenance="verified",
    )


# ------------------------------------------------------------------------------------------- bills


def make_visit(draw: Draw) -> Visit:
    return Visit(
        date=draw.one(DATES[1:]),
        insured=draw.one(tuple(INSURED)),
        level=draw.one(LEVELS) if not once_in(draw, 12) else None,
        days=draw.one((1, 3, 7, 0)) if not once_in(draw, 12) else None,
    )


def price_of(draw: Draw, kind: int) -> int:
    if kind == 0:
        return draw.one((0, -1, HUGE_PRICE, HUGE_PRICE + 1, 10**15, 2**63 - 1))
    if kind < 20:
        return draw.number(0, 100_000_000)
    return around(draw, draw.one(PRICES))


def quantity_of(draw: Draw, kind: int) -> int:
    if kind == 0:
        return draw.one((0, HUGE_QUANTITY, HUGE_QUANTITY + 1, 10**10, -10_000, 2**63 - 1))
    if kind < 20:
        return draw.number(1, 200_000)
    return max(1, around(draw, draw.one(QUANTITIES)))


def charged_of(draw: Draw, price_e6: int, quantity_e4: int) -> int | None:
    """Return what a till may have charged: within a fen, rarely beside it; or nothing."""
    if once_in(draw, 2):
        return None
    exact = price_e6 * quantity_e4  # hundred-millionths of a fen
    fen = (abs(exact) + 10**8 // 2) // 10**8 * (1 if exact > 0 else -1)
    fen += draw.one((0, 1, -1)) if not once_in(draw, 30) else draw.one((2, -2, -2 * fen))
    return min(max(fen, -CHARGED_MAX), CHARGED_MAX)


def charge(draw: Draw, codes: Sequence[str], number: int) -> FeeLine:
    """Return a line that is no return."""
    price, quantity = (make(draw, draw.number(0, 80)) for make in (price_of, quantity_of))
    return FeeLine(
        code=draw.one(codes) if not once_in(draw, 80) else draw.one((*UNKNOWN, *CODES)),
        price_e6=price,
        quantity_e4=quantity,
        amount_fen=charged_of(draw, price, quantity),
        date=draw.one(DATES[1:] if not once_in(draw, 20) else DATES) if once_in(draw, 3) else None,
        id=f"L{number}" if not once_in(draw, 5) else "",
        returns=f"L{draw.number(0, number)}" if once_in(draw, 100) else "",
        **marks(draw),
    )


def marks(draw: Draw) -> dict[str, Any]:
    supply = draw.one((None, 100, 700, 701, 1500, 1, 1_000_000, draw.number(1, 9999)))
    return {
        "approval": draw.one(("not_needed", "approved", *APPROVALS)),
        "herb_use": draw.one(tuple(HERB_USES)),
        "discharge_medicine": once_in(draw, 3),
        "supply_days_e2": supply,
    }


def give_back(draw: Draw, lines: Sequence[FeeLine], number: int) -> FeeLine:
    """Return a return: mostly of a line that is there, of what is left of it, or a part."""
    original = draw.one(lines)
    back = sum(line.quantity_e4 for line in lines if line.returns and line.returns == original.id)
    left = original.quantity_e4 + back
    kind = draw.number(0, 30)
    quantity = left if kind < 10 else draw.number(1, max(left, 1))
    if kind == 30:
        quantity = left + 1
    quantity = min(max(quantity, 1), HUGE_QUANTITY)
    same = not once_in(draw, 40)
    price = original.price_e6 if same else original.price_e6 - 1
    charged = charged_of(draw, price, -quantity)
    if quantity == original.quantity_e4 and original.amount_fen is not None and once_in(draw, 2):
        charged = -original.amount_fen
    return FeeLine(
        code=original.code if not once_in(draw, 40) else draw.one(CODES),
        price_e6=price,
        quantity_e4=-quantity,
        amount_fen=charged,
        date=draw.one((None, original.date, original.date, original.date, *DATES)),
        id=f"L{number}" if once_in(draw, 2) else "",
        returns=original.id if not once_in(draw, 40) else f"L{draw.number(0, number + 1)}",
        **marks(draw),
    )


def make_bill(draw: Draw, catalogue: Catalogue, most: int = 12) -> Charged:
    """Return a bill of a few lines, a third of them returns."""
    codes = [item.code for item in catalogue.items]
    lines: list[FeeLine] = []
    for number in range(draw.number(1, most)):
        wants = [line for line in lines if line.id and not line.returns]
        if wants and once_in(draw, 3):
            lines.append(give_back(draw, wants if not once_in(draw, 30) else lines, number))
        else:
            lines.append(charge(draw, codes, number))
    return Charged(make_visit(draw), tuple(lines))


@st.composite
def catalogues(draw: Any) -> Catalogue:
    """Draw a catalogue that can be compiled."""
    return make_catalogue(HypothesisDraw(draw))


@st.composite
def bills(draw: Any, catalogue: Catalogue, most: int = 8) -> Charged:
    """Draw a bill for a catalogue."""
    return make_bill(HypothesisDraw(draw), catalogue, most)
