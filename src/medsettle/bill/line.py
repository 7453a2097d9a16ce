"""The nouns at the door: a fee line, and what became of it.  A leaf."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final, TypedDict, Unpack

import msgspec

from medsettle.money import yuan
from medsettle.refusal import ClaimError, MoneyTypeError, Reason

_NUMBER: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,40})?")
#: What is shown of a text that is no number: nothing that could be a name.
_SHOWN: Final = re.compile(r"[0-9.,-]{1,20}")
_TOO_LARGE: Final = 2**63


class OtherLineFields(TypedDict, total=False):
    """The fields of a line that are no numbers."""

    id: str
    returns: str
    approval: str
    herb_use: str
    discharge_medicine: bool


class FeeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One charged item of a bill (费用明细); `docs/bill.md` says what each field does.

    `price_e6` is whole millionths of a yuan, `quantity_e4` ten-thousandths, `supply_days_e2`
    hundredths of a day; `FeeLine.from_yuan` takes decimals.
    """

    code: str
    price_e6: int
    quantity_e4: int
    amount_fen: int | None = None
    date: dt.date | None = None
    id: str = ""
    returns: str = ""
    approval: str = "not_needed"
    herb_use: str = ""
    discharge_medicine: bool = False
    supply_days_e2: int | None = None

    @classmethod
    def from_yuan(
        cls,
        code: str,
        *,
        price: Decimal | str | int,
        quantity: Decimal | str | int = 1,
        amount: Decimal | str | int | None = None,
        supply_days: Decimal | str | int | None = None,
        date: dt.date | str | None = None,
        **others: Unpack[OtherLineFields],
    ) -> FeeLine:
        """Return a line from decimals (`Decimal`, `str` or `int`; never `float`).

        Raises ClaimError naming the field (a TypeError too, for a float) for a price with more
        than six decimals, a quantity with more than four, an amount or days with more than two, a
        text that is no date.
        """
        return cls(
            code=code,
            price_e6=_whole("price", price, 6),
            quantity_e4=_whole("quantity", quantity, 4),
            amount_fen=None if amount is None else _whole("amount", amount, 2),
            supply_days_e2=None if supply_days is None else _whole("supply_days", supply_days, 2),
            date=_date(date),
            **others,
        )


def _whole(field: str, value: object, decimals: int) -> int:
    """Return a decimal as a whole number of its last place; raise ClaimError naming the field."""
    expected = f"a number with at most {decimals} decimals, such as 12.34"
    if isinstance(value, float):
        raise MoneyTypeError(
            Reason.BAD_MONEY, field=field, found=value, expected=f"{expected}, as text"
        )
    is_shown = isinstance(value, Decimal) or (type(value) is int and abs(value) < _TOO_LARGE)
    is_shown = is_shown or (isinstance(value, str) and _SHOWN.fullmatch(value) is not None)
    found = value if is_shown else type(value).__name__
    if isinstance(value, Decimal) and value.is_finite() and -99 < value.adjusted() < 99:
        value = f"{value:f}"
    elif type(value) is int and abs(value) < _TOO_LARGE:
        value = str(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        whole = Decimal(value).scaleb(decimals)
        if whole == int(whole) and abs(whole) < _TOO_LARGE:
            return int(whole)
    raise ClaimError(Reason.BAD_VALUE, field=field, expected=expected, found=found)


def _date(value: dt.date | str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ClaimError(
            Reason.BAD_VALUE, field="date", expected="a date such as 2025-03-01", found=value
        ) from None


class LineResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line; amounts in fen, negative on a return.

    `ceiling_e6` is the price ceiling that was looked at, `share_ppm` the first-step share.  Where a
    quantity is limited, `limit_per` tells by what (`words.LIMITS`) and `limit_quantity_e4` to how
    many ten-thousandths; `discharge_days` is the days that discharge medicine was cut to.
    """

    id: str
    code: str
    name: str
    class_: str
    group: str
    amount_fen: int
    full_self_pay_fen: int
    over_limit_fen: int
    first_step_fen: int
    in_scope_fen: int
    price_e6: int
    quantity_e4: int
    ceiling_e6: int | None
    share_ppm: int
    restricted: bool
    limit_per: str = ""
    limit_quantity_e4: int | None = None
    discharge_days: int | None = None

    @property
    def amount(self) -> Decimal:
        """The line's amount, in yuan."""
        return yuan(self.amount_fen)

    @property
    def full_self_pay(self) -> Decimal:
        """What of it the person pays wholly (全自费), in yuan."""
        return yuan(self.full_self_pay_fen)

    @property
    def over_limit(self) -> Decimal:
        """What of it is above a limit (超限价自费), in yuan."""
        return yuan(self.over_limit_fen)

    @property
    def first_step(self) -> Decimal:
        """What of it the person pays first (先行自付), in yuan."""
        return yuan(self.first_step_fen)

    @property
    def in_scope(self) -> Decimal:
        """What of it is within the policy's scope (政策范围内), in yuan."""
        return yuan(self.in_scope_fen)
