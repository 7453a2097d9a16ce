"""Where every key and value of a TOML text stands.

`tomllib` says what a text means, not where.  This scanner walks a text that tomllib has accepted,
so it checks nothing; it only keeps count of tables, arrays and lines.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from collections.abc import Iterator

from medsettle.policy.document import Place

#: From the root to a key or a value: names of keys and indexes of lists.
Path = tuple[str | int, ...]

#: Deeper than any policy; far from the depth at which Python gives up.
DEPTH_MAX = 32

_SPACE = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'""")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # a text over several lines may end in quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\d{4}-\d\d-\d\d[ ]\d\d:[^\s,\]}#]*"  # date and time with a blank between
    r"|[^\s,\]}#]+",
    re.DOTALL,
)


class TooDeepError(Exception):
    """Tables or lists nested beyond DEPTH_MAX; carries the place."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class Positions:
    """The places of all keys and values of one text.

    The key of a table is the last name in its header, its value the whole name in the header.  An
    entry of a list has no key: its key is its value.
    """

    def __init__(self, text: str, file: str) -> None:
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self._file = file
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._counts: dict[Path, int] = {}  # arrays of tables: how many so far
        self._scan()

    def place(self, start: int, end: int) -> Place:
        """Return the place of `text[start:end]`, cut off at the end of its first line."""
        line = bisect.bisect_right(self._starts, start)
        if line < len(self._starts):
            end = min(end, self._starts[line] - 1)
        column = start - self._starts[line - 1] + 1
        return Place(self._file, line, column, max(end - start, 1))

    def _scan(self) -> None:
        at = self._skip(_GAP, 0)
        table: Path = ()
        while at < len(self._text):
            if self._text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(at, table)
            at = self._skip(_GAP, at)

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        assert found is not None
        return found.end()

    def _header(self, at: int) -> tuple[Path, int]:
        """Read `[a.b]` or `[[a.b]]`; return the path of the table that begins."""
        brackets = 2 if self._text.startswith("[[", at) else 1
        parts = list(self._dotted(self._skip(_SPACE, at + brackets)))
        whole = self.place(parts[0][1], parts[-1][2])
        path: Path = ()
        for name, start, end in parts:
            path = self._below(path, name, start, end)
            self.keys.setdefault(path, self.place(start, end))
            self.values.setdefault(path, whole)
            last = end == parts[-1][2]
            if path in self._counts and not (last and brackets == 2):
                path = (*path, self._counts[path] - 1)
        if brackets == 2:
            count = self._counts.get(path, 0)
            self._counts[path] = count + 1
            path = (*path, count)
        self.keys[path] = self.place(parts[-1][1], parts[-1][2])
        self.values[path] = whole
        return path, self._text.index("]" * brackets, parts[-1][2]) + brackets

    def _dotted(self, at: int) -> Iterator[tuple[str, int, int]]:
        """Yield the names of a dotted key, each with its start and end."""
        while True:
            found = _KEY.match(self._text, at)
            assert found is not None
            yield _name(found.group()), found.start(), found.end()
            at = self._skip(_SPACE, found.end())
            if not self._text.startswith(".", at):
                return
            at = self._skip(_SPACE, at + 1)

    def _below(self, path: Path, name: str, start: int, end: int) -> Path:
        """Return the path of a key in the table at `path`."""
        if len(path) >= DEPTH_MAX:
            raise TooDeepError(self.place(start, end))
        return (*path, name)

    def _pair(self, at: int, table: Path) -> int:
        """Read `key = value` of the table at `table`; return where it ends."""
        path = table
        for name, start, end in self._dotted(at):
            path = self._below(path, name, start, end)
            spot = self.place(start, end)
            self.keys.setdefault(path, spot)
            self.values.setdefault(path, spot)
            at = end
        at = self._skip(_SPACE, self._skip(_SPACE, at) + 1)
        return self._value(at, path)

    def _value(self, at: int, path: Path) -> int:
        if len(path) > DEPTH_MAX:
            raise TooDeepError(self.place(at, at + 1))
        if self._text[at] == "[":
            end = self._list(at, path)
        elif self._text[at] == "{":
            end = self._inline_table(at, path)
        else:
            end = self._skip(_SCALAR, at)
        self.values[path] = self.place(at, end)
        return end

    def _list(self, at: int, path: Path) -> int:
        at, index = self._skip(_GAP, at + 1), 0
        while self._text[at] != "]":
            entry = (*path, index)
            end = self._value(at, entry)
            self.keys[entry] = self.values[entry]
            at, index = self._skip(_GAP, end), index + 1
            if self._text[at] == ",":
                at = self._skip(_GAP, at + 1)
        return at + 1

    def _inline_table(self, at: int, path: Path) -> int:
        # Newlines and comments inside an inline table are TOML 1.1; reading them costs nothing.
        at = self._skip(_GAP, at + 1)
        while self._text[at] != "}":
            at = self._skip(_GAP, self._pair(at, path))
            if self._text[at] == ",":
                at = self._skip(_GAP, at + 1)
        return at + 1


def _name(token: str) -> str:
    """Return the name that a key's token spells."""
    if token[0] == "'":
        return token[1:-1]
    if token[0] == '"':
        return str(tomllib.loads(f"key = {token}")["key"])
    return token
