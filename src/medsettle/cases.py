"""Worked examples: read from `<scheme>.cases.toml`, settled, compared exactly.

The format stands in `docs/policy-language.md`.  A file with mistakes gives diagnostics, each with
its place, never a traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import msgspec

from medsettle.load import UnknownPolicyError, load, shipped
from medsettle.model import Claim, YearToDate, four_amounts
from medsettle.money import half_up, yuan_text
from medsettle.policy.document import Place
from medsettle.policy.errors import Diagnostic, PolicyError, suggestion
from medsettle.policy.figures import AMOUNT, number
from medsettle.policy.source import read_source
from medsettle.policy.table import Reading, Table
from medsettle.refusal import ClaimError
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from medsettle.vocabulary import AGE_MAX, AXES, BENEFITS, FOUR_AMOUNTS, FUNDS, axis_values

SUFFIX: Final = ".cases.toml"
HEAD_KEYS: Final = ("policy", "case")
CASE_KEYS: Final = ("name", "published", "own", "source", "note", "ytd", "claim", "expect")
AMOUNT_KEYS: Final = tuple(f"{name}_yuan" for name in (*FOUR_AMOUNTS, "total"))
CLAIM_KEYS: Final = ("date", "benefit", *AXES, "age", *AMOUNT_KEYS, "expect")
#: What an expectation may name of a whole settlement, and of one step of it.
WHOLE_KEYS: Final = (*FUNDS, "deductible", "cash", "total_funds")
STEP_KEYS: Final = (
    "base", "deductible", "cost", "reached", "pay", "copay", "over_ceiling", "person_share",
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


class Mismatch(msgspec.Struct, frozen=True):
    """An expectation that did not come true; `expected` and `found` are text in yuan."""

    place: Place
    key: str
    expected: str
    found: str

    def render(self) -> str:
        """Return the mismatch as one line with its place."""
        where = f"{self.place.file}:{self.place.line}:{self.place.column}"
        return f"{where}: `{self.key}` expected {self.expected}, found {self.found}"


class CaseResult(msgspec.Struct, frozen=True):
    """What became of one case."""

    case: Case
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        """Tell whether everything expected was found."""
        return not self.mismatches


# ---------------------------------------------------------------------------- running


def run_file(path: Path | str) -> tuple[list[CaseResult], list[Diagnostic]]:
    """Run the cases of a file; return their results, or what is wrong with it or its policy."""
    file, diagnostics = read_cases(path)
    if file is None:
        return [], diagnostics
    try:
        table = load(file.policy)
    except PolicyError as error:
        return [], list(error.diagnostics)
    except (UnknownPolicyError, ValueError, OSError) as error:
        return [], [_unusable_policy(file, error)]
    return [run_case(table, case) for case in file.cases], diagnostics


def run_case(table: BenefitTable, case: Case) -> CaseResult:
    """Settle the claims of a case one after the other and compare."""
    ytd = YearToDate(counters={one.key: one.value for one in case.ytd})
    settlements: list[Settlement] = []
    mismatches: list[Mismatch] = []
    so_far: YearToDate | Settlement = ytd
    for given in case.claims:
        try:
            settlement = table.settle(given.claim, so_far)
        except ClaimError as error:
            mismatches.append(Mismatch(given.place, "claim", "a settlement", str(error)))
            return CaseResult(case, tuple(mismatches))
        settlements.append(settlement)
        mismatches += compared(given.expect, [settlement])
        mismatches += _compared_counters(given.after, settlement)
        so_far = settlement
    mismatches += compared(case.expect, settlements)
    if settlements:
        mismatches += _compared_counters(case.after, settlements[-1])
    return CaseResult(case, tuple(mismatches))


def compared(expect: Iterable[Expected], settlements: Iterable[Settlement]) -> Iterator[Mismatch]:
    """Yield what the sums over `settlements` have otherwise than expected."""
    given = list(settlements)
    for one in expect:
        amounts = [amount for it in given if (amount := amount_of(it, one.key)) is not None]
        if not amounts:
            missing = "no such layer on this claim"
            yield Mismatch(one.place, one.key, yuan_text(one.value), missing)
        elif (found := half_up(sum(amounts, Fraction(0)))) != one.value:
            yield Mismatch(one.place, one.key, yuan_text(one.value), yuan_text(found))


def amount_of(settlement: Settlement, key: str) -> Fraction | None:
    """Return what a settlement has under `key`, in exact fen.

    A key is a fund, `cash`, `LAYER.reached`, …; None for a layer that did not serve the claim.
    """
    layer, _, part = key.rpartition(".")
    if layer:
        steps = (step for step in settlement.steps if step.layer == layer)
        return next((Fraction(getattr(step, part)) for step in steps), None)
    if key == "total_funds":
        return Fraction(sum(settlement.funds_fen.values()))
    if key in FUNDS:
        return Fraction(settlement.pay_fen(key))
    return Fraction(settlement.cash_fen if key == "cash" else settlement.deductible_fen)


def _compared_counters(expect: Iterable[Expected], settlement: Settlement) -> Iterator[Mismatch]:
    names = settlement.table.meta.counters
    found = dict(zip(names, settlement.counters_after(), strict=True))
    for one in expect:
        shown = _counter_text(one.key)
        if one.key not in found:
            missing = f"no such counter; {suggestion(one.key, names, what='there')}"
            yield Mismatch(one.place, one.key, shown(one.value), missing)
        elif found[one.key] != one.value:
            yield Mismatch(one.place, one.key, shown(one.value), shown(found[one.key]))


def _counter_text(name: str) -> Callable[[int], str]:
    return str if name.endswith(".visits") else yuan_text


def _unusable_policy(file: CaseFile, error: Exception) -> Diagnostic:
    return Diagnostic("P102", "error", Place(file.file, 1, 1), f"its policy: {error}")


# ---------------------------------------------------------------------------- reading


def read_cases(path: Path | str) -> tuple[CaseFile | None, list[Diagnostic]]:
    """Return the cases in a file, None if it has errors, and all diagnostics."""
    source, report = read_source(path)
    if source is None:
        return None, report.diagnostics()
    reading = Reading(source, report, {})
    head = Table(reading, (), "the cases file", HEAD_KEYS)
    if not head.demand("case", "[[case]]"):
        return None, report.diagnostics()
    cases = tuple(_case(table) for table in head.rows("case", "a case", CASE_KEYS, "[[case]]"))
    policy = _policy_of(Path(path), head.text("policy"))
    file = CaseFile(str(path), policy, cases)
    return (None if report.has_errors else file), report.diagnostics()


def _policy_of(path: Path, named: str) -> str:
    """Return the policy that a file names, a path as seen from there; else the one beside it."""
    if not named:
        return str(path.with_name(path.name.removesuffix(SUFFIX) + ".toml"))
    if named in shipped():
        return named
    return str(path.parent / named) if named.endswith(".toml") else named


def _case(table: Table) -> Case:
    own, published = table.flag("own"), table.text("published")
    if own == bool(published):
        found = "both" if own else "neither"
        options = "`published` and `own = true`"
        table.reading.report.add("P117", table.place, where="a case", options=options, found=found)
    table.demand("claim", "[[case.claim]]")
    rows = list(table.rows("claim", "a claim", CLAIM_KEYS, "[[case.claim]]"))
    expect, after = _expectations(table)
    expects = any(_says_something(one.values.get("expect")) for one in (table, *rows))
    if not expects and table.demand("expect", "expect = { pooled_yuan = 1_234.56 }"):
        table.reading.mistake("P115", table.at("expect"), key="expect")
    return Case(
        name=table.needed_text("name", 'name = "…"'),
        published=published,
        source=table.needed_text("source", 'source = "https://…"'),
        ytd=tuple(_counters(table, "ytd")),
        claims=tuple(_claim(row) for row in rows),
        expect=expect,
        after=after,
        place=table.place,
    )


def _says_something(value: object) -> bool:
    """Tell whether anything stands in a value, however deep."""
    if isinstance(value, Mapping):
        return any(map(_says_something, value.values()))
    return value is not None


def _claim(table: Table) -> CaseClaim:
    expect, after = _expectations(table)
    stated: dict[str, Any] = {
        axis: table.choice(axis, axis_values(axis)) for axis in AXES if axis in table
    }
    claim = Claim(
        date=table.needed_date("date"),
        benefit=table.choice("benefit", BENEFITS),
        age=_age(table),
        **stated,
        **_amounts(table),
    )
    return CaseClaim(claim, expect, after, table.place)


def _age(table: Table) -> int | None:
    age = table.values.get("age")
    if age is None or (type(age) is int and 0 <= age <= AGE_MAX):
        return age
    table.wrong_type(f"whole years from 0 to {AGE_MAX}", "age = 68", "age")
    return None


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
        if name.endswith("_yuan"):
            yield _expected(inner, name, name.removesuffix("_yuan"))
        elif type(value) is int and value >= 0 and name.endswith(".visits"):
            yield Expected(name, value, inner.reading.source.key_place(inner.at(name)))
        else:
            expected = "a number of visits, or money under a key that ends in `_yuan`"
            inner.wrong_type(expected, '"LAYER.pay_yuan" = 8_240.49', name)


def _expected(table: Table, key: str, name: str) -> Expected:
    fen = int(number(table.reading, table.at(key), key, AMOUNT))
    return Expected(name, fen, table.reading.source.key_place(table.at(key)))


def _inner(table: Table, key: str) -> Table | None:
    """Return the table under `key`, which may have any keys; None when there is none."""
    value = table.values.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        table.wrong_type("a table", f"{key} = {{ pooled_yuan = 1.00 }}", key)
        return None
    return Table(table.reading, table.at(key), f"`{key}`", list(value))
