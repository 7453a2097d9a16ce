"""The names that one table knows: values of the axes, item groups, bands, and which value counts.

The vocabulary's names come first, the policy's own behind them in the order of its file; the place
of a value among them is its code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from medsettle.money import yuan_text
from medsettle.vocabulary import (
    AXES,
    BENEFITS,
    BILL_SIZE,
    ITEM_GROUPS,
    NUMBERS,
    axis_values,
    default_value,
)

if TYPE_CHECKING:
    from medsettle.compile.meta import Meta
    from medsettle.model import Claim

#: What a counter counts: fen, visits, or the day on which a period began.
FEN: Final = "fen"
VISITS: Final = "visits"
DAY: Final = "day"
#: What parts several values of one axis in a text.
PLUS: Final = "+"


class Names(msgspec.Struct, frozen=True):
    """The names of a table, as its doors need them."""

    codes: Mapping[str, Mapping[str | None, int]]  # axis -> value -> code; None says nothing
    texts: Mapping[str, Mapping[str | None, int]]  # likewise, "" too; and of `benefit`
    titles: Mapping[str, Mapping[str, str]]  # axis -> own value -> its Chinese title
    groups: tuple[str, ...]  # item groups that a claim may state
    split: tuple[str, ...]  # those that the policy tells apart, in the kernel's order
    best_of: Mapping[str, tuple[str, ...]]
    bands: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, meta: Meta) -> Names:
        """Return the names behind an image."""
        own = meta.values
        codes = {axis: codes_of((*AXES[axis], *own.get(axis, ()))) for axis in AXES}
        benefits: dict[str | None, int] = {name: code for code, name in enumerate(BENEFITS)}
        return cls(
            codes=codes,
            texts={axis: {"": 0, **known} for axis, known in codes.items()} | {"benefit": benefits},
            titles=own,
            groups=(*ITEM_GROUPS, *own.get("item", ())),
            split=meta.items,
            best_of=meta.best_of,
            bands=meta.bands,
        )

    def known(self, field: str) -> tuple[str, ...]:
        """Return the names that a field of names may have; of another field, the item groups."""
        if field == "benefit":
            return tuple(BENEFITS)
        return (*axis_values(field), *self.titles.get(field, ())) if field in AXES else self.groups

    def best(self, axis: str, value: Any) -> str | None:
        """Return the value that counts of those that a claim states; None where none is stated.

        Raises KeyError for values that the table does not know, or among which none counts.
        """
        if isinstance(value, str) and PLUS in value:
            value = tuple(part.strip() for part in value.split(PLUS))
        if value is None or isinstance(value, str):
            known: str | None = value or None
            self.codes[axis][known]
            return known
        if not isinstance(value, tuple | list):
            raise KeyError(value)
        ranks = self.best_of.get(axis, ())
        if not value or any(one not in ranks for one in value):
            raise KeyError(value)
        best: str = min(value, key=ranks.index)
        return best

    def code(self, axis: str, value: Any) -> int | None:
        """Return the code of a name, or of the one that counts of several; None: there is none."""
        try:
            return self.codes[axis][self.best(axis, value)]
        except (KeyError, TypeError):
            return None

    def expected(self, field: str) -> str:
        """Return what a field of names may hold, in words."""
        several = f", or several joined by `{PLUS}`" if field in self.best_of else ""
        return f"one of {', '.join(self.known(field))}{several}"

    def band(self, axis: str, number: int | None) -> str | None:
        """Return the band that a number lies in; None where it is not stated, or in none."""
        bands = self.bands.get(axis, {})
        if number is None or not bands:
            return None
        if axis == BILL_SIZE:
            reached = [name for name, above in bands.items() if number > above]
            return reached[-1] if reached else next(iter(bands))
        reached = [name for name, lowest in bands.items() if number >= lowest]
        return reached[-1] if reached else None

    def values(self, claim: Claim) -> dict[str, str | None]:
        """Return what a claim that was settled has on every axis: a value, a band, or None."""
        found: dict[str, str | None] = {
            axis: self.best(axis, getattr(claim, axis)) or default_value(axis) for axis in AXES
        }
        found |= {axis: self.band(axis, getattr(claim, axis)) for axis in NUMBERS}
        return found | {BILL_SIZE: self.band(BILL_SIZE, claim.total_fen)}


def codes_of(values: Iterable[str | None]) -> dict[str | None, int]:
    """Return the codes of an axis's values; None is what a claim means by leaving the axis out."""
    return {None: 0} | {value: code for code, value in enumerate(values)}


def counter_kind(name: str) -> str:
    """Return what a counter of this name counts: FEN, VISITS or DAY."""
    plain = name.partition("@")[0]
    if plain.endswith(".visits"):
        return VISITS
    return DAY if plain.endswith(".start") else FEN


def counter_text(name: str, value: int) -> str:
    """Return what a counter holds as people read it: yuan, visits, or a date."""
    kind = counter_kind(name)
    if kind == DAY:
        return dt.date.fromordinal(value).isoformat() if value else "-"
    return str(value) if kind == VISITS else yuan_text(value)
