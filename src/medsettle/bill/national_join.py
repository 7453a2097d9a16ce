"""Items, and what the national rows say of their shares and ceilings: versions cut in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from medsettle.bill.faults import CellError
from medsettle.bill.item_columns import ShareKey
from medsettle.bill.item_rows import ItemRow, shares_of
from medsettle.bill.items import ItemVersion
from medsettle.bill.national_rows import Doubt, Fact
from medsettle.bill.words import OVER_PRICE


class Known(NamedTuple):
    """All that national rows say of one item, and the days of which it is in doubt."""

    facts: Sequence[Fact]
    doubts: Sequence[Doubt]


def cut(row: ItemRow, known: Known) -> Iterator[ItemRow]:
    """Yield a row of items with the shares and ceilings of the national rows, by stretches of time.

    Days of which a refused row would have spoken are left out.  Raises CellError where the row
    itself tells what national rows tell too, or where they cannot stand together.
    """
    _check_origins(row, known.facts)
    for from_, until in pairwise(_cuts(row.version, known)):
        if any(doubt.from_ < until and from_ < doubt.until for doubt in known.doubts):
            continue
        facts = [fact for fact in known.facts if fact.from_ <= from_ < fact.until]
        version = _on(row.version, facts, has_share=row.said.has_share)
        version = msgspec.structs.replace(version, from_=from_, until=until)
        yield row._replace(said=row.said._replace(version=version))


def in_doubt(version: ItemVersion, doubts: Iterable[Doubt]) -> Doubt | None:
    """Return a refused row that would have spoken of a version's days; None if there is none."""
    for doubt in doubts:
        if doubt.from_ < version.until and version.from_ < doubt.until:
            return doubt
    return None


def _check_origins(row: ItemRow, facts: Sequence[Fact]) -> None:
    """Raise CellError where the row tells what national rows of its days tell too."""
    version = row.version
    some = [fact for fact in facts if fact.from_ < version.until and version.from_ < fact.until]
    for interface, field, told in (
        ("1319", "first_share_pct", row.said.has_share),
        ("1318", "ceiling_yuan", bool(version.ceiling_e6)),
    ):
        other = next((fact for fact in some if fact.source.interface == interface), None)
        if told and other is not None:
            reason = f"told here, and by {other.source.where(other.row)}"
            raise CellError("K315", field, reason=reason)


def _cuts(version: ItemVersion, known: Known) -> list[dt.date]:
    days = {version.from_, version.until}
    spans = [(fact.from_, fact.until) for fact in known.facts]
    spans += [(doubt.from_, doubt.until) for doubt in known.doubts]
    days |= {day for span in spans for day in span if version.from_ < day < version.until}
    return sorted(days)


def _on(version: ItemVersion, facts: Sequence[Fact], *, has_share: bool) -> ItemVersion:
    """Return the version with what the national rows of one day say."""
    ppm: dict[ShareKey, int] = {}
    ceilings: dict[str | None, int] = dict(version.ceiling_e6)
    over_price = dict.fromkeys([version.over_price] if ceilings else [])
    for fact in facts:
        if fact.source.interface == "1319":
            ppm[fact.about, None] = fact.value or 0
        elif fact.value is not None:
            ceilings[fact.about] = fact.value
            over_price[fact.over_price] = None
    if len(over_price) > 1:
        reason = f"levels differ in what a price above does: {', '.join(over_price)}"
        raise CellError("K315", "over_price", reason=reason)
    shares = version.shares if has_share else shares_of(version.class_, ppm, None)
    return msgspec.structs.replace(
        version,
        shares=shares,
        ceiling_e6=ceilings,
        over_price=next(iter(over_price), OVER_PRICE[0]),
    )
