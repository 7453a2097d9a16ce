"""Blocks of fee lines on their way from a file to the kernel, every line with its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from medsettle.cli.block import Array, Fault, moved
from medsettle.refusal import Status
from medsettle.vocabulary import FOUR_AMOUNTS

#: What is told of every line, as `Bills.lines` names it.
LINE_AMOUNTS: Final = ("amount", *FOUR_AMOUNTS)
_NO_ITEM: Final = -1


class LineBlock(msgspec.Struct):
    """Lines as columns; `bill`, `id`, `returns` and `code` as text without spaces around it."""

    rows: Sequence[int]  # numbers of the rows in their file
    bill: Sequence[str]
    id: Sequence[str]
    returns: Sequence[str]
    code: Sequence[str]
    columns: dict[str, Array]  # `item`, and those of `bill.batch` that the file has
    faults: dict[int, Fault]  # by position
    records: Sequence[Any]  # what stood in the file

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, start: int, stop: int) -> LineBlock:
        """Return the lines from `start`, before `stop`."""
        at = slice(start, stop)
        return LineBlock(
            rows=self.rows[at],
            bill=self.bill[at],
            id=self.id[at],
            returns=self.returns[at],
            code=self.code[at],
            columns={name: column[at] for name, column in self.columns.items()},
            faults=moved(self.faults, start, stop),
            records=self.records[at],
        )


def no_lines() -> LineBlock:
    """Return a block without lines."""
    whole: Array = np.empty(0, np.int64)
    item: Array = np.empty(0, np.int32)
    columns: dict[str, Array] = {"item": item, "price_e6": whole, "quantity_e4": whole}
    return LineBlock([], [], [], [], [], columns, {}, [])


def joined(parts: Sequence[LineBlock]) -> LineBlock:
    """Return parts of one file, at least one, as one block."""
    if len(parts) == 1:
        return parts[0]
    faults: dict[int, Fault] = {}
    begin = 0
    for part in parts:
        faults |= moved(part.faults, 0, len(part), begin)
        begin += len(part)

    def chained(of: Callable[[LineBlock], Sequence[Any]]) -> list[Any]:
        return [one for part in parts for one in of(part)]

    return LineBlock(
        rows=chained(lambda part: part.rows),
        bill=chained(lambda part: part.bill),
        id=chained(lambda part: part.id),
        returns=chained(lambda part: part.returns),
        code=chained(lambda part: part.code),
        columns={
            name: np.concatenate([part.columns[name] for part in parts])
            for name in parts[0].columns
        },
        faults=faults,
        records=chained(lambda part: part.records),
    )


class TiedLines:
    """All lines of a block of claims, and what became of them once the block is settled."""

    def __init__(self, block: LineBlock, bill: Array) -> None:
        """Tie returns to their lines; `bill` is the position of each line's claim, ascending."""
        self.block = block
        self.bill = bill
        if any(block.returns) or any(block.id):
            block.columns["returns"] = _originals(block, bill.tolist())
        # A line with a fault is none that can be settled; the kernel then refuses the bill.
        block.columns["item"][list(block.faults)] = _NO_ITEM
        self.amounts = {name: np.zeros(len(block), np.int64) for name in LINE_AMOUNTS}
        self.status = np.zeros(len(block), np.uint8)

    def of(self, n: int, at: Array | slice) -> tuple[Array | slice, dict[str, Array]]:
        """Return which lines belong to some of `n` claims, and their columns as a batch's."""
        which: Array | slice = slice(None)
        bill = self.bill
        if not isinstance(at, slice):
            number = np.full(n, -1)
            number[at] = np.arange(len(at))
            bill = number[self.bill]
            which = np.flatnonzero(bill >= 0)
            bill = bill[which]
        columns = {name: column[which] for name, column in self.block.columns.items()}
        return which, {**columns, "bill": bill}

    def at(self, position: int) -> range:
        """Return where the lines of the claim at `position` stand."""
        first, end = np.searchsorted(self.bill, [position, position + 1]).tolist()
        return range(first, end)


def _originals(lines: LineBlock, bill: Sequence[int]) -> Array:
    """Return which line of its bill each one returns, from 0; -1 for none.

    A line that returns none there is gets its own place, which the kernel refuses.  An id that is
    there twice in a bill is a fault.
    """
    found = np.full(len(bill), -1, np.int64)
    places: dict[str, int] = {}
    first = 0
    for i, (id_, returns) in enumerate(zip(lines.id, lines.returns, strict=True)):
        if bill[i] != bill[first]:
            first, places = i, {}
        if returns:
            found[i] = places.get(returns, i - first)
        if id_ and places.setdefault(id_, i - first) != i - first:
            fault = Fault(Status.BAD_RECORD, "id", "every line's id once in a bill")
            lines.faults.setdefault(i, fault)
    return found
