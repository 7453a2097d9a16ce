"""National limits: floors and ceilings that a region's figures are compared with, as cited data.

A limits file is read here; `departures.py` compares a policy with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Final

import msgspec

from medsettle.policy.document import Cite, Figure, Place, Source, When
from medsettle.policy.errors import Diagnostic, PolicyError, Report, quoted, suggestion
from medsettle.policy.figures import (
    AMOUNT,
    CHANGE_OF_AMOUNT,
    FACTOR,
    LIMIT_OF_SHARE,
    POINTS,
    Unit,
    condition,
    figure,
    number,
)
from medsettle.policy.head import read_source_entry, tables
from medsettle.policy.positions import Path
from medsettle.policy.source import SourceText, parse_text, read_source
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import (
    AXES,
    AXIS_ORDER,
    BANDED,
    BENEFITS,
    BILL_SIZE,
    FOUR_AMOUNTS,
    FUNDS,
    NUMBERS,
    PROVENANCE,
    REMAINDERS,
    SCHEMES,
    axis_values,
)

#: The region of the nation, and the suffix of a limits file's name.
NATION: Final = "000000"
SUFFIX: Final = "limits.toml"

#: What a limit may be about, with the keys that bound it: `takes` and `leaves` name parts.
BOUNDS: Final[dict[str, tuple[str, ...]]] = {
    "share": ("at_least_pct", "at_most_pct"),
    "deductible": ("at_least_yuan", "at_most_yuan"),
    "ceiling": ("at_least_yuan", "at_most_yuan", "none"),
    "first_share": ("at_least_pct", "at_most_pct"),
    "base": ("takes", "leaves"),
}
#: The bounds that keep a benefit from falling, by what they are about; all others are ceilings.
_FLOORS: Final = {
    "share": ("at_least_pct",),
    "deductible": ("at_most_yuan",),
    "ceiling": ("at_least_yuan", "none"),
    "first_share": ("at_most_pct",),
    "base": ("takes",),
}
_ALL_BOUNDS: Final = tuple(dict.fromkeys(key for keys in BOUNDS.values() for key in keys))

HEAD_KEYS: Final = ("region", "title", "source", "limit")
LIMIT_KEYS: Final = (
    *("title", "scheme", "fund", "benefit", "figure", "when", "only", "from", "until"),
    *("cite", "provenance", "in_principle", "note", *_ALL_BOUNDS),
)
_OF_SHARE: Final = ("that_of", "plus_pct")
_OF_AMOUNT: Final = ("that_of", "times", "plus_yuan", "for_each", "above", "in_all_at_most_times")
_PARTS: Final = (*FOUR_AMOUNTS, *REMAINDERS)


class ThatOf(msgspec.Struct, frozen=True):
    """A bound by another figure of the same policy: that of another kind of claim, changed."""

    values: Mapping[str, str]  # axis of names -> value of the other kind of claim
    numbers: Mapping[str, int]  # axis of numbers -> its number there
    times: Fraction
    plus: Fraction  # fen, or a share
    each: str  # axis of numbers: `plus` is for each of it beyond `above`; ""
    above: int
    in_all: Fraction | None  # the bound is at most so many times the other figure

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes on which the other kind of claim is another."""
        return (*self.values, *self.numbers)


class Limit(msgspec.Struct, frozen=True):
    """What a national document allows a region's figure to be, as in force on [from_, until)."""

    title: str
    schemes: tuple[str, ...]  # () everywhere below: all
    funds: tuple[str, ...]
    benefits: tuple[str, ...]
    figure: str  # of BOUNDS
    when: When  # for whom; only asked of policies that tell these axes apart
    only: When  # of policies that tell an axis apart, only these values
    from_: dt.date
    until: dt.date | None
    cite: tuple[Cite, ...]
    provenance: str
    in_principle: bool  # the document says so only in principle
    bound: str  # of BOUNDS[figure]
    value: Figure | ThatOf | None
    parts: tuple[str, ...]  # of `takes` and `leaves`
    note: str
    place: Place

    @property
    def kind(self) -> str:
        """Return "floor" if a region may give more, "ceiling" if it may give less."""
        return "floor" if self.bound in _FLOORS[self.figure] else "ceiling"

    @property
    def is_least(self) -> bool:
        """Whether the bound is the least that the number may be."""
        return self.bound.startswith("at_least")


class Limits(msgspec.Struct, frozen=True):
    """The limits of one file, with the documents that set them."""

    title: str
    sources: Mapping[str, Source]
    limits: tuple[Limit, ...]
    file: str


def is_limits(path: FilePath) -> bool:
    """Tell whether a file holds limits, by its name."""
    return path.name == SUFFIX or path.name.endswith(f".{SUFFIX}")


def load_limits(path: FilePath | str) -> Limits:
    """Return the limits in a file; raises PolicyError with every mistake."""
    limits, found = examine_limits(path)
    if limits is None:
        raise PolicyError(found)
    return limits


def examine_limits(path: FilePath | str) -> tuple[Limits | None, list[Diagnostic]]:
    """Return the limits in a file, None if it has errors, and all diagnostics, warnings too."""
    return _examined(*read_source(path))


def examine_limits_text(text: str, file: str) -> tuple[Limits | None, list[Diagnostic]]:
    """Return what `examine_limits` returns, for `text`; `file` names it in messages."""
    return _examined(*parse_text(text, file))


def _examined(source: SourceText | None, report: Report) -> tuple[Limits | None, list[Diagnostic]]:
    limits = None if source is None else _limits_of(Reading(source, report))
    return (None if report.has_errors else limits), report.diagnostics()


def _limits_of(reading: Reading) -> Limits:
    head = Table(reading, (), "the limits", HEAD_KEYS)
    head.choice("region", (NATION,))
    head.demand("limit", "[[limit]]")
    limits = Limits(
        title=head.needed_text("title", 'title = "全国：待遇的下限和上限"'),
        sources={key: read_source_entry(reading, key) for key in tables(reading, "source")},
        limits=tuple(map(_limit, head.rows("limit", "the limit", LIMIT_KEYS, "[[limit]]"))),
        file=reading.source.file,
    )
    _check_cites(reading, limits)
    return limits


def _limit(table: Table) -> Limit:
    table.demand("cite", 'cite = "opinion2021_42#救助比例"')
    about = table.choice("figure", BOUNDS)
    when = _persons(table, "when")
    bound = _bound(table, about) or BOUNDS[about][0]
    first, until = table.needed_date("from"), table.date("until")
    if until is not None and until <= first:
        table.reading.mistake("P402", table.at("until"), first=first, found=until)
    return Limit(
        title=table.needed_text("title", 'title = "低保、特困的救助比例不低于 70%"'),
        schemes=_one_or_more(table, "scheme", SCHEMES),
        funds=_one_or_more(table, "fund", FUNDS),
        benefits=_one_or_more(table, "benefit", BENEFITS),
        figure=about,
        when=when,
        only=_persons(table, "only"),
        from_=first,
        until=until,
        cite=table.cites(),
        provenance=table.choice("provenance", PROVENANCE),
        in_principle=table.flag("in_principle"),
        bound=bound,
        value=_value(table, about, bound, when) if bound in table else None,
        parts=table.choices(bound, _PARTS) if about == "base" else (),
        note=table.text("note"),
        place=table.place,
    )


def _persons(table: Table, key: str) -> When:
    """Return a condition on axes of names: bands of numbers are each policy's own."""
    value = table.values.get(key)
    for axis in value if isinstance(value, Mapping) else ():
        if axis in BANDED:
            fields = {"key": key, "axis": axis, "options": quoted(AXES)}
            table.reading.key_mistake("P221", table.at(key, axis), **fields)
            return When()
    return condition(table, key)


def _one_or_more(table: Table, key: str, options: Collection[str]) -> tuple[str, ...]:
    """Return one of `options` or a list of them; () for all."""
    if isinstance(table.values.get(key), str):
        return (table.choice(key, options),)
    return table.choices(key, options)


def _bound(table: Table, about: str) -> str | None:
    """Return the one key that bounds the figure; report those of other figures."""
    fitting = True
    for key in _ALL_BOUNDS:
        if key in table and key not in BOUNDS[about]:
            fitting = False
            fields = {"figure": about, "options": quoted(BOUNDS[about])}
            table.reading.key_mistake("P651", table.at(key), **fields)
    return table.only(BOUNDS[about]) if fitting else None


def _value(table: Table, about: str, bound: str, when: When) -> Figure | ThatOf | None:
    if about == "base":
        return None
    if bound == "none":
        if not table.flag("none"):
            table.wrong_type("true, or left out", "none = true", "none")
        return None
    of_share = bound.endswith("_pct")
    written = table.values[bound]
    if isinstance(written, Mapping) and "that_of" in written:
        keys = _OF_SHARE if of_share else _OF_AMOUNT
        return _that_of(Table(table.reading, table.at(bound), f"`{bound}`", keys), when)
    unit = LIMIT_OF_SHARE if of_share else AMOUNT
    return figure(table.reading, table.at(bound), unit)


def _that_of(table: Table, when: When) -> ThatOf:
    """Return a bound by another figure of the policy."""
    values, numbers = _other_kind(table, when)
    each = table.choice("for_each", NUMBERS) if "for_each" in table else ""
    if not each:
        table.idle("above", "with `for_each`")
    return ThatOf(
        values=values,
        numbers=numbers,
        times=_alone(table, "times", FACTOR) if "times" in table else Fraction(1),
        plus=_alone(table, "plus_pct", POINTS) or _alone(table, "plus_yuan", CHANGE_OF_AMOUNT),
        each=each,
        above=table.whole("above", 0, NUMBERS["enrolled_years"], 0),
        in_all=_alone(table, "in_all_at_most_times", FACTOR) or None,
    )


def _alone(table: Table, key: str, unit: Unit) -> Fraction:
    """Return a plain number; 0 when it is missing."""
    if key not in table:
        return Fraction(0)
    return number(table.reading, table.at(key), key, unit._replace(by_axis=False))


def _other_kind(table: Table, when: When) -> tuple[dict[str, str], dict[str, int]]:
    """Return the values and the numbers of the kind of claim that is compared with."""
    if not isinstance(table.values["that_of"], Mapping):
        example = 'that_of = { assistance = "unassisted" }'
        table.wrong_type("a table from axes to values", example, "that_of")
        return {}, {}
    axes = [axis for axis in AXIS_ORDER if axis != BILL_SIZE]
    inner = Table(table.reading, table.at("that_of"), "`that_of`", axes)
    if not inner.values:
        table.reading.mistake("P115", inner.path, key="that_of")
    values: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for axis in inner.values:
        if axis in NUMBERS:
            numbers[axis] = inner.whole(axis, 0, NUMBERS[axis], 0)
        elif axis in AXES:
            values[axis] = inner.choice(axis, axis_values(axis))
            if values[axis] in when.axes.get(axis, ()):
                table.reading.mistake("P652", inner.at(axis), value=values[axis])
    return values, numbers


def _check_cites(reading: Reading, limits: Limits) -> None:
    """Report cites of no source, and sources never cited."""
    cited = set()
    for index, limit in enumerate(limits.limits):
        for cite, path in _placed_cites(reading, limit, ("limit", index, "cite")):
            cited.add(cite.source)
            if cite.source not in limits.sources:
                hint = suggestion(cite.source, limits.sources, what="the sources")
                reading.mistake("P301", path, found=cite.source, suggestion=hint)
    for key in limits.sources:
        if key not in cited:
            reading.key_mistake("P302", ("source", key), found=key)


def _placed_cites(reading: Reading, limit: Limit, path: Path) -> Iterator[tuple[Cite, Path]]:
    listed = bool(limit.cite) and isinstance(reading.source.value_at(path), list)
    for index, cite in enumerate(limit.cite):
        yield cite, (*path, index) if listed else path
