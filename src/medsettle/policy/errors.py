"""How a policy's mistakes are told: one form for every message, and the report that collects them.

The wording of each code stands in `codes.py`; what it means, in `docs/errors.md`.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from medsettle.policy.code import Code
from medsettle.policy.codes import CODES
from medsettle.policy.document import Place
from medsettle.policy.mistyped import english

#: An excerpt shows at most so many characters of a line.
EXCERPT_MAX = 100


class Related(msgspec.Struct, frozen=True):
    """Another place that a mistake concerns, and what stands there."""

    place: Place
    message: str


class Diagnostic(msgspec.Struct, frozen=True):
    """One mistake: its code, where it stands, what was expected and found, and what to write."""

    code: str
    severity: str  # "error" or "warning"
    place: Place
    message: str
    hint: str = ""
    related: tuple[Related, ...] = ()
    excerpt: str = ""  # the line of the file the place is on

    @property
    def is_error(self) -> bool:
        """Tell whether the policy cannot be used before this is mended."""
        return self.severity == "error"

    def render(self) -> str:
        """Return the mistake as text: `file:line:column: severity[code]: message`, line, hint."""
        lines = [f"{_where(self.place)}: {self.severity}[{self.code}]: {self.message}"]
        if self.excerpt.strip():
            lines += _pointed_out(self.excerpt, self.place)
        lines += [f"  note: {_where(other.place)}: {other.message}" for other in self.related]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the mistake as plain data for JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            **msgspec.to_builtins(self.place),
            "message": self.message,
            "hint": self.hint,
            "related": [
                {**msgspec.to_builtins(other.place), "message": other.message}
                for other in self.related
            ],
        }


class PolicyError(Exception):
    """A policy that cannot be used; `diagnostics` are all its mistakes and warnings, by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(render_all(self.diagnostics))


class Report:
    """The mistakes found in one file so far."""

    #: The wordings it knows; another kind of file may have more.
    codes: Mapping[str, Code] = CODES

    def __init__(self, file: str, lines: Sequence[str] = ()) -> None:
        self.file = file
        self.lines = lines
        self.others: dict[str, Sequence[str]] = {}  # lines of the policies it inherits from
        self._found: list[Diagnostic] = []

    def add(
        self,
        code: str,
        place: Place,
        fields: Mapping[str, object] | None = None,
        related: Sequence[tuple[Place, str]] = (),
        **more: object,
    ) -> None:
        """Add the mistake `code` at `place`, its wording filled in with `fields` and `more`.

        A hint that asks for a field which is missing or empty is not given.
        """
        entry, named = self.codes[code], {**(fields or {}), **more}
        lines = self.lines if place.file == self.file else self.others.get(place.file, ())
        line = lines[place.line - 1] if place.line <= len(lines) else ""
        self._found.append(
            Diagnostic(
                code=code,
                severity=entry.severity,
                place=place,
                message=entry.message.format(**named),
                hint=_filled_hint(entry.hint, named),
                related=tuple(Related(*other) for other in related),
                excerpt=line,
            )
        )

    def include(self, other: Report) -> None:
        """Add what was found in a file that this one inherits from."""
        self._found += other.diagnostics()

    @property
    def count(self) -> int:
        """How many mistakes were found so far."""
        return len(self._found)

    @property
    def has_errors(self) -> bool:
        """Tell whether any mistake so far is more than a warning."""
        return any(found.is_error for found in self._found)

    def diagnostics(self) -> list[Diagnostic]:
        """Return the mistakes by place, each once."""
        return by_place(self._found)


def by_place(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics in the order of the file, without repetitions."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.place.file, d.place.line, d.place.column, d.code))


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Return all diagnostics as one text, a blank line between two."""
    return "\n\n".join(found.render() for found in diagnostics)


def quoted(names: Iterable[str]) -> str:
    """Return names in backticks, joined by commas."""
    return ", ".join(f"`{name}`" for name in names)


def suggestion(found: str, options: Iterable[str], *, what: str) -> str:
    """Return a hint for a wrong name: the nearest right one, else all of them; "" without any."""
    known = list(options)
    near = difflib.get_close_matches(found.lower(), known, n=1, cutoff=0.6)
    if meant := near[0] if near else english(found, known):
        return f"did you mean `{meant}`?"
    return f"{what} are {quoted(known)}" if known else ""


def _filled_hint(hint: str, fields: dict[str, object]) -> str:
    try:
        filled = hint.format(**fields)
    except KeyError:
        return ""
    empty = any(not value and f"{{{name}}}" in hint for name, value in fields.items())
    return "" if empty else filled


def _where(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _pointed_out(line: str, place: Place) -> list[str]:
    """Return the line with its number, and below it carets under the place."""
    start, text = _cut(line, place.column - 1)
    before = text[: place.column - 1 - start]
    marked = text[len(before) : len(before) + place.width]
    gutter = " " * len(str(place.line))
    # Chinese characters take two cells in a terminal; the carets must stand below them.
    blank = "".join("\t" if c == "\t" else " " * _cells(c) for c in before)
    carets = "^" * (sum(map(_cells, marked)) or 1)
    shown = "".join(
        c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return [f"  {place.line} | {shown}", f"  {gutter} | {blank}{carets}"]


def _cut(line: str, column: int) -> tuple[int, str]:
    """Return the part of a long line around `column`, and where it starts."""
    start = 0 if column < EXCERPT_MAX * 3 // 4 else column - EXCERPT_MAX // 2
    part = line[start : start + EXCERPT_MAX].rstrip()
    if start:
        part = f"…{part[1:]}"
    return start, f"{part}…" if start + EXCERPT_MAX < len(line) else part


def _cells(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
