"""Why a policy has no figure for a claim: which axis would have to say something else.

Asked only when a claim is refused, so it reads the image slowly and plainly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsettle.compile.decompile import decompile
from medsettle.compile.tables import Decompiled, ProgramTable
from medsettle.model import Claim
from medsettle.money import yuan_text
from medsettle.refusal import ClaimError, Reason
from medsettle.vocabulary import BILL_SIZE

if TYPE_CHECKING:
    from medsettle.table import BenefitTable


def axes_at_fault(table: BenefitTable, claim: Claim) -> dict[str, list[str]]:
    """Return each axis on which another value would do, with the values that would.

    If no single axis would mend it: those that are not stated, or all that the benefit asks for,
    with no values.
    """
    tables, program = _program_of(table, claim)
    profile = {
        axis: lookup[tables.claim_code(claim, axis)]
        for axis, lookup in zip(program.axes, program.lookups, strict=True)
    }
    found: dict[str, list[str]] = {}
    for axis in program.axes:
        classes = tables.classes(program, axis)
        rest = sum(adds for other, adds in profile.items() if other != axis)
        found[axis] = [
            value
            for adds, values in classes.items()
            if program.chains[rest + adds] is not None
            for value in values
            if value is not None
        ]
    would_do = {axis: values for axis, values in found.items() if values}
    unstated = [axis for axis in program.axes if _stated(claim, axis) is None]
    return would_do or {axis: [] for axis in unstated or program.axes}


def _program_of(table: BenefitTable, claim: Claim) -> tuple[Decompiled, ProgramTable]:
    """Return the whole table, and the program that the claim's benefit has on its date."""
    tables, day = decompile(table.image), table.rule_date(claim)
    number = next(
        span.programs[claim.benefit]
        for span in tables.spans
        if span.from_ <= day and (span.until is None or day < span.until)
    )
    return tables, tables.programs[number]


def _stated(claim: Claim, axis: str) -> object:
    """Return what a claim has on an axis; the total for the axis that nobody states."""
    return yuan_text(claim.total_fen) if axis == BILL_SIZE else getattr(claim, axis)


def refusal(table: BenefitTable, claim: Claim) -> ClaimError:
    """Return the error for a claim that the policy has no figure for."""
    tables, program = _program_of(table, claim)
    if tables.chain_for(program, claim) is not None:  # then it is the days that are missing
        what = "the policy has a ceiling for each day of the visit"
        expected = "how many days the visit had"
        return ClaimError(Reason.NO_FIGURE, field="days", what=what, expected=expected)
    at_fault = axes_at_fault(table, claim)
    stated = {axis: _stated(claim, axis) for axis in at_fault}
    known = [f"{axis} {' / '.join(values)}" for axis, values in at_fault.items() if values]
    return ClaimError(
        Reason.NO_FIGURE,
        field=", ".join(at_fault),
        found=next(iter(stated.values())) if len(stated) == 1 else stated,
        what=f"the policy has figures for {' or '.join(known)}" if known else "",
        expected="" if known else "values that the policy's figures know",
    )
