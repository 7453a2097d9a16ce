"""From a TOML file to a `Policy`, telling all its mistakes of form in one run.

What a policy says may still make no sense: `check.py` looks at that.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Final

from medsettle.policy.document import Benefit, Layer, Policy, When
from medsettle.policy.errors import Diagnostic, PolicyError, Report, quoted, suggestion
from medsettle.policy.figures import SHARE_ALONE, condition, number
from medsettle.policy.head import (
    read_best_of,
    read_indicator,
    read_names,
    read_period,
    read_source_entry,
    tables,
    versions,
)
from medsettle.policy.inherit import expand
from medsettle.policy.layers import read_layer
from medsettle.policy.names import BAND_TABLES, EVERYTHING, ITEM, REST
from medsettle.policy.sizes import fits, fits_amended
from medsettle.policy.source import SourceText, parse_text, read_source
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import BENEFITS, FOUR_AMOUNTS, REMAINDERS, RULE_DATES, SCHEMES

HEAD_KEYS: Final = (
    *("region", "scheme", "title", "inherits", "serves", "year_starts", "rule_by", "source"),
    *("values", *BAND_TABLES, "best_of", "indicator", "period", "benefit", "layer"),
)
BENEFIT_KEYS: Final = (
    *("from", "until", "amends", "cite", "layers", "serves", "all_funds_at_most_pct"),
)

#: The region of layers that hold in the whole country, for others to inherit.
NATION: Final = "000000"

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
    if "limit" in source.data and source.data.keys().isdisjoint(("benefit", "layer")):
        report.add("P650", source.key_place(("limit",)))
        return None
    if not fits(source, report):
        return None
    expand(source, report)
    if not fits_amended(source, report):
        return None
    reading = Reading(source, report)
    reading = Reading(source, report, read_names(reading))
    head = Table(reading, (), "the policy", HEAD_KEYS)
    policy = Policy(
        region=_region(head),
        scheme=head.choice("scheme", SCHEMES),
        title=head.needed_text("title", 'title = "北京市职工基本医疗保险"'),
        sources={key: read_source_entry(reading, key) for key in tables(reading, "source")},
        values=reading.names.values,
        bands=reading.names.bands,
        indicators={name: read_indicator(reading, name) for name in tables(reading, "indicator")},
        periods={name: read_period(reading, name) for name in reading.names.periods},
        best_of=read_best_of(reading),
        year_starts=head.whole("year_starts", 1, 12, 1),
        rule_by=head.choice("rule_by", RULE_DATES, "date"),
        benefits=_benefits(reading, condition(head, "serves")),
        layers=_layers(reading),
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
    if isinstance(value, str) and (value == NATION or _REGION.fullmatch(value)):
        return value
    head.reading.mistake("P201", head.at("region"))
    return ""


def _benefits(reading: Reading, serves: When) -> dict[str, tuple[Benefit, ...]]:
    """Return the benefits; `serves` is whom all of them serve, where they do not say otherwise."""
    benefits: dict[str, tuple[Benefit, ...]] = {}
    nation = reading.source.data.get("region") == NATION  # layers for others to inherit
    for name in tables(reading, "benefit", "" if nation else "[[benefit.inpatient]]"):
        if name not in BENEFITS:
            hint = suggestion(name, BENEFITS, what="")
            reading.key_mistake(
                "P210",
                ("benefit", name),
                what="a benefit",
                options=quoted(BENEFITS),
                found=f"`{name}`",
                suggestion=hint if hint.startswith("did") else "",
            )
        found = [
            _benefit(reading, name, index, serves) for index in versions(reading, "benefit", name)
        ]
        benefits[name] = tuple(sorted(found, key=lambda version: version.from_))
    return benefits


def _benefit(reading: Reading, name: str, index: int, serves: When) -> Benefit:
    table = Table(reading, ("benefit", name, index), f"benefit `{name}`", BENEFIT_KEYS)
    table.demand("cite", 'cite = "order158#第三十六条"')
    table.demand("layers", 'layers = ["inpatient_pooled"]')
    table.date("amends")
    share, key = Fraction(1), "all_funds_at_most_pct"
    if key in table:
        share = number(reading, table.at(key), key, SHARE_ALONE)
    return Benefit(
        name=name,
        from_=table.needed_date("from"),
        until=table.date("until"),
        cite=table.cites(),
        layers=table.names("layers", 'layers = ["inpatient_pooled"]'),
        place=table.place,
        serves=When({**serves.axes, **condition(table, "serves").axes}),
        all_funds_at_most=share,
    )


def _layers(reading: Reading) -> dict[str, tuple[Layer, ...]]:
    layers: dict[str, tuple[Layer, ...]] = {}
    reserved = (*FOUR_AMOUNTS, *REMAINDERS, ITEM, REST, EVERYTHING)
    for name in tables(reading, "layer", "[[layer.inpatient_pooled]]"):
        if name in reserved:
            reading.key_mistake("P119", ("layer", name), what="a layer")
        found = [read_layer(reading, name, index) for index in versions(reading, "layer", name)]
        layers[name] = tuple(sorted(found, key=lambda version: version.from_))
    return layers
