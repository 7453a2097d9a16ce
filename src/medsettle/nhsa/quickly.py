"""Plain messages read quickly; None for any other, which `reading` reads the long way and tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from medsettle.nhsa.columns import FEW, Body, columns_of, prepared, structs
from medsettle.nhsa.envelope import DONE, Nodes, Reply, Request
from medsettle.nhsa.fields import Message
from medsettle.nhsa.messages import INPUTS, OUTPUTS, Node
from medsettle.nhsa.plainly import LEFT, Plain, UnusualError, check_keys, colons_of, is_nought, load
from medsettle.nhsa.plans import is_empty
from medsettle.nhsa.profiles import Profile, profile, profile_of

_M = TypeVar("_M", bound=Message)


def quick_request(data: bytes | str, use: Profile | None, limit: int) -> Request | None:
    """Return what `reading.read_request` does, or None."""
    try:
        plain = _loaded(data, limit)
        head = _head(Request, plain.value)
        wanted = INPUTS[head["infno"]]
        nodes = _checked(plain, "input", wanted)
        used = use or profile_of(head.get("insuplc_admdvs") or "")
        return Request(**head, input=_nodes(nodes, wanted, used))
    except (*LEFT, KeyError):
        return None


def quick_reply(data: bytes | str, infno: str, use: Profile | None, limit: int) -> Reply | None:
    """Return what `reading.read_reply` does for a call that is known, or None."""
    try:
        plain = _loaded(data, limit)
        body = plain.value
        if is_nought(plain, body.get("infcode")):
            body["infcode"] = DONE
        head = _head(Reply, body)
        if head["infcode"] != DONE or not OUTPUTS[infno]:
            check_keys(plain)
            return Reply(**head)
        nodes = _checked(plain, "output", OUTPUTS[infno])
        return Reply(**head, output=_nodes(nodes, OUTPUTS[infno], use or profile()))
    except LEFT:
        return None


def quick_rows(
    row: type[_M], data: bytes | str, used: Profile, limit: int
) -> tuple[_M, ...] | None:
    """Return what `reading.read_rows` does, or None."""
    try:
        plain = _loaded(data, limit, list)
        check_keys(plain)
        return _rows(row, plain.value, used)
    except LEFT:
        return None


def _loaded(data: bytes | str, limit: int, kind: type = dict) -> Plain:
    if not isinstance(data, bytes | str) or len(data) > limit:
        raise UnusualError
    plain = load(data)
    if type(plain.value) is not kind:
        raise UnusualError
    return plain


def _head(row: type[Message], body: Body) -> Body:
    """Return the fields of an envelope, without its nodes."""
    plan = columns_of(row, profile().other_spellings)
    stated = {name: body[name] for name in plan.names if body.get(name) is not None}
    prepared(plan, [stated], profile())
    return stated


def _checked(plain: Plain, name: str, wanted: Mapping[str, Node]) -> Body:
    """Return the nodes of a message in which no key is twice."""
    nodes = plain.value.get(name)
    if type(nodes) is not dict:
        raise UnusualError
    keys = len(plain.value) + len(nodes)
    colons = colons_of(plain.value, deep=False)
    for one, node in wanted.items():
        if nodes.get(one) is not None:
            rows = _listed(nodes[one])
            keys += sum(map(len, rows))
            colons += _colons_in(node.row, rows)
    check_keys(plain, keys, colons)
    return nodes


def _colons_in(row: type[Message], rows: Sequence[Body]) -> int:
    """Return how many colons the texts of rows have: of many rows, only those of times."""
    if len(rows) <= FEW:
        return sum(colons_of(body, deep=False) for body in rows)
    moments = columns_of(row, ()).moments
    return 2 * sum(type(body.get(moment)) is str for moment in moments for body in rows)


def _listed(value: object) -> Sequence[Body]:
    """Return the rows of a node, which may be a single object."""
    rows = value if type(value) is list else [value]
    if not all(type(body) is dict for body in rows):
        raise UnusualError
    return rows  # type: ignore[return-value]


def _nodes(nodes: Body, wanted: Mapping[str, Node], used: Profile) -> Nodes:
    found: dict[str, Message | tuple[Message, ...]] = {}
    for name, node in wanted.items():
        value = nodes.get(name)
        if is_empty(value):
            if node.required:
                raise UnusualError
            if node.many:
                found[name] = ()
        elif node.many:
            found[name] = _rows(node.row, _listed(value), used)
        else:
            (found[name],) = structs(node.row, [value], used)  # type: ignore[list-item]
    return found


def _rows(row: type[_M], rows: Sequence[Body], used: Profile) -> tuple[_M, ...]:
    """Return rows; one that states nothing would be none, so something must be required."""
    if not columns_of(row, used.other_spellings).required:
        raise UnusualError
    return structs(row, rows, used)
