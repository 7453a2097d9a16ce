"""A policy or cases file laid out as the shipped ones are; what it says stays the same.

Where a line ends is the writer's choice.  Blanks around marks, aligned `=`, blank lines between
blocks and the grouping of digits are not.  Whoever writes the result back must ask `formatted`,
which compares what both texts mean.
"""

from __future__ import annotations

import itertools
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from medsettle.policy.tokens import COMMENT, HEADER, MARK, NEWLINE, WORD, Token, tokens

#: A line of comment that begins a part of the file: two blank lines stand before it.
BANNER: Final = "# ──"
INDENT: Final = "  "
#: A longer key stands by itself, where keys are the language's: one of them does not push all the
#: others to the right.  In a table of own names all are aligned.
ALIGNED_MAX: Final = 13

_NUMBER: Final = re.compile(r"([+-]?)(\d[\d_]*)(\.[\d_]+)?")
#: A row of bands: its bound, if it has one, and its share.
_BAND: Final = re.compile(r"( *\{ )(upto_yuan = .*?, )?(share_pct = .*)")


class ChangedError(Exception):
    """The text laid out anew would not say the same: it must not be used."""


class _Line(msgspec.Struct):
    """A line of the result, with the comment at its end and the column it stood in."""

    text: str
    comment: str = ""
    column: int = 0

    def written(self) -> str:
        """Return the line; a comment never moves to the left."""
        if not self.comment:
            return self.text
        gap = max(2, self.column - len(self.text)) if self.text else self.column
        return f"{self.text}{' ' * gap}{self.comment}"


class _Statement(msgspec.Struct):
    """A header, a pair, a comment of its own, or a blank line."""

    kind: str  # HEADER, WORD, COMMENT or NEWLINE
    lines: list[_Line]  # without the key
    key: str = ""
    widest: int = ALIGNED_MAX  # of the keys that are aligned

    @property
    def is_aligned(self) -> bool:
        """Tell whether this is a pair on one line whose `=` stands below others."""
        return self.kind == WORD and len(self.lines) == 1 and len(self.key) <= self.widest


def formatted(text: str) -> str:
    """Return a TOML text laid out anew; raise ChangedError if that would change what it says."""
    text = text.replace("\r\n", "\n")
    result = format_text(text)
    try:
        same = _meaning(result) == _meaning(text) and _comments(result) == _comments(text)
    except ValueError:  # no TOML any more
        same = False
    if not same:
        raise ChangedError("laid out anew it would not say the same; please report this file")
    return result


def format_text(text: str) -> str:
    """Return a TOML text, valid and without carriage returns, laid out anew."""
    statements = list(_blank_lines(_statements(text)))
    lines: list[str] = []
    for is_run, group in itertools.groupby(statements, lambda one: one.kind in (WORD, COMMENT)):
        run = list(group)
        lines += _run(run) if is_run else (line.written() for one in run for line in one.lines)
    return "\n".join(lines) + "\n"


def _meaning(text: str) -> str:
    """Return what a text says, so that equal means the same: numbers as they are written."""
    return repr(tomllib.loads(text, parse_float=lambda number: number.replace("_", "")))


def _comments(text: str) -> list[str]:
    return [token.text for token in tokens(text) if token.kind == COMMENT]


def _statements(text: str) -> Iterator[_Statement]:
    """Yield the statements of a text, the values laid out."""
    given = tokens(text)
    header = ""
    for token in given:
        if token.kind == NEWLINE:
            yield _Statement(NEWLINE, [_Line("")])
            continue
        if token.kind == COMMENT:
            yield _Statement(COMMENT, [_Line("", token.text, token.column)])
            next(given, None)
            continue
        rest = _to_the_end(given)
        if token.kind == HEADER:
            header = token.text
            comment = rest[0] if rest else Token(COMMENT, "", 0)
            yield _Statement(HEADER, [_Line(token.text, comment.text, comment.column)])
        else:
            keys = [header.strip("[]"), token.text]
            lines = _columns(token.text, _Value(keys).laid_out(rest[1:]))
            own = header[:1] == "[" and header[:2] != "[["
            yield _Statement(WORD, lines, token.text, sys.maxsize if own else ALIGNED_MAX)


def _to_the_end(given: Iterator[Token]) -> list[Token]:
    """Return the tokens up to the newline that ends a statement."""
    found: list[Token] = []
    depth = 0
    for token in given:
        if token.kind == NEWLINE and depth == 0:
            break
        if token.kind == MARK:
            depth += (token.text in "[{") - (token.text in "]}")
        found.append(token)
    return found


class _Value:
    """A value being laid out."""

    def __init__(self, keys: list[str]) -> None:
        self.lines = [_Line("")]
        self.keys = keys  # from the header inwards; one more for each open table
        self.open: list[tuple[str, int]] = []  # open marks, and how deep their line is indented
        self.indent = 0  # of the current line
        self.before: Token | None = None  # on the current line

    def laid_out(self, given: Sequence[Token]) -> list[_Line]:
        """Return the lines of the value that `given` writes."""
        for at, token in enumerate(given):
            if token.kind == NEWLINE:
                self._end_line()
            elif token.kind == COMMENT:
                self.lines[-1].comment, self.lines[-1].column = token.text, token.column
            else:
                is_key = at + 1 < len(given) and given[at + 1].text == "="
                self._add(token, is_key=is_key and token.kind == WORD)
        return self.lines

    def _end_line(self) -> None:
        """Begin a new line; two blank ones do not follow each other."""
        empty = not self.lines[-1].text.strip() and not self.lines[-1].comment
        if not (empty and len(self.lines) > 1 and self._is_blank(self.lines[-2])):
            self.lines.append(_Line(""))
        self.before = None

    @staticmethod
    def _is_blank(line: _Line) -> bool:
        return not line.text and not line.comment

    def _add(self, token: Token, *, is_key: bool) -> None:
        line = self.lines[-1]
        if self.before is None and len(self.lines) > 1:
            closes = token.text in ("]", "}") and token.kind == MARK
            self.indent = self.open[-1][1] + (0 if closes else 1)
            line.text = INDENT * self.indent
        line.text += _gap(self.before, token) + self._text(token, is_key)
        if token.kind == MARK:
            self._count(token.text)
        self.before = token

    def _text(self, token: Token, is_key: bool) -> str:
        if is_key:
            self.keys[-1] = token.text
        elif token.kind == WORD and _is_yuan(self.keys):
            return grouped(token.text)
        return token.text

    def _count(self, mark: str) -> None:
        """Keep count of what is open."""
        if mark in "[{":
            self.open.append((mark, self.indent))
            if mark == "{":
                self.keys.append("")
        elif mark in "]}":
            self.open.pop()
            if mark == "}":
                self.keys.pop()


def _gap(before: Token | None, token: Token) -> str:
    """Return the blanks between two tokens of one line."""
    if before is None or (token.kind == MARK and token.text in ",]"):
        return ""
    if before.kind == MARK and before.text == "{" and token.text == "}":
        return ""
    return "" if before.kind == MARK and before.text == "[" else " "


def _is_yuan(keys: Sequence[str]) -> bool:
    """Tell whether a number is an amount, by the nearest key that says what it is."""
    for key in reversed(keys):
        name = key.strip("\"'").rpartition(".")[2]
        if name.endswith(("times", "pct")):
            return False
        if name == "yuan" or name.endswith("_yuan"):
            return True
    return False


def grouped(number: str) -> str:
    """Return a plain number with its digits in groups of three; anything else as it is."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        return number
    sign, whole, decimals = found.groups("")
    return f"{sign}{int(whole):_}{decimals}"


def _columns(key: str, lines: list[_Line]) -> list[_Line]:
    """Return the rows of bands with their shares below each other."""
    rows = [_BAND.fullmatch(line.text) for line in lines] if key == "bands" else []
    if len(lines) > 1 and any(rows):
        width = max(len(row[2] or "") for row in rows if row)
        for line, row in zip(lines, rows, strict=True):
            if row:
                line.text = f"{row[1]}{row[2] or '':{width}}{row[3]}"
    return lines


def _run(group: Sequence[_Statement]) -> list[str]:
    """Return pairs and comments that follow each other, the `=` of the pairs aligned."""
    width = max((len(one.key) for one in group if one.is_aligned), default=0)
    found: list[str] = []
    above = (0, 0)  # where the comment of the line above stood, and where it stands
    for one in group:
        for index, line in enumerate(one.lines):
            if one.kind == WORD and index == 0:
                key = f"{one.key:{width}}" if one.is_aligned else one.key
                line.text = f"{key} = {line.text}"
            if one.kind == COMMENT:  # it goes on below a comment at the end of a line, or alone
                line.column = above[1] if line.column and line.column == above[0] else 0
            written = line.written()
            here = len(written) - len(line.comment)
            above = (line.column, here) if one.kind == COMMENT else _above(line, here)
            found.append(written)
    return found


def _above(line: _Line, here: int) -> tuple[int, int]:
    return (line.column, here) if line.comment else (0, 0)


def _blank_lines(statements: Iterable[_Statement]) -> Iterator[_Statement]:
    """Yield the statements with the blank lines that belong between them, and no others."""
    given = list(statements)
    blank = _Statement(NEWLINE, [_Line("")])
    before: _Statement | None = None
    for at, one in enumerate(given):
        if one.kind == NEWLINE:
            continue
        had_blank = at > 0 and given[at - 1].kind == NEWLINE
        for _ in range(_blanks(before, one, had_blank, given, at)):
            yield blank
        yield one
        before = one


def _blanks(
    before: _Statement | None, one: _Statement, had: bool, given: Sequence[_Statement], at: int
) -> int:
    """Return how many blank lines stand before the statement at `at`."""
    if before is None:
        return 0
    begins = before.kind != COMMENT or had  # a comment above belongs to what is below it
    if one.kind == COMMENT and begins:
        if one.lines[0].comment.startswith(BANNER):
            return 2
        return 1 if had or _leads_to_header(given, at) else 0
    if one.kind == HEADER:
        return 1 if begins else 0
    return 1 if had and before.kind != HEADER else 0


def _leads_to_header(given: Sequence[_Statement], at: int) -> bool:
    """Tell whether the comments from `at` on stand right above a header."""
    below = next((one for one in given[at:] if one.kind != COMMENT), None)
    return below is not None and below.kind == HEADER
