"""Dates: versions follow each other without overlap, and no benefit lists a layer not in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from medsettle.policy.checks.context import Checked
from medsettle.policy.document import Benefit, Layer


def check_dates(checked: Checked) -> None:
    """Report versions that end too early, overlap, or leave a gap."""
    for versions in checked.policy.benefits.values():
        _check_versions(checked, versions, "P403")
    for layers in checked.policy.layers.values():
        _check_versions(checked, layers, "P404")
    for benefit in checked.benefits():
        for index, name in enumerate(benefit.layers):
            _check_gaps(checked, benefit, index, checked.policy.layers.get(name, ()))


def is_dated(version: Benefit | Layer) -> bool:
    """Tell whether a version is in force on any day at all."""
    return version.until is None or version.from_ < version.until


def overlap(one: Benefit | Layer, other: Benefit | Layer) -> bool:
    """Tell whether two versions are in force on one day."""
    first, end = max(one.from_, other.from_), _earlier(one.until, other.until)
    return end is None or first < end


def _check_versions(checked: Checked, versions: Sequence[Benefit | Layer], code: str) -> None:
    """Report versions that end before they begin, or begin before an older one has ended."""
    longest: Benefit | Layer | None = None
    for version in versions:
        if not is_dated(version):
            place = checked.at(version, "until")
            checked.report.add("P402", place, first=version.from_, found=version.until)
            continue
        if longest is not None and overlap(longest, version):
            end = _until(_earlier(longest.until, version.until))
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
    for first, end in _uncovered(benefit, dated):
        place = checked.at(benefit, "layers", index)
        fields = {
            "benefit": benefit.name,
            "layer": benefit.layers[index],
            "first": first,
            "end": _until(end),
        }
        checked.report.add("P405", place, fields)
        return


def _uncovered(
    benefit: Benefit, versions: Iterable[Layer]
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Yield the stretches of the benefit's time that no version covers."""
    day = benefit.from_
    for version in versions:  # ascending by from_
        if benefit.until is not None and day >= benefit.until:
            return
        if version.from_ > day:
            yield day, _earlier(version.from_, benefit.until)
        if version.until is None:
            return
        day = max(day, version.until)
    if benefit.until is None or day < benefit.until:
        yield day, benefit.until


def _ends_later(one: Benefit | Layer, other: Benefit | Layer) -> bool:
    if other.until is None:
        return False
    return one.until is None or one.until > other.until


def _earlier(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _until(end: dt.date | None) -> str:
    return "" if end is None else f" until {end}"
