"""What an insurer knows, read from lines of JSON: a person, or an institution, on each.

A person is the answer to 1101, its nodes bare or under `output`, and beside them what no message
carries; an institution is told from a person by its `fixmedins_code`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from medsettle.model import YearToDate
from medsettle.money import fen_from_yuan
from medsettle.nhsa.decoding import decode
from medsettle.nhsa.fields import Number
from medsettle.nhsa.messages import OUTPUTS
from medsettle.nhsa.numbers import kind_of, read_number
from medsettle.nhsa.parties import STATED, Filing, Hospital, Insured
from medsettle.nhsa.plans import is_empty
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.reading import read_node
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.texts import read_day

_NODES: Final = OUTPUTS["1101"]
_OF_PERSON: Final = (
    *_NODES, "filings", "stated", "family_balc", "opening", "waiting_until", "arrears_since",
)  # fmt: skip
_OF_HOSPITAL: Final = (
    "fixmedins_code", "fixmedins_name", "dedc_hosp_lv", "hosp_lv", "stated", "from", "until",
)  # fmt: skip


def read_known(
    lines: Iterable[bytes], profile: Profile
) -> tuple[tuple[Insured, ...], tuple[Hospital, ...]]:
    """Return the people and the institutions; raise MessageError with the line as its row."""
    people: dict[str, Insured] = {}
    hospitals: dict[str, Hospital] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            body = _object(decode(line), "")
            if "fixmedins_code" in body:
                hospital = _hospital(body)
                _add(hospitals, hospital.fixmedins_code, hospital, "fixmedins_code")
            else:
                person = _person(body, profile)
                _add(people, person.psn_no, person, "baseinfo.psn_no")
        except MessageError as error:
            raise error.at("", number) from None
    return tuple(people.values()), tuple(hospitals.values())


def _add(found: dict[str, Any], key: str, one: object, field: str) -> None:
    if key in found:
        raise MessageError("N205", field, expected="each only once")
    found[key] = one


def _person(body: Mapping[str, Any], profile: Profile) -> Insured:
    output = body.get("output")
    nodes = body if output is None else {**body, **_object(output, "output")}
    if output is not None:
        nodes = {name: value for name, value in nodes.items() if name in _OF_PERSON}
    _known_keys(nodes, _OF_PERSON)
    rows: dict[str, Any] = {}
    for name, node in _NODES.items():
        value = nodes.get(name)
        if is_empty(value):
            if node.required:
                raise MessageError("N106", name, expected="as 1101 answers it")
            continue
        try:
            rows[name] = read_node(node, value, profile)
        except MessageError as error:
            raise error.at(name) from None
    family = nodes.get("family_balc")
    return Insured(
        **rows,
        filings=tuple(_filings(nodes.get("filings"))),
        stated=_stated(nodes.get("stated")),
        family_fen=0 if is_empty(family) else _money(family, "family_balc"),
        opening=_opening(nodes.get("opening")),
        waiting_until=_day(nodes, "waiting_until"),
        arrears_since=_day(nodes, "arrears_since"),
    )


def _hospital(body: Mapping[str, Any]) -> Hospital:
    _known_keys(body, _OF_HOSPITAL)
    texts = {name: body.get(name) for name in _OF_HOSPITAL[:4]}
    for name, value in texts.items():
        if not is_empty(value) and not isinstance(value, str):
            raise MessageError("N107", name, expected="a text", found=kind_of(value))
    return Hospital(
        fixmedins_code=str(texts["fixmedins_code"] or ""),
        name=str(texts["fixmedins_name"] or ""),
        dedc_hosp_lv=_text(texts["dedc_hosp_lv"]),
        hosp_lv=_text(texts["hosp_lv"]),
        stated=_stated(body.get("stated")),
        from_=_day(body, "from") or dt.date.min,
        until=_day(body, "until"),
    )


def _text(value: object) -> str | None:
    return None if is_empty(value) else str(value)


def _filings(value: object) -> Iterable[Filing]:
    for number, one in enumerate(_list(value, "filings"), 1):
        try:
            body = _object(one, "")
            _known_keys(body, ("biz_appy_type", "begndate", "enddate"))
            kind, begun = body.get("biz_appy_type"), _day(body, "begndate")
            if not isinstance(kind, str) or begun is None:
                raise MessageError("N106", expected="`biz_appy_type` and `begndate`")
            yield Filing(biz_appy_type=str(kind), begndate=begun, enddate=_day(body, "enddate"))
        except MessageError as error:
            raise error.at(f"filings[{number}]") from None


def _stated(value: object) -> dict[str, Any]:
    """Return fields of a claim: names, lists of names, whole numbers."""
    found: dict[str, Any] = {}
    body = {} if value is None else _object(value, "stated")
    _known_keys(body, tuple(sorted(STATED)), "stated")
    for name, one in body.items():
        if isinstance(one, list) and all(isinstance(each, str) for each in one):
            found[name] = tuple(str(each) for each in one)
        elif isinstance(one, str):
            found[name] = int(one) if kind_of(one) == "a number" and one.isdigit() else str(one)
        else:
            raise MessageError("N107", f"stated.{name}", expected="a name, names, or a number")
    return found


def _opening(value: object) -> YearToDate | None:
    """Return what the person carries, as `settle_json` answers it under `ytd`."""
    if value is None:
        return None
    body = _object(value, "opening")
    _known_keys(body, ("last_date", "counters"), "opening")
    counters = _object(body.get("counters", {}), "opening.counters")
    for one in counters.values():
        if kind_of(one) != "a number" or not one.isdigit():
            raise MessageError("N107", "opening.counters", expected="whole numbers of fen")
    last = _day(body, "last_date")
    return YearToDate(last, {str(name): int(fen) for name, fen in counters.items()})


def _money(value: object, field: str) -> int:
    try:
        return fen_from_yuan(read_number(value, Number(16, 2)))
    except MessageError as error:
        raise error.at(field) from None


def _day(body: Mapping[str, Any], name: str) -> dt.date | None:
    try:
        return None if is_empty(body.get(name)) else read_day(body[name])
    except MessageError as error:
        raise error.at(name) from None


def _object(value: object, field: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise MessageError("N107", field, expected="an object", found=kind_of(value))


def _list(value: object, field: str) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise MessageError("N107", field, expected="a list", found=kind_of(value))


def _known_keys(body: Mapping[str, Any], known: tuple[str, ...], field: str = "") -> None:
    """Raise MessageError for a key that is none; which one it is, is not told."""
    if any(key not in known for key in body):
        raise MessageError("N112", field, expected=f"only {', '.join(known)}")
