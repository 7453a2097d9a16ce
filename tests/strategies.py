"""Random policies and claims for Hypothesis: valid, small, and close to every edge.

`policies()` builds `Policy` objects straight from the model, within what the checker allows;
`person_years(policy)` builds claims whose amounts sit on the policy's own bounds.  Nothing is
filtered: whatever is drawn is valid by construction.

A counter's name carries its kind and window (`pool.pay_year`), so that sharing one by name is
always consistent, across layers and versions.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import strategies as st

from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX
from medsettle.policy.document import (
    Adjust,
    Band,
    Benefit,
    Ceiling,
    Cite,
    Deductible,
    Figure,
    Layer,
    Place,
    Policy,
    Source,
    Switch,
    When,
)
from medsettle.vocabulary import (
    AGE,
    AXES,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    REMAINDERS,
    ROUNDINGS,
    WINDOWS,
    axis_values,
)

PLACE = Place("strategies.toml", 1, 1)
CITES = (Cite("doc", "1"),)
START = dt.date(2020, 1, 1)
#: Days on which a version may begin or end, and near which claims fall.
TURNS = (dt.date(2020, 7, 1), dt.date(2021, 1, 1), dt.date(2021, 3, 31), dt.date(2022, 1, 1))
HUGE = 100_000_000_000


class Setting(msgspec.Struct, frozen=True):
    """What the parts of one policy have in common while it is drawn."""

    axes: dict[str, tuple[str, ...]]  # the axes that figures depend on, with their values
    scale: int  # fen: what a small amount of this policy is
    deep: frozenset[int]  # layers that may cut by cost


# ---------------------------------------------------------------------------- settings and axes


@st.composite
def common(draw: st.DrawFn, layers: int, age_bands: dict[str, int]) -> Setting:
    """Draw the axes and the size of money of one policy, and the layers that may cut by cost."""
    values = {axis: axis_values(axis) for axis in AXES} | {AGE: tuple(age_bands)}
    known = [axis for axis in values if values[axis]]
    chosen = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    cutting = draw(st.lists(st.integers(0, layers - 1), min_size=1, max_size=2))
    all_cut = draw(st.integers(0, 15)) == 15
    return Setting(
        axes={axis: values[axis] for axis in chosen},
        scale=draw(st.sampled_from((10_000, 100_000, 1_000, 100))),
        deep=frozenset(range(layers) if all_cut else cutting),
    )


def age_bands() -> st.SearchStrategy[dict[str, int]]:
    """Return a strategy for the policy's age bands: none, or two or three from 0 on."""
    return st.sampled_from(
        (
            {},
            {"under_60": 0, "from_60": 60},
            {"child": 0, "grown": 18, "old": 70},
            {"any_age": 0},
        )
    )


@st.composite
def conditions(draw: st.DrawFn, setting: Setting) -> When:
    """Draw a condition on one or two of the policy's axes."""
    axes = draw(st.lists(st.sampled_from(list(setting.axes)), min_size=1, max_size=2, unique=True))
    return When({axis: frozenset(draw(some_of(setting.axes[axis]))) for axis in axes})


def some_of(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Return a strategy for one to three of `values`."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=min(3, len(values)), unique=True)


@st.composite
def figures(draw: st.DrawFn, setting: Setting, numbers: st.SearchStrategy[Fraction]) -> Figure:
    """Draw a figure: mostly a number, else a switch over one of the axes, at times two deep."""
    depth = draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2)))
    return draw(switches(setting.axes, numbers, depth))


@st.composite
def switches(
    draw: st.DrawFn,
    axes: dict[str, tuple[str, ...]],
    numbers: st.SearchStrategy[Fraction],
    depth: int,
) -> Figure:
    """Draw a number when `depth` is 0 or no axis is left, else a switch of that depth."""
    if depth == 0 or not axes:
        return draw(numbers)
    axis = draw(st.sampled_from(list(axes)))
    values = axes[axis]
    others = {name: axes[name] for name in axes if name != axis}
    named = draw(some_of(values))
    first = draw(switches(others, numbers, depth - 1))
    cases = {value: first if value == named[0] else draw(numbers) for value in named}
    other = draw(numbers) if draw(st.integers(0, 31)) else None
    return Switch(axis, cases, other)


# -------------------------------------------------------------------------------------- numbers


def yuan(setting: Setting, most: int) -> st.SearchStrategy[Fraction]:
    """Return a strategy for whole-yuan amounts of up to `most` times the policy's scale."""
    in_scales = st.integers(0, most).map(lambda times: Fraction(times * setting.scale))
    if setting.scale % 100:
        return in_scales
    return in_scales | st.integers(1, most * setting.scale // 100).map(lambda n: Fraction(n * 100))


def fen(setting: Setting, most: int) -> st.SearchStrategy[Fraction]:
    """Return a strategy for limits: often whole multiples of the scale, or any whole fen."""
    return yuan(setting, most) | st.integers(0, most * setting.scale).map(Fraction)


def shares(fine: bool) -> st.SearchStrategy[Fraction]:
    """Return a strategy for shares: whole percent, or tenths of a percent when `fine`."""
    percent = 1_000 if fine else 100
    usual = st.sampled_from((85, 90, 70, 97, 91, 60, 55, 80, 100, 0))
    return usual.map(lambda n: Fraction(n, 100)) | st.integers(0, percent).map(
        lambda n: Fraction(n, percent)
    )


def factors() -> st.SearchStrategy[Fraction]:
    """Return a strategy for factors with two decimals, from 0 to 1.5."""
    return st.integers(0, 150).map(lambda n: Fraction(n, 100))


# -------------------------------------------------------------------------------- layers' pieces


def counter(layer: str, kind: str, per: str) -> st.SearchStrategy[str]:
    """Return a strategy for a counter's name: the layer's own, or one that others share."""
    if per == "visit":
        return st.just("")
    return st.sampled_from((f"{layer}.{kind}_{per}", f"pool.{kind}_{per}"))


@st.composite
def deductibles(draw: st.DrawFn, setting: Setting, layer: str) -> Deductible | None:
    """Draw no deductible, or one of any window with one to three amounts."""
    if draw(st.integers(0, 3)) == 0:
        return None
    per = draw(st.sampled_from(("visit", "year", *WINDOWS)))
    amounts = draw(st.lists(figures(setting, yuan(setting, 20)), min_size=1, max_size=3))
    visits = f"{layer}.visits" if layer in ("layer0", "layer1") else "late.visits", "pool.visits"
    return Deductible(
        per=per,
        amounts=tuple(amounts),
        inside_first_band=draw(st.booleans()),
        visits=draw(st.sampled_from(visits)) if len(amounts) > 1 else f"{layer}.visits",
        used=draw(counter(layer, "deductible", per)),
        place=PLACE,
    )


@st.composite
def bands(draw: st.DrawFn, setting: Setting, fine: bool) -> tuple[Band, ...]:
    """Draw one to four bands whose bounds ascend whatever case is taken."""
    bounded = draw(st.sampled_from((0, 1, 1, 2, 3)))
    rows = []
    for number in range(bounded):
        lowest = (number + 1) * 20 * setting.scale
        offsets = st.integers(lowest, lowest + 10 * setting.scale).map(Fraction)
        depth = draw(st.sampled_from((0, 0, 0, 0, 0, 1)))
        upto = draw(switches(setting.axes, offsets, depth))
        rows.append(Band(upto, draw(figures(setting, shares(fine))), PLACE))
    rows.append(Band(None, draw(figures(setting, shares(fine))), PLACE))
    return tuple(rows)


@st.composite
def adjustments(
    draw: st.DrawFn, setting: Setting, fine: bool, deductible: bool
) -> tuple[Adjust, ...]:
    """Draw up to four adjustments that leave shares exact and deductibles whole."""
    values = {
        "person_share_times": factors(),
        "fund_share_times": factors(),
        "add_points": st.integers(-25, 25).map(lambda points: Fraction(points, 100)),
        "at_least": shares(fine),
        "at_most": shares(fine),
        "deductible_times": factors(),
        "deductible_plus": yuan(setting, 10).map(lambda plus: plus - 3 * setting.scale),
    }
    if draw(st.booleans()):
        return ()
    factors_left, changes = (1 if fine else 2), []
    for change in draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=4)):
        if change.endswith("share_times"):
            factors_left -= 1
        if change.endswith("share_times") and factors_left < 0:
            continue
        if change.startswith("deductible_") and not deductible:
            continue
        if change == "deductible_times":
            deductible = False  # at most one, and nothing after it
        when = draw(conditions(setting)) if draw(st.integers(0, 3)) else When()
        changes.append(Adjust(when, change, draw(values[change]), CITES[0], PLACE))
    return tuple(changes)


@st.composite
def ceilings(draw: st.DrawFn, setting: Setting, layer: str, deep: bool) -> tuple[Ceiling, ...]:
    """Draw up to three ceilings, no two with one counter; when `deep`, at least one."""
    rows: dict[object, Ceiling] = {}
    for number in range(draw(st.sampled_from((int(deep), 1, 1, 2, 3)))):
        per = draw(st.sampled_from(("year", "visit", *WINDOWS)))
        on = draw(st.sampled_from(("pay", "pay", "pay", "cost")))
        used = draw(counter(layer, on, per))
        limit = draw(figures(setting, fen(setting, 80)))
        rows[used or number] = Ceiling(per, on, limit, used, PLACE)
    return tuple(rows.values())


@st.composite
def bases(draw: st.DrawFn, earlier: Sequence[Sequence[Layer]], serves: When) -> tuple[str, ...]:
    """Draw the base of the next layer: no part twice, and one that may hold something."""
    if not earlier:
        more = draw(st.lists(st.sampled_from(list(FOUR_AMOUNTS)), max_size=3, unique=True))
        return tuple(dict.fromkeys(("in_scope", *more)))
    last = len(earlier) - 1
    names = draw(some_of(list(FOUR_AMOUNTS))) if draw(st.integers(0, 3)) == 0 else []
    left = left_by(earlier[last])
    if not left or (serves.axes and conditional(earlier)):
        return (*FOUR_AMOUNTS, *REMAINDERS)
    sure = draw(st.sampled_from(left))
    form = draw(st.sampled_from(("wide", "narrow", "narrow", "wider", "rest")))
    if form == "rest":
        names.append(f"layer{last}.rest")
    elif form == "narrow":
        names.append(f"layer{last}.{sure}")
    else:
        names.append(sure)
    others = [part for part in REMAINDERS if part != sure]
    if form == "wider":
        names += draw(some_of(others))
    elif draw(st.booleans()):
        if form != "wide" and last:
            others = [*others, sure]
        one = draw(st.integers(0, max(last - 1, 0))) if form != "narrow" or last else last
        if form != "rest" or one != last:
            names += [f"layer{one}.{part}" for part in draw(some_of(others))]
    return tuple(names)


def conditional(earlier: Sequence[Sequence[Layer]]) -> bool:
    """Tell whether some layer does not serve everyone, so that what it leaves may be nothing."""
    return any(layer.serves.axes for versions in earlier for layer in versions)


def left_by(versions: Sequence[Layer]) -> list[str]:
    """Return the parts in which every version of a layer may leave something."""
    parts = []
    if all(layer.ceilings for layer in versions):
        parts += ["over_ceiling"] * 4
    if all(any(band.share != 1 for band in layer.bands) for layer in versions):
        parts.append("copay")
    if all(layer.deductible for layer in versions):
        parts.append("deductible")
    return parts


# --------------------------------------------------------------------- layers, benefits, policies


@st.composite
def layer_versions(
    draw: st.DrawFn, setting: Setting, earlier: Sequence[Sequence[Layer]]
) -> list[Layer]:
    """Draw a layer in one to three versions that leave no day out."""
    most = draw(st.sampled_from((0, 0, 0, 1, 2)))
    turns = sorted(draw(st.sets(st.sampled_from(TURNS), max_size=most)))
    bounds = [START, *turns, None]
    versions = []
    for from_, until in itertools.pairwise(bounds):
        assert from_ is not None
        versions.append(draw(one_layer(setting, earlier, from_, until)))
    return versions


@st.composite
def one_layer(
    draw: st.DrawFn,
    setting: Setting,
    earlier: Sequence[Sequence[Layer]],
    from_: dt.date,
    until: dt.date | None,
) -> Layer:
    """Draw one version of a layer."""
    number = len(earlier)
    name = f"layer{number}"
    fine = draw(st.booleans())
    deep = number in setting.deep
    limits = draw(ceilings(setting, name, deep))
    deductible = draw(deductibles(setting, name))
    serves = draw(conditions(setting)) if draw(st.integers(0, 4)) == 0 else When()
    may_cut = deep or all(ceiling.on == "cost" for ceiling in limits)
    tops_up: list[str] = []
    if earlier and draw(st.integers(0, 4)) == 0:
        tops_up = draw(some_of([f"layer{one}" for one in range(number)]))
    bands_per = draw(st.sampled_from(("visit", "visit", "year", "visit", "month", *WINDOWS)))
    return Layer(
        name=name,
        fund=draw(st.sampled_from(list(FUNDS))),
        from_=from_,
        until=until,
        cite=CITES,
        provenance="unverified",
        base=draw(bases(earlier, serves)),
        serves=serves,
        tops_up=tuple(sorted(tops_up)),
        deductible=deductible,
        bands=draw(bands(setting, fine)),
        bands_per=bands_per,
        measured=draw(counter(name, "measured", bands_per)),
        adjust=draw(adjustments(setting, fine, deductible is not None)),
        ceilings=limits,
        hands_over=draw(st.sampled_from(("cost", "cost", "cost", "payment")))
        if may_cut
        else "payment",
        rounding=draw(st.sampled_from(list(ROUNDINGS))),
        note="",
        place=PLACE,
    )


@st.composite
def benefit_versions(
    draw: st.DrawFn, setting: Setting, name: str, layers: int, full: bool
) -> list[Benefit]:
    """Draw a benefit in one to three versions; `full`: always in force, with every layer."""
    turns = sorted(draw(st.sets(st.sampled_from(TURNS), max_size=2)))
    ends = draw(st.integers(0, 4)) == 0
    bounds: list[dt.date | None] = [START, *turns]
    pairs = list(zip(bounds, [*turns, None], strict=True))
    if ends and not full and len(pairs) > 1:  # a gap, or an end
        del pairs[draw(st.integers(1, len(pairs) - 1))]
    versions = []
    for from_, until in pairs:
        assert from_ is not None
        listed = list(range(layers))
        if not full:
            some = draw(st.sets(st.integers(0, layers - 1), min_size=1))
            listed = sorted(some | {0} if draw(st.integers(0, 3)) else some)
        names = tuple(f"layer{number}" for number in listed)
        serves = draw(conditions(setting)) if draw(st.integers(0, 7)) == 7 else When()
        versions.append(Benefit(name, from_, until, CITES, names, PLACE, serves))
    return versions


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a valid policy: one to six layers over one to three benefits."""
    count = draw(st.sampled_from((1, 2, 2, 3, 3, 4, 5, 6)))
    ages = draw(age_bands())
    setting = draw(common(count, ages))
    names = draw(st.lists(st.sampled_from(list(BENEFITS)), min_size=1, max_size=3, unique=True))
    benefits = {
        name: tuple(draw(benefit_versions(setting, name, count, place == 0)))
        for place, name in enumerate(names)
    }
    layers: list[list[Layer]] = []
    for _ in range(count):
        layers.append(draw(layer_versions(setting, layers)))
    return Policy(
        region="000000",
        scheme="employee",
        title="drawn",
        sources={"doc": Source("doc", "drawn")},
        age_bands=ages,
        benefits=benefits,
        layers={f"layer{number}": tuple(versions) for number, versions in enumerate(layers)},
        file="strategies.toml",
    )


# ---------------------------------------------------------------------------------------- claims


def numbers_in(figure: Figure) -> Iterator[int]:
    """Yield every number a figure may take."""
    if isinstance(figure, Switch):
        for case in figure.cases.values():
            yield from numbers_in(case)
        if figure.other is not None:
            yield from numbers_in(figure.other)
    else:
        yield int(figure)


def edges(policy: Policy) -> list[int]:
    """Return the fen amounts at which something changes: deductibles, bounds, limits."""
    found = {0, 1}
    for layer in (version for versions in policy.layers.values() for version in versions):
        figures = [band.upto for band in layer.bands if band.upto is not None]
        figures += [ceiling.limit for ceiling in layer.ceilings]
        figures += layer.deductible.amounts if layer.deductible else ()
        found.update(number for figure in figures for number in numbers_in(figure))
    return sorted(found)


def axes_of(policy: Policy) -> set[str]:
    """Return the axes that anything in the policy asks for."""
    text = repr(policy.layers)
    return {axis for axis in (*AXES, AGE) if f"'{axis}'" in text}


@st.composite
def amounts(draw: st.DrawFn, around: list[int]) -> int:
    """Draw an amount of fen: on an edge, the sum of two, a fen off, anything, or huge."""
    kind = draw(st.integers(0, 15))
    if kind == 15:
        return draw(st.sampled_from((HUGE, HUGE - 1, HUGE // 3)))
    if kind >= 11:
        return draw(st.integers(0, 2 * around[-1] + 10))
    amount = draw(st.sampled_from(around))
    if kind >= 4:
        amount += draw(st.sampled_from(around))
    return max(amount + draw(st.integers(-1, 1)), 0)


@st.composite
def claims(draw: st.DrawFn, policy: Policy, date: dt.date, around: list[int]) -> Claim:
    """Draw one claim on `date`, with values on the policy's axes, now and then unstated."""
    axes: dict[str, Any] = {}
    for axis in sorted(axes_of(policy) - {AGE}):
        values: list[str | None] = list(axis_values(axis))
        if None in AXES[axis]:
            values = values * 9 + [None]
        axes[axis] = draw(st.sampled_from(values))
    age = None
    if policy.age_bands:
        bounds = [*policy.age_bands.values(), 150]
        ages = sorted({max(bound + off, 0) for bound in bounds for off in (-1, 0)})
        age = draw(st.sampled_from((*(ages * 9), None)))
    rare = st.sampled_from((0, 0, 0, 0, 1))
    offered = list(policy.benefits)
    other = next(name for name in BENEFITS if name not in offered)
    return Claim(
        benefit=draw(st.sampled_from((*(offered * 6), other))),
        date=date,
        in_scope_fen=draw(amounts(around)),
        first_step_fen=draw(amounts(around)) if draw(rare) else 0,
        over_limit_fen=draw(amounts(around)) if draw(rare) else 0,
        full_self_pay_fen=draw(amounts(around)) if draw(rare) else 0,
        age=age,
        **axes,
    )


@st.composite
def person_years(draw: st.DrawFn, policy: Policy) -> list[Claim]:
    """Draw one to twelve claims of one person in order of date."""
    around = edges(policy)
    first = draw(st.sampled_from((START, dt.date(2020, 3, 30), *TURNS)))
    date = first + dt.timedelta(days=draw(st.sampled_from((0, 0, 0, 1, -1, 30))))
    steps = st.sampled_from((0, 0, 1, 1, 7, 30, 31, 89, 200, 366))
    drawn = []
    for number in range(draw(st.integers(1, 12))):
        if number:
            date += dt.timedelta(days=draw(steps))
        drawn.append(draw(claims(policy, date, around)))
    return drawn


@st.composite
def people(draw: st.DrawFn, policy: Policy) -> list[tuple[int, list[Claim]]]:
    """Draw one to four people, each with a number of their own and their claims."""
    numbers = draw(st.lists(st.integers(0, 2**40), min_size=1, max_size=4, unique=True))
    return [(number, draw(person_years(policy))) for number in numbers]


def counters_of(policy: Policy) -> set[str]:
    """Return the names of all counters of the policy."""
    layers = [version for versions in policy.layers.values() for version in versions]
    names = {ceiling.used for layer in layers for ceiling in layer.ceilings}
    names |= {layer.measured for layer in layers}
    for deductible in (layer.deductible for layer in layers if layer.deductible):
        names |= {deductible.used, *([deductible.visits] if len(deductible.amounts) > 1 else [])}
    return names - {""}


@st.composite
def years_so_far(draw: st.DrawFn, policy: Policy) -> YearToDate:
    """Draw a year so far to begin with: counters at edges, one now and then near the limit."""
    around, counters = edges(policy), {}
    for name in sorted(counters_of(policy)):
        if name.endswith(".visits"):
            value = draw(st.integers(0, 3))
        else:
            value = draw(st.sampled_from((0, FEN_MAX - 1, *around)))
        if value:
            counters[name] = value
    last = draw(st.sampled_from((START - dt.timedelta(days=1), START)))
    return YearToDate(last, counters)
