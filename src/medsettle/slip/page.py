"""The slip as one HTML page that prints on A4: what do I pay, why, for which items, what next.

The page asks for nothing: no script, no font, no image, no other address.  Its figures are those
of the text (`explain.py`).  It names nobody, unless the caller says what to print.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from medsettle.slip.ending import proof_lines
from medsettle.slip.given import Bill, Cashier, check_cashier, lines_of
from medsettle.slip.markup import escaped, foreign, rows
from medsettle.slip.page_lines import lines_section
from medsettle.slip.page_next import next_section, year_section
from medsettle.slip.page_pay import pay_section
from medsettle.slip.page_why import why_section
from medsettle.slip.page_words import PAGE_WORDS, PageWords
from medsettle.slip.style import style
from medsettle.slip.teller import Teller

if TYPE_CHECKING:
    from medsettle.settlement import Settlement

#: Nothing may be fetched or run, whatever a name on the page might smuggle in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
#: So much of the fingerprint stands at the foot of every printed page.
_FOOT_DIGITS = 16


def page(
    settlement: Settlement,
    lang: str = "zh",
    bill: Bill | None = None,
    cashier: Cashier | None = None,
    person: str | None = None,
) -> str:
    """Return the slip of a settlement as an HTML page, to be encoded as UTF-8.

    `lang` is "zh" or "en"; `bill` has the lines that the claim was split from, `cashier` what is
    taken at the till, `person` whom to print it for.  Raises ValueError for another language, and
    for a bill or a cashier that does not belong to the settlement.
    """
    slip = Teller(settlement, lang, bill)
    lines = lines_of(settlement, bill)
    check_cashier(settlement, cashier)
    words = PAGE_WORDS[lang]
    foot = f"{settlement.table.name}  {settlement.table.fingerprint[:_FOOT_DIGITS]}"
    sections = [
        _head(slip, words, person),
        pay_section(slip, words, cashier),
        why_section(slip, words),
        lines_section(slip, words, lines) if lines is not None else "",
        next_section(slip, words),
        year_section(slip, words),
        _proof(slip, words),
    ]
    return rows(
        [
            "<!DOCTYPE html>",
            f'<html lang="{words.tag}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escaped(words.title)} {slip.claim.date}</title>",
            f"<style>\n{style(chinese=slip.words.chinese, foot=foot)}\n</style>",
            "</head>",
            "<body>",
            "<main>",
            *filter(None, sections),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _head(slip: Teller, words: PageWords, person: str | None) -> str:
    """Return the head of the page: the policy, the title, and the facts of the visit."""
    chinese = slip.words.chinese
    facts = "".join(
        f"<div><dt>{escaped(label)}</dt><dd>{told}</dd></div>"
        for label, told in _facts(slip, words, person)
    )
    return rows(
        [
            "<header>",
            f'<p class="policy">{foreign(slip.table.meta.title, chinese_page=chinese)}</p>',
            f"<h1>{escaped(words.title)}</h1>",
            f'<dl class="facts">{facts}</dl>',
            "</header>",
        ]
    )


def _facts(slip: Teller, words: PageWords, person: str | None) -> Iterator[tuple[str, str]]:
    """Yield the facts of the visit, each with its label, as HTML."""
    chinese, comma = slip.words.chinese, slip.words.comma
    if person is not None:
        yield words.person, foreign(person, chinese_page=chinese)
    if slip.claim.id:
        yield words.number, foreign(slip.claim.id, chinese_page=chinese)
    yield words.date, slip.claim.date.isoformat()
    yield words.visit, foreign(comma.join(slip.who_and_where()), chinese_page=chinese)
    if stay := comma.join(slip.stay()):
        yield words.stay, escaped(stay)


def _proof(slip: Teller, words: PageWords) -> str:
    """Return the end of the page: how well the clauses are known, and the table's fingerprint."""
    told = [line.label for line in proof_lines(slip)]
    return rows(
        [
            '<section class="proof keep" aria-labelledby="proof">',
            f'<h2 id="proof">{escaped(words.proof)}</h2>',
            *(f"<p>{escaped(label)}</p>" for label in told[:-1]),
            f'<p class="print">{escaped(told[-1])}</p>',
            "</section>",
        ]
    )
