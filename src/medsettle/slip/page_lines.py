"""Which lines: every item of the bill, by class, with its four amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from medsettle.bill.line import LineResult
from medsettle.slip.beginning import line_notes, price_text, quantity_text
from medsettle.slip.given import ClassOfLines, lines_by_class
from medsettle.slip.markup import escaped, foreign, rows
from medsettle.slip.page_words import PageWords
from medsettle.slip.teller import Teller, money
from medsettle.vocabulary import FOUR_AMOUNTS

#: Columns: number, item, price, quantity, amount, the four amounts.
_COLUMNS = 5 + len(FOUR_AMOUNTS)
_ZERO = "–"


def lines_section(slip: Teller, words: PageWords, lines: Sequence[LineResult]) -> str:
    """Return the lines of the bill; the heads of the columns stand on every printed page."""
    groups = lines_by_class(lines)
    amount = sum(group.amount_fen for group in groups)
    sums = {kind: sum(group.sums_fen[kind] for group in groups) for kind in FOUR_AMOUNTS}
    count = slip.words.in_brackets.format(slip.words.count.format(len(lines)))
    return rows(
        [
            '<section aria-labelledby="lines">',
            f'<h2 id="lines">{escaped(words.lines)}{escaped(count)}</h2>',
            '<div class="wide"><table class="items">',
            f"<thead><tr>{_head(slip, words)}</tr></thead>",
            *(part for group in groups for part in _group(slip, group)),
            "<tbody>",
            _sum(words.all_lines, amount, sums, "sum total"),
            "</tbody>",
            "</table></div>",
            "</section>",
        ]
    )


def _head(slip: Teller, words: PageWords) -> str:
    amounts = (words.price, words.quantity, words.amount, *map(slip.words.kind, FOUR_AMOUNTS))
    cells = "".join(f'<th scope="col" class="n">{escaped(told)}</th>' for told in amounts)
    return (
        f'<th scope="col" class="no">#</th><th scope="col" class="what">{escaped(words.item)}</th>'
        f"{cells}"
    )


def _group(slip: Teller, group: ClassOfLines) -> Iterator[str]:
    """Yield the lines of a class, what it is before them, what they add up to after them."""
    name = slip.words.class_of(group.class_)
    count = slip.words.in_brackets.format(slip.words.count.format(len(group.lines)))
    yield "<tbody>"
    yield (
        f'<tr class="group"><th scope="rowgroup" colspan="{_COLUMNS}">'
        f"{escaped(name)}{escaped(count)}</th></tr>"
    )
    for number, line in group.lines:
        yield _line(slip, number, line)
    yield _sum(slip.words.subtotal.format(name), group.amount_fen, group.sums_fen, "sum")
    yield "</tbody>"


def _line(slip: Teller, number: int, line: LineResult) -> str:
    chinese = slip.words.chinese
    name = foreign(line.name or line.code, chinese_page=chinese)
    notes = " ".join(
        f'<span class="chunk">{escaped(told)}</span>' for told in line_notes(slip, line)
    )
    code = f'<span class="code">{foreign(line.code, chinese_page=chinese, most=60)}</span>'
    note = f'<span class="note">{code} {notes}</span>'
    cells = [price_text(line.price_e6), quantity_text(line.quantity_e4), money(line.amount_fen)]
    cells += [_amount(getattr(line, f"{kind}_fen")) for kind in FOUR_AMOUNTS]
    amounts = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return (
        f'<tr><td class="no">{number}</td><th scope="row" class="what">{name} {note}</th>'
        f"{amounts}</tr>"
    )


def _sum(label: str, amount_fen: int, sums_fen: Mapping[str, int], name: str) -> str:
    cells = [money(amount_fen), *(money(sums_fen[kind]) for kind in FOUR_AMOUNTS)]
    amounts = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    return f'<tr class="{name}"><th scope="row" colspan="4">{escaped(label)}</th>{amounts}</tr>'


def _amount(fen: int) -> str:
    return money(fen) if fen else _ZERO
