"""An open catalogue's image read back into nouns, as people ask for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from medsettle.bill import layout
from medsettle.bill.image import CatalogueMeta
from medsettle.bill.items import Item, ItemVersion, Limit, Share
from medsettle.bill.line import FeeLine
from medsettle.bill.words import CLASSES, INSURED, LIMITS, OVER_PRICE

_EPOCH = dt.date(1970, 1, 1).toordinal()
_CLASSES, _LIMITS = tuple(CLASSES), ("", *LIMITS)


class Sections:
    """The sections of an image as arrays; they point into the image."""

    def __init__(self, image: Any) -> None:
        fields = layout.HEADER.unpack(memoryview(image)[: layout.HEADER.size])
        places = dict(
            zip(layout.SECTIONS, zip(fields[7::2], fields[8::2], strict=True), strict=True)
        )

        def section(name: str, dtype: Any) -> np.ndarray:
            offset, count = places[name]
            return np.frombuffer(image, dtype, count, offset)

        self.items = section("item", layout.ITEM)
        self.versions = section("version", layout.VERSION)
        self.terms = section("terms", layout.TERMS)
        self.rules = section("rules", layout.RULES)
        self.text = section("text", np.uint8)

    def name(self, number: int) -> str:
        """Return the name of an item."""
        start = int(self.items[number]["name"])
        end = len(self.text)
        if number + 1 < len(self.items):
            end = int(self.items[number + 1]["name"])
        return self.text[start:end].tobytes().decode()


def discharge_days(sections: Sections, line: FeeLine, on: dt.date | None) -> int | None:
    """Return how many days of discharge medicine the rules cover, where a line's lasts longer.

    `on` is the day of a line that tells none.
    """
    day = line.date or on
    if not line.discharge_medicine or line.supply_days_e2 is None or day is None:
        return None
    number = day.toordinal() - _EPOCH
    for rules in sections.rules:
        if rules["from"] <= number < rules["until"]:
            days = int(rules["discharge_days"])
            return days if days and line.supply_days_e2 > days * 100 else None
    return None


def item_at(sections: Sections, meta: CatalogueMeta, number: int) -> Item:
    """Return the item with a number, from 0; shares are told for every person class and level."""
    packed = sections.items[number]
    first = int(packed["version"])
    return Item(
        code=bytes(packed["code"]).decode(),
        name=sections.name(number),
        versions=tuple(
            _version(sections, meta, sections.versions[first + at])
            for at in range(int(packed["n_versions"]))
        ),
    )


def _version(sections: Sections, meta: CatalogueMeta, packed: Any) -> ItemVersion:
    flags, first = int(packed["flags"]), int(packed["terms"])
    ceilings: dict[str | None, int] = {
        level: int(ceiling)
        for level, ceiling in zip(layout.LEVELS, packed["ceiling"], strict=True)
        if ceiling != layout.NO_CEILING
    }
    limit = None
    if packed["limit_per"]:
        limit = Limit(_LIMITS[int(packed["limit_per"])], int(packed["limit"]))
    return ItemVersion(
        from_=dt.date.fromordinal(int(packed["from"]) + _EPOCH),
        until=dt.date.fromordinal(int(packed["until"]) + _EPOCH),
        class_=_CLASSES[int(packed["class"])],
        shares=tuple(_share(sections.terms[first + at]) for at in range(int(packed["n_terms"]))),
        ceiling_e6=ceilings,
        over_price=OVER_PRICE[bool(flags & layout.ALL_OVER_PRICE)],
        restricted=bool(flags & layout.RESTRICTED),
        compound_only=bool(flags & layout.COMPOUND_ONLY),
        group="" if packed["group"] == layout.NO_GROUP else meta.groups[int(packed["group"])],
        limit=limit,
        cite=meta.cites[int(packed["cite"])],
    )


def _share(terms: Any) -> Share:
    ppm: dict[tuple[str | None, str | None], int] = {
        (insured, level): int(terms["share"][i][at])
        for i, insured in enumerate(INSURED)
        for at, level in enumerate(layout.LEVELS, start=1)
        if terms["share"][i][at] != layout.NO_SHARE
    }
    upto = int(terms["upto"])
    return Share(ppm, None if upto == layout.NO_CEILING else upto)
