"""Whether a policy makes sense: dates, references, bases, counters and figures.

Each matter has its room under `checks/`; all of them run, and none stops at its first mistake.
"""

from __future__ import annotations

from medsettle.policy.checks.bases import check_bases
from medsettle.policy.checks.capacity import check_capacity
from medsettle.policy.checks.changes import check_changes
from medsettle.policy.checks.context import Checked
from medsettle.policy.checks.counters import check_counters
from medsettle.policy.checks.dates import check_dates
from medsettle.policy.checks.figures import check_figures
from medsettle.policy.checks.fineness import check_fineness
from medsettle.policy.checks.limits import check_limits
from medsettle.policy.checks.names import check_names
from medsettle.policy.checks.references import check_references
from medsettle.policy.checks.told_apart import check_told_apart
from medsettle.policy.document import Policy
from medsettle.policy.errors import Diagnostic
from medsettle.policy.source import SourceText


def check(policy: Policy, source: SourceText | None = None) -> list[Diagnostic]:
    """Return all mistakes of sense, by place.

    With the `source` the policy was read from they point at the very word, and show its line;
    without, at the version it stands in.
    """
    checked = Checked(policy, source)
    check_dates(checked)
    check_references(checked)
    check_names(checked)
    check_bases(checked)
    check_counters(checked)
    check_figures(checked)
    check_limits(checked)
    check_changes(checked)
    check_capacity(checked)
    check_told_apart(checked)
    check_fineness(checked)
    return checked.report.diagnostics()
