"""Why a claim is refused: every reason with its code, in order of precedence.

`settle` raises `ClaimError`; a batch writes the number of the reason into its `status` column and
goes on.  `docs/errors.md` explains each code.
"""

from __future__ import annotations

import enum
import re
from typing import Final

#: What may tell who somebody is, where columns are mixed up: letters that are not ASCII, and
#: capitalised words side by side (names), eleven digits in a row (telephones, certificates).
_TELLING: Final = re.compile(r"(?![\x00-\x7f])[^\W\d_]|[A-Z][A-Za-z]* +[A-Z]|\d{11}")
#: The same of a number of fen, which may itself have twelve digits.
_TELLING_FEN: Final = re.compile(r"\d{13}")
_SHOWN_MAX: Final = 60


class Status(enum.IntEnum):
    """The `status` column of a batch: the first reason that applies.

    1 to 10 are the kernel's (`ms_status`); those above are found while a claim is read, and come
    before them.
    """

    OK = 0
    AMOUNT_NEGATIVE = 1
    AMOUNT_TOO_LARGE = 2
    PERSON_SPLIT = 3
    OUT_OF_ORDER = 4
    NO_VERSION = 5
    BENEFIT_NOT_OFFERED = 6
    UNKNOWN_CODE = 7
    NO_FIGURE = 8
    COUNTER_LIMIT = 9
    ITEMS_DISAGREE = 10
    BAD_MONEY = 11
    BAD_RECORD = 12
    AMOUNTS_DISAGREE = 13
    BAD_VALUE = 14
    LINES_REFUSED = 15


class Reason(enum.Enum):
    """A code, and what a hospital's software should read beside it."""

    AMOUNT_NEGATIVE = ("C101", "an amount is negative")
    AMOUNT_TOO_LARGE = ("C102", "an amount, or the total, is beyond ten billion yuan")
    PERSON_SPLIT = ("C103", "the person's claims are in two blocks: sort the claims by person")
    OUT_OF_ORDER = ("C104", "the date is before the person's previous claim: sort by date")
    NO_VERSION = ("C105", "no version of the policy is in force on the date")
    BENEFIT_NOT_OFFERED = ("C106", "the policy has no such benefit on the date")
    UNKNOWN_CODE = ("C107", "a code is not in the vocabulary")
    NO_FIGURE = ("C108", "the policy has no figure for what the claim states")
    COUNTER_LIMIT = ("C109", "a year-to-date counter would pass ten billion yuan")
    BAD_VALUE = ("C110", "a value is none of its field's")
    BAD_MONEY = ("C111", "money must be whole fen, and never a float")
    BAD_RECORD = ("C112", "the record cannot be read")
    AMOUNTS_DISAGREE = ("C113", "the four amounts do not add up to the total")
    ITEMS_DISAGREE = ("C114", "an item group is negative, or they are together above the in scope")
    LINES_REFUSED = ("C115", "lines of the bill are refused")
    NOT_ENTITLED = ("C116", "no fund may pay for the claim")

    @property
    def code(self) -> str:
        """The stable code, such as `C104`."""
        return str(self.value[0])

    @property
    def text(self) -> str:
        """The reason in one line."""
        return str(self.value[1])

    @classmethod
    def of(cls, status: int) -> Reason:
        """Return the reason behind a status that is not OK."""
        return cls[Status(status).name]


class ClaimError(ValueError):
    """A claim that is refused, with the code, the field and the row where that is known.

    `what` tells it in other words than the reason's own.  The text never shows who the claim
    belongs to: `found` is None, and told by its kind only, where it may be a name or a number
    of a person that stands in a wrong field.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        field: str = "",
        found: object = None,
        expected: str = "",
        row: int | None = None,
        what: str = "",
    ) -> None:
        self.reason = reason
        self.code = reason.code
        self.field = field
        self.found = found if harmless(found, field) else None
        self.expected = expected
        self.row = row
        self.what = what or reason.text
        where = "" if row is None else f"row {row}: "
        at = f"`{field}`: " if field else ""
        detail = f", expected {expected}" if expected else ""
        seen = "" if found is None else f", found {shown(found, field)}"
        super().__init__(f"{where}error[{self.code}]: {at}{self.what}{detail}{seen}")


class MoneyTypeError(ClaimError, TypeError):
    """A float, or another thing that is no whole number of fen, given as money."""


def harmless(found: object, field: str = "") -> bool:
    """Tell whether what was found in a field can be no name or number of a person."""
    if isinstance(found, float):
        return True
    telling = _TELLING_FEN if type(found) is int and field.endswith("_fen") else _TELLING
    return telling.search(str(found)) is None


def shown(found: object, field: str = "") -> str:
    """Return what was found in a field as an error tells it, at most sixty characters."""
    if not harmless(found, field):
        return "a text that is not shown" if isinstance(found, str) else "one that is not shown"
    text = _listed(found) if isinstance(found, dict) else repr(found)
    return f"`{text}`" if len(text) <= _SHOWN_MAX else f"`{text[: _SHOWN_MAX - 3]}...`"


def _listed(values: dict[object, object]) -> str:
    """Return values by field in words: `level secondary, status retired`."""
    return ", ".join(f"{field} {value}" for field, value in values.items())
