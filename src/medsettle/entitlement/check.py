"""Entitlement: the person's enrolments, the institution and the policy, asked in that order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from medsettle import no_figure
from medsettle.entitlement import words
from medsettle.entitlement.answer import Assumed, Entitlement, FundEntitlement, Why
from medsettle.entitlement.enrolment import LIVE, ON_A_DAY, Designation, Enrolment, choose
from medsettle.entitlement.serving import NO_FIGURE, SERVES, Payer, Serving
from medsettle.refusal import ClaimError, Reason

if TYPE_CHECKING:
    from medsettle.entitlement.words import Words
    from medsettle.model import Claim
    from medsettle.table import BenefitTable

#: What a claim says on the axis `entitlement`, by how the person stands; and the other way.
_AXIS: Final = {"paused": "lapsed", "waiting": "waiting", "in_arrears": "in_arrears"}
_BEHIND: Final = {axis: Why(stands) for stands, axis in _AXIS.items()}
#: Refusals that the rows tell.
_TOLD: Final = (Reason.NO_VERSION, Reason.BENEFIT_NOT_OFFERED, Reason.NO_FIGURE)


class _Bar(NamedTuple):
    """What keeps a payer from paying."""

    why: Why
    words: Words


class _Person(NamedTuple):
    """What the enrolments say of a person on a day."""

    chosen: Enrolment | None = None
    passed_over: tuple[Enrolment, ...] = ()
    mine: Enrolment | None = None  # the one in the table's region and scheme
    shut: _Bar | None = None  # whatever the policy says
    less: _Bar | None = None  # where the policy says nothing else: paused, waiting, in arrears


def entitlement(
    table: BenefitTable,
    claim: Claim,
    enrolments: Sequence[Enrolment] | None = None,
    *,
    designation: Designation | None = None,
    chosen: Enrolment | None = None,
    on: dt.date | None = None,
) -> Entitlement:
    """Return which payers of the claim's benefit may pay, each with its days or the reason.

    The claim's amounts may be zero: only a policy that asks for the size of the bill looks at
    them.  `enrolments` are all of the person's; without them the claim's own `entitlement`
    counts.  `chosen` says which of them counts where several are live (else `choose` does).
    Person and institution are looked at on the day `on`, by default the first of the visit
    (`admitted`, else `date`); the policy on the claim's rule date.  What is assumed is told.
    Raises ClaimError for a claim that has a wrong value, ValueError for a `chosen` that is none
    of the enrolments, TypeError for what is no enrolment.
    """
    if enrolments is not None:
        enrolments = _checked(enrolments)
    if chosen is not None and chosen not in (enrolments or ()):
        raise ValueError("`chosen` is none of the enrolments")
    _look_at_values(table, claim)
    day = on or claim.admitted or claim.date
    person = _Person() if enrolments is None else _person(table, enrolments, chosen, day)
    asked = _asked(claim, person)
    if asked is not claim:
        _look_at_values(table, asked)
    serving = Serving(table, asked)
    less = person.less or _less(serving)
    shut = person.shut or _not_designated(designation, day) or _not_offered(serving)
    assumed = [Assumed.ENROLLED] if enrolments is None else []
    if designation is None:
        assumed.append(Assumed.DESIGNATED)
    if shut is None and less is not None and not serving.asks_entitlement:
        shut = less
        assumed.append(Assumed.NOTHING_PAID)
    return Entitlement(
        policy=table.name,
        benefit=claim.benefit,
        day=day,
        rows=tuple(_rows(serving, shut, less)),
        chosen=person.chosen,
        passed_over=person.passed_over,
        assumed=tuple(assumed),
        asked=asked,
    )


def _checked(enrolments: Iterable[Enrolment]) -> tuple[Enrolment, ...]:
    """Return the enrolments, which are looked at more than once; raise TypeError for others."""
    found = tuple(enrolments)
    for one in found:
        if not isinstance(one, Enrolment):
            raise TypeError(f"expected an Enrolment, not {type(one).__name__}")
    return found


def _person(
    table: BenefitTable, enrolments: Sequence[Enrolment], chosen: Enrolment | None, day: dt.date
) -> _Person:
    """Return what the enrolments say of a person on a day."""
    counts, others = choose(enrolments, day, chosen)
    mine = _mine(table, enrolments, day, counts)
    person = _Person(counts, others, mine)
    if mine is None:
        words_ = words.of_person(Why.NOT_ENROLLED, None)
        if counts is not None:
            words_ = words.of_elsewhere(counts, table.name)
        return person._replace(shut=_Bar(Why.NOT_ENROLLED, words_))
    stands = mine.stands(day)
    if counts is not None and counts is not mine and stands in LIVE:
        return person._replace(shut=_Bar(Why.OTHER_SCHEME_CHOSEN, words.of_choice(counts)))
    if stands == "entitled":
        return person
    bar = _Bar(Why(stands), words.of_person(Why(stands), mine.since(stands)))
    return person._replace(less=bar) if stands in _AXIS else person._replace(shut=bar)


def _mine(
    table: BenefitTable, enrolments: Iterable[Enrolment], day: dt.date, counts: Enrolment | None
) -> Enrolment | None:
    """Return the enrolment in the table's region and scheme: the one that counts, else the best."""
    if counts is not None and counts.name == table.name:
        return counts
    mine = [one for one in enrolments if one.name == table.name]
    return min(mine, key=lambda one: ON_A_DAY.index(one.stands(day)), default=None)


def _asked(claim: Claim, person: _Person) -> Claim:
    """Return the claim with what the enrolment says of the person."""
    said: dict[str, str] = {}
    if person.less is not None:
        said["entitlement"] = _AXIS[person.less.why]
    if person.mine is not None and person.mine.status is not None and claim.status is None:
        said["status"] = person.mine.status
    return msgspec.structs.replace(claim, **said) if said else claim


def _look_at_values(table: BenefitTable, claim: Claim) -> None:
    """Raise ClaimError for a claim that cannot be read; what the rows tell is let pass."""
    try:
        table.settle(claim)
    except ClaimError as error:
        if error.reason not in _TOLD:
            raise


def _less(serving: Serving) -> _Bar | None:
    """Return how the claim itself says that the person stands; None: entitled."""
    try:
        stated = serving.table.names.best("entitlement", serving.claim.entitlement)
    except (KeyError, TypeError):
        return None  # a name that the table does not know, and did not ask for
    why = _BEHIND.get(stated or "")
    return None if why is None else _Bar(why, words.of_person(why, None))


def _not_designated(designation: Designation | None, day: dt.date) -> _Bar | None:
    if designation is None or designation.holds(day):
        return None
    return _Bar(Why.NOT_DESIGNATED, words.of_designation(day))


def _not_offered(serving: Serving) -> _Bar | None:
    """Return that the policy has not the benefit, at all or on the claim's day."""
    if serving.program is not None:
        return None
    why = Why.OUTSIDE_VALIDITY if serving.offers else Why.BENEFIT_NOT_OFFERED
    offered = words.of_benefit(serving.claim.benefit, serving.day, serving.offered())
    return _Bar(why, offered)


def _rows(serving: Serving, shut: _Bar | None, less: _Bar | None) -> Iterator[FundEntitlement]:
    """Yield a row for each payer; `shut` keeps all of them away, `less` those that ask for it."""
    usual: dict[str, Payer] = {}
    if shut is None and less is not None:
        claim = msgspec.structs.replace(serving.claim, entitlement="entitled")
        usual = {payer.fund: payer for payer in Serving(serving.table, claim).payers()}
    figures = _no_figure(serving) if shut is None else None
    for payer in serving.payers():
        served = payer.how == SERVES and not serving.needs_days()
        if shut is not None:
            yield _row(payer, shut, ())
        elif served:
            yield _row(payer, None, payer.cites)
        elif less is not None and usual[payer.fund].how == SERVES:
            yield _row(payer, less, usual[payer.fund].cites)
        elif figures is not None:
            yield _row(payer, figures, ())
        else:
            would = words.of_values(serving.table, serving.would_serve(payer.fund), figure=False)
            yield _row(payer, _Bar(Why.NOT_SERVED, would), payer.cites)


def _row(payer: Payer, bar: _Bar | None, cites: tuple[str, ...]) -> FundEntitlement:
    zh, en = ("", "") if bar is None else bar.words
    return FundEntitlement(
        fund=payer.fund,
        entitled=bar is None,
        why=None if bar is None else bar.why,
        from_=None if payer.days is None else payer.days.from_,
        until=None if payer.days is None else payer.days.until,
        zh=zh,
        en=en,
        cites=cites,
    )


def _no_figure(serving: Serving) -> _Bar | None:
    """Return that the policy has no figure for the claim, or settles no such claims at all."""
    table, claim = serving.table, serving.claim
    if serving.needs_days():
        return _Bar(Why.NO_FIGURE, words.of_days())
    if next(serving.payers()).how != NO_FIGURE:
        return None
    if not_served := no_figure.axes_not_served(table, claim):
        return _Bar(Why.NOT_SERVED, words.of_values(table, not_served, figure=False))
    found = no_figure.axes_at_fault(table, claim)
    axes = {axis: values for axis, values in found.items() if values}
    return _Bar(Why.NO_FIGURE, words.of_values(table, axes, figure=True))
