"""One cell of a catalogue's row, read exactly, or a `CellError`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from typing import Final

from medsettle.bill.faults import CellError, shown
from medsettle.money import PPM
from medsettle.vocabulary import DATE_MAX, DATE_MIN

#: Ten billion yuan, in millionths.
PRICE_MAX: Final = 10**16
#: A hundred million, in ten-thousandths.
QUANTITY_MAX: Final = 10**12
TEXT_MAX: Final = 500

_DECIMAL: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,12}))?", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FLAGS: Final = {"": False, "false": False, "true": True, "0": False, "1": True}


def scaled(text: str, digits: int) -> int | None:
    """Return a plain decimal times 10^`digits`; None for what is none, or finer than that."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > digits:
        return None
    return int(found[1] + decimals.ljust(digits, "0"))


def percent(text: str, field: str) -> int:
    """Return a percentage as parts per million."""
    ppm = scaled(text, 4)
    if ppm is None or ppm > PPM:
        raise CellError("K305", field, found=shown(text))
    return ppm


def price(text: str, field: str) -> int:
    """Return yuan as whole millionths, above 0."""
    found = scaled(text, 6)
    if found is None or not 0 < found <= PRICE_MAX:
        raise CellError("K306", field, found=shown(text))
    return found


def quantity(text: str, field: str) -> int:
    """Return a quantity as whole ten-thousandths, above 0."""
    found = scaled(text, 4)
    if found is None or not 0 < found <= QUANTITY_MAX:
        raise CellError("K307", field, found=shown(text))
    return found


def flag(text: str, field: str) -> bool:
    """Return yes or no; nothing is no."""
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise CellError("K304", field, options="true, false", found=shown(text)) from None


def name(text: str, field: str, options: Collection[str], default: str = "") -> str:
    """Return one of `options`, the default for nothing."""
    if not text and default:
        return default
    if text not in options:
        raise CellError("K304", field, options=", ".join(options), found=shown(text))
    return text


def day(text: str, field: str) -> dt.date:
    """Return a day, before the last one that there is."""
    found = None
    if _DAY.fullmatch(text):
        try:
            found = dt.date.fromisoformat(text)
        except ValueError:
            found = None
    if found is None or not DATE_MIN <= found <= DATE_MAX:
        raise CellError("K308", field, low=DATE_MIN, high=DATE_MAX, found=shown(text))
    return found


def words(text: str, field: str) -> str:
    """Return a text that must be there, short and printable."""
    if not text:
        raise CellError("K303", field)
    if len(text) > TEXT_MAX:
        raise CellError("K318", field, most=TEXT_MAX, found=len(text))
    if not text.isprintable():
        raise CellError("K318", field, most=TEXT_MAX, found="characters that are not printed")
    return text
