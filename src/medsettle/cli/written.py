"""Figures in words, each with the place where it is written and what a multiple comes to.

A version may keep figures of the one it amends, and take layers from another file: the place is
always the one where somebody wrote the number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Final

from medsettle.money import PPM, percent_text, yuan_text
from medsettle.policy.document import (
    Benefit,
    Cite,
    Figure,
    Indicator,
    Layer,
    Multiple,
    Place,
    Policy,
    Switch,
)
from medsettle.policy.inherit import expand
from medsettle.policy.names import OTHER
from medsettle.policy.positions import Path
from medsettle.policy.resolve import NoIndicator, in_force, number_on
from medsettle.policy.source import read_source

#: Around a place inside a line; see `placed`.
_MARK: Final = "\0"
_PLACES: Final = re.compile(rf" *{_MARK}([^{_MARK}]*){_MARK}")


class Written:
    """A policy on a day, or on all days, with its text: what is written, and where."""

    def __init__(self, policy: Policy, day: dt.date | None) -> None:
        """Read the text of a policy that has no mistakes."""
        self.policy, self.day = policy, day
        source, report = read_source(policy.file)
        if source is None:  # it was there a moment ago
            raise OSError(f"{policy.file} cannot be read any more")
        expand(source, report)
        self._source = source

    def path_of(self, version: Benefit | Layer | Indicator) -> Path:
        """Return the path of a version in the text, which is told from others by its first day."""
        kind = {Benefit: "benefit", Layer: "layer", Indicator: "indicator"}[type(version)]
        versions = self._source.data[kind][version.name]
        index = next(i for i, one in enumerate(versions) if one["from"] == version.from_)
        return (kind, version.name, index)

    def keys_at(self, path: Path) -> tuple[str, ...]:
        """Return the keys of the table at `path`."""
        return tuple(self._source.value_at(path))

    def has(self, path: Path) -> bool:
        """Tell whether something is written at `path`."""
        try:
            self._source.value_at(path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def mark(self, path: Path) -> str:
        """Return a mark of the place of the value at `path`, for `placed`."""
        return f" {_MARK}{self.at(self._source.value_place(path))}{_MARK}"

    def at(self, place: Place) -> str:
        """Return `file:line`, the file as seen from here, or with its folder."""
        return f"{_shown(place.file)}:{place.line}"

    def amended(self, version: Benefit | Layer) -> str:
        """Return which version a version was built on; "" for none."""
        day = self._source.value_at(self.path_of(version)).get("amends")
        return f", amends that of {day}" if day else ""

    def figure(self, figure: Figure, unit: str, path: Path) -> str:
        """Return a figure with marks of the places where its numbers are written."""
        if not isinstance(figure, Switch):
            return self._plain(figure, unit) + self.mark(path)
        cases = [
            f"{name} {self.figure(case, unit, (*path, name))}"
            for name, case in figure.cases.items()
        ]
        if figure.other is not None:
            cases.append(f"other {self.figure(figure.other, unit, (*path, OTHER))}")
        return f"{{ {', '.join(cases)} }}"

    def _plain(self, figure: Fraction | Multiple, unit: str) -> str:
        if not isinstance(figure, Multiple):
            return number_text(figure, unit)
        if self.day is not None:
            try:
                return yuan_text(int(number_on(figure, self.policy, self.day)))
            except NoIndicator as missing:
                return f"none: {missing.why}"
        step = f", to whole {yuan_text(figure.step)}" if figure.step else ""
        return f"{times_text(figure.factor)} {figure.of}{step}"

    def arithmetic(self, *figures: Figure | None) -> Iterator[str]:
        """Yield how the multiples in figures come about on the day, each once."""
        found = (one for figure in figures if figure is not None for one in _multiples(figure))
        yield from dict.fromkeys(line for one in found for line in self._worked_out(one))

    def _worked_out(self, multiple: Multiple) -> Iterator[str]:
        if self.day is None:
            return
        version = in_force(self.policy.indicators.get(multiple.of, ()), self.day)
        if version is None:
            return
        exact = multiple.factor * version.amount
        told = f"{times_text(multiple.factor)} {yuan_text(int(version.amount))}"
        told += f" = {exact_text(exact)}"
        if multiple.step and exact % multiple.step:
            rounded = int(number_on(multiple, self.policy, self.day))
            told += f", to whole {yuan_text(multiple.step)}: {yuan_text(rounded)}"
        since = f"{version.name} {dates(version)}"
        yield f"{told}; {since}, {clauses(self.policy, version.cite)}{self.yuan_of(version)}"

    def yuan_of(self, version: Indicator) -> str:
        """Return the mark of the place where an indicator's number is written."""
        return self.mark((*self.path_of(version), "yuan"))


def placed(line: str) -> str:
    """Return a line with its marks as `[file:line]`: one at the end, if all are the same."""
    places = dict.fromkeys(_PLACES.findall(line))
    if len(places) == 1:
        return f"{_PLACES.sub('', line)}  [{next(iter(places))}]"
    return _PLACES.sub(r" [\1]", line)


def number_text(value: Fraction, unit: str) -> str:
    """Return a number of a policy: `1,300.00`, `85%`, `x 0.6`."""
    if unit == "fen":
        return yuan_text(int(value))
    return f"{percent_text(value)}%" if unit == "share" else f"x {percent_text(value / 100)}"


def times_text(factor: Fraction) -> str:
    """Return a factor of an indicator: `6 x`, below one `50% x`."""
    percent = abs(factor) < 1
    return f"{percent_text(factor)}% x" if percent else f"{percent_text(factor / 100)} x"


def exact_text(fen: Fraction) -> str:
    """Return an amount with all its decimals, or with six and `…` where they go on."""
    if fen.denominator == 1:
        return yuan_text(int(fen))
    scaled = abs(fen) * PPM
    digits = f"{int(scaled):09}"
    decimals = digits[-8:].rstrip("0")
    sign = "-" if fen < 0 else ""
    more = "" if scaled.denominator == 1 else "…"
    return f"{sign}{int(digits[:-8]):,}.{decimals}{more}"


def dates(version: Benefit | Layer | Indicator) -> str:
    """Return on which days a version is in force."""
    until = f" until {version.until}" if version.until else ""
    return f"from {version.from_}{until}"


def clauses(policy: Policy, cites: tuple[Cite, ...]) -> str:
    """Return what is cited: documents by number or title, and their clauses."""
    return "; ".join(_clause(policy, cite) for cite in cites)


def _clause(policy: Policy, cite: Cite) -> str:
    source = policy.sources.get(cite.source)
    document = (source.number or source.title) if source else cite.source
    return f"{document} {cite.clause}".strip()


def _multiples(figure: Figure) -> Iterator[Multiple]:
    if isinstance(figure, Multiple):
        yield figure
    elif isinstance(figure, Switch):
        inner = (*figure.cases.values(), *(() if figure.other is None else (figure.other,)))
        for case in inner:
            yield from _multiples(case)


def _shown(file: str) -> str:
    """Return a path as seen from here, or its file with the folder."""
    path = FilePath(file).absolute()
    try:
        return str(path.relative_to(FilePath.cwd()))
    except ValueError:
        return f"{path.parent.name}/{path.name}"
