"""Entitlement (待遇享受): which funds may pay for a person's visit, and why others may not.

Start with `entitlement`; see `docs/entitlement.md`.
"""

from medsettle.entitlement.answer import Assumed, Entitlement, FundEntitlement, Why
from medsettle.entitlement.check import entitlement
from medsettle.entitlement.enrolment import PAUSES, STANDINGS, Designation, Enrolment, choose

__all__ = [
    "PAUSES",
    "STANDINGS",
    "Assumed",
    "Designation",
    "Enrolment",
    "Entitlement",
    "FundEntitlement",
    "Why",
    "choose",
    "entitlement",
]
