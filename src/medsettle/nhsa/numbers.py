"""National numbers, read and written exactly: `Decimal` in, text out, never a binary fraction.

A number is a JSON number or a text of one (`4.52`, `"4.52"`).  Its field says how many digits it
may have; what does not fit is refused, not rounded.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Final

from medsettle.nhsa.fields import Number
from medsettle.nhsa.refusing import MessageError


class Digits(str):
    """A JSON number, as it stood there."""

    __slots__ = ()


_PLAIN: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_USUAL: Final = re.compile(r"-?([0-9]{1,16})(?:\.([0-9]{1,16}))?")
#: Some programs write 0.00000000 as 0E-8; a JSON number may, if its value fits the field.
_WITH_EXPONENT: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?[eE][+-]?0*[0-9]{1,2}")
#: Wide enough that nothing that fits a field is ever rounded.
_EXACT: Final = Context(prec=120)
_MEND: Final = "Write it as a plain decimal such as 4.52: ASCII digits, a point, no other marks"


def read_number(value: object, kind: Number) -> Decimal:
    """Return a number that stands in a message, with the decimals of its field.

    `value` is what the JSON reader made of it: Digits for a number, str for a text.  Raises
    MessageError: N107 for what is neither, N108 for a text that is no plain number (separators,
    blanks, full-width digits, NaN), N109 for more digits or decimals than the field has.
    """
    if not isinstance(value, str):
        raise MessageError("N107", expected="a number", found=kind_of(value))
    if not _PLAIN.fullmatch(value) and not (
        isinstance(value, Digits) and _WITH_EXPONENT.fullmatch(value)
    ):
        raise MessageError("N108", expected=expected(kind), found=value, mend=_MEND)
    return fitted(Decimal(value), kind)


@functools.cache
def number_reader(kind: Number) -> Callable[[object], Decimal]:
    """Return what reads numbers of a kind as `read_number` does, the usual ones fast."""
    whole_max = kind.digits - kind.places
    zero = Decimal(0).scaleb(-kind.places)
    # What makes a number with so many decimals, or with no point, one with all of them.
    ends = {n: "0" * (kind.places - n) for n in range(1, kind.places + 1)}
    no_point = "." + "0" * kind.places if kind.places else ""
    usual = _USUAL.fullmatch

    def read(value: object) -> Decimal:
        found = usual(value) if isinstance(value, str) else None
        if found is not None:
            whole, decimals = found.groups()
            end = no_point if decimals is None else ends.get(len(decimals))
            if end is not None and len(whole) <= whole_max:
                return Decimal(found[0] + end) or zero
        return read_number(value, kind)

    return read


@functools.cache
def _bounds(kind: Number) -> tuple[Decimal, Decimal]:
    """Return the finest number of a kind, and the first that is too large."""
    return Decimal(1).scaleb(-kind.places), Decimal(1).scaleb(kind.digits - kind.places)


def fitted(number: Decimal, kind: Number) -> Decimal:
    """Return `number` with exactly the decimals of its field; raise MessageError (N109)."""
    finest, limit = _bounds(kind)
    if number and number.same_quantum(finest) and -limit < number < limit:
        return number
    if not number.is_finite():
        raise MessageError("N108", expected=expected(kind), found=str(number), mend=_MEND)
    if not number:
        return Decimal(0).scaleb(-kind.places)
    if number.adjusted() >= kind.digits - kind.places:
        raise MessageError("N109", expected=expected(kind), found=str(number))
    exponent = int(number.as_tuple().exponent)
    if exponent < -kind.places:
        if exponent < -100 or number != _shortened(number, kind.places):
            raise MessageError(
                "N109",
                expected=expected(kind),
                found=str(number),
                mend="Round the amount where it is made, half-up, and send it exactly",
            )
        number = _shortened(number, kind.places)
    return number.quantize(Decimal(1).scaleb(-kind.places), context=_EXACT)


def _shortened(number: Decimal, places: int) -> Decimal:
    """Return `number` without what is finer than `places` decimals."""
    sign, digits, exponent = number.as_tuple()
    cut = -int(exponent) - places
    return Decimal((sign, digits[:-cut] or (0,), -places))


def written(number: Decimal, kind: Number) -> str:
    """Return a number as it is written in messages: all its decimals, no exponent."""
    return format(fitted(number, kind), "f")


def expected(kind: Number) -> str:
    """Say what a field of this kind holds."""
    whole = kind.digits - kind.places
    if not kind.places:
        return f"a whole number of at most {whole} digits"
    return f"a number of at most {whole} digits and {kind.places} decimals"


def kind_of(value: object) -> str:
    """Say of what JSON kind a value is."""
    match value:
        case bool():
            return "true or false"
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "a list"
        case Digits():
            return "a number"
    return "a text"
