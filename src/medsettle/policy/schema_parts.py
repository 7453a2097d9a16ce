"""What JSON Schemas are put together from: texts, names, numbers, tables whose keys are described.

JSON Schema draft 7, which editors of TOML know; dates are texts there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from medsettle.policy.figures import Unit
from medsettle.policy.names import axis_table
from medsettle.vocabulary import AXES, BANDED, NUMBER_TITLES, axis_values

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
NAME: Final = "[a-z][a-z0-9_]*"
CITE: Final[Schema] = {"type": "string", "pattern": rf"^{NAME}(#[\s\S]*\S)?$"}
TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
DATE: Final[Schema] = {"type": "string", "format": "date"}
FLAG: Final[Schema] = {"type": "boolean"}
A_NAME: Final[Schema] = {"type": "string", "pattern": f"^{NAME}$"}
COUNTER: Final[Schema] = {"type": "string", "pattern": rf"^{NAME}(\.{NAME})?$"}
NOTHING: Final[Schema] = {"type": "array", "maxItems": 0}


def text_of(schema: Schema) -> str:
    """Return a schema as JSON: what fits on a line stands on one."""
    return "\n".join(_lines(schema)) + "\n"


def _lines(value: Any, indent: str = "", before: str = "") -> Iterator[str]:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(before) + len(flat) <= 98:
        yield f"{indent}{before}{flat}"
        return
    opens, closes = ("{", "}") if isinstance(value, dict) else ("[", "]")
    entries = (
        [(f"{json.dumps(key)}: ", inner) for key, inner in value.items()]
        if isinstance(value, dict)
        else [("", inner) for inner in value]
    )
    yield f"{indent}{before}{opens}"
    for at, (key, inner) in enumerate(entries, start=1):
        *rest, last = _lines(inner, f"{indent}  ", key)
        yield from rest
        yield f"{last}," if at < len(entries) else last
    yield f"{indent}{closes}"


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


def value_definitions() -> dict[str, Schema]:
    """Return the definitions of the values of each axis of names."""
    return {f"value_of_{axis}": own_or(values_of(axis)) for axis in AXES}


def a_value(axis: str) -> Schema:
    """Return the schema of a value of an axis, or of a band."""
    return A_NAME if axis in BANDED else ref(f"value_of_{axis}")


def number(unit: Unit) -> Schema:
    """Return the schema of a number of a unit."""
    lowest = "exclusiveMinimum" if unit.above_low else "minimum"
    return {"type": "number", lowest: unit.low, "maximum": unit.high}


def list_of(inner: Schema) -> Schema:
    """Return the schema of a list that is not empty."""
    return {"type": "array", "minItems": 1, "items": inner}


def axis_words(axis: str) -> str:
    """Return what an axis is, in one line."""
    if axis in BANDED:
        return f"{NUMBER_TITLES[axis]}: a band of [{axis_table(axis)}]"
    known = ", ".join(f"{value} {title}" for value, title in values_of(axis).items())
    return f"{known}; or own ones of [values.{axis}]" if known else f"one of [values.{axis}]"
