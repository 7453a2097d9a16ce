"""A compiled table printed back as people read policies: bands, shares and clauses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from medsettle.compile.decompile import (
    BandRow,
    Decompiled,
    LayerTable,
    ProgramTable,
    RowTable,
    SpanTable,
    decompile,
)
from medsettle.compile.meta import AdjustMeta, Meta
from medsettle.money import PPM, percent_text, yuan_text

#: On each axis a class of values that are not told apart, as its number in `classes`.
Cell = tuple[int, ...]
#: On each axis the classes that a group of cells spans.
Box = tuple[tuple[int, ...], ...]
#: The axes that matter to a layer, and the row of every cell; None: not served.
Rows = tuple[tuple[str, ...], dict[Cell, int | None]]


def table_text(image: Any) -> str:
    """Return the table in an image as text: spans of days, then every layer with its rows."""
    table = decompile(image)
    meta = table.meta
    lines = [f"{meta.region}/{meta.scheme}  {meta.title}", ""]
    for span in table.spans:
        lines += _span_lines(table, span)
    lines += ["counters"]
    lines += [f"  {name}  per {window}" for name, window in table.windows.items()] or ["  none"]
    for number, layer in enumerate(table.layers):
        lines += ["", *_layer_lines(table, number, layer)]
    return "\n".join(lines) + "\n"


def _span_lines(table: Decompiled, span: SpanTable) -> list[str]:
    lines = [f"from {span.from_}" + (f" until {span.until}" if span.until else "")]
    for benefit, number in span.programs.items():
        names = (table.layers[use.layer].meta.name for use in table.programs[number].uses)
        lines.append(f"  {benefit}: {', '.join(names)}")
        lines += _refused_lines(table, table.programs[number])
    return [*lines, ""]


def _layer_lines(table: Decompiled, number: int, layer: LayerTable) -> list[str]:
    meta = layer.meta
    until = f" until {meta.until}" if meta.until else ""
    lines = [
        f"layer {meta.name}  from {meta.from_}{until}{meta.title and f'  {meta.title}'}",
        f"  fund {meta.fund}, {meta.provenance}",
        f"  clauses: {clauses_text(table.meta, meta.cite)}",
        *(_adjust_line(table.meta, adjust) for adjust in meta.adjusts),
        *_base_lines(table, number),
    ]
    told: dict[tuple[str, ...], list[str]] = {}
    for program in table.programs:
        for position, use in enumerate(program.uses):
            if use.layer == number:
                rows = tuple(_program_lines(table, program, position, layer))
                told.setdefault(rows, []).append(program.benefit)
    rules = list(_rule_lines(table, layer))
    for rows, benefits in told.items():
        where = [f"  for {', '.join(dict.fromkeys(benefits))}"] if len(told) > 1 else []
        lines += [*rules, *where, *rows]
        rules = []
    return lines


def _adjust_line(meta: Meta, adjust: AdjustMeta) -> str:
    whom = " and ".join(f"{axis} {'/'.join(named)}" for axis, named in adjust.when.items())
    what = f"{adjust.change} {adjust.value}"
    return f"  if {whom or 'anybody'}: {what}  {clause_text(meta, adjust.cite)}"


def _program_lines(
    table: Decompiled, program: ProgramTable, position: int, layer: LayerTable
) -> Iterator[str]:
    """Yield the rows of the layer at `position` of a program, each with whom it is for."""
    axes, cells = _rows(table, program, position)
    by_row: dict[int, list[Cell]] = {}
    for cell, row in cells.items():
        if row is not None:
            by_row.setdefault(row, []).append(cell)
    for row, mine in sorted(by_row.items()):
        for box in _boxes(mine):
            yield f"  {_box_text(table, program, axes, box)}"
        yield from _row_lines(table, layer, table.rows[row])


def _base_lines(table: Decompiled, number: int) -> Iterator[str]:
    """Yield the base of a layer, once for every different one that a program gives it."""
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for program in table.programs:
        for use in program.uses:
            if use.layer == number:
                seen.setdefault((use.base, use.tops_up), []).append(program.benefit)
    for (base, tops_up), benefits in seen.items():
        lifted = f", topping up {', '.join(tops_up)}" if tops_up else ""
        named = ", ".join(dict.fromkeys(benefits))
        yield f"  base in {named}: {' + '.join(base) or 'nothing'}{lifted}"


def _rule_lines(table: Decompiled, layer: LayerTable) -> Iterator[str]:
    windows = table.windows
    where = "inside" if layer.inside_first_band else "before"
    if layer.used or layer.visits or layer.inside_first_band:
        per = f"per {windows[layer.used]}, `{layer.used}`" if layer.used else "per visit"
        ordinal = f", by `{layer.visits}`" if layer.visits else ""
        yield f"  deductible {per}, {where} the first band{ordinal}"
    if layer.measured:
        yield f"  bands per {windows[layer.measured]}, `{layer.measured}`"
    if layer.ceilings and layer.hands_over != "cost":
        yield f"  hands over {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding by {layer.rounding}"


def _row_lines(table: Decompiled, layer: LayerTable, row: RowTable) -> Iterator[str]:
    if row.deductibles:
        yield f"    deductible {', '.join(map(yuan_text, row.deductibles))}"
    for band in row.bands:
        yield f"    {band_text(band)}"
    yield from _ceiling_lines(table, layer, row)


def _ceiling_lines(table: Decompiled, layer: LayerTable, row: RowTable) -> Iterator[str]:
    for ceiling, limit in zip(layer.ceilings, row.limits, strict=False):
        counter = ceiling.counter
        per = f"per {table.windows[counter]}, `{counter}`" if counter else "per visit"
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


def _rows(table: Decompiled, program: ProgramTable, position: int) -> Rows:
    """Return the row of the layer at `position` in every cell, on the axes that matter to it.

    Cells in which the whole program has no figure tell nothing about the layer.
    """
    known: dict[Cell, int | None] = {}
    for cell in _cells(table, program):
        chain = program.chains[sum(cell)]
        if chain is not None:
            known[cell] = dict(chain).get(position)
    axes = program.axes
    for axis in program.axes:
        narrower = _without(known, axes.index(axis))
        if narrower is not None:
            axes, known = tuple(one for one in axes if one != axis), narrower
    return axes, known


def _without(cells: dict[Cell, int | None], at: int) -> dict[Cell, int | None] | None:
    """Return the cells without their axis number `at`; None when that axis matters."""
    narrower: dict[Cell, int | None] = {}
    for cell, row in cells.items():
        if narrower.setdefault((*cell[:at], *cell[at + 1 :]), row) != row:
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
