"""`medsettle reconcile`: the settlements of two sides compared, totals first, then claims."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from medsettle.cli.common import (
    FAILED,
    OK,
    SOME_REJECTED,
    USAGE,
    CommandError,
    check_output,
    day_of,
    reason_of,
    say,
    whole_file,
)
from medsettle.cli.differences import DifferenceWriter, RejectWriter
from medsettle.reconcile.blocks import Progress, Source
from medsettle.reconcile.errors import KeptRejects, ReconcileError, Rejects
from medsettle.reconcile.fields import BY, LAYOUTS, SIDES, layout_of
from medsettle.reconcile.files import open_source
from medsettle.reconcile.options import CASHIER, FUND_INCLUDES_ACCOUNT, Options, mapping_of
from medsettle.reconcile.report import Table, closing, difference, plain, tables_of
from medsettle.reconcile.result import Reconciliation
from medsettle.reconcile.run import compare

#: Rejected rows that are told on stderr when they go into no file.
TOLD_MAX: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `reconcile` takes."""
    add = parser.add_argument
    files = ".csv, .txt, .tsv, .zip or .parquet"
    add("ours", type=Path, metavar="OURS", help=f"our settlements: {files}")
    add("theirs", type=Path, metavar="THEIRS", help="the insurer's settlements, likewise")
    add("--key", default="setl_id", metavar="FIELD", help="what rows are matched by (setl_id)")
    add("--column", action="append", default=[], metavar="[SIDE:]FIELD=HEADER[+HEADER…]",
        help="which column holds a field, as ours:total_funds=pooled+large_amount")  # fmt: skip
    layouts = " or ".join(LAYOUTS)
    add("--header", action="append", default=[], metavar="[SIDE:]NAMES",
        help=f"the header of a file without one: names with commas, {layouts}")  # fmt: skip
    add("--by", metavar="NAMES", help=f"what totals are parted by, of {','.join(BY)}")
    add("--from", dest="from_", metavar="DAY", help="first day of setl_time that counts")
    add("--until", metavar="DAY", help="last day of setl_time that counts")
    add("--rounding", type=int, default=1, metavar="FEN",
        help="differences up to so many fen are told as rounding (1)")  # fmt: skip
    add("--cashier", choices=tuple(CASHIER), default="jiao",
        help="to what one side may have rounded cash (jiao)")  # fmt: skip
    add("--fund-includes-account", choices=FUND_INCLUDES_ACCOUNT, default="neither",
        help="where the funds include the account; it is taken out there")  # fmt: skip
    add("--format", choices=("text", "json"), default="text", help="how the result is printed")
    add("--limit", type=int, metavar="N",
        help="claims printed of each class (20; with json, in all: every one)")  # fmt: skip
    add("-o", "--output", type=Path, metavar="FILE", help="all differences: .csv or .jsonl")
    add("--rejects", type=Path, metavar="FILE", help="where rejected rows go: .csv or .jsonl")
    add("--force", action="store_true", help="replace files that exist")


def run(args: argparse.Namespace) -> int:
    """Compare two files; 0 equal, 1 different, 2 nothing could be compared, 3 rows rejected."""
    try:
        return _run(args)
    except CommandError as error:
        raise CommandError(str(error), USAGE) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{where}{reason_of(error)}", USAGE) from None
    except ReconcileError as error:
        raise CommandError(str(error), USAGE) from None


def _run(args: argparse.Namespace) -> int:
    options = _options(args)
    for path in filter(None, (args.output, args.rejects)):
        _check_suffix(path)
    written = [args.ours, args.theirs]
    for path in filter(None, (args.output, args.rejects)):
        check_output(path, written, force=args.force)
        written.append(path)
    headers = _headers(args.header)
    sources = (open_source(args.ours, headers[0]), open_source(args.theirs, headers[1]))
    stated = mapping_of(args.column)
    with contextlib.ExitStack() as stack:
        rejects: Rejects = KeptRejects()
        if args.rejects:
            file = stack.enter_context(whole_file(args.rejects, force=args.force))
            rejects = RejectWriter(args.rejects, file)
        with _progress(sources) as progress:
            result = compare(sources, options, stated, rejects, progress)
        if args.output:
            file = stack.enter_context(whole_file(args.output, force=args.force))
            DifferenceWriter(args.output, file).write(result)
    _tell_rejects(result)
    _print(args, result)
    if len(result.differences):
        return FAILED
    return SOME_REJECTED if any(result.rejected) else OK


def _options(args: argparse.Namespace) -> Options:
    if args.limit is not None and args.limit < 0:
        raise CommandError(f"--limit: expected a number of claims, found {args.limit}")
    return Options(
        key=args.key,
        rounding_fen=args.rounding,
        cashier=args.cashier,
        fund_includes_account=args.fund_includes_account,
        by=None if args.by is None else tuple(filter(None, args.by.split(","))),
        from_=_day(args.from_, "--from"),
        until=_day(args.until, "--until"),
    )


def _day(text: str | None, option: str) -> Any:
    try:
        return day_of(text)
    except CommandError as error:
        raise CommandError(str(error).replace("--on", option)) from None


def _headers(texts: list[str]) -> list[tuple[str, ...] | None]:
    """Return the headers that `--header` states, by side."""
    found: list[tuple[str, ...] | None] = [None, None]
    for text in texts:
        side, colon, names = text.partition(":")
        if not colon or side not in SIDES:
            side, names = "", text
        for place in (SIDES.index(side),) if side else (0, 1):
            found[place] = layout_of(names)
    return found


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in (".csv", ".jsonl", ".ndjson"):
        raise CommandError(f"{path}: must end in .csv or .jsonl")


def _tell_rejects(result: Reconciliation) -> None:
    for one in result.rejects[:TOLD_MAX]:
        field = f"`{one.field}`: " if one.field else ""
        say(f"{one.side} row {one.row}: [{one.code}] {field}{one.reason}")
    if result.rejects and sum(result.rejected) > TOLD_MAX:
        say(f"… and {sum(result.rejected) - TOLD_MAX:,} more; --rejects FILE takes them all")


def _print(args: argparse.Namespace, result: Reconciliation) -> None:
    if args.format == "json":
        _print_json(result, args.limit)
        return
    limit = 20 if args.limit is None else args.limit
    for table in tables_of(result, limit):
        _print_table(table)
    if args.ours.samefile(args.theirs):
        say("medsettle: both sides are the same file")
    print("\n".join(closing(result)))


def _print_json(result: Reconciliation, limit: int | None) -> None:
    """Print a result as one object; the differences are made one by one, as there may be many."""
    encode = msgspec.json.Encoder(decimal_format="number").encode
    head = encode(result.as_dict(limit=0)).decode()
    sys.stdout.write(head.removesuffix("]}"))
    count = len(result.differences) if limit is None else min(limit, len(result.differences))
    for place in range(count):
        one = encode(difference(result, result.differences[place])).decode()
        sys.stdout.write(f",{one}" if place else one)
    sys.stdout.write("]}\n")


def _print_table(table: Table) -> None:
    """Print a table, with colours on a terminal if rich is there to draw them."""
    if sys.stdout.isatty():
        with contextlib.suppress(ImportError):
            _draw(table)
            return
    print(plain(table))


def _draw(table: Table) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for place, line in enumerate(plain(table).splitlines()):
        is_apart = place > 1 and "difference" in table.rows[place - 2]
        style = "bold" if place < 2 else "red" if is_apart else ""
        # A line that is broken at the edge can still be copied; a cell that is broken cannot.
        console.print(Text(line, style=style), soft_wrap=True)
    console.print()


@contextlib.contextmanager
def _progress(sources: tuple[Source, Source]) -> Iterator[tuple[Progress, Progress] | None]:
    """Show two bars on a terminal, if rich is there to draw them."""
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bars
    except ImportError:
        yield None
        return
    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks = [bars.add_task(f"reading {Path(one.where).name}", total=1.0) for one in sources]

        def shows(side: int) -> Progress:
            return lambda done: bars.update(tasks[side], completed=done)

        yield shows(0), shows(1)
