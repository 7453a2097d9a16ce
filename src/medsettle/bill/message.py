"""One bill as JSON: a claim with its fee lines in, its settlement with every line's split out.

`docs/json.md` describes the messages.  Lines that are plain are read and split by the extension;
whatever is wrong or unusual goes the long way through `FeeLine`, which knows the words for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

import msgspec

from medsettle._core.lines import BillLines, LineForm, split_message
from medsettle.bill.layout import PRICE_MAX_E6, QUANTITY_MAX_E4
from medsettle.bill.line import FeeLine
from medsettle.bill.refused import SUPPLY_MAX_E2, demand_lines
from medsettle.bill.words import APPROVALS, CLASSES, HERB_USES
from medsettle.messages import bad_record, decode, fen_of, money_of, number_of, parts, shape
from medsettle.money import FEN_MAX, yuan_text
from medsettle.refusal import ClaimError, Reason
from medsettle.vocabulary import FOUR_AMOUNTS
from medsettle.wire import ClaimBody, YearBody, claim_of, settlement_json

if TYPE_CHECKING:
    from medsettle.bill.bill import Bill
    from medsettle.bill.catalogue import Catalogue
    from medsettle.model import Claim, YearToDate
    from medsettle.settlement import Settlement
    from medsettle.table import BenefitTable

#: The longest message that is read: some twenty thousand lines.
BYTES_MAX: Final = 4 * 1024 * 1024

_ENCODER: Final = msgspec.json.Encoder()
_STATED: Final = tuple(f"{name}{unit}" for name in FOUR_AMOUNTS for unit in ("", "_fen"))
_NULL: Final = b"null"
_MISSING: Final = {
    "code": ("the code is missing", "the code of an item"),
    "price": ("the price is missing", "yuan such as 4.52"),
    "quantity": ("the quantity is missing", "a number such as 1.5"),
}
_TEXTS: Final[dict[str, Mapping[str, str]]] = {"approval": APPROVALS, "herb_use": HERB_USES}


class LineBody(TypedDict, total=False):
    """A fee line in a message."""

    code: str
    price: msgspec.Raw
    quantity: msgspec.Raw
    amount: msgspec.Raw
    date: dt.date | None
    id: str
    returns: str
    approval: str
    herb_use: str
    discharge_medicine: bool
    supply_days: msgspec.Raw


class BillBody(ClaimBody, total=False):
    """A claim with its fee lines in a message."""

    lines: list[LineBody]
    insured: str
    price_level: str


class _Message(BillBody, total=False):
    claim: BillBody
    ytd: YearBody | None


#: The message of one bill.
BILL: Final = shape("one bill", BYTES_MAX, _Message, claim=BillBody, ytd=YearBody, lines=LineBody)


class BillMessage(NamedTuple):
    """What a message of a bill says.

    `lines` is None where it has none: the claim's four amounts are then its own.  `total_fen` is
    the bill's total, where the claim tells that and no other amount.  `insured` and `price_level`
    are as of `Catalogue.split`.
    """

    claim: Claim
    lines: tuple[FeeLine, ...] | None
    ytd: YearToDate | None
    insured: str | None
    total_fen: int | None
    price_level: str | None = None


def settle_bill_json(table: BenefitTable, catalogue: Catalogue, data: bytes | str) -> bytes:
    """Split and settle one bill given as JSON (UTF-8), and answer with JSON; see `docs/json.md`.

    Raises ClaimError, naming the line and the field, for anything that cannot be settled, and
    LinesError, which is one, for lines that the catalogue refuses.
    """
    message, lines = _decoded(data)
    if lines is None:
        return settlement_json(table.settle(message.claim, message.ytd))
    plain = _split_plain(table, catalogue, message, lines)
    if plain is None:
        bill = catalogue.split(
            message.claim,
            _fee_lines(lines),
            table,
            insured=message.insured,
            price_level=message.price_level,
        )
        check_total(bill.claim, message.total_fen)
        return bill_json(bill, table.settle(bill.claim, message.ytd))
    claim, split, ids = plain
    check_total(claim, message.total_fen)
    settled = settlement_json(table.settle(claim, message.ytd))
    return catalogue.form.answer(split, ids, settled)


def read_bill(data: bytes | str) -> BillMessage:
    """Return what a message of a bill says; raise ClaimError, naming the line and the field."""
    message, lines = _decoded(data)
    return message if lines is None else message._replace(lines=_fee_lines(lines))


def bill_json(bill: Bill, settlement: Settlement) -> bytes:
    """Return a settled bill as JSON: that of its settlement, with `amounts` and `lines`."""
    ids = [line.id for line in bill.charged]
    return bill.catalogue.form.answer(bill.split, ids, settlement_json(settlement))


def check_total(claim: Claim, total_fen: int | None) -> None:
    """Raise ClaimError where the lines of a bill do not come to the total that it tells."""
    if total_fen is not None and claim.total_fen != total_fen:
        raise ClaimError(
            Reason.AMOUNTS_DISAGREE,
            field="total",
            what="the claim's total is not the sum of its lines",
            expected=yuan_text(claim.total_fen),
            found=yuan_text(total_fen),
        )


def form_of(groups: Sequence[str]) -> LineForm:
    """Return what the answers of a catalogue have in common; `Catalogue.form` keeps it."""
    return LineForm(CLASSES, groups, _ENCODER.encode)


# ---------------------------------------------------------------------------- reading


def _decoded(data: bytes | str) -> tuple[BillMessage, list[LineBody] | None]:
    """Return a message without its lines, and these as they were decoded."""
    body, ytd = parts(data, decode(data, BILL), BILL)
    lines, insured = body.pop("lines", None), body.pop("insured", None)
    price_level = body.pop("price_level", None)
    total = None
    if lines is not None:
        demand_lines(lines)
    if lines is None:
        for name, value in (("insured", insured), ("price_level", price_level)):
            if value is not None:
                bad_record(name, "a bill with `lines`, whose shares it picks")
    elif not any(name in body for name in _STATED):
        total = body.pop("total_fen", None)
        if "total" in body:
            if total is not None:
                bad_record("total", "either `total` or `total_fen`")
            total = fen_of(body.pop("total"), "total")
        body["in_scope_fen"] = 0
    return BillMessage(claim_of(body), None, ytd, insured, total, price_level), lines


def _split_plain(
    table: BenefitTable, catalogue: Catalogue, message: BillMessage, lines: list[LineBody]
) -> tuple[Claim, BillLines, list[str]] | None:
    """Return the claim, the lines and their ids; None for lines that are not plain, or refused."""
    where = catalogue.visit_of(message.claim, table, message.insured, message.price_level)
    columns = catalogue.columns(table)
    date = message.claim.date
    found = split_message(catalogue, lines, date, *where, columns, columns[-1])
    if found is None or found[0].is_refused:
        return None
    split, ids = found
    return catalogue.filled(message.claim, split, table), split, ids


def _fee_lines(lines: Sequence[LineBody]) -> tuple[FeeLine, ...]:
    """Return decoded lines as nouns; raise ClaimError, naming the line and the field."""
    return tuple(_fee_line(line, f"lines[{row}].") for row, line in enumerate(lines, start=1))


def _fee_line(line: LineBody, at: str) -> FeeLine:
    for name, (what, expected) in _MISSING.items():
        if name not in line:
            raise ClaimError(Reason.BAD_RECORD, field=f"{at}{name}", expected=expected, what=what)
    fields: dict[str, Any] = {**line}
    price = money_of(fields.pop("price"), f"{at}price", 6, "yuan such as 4.52")
    _check_most(price, PRICE_MAX_E6, f"{at}price")
    quantity = number_of(
        fields.pop("quantity"), f"{at}quantity", 4, "a number such as 1.5", QUANTITY_MAX_E4
    )
    amount, days = fields.pop("amount", _NULL), fields.pop("supply_days", _NULL)
    if bytes(amount) != _NULL:
        fields["amount_fen"] = fen_of(amount, f"{at}amount")
        _check_most(fields["amount_fen"], FEN_MAX, f"{at}amount")
    if bytes(days) != _NULL:
        field, expected = f"{at}supply_days", "days above 0, at most 10,000"
        fields["supply_days_e2"] = number_of(days, field, 2, expected, SUPPLY_MAX_E2)
        if fields["supply_days_e2"] <= 0:
            raise ClaimError(Reason.BAD_VALUE, field=field, expected=expected)
    for name, known in _TEXTS.items():
        if fields.get(name, next(iter(known))) not in known:
            expected = " or ".join(text or "nothing" for text in known)
            raise ClaimError(Reason.BAD_VALUE, field=f"{at}{name}", expected=expected)
    return FeeLine(price_e6=price, quantity_e4=quantity, **fields)


def _check_most(value: int, most: int, field: str) -> None:
    if abs(value) > most:
        raise ClaimError(Reason.AMOUNT_TOO_LARGE, field=field)
