"""From messages to bytes: the right decimals, numbers or texts, and spellings of a region.

What is None is left out, and what the region does not send (`omits`).  A number is written with all
the decimals of its field, never with an exponent.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import msgspec

from medsettle.nhsa.envelope import Reply, Request
from medsettle.nhsa.fields import JsonText, Message, Number
from medsettle.nhsa.numbers import fitted
from medsettle.nhsa.plans import hints
from medsettle.nhsa.profiles import Profile, profile
from medsettle.nhsa.refusing import MessageError

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
    found = []
    for row, one in enumerate(value, 1):
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
