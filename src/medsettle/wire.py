"""One claim as JSON: bytes in, bytes out, exact, and fast enough for a service.

Amounts are read from the text of the JSON number, never through a float and, but for what is
refused, never through a `Decimal`.  `docs/json.md` describes the messages.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

import msgspec

from medsettle._core.engine import Form
from medsettle.messages import (
    EXPECTED_DATE,
    EXPECTED_YUAN,
    bad_record,
    decode,
    fen_of,
    parts,
    shape,
    shown,
)
from medsettle.model import COUNTS, Claim, YearToDate, check_count, check_not_after
from medsettle.refusal import ClaimError, Reason
from medsettle.settlement import Settlement, weakest
from medsettle.vocabulary import BENEFITS, FOUR_AMOUNTS, NO_FUNDS

if TYPE_CHECKING:
    from medsettle.compile.meta import LayerMeta
    from medsettle.table import BenefitTable

#: The longest message that is read; a claim with a full year-to-date takes about 2 KiB.
BYTES_MAX: Final = 65_536

#: How it is told that an amount is missing.
MISSING_AMOUNT: Final = "an amount is missing"

#: The amounts a claim may state: the name of the yuan, the name of the fen.
_AMOUNTS: Final = tuple((name, f"{name}_fen") for name in (*FOUR_AMOUNTS, "total"))
#: What is told when it is missing.
_REQUIRED: Final = {
    "benefit": ("the benefit is missing", f"one of {', '.join(BENEFITS)}"),
    "date": ("the date is missing", EXPECTED_DATE),
    "in_scope_fen": (MISSING_AMOUNT, EXPECTED_YUAN),
}
_VISIT: Final = ("admitted", "discharged")


class YearBody(TypedDict, total=False):
    """The year so far in a message."""

    last_date: dt.date | None
    counters: dict[str, int]


class ClaimBody(TypedDict, total=False):
    """A claim in a message."""

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


class _Message(ClaimBody, total=False):
    claim: ClaimBody
    ytd: YearBody | None


#: The message of one claim.
CLAIM: Final = shape("one claim", BYTES_MAX, _Message, claim=ClaimBody, ytd=YearBody)
_ENCODER: Final = msgspec.json.Encoder()


def settle_json(table: BenefitTable, data: bytes | str) -> bytes:
    """Settle one claim given as JSON (UTF-8) and answer with JSON; see `docs/json.md`.

    Raises ClaimError, naming the field, for anything that cannot be settled; MoneyTypeError, which
    is also a TypeError, for money that is no exact amount.
    """
    body = decode(data, CLAIM)
    answer = table.settle_message(table.form, data, body)
    if answer is None:  # nothing is wrong with it, or something is: the long way tells
        answer = settlement_json(table.settle(*_read(data, body)))
    return answer


def read_claim(data: bytes | str) -> tuple[Claim, YearToDate | None]:
    """Return the claim of a message, and the year so far if the message carries it.

    The message is `{"claim": {…}, "ytd": {…}}`, or the claim itself with "ytd" among its keys.
    Raises ClaimError (C110 a wrong value, C111 money, C112 the message, C113 the sum).
    """
    return _read(data, decode(data, CLAIM))


def claim_json(claim: Claim, ytd: YearToDate | None = None) -> bytes:
    """Return the message of a claim, as `read_claim` reads it; amounts in whole fen."""
    return _ENCODER.encode({"claim": claim} if ytd is None else {"claim": claim, "ytd": ytd})


def settlement_json(settlement: Settlement) -> bytes:
    """Return a settlement as JSON: yuan as numbers with two decimals, counters in whole fen."""
    return settlement.answer(settlement.table.form)


# ---------------------------------------------------------------------------- writing


def form_of(table: BenefitTable) -> Form:
    """Return what the answers of a table have in common; `BenefitTable.form` keeps it."""
    meta = table.meta
    funds = ",".join(f"{_text(name)}:%" for name in meta.funds)
    amounts = f'{{"funds":{{{funds}}},"deductible":%,"cash":%,"total":%,"total_funds":'
    return Form(
        amounts.encode().split(b"%"),
        [at for at, name in enumerate(meta.funds) if name in NO_FUNDS],
        [f"{_text(name)}:".encode() for name in meta.counters],
        f'}}}},"fingerprint":{_text(table.fingerprint)},"id":'.encode(),
        functools.partial(_provenance, meta.layers),
        _ENCODER.encode,
    )


def _text(name: str) -> str:
    return _ENCODER.encode(name).decode()


def _provenance(versions: Sequence[LayerMeta], paid: tuple[int, ...]) -> bytes:
    """Return how well what was paid is founded, up to the day that stands behind it.

    The weakest of the layers that paid, and that of each.
    """
    layers = {versions[at].name: versions[at].provenance for at in paid}
    told = _ENCODER.encode({"weakest": weakest(layers.values()) or None, "layers": layers})
    return b',"provenance":%b,"ytd":{"last_date":"' % told


# ---------------------------------------------------------------------------- reading


def _read(data: bytes | str, body: dict[str, Any]) -> tuple[Claim, YearToDate | None]:
    claim, ytd = parts(data, body, CLAIM)
    return claim_of(claim), ytd


def claim_of(body: dict[str, Any]) -> Claim:
    """Return the claim of the known keys; `body` is used up."""
    for name, fen_name in _AMOUNTS:
        if name in body:
            if fen_name in body:
                bad_record(name, f"either `{name}` or `{fen_name}`")
            body[fen_name] = fen_of(body.pop(name), name)
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
        bad_record("items", "either `items` or `items_fen`")
    given = body.pop("items", {})
    in_fen = body.pop("items_fen", None)
    body["items"] = in_fen or {group: fen_of(raw, _of(group)) for group, raw in given.items()}


def _of(group: str) -> str:
    """Return how an item group is named in an error text."""
    return f"items.{shown(group)}"
