"""A list that only grows, as a value: the old one stays what it was, and the two share memory.

A ledger's state is then one immutable object, exchanged in a single assignment, although adding a
claim to a year of thousands copies none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """The first `size` elements of a list that may have grown since.

    Not for two threads at once: values that share their memory belong to one ledger, whose lock
    guards them; `apart` makes one that shares nothing.
    """

    __slots__ = ("_list", "size")

    def __init__(self, elements: Iterable[T] = ()) -> None:
        self._list = list(elements)
        self.size = len(self._list)

    def plus(self, more: list[T]) -> Shared[T]:
        """Return this and `more` behind it."""
        if not more:
            return self
        # Where the list has grown on from here already, that is another future: leave it alone.
        known = self._list if len(self._list) == self.size else self._list[: self.size]
        longer: Shared[T] = Shared.__new__(Shared)
        longer._list = known
        longer.size = self.size + len(more)
        known.extend(more)
        return longer

    def apart(self) -> Shared[T]:
        """Return an equal one that shares no memory with this one."""
        return Shared(self._list[: self.size])

    def upto(self, end: int) -> list[T]:
        """Return a copy of the elements before `end`."""
        return self._list[: min(end, self.size)]

    def since(self, begin: int) -> list[T]:
        """Return a copy of the elements from `begin` on."""
        return self._list[begin : self.size]

    def __getitem__(self, at: int) -> T:
        if not 0 <= at < self.size:
            raise IndexError(at)
        return self._list[at]

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[T]:
        return iter(self._list[: self.size])
