"""Visits: 2201 registration, 2203 outpatient visit, 2401 admission, with their diagnoses."""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import (
    Code,
    Date,
    Flag,
    Id,
    JsonText,
    Message,
    Region,
    Short,
    Text,
    Time,
    Whole,
)


class Extension(Message, frozen=True, kw_only=True):
    """The keys of `exp_content` that cross-province visits state; all others are left aside."""

    MDTRT_GRP_TYPE: Annotated[str, Code("MDTRT_GRP_TYPE")] | None = None
    TRUM_FLAG: Flag | None = None
    REL_TTP_FLAG: Flag | None = None
    IPT_TYPE: Annotated[str, Code("IPT_TYPE")] | None = None
    OTP_ER_REFL_FLAG: Annotated[str, Code("OTP_ER_REFL_FLAG")] | None = None


#: `exp_content`: a text with JSON, or the object itself.
ExpContent = Annotated[Extension, JsonText()]


class Registration(Message, frozen=True, kw_only=True):
    """2201 input `data`."""

    psn_no: Id
    insutype: Annotated[str, Code("insutype")]
    begntime: Time
    mdtrt_cert_type: Annotated[str, Code("mdtrt_cert_type", 3)]
    ipt_otp_no: Id
    dept_code: Short | None = None
    caty: Short | None = None
    exp_content: ExpContent | None = None


class Registered(Message, frozen=True, kw_only=True):
    """2201 output `data`, 2401 output `result`: the visit's id."""

    mdtrt_id: Id
    psn_no: Id | None = None
    ipt_otp_no: Id | None = None


class Diagnosis(Message, frozen=True, kw_only=True):
    """2203 and 2401 input `diseinfo`: one diagnosis; `vali_flag` 0 takes it back."""

    diag_type: Annotated[str, Code("diag_type")]
    diag_srt_no: Whole
    diag_code: Annotated[str, Text(30)]
    diag_name: Annotated[str, Text(100)] | None = None
    diag_time: Time | None = None
    vali_flag: Flag | None = None
    maindiag_flag: Flag | None = None


class OutpatientVisit(Message, frozen=True, kw_only=True):
    """2203 input `mdtrtinfo`."""

    mdtrt_id: Id
    psn_no: Id
    med_type: Annotated[str, Code("med_type")]
    begntime: Time
    dise_codg: Short | None = None
    dise_type_code: Short | None = None
    birctrl_type: Annotated[str, Code("birctrl_type")] | None = None
    birctrl_matn_date: Date | None = None
    exp_content: ExpContent | None = None


class Admission(Message, frozen=True, kw_only=True):
    """2401 input `mdtrtinfo`."""

    psn_no: Id
    insutype: Annotated[str, Code("insutype")]
    begntime: Time
    mdtrt_cert_type: Annotated[str, Code("mdtrt_cert_type", 3)]
    med_type: Annotated[str, Code("med_type")]
    ipt_no: Id
    dscg_maindiag_code: Annotated[str, Text(20)]
    insuplc_admdvs: Region | None = None
    mdtrtarea_admvs: Region | None = None
    dise_codg: Short | None = None
    oprn_oprt_code: Short | None = None
    matn_type: Annotated[str, Code("matn_type")] | None = None
    birctrl_type: Annotated[str, Code("birctrl_type")] | None = None
    latechb_flag: Flag | None = None
    geso_val: Whole | None = None
    fetts: Whole | None = None
    fetus_cnt: Whole | None = None
    pret_flag: Flag | None = None
    birctrl_matn_date: Date | None = None
    exp_content: ExpContent | None = None
