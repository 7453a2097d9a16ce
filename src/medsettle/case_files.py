"""Worked examples as they are written: `<scheme>.cases.toml`, read with every mistake at its place.

The format stands in `docs/policy-language.md`.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from medsettle.load import UnknownPolicyError, find, read, shipped
from medsettle.model import DAYS_MAX, Claim, four_amounts
from medsettle.names import DAY, FEN, VISITS, counter_kind
from medsettle.policy.document import Place
from medsettle.policy.errors import Diagnostic, PolicyError, suggestion
from medsettle.policy.figures import AMOUNT, number
from medsettle.policy.source import read_source
from medsettle.policy.table import Reading, Table
from medsettle.vocabulary import (
    AXES,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    ITEM_GROUPS,
    NUMBERS,
    axis_values,
)

SUFFIX: Final = ".cases.toml"
HEAD_KEYS: Final = ("policy", "case")
CASE_KEYS: Final = ("name", "published", "own", "source", "note", "ytd", "claim", "expect")
AMOUNT_KEYS: Final = tuple(f"{name}_yuan" for name in (*FOUR_AMOUNTS, "total"))
CLAIM_KEYS: Final = (
    "date", "benefit", *AXES, *NUMBERS, *AMOUNT_KEYS, "items_yuan", "admitted", "discharged",
    "days", "continues", "expect", "refused",
)  # fmt: skip
#: What an expectation may name of a whole settlement, and of one step of it.
WHOLE_KEYS: Final = (*FUNDS, "deductible", "cash", "total_funds")
STEP_KEYS: Final = (
    "base", "first_share", "deductible", "cost", "reached", "pay", "copay", "over_ceiling",
    "person_share",
)  # fmt: skip


#: Why a claim of an example may be expected to be refused.
REFUSALS: Final = (
    "no_version", "benefit_not_offered", "no_figure", "bad_value", "items_disagree",
)  # fmt: skip


class Expected(msgspec.Struct, frozen=True):
    """One expectation: what, how much (fen, or visits), and where it is written."""

    key: str
    value: int
    place: Place


class CaseClaim(msgspec.Struct, frozen=True):
    """One claim of a case, with what is expected of it and of the counters after it."""

    claim: Claim
    expect: tuple[Expected, ...]
    after: tuple[Expected, ...]
    refused: str  # of REFUSALS; "": the claim is settled
    place: Place


class Case(msgspec.Struct, frozen=True):
    """A person's claims in order, with what is known about how they were settled."""

    name: str
    published: str  # number of the published example; "": an own one
    source: str
    ytd: tuple[Expected, ...]  # the counters before the first claim
    claims: tuple[CaseClaim, ...]
    expect: tuple[Expected, ...]  # sums over the claims
    after: tuple[Expected, ...]
    place: Place


class CaseFile(msgspec.Struct, frozen=True):
    """All cases of one file, and the policy they are for: a shipped name or a path."""

    file: str
    policy: str
    cases: tuple[Case, ...]


def read_cases(path: Path | str) -> tuple[CaseFile | None, list[Diagnostic]]:
    """Return the cases in a file, None if it has errors, and all diagnostics."""
    source, report = read_source(path)
    if source is None:
        return None, report.diagnostics()
    reading = Reading(source, report)
    head = Table(reading, (), "the cases file", HEAD_KEYS)
    if not head.demand("case", "[[case]]"):
        return None, report.diagnostics()
    policy = _policy_of(Path(path), head.text("policy"))
    own = OwnNames(policy)
    rows = head.rows("case", "a case", CASE_KEYS, "[[case]]")
    cases = tuple(_case(table, own) for table in rows)
    file = CaseFile(str(path), policy, cases)
    return (None if report.has_errors else file), report.diagnostics()


def _policy_of(path: Path, named: str) -> str:
    """Return the policy that a file names, a path as seen from there; else the one beside it."""
    if not named:
        return str(path.with_name(path.name.removesuffix(SUFFIX) + ".toml"))
    if named in shipped():
        return named
    return str(path.parent / named) if named.endswith(".toml") else named


class OwnNames:
    """The names that a policy gives itself, read only when an example uses one."""

    def __init__(self, policy: str) -> None:
        """Take the policy's name or file."""
        self.policy = policy

    @functools.cached_property
    def _values(self) -> Mapping[str, Mapping[str, str]] | None:
        """The policy's own values by axis; None when it cannot be read, which is told elsewhere."""
        try:
            return read(find(self.policy)).values
        except (PolicyError, UnknownPolicyError, ValueError, OSError):
            return None

    def among(self, axis: str, known: tuple[str, ...], found: object) -> tuple[str, ...]:
        """Return the names that may stand where `found` stands: those known, or own ones too."""
        stated = found if isinstance(found, list) else [found]
        if all(one in known for one in stated):
            return known
        if self._values is None:
            return (*known, *(one for one in stated if isinstance(one, str)))
        return (*known, *self._values.get(axis, ()))


def _case(table: Table, names: OwnNames) -> Case:
    own, published = table.flag("own"), table.text("published")
    if own == bool(published):
        found = "both" if own else "neither"
        options = "`published` and `own = true`"
        table.reading.report.add("P117", table.place, where="a case", options=options, found=found)
    table.demand("claim", "[[case.claim]]")
    rows = list(table.rows("claim", "a claim", CLAIM_KEYS, "[[case.claim]]"))
    expect, after = _expectations(table)
    expects = any(_says_something(one.values.get("expect")) for one in (table, *rows))
    expects = expects or any("refused" in one for one in rows)
    if not expects and table.demand("expect", "expect = { pooled_yuan = 1_234.56 }"):
        table.reading.mistake("P115", table.at("expect"), key="expect")
    return Case(
        name=table.needed_text("name", 'name = "…"'),
        published=published,
        source=table.needed_text("source", 'source = "https://…"'),
        ytd=tuple(_counters(table, "ytd")),
        claims=tuple(_claim(row, names) for row in rows),
        expect=expect,
        after=after,
        place=table.place,
    )


def _says_something(value: object) -> bool:
    """Tell whether anything stands in a value, however deep."""
    if isinstance(value, Mapping):
        return any(map(_says_something, value.values()))
    return value is not None


def _claim(table: Table, own: OwnNames) -> CaseClaim:
    expect, after = _expectations(table)
    refused = table.choice("refused", REFUSALS, "")
    if refused:
        table.idle("expect", "of a claim that is settled")
    stated: dict[str, Any] = {axis: _value(table, axis, own) for axis in AXES if axis in table}
    stated |= {axis: _number(table, axis) for axis in NUMBERS}
    date = table.needed_date("date")
    for key in ("admitted", "discharged"):
        stated[key] = day = table.date(key)
        if day is not None and day > date:
            expected = f"no day after the date, {date}"
            table.reading.mistake("P219", table.at(key), key=key, expected=expected)
    claim = Claim(
        date=date,
        benefit=table.choice("benefit", BENEFITS),
        items=_items(table, own),
        days=table.whole("days", 0, DAYS_MAX, 0) if "days" in table else None,
        continues=table.flag("continues"),
        **stated,
        **_amounts(table),
    )
    return CaseClaim(claim, expect, after, refused, table.place)


def _value(table: Table, axis: str, own: OwnNames) -> str | tuple[str, ...]:
    """Return the value on an axis of names, or several."""
    found = table.values[axis]
    options = own.among(axis, axis_values(axis) or ("",), found)
    return table.choices(axis, options) if isinstance(found, list) else table.choice(axis, options)


def _number(table: Table, axis: str) -> int | None:
    number = table.values.get(axis)
    top = NUMBERS[axis] if axis == "age" else 10_000
    if number is None or (type(number) is int and 0 <= number <= top):
        return number
    table.wrong_type(f"a whole number from 0 to {top}", f"{axis} = 68", axis)
    return None


def _items(table: Table, own: OwnNames) -> dict[str, int]:
    """Return the item groups in fen."""
    inner = _inner(table, "items_yuan", "class_b = 1_000.00")
    if inner is None:
        return {}
    known = own.among("item", tuple(ITEM_GROUPS), list(inner.values))
    for group in inner.values:
        if group not in known:
            hint = suggestion(group, known, what="the item groups")
            where = " in `items_yuan`"
            inner.reading.key_mistake("P110", inner.at(group), where=where, suggestion=hint)
    return {
        group: int(number(inner.reading, inner.at(group), group, AMOUNT)) for group in inner.values
    }


def _amounts(table: Table) -> dict[str, Any]:
    table.demand("in_scope_yuan", "in_scope_yuan = 1_234.56")
    given = {
        key: int(number(table.reading, table.at(key), key, AMOUNT))
        for key in AMOUNT_KEYS
        if key in table
    }
    try:
        return four_amounts(
            in_scope_fen=given.get("in_scope_yuan", 0),
            total_fen=given.get("total_yuan"),
            full_self_pay_fen=given.get("full_self_pay_yuan"),
            over_limit_fen=given.get("over_limit_yuan", 0),
            first_step_fen=given.get("first_step_yuan", 0),
        )
    except ValueError as error:
        expected = f"the sum of the four amounts ({error})"
        table.reading.mistake("P219", table.at("total_yuan"), key="total_yuan", expected=expected)
        return {"in_scope_fen": 0}


def _expectations(table: Table) -> tuple[tuple[Expected, ...], tuple[Expected, ...]]:
    """Return what `expect` says about amounts, and about the counters afterwards."""
    inner = _inner(table, "expect")
    if inner is None:
        return (), ()
    after = tuple(_counters(inner, "ytd_after"))
    return tuple(_amounts_expected(inner)), after


def _amounts_expected(table: Table) -> Iterator[Expected]:
    for key in table.values:
        if key == "ytd_after":
            continue
        name = key.removesuffix("_yuan")
        layer, _, part = name.rpartition(".")
        known = STEP_KEYS if layer else WHOLE_KEYS
        if part not in known or name == key:
            hint = suggestion(part, [f"{one}_yuan" for one in known], what="the keys here")
            table.reading.key_mistake("P110", table.at(key), where=" in `expect`", suggestion=hint)
            continue
        yield _expected(table, key, name)


def _counters(table: Table, key: str) -> Iterator[Expected]:
    inner = _inner(table, key)
    if inner is None:
        return
    for name, value in inner.values.items():
        kind = counter_kind(name)
        if name.endswith("_yuan") and counter_kind(name.removesuffix("_yuan")) == FEN:
            yield _expected(inner, name, name.removesuffix("_yuan"))
        elif (number := _whole(value, kind)) is not None:
            yield Expected(name, number, inner.reading.source.key_place(inner.at(name)))
        else:
            expected, example = _COUNTER_TEXTS[kind]
            inner.wrong_type(expected, example, name)


#: What stands under a counter's name, by its kind, and an example.
_COUNTER_TEXTS: Final = {
    FEN: ("money under a key that ends in `_yuan`", '"LAYER.pay_yuan" = 8_240.49'),
    VISITS: ("a number of visits", '"LAYER.visits" = 1'),
    DAY: ("the day on which the period began", '"PERIOD.start" = 2025-03-01'),
}


def _whole(value: object, kind: str) -> int | None:
    """Return a number of visits, or a day as a number; None for what is neither."""
    if kind == DAY and isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.toordinal()
    return value if type(value) is int and value >= 0 and kind != FEN else None


def _expected(table: Table, key: str, name: str) -> Expected:
    fen = int(number(table.reading, table.at(key), key, AMOUNT))
    return Expected(name, fen, table.reading.source.key_place(table.at(key)))


def _inner(table: Table, key: str, example: str = "pooled_yuan = 1.00") -> Table | None:
    """Return the table under `key`, which may have any keys; None when there is none."""
    value = table.values.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        table.wrong_type("a table", f"{key} = {{ {example} }}", key)
        return None
    return Table(table.reading, table.at(key), f"`{key}`", list(value))
