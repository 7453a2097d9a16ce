"""Money: whole fen inside, decimal yuan at the doors, never a float.

One function rounds: `half_up`.  Everything that reads or writes an amount goes through here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

FEN_PER_YUAN: Final = 100
#: Shares are exact parts per million.
PPM: Final = 1_000_000
#: Ten billion has eleven digits.
_YUAN_EXPONENT_MAX: Final = 10
_PLAIN: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
#: The largest amount a claim or a counter may hold: ten billion yuan.
FEN_MAX: Final = 1_000_000_000_000


def half_up(value: Fraction) -> int:
    """Return `value` rounded to a whole number, halves away from zero (四舍五入).

    This is the only rounding of the library in Python; `ms_half_up` is its twin in the kernel.
    """
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def fen_from_yuan(value: object) -> int:
    """Return a yuan amount (`Decimal`, `int` or `str`) as whole fen.

    Raises TypeError for a float (write `"12.34"` or `Decimal("12.34")`) and for other types,
    ValueError for text that is no plain decimal, more than two decimals, or an absurd size.
    """
    if isinstance(value, float):
        raise TypeError(
            f'money must not be a float: write "{value:.2f}" or Decimal("{value:.2f}"), '
            f"not {value!r}"
        )
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(
            f"money must be a Decimal, an int or a str in yuan, not {type(value).__name__}"
        )
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is not an amount in yuan, such as 1234.56")
    yuan = Decimal(value)
    if not yuan.is_finite():
        raise ValueError(f"{value!r} is not a finite amount")
    if yuan.adjusted() > _YUAN_EXPONENT_MAX:
        raise ValueError(f"{str(value)[:40]} is beyond ten billion yuan")
    exponent = yuan.as_tuple().exponent
    # A Decimal may have any exponent: what is finer than this is not spelt out as a fraction.
    fen = Fraction(yuan) * FEN_PER_YUAN if int(exponent) > -100 else Fraction(1, 2)
    if fen.denominator != 1:
        raise ValueError(f"{str(value)[:40]} has more than two decimals; amounts are whole fen")
    if abs(fen) > FEN_MAX:
        raise ValueError(f"{str(value)[:40]} is beyond ten billion yuan")
    return int(fen)


def yuan(fen: int) -> Decimal:
    """Return whole fen as `Decimal` yuan with two decimals."""
    return Decimal(fen).scaleb(-2)


def yuan_text(fen: int) -> str:
    """Return whole fen as yuan text with thousands separators: `1,234.56`."""
    return f"{yuan(fen):,.2f}"


def percent_text(share: Fraction) -> str:
    """Return a share of one as percent text without trailing zeros: `85`, `92.2`."""
    scaled = Decimal((share * 100 * PPM).numerator) / Decimal((share * 100 * PPM).denominator)
    text = f"{scaled / PPM:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
