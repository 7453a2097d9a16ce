"""How a slip begins: whose bill is not said, what it is, its four amounts, its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from medsettle.bill.line import LineResult
from medsettle.compile.listing import share_text
from medsettle.slip.given import ClassOfLines, lines_by_class
from medsettle.slip.plain import plain
from medsettle.slip.teller import Teller, money
from medsettle.text import Line
from medsettle.vocabulary import FOUR_AMOUNTS

#: Names of items are cut to so many characters in a text.
_NAME_MAX = 24
_PRICE_UNIT, _QUANTITY_UNIT = 6, 4


def head_lines(slip: Teller) -> Iterator[Line]:
    """Yield the head: policy, day, kind of visit, what the claim states."""
    words, settlement = slip.words, slip.settlement
    yield Line(words.title)
    yield Line(f"{settlement.table.name}  {slip.table.meta.title}", indent=1)
    told = (slip.claim.date.isoformat(), *slip.who_and_where())
    yield Line(words.comma.join(told), indent=1)
    if stay := words.comma.join(slip.stay()):
        yield Line(stay, indent=1)


def bill_lines(slip: Teller) -> Iterator[Line]:
    """Yield the four amounts and what belongs to item groups."""
    claim, words = slip.claim, slip.words
    yield Line(words.bill)
    for name in FOUR_AMOUNTS:
        yield Line(words.kind(name), money(getattr(claim, f"{name}_fen")), indent=1)
    for group, fen in claim.items.items():
        if fen:
            yield Line(words.of_which.format(slip.item(group)), money(fen), indent=2)
    yield Line(words.total, money(claim.total_fen), indent=1)


def fee_lines(slip: Teller, lines: Sequence[LineResult]) -> Iterator[Line]:
    """Yield the lines of the bill by class, with what each class adds up to."""
    words = slip.words
    yield Line(words.lines)
    for group in lines_by_class(lines):
        count = words.in_brackets.format(words.count.format(len(group.lines)))
        yield Line(f"{plain(words.class_of(group.class_), _NAME_MAX)}{count}", indent=1)
        for number, line in group.lines:
            yield from _fee_line(slip, number, line)
        yield from _subtotal(slip, group)
    if not lines:
        yield Line(words.nothing, indent=1)


def _fee_line(slip: Teller, number: int, line: LineResult) -> Iterator[Line]:
    name = plain(line.name, _NAME_MAX) or plain(line.code, _NAME_MAX)
    product = f"{price_text(line.price_e6)} × {quantity_text(line.quantity_e4)}"
    yield Line(f"{number}. {name}  {product}", money(line.amount_fen), indent=2)
    notes = slip.words.comma.join(line_notes(slip, line))
    for kind in FOUR_AMOUNTS:
        fen = getattr(line, f"{kind}_fen")
        if fen and fen != line.amount_fen:
            yield Line(slip.words.kind(kind), money(fen), indent=4)
        elif fen:
            notes = slip.words.comma.join(filter(None, (slip.words.kind(kind), notes)))
    if notes:
        yield Line(notes, indent=4)


def _subtotal(slip: Teller, group: ClassOfLines) -> Iterator[Line]:
    words = slip.words
    label = words.subtotal.format(plain(words.class_of(group.class_), _NAME_MAX))
    yield Line(label, money(group.amount_fen), indent=2)
    for kind, fen in group.sums_fen.items():
        if fen:
            yield Line(words.kind(kind), money(fen), indent=3)


def line_notes(slip: Teller, line: LineResult) -> Iterator[str]:
    """Yield why a line is split as it is."""
    words = slip.words
    if line.amount_fen < 0 or line.quantity_e4 < 0:
        yield words.line_return
    if line.group:
        yield plain(slip.item(line.group), _NAME_MAX)
    if line.restricted:
        yield words.line_restricted
    if line.over_limit_fen and line.ceiling_e6 is not None:
        yield words.line_ceiling.format(price_text(line.ceiling_e6))
    yield from _quantity_notes(slip, line)
    if line.first_step_fen:
        yield words.line_share.format(share_text(line.share_ppm))


def _quantity_notes(slip: Teller, line: LineResult) -> Iterator[str]:
    """Yield the limits on the quantity, where something of a covered item was taken out."""
    if line.class_ == "class_c" or not (line.full_self_pay_fen or line.over_limit_fen):
        return
    words = slip.words
    if line.limit_per and line.limit_quantity_e4 is not None:
        limit = quantity_text(line.limit_quantity_e4)
        yield words.line_limits[line.limit_per].format(limit)
    if line.discharge_days is not None:
        yield words.line_discharge.format(line.discharge_days)


def price_text(price_e6: int) -> str:
    """Return a price in yuan, of millionths, with two decimals or more: `12.30`, `0.0385`."""
    return _decimals(price_e6, _PRICE_UNIT, least=2)


def quantity_text(quantity_e4: int) -> str:
    """Return a quantity, of ten-thousandths, with the decimals it has: `2`, `0.5`."""
    return _decimals(quantity_e4, _QUANTITY_UNIT, least=0)


def _decimals(value: int, places: int, least: int) -> str:
    whole, _, rest = f"{Decimal(value).scaleb(-places):,.{places}f}".partition(".")
    rest = rest[:least] + rest[least:].rstrip("0")
    return f"{whole}.{rest}" if rest else whole
