"""Visits: 2201 opens one and 2203 says what it is for, 2401 admits to a stay."""

from __future__ import annotations

import datetime as dt

import msgspec

from medsettle.model import Claim
from medsettle.nhsa.claims import Visit, check_table, claim_of
from medsettle.nhsa.envelope import Nodes, Request
from medsettle.nhsa.files import Files, Kept
from medsettle.nhsa.messages import Admission, OutpatientVisit, Registered, Registration
from medsettle.nhsa.refusing import MessageError

_DAY = dt.timedelta(days=1)


def time_of(request: Request) -> dt.datetime:
    """Return when a call was sent: the only clock there is.  Raises MessageError N106."""
    if request.inf_time is None:
        raise MessageError("N106", "inf_time", expected="a time, since a desk has no clock")
    return request.inf_time


# ---------------------------------------------------------------------------- visits


def register(files: Files, request: Request, data: Registration) -> Nodes:
    """2201: open an outpatient visit."""
    kept = _opened(files, request, data, is_stay=False)
    kept = msgspec.structs.replace(kept, extension=data.exp_content)
    files.visits[kept.mdtrt_id] = kept
    registered = Registered(mdtrt_id=kept.mdtrt_id, psn_no=data.psn_no, ipt_otp_no=data.ipt_otp_no)
    return {"data": registered}


def admit(files: Files, request: Request, data: Admission) -> Nodes:
    """2401: open a stay."""
    kept = msgspec.structs.replace(
        _opened(files, request, data, is_stay=True),
        med_type=data.med_type,
        dise_codg=data.dise_codg or data.dscg_maindiag_code,
        matn_type=data.matn_type,
        extension=data.exp_content,
    )
    _check_kind(files, kept)
    files.visits[kept.mdtrt_id] = kept
    files.made[request.msgid] = (request.infno, kept.mdtrt_id)
    return {"result": Registered(mdtrt_id=kept.mdtrt_id)}


def _opened(
    files: Files, request: Request, data: Registration | Admission, *, is_stay: bool
) -> Kept:
    """Return a new visit of a person whom the desk knows, at an institution that it knows."""
    person = files.person(data.psn_no)
    insurance = person.insurance(data.insutype)
    hospital = files.hospital(request.fixmedins_code)
    area = request.mdtrtarea_admvs
    if area is None:
        raise MessageError("N106", "mdtrtarea_admvs", expected="the region of treatment")
    sent = time_of(request)
    if data.begntime.date() > sent.date():
        raise MessageError("N202", "begntime", expected="a day not after the call's `inf_time`")
    kept = Kept(
        mdtrt_id="",
        psn_no=data.psn_no,
        insutype=data.insutype,
        fixmedins_code=hospital.fixmedins_code,
        insuplc_admdvs=request.insuplc_admdvs or insurance.insuplc_admdvs,
        mdtrtarea_admvs=area,
        is_stay=is_stay,
        begun=data.begntime.date(),
        mdtrt_cert_type=data.mdtrt_cert_type,
    )
    check_table(_visit(kept, "", kept.begun, None), files.table, files.profile)
    mdtrt_id = files.new_id("mdtrt_id")
    if mdtrt_id in files.visits:
        raise MessageError("N205", "mdtrt_id", expected="an id that was never given before")
    return msgspec.structs.replace(kept, mdtrt_id=mdtrt_id)


def describe(files: Files, request: Request, data: OutpatientVisit) -> Nodes:
    """2203: say what an outpatient visit is for; again, as long as no line is charged."""
    kept = visit_for(files, data.mdtrt_id, data.psn_no, is_stay=False)
    if kept.lines and (kept.med_type, kept.dise_codg) != (data.med_type, data.dise_codg):
        raise MessageError(
            "N212", "med_type", expected="the kind and disease that its lines were charged for"
        )
    kept = msgspec.structs.replace(
        kept,
        med_type=data.med_type,
        dise_codg=data.dise_codg,
        begun=data.begntime.date(),
        extension=data.exp_content or kept.extension,
    )
    _check_kind(files, kept)
    files.visits[kept.mdtrt_id] = kept
    return {}


def _check_kind(files: Files, kept: Kept) -> None:
    """Refuse a kind of visit, or a person, that has no meaning here, as early as it is told."""
    claim_of_visit(files, kept, kept.begun)


def visit_for(files: Files, mdtrt_id: str, psn_no: str, *, is_stay: bool) -> Kept:
    """Return a visit of the kind that a call is for; MessageError N202 for the other kind."""
    kept = files.visit(mdtrt_id, psn_no)
    if kept.is_stay != is_stay:
        expected = "a stay, opened by 2401" if is_stay else "an outpatient visit, opened by 2201"
        raise MessageError("N202", "mdtrt_id", expected=expected)
    return kept


# ---------------------------------------------------------------------------- claims of visits


def _visit(kept: Kept, med_type: str, date: dt.date, discharged: dt.date | None) -> Visit:
    return Visit(
        insutype=kept.insutype,
        med_type=med_type,
        date=date,
        begun=kept.begun,
        insuplc_admdvs=kept.insuplc_admdvs,
        mdtrtarea_admvs=kept.mdtrtarea_admvs,
        dise_codg=kept.dise_codg,
        matn_type=kept.matn_type,
        extension=kept.extension,
        discharged=discharged,
    )


def visit_on(
    files: Files,
    kept: Kept,
    date: dt.date,
    discharged: dt.date | None = None,
    through: dt.date | None = None,
) -> Visit:
    """Return a visit as it is on the day of a call; of a stay with the days of its open part.

    A part that an interim settlement ends counts its last day, `through`, and the next one begins
    on the day after; the day of discharge is not counted, but a part has one day at least.
    Raises MessageError N202 for a visit that 2203 has not described yet, or a day before it.
    """
    if kept.med_type is None:
        raise MessageError("N202", "mdtrt_id", expected="a visit that 2203 has described")
    if date < kept.begun:
        raise MessageError("N202", "inf_time", expected="a day not before the visit")
    visit = _visit(kept, kept.med_type, date, discharged)
    if not kept.is_stay:
        return visit
    since = kept.begun
    if kept.parts:
        last = files.booked[kept.parts[-1]].case
        if last is not None and last.visit.through is not None:
            since = last.visit.through + _DAY
    end = discharged or (date if through is None else through + _DAY)
    days = max((end - since).days, 1)
    return msgspec.structs.replace(visit, days=days, through=through)


def claim_of_visit(
    files: Files,
    kept: Kept,
    date: dt.date,
    discharged: dt.date | None = None,
    through: dt.date | None = None,
) -> tuple[Visit, Claim]:
    """Return a visit on a day, and its claim without amounts; see `visit_on`."""
    visit = visit_on(files, kept, date, discharged, through)
    hospital = files.hospital(kept.fixmedins_code)
    person = files.person(kept.psn_no)
    return visit, claim_of(visit, person, hospital, files.table, files.profile)
