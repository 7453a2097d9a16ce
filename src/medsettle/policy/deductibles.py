"""Deductibles of a policy: what the person bears before a layer pays."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from medsettle.policy.counting import VISIT, any_counter, counter, each, visits_counter, window
from medsettle.policy.document import Cap, Deductible, Figure
from medsettle.policy.errors import quoted
from medsettle.policy.figures import AMOUNT, PERCENT, figure
from medsettle.policy.table import Table

DEDUCTIBLE_KEYS: Final = (
    *("per", "amount_yuan", "later_pct", "each_later_minus_yuan", "at_least_yuan"),
    *("inside_first_band", "visits", "visits_each", "continued_counts", "used", "used_each"),
    *("waived_after", "cap"),
)
CAP_KEYS: Final = ("per", "yuan", "used", "used_each")

_EXAMPLE: Final = 'deductible = { per = "visit", amount_yuan = 1_300 }'
_CAP_EXAMPLE: Final = 'cap = { per = "year", yuan = 2_000 }'
_LATER: Final = ("later_pct", "each_later_minus_yuan")
_BY_ORDINAL: Final = "when the amount goes by the visit's ordinal"


def read_deductible(layer: Table, name: str) -> Deductible | None:
    """Return the deductible of layer `name`; None without one."""
    if "deductible" not in layer:
        return None
    if not isinstance(layer.values["deductible"], Mapping):
        layer.wrong_type("a table", _EXAMPLE, "deductible")
        return None
    table = Table(layer.reading, layer.at("deductible"), "the deductible", DEDUCTIBLE_KEYS)
    per = window(table, "per")
    amounts = _amounts(table)
    _check_ordinal(table)
    if per == VISIT:
        table.idle("used_each", "when the window is not `visit`")
    return Deductible(
        per=per,
        amounts=amounts,
        later=_later(table),
        step_down=_optional(table, "each_later_minus_yuan"),
        floor=_optional(table, "at_least_yuan"),
        inside_first_band=table.flag("inside_first_band"),
        visits=visits_counter(table, "visits", f"{name}.visits"),
        visits_each=each(table, "visits_each"),
        continued_counts=table.flag("continued_counts"),
        used=counter(table, "used", f"{name}.deductible", per),
        used_each=each(table, "used_each"),
        waived_after=any_counter(table, "waived_after", f"{name}.pay"),
        cap=_cap(table, name),
        place=table.place,
    )


def _amounts(table: Table) -> tuple[Figure, ...]:
    """Return the amounts of a deductible by the visit's ordinal."""
    key = "amount_yuan"
    if not table.demand(key, f"{key} = 1_300"):
        return ()
    value = table.values[key]
    if not isinstance(value, list):
        return (figure(table.reading, table.at(key), AMOUNT),)
    if not value:
        table.reading.mistake("P115", table.at(key), key=key)
    return tuple(figure(table.reading, table.at(key, i), AMOUNT) for i in range(len(value)))


def _check_ordinal(table: Table) -> None:
    """Report keys about the visit's ordinal that contradict each other or have no meaning."""
    listed = isinstance(table.values.get("amount_yuan"), list)
    later = [key for key in _LATER if key in table]
    for key in later if listed else ():
        table.idle(key, "when `amount_yuan` is one amount")
    if len(later) > 1:
        place = table.reading.source.key_place(table.at(later[1]))
        table.reading.report.add("P123", place, where=table.what, options=quoted(_LATER))
    if not listed and not later:
        for key in ("visits", "visits_each", "continued_counts"):
            table.idle(key, _BY_ORDINAL)
    if not later:
        table.idle("at_least_yuan", f"beside {quoted(_LATER).replace(', ', ' or ')}")


def _later(table: Table) -> tuple[Figure, ...]:
    """Return the shares of the only amount by later ordinal."""
    key = "later_pct"
    value = table.values.get(key, ())
    if not isinstance(value, list | tuple):
        table.wrong_type("a list of numbers", f"{key} = [50, 0]", key)
        return ()
    if key in table and not value:
        table.reading.mistake("P115", table.at(key), key=key)
    return tuple(figure(table.reading, table.at(key, i), PERCENT) for i in range(len(value)))


def _optional(table: Table, key: str) -> Figure | None:
    return figure(table.reading, table.at(key), AMOUNT) if key in table else None


def _cap(deductible: Table, name: str) -> Cap | None:
    """Return the most that deductibles may come to in a window."""
    if "cap" not in deductible:
        return None
    if not isinstance(deductible.values["cap"], Mapping):
        deductible.wrong_type("a table", _CAP_EXAMPLE, "cap")
        return None
    table = Table(deductible.reading, deductible.at("cap"), "the cap", CAP_KEYS)
    per = table.choice("per", table.reading.names.windows(VISIT))
    limit: Figure = Fraction(0)
    if table.demand("yuan", "yuan = 2_000"):
        limit = figure(table.reading, table.at("yuan"), AMOUNT)
    used = counter(table, "used", f"{name}.deductible_cap", per)
    return Cap(per, limit, used, each(table, "used_each"))
