"""An item of a catalogue in words: every version with shares, ceilings and clause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from medsettle.bill.codes import kind_of
from medsettle.bill.image import CatalogueMeta
from medsettle.bill.items import Item, ItemVersion, Share
from medsettle.bill.words import CLASSES, INSURED, LIMITS
from medsettle.money import PPM, percent_text
from medsettle.vocabulary import DATE_MAX, axis_values

LEVELS: Final = axis_values("level")
_OVER: Final = {
    "excess": "what is above is over the limit",
    "all": "a price above is paid in full by the person",
}


def item_lines(item: Item, meta: CatalogueMeta, day: dt.date | None) -> Iterator[str]:
    """Yield an item as text: its versions, or the one in force on `day`."""
    kind = kind_of(item.code)
    yield f"{item.code}  {item.name}" + (f"  ({kind.name})" if kind else "")
    yield f"  {meta.region}  {meta.title}" + (f"  on {day}" if day else "")
    versions = [one for one in item.versions if day is None or one.from_ <= day < one.until]
    for version in versions:
        yield ""
        yield from _version_lines(version, meta)
    if not versions:
        spans = ", ".join(map(_dates, item.versions))
        yield ""
        yield f"  no version is in force; there are: {spans}"


def _version_lines(version: ItemVersion, meta: CatalogueMeta) -> Iterator[str]:
    yield f"{_dates(version)}  {version.class_} {CLASSES[version.class_]}"
    if version.class_ == "class_c":
        yield "  not covered"
    else:
        yield from _share_lines(version.shares)
    if version.ceiling_e6:
        yield f"  price ceiling, yuan: {_by_level(version.ceiling_e6)}; {_OVER[version.over_price]}"
    if version.restricted:
        yield "  restricted: paid only with an approval"
    if version.compound_only:
        yield "  paid only in a compound prescription"
    if version.limit is not None:
        amount = _plain(version.limit.quantity_e4, 4)
        per = version.limit.per
        yield f"  at most {amount} per {per} {LIMITS[per]}"
    if version.group:
        yield f"  item group: {version.group} {meta.group_titles.get(version.group, '')}".rstrip()
    if version.cite:
        yield f"  by: {_clause(version.cite, meta)}"


def _share_lines(shares: tuple[Share, ...]) -> Iterator[str]:
    """Yield the first-step shares, one line for each range of the price."""
    for share in shares:
        told = _by_person(share)
        if len(shares) == 1:
            yield f"  first step: {told}"
        elif share.upto_e6 is not None:
            yield f"  first step, price up to {_plain(share.upto_e6, 6)} yuan: {told}"
        else:
            yield f"  first step, price above: {told}"


def _by_person(share: Share) -> str:
    """Return the shares by person class and level, as short as they can be told."""
    table = {one: _of_person(share, one) for one in INSURED}
    texts = {one: _of_levels(by_level) for one, by_level in table.items()}
    if len(set(texts.values())) == 1:
        return texts["employee"]
    return "; ".join(f"{one} {text}" for one, text in texts.items())


def _of_person(share: Share, insured: str) -> dict[str, int | None]:
    """Return the share at each level: the most exact key counts."""
    found: dict[str, int | None] = {}
    for level in LEVELS:
        keys = ((insured, level), (insured, None), (None, level), (None, None))
        found[level] = next((share.ppm[key] for key in keys if key in share.ppm), None)
    return found


def _of_levels(by_level: Mapping[str, int | None]) -> str:
    if len(set(by_level.values())) == 1:
        return _percent(next(iter(by_level.values())))
    return ", ".join(f"{level} {_percent(ppm)}" for level, ppm in by_level.items())


def _percent(ppm: int | None) -> str:
    return "not told" if ppm is None else f"{percent_text(Fraction(ppm, PPM))} %"


def _by_level(ceilings: Mapping[str | None, int]) -> str:
    """Return ceilings in yuan by level, one alone where all levels have it."""
    at = {level: ceilings.get(level, ceilings.get(None)) for level in LEVELS}
    texts = {level: "none" if one is None else _plain(one, 6) for level, one in at.items()}
    if len(set(texts.values())) == 1:
        return texts[LEVELS[0]]
    return ", ".join(f"{level} {text}" for level, text in texts.items())


def _plain(number: int, digits: int) -> str:
    """Return a whole number of parts as a decimal without zeros at its end."""
    text = f"{Decimal(number).scaleb(-digits):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _clause(cite: str, meta: CatalogueMeta) -> str:
    key, _, clause = cite.partition("#")
    source = meta.sources.get(key, {})
    told = (source.get("number", ""), source.get("title", key), clause)
    return " ".join(part for part in told if part)


def _dates(version: ItemVersion) -> str:
    end = "" if version.until == DATE_MAX else f" until {version.until}"
    return f"from {version.from_}{end}"
