"""Foreign text made fit to print: item names and labels may hold anything.

Characters that steer a terminal or turn the direction of what follows are shown as U+FFFD; what is
endless is cut.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The longest foreign text that is printed, in characters.
PLAIN_MAX: Final = 200
#: How a text that goes on is ended.
CUT: Final = "…"
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
#: Controls, halves of surrogate pairs, and separators of lines.
_HIDDEN: Final = ("Cc", "Cs", "Zl", "Zp")
#: What turns the direction of writing beyond its own text, or stacks without end.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS: Final = ("Mn", "Me")
_MARKS_MAX: Final = 8


def plain(text: str, most: int = PLAIN_MAX) -> str:
    """Return `text` as one line of at most `most` characters that changes nothing around it."""
    cut = text if len(text) <= most else text[: most - 1] + CUT
    kept: list[str] = []
    marks = 0
    for char in cut:
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if marks > _MARKS_MAX:
            continue
        if char in "\t\n\r":
            kept.append(" ")
        elif category in _HIDDEN or char in _TURNING or _is_no_character(char):
            kept.append(_REPLACED)
        else:
            kept.append(char)
    return "".join(kept)


def _is_no_character(char: str) -> bool:
    """Tell whether Unicode says that this will never be a character."""
    return ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
