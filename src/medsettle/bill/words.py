"""The closed names of fee lines and catalogues, with their Chinese terms.  A leaf.

The position of a name is its code in columns, images and the C structs: names are only appended.
"""

from __future__ import annotations

from typing import Final

#: Whose first-step share: `selfpay_prop_psn_type` of the national interface.
INSURED: Final[dict[str, str]] = {
    "employee": "城镇职工",
    "resident": "城乡居民",
    "retired_cadre": "离休人员",
    "other": "其他",
}
#: The classes of items (`chrgitm_lv`).
CLASSES: Final[dict[str, str]] = {"class_a": "甲类", "class_b": "乙类", "class_c": "丙类"}
#: Whether the hospital approved the use of a restricted item (`hosp_appr_flag`).
APPROVALS: Final[dict[str, str]] = {
    "not_needed": "无须审批",
    "approved": "审批通过",
    "refused": "审批不通过",
}
#: How decoction pieces are used (`tcmdrug_used_way`); "" where it says nothing.
HERB_USES: Final[dict[str, str]] = {"": "", "compound": "复方", "single": "单方"}
#: The steps of a line, in the usual order.
STEPS: Final[dict[str, str]] = {
    "not_covered": "目录外",
    "restriction": "限制使用",
    "quantity": "数量限制",
    "price_ceiling": "限价",
    "first_step": "先行自付",
}
#: What a quantity limit counts.
LIMITS: Final[dict[str, str]] = {
    "line": "每条明细",
    "day": "每日",
    "bill": "每次结算",
    "stay_day": "每住院日",
}
#: Where the quantity step puts what is over.
OVER_QUANTITY: Final = ("full_self_pay", "over_limit")
#: What a price above the ceiling makes the person's (`overlmt_dspo_way`): the excess, or all.
OVER_PRICE: Final = ("excess", "all")
#: Why a line is refused: the status in columns; `docs/bill.md` has the codes and what they mean.
LINE_STATUS: Final = (
    "OK",
    "BAD_CODE",
    "UNKNOWN_ITEM",
    "NOT_IN_FORCE",
    "BAD_QUANTITY",
    "AMOUNT_DISAGREES",
    "LINE_TOO_LARGE",
    "NO_SHARE",
    "NO_ORIGINAL",
    "RETURN_DISAGREES",
    "NO_DAYS",
)
