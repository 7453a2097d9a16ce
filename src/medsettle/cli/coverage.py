"""`medsettle coverage`: which regions, benefits and layers there are, and how well founded."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from medsettle.case_files import SUFFIX, Case, read_cases
from medsettle.cli.common import OK, CommandError
from medsettle.cli.files import policy_files
from medsettle.load import read, shipped
from medsettle.policy.document import Policy
from medsettle.text import columns
from medsettle.vocabulary import PROVENANCE


class Examples(msgspec.Struct, frozen=True):
    """How many cases are published ones, and how many a policy's own."""

    published: int
    own: int

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Examples:
        """Return how many there are of each kind."""
        kinds = [bool(case.published) for case in cases]
        return cls(kinds.count(True), kinds.count(False))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coverage` takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, policies; shipped"
    )


def run(args: argparse.Namespace) -> int:
    """Print what policies cover; by default, those that are shipped."""
    files = policy_files(args.paths) if args.paths else list(shipped().values())
    if not files:
        raise CommandError(f"no policy in {', '.join(args.paths)}")
    head = ["policy", "benefit", "from", "layers", *PROVENANCE, "published", "own"]
    layers: list[list[str]] = []
    policies: list[list[str]] = []
    total = Examples(0, 0)
    for file in files:
        policy, cases = read(file), cases_of(file)
        found = Examples.of(cases)
        layers += _benefit_rows(policy, cases)
        policies.append([policy.name, policy.title, str(found.published), str(found.own)])
        total = Examples(total.published + found.published, total.own + found.own)
    print(columns([head, *layers], right=range(3, len(head))))
    print(columns([["policy", "title", "published", "own"], *policies], right=(2, 3)))
    print(f"{len(policies)} policies, {total.published} published examples, {total.own} own")
    return OK


def cases_of(file: Path) -> tuple[Case, ...]:
    """Return the cases that stand beside a policy."""
    beside = file.with_name(f"{file.stem}{SUFFIX}")
    cases, _ = read_cases(beside) if beside.is_file() else (None, [])
    return cases.cases if cases else ()


def _benefit_rows(policy: Policy, cases: tuple[Case, ...]) -> Iterator[list[str]]:
    """Yield a row for each benefit: since when, its layers by provenance, and its examples.

    An example counts for each benefit that one of its claims is for.
    """
    for name, versions in policy.benefits.items():
        names = dict.fromkeys(layer for version in versions for layer in version.layers)
        found = [layer.provenance for one in names for layer in policy.layers[one]]
        counts = [str(found.count(provenance)) for provenance in PROVENANCE]
        since = min(version.from_ for version in versions)
        mine = Examples.of(
            case for case in cases if any(one.claim.benefit == name for one in case.claims)
        )
        told = [str(mine.published), str(mine.own)]
        yield [policy.name, name, since.isoformat(), str(len(found)), *counts, *told]
