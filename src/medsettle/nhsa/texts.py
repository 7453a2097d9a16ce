"""Texts, codes, dates and times of a message, read."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from medsettle.nhsa.fields import Code, Text
from medsettle.nhsa.numbers import Digits, kind_of
from medsettle.nhsa.refusing import MessageError

_DIGITS: Final = re.compile(r"[0-9]+")
_CODE: Final = re.compile(r"[0-9A-Za-z_.\-]+")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?)?"
)
#: Provinces extend codes: they may be longer than the interface says.
CODE_MAX: Final = 20
#: What ends lines or is a blank at the end of a column of fixed width.
_BLANKS: Final = " \t\r\n"


def read_text(value: object, kind: Text) -> str:
    """Return a text, or a number of an identifier as its text; raise MessageError."""
    text = _text(value, "a text")
    if len(text) > kind.length:
        raise MessageError("N110", expected=f"at most {kind.length} characters")
    if kind.only_digits and not _DIGITS.fullmatch(text):
        raise MessageError("N110", expected="digits only")
    if not text.isprintable() and not _is_clean(text):
        raise MessageError("N110", expected="text without control characters")
    return text


def read_code(value: object, kind: Code) -> str:
    """Return a code as it stands there; a number becomes its text.  Raise MessageError."""
    text = _text(value, "a code").strip(_BLANKS)
    if not _CODE.fullmatch(text):
        raise MessageError("N110", expected=f"a code of `{kind.table}`", found=text)
    if len(text) > max(CODE_MAX, kind.length):
        raise MessageError("N110", expected=f"a code of `{kind.table}`")
    return text


def read_day(value: object) -> dt.date:
    """Return a date; a time of day after it is left aside.  Raise MessageError (N111)."""
    return read_moment(value, "a date yyyy-MM-dd").date()


def read_moment(value: object, expected: str = "a time yyyy-MM-dd HH:mm:ss") -> dt.datetime:
    """Return a time, midnight for a mere date; raise MessageError (N111)."""
    found = _TIME.fullmatch(_text(value, expected).strip(_BLANKS))
    moment = None if found is None else _moment(found[1], found[2] or "00:00:00")
    if moment is None:
        raise MessageError("N111", expected=expected)
    return moment


def _moment(day: str, time: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(f"{day} {time}")
    except ValueError:
        return None


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise MessageError("N107", expected=expected, found=kind_of(value))
    return str(value) if isinstance(value, Digits) else value


def _is_clean(text: str) -> bool:
    """Tell whether a text may be written again: no half of a pair, no control character."""
    return not any(
        (char < " " and char not in _BLANKS) or "\ud800" <= char <= "\udfff" for char in text
    )
