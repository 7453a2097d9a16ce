"""The accounting identities of the national interface, executable over any answer.

`check` runs them all.  Each finding says ok, by how much an identity fails and with which fields
and values, or which field is missing.  `docs/nhsa.md` has the table, with what confirms each.
"""

from __future__ import annotations

from typing import Final

from medsettle.nhsa import breakdown, line_sums, reversal, settlement_list, sums
from medsettle.nhsa.finding import FAILS, Finding, Identity, Settled

#: Every identity by its name.  I4 covers I4b: what else there is, is in `oth_pay`.
IDENTITIES: Final[dict[str, Identity]] = {
    "I0": line_sums.price_times_quantity,
    "I0b": line_sums.line_four_amounts,
    "I1": sums.four_amounts,
    "I1b": line_sums.sums_of_lines,
    "I2": sums.who_pays,
    "I3": sums.person_pays,
    "I4": sums.funds_add_up,
    "I4c": sums.account_in_total,
    "I5": sums.deductible_and_copay,
    "I6": sums.person_bears,
    "I7": breakdown.bands,
    "I8": breakdown.all_payers,
    "I9": sums.family_account,
    "I10": reversal.negation,
    "I11": settlement_list.list_adds_up,
    "I12": sums.recognised,
    "I13": sums.deductibles,
    "I14": breakdown.room,
    "level": line_sums.class_and_share,
}


def check(facts: Settled) -> tuple[Finding, ...]:
    """Return what every identity says of a settlement, in the order of IDENTITIES."""
    return tuple(finding for identity in IDENTITIES.values() for finding in identity(facts))


def failures(facts: Settled) -> tuple[Finding, ...]:
    """Return the findings of the identities that fail."""
    return tuple(finding for finding in check(facts) if finding.state == FAILS)
