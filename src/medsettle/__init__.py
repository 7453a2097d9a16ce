"""medsettle settles bills by China's regional medical-insurance policies.

Exact to the fen, traceable to the clause.  Start with `load`:

    import medsettle as ms
    table = ms.load("110000/employee")
    result = table.settle(ms.Claim.from_yuan(...))
"""

from medsettle.load import UnknownPolicyError, load, shipped
from medsettle.model import Claim, Step, YearToDate
from medsettle.policy import PolicyError
from medsettle.refusal import ClaimError, Reason, Status
from medsettle.settlement import Receipt, ReceiptLine, Settlement
from medsettle.table import BenefitTable, TableError

__all__ = [
    "BenefitTable",
    "Claim",
    "ClaimError",
    "PolicyError",
    "Reason",
    "Receipt",
    "ReceiptLine",
    "Settlement",
    "Status",
    "Step",
    "TableError",
    "UnknownPolicyError",
    "YearToDate",
    "load",
    "shipped",
]
__version__ = "0.1.0"
