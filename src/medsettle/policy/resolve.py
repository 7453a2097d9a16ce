"""Which versions of a policy are in force on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from medsettle.policy.document import Benefit, Layer, Policy

Version = TypeVar("Version", Benefit, Layer)


def in_force(versions: Iterable[Version], day: dt.date) -> Version | None:
    """Return the version with `from <= day < until`; None when there is none."""
    for version in versions:
        if version.from_ <= day and (version.until is None or day < version.until):
            return version
    return None


def change_days(policy: Policy) -> list[dt.date]:
    """Return every day on which some version begins or ends, ascending."""
    benefits = (day for versions in policy.benefits.values() for day in _days(versions))
    layers = (day for versions in policy.layers.values() for day in _days(versions))
    return sorted({*benefits, *layers})


def restrict(policy: Policy, day: dt.date) -> Policy:
    """Return the policy with only the versions in force on `day`.

    Their dates are left as they are; benefits and layers without a version that day are gone.
    """
    return msgspec.structs.replace(
        policy,
        benefits=_only(policy.benefits, day),
        layers=_only(policy.layers, day),
    )


def _only(
    versions: Mapping[str, tuple[Version, ...]], day: dt.date
) -> dict[str, tuple[Version, ...]]:
    found = {name: in_force(dated, day) for name, dated in versions.items()}
    return {name: (version,) for name, version in found.items() if version is not None}


def _days(versions: Iterable[Benefit | Layer]) -> Iterator[dt.date]:
    for version in versions:
        yield version.from_
        if version.until is not None:
            yield version.until
