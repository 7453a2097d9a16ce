"""Any items, written as the documented form says, are read back as they were."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.bill.forms import CatalogueRead, read_catalogue
from medsettle.bill.items import Item, ItemVersion, Limit, Share
from medsettle.bill.words import CLASSES, INSURED, LIMITS, OVER_PRICE
from medsettle.money import PPM
from medsettle.vocabulary import DATE_MAX, ITEM_GROUPS, axis_values

RULES = """region = "990000"
title = "样例"
[source.list]
title = "目录"
[[rules]]
from = 1949-10-01
over_quantity = "full_self_pay"
cite = "list"
provenance = "verified"
[codes]
local = [{ prefix = "Q", length = 4, title = "自编" }]
"""
LEVELS = axis_values("level")
TEXT = st.text("甲乙,\"'; #ab", min_size=1, max_size=6).map(str.strip).filter(bool)


def plain(number: int, digits: int) -> str:
    return f"{Decimal(number).scaleb(-digits):f}"


def rows_of(item: Item) -> Iterator[dict[str, str]]:
    """Yield the rows that say an item: one for each range of the price in each version."""
    for version in item.versions:
        for share in version.shares:
            row = {
                "code": item.code,
                "name": item.name,
                "class": version.class_,
                "from": str(version.from_),
                "until": "" if version.until == DATE_MAX else str(version.until),
                "over_price": version.over_price,
                "restricted": str(version.restricted).lower(),
                "compound_only": "1" if version.compound_only else "",
                "group": version.group,
                "cite": version.cite,
                "price_upto_yuan": "" if share.upto_e6 is None else plain(share.upto_e6, 6),
            }
            if version.limit is not None:
                row["limit_quantity"] = plain(version.limit.quantity_e4, 4)
                row["limit_per"] = version.limit.per
            for key, ppm in share.ppm.items():
                row[".".join(("first_share_pct", *filter(None, key)))] = plain(ppm, 4)
            for level, price in version.ceiling_e6.items():
                row[".".join(("ceiling_yuan", *filter(None, [level])))] = plain(price, 6)
            yield row


PRICES = st.integers(1, 10**16)
KEYS = st.tuples(
    st.sampled_from([None, *INSURED]),
    st.sampled_from([None, *LEVELS]),
)


@st.composite
def shares(draw: st.DrawFn, class_: str) -> tuple[Share, ...]:
    bounds = [*sorted(draw(st.sets(PRICES, max_size=3))), None]
    if class_ == "class_c":
        return tuple(Share({(None, None): PPM}, bound) for bound in bounds)
    ppm = st.dictionaries(KEYS, st.integers(0, PPM), min_size=1, max_size=4)
    return tuple(Share(draw(ppm), bound) for bound in bounds)


@st.composite
def version(draw: st.DrawFn, from_: dt.date, until: dt.date) -> ItemVersion:
    class_ = draw(st.sampled_from(list(CLASSES)))
    limits = st.builds(Limit, st.sampled_from(list(LIMITS)), st.integers(1, 10**12))
    return ItemVersion(
        from_=from_,
        until=until,
        class_=class_,
        shares=draw(shares(class_)),
        ceiling_e6=draw(st.dictionaries(st.sampled_from([None, *LEVELS]), PRICES, max_size=3)),
        over_price=draw(st.sampled_from(OVER_PRICE)),
        restricted=draw(st.booleans()),
        compound_only=draw(st.booleans()),
        group=draw(st.sampled_from(["", *ITEM_GROUPS])),
        limit=draw(st.none() | limits),
        cite=draw(st.sampled_from(["list", "list#一", 'list#a,b"c'])),
    )


@st.composite
def item(draw: st.DrawFn, code: str) -> Item:
    days = st.dates(dt.date(1949, 10, 1), DATE_MAX)
    cuts = sorted(draw(st.sets(days, min_size=2, max_size=4)))
    versions: list[ItemVersion] = []
    for from_, until in pairwise(cuts):
        one: Any = draw(version(from_, until))
        before = versions[-1] if versions else None
        # what follows and says the same would be read as one version
        if before is None or _told(before) != _told(one):
            versions.append(one)
    return Item(code=code, name=draw(TEXT), versions=tuple(versions))


def _told(version: ItemVersion) -> dict[str, Any]:
    fields = ItemVersion.__struct_fields__
    return {name: getattr(version, name) for name in fields if name not in ("from_", "until")}


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[Item, ...]:
    codes = draw(st.sets(st.text("0123456789AZaz._-", min_size=3, max_size=3), max_size=4))
    return tuple(draw(item(f"Q{code}")) for code in sorted(codes))


def read(folder: Path, rows: list[dict[str, str]]) -> CatalogueRead:
    (folder / "x.rules.toml").write_text(RULES, encoding="utf-8")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or ["code", "name", "class", "from"], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return read_catalogue([folder / "items.csv"], folder / "x.rules.toml")


@settings(max_examples=150, deadline=None)
@given(catalogues(), st.randoms(use_true_random=False))
def test_items_are_read_back_as_they_were_written(items: tuple[Item, ...], random: Any) -> None:
    rows = [row for one in items for row in rows_of(one)]
    random.shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), rows)
    assert found.rejected == ()
    assert found.catalogue.items == items


@settings(max_examples=60, deadline=None)
@given(catalogues().filter(bool), st.data())
def test_a_row_that_is_refused_takes_its_version_only(
    items: tuple[Item, ...], data: st.DataObject
) -> None:
    rows = [row for one in items for row in rows_of(one)]
    broken = data.draw(st.integers(0, len(rows) - 1))
    code, begins = rows[broken]["code"], rows[broken]["from"]
    rows[broken]["restricted"] = "perhaps"
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), rows)
    partners = [n for n, row in enumerate(rows, 1) if (row["code"], row["from"]) == (code, begins)]
    assert [one.row for one in found.rejected] == partners
    assert {one.code for one in found.rejected} <= {"K304", "K313"}
    expected = [
        (one.code, version)
        for one in items
        for version in one.versions
        if (one.code, str(version.from_)) != (code, begins)
    ]
    assert [(one.code, two) for one in found.catalogue.items for two in one.versions] == expected
