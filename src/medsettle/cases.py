"""Worked examples, settled and compared exactly; `case_files.py` reads them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import msgspec

from medsettle.case_files import Case, CaseFile, Expected, read_cases
from medsettle.load import UnknownPolicyError, load
from medsettle.model import YearToDate
from medsettle.money import half_up, yuan_text
from medsettle.names import counter_text
from medsettle.policy.document import Place
from medsettle.policy.errors import Diagnostic, PolicyError, suggestion
from medsettle.refusal import ClaimError
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from medsettle.vocabulary import FUNDS


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
            if error.reason.name.lower() == given.refused:
                continue
            mismatches.append(Mismatch(given.place, "claim", "a settlement", str(error)))
            return CaseResult(case, tuple(mismatches))
        if given.refused:
            mismatches.append(Mismatch(given.place, "refused", given.refused, repr(settlement)))
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
        return Fraction(settlement.total_funds_fen)
    if key in FUNDS:
        return Fraction(settlement.pay_fen(key))
    return Fraction(settlement.cash_fen if key == "cash" else settlement.deductible_fen)


def _compared_counters(expect: Iterable[Expected], settlement: Settlement) -> Iterator[Mismatch]:
    names = settlement.table.meta.counters
    found = dict(zip(names, settlement.counters_after(), strict=True))
    for one in expect:
        shown = functools.partial(counter_text, one.key)
        if one.key not in found:
            missing = f"no such counter; {suggestion(one.key, names, what='there')}"
            yield Mismatch(one.place, one.key, shown(one.value), missing)
        elif found[one.key] != one.value:
            yield Mismatch(one.place, one.key, shown(one.value), shown(found[one.key]))


def _unusable_policy(file: CaseFile, error: Exception) -> Diagnostic:
    return Diagnostic("P102", "error", Place(file.file, 1, 1), f"its policy: {error}")
