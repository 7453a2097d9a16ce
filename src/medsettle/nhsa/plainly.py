"""Plain JSON, decoded quickly: what is unusual in any way is left to `decoding`, which tells.

`load` takes less than `decoding.decode` and never more; numbers are Decimals and ints here.
"""

from __future__ import annotations

import decimal
import re
from typing import Any, Final, NamedTuple

import msgspec

from medsettle.nhsa.refusing import MessageError


class UnusualError(Exception):
    """A message, or a part of one, is for the long way."""


#: What may go wrong on the quick way: the long one then finds out what it is, if anything.
LEFT: Final = (
    UnusualError,
    MessageError,
    msgspec.MsgspecError,
    ArithmeticError,
    RecursionError,
    TypeError,
    ValueError,
)

#: Escapes of what no text may hold, of ASCII (a colon, letters of "null"), of halves of pairs.
_ODD: Final = re.compile(rb"\\(?:u00|u[dD][89a-fA-F]|[bf])")
_MINUS_NOUGHT: Final = re.compile(rb"-0(?![0-9.])")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: Takes numbers of at most 34 digits and 40 decimals as they stand there, and no others.
_EXACT: Final = decimal.Context(
    prec=34,
    Emin=-7,
    Emax=40,
    traps=[
        decimal.Clamped,
        decimal.InvalidOperation,
        decimal.Overflow,
        decimal.Rounded,
    ],
)
_DECODER: Final = msgspec.json.Decoder(float_hook=_EXACT.create_decimal)


class Plain(NamedTuple):
    """What plain JSON holds, and its text."""

    value: Any
    text: bytes


def load(data: bytes | str) -> Plain:
    """Return what plain JSON holds; raise one of LEFT for any other.

    Whether a key is there twice, `check_keys` tells.
    """
    text = data.encode() if isinstance(data, str) else data
    text = text.removeprefix(_BYTE_ORDER_MARK)
    # An empty text is seen where it stands; this one looks like any other.
    if b'"null"' in text or (b"\\" in text and _ODD.search(text)):
        raise UnusualError
    return Plain(_DECODER.decode(text), text)


def check_keys(plain: Plain, keys: int = 0, colons: int = 0) -> None:
    """Raise UnusualError where a key may be there twice.

    Every key has its colon, and so may texts have: `keys` and `colons` are what is known of it.
    Only where that is not all is it looked through.
    """
    found = plain.text.count(b":")
    if found != keys + colons and found != colons_of(plain.value):
        raise UnusualError


def colons_of(value: object, deep: bool = True) -> int:
    """Return how many colons a value takes that has no key twice; not `deep`, its texts only."""
    if type(value) is str:
        return value.count(":")
    found = 0
    if type(value) is dict:
        if deep:
            found = len(value) + "".join(value).count(":")
        value = list(value.values())
    if type(value) is list:
        for one in value:
            if type(one) is str:
                found += one.count(":")
            elif deep:
                found += colons_of(one)
    return found


def is_nought(plain: Plain, value: object) -> bool:
    """Tell whether a value is written 0, not -0: as a text, these differ."""
    return type(value) is int and value == 0 and not _MINUS_NOUGHT.search(plain.text)
