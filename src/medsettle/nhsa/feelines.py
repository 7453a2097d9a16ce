"""Fee lines: 2204 and 2301, 2205 and 2302 taken back; 1318 and 1319 rows of the catalogue."""

from __future__ import annotations

from typing import Annotated

from medsettle.nhsa.fields import (
    Amount,
    Code,
    Date,
    Flag,
    Id,
    LineNumber,
    Message,
    Number,
    Price,
    Quantity,
    Ratio,
    Region,
    Short,
    SupplyDays,
    Text,
    Time,
)
from medsettle.nhsa.visits import ExpContent


class FeeDetail(Message, frozen=True, kw_only=True):
    """2204 and 2301 input `feedetail`: one line as the hospital charges it.

    Outpatient lines have a `chrg_bchno`, inpatient ones a `med_type`, and `init_feedetl_sn` on a
    return.  `pric` is positive, `cnt` and the amount negative on a return.
    """

    feedetl_sn: LineNumber
    mdtrt_id: Id
    psn_no: Id
    fee_ocur_time: Time
    med_list_codg: Annotated[str, Text(50)]
    medins_list_codg: Annotated[str, Text(150)]
    det_item_fee_sumamt: Amount
    cnt: Quantity
    pric: Price
    chrg_bchno: Id | None = None
    med_type: Annotated[str, Code("med_type")] | None = None
    init_feedetl_sn: Id | None = None
    drord_no: Id | None = None
    dise_codg: Short | None = None
    rxno: Id | None = None
    rx_circ_flag: Flag | None = None
    prd_days: SupplyDays | None = None
    hosp_appr_flag: Annotated[str, Code("hosp_appr_flag", 3)] | None = None
    tcmdrug_used_way: Annotated[str, Code("tcmdrug_used_way")] | None = None
    etip_flag: Flag | None = None
    dscg_tkdrug_flag: Flag | None = None
    matn_fee_flag: Annotated[str, Code("flag")] | None = None
    memo: Annotated[str, Text(1000)] | None = None
    comb_no: Annotated[str, Text(30)] | None = None
    exp_content: ExpContent | None = None


class FeeResult(Message, frozen=True, kw_only=True):
    """2204 and 2301 output `result`: one line as it is split.

    `det_item_fee_sumamt = fulamt_ownpay_amt + overlmt_amt + preselfpay_amt + inscp_scp_amt`.
    `pric_uplmt_amt` 999999 or 99999999 says that there is no ceiling.
    """

    feedetl_sn: LineNumber
    det_item_fee_sumamt: Amount
    cnt: Quantity
    pric: Price
    pric_uplmt_amt: Price | None = None
    selfpay_prop: Ratio | None = None
    fulamt_ownpay_amt: Amount | None = None
    overlmt_amt: Amount | None = None
    preselfpay_amt: Amount | None = None
    inscp_scp_amt: Amount | None = None
    chrgitm_lv: Annotated[str, Code("chrgitm_lv", 3)] | None = None
    med_chrgitm_type: Annotated[str, Code("med_chrgitm_type")] | None = None
    bas_medn_flag: Flag | None = None
    hi_nego_drug_flag: Flag | None = None
    chld_medc_flag: Flag | None = None
    list_sp_item_flag: Flag | None = None
    lmt_used_flag: Flag | None = None
    drt_reim_flag: Flag | None = None
    memo: Annotated[str, Text(500)] | None = None


class OutpatientUndo(Message, frozen=True, kw_only=True):
    """2205 input `data`: `chrg_bchno` 0000 takes back every unsettled line of the visit."""

    chrg_bchno: Id
    mdtrt_id: Id
    psn_no: Id


class InpatientUndo(Message, frozen=True, kw_only=True):
    """2302 input `data`: `feedetl_sn` 0000 takes back every unsettled line of the stay."""

    feedetl_sn: LineNumber
    mdtrt_id: Id
    psn_no: Id


class CeilingRow(Message, frozen=True, kw_only=True):
    """1318 output `data`: a price ceiling of an item."""

    hilist_code: Annotated[str, Text(30)]
    hilist_lmtpric_type: Annotated[str, Code("hilist_lmtprc_type")]
    overlmt_dspo_way: Annotated[str, Code("overlmt_dspo_way")]
    insu_admdvs: Region
    begndate: Date
    hilist_pric_uplmt_amt: Annotated[Price, Number(16, 6)]
    vali_flag: Flag
    enddate: Date | None = None


class ShareRow(Message, frozen=True, kw_only=True):
    """1319 output `data`: a first-step share of an item."""

    hilist_code: Annotated[str, Text(30)]
    selfpay_prop_psn_type: Annotated[str, Code("selfpay_prop_psn_type")]
    selfpay_prop_type: Annotated[str, Code("selfpay_prop_type")]
    insu_admdvs: Region
    begndate: Date
    selfpay_prop: Ratio
    vali_flag: Flag
    enddate: Date | None = None
