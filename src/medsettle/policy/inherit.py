"""Policies that take layers from another one: `inherits = "000000/resident"`.

What a policy does not write itself is put into its data as if it stood there, with the names it
needs; its places are borrowed, so that a mistake is told in the file where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from medsettle.policy.amend import amend, versions_of
from medsettle.policy.errors import Report
from medsettle.policy.names import BAND_TABLES, ITEM
from medsettle.policy.positions import Path
from medsettle.policy.sizes import fits
from medsettle.policy.source import SourceText, read_source
from medsettle.policy.table import Reading

_POLICY: Final = re.compile(r"([0-9]{6})/([a-z]+)")


def expand(source: SourceText, report: Report, heirs: tuple[FilePath, ...] = ()) -> None:
    """Put what the policy inherits and amends into its data; `heirs` inherit from this file."""
    if "inherits" in source.data:
        parent = _parent(source, report, heirs)
        if parent is not None:
            report.others = source.others = {**parent.others, parent.file: parent.lines}
            _Taking(source, parent).run()
    amend(source, report)


def _parent(source: SourceText, report: Report, heirs: tuple[FilePath, ...]) -> SourceText | None:
    """Return the text of the policy that `inherits` names; None after a mistake."""
    found, reason = _file(source, heirs)
    if found is None:
        Reading(source, report).mistake("P124", ("inherits",), reason=reason)
        return None
    parent, mistakes = read_source(found)
    if parent is not None and not fits(parent, mistakes):
        parent = None
    if parent is not None and source.path is not None:
        expand(parent, mistakes, (*heirs, source.path.resolve()))
    report.include(mistakes)
    return parent


def _file(source: SourceText, heirs: tuple[FilePath, ...]) -> tuple[FilePath | None, str]:
    """Return the file that `inherits` names, or why there is none."""
    value = source.data["inherits"]
    named = _POLICY.fullmatch(value) if isinstance(value, str) else None
    if named is None:
        return None, 'it must be a text such as "000000/resident"'
    if source.path is None:
        return None, "this policy is a text without a file, so no folder stands beside it"
    folder = source.path.parent
    beside = folder.parent if folder.name not in ("", "..") else folder / ".."
    folders = sorted(each for each in beside.glob(f"{named[1]}-*") if each.is_dir())
    if not folders:
        return None, f"no folder beside this policy's begins with `{named[1]}-`"
    file = folders[0] / f"{named[2]}.toml"
    if not file.is_file():
        return None, f"there is no `{folders[0].name}/{file.name}`"
    if file.resolve() in (*heirs, source.path.resolve()):
        return None, "it inherits from itself"
    return file, ""


class _Taking:
    """What one policy takes from another: layers, and the names that they need."""

    def __init__(self, source: SourceText, parent: SourceText) -> None:
        self.source, self.parent = source, parent
        self.theirs = versions_of(parent.data, "layer")

    def run(self) -> None:
        """Put the layers that are listed but not written, and what they need, into the data."""
        own = self.source.data.get("layer", {})
        if not isinstance(own, dict):
            return
        taken = self._layers(own)
        words: set[str] = set()
        for name in taken:
            self._take_versions(name)
            words.update(_words(self.theirs[name]))
        self._take_named("period", words)
        self._take_named("indicator", words)
        words.update(_words([self.source.data.get(key, {}) for key in ("period", "indicator")]))
        self._take_named("source", words)
        for axis in _tables(self.parent.data, "values"):
            self._take_values(axis, words)
        for head in BAND_TABLES:
            bands = self.parent.data.get(head)
            if head not in self.source.data and isinstance(bands, dict) and words & bands.keys():
                self._put((head,), bands)

    def _layers(self, own: dict[str, Any]) -> list[str]:
        """Return the layers to take: listed by a benefit, amended, or named by one taken."""
        wanted = list(_listed(versions_of(self.source.data, "benefit")))
        taken = [name for name in own if self._amends_theirs(name)]
        while wanted:
            name = wanted.pop()
            if name in self.theirs and name not in own and name not in taken:
                taken.append(name)
                wanted += _named_layers(self.theirs[name])
        return taken

    def _amends_theirs(self, name: str) -> bool:
        """Tell whether a layer that is written here amends a version that is not."""
        versions = versions_of(self.source.data, "layer").get(name, [])
        own = [version.get("from") for version in versions]
        theirs = [version.get("from") for version in self.theirs.get(name, [])]
        amended = [version["amends"] for version in versions if "amends" in version]
        return any(day in theirs and day not in own for day in amended)

    def _take_versions(self, name: str) -> None:
        layers = self.source.data.setdefault("layer", {})
        if name not in layers:
            self.source.borrow(("layer", name), self.parent, ("layer", name))
        before = layers.get(name, [])
        layers[name] = [*before, *self.theirs[name]]
        for index in range(len(self.theirs[name])):
            there = ("layer", name, index)
            self.source.borrow(("layer", name, len(before) + index), self.parent, there)

    def _take_named(self, key: str, words: set[str]) -> None:
        """Take the tables under `key` whose names are among the words of what is taken."""
        own = self.source.data.get(key, {})
        for name, table in _tables(self.parent.data, key).items():
            if name in words and isinstance(own, dict) and name not in own:
                self._put((key, name), table)

    def _take_values(self, axis: str, words: set[str]) -> None:
        """Take the own values of an axis if one is among the words; of item groups only those."""
        own = self.source.data.get("values", {})
        theirs = _tables(_tables(self.parent.data, "values"), axis)
        mine = own.get(axis, {}) if isinstance(own, dict) else None
        if not isinstance(mine, dict) or words.isdisjoint(theirs):
            return
        for name, title in theirs.items():
            if name not in mine and (axis != ITEM or name in words):
                self._put(("values", axis, name), title)

    def _put(self, path: Path, value: object) -> None:
        """Put what the parent has at `path` into the data."""
        table = self.source.data
        for step in path[:-1]:
            table = table.setdefault(str(step), {})
        table[str(path[-1])] = value
        self.source.borrow(path, self.parent, path)


def _tables(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _listed(benefits: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for versions in benefits.values():
        for version in versions:
            yield from _texts(version.get("layers"))


def _named_layers(versions: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the layers that the versions of a layer name."""
    for version in versions:
        for key in ("base", "tops_up"):
            for each in _texts(version.get(key)):
                yield each.partition(".")[0]


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _words(value: object) -> Iterator[str]:
    """Yield every name in a value: keys, texts, and of a text with a dot or `#` the parts."""
    if isinstance(value, str):
        yield from re.split(r"[.#]", value)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _words(each)
