"""What the next bill will meet: deductibles, ceilings and balances that are left.

Read from the rows and counters of the table that settled the claim.  The next bill is taken to be
a new visit of the same kind as the settled one (same benefit, hospital, person, days and band of
the bill's size), on the same day: no window turns in between, and the same versions are in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from medsettle.compile.tables import Chain, Decompiled, ProgramTable
from medsettle.money import PPM
from medsettle.slip.runs import Rule, next_rules
from medsettle.vocabulary import BED_DAY, DATE_MAX

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: The window of what is not counted beyond one bill.
VISIT: Final = "visit"
_MONTHS: Final = 12


class DeductibleLeft(msgspec.Struct, frozen=True):
    """The deductible of a layer as the next bill finds it; amounts in fen.

    `amount_fen` is the whole deductible of the visit number `visit` (from 1; 0: it does not go by
    the visit), `left_fen` what is due of it after what was used, waived or capped.
    """

    name: str  # the counter of what is used; "" where it is due at every visit
    layer: str
    window: str
    visit: int
    amount_fen: int
    left_fen: int


class CeilingLeft(msgspec.Struct, frozen=True):
    """A ceiling of a layer as the next bill finds it; amounts in fen.

    It limits what the layer pays or the cost it pays for (`on` is "pay" or "cost") in a `window`:
    one of the vocabulary's, a period of the policy, or "bed_day", where `limit_fen` is for all the
    days of a visit as long as the settled one.  Ceilings with one `name` share what is used.
    """

    name: str  # the counter of what is used; "" where it holds for every visit
    layer: str
    on: str
    window: str
    limit_fen: int
    used_fen: int

    @property
    def left_fen(self) -> int:
        """What is left of it; never negative."""
        return max(self.limit_fen - self.used_fen, 0)


class BalanceLeft(msgspec.Struct, frozen=True):
    """What an account still has that a layer pays from, in fen."""

    name: str  # the counter
    layer: str
    fund: str
    left_fen: int


class Outlook(msgspec.Struct, frozen=True):
    """What a next bill of the same kind, on the same day, will meet; in order of the layers.

    All is as the next bill finds it: a layer that shares a counter with an earlier one may find
    less.
    """

    deductible_left_fen: (
        int  # that of the first layer which has one, as `Settlement.deductible_fen`
    )
    deductibles: tuple[DeductibleLeft, ...]
    ceilings: tuple[CeilingLeft, ...]
    balances: tuple[BalanceLeft, ...]
    funds_at_most_ppm: int  # of the bill, all funds together
    year_until: dt.date  # the first day of the next year, when what is counted by the year restarts
    rules_until: dt.date | None  # the day from which other rules hold for such a bill; None: open


def outlook(settlement: Settlement, table: Decompiled | None = None) -> Outlook:
    """Return what the next bill will meet; `table` is the settlement's, if it is read already."""
    table = table or settlement.table.decompiled
    rules = next_rules(settlement, table)
    deductibles = tuple(_deductible(rule, table) for rule in rules if rule.row.deductibles)
    days = settlement.claim.days
    return Outlook(
        deductible_left_fen=deductibles[0].left_fen if deductibles else 0,
        deductibles=deductibles,
        ceilings=tuple(one for rule in rules for one in _ceilings(rule, table, days)),
        balances=tuple(one for rule in rules for one in _balances(rule)),
        funds_at_most_ppm=table.programs[settlement.program].pay_at_most_ppm,
        year_until=year_until(settlement.claim.date, table.meta.year_starts),
        rules_until=_rules_until(settlement, table),
    )


def year_until(day: dt.date, starts: int) -> dt.date:
    """Return the first day of the year after `day`'s; years start with month number `starts`."""
    year = day.year + (day.month >= starts)
    return dt.date(year, starts, 1)


def limits_all(found: Outlook) -> bool:
    """Tell whether all funds together may not pay the whole of the next bill."""
    return found.funds_at_most_ppm != PPM


def _deductible(rule: Rule, table: Decompiled) -> DeductibleLeft:
    layer = rule.layer
    return DeductibleLeft(
        name=layer.used or "",
        layer=layer.meta.name,
        window=table.windows[layer.used] if layer.used else VISIT,
        visit=rule.ordinal + 1 if layer.visits else 0,
        amount_fen=rule.amount,
        left_fen=rule.due,
    )


def _ceilings(rule: Rule, table: Decompiled, days: int | None) -> Iterator[CeilingLeft]:
    for number, ceiling in enumerate(rule.layer.ceilings):
        if ceiling.on == "balance" or rule.only_counts(number):
            continue
        per_visit = BED_DAY if ceiling.per_day else VISIT
        yield CeilingLeft(
            name=ceiling.counter or "",
            layer=rule.layer.meta.name,
            on=ceiling.on,
            window=table.windows[ceiling.counter] if ceiling.counter else per_visit,
            limit_fen=rule.limit(number, days),
            used_fen=rule.used(ceiling),
        )


def _balances(rule: Rule) -> Iterator[BalanceLeft]:
    meta = rule.layer.meta
    for ceiling in rule.layer.ceilings:
        if ceiling.on == "balance" and ceiling.counter:
            yield BalanceLeft(ceiling.counter, meta.name, meta.fund, rule.before[ceiling.counter])


def _rules_until(settlement: Settlement, table: Decompiled) -> dt.date | None:
    """Return the first day on which such a claim is settled otherwise, or not at all."""
    claim = settlement.claim
    day = settlement.table.rule_date(claim)
    now = _rules_of(table, table.programs[settlement.program], settlement)
    until: dt.date | None = None
    for span in table.spans:
        if span.until is not None and span.until <= day:
            continue
        number = span.programs.get(claim.benefit)
        if span.from_ > day and (
            number is None or _rules_of(table, table.programs[number], settlement) != now
        ):
            return span.from_
        until = span.until
    return until if until is None or until < DATE_MAX else None


def _rules_of(table: Decompiled, program: ProgramTable, settlement: Settlement) -> object:
    """Return all that a program says of such a claim, to be compared; None: no figure."""
    chain: Chain | None = table.chain_for(program, settlement.claim)
    if chain is None:
        return None
    uses = program.uses
    served = [
        (
            msgspec.structs.replace(table.layers[uses[use].layer], number=0),
            uses[use].base,
            uses[use].tops_up,
            table.rows[row],
        )
        for use, row in chain.links
    ]
    return served, program.pay_at_most_ppm, program.episodes
