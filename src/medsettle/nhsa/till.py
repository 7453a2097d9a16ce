"""Settling: 2206 and 2303 preview, 2207 and 2304 settle, 2208 and 2305 cancel, 2601 reverses."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from medsettle.ledger import Fault, Ledger, LedgerError
from medsettle.model import Claim
from medsettle.nhsa.answers import Case, answer, as_called, whole
from medsettle.nhsa.charges import check_four, check_total, stated_four
from medsettle.nhsa.claims import FAMILY, NO_ACCOUNT, OWN, Visit
from medsettle.nhsa.entitled import entitlement_of
from medsettle.nhsa.envelope import Nodes, Request
from medsettle.nhsa.files import FAMILY_BALANCE, OWN_BALANCE, Booked, Files, Kept, Line
from medsettle.nhsa.messages import (
    CancelRequest,
    InpatientSettle,
    OutpatientSettle,
    ReversalRequest,
    SetlDetail,
    SetlInfo,
)
from medsettle.nhsa.reception import claim_of_visit, time_of, visit_for
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.reversals import refunded, reversed_details, reversed_info
from medsettle.nhsa.uploads import open_lines, split
from medsettle.settlement import Settlement

Settle = OutpatientSettle | InpatientSettle
#: The accounts that a settlement may use, by `acct_used_flag`.
_ACCOUNTS: Final = {NO_ACCOUNT: (), OWN: (OWN_BALANCE,), FAMILY: (FAMILY_BALANCE,)}
_INTERIM = "1"


def settle(files: Files, request: Request, data: Settle) -> Nodes:
    """2206, 2303: tell what settling would give, with no effect; 2207, 2304: settle."""
    is_stay, is_final = request.infno in ("2303", "2304"), request.infno in ("2207", "2304")
    kept = visit_for(files, data.mdtrt_id, data.psn_no, is_stay=is_stay)
    _check_visit(files, kept, data)
    lines = _lines_of(files, kept, data)
    sent = time_of(request)
    visit, claim = _claim(files, kept, data, lines, sent.date(), is_final=is_final)
    ledger = files.ledger(kept.psn_no, kept.insutype)
    settlement = _settled(files, ledger, claim, data, stay=kept.mdtrt_id if is_stay else "")
    person = files.person(kept.psn_no)
    case = Case(
        settlement=settlement,
        visit=visit,
        person=person,
        hospital=files.hospital(kept.fixmedins_code),
        profile=files.profile,
        mdtrt_id=kept.mdtrt_id,
        msgid=request.msgid,
        setl_time=sent,
        own_fen=files.own_fen(ledger, person, kept.insutype),
        mdtrt_cert_type=data.mdtrt_cert_type or kept.mdtrt_cert_type,
        invono=data.invono,
    )
    if not is_final:
        return _nodes(*answer(request.infno, case))
    case = msgspec.structs.replace(case, setl_id=_new_setl_id(files))
    info, details = whole(case)
    nodes = _nodes(as_called(request.infno, info), details)
    batch = data.chrg_bchno if isinstance(data, OutpatientSettle) else ""
    _book(files, ledger, kept, lines, request, case, info, details, _is_interim(data), batch)
    return nodes


def _nodes(info: SetlInfo, details: tuple[SetlDetail, ...]) -> Nodes:
    return {"setlinfo": info, "setldetail": details}


def _is_interim(data: Settle) -> bool:
    return isinstance(data, InpatientSettle) and data.mid_setl_flag == _INTERIM


def _new_setl_id(files: Files) -> str:
    setl_id = files.new_id("setl_id")
    if setl_id in files.booked:
        raise MessageError("N205", "setl_id", expected="an id that was never given before")
    return setl_id


def _check_visit(files: Files, kept: Kept, data: Settle) -> None:
    """Raise MessageError where the request is not for what the visit was opened as."""
    said = {"insutype": kept.insutype}
    if isinstance(data, OutpatientSettle):
        if kept.med_type is not None:
            said["med_type"] = kept.med_type
        if any(files.booked[part].batch == data.chrg_bchno for part in kept.parts):
            raise MessageError("N202", "chrg_bchno", expected="a batch that is not settled yet")
    else:
        said |= {
            "insuplc_admdvs": kept.insuplc_admdvs, "mdtrtarea_admvs": kept.mdtrtarea_admvs,
        }  # fmt: skip
        if any(not files.booked[part].is_interim for part in kept.parts):
            raise MessageError("N202", "mdtrt_id", expected="a stay that is not settled yet")
    for field, value in said.items():
        found = getattr(data, field)
        if found not in (None, value):
            raise MessageError("N212", field, expected=value, found=found)
    if data.acct_used_flag not in _ACCOUNTS:
        expected = "0, 1 or 2"
        raise MessageError("N114", "acct_used_flag", expected=expected, found=data.acct_used_flag)


def _lines_of(files: Files, kept: Kept, data: Settle) -> tuple[Line, ...]:
    """Return the lines that a request settles: a batch, or all that are open of a stay."""
    if files.catalogue is None:
        return ()
    if isinstance(data, InpatientSettle):
        lines = open_lines(kept)
        if not lines:
            raise MessageError("N202", "mdtrt_id", expected="lines, sent by 2301")
        return lines
    lines = tuple(line for line in kept.lines if line.row.chrg_bchno == data.chrg_bchno)
    if not lines:
        raise MessageError("N202", "chrg_bchno", expected="a batch, sent by 2204")
    return lines


def _claim(
    files: Files,
    kept: Kept,
    data: Settle,
    lines: tuple[Line, ...],
    date: dt.date,
    *,
    is_final: bool,
) -> tuple[Visit, Claim]:
    """Return the visit and the claim to settle, its sums checked, its person entitled."""
    discharged = None
    through = _through(lines, date) if _is_interim(data) else None
    if isinstance(data, InpatientSettle) and through is None:
        discharged = data.dscgTime or date
        if not kept.begun <= discharged <= date:
            expected = "a day of the stay, not after the call's `inf_time`"
            raise MessageError("N202", "dscgTime", expected=expected)
    if data.exp_content is not None:  # it may say so as late as this
        kept = msgspec.structs.replace(kept, extension=data.exp_content)
    visit, claim = claim_of_visit(files, kept, date, discharged, through)
    if files.catalogue is None:
        claim = msgspec.structs.replace(claim, **stated_four(data))
    else:
        claim = split(files, claim, lines).claim
        check_total(data.medfee_sumamt, claim.total_fen)
        if is_final:
            check_four(data, claim)
    person, hospital = files.person(kept.psn_no), files.hospital(kept.fixmedins_code)
    found = entitlement_of(
        claim, kept.insutype, person, hospital, files.table, files.profile, kept.begun
    )
    return visit, msgspec.structs.replace(found.claim(), id=f"{kept.mdtrt_id}/{kept.settled + 1}")


def _through(lines: tuple[Line, ...], date: dt.date) -> dt.date:
    """Return the last day of the part that an interim settlement of `date` settles.

    That day itself is in it where something was charged on it, or where nobody tells lines; else
    it belongs to the next part.  So no day is counted twice, and none is lost.
    """
    is_in = not lines or any(line.row.fee_ocur_time.date() >= date for line in lines)
    return date if is_in else date - dt.timedelta(days=1)


def _settled(files: Files, ledger: Ledger, claim: Claim, data: Settle, *, stay: str) -> Settlement:
    """Settle a claim in a ledger with only the accounts that the request lets be used.

    What is in the others is taken out for as long as it takes, and put back.
    """
    used = _ACCOUNTS[data.acct_used_flag]
    held = {
        name: ledger.as_of(claim.date).counters.get(name, 0)
        for name in (OWN_BALANCE, FAMILY_BALANCE)
        if name not in used
    }
    held = {name: fen for name, fen in held.items() if fen}
    try:
        for name, fen in held.items():
            ledger.deposit(claim.date, -fen, name)
        settlement = ledger.settle(claim, stay=stay).settlement
    except LedgerError as error:
        if error.fault is not Fault.NOT_LATEST:
            raise
        settlement = None
    if settlement is None:
        expected = "a day not before the person's latest settlement"
        raise MessageError("N202", "inf_time", expected=expected)
    for name, fen in held.items():
        ledger.deposit(claim.date, fen, name)
    return settlement


def _book(
    files: Files,
    ledger: Ledger,
    kept: Kept,
    lines: tuple[Line, ...],
    request: Request,
    case: Case,
    info: SetlInfo,
    details: tuple[SetlDetail, ...],
    is_interim: bool,
    batch: str,
) -> None:
    """Put a settlement in the files; nothing here can fail."""
    mine = {line.row.feedetl_sn for line in lines}
    files.booked[case.setl_id] = Booked(
        info=info,
        details=details,
        mdtrt_id=kept.mdtrt_id,
        psn_no=kept.psn_no,
        insutype=kept.insutype,
        claim=case.settlement.claim.id,
        call=request.infno,
        msgid=request.msgid,
        case=case,
        is_interim=is_interim,
        batch=batch,
    )
    files.visits[kept.mdtrt_id] = msgspec.structs.replace(
        kept,
        lines=tuple(
            msgspec.structs.replace(line, setl_id=case.setl_id)
            if line.row.feedetl_sn in mine
            else line
            for line in kept.lines
        ),
        parts=(*kept.parts, case.setl_id),
        settled=kept.settled + 1,
    )
    files.ledgers[kept.psn_no, kept.insutype] = ledger
    files.made[request.msgid] = (request.infno, case.setl_id)


# ---------------------------------------------------------------------------- undone


def cancel(files: Files, request: Request, data: CancelRequest) -> Nodes:
    """2208, 2305: cancel a settlement whole, if no later one of the person counts on it."""
    booked = files.settlement(data.setl_id, data.mdtrt_id, data.psn_no)
    kept = visit_for(files, data.mdtrt_id, data.psn_no, is_stay=request.infno == "2305")
    undone, ledger = _undone(files, booked, request)
    nodes = _nodes(as_called(request.infno, undone.info), undone.details)
    _unbook(files, ledger, kept, booked, undone)
    files.made[request.msgid] = (request.infno, undone.info.setl_id or "")
    return nodes


def _undone(files: Files, booked: Booked, request: Request) -> tuple[Booked, Ledger]:
    """Return the row that undoes a settlement, and the ledger without it."""
    if booked.reverses:
        raise MessageError("N206", "setl_id", expected="a settlement, not a reversal of one")
    if booked.reversed_by:
        raise MessageError("N206", "setl_id", expected="a settlement that stands")
    person, sent = files.person(booked.psn_no), time_of(request)
    if booked.info.setl_time is not None and sent < booked.info.setl_time:
        raise MessageError("N202", "inf_time", expected="a time not before the settlement's")
    ledger = files.ledger(booked.psn_no, booked.insutype)
    refused: str | None = None
    try:
        ledger.cancel(booked.claim)
    except LedgerError as error:
        refused = str(error)
    if refused is not None:
        expected = "the latest settlement of the person"
        raise MessageError("N206", "setl_id", expected=expected, mend=refused)
    info = reversed_info(
        booked.info,
        setl_id=_new_setl_id(files),
        msgid=request.msgid,
        setl_time=sent,
        own_fen=files.own_fen(ledger, person, booked.insutype),
    )
    undone = msgspec.structs.replace(
        booked,
        info=info,
        details=reversed_details(booked.details),
        call=request.infno,
        msgid=request.msgid,
        case=None,
        reverses=booked.info.setl_id or "",
    )
    return undone, ledger


def _unbook(files: Files, ledger: Ledger, kept: Kept, booked: Booked, undone: Booked) -> None:
    """Put a reversal in the files; nothing here can fail."""
    was, new = undone.reverses, undone.info.setl_id or ""
    files.booked[new] = undone
    files.booked[was] = msgspec.structs.replace(booked, info=refunded(booked.info), reversed_by=new)
    files.visits[kept.mdtrt_id] = msgspec.structs.replace(
        kept,
        lines=tuple(
            msgspec.structs.replace(line, setl_id="") if line.setl_id == was else line
            for line in kept.lines
        ),
        parts=tuple(part for part in kept.parts if part != was),
    )
    files.ledgers[kept.psn_no, kept.insutype] = ledger


def reverse(files: Files, request: Request, data: ReversalRequest) -> Nodes:
    """2601: undo a call whose fate the caller does not know, by its msgid.

    MessageError N203 says that no such call was ever carried out.
    """
    infno, id_ = files.made.get(data.omsgid, ("", ""))
    if infno != data.oinfno or infno in ("2208", "2305"):
        expected = "a 2207, 2304 or 2401 that was carried out"
        raise MessageError("N203", "omsgid", expected=expected, found=data.omsgid)
    if infno == "2401":
        kept = files.visit(id_, data.psn_no)
        if kept.lines or kept.settled:
            mend = "Cancel its settlements and take back its lines first"
            raise MessageError("N206", "omsgid", expected="an empty stay", mend=mend)
        del files.visits[id_]
    else:
        booked = files.booked[id_]
        if booked.psn_no != data.psn_no:
            raise MessageError("N203", "psn_no", expected="the person of the call")
        undone, ledger = _undone(files, booked, request)
        _unbook(files, ledger, files.visits[booked.mdtrt_id], booked, undone)
    del files.made[data.omsgid]
    files.undone.add(data.omsgid)
    return {}
