"""The closed vocabulary: every name that policies, claims, tables and outputs may use.

A name stands once, here, with its Chinese term; `docs/glossary.md` maps it to the national
interface.  The position of a value in its axis is its code in NumPy arrays, Arrow columns and the
C structs, so values are only ever appended.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

SCHEMES: Final[dict[str, str]] = {
    "employee": "职工基本医疗保险",
    "resident": "城乡居民基本医疗保险",
}

#: Kinds of visit.  The claim's `benefit` chooses which layers run.
BENEFITS: Final[dict[str, str]] = {
    "inpatient": "住院",
    "outpatient": "普通门诊",
    "emergency": "急诊",
    "chronic_outpatient": "门诊慢特病",
    "special_disease": "门诊特殊疾病",
    "pharmacy": "定点药店购药",
    "maternity": "生育",
    "home_bed": "家庭病床",
    "day_surgery": "日间手术",
    "secondary_compensation": "二次补偿",
}

#: Who pays.  A layer names one fund; two layers may name the same one.
FUNDS: Final[dict[str, str]] = {
    "pooled": "基本医疗保险统筹基金",
    "large_amount": "大额医疗费用补助",
    "serious_illness": "大病保险",
    "civil_servant": "公务员医疗补助",
    "retiree_supplement": "退休人员统一补充医疗保险",
    "enterprise": "企业补充医疗保险",
    "assistance": "医疗救助",
    "tilt": "倾斜救助",
    "disabled_military": "伤残人员医疗保障",
    "other": "其他基金",
    "hospital": "医疗机构承担",
    "own_account": "个人账户",
    "family_account": "家庭共济账户",
    "commercial": "商业健康保险",
    "charity": "慈善救助",
}

#: Payers that are the person's own money or the hospital's: they pay, but are no fund.
NO_FUNDS: Final = ("hospital", "own_account", "family_account")

#: The four amounts a claim starts with; together they are the bill.
FOUR_AMOUNTS: Final[dict[str, str]] = {
    "full_self_pay": "全自费",
    "over_limit": "超限价自费",
    "first_step": "先行自付",
    "in_scope": "政策范围内",
}

#: Groups of items within the in-scope amount that have rules of their own; a policy may name more.
ITEM_GROUPS: Final[dict[str, str]] = {
    "class_a": "甲类",
    "class_b": "乙类",
    "large_equipment": "大型设备检查",
    "consultation_fee": "一般诊疗费、医事服务费",
    "negotiated_drug": "国家谈判药品",
    "special_material": "特殊医用材料",
    "bed": "床位费",
}

#: What a layer leaves of its base, next to what it pays.
REMAINDERS: Final[dict[str, str]] = {
    "first_share": "先行自付比例部分",
    "deductible": "起付线",
    "copay": "按比例自付",
    "over_ceiling": "超封顶线",
}

#: What a figure may depend on.  Code 0 of an axis is what a claim says when it says nothing.
#: Where that is a meaning of its own ("no assistance category") it has a name here;
#: where it is None, a policy that asks for the axis refuses a claim that leaves it out.
AXES: Final[dict[str, dict[str | None, str]]] = {
    "level": {
        None: "未注明",
        "community": "社区卫生服务机构",
        "primary": "一级",
        "secondary": "二级",
        "tertiary": "三级",
    },
    "status": {
        None: "未注明",
        "active": "在职",
        "retired": "退休",
        "minor": "学生儿童",
        "adult": "劳动年龄内居民",
        "elderly": "老年居民",
    },
    "assistance": {
        "unassisted": "非救助对象",
        "extreme_poor": "特困人员",
        "orphan": "孤儿",
        "minimum_living": "低保对象",
        "low_income": "低收入家庭",
        "retrenched_worker": "享受40%救济的精减退职老职工",
        "illness_impoverished": "因病致贫重病患者",
    },
    "supplement": {
        "unsupplemented": "无补充保险",
        "retiree_unified": "退休人员统一补充",
        "civil_servant": "公务员医疗补助",
        "retired_military": "军队转业退役补助",
    },
    "place": {
        "local": "统筹区内",
        "settled_elsewhere": "异地安置备案",
        "referred": "转诊备案",
        "emergency_elsewhere": "异地急诊",
        "unfiled": "未备案",
    },
    "hospital_kind": {
        "general_hospital": "一般医疗机构",
        "tcm": "中医医疗机构",
        "specialist": "专科医院",
        "pharmacy_shop": "定点零售药店",
        "internet_hospital": "互联网医院",
    },
    "institution": {
        None: "未注明",
        "selected": "选定机构",
        "by_referral": "经选定机构转诊",
        "unselected": "非选定机构",
    },
    "disease": {
        "other_disease": "未列病种",
        "hypertension": "高血压",
        "diabetes": "糖尿病",
        "cancer": "恶性肿瘤",
        "dialysis": "透析",
        "transplant": "器官移植抗排异",
        "mental_illness": "严重精神障碍",
    },
    "care": {
        "usual_care": "普通诊疗",
        "chemotherapy": "放化疗",
        "birth": "分娩",
        "caesarean": "剖宫产",
        "bed_at_home": "家庭病床",
        "essential_drugs": "全部使用基本药物",
        "online": "互联网复诊",
        "accident": "意外伤害",
    },
    "tier": {
        None: "未注明",
        "tier_1": "一档",
        "tier_2": "二档",
        "tier_3": "三档",
        "flexible": "灵活就业",
    },
    "cohort": {
        None: "未注明",
    },
    "family_doctor": {
        "unsigned": "未签约家庭医生",
        "signed": "签约家庭医生",
    },
    "entitlement": {
        "entitled": "享受待遇",
        "waiting": "待遇等待期",
        "in_arrears": "欠费",
        "lapsed": "停保",
        "newly_enrolled": "上年未参保",
    },
}

#: The axes that are numbers in a claim, with the greatest number; a policy names their bands.
#: `months`, `enrolled_years` and `zero_claim_years` beyond it count as it.
NUMBERS: Final[dict[str, int]] = {
    "age": 150,
    "months": 254,
    "enrolled_years": 254,
    "zero_claim_years": 254,
}
NUMBER_TITLES: Final[dict[str, str]] = {
    "age": "年龄",
    "months": "连续参保月数",
    "enrolled_years": "连续参保年数",
    "zero_claim_years": "连续零报销年数",
    "bill_size": "单次总费用",
}
#: The code of a number that is not stated.
UNSTATED: Final = 255
AGE: Final = "age"

#: The axis that no claim states: in which of the policy's bands the bill's total lies.
BILL_SIZE: Final = "bill_size"

#: Axes in the order of the codes in a C claim (`ms_claim.code`).
CLAIM_AXES: Final[tuple[str, ...]] = (*AXES, *NUMBERS)
#: All axes that figures and conditions may name; `bill_size` is the last.
AXIS_ORDER: Final[tuple[str, ...]] = (*CLAIM_AXES, BILL_SIZE)
#: Axes whose values a policy names itself.
BANDED: Final[tuple[str, ...]] = (*NUMBERS, BILL_SIZE)

#: Which date of a claim picks the versions in force.
RULE_DATES: Final[dict[str, str]] = {
    "date": "结算日期",
    "admitted": "入院日期",
    "discharged": "出院日期",
}

#: Days of a policy and of claims: from 1949-10-01, before 2200-01-01.
DATE_MIN: Final = dt.date(1949, 10, 1)
DATE_MAX: Final = dt.date(2200, 1, 1)

#: Stretches of time in which something is counted.
WINDOWS: Final[dict[str, str]] = {
    "visit": "每次",
    "day": "每日",
    "month": "每月",
    "quarter": "每季度",
    "year": "年度",
    "lifetime": "终身",
    "stay": "每次住院（含转院、跨年）",
    "stay_in_year": "每次住院（跨年重计）",
}
#: A ceiling may also be so much for each day of the visit.
BED_DAY: Final = "bed_day"

PROVENANCE: Final[dict[str, str]] = {
    "verified": "已见官方文本",
    "corroborated": "两个来源一致",
    "unverified": "一个来源，载明文件",
}

ROUNDINGS: Final[dict[str, str]] = {
    "layer": "每层四舍五入",
    "band": "每段四舍五入",
    "cumulative": "累计四舍五入取差额",
}

HAND_OVERS: Final[dict[str, str]] = {
    "cost": "未达费用",
    "payment": "未付金额",
}


def axis_values(axis: str) -> tuple[str, ...]:
    """Return the named values of `axis` (not of `age`), in code order, without the unstated one."""
    return tuple(value for value in AXES[axis] if value is not None)


def axis_code(axis: str, value: str) -> int:
    """Return the code of `value` on `axis`; raise KeyError when the axis does not know it."""
    for code, known in enumerate(AXES[axis]):
        if known == value:
            return code
    raise KeyError(value)


def default_value(axis: str) -> str | None:
    """Return what a claim means by leaving `axis` out: a value's name, or None for "unstated"."""
    return next(iter(AXES[axis]))
