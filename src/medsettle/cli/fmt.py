"""`medsettle fmt`: policies and worked examples laid out as the shipped ones are."""

from __future__ import annotations

import argparse
import stat
from pathlib import Path
from typing import Final

from medsettle.cli.common import FAILED, OK, CommandError, counted, say, whole_file
from medsettle.cli.files import toml_files
from medsettle.policy.errors import PolicyError
from medsettle.policy.format import ChangedError, formatted
from medsettle.policy.source import SourceText, read_source

#: What a file has at its head if it is one of ours: a folder may hold other TOML.
OURS: Final = frozenset(("region", "benefit", "layer", "case", "limit"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `fmt` takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, policies; shipped"
    )
    parser.add_argument("--check", action="store_true", help="only tell which files would change")


def run(args: argparse.Namespace) -> int:
    """Lay files out anew; a file that cannot be read is told and left alone."""
    changed = wrong = seen = 0
    for file in toml_files(args.paths):
        try:
            is_changed = _format(file, write=not args.check, named=str(file) in args.paths)
        except (PolicyError, ChangedError) as error:
            say(str(error) if isinstance(error, PolicyError) else f"{file}: {error}")
            wrong += 1
            continue
        if is_changed is None:
            continue
        seen += 1
        changed += is_changed
        if is_changed:
            print(f"would change {file}" if args.check else f"changed {file}")
    if not seen and not wrong:
        raise CommandError(f"no policy and no worked examples in {', '.join(args.paths)}")
    told = "would change" if args.check else "changed"
    unread = f", {wrong} cannot be laid out" if wrong else ""
    print(f"{counted(seen, 'file')}, {changed} {told}{unread}")
    return FAILED if wrong or (args.check and changed) else OK


def _format(file: Path, *, write: bool, named: bool) -> bool | None:
    """Lay out one file; tell whether it changes, None if it is none of ours."""
    source, report = read_source(file)
    if source is None:
        raise PolicyError(report.diagnostics())
    if OURS.isdisjoint(source.data):
        if named:
            raise CommandError(f"{file}: is neither a policy nor a file of worked examples")
        return None
    before = file.read_bytes()
    after = formatted(_text(source)).encode()
    if after != before and write:
        mode = stat.S_IMODE(file.stat().st_mode)
        with whole_file(file, force=True) as part:
            part.write(after)
        file.chmod(mode)
    return after != before


def _text(source: SourceText) -> str:
    return "\n".join(source.lines)
