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
    RowTable,
    SpanTable,
    decompile,
)
from medsettle.compile.image import NO_FIGURE_CELL, NOT_SERVED_CELL, LayerMeta, Meta
from medsettle.money import PPM, percent_text, yuan_text

#: The values of a group of cells: for every axis the ones it spans; None: not stated.
Box = tuple[tuple[str | None, ...], ...]


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
    return [*lines, ""]


def _layer_lines(table: Decompiled, number: int, layer: LayerTable) -> list[str]:
    meta = layer.meta
    until = f" until {meta.until}" if meta.until else ""
    lines = [
        f"layer {meta.name}  from {meta.from_}{until}",
        f"  fund {meta.fund}, {meta.provenance}",
        f"  clauses: {'; '.join(clause_text(table.meta, cite) for cite in meta.cite)}",
        *(f"  {change}: {clause_text(table.meta, cite)}" for change, cite in meta.adjust_cites),
        *_base_lines(table, number),
        *_rule_lines(table, layer),
    ]
    for index, boxes in _row_boxes(table, layer):
        lines += [f"  {_box_text(table, layer, box)}" for box in boxes]
        lines += _row_lines(table, layer, index)
    return lines


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
    if any(table.rows[i].deductibles for i in layer.cells if i < NOT_SERVED_CELL):
        where = "inside" if layer.inside_first_band else "before"
        per = f"per {windows[layer.used]}, `{layer.used}`" if layer.used else "per visit"
        ordinal = f", by `{layer.visits}`" if layer.visits else ""
        yield f"  deductible {per}, {where} the first band{ordinal}"
    if layer.measured:
        yield f"  bands per {windows[layer.measured]}, `{layer.measured}`"
    if layer.ceilings and layer.hands_over != "cost":
        yield f"  hands over {layer.hands_over}"
    if layer.rounding != "layer":
        yield f"  rounding by {layer.rounding}"


def _row_lines(table: Decompiled, layer: LayerTable, index: int) -> list[str]:
    if index == NO_FIGURE_CELL:
        return ["    no figure: a claim is refused"]
    row = table.rows[index]
    lines = [f"    {band_text(band)}" for band in row.bands]
    if row.deductibles:
        lines.insert(0, f"    deductible {', '.join(map(yuan_text, row.deductibles))}")
    return lines + list(_ceiling_lines(table, layer, row))


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


def clauses_text(meta: Meta, layer: LayerMeta) -> str:
    """Return all clauses of a layer, a document named once: `北京市人民政府令第158号 第三十二条、…`."""
    documents: dict[str, list[str]] = {}
    for cite in layer.cite:
        key, _, clause = cite.partition("#")
        documents.setdefault(key, []).extend([clause] if clause else [])
    return "；".join(
        f"{clause_text(meta, key)} {'、'.join(clauses)}".strip()
        for key, clauses in documents.items()
    )


def _row_boxes(table: Decompiled, layer: LayerTable) -> Iterator[tuple[int, list[Box]]]:
    """Yield every row number of a layer with the cells it stands for, as few boxes as is easy."""
    values = [table.axis_values(axis) for axis in layer.axes]
    cells: dict[int, list[tuple[str | None, ...]]] = {}
    for cell, number in zip(itertools.product(*values), layer.cells, strict=True):
        if number != NOT_SERVED_CELL:
            cells.setdefault(number, []).append(cell)
    for number in sorted(cells):
        yield number, _boxes(cells[number])


def _boxes(cells: list[tuple[str | None, ...]]) -> list[Box]:
    """Return boxes that together hold exactly `cells`."""
    if not cells[0]:
        return [()]
    tails: dict[str | None, list[tuple[str | None, ...]]] = {}
    for head, *tail in cells:
        tails.setdefault(head, []).append(tuple(tail))
    heads: dict[tuple[tuple[str | None, ...], ...], list[str | None]] = {}
    for value, tail_cells in tails.items():
        heads.setdefault(tuple(tail_cells), []).append(value)
    return [
        (tuple(values), *box)
        for tail_cells, values in heads.items()
        for box in _boxes(list(tail_cells))
    ]


def _box_text(table: Decompiled, layer: LayerTable, box: Box) -> str:
    named = [
        f"{axis} {', '.join(value or 'unstated' for value in values)}"
        for axis, values in zip(layer.axes, box, strict=True)
        if len(values) < len(table.axis_values(axis))
    ]
    return f"[{'; '.join(named) or 'everyone'}]"
