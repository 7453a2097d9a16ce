"""How a national field is written: the kinds of number, text, code and date.  A leaf.

The structs of the messages annotate every field with one of these; readers, writers and checks
take what they need from there, so that a precision stands in one place.  `Amount | None = None` is
a field that may be absent; "" and null say the same.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Final

import msgspec


class Number(msgspec.Struct, frozen=True):
    """A decimal of at most `digits` digits, `places` of them after the point."""

    digits: int
    places: int


class Text(msgspec.Struct, frozen=True):
    """A text of at most `length` characters; `only_digits` where nothing else may stand there."""

    length: int
    only_digits: bool = False


class Code(msgspec.Struct, frozen=True):
    """A code of the table `table`, at most `length` characters; a number in some messages."""

    table: str
    length: int = 6


class JsonText(msgspec.Struct, frozen=True):
    """JSON inside a text: what stands there is read as a message of its own."""


class Day(msgspec.Struct, frozen=True):
    """A date `yyyy-MM-dd`."""


class Moment(msgspec.Struct, frozen=True):
    """A time `yyyy-MM-dd HH:mm:ss`, without zone: that of the platform."""


#: Money, yuan.
Amount = Annotated[Decimal, Number(16, 2)]
#: A quantity.
Quantity = Annotated[Decimal, Number(16, 4)]
#: A unit price, yuan.
Price = Annotated[Decimal, Number(16, 6)]
#: A share of one.
Ratio = Annotated[Decimal, Number(5, 4)]
#: An age in years.
Age = Annotated[Decimal, Number(4, 1)]
#: For how many days a line lasts.
SupplyDays = Annotated[Decimal, Number(4, 2)]
#: A number whose precision the interface leaves open.
Plain = Annotated[Decimal, Number(16, 6)]
#: Whole numbers of visits, weeks, children.
Whole = Annotated[Decimal, Number(16, 0)]

Date = Annotated[dt.date, Day()]
Time = Annotated[dt.datetime, Moment()]

#: An identifier that the platform or the institution gives.
Id = Annotated[str, Text(30)]
#: The number of a line: digits only.
LineNumber = Annotated[str, Text(30, only_digits=True)]
Short = Annotated[str, Text(30)]
#: A region, six digits.
Region = Annotated[str, Text(6, only_digits=True)]
Long = Annotated[str, Text(500)]
#: 0 or 1.
Flag = Annotated[str, Code("flag", 3)]

#: Fields that no repr and no error shows: who it is, or free text in which anything may stand.
HIDDEN: Final = frozenset(
    {
        "psn_no",
        "brdy",
        "memo",
        "err_msg",
        "exp_content",
        "trt_chk_rslt",
        "stmt_rslt_dscr",
        "sign_no",
    }
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What all national structs are: fields under their national names, without names of people.

    A field that is None was absent, null or empty.
    """

    def __repr__(self) -> str:
        """Show what is stated, without what could tell who it is."""
        shown = (
            f"{field}={_shown(value)}"
            for field in self.__struct_fields__
            if field not in HIDDEN and (value := getattr(self, field)) not in (None, ())
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal | dt.date) else repr(value)
