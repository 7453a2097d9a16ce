"""From JSON of any shape to `Settled`: envelopes, bare outputs and rows, lists of them.

Forms: an answer (`{"infcode": …, "output": {…}}`), a call (`{"input": …}`), their inside alone
(`{"setlinfo": …, "setldetail": …, "result": …}`), a bare `setlinfo` or row of a settlement, bare
lines, and lists of all these.  `original` beside them holds the settlement that was cancelled.
Calls and answers that state no amounts (2201, 2001, 5206 …), and refusals, give an empty `Settled`.
A row of `setldetail` may be a pair, `["310200", "4.52"]`: the fund and what it paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from medsettle.nhsa.finding import Settled, amount_fields
from medsettle.nhsa.listing import ListHead, ListItem
from medsettle.nhsa.messages import (
    INPUTS,
    OUTPUTS,
    FeeDetail,
    FeeResult,
    Message,
    SetlDetail,
    SetlInfo,
)
from medsettle.nhsa.plans import is_empty, read_struct
from medsettle.nhsa.profiles import Profile, profile, profile_of
from medsettle.nhsa.reading import rows_of
from medsettle.nhsa.refusing import MessageError

_M = TypeVar("_M", bound=Message)

_TOTAL: Final = "medfee_sumamt"
_LINE_AMOUNT: Final = "det_item_fee_sumamt"
#: Where a message says in which region the person is insured.
_REGIONS: Final = ("insuplc_admdvs", "insu_admdvs", "insu_optins")
#: What stands under a name in a message; anything else under a name is a message of its own.
NODES: Final = frozenset(("input", "output", "reversal", "original", "lines", "iteminfo")) | {
    name for nodes in (*INPUTS.values(), *OUTPUTS.values()) for name in nodes
}
_PAIR: Final = ("fund_pay_type", "fund_payamt")
#: Nodes that are of a settlement, whatever they hold.
_OF_SETTLEMENTS: Final = frozenset(("setlinfo", "setldetail", "iteminfo"))
#: Nodes by which the inside of a call or an answer is known to state no amounts.
_OF_OTHERS: Final = frozenset(
    name for nodes in (*INPUTS.values(), *OUTPUTS.values()) for name in nodes
) - {*_OF_SETTLEMENTS, "data", "result", "feedetail"}
#: Lists inside lists are a mistake, not a message.
_DEPTH_MAX: Final = 8


def gathered(value: object, use: Profile | None = None, depth: int = 0) -> Iterator[Settled]:
    """Yield what each message in a decoded JSON value tells of a settlement.

    Without a profile, the region that a message names decides, else the national one.  Raises
    MessageError for what is no such message, or cannot be read.
    """
    if isinstance(value, list) and depth < _DEPTH_MAX:
        if value and all(_is_line(one) for one in value):
            yield _settled({"result": value}, use or profile())
            return
        for number, one in enumerate(value, 1):
            try:
                yield from gathered(one, use, depth + 1)
            except MessageError as error:
                raise error.at("", number) from None
        return
    if not isinstance(value, dict):
        raise MessageError("N107", expected="an object of a settlement, or a list of them")
    yield from _of_object(value, use)


def _of_object(value: dict[str, Any], use: Profile | None) -> Iterator[Settled]:
    body = value
    for node in ("output", "input"):
        inner = value.get(node)
        if isinstance(inner, dict) and inner:
            body = inner
        elif "infcode" in value and node == "output":
            yield Settled()  # a refused call settles nothing, nor do those answered with nothing
            return
    used = use or _region(value) or _region(body) or profile()
    if _is_of_another_call(value, body, used):
        yield Settled(profile=used)
        return
    try:
        yield _settled(body, used)
    except MessageError as error:
        raise error if body is value else error.at(node_of(value, body)) from None


def node_of(value: Mapping[str, Any], body: object) -> str:
    """Return under which node of an envelope its inside stands."""
    return next((node for node in ("output", "input") if value.get(node) is body), "")


def _is_of_another_call(value: dict[str, Any], body: dict[str, Any], used: Profile) -> bool:
    """Tell whether this is a call or an answer that has no amounts, and needs none."""
    is_envelope = body is not value and ("infcode" in value or "infno" in value)
    if not is_envelope and _OF_OTHERS.isdisjoint(body):
        return False
    needs_amounts = any(
        field.required and field.name in (_TOTAL, _LINE_AMOUNT)
        for node in INPUTS.get(str(value.get("infno")), {}).values()
        for field in msgspec.structs.fields(node.row)
    )
    if needs_amounts or not _OF_SETTLEMENTS.isdisjoint(body):
        return False
    return not any(
        used.spellings.get(name, name) in (*amount_fields(), _LINE_AMOUNT)
        for place in (body, *body.values())
        for row in (place if isinstance(place, list) else (place,))
        if isinstance(row, dict)
        for name in row
    )


def _region(body: Mapping[str, Any]) -> Profile | None:
    """Return the profile of the region that a message names, if it does."""
    for place in (body, body.get("setlinfo"), body.get("data")):
        if isinstance(place, dict):
            for field in _REGIONS:
                code = place.get(field)
                if isinstance(code, str) and code:
                    return profile_of(str(code))
    return None


def _settled(body: dict[str, Any], used: Profile) -> Settled:
    info, details = _info_of(body, used)
    original: SetlInfo | None = None
    original_details: tuple[SetlDetail, ...] = ()
    if isinstance(body.get("original"), dict):
        try:
            original, original_details = _info_of(_inside(body["original"]), used)
        except MessageError as error:
            raise error.at("original") from None
    head, items = _list_of(body, used)
    lines = _lines_of(body, used)
    if info is None and not (details or lines or items or head):
        expected = f"`{_TOTAL}`, `setlinfo`, `setldetail`, lines, or an `output` with them"
        raise MessageError("N106", expected=expected)
    return Settled(
        info=info,
        details=details,
        lines=lines,
        original=original,
        original_details=original_details,
        list_head=head,
        list_items=items,
        profile=used,
    )


def _inside(body: dict[str, Any]) -> dict[str, Any]:
    inner = body.get("output")
    return inner if isinstance(inner, dict) else body


def _info_of(body: dict[str, Any], used: Profile) -> tuple[SetlInfo | None, tuple[SetlDetail, ...]]:
    """Return the settlement of a body and its breakdown."""
    info = None
    for node in ("setlinfo", "data", "reversal", ""):
        place = body.get(node) if node else body
        if isinstance(place, dict) and _has_total(place, used):
            info = _row(SetlInfo, place, node, used)
            break
    return info, _rows(SetlDetail, _unpaired(body), "setldetail", used)


def _unpaired(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body whose breakdown has rows, where it has pairs of fund and payment."""
    given = body.get("setldetail")
    if not isinstance(given, list) or not any(isinstance(row, list) for row in given):
        return body
    rows = [
        dict(zip(_PAIR, row, strict=True)) if isinstance(row, list) and len(row) == 2 else row
        for row in given
    ]
    return {**body, "setldetail": rows}


def _lines_of(body: dict[str, Any], used: Profile) -> tuple[FeeDetail | FeeResult, ...]:
    """Return the lines of a body, as they were split if it says so, else as they were sent."""
    for node in ("result", "lines", "feedetail"):
        given = body.get(node)
        if not is_empty(given):
            return _rows(FeeResult, body, node, used)
    if _is_line(body):
        return (_row(FeeResult, body, "", used),)
    return ()


def _list_of(body: dict[str, Any], used: Profile) -> tuple[ListHead | None, tuple[ListItem, ...]]:
    """Return the head and the items of a settlement list."""
    place = body.get("setlinfo")
    is_head = isinstance(place, dict) and "psn_selfpay" in place and "psn_cashpay" in place
    head = _row(ListHead, place, "setlinfo", used) if is_head and isinstance(place, dict) else None
    return head, _rows(ListItem, body, "iteminfo", used)


def _has_total(body: Mapping[str, Any], used: Profile) -> bool:
    """Tell whether a body states a total, under any of its spellings."""
    return any(
        name == _TOTAL or used.spellings.get(name) == _TOTAL
        for name, value in body.items()
        if not is_empty(value)
    )


def _is_line(body: object) -> bool:
    return isinstance(body, dict) and _LINE_AMOUNT in body and _TOTAL not in body


def _row(row: type[_M], body: Mapping[str, Any], node: str, used: Profile) -> _M:
    try:
        return read_struct(row, body, used)
    except MessageError as error:
        raise (error.at(node) if node else error) from None


def _rows(row: type[_M], body: dict[str, Any], node: str, used: Profile) -> tuple[_M, ...]:
    value = body.get(node)
    if is_empty(value):
        return ()
    try:
        return rows_of(row, value, used)
    except MessageError as error:
        raise error.at(node) from None
