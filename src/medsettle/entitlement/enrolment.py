"""Who is enrolled where, since when, and under which of several enrolments a visit falls."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from medsettle.refusal import ClaimError, Reason
from medsettle.vocabulary import AXES, SCHEMES

#: How an enrolment stands (人员参保状态), with the national code of `psn_insu_stas`.
STANDINGS: Final[dict[str, str]] = {
    "not_enrolled": "0",
    "enrolled": "1",
    "paused": "2",
    "invalid": "3",
    "ended": "4",
}
#: How a person stands on a day, the best first: what `Enrolment.stands` answers.
ON_A_DAY: Final = ("entitled", "waiting", "in_arrears", "paused", "ended", "not_enrolled")
#: Those of a person who is enrolled.
LIVE: Final = ("entitled", "waiting", "in_arrears")

#: The standings that begin on `paused_from`.
PAUSES: Final = ("paused", "ended")

_REGION: Final = re.compile("[0-9]{6}")
_DAYS: Final = ("enrolled_from", "paused_from", "waiting_until", "arrears_since")


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One insurance of a person (参保), as a row of `insuinfo` and the office tell it.

    `region` is the pooling region's code, as policies name it (not that of a district in it);
    `standing` one of STANDINGS, `status` the person's, as in a claim (`psn_type`).  Of the days,
    all optional, `enrolled_from` and `arrears_since` are first days; `paused_from` is the first
    day on which a paused or ended enrolment no longer held; `waiting_until` is the first day with
    benefits.  Raises ClaimError naming a field that cannot be, such as a `paused_from` beside
    another standing: whoever says since when it is paused must not be taken to be entitled.
    """

    region: str
    scheme: str
    standing: str = "enrolled"
    status: str | None = None
    enrolled_from: dt.date | None = None
    paused_from: dt.date | None = None
    waiting_until: dt.date | None = None
    arrears_since: dt.date | None = None

    def __post_init__(self) -> None:
        """Look at every field."""
        if not isinstance(self.region, str) or not _REGION.fullmatch(self.region):
            raise _wrong("region", self.region, "six digits, such as 110000")
        for field, known in (("scheme", SCHEMES), ("standing", STANDINGS)):
            if getattr(self, field) not in tuple(known):
                raise _wrong(field, getattr(self, field), f"one of {', '.join(known)}")
        if self.status is not None and not isinstance(self.status, str):
            raise _wrong("status", self.status, f"text such as {list(AXES['status'])[1]}, or None")
        for field in _DAYS:
            day = getattr(self, field)
            if day is not None and (not isinstance(day, dt.date) or isinstance(day, dt.datetime)):
                raise _wrong(field, day, "a datetime.date, or None")
        if self.paused_from is not None and self.standing not in PAUSES:
            expected = f"None beside standing {self.standing}, only {' and '.join(PAUSES)} have one"
            raise _wrong("paused_from", self.paused_from, expected)

    @property
    def name(self) -> str:
        """Return `region/scheme`, as tables are named."""
        return f"{self.region}/{self.scheme}"

    def stands(self, day: dt.date) -> str:
        """Return how the person stands on a day: one of ON_A_DAY."""
        if self.standing in ("not_enrolled", "invalid"):
            return "not_enrolled"
        if self.enrolled_from is not None and day < self.enrolled_from:
            return "not_enrolled"
        if self.standing in PAUSES and (self.paused_from is None or day >= self.paused_from):
            return self.standing
        if self.waiting_until is not None and day < self.waiting_until:
            return "waiting"
        if self.arrears_since is not None and day >= self.arrears_since:
            return "in_arrears"
        return "entitled"

    def since(self, stands: str) -> dt.date | None:
        """Return the day that belongs to such a standing; None where it is not told."""
        return {
            "not_enrolled": self.enrolled_from if self.standing != "not_enrolled" else None,
            "paused": self.paused_from,
            "ended": self.paused_from,
            "waiting": self.waiting_until,
            "in_arrears": self.arrears_since,
        }.get(stands)


class Designation(msgspec.Struct, frozen=True, kw_only=True):
    """Since when, and until when, an institution is a designated one (定点).

    `until` is the first day on which it no longer is; None: no end.  `from_` None: never was.
    """

    from_: dt.date | None = None
    until: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Tell whether the institution is designated on a day."""
        return (
            self.from_ is not None
            and self.from_ <= day
            and (self.until is None or day < self.until)
        )


def choose(
    enrolments: Sequence[Enrolment], day: dt.date, chosen: Enrolment | None = None
) -> tuple[Enrolment | None, tuple[Enrolment, ...]]:
    """Return the live enrolment that counts on a day, and the other live ones.

    The caller's choice counts.  Otherwise one with benefits comes before one that waits, and that
    before one in arrears; then the employee scheme before the resident one; then the later
    enrolled; then the earlier in the list.  None where nobody is enrolled on that day.
    """
    live = [one for one in enrolments if one.stands(day) in LIVE]
    if chosen is None:
        schemes = list(SCHEMES)
        chosen = min(
            live,
            key=lambda one: (
                LIVE.index(one.stands(day)),
                schemes.index(one.scheme),
                -(one.enrolled_from or dt.date.min).toordinal(),
            ),
            default=None,
        )
    return chosen, tuple(one for one in live if one is not chosen)


def _wrong(field: str, found: object, expected: str) -> ClaimError:
    return ClaimError(Reason.BAD_VALUE, field=f"enrolment.{field}", found=found, expected=expected)
