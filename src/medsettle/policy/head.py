"""The head of a policy: its own names, sources, published numbers and periods.

The names are read before everything else, since figures and conditions ask for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from medsettle.policy.counting import STAY
from medsettle.policy.document import Indicator, Period, Source
from medsettle.policy.errors import quoted, suggestion
from medsettle.policy.figures import AMOUNT_ALONE, BOUND_ALONE, number
from medsettle.policy.names import BAND_TABLES, ITEM, Names, taken
from medsettle.policy.positions import Path
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import AXES, BANDED, BILL_SIZE, NUMBERS

SOURCE_KEYS: Final = ("number", "title", "issued", "url", "note")
INDICATOR_KEYS: Final = ("from", "until", "yuan", "cite")
PERIOD_KEYS: Final = ("days", "within", "cite")
#: A published number: a wage, an income.
WAGE: Final = BOUND_ALONE._replace(example="134_256")
#: How columns of fen end.
FEN: Final = "_fen"
#: No document counts by a stretch of more days: ten years.
DAYS_MAX: Final = 3_653

#: What the lowest numbers of bands are, and their unit, as messages say it.
_LOWEST: Final = {
    "age": ("age", "years"),
    "months": ("number", "months"),
    "enrolled_years": ("number", "years"),
    "zero_claim_years": ("number", "years"),
}
_EXAMPLES: Final = {
    "source": "[source.order158]",
    "period": "[period.ninety_days]",
    "values": "[values.level]",
    "best_of": "[best_of]",
}


def read_names(reading: Reading) -> Names:
    """Return the names that the policy gives; each name stands for one thing."""
    seen: dict[str, Path] = {}
    read = {axis: _bands(reading, head, axis, seen) for head, axis in BAND_TABLES.items()}
    bands = {axis: found for axis, found in read.items() if found}
    values = {axis: _values(reading, axis, seen) for axis in _own_axes(reading)}
    periods = tuple(tables(reading, "period"))
    for name in periods:
        _own_name(reading, ("period", name), "a period", seen)
    return Names(values, bands, periods)


def tables(reading: Reading, key: str, needed: str = "") -> Mapping[str, Any]:
    """Return the tables under `key` of the head, by well-formed name."""
    value = reading.source.data.get(key)
    if value is None:
        if needed:
            Table(reading, (), "the policy", reading.source.data).demand(key, needed)
        return {}
    single = key in _EXAMPLES
    if not isinstance(value, Mapping):
        example = _EXAMPLES[key] if single else f"[[{key}.name]]"
        reading.mistake("P112", (key,), key=key, expected="tables by name", example=example)
        return {}
    found: dict[str, Any] = {}
    for name, table in value.items():
        if single and not isinstance(table, Mapping):
            example = f"[{key}.{name}]"
            reading.mistake("P112", (key, name), key=name, expected="a table", example=example)
        elif key == "benefit" or reading.name((key, name)):
            found[name] = table
    return found


def versions(reading: Reading, kind: str, name: str) -> Iterator[int]:
    """Yield the indexes of the tables under `[[kind.name]]`."""
    value = reading.source.data[kind][name]
    key = f"{kind}.{name}"
    if not isinstance(value, list):
        reading.mistake("P113", (kind, name), key=key)
        return
    if not value:
        reading.mistake("P115", (kind, name), key=key)
    for index, version in enumerate(value):
        if isinstance(version, Mapping):
            yield index
        else:
            reading.mistake("P113", (kind, name, index), key=key)


def read_source_entry(reading: Reading, key: str) -> Source:
    """Return the document registered under `[source.KEY]`."""
    table = Table(reading, ("source", key), f"source `{key}`", SOURCE_KEYS)
    url = table.text("url")
    if url and not url.startswith(("https://", "http://")):
        expected = "an address that begins with `https://` or `http://`"
        reading.mistake("P219", table.at("url"), key="url", expected=expected)
    return Source(
        key=key,
        title=table.needed_text("title", 'title = "北京市基本医疗保险规定"'),
        number=table.text("number"),
        issued=table.date("issued"),
        url=url,
        note=table.text("note"),
    )


def read_indicator(reading: Reading, name: str) -> tuple[Indicator, ...]:
    """Return the versions of a published number, ascending."""
    found = []
    for index in versions(reading, "indicator", name):
        path = ("indicator", name, index)
        table = Table(reading, path, f"indicator `{name}`", INDICATOR_KEYS)
        table.demand("cite", 'cite = "wage_notice"')
        known = table.demand("yuan", "yuan = 134_256")
        found.append(
            Indicator(
                name=name,
                from_=table.needed_date("from"),
                until=table.date("until"),
                amount=number(reading, table.at("yuan"), "yuan", AMOUNT_ALONE)
                if known
                else Fraction(0),
                cite=table.cites(),
                place=table.place,
            )
        )
    return tuple(sorted(found, key=lambda version: version.from_))


def read_period(reading: Reading, name: str) -> Period:
    """Return the window of `[period.NAME]`."""
    table = Table(reading, ("period", name), f"period `{name}`", PERIOD_KEYS)
    table.demand("cite", 'cite = "order158#第三十六条"')
    table.demand("days", "days = 90")
    days = table.whole("days", 1, DAYS_MAX, 90)
    within = table.choice("within", (STAY,), "")
    return Period(name, days, table.cites(), table.place, within == STAY)


def read_best_of(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the lists that tell which of several values of an axis counts."""
    if not isinstance(reading.source.data.get("best_of", {}), Mapping):
        expected, example = "a table from axes to lists of values", _EXAMPLES["best_of"]
        reading.mistake("P112", ("best_of",), key="best_of", expected=expected, example=example)
        return {}
    if "best_of" not in reading.source.data:
        return {}
    table = Table(reading, ("best_of",), "`[best_of]`", (*AXES, *BANDED))
    found: dict[str, tuple[str, ...]] = {}
    for axis in table.values:
        if axis in BANDED:
            reading.key_mistake(
                "P221", table.at(axis), key="best_of", axis=axis, options=quoted(AXES)
            )
        elif axis in AXES:
            found[axis] = table.choices(axis, reading.names.options(axis))
    return found


def _own_axes(reading: Reading) -> Iterator[str]:
    """Yield the axes for which the head has `[values.AXIS]`, and "item"."""
    known = (*AXES, ITEM)
    for axis in tables(reading, "values"):
        if axis in known:
            yield axis
            continue
        hint = suggestion(axis, known, what="the axes of names")
        if axis in BANDED:
            hint = f"`{axis}` is a number: name its bands under `[{axis}]`"
        where = " in `values`"
        reading.key_mistake("P110", ("values", axis), where=where, suggestion=hint)


def _values(reading: Reading, axis: str, seen: dict[str, Path]) -> dict[str, str]:
    """Return the own values of an axis, or the own item groups, with their titles."""
    names = reading.source.data["values"][axis]
    table = Table(reading, ("values", axis), f"`[values.{axis}]`", names)
    if not names:
        reading.report.add("P115", table.place, key=f"values.{axis}")
    what = "an item group" if axis == ITEM else "a value"
    found: dict[str, str] = {}
    for name in names:
        if axis == ITEM and name.endswith(FEN):
            better = name.removesuffix(FEN)
            reading.key_mistake("P126", table.at(name), better=better)
        if _own_name(reading, table.at(name), what, seen):
            found[name] = table.text(name)
    return found


def _bands(reading: Reading, head: str, axis: str, seen: dict[str, Path]) -> dict[str, int]:
    """Return the bands of an axis of numbers: band -> lowest number, or fen for `bill_size`."""
    table = reading.source.data.get(head)
    if table is None:
        return {}
    if not isinstance(table, Mapping):
        reading.mistake("P112", (head,), key=head, expected="a table", example=f"[{head}]")
        return {}
    if not table:
        reading.report.add("P115", reading.source.value_place((head,)), key=head)
    bands: dict[str, int] = {}
    good = True
    for index, name in enumerate(table):
        path = (head, name)
        good &= _own_name(reading, path, f"a band of {axis}", seen)
        lowest = _lowest(reading, path, axis, index)
        good &= lowest is not None
        bands[name] = lowest or 0
    if good:
        _check_ascending(reading, head, axis, bands)
    return bands


def _lowest(reading: Reading, path: Path, axis: str, index: int) -> int | None:
    """Return the lowest number of a band; None after a mistake."""
    value = reading.source.value_at(path)
    if axis == BILL_SIZE:
        before = reading.report.count
        unit = AMOUNT_ALONE if index == 0 else BOUND_ALONE
        found = int(number(reading, path, str(path[-1]), unit))
        return found if reading.report.count == before else None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= NUMBERS[axis]:
        what, unit_of = _LOWEST[axis]
        reading.mistake("P216", path, what=what, unit=unit_of, high=NUMBERS[axis])
        return None
    return int(value)


def _check_ascending(reading: Reading, head: str, axis: str, bands: Mapping[str, int]) -> None:
    """Report the first band that is not above the one before it."""
    before, after = -1, "first"
    for name, lowest in bands.items():
        written = reading.source.shown((head, name)).strip("`")
        if lowest <= before or (before < 0 and lowest != 0):
            found = f"{name} = {written}"
            what = axis.replace("_", " ")
            reading.mistake("P507", (head, name), what=what, found=found, after=after)
            return
        before, after = lowest, f"after `{name} = {written}`"


def _own_name(reading: Reading, path: Path, what: str, seen: dict[str, Path]) -> bool:
    """Tell whether the key at `path` may be a name of the policy's own; report it if not."""
    name = str(path[-1])
    if name in taken():
        reading.key_mistake("P119", path, what=what)
        return False
    if not reading.name(path):
        return False
    if name in seen:
        related = [(reading.source.key_place(seen[name]), "named here first")]
        place = reading.source.key_place(path)
        reading.report.add("P122", place, {"found": name}, related=related)
        return False
    seen[name] = path
    return True
