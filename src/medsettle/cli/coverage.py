"""`medsettle coverage`: which regions, benefits and layers there are, and how well founded."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medsettle.cases import SUFFIX, read_cases
from medsettle.cli.common import OK
from medsettle.load import read, shipped
from medsettle.policy.document import Policy
from medsettle.text import columns
from medsettle.vocabulary import PROVENANCE


class Examples(msgspec.Struct, frozen=True):
    """How many cases of a policy are published ones, and how many its own."""

    published: int
    own: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `coverage` takes: nothing."""


def run(args: argparse.Namespace) -> int:
    """Print what the shipped policies cover."""
    head = ["policy", "benefit", "from", "layers", *PROVENANCE]
    layers: list[list[str]] = []
    policies: list[list[str]] = []
    total = Examples(0, 0)
    for name, file in shipped().items():
        policy, found = read(file), examples(file)
        layers += _benefit_rows(policy)
        policies.append([name, policy.title, str(found.published), str(found.own)])
        total = Examples(total.published + found.published, total.own + found.own)
    print(columns([head, *layers], right=range(3, len(head))))
    print(columns([["policy", "title", "published", "own"], *policies], right=(2, 3)))
    print(f"{len(policies)} policies, {total.published} published examples, {total.own} own")
    return OK


def examples(file: Path) -> Examples:
    """Return how many cases stand beside a policy."""
    beside = file.with_name(f"{file.stem}{SUFFIX}")
    cases, _ = read_cases(beside) if beside.is_file() else (None, [])
    found = cases.cases if cases else ()
    published = sum(bool(case.published) for case in found)
    return Examples(published, len(found) - published)


def _benefit_rows(policy: Policy) -> Iterator[list[str]]:
    """Yield a row for each benefit: since when, and its layers by provenance."""
    for name, versions in policy.benefits.items():
        names = dict.fromkeys(layer for version in versions for layer in version.layers)
        found = [layer.provenance for one in names for layer in policy.layers[one]]
        counts = [str(found.count(provenance)) for provenance in PROVENANCE]
        since = min(version.from_ for version in versions)
        yield [policy.name, name, since.isoformat(), str(len(found)), *counts]
