"""The answer to 2001: which funds may pay for a person's visit, and why others may not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from medsettle.entitlement import (
    PAUSES,
    STANDINGS,
    Designation,
    Enrolment,
    Entitlement,
    entitlement,
)
from medsettle.model import Claim
from medsettle.nhsa.claims import Visit, claim_of, is_in_pool
from medsettle.nhsa.messages import EntitlementRequest, TrtInfo
from medsettle.nhsa.parties import RUNNING, Hospital, Insured
from medsettle.nhsa.persons import InsuInfo
from medsettle.nhsa.profiles import Profile
from medsettle.vocabulary import FUNDS

if TYPE_CHECKING:
    from medsettle.table import BenefitTable

#: `trt_chk_type`: a check of the funds.
_BY_FUND = "01"
_RESULT_MAX: Final = 500
_STANDINGS: Final = {code: name for name, code in STANDINGS.items()}


def enrolments_of(
    person: Insured, insutype: str, table: BenefitTable, profile: Profile
) -> tuple[tuple[Enrolment, ...], Enrolment | None]:
    """Return the person's enrolments in schemes that we know, and the one of `insutype`.

    Rows of other insurances (supplements, long-term care …) are none of them.
    """
    schemes = profile.meanings.get("insutype", {})
    known = [row for row in person.insuinfo if row.insutype in schemes]
    asked = person.insurance(insutype)
    found = [(row, _enrolment(row, person, row is asked, table, profile)) for row in known]
    chosen = next((one for row, one in found if row is asked), None)
    return tuple(one for _, one in found), chosen


def _enrolment(
    row: InsuInfo, person: Insured, is_asked: bool, table: BenefitTable, profile: Profile
) -> Enrolment:
    here = is_in_pool(row.insuplc_admdvs, table)
    # The code says how it stands, and without one the date does; beside "running" the date is
    # that of a pause that is over, or is to come.
    untold = RUNNING if row.paus_insu_date is None else STANDINGS["paused"]
    standing = _STANDINGS.get(row.psn_insu_stas or untold, "invalid")
    never = standing in ("invalid", "not_enrolled")  # whatever days the row has
    return Enrolment(
        region=table.meta.region if here else row.insuplc_admdvs,
        scheme=profile.meanings["insutype"][row.insutype],
        standing=standing,
        enrolled_from=None if never else row.psn_insu_date,
        paused_from=row.paus_insu_date if standing in PAUSES else None,
        waiting_until=person.waiting_until if is_asked else None,
        arrears_since=person.arrears_since if is_asked else None,
    )


def entitlement_of(
    claim: Claim,
    insutype: str,
    person: Insured,
    hospital: Hospital | None,
    table: BenefitTable,
    profile: Profile,
    on: dt.date,
) -> Entitlement:
    """Return who may pay for a claim under the insurance that a call names; raise ClaimError.

    Without a hospital: the institution is none that is designated.
    """
    enrolments, chosen = enrolments_of(person, insutype, table, profile)
    designated = Designation()
    if hospital is not None:
        designated = Designation(from_=hospital.from_, until=hospital.until)
    return entitlement(table, claim, enrolments, designation=designated, chosen=chosen, on=on)


def answer_2001(
    request: EntitlementRequest,
    where: tuple[str, str],
    person: Insured,
    hospital: Hospital | None,
    table: BenefitTable,
    profile: Profile,
) -> tuple[TrtInfo, ...]:
    """Return a row for each payer of the benefit; the reason stands in `trt_chk_rslt`.

    `where` are the regions of insurance and of treatment (`insuplc_admdvs`, `mdtrtarea_admvs`).
    Raises MessageError for a code without a meaning, ClaimError for what the policy cannot read.
    """
    day = request.begntime.date()
    visit = Visit(
        insutype=request.insutype,
        med_type=request.med_type,
        date=day,
        begun=day,
        insuplc_admdvs=where[0],
        mdtrtarea_admvs=where[1],
        dise_codg=request.dise_codg,
        matn_type=request.matn_type,
        days=1,  # nobody knows yet; whether a fund pays does not depend on it
    )
    place = hospital or Hospital(fixmedins_code=request.fixmedins_code)
    claim = claim_of(visit, person, place, table, profile)
    found = entitlement_of(claim, request.insutype, person, hospital, table, profile, day)
    return rows_of(found, person.psn_no, profile)


def rows_of(found: Entitlement, psn_no: str, profile: Profile) -> tuple[TrtInfo, ...]:
    """Return the rows of 2001 that say what was found.

    Payers that share a code (own and family account) share a row where it says the same of them;
    where it does not, `trt_chk_rslt` begins with which of them is meant.
    """
    rows = [_row(found, at, psn_no, profile) for at in range(len(found.rows))]
    return tuple(dict.fromkeys(_told_apart(found, rows)))


def _told_apart(found: Entitlement, rows: list[TrtInfo]) -> Iterator[TrtInfo]:
    """Yield the rows, those of one code that do not say the same with the payer's name."""
    for payer, row in zip(found.rows, rows, strict=True):
        same = [other for other in rows if other.fund_pay_type == row.fund_pay_type]
        if all(other == row for other in same):
            yield row
            continue
        told = "：".join(filter(None, (FUNDS[payer.fund], row.trt_chk_rslt)))
        yield msgspec.structs.replace(row, trt_chk_rslt=told[:_RESULT_MAX])


def _row(found: Entitlement, at: int, psn_no: str, profile: Profile) -> TrtInfo:
    row = found.rows[at]
    code = profile.fund_code(row.fund, found.policy.partition("/")[2])
    assert code is not None, row.fund  # the national profile has one for every payer
    return TrtInfo(
        psn_no=psn_no,
        trt_chk_type=_BY_FUND,
        fund_pay_type=code,
        trt_enjymnt_flag="1" if row.entitled else "0",
        begndate=row.from_ or found.day,
        enddate=None if row.until is None else row.until - dt.timedelta(days=1),
        trt_chk_rslt=row.text("zh")[:_RESULT_MAX] or None,
    )
