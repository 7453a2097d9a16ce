"""From a TOML file to a `Policy`, telling all its mistakes of form in one run.

What a policy says may still make no sense: `check.py` looks at that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from medsettle.policy.document import Benefit, Layer, Policy, Source
from medsettle.policy.errors import Diagnostic, PolicyError, Report, quoted, suggestion
from medsettle.policy.figures import OTHER, axis_of, condition
from medsettle.policy.layers import read_layer
from medsettle.policy.source import SourceText, parse_text, read_source
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import AGE_MAX, BENEFITS, FOUR_AMOUNTS, REMAINDERS, SCHEMES

HEAD_KEYS: Final = ("region", "scheme", "title", "source", "age", "benefit", "layer")
SOURCE_KEYS: Final = ("number", "title", "issued", "url", "note")
BENEFIT_KEYS: Final = ("from", "until", "cite", "layers", "serves")

_REGION = re.compile(r"[1-9][0-9]{5}")


def read_policy(path: Path | str) -> Policy:
    """Return the policy in a file; raises PolicyError with every mistake of form."""
    source, report = read_source(path)
    policy = None if source is None else policy_of(source, report)
    if policy is None:
        raise PolicyError(report.diagnostics())
    return policy


def read_policy_text(text: str, file: str) -> tuple[Policy | None, list[Diagnostic]]:
    """Return the policy in `text`, or None, and its mistakes of form; `file` names the text."""
    source, report = parse_text(text, file)
    policy = None if source is None else policy_of(source, report)
    return policy, report.diagnostics()


def policy_of(source: SourceText, report: Report) -> Policy | None:
    """Return the policy that a TOML text writes; None after a mistake, added to `report`."""
    if "case" in source.data and source.data.keys().isdisjoint(("benefit", "layer")):
        report.add("P120", source.key_place(("case",)), suggestion=_beside(source))
        return None
    ages = _age_bands(Reading(source, report, {}))
    reading = Reading(source, report, ages)
    head = Table(reading, (), "the policy", HEAD_KEYS)
    policy = Policy(
        region=_region(head),
        scheme=head.choice("scheme", SCHEMES),
        title=head.needed_text("title", 'title = "北京市职工基本医疗保险"'),
        sources={key: _source(reading, key) for key in _tables(head, "source")},
        age_bands=ages,
        benefits=_benefits(head),
        layers=_layers(head),
        file=source.file,
    )
    return None if report.has_errors else policy


def _beside(cases: SourceText) -> str:
    """Return a hint to the policy of a cases file."""
    if "policy" in cases.data:
        return f"it names its policy: {cases.shown(('policy',))}"
    stem = cases.file.removesuffix(".toml").removesuffix(".cases")
    return f"the policy stands beside it: `{stem}.toml`" if f"{stem}.toml" != cases.file else ""


def _region(head: Table) -> str:
    if not head.demand("region", 'region = "110000"'):
        return ""
    value = head.values["region"]
    if isinstance(value, str) and _REGION.fullmatch(value):
        return value
    head.reading.mistake("P201", head.at("region"))
    return ""


def _age_bands(reading: Reading) -> dict[str, int]:
    """Return the bands of age; read first, since figures and conditions ask for them."""
    table = reading.source.data.get("age")
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        example = "[age]"
        reading.mistake("P112", ("age",), key="age", expected="a table", example=example)
        return {}
    if not table:
        reading.report.add("P115", reading.source.value_place(("age",)), key="age")
    bands: dict[str, int] = {}
    for name, lowest in table.items():
        path = ("age", name)
        if name == OTHER or axis_of(name, {}) is not None:
            reading.key_mistake("P119", path, what="a band of age")
        else:
            reading.name(path)
        whole = isinstance(lowest, int) and not isinstance(lowest, bool)
        if not whole or not 0 <= lowest <= AGE_MAX:
            reading.mistake("P216", path, high=AGE_MAX)
            lowest = 0
        bands[name] = lowest
    if not reading.report.has_errors:
        _check_ascending(reading, bands)
    return bands


def _check_ascending(reading: Reading, bands: Mapping[str, int]) -> None:
    """Report the first band of age that is not above the one before it."""
    before, after = -1, "first"
    for name, lowest in bands.items():
        if lowest <= before or (before < 0 and lowest != 0):
            found = f"{name} = {lowest}"
            reading.mistake("P507", ("age", name), found=found, after=after)
            return
        before, after = lowest, f"after `{name} = {lowest}`"


def _tables(head: Table, key: str, needed: str = "") -> Mapping[str, Any]:
    """Return the tables under `key` of the head, by well-formed name."""
    if key not in head:
        if needed:
            head.demand(key, needed)
        return {}
    if not isinstance(head.values[key], Mapping):
        example = "[source.order158]" if key == "source" else f"[[{key}.name]]"
        head.wrong_type("tables by name", example, key)
        return {}
    found: dict[str, Any] = {}
    for name, value in head.values[key].items():
        if key == "source" and not isinstance(value, Mapping):
            head.wrong_type("a table", f"[source.{name}]", key, name)
        elif key == "benefit" or head.reading.name(head.at(key, name)):
            found[name] = value
    return found


def _source(reading: Reading, key: str) -> Source:
    table = Table(reading, ("source", key), f"source `{key}`", SOURCE_KEYS)
    url = table.text("url")
    if url and not url.startswith(("https://", "http://")):
        expected = "an address that begins with `https://` or `http://`"
        reading.mistake("P219", table.at("url"), key="url", expected=expected)
    return Source(
        key=key,
        title=table.needed_text("title", 'title = "北京市基本医疗保险规定"'),
        number=table.text("number"),
        issued=table.date("issued"),
        url=url,
        note=table.text("note"),
    )


def _benefits(head: Table) -> dict[str, tuple[Benefit, ...]]:
    benefits: dict[str, tuple[Benefit, ...]] = {}
    for name in _tables(head, "benefit", "[[benefit.inpatient]]"):
        if name not in BENEFITS:
            hint = suggestion(name, BENEFITS, what="")
            head.reading.key_mistake(
                "P210",
                head.at("benefit", name),
                what="a benefit",
                options=quoted(BENEFITS),
                found=f"`{name}`",
                suggestion=hint if hint.startswith("did") else "",
            )
        versions = [_benefit(head.reading, name, i) for i in _versions(head, "benefit", name)]
        benefits[name] = tuple(sorted(versions, key=lambda version: version.from_))
    return benefits


def _benefit(reading: Reading, name: str, index: int) -> Benefit:
    table = Table(reading, ("benefit", name, index), f"benefit `{name}`", BENEFIT_KEYS)
    table.demand("cite", 'cite = "order158#第三十六条"')
    table.demand("layers", 'layers = ["inpatient_pooled"]')
    return Benefit(
        name=name,
        from_=table.needed_date("from"),
        until=table.date("until"),
        cite=table.cites(),
        layers=table.names("layers", 'layers = ["inpatient_pooled"]'),
        place=table.place,
        serves=condition(table, "serves"),
    )


def _layers(head: Table) -> dict[str, tuple[Layer, ...]]:
    layers: dict[str, tuple[Layer, ...]] = {}
    for name in _tables(head, "layer", "[[layer.inpatient_pooled]]"):
        if name in FOUR_AMOUNTS or name in REMAINDERS:
            head.reading.key_mistake("P119", head.at("layer", name), what="a layer")
        versions = [read_layer(head.reading, name, i) for i in _versions(head, "layer", name)]
        layers[name] = tuple(sorted(versions, key=lambda version: version.from_))
    return layers


def _versions(head: Table, kind: str, name: str) -> Iterator[int]:
    """Yield the indexes of the tables under `[[kind.name]]`."""
    value = head.values[kind][name]
    key = f"{kind}.{name}"
    if not isinstance(value, list):
        head.reading.mistake("P113", head.at(kind, name), key=key)
        return
    if not value:
        head.reading.mistake("P115", head.at(kind, name), key=key)
    for index, version in enumerate(value):
        if isinstance(version, Mapping):
            yield index
        else:
            head.reading.mistake("P113", head.at(kind, name, index), key=key)
