"""Hostile messages: readers raise MessageError and nothing else, and show nobody."""

from __future__ import annotations

import contextlib
import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsettle.nhsa.decoding import decode
from medsettle.nhsa.gathering import gathered
from medsettle.nhsa.identities import check
from medsettle.nhsa.messages import CeilingRow, InsuInfo, SetlInfo
from medsettle.nhsa.reading import read_reply, read_request, read_rows
from medsettle.nhsa.refusing import MessageError
from tests.nhsa.messages import BORN, CERTIFICATE, NAME, PERSON, REPLIES, REQUESTS, as_json

MESSAGES = [("reply", infno, body) for infno, body in REPLIES.items()]
MESSAGES += [("request", infno, body) for infno, body in REQUESTS.items()]
NOBODY = (PERSON, BORN, NAME, CERTIFICATE)


def shows(*things: object) -> str:
    """Return all that somebody might print of some things."""
    return "".join(f"{thing}{thing!r}" for thing in things)


def read(kind: str, infno: str, data: bytes | str) -> None:
    """Read a message; whatever becomes of it must not show whose it is."""
    try:
        found = read_reply(data, infno) if kind == "reply" else read_request(data)
        for facts in gathered(decode(data)):
            text = shows(*check(facts), facts)
            assert not any(secret in text for secret in NOBODY)
        text = shows(found)
    except MessageError as error:
        text = shows(error, *error.args, error.found)
        text += "".join(traceback.format_exception(error, chain=True)[-1:])
    assert not any(secret in text for secret in NOBODY)


@given(
    data=st.binary(max_size=200),
    message=st.sampled_from(MESSAGES),
)
def test_random_bytes(data: bytes, message: tuple[str, str, Any]) -> None:
    read(message[0], message[1], data)


@given(
    shape=st.sampled_from([SetlInfo, CeilingRow, InsuInfo]),
    data=st.one_of(
        st.binary(max_size=200),
        st.dictionaries(
            st.sampled_from(["psn_no", "insutype", "hilist_code", "medfee_sumamt", "balc", "brdy"]),
            st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from([*NOBODY, "0"])),
        ).map(as_json),
    ),
)
def test_rows(shape: type[Any], data: bytes) -> None:
    try:
        text = shows(*read_rows(shape, data))
    except MessageError as error:
        text = shows(error, *error.args, error.found)
    assert not any(secret in text for secret in (PERSON, NAME, CERTIFICATE))


@given(message=st.sampled_from(MESSAGES), data=st.data())
def test_bytes_of_valid_messages_disturbed(
    message: tuple[str, str, Any], data: st.DataObject
) -> None:
    kind, infno, body = message
    text = bytearray(as_json(body))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        match data.draw(st.sampled_from(["set", "cut", "drop", "twice"])):
            case "set":
                text[at] = data.draw(st.integers(0, 255))
            case "cut" if at:
                del text[at:]
            case "drop":
                del text[at : at + 7]
            case "twice":
                text[at:at] = text[at : at + 20]
        if not text:
            return
    read(kind, infno, bytes(text))


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of everything in a JSON value."""
    yield here
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(one, (*here, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a JSON value with another at a path; without it where `new` is `...`."""
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1:
        del copied[path[0]]
    else:
        copied[path[0]] = changed(copied[path[0]], path[1:], new)
    return copied


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=30),
    st.sampled_from(
        ["", "0", "1,000", "１", "NaN", "1e308", "null", "[]", "{}", '[{"a":1}]', "\ud800", "\x00"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.just(...),
)


@given(message=st.sampled_from(MESSAGES), new=ODD, data=st.data())
def test_values_of_valid_messages_exchanged(
    message: tuple[str, str, Any], new: Any, data: st.DataObject
) -> None:
    kind, infno, body = message
    path = data.draw(st.sampled_from(list(paths(body))))
    if path or new is not ...:
        read(kind, infno, json.dumps(changed(body, path, new)).encode())


@pytest.mark.parametrize(
    "secret", [NAME, CERTIFICATE, "13900001111", "139 0000 1111", BORN, "Li Ming", "1931.7.23"]
)
def test_no_error_shows_what_stood_in_any_field(secret: str) -> None:
    """Whoever mixes columns up may put a name or a certificate into any of them."""
    refused = 0
    for kind, infno, body in MESSAGES:
        for path in list(paths(body))[1:]:
            told = ""
            data = as_json(changed(body, path, secret))
            try:
                read_reply(data, infno) if kind == "reply" else read_request(data)
            except MessageError as error:
                told = shows(error, *error.args, error.found)
                refused += 1
            assert secret not in told, (infno, path)
    assert refused > 50


@pytest.mark.parametrize("key", [NAME, CERTIFICATE, "a b", "x" * 60])
def test_no_error_shows_a_key_that_is_no_field(key: str) -> None:
    data = f'{{"infcode":0,"{key}":1,"{key}":2}}'
    with pytest.raises(MessageError) as refused:
        read_reply(data, "2207")
    assert refused.value.code == "N103"
    assert key not in str(refused.value)


@given(value=st.recursive(ODD.filter(lambda one: one is not ...), st.lists, max_leaves=5))
def test_anything_gathered(value: Any) -> None:
    with contextlib.suppress(MessageError):
        list(gathered(value))


@pytest.mark.parametrize(
    "found", ["1,000", "１２", "NaN", "1e308", "3982.0200000000004", "990101", "C001", "a list"]
)
def test_what_helps_is_shown(found: str) -> None:
    assert f"found `{found}`" in str(MessageError("N108", "x", found=found))
