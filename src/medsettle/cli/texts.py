"""Columns of text become columns of numbers, exactly; what cannot be read becomes a fault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from medsettle.bill.batch import PRICE_LEVEL
from medsettle.cli.block import EPOCH, Array, Block, Fault
from medsettle.cli.header import ITEM
from medsettle.columns import NO_DATE, NO_DAYS
from medsettle.messages import EXPECTED_DATE, EXPECTED_YUAN, NO_AMOUNT
from medsettle.model import DAYS_MAX
from medsettle.money import FEN_MAX
from medsettle.refusal import Status
from medsettle.vocabulary import AGE, AXES, BENEFITS, FOUR_AMOUNTS, NUMBERS, UNSTATED
from medsettle.wire import MISSING_AMOUNT

#: A cell of a person or an id is not longer than this.
NAME_MAX: Final = 128

_YUAN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2})0*)?")
_FEN = re.compile(r"-?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNDECIDED: Final = -2
#: How a cell says yes and no.
FLAGS: Final = {"": 0, "false": 0, "true": 1, "0": 0, "1": 1}

Texts = Mapping[str, Sequence[str]]
Faults = dict[int, Fault]


def block_of(texts: Texts, rows: Sequence[int], faults: Faults, records: Sequence[Any]) -> Block:
    """Return the block that columns of text make; "" is what is not stated.

    `texts` has `date`, `benefit` and `in_scope` or `in_scope_fen` at least (neither where the
    amounts are those of fee lines); `faults` are those of rows that could not even be split into
    cells, and more are added.
    """
    n = len(rows)
    blank = [""] * n
    columns = {
        "date": days_of(texts["date"], "date", faults),
        "benefit": _benefits(texts["benefit"], faults),
        **{axis: _numbers(texts[axis], axis, faults) for axis in NUMBERS if axis in texts},
        **_visits(texts, faults),
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
        names={axis: texts[axis] for axis in (*AXES, PRICE_LEVEL) if axis in texts},
        items=_items(texts, n, faults),
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


def days_of(texts: Sequence[str], field: str, faults: Faults, *, optional: bool = False) -> Array:
    """Return days since 1970-01-01; NO_DATE where an optional one is not stated."""
    days = {text: _day(text) for text in set(texts)}
    if optional:
        days |= {text: NO_DATE for text in days if not text.strip()}
    if None in days.values():
        for position, text in enumerate(texts):
            if days[text] is None:
                _mark(faults, position, Fault(Status.BAD_VALUE, field, EXPECTED_DATE, text))
    return np.array([days[text] or 0 for text in texts], np.int32)


def _day(text: str) -> int | None:
    stripped = text.strip()
    if not _DAY.fullmatch(stripped):
        return None
    try:
        return dt.date.fromisoformat(stripped).toordinal() - EPOCH
    except ValueError:
        return None


def _benefits(texts: Sequence[str], faults: Faults) -> Array:
    known = {name: code for code, name in enumerate(BENEFITS)}
    return looked_up(texts, "benefit", known, f"one of {', '.join(known)}", faults)


def _numbers(texts: Sequence[str], axis: str, faults: Faults) -> Array:
    top = NUMBERS[axis]
    known = {"": UNSTATED}
    if axis == AGE:
        known |= {text: number for text, number in _counts(texts) if number <= top}
        expected = f"whole years from 0 to {top}"
    else:  # beyond the greatest, they count as that
        known |= {text: min(number, top) for text, number in _counts(texts)}
        expected = "a whole number, not negative"
    return looked_up(texts, axis, known, expected, faults)


def _counts(texts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the cells that are whole numbers, without the spaces around them."""
    for text in {cell.strip() for cell in set(texts)}:
        if text.isascii() and text.isdigit() and len(text) <= NAME_MAX:
            yield text, int(text)


def _visits(texts: Texts, faults: Faults) -> dict[str, Array]:
    """Return what the file tells of the visits beside their dates."""
    columns: dict[str, Array] = {}
    for name in ("admitted", "discharged"):
        if name in texts:
            columns[name] = days_of(texts[name], name, faults, optional=True)
            _check_not_after(columns[name], texts, name, faults)
    if "days" in texts:
        days = {text: number for text, number in _counts(texts["days"]) if number <= DAYS_MAX}
        days[""] = NO_DAYS
        expected = f"a whole number of days up to {DAYS_MAX}"
        columns["days"] = looked_up(texts["days"], "days", days, expected, faults, np.int32)
    if "continues" in texts:
        expected = "true or false"
        columns["continues"] = looked_up(
            [text.lower() for text in texts["continues"]], "continues", FLAGS, expected, faults
        )
    return columns


def _check_not_after(days: Array, texts: Texts, name: str, faults: Faults) -> None:
    """Mark the rows in which a date of the visit is after the date of the claim."""
    dates = [_day(text) for text in texts["date"]]
    for position, (day, date) in enumerate(zip(days.tolist(), dates, strict=True)):
        if date is not None and day > date:
            expected = f"no day after the date, {texts['date'][position].strip()}"
            fault = Fault(Status.BAD_VALUE, name, expected, texts[name][position])
            _mark(faults, position, fault)


def _items(texts: Texts, n: int, faults: Faults) -> dict[str, Array]:
    """Return the item groups in fen."""
    names = [name.removesuffix("_fen") for name in texts if name.startswith(ITEM)]
    return {name.removeprefix(ITEM): _money(texts, name, n, faults) for name in names}


def looked_up(
    texts: Sequence[str],
    field: str,
    known: dict[str, int],
    expected: str,
    faults: Faults,
    kind: npt.DTypeLike = np.uint8,
) -> Array:
    """Return the codes of names that are known; the others become a fault, and code 0."""
    try:
        return np.array([known[text] for text in texts], kind)
    except KeyError:
        pass
    codes = [known.get(text.strip(), _UNDECIDED) for text in texts]
    for position, code in enumerate(codes):
        if code == _UNDECIDED:
            found = texts[position]
            _mark(faults, position, Fault(Status.BAD_VALUE, field, expected, found))
    return np.array([0 if code == _UNDECIDED else code for code in codes], kind)


def _amounts(texts: Texts, n: int, faults: Faults) -> dict[str, Array]:
    """Return the four amounts in fen; with a total, the full self-pay is what it leaves."""
    if "in_scope" not in texts and "in_scope_fen" not in texts:
        return {f"{name}_fen": np.zeros(n, np.int64) for name in FOUR_AMOUNTS}
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
