"""`medsettle explain`: the slip of one claim, step by step, with clauses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from medsettle.cli.common import OK, CommandError, open_input, open_table
from medsettle.refusal import ClaimError
from medsettle.wire import BYTES_MAX, read_claim


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    parser.add_argument("claim", metavar="CLAIM.json", help="a claim as JSON; - reads stdin")
    parser.add_argument("--policy", metavar="P", required=True, help="110000/employee, or a file")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the slip")


def run(args: argparse.Namespace) -> int:
    """Settle one claim and print its slip."""
    table = open_table(args.policy)
    try:
        claim, ytd = read_claim(_content(args.claim))
        settlement = table.settle(claim, ytd)
    except ClaimError as error:
        raise CommandError(f"{args.claim}: {error}") from None
    sys.stdout.write(settlement.explain(args.lang))
    return OK


def _content(name: str) -> bytes:
    """Return the bytes of the message, one more than is read at most."""
    if name == "-":
        return sys.stdin.buffer.read(BYTES_MAX + 1)
    with open_input(Path(name)) as file:
        return file.read(BYTES_MAX + 1).removeprefix(b"\xef\xbb\xbf")
