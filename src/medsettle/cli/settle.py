"""`medsettle settle`: a file of claims in, who pays what out."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from medsettle.bill.words import INSURED
from medsettle.cli import slips
from medsettle.cli.bills import BillSettler, LineOutput, catalogue_of
from medsettle.cli.block import Array, Block, Fault
from medsettle.cli.common import (
    OK,
    SOME_REJECTED,
    USAGE,
    CommandError,
    check_output,
    counted,
    open_input,
    open_table,
    say,
    whole_file,
)
from medsettle.cli.engine import Settler
from medsettle.cli.header import BillHeader, Header
from medsettle.cli.line_tie import LineFile
from medsettle.cli.read import CELLS, Progress, Reader, open_reader, suffix_of
from medsettle.cli.write import Rejects, Writer, open_writer
from medsettle.table import BenefitTable

#: Refused rows that are told on stderr when they go into no file.
TOLD_MAX = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `settle` takes."""
    parser.add_argument("input", type=Path, metavar="IN", help="claims: .csv, .parquet or .jsonl")
    parser.add_argument("--policy", metavar="P", help="110000/employee, or a .toml or .mst file")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="where the results go")
    parser.add_argument("--rejects", type=Path, metavar="FILE", help="where refused rows go")
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    bills = parser.add_argument_group("whole bills: claims whose amounts are their fee lines'")
    bills.add_argument("--catalogue", type=Path, metavar="X.msc", help="what splits the lines")
    bills.add_argument("--lines", type=Path, metavar="LINES", help="fee lines: .csv or .parquet")
    bills.add_argument("--lines-out", type=Path, metavar="FILE", help="where split lines go")
    bills.add_argument(
        "--lines-rejects", type=Path, metavar="FILE", help="where the lines of refused bills go"
    )
    bills.add_argument(
        "--insured", choices=tuple(INSURED), help="whose shares count; default: by the policy"
    )


def run(args: argparse.Namespace) -> int:
    """Settle a file."""
    suffix_of(args.input, "the input")
    for path in filter(None, (args.output, args.lines_out)):
        suffix_of(path, "the output")
    is_bills = _is_bills(args)
    with open_input(args.input) as file:
        table = open_table(args.policy) if args.policy else None
        _check_outputs(args)
        reader = open_reader(args.input, file, BillHeader if is_bills else Header)
        if table is None:
            _demand_policy(reader)
        else:
            reader.header.check_items(table.names)
        if reader.header.is_slips:
            if args.output or args.rejects:
                told = "slips are settled one by one and printed; leave out -o and --rejects"
                raise CommandError(f"{args.input}: {told}", USAGE)
            return slips.run(reader, table)
        if not args.output:
            raise CommandError("-o OUT is needed: where the results go", USAGE)
        reader.header.demand("person")
        if is_bills:
            return _settle_bills(args, reader, table)
        return _settle(args, reader, Settler(table))


def _is_bills(args: argparse.Namespace) -> bool:
    """Tell whether there are fee lines; raise CommandError for options that need others."""
    if args.catalogue is not None and args.lines is not None:
        for path in (args.input, args.lines):
            if path.suffix.lower() not in CELLS:
                known = " or ".join(CELLS)
                told = f"bills and their lines come in two files that end in {known}"
                raise CommandError(f"{path}: {told}", USAGE)
        return True
    for name in ("catalogue", "lines", "lines_out", "lines_rejects", "insured"):
        if getattr(args, name) is not None:
            needed = "--lines" if name == "catalogue" else "--catalogue"
            if name not in ("catalogue", "lines"):
                needed = "--catalogue and --lines"
            raise CommandError(f"--{name.replace('_', '-')} needs {needed}", USAGE)
    return False


def _settle_bills(args: argparse.Namespace, reader: Reader, table: BenefitTable | None) -> int:
    """Settle claims with the lines of another file."""
    catalogue = catalogue_of(args.catalogue)
    with open_input(args.lines) as file:
        lines = LineFile(args.lines, file, catalogue.find, args.input)
        settler = BillSettler(table, catalogue, args.insured)
        return _settle(args, reader, settler, lines)


def _check_outputs(args: argparse.Namespace) -> None:
    inputs = [args.input, *filter(None, (args.catalogue, args.lines))]
    if args.policy and Path(args.policy).is_file():
        inputs.append(Path(args.policy))
    for path in filter(None, (args.output, args.rejects, args.lines_out, args.lines_rejects)):
        check_output(path, inputs, force=args.force)
        inputs.append(path)


def _demand_policy(reader: Reader) -> None:
    if "policy" not in reader.header.names:
        told = "give --policy, or a column `policy` in the file"
        raise CommandError(f"{reader.header.file}: {told}", USAGE)


def _settle(
    args: argparse.Namespace, reader: Reader, settler: Settler, lines: LineFile | None = None
) -> int:
    settled = 0
    with contextlib.ExitStack() as stack:
        # What is entered last is finished first: the rejects are there before the results.
        out = stack.enter_context(whole_file(args.output, force=args.force))
        writer = open_writer(args.output, out, settler.names, in_fen=reader.header.is_in_fen)
        stack.callback(writer.close)
        refused = Refused(_rejects(args, reader, stack))
        told = LineOutput(args, lines.columns, stack) if lines else None
        blocks = reader.blocks(stack.enter_context(_progress(args.input)))
        for block in lines.tied(settler.expect(blocks)) if lines else blocks:
            settled += _settle_block(block, settler, writer, refused, told)
    refused.tell()
    read = f"; {counted(lines.count, 'line')} read" if lines else ""
    say(f"{settled:,} settled, {refused.count:,} rejected{read}")
    return SOME_REJECTED if refused.count else OK


def _rejects(
    args: argparse.Namespace, reader: Reader, stack: contextlib.ExitStack
) -> Rejects | None:
    if args.rejects is None:
        return None
    file = stack.enter_context(whole_file(args.rejects, force=args.force))
    rejects = Rejects(args.rejects, file, reader.columns)
    stack.callback(rejects.close)
    return rejects


def _settle_block(
    block: Block,
    settler: Settler,
    writer: Writer,
    refused: Refused,
    lines: LineOutput | None,
) -> int:
    """Settle a block, write what is settled and what is not; return how many are settled."""
    amounts, status = settler.settle(block)
    if lines is not None and isinstance(settler, BillSettler):
        lines.write(block, status, settler)
    refused.add(block, _faults(block, settler, status))
    labels = {"row": block.rows, "id": block.id, "person": block.person}
    kept = np.flatnonzero(status == 0)
    if len(kept) < len(block):
        at = kept.tolist()
        labels = {name: [label[i] for i in at] for name, label in labels.items()}
        amounts = {name: fen[kept] for name, fen in amounts.items()}
    writer.write(labels, amounts)
    return len(kept)


def _faults(block: Block, settler: Settler, status: Array) -> Iterator[tuple[int, Fault]]:
    for position in np.flatnonzero(status).tolist():
        yield position, settler.fault(block, position, int(status[position]))


class Refused:
    """The refused rows: all into a file, or the first ones to stderr."""

    def __init__(self, file: Rejects | None) -> None:
        self.count = 0
        self._file = file
        self._told: list[str] = []

    def add(self, block: Block, faults: Iterator[tuple[int, Fault]]) -> None:
        """Add refused rows of a block."""
        given = list(faults)
        self.count += len(given)
        if self._file is not None:
            self._file.write(block, given)
            return
        for position, fault in given[: TOLD_MAX - len(self._told)]:
            field = f"`{fault.field}`: " if fault.field else ""
            self._told.append(f"row {block.rows[position]}: [{fault.code}] {field}{fault.text}")

    def tell(self) -> None:
        """Tell on stderr what went into no file."""
        if self._file is not None:
            return
        for line in self._told:
            say(line)
        if self.count > len(self._told):
            say(f"… and {self.count - len(self._told):,} more; --rejects FILE takes them all")


@contextlib.contextmanager
def _progress(path: Path) -> Iterator[Progress]:
    """Show a bar on a terminal, if rich is there to draw it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
    except ImportError:
        yield lambda _: None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"settling {path.name}", total=1.0)
        yield lambda done: bar.update(task, completed=done)
