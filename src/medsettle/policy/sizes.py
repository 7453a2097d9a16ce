"""Sizes: a file with more of something than any policy has is refused before it is read.

What comes later may take the square of these numbers; a real policy has some twenty of anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from medsettle.policy.errors import Report
from medsettle.policy.positions import Path
from medsettle.policy.source import SourceText

#: Entries of a list (versions, bands, cites …) and keys of a table.
ENTRIES_MAX: Final = 400
SOURCES_MAX: Final = 2_000
ADJUSTS_MAX: Final = 64
#: Values of all layers together, with what amending versions keep; likewise of all benefits.
VALUES_MAX: Final = 20_000
#: Versions of all layers together; likewise of all benefits, and of all indicators.
VERSIONS_MAX: Final = 1_000
_DATED: Final = ("benefit", "layer", "indicator")


def fits(source: SourceText, report: Report) -> bool:
    """Tell whether no list and no table of the file is too long; report those that are."""
    before = report.count
    for path, value in _containers(source.data):
        most = _most(path)
        if len(value) > most:
            entry = most if isinstance(value, list) else list(value)[most]
            _report(source, report, path, (*path, entry), f"{most:,} entries", f"{len(value):,}")
    return report.count == before


def fits_amended(source: SourceText, report: Report) -> bool:
    """Tell whether versions are not too many or too long, with all that they have taken."""
    before = report.count
    for kind in _DATED:
        _count(source, report, kind)
    return report.count == before


def _count(source: SourceText, report: Report, kind: str) -> None:
    """Report the first version with which there are too many, or too many values in them."""
    n_values = 0
    for n_versions, (path, version) in enumerate(_versions(source.data, kind), start=1):
        n_values += sum(len(value) for _, value in _containers(version))
        if n_versions > VERSIONS_MAX:
            _report(source, report, (kind,), path, f"{VERSIONS_MAX:,} versions in all", "more")
            return
        if n_values > VALUES_MAX:
            _report(source, report, (kind,), path, f"{VALUES_MAX:,} values in all", "more")
            return


def _versions(data: Mapping[str, Any], kind: str) -> Iterator[tuple[Path, Any]]:
    named = data.get(kind)
    for name, versions in named.items() if isinstance(named, Mapping) else ():
        for index, version in enumerate(versions if isinstance(versions, list) else ()):
            yield (kind, name, index), version


def _containers(data: Any) -> Iterator[tuple[Path, Any]]:
    """Yield every list and table in `data` with its path, in the order of the file."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if not isinstance(value, Mapping | list):
            continue
        yield path, value
        below = list(value.items() if isinstance(value, Mapping) else enumerate(value))
        waiting += [((*path, step), each) for step, each in reversed(below)]


def _most(path: Path) -> int:
    """Return how many entries the list or table at `path` may have."""
    if path == ("source",):
        return SOURCES_MAX
    return ADJUSTS_MAX if path[-1:] == ("adjust",) else ENTRIES_MAX


def _report(
    source: SourceText, report: Report, path: Path, beyond: Path, limit: str, found: str
) -> None:
    """Report the list or table at `path`, at the first entry that is one too many."""
    name = ".".join(step for step in path if isinstance(step, str))
    what = f"`{name}`" if name else "the head"
    report.add("P104", source.key_place(beyond), what=what, limit=limit, found=found)
