"""How a region fills the national rows 1318 and 1319: what its codes mean, as data.

The national interface names these fields but leaves some of their codes to the provinces.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from medsettle.bill.cells import PRICE_MAX, scaled
from medsettle.bill.words import INSURED, OVER_PRICE
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import axis_values

LEVELS: Final = axis_values("level")
NATIONAL_KEYS: Final = (
    *("insu_admdvs", "enddate", "selfpay_prop_psn_type", "hilist_lmtpric_type"),
    *("overlmt_dspo_way", "no_ceiling_yuan"),
)
#: What `enddate` tells: the last day in force, or the first one after it.
END_DATES: Final = ("last_day", "day_after")

_PERSONS: Final = {
    "310": "employee",
    "330": "retired_cadre",
    "390": "resident",
    "99": "other",
}
_LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "01": ("community", "primary"),
    "02": ("secondary",),
    "03": ("tertiary",),
}
#: Amounts that are written where there is no ceiling.
_NO_CEILING: Final = frozenset({999_999_000_000, 99_999_999_000_000})


class NationalForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the codes of a region's 1318 and 1319 rows mean.

    `areas` are the codes of `insu_admdvs` whose rows count; `persons` maps
    `selfpay_prop_psn_type` to a name of `words.INSURED`, `levels` maps `hilist_lmtpric_type` to
    hospital levels, `over_price` maps `overlmt_dspo_way` to a name of `words.OVER_PRICE`; amounts
    of `no_ceiling_e6` stand for no ceiling.
    """

    areas: frozenset[str]
    ends_on_last_day: bool = True
    persons: dict[str, str] = msgspec.field(default_factory=_PERSONS.copy)
    levels: dict[str, tuple[str, ...]] = msgspec.field(default_factory=_LEVELS.copy)
    over_price: dict[str, str] = {}
    no_ceiling_e6: frozenset[int] = _NO_CEILING


def read_national(reading: Reading, region: str) -> NationalForm:
    """Return what `[national]` says; without it, what the national code tables say."""
    value = reading.source.data.get("national")
    if value is None:
        return NationalForm(areas=frozenset({region}))
    if not isinstance(value, Mapping):
        example = "[national]"
        reading.mistake("P112", ("national",), key="national", expected="a table", example=example)
        return NationalForm(areas=frozenset({region}))
    table = Table(reading, ("national",), "`[national]`", NATIONAL_KEYS)
    areas = table.names("insu_admdvs", 'insu_admdvs = ["990000"]') or (region,)
    ends = table.choice("enddate", END_DATES, "last_day")
    return NationalForm(
        areas=frozenset(areas),
        ends_on_last_day=ends == "last_day",
        persons=_PERSONS | _names(table, "selfpay_prop_psn_type", INSURED),
        levels=_LEVELS | _levels(table, "hilist_lmtpric_type"),
        over_price=_names(table, "overlmt_dspo_way", OVER_PRICE),
        no_ceiling_e6=_amounts(table, "no_ceiling_yuan"),
    )


def _entries(table: Table, key: str, example: str) -> Mapping[str, Any]:
    """Return the table from codes to names under `key`; nothing when it is missing."""
    value = table.values.get(key, {})
    if isinstance(value, Mapping):
        return value
    table.wrong_type("a table from codes to names", example, key)
    return {}


def _names(table: Table, key: str, options: Collection[str]) -> dict[str, str]:
    first = next(iter(options))
    found = {}
    for code in _entries(table, key, f'{key} = {{ "1" = "{first}" }}'):
        inner = Table(table.reading, table.at(key), f"`{key}`", table.values[key])
        found[code] = inner.choice(code, options)
    return found


def _levels(table: Table, key: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for code in _entries(table, key, f'{key} = {{ "03" = ["tertiary"] }}'):
        inner = Table(table.reading, table.at(key), f"`{key}`", table.values[key])
        found[code] = inner.choices(code, LEVELS)
    return found


def _amounts(table: Table, key: str) -> frozenset[int]:
    """Return the amounts, in millionths, that stand for no ceiling."""
    value = table.values.get(key)
    if value is None:
        return _NO_CEILING
    if not isinstance(value, list):
        table.wrong_type("a list of amounts", f"{key} = [999_999, 99_999_999]", key)
        return _NO_CEILING
    found = set()
    for index, entry in enumerate(value):
        amount = None if isinstance(entry, bool) else scaled(str(entry), 6)
        if amount is None or not 0 < amount <= PRICE_MAX:
            table.reading.mistake("K107", table.at(key, index), key=key)
        found.add(amount or 0)
    return frozenset(found)
