"""HTML in small pieces; everything foreign goes through `escaped`."""

from __future__ import annotations

import html
from collections.abc import Iterable
from fractions import Fraction

from medsettle.money import half_up
from medsettle.slip.plain import plain

#: From here on characters are Chinese, as far as a policy or an item is concerned.
_CHINESE_FROM = "\u2e80"


def escaped(text: str) -> str:
    """Return text as HTML that shows it and does nothing."""
    return html.escape(plain(text, most=2_000))


def foreign(text: str, *, chinese_page: bool, most: int = 200) -> str:
    """Return a name that anybody may have given: apart from the direction of what is around it."""
    marked = ""
    if not chinese_page and any(_CHINESE_FROM <= char <= "\uffef" for char in text):
        marked = ' lang="zh-CN"'
    return f"<bdi{marked}>{html.escape(plain(text, most))}</bdi>"


def rows(lines: Iterable[str]) -> str:
    """Return lines of HTML as one text."""
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """Return a part in percent of the whole, rounded to tenths, for reading only."""
    tenths = half_up(Fraction(1_000 * part, whole)) if whole else 0
    return f"{tenths // 10}.{tenths % 10}%"


def table(
    head: Iterable[tuple[str, str]],
    body: Iterable[str],
    caption: str,
    kind: str,
    *,
    unseen: bool = False,
) -> str:
    """Return a table: `head` has the class and the text of each column, `body` whole rows.

    An `unseen` caption is there for those who listen to the page.
    """
    cells = "".join(
        f'<th scope="col"{css(name)}>{escaped(text)}</th>' if text else "<td></td>"
        for name, text in head
    )
    told = f'<span class="unseen">{escaped(caption)}</span>' if unseen else escaped(caption)
    return rows(
        [
            f'<table class="{kind}">',
            f"<caption>{told}</caption>",
            f"<thead><tr>{cells}</tr></thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
        ]
    )


def row(label: str, *cells: str, name: str = "") -> str:
    """Return a row: its head, and cells of amounts; all are HTML already."""
    amounts = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f'<tr{css(name)}><th scope="row">{label}</th>{amounts}</tr>'


def css(name: str) -> str:
    """Return the attribute for a class; "" for none."""
    return f' class="{name}"' if name else ""
