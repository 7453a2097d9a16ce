"""A page read strictly: every element closed, every attribute quoted once, tables as rows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "rect", "circle", "path"})
AMOUNT = re.compile(r"(?<![\d.,])≈?-?\d{1,3}(?:,\d{3})*\.\d{2}(?:\d{2})?(?![\d%.])")


class Page(HTMLParser):
    """What a page says: its elements in order, its texts, its tables."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.styles: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of <{tag}> is there twice"
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td") and "tr" in self.open:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/>"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            self.styles.append(data)
            return
        self.texts.append(data)
        if "tr" in self.open and self.rows[-1]:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def amounts(self) -> set[str]:
        return set(AMOUNT.findall(" ".join(self.texts)))

    def row(self, label: str) -> list[str]:
        """Return the cells of the only row that begins with a label."""
        (found,) = (row for row in self.rows if row and row[0].strip() == label)
        return found


def amounts_in(text: str) -> set[str]:
    return set(AMOUNT.findall(text))
