"""What an identity says of a message: `Finding`; and the facts it looks at: `Settled`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from medsettle.nhsa.fields import HIDDEN, Message
from medsettle.nhsa.listing import ListHead, ListItem
from medsettle.nhsa.messages import FeeDetail, FeeResult, SetlDetail, SetlInfo
from medsettle.nhsa.profiles import Profile, profile

#: It holds.
OK: Final = "ok"
#: It does not.
FAILS: Final = "fails"
#: It cannot be said: a field is missing, or nobody knows which way the region goes.
NOT_APPLICABLE: Final = "n/a"
#: Worth a look; other systems do it, so it is no failure.
NOTE: Final = "note"

ZERO: Final = Decimal(0)

Terms = tuple[tuple[str, Decimal], ...]


class Finding(msgspec.Struct, frozen=True):
    """What one identity says: its name, OK, FAILS, NOT_APPLICABLE or NOTE, and why.

    `by` is what is left over: the left side less the right.  `terms` are the fields looked at with
    their values, `missing` those that were not there, `row` a row of the lines or the breakdown.
    """

    identity: str
    state: str
    text: str = ""
    by: Decimal = ZERO
    terms: Terms = ()
    missing: tuple[str, ...] = ()
    row: int | None = None

    def __str__(self) -> str:
        where = "" if self.row is None else f" row {self.row}"
        by = f" by {self.by}" if self.by else ""
        if self.missing:
            return f"{self.identity}{where} {self.state}: {', '.join(self.missing)} missing"
        told = ", ".join(f"{name} {value}" for name, value in self.terms)
        parts = (text for text in (self.text, told) if text)
        return f"{self.identity}{where} {self.state}{by}: {'; '.join(parts)}"


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """All that one message, or a set of them, tells of a settlement.

    `lines` are what was sent or answered line by line, `original` the settlement that `info`
    cancels, `listing` the settlement list.
    """

    info: SetlInfo | None = None
    details: tuple[SetlDetail, ...] = ()
    lines: tuple[FeeDetail | FeeResult, ...] = ()
    original: SetlInfo | None = None
    original_details: tuple[SetlDetail, ...] = ()
    list_head: ListHead | None = None
    list_items: tuple[ListItem, ...] = ()
    profile: Profile = msgspec.field(default_factory=profile)

    @property
    def is_reversal(self) -> bool:
        """Whether the settlement is the reversal of another: its total is negative."""
        return self.info is not None and self.info.medfee_sumamt < 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that an identity could look at."""
        return self.info is None and not (
            self.details or self.lines or self.list_head or self.list_items
        )


#: An identity: looks at what is known, and says what it finds.
Identity = Callable[[Settled], Iterable[Finding]]


class Values:
    """The amounts of a struct, with a list of those that were asked for and are not there."""

    def __init__(self, message: Message | None) -> None:
        self.message = message
        self.terms: list[tuple[str, Decimal]] = []
        self.missing: list[str] = []

    def need(self, name: str) -> Decimal:
        """Return a field that an identity cannot do without; 0, and remembered, if missing."""
        return self._of(name, self.missing)

    def take(self, name: str) -> Decimal:
        """Return a field that is 0 where it is missing."""
        return self._of(name, None)

    def has(self, name: str) -> bool:
        """Tell whether a field is stated."""
        return self.message is not None and getattr(self.message, name) is not None

    def _of(self, name: str, missing: list[str] | None) -> Decimal:
        assert name not in HIDDEN
        value: Decimal | None = None if self.message is None else getattr(self.message, name)
        if value is None:
            if missing is not None:
                missing.append(name)
            return ZERO
        self.terms.append((name, value))
        return value

    def equal(self, identity: str, left: Decimal, right: Decimal, text: str) -> Finding:
        """Return that two sums agree, that they do not, or that a field for them is missing."""
        if self.missing:
            return Finding(identity, NOT_APPLICABLE, text, missing=tuple(self.missing))
        return agree(identity, left, right, text, tuple(self.terms))


def agree(
    identity: str, left: Decimal, right: Decimal, text: str, terms: Terms, row: int | None = None
) -> Finding:
    """Return that two sums agree, or by how much they do not."""
    state = OK if left == right else FAILS
    return Finding(identity, state, text, left - right, terms, row=row)


def missing(identity: str, *names: str) -> Finding:
    """Return that an identity cannot be looked at, since `names` are not there."""
    return Finding(identity, NOT_APPLICABLE, missing=names)


@functools.cache
def amount_fields() -> tuple[str, ...]:
    """Return the fields of `setlinfo` that a reversal negates, in order."""
    from medsettle.nhsa.fields import Number
    from medsettle.nhsa.plans import hints

    money = Number(16, 2)
    kept = ("balc", "dedc_std", "crt_dedc")  # what there is, or is due, not what was paid
    return tuple(
        name for name, hint in hints(SetlInfo).items() if hint.kind == money and name not in kept
    )
