"""A TOML text cut into tokens, nothing lost but blanks: for whoever lays a text out anew.

Like `positions`, it walks a text that tomllib has accepted, so it checks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

#: What a token is.
NEWLINE: Final = "newline"
COMMENT: Final = "comment"
HEADER: Final = "header"  # `[a.b]` or `[[a.b]]`
MARK: Final = "mark"  # one of `[ ] { } , =`
WORD: Final = "word"  # a key with its dots, or a value

_BLANK: Final = re.compile(r"[ \t]*")
_COMMENT: Final = re.compile(r"#[^\n]*")
_NAME: Final = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^'\n]*')"""
_DOTTED: Final = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_KEY: Final = re.compile(_DOTTED)
_HEADER: Final = re.compile(rf"(\[\[?)[ \t]*({_DOTTED})[ \t]*(\]\]?)")
_VALUE: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # a text over several lines may end in quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\d{4}-\d\d-\d\d[ ]\d\d:[^\s,\]}#]*"  # date and time with a blank between
    r"|[^\s,\]}#]+",
    re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text; `column` counts from 0 and is that of its first character."""

    kind: str
    text: str
    column: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a TOML text; only blanks are left out."""
    at, key = 0, True
    open_marks: list[str] = []
    while True:
        at = _match(_BLANK, text, at).end()
        if at >= len(text):
            return
        kind, said, end = _token(text, at, key)
        yield Token(kind, said, at - (text.rfind("\n", 0, at) + 1))
        key = _key_follows(kind, said, open_marks, key)
        at = end


def _token(text: str, at: int, key: bool) -> tuple[str, str, int]:
    """Return the token at `at` and where it ends; `key` tells that no value can stand there."""
    here = text[at]
    if here == "\n":
        return NEWLINE, here, at + 1
    if here == "#":
        end = _match(_COMMENT, text, at).end()
        return COMMENT, text[at:end].rstrip(), end
    if here == "[" and key:
        found = _match(_HEADER, text, at)
        return HEADER, f"{found[1]}{_joined(found[2])}{found[3]}", found.end()
    if here in "[]{},=":
        return MARK, here, at + 1
    found = _match(_KEY if key else _VALUE, text, at)
    return WORD, _joined(found.group()) if key else found.group(), found.end()


def _key_follows(kind: str, said: str, open_marks: list[str], key: bool) -> bool:
    """Tell whether the next word is a key; keep count of what is open."""
    if kind == HEADER:
        return False
    if kind in (NEWLINE, COMMENT):
        return not open_marks or key
    if kind == WORD or said in "]}=":
        if said in ("]", "}"):
            open_marks.pop()
        return False
    if said in "[{":
        open_marks.append(said)
    return open_marks[-1] == "{"


def _joined(dotted: str) -> str:
    """Return a dotted key without blanks around its dots."""
    return ".".join(re.findall(_NAME, dotted))


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise ValueError(f"no TOML: {text[at : at + 40]}")
    return found
