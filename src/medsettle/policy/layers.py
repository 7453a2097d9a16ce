"""Layers of a policy: one version of one payer's turn, from its table."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from medsettle.policy.document import Adjust, Band, Ceiling, Cite, Deductible, Figure, Layer
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
    number,
)
from medsettle.policy.table import NAME, Reading, Table
from medsettle.vocabulary import (
    FOUR_AMOUNTS,
    FUNDS,
    HAND_OVERS,
    PROVENANCE,
    REMAINDERS,
    ROUNDINGS,
    WINDOWS,
)

#: The three parts of a layer at once, as in `inpatient_pooled.rest`.
REST: Final = "rest"

LAYER_KEYS: Final = (
    *("title", "fund", "from", "until", "cite", "provenance", "note", "base", "serves"),
    *("tops_up", "deductible", "bands_per", "measured", "bands", "adjust", "ceilings"),
    *("hands_over", "rounding"),
)
DEDUCTIBLE_KEYS: Final = ("per", "amount_yuan", "inside_first_band", "visits", "used")
BAND_KEYS: Final = ("upto_yuan", "share_pct")
CEILING_KEYS: Final = ("per", "pay_yuan", "cost_yuan", "used")

#: The keys of an adjustment: the change that each stands for, and its unit.
CHANGE_KEYS: Final[dict[str, tuple[str, Unit]]] = {
    "add_points_pct": ("add_points", POINTS),
    "fund_share_times": ("fund_share_times", FACTOR),
    "person_share_times": ("person_share_times", FACTOR),
    "at_least_pct": ("at_least", LIMIT_OF_SHARE),
    "at_most_pct": ("at_most", LIMIT_OF_SHARE),
    "deductible_times": ("deductible_times", FACTOR),
    "deductible_plus_yuan": ("deductible_plus", CHANGE_OF_AMOUNT),
}

_BANDS_EXAMPLE: Final = "bands = [{ share_pct = 85 }]"
_ADJUST_EXAMPLE: Final = 'adjust = [{ when = { status = "retired" }, person_share_times = 0.6 }]'
_CEILINGS_EXAMPLE: Final = 'ceilings = [{ per = "year", pay_yuan = 100_000 }]'


def read_layer(reading: Reading, name: str, index: int) -> Layer:
    """Return version number `index` of layer `name`, counted as they stand in the file."""
    table = Table(reading, ("layer", name, index), f"layer `{name}`", LAYER_KEYS)
    table.demand("cite", 'cite = "order158#第三十六条"')
    cite = table.cites()
    bands_per = table.choice("bands_per", WINDOWS, "visit")
    deductible = _deductible(table, name)
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
        deductible=deductible,
        bands=_bands(table),
        bands_per=bands_per,
        measured=_counter(table, "measured", f"{name}.measured", bands_per),
        adjust=tuple(_adjusts(table, cite)),
        ceilings=tuple(_ceilings(table, name)),
        hands_over=table.choice("hands_over", HAND_OVERS, "cost"),
        rounding=table.choice("rounding", ROUNDINGS, "layer"),
        note=table.text("note"),
        place=table.place,
        title=table.text("title"),
    )


def _base(table: Table) -> tuple[str, ...]:
    table.demand("base", 'base = ["in_scope"]')
    parts = table.names("base", 'base = ["in_scope"]')
    for index, part in enumerate(table.values["base"] if parts else ()):
        if isinstance(part, str) and not _is_part(part):
            layer, dot, kind = part.partition(".")
            if dot:
                near = suggestion(kind, [*REMAINDERS, REST], what="the parts of a layer")
                hint = near.replace("`", f"`{layer}.", 1) if near.startswith("did") else near
            else:
                hint = suggestion(part, [*FOUR_AMOUNTS, *REMAINDERS], what="the parts")
                if not hint.startswith("did"):
                    hint += ", and of a layer " + quoted(
                        f"LAYER.{kind}" for kind in [*REMAINDERS, REST]
                    )
            table.reading.mistake("P305", table.at("base", index), found=part, suggestion=hint)
    return parts


def _is_part(part: str) -> bool:
    layer, dot, kind = part.partition(".")
    if not dot:
        return part in FOUR_AMOUNTS or part in REMAINDERS
    return NAME.fullmatch(layer) is not None and (kind in REMAINDERS or kind == REST)


def _deductible(layer: Table, name: str) -> Deductible | None:
    if "deductible" not in layer:
        return None
    if not isinstance(layer.values["deductible"], dict):
        example = 'deductible = { per = "visit", amount_yuan = 1_300 }'
        layer.wrong_type("a table", example, "deductible")
        return None
    table = Table(layer.reading, layer.at("deductible"), "the deductible", DEDUCTIBLE_KEYS)
    per = table.choice("per", WINDOWS)
    visits = f"{name}.visits"
    if isinstance(table.values.get("amount_yuan"), list):
        visits = _counter(table, "visits", visits, None)
    elif "visits" in table:
        when = "when `amount_yuan` is a list by the visit's ordinal"
        table.reading.key_mistake("P118", table.at("visits"), key="visits", when=when)
    return Deductible(
        per=per,
        amounts=_amounts(table),
        inside_first_band=table.flag("inside_first_band"),
        visits=visits,
        used=_counter(table, "used", f"{name}.deductible", per),
        place=table.place,
    )


def _amounts(table: Table) -> tuple[Figure, ...]:
    """Return the amounts of a deductible by the visit's ordinal."""
    key = "amount_yuan"
    if not table.demand(key, f"{key} = 1_300"):
        return ()
    value = table.values[key]
    if not isinstance(value, list):
        return (figure(table.reading, table.at(key), AMOUNT),)
    if not value:
        table.reading.mistake("P115", table.at(key), key=key)
    return tuple(figure(table.reading, table.at(key, i), AMOUNT) for i in range(len(value)))


def _counter(table: Table, key: str, default: str, per: str | None) -> str:
    """Return a counter's name; `per` is its window, None for a counter of visits.

    The year-to-date tells whole visits from fen by the name (`.visits`), and worked examples put
    `_yuan` behind the name of a counter of fen; so names must keep out of each other's way.
    """
    if key not in table:
        return default
    name = table.text(key)
    if per == "visit":
        when = "when the window is not `visit`"
        table.reading.key_mistake("P118", table.at(key), key=key, when=when)
    parts = name.split(".")
    good = len(parts) <= 2 and all(NAME.fullmatch(part) for part in parts)
    if per is None:
        expected, good = "a name that ends in `.visits`", good and name.endswith(".visits")
    else:
        expected = "a name, or two with a dot, that does not end in `.visits` or `_yuan`"
        good = good and not name.endswith((".visits", "_yuan"))
    if name and not good:
        table.reading.mistake(
            "P312", table.at(key), key=key, expected=expected, found=name, example=default
        )
    return name


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


def _adjusts(layer: Table, cite: tuple[Cite, ...]) -> Iterator[Adjust]:
    for row in layer.rows(
        "adjust", "an adjustment", ("when", "cite", *CHANGE_KEYS), _ADJUST_EXAMPLE
    ):
        row.demand("when", 'when = { status = "retired" }')
        when = condition(row, "when")
        own = row.single_cite() or next(iter(cite), Cite(""))
        key = _only(row, list(CHANGE_KEYS))
        if key is None:
            continue
        change, unit = CHANGE_KEYS[key]
        value = number(row.reading, row.at(key), key, unit)
        yield Adjust(when, change, value, own, row.place)


def _ceilings(layer: Table, name: str) -> Iterator[Ceiling]:
    for row in layer.rows("ceilings", "a ceiling", CEILING_KEYS, _CEILINGS_EXAMPLE):
        per = row.choice("per", WINDOWS)
        key = _only(row, ["pay_yuan", "cost_yuan"])
        if key is None:
            continue
        on = key.removesuffix("_yuan")
        limit = figure(row.reading, row.at(key), AMOUNT)
        yield Ceiling(per, on, limit, _counter(row, "used", f"{name}.{on}", per), row.place)


def _only(row: Table, keys: list[str]) -> str | None:
    """Return the one of `keys` that the row has; report it when there is none or several."""
    present = [key for key in keys if key in row]
    if len(present) == 1:
        return present[0]
    found = quoted(present) or "none"
    place = row.reading.source.key_place(row.at(present[1])) if present else row.place
    row.reading.report.add("P117", place, where=row.what, options=quoted(keys), found=found)
    return None
