"""A hospital's till: from fee lines to the slip, and back again when a bill changes.

    python examples/his_checkout.py [FOLDER]

One person's spring, by Beijing's policy for employees and the made-up catalogue beside this file:
a preview in the time of a key press, a settlement, a bill that comes late, one that is cancelled,
the cash at the till, the slip (in FOLDER, if one is given), and the evening's comparison with the
insurer.  Every amount that is printed is computed; what must hold is asserted.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path

import medsettle as ms
from medsettle.entitlement import entitlement
from medsettle.ledger import Change
from medsettle.reconcile import reconcile

CATALOGUE = Path(__file__).resolve().parent / "catalogue"


def line(id: str, code: str, price: str, quantity: str = "1", returns: str = "") -> ms.FeeLine:
    """Return a fee line; prices and quantities are text or decimals, never floats."""
    return ms.FeeLine.from_yuan(code, price=price, quantity=quantity, id=id, returns=returns)


def visit(id: str, date: str, benefit: str, days: int | None = None) -> ms.Claim:
    """Return what a bill is for; its four amounts will come from the lines."""
    return ms.Claim.from_yuan(
        id=id,
        date=date,
        benefit=benefit,
        level="tertiary",
        status="active",
        days=days,
        in_scope=0,
    )


#: What the hospital charged; the codes are those of the sample catalogue.
STAY = [
    line("1", "001109000010000", "60", "6"),  # a bed, above the ceiling of 50 a day
    line("2", "002103000010000", "210"),  # CT: the ceiling is 200, a tenth of that first
    line("3", "002103000010000", "210"),  # charged twice ...
    line("4", "002103000010000", "210", "-1", returns="3"),  # ... and taken back
    line("5", "XB05BBL906B002010199006", "4.52", "120"),
    line("6", "002305000100000", "7500"),  # PET-CT, which nobody covers
    line("7", "XC01AAD908A001010199008", "180.55", "150"),
]
CLINIC = [line("1", "XA02BCA901A001010199001", "23.80", "90")]
LATE = [line("1", "XC01DAX909A001010199009", "19.99", "60")]


def show(change: Change) -> None:
    """Print what an operation did: its claim, and every other that comes out otherwise."""
    for difference in (change.concerned, *change.differences):
        print("  ", difference)


def main(folder: Path | None) -> None:
    """Go through it, printing what the cashier, the patient and the accountant see."""
    table = ms.load("110000/employee")
    catalogue = ms.Catalogue.from_files(
        [CATALOGUE / "sample.items.csv"], CATALOGUE / "sample.rules.toml"
    )
    stay = visit("stay", "2025-03-07", "inpatient", days=6)

    print("May a fund pay at all?")
    person = ms.Enrolment(region="110000", scheme="employee", enrolled_from=dt.date(2020, 1, 1))
    answer = entitlement(table, stay, [person])
    print("  ", ", ".join(answer.funds))

    print("The lines, and what of each is in scope")
    bill = catalogue.split(stay, STAY, table)
    for one in bill.lines:
        print(f"   {one.amount:>10} {one.in_scope:>10}  {one.name}")
    assert sum(one.amount_fen for one in bill.lines) == bill.claim.total_fen

    print("Preview, then settle: the same")
    ledger = ms.Ledger(table)
    ledger.deposit("2025-01-01", 1_500_00)  # what is in the person's account
    preview = ledger.preview.settle(bill.claim)
    change = ledger.settle(bill.claim)
    assert change.rows == preview.rows
    show(change)
    show(
        ledger.settle(
            catalogue.split(visit("clinic", "2025-03-20", "outpatient"), CLINIC, table).claim
        )
    )

    print("A bill of February comes late: what does it change for those of March?")
    late = catalogue.split(visit("late", "2025-02-11", "outpatient"), LATE, table)
    show(ledger.settle(late.claim))

    print("The stay is cancelled, and settled again without the PET-CT")
    before = ledger.year_to_date
    show(ledger.cancel("stay"))
    bill = catalogue.split(stay, [one for one in STAY if one.id != "6"], table)
    change = ledger.settle(bill.claim)
    show(change)
    assert ledger.year_to_date == before  # what is not covered counts nowhere

    print("At the till: cash in whole jiao, the difference kept apart")
    settled = change.settlement
    cashier = ms.round_cash(settled.cash_fen, to="jiao")
    print(f"   {settled.cash} due, {Decimal(cashier.rounded_fen).scaleb(-2)} taken")
    if folder is not None:
        slip = folder / "slip.html"
        slip.write_text(settled.page("zh", bill=bill, cashier=cashier), encoding="utf-8")
        print(f"The slip: {slip}")
    else:
        print("The slip, its first lines")
        print(
            "  ", "\n   ".join(settled.explain("zh", bill=bill, cashier=cashier).splitlines()[:6])
        )

    print("In the evening: is what we booked what the insurer booked?")
    ours = [
        {
            "setl_id": str(row.number),
            "init_setl_id": None if row.reverses is None else str(row.reverses),
            "total_fen": row.total_fen,
            "total_funds_fen": row.total_funds_fen,
            "account_fen": row.pay_fen("own_account"),
        }
        for row in ledger.rows
    ]
    theirs = [row for row in ours if row["init_setl_id"] is None]  # no reversal reached them
    result = reconcile(ours, theirs)
    print(result.summary())
    assert not result.equal
    assert reconcile(ours, ours).equal


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
