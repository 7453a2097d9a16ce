"""Settling items again from a point in time on: claims, deposits, stays, identities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from medsettle.compile.decompile import decompile
from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.records import Deposit
from medsettle.ledger.state import Carried, Item, Known, Stays, year_to_date
from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX
from medsettle.refusal import ClaimError
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable

#: An item, its settlement if it is a claim, what the person carries after it, and the stays.
Settled = tuple[Item, Settlement | None, Carried, Stays]


def replay(
    table: BenefitTable,
    items: Iterable[Item],
    carried: Carried,
    stays: Stays,
    identities: tuple[Known, ...],
    concerned: str | None,
) -> Iterator[Settled]:
    """Yield each item with what comes of it, the person carrying `carried` before the first.

    Raises ClaimError where the table refuses the claim `concerned`; LedgerError Y105 where it
    refuses another, Y106 for a stay that was interrupted, Y107 for a deposit that cannot be.
    """
    for item in items:
        what = item.what
        if isinstance(what, Deposit):
            carried = _credited(table, carried, what)
            yield item, None, carried, stays
            continue
        claim = what if not identities else identified(what, identities)
        if item.stay or stays.benefit:
            claim, stays = _in_stay(claim, item.stay, stays)
        try:
            carried = settlement = table.settle(claim, carried)
        except ClaimError as error:
            if what.id == concerned:
                raise
            raise LedgerError(Fault.LATER_REFUSED, claim=what.id, refusal=error) from error
        yield item, settlement, carried, stays


def identified(claim: Claim, identities: tuple[Known, ...]) -> Claim:
    """Return a claim with what is known of the person on its date; the latest word counts."""
    fields = {
        field: value
        for known in identities
        if known.from_ <= claim.date
        for field, value in known.fields.items()
    }
    return msgspec.structs.replace(claim, **fields) if fields else claim


def _in_stay(claim: Claim, stay: str, stays: Stays) -> tuple[Claim, Stays]:
    """Return the claim, continuing its stay where it is not the first part, and the stays."""
    names = stays.names
    if not stay:
        if claim.benefit == stays.benefit and not claim.continues:
            return claim, Stays((*names, ""))
        return claim, stays
    if stay not in names:
        return claim, Stays((*names, stay), claim.benefit)
    if names[-1] != stay:
        other = f"`{names[-1]}`" if names[-1] else "of a claim without one"
        raise LedgerError(
            Fault.STAY,
            claim=claim.id,
            what=f"between the parts of its stay another began, {other}",
            hint="parts of a stay stand together: date them by the stay, or settle the claim "
            "without `stay` and say in the claim whether it continues one",
        )
    return msgspec.structs.replace(claim, continues=True), Stays(names, claim.benefit)


# ---------------------------------------------------------------------------- deposits


def _credited(table: BenefitTable, carried: Carried, deposit: Deposit) -> YearToDate:
    """Return what the person carries with a deposit on the account."""
    if deposit.counter not in balances(table):
        known = ", ".join(sorted(balances(table))) or "none"
        raise LedgerError(
            Fault.DEPOSIT, what=f"the policy's accounts are {known}", hint="name one of them"
        )
    before = year_to_date(carried)
    balance = before.counters.get(deposit.counter, 0) + deposit.fen
    if not 0 <= balance <= FEN_MAX:
        end = "below 0" if balance < 0 else "beyond ten billion yuan"
        raise LedgerError(
            Fault.DEPOSIT,
            what=f"the balance {deposit.counter} would be {balance} fen on {deposit.date}, {end}",
        )
    counters = {**before.counters, deposit.counter: balance}
    return YearToDate(before.last_date, {name: value for name, value in counters.items() if value})


@lru_cache(maxsize=16)
def balances(table: BenefitTable) -> frozenset[str]:
    """Return the counters of a table that are the balance of an account."""
    return frozenset(
        ceiling.counter
        for layer in decompile(table.image).layers
        for ceiling in layer.ceilings
        if ceiling.on == "balance" and ceiling.counter
    )
