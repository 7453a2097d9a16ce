"""Two files side by side: claims, and the fee lines that belong to them, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from medsettle.cli.block import Array, Block, Fault
from medsettle.cli.common import CommandError, counted
from medsettle.cli.header import BillHeader, LineHeader
from medsettle.cli.line_block import LineBlock, TiedLines, joined, no_lines
from medsettle.cli.line_texts import Find, line_block_of
from medsettle.cli.read import open_cells
from medsettle.refusal import Status

#: Rows that are told of lines that belong to no claim.
_TOLD_MAX = 10


class LineFile:
    """A file of fee lines, open, read once while the claims go by."""

    def __init__(self, path: Path, file: IO[bytes], find: Find, claims: Path) -> None:
        """Read the header; `find` looks items up, `claims` is the file of the claims."""
        self.path, self._claims = path, claims
        reader = open_cells(path, file, LineHeader)
        self.columns = reader.columns
        self.count = 0
        cells = reader.cells(lambda _: None)
        self._blocks = (line_block_of(one, find) for one in cells)
        self._left: LineBlock | None = None

    def tied(self, claims: Iterator[Block]) -> Iterator[Block]:
        """Yield the claims with their lines, in blocks of about as many lines as are read at once.

        Raises CommandError for lines that stand in another order, or belong to no claim.
        """
        for block in claims:
            for start, stop, lines in self._parts(block):
                yield _with_lines(block.part(start, stop), lines)
        left = self._next()
        if left is not None:
            raise self._unmatched(left)

    def _next(self) -> LineBlock | None:
        """Return the lines that come next; None behind the last."""
        if self._left is None or len(self._left) == 0:
            self._left = next(self._blocks, None)
        return self._left

    def _parts(self, block: Block) -> Iterator[tuple[int, int, list[tuple[LineBlock, Array]]]]:
        """Yield where parts of a block begin and end, and their lines with each one's claim.

        The last claim that is known to have lines waits for more of them.
        """
        at = _places(block)
        done, waiting = 0, []
        while (lines := self._next()) is not None:
            bill = np.array([at.get(name, -1) for name in lines.bill], np.int64)
            known = len(bill) if bill.min() >= 0 else int(np.argmax(bill < 0))
            if known == 0:
                break
            bill = bill[:known]
            self._check_order(lines, bill, done)
            last = int(bill[-1])
            first = int(np.searchsorted(bill, last))
            if last > done:
                if first:
                    waiting.append((lines.part(0, first), bill[:first] - done))
                yield done, last, waiting
                done, waiting = last, []
            waiting.append((lines.part(first, known), bill[first:] - last))
            self.count += known
            self._left = lines.part(known, len(lines))
        yield done, len(block), waiting

    def _check_order(self, lines: LineBlock, bill: Array, done: int) -> None:
        before = np.append(done, bill[:-1])
        if (wrong := bill < before).any():
            raise self._unsorted(lines.rows[int(np.argmax(wrong))])

    def _unsorted(self, row: int) -> CommandError:
        told = (
            f"row {row} belongs to a claim that stands before that of the row above: sort the "
            f"lines; those of a claim stand together, in the order of the claims in {self._claims}"
        )
        return CommandError(f"{self.path}: {told}")

    def _unmatched(self, left: LineBlock) -> CommandError:
        """Return the error for lines whose claims did not come; looks once more who there was."""
        if not self._claims.is_file():
            told = f"row {left.rows[0]}: no claim stands there that it could belong to"
            return CommandError(f"{self.path}: {told}")
        with self._claims.open("rb") as file:
            reader = open_cells(self._claims, file, BillHeader)
            ids = {
                text.strip() for cells in reader.cells(lambda _: None) for text in cells.texts["id"]
            }
        if left.bill[0] and left.bill[0] in ids:
            return self._unsorted(left.rows[0])
        rows: list[int] = []
        count = 0
        for block in (left, *self._blocks):
            mine = [
                row for row, name in zip(block.rows, block.bill, strict=True) if name not in ids
            ]
            rows += mine[: _TOLD_MAX - len(rows)]
            count += len(mine)
        more = ", …" if count > len(rows) else ""
        told = f"{', '.join(map(str, rows))}{more}; `bill` is the `id` of a claim in {self._claims}"
        return CommandError(f"{self.path}: {counted(count, 'line')} of no claim, in row {told}")


def _places(block: Block) -> dict[str, int]:
    """Return where the claim with each id stands; mark claims whose id tells them from none."""
    at: dict[str, int] = {}
    for position, text in enumerate(block.id):
        name = text.strip()
        first = at.setdefault(name, position) if name else -1
        if first != position:
            fault = Fault(Status.BAD_VALUE, "id", "what the claim's lines name, no other claim's")
            block.mark(position, fault)
            if first >= 0:
                block.mark(first, fault)
    return at


def _with_lines(block: Block, parts: list[tuple[LineBlock, Array]]) -> Block:
    """Return the claims with their lines; a claim without any is marked."""
    if parts:
        lines = joined([lines for lines, _ in parts])
        bill = np.concatenate([bill for _, bill in parts])
    else:
        lines, bill = no_lines(), np.empty(0, np.int64)
    missing = np.bincount(bill, minlength=len(block)) == 0
    for position in np.flatnonzero(missing).tolist():
        block.mark(position, Fault(Status.BAD_RECORD, "id", what="the claim has no lines"))
    block.lines = TiedLines(lines, bill)
    return block
