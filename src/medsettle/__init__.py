"""medsettle settles bills by China's regional medical-insurance policies.

Exact to the fen, traceable to the clause.  Start with `load`:

    import medsettle as ms
    table = ms.load("110000/employee")
    result = table.settle(ms.Claim.from_yuan(...))

What settling one claim does not need is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from medsettle.load import UnknownPolicyError, load, shipped
from medsettle.model import Claim, Step, YearToDate
from medsettle.policy import PolicyError
from medsettle.refusal import ClaimError, Reason, Status
from medsettle.settlement import Receipt, ReceiptLine, Settlement
from medsettle.table import BenefitTable, TableError

if TYPE_CHECKING:
    from medsettle.bill.bill import Bill
    from medsettle.bill.catalogue import Catalogue, open_catalogue
    from medsettle.bill.image import CatalogueError
    from medsettle.bill.line import FeeLine, LineResult
    from medsettle.bill.refused import LinesError
    from medsettle.cashier import CashierAmount, round_cash
    from medsettle.entitlement import Designation, Enrolment, Entitlement
    from medsettle.ledger import Ledger, LedgerError, Part, split_stay

#: Which room has a name that is imported late.
_ROOMS = {
    "Bill": "bill.bill",
    "CashierAmount": "cashier",
    "Catalogue": "bill.catalogue",
    "CatalogueError": "bill.image",
    "Designation": "entitlement",
    "Enrolment": "entitlement",
    "Entitlement": "entitlement",
    "FeeLine": "bill.line",
    "Ledger": "ledger",
    "LedgerError": "ledger",
    "LineResult": "bill.line",
    "LinesError": "bill.refused",
    "Part": "ledger",
    "open_catalogue": "bill.catalogue",
    "round_cash": "cashier",
    "split_stay": "ledger",
}

__all__ = [
    "BenefitTable",
    "Bill",
    "CashierAmount",
    "Catalogue",
    "CatalogueError",
    "Claim",
    "ClaimError",
    "Designation",
    "Enrolment",
    "Entitlement",
    "FeeLine",
    "Ledger",
    "LedgerError",
    "LineResult",
    "LinesError",
    "Part",
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
    "open_catalogue",
    "round_cash",
    "shipped",
    "split_stay",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the room of a name when it is first asked for."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'medsettle' has no attribute {name!r}")
    value = getattr(import_module(f"medsettle.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value
