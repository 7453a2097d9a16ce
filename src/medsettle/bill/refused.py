"""Why fee lines are refused: the codes, and the error that tells all of a bill's."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence, Sized
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import msgspec

from medsettle.bill.layout import LEVELS, PRICE_MAX_E6, QUANTITY_MAX_E4
from medsettle.bill.line import FeeLine
from medsettle.bill.words import APPROVALS, HERB_USES, INSURED, LINE_STATUS
from medsettle.money import FEN_MAX, half_up, yuan_text
from medsettle.refusal import ClaimError, Reason

if TYPE_CHECKING:
    from medsettle.bill.catalogue import Catalogue

#: Days that medicine may last, in hundredths.
SUPPLY_MAX_E2: Final = 1_000_000
_INT64: Final = 2**63 - 1
#: Millionths of a yuan times ten-thousandths of a thing, in a fen.
_UNITS_PER_FEN: Final = 10**8


class LineReason(enum.Enum):
    """A line's status by name: its code, its field, and what is wrong."""

    BAD_CODE = ("L101", "code", "the code is not of the published structure")
    UNKNOWN_ITEM = ("L102", "code", "the catalogue has no such item")
    NOT_IN_FORCE = ("L103", "date", "the catalogue has nothing in force for the item on that day")
    BAD_QUANTITY = ("L104", "quantity", "the quantity is 0, or the price negative")
    AMOUNT_DISAGREES = ("L105", "amount", "the amount charged is not price times quantity")
    LINE_TOO_LARGE = (
        "L106",
        "quantity",
        "the line, or the bill so far, is beyond ten billion yuan",
    )
    NO_SHARE = ("L107", "code", "no share, or no ceiling, for this person class and level")
    NO_ORIGINAL = ("L108", "returns", "a return needs an earlier line of the bill that it returns")
    RETURN_DISAGREES = ("L109", "returns", "not the item or price, or more, than was charged")
    NO_DAYS = ("L110", "days", "a limit by the day of the stay, and the claim tells no days")

    @property
    def code(self) -> str:
        """The stable code, such as `L102`."""
        return self.value[0]

    @property
    def field(self) -> str:
        """The field of the line that is wrong."""
        return self.value[1]

    @property
    def text(self) -> str:
        """The reason in one line."""
        return self.value[2]


class RefusedLine(msgspec.Struct, frozen=True):
    """One refused line: its row from 1, its id, the code and field of the reason, and its text."""

    row: int
    id: str
    code: str
    field: str
    text: str


class LinesError(ClaimError):
    """A bill with lines that are refused; `refused` tells all of them."""

    def __init__(self, refused: Sequence[RefusedLine]) -> None:
        self.refused = tuple(refused)
        first = self.refused[0]
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        super().__init__(
            Reason.LINES_REFUSED,
            field=f"lines[{first.row}].{first.field}",
            what=f"{first.text} ({first.code}){more}",
        )


def lines_error(
    catalogue: Catalogue,
    lines: Sequence[FeeLine],
    statuses: Sequence[int],
    date: dt.date,
    whose: str,
) -> LinesError:
    """Return the error that tells every refused line of a bill."""
    return LinesError(
        [
            refused_line(row, line, LINE_STATUS[status], catalogue, date, whose)
            for row, (line, status) in enumerate(zip(lines, statuses, strict=True), start=1)
            if status
        ]
    )


def whose_share(insured: int, level: int) -> str:
    """Return in words whose share was looked for: codes as `Catalogue.visit_of` returns them."""
    told = LEVELS[level - 1] if level else "not told, or none of a catalogue's"
    return f"person class {tuple(INSURED)[insured]}, level {told}"


def refused_line(
    row: int, line: FeeLine, status: str, catalogue: Catalogue, date: dt.date, whose: str = ""
) -> RefusedLine:
    """Return why a line is refused, with what was found; `whose` as `whose_share` tells it."""
    reason, text = LineReason[status], LineReason[status].text
    match reason:
        case LineReason.UNKNOWN_ITEM:
            wrong = catalogue.code_error(line.code)
            if wrong:
                reason = LineReason.BAD_CODE
                text = f"{reason.text}: {wrong}"
            text += f": {line.code[:60]!r}"
        case LineReason.NOT_IN_FORCE:
            text += f": {line.code!r}, {line.date or date}"
        case LineReason.NO_SHARE:
            text += f" ({whose or 'does the claim tell its level?'}): {line.code!r}"
        case LineReason.AMOUNT_DISAGREES if line.amount_fen is not None:
            product = half_up(Fraction(line.price_e6 * line.quantity_e4, _UNITS_PER_FEN))
            text += f": expected {yuan_text(product)}, found {yuan_text(line.amount_fen)}"
    is_price = reason is LineReason.LINE_TOO_LARGE and line.price_e6 > PRICE_MAX_E6
    return RefusedLine(row, line.id, reason.code, "price" if is_price else reason.field, text)


def demand_lines(lines: Sized) -> None:
    """Raise ClaimError for a bill that has no lines: nothing was charged, and nobody was seen."""
    if not len(lines):
        raise ClaimError(
            Reason.BAD_RECORD,
            field="lines",
            what="the bill has no lines",
            expected="at least one fee line",
        )


def check_lines(lines: Sequence[FeeLine]) -> None:
    """Raise ClaimError for a field of a line that is none, or an id that is there twice."""
    for row, line in enumerate(lines, start=1):
        if type(line) is not FeeLine:
            raise TypeError(f"row {row}: expected a FeeLine, not {type(line).__name__}")
        for field, expected in _WRONG.items():
            if not _FITS[field](value := getattr(line, field)):
                found = value if type(value) is int else type(value).__name__
                raise ClaimError(
                    Reason.BAD_VALUE, field=f"lines[{row}].{field}", expected=expected, found=found
                )
    ids = [line.id for line in lines if line.id]
    if len(set(ids)) != len(ids):
        twice = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise ClaimError(
            Reason.BAD_RECORD, field="lines", expected="every line's id once", found=twice
        )


def _is_number(most: int, least: int | None = None) -> Any:
    low = -most if least is None else least
    return lambda value: type(value) is int and low <= value <= most


def _is_day(value: Any) -> bool:
    return value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime))


#: What each field must be, and how that is told.
_FITS: Final[dict[str, Any]] = {
    "code": lambda value: isinstance(value, str),
    "price_e6": _is_number(_INT64),
    "quantity_e4": _is_number(_INT64),
    "amount_fen": lambda value: value is None or _is_number(FEN_MAX)(value),
    "date": _is_day,
    "id": lambda value: isinstance(value, str),
    "returns": lambda value: isinstance(value, str),
    "approval": lambda value: isinstance(value, str) and value in APPROVALS,
    "herb_use": lambda value: isinstance(value, str) and value in HERB_USES,
    "discharge_medicine": lambda value: isinstance(value, bool),
    "supply_days_e2": lambda value: value is None or _is_number(SUPPLY_MAX_E2, 1)(value),
}
_WRONG: Final = {
    "code": "text",
    "price_e6": f"whole millionths of a yuan, at most {PRICE_MAX_E6:,}",
    "quantity_e4": f"whole ten-thousandths, at most {QUANTITY_MAX_E4:,}",
    "amount_fen": "whole fen, or None",
    "date": "a datetime.date, or None",
    "id": "text",
    "returns": "the id of a line, as text",
    "approval": " or ".join(APPROVALS),
    "herb_use": "compound, single or nothing",
    "discharge_medicine": "True or False",
    "supply_days_e2": "whole hundredths of a day, above 0, or None",
}
