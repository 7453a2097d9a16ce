"""Reconciliation: the settlements of a hospital against those of the insurer.

`reconcile` compares two sides and tells totals, then every difference with its class;
`docs/reconcile.md` says what each class is.
"""

from medsettle.reconcile.errors import ReconcileError, Reject
from medsettle.reconcile.kinds import Kind
from medsettle.reconcile.result import (
    ClassTotal,
    Difference,
    GroupTotal,
    Reconciliation,
    Sums,
)
from medsettle.reconcile.run import reconcile

__all__ = [
    "ClassTotal",
    "Difference",
    "GroupTotal",
    "Kind",
    "ReconcileError",
    "Reconciliation",
    "Reject",
    "Sums",
    "reconcile",
]
