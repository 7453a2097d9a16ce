"""The JSON Schema of a policy, for editors: made from the tables that the reader reads with.

It is no more than a help while writing: what the reader and the checks refuse, they say better.
JSON Schema draft 7, which editors of TOML know.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

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
    axis_table,
)
from medsettle.policy.read import BENEFIT_KEYS, HEAD_KEYS
from medsettle.policy.schema_words import WORDS
from medsettle.vocabulary import (
    AXES,
    AXIS_ORDER,
    BANDED,
    BED_DAY,
    BENEFITS,
    BILL_SIZE,
    FOUR_AMOUNTS,
    FUNDS,
    HAND_OVERS,
    ITEM_GROUPS,
    NUMBER_TITLES,
    NUMBERS,
    PROVENANCE,
    REMAINDERS,
    ROUNDINGS,
    RULE_DATES,
    SCHEMES,
    WINDOWS,
    axis_values,
)

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
NAME: Final = "[a-z][a-z0-9_]*"
_CITE: Final[Schema] = {"type": "string", "pattern": rf"^{NAME}(#[\s\S]*\S)?$"}
TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
DATE: Final[Schema] = {"type": "string", "format": "date"}
FLAG: Final[Schema] = {"type": "boolean"}
A_NAME: Final[Schema] = {"type": "string", "pattern": f"^{NAME}$"}
COUNTER: Final[Schema] = {"type": "string", "pattern": rf"^{NAME}(\.{NAME})?$"}
_NONE: Final[Schema] = {"type": "array", "maxItems": 0}

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
            "cites": {"anyOf": [_CITE, _list_of(_CITE)]},
            **{name: make() for name, make in _TABLES.items()},
        },
    }


def text_of(schema: Schema) -> str:
    """Return a schema as JSON: what fits on a line stands on one."""
    return "\n".join(_lines(schema)) + "\n"


def _lines(value: Any, indent: str = "", before: str = "") -> Iterator[str]:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(before) + len(flat) <= 98:
        yield f"{indent}{before}{flat}"
        return
    is_dict = isinstance(value, dict)
    entries = (
        [(f"{json.dumps(key)}: ", inner) for key, inner in value.items()]
        if is_dict
        else [("", inner) for inner in value]
    )
    yield f"{indent}{before}{'{' if is_dict else '['}"
    for at, (key, inner) in enumerate(entries, start=1):
        *rest, last = _lines(inner, f"{indent}  ", key)
        yield from rest
        yield f"{last}," if at < len(entries) else last
    yield f"{indent}{'}' if is_dict else ']'}"


def ref(name: str) -> Schema:
    """Return a schema that is the definition `name`."""
    return {"$ref": f"#/definitions/{name}"}


def choice(options: Mapping[str, str] | Collection[str]) -> Schema:
    """Return the schema of one of several names; an editor shows their Chinese terms."""
    found: Schema = {"enum": list(options)}
    if isinstance(options, Mapping):
        found["x-taplo"] = {"docs": {"enumValues": list(options.values())}}
    return found


def table(
    words: Mapping[str, str],
    keys: Collection[str],
    rows: Mapping[str, Schema],
    required: Collection[str] = (),
    **more: Any,
) -> Schema:
    """Return the schema of a table with exactly `keys`, each described by `words`."""
    if set(rows) != set(keys):
        raise LookupError(f"the schema and the reader differ: {sorted(set(rows) ^ set(keys))}")
    properties = {
        key: {"description": words[key], **({"allOf": [row]} if "$ref" in row else row)}
        for key, row in ((key, rows[key]) for key in keys)
    }
    found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        found["required"] = list(required)
    return {**found, **more}


def by_name(inner: Schema, names: Collection[str] = ()) -> Schema:
    """Return the schema of tables by name: the given names, or the policy's own."""
    if names:
        properties = dict.fromkeys(names, inner)
        return {"type": "object", "additionalProperties": False, "properties": properties}
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": inner,
    }


def values_of(axis: str) -> dict[str, str]:
    """Return the vocabulary's values of an axis of names, with their Chinese terms."""
    return {value: AXES[axis][value] for value in axis_values(axis)}


def own_or(options: Mapping[str, str]) -> Schema:
    """Return the schema of a name of the vocabulary, or of the policy's own."""
    return {"anyOf": [choice(options), A_NAME]} if options else A_NAME


def number(unit: Unit) -> Schema:
    """Return the schema of a number of a unit."""
    lowest = "exclusiveMinimum" if unit.above_low else "minimum"
    return {"type": "number", lowest: unit.low, "maximum": unit.high}


def _list_of(inner: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": inner}


def _rows_of(name: str) -> Schema:
    """Return the schema of rows, of which an amending version may have none."""
    return {"type": "array", "items": ref(name)}


def _versions(name: str) -> Schema:
    return _list_of(ref(name))


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
    return table(
        WORDS["multiple"], MULTIPLE_KEYS, rows, ["of"], **_one_of(("times", "pct"))
    )


def _condition() -> Schema:
    """Return the schema of a condition: axes with a value, a list of values, or all but some."""
    properties = {}
    for axis in AXIS_ORDER:
        named = A_NAME if axis in BANDED else own_or(values_of(axis))
        negated = {
            "type": "object",
            "additionalProperties": False,
            "properties": {NOT: _list_of(named)},
            "required": [NOT],
        }
        properties[axis] = {
            "description": axis_words(axis),
            "anyOf": [named, _list_of(named), negated],
        }
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def axis_words(axis: str) -> str:
    """Return what an axis is, in one line."""
    if axis in BANDED:
        return f"{NUMBER_TITLES[axis]}: a band of [{axis_table(axis)}]"
    known = ", ".join(f"{value} {title}" for value, title in values_of(axis).items())
    return f"{known}; or own ones of [values.{axis}]" if known else f"one of [values.{axis}]"


def _head() -> Schema:
    titles = {"type": "object", "minProperties": 1, "additionalProperties": TEXT}
    names = {axis: _list_of(own_or(values_of(axis))) for axis in AXES}
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
        "layers": _list_of(A_NAME),
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
        "base": _list_of(_part()),
        "serves": _or_none(ref("condition")),
        "tops_up": {"type": "array", "items": A_NAME},
        "first_share_pct": _or_none(ref("share")),
        "deductible": _or_none(ref("deductible")),
        "bands_per": _or_none(_window()),
        "measured": _or_none(COUNTER),
        "measured_each": _or_none(choice(tuple(AXES))),
        "bands": _list_of(ref("band")),
        "adjust": _rows_of("adjust"),
        "ceilings": _rows_of("ceiling"),
        "hands_over": _or_none(choice(HAND_OVERS)),
        "rounding": _or_none(choice(ROUNDINGS)),
    }
    dated = _dated(rows, ("fund", "cite", "provenance", "base", "bands"))
    return table(WORDS["layer"], LAYER_KEYS, dated["rows"], ["from"], **dated["whole"])


def _or_none(row: Schema) -> Schema:
    """Return the schema of a key that an amending version may take away by `[]`."""
    return {"anyOf": [row, _NONE]}


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
        "amount_yuan": {"anyOf": [ref("amount"), _list_of(ref("amount"))]},
        "later_pct": _list_of(ref("percent")),
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
    rows |= {"when": ref("condition"), "cite": _CITE}
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
        "adjust": _list_of(ref("limit_adjust")),
    }
    needed: Schema = {"anyOf": [{"required": ["per"]}, {"required": ["balance"]}]}
    limits = _one_of(("pay_yuan", "cost_yuan", "counts", "balance"))
    return table(WORDS["ceiling"], CEILING_KEYS, rows, **needed, **limits)


_TABLES: Final = {
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
