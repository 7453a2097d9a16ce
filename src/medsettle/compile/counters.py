"""The counters of a table: their numbers, their windows, and what starts them again."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from medsettle import capacity
from medsettle.compile.errors import CompileError
from medsettle.compile.layout import EPISODE, EPISODE_WINDOW, NONE
from medsettle.compile.program import layer_counters, windows_of
from medsettle.policy.document import Layer, Place, Policy

#: The kernel's number of each window of the calendar; a stay in a year turns with the year too.
_CALENDAR: Final = {
    "day": 1, "month": 2, "quarter": 3, "year": 4, "lifetime": 5, "stay_in_year": 4,
}  # fmt: skip
_STAYS: Final = ("stay", "stay_in_year")


class _Episode(NamedTuple):
    """Counters that start again together, by name without value: a stay's, or a period's."""

    names: frozenset[str]
    start: str  # "" for a stay
    days: int
    within_stay: bool


_Episodes = tuple[_Episode, ...]


class Counters:
    """Numbers the counters of a policy in the order in which the table first needs them."""

    def __init__(self, policy: Policy) -> None:
        """Start with the counters that are not kept apart, as the policy mentions them."""
        self.policy = policy
        self.window = windows_of(policy)  # of the names without values
        self._episodes: list[_Episodes] = []
        self._index: dict[str, int] = {}
        apart = {
            name
            for versions in policy.layers.values()
            for layer in versions
            for name, _, each in layer_counters(layer)
            if each
        }
        for name in self.window:
            if name not in apart:
                self.index(name, Place(policy.file, 1, 1))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the counters in order."""
        return tuple(self._index)

    def index(self, name: str, place: Place) -> int:
        """Return the number of a counter, or NONE for ""; `place` is who asks."""
        if not name:
            return NONE
        if name.partition("@")[0] not in self.window:
            raise CompileError(f"nothing counts `{name}`", place)
        number = self._index.setdefault(name, len(self._index))
        if number >= capacity.COUNTERS:
            raise CompileError(f"more than {capacity.COUNTERS} counters", place)
        return number

    def windows(self) -> dict[str, str]:
        """Return the window of every counter, by name."""
        return {name: self.window[name.partition("@")[0]] for name in self._index}

    def window_codes(self) -> bytes:
        """Return the kernel's window of every counter, in order."""
        return bytes(_CALENDAR.get(window, EPISODE_WINDOW) for window in self.windows().values())

    def put_episodes(self, layers: list[Layer], place: Place) -> tuple[int, int]:
        """Note the stays and periods that `layers` count by; return the first, and how many."""
        mine = {name: window for layer in layers for name, window, _ in layer_counters(layer)}
        stays = frozenset(name for name, window in mine.items() if window in _STAYS)
        found = [_Episode(stays, "", 0, False)] if stays else []
        for name, period in self.policy.periods.items():
            if name in mine.values():
                counted = {counter for counter, window in self.window.items() if window == name}
                mine_too = frozenset(counted - {period.start})
                found.append(_Episode(mine_too, period.start, period.days, period.within_stay))
        if len(found) > capacity.EPISODES:
            raise CompileError(f"more than {capacity.EPISODES} stays and periods", place)
        group = tuple(found)
        if group not in self._episodes:
            self._episodes.append(group)
        before = self._episodes[: self._episodes.index(group)]
        return sum(map(len, before)), len(group)

    def sections(self) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
        """Return the sections of episodes and of what they reset, when all counters are known."""
        resets: list[int] = []
        packed = []
        for episode in (one for group in self._episodes for one in group):
            mine = [
                at for name, at in self._index.items() if name.partition("@")[0] in episode.names
            ]
            start = self._index[episode.start] if episode.start else NONE
            packed.append(
                EPISODE.pack(len(resets), len(mine), start, episode.days, episode.within_stay)
            )
            resets += mine
        return (
            (b"".join(packed), len(packed)),
            (struct.pack(f"<{len(resets)}H", *resets), len(resets)),
        )
