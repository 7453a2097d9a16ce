"""A block of rows on its way from a source to the comparison, and what a source is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from medsettle.reconcile.texts import Array, Texts

#: Called with how much of a source has been read, from 0 to 1.
Progress = Callable[[float], None]


class Block(NamedTuple):
    """Rows as columns by header: text, or whole fen in int64.

    `odd` are the rows that could not be split into cells, with what is wrong with each.
    """

    rows: Array  # numbers of the rows, from 1
    columns: dict[str, Texts | Array]
    odd: list[tuple[int, str]]


class Source(Protocol):
    """One side, which can be read several times."""

    where: str  # the file, or which argument
    header: tuple[str, ...]

    def size(self) -> int:
        """Return about how many rows there are."""

    def blocks(self, headers: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Yield all rows, with the columns of `headers`."""
