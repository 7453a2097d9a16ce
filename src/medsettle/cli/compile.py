"""`medsettle compile`: the table of a policy as a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from medsettle.cli.common import OK, USAGE, CommandError, check_output, open_table, say, whole_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `compile` takes."""
    parser.add_argument("policy", metavar="P", help="110000/employee, or a .toml file")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE.mst", required=True, help="the table's file"
    )
    parser.add_argument("--on", metavar="DATE", help="keep only what is in force on this day")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def run(args: argparse.Namespace) -> int:
    """Compile a policy and write its table, whole or not at all."""
    if args.output.suffix != ".mst":
        raise CommandError(f"{args.output}: a table's file must end in .mst", USAGE)
    table = open_table(args.policy, args.on)
    check_output(args.output, [Path(args.policy)], force=args.force)
    with whole_file(args.output, force=args.force) as file:
        file.write(table.image)
    size = args.output.stat().st_size
    say(f"{args.output}: {table.name}, {size:,} bytes, {table.fingerprint}")
    return OK
