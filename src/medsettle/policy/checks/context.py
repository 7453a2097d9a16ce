"""The policy under check, and where its words stand in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from medsettle.policy.cell import Cell
from medsettle.policy.checks.cells import CELLS_MAX, all_cells
from medsettle.policy.document import Benefit, Figure, Indicator, Layer, Place, Policy, When
from medsettle.policy.errors import Report
from medsettle.policy.positions import Path
from medsettle.policy.resolve import NoIndicator, has_multiples, on_day
from medsettle.policy.source import SourceText

Version = Benefit | Layer | Indicator

#: Of more cells than this in all checks together the rest are left to the compiler; a real policy
#: has some thousands.
CELLS_IN_ALL = 100_000
#: Of more sets of indicators than this in all layers together, likewise.
RESOLVED_IN_ALL = 2_000


class Checked:
    """A policy, the text it was read from if known, and the mistakes found so far."""

    def __init__(self, policy: Policy, source: SourceText | None) -> None:
        self.policy = policy
        self.report = Report(policy.file, source.lines if source else ())
        self.report.others = source.others if source else {}
        self._source = source
        self._resolved: dict[int, list[Layer]] = {}
        self._resolved_left = RESOLVED_IN_ALL
        self._cells_left = CELLS_IN_ALL
        self._paths = dict(_version_paths(source)) if source else {}

    def benefits(self) -> Iterator[Benefit]:
        """Yield every version of every benefit."""
        for versions in self.policy.benefits.values():
            yield from versions

    def layers(self) -> Iterator[Layer]:
        """Yield every version of every layer."""
        for versions in self.policy.layers.values():
            yield from versions

    def indicators(self) -> Iterator[Indicator]:
        """Yield every version of every indicator."""
        for versions in self.policy.indicators.values():
            yield from versions

    def is_inherited(self, version: Version) -> bool:
        """Tell whether a version is written in another policy, from which this one inherits."""
        return version.place.file != self.policy.file

    def resolved(self, layer: Layer) -> list[Layer]:
        """Return the version in plain numbers, once for each set of indicators in its days.

        Nothing where an indicator is missing or a multiple is no whole fen: that is told elsewhere.
        """
        if not has_multiples(layer):
            return [layer]
        if id(layer) not in self._resolved:
            days = {layer.from_, *(each.from_ for each in self.indicators())}
            until = layer.until
            inside = sorted(d for d in days if d >= layer.from_ and (until is None or d < until))
            found = []
            for day in inside[: self._resolved_left]:
                self._resolved_left -= 1
                try:
                    found.append(on_day(layer, self.policy, day))
                except NoIndicator:
                    continue
            self._resolved[id(layer)] = found
        return self._resolved[id(layer)]

    def cells(
        self, figures: Iterable[Figure], whens: Iterable[When], serves: When | None = None
    ) -> Iterator[Cell]:
        """Yield what `all_cells` does, until there were too many in all checks together."""
        for cell in all_cells(self.policy, figures, whens, serves):
            if self._cells_left <= 0:
                return
            self._cells_left -= 1
            yield cell

    def are_all(self, cells: Sequence[Cell]) -> bool:
        """Tell whether `cells`, just looked at, are no mere part of all there are."""
        return len(cells) < CELLS_MAX and self._cells_left > 0

    def at(self, version: Version, *steps: str | int) -> Place:
        """Return the place of the value at `steps` below a version, or of the version."""
        path = self._paths.get(version.place)
        if self._source is None or path is None:
            return version.place
        return self._source.value_place((*path, *steps))

    def at_key(self, version: Version, *steps: str | int) -> Place:
        """Return the place of the key at `steps` below a version, or of the version."""
        path = self._paths.get(version.place)
        if self._source is None or path is None:
            return version.place
        return self._source.key_place((*path, *steps))

    def at_head(self, *path: str | int) -> Place:
        """Return the place of a key of the head."""
        if self._source is None:
            return Place(self.policy.file, 1, 1)
        return self._source.key_place(path)

    def at_value(self, *path: str | int) -> Place:
        """Return the place of a value of the head."""
        if self._source is None:
            return Place(self.policy.file, 1, 1)
        return self._source.value_place(path)

    def is_list(self, version: Version, *steps: str | int) -> bool:
        """Tell whether a list stands at `steps` below a version."""
        path = self._paths.get(version.place)
        if self._source is None or path is None:
            return False
        try:
            return isinstance(self._source.value_at((*path, *steps)), list)
        except (KeyError, IndexError):
            return False


def _version_paths(source: SourceText) -> Iterator[tuple[Place, Path]]:
    for kind in ("benefit", "layer", "indicator"):
        for name, versions in source.data.get(kind, {}).items():
            for index in range(len(versions)):
                path = (kind, name, index)
                yield source.value_place(path), path
