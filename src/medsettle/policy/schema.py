"""The JSON Schema of a policy, for editors: made from the tables that the reader reads with.

It is no more than a help while writing: what the reader and the checks refuse, they say better.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from medsettle.policy.ceilings import CEILING_KEYS, COUNTED, LIMIT_KEYS
from medsettle.policy.counting import STAY
from medsettle.policy.deductibles import CAP_KEYS, DEDUCTIBLE_KEYS
from medsettle.policy.figures import (
    AMOUNT,
    BOUND,
    CHANGE_OF_AMOUNT,
    FACTOR,
    LIMIT_OF_SHARE,
    PERCENT,
    POINTS,
    SHARE,
    STEP,
    TIMES_MAX,
    Unit,
)
from medsettle.policy.head import DAYS_MAX, INDICATOR_KEYS, PERIOD_KEYS, SOURCE_KEYS
from medsettle.policy.layers import BAND_KEYS, CHANGE_KEYS, LAYER_KEYS
from medsettle.policy.names import (
    BAND_TABLES,
    EVERYTHING,
    ITEM,
    MULTIPLE_KEYS,
    NOT,
    OTHER,
    REST,
)
from medsettle.policy.read import BENEFIT_KEYS, HEAD_KEYS
from medsettle.policy.schema_parts import (
    A_NAME,
    CITE,
    COUNTER,
    DATE,
    DRAFT,
    FLAG,
    NAME,
    NOTHING,
    TEXT,
    Schema,
    a_value,
    axis_words,
    by_name,
    choice,
    list_of,
    number,
    own_or,
    ref,
    table,
    value_definitions,
)
from medsettle.policy.schema_words import WORDS
from medsettle.vocabulary import (
    AXES,
    AXIS_ORDER,
    BED_DAY,
    BENEFITS,
    BILL_SIZE,
    FOUR_AMOUNTS,
    FUNDS,
    HAND_OVERS,
    ITEM_GROUPS,
    NUMBERS,
    PROVENANCE,
    REMAINDERS,
    ROUNDINGS,
    RULE_DATES,
    SCHEMES,
    WINDOWS,
    axis_values,
)

#: The units of figures, by the name of their definition.
_UNITS: Final[Mapping[str, Unit]] = {
    "amount": AMOUNT,
    "bound": BOUND,
    "change_of_amount": CHANGE_OF_AMOUNT,
    "share": SHARE,
    "points": POINTS,
    "limit_of_share": LIMIT_OF_SHARE,
    "percent": PERCENT,
    "factor": FACTOR,
}


def policy_schema() -> Schema:
    """Return the JSON Schema of a policy."""
    return {
        "$schema": DRAFT,
        "title": "medsettle policy",
        "description": "One scheme of one region: see docs/policy-language.md",
        **_head(),
        "definitions": {
            **{name: _figure(name, unit) for name, unit in _UNITS.items()},
            "multiple": _multiple(),
            "condition": _condition(),
            **value_definitions(),
            "cites": {"anyOf": [CITE, list_of(CITE)]},
            **{name: make() for name, make in _TABLES.items()},
        },
    }


def _rows_of(name: str) -> Schema:
    """Return the schema of rows, of which an amending version may have none."""
    return {"type": "array", "items": ref(name)}


def _versions(name: str) -> Schema:
    return list_of(ref(name))


def _one_of(keys: Collection[str]) -> Schema:
    return {"oneOf": [{"required": [key]} for key in keys]}


def _figure(name: str, unit: Unit) -> Schema:
    """Return the schema of a figure: a number, a multiple, or figures by an axis's values."""
    values = {value: ref(name) for axis in AXES for value in axis_values(axis)}
    by_axis: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "properties": {**values, OTHER: ref(name)},
        "additionalProperties": ref(name),
    }
    multiple = [ref("multiple")] if unit.kind == "yuan" else []
    example = f"such as {unit.example}; or a table from an axis's values to figures"
    return {"description": example, "anyOf": [number(unit), *multiple, by_axis]}


def _multiple() -> Schema:
    times: Schema = {"type": "number", "minimum": -TIMES_MAX, "maximum": TIMES_MAX}
    rows = {"of": A_NAME, "times": times, "pct": times, "round_to_yuan": number(STEP)}
    return table(WORDS["multiple"], MULTIPLE_KEYS, rows, ["of"], **_one_of(("times", "pct")))


def _condition() -> Schema:
    """Return the schema of a condition: axes with a value, a list of values, or all but some."""
    properties = {}
    for axis in AXIS_ORDER:
        named = a_value(axis)
        negated = {
            "type": "object",
            "additionalProperties": False,
            "properties": {NOT: list_of(named)},
            "required": [NOT],
        }
        properties[axis] = {
            "description": axis_words(axis),
            "anyOf": [named, list_of(named), negated],
        }
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def _head() -> Schema:
    titles = {"type": "object", "minProperties": 1, "additionalProperties": TEXT}
    names = {axis: list_of(a_value(axis)) for axis in AXES}
    rows: dict[str, Schema] = {
        "region": {"type": "string", "pattern": "^(000000|[1-9][0-9]{5})$"},
        "scheme": choice(SCHEMES),
        "title": TEXT,
        "inherits": {"type": "string", "pattern": "^[0-9]{6}/[a-z]+$"},
        "serves": ref("condition"),
        "year_starts": {"type": "integer", "minimum": 1, "maximum": 12},
        "rule_by": choice(RULE_DATES),
        "source": by_name(ref("source")),
        "values": by_name(titles, (*AXES, ITEM)),
        **{head: _bands_of(axis) for head, axis in BAND_TABLES.items()},
        "best_of": {"type": "object", "additionalProperties": False, "properties": names},
        "indicator": by_name(_versions("indicator")),
        "period": by_name(ref("period")),
        "benefit": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"description": title, **_versions("benefit")}
                for name, title in BENEFITS.items()
            },
        },
        "layer": by_name(_versions("layer")),
    }
    return table(WORDS["policy"], HEAD_KEYS, rows, ["region", "scheme", "title"])


def _bands_of(axis: str) -> Schema:
    whole: Schema = {"type": "integer", "minimum": 0}
    lowest = number(AMOUNT) if axis == BILL_SIZE else {**whole, "maximum": NUMBERS[axis]}
    return {"minProperties": 1, **by_name(lowest)}


def _source() -> Schema:
    url = {"type": "string", "pattern": "^https?://"}
    rows = {"number": TEXT, "title": TEXT, "issued": DATE, "url": url, "note": TEXT}
    return table(WORDS["source"], SOURCE_KEYS, rows, ["title"])


def _indicator() -> Schema:
    rows = {"from": DATE, "until": DATE, "yuan": number(AMOUNT), "cite": ref("cites")}
    return table(WORDS["indicator"], INDICATOR_KEYS, rows, ["from", "yuan", "cite"])


def _period() -> Schema:
    days = {"type": "integer", "minimum": 1, "maximum": DAYS_MAX}
    rows = {"days": days, "within": choice((STAY,)), "cite": ref("cites")}
    return table(WORDS["period"], PERIOD_KEYS, rows, ["days", "cite"])


def _dated(rows: dict[str, Schema], required: Collection[str]) -> Schema:
    """Return what is common to versions: an amending one need not have what it keeps."""
    needed = [key for key in required if key != "from"]
    whole: Schema = {"anyOf": [{"required": ["amends"]}, {"required": needed}]}
    dates = {"from": DATE, "until": DATE, "amends": DATE, "cite": ref("cites")}
    return {"rows": {**dates, **rows}, "whole": whole}


def _benefit() -> Schema:
    rows = {
        "layers": list_of(A_NAME),
        "serves": _or_none(ref("condition")),
        "all_funds_at_most_pct": _or_none(number(SHARE)),
    }
    dated = _dated(rows, ("cite", "layers"))
    return table(WORDS["benefit"], BENEFIT_KEYS, dated["rows"], ["from"], **dated["whole"])


def _layer() -> Schema:
    rows = {
        "title": _or_none(TEXT),
        "fund": choice(FUNDS),
        "provenance": choice(PROVENANCE),
        "note": _or_none(TEXT),
        "base": list_of(_part()),
        "serves": _or_none(ref("condition")),
        "tops_up": {"type": "array", "items": A_NAME},
        "first_share_pct": _or_none(ref("share")),
        "deductible": _or_none(ref("deductible")),
        "bands_per": _or_none(_window()),
        "measured": _or_none(COUNTER),
        "measured_each": _or_none(choice(tuple(AXES))),
        "bands": list_of(ref("band")),
        "adjust": _rows_of("adjust"),
        "ceilings": _rows_of("ceiling"),
        "hands_over": _or_none(choice(HAND_OVERS)),
        "rounding": _or_none(choice(ROUNDINGS)),
    }
    dated = _dated(rows, ("fund", "cite", "provenance", "base", "bands"))
    return table(WORDS["layer"], LAYER_KEYS, dated["rows"], ["from"], **dated["whole"])


def _or_none(row: Schema) -> Schema:
    """Return the schema of a key that an amending version may take away by `[]`."""
    return {"anyOf": [row, NOTHING]}


def _part() -> Schema:
    plain = {**FOUR_AMOUNTS, **REMAINDERS, REST: "所余各部分", EVERYTHING: "全部未支付"}
    items = {f"{ITEM}.{group}": title for group, title in ITEM_GROUPS.items()}
    kinds = "|".join((*REMAINDERS, REST))
    own = {"type": "string", "pattern": rf"^({ITEM}\.{NAME}|{NAME}\.({kinds}))$"}
    return {"anyOf": [choice({**plain, **items}), own]}


def _window(*more: str) -> Schema:
    return own_or({**WINDOWS, **dict.fromkeys(more, "每床日")})


def _band() -> Schema:
    rows = {"upto_yuan": ref("bound"), "share_pct": ref("share")}
    return table(WORDS["band"], BAND_KEYS, rows, ["share_pct"])


def _deductible() -> Schema:
    rows = {
        "per": _window(),
        "amount_yuan": {"anyOf": [ref("amount"), list_of(ref("amount"))]},
        "later_pct": list_of(ref("percent")),
        "each_later_minus_yuan": ref("amount"),
        "at_least_yuan": ref("amount"),
        "inside_first_band": FLAG,
        "visits": COUNTER,
        "visits_each": choice(tuple(AXES)),
        "continued_counts": FLAG,
        "used": COUNTER,
        "used_each": choice(tuple(AXES)),
        "waived_after": COUNTER,
        "cap": ref("cap"),
    }
    return table(WORDS["deductible"], DEDUCTIBLE_KEYS, rows, ["per", "amount_yuan"])


def _cap() -> Schema:
    each = choice(tuple(AXES))
    rows = {"per": _window(), "yuan": ref("amount"), "used": COUNTER, "used_each": each}
    return table(WORDS["cap"], CAP_KEYS, rows, ["per", "yuan"])


def _adjust(words: str, changes: Mapping[str, tuple[str, Unit]]) -> Schema:
    names = {unit: name for name, unit in _UNITS.items()}
    rows = {key: ref(names[unit]) for key, (_change, unit) in changes.items()}
    rows |= {"when": ref("condition"), "cite": CITE}
    return table(WORDS[words], ("when", "cite", *changes), rows, **_one_of(changes))


def _ceiling() -> Schema:
    rows = {
        "per": _window(BED_DAY),
        "pay_yuan": ref("amount"),
        "cost_yuan": ref("amount"),
        "counts": choice(COUNTED),
        "balance": COUNTER,
        "when": ref("condition"),
        "used": COUNTER,
        "used_each": choice(tuple(AXES)),
        "adjust": list_of(ref("limit_adjust")),
    }
    needed: Schema = {"anyOf": [{"required": ["per"]}, {"required": ["balance"]}]}
    limits = _one_of(("pay_yuan", "cost_yuan", "counts", "balance"))
    return table(WORDS["ceiling"], CEILING_KEYS, rows, **needed, **limits)


_TABLES: Final[Mapping[str, Callable[[], Schema]]] = {
    "source": _source,
    "indicator": _indicator,
    "period": _period,
    "benefit": _benefit,
    "layer": _layer,
    "band": _band,
    "deductible": _deductible,
    "cap": _cap,
    "adjust": lambda: _adjust("adjust", CHANGE_KEYS),
    "ceiling": _ceiling,
    "limit_adjust": lambda: _adjust("limit_adjust", LIMIT_KEYS),
}
