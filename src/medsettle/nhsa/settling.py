"""Settlements: requests 2206, 2207, 2303, 2304; `setlinfo`, `setldetail`; 2208, 2305, 2601."""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import (
    Age,
    Amount,
    Code,
    Date,
    Flag,
    Id,
    JsonText,
    Message,
    Plain,
    Ratio,
    Region,
    Short,
    Text,
    Time,
)
from medsettle.nhsa.visits import ExpContent


class OutpatientSettle(Message, frozen=True, kw_only=True):
    """2206 and 2207 input `data`; only 2207 asks for the four amounts back."""

    psn_no: Id
    med_type: Annotated[str, Code("med_type")]
    medfee_sumamt: Amount
    psn_setlway: Annotated[str, Code("psn_setlway")]
    mdtrt_id: Id
    chrg_bchno: Id
    insutype: Annotated[str, Code("insutype")]
    acct_used_flag: Annotated[str, Code("acct_used_flag", 1)]
    mdtrt_cert_type: Annotated[str, Code("mdtrt_cert_type", 3)] | None = None
    invono: Annotated[str, Text(20)] | None = None
    fulamt_ownpay_amt: Amount | None = None
    overlmt_selfpay: Amount | None = None
    preselfpay_amt: Amount | None = None
    inscp_scp_amt: Amount | None = None
    pub_hosp_rfom_flag: Flag | None = None
    exp_content: ExpContent | None = None


class InpatientSettle(Message, frozen=True, kw_only=True):
    """2303 and 2304 input `data`; `mid_setl_flag` 1 settles an interim part of the stay."""

    psn_no: Id
    medfee_sumamt: Amount
    psn_setlway: Annotated[str, Code("psn_setlway")]
    mdtrt_id: Id
    insutype: Annotated[str, Code("insutype")]
    acct_used_flag: Annotated[str, Code("acct_used_flag", 1)]
    mid_setl_flag: Annotated[str, Code("mid_setl_flag", 3)]
    insuplc_admdvs: Region | None = None
    mdtrtarea_admvs: Region | None = None
    mdtrt_cert_type: Annotated[str, Code("mdtrt_cert_type", 3)] | None = None
    invono: Annotated[str, Text(20)] | None = None
    fulamt_ownpay_amt: Amount | None = None
    overlmt_selfpay: Amount | None = None
    preselfpay_amt: Amount | None = None
    inscp_scp_amt: Amount | None = None
    dscgTime: Date | None = None  # noqa: N815 - the interface's own spelling
    exp_content: ExpContent | None = None


class SetlInfo(Message, frozen=True, kw_only=True):
    """`setlinfo` of 2206, 2207, 2303, 2304, 2208, 2305 and 5203: who pays what.

    The names are those of 2207 and 2304; readers and writers know the other spellings
    (`psn_pay`, `cash_payamt`, `pdn_cash_pay` …) from the profile.  Only the total is always
    there: real answers leave out much of what the interface asks for.  `pool_prop_selfpay` is the
    *fund's* share.  Amounts are negative on a reversal.
    """

    medfee_sumamt: Amount
    setl_id: Id | None = None
    mdtrt_id: Id | None = None
    psn_no: Id | None = None
    gend: Annotated[str, Code("gend")] | None = None
    brdy: Date | None = None
    age: Age | None = None
    insutype: Annotated[str, Code("insutype")] | None = None
    psn_type: Annotated[str, Code("psn_type")] | None = None
    cvlserv_flag: Flag | None = None
    flxempe_flag: Flag | None = None
    nwb_flag: Flag | None = None
    setl_time: Time | None = None
    mdtrt_cert_type: Annotated[str, Code("mdtrt_cert_type", 3)] | None = None
    med_type: Annotated[str, Code("med_type")] | None = None
    fulamt_ownpay_amt: Amount | None = None
    overlmt_selfpay: Amount | None = None
    preselfpay_amt: Amount | None = None
    inscp_scp_amt: Amount | None = None
    act_pay_dedc: Amount | None = None
    hifp_pay: Amount | None = None
    pool_prop_selfpay: Ratio | None = None
    cvlserv_pay: Amount | None = None
    hifes_pay: Amount | None = None
    hifmi_pay: Amount | None = None
    hifob_pay: Amount | None = None
    maf_pay: Amount | None = None
    hifdm_pay: Amount | None = None
    oth_pay: Amount | None = None
    fund_pay_sumamt: Amount | None = None
    psn_part_amt: Amount | None = None
    acct_pay: Amount | None = None
    psn_cash_pay: Amount | None = None
    hosp_part_amt: Amount | None = None
    balc: Amount | None = None
    acct_mulaid_pay: Amount | None = None
    medins_setl_id: Id | None = None
    clr_optins: Short | None = None
    clr_way: Annotated[str, Code("clr_way")] | None = None
    clr_type: Annotated[str, Code("clr_type")] | None = None
    setl_type: Annotated[str, Code("setl_type")] | None = None
    dedc_std: Amount | None = None
    crt_dedc: Amount | None = None
    hi_agre_sumfee: Amount | None = None
    medins_disc_amt: Amount | None = None
    init_setl_id: Id | None = None
    refd_setl_flag: Annotated[str, Code("refd_setl_flag", 3)] | None = None
    mid_setl_flag: Annotated[str, Code("mid_setl_flag", 3)] | None = None
    acct_used_flag: Annotated[str, Code("acct_used_flag", 3)] | None = None
    year: Annotated[str, Text(4, only_digits=True)] | None = None
    begndate: Date | None = None
    enddate: Date | None = None
    invono: Annotated[str, Text(20)] | None = None
    insu_admdvs: Region | None = None
    insu_optins: Region | None = None
    pay_loc: Annotated[str, Code("pay_loc")] | None = None
    fixmedins_code: Annotated[str, Text(12)] | None = None
    fixmedins_name: Annotated[str, Text(200)] | None = None
    fixmedins_poolarea: Region | None = None
    hosp_lv: Annotated[str, Code("hosp_lv")] | None = None
    lmtpric_hosp_lv: Annotated[str, Code("lmtpric_hosp_lv")] | None = None
    dedc_hosp_lv: Annotated[str, Code("dedc_hosp_lv")] | None = None
    dise_codg: Short | None = None
    dise_name: Annotated[str, Text(500)] | None = None
    pref_fund_pay: Amount | None = None


class ProcItem(Message, frozen=True, kw_only=True):
    """One item of `setl_proc_info`: a band or another policy item of a fund's payment."""

    polItemCode: Annotated[str, Code("polItemCode", 50)]  # noqa: N815
    hifpPayInscp: Amount | None = None  # noqa: N815
    poolPropSelfpay: Ratio | None = None  # noqa: N815
    hifpPay: Amount | None = None  # noqa: N815


class SetlDetail(Message, frozen=True, kw_only=True):
    """`setldetail`: one payer; `fund_payamt` is negative on a reversal."""

    fund_pay_type: Annotated[str, Code("fund_pay_type")]
    fund_payamt: Amount
    inscp_scp_amt: Amount | None = None
    crt_payb_lmt_amt: Amount | None = None
    fund_pay_type_name: Annotated[str, Text(200)] | None = None
    setl_proc_info: Annotated[tuple[ProcItem, ...], JsonText()] = ()


class CancelRequest(Message, frozen=True, kw_only=True):
    """2208 and 2305 input `data`: the settlement to cancel."""

    setl_id: Id
    mdtrt_id: Id
    psn_no: Id


class SetlQuery(Message, frozen=True, kw_only=True):
    """5203 input `data`."""

    psn_no: Id
    setl_id: Id
    mdtrt_id: Id


class ReversalRequest(Message, frozen=True, kw_only=True):
    """2601 input `data`: a call whose fate is not known, by the msgid it was sent with."""

    psn_no: Id
    omsgid: Id
    oinfno: Annotated[str, Text(4)]


class PolicyItem(Message, frozen=True, kw_only=True):
    """100001 output: a policy item of one settlement."""

    polItemCode: Annotated[str, Code("polItemCode", 50)]  # noqa: N815
    polItemName: Annotated[str, Text(50)] | None = None  # noqa: N815
    selfPayAmt: Plain | None = None  # noqa: N815
    selfPayProp: Plain | None = None  # noqa: N815
    fundPayAmt: Plain | None = None  # noqa: N815
    fundPayProp: Plain | None = None  # noqa: N815
    polItemPaySum: Plain | None = None  # noqa: N815
