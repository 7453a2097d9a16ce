"""The published JSON Schemas are those of the reader, and everything shipped is valid by them."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import medsettle
from medsettle import case_files
from medsettle.case_schema import cases_schema
from medsettle.cli import main
from medsettle.cli.schema import SCHEMAS
from medsettle.policy import ceilings, deductibles, head, layers, names, read
from medsettle.policy.schema import policy_schema
from medsettle.policy.schema_parts import table, text_of
from tests.shapes.harness import whole

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("policies", "tests/conformance/policies", "examples", "bench")
    for path in (ROOT / folder).rglob("*.toml")
    if path.name != "limits.toml" and not path.name.endswith(".rules.toml")
)
POLICY = jsonschema.Draft7Validator(policy_schema())
CASES = jsonschema.Draft7Validator(cases_schema())

#: The tables of the reader, and where each stands in the schema of a policy.
TABLES = {
    "": read.HEAD_KEYS,
    "benefit": read.BENEFIT_KEYS,
    "layer": layers.LAYER_KEYS,
    "band": layers.BAND_KEYS,
    "adjust": ("when", "cite", *layers.CHANGE_KEYS),
    "deductible": deductibles.DEDUCTIBLE_KEYS,
    "cap": deductibles.CAP_KEYS,
    "ceiling": ceilings.CEILING_KEYS,
    "limit_adjust": ("when", "cite", *ceilings.LIMIT_KEYS),
    "source": head.SOURCE_KEYS,
    "indicator": head.INDICATOR_KEYS,
    "period": head.PERIOD_KEYS,
    "multiple": names.MULTIPLE_KEYS,
}
CASE_TABLES = {
    "": case_files.HEAD_KEYS,
    "case": case_files.CASE_KEYS,
    "claim": case_files.CLAIM_KEYS,
}


def plain(value: Any) -> Any:
    """Return TOML as an editor sees it: dates are texts."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def mistakes(validator: jsonschema.Draft7Validator, text: str) -> list[str]:
    data = plain(tomllib.loads(text, parse_float=Decimal))
    return [f"{'.'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(data)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_published_is_what_the_reader_reads(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", name]) == 0
    printed = capsys.readouterr().out
    assert printed == text_of(SCHEMAS[name]())
    published = Path(medsettle.__file__).with_name(f"{name}.schema.json")
    again = f"medsettle schema {name} > src/medsettle/{name}.schema.json"
    assert published.read_text(encoding="utf-8") == printed, f"run `{again}`"
    jsonschema.Draft7Validator.check_schema(json.loads(printed))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_written_is_valid(path: Path) -> None:
    validator = CASES if path.name.endswith(case_files.SUFFIX) else POLICY
    assert mistakes(validator, path.read_text(encoding="utf-8")) == []


def shapes() -> Iterator[tuple[str, str]]:
    """Yield the policies that the tests of shapes write: where, and the text."""
    for path in sorted((ROOT / "tests" / "shapes").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "shape":
                given = [
                    ast.literal_eval(one) for one in node.args if isinstance(one, ast.Constant)
                ]
                more = {
                    word.arg: word.value.value
                    for word in node.keywords
                    if isinstance(word.value, ast.Constant)
                }
                if len(given) == len(node.args) and len(more) == len(node.keywords):
                    yield f"{path.name}:{node.lineno}", _whole(*given, **more)


def _whole(text: str, head: str = "", scheme: str = "employee") -> str:
    return whole(text, head, scheme)


def test_all_shapes_are_valid() -> None:
    found = {where: mistakes(POLICY, text) for where, text in shapes()}
    assert len(found) > 100
    assert {where: said for where, said in found.items() if said} == {}


def properties(schema: Any, name: str) -> set[str]:
    return set((schema["definitions"][name] if name else schema)["properties"])


def test_every_key_of_the_reader_is_there_and_described() -> None:
    for schema, tables in ((policy_schema(), TABLES), (cases_schema(), CASE_TABLES)):
        for name, keys in tables.items():
            assert properties(schema, name) == set(keys), name
            where = schema["definitions"][name] if name else schema
            for key, row in where["properties"].items():
                assert row["description"].strip(), f"{name}.{key}"
                assert len(row["description"]) < 250


def test_all_tables_that_the_reader_reads_are_looked_at() -> None:
    """Every constant of the reader that names the keys of a table is compared above."""
    seen = {id(keys) for keys in TABLES.values()} | {
        id(layers.CHANGE_KEYS),
        id(ceilings.LIMIT_KEYS),
    }
    for module in (read, layers, deductibles, ceilings, head, names):
        for name, value in vars(module).items():
            if re.fullmatch(r"[A-Z]+_KEYS", name):
                assert id(value) in seen, f"{module.__name__}.{name}"


def test_a_key_that_only_one_of_them_knows_is_an_error() -> None:
    with pytest.raises(LookupError, match="other"):
        table({"one": "…", "other": "…"}, ("one", "other"), {"one": {}})


GOOD = """
[[layer.pool]]
fund = "pooled"
base = ["in_scope"]
bands = [{ share_pct = 80 }]
"""


@pytest.mark.parametrize(
    "wrong",
    [
        ("share_pct", "shares_pct"),
        ("80", "180"),
        ("80", '"80"'),
        ("pooled", "pool"),
        ("in_scope", "In scope"),
        ("base", "basis"),
        ("[{ share_pct = 80 }]", "[{ share_pct = { of = 3 } }]\nadjust = [{ times = 2 }]"),
        ("[{ share_pct = 80 }]", "[{ share_pct = 80 }]\nceilings = [{ per = 'year' }]"),
        ("[{ share_pct = 80 }]", "[{ share_pct = 80 }]\ndeductible = { per = 'year' }"),
        ("[{ share_pct = 80 }]", "[{ share_pct = 80 }]\nserves = { levels = 'primary' }"),
    ],
)
def test_what_is_wrong_is_seen(wrong: tuple[str, str]) -> None:
    assert mistakes(POLICY, whole(GOOD, "", "employee")) == []
    assert mistakes(POLICY, whole(GOOD.replace(*wrong), "", "employee")) != []


@pytest.mark.parametrize(
    "wrong",
    [("in_scope_yuan", "in_scope"), ("own = true", "own = false"), ("pooled_yuan", "pool_yuan")],
)
def test_a_wrong_example_is_seen(wrong: tuple[str, str]) -> None:
    good = """
[[case]]
name = "a"
own = true
source = "b"
ytd = { "pool.pay_yuan" = 1, "pool.visits" = 2, "p.start" = 2025-01-01, "x.pay@y_yuan" = 1 }
[[case.claim]]
date = 2025-01-01
benefit = "inpatient"
level = ["primary", "own_level"]
in_scope_yuan = 1
expect = { pooled_yuan = 1, "pool.pay_yuan" = 1, ytd_after = { "pool.visits" = 3 } }
"""
    assert mistakes(CASES, good) == []
    assert mistakes(CASES, good.replace(*wrong)) != []
