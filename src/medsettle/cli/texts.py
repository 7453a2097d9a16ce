"""Columns of text become columns of numbers, exactly; what cannot be read becomes a fault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from medsettle.cli.block import EPOCH, Array, Block, Fault
from medsettle.money import FEN_MAX
from medsettle.refusal import Status
from medsettle.vocabulary import AGE, AGE_MAX, AGE_UNSTATED, AXES, BENEFITS, FOUR_AMOUNTS
from medsettle.wire import EXPECTED_DATE, EXPECTED_YUAN, MISSING_AMOUNT, NO_AMOUNT

#: A cell of a person or an id is not longer than this.
NAME_MAX: Final = 128

_YUAN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2})0*)?")
_FEN = re.compile(r"-?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNDECIDED: Final = -1

Texts = Mapping[str, Sequence[str]]
Faults = dict[int, Fault]


def block_of(texts: Texts, rows: Sequence[int], faults: Faults, records: Sequence[Any]) -> Block:
    """Return the block that columns of text make; "" is what is not stated.

    `texts` has `date`, `benefit` and `in_scope` or `in_scope_fen` at least; `faults` are those
    of rows that could not even be split into cells, and more are added.
    """
    n = len(rows)
    blank = [""] * n
    columns = {
        "date": _dates(texts["date"], faults),
        "benefit": _codes(texts["benefit"], "benefit", BENEFITS, faults),
        **{axis: _codes(texts.get(axis, blank), axis, AXES[axis], faults) for axis in AXES},
        AGE: _ages(texts.get(AGE, blank), faults),
        **_amounts(texts, n, faults),
    }
    person = texts.get("person", blank)
    if "person" in texts:
        person = _persons(person, faults)
    return Block(
        rows=rows,
        id=texts.get("id", blank),
        person=person,
        policy=texts.get("policy"),
        columns=columns,
        faults=faults,
        records=records,
    )


def _mark(faults: Faults, position: int, fault: Fault) -> None:
    """Add a fault; a row keeps its first."""
    faults.setdefault(position, fault)


def _persons(person: Sequence[str], faults: Faults) -> Sequence[str]:
    """Return the persons without the spaces around them.

    A row without a person counts as its neighbour's, so that nobody is parted.
    """
    person = [who.strip() for who in person]
    if all(map(_is_person, person)):
        return person
    whole: list[str] = []
    before = next(filter(_is_person, person), "")
    for position, who in enumerate(person):
        if not _is_person(who):
            expected = f"whose claim it is, at most {NAME_MAX} characters, none of them NUL"
            _mark(faults, position, Fault(Status.BAD_VALUE, "person", expected))
            who = before
        whole.append(who)
        before = who
    return whole


def _is_person(who: str) -> bool:
    # An array of text drops NULs at the end: `a` and `a` with a NUL would become one person.
    return 0 < len(who) <= NAME_MAX and "\0" not in who


def _dates(texts: Sequence[str], faults: Faults) -> Array:
    days = {text: _day(text) for text in set(texts)}
    if None in days.values():
        expected = EXPECTED_DATE
        for position, text in enumerate(texts):
            if days[text] is None:
                _mark(faults, position, Fault(Status.BAD_VALUE, "date", expected, text))
    return np.array([days[text] or 0 for text in texts], np.int32)


def _day(text: str) -> int | None:
    stripped = text.strip()
    if not _DAY.fullmatch(stripped):
        return None
    try:
        return dt.date.fromisoformat(stripped).toordinal() - EPOCH
    except ValueError:
        return None


def _codes(texts: Sequence[str], field: str, values: Mapping[Any, str], faults: Faults) -> Array:
    known = {value: code for code, value in enumerate(values) if value is not None}
    if field != "benefit":
        known[""] = 0  # what a claim means by leaving the axis out
    return _looked_up(texts, field, known, f"one of {', '.join(filter(None, known))}", faults)


def _ages(texts: Sequence[str], faults: Faults) -> Array:
    known = {str(age): age for age in range(AGE_MAX + 1)}
    known[""] = AGE_UNSTATED
    return _looked_up(texts, AGE, known, f"whole years from 0 to {AGE_MAX}", faults)


def _looked_up(
    texts: Sequence[str], field: str, known: dict[str, int], expected: str, faults: Faults
) -> Array:
    try:
        return np.array([known[text] for text in texts], np.uint8)
    except KeyError:
        pass
    codes = [known.get(text.strip(), _UNDECIDED) for text in texts]
    for position, code in enumerate(codes):
        if code == _UNDECIDED:
            found = texts[position]
            _mark(faults, position, Fault(Status.BAD_VALUE, field, expected, found))
    return np.array([max(code, 0) for code in codes], np.uint8)


def _amounts(texts: Texts, n: int, faults: Faults) -> dict[str, Array]:
    """Return the four amounts in fen; with a total, the full self-pay is what it leaves."""
    fen = {name: _money(texts, name, n, faults) for name in (*FOUR_AMOUNTS, "total")}
    stated = {name: _stated(texts, name, n) for name in ("full_self_pay", "total", "in_scope")}
    for position in np.flatnonzero(~stated["in_scope"]).tolist():
        field = "in_scope" if "in_scope" in texts else "in_scope_fen"
        expected = _expected_money(field)
        fault = Fault(Status.BAD_RECORD, field, expected, what=MISSING_AMOUNT)
        _mark(faults, position, fault)
    known = fen["in_scope"] + fen["over_limit"] + fen["first_step"]
    rest = fen["total"] - known
    fill = stated["total"] & ~stated["full_self_pay"]
    fen["full_self_pay"] = np.where(fill, np.maximum(rest, 0), fen["full_self_pay"])
    wrong = stated["total"] & (fen["full_self_pay"] != rest)
    for position in np.flatnonzero(wrong).tolist():
        _mark(faults, position, Fault(Status.AMOUNTS_DISAGREE, "total"))
    return {f"{name}_fen": fen[name] for name in FOUR_AMOUNTS}


def _stated(texts: Texts, name: str, n: int) -> Array:
    column = texts.get(name, texts.get(f"{name}_fen"))
    if column is None:
        return np.zeros(n, np.bool_)
    return np.array([bool(text.strip()) for text in column], np.bool_)


def _money(texts: Texts, name: str, n: int, faults: Faults) -> Array:
    """Return one amount in fen, 0 where nothing is stated; the column is in yuan or in fen."""
    if name in texts:
        return _fen(texts[name], name, fen_of_yuan, faults)
    if f"{name}_fen" in texts:
        return _fen(texts[f"{name}_fen"], f"{name}_fen", _fen_of_fen, faults)
    return np.zeros(n, np.int64)


def _fen(
    texts: Sequence[str], field: str, read: Callable[[str], int | None], faults: Faults
) -> Array:
    found = [read(text) for text in texts]
    for position, fen in enumerate(found):
        if fen is None:
            text = texts[position]
            fault = Fault(Status.BAD_MONEY, field, _expected_money(field), text, NO_AMOUNT)
            _mark(faults, position, fault)
        elif abs(fen) > FEN_MAX:
            status = Status.AMOUNT_NEGATIVE if fen < 0 else Status.AMOUNT_TOO_LARGE
            _mark(faults, position, Fault(status, field))
    # A total and three amounts may be added without a thought for overflow.
    return np.array([fen if fen and abs(fen) <= FEN_MAX else 0 for fen in found], np.int64)


def _expected_money(field: str) -> str:
    return "whole fen such as 123456" if field.endswith("_fen") else EXPECTED_YUAN


def fen_of_yuan(text: str) -> int | None:
    """Return plain yuan with at most two decimals as fen; None for anything else, 0 for ""."""
    if text[-3:-2] == "." and len(text) < 16:
        digits = text[:-3] + text[-2:]
        if digits.isdigit() and digits.isascii():
            return int(digits)
    stripped = text.strip()
    if not stripped:
        return 0
    match = _YUAN.fullmatch(stripped)
    if match is None or len(stripped) > NAME_MAX:
        return None
    sign, whole, cents = match.groups("")
    return int(f"{sign}{whole}{cents.ljust(2, '0')}")


def _fen_of_fen(text: str) -> int | None:
    """Return whole fen; None for anything else, 0 for ""."""
    stripped = text.strip()
    if not stripped:
        return 0
    if len(stripped) > NAME_MAX or not _FEN.fullmatch(stripped):
        return None
    return int(stripped)
