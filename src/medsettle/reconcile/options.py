"""What a comparison is asked to do, and what both sides have for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from medsettle.reconcile.errors import COLUMN_MISSING, OPTION, ReconcileError
from medsettle.reconcile.fields import (
    AMOUNTS,
    BY,
    BY_DEFAULT,
    CODES,
    FIELDS,
    PERSONAL,
    SIDES,
    Columns,
    field_of,
)

#: To what a cashier rounds cash, in fen.
CASHIER: Final[Mapping[str, int]] = {"none": 0, "jiao": 10, "yuan": 100}
FUND_INCLUDES_ACCOUNT: Final = ("neither", "ours", "theirs", "both")
_ROUNDING_MAX: Final = 100


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared, and what counts as equal.

    key: the field or header by which rows are matched.
    rounding_fen: differences of at most so many fen in every amount of a row are `rounding`.
    cashier: to what cash may be rounded on one side: "none", "jiao" or "yuan".
    fund_includes_account: on which side the funds include the account; it is taken out there.
    by: what totals are parted by; None means those of `BY_DEFAULT` that both sides have.
    from_, until: first and last day of `setl_time` that count; others only help to match.
    """

    key: str = "setl_id"
    rounding_fen: int = 1
    cashier: str = "jiao"
    fund_includes_account: str = "neither"
    by: tuple[str, ...] | None = None
    from_: dt.date | None = None
    until: dt.date | None = None

    def checked(self) -> Options:
        """Return the options with the key as a field; raise ReconcileError for one that is none."""
        if self.key.strip().lower() in PERSONAL:
            raise _wrong(f"`{self.key}` names a person and is never read")
        if not 0 <= self.rounding_fen <= _ROUNDING_MAX:
            raise _wrong(f"rounding is 0 to {_ROUNDING_MAX} fen, found {self.rounding_fen}")
        _one_of("cashier", self.cashier, tuple(CASHIER))
        _one_of("fund_includes_account", self.fund_includes_account, FUND_INCLUDES_ACCOUNT)
        for name in self.by or ():
            _one_of("by", name, BY)
        if {"month", "day"} <= set(self.by or ()):
            raise _wrong("by: either month or day")
        if self.from_ and self.until and self.from_ > self.until:
            raise _wrong(f"the period ends {self.until}, before it begins {self.from_}")
        field = field_of(self.key)
        if field in AMOUNTS or field in CODES or field == "setl_time":
            raise _wrong(f"`{self.key}` is no key: it is not one of a row's ids")
        return msgspec.structs.replace(self, key=field or self.key)

    @property
    def cashier_fen(self) -> int:
        """To how many fen a cashier rounds; 0 for none."""
        return CASHIER[self.cashier]

    @property
    def has_period(self) -> bool:
        """Tell whether only some days count."""
        return self.from_ is not None or self.until is not None


class Plan(NamedTuple):
    """What both sides have: the amounts compared, and what totals are parted by."""

    options: Options
    compared: tuple[str, ...]
    by: tuple[str, ...]
    #: The id that gives rows a second chance where they do not meet by the key; "" for none.
    second: str


def plan_of(ours: Columns, theirs: Columns, options: Options) -> Plan:
    """Return what can be compared; raise ReconcileError when nothing can, or an option cannot."""
    compared = tuple(name for name in AMOUNTS if name in ours.amounts and name in theirs.amounts)
    if not compared:
        raise ReconcileError(COLUMN_MISSING, "the sides have no amount in common")
    sides = dict(zip(SIDES, (ours, theirs), strict=True))
    for side, columns in sides.items():
        if options.fund_includes_account in (side, "both"):
            for name in ("total_funds", "account"):
                if name not in columns.amounts:
                    told = f"fund_includes_account {side}: there is no column for {name}"
                    raise ReconcileError(COLUMN_MISSING, told, where=side)
        if options.has_period and columns.time is None:
            told = "a period needs a column for setl_time"
            raise ReconcileError(COLUMN_MISSING, told, where=side)
    by = options.by
    for side, columns in sides.items():
        for name in by or ():
            if not _has(columns, name):
                told = f"by {name}: there is no column for it"
                raise ReconcileError(COLUMN_MISSING, told, where=side)
    if by is None:
        by = tuple(name for name in BY_DEFAULT if _has(ours, name) and _has(theirs, name))
    shared = [name for name in ("msgid", "setl_id") if name in ours.ids and name in theirs.ids]
    second = next((name for name in shared if name != options.key), "")
    return Plan(options, compared, by, second)


def _has(columns: Columns, name: str) -> bool:
    return columns.time is not None if name in ("month", "day") else name in columns.codes


def _one_of(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise _wrong(f"{option}: expected one of {', '.join(known)}, found `{value}`")


def _wrong(text: str) -> ReconcileError:
    return ReconcileError(OPTION, text)


def mapping_of(texts: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what `[ours:|theirs:]FIELD=HEADER[+HEADER…]` says, by side and field.

    Raises ReconcileError for another form, or a field that is not compared.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {side: {} for side in SIDES}
    for text in texts:
        side, colon, rest = text.partition(":")
        if not colon or side not in SIDES:
            side, rest = "", text
        name, equals, headers = rest.partition("=")
        field = field_of(name)
        if not equals or field is None or not headers:
            told = f"expected [ours:|theirs:]FIELD=HEADER, FIELD one of {', '.join(FIELDS)}"
            raise _wrong(f"column: {told}; found `{text}`")
        parts = tuple(headers.split("+"))
        for one in (side,) if side else SIDES:
            found[one][field] = parts
    return found
