"""Figures of a policy: amounts, shares and factors, alone or by the values of an axis."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from medsettle.money import FEN_MAX, FEN_PER_YUAN, PPM
from medsettle.policy.document import Figure, Multiple, Switch, When
from medsettle.policy.errors import quoted
from medsettle.policy.names import BAND_EXAMPLES, BAND_TABLES, MULTIPLE_KEYS, NOT, OTHER, axis_table
from medsettle.policy.positions import Path
from medsettle.policy.table import NAME, Reading, Table
from medsettle.vocabulary import AXIS_ORDER, BANDED

#: More decimals than any document prints; fewer than would cost time.
DECIMALS_MAX: Final = 12
YUAN_MAX: Final = FEN_MAX // FEN_PER_YUAN
FACTOR_MAX: Final = 10
#: Multiples of an indicator: a ceiling may be many times a wage.
TIMES_MAX: Final = 1_000


class Unit(NamedTuple):
    """What a number of the file stands for, and between which bounds."""

    kind: str  # "yuan", "pct" or "factor"
    low: int
    high: int
    example: str
    above_low: bool = False  # the lowest value itself is refused
    in_ppm: bool = False  # must be whole parts per million
    by_axis: bool = True  # a table from an axis's values may stand for it


AMOUNT: Final = Unit("yuan", 0, YUAN_MAX, "1_300")
BOUND: Final = Unit("yuan", 0, YUAN_MAX, "30_000", above_low=True)
CHANGE_OF_AMOUNT: Final = Unit("yuan", -YUAN_MAX, YUAN_MAX, "-200")
SHARE: Final = Unit("pct", 0, 100, "85", in_ppm=True)
POINTS: Final = Unit("pct", -100, 100, "5")
LIMIT_OF_SHARE: Final = Unit("pct", 0, 100, "90")
FACTOR: Final = Unit("factor", 0, FACTOR_MAX, "0.6")
AMOUNT_ALONE: Final = AMOUNT._replace(by_axis=False)
BOUND_ALONE: Final = BOUND._replace(by_axis=False)
STEP: Final = Unit("yuan", 0, YUAN_MAX, "1", above_low=True, by_axis=False)
SHARE_ALONE: Final = SHARE._replace(by_axis=False)
PERCENT: Final = Unit("pct", 0, 100, "50", by_axis=False)
#: The factors of multiples, by their key; the second pair of each where the amount may be negative.
_TIMES: Final = {
    ("times", False): Unit("factor", 0, TIMES_MAX, "6", by_axis=False),
    ("times", True): Unit("factor", -TIMES_MAX, TIMES_MAX, "0.1", by_axis=False),
    ("pct", False): Unit("pct", 0, TIMES_MAX, "50", by_axis=False),
    ("pct", True): Unit("pct", -TIMES_MAX, TIMES_MAX, "10", by_axis=False),
}


def figure(reading: Reading, path: Path, unit: Unit) -> Figure:
    """Return the figure at `path`: a number, or a table from an axis's values to figures."""
    key = next(str(step) for step in reversed(path) if isinstance(step, str))
    return _figure(reading, path, key, unit, ())


def number(reading: Reading, path: Path, key: str, unit: Unit) -> Fraction:
    """Return the number at `path` in fen or as a fraction of one."""
    value = reading.source.value_at(path)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        expected = "a number or a table of numbers" if unit.by_axis else "a number"
        example = f"{key} = {unit.example}"
        reading.mistake("P112", path, key=key, expected=expected, example=example)
        return Fraction(0)
    if isinstance(value, Decimal) and not _is_plain(value):
        reading.mistake("P205", path, key=key, digits=DECIMALS_MAX, example=unit.example)
        return Fraction(0)
    if not unit.low <= value <= unit.high or (unit.above_low and value == unit.low):
        _out_of_range(reading, path, key, unit, value > unit.high)
        return Fraction(0)
    if unit.kind == "pct" and unit.low == 0 and unit.high <= 100 and 0 < value < 1:
        percent = f"{Decimal(value * 100).normalize():f}"
        name = path[-1] if isinstance(path[-1], str) else key
        reading.mistake("P517", path, key=key, name=name, percent=percent)
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
        percent = f"{Decimal(unit.example) * 100:f}".split(".")[0]
        fields = {"low": unit.low, "high": unit.high, "example": unit.example, "percent": percent}
        reading.mistake("P209", path, key=key, **fields)
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
    if "of" in value:
        if unit.kind == "yuan":
            return _multiple(Table(reading, path, f"the multiple in `{key}`", MULTIPLE_KEYS), unit)
        reading.report.add("P222", reading.source.value_place(path), key=key)
        return Fraction(0)
    axis = _axis(reading, path, key, value)
    if axis in asked:
        reading.mistake("P214", path, key=key, axis=axis)
    inner = (*asked, axis)
    cases = {
        name: _figure(reading, (*path, name), key, unit, inner) for name in value if name != OTHER
    }
    other = _figure(reading, (*path, OTHER), key, unit, inner) if OTHER in value else None
    return Switch(axis, cases, other)


def _multiple(table: Table, unit: Unit) -> Multiple:
    """Return a multiple of an indicator; whether the policy has it is looked at later."""
    of = table.text("of")
    if of and not NAME.fullmatch(of):
        table.wrong_type("the name of an indicator", 'of = "average_wage"', "of")
    factor, step = Fraction(0), 0
    if key := table.only(("times", "pct")):
        times = _TIMES[key, unit.low < 0]
        factor = number(table.reading, table.at(key), key, times)
        if unit.above_low and factor == 0:
            table.reading.mistake("P203", table.at(key), key=key, at_least="above 0")
    if "round_to_yuan" in table:
        step = int(number(table.reading, table.at("round_to_yuan"), "round_to_yuan", STEP))
    return Multiple(of, factor, step, table.place)


def _axis(reading: Reading, path: Path, key: str, table: Mapping[str, object]) -> str:
    """Return the axis whose values are the keys of `table`; report keys that are not."""
    first, axis = "", ""
    for name in table:
        if name == OTHER:
            continue
        owner = reading.names.axis_of(name)
        if owner is None:
            _no_value(reading, (*path, name), key, table)
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


def _no_value(reading: Reading, path: Path, key: str, table: Mapping[str, object]) -> None:
    """Report a key that is a value of no axis; the keys beside it may tell which was meant."""
    found = str(path[-1])
    beside = {axis for name in table if (axis := reading.names.axis_of(name)) is not None}
    if found in MULTIPLE_KEYS:
        hint = 'a multiple of an indicator is `{ of = "…", times = … }`'
    elif len(beside) == 1:
        (axis,) = beside
        options = [*reading.names.options(axis), OTHER]
        hint = reading.hint(found, options, what=f"names of `{axis}`")
    else:
        hint = reading.hint(found, [*reading.names.all_values(), OTHER], what="")
        if not hint.startswith("did"):
            heads = quoted(f"[{head}]" for head in BAND_TABLES)
            hint = f"a value is a name of the vocabulary, of `[values.AXIS]`, or a band of {heads}"
    reading.key_mistake("P212", path, key=key, suggestion=hint)


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
    options = table.reading.names.options(axis)
    if not options:
        _no_options(table, axis)
        return frozenset()
    if isinstance(table.values[axis], Mapping):
        inner = Table(table.reading, table.at(axis), f"`{axis}`", (NOT,))
        inner.demand(NOT, f'{axis} = {{ {NOT} = ["{options[0]}"] }}')
        return frozenset(options) - frozenset(inner.choices(NOT, options))
    if isinstance(table.values[axis], str):
        return frozenset([table.choice(axis, options)])
    return frozenset(table.choices(axis, options))


def _no_options(table: Table, axis: str) -> None:
    """Report that a condition names an axis on which the policy has no values."""
    if axis in BANDED:
        head, example = axis_table(axis), BAND_EXAMPLES[axis]
    else:
        head, example = f"values.{axis}", 'employer_plan = "单位补充"'
    what = "bands" if axis in BANDED else "values"
    table.reading.key_mistake(
        "P514", table.at(axis), axis=axis, what=what, head=head, example=example
    )
