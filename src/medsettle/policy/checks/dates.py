"""Dates: versions follow each other without overlap, and no benefit lists a layer not in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from medsettle.policy.checks.context import Checked, Version
from medsettle.policy.document import Benefit, Layer


def check_dates(checked: Checked) -> None:
    """Report versions that end too early, overlap, or leave a gap."""
    for versions in checked.policy.benefits.values():
        _check_versions(checked, versions, "P403")
    for layers in checked.policy.layers.values():
        _check_versions(checked, layers, "P404")
    for indicators in checked.policy.indicators.values():
        _check_versions(checked, indicators, "P407")
    for benefit in checked.benefits():
        for index, name in enumerate(benefit.layers):
            _check_gaps(checked, benefit, index, checked.policy.layers.get(name, ()))


def is_dated(version: Version) -> bool:
    """Tell whether a version is in force on any day at all."""
    return version.until is None or version.from_ < version.until


def overlap(one: Version, other: Version) -> bool:
    """Tell whether two versions are in force on one day."""
    first, end = max(one.from_, other.from_), earlier(one.until, other.until)
    return end is None or first < end


def _check_versions(checked: Checked, versions: Sequence[Version], code: str) -> None:
    """Report versions that end before they begin, or begin before an older one has ended."""
    longest: Version | None = None
    for version in versions:
        if not is_dated(version):
            place = checked.at(version, "until")
            checked.report.add("P402", place, first=version.from_, found=version.until)
            continue
        if longest is not None and overlap(longest, version):
            end = until_text(earlier(longest.until, version.until))
            other = (checked.at(longest, "from"), "the other version in force")
            place = checked.at(version, "from")
            fields = {"name": version.name, "first": version.from_, "end": end}
            checked.report.add(code, place, fields, related=[other])
        if longest is None or _ends_later(version, longest):
            longest = version


def _check_gaps(checked: Checked, benefit: Benefit, index: int, versions: Iterable[Layer]) -> None:
    """Report the first days of the benefit on which the layer at `index` has no version."""
    dated = [version for version in versions if is_dated(version)]
    if not dated or not is_dated(benefit):
        return
    for first, end in uncovered(benefit.from_, benefit.until, dated):
        place = checked.at(benefit, "layers", index)
        fields = {
            "benefit": benefit.name,
            "layer": benefit.layers[index],
            "first": first,
            "end": until_text(end),
        }
        checked.report.add("P405", place, fields)
        return


def uncovered(
    day: dt.date, until: dt.date | None, versions: Iterable[Version]
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Yield the stretches of the time from `day` that no version covers."""
    for version in versions:  # ascending by from_
        if until is not None and day >= until:
            return
        if version.from_ > day:
            yield day, earlier(version.from_, until)
        if version.until is None:
            return
        day = max(day, version.until)
    if until is None or day < until:
        yield day, until


def _ends_later(one: Version, other: Version) -> bool:
    if other.until is None:
        return False
    return one.until is None or one.until > other.until


def earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    """Return the earlier of two ends; None is an open one."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def until_text(end: dt.date | None) -> str:
    """Return the end of a stretch of days for a message."""
    return "" if end is None else f" until {end}"
