"""`medsettle explain`: the slip of one claim as text or as a page, with clauses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from medsettle.bill.message import BYTES_MAX as BILL_BYTES_MAX
from medsettle.bill.message import check_total, read_bill
from medsettle.cli.common import (
    OK,
    USAGE,
    CommandError,
    check_output,
    open_input,
    open_table,
    reason_of,
    tell_regions,
    whole_file,
)
from medsettle.refusal import ClaimError
from medsettle.wire import BYTES_MAX, read_claim

if TYPE_CHECKING:
    from medsettle.bill.catalogue import Catalogue
    from medsettle.model import Claim, YearToDate
    from medsettle.slip.given import Bill, Cashier
    from medsettle.table import BenefitTable

_STDIN: Final = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    parser.add_argument("claim", metavar="CLAIM.json", help="a claim as JSON; - reads stdin")
    parser.add_argument("--policy", metavar="P", required=True, help="110000/employee, or a file")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the slip")
    parser.add_argument(
        "--catalogue", metavar="X.msc", help="split the claim's `lines` by this catalogue"
    )
    parser.add_argument(
        "--till", choices=("fen", "jiao", "yuan"), help="tell the cash as a till rounds it"
    )
    parser.add_argument("--html", action="store_true", help="a page that prints on A4, not text")
    parser.add_argument("--person", metavar="LABEL", help="print this on the page; needs --html")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file, not to stdout")
    parser.add_argument("--force", action="store_true", help="replace FILE")


def run(args: argparse.Namespace) -> int:
    """Settle one claim and print its slip."""
    if args.person is not None and not args.html:
        raise CommandError("--person: only a page names the person, with --html", USAGE)
    output = None if args.output is None else Path(args.output)
    if output is not None:
        inputs = [name for name in (args.claim, args.catalogue) if name not in (None, _STDIN)]
        check_output(output, [Path(name) for name in inputs], force=args.force)
    slip = _slip(args)
    if output is None and args.html:
        sys.stdout.buffer.write(slip.encode())  # the page says that it is UTF-8
    elif output is None:
        sys.stdout.write(slip)
    if output is None:
        return OK
    with whole_file(output, force=args.force) as file:
        file.write(slip.encode())
    return OK


def _slip(args: argparse.Namespace) -> str:
    """Return the slip of the claim that the arguments name."""
    table = open_table(args.policy)
    catalogue = None if args.catalogue is None else _catalogue(args.catalogue)
    if catalogue is not None:
        tell_regions(catalogue.region, table.meta.region)
    try:
        bill: Bill | None = None
        if catalogue is None:
            claim, ytd = read_claim(_content(args.claim, BYTES_MAX))
        else:
            bill, claim, ytd = _split(_content(args.claim, BILL_BYTES_MAX), catalogue, table)
        settlement = table.settle(claim, ytd)
    except ClaimError as error:
        raise CommandError(f"{args.claim}: {error}") from None
    cashier: Cashier | None = None
    if args.till is not None:
        from medsettle.cashier import round_cash

        cashier = round_cash(settlement.cash_fen, to=args.till)
    if args.html:
        return settlement.page(args.lang, bill=bill, cashier=cashier, person=args.person)
    return settlement.explain(args.lang, bill=bill, cashier=cashier)


def _split(
    data: bytes, catalogue: Catalogue, table: BenefitTable
) -> tuple[Bill | None, Claim, YearToDate | None]:
    """Return the bill of a message, None where it has no lines, its claim and the year so far."""
    said = read_bill(data)
    if said.lines is None:
        return None, said.claim, said.ytd
    bill = catalogue.split(
        said.claim, said.lines, table, insured=said.insured, price_level=said.price_level
    )
    check_total(bill.claim, said.total_fen)
    return bill, bill.claim, said.ytd


def _catalogue(name: str) -> Catalogue:
    """Return the catalogue in a file; raise CommandError where there is none."""
    from medsettle.bill.catalogue import open_catalogue
    from medsettle.bill.image import CatalogueError

    try:
        return open_catalogue(name)
    except CatalogueError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{name}: {reason_of(error)}") from None


def _content(name: str, most: int) -> bytes:
    """Return the bytes of the message, one more than is read at most."""
    if name == _STDIN:
        return sys.stdin.buffer.read(most + 1)
    with open_input(Path(name)) as file:
        return file.read(most + 1).removeprefix(b"\xef\xbb\xbf")
