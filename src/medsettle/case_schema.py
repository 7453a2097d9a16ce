"""The JSON Schema of worked examples, for editors; see `policy/schema.py`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from medsettle.case_files import (
    CASE_KEYS,
    CLAIM_KEYS,
    HEAD_KEYS,
    REFUSALS,
    STEP_KEYS,
    WHOLE_KEYS,
)
from medsettle.model import DAYS_MAX
from medsettle.policy.figures import AMOUNT
from medsettle.policy.schema_parts import (
    DATE,
    DRAFT,
    FLAG,
    NAME,
    TEXT,
    Schema,
    a_value,
    axis_words,
    by_name,
    choice,
    list_of,
    number,
    ref,
    table,
    value_definitions,
)
from medsettle.vocabulary import (
    AXES,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    NUMBER_TITLES,
    NUMBERS,
)

_HEAD_WORDS: Final = {
    "policy": "the policy, where it is not the file beside this one: 110000/employee",
    "case": "worked examples, each a person's claims in order",
}
_CASE_WORDS: Final = {
    "name": "what the example is about",
    "published": "number of the published example; or: own = true",
    "own": "true: an example of one's own; or: published",
    "source": "where it was published, or how an own one was derived",
    "note": "the arithmetic, and what else is to know",
    "ytd": 'counters before the first claim; money takes _yuan: "LAYER.pay_yuan" = 8_240.49',
    "claim": "claims in order",
    "expect": "what all claims together come to",
}
_CLAIM_WORDS: Final = {
    "date": "day of settlement",
    "benefit": "kind of visit",
    "total_yuan": "the bill; without it, the sum of the four amounts",
    "items_yuan": "how much of in_scope_yuan belongs to which item group",
    "admitted": "day of admission",
    "discharged": "day of discharge",
    "days": "days of the visit",
    "continues": "true: continues the stay of an earlier claim",
    "expect": "what the claim comes to",
    "refused": "why the claim is refused, where it is",
    **{f"{name}_yuan": title for name, title in FOUR_AMOUNTS.items()},
    **{axis: axis_words(axis) for axis in AXES},
    **{axis: NUMBER_TITLES[axis] for axis in NUMBERS},
}
_EXPECT_WORDS: Final = {
    **FUNDS,
    "deductible": "起付线",
    "cash": "个人支付",
    "total_funds": "各项支付之和",
}
_COUNTER: Final = rf"{NAME}(\.{NAME})?(@{NAME})?"


def cases_schema() -> Schema:
    """Return the JSON Schema of a file of worked examples."""
    rows = {"policy": TEXT, "case": list_of(ref("case"))}
    return {
        "$schema": DRAFT,
        "title": "medsettle worked examples",
        "description": "Worked examples of a policy: see docs/policy-language.md",
        **table(_HEAD_WORDS, HEAD_KEYS, rows, ["case"]),
        "definitions": {
            "amount": number(AMOUNT),
            **value_definitions(),
            "counters": _counters(),
            "expect": _expect(),
            "claim": _claim(),
            "case": _case(),
        },
    }


def _case() -> Schema:
    rows = {
        "name": TEXT,
        "published": TEXT,
        "own": {"const": True},
        "source": TEXT,
        "note": TEXT,
        "ytd": ref("counters"),
        "claim": list_of(ref("claim")),
        "expect": ref("expect"),
    }
    kinds: Any = {"oneOf": [{"required": ["published"]}, {"required": ["own"]}]}
    return table(_CASE_WORDS, CASE_KEYS, rows, ["name", "source", "claim"], **kinds)


def _claim() -> Schema:
    rows: dict[str, Schema] = {
        "date": DATE,
        "benefit": choice(BENEFITS),
        "items_yuan": by_name(ref("amount")),
        "admitted": DATE,
        "discharged": DATE,
        "days": {"type": "integer", "minimum": 0, "maximum": DAYS_MAX},
        "continues": FLAG,
        "expect": ref("expect"),
        "refused": choice(REFUSALS),
        **{f"{name}_yuan": ref("amount") for name in (*FOUR_AMOUNTS, "total")},
        **{axis: _value(axis) for axis in AXES},
        **{axis: {"type": "integer", "minimum": 0} for axis in NUMBERS},
    }
    return table(_CLAIM_WORDS, CLAIM_KEYS, rows, ["date", "benefit", "in_scope_yuan"])


def _value(axis: str) -> Schema:
    """Return the schema of a value on an axis of names, or of several."""
    return {"anyOf": [a_value(axis), list_of(a_value(axis))]}


def _counters() -> Schema:
    """Return the schema of counters: money by `_yuan`, visits, days on which periods began."""
    return {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {
            rf"^{_COUNTER}_yuan$": ref("amount"),
            rf"^{NAME}(\.visits|\.{NAME}\.visits)(@{NAME})?$": {"type": "integer", "minimum": 0},
            rf"^{NAME}\.start$": DATE,
        },
    }


def _expect() -> Schema:
    step = rf"^{NAME}\.({_any_of(STEP_KEYS)})_yuan$"
    whole = {
        f"{key}_yuan": {"description": _EXPECT_WORDS[key], "allOf": [ref("amount")]}
        for key in WHOLE_KEYS
    }
    after = {"description": "counters after the claim", "allOf": [ref("counters")]}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {**whole, "ytd_after": after},
        "patternProperties": {step: ref("amount")},
    }


def _any_of(names: Collection[str]) -> str:
    return "|".join(names)
