"""From bytes to messages: `read_request`, `read_reply`, `read_rows`; every mistake by its field.

Plain messages are read `quickly`; whatever is unusual or wrong goes the long way, which tells.

What is not a field of the struct is left aside, whatever it is: provinces add fields, and names
and certificates are among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from medsettle.nhsa.decoding import BYTES_MAX, decode
from medsettle.nhsa.envelope import DONE, Nodes, Reply, Request
from medsettle.nhsa.fields import Message
from medsettle.nhsa.messages import INPUTS, OUTPUTS, Node
from medsettle.nhsa.numbers import kind_of
from medsettle.nhsa.plans import is_empty, read_struct
from medsettle.nhsa.profiles import Profile, profile, profile_of
from medsettle.nhsa.quickly import quick_reply, quick_request, quick_rows
from medsettle.nhsa.refusing import MessageError

_M = TypeVar("_M", bound=Message)


def read_request(
    data: bytes | str, use: Profile | None = None, *, limit: int = BYTES_MAX
) -> Request:
    """Return the call that `data` holds, its input read as that of its `infno`.

    Without a profile, that of the region where the person is insured is used.  Raises
    MessageError.
    """
    return quick_request(data, use, limit) or told_request(data, use, limit)


def told_request(data: bytes | str, use: Profile | None, limit: int) -> Request:
    """Do what `read_request` does the long way, which tells every mistake."""
    body = _object(decode(data, limit), "")
    head = read_struct(Request, body, profile())
    if head.infno not in INPUTS:
        raise MessageError(
            "N112", "infno", expected=f"one of {', '.join(INPUTS)}", found=head.infno
        )
    used = use or profile_of(head.insuplc_admdvs or "")
    nodes = _object(body.get("input"), "input")
    return _with(head, "input", _nodes(nodes, "input", INPUTS[head.infno], used))


def read_reply(
    data: bytes | str, infno: str, use: Profile | None = None, *, limit: int = BYTES_MAX
) -> Reply:
    """Return the answer to a call `infno` that `data` holds.

    A refused call (`infcode` not 0) has no output, nor have some others.  Raises MessageError.
    """
    if infno not in OUTPUTS:
        raise MessageError("N112", expected=f"one of {', '.join(OUTPUTS)}", found=infno)
    return quick_reply(data, infno, use, limit) or told_reply(data, infno, use, limit)


def told_reply(data: bytes | str, infno: str, use: Profile | None, limit: int) -> Reply:
    """Do what `read_reply` does the long way, which tells every mistake; `infno` is known."""
    body = _object(decode(data, limit), "")
    head = read_struct(Reply, body, profile())
    if head.infcode != DONE or not OUTPUTS[infno]:
        return head
    nodes = _object(body.get("output"), "output")
    return _with(head, "output", _nodes(nodes, "output", OUTPUTS[infno], use or profile()))


def read_rows(
    row: type[_M], data: bytes | str, use: Profile | None = None, *, limit: int = BYTES_MAX
) -> tuple[_M, ...]:
    """Return bare rows, such as those of 1318 or 5203: a list of objects, or a single one.

    Raises MessageError with the row.
    """
    used = use or profile()
    found = quick_rows(row, data, used, limit)
    return rows_of(row, decode(data, limit), used) if found is None else found


def rows_of(row: type[_M], value: object, used: Profile) -> tuple[_M, ...]:
    """Return the rows of a decoded list; of a single object, which some platforms send.

    Rows that state nothing at all are left out: platforms fill an empty list with one.
    """
    given = [value] if isinstance(value, dict) else value
    if not isinstance(given, list):
        raise MessageError("N107", expected="a list of objects", found=kind_of(value))
    found = []
    for number, one in enumerate(given, 1):
        try:
            body = _object(one, "")
            if not all(map(is_empty, body.values())):
                found.append(read_struct(row, body, used))
        except MessageError as error:
            raise error.at("", number) from None
    return tuple(found)


def read_node(node: Node, value: object, used: Profile) -> Message | tuple[Message, ...]:
    """Return what stands under a node of a decoded message; raise MessageError."""
    if node.many:
        return rows_of(node.row, value, used)
    return read_struct(node.row, _object(value, ""), used)


def _nodes(body: dict[str, Any], where: str, nodes: Mapping[str, Node], used: Profile) -> Nodes:
    found: dict[str, Message | tuple[Message, ...]] = {}
    for name, node in nodes.items():
        value = body.get(name)
        path = f"{where}.{name}"
        if is_empty(value):
            if node.required:
                expected = "a list of objects" if node.many else "an object"
                raise MessageError("N106", path, expected=expected)
            if node.many:
                found[name] = ()
            continue
        try:
            found[name] = read_node(node, value, used)
        except MessageError as error:
            raise error.at(path) from None
    return found


def _object(value: object, field: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if is_empty(value):
        raise MessageError("N106", field, expected="an object")
    raise MessageError("N107", field, expected="an object", found=kind_of(value))


def _with(head: _M, node: str, nodes: Nodes) -> _M:
    """Return an envelope with its nodes."""
    fields: Sequence[str] = head.__struct_fields__
    values = {field: getattr(head, field) for field in fields}
    return type(head)(**{**values, node: nodes})
