"""National messages, made up: 2301 with the lines of a bill, its answer, the answer to a 2207."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

LINES_OF_A_BILL = 30


def as_json(body: Any) -> bytes:
    """Return a message as platforms write it: without blanks, texts as they are."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: Decimal) -> float:  # every amount here has few digits
    return json.loads(str(value))  # type: ignore[no-any-return]


def lines_request(n_lines: int = LINES_OF_A_BILL) -> bytes:
    """Return a 2301: fields that are read, empty ones, and some that are left aside."""
    return as_json(
        {
            "infno": "2301", "msgid": "H43010000001202503010800000001",
            "mdtrtarea_admvs": "430100", "insuplc_admdvs": "430100", "recer_sys_code": "MBS",
            "dev_no": None, "infver": "V1.0", "opter_type": "1", "opter": "D1",
            "inf_time": "2025-03-02 09:00:00", "fixmedins_code": "H43010000001",
            "fixmedins_name": "某医院", "opter_name": "某人", "sign_no": "S1",
            "input": {"feedetail": [_line(at) for at in range(n_lines)]},
        }
    )  # fmt: skip


def _line(at: int) -> dict[str, Any]:
    price, quantity = Decimal("4.5234") + Decimal("1.17") * at, at % 4 + 1
    return {
        "feedetl_sn": str(at + 1), "mdtrt_id": "4301000000123456789",
        "psn_no": "43010000000000123456", "chrg_bchno": "B202503010001",
        "fee_ocur_time": f"2025-03-{at % 28 + 1:02} 08:{at % 60:02}:00",
        "med_list_codg": f"XA01ABA075A0010101{at:05}", "medins_list_codg": f"H{at:06}",
        "det_item_fee_sumamt": round(price * quantity, 2), "cnt": quantity, "pric": price,
        "med_type": "2101", "bilg_dept_codg": "A03", "bilg_dept_name": "消化内科",
        "bilg_dr_codg": "D430100012345", "bilg_dr_name": "某医生", "hosp_appr_flag": "1",
        "medins_list_name": "某药品", "rx_circ_flag": "0", "memo": None,
    }  # fmt: skip


def lines_reply(n_lines: int = LINES_OF_A_BILL) -> bytes:
    """Return the answer to that 2301."""
    rows = [
        {
            "feedetl_sn": str(at + 1), "det_item_fee_sumamt": Decimal("4.52") + at, "cnt": 1,
            "pric": Decimal("4.52") + at, "pric_uplmt_amt": 999999, "selfpay_prop": Decimal("0.05"),
            "fulamt_ownpay_amt": 0, "overlmt_amt": 0, "preselfpay_amt": Decimal("0.23"),
            "inscp_scp_amt": Decimal("4.29") + at, "chrgitm_lv": "02", "med_chrgitm_type": "09",
            "lmt_used_flag": "0",
        }
        for at in range(n_lines)
    ]  # fmt: skip
    return as_json({"infcode": "0", "inf_refmsgid": "R1", "output": {"result": rows}})


def settlement_reply() -> bytes:
    """Return the answer to a 2207: all amounts, a breakdown with one policy item."""
    info = {
        "mdtrt_id": "M1", "setl_id": "T1", "psn_no": "P1", "psn_name": "某人", "brdy": "1931-07-23",
        "age": 88, "gend": "1", "insutype": "310", "psn_type": "12", "med_type": "2101",
        "setl_time": "2025-03-02 10:11:12", "medfee_sumamt": 1000, "fulamt_ownpay_amt": 100,
        "overlmt_selfpay": 20, "preselfpay_amt": 30, "inscp_scp_amt": 850, "act_pay_dedc": 200,
        "hifp_pay": 500, "pool_prop_selfpay": Decimal("0.85"), "cvlserv_pay": 0, "hifes_pay": 0,
        "hifmi_pay": 0, "hifob_pay": 0, "maf_pay": 0, "oth_pay": 0, "fund_pay_sumamt": 500,
        "psn_part_amt": 490, "acct_pay": 90, "psn_cash_pay": 400, "hosp_part_amt": 10,
        "balc": 5, "acct_mulaid_pay": "", "clr_way": "1", "clr_type": "21",
    }  # fmt: skip
    item = [{"polItemCode": "C001", "hifpPayInscp": 650, "poolPropSelfpay": 0.8, "hifpPay": 520}]
    details = [
        {"fund_pay_type": "310100", "fund_payamt": 500, "setl_proc_info": json.dumps(item)},
        {"fund_pay_type": "310200", "fund_payamt": 90},
    ]
    output = {"setlinfo": info, "setldetail": details}
    return as_json({"infcode": 0, "inf_refmsgid": "R1", "err_msg": "", "output": output})
