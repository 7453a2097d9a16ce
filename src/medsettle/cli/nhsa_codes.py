"""`medsettle nhsa codes`: the code table of a field, as a region has it."""

from __future__ import annotations

import argparse

from medsettle.cli.common import OK, CommandError
from medsettle.cli.nhsa_check import add_profile, chosen
from medsettle.nhsa import codes
from medsettle.nhsa.profiles import Profile, profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `nhsa codes` takes."""
    parser.add_argument("field", nargs="?", metavar="FIELD", help="such as med_type; all fields")
    parser.add_argument("code", nargs="?", metavar="CODE", help="one code only")
    add_profile(parser, "national")


def run(args: argparse.Namespace) -> int:
    """Print the fields that have a table, a table, or one code."""
    use = chosen(args.profile) or profile()
    if args.field is None:
        for field in codes.fields(use):
            print(f"{field}\t{codes.table(field, use).title}")
        return OK
    try:
        table = codes.table(args.field, use)
    except KeyError:
        what = f"no code table of `{args.field}`; `medsettle nhsa codes` lists them"
        raise CommandError(what) from None
    shown = table.codes if args.code is None else [_known(args.field, args.code, use)]
    for code in shown:
        since = table.since.get(code)
        told = (code, table.codes[code], _ours(args.field, code, use))
        print("\t".join(filter(None, (*told, f"since {since}" if since else ""))))
    return OK


def _known(field: str, code: str, use: Profile) -> str:
    known = codes.known_code(field, code, use)
    if known is None:
        raise CommandError(f"profile `{use.name}`: `{field}` has no code `{code}`")
    return known


def _ours(field: str, code: str, use: Profile) -> str:
    """Return what a code is in our words; "" where it is nothing."""
    payer = use.payer(code) if field == "fund_pay_type" else None
    if payer is not None:
        return f"{payer.fund} ({payer.column})"
    return use.meanings.get(field, {}).get(code, "")
