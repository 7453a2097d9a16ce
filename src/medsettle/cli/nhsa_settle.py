"""`medsettle nhsa settle`: a file of national calls in, the insurer's answers out."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from medsettle.bill.catalogue import Catalogue, open_catalogue
from medsettle.bill.image import CatalogueError
from medsettle.cli.common import (
    OK,
    SOME_REJECTED,
    CommandError,
    check_output,
    counted,
    open_input,
    open_table,
    reason_of,
    say,
    whole_file,
)
from medsettle.cli.nhsa_check import add_profile, chosen
from medsettle.nhsa.decoding import BYTES_MAX
from medsettle.nhsa.desk import DONE, Desk
from medsettle.nhsa.known import read_known
from medsettle.nhsa.profiles import profile_of
from medsettle.nhsa.refusing import MessageError

#: A line that is longer is a call that is refused; what it holds is not kept.
_LINE_MAX: Final = BYTES_MAX + 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `nhsa settle` takes."""
    parser.add_argument("input", type=Path, metavar="REQUESTS", help=".jsonl: a call a line")
    parser.add_argument("--policy", required=True, metavar="P", help="110000/employee, or a file")
    parser.add_argument("--catalogue", type=Path, metavar="FILE", help="a .msc file")
    parser.add_argument(
        "--known", type=Path, required=True, metavar="FILE",
        help=".jsonl: what the insurer knows, a person (as 1101 answers) or an institution a line",
    )  # fmt: skip
    parser.add_argument(
        "--meanings", type=Path, metavar="FILE", help=".toml: what codes mean in the policy's words"
    )
    add_profile(parser, "that of the policy's region")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="REPLIES", help="an answer a line"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def run(args: argparse.Namespace) -> int:
    """Answer every call; exit 3 if some are refused."""
    with open_input(args.input) as file:
        inputs = [args.input, args.known]
        inputs += [path for path in (args.catalogue, args.meanings) if path is not None]
        if Path(args.policy).is_file():
            inputs.append(Path(args.policy))
        check_output(args.output, inputs, force=args.force)
        desk = _desk(args)
        done = refused = 0
        with whole_file(args.output, force=args.force) as out:
            while line := _line(file):
                if line.strip():
                    reply, text = desk.exchange(line)
                    out.write(text + b"\n")
                    done += reply.infcode == DONE
                    refused += reply.infcode != DONE
    say(f"{counted(done, 'call')} carried out, {refused:,} refused")
    return SOME_REJECTED if refused else OK


def _line(file: BinaryIO) -> bytes:
    """Return the next line; of one that is too long only so much as to be refused."""
    line = file.readline(_LINE_MAX)
    if len(line) == _LINE_MAX and not line.endswith(b"\n"):
        while (rest := file.readline(_LINE_MAX)) and not rest.endswith(b"\n"):
            pass
    return line


def _desk(args: argparse.Namespace) -> Desk:
    table = open_table(args.policy)
    profile = chosen(args.profile) or profile_of(table.meta.region)
    with open_input(args.known) as file:
        try:
            people, hospitals = read_known(file, profile)
        except MessageError as error:
            raise CommandError(f"{args.known}: {error}") from None
    return Desk(
        table,
        _catalogue(args.catalogue),
        profile,
        people=people,
        hospitals=hospitals,
        meanings=_meanings(args.meanings),
    )


def _catalogue(path: Path | None) -> Catalogue | None:
    try:
        return None if path is None else open_catalogue(path)
    except CatalogueError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{path}: {reason_of(error)}") from None


def _meanings(path: Path | None) -> Mapping[str, Mapping[str, str]]:
    """Return tables of codes, as the `meanings` of a profile have them."""
    if path is None:
        return {}
    try:
        with open_input(path) as file:
            stated = tomllib.load(file)
        return msgspec.convert(stated, dict[str, dict[str, str]])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CommandError(f"{path}: {error}") from None
