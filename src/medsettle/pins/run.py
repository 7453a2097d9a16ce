"""The examples of a policy, run again with every figure changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from medsettle.case_files import Case
from medsettle.cases import run_case
from medsettle.compile import CompileError, compile_policy
from medsettle.model import Claim
from medsettle.pins.figures import Change, Figure, figures_in
from medsettle.policy.document import Benefit, Layer, Policy
from medsettle.policy.errors import Diagnostic, PolicyError, Report, quoted
from medsettle.policy.read import policy_of
from medsettle.policy.resolve import in_force
from medsettle.policy.source import SourceText, read_source
from medsettle.table import BenefitTable

#: A version of a benefit or a layer: "benefit" or "layer", its name, its number among them.
Version = tuple[str, str, int]


class Pins(msgspec.Struct, frozen=True):
    """What was found about the figures of one policy."""

    figures: int
    pinned: int
    fixed: int  # that no change leaves the policy a policy, so that nothing can be told of them
    diagnostics: tuple[Diagnostic, ...]


def pins_of(path: Path | str, cases: Sequence[Case]) -> Pins:
    """Return which figures of the policy at `path` the `cases` pin; raise PolicyError.

    The cases must all come out as they are.
    """
    source, report = read_source(path)
    if source is None:
        raise PolicyError(report.diagnostics())
    examples = _Examples(source, cases)
    figures = list(figures_in(source))
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
        self.policy = policy
        self.touched = [frozenset(_touched(policy, case)) for case in cases]

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
        try:
            table = BenefitTable(compile_policy(_only_for(policy, cases)))
        except CompileError:
            return None
        return any(not run_case(table, case).passed for case in cases)

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


def _rule_date(policy: Policy, claim: Claim) -> dt.date:
    told: dt.date | None = getattr(claim, policy.rule_by)
    return told or claim.date


def _touched(policy: Policy, case: Case) -> Iterator[Version]:
    """Yield the versions by which the claims of a case are settled, serving them or not."""
    for given in case.claims:
        day = _rule_date(policy, given.claim)
        name = given.claim.benefit
        versions = policy.benefits.get(name, ())
        benefit = in_force(versions, day)
        if benefit is None:
            continue
        yield "benefit", name, versions.index(benefit)
        for listed in benefit.layers:
            layer = in_force(policy.layers[listed], day)
            if layer is not None:
                yield "layer", listed, policy.layers[listed].index(layer)


def _only_for(policy: Policy, cases: Iterable[Case]) -> Policy:
    """Return the policy with its benefits only on the days that the cases need: less to compile.

    All layers stay, so that every counter is there.
    """
    days: dict[str, set[dt.date]] = {}
    for case in cases:
        for given in case.claims:
            days.setdefault(given.claim.benefit, set()).add(_rule_date(policy, given.claim))
    benefits = {}
    for name, wanted in days.items():
        found = [(day, in_force(policy.benefits.get(name, ()), day)) for day in sorted(wanted)]
        benefits[name] = tuple(
            msgspec.structs.replace(version, from_=day, until=day + dt.timedelta(1))
            for day, version in found
            if version is not None
        )
    return msgspec.structs.replace(policy, benefits=benefits)


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
