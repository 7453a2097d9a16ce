"""Rows of a message made structs, one field of all rows after another: the quick way.

It does what `plans.read_struct` does, for what is plain; for anything else it raises one of
`plainly.LEFT`, and the long way takes the message from its beginning.  It uses the rows up.
"""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import re
import typing
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec

from medsettle.nhsa.fields import Code, Day, JsonText, Message, Moment, Number, Text
from medsettle.nhsa.plainly import UnusualError, check_keys, load
from medsettle.nhsa.plans import Hint, hints, is_empty, other_names
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.texts import read_code, read_day, read_moment

_M = TypeVar("_M", bound=Message)
Body = dict[str, Any]
#: Puts what a field says into every row, in place of how it was written.
Column = Callable[[Sequence[Body], Profile], None]

_EMPTY: Final = ""
#: Of so few rows it is worth finding out which fields they have at all.
FEW: Final = 3
_NUMBER: Final = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,16})?")
#: What stands between the parts of a time and of a date, seen from the fifth character on.
_TIME_MARKS, _TIME_LENGTH = "-- ::", 19
_DAY_MARKS, _DAY_LENGTH = "--", 10


class Columns(NamedTuple):
    """How rows of one struct are read with one set of spellings."""

    names: frozenset[str]
    spellings: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, Column], ...]
    #: The texts, as msgspec checks them: lists of structs of nothing else.
    texts: Any
    structs: Any
    required: frozenset[str]
    moments: tuple[str, ...]


def structs(row: type[_M], rows: Sequence[Body], used: Profile) -> tuple[_M, ...]:
    """Return the structs of rows; raise one of LEFT for rows that are not plain."""
    plan = columns_of(row, used.other_spellings)
    checked = prepared(plan, rows, used)
    found: tuple[_M, ...] = msgspec.convert(checked, plan.structs)
    return found


def prepared(plan: Columns, rows: Sequence[Body], used: Profile) -> Sequence[Body]:
    """Return rows whose fields are read; raise one of LEFT for rows that are not plain."""
    if {*map(type, rows)} - {dict}:
        raise UnusualError
    for other, name in plan.spellings:
        _rename(rows, other, name)
    stated: Iterable[str] = plan.names
    if len(rows) <= FEW:
        for body in rows:
            if _EMPTY in body.values():
                _without_empty(body)
        stated = set().union(*rows)
    for name, column in plan.columns:
        if name in stated:
            column(rows, used)
    try:
        msgspec.convert(rows, plan.texts)
    except msgspec.ValidationError:
        for body in rows:
            _without_empty(body)
        msgspec.convert(rows, plan.texts)
    return rows


def _without_empty(body: Body) -> None:
    for name in [name for name, value in body.items() if value == _EMPTY]:
        del body[name]


def _rename(rows: Sequence[Body], other: str, name: str) -> None:
    for body in rows:
        if other in body:
            value = body.pop(other)
            if not is_empty(value):
                if not is_empty(body.get(name)):
                    raise UnusualError
                body[name] = value


@functools.lru_cache(maxsize=1024)
def columns_of(row: type[Message], spellings: tuple[tuple[str, str], ...]) -> Columns:
    """Return how rows of a struct are read; for the envelopes, without their nodes."""
    fields = hints(row)
    others = other_names(row, spellings)
    required = {field.name for field in msgspec.structs.fields(row) if field.required}
    texts = [
        (name, *_limited(hint.kind.length, name in required))
        for name, hint in fields.items()
        if isinstance(hint.kind, Text)
    ]
    columns = ((name, _column(name, hint)) for name, hint in fields.items())
    return Columns(
        frozenset(fields),
        tuple((other, name) for name in fields for other in others[name]),
        tuple((name, column) for name, column in columns if column is not None),
        list[msgspec.defstruct(f"{row.__name__}Texts", texts, kw_only=True)],  # type: ignore[misc]
        tuple[row, ...],  # type: ignore[valid-type]
        frozenset(required),
        tuple(name for name, hint in fields.items() if isinstance(hint.kind, Moment)),
    )


def _limited(length: int, required: bool) -> tuple[Any, ...]:
    text = Annotated[str, msgspec.Meta(min_length=1, max_length=length)]
    return (text,) if required else (text | None, None)


def _column(name: str, hint: Hint) -> Column | None:
    """Return what reads a field in all rows; None for texts that msgspec checks."""
    match hint.kind:
        case Number() as kind:
            return _numbers(name, kind)
        case Code() as kind:
            return _codes(name, kind)
        case Day():
            return _days(name)
        case Moment():
            return _moments(name)
        case JsonText():
            return _inner(name, hint.type)
        case Text(only_digits=True):
            return _digits(name)
    return None


def _numbers(name: str, kind: Number) -> Column:
    context = decimal.Context(prec=kind.digits, traps=[decimal.Inexact, decimal.InvalidOperation])
    quantize, finest = context.quantize, Decimal(1).scaleb(-kind.places)
    nought, usual = Decimal(0).scaleb(-kind.places), _NUMBER.fullmatch
    # Most counts are small, and most amounts of a settlement 0.
    small = {
        n: quantize(Decimal(n), finest) for n in range(10 ** min(kind.digits - kind.places, 2))
    }

    def column(rows: Sequence[Body], _: Profile) -> None:
        for body in rows:
            value = body.get(name)
            if value is None:
                continue
            if type(value) is not Decimal:
                if type(value) is str:
                    if not usual(value):
                        _drop(body, name, value)
                        continue
                elif type(value) is not int:
                    raise UnusualError
                elif value in small:
                    body[name] = small[value]
                    continue
                value = Decimal(value)
            body[name] = quantize(value, finest) or nought

    return column


def _drop(body: Body, name: str, value: object) -> None:
    """Leave out an empty text; raise UnusualError for any other value."""
    if value != _EMPTY:
        raise UnusualError
    del body[name]


def _codes(name: str, kind: Code) -> Column:
    @functools.lru_cache(maxsize=256)
    def read(value: str) -> str | None:
        return read_code(value, kind) if value else None

    def column(rows: Sequence[Body], _: Profile) -> None:
        for body in rows:
            value = body.get(name)
            if value is not None:
                body[name] = read(value if type(value) is str else _positive(value))

    return column


def _positive(value: object) -> str:
    """Return a whole number above 0 as its text; 0 may have been written -0."""
    if type(value) is not int or value <= 0:
        raise UnusualError
    return str(value)


def _digits(name: str) -> Column:
    def column(rows: Sequence[Body], _: Profile) -> None:
        for body in rows:
            value = body.get(name)
            if value is None:
                continue
            if type(value) is not str:
                body[name] = _positive(value)
            elif not (value.isdecimal() and value.isascii()):
                _drop(body, name, value)

    return column


def _days(name: str) -> Column:
    def column(rows: Sequence[Body], _: Profile) -> None:
        for body in rows:
            value = body.get(name)
            if value is None:
                continue
            if type(value) is not str:
                raise UnusualError
            if len(value) == _DAY_LENGTH and value[4::3] == _DAY_MARKS:
                body[name] = dt.date.fromisoformat(value)
            else:
                body[name] = read_day(value) if value else None

    return column


def _moments(name: str) -> Column:
    def column(rows: Sequence[Body], _: Profile) -> None:
        for body in rows:
            value = body.get(name)
            if value is None:
                continue
            if type(value) is not str:
                raise UnusualError
            if len(value) == _TIME_LENGTH and value[4::3] == _TIME_MARKS:
                body[name] = dt.datetime.fromisoformat(value)
            else:
                body[name] = read_moment(value) if value else None

    return column


def _inner(name: str, inner: Any) -> Column:
    """Return what reads JSON inside a text, or bare."""
    many = typing.get_origin(inner) is tuple
    row = typing.get_args(inner)[0] if many else inner

    def column(rows: Sequence[Body], used: Profile) -> None:
        for body in rows:
            value = body.get(name, _EMPTY)
            if is_empty(value):
                body.pop(name, None)
                continue
            if type(value) is str:
                plain = load(value)
                check_keys(plain)
                value = plain.value
            given = value if many and type(value) is list else [value]
            found = structs(row, given, used)
            body[name] = found if many else found[0]

    return column
