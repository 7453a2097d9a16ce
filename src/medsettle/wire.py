"""One claim as JSON: bytes in, bytes out, exact, and fast enough for a service.

Amounts are read from the text of the JSON number, never through a float and, but for what is
refused, never through a `Decimal`.  `docs/json.md` describes the messages.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from itertools import compress
from typing import Any, Final, NamedTuple, NoReturn, TypedDict

import msgspec

from medsettle.model import COUNTS, Claim, YearToDate, check_count, check_not_after
from medsettle.refusal import ClaimError, MoneyTypeError, Reason
from medsettle.settlement import Settlement, weakest
from medsettle.table import BenefitTable
from medsettle.vocabulary import BENEFITS, FOUR_AMOUNTS, NO_FUNDS

#: The longest message that is read; a claim with a full year-to-date takes about 2 KiB.
BYTES_MAX: Final = 65_536

#: How it is told that an amount or a date cannot be read.
EXPECTED_YUAN: Final = "yuan such as 1234.56"
EXPECTED_DATE: Final = "a date such as 2025-03-01"
MISSING_AMOUNT: Final = "an amount is missing"
NO_AMOUNT: Final = "no exact amount of money"

_TEXTS: Final = (bytes, str, bytearray)
#: The amounts a claim may state: the name of the yuan, the name of the fen.
_AMOUNTS: Final = tuple((name, f"{name}_fen") for name in (*FOUR_AMOUNTS, "total"))
#: What is told when it is missing.
_REQUIRED: Final = {
    "benefit": ("the benefit is missing", f"one of {', '.join(BENEFITS)}"),
    "date": ("the date is missing", EXPECTED_DATE),
    "in_scope_fen": (MISSING_AMOUNT, EXPECTED_YUAN),
}
_VISIT: Final = ("admitted", "discharged")
_PLAIN: Final = re.compile(rb"(-?)([0-9]+)(?:\.([0-9]{1,2})0*)?")
_CENTS: Final = tuple(f".{cents:02}" for cents in range(100))
#: More digits of yuan than these cannot be within ten billion, and might not fit 64 bits in fen.
_YUAN_DIGITS_MAX: Final = 15
_PATH: Final = re.compile(r"(?P<what>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,39}")
_NUMBER: Final = re.compile(rb"\"?[-+0-9.eE]{1,16}\"?")


class _Year(TypedDict, total=False):
    last_date: dt.date | None
    counters: dict[str, int]


class _Claim(TypedDict, total=False):
    benefit: str
    date: dt.date
    in_scope: msgspec.Raw
    in_scope_fen: int
    total: msgspec.Raw
    total_fen: int
    full_self_pay: msgspec.Raw
    full_self_pay_fen: int
    over_limit: msgspec.Raw
    over_limit_fen: int
    first_step: msgspec.Raw
    first_step_fen: int
    items: dict[str, msgspec.Raw]
    items_fen: dict[str, int]
    level: str | tuple[str, ...] | None
    status: str | tuple[str, ...] | None
    assistance: str | tuple[str, ...] | None
    supplement: str | tuple[str, ...] | None
    place: str | tuple[str, ...] | None
    hospital_kind: str | tuple[str, ...] | None
    institution: str | tuple[str, ...] | None
    disease: str | tuple[str, ...] | None
    care: str | tuple[str, ...] | None
    tier: str | tuple[str, ...] | None
    cohort: str | tuple[str, ...] | None
    family_doctor: str | tuple[str, ...] | None
    entitlement: str | tuple[str, ...] | None
    age: int | None
    months: int | None
    enrolled_years: int | None
    zero_claim_years: int | None
    admitted: dt.date | None
    discharged: dt.date | None
    days: int | None
    continues: bool
    id: str
    person: str | int


class _Message(_Claim, total=False):
    claim: _Claim
    ytd: _Year | None


_DECODER: Final = msgspec.json.Decoder(_Message)
_ENCODER: Final = msgspec.json.Encoder()


def settle_json(table: BenefitTable, data: bytes | str) -> bytes:
    """Settle one claim given as JSON (UTF-8) and answer with JSON; see `docs/json.md`.

    Raises ClaimError, naming the field, for anything that cannot be settled; MoneyTypeError, which
    is also a TypeError, for money that is no exact amount.
    """
    claim, ytd = read_claim(data)
    return settlement_json(table.settle(claim, ytd))


def read_claim(data: bytes | str) -> tuple[Claim, YearToDate | None]:
    """Return the claim of a message, and the year so far if the message carries it.

    The message is `{"claim": {…}, "ytd": {…}}`, or the claim itself with "ytd" among its keys.
    Raises ClaimError (C110 a wrong value, C111 money, C112 the message, C113 the sum).
    """
    body = _decode(data)
    keys = len(body)
    ytd = body.pop("ytd", None)
    if ytd is not None:
        keys += len(ytd) + len(ytd.get("counters", ()))
    if "claim" in body:
        claim = body.pop("claim")
        keys += len(claim)
        if body:
            _bad_record(next(iter(body)), 'all of the claim within "claim"')
        body = claim
    keys += len(body.get("items", ())) + len(body.get("items_fen", ()))
    # Every key has its colon.  When there are more colons than different known keys, some stand in
    # texts, or a key is unknown, or there twice: only then is it worth looking again.
    colons = data.count(":") if isinstance(data, str) else data.count(b":")
    if colons != keys:
        _check_keys(data)
    return _claim(body), None if ytd is None else YearToDate(**ytd)


def claim_json(claim: Claim, ytd: YearToDate | None = None) -> bytes:
    """Return the message of a claim, as `read_claim` reads it; amounts in whole fen."""
    return _ENCODER.encode({"claim": claim} if ytd is None else {"claim": claim, "ytd": ytd})


def settlement_json(settlement: Settlement) -> bytes:
    """Return a settlement as JSON: yuan as numbers with two decimals, counters in whole fen."""
    form = _form(settlement.table)
    claim = settlement.claim
    amounts = [settlement.fund_fen(fund) for fund in form.funds]
    total, cash = claim.total_fen, settlement.cash_fen
    total_funds = total - cash
    for payer in form.no_funds:
        total_funds -= amounts[payer]
    amounts += (settlement.deductible_fen, cash, total, total_funds)
    after = settlement.counters_after()
    paid = tuple([layer for layer, fen in settlement.payments() if fen])
    rest = {
        "ytd": {
            "last_date": claim.date,
            "counters": dict(compress(zip(form.counters, after, strict=False), after)),
        },
        "fingerprint": form.fingerprint,
        "id": claim.id,
    }
    known = form.provenance.get(paid)
    if known is None:
        known = form.provenance.setdefault(paid, _provenance(settlement.table, paid))
    return b"".join((_yuan(form.amounts, amounts), known, _ENCODER.encode(rest)[1:]))


# ---------------------------------------------------------------------------- writing


class _Form(NamedTuple):
    """The parts of an answer that are the same for every claim of a table."""

    funds: range
    no_funds: tuple[int, ...]  # those of them that are no fund
    amounts: str  # the amounts of an answer, with a %s for each
    counters: tuple[str, ...]
    fingerprint: str
    provenance: dict[tuple[int, ...], bytes]  # by the layers that paid


@functools.lru_cache(maxsize=16)
def _form(table: BenefitTable) -> _Form:
    funds = ",".join(f'"{name}":%s' for name in table.meta.funds)
    return _Form(
        funds=range(len(table.meta.funds)),
        no_funds=tuple(i for i, name in enumerate(table.meta.funds) if name in NO_FUNDS),
        amounts=f'{{"funds":{{{funds}}},"deductible":%s,"cash":%s,"total":%s,"total_funds":%s',
        counters=table.meta.counters,
        fingerprint=table.fingerprint,
        provenance={},
    )


def _provenance(table: BenefitTable, paid: tuple[int, ...]) -> bytes:
    """Return how well what was paid is founded: the weakest, and that of each layer that paid."""
    layers = {table.meta.layers[at].name: table.meta.layers[at].provenance for at in paid}
    told = {"weakest": weakest(layers.values()) or None, "layers": layers}
    return b',"provenance":' + _ENCODER.encode(told) + b","


def _yuan(form: str, amounts: list[int]) -> bytes:
    """Return `form` with amounts of fen, none negative, as JSON numbers of yuan."""
    # Most amounts of most claims are 0.
    numbers = [f"{fen // 100}{_CENTS[fen % 100]}" if fen else "0.00" for fen in amounts]
    return (form % tuple(numbers)).encode()


# ---------------------------------------------------------------------------- reading


def _decode(data: bytes | str) -> dict[str, Any]:
    if not isinstance(data, _TEXTS):
        raise TypeError(f"JSON of a claim must be bytes or str, not {type(data).__name__}")
    if len(data) > BYTES_MAX:
        _bad_record("", f"one claim, at most {BYTES_MAX:,} bytes", f"{len(data):,} bytes")
    try:
        message: Any = _DECODER.decode(data)
    except msgspec.ValidationError as error:
        raise _wrong_value(error) from None
    except msgspec.DecodeError as error:
        _bad_record("", "one JSON object", str(error))
    except UnicodeError:
        _bad_record("", "UTF-8")
    except RecursionError:
        _bad_record("", "one JSON object", "objects or arrays nested without end")
    body: dict[str, Any] = message
    return body


def _claim(body: dict[str, Any]) -> Claim:
    """Return the claim of the known keys; `body` is used up."""
    for name, fen_name in _AMOUNTS:
        if name in body:
            if fen_name in body:
                _bad_record(name, f"either `{name}` or `{fen_name}`")
            body[fen_name] = _fen(body.pop(name), name)
    if "total_fen" in body:
        _fit_total(body)
    if "items" in body or "items_fen" in body:
        _read_items(body)
    if "date" in body and ("admitted" in body or "discharged" in body):
        check_not_after(body["date"], {name: body[name] for name in _VISIT if name in body})
    for name in COUNTS:
        if name in body:
            check_count(name, body[name])
    try:
        return Claim(**body)
    except TypeError:
        for name, (what, expected) in _REQUIRED.items():
            if name not in body:
                field = name.removesuffix("_fen")
                raise ClaimError(
                    Reason.BAD_RECORD, field=field, expected=expected, what=what
                ) from None
        raise


def _fit_total(body: dict[str, Any]) -> None:
    """Let the full self-pay be what the total leaves, or check the sum."""
    rest = body.pop("total_fen") - body.get("in_scope_fen", 0)
    rest -= body.get("over_limit_fen", 0) + body.get("first_step_fen", 0)
    if rest < 0 or body.setdefault("full_self_pay_fen", rest) != rest:
        raise ClaimError(Reason.AMOUNTS_DISAGREE, field="total")


def _read_items(body: dict[str, Any]) -> None:
    """Put the item groups in fen under `items`."""
    if "items" in body and "items_fen" in body:
        _bad_record("items", "either `items` or `items_fen`")
    given = body.pop("items", {})
    in_fen = body.pop("items_fen", None)
    body["items"] = in_fen or {group: _fen(raw, _of(group)) for group, raw in given.items()}


def _of(group: str) -> str:
    """Return how an item group is named in an error text."""
    return f"items.{_shown(group)}"


def _fen(raw: msgspec.Raw, field: str) -> int:
    """Return a JSON number, or a text with a number, of yuan as whole fen."""
    text = bytes(raw)
    digits = text[:-3] + text[-2:]
    if text[-3:-2] == b"." and len(digits) <= _YUAN_DIGITS_MAX and digits.isdigit():
        return int(digits)
    return _fen_of_other(text, field)


def _fen_of_other(text: bytes, field: str) -> int:
    """Return what is not written with exactly two decimals: a whole number, a text, a minus."""
    quoted = text.startswith(b'"')
    match = _PLAIN.fullmatch(text[1:-1] if quoted else text)
    if match is None:
        raise MoneyTypeError(
            Reason.BAD_MONEY,
            field=field,
            found=text.decode() if _NUMBER.fullmatch(text) else None,
            expected=f"{EXPECTED_YUAN}, with at most two decimals and no exponent",
            what=NO_AMOUNT,
        )
    sign, whole, cents = match.groups(b"")
    if len(whole) > _YUAN_DIGITS_MAX:
        raise ClaimError(Reason.AMOUNT_TOO_LARGE, field=field)
    return int(sign + whole + cents.ljust(2, b"0"))


# ---------------------------------------------------------------------------- refusing


def _check_keys(data: bytes | str) -> None:
    """Raise for a key that is there twice or is not known; the message has been decoded once."""
    text = data if isinstance(data, str) else bytes(data).decode(errors="replace")
    try:
        body = json.loads(text, object_pairs_hook=_no_twins, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ClaimError):
            raise
        _bad_record("", "one JSON object")
    _check_known(body, _Message)
    _check_known(body.get("claim") or {}, _Claim)
    _check_known(body.get("ytd") or {}, _Year)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            _bad_record(_shown(key), "every key once")
        found[key] = value
    return found


def _check_known(body: dict[str, Any], message: Any) -> None:
    known = message.__annotations__
    for key in body:
        if key not in known:
            names = sorted(_Claim.__annotations__ if message is _Message else known)
            _bad_record(_shown(key), f"a known key: {', '.join(names)}")


def _shown(key: str) -> str:
    """Return a key for an error text, unless it may be anything, such as somebody's name."""
    return key if _NAME.fullmatch(key) else "(a key)"


def _wrong_value(error: msgspec.ValidationError) -> ClaimError:
    match = _PATH.fullmatch(str(error))
    path = "" if match is None else match["path"].removeprefix("claim.")
    if match is None or path in ("claim", "ytd", "items", "items_fen"):
        return ClaimError(Reason.BAD_RECORD, field=path, expected="an object")
    what = match["what"][0].lower() + match["what"][1:]
    path = path.removesuffix("[...]")
    if path.endswith("_fen"):
        yuan = path.removesuffix("_fen")
        return MoneyTypeError(
            Reason.BAD_MONEY, field=path, expected=f"an integer of fen, or yuan as `{yuan}`; {what}"
        )
    field = path.partition("[")[0]
    if field.endswith("date") or field in _VISIT:
        return ClaimError(Reason.BAD_VALUE, field=field, expected=EXPECTED_DATE)
    return ClaimError(Reason.BAD_VALUE, field=field, expected=what.removeprefix("expected "))


def _bad_record(field: str, expected: str, found: str | None = None) -> NoReturn:
    raise ClaimError(Reason.BAD_RECORD, field=field, expected=expected, found=found) from None
