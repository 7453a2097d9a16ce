"""Names of a policy: the vocabulary's, and those that the policy gives bands, values and periods.

What they mean is read in `head.py`; this room only tells which name belongs to what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from medsettle.vocabulary import (
    AXES,
    AXIS_ORDER,
    BANDED,
    BED_DAY,
    BILL_SIZE,
    FOUR_AMOUNTS,
    ITEM_GROUPS,
    REMAINDERS,
    WINDOWS,
    axis_values,
)

OTHER: Final = "other"
#: In a condition: every value but the listed ones.
NOT: Final = "not"
#: Where a policy names item groups, and how a base names one: `item.class_b`.
ITEM: Final = "item"
#: The three wide names of a base.
REST: Final = "rest"
EVERYTHING: Final = "everything"
#: The keys of a multiple of an indicator.
MULTIPLE_KEYS: Final = ("of", "times", "pct", "round_to_yuan")

#: The keys of the head under which bands stand, with their axis.
BAND_TABLES: Final = {("bill_size_yuan" if axis == BILL_SIZE else axis): axis for axis in BANDED}
#: The bands that hints give as an example.
BAND_EXAMPLES: Final = {
    "age": "under_70 = 0` and `age_70_up = 70",
    "months": "new_member = 0` and `after_six_months = 6",
    "enrolled_years": "new_member = 0` and `ten_years = 10",
    "zero_claim_years": "some_claim = 0` and `no_claim = 1",
    "bill_size": "small_bill = 0` and `large_bill = 30_000",
}


class Names(NamedTuple):
    """The names that a policy gives, beside the vocabulary's."""

    values: Mapping[str, Mapping[str, str]] = {}  # axis, or "item" -> value -> Chinese title
    bands: Mapping[str, Mapping[str, int]] = {}  # axis of BANDED -> band -> lowest number
    periods: tuple[str, ...] = ()

    def axis_of(self, value: str) -> str | None:
        """Return the axis that `value` is a value of; None when there is none."""
        if (axis := _owners().get(value)) is not None:
            return axis
        for table in (self.bands, self.values):
            for axis, own in table.items():
                if value in own and axis != ITEM:
                    return axis
        return None

    def options(self, axis: str) -> tuple[str, ...]:
        """Return the values that figures and conditions may name on `axis`."""
        if axis in BANDED:
            return tuple(self.bands.get(axis, ()))
        return (*axis_values(axis), *self.values.get(axis, ()))

    def all_values(self) -> Iterator[str]:
        """Yield every value of every axis."""
        for axis in AXIS_ORDER:
            yield from self.options(axis)

    def items(self) -> tuple[str, ...]:
        """Return the item groups that a base may name."""
        return (*ITEM_GROUPS, *self.values.get(ITEM, ()))

    def windows(self, *without: str) -> tuple[str, ...]:
        """Return the windows in which something may be counted, but those in `without`."""
        return tuple(each for each in (*WINDOWS, *self.periods) if each not in without)


def axis_table(axis: str) -> str:
    """Return the key of the head under which the bands of `axis` stand."""
    return next(table for table, owner in BAND_TABLES.items() if owner == axis)


@cache
def taken() -> frozenset[str]:
    """Return the names of the vocabulary that bands, values, item groups and periods may not have.

    Funds and benefits are not among them: nothing that names one may name a value.
    """
    fixed = (*AXIS_ORDER, *ITEM_GROUPS, *WINDOWS, *FOUR_AMOUNTS, *REMAINDERS, *MULTIPLE_KEYS)
    return frozenset((*_owners(), *fixed, OTHER, NOT, ITEM, REST, EVERYTHING, BED_DAY))


@cache
def _owners() -> dict[str, str]:
    return {value: axis for axis in AXES for value in axis_values(axis)}
