"""The examples of a policy, run again with every figure changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from medsettle.case_files import Case
from medsettle.pins.examples import Version, comes_out, touched_by
from medsettle.pins.figures import DATES, Change, Figure, figures_in
from medsettle.policy.document import Benefit, Layer, Policy
from medsettle.policy.errors import Diagnostic, PolicyError, Report, quoted
from medsettle.policy.read import policy_of
from medsettle.policy.resolve import in_force
from medsettle.policy.source import SourceText, read_source


class Pins(msgspec.Struct, frozen=True):
    """What was found about the figures of one policy."""

    figures: int
    pinned: int
    fixed: int  # that no change leaves the policy a policy, so that nothing can be told of them
    diagnostics: tuple[Diagnostic, ...]


def pins_of(path: Path | str, cases: Sequence[Case]) -> Pins:
    """Return which figures of the policy at `path` the `cases` pin.

    Raises PolicyError for a file that is no policy, ValueError for a case that does not come out.
    """
    source, report = read_source(path)
    if source is None:
        raise PolicyError(report.diagnostics())
    examples = _Examples(source, cases)
    figures = [one for one in figures_in(source) if not examples.is_out_of_use(one)]
    report = Report(source.file, source.lines)
    pinned = fixed = 0
    for figure in figures:
        tried = examples.try_out(figure)
        pinned += tried is None
        fixed += tried == []
        if tried:
            _tell(report, source, figure, tried)
    return Pins(len(figures), pinned, fixed, tuple(report.diagnostics()))


class _Examples:
    """A policy with its examples, and which versions each example touches."""

    def __init__(self, source: SourceText, cases: Sequence[Case]) -> None:
        self.source = source
        self.cases = cases
        policy = _policy(source, {})
        if policy is None:
            raise ValueError(f"{source.file} is no policy")
        for case in cases:
            if not comes_out(policy, case):  # or every change would seem to be noticed
                raise ValueError(f"{case.place.file}:{case.place.line}: does not come out")
        self.policy = policy
        self.touched = [frozenset(touched_by(policy, case)) for case in cases]

    def is_out_of_use(self, figure: Figure) -> bool:
        """Tell whether a figure is the day of a layer that no benefit lists on either side of it.

        It tells when a rule came into force, but no claim can feel it.
        """
        if figure.path[0] != "layer" or figure.key not in DATES:
            return False
        name = figure.path[1]
        day = self.source.value_at(figure.path)
        sides = [day, day - dt.timedelta(1)]
        versions = [in_force(them, on) for them in self.policy.benefits.values() for on in sides]
        return not any(one is not None and name in one.layers for one in versions)

    def try_out(self, figure: Figure) -> list[str] | None:
        """Return what the figure was changed to without any example noticing.

        None as soon as one does; nothing when no change leaves the policy a policy.
        """
        tried: list[str] = []
        for changes in (figure.changes, figure.wider):
            refused = 0
            for change in changes:
                noticed = self._notice(change)
                if noticed:
                    return None
                refused += noticed is None
                tried += [change.text] if noticed is False else []
            if not refused or (tried and not figure.moves_others):
                break
        return tried

    def _notice(self, change: Change) -> bool | None:
        """Tell whether an example notices a change; None when there is no such policy."""
        policy = _policy(self.source, change.values)
        if policy is None:
            return None
        cases = self._concerned(policy)
        if not cases:
            return False
        if any(None in touched_by(policy, case) for case in cases):
            return None
        return not all(comes_out(policy, case) for case in cases)

    def _concerned(self, policy: Policy) -> list[Case]:
        """Return the cases that may come out otherwise under a changed policy."""
        if _head(policy) != _head(self.policy):
            return list(self.cases)
        before, after = dict(_versions(self.policy)), dict(_versions(policy))
        changed = {version for version, it in before.items() if after.get(version) != it}
        pairs = zip(self.cases, self.touched, strict=True)
        return [case for case, touched in pairs if touched & changed]


def _policy(source: SourceText, values: Mapping[tuple[str | int, ...], object]) -> Policy | None:
    """Return the policy with other values at some places of its file; None if it is none."""
    changed = source.changed(values)
    return policy_of(changed, Report(source.file, source.lines))


def _head(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, benefits={}, layers={})


def _versions(policy: Policy) -> Iterator[tuple[Version, Benefit | Layer]]:
    for name, benefits in policy.benefits.items():
        yield from ((("benefit", name, i), one) for i, one in enumerate(benefits))
    for name, layers in policy.layers.items():
        yield from ((("layer", name, i), one) for i, one in enumerate(layers))


def _tell(report: Report, source: SourceText, figure: Figure, tried: list[str]) -> None:
    whom = f" for {quoted(figure.whom)}" if figure.whom else ""
    *most, last = dict.fromkeys(tried)
    report.add(
        "P701",
        source.value_place(figure.path),
        key=figure.key,
        whom=whom,
        found=source.shown(figure.path),
        tried=f"{', '.join(most)} or {last}" if most else last,
        remedy=f"{figure.remedy}{whom}",
    )
