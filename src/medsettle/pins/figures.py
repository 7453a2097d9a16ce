"""Where the figures of a policy stand, and by what each is changed.

A figure is any number of a benefit, a layer, an indicator, a period or a band of the head, and any
day on which a version begins or ends.  They are found in the data of the file, so that a figure
that versions inherit by `amends` is one figure, at the place where it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeGuard

import msgspec

from medsettle.policy.names import BAND_TABLES, OTHER
from medsettle.policy.positions import Path
from medsettle.policy.source import SourceText
from medsettle.vocabulary import BILL_SIZE

#: The heads under which versions stand, and those under which single tables do.
DATED: Final = ("benefit", "layer", "indicator")
SINGLE: Final = ("period", "year_starts", *BAND_TABLES)
DATES: Final = ("from", "until", "amends")

_PERCENT: Final = Decimal("0.01")
#: By unit: the finest step of a figure, and what one step of it is when it is moved by one.
_UNITS: Final = {
    "yuan": (Decimal("0.01"), Decimal("0.01")),
    "pct": (Decimal("0.0001"), Decimal("0.01")),
    "times": (Decimal("0.0001"), Decimal("0.0001")),
    "whole": (Decimal(1), Decimal(1)),
}
#: By how much a figure is moved that nothing smaller leaves a policy: times so much.
_WIDER: Final = (Decimal("1.1"), Decimal("0.9"), Decimal(2), Decimal("0.5"))
#: A step of rounding is felt by chance, a zero not at all by its hundredth: what they become.
_STEPS: Final = tuple(map(Decimal, ("2", "10", "100", "1000", "0.1")))
_ABOVE_ZERO: Final = {
    "yuan": [Decimal(1), Decimal(100)],
    "pct": [Decimal(1), Decimal(10), Decimal(50)],
    "times": [Decimal("0.1"), Decimal("0.5")],
    "whole": [],
}

#: What an example must do to feel a figure, by its key.
_REMEDIES: Final = {
    "upto_yuan": "whose bill goes beyond this bound",
    "share_pct": "whose bill reaches this band",
    "first_share_pct": "with an amount in the base of this layer",
    "amount_yuan": "that bears the whole of this deductible",
    "later_pct": "with a later visit of the year",
    "each_later_minus_yuan": "with a later visit of the year",
    "pay_yuan": "in which the layer would pay more than this ceiling",
    "cost_yuan": "whose cost is above this ceiling",
    "yuan": "that rests on this amount",
    "all_funds_at_most_pct": "for which all layers together would pay more",
    "days": "on the last day of this period, and one on the day after",
    "year_starts": "on each side of the turn of the year",
}
_REMEDY: Final = "for which this makes a difference"


class Change(msgspec.Struct, frozen=True):
    """Other values for one or several places of the file."""

    values: Mapping[Path, Any]
    text: str  # the new figure


class Figure(msgspec.Struct, frozen=True):
    """A figure where it is written, and by what it is changed."""

    path: Path
    key: str
    whom: tuple[str, ...]  # the values of axes under which it stands
    changes: tuple[Change, ...]
    wider: tuple[Change, ...]  # tried only when the policy is refused with all of `changes`
    remedy: str  # what kind of example would feel it
    moves_others: bool = False  # `wider` moves what is in the way: tried when any was refused


def figures_in(source: SourceText) -> Iterator[Figure]:
    """Yield the figures that a policy file writes itself, by head."""
    data = source.data
    for head in (*DATED, *SINGLE):
        for path, value in _numbers(data.get(head, {}), (head,)):
            figure = _number(path, value)
            if head in BAND_TABLES:
                wider = tuple(_bands_moved(data[head], path))
                figure = msgspec.structs.replace(figure, wider=wider, moves_others=True)
            yield figure
    yield from _edges(data)


# --------------------------------------------------------------------------------------- numbers


def _numbers(value: object, path: Path) -> Iterator[tuple[Path, int | Decimal]]:
    """Yield every number below `path`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers(inner, (*path, index))
    elif _is_number(value) and (value != 0 or path[0] not in BAND_TABLES):
        yield path, value  # but the 0 of the first band, which cannot be otherwise


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _number(path: Path, value: int | Decimal) -> Figure:
    unit = _unit(path)
    finest, one = _UNITS[unit]
    number = Decimal(value)
    step = abs(number) * _PERCENT
    near = [number + one, number - one]
    if path[-1] == "round_to_yuan":
        near = [number * factor for factor in _STEPS]
    elif number == 0:
        near += _ABOVE_ZERO[unit]
    elif unit != "whole":
        near = [number + step, number - step, *near]
    far = _changes(path, number, [number * factor for factor in _WIDER], finest)
    keys = [at for at in _keys(path) if _unit_of(path[at])]
    key = str(path[keys[0] if keys else -1])
    inner = [str(path[at]) for at in _keys(path) if keys and at > keys[0] and at not in keys]
    remedy = "on each side of this bound" if path[0] in BAND_TABLES else _REMEDIES.get(key, _REMEDY)
    return Figure(
        path=path,
        key=key,
        whom=tuple(value for value in inner if value != OTHER),
        changes=tuple(_changes(path, number, near, finest)),
        wider=tuple(far),
        remedy=remedy,
    )


def _unit(path: Path) -> str:
    """Return the unit of the figure at a path."""
    if path[0] == f"{BILL_SIZE}_yuan":
        return "yuan"
    units = [_unit_of(path[at]) for at in reversed(_keys(path))]
    return next((unit for unit in units if unit), "whole")


def _keys(path: Path) -> list[int]:
    """Return where in the path of a figure the keys of its version stand, and values of axes."""
    within = range(3, len(path)) if path[0] in DATED else range(0)
    return [at for at in within if isinstance(path[at], str)]


def _unit_of(key: str | int) -> str:
    """Return the unit that the name of a key ends in, or ""."""
    unit = str(key).rpartition("_")[2]
    return unit if unit in ("yuan", "pct", "times") else ""


def _changes(
    path: Path, number: Decimal, wanted: Iterable[Decimal], finest: Decimal
) -> Iterator[Change]:
    """Yield a change for each different number wanted, rounded to what a policy can say."""
    for value in dict.fromkeys(one.quantize(finest) for one in wanted):
        if value != number:
            written = int(value) if value == value.to_integral_value() else value.normalize()
            yield Change({path: written}, f"{written:f}" if written != int(value) else str(written))


def _bands_moved(bands: Mapping[str, Any], path: Path) -> Iterator[Change]:
    """Yield the bound of a band moved with all above it, and with all below it but the first."""
    names = list(bands)
    at = names.index(str(path[-1]))
    for moved, by in ((names[at:], 1), (names[1 : at + 1], -1)):
        values: dict[Path, Any] = {(path[0], name): bands[name] + by for name in moved}
        yield Change(values, str(values[path]))


# ------------------------------------------------------------------------------------------ days


def _edges(data: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield each day on which a benefit, a layer or an indicator has one version begin or end.

    Where one version ends and the next begins is one day, though it may be written twice.
    """
    every = list(_days(data))
    edges: dict[tuple[Path, dt.date], list[Path]] = {}
    for path, day in every:
        edges.setdefault((path[:2], day), []).append(path)
    for (_, day), paths in edges.items():
        told = sorted(paths, key=lambda path: DATES.index(str(path[-1])))[0]
        if told[-1] == "amends":  # of a version that this file does not write
            continue
        together = [path for path, other in every if other == day]
        yield Figure(
            path=told,
            key=str(told[-1]),
            whom=(),
            changes=tuple(_moved(paths, day)),
            wider=tuple(_moved(together, day)),
            remedy=_edge_remedy(str(told[-1]), day),
            moves_others=True,
        )


def _edge_remedy(key: str, day: dt.date) -> str:
    before = day - dt.timedelta(1)
    return f"on {before}, the last day" if key == "until" else f"on {day}, and one on {before}"


def _days(data: Mapping[str, Any]) -> Iterator[tuple[Path, dt.date]]:
    for head in DATED:
        for name, versions in data.get(head, {}).items():
            for index, version in enumerate(versions):
                for key in DATES:
                    if key in version:
                        yield (head, name, index, key), version[key]


def _moved(paths: Iterable[Path], day: dt.date) -> Iterator[Change]:
    for other in (day + dt.timedelta(1), day - dt.timedelta(1)):
        yield Change(dict.fromkeys(paths, other), other.isoformat())
