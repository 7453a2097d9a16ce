"""From a JSON object to a struct: one plan for each struct and each set of spellings."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from medsettle.nhsa.decoding import decode
from medsettle.nhsa.fields import Code, Day, JsonText, Message, Moment, Number, Text
from medsettle.nhsa.numbers import Digits, kind_of, number_reader
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.texts import read_code, read_day, read_moment, read_text

_M = TypeVar("_M", bound=Message)
Reader = Callable[[object, Profile], Any]


class FieldPlan(NamedTuple):
    """A field: its name, its other spellings, how it is read, whether it must be there."""

    name: str
    others: tuple[str, ...]
    read: Reader
    required: bool


class Hint(NamedTuple):
    """What an annotation says: the Python type, the kind of field."""

    type: Any
    kind: object


def is_empty(value: object) -> bool:
    """Tell whether a value says nothing: null, "", "null", an empty object or list."""
    if isinstance(value, str):
        return value in ("", "null")
    return value is None or (isinstance(value, dict | list) and not value)


def read_struct(row: type[_M], body: Mapping[str, Any], used: Profile) -> _M:
    """Return the struct that a JSON object states; raise MessageError naming the field."""
    values: dict[str, Any] = {}
    name = ""
    try:
        for name, others, read, required in _plans(row, used.other_spellings):
            value = body.get(name)
            if others:
                value = _chosen(name, others, read, body, used)
            if value is not None and value != "" and not is_empty(value):
                values[name] = read(value, used)
            elif required:
                raise MessageError("N106", expected=_expectation(row, name))
    except MessageError as error:
        raise error.at(name) from None
    return row(**values)


def _chosen(
    name: str, others: tuple[str, ...], read: Reader, body: Mapping[str, Any], used: Profile
) -> object:
    """Return what states a field that has several spellings; they may not contradict."""
    stated = [one for one in (name, *others) if not is_empty(body.get(one))]
    if len(stated) > 1:
        first, *rest = [read(body[one], used) for one in stated]
        if any(other != first for other in rest):
            names = ", ".join(f"`{one}`" for one in stated)
            raise MessageError("N113", expected=f"one value under {names}")
    return body[stated[0]] if stated else None


@functools.lru_cache(maxsize=1024)
def _plans(row: type[Message], spellings: tuple[tuple[str, str], ...]) -> tuple[FieldPlan, ...]:
    fields = hints(row)
    required = {field.name for field in msgspec.structs.fields(row) if field.required}
    others = other_names(row, spellings)
    return tuple(
        FieldPlan(name, others[name], _reader(hint), name in required)
        for name, hint in fields.items()
    )


def other_names(
    row: type[Message], spellings: tuple[tuple[str, str], ...]
) -> dict[str, tuple[str, ...]]:
    """Return the other spellings of each field of a struct."""
    fields = hints(row)
    others: dict[str, list[str]] = {name: [] for name in fields}
    for other, name in spellings:
        if name in others and other not in fields:  # 3202 itself has a `cash_payamt`
            others[name].append(other)
    return {name: tuple(spelt) for name, spelt in others.items()}


@functools.cache
def hints(row: type[Message]) -> dict[str, Hint]:
    """Return what the fields of a struct are, those of a JSON object only."""
    found: dict[str, Hint] = {}
    for name, annotated in typing.get_type_hints(row, include_extras=True).items():
        parts = typing.get_args(annotated)
        if typing.get_origin(annotated) in (typing.Union, types.UnionType):
            (annotated,) = (part for part in parts if part is not type(None))
        if typing.get_origin(annotated) is typing.Annotated:
            inner, *kinds = typing.get_args(annotated)
            found[name] = Hint(inner, kinds[-1])
    return found


def _expectation(row: type[Message], name: str) -> str:
    match hints(row)[name].kind:
        case Number():
            return "a number, 0 where it is nothing"
        case Code(table):
            return f"a code of `{table}`"
        case Day():
            return "a date"
        case Moment():
            return "a time"
    return "a text"


def _reader(hint: Hint) -> Reader:
    """Return what reads a field of this kind."""
    kind = hint.kind
    match kind:
        case Number():
            read_number = number_reader(kind)
            return lambda value, _: read_number(value)
        case Text():
            return lambda value, _: read_text(value, kind)
        case Code():
            return lambda value, _: read_code(value, kind)
        case Day():
            return lambda value, _: read_day(value)
        case Moment():
            return lambda value, _: read_moment(value)
        case JsonText():
            return _inner_reader(hint.type)
    raise TypeError(f"no reader for {kind!r}")


def _inner_reader(inner: Any) -> Reader:
    """Return what reads JSON inside a text, or the same as plain JSON: an object or a list."""
    many = typing.get_origin(inner) is tuple
    row = typing.get_args(inner)[0] if many else inner

    def read(value: object, used: Profile) -> Any:
        body = _unpacked(value)
        if not many:
            if not isinstance(body, dict):
                raise MessageError("N107", expected="an object", found=kind_of(body))
            return read_struct(row, body, used)
        rows = [body] if isinstance(body, dict) else body
        if not isinstance(rows, list):
            raise MessageError("N107", expected="a list of objects", found=kind_of(body))
        return tuple(_inner_row(row, one, number, used) for number, one in enumerate(rows, 1))

    return read


def _inner_row(row: type[_M], body: object, number: int, used: Profile) -> _M:
    if not isinstance(body, dict):
        raise MessageError("N107", f"[{number}]", expected="an object", found=kind_of(body))
    try:
        return read_struct(row, body, used)
    except MessageError as error:
        raise error.at(f"[{number}]") from None


def _unpacked(value: object) -> object:
    if not isinstance(value, str) or isinstance(value, Digits):
        return value
    return decode(value)
