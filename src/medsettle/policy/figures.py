"""Figures of a policy: amounts, shares and factors, alone or by the values of an axis."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

from medsettle.money import FEN_MAX, FEN_PER_YUAN, PPM
from medsettle.policy.document import Figure, Switch, When
from medsettle.policy.errors import quoted, suggestion
from medsettle.policy.positions import Path
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import AGE, AXES, AXIS_ORDER, axis_values

OTHER: Final = "other"
#: More decimals than any document prints; fewer than would cost time.
DECIMALS_MAX: Final = 12
YUAN_MAX: Final = FEN_MAX // FEN_PER_YUAN
FACTOR_MAX: Final = 10


class Unit(NamedTuple):
    """What a number of the file stands for, and between which bounds."""

    kind: str  # "yuan", "pct" or "factor"
    low: int
    high: int
    example: str
    above_low: bool = False  # the lowest value itself is refused
    in_ppm: bool = False  # must be whole parts per million


AMOUNT: Final = Unit("yuan", 0, YUAN_MAX, "1_300")
BOUND: Final = Unit("yuan", 0, YUAN_MAX, "30_000", above_low=True)
CHANGE_OF_AMOUNT: Final = Unit("yuan", -YUAN_MAX, YUAN_MAX, "-200")
SHARE: Final = Unit("pct", 0, 100, "85", in_ppm=True)
POINTS: Final = Unit("pct", -100, 100, "5")
LIMIT_OF_SHARE: Final = Unit("pct", 0, 100, "90")
FACTOR: Final = Unit("factor", 0, FACTOR_MAX, "0.6")


def figure(reading: Reading, path: Path, unit: Unit) -> Figure:
    """Return the figure at `path`: a number, or a table from an axis's values to figures."""
    key = next(str(step) for step in reversed(path) if isinstance(step, str))
    return _figure(reading, path, key, unit, ())


def number(reading: Reading, path: Path, key: str, unit: Unit) -> Fraction:
    """Return the number at `path` in fen or as a fraction of one."""
    value = reading.source.value_at(path)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        expected = "a number" if unit.kind == "factor" else "a number or a table of numbers"
        example = f"{key} = {unit.example}"
        reading.mistake("P112", path, key=key, expected=expected, example=example)
        return Fraction(0)
    if isinstance(value, Decimal) and not _is_plain(value):
        reading.mistake("P205", path, key=key, digits=DECIMALS_MAX, example=unit.example)
        return Fraction(0)
    if not unit.low <= value <= unit.high or (unit.above_low and value == unit.low):
        _out_of_range(reading, path, key, unit, value > unit.high)
        return Fraction(0)
    if unit.kind == "pct" and unit.low == 0 and 0 < value < 1:
        percent = f"{Decimal(value * 100).normalize():f}"
        reading.mistake("P517", path, key=key, name=path[-1], percent=percent)
    # Only now, in bounds, is it cheap to make a fraction of it.
    exact = Fraction(value)
    if unit.kind == "yuan":
        exact *= FEN_PER_YUAN
        if exact.denominator != 1:
            reading.mistake("P202", path, key=key)
    elif unit.kind == "pct":
        exact /= 100
        if unit.in_ppm and (exact * PPM).denominator != 1:
            reading.mistake("P208", path, key=key)
    return exact


def _is_plain(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -DECIMALS_MAX


def _out_of_range(reading: Reading, path: Path, key: str, unit: Unit, too_high: bool) -> None:
    if unit.kind == "pct":
        bounds = {"low": unit.low, "high": unit.high}
        reading.mistake("P207", path, key=key, example=unit.example, **bounds)
    elif unit.kind == "factor":
        reading.mistake("P209", path, key=key, high=unit.high)
    elif too_high:
        reading.mistake("P204", path, key=key)
    else:
        least = "at most ten billion yuan down or up" if unit.low else "0 or more"
        reading.mistake("P203", path, key=key, at_least="above 0" if unit.above_low else least)


def _figure(reading: Reading, path: Path, key: str, unit: Unit, asked: tuple[str, ...]) -> Figure:
    """Return a figure inside tables that have `asked` for these axes already."""
    value = reading.source.value_at(path)
    if not isinstance(value, Mapping):
        return number(reading, path, key, unit)
    axis = _axis(reading, path, key, unit, value)
    if axis in asked:
        reading.mistake("P214", path, key=key, axis=axis)
    inner = (*asked, axis)
    cases = {
        name: _figure(reading, (*path, name), key, unit, inner) for name in value if name != OTHER
    }
    other = _figure(reading, (*path, OTHER), key, unit, inner) if OTHER in value else None
    return Switch(axis, cases, other)


def _axis(reading: Reading, path: Path, key: str, unit: Unit, table: Mapping[str, object]) -> str:
    """Return the axis whose values are the keys of `table`; report keys that are not."""
    first, axis = "", ""
    for name in table:
        if name == OTHER:
            continue
        owner = axis_of(name, reading.age_bands)
        if owner is None:
            _no_value(reading, (*path, name), key)
        elif not axis:
            first, axis = name, owner
        elif owner != axis:
            reading.key_mistake(
                "P211", (*path, name), first=first, axis=axis, second=name, other=owner
            )
    if not table:
        reading.report.add("P115", reading.source.value_place(path), key=key)
    elif set(table) == {OTHER}:
        plain = reading.source.shown((*path, OTHER)).strip("`")
        shown = "" if isinstance(table[OTHER], Mapping | list) else plain
        reading.mistake("P213", path, key=key, figure=shown)
    return axis


def _no_value(reading: Reading, path: Path, key: str) -> None:
    values = [value for axis in AXES for value in axis_values(axis)]
    hint = suggestion(str(path[-1]), [*values, *reading.age_bands, OTHER], what="")
    if not hint.startswith("did"):
        hint = f"a band of age stands under `[age]`, values of {quoted(AXES)} in the vocabulary"
    reading.key_mistake("P212", path, key=key, suggestion=hint)


@cache
def _owners() -> dict[str, str]:
    return {value: axis for axis in AXES for value in axis_values(axis)}


def axis_of(value: str, age_bands: Mapping[str, int]) -> str | None:
    """Return the axis that `value` is a value of; None when there is none."""
    return AGE if value in age_bands else _owners().get(value)


def condition(table: Table, key: str) -> When:
    """Return the condition under `key`: every axis with one value or a list; always if missing."""
    value = table.values.get(key)
    if value is None:
        return When()
    if not isinstance(value, Mapping):
        table.wrong_type("a table from axes to values", f'{key} = {{ status = "retired" }}', key)
        return When()
    if not value:
        table.reading.mistake("P115", table.at(key), key=key)
    inner = Table(table.reading, table.at(key), f"`{key}`", AXIS_ORDER)
    return When({axis: _values(inner, axis) for axis in value if axis in AXIS_ORDER})


def _values(table: Table, axis: str) -> frozenset[str]:
    """Return the values that a condition allows on `axis`."""
    bands = table.reading.age_bands
    options = tuple(bands) if axis == AGE else axis_values(axis)
    if not options:
        table.reading.key_mistake("P514", table.at(axis))
        return frozenset()
    if isinstance(table.values[axis], str):
        return frozenset([table.choice(axis, options)])
    found = table.names(axis, f'{axis} = ["{options[0]}"]')
    for index, entry in enumerate(table.values[axis] if found else ()):
        if isinstance(entry, str) and entry not in options:
            table.wrong_name(f"`{axis}`", options, axis, index)
    return frozenset(found)
