"""Parts and layers: what lies where in the bill, and one layer's turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import msgspec

from medsettle.model import Step
from medsettle.money import FEN_MAX, half_up
from medsettle.policy.document import Layer, Policy
from medsettle.reference.rule import ZERO, Borne, Case, Limited, Rule, adjusted
from medsettle.reference.year import Counters, move
from medsettle.vocabulary import BED_DAY, FOUR_AMOUNTS, NO_FUNDS, REMAINDERS

NO_CEILING = Fraction(10 * FEN_MAX)  # more room than any bill can use
IN_SCOPE, ITEM = "in_scope", "item."


class Bill(msgspec.Struct):
    """The bill while the layers run: which fen lie in which part, and who has paid what."""

    total: int
    payable: int  # what all funds may pay together
    paid_by_funds: int
    continues: bool
    parts: dict[str, Fraction]
    paid: dict[str, int]  # by layer, in the order they ran
    borne: dict[str, Fraction]  # d, by layer that has a deductible


class Measured(msgspec.Struct, frozen=True):
    """What one layer works out before it pays: the page's f, t, d, x, x', u0 and room."""

    first: Fraction  # f
    topped: int  # t
    deductible: Fraction  # d
    cost: Fraction  # x
    covered: Fraction  # x', under the ceilings on cost
    start: Fraction  # u0
    room: Fraction  # the least room of the ceilings on pay


# --------------------------------------------------------------------------------------- parts


def item_parts(policy: Policy) -> set[str]:
    """Return `item.GROUP` for each item group that the policy names anywhere in a base."""
    layers = [version for versions in policy.layers.values() for version in versions]
    return {name for layer in layers for name in layer.base if name.startswith(ITEM)}


def open_bill(case: Case, all_funds_at_most: Fraction) -> Bill:
    """Return the bill before any layer: the four amounts, and the item groups within in_scope."""
    claim = case.claim
    parts = {name: Fraction(getattr(claim, f"{name}_fen")) for name in FOUR_AMOUNTS}
    for name in item_parts(case.policy):
        parts[name] = Fraction(claim.items.get(name.removeprefix(ITEM), 0))
        parts[IN_SCOPE] -= parts[name]
    return Bill(
        total=claim.total_fen,
        payable=half_up(claim.total_fen * all_funds_at_most),
        paid_by_funds=0,
        continues=claim.continues,
        parts=parts,
        paid={},
        borne={},
    )


def parts_named(name: str, bill: Bill) -> list[str]:
    """Return the parts that a name of a base means, given the layers that have run."""
    earlier = [f"{layer}.{part}" for layer in bill.paid for part in REMAINDERS]
    if name == "everything":
        return list(bill.parts)
    if name == "rest":
        return earlier
    if name == IN_SCOPE:
        return [IN_SCOPE, *(part for part in bill.parts if part.startswith(ITEM))]
    if name in REMAINDERS:
        return [part for part in earlier if part.endswith(f".{name}")]
    layer, _, kind = name.partition(".")
    return [f"{layer}.{part}" for part in REMAINDERS] if kind == "rest" else [name]


def take(base: Iterable[str], bill: Bill) -> Fraction:
    """Take the base's parts out of the bill and return `b`, their sum, or 0 if negative."""
    named = [part for name in base for part in parts_named(name, bill)]
    return max(sum((bill.parts.pop(name, ZERO) for name in named), ZERO), ZERO)


# ----------------------------------------------------------------------------------- one layer


def run_layer(rule: Rule, bill: Bill, before: Counters, now: Counters) -> Step:
    """Run one layer on the bill and move its counters."""
    layer = rule.layer
    base = take(layer.base, bill)
    sizes = measure(rule, base, bill, before, now)
    exact, cut = exact_payment(rule, sizes)
    rounded, room = rounded_payment(rule, sizes), half_up(sizes.room)
    pay = min(room if cut else rounded, room, may_pay(layer, bill))
    reached = cost_reached(rule, sizes, cut)
    kept_out = sizes.cost - reached
    if cut and layer.hands_over == "payment":
        kept_out += max(rounded - room, 0)
    unpaid = base - sizes.first - pay
    over = min(kept_out, max(unpaid, ZERO))
    deductible = min(sizes.deductible, max(unpaid - over, ZERO))
    step = Step(
        layer=layer.name,
        fund=layer.fund,
        base=base,
        first_share=sizes.first,
        deductible=deductible,
        cost=reached,
        pay=pay,
        copay=unpaid - over - deductible,
        over_ceiling=over,
        person_share=reached - sizes.topped - exact,
        cut=cut,
    )
    bill.paid[layer.name] = pay
    bill.paid_by_funds += 0 if layer.fund in NO_FUNDS else pay
    if layer.deductible is not None:
        bill.borne[layer.name] = sizes.deductible
    bill.parts.update({f"{layer.name}.{part}": getattr(step, part) for part in REMAINDERS})
    move_counters(rule, sizes.deductible, reached, pay, now)
    return step


def may_pay(layer: Layer, bill: Bill) -> int:
    """Return what is left of the bill, and for a fund of what all funds may pay together."""
    left = bill.total - sum(bill.paid.values())
    return left if layer.fund in NO_FUNDS else min(left, bill.payable - bill.paid_by_funds)


def measure(rule: Rule, base: Fraction, bill: Bill, before: Counters, now: Counters) -> Measured:
    """Return the layer's f, t, d, x, x', u0 and room."""
    layer = rule.layer
    first = min(base, Fraction(half_up(base * rule.first_share)))
    topped = sum(bill.paid.get(name, 0) for name in layer.tops_up)
    whole = base - first + topped
    deductible = min(whole, due(rule.deductible, bill.continues, before, now))
    cost = whole - deductible
    at = Fraction(0 if layer.bands_per == "visit" else now.get(rule.measured, 0))
    inside = layer.deductible is not None and layer.deductible.inside_first_band
    rooms = [(one.ceiling.on == "cost", room_of(one, now)) for one in rule.ceilings]
    return Measured(
        first=first,
        topped=topped,
        deductible=deductible,
        cost=cost,
        covered=min([cost, *(room for on_cost, room in rooms if on_cost)]),
        start=at + deductible if inside else at,
        room=min([NO_CEILING, *(room for on_cost, room in rooms if not on_cost)]),
    )


def due(borne: Borne | None, continues: bool, before: Counters, now: Counters) -> Fraction:
    """Return the deductible still due: by the visit's ordinal, less what the window has seen."""
    if borne is None or now.get(borne.waived_after, 0) > 0:
        return ZERO
    ordinal = before.get(borne.visits, 0)
    amount = amount_at(borne, max(ordinal - 1, 0) if continues else ordinal)
    if borne.deductible.per != "visit":
        amount = max(amount - now.get(borne.used, 0), ZERO)
    if borne.cap is not None:
        amount = min(amount, max(borne.cap.limit - now.get(borne.cap.counter, 0), ZERO))
    return amount


def amount_at(borne: Borne, ordinal: int) -> Fraction:
    """Return the adjusted amount of the deductible at the visit of that ordinal, from 0."""
    first, later = borne.amounts[0], borne.later
    if len(borne.amounts) > 1:
        amount = borne.amounts[min(ordinal, len(borne.amounts) - 1)]
    elif ordinal == 0 or not borne.deductible.counts_visits:
        amount = first
    else:
        if later:
            lowered = first * later[min(ordinal, len(later)) - 1]
        else:
            lowered = first - ordinal * (borne.step_down or ZERO)
        amount = max(lowered, min(borne.floor, first))
    return adjusted(amount, borne.changes)


def room_of(limited: Limited, now: Counters) -> Fraction:
    """Return the room of a ceiling: its limit less its counter, or the balance; not below 0."""
    seen = now.get(limited.counter, 0)
    if limited.ceiling.on == "balance":
        return Fraction(seen)
    if limited.ceiling.per in ("visit", BED_DAY):
        return limited.limit
    return max(limited.limit - seen, ZERO)


# ----------------------------------------------------------------------------------- schedules


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
    rule: Rule, deductible: Fraction, reached: Fraction, pay: int, counters: Counters
) -> None:
    """Move the layer's counters, each by its own measure; visits move elsewhere."""
    borne, inside = rule.deductible, False
    if borne is not None:
        inside = borne.deductible.inside_first_band
        if borne.used:
            move(counters, borne.used, half_up(deductible))
        if borne.cap is not None:
            move(counters, borne.cap.counter, half_up(deductible))
    if rule.measured:
        move(counters, rule.measured, half_up(reached + deductible if inside else reached))
    for one in rule.ceilings:
        if one.counter:
            by = {"pay": pay, "cost": half_up(reached), "balance": -pay}
            move(counters, one.counter, by[one.ceiling.on])
