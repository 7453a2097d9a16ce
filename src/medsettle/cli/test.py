"""`medsettle test`: the worked examples beside the policies, exactly."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from medsettle.case_files import SUFFIX, Case, read_cases
from medsettle.cases import CaseResult, run_file
from medsettle.cli.common import FAILED, OK, CommandError
from medsettle.cli.files import cases_files, files_without_cases, toml_files
from medsettle.pins import pins_of
from medsettle.policy.errors import render_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `test` takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, policies; shipped"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="name the passed cases too")
    parser.add_argument(
        "--pins", action="store_true", help="tell which figures no example depends on"
    )


def run(args: argparse.Namespace) -> int:
    """Run cases; a file that cannot be read, or has none, counts as one failed."""
    files = cases_files(args.paths)
    bare = files_without_cases(args.paths)
    if not files and not bare:
        raise CommandError(f"no .cases.toml in {', '.join(args.paths) or 'the shipped policies'}")
    for policy in bare:
        expected = f"{policy.stem}{SUFFIX} beside it" if policy.is_file() else "a file"
        print(f"FAILED {policy}: has no worked examples, expected {expected}")
    passed, failed = 0, len(bare)
    for file in files:
        results, diagnostics = run_file(file)
        broken = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
        if broken:
            print(f"FAILED {file}: cannot be run\n{render_all(broken)}")
        for result in results:
            _tell(result, verbose=args.verbose)
        good = sum(result.passed for result in results)
        passed += good
        failed += len(results) - good + bool(broken)
    print(f"{passed} passed, {failed} failed")
    if args.pins and not failed:
        _tell_pins(files)
    return FAILED if failed else OK


def _tell_pins(files: Iterable[Path]) -> None:
    """Tell the figures of the policies that no example in `files` pins; all examples pass."""
    examples: dict[Path, list[Case]] = {}
    for file in files:
        cases = read_cases(file)[0]
        if cases is not None:
            examples.setdefault(toml_files([cases.policy])[0], []).extend(cases.cases)
    try:
        found = [pins_of(policy, cases) for policy, cases in examples.items()]
    except ValueError as error:
        raise CommandError(str(error)) from None
    loose = [diagnostic for pins in found for diagnostic in pins.diagnostics]
    if loose:
        print(f"\n{render_all(loose)}\n")
    told = f"{sum(pins.figures for pins in found)} figures, "
    told += f"{sum(pins.pinned for pins in found)} pinned"
    fixed = sum(pins.fixed for pins in found)
    print(f"{told}, {fixed} that cannot be changed alone" if fixed else told)


def _tell(result: CaseResult, *, verbose: bool) -> None:
    case = result.case
    kind = f"published {case.published}" if case.published else "own"
    if not result.passed:
        print(f"FAILED {case.name} ({kind})")
        for mismatch in result.mismatches:
            print(f"  {mismatch.render()}")
    elif verbose:
        print(f"passed {case.name} ({kind})")
