"""Where each claim that stands is, by its id: beside the state, made again when in doubt."""

from __future__ import annotations

from medsettle.ledger.change import Change
from medsettle.ledger.edits import Places
from medsettle.ledger.state import Key, State


class Index:
    """The places of the claims of one state, moved on with it."""

    __slots__ = ("_known", "_places")

    def __init__(self) -> None:
        self._known: State | None = None
        self._places: dict[str, Key] = {}

    def of(self, state: State) -> Places:
        """Return the places of a state's claims."""
        if self._known is not state:
            self._places = {entry.id: entry.key for entry in state.entries if entry.id is not None}
            self._known = state
        return self._places

    def move(self, before: State, after: State, change: Change) -> None:
        """Follow a ledger to its next state; a claim behind all others is the usual one."""
        if self._known is not before or after.entries.size != before.entries.size + 1:
            return
        last = after.entries[after.entries.size - 1]
        self._known = None  # until it is right again
        if last.id is not None and last.settlement is change.settlement:
            self._places[last.id] = last.key
            self._known = after
