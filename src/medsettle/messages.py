"""Messages in JSON: decoded strictly, every key known and there once, numbers from their digits.

What a claim's message and a bill's have in common.  A number is never read through a float and, but
for what is refused, never through a `Decimal`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, NoReturn

import msgspec

from medsettle.model import YearToDate
from medsettle.refusal import ClaimError, MoneyTypeError, Reason

#: How it is told that an amount or a date cannot be read.
EXPECTED_YUAN: Final = "yuan such as 1234.56"
EXPECTED_DATE: Final = "a date such as 2025-03-01"
NO_AMOUNT: Final = "no exact amount of money"

_TEXTS: Final = (bytes, str, bytearray)
_DATES: Final = ("date", "last_date", "admitted", "discharged")
#: More digits than these cannot be within ten billion, and might not fit 64 bits with decimals.
_DIGITS_MAX: Final = 15
_COUNTS: Final = {2: "two", 4: "four", 6: "six"}
_PATH: Final = re.compile(r"(?P<what>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)
_LINE: Final = re.compile(r"lines\[(\d+)\](?:\.(.*))?", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,39}")
_NUMBER: Final = re.compile(rb"\"?[-+0-9.eE]{1,16}\"?")
_PLAIN: Final = {
    decimals: re.compile(rb"(-?)([0-9]+)(?:\.([0-9]{1,%d})0*)?" % decimals) for decimals in _COUNTS
}


class Shape(NamedTuple):
    """A kind of message.

    `keys` are those that the message itself may have, under "", and those of the objects in it:
    "claim", "ytd", and "lines" for each of the lines.
    """

    what: str
    bytes_max: int
    decoder: msgspec.json.Decoder[Any]
    keys: Mapping[str, frozenset[str]]


def shape(what: str, bytes_max: int, message: Any, **parts: Any) -> Shape:
    """Return the shape of a message, a TypedDict, whose parts are TypedDicts too."""
    keys = {name: frozenset(part.__annotations__) for name, part in parts.items()}
    keys[""] = frozenset(message.__annotations__)
    return Shape(what, bytes_max, msgspec.json.Decoder(message), keys)


def decode(data: bytes | str, shape: Shape) -> dict[str, Any]:
    """Decode a message; raise ClaimError for one that is not of its shape, but for its keys."""
    if not isinstance(data, _TEXTS):
        raise TypeError(f"JSON of a claim must be bytes or str, not {type(data).__name__}")
    if len(data) > shape.bytes_max:
        bad_record("", f"{shape.what}, at most {shape.bytes_max:,} bytes", f"{len(data):,} bytes")
    try:
        body: dict[str, Any] = shape.decoder.decode(data)
    except msgspec.ValidationError as error:
        raise _wrong_value(error) from None
    except msgspec.DecodeError as error:
        bad_record("", "one JSON object", str(error))
    except UnicodeError:
        bad_record("", "UTF-8")
    except RecursionError:
        bad_record("", "one JSON object", "objects or arrays nested without end")
    return body


def parts(
    data: bytes | str, body: dict[str, Any], shape: Shape
) -> tuple[dict[str, Any], YearToDate | None]:
    """Return the claim's part of a decoded message, and the year so far.

    `body` is used up.  Raises ClaimError for a key that is unknown, or there twice.
    """
    keys = len(body)
    ytd = body.pop("ytd", None)
    if ytd is not None:
        keys += len(ytd) + len(ytd.get("counters", ()))
    if "claim" in body:
        claim = body.pop("claim")
        keys += len(claim)
        if body:
            bad_record(next(iter(body)), 'all of the claim within "claim"')
        body = claim
    keys += len(body.get("items", ())) + len(body.get("items_fen", ()))
    keys += sum(map(len, body.get("lines", ())))
    # Every key has its colon.  When there are more colons than different known keys, some stand in
    # texts, or a key is unknown, or there twice: only then is it worth looking again.
    colons = data.count(":") if isinstance(data, str) else data.count(b":")
    if colons != keys:
        _check_keys(data, shape)
    return body, None if ytd is None else YearToDate(**ytd)


# ---------------------------------------------------------------------------- numbers


def fen_of(raw: msgspec.Raw, field: str) -> int:
    """Return a JSON number, or a text with a number, of yuan as whole fen."""
    text = bytes(raw)
    digits = text[:-3] + text[-2:]
    if text[-3:-2] == b"." and len(digits) <= _DIGITS_MAX and digits.isdigit():
        return int(digits)
    return money_of(raw, field, 2, EXPECTED_YUAN)


def money_of(raw: msgspec.Raw, field: str, decimals: int, expected: str) -> int:
    """Return yuan as whole 1/10^decimals; raise ClaimError for what is no such number."""
    number = _scaled(bytes(raw), decimals)
    if number is None:
        told = _told(raw, field, decimals, expected)
        raise MoneyTypeError(Reason.BAD_MONEY, what=NO_AMOUNT, **told)
    whole, found = number
    if len(whole) > _DIGITS_MAX:
        raise ClaimError(Reason.AMOUNT_TOO_LARGE, field=field)
    return found


def number_of(raw: msgspec.Raw, field: str, decimals: int, expected: str, most: int) -> int:
    """Return a number as whole 1/10^decimals, at most `most`; raise ClaimError for no such one."""
    number = _scaled(bytes(raw), decimals)
    if number is None or abs(number[1]) > most:
        raise ClaimError(Reason.BAD_VALUE, **_told(raw, field, decimals, expected))
    return number[1]


def _scaled(text: bytes, decimals: int) -> tuple[bytes, int] | None:
    """Return the digits of the whole, and the number as whole 1/10^decimals; None for no number."""
    quoted = text.startswith(b'"')
    match = _PLAIN[decimals].fullmatch(text[1:-1] if quoted else text)
    if match is None:
        return None
    sign, whole, after = match.groups(b"")
    digits = whole[: _DIGITS_MAX + 1]  # Python refuses to make a number of very many
    return whole, int(sign + digits + after.ljust(decimals, b"0"))


def _told(raw: msgspec.Raw, field: str, decimals: int, expected: str) -> dict[str, Any]:
    text = bytes(raw)
    return {
        "field": field,
        "found": text.decode() if _NUMBER.fullmatch(text) else None,
        "expected": f"{expected}, with at most {_COUNTS[decimals]} decimals and no exponent",
    }


# ---------------------------------------------------------------------------- refusing


class _Twins(dict[str, Any]):
    """An object of JSON in which a key is there twice."""

    key: str


def _check_keys(data: bytes | str, shape: Shape) -> None:
    """Raise for a key that is there twice or is not known; the message has been decoded once."""
    text = data if isinstance(data, str) else bytes(data).decode(errors="replace")
    try:
        body = json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        bad_record("", "one JSON object")
    _check_object(body, shape.keys[""], shape)
    ytd = body.get("ytd") or {}
    _check_object(ytd, shape.keys["ytd"], shape)
    _check_twins(ytd.get("counters") or {})
    claim = body.get("claim") or {}
    _check_object(claim, shape.keys["claim"], shape)
    for inner in (body, claim):
        for name in ("items", "items_fen"):
            _check_twins(inner.get(name) or {})
        for row, line in enumerate(inner.get("lines") or (), start=1):
            _check_object(line, shape.keys["lines"], shape, f"lines[{row}].")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twins = _Twins(found)
    for key, _ in pairs:
        if found.pop(key, pairs) is pairs:
            twins.key = key
            break
    return twins


def _check_twins(body: dict[str, Any], at: str = "") -> None:
    if isinstance(body, _Twins):
        bad_record(f"{at}{shown(body.key)}", "every key once")


def _check_object(body: dict[str, Any], known: Iterable[str], shape: Shape, at: str = "") -> None:
    _check_twins(body, at)
    for key in body:
        if key == "lines" and "lines" not in shape.keys:
            bad_record(key, "a claim without lines, or a catalogue to split them by")
        if key not in known:
            names = shape.keys["claim"] if known is shape.keys[""] else known
            bad_record(f"{at}{shown(key)}", f"a known key: {', '.join(sorted(names))}")


def shown(key: str) -> str:
    """Return a key for an error text, unless it may be anything, such as somebody's name."""
    return key if _NAME.fullmatch(key) else "(a key)"


def _wrong_value(error: msgspec.ValidationError) -> ClaimError:
    match = _PATH.fullmatch(str(error))
    path = "" if match is None else match["path"].removeprefix("claim.")
    if match is None or path in ("claim", "ytd", "items", "items_fen"):
        return ClaimError(Reason.BAD_RECORD, field=path, expected="an object")
    if path == "lines":
        return ClaimError(Reason.BAD_RECORD, field=path, expected="an array of lines")
    what = match["what"][0].lower() + match["what"][1:]
    path = path.removesuffix("[...]")
    at = ""
    line = _LINE.fullmatch(path)
    if line is not None:
        at, path = f"lines[{int(line[1]) + 1}]", line[2]
        if path is None:
            return ClaimError(Reason.BAD_RECORD, field=at, expected="an object")
        at += "."
    if path.endswith("_fen"):
        yuan = path.removesuffix("_fen")
        return MoneyTypeError(
            Reason.BAD_MONEY, field=path, expected=f"an integer of fen, or yuan as `{yuan}`; {what}"
        )
    field = path.partition("[")[0]
    expected = what.removeprefix("expected ")
    if field.rpartition(".")[2] in _DATES:
        expected = EXPECTED_DATE
    return ClaimError(Reason.BAD_VALUE, field=f"{at}{field}", expected=expected)


def bad_record(field: str, expected: str, found: str | None = None) -> NoReturn:
    """Raise ClaimError for a message that cannot be read."""
    raise ClaimError(Reason.BAD_RECORD, field=field, expected=expected, found=found) from None
