"""The door for policy files: read, check, and return a policy or all that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from medsettle.policy.check import check
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic, PolicyError, Report, by_place
from medsettle.policy.read import policy_of
from medsettle.policy.source import SourceText, parse_text, read_source


def load_policy(path: Path | str) -> Policy:
    """Return the policy in a file, read and checked; raises PolicyError with every mistake."""
    policy, diagnostics = examine(path)
    if policy is None:
        raise PolicyError(diagnostics)
    return policy


def examine(path: Path | str) -> tuple[Policy | None, list[Diagnostic]]:
    """Return the policy in a file, None if it has errors, and all diagnostics, warnings too."""
    return _examined(*read_source(path))


def examine_text(text: str, file: str) -> tuple[Policy | None, list[Diagnostic]]:
    """Return what `examine` returns, for `text`; `file` names it in messages."""
    return _examined(*parse_text(text, file))


def _examined(source: SourceText | None, report: Report) -> tuple[Policy | None, list[Diagnostic]]:
    policy = None if source is None else policy_of(source, report)
    found = report.diagnostics()
    if policy is not None:
        found = by_place([*found, *check(policy, source)])
    usable = not any(diagnostic.is_error for diagnostic in found)
    return (policy if usable else None), found
