"""The names behind the numbers of an image: layers, funds, counters, clauses."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from medsettle.money import percent_text, yuan_text
from medsettle.policy.document import CHANGES, Adjust, Cite, Layer


class AdjustMeta(msgspec.Struct, frozen=True):
    """One adjustment of a layer: for whom, what it changes, by how much, and the clause."""

    when: dict[str, tuple[str, ...]]  # the values by axis; empty: everybody
    change: str
    value: str  # a factor such as "0.6", percent such as "5", or yuan such as "300.00"
    cite: str

    def concerns(self, values: Mapping[str, str | None]) -> bool:
        """Tell whether the condition holds for a claim with these values, by axis."""
        return all(values[axis] in named for axis, named in self.when.items())


class LayerMeta(msgspec.Struct, frozen=True):
    """What an explanation says about a layer of the image."""

    name: str
    title: str  # in Chinese; "": none
    fund: str
    from_: str
    until: str | None
    cite: tuple[str, ...]  # "source#clause"
    provenance: str
    adjusts: tuple[AdjustMeta, ...]
    note: str


class Meta(msgspec.Struct, frozen=True):
    """The names behind the numbers of an image."""

    region: str
    scheme: str
    title: str
    funds: tuple[str, ...]
    counters: tuple[str, ...]
    age_bands: dict[str, int]
    sources: dict[str, dict[str, str]]
    layers: tuple[LayerMeta, ...]
    programs: tuple[str, ...]  # benefit of each


def _cite_text(cite: Cite) -> str:
    return f"{cite.source}#{cite.clause}" if cite.clause else str(cite.source)


def layer_meta(layer: Layer) -> LayerMeta:
    """Return what an image tells of a layer."""
    return LayerMeta(
        name=layer.name,
        title=layer.title,
        fund=layer.fund,
        from_=layer.from_.isoformat(),
        until=None if layer.until is None else layer.until.isoformat(),
        cite=tuple(_cite_text(cite) for cite in layer.cite),
        provenance=layer.provenance,
        adjusts=tuple(map(_adjust_meta, layer.adjust)),
        note=layer.note,
    )


def _adjust_meta(adjust: Adjust) -> AdjustMeta:
    return AdjustMeta(
        when={axis: tuple(sorted(named)) for axis, named in sorted(adjust.when.axes.items())},
        change=adjust.change,
        value=_value_text(adjust.value, CHANGES[adjust.change]),
        cite=_cite_text(adjust.cite),
    )


def _value_text(value: Fraction, unit: str) -> str:
    if unit == "fen":
        return yuan_text(int(value))
    return percent_text(value if unit == "share" else value / 100)
