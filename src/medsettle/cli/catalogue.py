"""`medsettle catalogue compile|show|check`: from lists of items to a file that splits fee lines."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from medsettle.bill.catalogue import open_catalogue
from medsettle.bill.faults import Notice, Rejected
from medsettle.bill.forms import CatalogueRead, read_catalogue
from medsettle.bill.image import CatalogueError, build_image
from medsettle.bill.rules_file import load_rules
from medsettle.cli.catalogue_item import item_lines
from medsettle.cli.catalogue_rejects import check_suffix, write_rejects
from medsettle.cli.common import (
    FAILED,
    OK,
    SOME_REJECTED,
    USAGE,
    CommandError,
    check_output,
    counted,
    day_of,
    say,
    whole_file,
)
from medsettle.policy.errors import render_all

SUFFIX = ".msc"
#: Rows and notices that are told on stderr when they go into no file.
TOLD_MAX = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `catalogue` takes."""
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    files = "items: .csv or .parquet; rows of 1318 and 1319: .txt too"
    compiles = commands.add_parser("compile", help="write a catalogue's image")
    compiles.add_argument("items", nargs="+", type=Path, metavar="ITEMS", help=files)
    compiles.add_argument(
        "-o", "--output", type=Path, metavar="FILE.msc", required=True, help="the catalogue"
    )
    compiles.add_argument(
        "--rejects", type=Path, metavar="FILE", help="where refused rows go: .csv or .jsonl"
    )
    compiles.add_argument("--force", action="store_true", help="replace files that exist")
    checks = commands.add_parser("check", help="tell everything that is wrong, and write nothing")
    checks.add_argument("items", nargs="*", type=Path, metavar="ITEMS", help=files)
    checks.add_argument("--format", choices=("text", "json"), default="text", help="of the output")
    for one in (compiles, checks):
        one.add_argument(
            "--rules", type=Path, metavar="RULES.toml", required=True, help="how lines are split"
        )
    shows = commands.add_parser("show", help="print what a catalogue says of an item")
    shows.add_argument("catalogue", type=Path, metavar="FILE.msc", help="what `compile` wrote")
    shows.add_argument("code", metavar="CODE", help="the item's code")
    shows.add_argument("--on", metavar="DATE", help="the day; default: every version")


def run(args: argparse.Namespace) -> int:
    """Compile, check or show."""
    return {"compile": _compile, "check": _check, "show": _show}[args.action](args)


def _compile(args: argparse.Namespace) -> int:
    if args.output.suffix != SUFFIX:
        raise CommandError(f"{args.output}: a catalogue's file must end in {SUFFIX}", USAGE)
    if args.rejects is not None:
        check_suffix(args.rejects)
    inputs = [*args.items, args.rules]
    for path in filter(None, (args.output, args.rejects)):
        check_output(path, inputs, force=args.force)
        inputs.append(path)
    read = read_catalogue(args.items, args.rules)
    image = _image(read, args.output) if read.catalogue.items else None
    with contextlib.ExitStack() as stack:
        # What is entered last is finished first: the rejects are there before the image.
        if image is not None:
            stack.enter_context(whole_file(args.output, force=args.force)).write(image)
        if args.rejects is not None:
            write_rejects(
                stack.enter_context(whole_file(args.rejects, force=args.force)),
                args.rejects,
                read.rejected,
            )
    _tell(read, to_file=args.rejects is not None)
    if image is None:
        raise CommandError("no item can be used; no catalogue was written")
    opened = open_catalogue(args.output)
    say(f"{args.output}: {len(image):,} bytes, {opened.fingerprint}")
    return SOME_REJECTED if read.rejected else OK


def _image(read: CatalogueRead, path: Path) -> bytes:
    try:
        return build_image(read.catalogue)
    except CatalogueError as error:
        raise CommandError(f"{path}: {error}") from None


def _tell(read: CatalogueRead, *, to_file: bool) -> None:
    """Tell on stderr what went in, and what did not go into a file of rejects."""
    if read.rules.warnings:
        say(render_all(read.rules.warnings))
    _tell_some(read.notices, "")
    if not to_file:
        _tell_some(read.rejected, "; --rejects FILE takes them all")
    say(summary(read))


def _tell_some(told: Sequence[Notice | Rejected], where: str) -> None:
    for one in told[:TOLD_MAX]:
        say(str(one))
    if len(told) > TOLD_MAX:
        say(f"… and {len(told) - TOLD_MAX:,} more{where}")


def summary(read: CatalogueRead) -> str:
    """Return how many rows and items there are, in one line."""
    parts = [counted(read.rows, "row"), counted(len(read.catalogue.items), "item")]
    parts.append(f"{len(read.rejected):,} rejected")
    parts += [f"{count:,} left aside: {why}" for why, count in sorted(read.left_aside.items())]
    return ", ".join(parts)


def _check(args: argparse.Namespace) -> int:
    if not args.items:
        rules = load_rules(args.rules)
        warnings, read = rules.warnings, None
    else:
        read = read_catalogue(args.items, args.rules)
        warnings = read.rules.warnings
    rejected = read.rejected if read else ()
    notices = read.notices if read else ()
    if args.format == "json":
        told = {
            "rules": [warning.as_dict() for warning in warnings],
            "rejected": [_plain(one) for one in rejected],
            "notices": [{"code": one.code, "message": one.text} for one in notices],
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        if warnings:
            print(render_all(warnings), end="\n\n")
        for one in (*rejected, *notices):
            print(one)
        print(summary(read) if read else f"{args.rules}: the rules are well formed")
    return FAILED if rejected else OK


def _plain(one: Rejected) -> dict[str, object]:
    told = {"file": one.file, "row": one.row, "field": one.field, "code": one.code}
    return {**told, "reason": one.reason, "record": one.record}


def _show(args: argparse.Namespace) -> int:
    day = day_of(args.on)
    try:
        catalogue = open_catalogue(args.catalogue)
    except CatalogueError as error:  # which begins with the file's name
        raise CommandError(str(error)) from None
    try:
        item = catalogue.item(args.code)
    except KeyError:
        wrong = catalogue.code_error(args.code)
        told = f"the catalogue has no item `{args.code}`"
        raise CommandError(f"{told}: {wrong}" if wrong else told) from None
    lines = list(item_lines(item, catalogue.meta, day))
    sys.stdout.write("\n".join(lines) + "\n")
    return OK
