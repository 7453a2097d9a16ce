"""References: cites name sources, benefits name layers, and nothing stands there for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.policy.checks.context import Checked, Version
from medsettle.policy.checks.dates import is_dated, overlap
from medsettle.policy.document import Benefit, Cite, Layer, Place
from medsettle.policy.errors import suggestion
from medsettle.policy.names import ITEM


def check_references(checked: Checked) -> None:
    """Report names that stand for nothing, and things that nothing names."""
    _check_cites(checked)
    _check_layer_names(checked)
    _check_unused_layers(checked)


def _check_cites(checked: Checked) -> None:
    sources, cited = checked.policy.sources, set()
    for cite, place in _all_cites(checked):
        cited.add(cite.source)
        if cite.source not in sources:
            hint = suggestion(cite.source, sources, what="the sources")
            hint = hint or f"register it at the head: `[source.{cite.source}]`"
            checked.report.add("P301", place, found=cite.source, suggestion=hint)
    for key in sources:
        if key not in cited:
            checked.report.add("P302", checked.at_head("source", key), found=key)


def _all_cites(checked: Checked) -> Iterator[tuple[Cite, Place]]:
    """Yield every cite with its place."""
    versions: list[Version] = [*checked.benefits(), *checked.layers(), *checked.indicators()]
    for version in versions:
        in_list = checked.is_list(version, "cite")
        for index, cite in enumerate(version.cite):
            steps: tuple[str | int, ...] = ("cite", index) if in_list else ("cite",)
            yield cite, checked.at(version, *steps)
    for layer in checked.layers():
        for index, adjust in enumerate(layer.adjust):
            if adjust.cite not in layer.cite:
                yield adjust.cite, checked.at(layer, "adjust", index, "cite")
        for number, ceiling in enumerate(layer.ceilings):
            for index, adjust in enumerate(ceiling.adjust):
                if adjust.cite not in layer.cite:
                    steps = ("ceilings", number, "adjust", index, "cite")
                    yield adjust.cite, checked.at(layer, *steps)
    for period in checked.policy.periods.values():
        for cite in period.cite:
            yield cite, checked.at_value("period", period.name, "cite")


def _check_layer_names(checked: Checked) -> None:
    """Report names of layers that the policy does not have."""
    for benefit in checked.benefits():
        for index, name in enumerate(benefit.layers):
            _check_layer_name(checked, benefit, ("layers", index), name)
    for layer in checked.layers():
        for index, name in enumerate(layer.tops_up):
            _check_layer_name(checked, layer, ("tops_up", index), name)
        for index, part in enumerate(layer.base):
            name, dot, _ = part.partition(".")
            if dot and name != ITEM:
                _check_layer_name(checked, layer, ("base", index), name)


def _check_layer_name(
    checked: Checked, version: Benefit | Layer, steps: tuple[str, int], name: str
) -> None:
    if name not in checked.policy.layers and not checked.is_inherited(version):
        hint = suggestion(name, checked.policy.layers, what="the layers")
        hint = hint or f"write its table: `[[layer.{name}]]`"
        place = checked.at(version, *steps)
        checked.report.add("P303", place, key=steps[0], found=name, suggestion=hint)


def _check_unused_layers(checked: Checked) -> None:
    if not checked.policy.benefits:
        return  # layers for others to inherit
    for layer in checked.layers():
        if checked.is_inherited(layer):
            continue
        listed = any(
            layer.name in benefit.layers and (overlap(layer, benefit) or not is_dated(benefit))
            for benefit in checked.benefits()
        )
        if not listed and is_dated(layer):
            checked.report.add("P304", layer.place, found=layer.name)
