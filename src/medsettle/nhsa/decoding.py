"""From bytes to JSON objects, strictly: UTF-8, every key once, numbers as they stand there."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from medsettle.nhsa.numbers import Digits
from medsettle.nhsa.refusing import MessageError

#: The largest message; the interface itself takes 40,000 characters of input.
BYTES_MAX: Final = 10 * 1024 * 1024
#: A key may be anything, such as somebody's name: only what looks like a field is told.
_FIELD: Final = re.compile(r"(?=.{1,40}$)(?:[a-z]+(?:_[a-z0-9]+)+|infno|infcode|input|output|year)")


def decode(data: bytes | str, limit: int = BYTES_MAX) -> Any:
    """Return what a message holds: dicts, lists, str, Digits for numbers, bool, None.

    Raises MessageError: N101 not UTF-8, N102 no JSON or cut off, N103 a key twice, N104 nested
    without end, N105 above `limit` bytes.  A byte order mark is left aside.
    """
    if not isinstance(data, bytes | str):
        raise TypeError(f"a message must be bytes or str, not {type(data).__name__}")
    size = len(data)
    if size > limit:
        raise MessageError(
            "N105",
            expected=f"at most {limit:,} bytes",
            found=f"{size:,}",
            mend="Send lines in parts, or read the file line by line",
        )
    text = _unicode(data) if isinstance(data, bytes) else data
    failed: str | None = None
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        failed = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            failed += ": it is cut off"
    except RecursionError:
        pass
    # Outside of `except`, so that no error drags the message along as its context.
    if failed is None:
        raise MessageError("N104", expected="a message of the interface")
    raise MessageError("N102", expected="one JSON value", mend=f"It is none from {failed}")


def _unicode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = error.start
    raise MessageError("N101", expected="UTF-8", mend=_hint(data, at))


def _hint(data: bytes, at: int) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return f"Byte {at + 1:,} cannot stand there"
    return f"Byte {at + 1:,} cannot stand there; it may be GBK (GB 18030): convert it to UTF-8"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                shown = key if _FIELD.fullmatch(key) else ""
                raise MessageError("N103", shown, expected="every key once")
            seen.add(key)
    return found


def _constant(text: str) -> NoReturn:
    raise MessageError(
        "N108", expected="a finite number", found=text, mend="JSON has no NaN and no Infinity"
    )


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=Digits, parse_int=Digits, parse_constant=_constant
)
