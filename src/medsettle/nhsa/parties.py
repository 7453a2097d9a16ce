"""The insurer's own side of a call: the person as 1101 tells, the hospital, what was filed.

None of it stands in the calls that settle; whoever keeps a `Desk` hands it in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from medsettle.model import Claim, YearToDate
from medsettle.nhsa.fields import Date
from medsettle.nhsa.persons import BaseInfo, IdetInfo, InsuInfo
from medsettle.nhsa.refusing import MessageError

#: `psn_insu_stas` of an insurance that runs.
RUNNING: Final = "1"
_OF_BILLS: Final = (
    "benefit", "date", "items", "admitted", "discharged", "days", "continues", "id", "person",
)  # fmt: skip
#: What may be stated of a person or an institution: fields of a claim that are not of one bill.
STATED: Final = frozenset(
    name for name in Claim.__struct_fields__ if not name.endswith("_fen") and name not in _OF_BILLS
)


def _check_stated(stated: Mapping[str, Any]) -> None:
    """Raise MessageError N112 for what cannot be stated."""
    if not STATED.issuperset(stated):
        raise MessageError("N112", "stated", expected=f"only {', '.join(sorted(STATED))}")


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A registration of the person (备案), by its `biz_appy_type`, from and to, both included."""

    biz_appy_type: str
    begndate: Date
    enddate: Date | None = None

    def holds(self, day: dt.date) -> bool:
        """Tell whether it holds on a day."""
        return self.begndate <= day and (self.enddate is None or day <= self.enddate)


class Hospital(msgspec.Struct, frozen=True, kw_only=True):
    """A designated institution as the insurer lists it (定点医药机构).

    Its level is that of `dedc_hosp_lv`, or of `hosp_lv` where the former says nothing; `stated`
    are fields of a claim in our words (`level`, `hospital_kind`, `institution` …) and come before.
    It is designated from `from_` to `until`, the first day on which it no longer is.
    """

    fixmedins_code: str
    name: str = ""
    dedc_hosp_lv: str | None = None
    hosp_lv: str | None = None
    stated: Mapping[str, Any] = {}
    from_: dt.date = dt.date.min
    until: dt.date | None = None

    def __post_init__(self) -> None:
        """Look at what is stated; raise MessageError N112 for what is no field of a claim."""
        _check_stated(self.stated)


class Insured(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the insurer knows them: the rows of 1101, and what no message carries.

    `filings` are registrations, `stated` fields of a claim in our words (`tier`, `months`,
    `family_doctor` …), which come before what the rows say.  `family_fen` is what the family's
    shared account holds (共济), `opening` what the person carries when the desk begins.
    `waiting_until` is the first day with benefits, `arrears_since` the first day in arrears.
    """

    baseinfo: BaseInfo
    insuinfo: tuple[InsuInfo, ...]
    idetinfo: tuple[IdetInfo, ...] = ()
    filings: tuple[Filing, ...] = ()
    stated: Mapping[str, Any] = {}
    family_fen: int = 0
    opening: YearToDate | None = None
    waiting_until: dt.date | None = None
    arrears_since: dt.date | None = None

    def __post_init__(self) -> None:
        """Look at what is stated; raise MessageError N112 for what is no field of a claim."""
        _check_stated(self.stated)

    @property
    def psn_no(self) -> str:
        """The person's number; never shown."""
        return self.baseinfo.psn_no

    def insurance(self, insutype: str) -> InsuInfo:
        """Return the running row of an insurance, else its first; MessageError N203 without one."""
        rows = [row for row in self.insuinfo if row.insutype == insutype]
        if not rows:
            raise MessageError("N203", "insutype", expected="an insurance of the person")
        running = (row for row in rows if row.psn_insu_stas in (None, RUNNING))
        return next(running, rows[0])

    def __repr__(self) -> str:
        """Show which insurances there are, and nothing of the person."""
        insured = ", ".join(row.insutype for row in self.insuinfo)
        return f"<Insured {insured}>"
