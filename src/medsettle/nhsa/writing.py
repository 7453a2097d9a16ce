"""From messages to bytes: the right decimals, numbers or texts, and spellings of a region.

What is None is left out, and what the region does not send (`omits`).  A number is written with all
the decimals of its field, never with an exponent.
"""

from __future__ import annotations

import datetime as dt
import functools
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from medsettle.nhsa.envelope import Reply, Request
from medsettle.nhsa.fields import JsonText, Message, Number
from medsettle.nhsa.numbers import fitted
from medsettle.nhsa.plans import hints
from medsettle.nhsa.profiles import Profile, profile
from medsettle.nhsa.refusing import MessageError

Body = dict[str, Any]
#: Puts a field of every struct into its row.
Column = Callable[[Sequence[Message], Sequence[Body]], None]

_ENCODERS: Final = {
    "number": msgspec.json.Encoder(decimal_format="number"),
    "text": msgspec.json.Encoder(decimal_format="string"),
}


def write_request(request: Request, use: Profile | None = None) -> bytes:
    """Return a call as JSON (UTF-8); raise MessageError for a number that does not fit."""
    return _written(request, "input", request.infno, use or profile())


def write_reply(reply: Reply, infno: str, use: Profile | None = None) -> bytes:
    """Return the answer to a call `infno` as JSON (UTF-8); raise MessageError."""
    return _written(reply, "output", infno, use or profile())


def plain(message: Message, infno: str, use: Profile | None = None) -> dict[str, Any]:
    """Return a struct as a dict of JSON values under the names that `infno` has for them.

    Numbers are Decimals with their field's decimals; whether they become JSON numbers or texts
    is up to the encoder (`write_reply`).  Raises MessageError naming the field.
    """
    used = use or profile()
    names, left_out = used.writes.get(infno, {}), used.omits.get(infno, ())
    found: dict[str, Any] = {}
    for name, hint in hints(type(message)).items():
        value = getattr(message, name)
        if value is None or name in left_out:
            continue
        try:
            found[names.get(name, name)] = _plain(value, hint.kind, infno, used)
        except MessageError as error:
            raise error.at(name) from None
    return found


def _plain(value: Any, kind: object, infno: str, used: Profile) -> Any:
    match kind:
        case Number():
            return fitted(_exact(value), kind)
        case JsonText():
            inner = _nodes(value, infno, used)
            return _ENCODERS[used.numbers].encode(inner).decode()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, dt.date) else value


def _exact(value: object) -> Decimal:
    """Return a number of a struct; raise TypeError for a float or another type."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"a number must be a Decimal or an int, not {type(value).__name__}")
    return Decimal(value)


def _nodes(value: Message | tuple[Message, ...], infno: str, used: Profile) -> Any:
    if isinstance(value, Message):
        return plain(value, infno, used)
    try:
        return _rows(value, infno, used)
    except (MessageError, AttributeError, TypeError, ValueError, ArithmeticError):
        pass
    found = []
    for row, one in enumerate(value, 1):  # one after the other, to tell which one it is
        try:
            found.append(plain(one, infno, used))
        except MessageError as error:
            raise error.at("", row) from None
    return found


def _written(message: Request | Reply, node: str, infno: str, used: Profile) -> bytes:
    body = plain(message, infno, used)
    nodes = message.input if isinstance(message, Request) else message.output
    inner: dict[str, Any] = {}
    for name, value in nodes.items():
        try:
            inner[name] = _nodes(value, infno, used)
        except MessageError as error:
            raise error.at(f"{node}.{name}") from None
    if inner or isinstance(message, Request):
        body[node] = inner
    return _ENCODERS[used.numbers].encode(body)


# ---------------------------------------------------------------------------- many rows


def _rows(rows: Sequence[Message], infno: str, used: Profile) -> list[Body]:
    """Return what `plain` does for each struct, one field of all after another.

    What `plain` refuses is refused here too, but it is not told which row and field it is.
    """
    bodies: list[Body] = [{} for _ in rows]
    kinds = set(map(type, rows))
    if len(kinds) > 1:
        return [plain(row, infno, used) for row in rows]
    for kind in kinds:
        for column in _columns(kind, infno, used):
            column(rows, bodies)
    return bodies


@functools.lru_cache(maxsize=1024)
def _columns(row: type[Message], infno: str, used: Profile) -> tuple[Column, ...]:
    """Return what writes the fields of a struct."""
    names, left_out = used.writes.get(infno, {}), used.omits.get(infno, ())
    return tuple(
        _numbers(name, names.get(name, name), hint.kind)
        if isinstance(hint.kind, Number)
        else _others(name, names.get(name, name), hint.kind, infno, used)
        for name, hint in hints(row).items()
        if name not in left_out
    )


def _numbers(name: str, out: str, kind: Number) -> Column:
    finest, whole = Decimal(1).scaleb(-kind.places), kind.digits - kind.places
    value_of, nought = operator.attrgetter(name), Decimal(0).scaleb(-kind.places)

    def column(rows: Sequence[Message], bodies: Sequence[Body]) -> None:
        for body, value in zip(bodies, map(value_of, rows), strict=True):
            if type(value) is Decimal and value.same_quantum(finest) and value.adjusted() < whole:
                body[out] = value or nought
            elif value is not None:
                body[out] = fitted(_exact(value), kind)

    return column


def _others(name: str, out: str, kind: object, infno: str, used: Profile) -> Column:
    value_of = operator.attrgetter(name)

    def column(rows: Sequence[Message], bodies: Sequence[Body]) -> None:
        for body, value in zip(bodies, map(value_of, rows), strict=True):
            if type(value) is str:
                body[out] = value
            elif value is not None:
                body[out] = _plain(value, kind, infno, used)

    return column
