"""`medsettle nhsa check`: which accounting identities fail in files of national messages."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from medsettle.cli.common import FAILED, OK, USAGE, CommandError, counted, reason_of
from medsettle.nhsa import finding
from medsettle.nhsa.checking import Checked, check_files
from medsettle.nhsa.finding import Finding
from medsettle.nhsa.profiles import Profile, profile, profile_names
from medsettle.nhsa.refusing import MessageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `nhsa check` takes."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", type=Path, help=".json, or .jsonl: a message a line"
    )
    add_profile(parser, "that of the region a message names, else national")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the output")
    parser.add_argument(
        "--all", action="store_true", help="tell what holds and what cannot be said, too"
    )


def add_profile(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the option that picks a region's profile."""
    parser.add_argument(
        "--profile", metavar="NAME", help=f"{', '.join(profile_names())}; default: {default}"
    )


def chosen(name: str | None) -> Profile | None:
    """Return the profile of `--profile`; raise CommandError for one that does not ship."""
    try:
        return None if name is None else profile(name)
    except MessageError as error:
        raise CommandError(f"--profile: expected {error.expected}", USAGE) from None


def run(args: argparse.Namespace) -> int:
    """Check files and tell what fails; exit 1 if something does."""
    use = chosen(args.profile)
    for path in args.files:
        if path.is_dir():
            raise CommandError(f"{path}: is a folder, not a file")
    try:
        checked = check_files(args.files, use)
        failed = (_print_json if args.format == "json" else _print_text)(checked, args.all)
    except BrokenPipeError:
        raise  # that of whoever read the output, not of a file
    except OSError as error:
        raise CommandError(f"{error.filename}: {reason_of(error)}") from None
    return FAILED if failed else OK


def _print_text(checked: Iterable[Checked], everything: bool) -> bool:
    told: Counter[str] = Counter()
    for one in checked:
        if one.is_empty:
            told["empty"] += 1
            if everything:
                print(f"{one.place}: nothing to check")
            continue
        told["message"] += 1
        told["bad"] += one.fails
        if one.error is not None:
            told["unreadable"] += 1
            print(f"{one.place}: {one.error}")
        for found in one.findings:
            told[found.state] += 1
            if everything or found.state in (finding.FAILS, finding.NOTE):
                print(f"{one.place}: {found}")
    parts = [counted(told["message"], "message"), f"{told[finding.FAILS]:,} failed"]
    parts += [f"{told[finding.OK]:,} ok", f"{told[finding.NOT_APPLICABLE]:,} not applicable"]
    parts.append(counted(told[finding.NOTE], "note"))
    if told["unreadable"]:
        parts.append(f"{told['unreadable']:,} unreadable")
    if told["empty"]:
        parts.append(f"{told['empty']:,} with nothing to check")
    print(", ".join(parts))
    return told["bad"] > 0 or not (told["message"] or told["empty"])


def _print_json(checked: Iterable[Checked], everything: bool) -> bool:
    """Print a list with an object for each message, one a line."""
    bad, separator = False, "["
    for one in checked:
        bad |= one.fails
        print(separator, json.dumps(_as_dict(one, everything), ensure_ascii=False))
        separator = ","
    print("]" if separator == "," else "[]")
    return bad or separator == "["


def _as_dict(one: Checked, everything: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"file": one.file, "message": one.number}
    if one.line is not None:
        told["line"] = one.line
    if one.error is not None:
        error = one.error
        told["error"] = {"code": error.code, "field": error.field, "row": error.row}
        told["error"]["text"] = str(error)
        return told
    if one.is_empty:
        told["nothing_to_check"] = True
        return told
    shown = (finding.FAILS, finding.NOTE)
    told["profile"] = one.profile
    told["findings"] = [
        _finding(found) for found in one.findings if everything or found.state in shown
    ]
    return told


def _finding(found: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"identity": found.identity, "state": found.state, "text": found.text}
    if found.row is not None:
        told["row"] = found.row
    if found.by:
        told["by"] = str(found.by)
    if found.terms:
        told["terms"] = [[name, str(value)] for name, value in found.terms]
    if found.missing:
        told["missing"] = list(found.missing)
    return told
