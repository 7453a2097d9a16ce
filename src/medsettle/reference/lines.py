"""The oracle of fee lines: splits a bill's lines straight from the catalogue, as `docs/bill.md`.

It shares no arithmetic with the kernel or with what builds images: everything here is a `Fraction`,
and the functions stand in the order of that page and carry its words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

from medsettle.bill.codes import code_error
from medsettle.bill.items import Catalogue, GroupRule, Item, ItemVersion, Rules, Share
from medsettle.bill.line import FeeLine
from medsettle.money import FEN_MAX, FEN_PER_YUAN, PPM, half_up
from medsettle.vocabulary import AXES

ZERO = Fraction(0)
#: Ten billion yuan, and a hundred million of anything.
YUAN_MAX, QUANTITY_MAX = FEN_MAX // FEN_PER_YUAN, 100_000_000
_E6, _E4, _E2 = 1_000_000, 10_000, 100


class LineSplit(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one line: a `status` of `words.LINE_STATUS`, and zeros unless it is OK.

    Amounts in fen, negative on a return; `class_` and `group` are those of the item.
    """

    status: str = "OK"
    amount_fen: int = 0
    full_self_pay_fen: int = 0
    over_limit_fen: int = 0
    first_step_fen: int = 0
    in_scope_fen: int = 0
    class_: str = ""
    group: str = ""


class LineRefused(Exception):  # noqa: N818 - a refusal is no error of the program
    """A line that is refused; its argument is the status."""


class Terms(msgspec.Struct, frozen=True):
    """What the catalogue says of a line: the item's version, the rules, its share and ceiling."""

    version: ItemVersion
    rules: Rules
    share: Fraction
    ceiling: Fraction | None


class Goods(msgspec.Struct, frozen=True):
    """What is split: a line, or a line and its returns so far.

    `may_cover` is what the limit lets it cover, or None where there is no limit.
    """

    quantity: Fraction
    amount: Fraction
    may_cover: Fraction | None


class Group(msgspec.Struct):
    """A line and its returns so far, with its split.

    `first_covered` is what the line alone covered, `covered` what of it now counts in the limit.
    """

    line: FeeLine
    date: dt.date
    terms: Terms
    goods: Goods
    parts: dict[str, Fraction]
    first_covered: Fraction
    covered: Fraction


class Bill(msgspec.Struct):
    """The bill while its lines are split.

    `groups` has the line of each id, None where it is refused or itself a return.
    """

    catalogue: Catalogue
    date: dt.date
    insured: str
    level: str | None
    days: int | None
    groups: dict[str, Group | None] = {}
    all_groups: list[Group] = []
    total: Fraction = ZERO


def split_lines(
    catalogue: Catalogue,
    lines: Sequence[FeeLine],
    *,
    date: dt.date,
    insured: str,
    level: str | None = None,
    days: int | None = None,
) -> list[LineSplit]:
    """Return what becomes of each line of a bill, in their order.

    `date`, `level` and `days` are those of the bill's claim, `insured` is of `words.INSURED`.
    """
    bill = Bill(catalogue, date, insured, level, days)
    return [_told(bill, line) for line in lines]


def _told(bill: Bill, line: FeeLine) -> LineSplit:
    try:
        terms, parts = _split_line(bill, line)
    except LineRefused as refused:
        if line.id:
            bill.groups[line.id] = None
        return LineSplit(status=str(refused))
    fen = {name: int(value) for name, value in parts.items()}
    return LineSplit(
        amount_fen=sum(fen.values()),
        full_self_pay_fen=fen["full_self_pay"],
        over_limit_fen=fen["over_limit"],
        first_step_fen=fen["first_step"],
        in_scope_fen=fen["in_scope"],
        class_=terms.version.class_,
        group=terms.version.group,
    )


def _split_line(bill: Bill, line: FeeLine) -> tuple[Terms, dict[str, Fraction]]:
    """Return the split of a line, looking at the reasons to refuse it in the page's order."""
    item = find_item(bill.catalogue, line.code)
    original = bill.groups.get(line.returns) if line.quantity_e4 < 0 else None
    date = line.date or bill.date
    if original is None:
        version, rules = in_force(bill.catalogue, item, date)
    if line.quantity_e4 == 0 or line.price_e6 < 0:
        raise LineRefused("BAD_QUANTITY")
    amount = amount_of(line)
    if bill.total + amount > FEN_MAX:
        raise LineRefused("LINE_TOO_LARGE")
    if original is not None:
        group, parts = original, _give_back(original, line, amount)
    else:
        terms = terms_of(bill, line, date, version, rules)
        if line.quantity_e4 < 0 or line.returns:
            raise LineRefused("NO_ORIGINAL")
        group = _charge(bill, line, date, terms, amount)
        parts = group.parts
        bill.all_groups.append(group)
    if line.id:
        bill.groups[line.id] = None if line.returns else group
    bill.total += amount
    return group.terms, parts


# ------------------------------------------------------------------------ a line, and the catalogue


def find_item(catalogue: Catalogue, code: str) -> Item:
    """Return the item with a code."""
    for item in catalogue.items:
        if item.code == code:
            return item
    wrong = code_error(code, catalogue.local_codes)
    raise LineRefused("BAD_CODE" if wrong else "UNKNOWN_ITEM")


def in_force(catalogue: Catalogue, item: Item, date: dt.date) -> tuple[ItemVersion, Rules]:
    """Return the item's version and the rules on a day."""
    versions = [one for one in item.versions if one.from_ <= date < one.until]
    rules = [one for one in catalogue.rules if one.from_ <= date < one.until]
    if not versions or not rules:
        raise LineRefused("NOT_IN_FORCE")
    return versions[0], rules[0]


def terms_of(bill: Bill, line: FeeLine, date: dt.date, version: ItemVersion, rules: Rules) -> Terms:
    """Return what holds for the line on its day, for this person class and hospital level."""
    group = _group_rule(bill.catalogue.groups, version.group, date)
    shares = version.shares if group is None else group.shares
    if not shares and version.class_ == "class_c":
        shares = (Share({(None, None): PPM}),)
    share = _share(shares, line.price_e6, bill.insured, bill.level)
    ceiling = _ceiling(version, bill.level)
    return Terms(version, rules, share, ceiling)


def _group_rule(rules: Iterable[GroupRule], group: str, date: dt.date) -> GroupRule | None:
    for rule in rules:
        if rule.group == group and rule.from_ <= date < rule.until:
            return rule
    return None


def _share(shares: Iterable[Share], price_e6: int, insured: str, level: str | None) -> Fraction:
    """Return the share of the first range whose `upto` is not below the price."""
    ppm = next(
        (one.ppm for one in shares if one.upto_e6 is None or price_e6 <= one.upto_e6),
        {},
    )
    found = {_most_exact(ppm, insured, one) for one in _levels(level)}
    if len(found) > 1 or None in found:
        raise LineRefused("NO_SHARE")
    return Fraction(found.pop() or 0, PPM)


def _most_exact(
    ppm: Mapping[tuple[str | None, str | None], int], insured: str, level: str
) -> int | None:
    for key in ((insured, level), (insured, None), (None, level), (None, None)):
        if key in ppm:
            return ppm[key]
    return None


def _levels(level: str | None) -> list[str]:
    """Return the levels that the hospital may have: without one told, all."""
    return [one for one in AXES["level"] if one is not None] if level is None else [level]


def _ceiling(version: ItemVersion, level: str | None) -> Fraction | None:
    """Return the price ceiling in yuan, or None where there is none."""
    by_level = version.ceiling_e6
    found = {by_level.get(one, by_level.get(None)) for one in _levels(level)}
    if len(found) > 1:
        raise LineRefused("NO_SHARE")
    ceiling = found.pop()
    return None if ceiling is None else Fraction(ceiling, _E6)


# ---------------------------------------------------------------------------------------- one line


def _price(line: FeeLine) -> Fraction:
    return Fraction(line.price_e6, _E6)


def _fen(yuan: Fraction) -> Fraction:
    """Return r(yuan), in fen."""
    return Fraction(half_up(yuan * FEN_PER_YUAN))


def amount_of(line: FeeLine) -> Fraction:
    """Return the line's amount: what was charged, where it tells that and it is right."""
    exact = _price(line) * Fraction(line.quantity_e4, _E4)
    if (
        line.price_e6 > YUAN_MAX * _E6
        or abs(line.quantity_e4) > QUANTITY_MAX * _E4
        or abs(exact) > YUAN_MAX
    ):
        raise LineRefused("LINE_TOO_LARGE")
    amount = _fen(exact)
    if line.amount_fen is None:
        return amount
    wrong_sign = line.amount_fen * line.quantity_e4 < 0
    if wrong_sign or abs(line.amount_fen - amount) > 1:
        raise LineRefused("AMOUNT_DISAGREES")
    return Fraction(line.amount_fen)


def split_goods(line: FeeLine, terms: Terms, goods: Goods) -> dict[str, Fraction]:
    """Return the four parts of a line, or of a line and its returns, in the order of the steps."""
    a, price, unit_price = goods.amount, _price(line), _price(line)
    rest, covered, taken_by_quantity = a, goods.quantity, ZERO
    parts = {"full_self_pay": ZERO, "over_limit": ZERO, "first_step": ZERO}
    for step in terms.rules.order:
        to, taken = "full_self_pay", ZERO
        if step == "not_covered":
            taken = rest if terms.version.class_ == "class_c" or terms.share == 1 else ZERO
        elif step == "restriction":
            taken = rest if _is_restricted(line, terms.version) else ZERO
        elif step == "quantity":
            to = terms.rules.over_quantity
            if goods.may_cover is not None and goods.may_cover < goods.quantity:
                covered = goods.may_cover
                taken = max(rest - _fen(unit_price * covered), ZERO)
            lasting = _discharge_part(line, terms.rules)
            taken += (rest - taken) - Fraction(half_up((rest - taken) * lasting))
            covered *= lasting
            taken_by_quantity = taken
        elif step == "price_ceiling":
            if terms.ceiling is not None and price > terms.ceiling:
                if terms.version.over_price == "all":
                    taken = rest
                else:
                    to, unit_price = "over_limit", terms.ceiling
                    above = a - taken_by_quantity - _fen(terms.ceiling * covered)
                    taken = min(rest, max(above, ZERO))
        else:
            to, taken = "first_step", min(rest, Fraction(half_up(rest * terms.share)))
        parts[to] += taken
        rest -= taken
    return {**parts, "in_scope": rest}


def _is_restricted(line: FeeLine, version: ItemVersion) -> bool:
    return (
        line.approval == "refused"
        or (version.restricted and line.approval != "approved")
        or (version.compound_only and line.herb_use == "single")
    )


def _discharge_part(line: FeeLine, rules: Rules) -> Fraction:
    """Return in which proportion discharge medicine is covered; 1 for everything else."""
    if not line.discharge_medicine or line.supply_days_e2 is None or rules.discharge_days is None:
        return Fraction(1)
    return min(Fraction(1), rules.discharge_days / Fraction(line.supply_days_e2, _E2))


# ---------------------------------------------------------------------------------------- quantity


def _room(bill: Bill, code: str, date: dt.date, version: ItemVersion) -> Fraction | None:
    """Return what earlier lines of the item have left of its limit; None where it has none."""
    limit = version.limit
    if limit is None:
        return None
    by = _counted_by(version)
    quantity = Fraction(limit.quantity_e4, _E4)
    if limit.per == "stay_day":
        if bill.days is None:
            raise LineRefused("NO_DAYS")
        quantity *= bill.days
    earlier = [
        one.covered
        for one in bill.all_groups
        if one.line.code == code
        and _counted_by(one.terms.version) == by
        and (by == "bill" or (by == "day" and one.date == date))
    ]
    return max(quantity - sum(earlier, ZERO), ZERO)


def _counted_by(version: ItemVersion) -> str | None:
    """Return what the version's limit counts by: the line, the day or the bill."""
    if version.limit is None:
        return None
    return "bill" if version.limit.per == "stay_day" else version.limit.per


def _charge(bill: Bill, line: FeeLine, date: dt.date, terms: Terms, amount: Fraction) -> Group:
    """Return the split of a line that is no return."""
    quantity = Fraction(line.quantity_e4, _E4)
    room = _room(bill, line.code, date, terms.version)
    goods = Goods(quantity, amount, room)
    covered = quantity if room is None else min(quantity, room)
    return Group(line, date, terms, goods, split_goods(line, terms, goods), covered, covered)


# ----------------------------------------------------------------------------------------- returns


def _give_back(group: Group, line: FeeLine, amount: Fraction) -> dict[str, Fraction]:
    """Move the group that a return belongs to on; return the return's own split."""
    quantity = group.goods.quantity + Fraction(line.quantity_e4, _E4)
    left = group.goods.amount + amount
    same = line.code == group.line.code and line.price_e6 == group.line.price_e6
    if not same or quantity < 0 or left < 0:
        raise LineRefused("RETURN_DISAGREES")
    covered = min(quantity, group.first_covered)
    before, group.goods = group.parts, Goods(quantity, left, covered)
    group.parts, group.covered = split_goods(group.line, group.terms, group.goods), covered
    return {name: value - before[name] for name, value in group.parts.items()}
