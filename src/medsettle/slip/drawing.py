"""The bars of the page, as inline SVG: they print without colour and without backgrounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from medsettle.slip.markup import escaped, rows

_WIDTH: Final = 1_000
_HEIGHT: Final = 40
#: No payer is so small that it cannot be seen.
_LEAST: Final = 6
_INK: Final = "#14505c"

#: What fills a payer's part: told apart in black and white too.  The person's own cash is blank.
_PATTERNS: Final = {
    "solid": f'<rect width="8" height="8" fill="{_INK}"/>',
    "slant": f'<rect width="8" height="8" fill="#fff"/>'
    f'<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="{_INK}" stroke-width="2.4"/>',
    "pale": '<rect width="8" height="8" fill="#a9c6cc"/>',
    "dots": f'<rect width="8" height="8" fill="#fff"/>'
    f'<circle cx="2" cy="2" r="1.4" fill="{_INK}"/><circle cx="6" cy="6" r="1.4" fill="{_INK}"/>',
    "mid": '<rect width="8" height="8" fill="#5d8f9a"/>',
    "lines": f'<rect width="8" height="8" fill="#fff"/>'
    f'<path d="M0 2H8M0 6H8" stroke="{_INK}" stroke-width="1.2"/>',
    "net": '<rect width="8" height="8" fill="#dfeaec"/>'
    f'<path d="M0 0L8 8M8 0L0 8" stroke="{_INK}" stroke-width="1"/>',
    "posts": f'<rect width="8" height="8" fill="#fff"/>'
    f'<path d="M2 0V8M6 0V8" stroke="{_INK}" stroke-width="1.2"/>',
}
_BLANK: Final = "#fff"


class Slice(msgspec.Struct, frozen=True):
    """One payer of the bar: what is paid, and whether it is the person's cash."""

    label: str
    fen: int
    is_cash: bool = False


def fills(slices: Sequence[Slice]) -> list[str]:
    """Return the fill of each slice; cash is blank, the others go through the patterns."""
    names = list(_PATTERNS)
    found: list[str] = []
    used = 0
    for one in slices:
        found.append(_BLANK if one.is_cash else f"url(#fill-{names[used % len(names)]})")
        used += not one.is_cash
    return found


def bar(slices: Sequence[Slice], told: str) -> str:
    """Return the bar of who pays, each slice as long as its part of the whole; "" for nothing."""
    whole = sum(one.fen for one in slices)
    if not whole:
        return ""
    parts = zip(_spans([one.fen for one in slices]), fills(slices), strict=True)
    drawn = (
        f'<rect x="{start}" y="1" width="{wide}" height="{_HEIGHT - 2}" fill="{fill}" '
        f'stroke="{_INK}" stroke-width="1.5"/>'
        for (start, wide), fill in parts
    )
    patterns = (
        f'<pattern id="fill-{name}" width="8" height="8" '
        f'patternUnits="userSpaceOnUse">{made}</pattern>'
        for name, made in _PATTERNS.items()
    )
    return rows(
        [
            f'<svg class="bar" viewBox="-1 0 {_WIDTH + 2} {_HEIGHT}" role="img" '
            f'aria-label="{escaped(told)}">',
            f"<defs>{''.join(patterns)}</defs>",
            *drawn,
            "</svg>",
        ]
    )


def swatch(fill: str) -> str:
    """Return the small square that tells in the legend which slice is whose."""
    return (
        '<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect x="1" y="1" width="14" height="14" fill="{fill}" stroke="{_INK}"/></svg>'
    )


def meter(used: int, limit: int) -> str:
    """Return a small bar of how much of a limit is used; the figures beside it say the same."""
    wide = 60 * min(max(used, 0), limit) // limit if limit else 60
    return (
        '<svg class="meter" viewBox="0 0 62 8" aria-hidden="true">'
        f'<rect x="1" y="1" width="{wide}" height="6" fill="{_INK}"/>'
        f'<rect x="1" y="1" width="60" height="6" fill="none" stroke="{_INK}"/></svg>'
    )


def _spans(amounts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where each amount starts and how wide it is, in whole units of the drawing."""
    whole, free = sum(amounts), _WIDTH - _LEAST * len(amounts)
    start = so_far = 0
    for number, amount in enumerate(amounts, start=1):
        so_far += amount
        end = _LEAST * number + free * so_far // whole
        yield start, end - start
        start = end
