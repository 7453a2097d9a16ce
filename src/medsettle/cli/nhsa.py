"""`medsettle nhsa`: the national interface; its subcommands stand in modules `nhsa_NAME`."""

from __future__ import annotations

import argparse
import importlib
from typing import Final

#: The subcommands; each is a module `medsettle.cli.nhsa_NAME` with `add_arguments` and `run`.
SUBCOMMANDS: Final = {
    "check": "check the accounting identities of answers, ours or another system's",
    "codes": "look codes up, as a region has them",
    "settle": "answer a file of calls as the insurer would, from memory",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands, each with what it takes."""
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, text in SUBCOMMANDS.items():
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        importlib.import_module(f"medsettle.cli.nhsa_{name}").add_arguments(sub)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand."""
    module = importlib.import_module(f"medsettle.cli.nhsa_{args.subcommand}")
    return int(module.run(args))
