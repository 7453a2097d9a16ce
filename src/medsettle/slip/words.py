"""What a slip has words for; `languages.py` has the words, in each language.

Names of the vocabulary keep their one Chinese term.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from medsettle.bill.words import CLASSES
from medsettle.vocabulary import (
    AXES,
    BED_DAY,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    ITEM_GROUPS,
    PROVENANCE,
    REMAINDERS,
    WINDOWS,
    default_value,
)


class Words(msgspec.Struct, frozen=True):
    """What a slip says; every `{}` is filled in."""

    chinese: bool
    title: str
    admitted: str
    discharged: str
    days: str
    continues: str
    rule_date: str
    bill: str
    of_which: str
    total: str
    base: str
    nothing: str
    rest: str
    everything: str
    deductible: str
    visit: str
    used: str
    waived: str  # by which counter
    cap: str  # in which window, of how much, how much is used
    inside: str
    bands: str
    span: str
    topped: str
    ceiling: str
    times_days: str
    counted: str  # in which counter, how much is used
    balance: str
    room: str
    reached: str
    pays: str
    person_share: str
    left: str
    hands_over: str
    clauses: str
    adjusted: str  # whom it concerns, what it does, the clause
    changes: dict[str, str]
    meets: str  # between two conditions
    payers: str
    at_most_all: str
    cash: str
    carried: str
    weakest_paid: str
    weakest: str
    fingerprint: str
    numbers: dict[str, str]  # by axis
    bed_day: str
    period: str  # its name and its days
    listed: str  # between several layers
    on_pay: str
    on_cost: str
    comma: str
    colon: str
    in_brackets: str
    lines: str
    count: str  # of lines
    subtotal: str  # of which class
    line_ceiling: str
    line_share: str
    line_limits: dict[str, str]  # by `bill.words.LIMITS`
    line_discharge: str  # how many days
    line_restricted: str
    line_return: str
    funds_total: str
    own_parts: str
    own_left: str  # of which layer, which part
    own_total: str
    own_accounts: str
    till: str
    rounding: str
    roles: dict[str, str]  # what a counter counts, by `counting.ROLES`
    role_of: str  # which layers, what it counts
    limit: str
    next_bill: str
    assumed: str
    deductible_left: str
    every_visit: str
    ceiling_left: str
    balance_left: str
    already: str
    year_until: str
    rules_until: str

    def _term(self, name: str, terms: dict[str, str]) -> str:
        return terms[name] if self.chinese else name.replace("_", " ")

    def fund(self, name: str) -> str:
        """Return who pays."""
        return self._term(name, FUNDS)

    def benefit(self, name: str) -> str:
        """Return the kind of visit."""
        return self._term(name, BENEFITS)

    def window(self, name: str, periods: Mapping[str, int]) -> str:
        """Return the stretch of time; `periods` are the policy's own ones, with their days."""
        if name == BED_DAY:
            return self.bed_day
        if name in periods:
            return self.period.format(name, periods[name])
        return WINDOWS[name] if self.chinese else f"per {name.replace('_', ' ')}"

    def provenance(self, name: str) -> str:
        """Return how well a clause is known."""
        return self._term(name, PROVENANCE)

    def limits(self, on: str) -> str:
        """Return what a ceiling limits: payment or cost."""
        return self.on_pay if on == "pay" else self.on_cost

    def layer(self, name: str, title: str) -> str:
        """Return what a layer is called: its Chinese title if it has one, or its name."""
        return title if self.chinese and title else name

    def spoken(self, name: str, title: str, fund: str) -> str:
        """Return what a layer is called in a sentence to the person: never by its code name."""
        return (title or self.fund(fund)) if self.chinese else name.replace("_", " ")

    def class_of(self, name: str) -> str:
        """Return the class of an item; what no catalogue knows stays as it is."""
        if name not in CLASSES:
            return name
        return CLASSES[name] if self.chinese else f"class {name[-1].upper()}"

    def value(self, axis: str, value: str | None, own: Mapping[str, str]) -> str:
        """Return the value of an axis; "" for what a claim means by leaving it out."""
        return "" if value == default_value(axis) else self.named(axis, value, own)

    def named(self, axis: str, value: str | None, own: Mapping[str, str]) -> str:
        """Return the value of an axis, a default too; "" where none is stated.

        `own` are the policy's own values of the axis, with their Chinese titles.
        """
        if value is None:
            return ""
        if self.chinese:
            return own.get(value) or AXES[axis].get(value) or value
        return f"{axis.replace('_', ' ')} {value.replace('_', ' ')}"

    def item(self, group: str, own: Mapping[str, str]) -> str:
        """Return an item group; `own` are the policy's and the catalogue's, with titles."""
        titles = {**ITEM_GROUPS, **own}
        return titles.get(group, group) if self.chinese else group.replace("_", " ")

    def kind(self, name: str) -> str:
        """Return one of the four amounts, or what a layer leaves."""
        return self._term(name, {**FOUR_AMOUNTS, **REMAINDERS})
