"""Whole bills: claims whose amounts are those of their fee lines, split and settled."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from medsettle.batch import ClaimStream
from medsettle.bill.batch import PRICE_LEVEL, settle_bills
from medsettle.bill.catalogue import Catalogue, open_catalogue
from medsettle.bill.image import CatalogueError
from medsettle.bill.layout import LEVELS
from medsettle.bill.line import FeeLine
from medsettle.bill.refused import refused_line
from medsettle.bill.words import LINE_STATUS
from medsettle.cli.block import EPOCH, Array, Block, Fault
from medsettle.cli.common import CommandError, reason_of, tell_regions, whole_file
from medsettle.cli.engine import Settler
from medsettle.cli.header import LINE_REJECT_COLUMNS
from medsettle.cli.line_block import LINE_AMOUNTS, LineBlock, TiedLines
from medsettle.cli.line_texts import NOT_CHARGED
from medsettle.cli.texts import looked_up
from medsettle.cli.write import LINE_LABELS, Rejects, Writer, open_writer
from medsettle.columns import NO_DATE, codes
from medsettle.refusal import Status
from medsettle.table import BenefitTable
from medsettle.vocabulary import FOUR_AMOUNTS

_AMOUNTS: Final = tuple(f"{name}_fen" for name in FOUR_AMOUNTS)
#: Rows that the reason of a refused bill names for each code.
_TOLD_MAX: Final = 20


class LineFault(NamedTuple):
    """Why a line is refused."""

    field: str
    code: str
    text: str


class BillSettler(Settler):
    """Settles blocks of claims by what their lines make them."""

    def __init__(
        self, table: BenefitTable | None, catalogue: Catalogue, insured: str | None
    ) -> None:
        """Split by `catalogue`; `insured` says whose shares count, or else the policy's scheme."""
        super().__init__(table)
        self.names = ("total", *FOUR_AMOUNTS, *self.names[1:])
        self._catalogue = catalogue
        self._insured = insured

    def _run(
        self, stream: ClaimStream, block: Block, at: Array | slice, columns: dict[str, Array]
    ) -> Mapping[str, Array]:
        lines = _lines_of(block)
        which, fee_lines = lines.of(len(block), at)
        claims = {name: column for name, column in columns.items() if name not in _AMOUNTS}
        if "level" in block.names and "level" not in claims:
            # the policy may not ask for it, but shares and ceilings do
            texts = np.array([text.strip() for text in block.names["level"]], object)[at]
            claims["level"] = codes(texts, "level", stream.table.names, len(texts))
        if PRICE_LEVEL in block.names:
            names = {name: code for code, name in enumerate(("", *LEVELS))}
            expected = f"one of {', '.join(LEVELS)}, or nothing"
            told = block.names[PRICE_LEVEL]
            claims[PRICE_LEVEL] = looked_up(told, PRICE_LEVEL, names, expected, block.faults)[at]
        given = block.given[at]
        found = settle_bills(stream, self._catalogue, claims, fee_lines, self._insured, given)
        for name in FOUR_AMOUNTS:
            block.columns[f"{name}_fen"][at] = found.claims[f"{name}_fen"]
        for name in LINE_AMOUNTS:
            lines.amounts[name][which] = found.lines[f"{name}_fen"]
        lines.status[which] = found.lines["status"]
        return found.claims

    def _stream(self, name: str) -> ClaimStream:
        is_new = name not in self._streams
        stream = super()._stream(name)
        if is_new:
            tell_regions(self._catalogue.region, stream.table.meta.region)
        return stream

    def fault(self, block: Block, position: int, status: int) -> Fault:
        """Return why a row is refused; of refused lines all their codes."""
        if position in block.faults or status != Status.LINES_REFUSED:
            return super().fault(block, position, status)
        lines = _lines_of(block)
        rows: dict[str, list[str]] = {}
        for at, fault in self._line_faults(block, position):
            rows.setdefault(fault.code, []).append(str(lines.block.rows[at]))
        told = "; ".join(f"{code} in row {_listed(rows[code])}" for code in sorted(rows))
        what = f"lines of the bill are refused: {told} of the lines"
        return Fault(Status.LINES_REFUSED, "lines", what=what)

    def line_faults(
        self, block: Block, position: int, status: int
    ) -> Iterator[tuple[int, LineFault]]:
        """Yield every line of a refused bill, and why it is refused itself or with its bill."""
        told = dict(self._line_faults(block, position))
        bill = self.fault(block, position, status)
        for at in _lines_of(block).at(position):
            yield at, told.get(at) or LineFault("bill", bill.code, "the bill is refused")

    def _line_faults(self, block: Block, position: int) -> Iterator[tuple[int, LineFault]]:
        """Yield the lines of a bill that are refused themselves."""
        lines = _lines_of(block)
        # Of a claim that could not be read, what the kernel says of the lines means nothing.
        is_asked = position not in block.faults
        for at in lines.at(position):
            if (fault := lines.block.faults.get(at)) is not None:
                yield at, LineFault(fault.field, fault.code, fault.text)
            elif is_asked and lines.status[at]:
                yield at, self._kernels(block, position, at)

    def _kernels(self, block: Block, position: int, at: int) -> LineFault:
        """Return why the kernel refused a line."""
        lines = _lines_of(block)
        own = lines.block.columns.get("date")
        day = block.columns["date"][position] if own is None or own[at] == NO_DATE else own[at]
        line = _fee_line(lines.block, at)
        status = LINE_STATUS[lines.status[at]]
        date = dt.date.fromordinal(int(day) + EPOCH)
        refused = refused_line(at, line, status, self._catalogue, date)
        return LineFault(refused.field, refused.code, refused.text)


def _fee_line(block: LineBlock, at: int) -> FeeLine:
    """Return what of a line tells why it is refused."""
    columns = block.columns
    charged = int(columns["amount_fen"][at]) if "amount_fen" in columns else NOT_CHARGED
    return FeeLine(
        code=block.code[at],
        price_e6=int(columns["price_e6"][at]),
        quantity_e4=int(columns["quantity_e4"][at]),
        amount_fen=None if charged == NOT_CHARGED else charged,
    )


class LineOutput:
    """The files of lines: those of settled bills, and those of refused ones."""

    def __init__(
        self, args: argparse.Namespace, columns: tuple[str, ...], stack: contextlib.ExitStack
    ) -> None:
        """Open the files that are asked for; `columns` are those of the file of lines."""
        self._out: Writer | None = None
        self._rejects: Rejects | None = None
        if args.lines_out is not None:
            file = stack.enter_context(whole_file(args.lines_out, force=args.force))
            self._out = open_writer(
                args.lines_out, file, LINE_AMOUNTS, in_fen=False, labels=LINE_LABELS
            )
            stack.callback(self._out.close)
        if args.lines_rejects is not None:
            file = stack.enter_context(whole_file(args.lines_rejects, force=args.force))
            self._rejects = Rejects(args.lines_rejects, file, columns, LINE_REJECT_COLUMNS)
            stack.callback(self._rejects.close)

    def write(self, block: Block, status: Array, settler: BillSettler) -> None:
        """Write the lines of a block that is settled."""
        lines = _lines_of(block)
        if self._out is not None:
            _write_settled(self._out, lines, status)
        if self._rejects is not None:
            for position in np.flatnonzero(status).tolist():
                faults = settler.line_faults(block, position, int(status[position]))
                self._rejects.write(lines.block, faults)


def catalogue_of(path: Path) -> Catalogue:
    """Return the catalogue in a file; raise CommandError where there is none."""
    try:
        return open_catalogue(path)
    except CatalogueError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{path}: {reason_of(error)}") from None


def _write_settled(out: Writer, lines: TiedLines, status: Array) -> None:
    block = lines.block
    labels = {"row": block.rows, "bill": block.bill, "id": block.id, "code": block.code}
    amounts = lines.amounts
    kept = np.flatnonzero(status[lines.bill] == 0)
    if len(kept) < len(block):
        at = kept.tolist()
        labels = {name: [label[i] for i in at] for name, label in labels.items()}
        amounts = {name: fen[kept] for name, fen in amounts.items()}
    out.write(labels, amounts)


def _lines_of(block: Block) -> TiedLines:
    if block.lines is None:
        raise ValueError("a block of bills comes with its lines")
    return block.lines


def _listed(rows: list[str]) -> str:
    more = len(rows) - _TOLD_MAX
    return ", ".join(rows[:_TOLD_MAX]) + (f" and {more:,} more" if more > 0 else "")
