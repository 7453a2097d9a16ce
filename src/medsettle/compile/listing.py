"""A compiled table printed back as people read policies: bands, shares and clauses."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from medsettle.compile.decompile import decompile
from medsettle.compile.meta import AdjustMeta, LayerMeta, Meta
from medsettle.compile.tables import (
    BandRow,
    Decompiled,
    EpisodeTable,
    LayerTable,
    ProgramTable,
    RowTable,
    SpanTable,
    UseTable,
)
from medsettle.money import PPM, percent_text, yuan_text

#: On each axis a class of values that are not told apart, as its number in `classes`.
Cell = tuple[int, ...]
#: On each axis the classes that a group of cells spans.
Box = tuple[tuple[int, ...], ...]
#: The use and the row of a layer in a cell; None: not served.
Link = tuple[int, int] | None
#: The axes that matter to a layer, and its link in every cell.
Links = tuple[tuple[str, ...], dict[Cell, Link]]


def table_text(image: Any) -> str:
    """Return the table in an image as text: spans of days, then every layer with its rows."""
    table = decompile(image)
    meta = table.meta
    lines = [f"{meta.region}/{meta.scheme}  {meta.title}", ""]
    for span in table.spans:
        lines += _span_lines(table, span)
    lines += ["counters"]
    lines += [f"  {name}  per {window}" for name, window in table.windows.items()] or ["  none"]
    lines += [f"  year from month {meta.year_starts}"] if meta.year_starts != 1 else []
    lines += [f"  versions by the date `{meta.rule_by}`"] if meta.rule_by != "date" else []
    for number, layer in enumerate(meta.layers):
        lines += ["", *_layer_lines(table, number, layer)]
    return "\n".join(lines) + "\n"


def _span_lines(table: Decompiled, span: SpanTable) -> list[str]:
    lines = [f"from {span.from_}" + (f" until {span.until}" if span.until else "")]
    for benefit, number in span.programs.items():
        program = table.programs[number]
        names = {use.position: table.layers[use.layer].meta.name for use in program.uses}
        lines.append(f"  {benefit}: {', '.join(names[at] for at in sorted(names))}")
        if program.limits_all:
            most = share_text(program.pay_at_most_ppm)
            lines.append(f"    all together at most {most} of the bill")
        lines += [f"    {_episode_text(episode)}" for episode in program.episodes]
        lines += _refused_lines(table, program)
    return [*lines, ""]


def _episode_text(episode: EpisodeTable) -> str:
    what = f"period of {episode.days} days by `{episode.start}`" if episode.start else "each stay"
    what += " within a stay" if episode.within_stay else ""
    return f"{what} starts again: {', '.join(episode.counters)}"


def _layer_lines(table: Decompiled, number: int, meta: LayerMeta) -> list[str]:
    until = f" until {meta.until}" if meta.until else ""
    lines = [
        f"layer {meta.name}  from {meta.from_}{until}{meta.title and f'  {meta.title}'}",
        *_days_lines(table, number),
        f"  fund {meta.fund}, {meta.provenance}",
        f"  clauses: {clauses_text(table.meta, meta.cite)}",
        *(_adjust_line(table.meta, adjust) for adjust in meta.adjusts),
        *_base_lines(table, number),
    ]
    variants = [layer for layer in table.layers if layer.number == number]
    rules = list(dict.fromkeys(tuple(_rule_lines(table, layer)) for layer in variants))
    told: dict[tuple[str, ...], list[int]] = {}
    for at, program in enumerate(table.programs):
        positions = [use.position for use in program.uses if _is_of(table, use, number)]
        for position in dict.fromkeys(positions):
            rows = tuple(_program_lines(table, program, position, len(rules) > 1))
            told.setdefault(rows, []).append(at)
    lines += rules[0] if len(rules) == 1 else []
    for rows, programs in told.items():
        others = {table.programs[at].benefit for at in chain(*told.values()) if at not in programs}
        where = [f"  for {_programs_text(table, programs, others)}"] if len(told) > 1 else []
        lines += [*where, *rows]
    return lines


def _programs_text(table: Decompiled, programs: list[int], others: set[str]) -> str:
    """Return the benefits of programs, with the days where `others` have the same benefit."""
    benefits: dict[str, list[int]] = {}
    for at in programs:
        benefits.setdefault(table.programs[at].benefit, []).append(at)
    return ", ".join(
        f"{benefit} {_days_text(table, mine)}" if benefit in others else benefit
        for benefit, mine in benefits.items()
    )


def _days_text(table: Decompiled, programs: list[int]) -> str:
    """Return the days on which any of these programs runs, as `from … until … and from …`."""
    days: list[tuple[dt.date, dt.date | None]] = []
    for span in table.spans:
        if any(at in programs for at in span.programs.values()):
            start = days.pop()[0] if days and days[-1][1] == span.from_ else span.from_
            days.append((start, span.until))
    return " and ".join(f"from {start}" + (f" until {end}" if end else "") for start, end in days)


def _days_lines(table: Decompiled, number: int) -> Iterator[str]:
    """Yield the days on which a version has these numbers, if on others it has others.

    Where its figures are multiples, they change with the indicator.
    """
    mine = table.meta.layers[number]
    if sum((one.name, one.from_) == (mine.name, mine.from_) for one in table.meta.layers) == 1:
        return
    programs = enumerate(table.programs)
    uses = [at for at, it in programs if any(_is_of(table, use, number) for use in it.uses)]
    yield f"  with these numbers {_days_text(table, uses) or 'for no claim'}"


def _is_of(table: Decompiled, use: UseTable, number: int) -> bool:
    return table.layers[use.layer].number == number


def _adjust_line(meta: Meta, adjust: AdjustMeta) -> str:
    whom = " and ".join(f"{axis} {'/'.join(named)}" for axis, named in adjust.when.items())
    what = f"{adjust.change} {adjust.value}"
    return f"  if {whom or 'anybody'}: {what}  {clause_text(meta, adjust.cite)}"


def _program_lines(
    table: Decompiled, program: ProgramTable, position: int, with_rules: bool
) -> Iterator[str]:
    """Yield the rows of the layer at `position` of a program, each with whom it is for."""
    axes, cells = _links(table, program, position)
    by_link: dict[tuple[int, int], list[Cell]] = {}
    for cell, link in cells.items():
        if link is not None:
            by_link.setdefault(link, []).append(cell)
    for (use, row), mine in sorted(by_link.items(), key=lambda item: item[0][::-1]):
        layer = table.layers[program.uses[use].layer]
        for box in _boxes(mine):
            yield f"  {_box_text(table, program, axes, box)}"
        if with_rules:
            yield from (f"  {line}" for line in _rule_lines(table, layer))
        yield from _row_lines(table, layer, table.rows[row])


def _base_lines(table: Decompiled, number: int) -> Iterator[str]:
    """Yield the base of a layer, once for every different one that a program gives it."""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for program in table.programs:
        for use in program.uses:
            if _is_of(table, use, number):
                seen.setdefault((use.base, use.tops_up), []).append(program.benefit)
    for (base, tops_up), benefits in seen.items():
        lifted = f", topping up {', '.join(tops_up)}" if tops_up else ""
        named = ", ".join(dict.fromkeys(benefits))
        yield f"  base in {named}: {' + '.join(base) or 'nothing'}{lifted}"


def _rule_lines(table: Decompiled, layer: LayerTable) -> Iterator[str]:
    where = "inside" if layer.inside_first_band else "before"
    if layer.used or layer.visits or layer.inside_first_band:
        ordinal = f", by `{layer.visits}`" if layer.visits else ""
        yield f"  deductible {_per(table, layer.used)}, {where} the first band{ordinal}"
    if layer.cap:
        yield f"  deductibles together at most an amount {_per(table, layer.cap)}"
    if layer.waived_after:
        yield f"  no deductible once `{layer.waived_after}` is above 0"
    if layer.measured:
        yield f"  bands {_per(table, layer.measured)}"
    if layer.ceilings and layer.hands_over != "cost":
        yield f"  hands over {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding by {layer.rounding}"


def _per(table: Decompiled, counter: str | None) -> str:
    return f"per {table.windows[counter]}, `{counter}`" if counter else "per visit"


def _row_lines(table: Decompiled, layer: LayerTable, row: RowTable) -> Iterator[str]:
    if row.first_share_ppm:
        yield f"    first share of the person {share_text(row.first_share_ppm)}"
    if row.deductibles:
        yield f"    deductible {', '.join(map(yuan_text, row.deductibles))}"
    if layer.cap:
        yield f"    deductibles together at most {yuan_text(row.cap)}"
    for band in row.bands:
        yield f"    {band_text(band)}"
    yield from _ceiling_lines(table, layer, row)


def _ceiling_lines(table: Decompiled, layer: LayerTable, row: RowTable) -> Iterator[str]:
    for ceiling, limit in zip(layer.ceilings, row.limits, strict=False):
        if ceiling.on == "balance":
            yield f"    at most the balance `{ceiling.counter}`"
        else:
            per = "per day of the visit" if ceiling.per_day else _per(table, ceiling.counter)
            yield f"    ceiling on {ceiling.on} {yuan_text(limit)} {per}"


def band_text(band: BandRow) -> str:
    """Return a band as `above 30,000.00 to 40,000.00: 95%`."""
    upto = "" if band.upto is None else f" to {yuan_text(band.upto)}"
    return f"above {yuan_text(band.at)}{upto}: {share_text(band.share_ppm)}"


def share_text(ppm: int) -> str:
    """Return a share of parts per million as percent text: `92.2%`."""
    return f"{percent_text(Fraction(ppm, PPM))}%"


def clause_text(meta: Meta, cite: str) -> str:
    """Return a citation `source#clause` as people write it."""
    key, _, clause = cite.partition("#")
    source = meta.sources.get(key, {})
    return f"{source.get('number') or source.get('title') or key} {clause}".strip()


def clauses_text(meta: Meta, cites: tuple[str, ...]) -> str:
    """Return several citations, every document named once."""
    documents: dict[str, list[str]] = {}
    for cite in cites:
        key, _, clause = cite.partition("#")
        documents.setdefault(key, []).extend([clause] if clause else [])
    return "；".join(
        f"{clause_text(meta, key)} {'、'.join(clauses)}".strip()
        for key, clauses in documents.items()
    )


def _cells(table: Decompiled, program: ProgramTable) -> Iterator[Cell]:
    """Yield every combination of classes on the program's axes."""
    return itertools.product(*(table.classes(program, axis) for axis in program.axes))


def _links(table: Decompiled, program: ProgramTable, position: int) -> Links:
    """Return the link of the layer at `position` in every cell, on the axes that matter to it.

    Cells in which the whole program has no figure tell nothing about the layer.
    """
    known: dict[Cell, Link] = {}
    for cell in _cells(table, program):
        chain = program.chains[sum(cell)]
        if chain is not None:
            at = (link for link in chain.links if program.uses[link[0]].position == position)
            known[cell] = next(at, None)
    axes = program.axes
    for axis in program.axes:
        narrower = _without(known, axes.index(axis))
        if narrower is not None:
            axes, known = tuple(one for one in axes if one != axis), narrower
    return axes, known


def _without(cells: dict[Cell, Link], at: int) -> dict[Cell, Link] | None:
    """Return the cells without their axis number `at`; None when that axis matters."""
    narrower: dict[Cell, Link] = {}
    for cell, link in cells.items():
        if narrower.setdefault((*cell[:at], *cell[at + 1 :]), link) != link:
            return None
    return narrower


def _refused_lines(table: Decompiled, program: ProgramTable) -> list[str]:
    """Return for whom a program has no figure, so that their claims are refused."""
    cells = [cell for cell in _cells(table, program) if program.chains[sum(cell)] is None]
    boxes = _boxes(cells) if cells else []
    return [f"    no figure for {_box_text(table, program, program.axes, box)}" for box in boxes]


def _boxes(cells: list[Cell]) -> list[Box]:
    """Return boxes that together hold exactly `cells`, as few as is easy."""
    if not cells[0]:
        return [()]
    tails: dict[int, list[Cell]] = {}
    for head, *tail in cells:
        tails.setdefault(head, []).append(tuple(tail))
    heads: dict[tuple[Cell, ...], list[int]] = {}
    for value, tail_cells in tails.items():
        heads.setdefault(tuple(tail_cells), []).append(value)
    return [
        (tuple(values), *box)
        for tail_cells, values in heads.items()
        for box in _boxes(list(tail_cells))
    ]


def _box_text(table: Decompiled, program: ProgramTable, axes: tuple[str, ...], box: Box) -> str:
    named = []
    for axis, numbers in zip(axes, box, strict=True):
        classes = table.classes(program, axis)
        if len(numbers) < len(classes):
            values = (value or "unstated" for number in numbers for value in classes[number])
            named.append(f"{axis} {', '.join(values)}")
    return f"[{'; '.join(named) or 'everyone'}]"
