"""What the person's own part is made of: the parts of the bill that no payer took.

At any moment each fen of the bill lies in exactly one part (`docs/semantics.md`), so that the parts
which no later layer takes add up to what is left to the person, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import msgspec

from medsettle.slip.runs import LayerRun
from medsettle.vocabulary import FOUR_AMOUNTS, REMAINDERS

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: The person's own money: what it pays is the person's part all the same.
ACCOUNTS: Final = ("own_account", "family_account")
_IN_SCOPE: Final = "in_scope"


class Part(msgspec.Struct, frozen=True):
    """A part of the bill that is left to the person; fen, exact."""

    layer: str  # the layer that left it; "" for one of the four amounts
    kind: str  # of FOUR_AMOUNTS or REMAINDERS
    fen: Fraction


def own_parts(settlement: Settlement, runs: Sequence[LayerRun]) -> list[Part]:
    """Return the parts of the person's own part, none of them 0.

    Together they are `own_part_fen`: cash, and what is paid from accounts after all others have
    paid.  An account that pays before others is a payer like them.  A layer that paid nothing, and
    of which no later one took anything, leaves the parts of its base as it found them.
    """
    runs = _before_accounts(runs)
    taker: dict[str, LayerRun] = {}
    for run in runs:
        for part in run.use.base:
            taker.setdefault(part, run)
    idle = [run for run in runs if not run.step.pay and not _parts_of(run).intersection(taker)]

    def is_left(part: str) -> bool:
        return part not in taker or any(run is taker[part] for run in idle)

    found = list(_left_of_bill(settlement, is_left))
    for run in runs:
        if not any(run is other for other in idle):
            name = run.layer.meta.name
            left = [kind for kind in REMAINDERS if is_left(f"{name}.{kind}")]
            found += [Part(name, kind, getattr(run.step, kind)) for kind in left]
    return [part for part in found if part.fen]


def _parts_of(run: LayerRun) -> set[str]:
    """Return the names of the parts that a layer leaves."""
    return {f"{run.layer.meta.name}.{kind}" for kind in REMAINDERS}


def own_part_fen(settlement: Settlement, runs: Sequence[LayerRun]) -> int:
    """Return the person's own part: cash, and what accounts pay after all others have paid."""
    return settlement.cash_fen + sum(run.step.pay for run in runs[len(_before_accounts(runs)) :])


def _before_accounts(runs: Sequence[LayerRun]) -> Sequence[LayerRun]:
    """Return the runs without the accounts at their end."""
    count = len(runs)
    while count and runs[count - 1].step.fund in ACCOUNTS:
        count -= 1
    return runs[:count]


def _left_of_bill(settlement: Settlement, is_left: Callable[[str], bool]) -> Iterator[Part]:
    """Yield what is left of the four amounts; item groups that stand apart are in scope too."""
    claim = settlement.claim
    apart = {group: claim.items.get(group, 0) for group in settlement.table.meta.items}
    for name in FOUR_AMOUNTS:
        fen = getattr(claim, f"{name}_fen")
        rest = fen - (sum(apart.values()) if name == _IN_SCOPE else 0)
        left = rest if is_left(name) else 0
        if name == _IN_SCOPE:
            left += sum(fen for group, fen in apart.items() if is_left(f"item.{group}"))
        yield Part("", name, Fraction(left))
