"""The text of a policy file, its plain data, and where everything in it stands.

Whatever the file holds, reading it ends in a `SourceText` or in diagnostics, never in a traceback.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import Any, Final

from medsettle.policy.document import Place
from medsettle.policy.errors import Report
from medsettle.policy.mistyped import hint_for
from medsettle.policy.positions import DEPTH_MAX, Path, Positions, TooDeepError

FILE_MAX: Final = 1024 * 1024
#: tomllib takes quadratic time for a key of many dots, so lines are not endless.
LINE_MAX: Final = 4_000
#: Quoted text from the file is not longer than this in a message.
SHOWN_MAX: Final = 60

_AT_LINE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)$", re.DOTALL)
_AT_END = re.compile(r"(.*) \(at end of document\)$", re.DOTALL)


class SourceText:
    """A valid TOML text: `data` as tomllib reads it, with Decimal for float, and the places."""

    def __init__(self, text: str, file: str, data: dict[str, Any], positions: Positions) -> None:
        self.file = file
        self.lines = text.split("\n")
        self.data = data
        self.path: FilePath | None = None  # of the file it was read from
        self.others: dict[str, Sequence[str]] = {}  # lines of the policies it inherits from
        self._positions = positions
        self._borrowed: dict[Path, tuple[SourceText, Path]] = {}

    def key_place(self, path: Path) -> Place:
        """Return the place of the key at `path`, or of the nearest table around it."""
        source, path = self._home(path)
        return source._nearest(source._positions.keys, path)

    def value_place(self, path: Path) -> Place:
        """Return the place of the value at `path`, or of the nearest table around it."""
        source, path = self._home(path)
        return source._nearest(source._positions.values, path)

    def borrow(self, path: Path, source: SourceText, there: Path) -> None:
        """Remember that what the data has at `path` is written at `there` in `source`.

        What is itself borrowed there is looked up now, so that a chain of versions stays short.
        """
        self._borrowed[path] = source._home(there)

    def changed(self, values: Mapping[Path, Any]) -> SourceText:
        """Return this text as if other `values` stood at some of its paths.

        It must be as it was read: with nothing inherited yet, and nothing amended.
        """
        data = copy.deepcopy(self.data)
        for path, value in values.items():
            table: Any = data
            for step in path[:-1]:
                table = table[step]
            table[path[-1]] = value
        other = SourceText.__new__(SourceText)
        other.__dict__.update(self.__dict__, data=data, others={}, _borrowed={})
        return other

    def value_at(self, path: Path) -> Any:
        """Return the value at `path`; raise KeyError or IndexError when there is none."""
        value: Any = self.data
        for step in path:
            value = value[step]
        return value

    def shown(self, path: Path) -> str:
        """Return what a message shows of the value: its text in backticks, or "a list"."""
        value = self.value_at(path)
        if isinstance(value, Mapping):
            return "a table"
        if isinstance(value, list):
            return "a list"
        return self.shown_at(self.value_place(path))

    def shown_at(self, place: Place) -> str:
        """Return the text at `place` in backticks, shortened."""
        start = place.column - 1
        lines = self.lines if place.file == self.file else self.others[place.file]
        text = lines[place.line - 1][start : start + place.width].replace("`", "'")
        return f"`{text[:SHOWN_MAX]}…`" if len(text) > SHOWN_MAX else f"`{text}`"

    def _home(self, path: Path) -> tuple[SourceText, Path]:
        """Return the text and the path at which something is written."""
        source, length = self, len(path)
        while length > 0 and source._borrowed:
            if (found := source._borrowed.get(path[:length])) is None:
                length -= 1
                continue
            source, there = found
            path = (*there, *path[length:])
            length = len(path)
        return source, path

    def _nearest(self, places: Mapping[Path, Place], path: Path) -> Place:
        while path:
            if path in places:
                return places[path]
            path = path[:-1]
        return Place(self.file, 1, 1)


def read_source(path: FilePath | str) -> tuple[SourceText | None, Report]:
    """Return the TOML text in a file; None if it is none, and the report says why."""
    file = str(path)
    report = Report(file)
    try:
        with FilePath(path).open("rb") as stream:
            content = stream.read(FILE_MAX + 1)
    except FileNotFoundError:
        report.add("P102", Place(file, 1, 1), found="no such file")
    except IsADirectoryError:
        report.add("P102", Place(file, 1, 1), found="a folder")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        report.add("P102", Place(file, 1, 1), found=f"a failure: {reason.lower()}")
    else:
        source, report = parse_bytes(content, file)
        if source is not None:
            source.path = FilePath(path)
        return source, report
    return None, report


def parse_bytes(content: bytes, file: str) -> tuple[SourceText | None, Report]:
    """Return the TOML text in `content`; None if it is none, and the report says why."""
    report = Report(file)
    if len(content) > FILE_MAX:
        found = "more"
        report.add("P104", Place(file, 1, 1), what="the file", limit="1 MiB", found=found)
        return None, report
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        report.lines = before.split("\n")
        found = f"0x{content[error.start]:02X}"
        report.add("P103", _end_place(before, file), found=found)
        return None, report
    return parse_text(text, file)


def parse_text(text: str, file: str) -> tuple[SourceText | None, Report]:
    """Return the TOML in `text`; None if it is not valid, and the report says why."""
    text = text.replace("\r\n", "\n")  # as tomllib does
    report = Report(file, text.split("\n"))
    if _is_unfit(text, report):
        return None, report
    try:
        data = tomllib.loads(text, parse_float=_decimal)
        return SourceText(text, file, data, Positions(text, file)), report
    except tomllib.TOMLDecodeError as error:
        reason, place = _syntax_error(str(error), report.lines, file)
        report.add("P101", place, reason=reason, suggestion=hint_for(report.lines[place.line - 1]))
    except TooDeepError as error:
        report.add("P105", error.place, limit=f"{DEPTH_MAX} levels")
    except RecursionError:  # of tomllib, which does not say where
        report.add("P105", _most_brackets(report.lines, file), limit=f"{DEPTH_MAX} levels")
    except ValueError:
        place = _longest_digits(text, file)
        report.add("P101", place, reason="a whole number has too many digits")
    return None, report


def _is_unfit(text: str, report: Report) -> bool:
    """Report what makes the text no policy before it is read as TOML; tell whether it did."""
    first = Place(report.file, 1, 1)
    if text.startswith("\ufeff"):
        report.add("P107", first)
    elif "\0" in text:
        report.add("P108", _end_place(text[: text.index("\0")], report.file))
    elif not text.strip():
        report.add("P106", first)
    for number, line in enumerate(report.lines, start=1):
        if len(line) > LINE_MAX:
            place = Place(report.file, number, LINE_MAX + 1)
            found, limit = f"{len(line)}", f"{LINE_MAX} characters"
            report.add("P104", place, what="a line", limit=limit, found=found)
            break
    return report.has_errors


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds; refused later as not finite
        return Decimal("Infinity")


def _syntax_error(message: str, lines: Sequence[str], file: str) -> tuple[str, Place]:
    """Return the reason and the place that tomllib's message tells."""
    at_line = _AT_LINE.match(message)
    at_end = _AT_END.match(message)
    if at_line is not None:
        reason, line, column = at_line[1], int(at_line[2]), int(at_line[3])
    else:
        reason = at_end[1] if at_end is not None else message
        line = max((n for n, text in enumerate(lines, start=1) if text.strip()), default=1)
        column = len(lines[line - 1]) + 1
    width = 1
    if reason.startswith("Cannot"):  # the place is behind the statement; show the statement
        text = lines[line - 1]
        column = len(text) - len(text.lstrip()) + 1
        width = max(len(text.strip()), 1)
    return reason[:1].lower() + reason[1:], Place(file, line, column, width)


def _end_place(before: str, file: str) -> Place:
    """Return the place right behind the text `before`."""
    before = before.replace("\r\n", "\n")
    return Place(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _most_brackets(lines: Sequence[str], file: str) -> Place:
    depths = [line.count("[") + line.count("{") for line in lines]
    return Place(file, depths.index(max(depths)) + 1, 1)


def _longest_digits(text: str, file: str) -> Place:
    found = max(re.finditer(r"[0-9_]+", text), key=lambda m: len(m.group()), default=None)
    return Place(file, 1, 1) if found is None else _end_place(text[: found.start()], file)
