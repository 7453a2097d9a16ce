"""Who is insured and what for: 1101 persons, 2001 entitlement, 5206 accumulators.

Names, certificates and their numbers are not fields here: they are not read, so they cannot leak.
"""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import (
    Age,
    Amount,
    Code,
    Date,
    Flag,
    Id,
    Message,
    Region,
    Short,
    Text,
    Time,
)


class BaseInfo(Message, frozen=True, kw_only=True):
    """1101 output `baseinfo`: the person."""

    psn_no: Id
    gend: Annotated[str, Code("gend")]
    age: Age
    brdy: Date | None = None


class InsuInfo(Message, frozen=True, kw_only=True):
    """1101 output `insuinfo`: one insurance the person has or had."""

    balc: Amount
    insutype: Annotated[str, Code("insutype")]
    psn_type: Annotated[str, Code("psn_type")]
    cvlserv_flag: Flag
    insuplc_admdvs: Region
    psn_insu_stas: Annotated[str, Code("psn_insu_stas")] | None = None
    psn_insu_date: Date | None = None
    paus_insu_date: Date | None = None


class IdetInfo(Message, frozen=True, kw_only=True):
    """1101 output `idetinfo`: an identity of assistance or service, with its dates."""

    psn_idet_type: Annotated[str, Code("psn_idet_type")]
    begntime: Time
    endtime: Time | None = None
    psn_type_lv: Annotated[str, Code("disa_lv", 3)] | None = None


class EntitlementRequest(Message, frozen=True, kw_only=True):
    """2001 input `data`: what the person wants to be entitled to."""

    psn_no: Id
    insutype: Annotated[str, Code("insutype")]
    fixmedins_code: Annotated[str, Text(12)]
    med_type: Annotated[str, Code("med_type")]
    begntime: Time
    endtime: Time | None = None
    dise_codg: Short | None = None
    oprn_oprt_code: Short | None = None
    matn_type: Annotated[str, Code("matn_type")] | None = None
    birctrl_type: Annotated[str, Code("birctrl_type")] | None = None


class TrtInfo(Message, frozen=True, kw_only=True):
    """2001 output `trtinfo`: whether one fund serves, and why not."""

    psn_no: Id
    trt_chk_type: Annotated[str, Code("trt_chk_type")]
    fund_pay_type: Annotated[str, Code("fund_pay_type")]
    trt_enjymnt_flag: Annotated[str, Code("trt_enjymnt_flag", 3)]
    begndate: Date
    enddate: Date | None = None
    trt_chk_rslt: Annotated[str, Text(500)] | None = None


class CumRequest(Message, frozen=True, kw_only=True):
    """5206 input `data`: whose accumulators, of which month (`yyyyMM`)."""

    psn_no: Id
    cum_ym: Annotated[str, Text(6, only_digits=True)] | None = None


class CumInfo(Message, frozen=True, kw_only=True):
    """5206 output `cuminfo`: one accumulator."""

    insutype: Annotated[str, Code("insutype")]
    year: Annotated[str, Text(4, only_digits=True)]
    cum_ym: Annotated[str, Text(6, only_digits=True)]
    cum_type_code: Annotated[str, Code("cum_type_code", 40)]
    cum: Amount
