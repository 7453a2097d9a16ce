"""The first-step shares of a group of items, as `[[group]]` of the rules file says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from medsettle.bill.cells import PRICE_MAX, scaled
from medsettle.bill.items import GroupRule, Share
from medsettle.bill.words import INSURED
from medsettle.money import PPM
from medsettle.policy.figures import SHARE_ALONE, number
from medsettle.policy.positions import Path
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import DATE_MAX, PROVENANCE, axis_values

GROUP_KEYS: Final = (
    *("name", "from", "until", "first_share_pct", "by_price", "cite", "provenance", "note"),
)
RANGE_KEYS: Final = ("upto_yuan", "first_share_pct")
SHARE: Final = "first_share_pct"
OTHER: Final = "other"
_LEVELS: Final = axis_values("level")
_SHARES_EXAMPLE: Final = f"{SHARE} = {{ employee = 10, other = 20 }}"

#: Which person class and level a share is for; None: all that no other key names.
Key = tuple[str | None, str | None]


def read_group(table: Table, groups: Mapping[str, str]) -> GroupRule:
    """Return what a table of `[[group]]` says; `groups` are the item groups there are."""
    name = table.choice("name", groups)
    cite = table.single_cite() if table.demand("cite", 'cite = "rules#第八条"') else None
    key = table.only((SHARE, "by_price"))
    shares: tuple[Share, ...] = ()
    if key == SHARE:
        shares = (Share(_shares(table.reading, table.at(SHARE), ())),)
    elif key is not None:
        shares = tuple(_by_price(table))
    return GroupRule(
        group=name,
        from_=table.needed_date("from"),
        until=table.date("until") or DATE_MAX,
        shares=shares,
        cite="" if cite is None else f"{cite.source}#{cite.clause}".rstrip("#"),
        provenance=table.choice("provenance", PROVENANCE),
    )


def _by_price(table: Table) -> Iterator[Share]:
    """Yield the shares by the range in which the price lies, ascending."""
    example = f"by_price = [{{ upto_yuan = 2_000, {SHARE} = 10 }}, {{ {SHARE} = 20 }}]"
    rows = list(table.rows("by_price", "a range of prices", RANGE_KEYS, example))
    before = 0
    for index, row in enumerate(rows):
        last = index == len(rows) - 1
        upto = None
        if last and "upto_yuan" in row:
            row.reading.mistake("K110", row.at("upto_yuan"))
        elif not last and row.demand("upto_yuan", "upto_yuan = 2_000"):
            upto = price_of(row, "upto_yuan")
            if 0 < upto <= before:
                shown = f"{Decimal(before).scaleb(-6).normalize():f}"
                row.reading.mistake("K106", row.at("upto_yuan"), before=shown)
            before = max(upto, before)
        if row.demand(SHARE, f"{SHARE} = 10"):
            yield Share(_shares(row.reading, row.at(SHARE), ()), upto)


def price_of(table: Table, key: str) -> int:
    """Return yuan as whole millionths; 0 after a mistake."""
    value = table.values[key]
    plain = isinstance(value, int | Decimal) and not isinstance(value, bool)
    found = scaled(str(value), 6) if plain else None
    if found is None or not 0 < found <= PRICE_MAX:
        table.reading.mistake("K107", table.at(key), key=key)
        return 0
    return found


def _shares(reading: Reading, path: Path, asked: tuple[str, ...]) -> dict[Key, int]:
    """Return the shares at `path`: one number, or a table by persons or by levels."""
    value = reading.source.value_at(path)
    if not isinstance(value, Mapping):
        share = number(reading, path, SHARE, SHARE_ALONE)
        return {(None, None): int(share * PPM)}
    if not value:
        reading.report.add("P115", reading.source.value_place(path), key=SHARE)
    axis, first, found = "", "", dict[Key, int]()
    for name in value:
        own = _axis_of(name)
        if own is None:
            hint = reading.hint(name, (*INSURED, *_LEVELS, OTHER), what="the keys here")
            reading.key_mistake("P212", (*path, name), key=SHARE, suggestion=hint)
        elif own and axis and own != axis:
            reading.key_mistake("K109", (*path, name), first=first)
        elif own and own in asked:
            reading.key_mistake("P214", (*path, name), key=SHARE, axis=own)
        else:
            axis, first = (own, name) if own and not axis else (axis, first)
    if set(value) == {OTHER}:
        reading.key_mistake("P213", path, key=SHARE, figure="10")
    for name in value:
        if _axis_of(name) in (axis, "") and axis not in asked:
            inner = _shares(reading, (*path, name), (*asked, axis))
            found |= {_with(key, axis, name): ppm for key, ppm in inner.items()}
    return found


def _axis_of(name: str) -> str | None:
    """Return "insured" or "level", "" for `other`, None for what is no key of a share."""
    if name == OTHER:
        return ""
    if name in INSURED:
        return "insured"
    return "level" if name in _LEVELS else None


def _with(key: Key, axis: str, name: str) -> Key:
    """Return a key with the value of one axis filled in."""
    value = None if name == OTHER else name
    return (value, key[1]) if axis == "insured" else (key[0], value)
