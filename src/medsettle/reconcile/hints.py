"""What a pattern in the differences suggests; a hint changes no figure."""

from __future__ import annotations

import numpy as np

from medsettle.reconcile.fields import ACCOUNT, FUNDS, SIDES
from medsettle.reconcile.found import Found, Side
from medsettle.reconcile.kinds import NUMBER, Kind
from medsettle.reconcile.options import Plan
from medsettle.reconcile.rows import day_text
from medsettle.reconcile.texts import Array


def hints_of(found: Found, plan: Plan, sides: tuple[Side, Side]) -> tuple[str, ...]:
    """Return the hints, most telling first."""
    told = [_fund_includes_account(found, plan), *_edges(found, plan, sides)]
    return tuple(filter(None, told))


def _of(found: Found, kind: Kind) -> Array:
    return np.asarray(found.kind == NUMBER[kind])


def _fund_includes_account(found: Found, plan: Plan) -> str:
    """Tell when most amounts differ by the account in the funds, on one side."""
    if not {"total_funds", "account"} <= set(plan.compared):
        return ""
    pairs = found.take(_of(found, Kind.AMOUNT))
    apart = pairs.ours.fen - pairs.theirs.fen
    only_funds = (apart[:, FUNDS] != 0) & ~np.delete(apart, FUNDS, axis=1).any(axis=1)
    for side, sign in ((0, 1), (1, -1)):
        account = (pairs.ours, pairs.theirs)[side].fen[:, ACCOUNT]
        explains = int((only_funds & (apart[:, FUNDS] == sign * account)).sum())
        if explains * 2 > len(pairs):
            return (
                f"in {explains:,} of {len(pairs):,} claims with other amounts the funds of "
                f"{SIDES[side]} seem to include the account: --fund-includes-account {SIDES[side]}"
            )
    return ""


def _edges(found: Found, plan: Plan, sides: tuple[Side, Side]) -> list[str]:
    """Tell when claims are missing on the first or last day that the sides have."""
    if plan.options.has_period or sides[0].days is None or sides[1].days is None:
        return []
    first = min(side.days[0] for side in sides if side.days)
    last = max(side.days[1] for side in sides if side.days)
    missing = _of(found, Kind.MISSING_HERE) | _of(found, Kind.MISSING_THERE)
    day = np.maximum(found.ours.day, found.theirs.day)[missing]
    if first == last or not len(day):
        return []
    return [
        f"{count:,} of {len(day):,} missing claims are of the {which} day, {day_text(edge)}: the "
        "sides may end at other hours; take a day more of both, and --from and --until"
        for which, edge in (("first", first), ("last", last))
        if (count := int((day == edge).sum())) * 2 > len(day)
    ]
