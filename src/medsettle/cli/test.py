"""`medsettle test`: the worked examples beside the policies, exactly."""

from __future__ import annotations

import argparse

from medsettle.case_files import SUFFIX
from medsettle.cases import CaseResult, run_file
from medsettle.cli.common import FAILED, OK, CommandError
from medsettle.cli.files import cases_files, files_without_cases
from medsettle.policy.errors import render_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `test` takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, policies; shipped"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="name the passed cases too")


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
    return FAILED if failed else OK


def _tell(result: CaseResult, *, verbose: bool) -> None:
    case = result.case
    kind = f"published {case.published}" if case.published else "own"
    if not result.passed:
        print(f"FAILED {case.name} ({kind})")
        for mismatch in result.mismatches:
            print(f"  {mismatch.render()}")
    elif verbose:
        print(f"passed {case.name} ({kind})")
