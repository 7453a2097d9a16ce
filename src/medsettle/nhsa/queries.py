"""Questions that change nothing: 2001 entitlement, 5203 a settlement, 5206 what has added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from medsettle.nhsa.answers import as_called
from medsettle.nhsa.entitled import answer_2001
from medsettle.nhsa.envelope import Nodes, Request
from medsettle.nhsa.files import Booked, Files
from medsettle.nhsa.messages import CumInfo, CumRequest, EntitlementRequest, SetlQuery
from medsettle.nhsa.reception import time_of
from medsettle.nhsa.refusing import MessageError

#: `cum_type_code`: fees, deductibles, admissions; D and a fund's code: what it paid.
_FEES, _DEDUCTIBLE, _STAYS, _PAID = "F0000", "Q0000", "C0000", "D"
_ONE: Final = Decimal(1)


def entitled(files: Files, request: Request, data: EntitlementRequest) -> Nodes:
    """2001: which funds may pay, and why others may not.

    An institution that the desk does not know is none that is designated: that is an answer.
    """
    person = files.person(data.psn_no)
    insurance = person.insurance(data.insutype)
    region = request.insuplc_admdvs or insurance.insuplc_admdvs
    rows = answer_2001(
        data,
        (region, request.mdtrtarea_admvs or region),
        person,
        files.hospitals.get(data.fixmedins_code),
        files.table,
        files.profile,
    )
    return {"trtinfo": rows}


def settlement(files: Files, request: Request, data: SetlQuery) -> Nodes:
    """5203: a settlement, or a reversal, as it was made; whether it was undone since."""
    booked = files.settlement(data.setl_id, data.mdtrt_id, data.psn_no)
    return {"setlinfo": as_called("5203", booked.info), "setldetail": booked.details}


def accumulated(files: Files, request: Request, data: CumRequest) -> Nodes:
    """5206: what the settlements of the benefit year have added up to, since the desk began."""
    files.person(data.psn_no)
    month = data.cum_ym or f"{time_of(request):%Y%m}"
    first = _month(month)
    year = str(first.year - (first.month < files.table.meta.year_starts))
    sums: dict[tuple[str, str], Decimal] = {}
    for booked in files.booked.values():
        if booked.psn_no == data.psn_no and booked.info.year == year and _until(booked, first):
            for code, amount in _moves(booked):
                key = booked.insutype, code
                sums[key] = sums.get(key, Decimal(0)) + amount
    return {
        "cuminfo": tuple(
            CumInfo(insutype=insutype, year=year, cum_ym=month, cum_type_code=code, cum=amount)
            for (insutype, code), amount in sorted(sums.items())
        )
    }


def _month(text: str) -> dt.date:
    """Return the first day of a month `yyyyMM`; raise MessageError N111."""
    try:
        return dt.datetime.strptime(text, "%Y%m").date()
    except ValueError:
        pass
    raise MessageError("N111", "cum_ym", expected="a month yyyyMM")


def _until(booked: Booked, month: dt.date) -> bool:
    """Tell whether a row was made in a month or before."""
    made = booked.info.setl_time
    return made is None or (made.year, made.month) <= (month.year, month.month)


def _moves(booked: Booked) -> Iterator[tuple[str, Decimal]]:
    """Yield what a row adds, a reversal with the other sign; an interim part is no admission."""
    info = booked.info
    yield _FEES, info.medfee_sumamt
    yield _DEDUCTIBLE, info.act_pay_dedc or Decimal(0)
    is_stay = booked.call in ("2304", "2305") or info.begndate != info.enddate
    if is_stay and not booked.is_interim:
        yield _STAYS, -_ONE if booked.reverses else _ONE
    for detail in booked.details:
        yield _PAID + detail.fund_pay_type, detail.fund_payamt
