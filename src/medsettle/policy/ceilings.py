"""Ceilings of a policy: limits of a layer on what it pays or on the cost it covers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from medsettle.policy.counting import VISIT, any_counter, counter, each, window
from medsettle.policy.document import NO_LIMIT, Adjust, Ceiling, Cite, Figure
from medsettle.policy.figures import AMOUNT, CHANGE_OF_AMOUNT, FACTOR, Unit, condition, figure
from medsettle.policy.table import Table
from medsettle.vocabulary import BED_DAY

CEILING_KEYS: Final = (
    *("per", "pay_yuan", "cost_yuan", "counts", "balance"),
    *("when", "used", "used_each", "adjust"),
)
#: What a balance is counted over: nothing starts it again.
BALANCE_PER: Final = "lifetime"

#: What a ceiling that only counts may count.
COUNTED: Final = ("pay", "cost")

#: The keys of an adjustment of a ceiling: the change that each stands for, and its unit.
LIMIT_KEYS: Final[dict[str, tuple[str, Unit]]] = {
    "times": ("times", FACTOR),
    "plus_yuan": ("plus", CHANGE_OF_AMOUNT),
    "at_least_yuan": ("at_least", AMOUNT),
    "at_most_yuan": ("at_most", AMOUNT),
}

_EXAMPLE: Final = 'ceilings = [{ per = "year", pay_yuan = 100_000 }]'
_ADJUST_EXAMPLE: Final = 'adjust = [{ when = { status = "retired" }, times = 1.5 }]'


def read_ceilings(layer: Table, name: str, cite: tuple[Cite, ...]) -> Iterator[Ceiling]:
    """Yield the ceilings of layer `name`; `cite` is what adjustments cite by default."""
    for row in layer.rows("ceilings", "a ceiling", CEILING_KEYS, _EXAMPLE):
        key = row.only(("pay_yuan", "cost_yuan", "counts", "balance"))
        if key == "balance":
            yield _balance(row)
            continue
        per = window(row, "per", bed_day=True)
        if key is None:
            continue
        limit: Figure = NO_LIMIT
        if key == "counts":
            on = row.choice(key, COUNTED)
            row.idle("adjust", "beside an amount")
        else:
            on = key.removesuffix("_yuan")
            limit = figure(row.reading, row.at(key), AMOUNT)
        if per in (VISIT, BED_DAY):
            row.idle("used_each", f"when the window is not `{per}`")
        yield Ceiling(
            per=per,
            on=on,
            limit=limit,
            used=counter(row, "used", f"{name}.{on}", per),
            each=each(row, "used_each"),
            when=condition(row, "when"),
            adjust=tuple(read_adjusts(row, cite, LIMIT_KEYS, _ADJUST_EXAMPLE)),
            place=row.place,
        )


def read_adjusts(
    table: Table, cite: tuple[Cite, ...], changes: dict[str, tuple[str, Unit]], example: str
) -> Iterator[Adjust]:
    """Yield the rows of `adjust` in a layer or a ceiling; `changes` are the keys they may have."""
    for row in table.rows("adjust", "an adjustment", ("when", "cite", *changes), example):
        when = condition(row, "when")
        own = row.single_cite() or next(iter(cite), Cite(""))
        key = row.only(list(changes))
        if key is None:
            continue
        change, unit = changes[key]
        yield Adjust(when, change, figure(row.reading, row.at(key), unit), own, row.place)


def _balance(row: Table) -> Ceiling:
    """Return a ceiling that is a counter, from which the layer takes what it pays."""
    for key in ("per", "used", "adjust"):
        row.idle(key, "beside an amount")
    return Ceiling(
        per=BALANCE_PER,
        on="balance",
        limit=Fraction(0),
        used=any_counter(row, "balance", "own_account.balance"),
        each=each(row, "used_each"),
        when=condition(row, "when"),
        adjust=(),
        place=row.place,
    )
