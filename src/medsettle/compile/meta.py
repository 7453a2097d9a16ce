"""The names behind the numbers of an image: layers, funds, counters, clauses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec

from medsettle.money import percent_text, yuan_text
from medsettle.policy.document import CHANGES, Adjust, Cite, Figure, Layer, Policy, Switch


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
    windows: dict[str, str]  # of every counter
    values: dict[str, dict[str, str]]  # own values by axis, or "item": name -> Chinese title
    bands: dict[str, dict[str, int]]  # by axis: band -> lowest number; `bill_size`: fen it is above
    items: tuple[str, ...]  # item groups that the table splits off, in the kernel's order
    best_of: dict[str, tuple[str, ...]]
    rule_by: str
    year_starts: int
    periods: dict[str, int]  # days by name
    sources: dict[str, dict[str, str]]
    layers: tuple[LayerMeta, ...]
    programs: tuple[str, ...]  # benefit of each


def _cite_text(cite: Cite) -> str:
    return f"{cite.source}#{cite.clause}" if cite.clause else str(cite.source)


def layer_meta(policy: Policy, layer: Layer) -> LayerMeta:
    """Return what an image tells of a layer."""
    return LayerMeta(
        name=layer.name,
        title=layer.title,
        fund=layer.fund,
        from_=layer.from_.isoformat(),
        until=None if layer.until is None else layer.until.isoformat(),
        cite=tuple(_cite_text(cite) for cite in layer.cite),
        provenance=layer.provenance,
        adjusts=tuple(one for adjust in layer.adjust for one in _adjust_metas(policy, adjust)),
        note=layer.note,
    )


def _adjust_metas(policy: Policy, adjust: Adjust) -> Iterator[AdjustMeta]:
    """Yield an adjustment once for each number that its figure may have."""
    for axes, value in _numbers(policy, adjust.value, dict(adjust.when.axes)):
        yield AdjustMeta(
            when={axis: tuple(sorted(named)) for axis, named in sorted(axes.items())},
            change=adjust.change,
            value=_value_text(value, CHANGES[adjust.change]),
            cite=_cite_text(adjust.cite),
        )


def _numbers(
    policy: Policy, figure: Figure, axes: dict[str, frozenset[str]]
) -> Iterator[tuple[dict[str, frozenset[str]], Fraction]]:
    """Yield each number of a plain figure with the axis values that lead to it."""
    if isinstance(figure, Fraction):
        yield axes, figure
    elif isinstance(figure, Switch):
        known = axes.get(figure.axis, frozenset(policy.axis_values(figure.axis)))
        cases = [(frozenset([value]), case) for value, case in figure.cases.items()]
        if figure.other is not None:
            cases.append((known - figure.cases.keys(), figure.other))
        for values, case in cases:
            if values & known:
                yield from _numbers(policy, case, {**axes, figure.axis: values & known})


def _value_text(value: Fraction, unit: str) -> str:
    if unit == "fen":
        return yuan_text(int(value))
    return percent_text(value if unit == "share" else value / 100)
