"""Why a policy has no figure for a claim: which axis would have to say something else.

Asked only when a claim is refused, so it reads the image slowly and plainly.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
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


def axes_not_served(table: BenefitTable, claim: Claim) -> dict[str, list[str]]:
    """Return each axis whose stated value the benefit settles for nobody, with those it settles.

    Whatever the claim says on the other axes, and whether the benefit's `serves` shuts the value
    out or the figures of its layers do.
    """
    tables, program = _program_of(table, claim)
    classes = {axis: tables.classes(program, axis) for axis in program.axes}
    found: dict[str, list[str]] = {}
    for axis, lookup in zip(program.axes, program.lookups, strict=True):
        if _stated(claim, axis) is None:
            continue
        others = (each for other, each in classes.items() if other != axis)
        rests = [sum(adds) for adds in itertools.product(*others)]
        served = {
            adds: values
            for adds, values in classes[axis].items()
            if any(program.chains[rest + adds] is not None for rest in rests)
        }
        if served and lookup[tables.claim_code(claim, axis)] not in served:
            found[axis] = [one for values in served.values() for one in values if one is not None]
    return found


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
    if not_served := axes_not_served(table, claim):
        known = [f"{axis} {' / '.join(values)}" for axis, values in not_served.items()]
        what = f"the policy settles `{claim.benefit}` only for {' and '.join(known)}"
        return _no_figure(claim, not_served, what)
    at_fault = axes_at_fault(table, claim)
    known = [f"{axis} {' / '.join(values)}" for axis, values in at_fault.items() if values]
    return _no_figure(
        claim, at_fault, f"the policy has figures for {' or '.join(known)}" if known else ""
    )


def _no_figure(claim: Claim, axes: Iterable[str], what: str) -> ClaimError:
    """Return the error that names the axes: those not stated first, then what is stated."""
    all_ = {axis: _stated(claim, axis) for axis in axes}
    stated = {axis: value for axis, value in all_.items() if value is not None}
    unstated = [f"`{axis}`" for axis in all_ if axis not in stated]
    no_figure = "the policy has no figure for such a claim"
    what = what or ("the policy's figures ask for that" if unstated else no_figure)
    if unstated:
        what = f"the claim does not state {' and '.join(unstated)}; {what}"
    return ClaimError(
        Reason.NO_FIGURE,
        field=", ".join(all_),
        found=(next(iter(all_.values())) if len(all_) == 1 else stated or None),
        what=what,
    )
