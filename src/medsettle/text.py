"""Text in columns: Chinese characters take two cells of a terminal, and amounts end together."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import msgspec

INDENT = "  "
GAP = "  "
#: The widest label that has its amount on the same line.
LABEL_MAX = 64


class Line(msgspec.Struct, frozen=True):
    """A line of a slip: what is said, and the amount it comes to; "" where it comes to none."""

    label: str
    amount: str = ""
    indent: int = 0

    @property
    def start(self) -> str:
        """The label, set in."""
        return INDENT * self.indent + self.label


def width(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, cells: int) -> str:
    """Return `text` with blanks after it up to `cells`."""
    return text + " " * (cells - width(text))


def aligned(lines: Iterable[Line]) -> str:
    """Return the lines as text, the decimal points of all amounts below each other.

    A label that is too long has its amount on the next line.
    """
    given = [short for line in lines for short in _shortened(line)]
    labels = max((width(line.start) for line in given if line.amount), default=0)
    wholes = max((_whole(line.amount) for line in given), default=0)
    text = []
    for line in given:
        blanks = " " * (wholes - _whole(line.amount))
        amount = f"{GAP}{blanks}{line.amount}" if line.amount else ""
        text.append(f"{padded(line.start, labels)}{amount}" if amount else line.start)
    return "\n".join(text) + "\n"


def _shortened(line: Line) -> list[Line]:
    if line.amount and width(line.start) > LABEL_MAX:
        return [Line(line.label, indent=line.indent), Line("", line.amount)]
    return [line]


def _whole(amount: str) -> int:
    """Return the cells before the decimal point; a number of visits ends where fen would."""
    point = amount.find(".")
    return point if point >= 0 else len(amount)


def columns(rows: Iterable[Iterable[str]], right: Iterable[int] = ()) -> str:
    """Return rows of cells as a plain table; columns numbered in `right` are set to the right."""
    given = [list(row) for row in rows]
    to_right = set(right)
    widths = [max(map(width, column)) for column in zip(*given, strict=True)]
    lines = []
    for row in given:
        cells = []
        for i, (cell, cells_wide) in enumerate(zip(row, widths, strict=True)):
            blanks = " " * (cells_wide - width(cell))
            cells.append(blanks + cell if i in to_right else cell + blanks)
        lines.append(GAP.join(cells).rstrip())
    return "\n".join(lines) + "\n"
