"""Layers of a policy: one version of one payer's turn, from its table."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from medsettle.policy.ceilings import read_adjusts, read_ceilings
from medsettle.policy.counting import counter, each, window
from medsettle.policy.deductibles import read_deductible
from medsettle.policy.document import Band, Figure, Layer
from medsettle.policy.errors import quoted, suggestion
from medsettle.policy.figures import (
    AMOUNT,
    BOUND,
    CHANGE_OF_AMOUNT,
    FACTOR,
    LIMIT_OF_SHARE,
    POINTS,
    SHARE,
    Unit,
    condition,
    figure,
)
from medsettle.policy.names import EVERYTHING, ITEM, REST
from medsettle.policy.table import NAME, Reading, Table
from medsettle.vocabulary import FOUR_AMOUNTS, FUNDS, HAND_OVERS, PROVENANCE, REMAINDERS, ROUNDINGS

LAYER_KEYS: Final = (
    *("title", "fund", "from", "until", "amends", "cite", "provenance", "note", "base", "serves"),
    *("tops_up", "first_share_pct", "deductible", "bands_per", "measured", "measured_each"),
    *("bands", "adjust", "ceilings", "hands_over", "rounding"),
)
BAND_KEYS: Final = ("upto_yuan", "share_pct")

#: The keys of an adjustment: the change that each stands for, and its unit.
CHANGE_KEYS: Final[dict[str, tuple[str, Unit]]] = {
    "add_points_pct": ("add_points", POINTS),
    "fund_share_times": ("fund_share_times", FACTOR),
    "person_share_times": ("person_share_times", FACTOR),
    "at_least_pct": ("at_least", LIMIT_OF_SHARE),
    "at_most_pct": ("at_most", LIMIT_OF_SHARE),
    "deductible_times": ("deductible_times", FACTOR),
    "deductible_plus_yuan": ("deductible_plus", CHANGE_OF_AMOUNT),
    "deductible_at_least_yuan": ("deductible_at_least", AMOUNT),
    "deductible_at_most_yuan": ("deductible_at_most", AMOUNT),
}

#: What a base may name without a dot.
_PLAIN: Final = (*FOUR_AMOUNTS, *REMAINDERS, REST, EVERYTHING)
_BANDS_EXAMPLE: Final = "bands = [{ share_pct = 85 }]"
_ADJUST_EXAMPLE: Final = 'adjust = [{ when = { status = "retired" }, person_share_times = 0.6 }]'


def read_layer(reading: Reading, name: str, index: int) -> Layer:
    """Return version number `index` of layer `name`, counted as they stand in the file."""
    table = Table(reading, ("layer", name, index), f"layer `{name}`", LAYER_KEYS)
    table.demand("cite", 'cite = "order158#第三十六条"')
    table.date("amends")
    cite = table.cites()
    bands_per = window(table, "bands_per", "visit")
    if bands_per == "visit":
        table.idle("measured_each", "when the window is not `visit`")
    return Layer(
        name=name,
        fund=table.choice("fund", FUNDS),
        from_=table.needed_date("from"),
        until=table.date("until"),
        cite=cite,
        provenance=table.choice("provenance", PROVENANCE),
        base=_base(table),
        serves=condition(table, "serves"),
        tops_up=table.names("tops_up", 'tops_up = ["inpatient_pooled"]'),
        first_share=_first_share(table),
        deductible=read_deductible(table, name),
        bands=_bands(table),
        bands_per=bands_per,
        measured=counter(table, "measured", f"{name}.measured", bands_per),
        measured_each=each(table, "measured_each"),
        adjust=tuple(read_adjusts(table, cite, CHANGE_KEYS, _ADJUST_EXAMPLE)),
        ceilings=tuple(read_ceilings(table, name, cite)),
        hands_over=table.choice("hands_over", HAND_OVERS, "cost"),
        rounding=table.choice("rounding", ROUNDINGS, "layer"),
        note=table.text("note"),
        place=table.place,
        title=table.text("title"),
    )


def _first_share(table: Table) -> Figure | None:
    key = "first_share_pct"
    return figure(table.reading, table.at(key), SHARE) if key in table else None


def _base(table: Table) -> tuple[str, ...]:
    table.demand("base", 'base = ["in_scope"]')
    parts = table.names("base", 'base = ["in_scope"]')
    items = table.reading.names.items()
    for index, part in enumerate(table.values["base"] if parts else ()):
        if isinstance(part, str) and not _is_part(part, items):
            hint = _part_hint(part, items)
            table.reading.mistake("P305", table.at("base", index), found=part, suggestion=hint)
    return parts


def _is_part(part: str, items: tuple[str, ...]) -> bool:
    layer, dot, kind = part.partition(".")
    if not dot:
        return part in _PLAIN
    if layer == ITEM:
        return kind in items
    return NAME.fullmatch(layer) is not None and (kind in REMAINDERS or kind == REST)


def _part_hint(part: str, items: tuple[str, ...]) -> str:
    """Return what to write instead of a name in a base that is no part."""
    layer, dot, kind = part.partition(".")
    if dot:
        known = items if layer == ITEM else (*REMAINDERS, REST)
        what = "the item groups" if layer == ITEM else "the parts of a layer"
        near = suggestion(kind, known, what=what)
        return near.replace("`", f"`{layer}.", 1) if near.startswith("did") else near
    hint = suggestion(part, _PLAIN, what="the parts")
    if part in items:
        return f"did you mean `{ITEM}.{part}`?"
    if not hint.startswith("did"):
        of_layer = (f"LAYER.{kind}" for kind in [*REMAINDERS, REST])
        hint += f", `item.GROUP`, and of a layer {quoted(of_layer)}"
    return hint


def _bands(layer: Table) -> tuple[Band, ...]:
    layer.demand("bands", _BANDS_EXAMPLE)
    rows = list(layer.rows("bands", "a band", BAND_KEYS, _BANDS_EXAMPLE))
    bands = []
    for row in rows:
        is_last, upto = row is rows[-1], None
        if "upto_yuan" in row:
            upto = figure(row.reading, row.at("upto_yuan"), BOUND)
            if is_last:
                row.reading.mistake("P218", row.at("upto_yuan"))
        elif not is_last:
            row.reading.report.add("P217", row.place)
        share: Figure = Fraction(0)
        if row.demand("share_pct", "share_pct = 85"):
            share = figure(row.reading, row.at("share_pct"), SHARE)
        bands.append(Band(upto, share, row.place))
    return tuple(bands)
