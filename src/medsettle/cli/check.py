"""`medsettle check`: everything that is wrong with policies and their cases."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from medsettle.bill.rules_file import examine_rules, is_rules
from medsettle.case_files import read_cases
from medsettle.cli.common import FAILED, OK, CommandError, counted
from medsettle.cli.files import is_cases, toml_files
from medsettle.cli.national import national_departures
from medsettle.compile import CompileError, compile_policy
from medsettle.policy.errors import Diagnostic, render_all
from medsettle.policy.limits import examine_limits, is_limits
from medsettle.policy.load import examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `check` takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, policies; shipped"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the output")


def run(args: argparse.Namespace) -> int:
    """Check files and print every diagnostic; warnings alone are no failure."""
    files = toml_files(args.paths)
    if not files:
        raise CommandError(f"no .toml file in {', '.join(args.paths)}")
    found = list(dict.fromkeys(diagnostic for file in files for diagnostic in diagnose(file)))
    if args.format == "json":
        told = [diagnostic.as_dict() for diagnostic in found]
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print_text(found, len(files))
    return FAILED if any(diagnostic.is_error for diagnostic in found) else OK


def diagnose(file: Path) -> list[Diagnostic]:
    """Return all diagnostics of a policy, a cases file, national limits, or a catalogue's rules."""
    if is_cases(file):
        return read_cases(file)[1]
    if is_limits(file):
        return examine_limits(file)[1]
    if is_rules(file):
        return examine_rules(file)[1]
    policy, found = examine(file)
    if policy is not None:
        try:
            compile_policy(policy)
        except CompileError as error:
            found = [*found, Diagnostic("P516", "error", error.place, error.what)]
        found = [*found, *national_departures(policy)]
    return found


def _print_text(found: Sequence[Diagnostic], n_files: int) -> None:
    if found:
        print(render_all(found), end="\n\n")
    errors = sum(diagnostic.is_error for diagnostic in found)
    told = {"file": n_files, "error": errors, "warning": len(found) - errors}
    print(", ".join(counted(n, what) for what, n in told.items()))
