"""The answers to 2208 and 2305: the exact negation of a settlement, as a row of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from medsettle.money import yuan
from medsettle.nhsa.fields import Message, Number
from medsettle.nhsa.finding import amount_fields
from medsettle.nhsa.messages import SetlDetail, SetlInfo
from medsettle.nhsa.plans import hints

_MONEY = Number(16, 2)
REFUNDED = "1"


def reversed_info(
    original: SetlInfo, *, setl_id: str, msgid: str, setl_time: dt.datetime, own_fen: int
) -> SetlInfo:
    """Return the row that undoes `original`: every amount with the other sign.

    It has its own `setl_id`, and names the one it undoes as `init_setl_id`; `balc` is what the
    own account holds afterwards.  Ratios and whatever is no amount stay as they are.
    """
    negated: dict[str, Any] = {
        name: -amount for name in amount_fields() if (amount := getattr(original, name)) is not None
    }
    return msgspec.structs.replace(
        original,
        **negated,
        setl_id=setl_id,
        init_setl_id=original.setl_id,
        medins_setl_id=msgid,
        setl_time=setl_time,
        balc=yuan(own_fen),
        refd_setl_flag=REFUNDED,
    )


def refunded(original: SetlInfo) -> SetlInfo:
    """Return a settlement marked as undone; its amounts stay."""
    return msgspec.structs.replace(original, refd_setl_flag=REFUNDED)


def reversed_details(details: Iterable[SetlDetail]) -> tuple[SetlDetail, ...]:
    """Return the breakdown of a reversal: every amount with the other sign, bands too."""
    found = []
    for detail in details:
        items = tuple(_negated(item) for item in detail.setl_proc_info)
        found.append(msgspec.structs.replace(_negated(detail), setl_proc_info=items))
    return tuple(found)


def _negated(row: Any) -> Any:
    """Return a struct with every amount of money negated."""
    fields: dict[str, Any] = {}
    assert isinstance(row, Message)
    for name, hint in hints(type(row)).items():
        if hint.kind == _MONEY and (amount := getattr(row, name)) is not None:
            fields[name] = -amount
    return msgspec.structs.replace(row, **fields)
