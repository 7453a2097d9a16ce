"""Versions that are built on an earlier one: `amends` overlays what is written on what was.

The tables are put together before they are read, and the places of inherited keys are borrowed:
a mistake in one is told where it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from medsettle.policy.errors import Report, quoted
from medsettle.policy.source import SourceText
from medsettle.policy.table import Reading

#: Keys of a version that say when it is in force, not what it says.
_DATES: Final = ("from", "until", "amends")
#: Keys without which a version says nothing: `[]` does not take them away.
_NEEDED: Final = ("base", "bands", "cite", "layers")

Version = dict[str, Any]


def amend(source: SourceText, report: Report) -> None:
    """Put together the versions of benefits and layers that amend others, in the data."""
    for kind in ("benefit", "layer"):
        for name, versions in versions_of(source.data, kind).items():
            if any("amends" in version for version in versions):
                _Amending(Reading(source, report), kind, name, versions).run()


def versions_of(data: dict[str, Any], kind: str) -> dict[str, list[Version]]:
    """Return the versions of benefits or layers, by name; what is no list of tables is left out."""
    named = data.get(kind)
    if not isinstance(named, dict):
        return {}
    return {
        name: versions
        for name, versions in named.items()
        if isinstance(versions, list) and all(isinstance(each, dict) for each in versions)
    }


class _Amending:
    """The versions of one benefit or layer while they are put together."""

    def __init__(self, reading: Reading, kind: str, name: str, versions: list[Version]) -> None:
        self.reading = reading
        self.kind, self.name = kind, name
        self.versions = versions
        self.from_ = [_day(version, "from") for version in versions]
        self.until = [_day(version, "until") for version in versions]

    def run(self) -> None:
        """Overlay every amending version on the one it names, the earliest first."""
        dated = [i for i, day in enumerate(self.from_) if day is not None]
        for index in sorted(dated, key=lambda i: (self.from_[i], i)):
            if isinstance(_day(self.versions[index], "amends"), dt.date):
                self._overlay(index)

    def _overlay(self, index: int) -> None:
        base = self._amended(index)
        if base is None:
            return
        own, begins = self.versions[index], self.from_[index]
        ends = self.until[base]
        assert begins is not None
        kept = [key for key in self.versions[base] if key not in own and key not in _DATES]
        if "until" not in own and ends is not None and ends > begins:
            kept.append("until")
        merged = {key: self._kept(base, key) for key in kept}
        for key in kept:
            path = (self.kind, self.name)
            self.reading.source.borrow((*path, index, key), self.reading.source, (*path, base, key))
        emptied = [key for key, value in own.items() if value == [] and key not in _NEEDED]
        written = {key: value for key, value in own.items() if key not in emptied}
        if "until" in kept:
            self.until[index] = ends
        self.versions[index] = {**merged, **written}
        self._close(base, begins)

    def _kept(self, base: int, key: str) -> Any:
        """Return the value of an inherited key; adjustments keep the clause they rest on."""
        version = self.versions[base]
        value, cites = version[key], version.get("cite")
        if key == "until":
            return self.until[base]
        if key not in ("adjust", "ceilings") or not isinstance(value, list) or not cites:
            return value
        return list(_cited(value, cites[0] if isinstance(cites, list) else cites))

    def _close(self, base: int, day: dt.date) -> None:
        """End the amended version where the one that amends it begins."""
        closed = _day(self.versions[base], "until")
        if closed is None or closed > day:
            self.versions[base] = {**self.versions[base], "until": day}

    def _amended(self, index: int) -> int | None:
        """Return the index of the version that `amends` names.

        After a mistake it is some other version, so that no missing keys are told as well.
        """
        day, begins = self.versions[index]["amends"], self.from_[index]
        earlier = [
            other
            for other, first in enumerate(self.from_)
            if first is not None and begins is not None and first < begins
        ]
        found = [other for other in earlier if self.from_[other] == day]
        if not found:
            days = quoted(sorted(str(self.from_[other]) for other in earlier))
            path = (self.kind, self.name, index, "amends")
            self.reading.mistake("P125", path, what=f"{self.kind} `{self.name}`", days=days)
            found = [other for other in range(len(self.from_)) if other != index]
        return found[0] if found else None


def _cited(rows: list[Any], cite: object) -> Iterator[Any]:
    """Yield rows of adjustments, also those inside ceilings, with the cite they have by default."""
    for row in rows:
        if not isinstance(row, dict):
            yield row
        elif isinstance(row.get("adjust"), list):
            yield {**row, "adjust": list(_cited(row["adjust"], cite))}
        elif "cite" in row or "per" in row or "balance" in row:
            yield row
        else:
            yield {**row, "cite": cite}


def _day(version: Version, key: str) -> dt.date | None:
    day = version.get(key)
    return day if isinstance(day, dt.date) and not isinstance(day, dt.datetime) else None
