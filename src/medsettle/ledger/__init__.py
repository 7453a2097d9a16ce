"""A person's bills as a value: settled, previewed, cancelled, late, replaced; with what follows.

ledger = ms.Ledger(table)
change = ledger.settle(claim)
ledger.cancel("B1").differences      # of every later claim, per payer
"""

from medsettle.ledger.amounts import Sums
from medsettle.ledger.change import Change, Difference
from medsettle.ledger.edits import OF_PERSON
from medsettle.ledger.errors import Fault, LedgerError
from medsettle.ledger.ledger import Ledger, Preview
from medsettle.ledger.records import Row
from medsettle.ledger.stays import Part, split_stay

__all__ = [
    "OF_PERSON",
    "Change",
    "Difference",
    "Fault",
    "Ledger",
    "LedgerError",
    "Part",
    "Preview",
    "Row",
    "Sums",
    "split_stay",
]
