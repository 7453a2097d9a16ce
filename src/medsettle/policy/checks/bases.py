"""Bases: what a layer takes is left by something before it, and taken once.

Whether a part can hold anything is found by running every benefit with sets of parts in place of
amounts: for each stretch of days and each group of persons that `serves` conditions tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from medsettle.policy.cell import holds
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.dates import is_dated, overlap
from medsettle.policy.document import Benefit, Layer, Policy
from medsettle.policy.names import EVERYTHING, ITEM, REST
from medsettle.policy.resolve import in_force
from medsettle.vocabulary import FOUR_AMOUNTS, REMAINDERS


def check_bases(checked: Checked) -> None:
    """Report bases and `tops_up` that name something twice, too late, or always empty."""
    for layer in checked.layers():
        _check_twice(checked, layer)
        _check_order(checked, layer)
    _check_empty(checked)


def atoms(part: str, layers: Iterable[str], items: Iterable[str] = ()) -> list[str]:
    """Return the single parts that a name in a base stands for, given the layers before.

    `items` are the item groups that the policy splits off, as parts.
    """
    name, dot, kind = part.partition(".")
    if dot:
        return [f"{name}.{each}" for each in REMAINDERS] if kind == REST else [part]
    if part == "in_scope":
        return [part, *items]
    if part in REMAINDERS:
        return [f"{layer}.{part}" for layer in layers]
    if part not in (REST, EVERYTHING):
        return [part]
    left = [f"{layer}.{each}" for layer in layers for each in REMAINDERS]
    return left if part == REST else [*FOUR_AMOUNTS, *items, *left]


def item_parts(policy: Policy) -> list[str]:
    """Return the item groups that some base names, as parts: `item.GROUP`."""
    named = {
        part: None
        for versions in policy.layers.values()
        for layer in versions
        for part in layer.base
        if part.startswith(f"{ITEM}.")
    }
    return list(named)


def _check_twice(checked: Checked, layer: Layer) -> None:
    named: dict[str, str] = {}
    items = item_parts(checked.policy)
    for index, part in enumerate(layer.base):
        for atom in atoms(part, checked.policy.layers, items):
            if atom in named:
                fields = {"part": atom, "first": named[atom], "second": part}
                checked.report.add("P307", checked.at(layer, "base", index), fields)
                break
            named[atom] = part


def _check_order(checked: Checked, layer: Layer) -> None:
    """Report layers named in `base` or `tops_up` that never run before this one."""
    earlier = _earlier(checked, layer)
    if earlier is None or checked.is_inherited(layer):
        return
    for index, part in enumerate(layer.base):
        name, dot, _ = part.partition(".")
        if dot and name in checked.policy.layers and name not in earlier:
            place = checked.at(layer, "base", index)
            checked.report.add("P306", place, found=part, layer=layer.name)
    for index, name in enumerate(layer.tops_up):
        if name in checked.policy.layers and name not in earlier:
            place = checked.at(layer, "tops_up", index)
            checked.report.add("P308", place, found=name, layer=layer.name)


def _earlier(checked: Checked, layer: Layer) -> set[str] | None:
    """Return the layers that some benefit runs before this version; None if none runs it."""
    found: set[str] | None = None
    for benefit in checked.benefits():
        if layer.name in benefit.layers and overlap(benefit, layer):
            before = benefit.layers[: benefit.layers.index(layer.name)]
            found = {*(found or ()), *before}
    return found


def _check_empty(checked: Checked) -> None:
    """Report bases, and parts of a base, that hold nothing in any benefit, for anybody."""
    items = item_parts(checked.policy)
    filled: dict[int, set[str]] = {}  # by id of the version: the parts of its base that may hold
    for benefit in checked.benefits():
        for run in runs(checked, benefit):
            for layer in run:
                filled.setdefault(id(layer), set())
            servings = _servings(checked, run)
            if servings is None:  # too many to look at: any part may hold something
                for layer in run:
                    filled[id(layer)].update(_named_atoms(layer, items))
            for serving in servings or ():
                _run(benefit, serving, filled, items)
    misplaced = _misplaced(checked)
    for layer in checked.layers():
        held = filled.get(id(layer))
        if held is None or checked.is_inherited(layer):  # never runs, which is told elsewhere
            continue
        if not held:
            if layer.name not in misplaced:
                checked.report.add("P510", checked.at(layer, "base"), layer=layer.name)
            continue
        _check_parts(checked, layer, held, misplaced)


def _check_parts(checked: Checked, layer: Layer, held: set[str], misplaced: set[str]) -> None:
    """Report the parts in a base that never hold anything; `held` may."""
    earlier = _earlier(checked, layer) or set()
    for index, part in enumerate(layer.base):
        name, dot, _ = part.partition(".")
        if dot and name != ITEM and (name not in earlier or name in misplaced):
            continue  # told as P303 or P306
        if part in (*REMAINDERS, REST, EVERYTHING):
            continue  # "whatever is left" is no claim that there is something
        if held.isdisjoint(atoms(part, ())):
            fields = {"found": part, "layer": layer.name, "reason": _why(checked, part)}
            checked.report.add("P511", checked.at(layer, "base", index), fields)


def _misplaced(checked: Checked) -> set[str]:
    """Return the layers with a P303 or P306 in their base, and those that live on such."""
    found: set[str] = set()
    while more := {
        layer.name
        for layer in checked.layers()
        if layer.name not in found
        for name, dot, _ in (part.partition(".") for part in layer.base)
        if dot and name != ITEM
        if name in found or name not in (_earlier(checked, layer) or ())
    }:
        found |= more
    return found


def runs(checked: Checked, benefit: Benefit) -> Iterator[Sequence[Layer]]:
    """Yield, for each stretch of the benefit's days, the versions of its layers that run."""
    if not is_dated(benefit):
        return
    dated = {name: checked.policy.layers.get(name, ()) for name in benefit.layers}
    days = {benefit.from_}
    days.update(version.from_ for versions in dated.values() for version in versions)
    for day in sorted(days):
        if in_force([benefit], day):
            found = (in_force(versions, day) for versions in dated.values())
            yield [version for version in found if version is not None]


def _servings(checked: Checked, run: Sequence[Layer]) -> list[Sequence[Layer]] | None:
    """Return each selection of the layers that serves somebody; None if there are too many."""
    cells = list(checked.cells([], [layer.serves for layer in run]))
    if not checked.are_all(cells):
        return None
    servings = {tuple(holds(layer.serves, cell) for layer in run): None for cell in cells}
    return [
        [layer for layer, serves in zip(run, serving, strict=True) if serves]
        for serving in servings
    ]


def _named_atoms(layer: Layer, items: Sequence[str]) -> Iterator[str]:
    """Yield the parts that the names of a base stand for, whatever runs before."""
    for part in layer.base:
        yield from (part, *atoms(part, (), items))


def _run(
    benefit: Benefit,
    run: Sequence[Layer],
    filled: dict[int, set[str]],
    items: Sequence[str],
) -> None:
    """Run the layers that serve somebody; add to `filled` what each finds in its base."""
    holding = {*FOUR_AMOUNTS, *items}
    before: list[str] = []
    for layer in run:
        found = filled[id(layer)]
        named = (atom for part in layer.base for atom in atoms(part, before, items))
        taken = holding.intersection(named)
        found |= taken
        holding -= taken
        if taken:
            holding.update(f"{layer.name}.{kind}" for kind in _leaves(benefit, layer))
        before.append(layer.name)


def _leaves(benefit: Benefit, layer: Layer) -> Iterator[str]:
    """Yield the parts in which a layer may leave something."""
    if layer.first_share is not None:
        yield "first_share"
    if layer.deductible is not None:
        yield "deductible"
    if layer.ceilings:
        yield "over_ceiling"
    full = all(band.share == 1 for band in layer.bands)
    if layer.adjust or layer.tops_up or benefit.all_funds_at_most != 1 or not full:
        yield "copay"


def _why(checked: Checked, part: str) -> str:
    name, _, kind = part.partition(".")
    versions = checked.policy.layers.get(name, ())
    if name == ITEM:
        return "layers before take it"
    if kind == "deductible" and not any(layer.deductible for layer in versions):
        return f"layer `{name}` has no deductible"
    if kind == "first_share" and not any(layer.first_share is not None for layer in versions):
        return f"layer `{name}` has no first share"
    if kind == "over_ceiling" and not any(layer.ceilings for layer in versions):
        return f"layer `{name}` has no ceiling"
    return "layers before take it, or nothing is left there"
