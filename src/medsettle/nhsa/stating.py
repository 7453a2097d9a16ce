"""Reconciliation with the insurer: 3201 totals, 3202 details and its result file."""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import Amount, Code, Date, Id, Message, Short, Text, Time, Whole


class TotalsRequest(Message, frozen=True, kw_only=True):
    """3201 input `data`: totals of what was settled in a range of the insurer's days."""

    insutype: Annotated[str, Code("insutype")]
    clr_type: Annotated[str, Code("clr_type")]
    setl_optins: Short
    stmt_begndate: Date
    stmt_enddate: Date
    medfee_sumamt: Amount
    fund_pay_sumamt: Amount
    acct_pay: Amount
    fixmedins_setl_cnt: Whole
    refd_setl_flag: Annotated[str, Code("refd_setl_flag", 3)] | None = None


class TotalsAnswer(Message, frozen=True, kw_only=True):
    """3201 output `stmtinfo`: 0 the totals are equal, 1 they are not."""

    stmt_rslt: Annotated[str, Code("stmt_rslt", 3)]
    setl_optins: Short | None = None
    stmt_rslt_dscr: Annotated[str, Text(200)] | None = None


class DetailsRequest(Message, frozen=True, kw_only=True):
    """3202 input `data`: the header of a file of details that was sent before."""

    setl_optins: Short
    file_qury_no: Short
    stmt_begndate: Date
    stmt_enddate: Date
    medfee_sumamt: Amount
    fund_pay_sumamt: Amount
    cash_payamt: Amount
    fixmedins_setl_cnt: Whole
    clr_type: Annotated[str, Code("clr_type")] | None = None
    refd_setl_flag: Annotated[str, Code("refd_setl_flag", 3)] | None = None


class DetailsAnswer(Message, frozen=True, kw_only=True):
    """3202 output `fileinfo`: where the result file is to be had."""

    file_qury_no: Short
    filename: Annotated[str, Text(200)] | None = None
    dld_endtime: Time | None = None


class DetailsRow(Message, frozen=True, kw_only=True):
    """A row of the file of 3202: a settlement, or its reversal."""

    setl_id: Id
    mdtrt_id: Id
    psn_no: Id
    medfee_sumamt: Amount
    fund_pay_sumamt: Amount
    acct_pay: Amount
    refd_setl_flag: Annotated[str, Code("refd_setl_flag", 3)] | None = None


class ResultRow(Message, frozen=True, kw_only=True):
    """A row of the result file of 3202; one that only the insurer has, has only a `msgid`."""

    stmt_rslt: Annotated[str, Code("stmt_rslt", 3)]
    psn_no: Id | None = None
    mdtrt_id: Id | None = None
    setl_id: Id | None = None
    msgid: Id | None = None
    refd_setl_flag: Annotated[str, Code("refd_setl_flag", 3)] | None = None
    memo: Annotated[str, Text(500)] | None = None
    medfee_sumamt: Amount | None = None
    fund_pay_sumamt: Amount | None = None
    acct_pay: Amount | None = None
