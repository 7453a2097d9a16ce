"""Why it is this much: what the person's part is made of, the four amounts, every layer's steps."""

from __future__ import annotations

from collections.abc import Iterable

from medsettle.slip.beginning import bill_lines
from medsettle.slip.ending import own_lines
from medsettle.slip.layers import layer_lines, layer_names
from medsettle.slip.markup import css, escaped, rows, table
from medsettle.slip.page_words import PageWords
from medsettle.slip.runs import LayerRun
from medsettle.slip.teller import Teller, money
from medsettle.text import Line


def why_section(slip: Teller, words: PageWords) -> str:
    """Return what the person's part is made of, how the bill is divided, and what layers did."""
    own = list(own_lines(slip))
    tables = [_amounts(own[1:], own[0].label, words)] if own else []
    tables.append(_amounts(list(bill_lines(slip))[1:], words.four, words))
    layers = [_layer(slip, run) for run in slip.told]
    if not layers:
        layers = [f"<p>{escaped(words.no_layers)}</p>"]
    return rows(
        [
            '<section aria-labelledby="why">',
            f'<h2 id="why">{escaped(words.why)}</h2>',
            '<div class="pair">',
            *tables,
            "</div>",
            f"<h3>{escaped(words.layers)}</h3>",
            *layers,
            "</section>",
        ]
    )


def _amounts(lines: Iterable[Line], caption: str, words: PageWords) -> str:
    """Return lines of the slip as a table of amounts; the last one set in is the total."""
    given = list(lines)
    last = max(at for at, line in enumerate(given) if line.indent == 1)
    body = [
        _row(line, "total" if at == last else "sub" if line.indent > 1 else "")
        for at, line in enumerate(given)
    ]
    return table((("", words.what), ("n", words.amount)), body, caption, "keep")


def _layer(slip: Teller, run: LayerRun) -> str:
    """Return one layer's turn: its title with what it pays, and its steps."""
    *names, code = layer_names(slip, run)
    called = f"{run.number}. {'  '.join(names)}" if names else f"{run.number}."
    title = f'{escaped(called)} <span class="code">{escaped(code)}</span>'
    pays = f'<span class="n">{money(run.step.pay)}</span>'
    body = [_row(line, _kind(slip, line)) for line in layer_lines(slip, run)]
    return rows(
        [
            '<article class="layer">',
            f"<h4><span>{title}</span> {pays}</h4>",
            "<table>",
            *body,
            "</table>",
            "</article>",
        ]
    )


def _kind(slip: Teller, line: Line) -> str:
    """Return the classes of a line of a layer."""
    found = [f"in{line.indent - 1}"] if line.indent > 1 else []
    if not line.amount:
        found.append("said")
    if line.label == slip.words.pays:
        found.append("pays")
    return " ".join(found)


def _row(line: Line, name: str) -> str:
    label = escaped(line.label)
    if not line.amount:
        return f'<tr{css(name)}><th scope="row" colspan="2">{label}</th></tr>'
    amount = f'<td class="n">{escaped(line.amount)}</td>'
    return f'<tr{css(name)}><th scope="row">{label}</th>{amount}</tr>'
