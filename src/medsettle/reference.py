"""The oracle: settles a claim straight from the policy, slowly, as `docs/semantics.md` says it.

It shares no arithmetic with the compiler or the kernel: everything here is a `Fraction`, and the
functions stand in the order of that page and carry its words.  Use it to check the kernel, never
to settle in bulk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

import msgspec

from medsettle.model import Claim, Step, YearToDate
from medsettle.money import FEN_MAX, half_up
from medsettle.policy.document import Adjust, Benefit, Ceiling, Figure, Layer, Policy, Switch, When
from medsettle.vocabulary import AGE, DATE_MAX, FOUR_AMOUNTS, REMAINDERS, default_value

ZERO = Fraction(0)
NO_CEILING = Fraction(10 * FEN_MAX)  # more room than any bill can use
Counters = dict[str, int]
Version = TypeVar("Version", Benefit, Layer)


class Refused(Exception):  # noqa: N818 - the page's own word
    """The claim cannot be settled; `code` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code, the only thing a refusal tells."""
        super().__init__(code)
        self.code = code


class Outcome(msgspec.Struct, frozen=True):
    """A settled claim: who pays how much, what each layer did, and the year so far after it."""

    funds: dict[str, int]
    deductible: int
    cash: int
    steps: tuple[Step, ...]
    ytd: YearToDate


class Rule(msgspec.Struct, frozen=True):
    """One layer with every figure chosen and adjusted for one claim."""

    layer: Layer
    deductible: tuple[Fraction, ...]  # by ordinal; empty without a deductible
    bands: tuple[tuple[Fraction | None, Fraction], ...]  # (upto, share)
    ceilings: tuple[tuple[Ceiling, Fraction], ...]  # each with its limit


class Bill(msgspec.Struct):
    """The bill while the layers run: which fen lie in which part, and who has paid what."""

    total: int
    parts: dict[str, Fraction]
    paid: dict[str, int]  # by layer, in the order they ran


class Measured(msgspec.Struct, frozen=True):
    """What one layer works out before it pays: the page's t, d, x, x', u0 and room."""

    topped: int  # t
    deductible: Fraction  # d
    cost: Fraction  # x
    covered: Fraction  # x', under the ceilings on cost
    start: Fraction  # u0
    room: Fraction  # the least room of the ceilings on pay


def settle(policy: Policy, claim: Claim, ytd: YearToDate | None = None) -> Outcome:
    """Return what `policy` makes of `claim` after the year so far; raise `Refused`.

    A counter in `ytd` that the policy does not know raises KeyError.
    """
    so_far = ytd or YearToDate()
    check_amounts(claim)
    if so_far.last_date is not None and claim.date < so_far.last_date:
        raise Refused("out_of_order")
    benefit = benefit_on(policy, claim)
    if not holds(benefit.serves, policy, claim):
        raise Refused("no_figure")
    layers = listed(policy, benefit, claim.date)
    serving = [layer for layer in layers if holds(layer.serves, policy, claim)]
    rules = [choose_rule(policy, layer, claim) for layer in serving]
    before = carried_over(policy, so_far, claim.date)
    after = dict(before)
    bill = open_bill(claim)
    steps = tuple(run_layer(rule, bill, before, after) for rule in rules)
    for name in visits_counters(layers):  # serving this claim or not
        after[name] = after.get(name, 0) + 1
    if any(value > FEN_MAX for value in after.values()):
        raise Refused("counter_limit")
    return Outcome(
        funds={a.fund: sum(b.pay for b in steps if b.fund == a.fund) for a in steps},
        deductible=half_up(steps[0].deductible) if steps else 0,  # its base is whole: d itself
        cash=left(bill),
        steps=steps,
        ytd=YearToDate(claim.date, {name: value for name, value in after.items() if value}),
    )


def settle_all(
    policy: Policy, claims: Iterable[Claim], ytd: YearToDate | None = None
) -> list[Outcome | Refused]:
    """Settle one person's claims in order; a refused claim changes nothing and the next goes on."""
    outcomes: list[Outcome | Refused] = []
    for claim in claims:
        try:
            outcome = settle(policy, claim, ytd)
        except Refused as refused:
            outcomes.append(refused)
        else:
            outcomes.append(outcome)
            ytd = outcome.ytd
    return outcomes


def check_amounts(claim: Claim) -> None:
    """Refuse a negative amount, and a total beyond ten billion yuan."""
    amounts = [getattr(claim, f"{name}_fen") for name in FOUR_AMOUNTS]
    if min(amounts) < 0:
        raise Refused("amount_negative")
    if sum(amounts) > FEN_MAX:
        raise Refused("amount_too_large")


def counter_windows(policy: Policy) -> dict[str, str]:
    """Return the window of every counter of the policy, over all versions of all layers."""
    layers = [version for versions in policy.layers.values() for version in versions]
    named = [(name, "year") for name in visits_counters(layers)]
    deductibles = [layer.deductible for layer in layers if layer.deductible is not None]
    named += [(deductible.used, deductible.per) for deductible in deductibles]
    named += [(layer.measured, layer.bands_per) for layer in layers]
    named += [(ceiling.used, ceiling.per) for layer in layers for ceiling in layer.ceilings]
    return {name: per for name, per in named if per != "visit"}


def visits_counters(layers: Iterable[Layer]) -> set[str]:
    """Return the visits counters of the layers: those of deductibles with a list of amounts."""
    deductibles = [layer.deductible for layer in layers if layer.deductible is not None]
    return {one.visits for one in deductibles if len(one.amounts) > 1}


def window_of(date: dt.date, per: str) -> tuple[int, ...]:
    """Return which day, month, quarter or year `date` lies in; a lifetime is always the same."""
    if per == "quarter":
        return (date.year, (date.month - 1) // 3)
    known = {"day": 3, "month": 2, "year": 1, "lifetime": 0}[per]
    return (date.year, date.month, date.day)[:known]


def carried_over(policy: Policy, ytd: YearToDate, date: dt.date) -> Counters:
    """Return the counters as the claim of `date` finds them: those of a past window are gone."""
    windows = counter_windows(policy)
    last = ytd.last_date or date
    return {
        name: value
        for name, value in ytd.counters.items()
        if window_of(last, windows[name]) == window_of(date, windows[name])
    }


def in_force(versions: Iterable[Version], date: dt.date) -> Version | None:
    """Return the version with `from ≤ date < until`, if there is one."""
    running = (version for version in versions if version.from_ <= date < DATE_MAX)
    return next((one for one in running if one.until is None or date < one.until), None)


def benefit_on(policy: Policy, claim: Claim) -> Benefit:
    """Return the version of the claim's benefit on its date."""
    if all(in_force(versions, claim.date) is None for versions in policy.benefits.values()):
        raise Refused("no_version")
    benefit = in_force(policy.benefits.get(claim.benefit, ()), claim.date)
    if benefit is None:
        raise Refused("benefit_not_offered")
    return benefit


def listed(policy: Policy, benefit: Benefit, date: dt.date) -> list[Layer]:
    """Return the layers of the benefit in order, each as in force on `date`."""
    versions = [in_force(policy.layers[name], date) for name in benefit.layers]
    return [layer for layer in versions if layer is not None]


def stated(axis: str, policy: Policy, claim: Claim) -> str | None:
    """Return the claim's value on `axis`, None when unstated; for age, its band."""
    if axis != AGE:
        value: str | None = getattr(claim, axis)
        return default_value(axis) if value is None else value
    if claim.age is None:
        return None
    reached = {lowest: band for band, lowest in policy.age_bands.items() if lowest <= claim.age}
    return reached[max(reached)] if reached else None


def holds(when: When, policy: Policy, claim: Claim) -> bool:
    """Tell whether every axis of the condition has one of its values; refuse what is undecided."""
    found = {axis: stated(axis, policy, claim) for axis in when.axes}
    if any(value not in when.axes[axis] for axis, value in found.items() if value is not None):
        return False
    if None in found.values():
        raise Refused("no_figure")
    return True


def choose(figure: Figure, policy: Policy, claim: Claim) -> Fraction:
    """Return the figure for the claim: the case of its value, or `other`; else refuse."""
    if not isinstance(figure, Switch):
        return Fraction(figure)
    value = stated(figure.axis, policy, claim)
    case = None if value is None else figure.cases.get(value, figure.other)
    if case is None:
        raise Refused("no_figure")
    return choose(case, policy, claim)


def choose_rule(policy: Policy, layer: Layer, claim: Claim) -> Rule:
    """Return the layer with all its figures for the claim, adjusted."""
    concern = [one for one in layer.adjust if holds(one.when, policy, claim)]
    on_amounts = [one for one in concern if one.change.startswith("deductible_")]
    on_shares = [one for one in concern if one not in on_amounts]
    amounts = layer.deductible.amounts if layer.deductible else ()
    bounds = [None if row.upto is None else choose(row.upto, policy, claim) for row in layer.bands]
    shares = [adjusted(choose(row.share, policy, claim), on_shares) for row in layer.bands]
    return Rule(
        layer=layer,
        deductible=tuple(adjusted(choose(each, policy, claim), on_amounts) for each in amounts),
        bands=tuple(zip(bounds, (min(share, Fraction(1)) for share in shares), strict=True)),
        ceilings=tuple((one, choose(one.limit, policy, claim)) for one in layer.ceilings),
    )


def adjusted(figure: Fraction, adjust: Iterable[Adjust]) -> Fraction:
    """Return a share or an amount after the adjustments in order, not below 0 after the last."""
    for one in adjust:
        figure = {
            "add_points": figure + one.value,
            "fund_share_times": figure * one.value,
            "person_share_times": 1 - (1 - figure) * one.value,
            "at_least": max(figure, one.value),
            "at_most": min(figure, one.value),
            "deductible_times": figure * one.value,
            "deductible_plus": figure + one.value,
        }[one.change]
    return max(figure, ZERO)


def open_bill(claim: Claim) -> Bill:
    """Return the bill before any layer: four parts, the four amounts."""
    parts = {name: Fraction(getattr(claim, f"{name}_fen")) for name in FOUR_AMOUNTS}
    return Bill(total=claim.total_fen, parts=parts, paid={})


def parts_named(name: str, bill: Bill) -> list[str]:
    """Return the parts that a name of a base means, given the layers that have run."""
    if name in REMAINDERS:
        return [f"{layer}.{name}" for layer in bill.paid]
    layer, _, kind = name.partition(".")
    return [f"{layer}.{part}" for part in REMAINDERS] if kind == "rest" else [name]


def left(bill: Bill) -> int:
    """Return what is left of the bill: the total less what the layers have paid."""
    return bill.total - sum(bill.paid.values())


def take(base: Iterable[str], bill: Bill) -> Fraction:
    """Take the base's parts out of the bill and return `b`, their sum, or 0 if negative."""
    names = [part for name in base for part in parts_named(name, bill)]
    return max(sum((bill.parts.pop(name, ZERO) for name in names), ZERO), ZERO)


def run_layer(rule: Rule, bill: Bill, before: Counters, now: Counters) -> Step:
    """Run one layer on the bill and move its counters."""
    layer = rule.layer
    base = take(layer.base, bill)
    sizes = measure(rule, base, bill, before, now)
    exact, cut = exact_payment(rule, sizes)
    rounded, room = rounded_payment(rule, sizes), half_up(sizes.room)
    pay = min(room if cut else rounded, room, left(bill))
    reached = cost_reached(rule, sizes, cut)
    kept_out = sizes.cost - reached
    if cut and layer.hands_over == "payment":
        kept_out += max(rounded - room, 0)
    over = min(kept_out, max(base - pay, ZERO))
    deductible = min(sizes.deductible, max(base - pay - over, ZERO))
    step = Step(
        layer=layer.name,
        fund=layer.fund,
        base=base,
        deductible=deductible,
        cost=reached,
        pay=pay,
        copay=base - pay - over - deductible,
        over_ceiling=over,
        person_share=reached - sizes.topped - exact,
        cut=cut,
    )
    bill.paid[layer.name] = pay
    bill.parts.update({f"{layer.name}.{part}": getattr(step, part) for part in REMAINDERS})
    move_counters(layer, sizes.deductible, reached, pay, now)
    return step


def measure(rule: Rule, base: Fraction, bill: Bill, before: Counters, now: Counters) -> Measured:
    """Return the layer's t, d, x, x', u0 and room."""
    layer = rule.layer
    topped = sum(bill.paid.get(name, 0) for name in layer.tops_up)
    whole = base + topped
    deductible = min(whole, due(rule, before, now))
    cost = whole - deductible
    at = Fraction(0 if layer.bands_per == "visit" else now.get(layer.measured, 0))
    inside = layer.deductible is not None and layer.deductible.inside_first_band
    rooms = [(ceiling.on, room_of(ceiling, limit, now)) for ceiling, limit in rule.ceilings]
    return Measured(
        topped=topped,
        deductible=deductible,
        cost=cost,
        covered=min([cost, *(room for on, room in rooms if on == "cost")]),
        start=at + deductible if inside else at,
        room=min([NO_CEILING, *(room for on, room in rooms if on == "pay")]),
    )


def due(rule: Rule, before: Counters, now: Counters) -> Fraction:
    """Return the deductible still due: by the visit's ordinal, less what the window has seen."""
    deductible = rule.layer.deductible
    if deductible is None:
        return ZERO
    ordinal = before.get(deductible.visits, 0)
    amount = rule.deductible[min(ordinal, len(rule.deductible) - 1)]
    if deductible.per == "visit":
        return amount
    return max(amount - now.get(deductible.used, 0), ZERO)


def room_of(ceiling: Ceiling, limit: Fraction, now: Counters) -> Fraction:
    """Return the room of a ceiling: its limit, less its counter unless per visit, not below 0."""
    return limit if ceiling.per == "visit" else max(limit - now.get(ceiling.used, 0), ZERO)


def stretches(rule: Rule, start: Fraction, end: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield, for each band, how much of (start, end] lies in it, and its share."""
    lower = ZERO
    for upto, share in rule.bands:
        upper = end if upto is None else min(end, upto)
        yield max(upper - max(start, lower), ZERO), share
        lower = lower if upto is None else upto


def schedule(rule: Rule, start: Fraction, end: Fraction) -> list[Fraction]:
    """Return each band's portion of S(end) - S(start)."""
    return [width * share for width, share in stretches(rule, start, end)]


def exact_payment(rule: Rule, sizes: Measured) -> tuple[Fraction, bool]:
    """Return `pay*`, unrounded, and whether the layer is cut: then it is the room."""
    scheduled = sum(schedule(rule, sizes.start, sizes.start + sizes.covered), ZERO)
    exact = max(scheduled - sizes.topped, ZERO)
    return min(exact, sizes.room), exact > sizes.room


def rounded_payment(rule: Rule, sizes: Measured) -> int:
    """Return `pay*` rounded the layer's way, not below 0, as if no ceiling on pay were there."""
    end = sizes.start + sizes.covered
    portions = schedule(rule, sizes.start, end)
    if rule.layer.rounding == "band":
        rounded = sum(half_up(portion) for portion in portions)
    elif rule.layer.rounding == "cumulative":
        rounded = half_up(sum(schedule(rule, ZERO, end), ZERO))
        rounded -= half_up(sum(schedule(rule, ZERO, sizes.start), ZERO))
    else:
        rounded = half_up(sum(portions, ZERO))
    return max(rounded - sizes.topped, 0)


def cost_reached(rule: Rule, sizes: Measured, cut: bool) -> Fraction:
    """Return `c`, exact: all of x', or when cut by `cost` the greatest cost the room pays for."""
    if not cut or rule.layer.hands_over == "payment":
        return sizes.covered
    reached, payable = ZERO, sizes.room + sizes.topped
    for width, share in stretches(rule, sizes.start, sizes.start + sizes.covered):
        if width * share > payable:
            return reached + payable / share
        reached, payable = reached + width, payable - width * share
    return reached


def move_counters(
    layer: Layer, deductible: Fraction, reached: Fraction, pay: int, counters: Counters
) -> None:
    """Move the layer's counters, each by its own measure; visits move elsewhere."""
    inside = layer.deductible is not None and layer.deductible.inside_first_band
    moves = [(layer.bands_per, layer.measured, reached + deductible if inside else reached)]
    for one in layer.ceilings:
        moves.append((one.per, one.used, Fraction(pay) if one.on == "pay" else reached))
    if layer.deductible is not None:
        moves.append((layer.deductible.per, layer.deductible.used, deductible))
    for per, name, amount in moves:
        if per != "visit":
            counters[name] = counters.get(name, 0) + half_up(amount)
