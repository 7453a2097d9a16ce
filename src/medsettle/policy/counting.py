"""Counters and windows: over what something is counted, under which name, and for whom apart."""

from __future__ import annotations

from typing import Final

from medsettle.policy.errors import quoted
from medsettle.policy.table import NAME, Table
from medsettle.vocabulary import AXES, BANDED, BED_DAY

VISIT: Final = "visit"
STAY: Final = "stay"
VISITS: Final = ".visits"
#: How no counter of fen ends: the year-to-date tells whole visits and days from fen by the name,
#: and worked examples put `_yuan` behind the name of a counter of fen.
_NOT_OF_FEN: Final = (VISITS, ".start", "_yuan")


def window(table: Table, key: str, default: str | None = None, *, bed_day: bool = False) -> str:
    """Return a window: the vocabulary's, a period of the policy, or a day of the stay."""
    options = table.reading.names.windows()
    return table.choice(key, (*options, BED_DAY) if bed_day else options, default)


def counter(table: Table, key: str, default: str, per: str) -> str:
    """Return the name of a counter of the window `per`, which is not used per visit or bed day."""
    if per in (VISIT, BED_DAY):
        table.idle(key, "when the window is not `visit`" + (" nor `bed_day`" * (per == BED_DAY)))
    expected = "a name, or two with a dot, that does not end in `.visits`, `.start` or `_yuan`"
    name = table.text(key) if key in table else default
    return _named(table, key, name, expected, default, not name.endswith(_NOT_OF_FEN))


def visits_counter(table: Table, key: str, default: str) -> str:
    """Return the name of a counter of visits."""
    name = table.text(key) if key in table else default
    return _named(table, key, name, "a name that ends in `.visits`", default, name.endswith(VISITS))


def any_counter(table: Table, key: str, example: str) -> str:
    """Return the name of a counter of fen that is kept elsewhere; "" when it is missing."""
    if key not in table:
        return ""
    expected = "the name of a counter, such as `LAYER.pay`, and not one of visits"
    name = table.text(key)
    return _named(table, key, name, expected, example, not name.endswith(_NOT_OF_FEN))


def each(table: Table, key: str) -> str:
    """Return the axis for whose values a counter is kept apart; "" when it is one counter."""
    if key not in table:
        return ""
    axis = table.text(key)
    if axis in BANDED:
        table.reading.mistake("P221", table.at(key), key=key, axis=axis, options=quoted(AXES))
    elif axis and axis not in AXES:
        table.wrong_name(f"`{key}`", AXES, key)
    return axis if axis in AXES else ""


def _named(table: Table, key: str, name: str, expected: str, example: str, good: bool) -> str:
    parts = name.split(".")
    good = good and len(parts) <= 2 and all(NAME.fullmatch(part) for part in parts)
    if key in table and name and not good:
        table.reading.mistake(
            "P312", table.at(key), key=key, expected=expected, found=name, example=example
        )
    return name
