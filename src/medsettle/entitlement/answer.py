"""The answer: for every payer of a benefit whether it may pay, from when to when, and why not."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from medsettle.entitlement.enrolment import Enrolment
from medsettle.model import Claim
from medsettle.refusal import ClaimError, Reason


class Why(enum.StrEnum):
    """Why a payer may not pay; of several, the first of this list that applies is told."""

    NOT_ENROLLED = "not_enrolled"
    ENDED = "ended"
    OTHER_SCHEME_CHOSEN = "other_scheme_chosen"
    NOT_DESIGNATED = "not_designated"
    BENEFIT_NOT_OFFERED = "benefit_not_offered"
    OUTSIDE_VALIDITY = "outside_validity"
    PAUSED = "paused"
    WAITING = "waiting"
    IN_ARREARS = "in_arrears"
    NO_FIGURE = "no_figure"
    NOT_SERVED = "not_served"


class Assumed(enum.StrEnum):
    """What was assumed, since neither the caller nor the policy says it."""

    ENROLLED = "enrolled"
    DESIGNATED = "designated"
    NOTHING_PAID = "nothing_paid"

    def text(self, lang: str = "zh") -> str:
        """Return it in words; `lang` is "zh" or "en", else ValueError."""
        zh, en = _ASSUMED[self]
        return pick(lang, zh, en)


_ASSUMED = {
    Assumed.ENROLLED: (
        "没有给出参保信息，按就诊单所写",
        "no enrolments were given: the person is taken to be as the claim says",
    ),
    Assumed.DESIGNATED: (
        "没有给出定点信息，按定点医药机构",
        "nothing was said of the institution: it is taken to be designated",
    ),
    Assumed.NOTHING_PAID: (
        "政策没有写等待期、欠费、停保期间怎样支付，按都不支付",
        "the policy does not say what such a person gets: it is taken that nothing is paid",
    ),
}


class FundEntitlement(msgspec.Struct, frozen=True, kw_only=True):
    """One payer of the benefit (a row of the national 2001 answer), fund or account.

    `from_` to `until` (the first day after; None: no end) are the days without a break on which
    the policy's layers of this payer serve such a claim: those around the claim's day, else the
    next ones, else the last; `from_` is None where there are none.  They are the policy's days:
    when the person's benefits begin or end is in the reason.  `cites` are the clauses.
    """

    fund: str
    entitled: bool
    why: Why | None = None
    from_: dt.date | None = None
    until: dt.date | None = None
    zh: str = ""  # the reason in words; "" where entitled
    en: str = ""
    cites: tuple[str, ...] = ()

    def text(self, lang: str = "zh") -> str:
        """Return why not, in words, "" where entitled; `lang` is "zh" or "en", else ValueError."""
        return pick(lang, self.zh, self.en)


class Entitlement(msgspec.Struct, frozen=True, kw_only=True):
    """Which payers of a benefit may pay for a person's visit, and why others may not."""

    policy: str  # region/scheme of the table
    benefit: str
    day: dt.date  # on which person and institution were looked at
    rows: tuple[FundEntitlement, ...]  # in the order of the benefit's layers
    chosen: Enrolment | None  # the live enrolment that counts
    passed_over: tuple[Enrolment, ...]  # the other live ones: `other_scheme_chosen`
    assumed: tuple[Assumed, ...]
    asked: Claim  # as it is to be settled, if at all

    @property
    def entitled(self) -> bool:
        """Whether anybody may pay."""
        return any(row.entitled for row in self.rows)

    @property
    def funds(self) -> tuple[str, ...]:
        """The payers that may pay, in the order of the benefit's layers."""
        return tuple(row.fund for row in self.rows if row.entitled)

    def row(self, fund: str) -> FundEntitlement:
        """Return the row of a payer; KeyError where the benefit has no such payer."""
        for row in self.rows:
            if row.fund == fund:
                return row
        raise KeyError(fund)

    def claim(self) -> Claim:
        """Return the claim to settle, with what the policy must know of the person.

        Raises ClaimError (C116) where nobody may pay, with the reason: settling such a claim
        would pay, since a policy that never asks how a person is entitled does not look.
        """
        if self.entitled:
            return self.asked
        first = self.rows[0]
        what = f"{Reason.NOT_ENTITLED.text}, {first.why}: {first.en}"
        raise ClaimError(Reason.NOT_ENTITLED, field="entitlement", what=what)


def pick(lang: str, zh: str, en: str) -> str:
    """Return the text of a language; raise ValueError for another one."""
    if lang not in ("zh", "en"):
        raise ValueError(f"`lang` must be one of zh, en, found {lang!r}")
    return zh if lang == "zh" else en
