"""The rules of a catalogue as people write them: `<name>.rules.toml`, every mistake at its place.

The form stands in `docs/catalogue.md`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Final

import msgspec

from medsettle.bill.codes import CODE_MAX, LOCAL_CHARACTERS
from medsettle.bill.faults import CatalogueFileError, CatalogueReport
from medsettle.bill.group_shares import GROUP_KEYS, read_group
from medsettle.bill.items import GroupRule, LocalCode, Rules
from medsettle.bill.national_form import NationalForm, read_national
from medsettle.bill.words import OVER_QUANTITY, STEPS
from medsettle.policy.document import Source
from medsettle.policy.errors import Diagnostic, Report, quoted, suggestion
from medsettle.policy.head import read_source_entry, tables
from medsettle.policy.names import taken
from medsettle.policy.positions import Path
from medsettle.policy.source import SourceText, parse_text, read_source
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import DATE_MAX, ITEM_GROUPS, PROVENANCE

SUFFIX: Final = ".rules.toml"
HEAD_KEYS: Final = (
    *("region", "title", "cite", "source", "values", "rules", "group", "codes", "national"),
)
RULES_KEYS: Final = (
    *("from", "until", "order", "over_quantity", "discharge_days", "cite", "provenance", "note"),
)
LOCAL_KEYS: Final = ("prefix", "length", "title")
#: Medicine to take home for longer than a year is no rule.
DISCHARGE_MAX: Final = 366

_REGION: Final = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_LOCAL: Final = re.compile(f"[{LOCAL_CHARACTERS}]{{1,{CODE_MAX}}}")


class RulesFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a rules file says; `cite` is the clause of items that name none."""

    file: str
    region: str
    title: str
    cite: str
    sources: dict[str, dict[str, str]]
    rules: tuple[Rules, ...]
    groups: tuple[GroupRule, ...]
    group_titles: dict[str, str]
    local_codes: tuple[LocalCode, ...]
    national: NationalForm
    warnings: tuple[Diagnostic, ...] = ()


def is_rules(path: FilePath) -> bool:
    """Tell whether a file holds the rules of a catalogue, by its name."""
    return path.name.endswith(SUFFIX)


def load_rules(path: FilePath | str) -> RulesFile:
    """Return the rules in a file; raises CatalogueFileError with every mistake."""
    rules, found = examine_rules(path)
    if rules is None:
        raise CatalogueFileError(found)
    return rules


def examine_rules(path: FilePath | str) -> tuple[RulesFile | None, list[Diagnostic]]:
    """Return the rules in a file, None if they have errors, and all diagnostics."""
    return _examined(*read_source(path))


def examine_rules_text(text: str, file: str) -> tuple[RulesFile | None, list[Diagnostic]]:
    """Return what `examine_rules` returns, for `text`; `file` names it in messages."""
    return _examined(*parse_text(text, file))


def _examined(
    source: SourceText | None, unread: Report
) -> tuple[RulesFile | None, list[Diagnostic]]:
    if source is None:
        return None, unread.diagnostics()
    report = CatalogueReport(source.file, source.lines)
    rules = _rules_file(Reading(source, report))
    found = report.diagnostics()
    usable = not report.has_errors
    return (msgspec.structs.replace(rules, warnings=tuple(found)) if usable else None), found


def _rules_file(reading: Reading) -> RulesFile:
    head = Table(reading, (), "the rules", HEAD_KEYS)
    region = _region(head)
    sources = {key: read_source_entry(reading, key) for key in tables(reading, "source")}
    titles = dict(ITEM_GROUPS) | _own_groups(reading)
    rules = [_rules(table) for table in head.rows("rules", "the rules", RULES_KEYS, "[[rules]]")]
    groups = [
        read_group(table, titles)
        for table in head.rows("group", "a group", GROUP_KEYS, "[[group]]")
    ]
    head.demand("rules", "[[rules]]")
    cite = head.single_cite()
    _check_cites(reading, sources)
    _check_rules(reading, rules)
    _check_groups(reading, groups)
    return RulesFile(
        file=reading.source.file,
        region=region,
        title=head.needed_text("title", 'title = "某市医保目录"'),
        cite="" if cite is None else f"{cite.source}#{cite.clause}".rstrip("#"),
        sources={key: _plain(source) for key, source in sources.items()},
        rules=tuple(sorted(rules, key=lambda one: one.from_)),
        groups=tuple(sorted(groups, key=lambda one: (one.group, one.from_))),
        group_titles=titles,
        local_codes=tuple(_local_codes(reading)),
        national=read_national(reading, region),
    )


def _region(head: Table) -> str:
    if not head.demand("region", 'region = "110000"'):
        return ""
    value = head.values["region"]
    if isinstance(value, str) and _REGION.fullmatch(value):
        return value
    head.reading.mistake("P201", head.at("region"))
    return ""


def _plain(source: Source) -> dict[str, str]:
    """Return a document as plain text, without what it does not tell."""
    issued = source.issued.isoformat() if source.issued else ""
    told = {
        "title": source.title,
        "number": source.number,
        "issued": issued,
        "url": source.url,
        "note": source.note,
    }
    return {key: text for key, text in told.items() if text}


def _own_groups(reading: Reading) -> dict[str, str]:
    """Return the region's own item groups, under `[values.item]` as in policies."""
    values = tables(reading, "values")
    for axis in values:
        if axis != "item":
            hint = "levels and persons are those of the vocabulary; only `item` may have own names"
            reading.key_mistake("P110", ("values", axis), where=" in `values`", suggestion=hint)
    found: dict[str, str] = {}
    if "item" not in values:
        return found
    table = Table(reading, ("values", "item"), "`[values.item]`", values["item"])
    for name in values["item"]:
        path = table.at(name)
        if name in taken():
            reading.key_mistake("P119", path, what="an item group")
        elif name.endswith("_fen"):
            reading.key_mistake("P126", path, better=name.removesuffix("_fen"))
        elif reading.name(path):
            found[name] = table.text(name)
    return found


def _rules(table: Table) -> Rules:
    """Return what a table of `[[rules]]` says."""
    order = table.choices("order", STEPS) or tuple(STEPS)
    missing = [step for step in STEPS if step not in order]
    if missing:
        table.reading.mistake("K101", table.at("order"), missing=quoted(missing))
    discharge = None
    if "discharge_days" in table:
        discharge = table.whole("discharge_days", 1, DISCHARGE_MAX, 1)
    cite = table.single_cite() if table.demand("cite", 'cite = "rules#第五条"') else None
    return Rules(
        from_=table.needed_date("from"),
        until=table.date("until") or DATE_MAX,
        order=order,
        over_quantity=table.choice("over_quantity", OVER_QUANTITY),
        discharge_days=discharge,
        cite="" if cite is None else f"{cite.source}#{cite.clause}".rstrip("#"),
        provenance=table.choice("provenance", PROVENANCE),
    )


def _check_cites(reading: Reading, sources: Mapping[str, Source]) -> None:
    """Report every cite of a document that is not registered."""
    data = reading.source.data
    paths: list[Path] = [("cite",)] if "cite" in data else []
    for kind in ("rules", "group"):
        versions = data.get(kind)
        for index, version in enumerate(versions if isinstance(versions, list) else ()):
            if isinstance(version, Mapping) and "cite" in version:
                paths.append((kind, index, "cite"))
    for path in paths:
        cite = reading.source.value_at(path)
        if isinstance(cite, str) and (key := cite.partition("#")[0]) not in sources:
            hint = suggestion(key, sources, what="the sources")
            reading.mistake("P301", path, found=key, suggestion=hint)


def _versions(reading: Reading, kind: str) -> list[int]:
    """Return the indexes of the tables of `[[kind]]`, in the order in which they were read."""
    value = reading.source.data.get(kind, [])
    entries = value if isinstance(value, list) else []
    return [index for index, entry in enumerate(entries) if isinstance(entry, Mapping)]


def _check_rules(reading: Reading, rules: Sequence[Rules]) -> None:
    """Report rules that overlap, and days between two versions that have none."""
    indexes = _versions(reading, "rules")
    spans = [(one.from_, one.until, index) for one, index in zip(rules, indexes, strict=True)]
    for code, path, fields in _clashes(reading, "rules", spans, ("K102", "K103")):
        reading.key_mistake(code, path, **fields)


def _check_groups(reading: Reading, groups: Sequence[GroupRule]) -> None:
    """Report shares of one group that overlap, and days between two versions that have none."""
    indexes = _versions(reading, "group")
    by_name: dict[str, list[tuple[dt.date, dt.date, int]]] = {}
    for one, index in zip(groups, indexes, strict=True):
        by_name.setdefault(one.group, []).append((one.from_, one.until, index))
    for name, spans in by_name.items():
        for code, path, fields in _clashes(reading, "group", spans, ("K104", "K105")):
            reading.key_mistake(code, path, **fields | {"found": name})


def _clashes(
    reading: Reading,
    kind: str,
    spans: Sequence[tuple[dt.date, dt.date, int]],
    codes: tuple[str, str],
) -> Iterator[tuple[str, Path, dict[str, object]]]:
    """Yield where versions overlap, and where there is none between two of them."""
    for first, until, index in spans:
        if until <= first:
            path = (kind, index, "until")
            reading.mistake("P402", path, first=first, found=until)
            return
    ascending = sorted(spans)
    for (_, end, _), (begin, until, index) in pairwise(ascending):
        if begin < end:
            last = min(until, end)
            yield codes[0], (kind, index), {"first": begin, "end": _until(last)}
        elif begin > end:
            yield codes[1], (kind, index), {"first": end, "end": _until(begin)}


def _until(day: dt.date) -> str:
    return "" if day == DATE_MAX else f" until {day}"


def _local_codes(reading: Reading) -> Iterator[LocalCode]:
    """Yield the region's own codes, under `[codes]`."""
    if "codes" not in reading.source.data:
        return
    if not isinstance(reading.source.data["codes"], Mapping):
        example = "[codes]"
        reading.mistake("P112", ("codes",), key="codes", expected="a table", example=example)
        return
    table = Table(reading, ("codes",), "`[codes]`", ("local",))
    example = 'local = [{ prefix = "LC", length = 8, title = "自制制剂" }]'
    for row in table.rows("local", "a local code", LOCAL_KEYS, example):
        prefix = row.needed_text("prefix", 'prefix = "LC"')
        row.demand("length", "length = 8")
        length = row.whole("length", 1, CODE_MAX, 1)
        if prefix and (not _LOCAL.fullmatch(prefix) or len(prefix) > length):
            expected = "letters, digits, `.`, `_` or `-`, no longer than `length`"
            reading.mistake("K108", row.at("prefix"), key="prefix", expected=expected)
        yield LocalCode(prefix, length, row.needed_text("title", 'title = "自制制剂"'))
