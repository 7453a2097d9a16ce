"""Whole messages for the tests of readers, writers and identities; nobody's, made here."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

#: Stand for what must never be shown.
PERSON, BORN, NAME, CERTIFICATE = "PSN0PLANTED0SECRET", "1931-07-23", "某某人", "999999193107239999"

SETLINFO = {
    "mdtrt_id": "M1", "setl_id": "T1", "psn_no": PERSON, "psn_name": NAME, "certno": CERTIFICATE,
    "brdy": BORN, "age": 88.0, "gend": "1", "insutype": "310", "psn_type": "12",
    "setl_time": "2025-03-02 10:11:12", "med_type": "2101", "medfee_sumamt": "1000.00",
    "fulamt_ownpay_amt": 100, "overlmt_selfpay": 20, "preselfpay_amt": 30, "inscp_scp_amt": 850,
    "act_pay_dedc": 200, "hifp_pay": 500, "pool_prop_selfpay": "0.8500", "fund_pay_sumamt": 500,
    "psn_part_amt": 490, "acct_pay": 90, "psn_cash_pay": 400, "hosp_part_amt": 10, "balc": 5,
    "clr_way": "1", "clr_type": "21", "refd_setl_flag": "0", "acct_mulaid_pay": "",
}  # fmt: skip
PROC = [{"polItemCode": "C001", "hifpPayInscp": 650, "poolPropSelfpay": 0.8, "hifpPay": 520}]
SETLDETAIL = [
    {
        "fund_pay_type": "310100",
        "fund_payamt": "500",
        "crt_payb_lmt_amt": None,
        "setl_proc_info": json.dumps(PROC),
    },
    {"fund_pay_type": "310200", "fund_payamt": 90},
]
FEEDETAIL = {
    "feedetl_sn": "1", "mdtrt_id": "M1", "psn_no": PERSON, "fee_ocur_time": "2025-03-01 08:00:00",
    "med_list_codg": "XA01", "medins_list_codg": "H1", "det_item_fee_sumamt": 4.52, "cnt": 1,
    "pric": "4.520000", "hosp_appr_flag": "0", "memo": NAME,
    "exp_content": json.dumps({"IPT_TYPE": "2", "psn_name": NAME}),
}  # fmt: skip
RESULT = {
    "feedetl_sn": "1", "det_item_fee_sumamt": 4.52, "cnt": 1, "pric": 4.52,
    "pric_uplmt_amt": 999999, "selfpay_prop": 0.05, "fulamt_ownpay_amt": 0, "overlmt_amt": 0,
    "preselfpay_amt": 0.23, "inscp_scp_amt": 4.29, "chrgitm_lv": "02", "med_chrgitm_type": "09",
}  # fmt: skip
PERSON_ROWS: dict[str, Any] = {
    "baseinfo": {"psn_no": PERSON, "gend": "1", "brdy": BORN, "age": 88, "psn_name": NAME},
    "insuinfo": [
        {
            "balc": 12.5, "insutype": "310", "psn_type": "12", "psn_insu_stas": "1",
            "cvlserv_flag": "0", "insuplc_admdvs": "430100", "psn_insu_date": "1999-01-01",
        }
    ],
    "idetinfo": [{"psn_idet_type": "2303", "begntime": "2024-01-01 00:00:00", "endtime": None}],
}  # fmt: skip
_HEAD = {"msgid": "H1" + "0" * 20, "insuplc_admdvs": "430100", "mdtrtarea_admvs": "430100",
         "opter_name": NAME, "sign_no": "S1"}  # fmt: skip


def reply(**nodes: Any) -> dict[str, Any]:
    """Return an answer around its nodes."""
    return {"infcode": 0, "inf_refmsgid": "R1", "err_msg": "", "output": nodes}


def request(infno: str, **nodes: Any) -> dict[str, Any]:
    """Return a call around its nodes."""
    return {"infno": infno, **_HEAD, "input": nodes}


def as_json(value: Any) -> bytes:
    """Return a message as bytes."""
    return json.dumps(value, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value))


#: Valid messages: a reader's name, the call, the message.
REPLIES: dict[str, dict[str, Any]] = {
    "1101": reply(**PERSON_ROWS),
    "2001": reply(
        trtinfo=[
            {
                "psn_no": PERSON, "trt_chk_type": "01", "fund_pay_type": "310100",
                "trt_enjymnt_flag": "0", "begndate": "2025-01-01", "trt_chk_rslt": NAME,
            }
        ]
    ),
    "2204": reply(result=[RESULT]),
    "2207": reply(setlinfo=SETLINFO, setldetail=SETLDETAIL),
    "2208": reply(setlinfo={**SETLINFO, "pdn_cash_pay": 400, "psn_cash_pay": None}),
    "5206": reply(
        cuminfo=[
            {
                "insutype": "310", "year": 2025, "cum_ym": "202503",
                "cum_type_code": "Q0000_BIZ2101", "cum": "200",
            }
        ]
    ),
    "1318": reply(
        data=[
            {
                "hilist_code": "XA01", "hilist_lmtpric_type": "01", "overlmt_dspo_way": "1",
                "insu_admdvs": "430000", "begndate": "2025-01-01", "enddate": "",
                "hilist_pric_uplmt_amt": "12.500000", "vali_flag": "1",
            }
        ]
    ),
    "3201": reply(stmtinfo={"setl_optins": "430000", "stmt_rslt": "0", "stmt_rslt_dscr": NAME}),
}  # fmt: skip
REQUESTS: dict[str, dict[str, Any]] = {
    "2204": request("2204", feedetail=[{**FEEDETAIL, "chrg_bchno": "B1"}]),
    "2301": request("2301", feedetail=[{**FEEDETAIL, "med_type": "2101"}]),
    "2304": request(
        "2304",
        data={
            "psn_no": PERSON, "medfee_sumamt": 4.52, "psn_setlway": "01", "mdtrt_id": "M1",
            "insutype": "310", "acct_used_flag": "1", "mid_setl_flag": "0",
            "dscgTime": "2025-03-02", "mdtrt_cert_no": CERTIFICATE,
        },
    ),
    "2305": request("2305", data={"setl_id": "T1", "mdtrt_id": "M1", "psn_no": PERSON}),
}  # fmt: skip
