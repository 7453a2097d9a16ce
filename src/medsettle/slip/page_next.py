"""What next: the deductibles, ceilings and balances that the next bill meets; the year so far."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.names import FEN, counter_kind, counter_text
from medsettle.slip.counting import Counted
from medsettle.slip.drawing import meter
from medsettle.slip.ending import counters, until_texts
from medsettle.slip.markup import css, escaped, row, rows, table
from medsettle.slip.outlook import CeilingLeft, DeductibleLeft
from medsettle.slip.page_words import PageWords
from medsettle.slip.teller import Teller, money


def next_section(slip: Teller, words: PageWords) -> str:
    """Return what a next bill of the same kind will meet, and what is assumed of it."""
    found = slip.outlook
    tables = []
    if found.deductibles:
        tables.append(_deductibles(slip, words))
    if found.ceilings:
        tables.append(_ceilings(slip, words))
    if slip.balances:
        head = (("", words.what), ("n", words.left))
        body = [
            row(escaped(slip.words.fund(one.fund)), money(one.left_fen)) for one in slip.balances
        ]
        tables.append(table(head, body, words.balances, "keep"))
    if not tables:
        tables = [f"<p>{escaped(words.nothing_next)}</p>"]
    return rows(
        [
            '<section aria-labelledby="next">',
            f'<h2 id="next">{escaped(words.next)}</h2>',
            f'<p class="soft">{escaped(slip.words.assumed)}</p>',
            *tables,
            *(f'<p class="soft">{escaped(told)}</p>' for told in until_texts(slip)),
            "</section>",
        ]
    )


def _deductibles(slip: Teller, words: PageWords) -> str:
    head = (("", words.what), ("", words.window), ("n", words.whole), ("n", words.left))
    body = [_deductible(slip, due) for due in slip.outlook.deductibles]
    return table(head, body, words.deductibles, "keep")


def _deductible(slip: Teller, due: DeductibleLeft) -> str:
    visit = slip.words.in_brackets.format(slip.words.visit.format(due.visit)) if due.visit else ""
    return (
        f'<tr><th scope="row">{escaped(slip.spoken(due.layer))}</th>'
        f"<td>{escaped(slip.window(due.window) + visit)}</td>"
        f'<td class="n">{money(due.amount_fen)}</td><td class="n"><b>{money(due.left_fen)}</b></td>'
        "</tr>"
    )


def _ceilings(slip: Teller, words: PageWords) -> str:
    head = (
        ("", words.what),
        ("", words.window),
        ("n", words.limit),
        ("n", words.used),
        ("n", ""),
        ("n", words.left),
    )
    body = [_ceiling(slip, one) for one in slip.outlook.ceilings]
    return table(head, body, words.ceilings, "keep")


def _ceiling(slip: Teller, ceiling: CeilingLeft) -> str:
    window = f"{slip.window(ceiling.window)} {slip.words.limits(ceiling.on)}"
    used = money(ceiling.used_fen) if ceiling.name else ""
    drawn = meter(ceiling.used_fen, ceiling.limit_fen) if ceiling.name else ""
    return (
        f'<tr><th scope="row">{escaped(slip.spoken(ceiling.layer))}</th>'
        f"<td>{escaped(window)}</td>"
        f'<td class="n">{money(ceiling.limit_fen)}</td><td class="n">{used}</td>'
        f'<td class="n">{drawn}</td><td class="n"><b>{money(ceiling.left_fen)}</b></td></tr>'
    )


def year_section(slip: Teller, words: PageWords) -> str:
    """Return the counters afterwards: what each counts, how far it is, how far it may go."""
    counted = list(counters(slip))
    head = (("", words.what), ("", words.window), ("n", words.so_far), ("n", words.limit))
    body = [_counter(slip, words, one) for one in counted] or [
        f'<tr><th scope="row" colspan="4">{escaped(slip.words.nothing)}</th></tr>'
    ]
    return rows(
        [
            '<section aria-labelledby="year">',
            f'<h2 id="year">{escaped(words.year)}</h2>',
            table(head, body, slip.words.carried, "year", unseen=True),
            "</section>",
        ]
    )


def _counter(slip: Teller, words: PageWords, one: Counted) -> str:
    limit = money(one.limit) if one.limit is not None else words.unlimited
    return "".join(_cells(slip, one, counter_text(one.name, one.value), limit))


def _cells(slip: Teller, one: Counted, shown: str, limit: str) -> Iterator[str]:
    name = "" if counter_kind(one.name) == FEN else "count"
    yield f'<tr{css(name)}><th scope="row">{escaped(slip.counter(one))}</th>'
    yield f"<td>{escaped(slip.window(one.window))}</td>"
    yield f'<td class="n">{escaped(shown)}</td><td class="n">{escaped(limit)}</td></tr>'
