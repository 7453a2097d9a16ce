"""The text of `show --compiled` read back into numbers: spans, boxes, bands, limits, counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from medsettle.compile.tables import LayerTable, RowTable
from medsettle.money import PPM

#: On each axis that is named, the values; "unstated" among them.
Box = dict[str, frozenset[str]]

_FROM = re.compile(r"from (\S+)(?: until (\S+))?$")
_PROGRAM = re.compile(r"  (\w+): (.*)$")
_NO_FIGURE = re.compile(r"    no figure for \[(.*)\]$")
_COUNTER = re.compile(r"  (\S+)  per (\w+)$")
_LAYER = re.compile(r"layer (\w+)  from (\S+)")
_FOR = re.compile(r"  for (.*)$")
_DAYS = re.compile(r"^  with these numbers (.*)$", re.MULTILINE)
_STRETCH = re.compile(r"from (\S+)(?: until (\S+))?")
_BOX = re.compile(r"  \[(.*)\]$")
_YUAN = r"(-?[\d,]+\.\d\d)"
_BAND = re.compile(rf"    above {_YUAN}(?: to {_YUAN})?: ([\d.]+)%$")
_DEDUCTIBLE = re.compile(rf"    deductible ({_YUAN}(?:, {_YUAN})*)$")
_FIRST = re.compile(r"    first share of the person ([\d.]+)%$")
_CAP = re.compile(rf"    deductibles together at most {_YUAN}$")
_CEILING = re.compile(rf"    ceiling on (pay|cost) {_YUAN} (per .*)$")
_BALANCE = re.compile(r"    at most the balance `(.*)`$")


class Row(msgspec.Struct):
    """The figures that stand under some boxes; money in fen, shares in parts per million."""

    boxes: list[Box]
    bands: list[tuple[int, int | None, int]] = []
    deductibles: list[int] = []
    ceilings: list[tuple[str, int | None, str]] = []  # on, limit, per what
    first_share: int = 0
    cap: int | None = None

    def holds_for(self, values: dict[str, str]) -> bool:
        """Tell whether a claim with these values, one on each axis, is in one of the boxes."""
        return any(in_box(box, values) for box in self.boxes)


class Program(msgspec.Struct):
    """A benefit in one span: its layers in order, and for whom there is no figure."""

    layers: list[str]
    refused: list[Box] = []


#: Stretches of days; [] is always.
Days = list[tuple[str, str | None]]
#: Benefits, each with the days for which something is said; {} is all.
Benefits = dict[str, Days]


class Section(msgspec.Struct):
    """What is said of one layer: rows for each group of benefits."""

    name: str
    from_: str
    days: Days  # on which it has these numbers
    groups: list[tuple[Benefits, list[Row]]]


class Printed(msgspec.Struct):
    """A whole text."""

    programs: dict[tuple[str, str | None], dict[str, Program]] = {}  # by span, by benefit
    windows: dict[str, str] = {}  # of each counter
    sections: list[Section] = []

    def rows(
        self, layer: tuple[str, str], day: str, benefit: str, values: dict[str, str]
    ) -> list[Row]:
        """Return the rows that the text has for such a claim in the layer of a name and a day."""
        sections = [
            one for one in self.sections
            if (one.name, one.from_) == layer and _within(one.days, day)
        ]  # fmt: skip
        assert len(sections) == 1
        groups = [
            rows for names, rows in sections[0].groups
            if not names or (benefit in names and _within(names[benefit], day))
        ]  # fmt: skip
        return [row for rows in groups for row in rows if row.holds_for(values)]


def _within(days: Days, day: str) -> bool:
    return not days or any(start <= day and (not end or day < end) for start, end in days)


def _days(text: str) -> Days:
    return [(start, until or None) for start, until in _STRETCH.findall(text)]


def in_box(box: Box, values: dict[str, str]) -> bool:
    return all(values[axis] in named for axis, named in box.items())


def figures_of(row: RowTable, layer: LayerTable, windows: dict[str, str]) -> Row:
    """Return a row of the image in the form of a printed one."""
    ceilings: list[tuple[str, int | None, str]] = []
    for ceiling, limit in zip(layer.ceilings, row.limits, strict=False):
        name = ceiling.counter
        if ceiling.on == "balance":
            ceilings.append(("balance", None, name or ""))
            continue
        per = "per day of the visit" if ceiling.per_day else "per visit"
        ceilings.append((ceiling.on, limit, f"per {windows[name]}, `{name}`" if name else per))
    return Row(
        boxes=[],
        bands=[(band.at, band.upto, band.share_ppm) for band in row.bands],
        deductibles=list(row.deductibles),
        ceilings=ceilings,
        first_share=row.first_share_ppm,
        cap=row.cap if layer.cap else None,
    )


def read(text: str) -> Printed:
    """Read the text of `table_text`."""
    printed = Printed()
    head, *layers = re.split(r"^(?=layer )", text, flags=re.MULTILINE)
    programs: dict[str, Program] = {}
    for line in head.splitlines():
        if found := _FROM.match(line):
            programs = printed.programs.setdefault((found[1], found[2]), {})
        elif found := _COUNTER.match(line):
            printed.windows[found[1]] = found[2]
        elif found := _PROGRAM.match(line):
            programs[found[1]] = Program([one for one in found[2].split(", ") if one])
        elif found := _NO_FIGURE.match(line):
            programs[list(programs)[-1]].refused.append(_box(found[1]))
    for block in layers:
        found = _LAYER.match(block)
        assert found is not None
        if "  with these numbers for no claim\n" in block:
            continue
        days = _days("".join(_DAYS.findall(block)))
        groups = list(_groups(block.splitlines()[1:]))
        printed.sections = [*printed.sections, Section(found[1], found[2], days, groups)]
    return printed


def _groups(lines: list[str]) -> Iterator[tuple[Benefits, list[Row]]]:
    names: Benefits = {}
    rows: list[Row] = []
    boxing = False
    for line in lines:
        if found := _FOR.match(line):
            if rows:
                yield names, rows
            names, rows, boxing = _benefits(found[1]), [], False
        elif found := _BOX.match(line):
            if not boxing:
                rows.append(Row([]))
            rows[-1].boxes.append(_box(found[1]))
            boxing = True
        else:
            boxing = False
            if rows:
                _add(rows[-1], line)
    yield names, rows


def _benefits(text: str) -> Benefits:
    named = (part.partition(" ") for part in text.split(", "))
    return {benefit: _days(days) for benefit, _, days in named}


def _add(row: Row, line: str) -> None:
    """Add what a line says to a row; lines without figures say nothing here."""
    if found := _BAND.match(line):
        upto = None if found[2] is None else _fen(found[2])
        row.bands = [*row.bands, (_fen(found[1]), upto, _ppm(found[3]))]
    elif found := _DEDUCTIBLE.match(line):
        row.deductibles = [_fen(one) for one in found[1].split(", ")]
    elif found := _FIRST.match(line):
        row.first_share = _ppm(found[1])
    elif found := _CAP.match(line):
        row.cap = _fen(found[1])
    elif found := _CEILING.match(line):
        row.ceilings = [*row.ceilings, (found[1], _fen(found[2]), found[3])]
    elif found := _BALANCE.match(line):
        row.ceilings = [*row.ceilings, ("balance", None, found[1])]


def _box(text: str) -> Box:
    if text == "everyone":
        return {}
    named = (part.partition(" ") for part in text.split("; "))
    return {axis: frozenset(values.split(", ")) for axis, _, values in named}


def _fen(text: str) -> int:
    fen = Fraction(text.replace(",", "")) * 100
    assert fen.denominator == 1
    return int(fen)


def _ppm(text: str) -> int:
    ppm = Fraction(text) * PPM / 100
    assert ppm.denominator == 1
    return int(ppm)
