"""The year so far: every counter of a person after a claim, with what it counts and its limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from medsettle.compile.tables import Decompiled, LayerTable
from medsettle.names import DAY, counter_kind
from medsettle.slip.runs import Rule, counters_after

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: What a counter may count for a layer.
ROLES: Final = ("balance", "pay", "cost", "cap", "used", "measured", "visits", "start")


class Counted(msgspec.Struct, frozen=True):
    """A counter after a claim: fen, visits or a day, as its kind says."""

    name: str
    window: str
    role: str  # of ROLES: what it counts, for the first of its layers
    layers: tuple[str, ...]  # all that count by it, by name
    value: int
    limit: int | None  # as the settled claim met it; None where it met none

    @property
    def kept_apart_for(self) -> str:
        """The value of an axis that it is kept apart for; "" for one that is not."""
        return self.name.partition("@")[2]


def year_so_far(settlement: Settlement, table: Decompiled, rules: list[Rule]) -> Iterator[Counted]:
    """Yield every counter that is not 0, or of which the settled claim's layers know a limit.

    `rules` are those that the claim met, or that the next one will meet.
    """
    limits = _limits(rules, settlement.claim.days)
    for name, value in counters_after(settlement).items():
        if not value and name not in limits:
            continue
        roles = {role: layers for role in ROLES if (layers := _layers(table, name, role))}
        role = next(iter(roles), "start" if counter_kind(name) == DAY else "used")
        yield Counted(
            name=name,
            window=table.windows[name],
            role=role,
            layers=roles.get(role, ()),
            value=value,
            limit=limits.get(name),
        )


def _layers(table: Decompiled, name: str, role: str) -> tuple[str, ...]:
    """Return the layers, each once, that count so by a counter."""
    found = (layer.meta.name for layer in table.layers if name in _counters(layer, role))
    return tuple(dict.fromkeys(found))


def _counters(layer: LayerTable, role: str) -> tuple[str | None, ...]:
    if role in ("balance", "pay", "cost"):
        return tuple(ceiling.counter for ceiling in layer.ceilings if ceiling.on == role)
    return () if role == "start" else (getattr(layer, role),)


def _limits(rules: list[Rule], days: int | None) -> dict[str, int]:
    """Return the limit of each counter; the least, where layers that share it have several."""
    found: dict[str, int] = {}
    for rule in rules:
        layer = rule.layer
        mine = [
            (ceiling.counter, rule.limit(number, days))
            for number, ceiling in enumerate(layer.ceilings)
            if ceiling.on != "balance" and not rule.only_counts(number)
        ]
        mine += [(layer.used, rule.amount)] if rule.row.deductibles else []
        mine += [(layer.cap, rule.row.cap)]
        for name, limit in mine:
            if name is not None:
                found[name] = min(limit, found.get(name, limit))
    return found
