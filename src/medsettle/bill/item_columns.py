"""The columns of the documented form of items: which there are, and what is wrong with a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from medsettle.bill.faults import REJECT_PREFIX, file_error, shown
from medsettle.bill.words import INSURED
from medsettle.policy.errors import suggestion
from medsettle.vocabulary import axis_values

#: The columns that every row of a version says alike, but code and name.
PLAIN: Final = (
    "class", "from", "until", "price_upto_yuan", "over_price", "restricted", "compound_only",
    "group", "limit_quantity", "limit_per", "cite",
)  # fmt: skip
#: How the columns by person class and level begin.
SHARE: Final = "first_share_pct"
CEILING: Final = "ceiling_yuan"
COLUMNS: Final = ("code", "name", *PLAIN, SHARE, CEILING)
NEEDED: Final = ("code", "name", "class", "from")
LEVELS: Final = axis_values("level")

_SEPARATORS: Final = {";": "`;`", "\t": "TAB"}

#: Whom a share is for: a person class and a level, each None for all that have no column.
ShareKey = tuple[str | None, str | None]


def share_key(column: str) -> ShareKey | None:
    """Return whom a column of shares is for; None for what is no such column."""
    first, *rest = column.split(".")
    if first != SHARE or len(rest) > 2:
        return None
    insured = rest.pop(0) if rest and rest[0] in INSURED else None
    level = rest.pop(0) if rest and rest[0] in LEVELS else None
    return None if rest else (insured, level)


def ceiling_level(column: str) -> tuple[str | None] | None:
    """Return the level that a column of ceilings is for; None for what is no such column."""
    if column == CEILING:
        return (None,)
    first, _, level = column.partition(".")
    return (level,) if first == CEILING and level in LEVELS else None


def check_header(file: str, names: Sequence[str]) -> None:
    """Raise CatalogueFileError for the first column that is none, or is missing."""
    times = Counter(names)
    for column in names:
        if times[column] > 1:
            raise file_error("K204", file, found=shown(column))
        known = column in COLUMNS or column.startswith(REJECT_PREFIX)
        if not (known or share_key(column) or ceiling_level(column)):
            hint = suggestion(column, _all_columns(), what="the columns") if column else ""
            if len(names) == 1 and (parted := next((c for c in ";\t" if c in column), "")):
                hint = f"cells are parted by commas, here by {_SEPARATORS[parted]}"
            raise file_error("K203", file, found=shown(column), suggestion=hint)
    for column in NEEDED:
        if column not in names:
            there = ", ".join(name for name in names if name) or "none"
            raise file_error("K205", file, found=column, there=there)


def _all_columns() -> Iterator[str]:
    yield from COLUMNS
    for insured in INSURED:
        yield f"{SHARE}.{insured}"
    for level in LEVELS:
        yield f"{SHARE}.{level}"
        yield f"{CEILING}.{level}"
