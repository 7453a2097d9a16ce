"""Random policies and claims for Hypothesis: valid, small, and close to every edge.

`policies()` builds `Policy` objects straight from the model, within what the checker allows;
`person_years(policy)` builds claims whose amounts sit on the policy's own bounds.  Nothing is
filtered: whatever is drawn is valid by construction.

A counter's name carries its kind, its window and the axis that keeps it apart
(`pool.pay_year_by_level`), so that sharing one by name is always consistent, across layers and
versions.  What must come out exact is made of whole yuan, whole percents and tenths.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    Cap,
    Ceiling,
    Cite,
    Deductible,
    Figure,
    Indicator,
    Layer,
    Multiple,
    Period,
    Place,
    Policy,
    Source,
    Switch,
    When,
)
from medsettle.vocabulary import (
    AXES,
    AXIS_ORDER,
    BANDED,
    BED_DAY,
    BENEFITS,
    BILL_SIZE,
    FOUR_AMOUNTS,
    FUNDS,
    ITEM_GROUPS,
    NUMBERS,
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
#: Counters of one policy: those kept apart by an axis are as many as the axis has values.
COUNTERS = 60
#: Values of their own that policies give, by axis.
OWN_VALUES = {
    "level": {"tertiary_special": "三级特等"},
    "cohort": {"miners": "矿工", "teachers": "教师"},
    "disease": {"gout": "痛风"},
    "item": {"imported_implant": "进口植入材料"},
}
PERIODS: tuple[dict[str, int], ...] = ({}, {}, {"ninety": 90}, {"month_long": 31, "fortnight": 14})
VISITS = ("layer0.visits", "layer1.visits", "late.visits", "pool.visits")


class Setting(msgspec.Struct, frozen=True):
    """What the parts of one policy have in common while it is drawn."""

    axes: dict[str, tuple[str, ...]]  # the axes that figures depend on, with their values
    scale: int  # fen: what a small amount of this policy is
    deep: frozenset[int]  # layers that may cut by cost
    indicators: tuple[str, ...]
    windows: tuple[str, ...]  # the vocabulary's, and the policy's own periods
    items: tuple[str, ...]  # item groups that bases may name
    visits_each: dict[str, str]  # for each visits counter the axis that keeps it apart, or ""
    counters: dict[str, str]  # those that some layer has by now, likewise; visits left out
    room: list[int]  # how many counters more there may be


# ---------------------------------------------------------------------------- settings and axes


@st.composite
def settings_of(
    draw: st.DrawFn,
    layers: int,
    known: Mapping[str, tuple[str, ...]],
    indicators: Iterable[str],
    periods: Iterable[str],
    items: tuple[str, ...],
) -> Setting:
    """Draw the axes and the size of money of one policy, and the layers that may cut by cost."""
    often = [*known, *[axis for axis in known if axis in BANDED] * 3]
    chosen = draw(st.lists(st.sampled_from(often), min_size=1, max_size=3, unique=True))
    axes = {axis: known[axis] for axis in chosen}
    cutting = draw(st.lists(st.integers(0, layers - 1), min_size=1, max_size=2))
    all_cut = draw(st.integers(0, 15)) == 15
    apart = st.sampled_from(("", "", "", *(axis for axis in axes if axis in AXES)))
    visits_each = {name: draw(apart) for name in VISITS}
    visits = sum(len(axes[axis]) if axis else 1 for axis in visits_each.values())
    return Setting(
        axes=axes,
        scale=draw(st.sampled_from((10_000, 100_000, 1_000, 100))),
        deep=frozenset(range(layers) if all_cut else cutting),
        indicators=tuple(indicators),
        windows=(*WINDOWS, *periods),
        items=items,
        visits_each=visits_each,
        counters={},
        room=[COUNTERS - visits],
    )


def own_values() -> st.SearchStrategy[dict[str, dict[str, str]]]:
    """Return a strategy for the values and item groups that a policy names itself."""
    some = st.lists(st.sampled_from(list(OWN_VALUES)), max_size=2, unique=True)
    return some.map(lambda axes: {axis: OWN_VALUES[axis] for axis in axes})


@st.composite
def all_bands(draw: st.DrawFn) -> dict[str, dict[str, int]]:
    """Draw the bands of the axes of numbers and of the bill's total: none, or two or three."""
    options: dict[str, tuple[dict[str, int], ...]] = {
        "age": (
            {"under_60": 0, "from_60": 60},
            {"child": 0, "grown": 18, "old": 70},
            {"any_age": 0},
        ),
        "months": ({"fresh": 0, "after_six": 6}, {"new": 0, "two_years": 24, "long": 254}),
        "enrolled_years": ({"young_member": 0, "ten_years": 10},),
        "zero_claim_years": ({"no_bonus": 0, "bonus": 1, "bonus_more": 4},),
        BILL_SIZE: (
            {"small_bill": 0, "large_bill": 30_000},
            {"tiny": 0, "middling": 1, "vast": HUGE - 1},
            {"whole_bill": 0},
            {"low_bill": 0, "high_bill": 1_000_000},
        ),
    }
    chosen = draw(st.lists(st.sampled_from(list(options)), max_size=2, unique=True))
    return {axis: draw(st.sampled_from(options[axis])) for axis in chosen}


@st.composite
def conditions(draw: st.DrawFn, setting: Setting) -> When:
    """Draw a condition on one or two of the policy's axes."""
    axes = draw(st.lists(st.sampled_from(list(setting.axes)), min_size=1, max_size=2, unique=True))
    return When({axis: frozenset(draw(some_of(setting.axes[axis]))) for axis in axes})


@st.composite
def rare_conditions(draw: st.DrawFn, setting: Setting, one_in: int) -> When:
    """Draw no condition, but one in so many times."""
    return draw(conditions(setting)) if draw(st.integers(1, one_in)) == one_in else When()


def some_of(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Return a strategy for one to three of `values`."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=min(3, len(values)), unique=True)


@st.composite
def figures(draw: st.DrawFn, setting: Setting, numbers: st.SearchStrategy[Figure]) -> Figure:
    """Draw a figure: mostly a number, else a switch over one of the axes, at times two deep."""
    depth = draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2)))
    return draw(switches(setting.axes, numbers, depth))


@st.composite
def switches(
    draw: st.DrawFn,
    axes: dict[str, tuple[str, ...]],
    numbers: st.SearchStrategy[Figure],
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


def whole_yuan(setting: Setting, most: int) -> st.SearchStrategy[Fraction]:
    """Return a strategy for whole-yuan amounts of up to `most` times the policy's scale."""
    in_scales = st.integers(0, most).map(lambda times: Fraction(times * setting.scale))
    if setting.scale % 100:
        return in_scales
    return in_scales | st.integers(1, most * setting.scale // 100).map(lambda n: Fraction(n * 100))


def yuan(setting: Setting, most: int) -> st.SearchStrategy[Figure]:
    """Return a strategy for whole-yuan amounts, multiples of indicators among them."""
    plain: st.SearchStrategy[Figure] = whole_yuan(setting, most)
    if not setting.indicators:
        return plain
    return plain | multiples(setting, (100, 1_000)) if setting.indicators else plain


@st.composite
def multiples(draw: st.DrawFn, setting: Setting, steps: tuple[int, ...]) -> Multiple:
    """Draw a multiple of an indicator (of whole hundreds of yuan): in percents, or by steps."""
    of = draw(st.sampled_from(setting.indicators))
    if draw(st.booleans()):
        return Multiple(of, Fraction(draw(st.integers(0, 300)), 100), 0, PLACE)
    factor = Fraction(draw(st.integers(0, 3_000_000)), 1_000_000)
    return Multiple(of, factor, draw(st.sampled_from(steps)), PLACE)


def fen(setting: Setting, most: int) -> st.SearchStrategy[Figure]:
    """Return a strategy for limits: often whole multiples of the scale, or any whole fen."""
    found = yuan(setting, most) | st.integers(0, most * setting.scale).map(Fraction)
    return found | multiples(setting, (1, 7)) if setting.indicators else found


def shares(fine: bool) -> st.SearchStrategy[Fraction]:
    """Return a strategy for shares: whole percent, or tenths of a percent when `fine`."""
    percent = 1_000 if fine else 100
    usual = st.sampled_from((85, 90, 70, 97, 91, 60, 55, 80, 100, 0))
    return usual.map(lambda n: Fraction(n, 100)) | st.integers(0, percent).map(
        lambda n: Fraction(n, percent)
    )


def factors(parts: int = 100) -> st.SearchStrategy[Fraction]:
    """Return a strategy for factors from 0 to 1.5, in hundredths or as said."""
    return st.integers(0, 3 * parts // 2).map(lambda n: Fraction(n, parts))


# -------------------------------------------------------------------------------- layers' pieces


@st.composite
def counters(
    draw: st.DrawFn, setting: Setting, layer: str, kind: str, per: str
) -> tuple[str, str] | None:
    """Draw a counter's name, the layer's own or one that others share, and what keeps it apart.

    None where the policy has no room for another counter.
    """
    owner = draw(st.sampled_from((layer, "pool")))
    apart = [axis for axis in setting.axes if axis in AXES]
    each = draw(st.sampled_from(("",) * 6 + tuple(apart)))
    for axis in (each, ""):
        name = f"{owner}.{kind}_{per}" + (f"_by_{axis}" if axis else "")
        if name in setting.counters:
            return name, axis
        cost = len(setting.axes[axis]) if axis else 1
        if cost <= setting.room[0]:
            setting.room[0] -= cost
            setting.counters[name] = axis
            return name, axis
    return None


@st.composite
def counted(
    draw: st.DrawFn, setting: Setting, layer: str, kind: str, windows: Sequence[str]
) -> tuple[str, str, str]:
    """Draw a window, and a counter of it: (window, name, what keeps it apart)."""
    per = draw(st.sampled_from(windows))
    found = None
    if per not in ("visit", BED_DAY):
        found = draw(counters(setting, layer, kind, per))
        per = per if found else "visit"
    return (per, *(found or ("", "")))


@st.composite
def deductibles(draw: st.DrawFn, setting: Setting, layer: str) -> Deductible | None:
    """Draw no deductible, or one of any window, by ordinal in any of three ways or by none."""
    if draw(st.integers(0, 3)) == 0:
        return None
    kind = draw(st.sampled_from(("plain", "plain", "list", "list", "later", "step")))
    falls = kind == "step"
    amount = figures(setting, whole_yuan(setting, 20) if falls else yuan(setting, 20))
    amounts = draw(st.lists(amount, min_size=2, max_size=3)) if kind == "list" else [draw(amount)]
    tenths = st.lists(figures(setting, factors(10)), min_size=1, max_size=3)
    floored = kind in ("later", "step") and draw(st.booleans())
    per, used, used_each = draw(
        counted(setting, layer, "deductible", ("visit", "year", *setting.windows))
    )
    own = VISITS[int(layer[-1])] if layer in ("layer0", "layer1") else "late.visits"
    visits = draw(st.sampled_from((own, "pool.visits"))) if kind != "plain" else f"{layer}.visits"
    return Deductible(
        per=per,
        amounts=tuple(amounts),
        later=tuple(draw(tenths)) if kind == "later" else (),
        step_down=draw(figures(setting, steps_down(setting))) if falls else None,
        floor=draw(figures(setting, yuan(setting, 10))) if floored else None,
        inside_first_band=draw(st.booleans()),
        visits=visits,
        visits_each=setting.visits_each[visits] if kind != "plain" else "",
        continued_counts=kind != "plain" and draw(st.booleans()),
        used=used,
        used_each=used_each,
        waived_after=draw(waivers(setting)),
        cap=draw(caps(setting, layer)) if draw(st.integers(0, 4)) == 4 else None,
        place=PLACE,
    )


def steps_down(setting: Setting) -> st.SearchStrategy[Figure]:
    """Return a strategy for steps by which a deductible falls in at most some 200 visits."""
    if setting.scale <= 1_000:
        return yuan(setting, 5)
    return st.integers(0, 50).map(lambda n: Fraction(n * setting.scale // 10))


@st.composite
def waivers(draw: st.DrawFn, setting: Setting) -> str:
    """Draw the counter that waives a deductible: mostly none, else one that some layer has."""
    if not setting.counters or draw(st.integers(0, 5)) < 5:
        return ""
    return draw(st.sampled_from(list(setting.counters)))


@st.composite
def caps(draw: st.DrawFn, setting: Setting, layer: str) -> Cap | None:
    """Draw a cap of the deductible in some window; None where there is no room for its counter."""
    per, used, each = draw(counted(setting, layer, "cap", ("year", *setting.windows[1:])))
    return Cap(per, draw(figures(setting, fen(setting, 40))), used, each) if used else None


@st.composite
def bands(draw: st.DrawFn, setting: Setting, fine: bool) -> tuple[Band, ...]:
    """Draw one to four bands whose bounds ascend whatever case is taken."""
    bounded = draw(st.sampled_from((0, 1, 1, 2, 3)))
    rows = []
    for number in range(bounded):
        lowest = (number + 1) * 20 * setting.scale
        offsets = st.integers(lowest, lowest + 10 * setting.scale).map(Fraction)
        if bounded == 1 and setting.indicators:  # a second bound might lie below a multiple
            offsets |= multiples_above_0(setting)
        depth = draw(st.sampled_from((0, 0, 0, 0, 0, 1)))
        upto = draw(switches(setting.axes, offsets, depth))
        rows.append(Band(upto, draw(figures(setting, shares(fine))), PLACE))
    rows.append(Band(None, draw(figures(setting, shares(fine))), PLACE))
    return tuple(rows)


def multiples_above_0(setting: Setting) -> st.SearchStrategy[Multiple]:
    """Return a strategy for multiples of indicators by at least one percent."""
    percents = st.integers(1, 500).map(lambda n: Fraction(n, 100))
    return st.builds(
        Multiple, st.sampled_from(setting.indicators), percents, st.just(0), st.just(PLACE)
    )


@st.composite
def adjustments(
    draw: st.DrawFn, setting: Setting, fine: bool, deductible: Deductible | None
) -> tuple[Adjust, ...]:
    """Draw up to four adjustments that leave shares exact and deductibles whole."""
    tenths = deductible is not None and bool(deductible.later)  # they are whole tenths of yuan
    values: dict[str, st.SearchStrategy[Figure]] = {
        "person_share_times": factors(),
        "fund_share_times": factors(),
        "add_points": st.integers(-25, 25).map(lambda points: Fraction(points, 100)),
        "at_least": shares(fine),
        "at_most": shares(fine),
        "deductible_times": factors(10 if tenths else 100),
        "deductible_plus": signed_yuan(setting),
        "deductible_at_least": yuan(setting, 15),
        "deductible_at_most": yuan(setting, 15),
    }
    if draw(st.booleans()):
        return ()
    factors_left, times_left = (1 if fine else 2), 1
    changes = []
    for change in draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=4)):
        if change.startswith("deductible_") and deductible is None:
            continue
        factors_left -= change.endswith("share_times")
        times_left -= change == "deductible_times"
        if change.endswith("share_times") and factors_left < 0:
            continue
        if change == "deductible_times" and times_left < 0:
            continue
        when = draw(conditions(setting)) if draw(st.integers(0, 3)) else When()
        value = draw(figures(setting, values[change]))
        changes.append(Adjust(when, change, value, CITES[0], PLACE))
    return tuple(changes)


def signed_yuan(setting: Setting) -> st.SearchStrategy[Figure]:
    """Return a strategy for whole-yuan amounts that are added, some of them negative."""
    return whole_yuan(setting, 10).map(lambda plus: plus - 3 * setting.scale)


@st.composite
def limit_adjustments(draw: st.DrawFn, setting: Setting) -> tuple[Adjust, ...]:
    """Draw up to three adjustments of a limit of whole yuan, at most one of them a factor."""
    values: dict[str, st.SearchStrategy[Figure]] = {
        "times": factors(),
        "plus": signed_yuan(setting),
        "at_least": yuan(setting, 40),
        "at_most": yuan(setting, 40),
    }
    names = draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True))
    return tuple(
        Adjust(
            draw(rare_conditions(setting, 2)),
            change,
            draw(figures(setting, values[change])),
            CITES[0],
            PLACE,
        )
        for change in names
    )


@st.composite
def ceilings(draw: st.DrawFn, setting: Setting, layer: str, deep: bool) -> tuple[Ceiling, ...]:
    """Draw up to three ceilings, no two with one counter; when `deep`, mostly at least one."""
    rows: dict[object, Ceiling] = {}
    for number in range(draw(st.sampled_from((int(deep), 1, 1, 2, 3)))):
        when = draw(rare_conditions(setting, 6))
        on = draw(st.sampled_from(("pay",) * 8 + ("cost",) * 3 + ("balance",)))
        if on == "balance":
            found = draw(counters(setting, "account", "balance", "lifetime"))
            if found:
                per, limit = "lifetime", Fraction(0)
                rows[found[0]] = Ceiling(per, on, limit, *found, when, (), PLACE)
            continue
        per, used, each = draw(
            counted(setting, layer, on, ("year", "visit", BED_DAY, *setting.windows))
        )
        adjusts = draw(limit_adjustments(setting)) if draw(st.integers(0, 3)) == 3 else ()
        whole = any(adjust.change == "times" for adjust in adjusts)
        most = 8 if per == BED_DAY else 80
        limits = yuan(setting, most) if whole else fen(setting, most)
        limit = draw(figures(setting, limits))
        rows[used or number] = Ceiling(per, on, limit, used, each, when, adjusts, PLACE)
    return tuple(rows.values())


# ----------------------------------------------------------------------------------------- bases


def meaning(name: str, setting: Setting, layers: int) -> frozenset[str]:
    """Return the parts that a name of a base means after so many layers."""
    left = {f"layer{one}.{part}" for one in range(layers) for part in REMAINDERS}
    items = {f"item.{group}" for group in setting.items}
    if name == "everything":
        return frozenset({*FOUR_AMOUNTS, *items, *left})
    if name == "rest":
        return frozenset(left)
    if name == "in_scope":
        return frozenset({name, *items})
    if name in REMAINDERS:
        return frozenset(part for part in left if part.endswith(f".{name}"))
    if name.endswith(".rest"):
        return frozenset(part for part in left if part.startswith(name.removesuffix("rest")))
    return frozenset({name})


@st.composite
def bases(
    draw: st.DrawFn, setting: Setting, earlier: Sequence[Sequence[Layer]], serves: When
) -> tuple[str, ...]:
    """Draw the base of the next layer: no part twice, and one that may hold something."""
    count = len(earlier)
    items = [f"item.{group}" for group in setting.items]
    sure = draw(st.sampled_from(sure_names(setting, earlier, serves)))
    names, covered = [sure], set(meaning(sure, setting, count))
    others = [*FOUR_AMOUNTS, *items]
    if count:
        owned = [*REMAINDERS, "rest"]
        others += [*REMAINDERS, *(f"layer{one}.{part}" for one in range(count) for part in owned)]
    for name in draw(st.lists(st.sampled_from(others), max_size=3)):
        meant = meaning(name, setting, count)
        if not meant & covered:
            names.append(name)
            covered |= meant
    return tuple(draw(st.permutations(names)))


def sure_names(setting: Setting, earlier: Sequence[Sequence[Layer]], serves: When) -> list[str]:
    """Return names of parts in which there may be something, those of most interest most often."""
    items = [f"item.{group}" for group in setting.items]
    if not earlier:
        return ["in_scope"] * 5 + items * 2 + ["everything"]
    wide = ["rest", "everything", "everything"]
    last = f"layer{len(earlier) - 1}"
    left = left_by(earlier[-1])
    if not left or (serves.axes and conditional(earlier)):
        return wide
    named = [f"{last}.{part}" for part in left] * 4 + left + [f"{last}.rest"] * 3
    return [*named, *wide, *items]


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
    if all(layer.first_share for layer in versions):
        parts.append("first_share")
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
    serves = draw(rare_conditions(setting, 5))
    may_cut = deep or all(ceiling.on == "cost" for ceiling in limits)
    tops_up: list[str] = []
    if earlier and draw(st.integers(0, 4)) == 0:
        tops_up = draw(some_of([f"layer{one}" for one in range(number)]))
    per, measured, measured_each = draw(
        counted(setting, name, "measured", ("visit", "visit", "year", "visit", *setting.windows))
    )
    first_share = draw(figures(setting, shares(fine))) if draw(st.integers(0, 5)) == 5 else None
    return Layer(
        name=name,
        fund=draw(st.sampled_from(list(FUNDS))),
        from_=from_,
        until=until,
        cite=CITES,
        provenance="unverified",
        base=draw(bases(setting, earlier, serves)),
        serves=serves,
        tops_up=tuple(sorted(tops_up)),
        first_share=first_share,
        deductible=deductible,
        bands=draw(bands(setting, fine)),
        bands_per=per,
        measured=measured,
        measured_each=measured_each,
        adjust=draw(adjustments(setting, fine, deductible)),
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
        serves = draw(rare_conditions(setting, 8))
        all_funds = draw(shares(True)) if draw(st.integers(0, 7)) == 7 else Fraction(1)
        versions.append(Benefit(name, from_, until, CITES, names, PLACE, serves, all_funds))
    return versions


@st.composite
def indicator_versions(draw: st.DrawFn, name: str) -> tuple[Indicator, ...]:
    """Draw a number of whole hundreds of yuan, published once or twice."""
    turns = sorted(draw(st.sets(st.sampled_from(TURNS), max_size=1)))
    amounts = st.integers(1, 60).map(lambda n: Fraction(n * 10_000))
    return tuple(
        Indicator(name, from_, until, draw(amounts), CITES, PLACE)
        for from_, until in itertools.pairwise([START, *turns, None])
        if from_ is not None
    )


@st.composite
def ranks(draw: st.DrawFn, axes: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Draw lists that say which of several values counts: mostly none, else for one axis."""
    named = [axis for axis in axes if axis in AXES and len(axes[axis]) > 1]
    if not named or draw(st.integers(0, 2)) < 2:
        return {}
    axis = draw(st.sampled_from(named))
    values = st.lists(st.sampled_from(axes[axis]), min_size=2, max_size=4, unique=True)
    return {axis: tuple(draw(values))}


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a valid policy: one to six layers over one to three benefits."""
    count = draw(st.sampled_from((1, 2, 2, 3, 3, 4, 5, 6)))
    values, banded = draw(own_values()), draw(all_bands())
    known = {axis: (*axis_values(axis), *values.get(axis, ())) for axis in AXES}
    known |= {axis: tuple(named) for axis, named in banded.items()}
    known = {axis: named for axis, named in known.items() if named}
    groups = st.sampled_from((*ITEM_GROUPS, *values.get("item", ())))
    indicators = draw(st.sampled_from(((), (), ("wage",), ("wage", "income"))))
    periods = {
        name: Period(name, days, CITES, PLACE, draw(st.booleans()))
        for name, days in draw(st.sampled_from(PERIODS)).items()
    }
    setting = draw(
        settings_of(
            count,
            known,
            indicators,
            periods,
            draw(st.just(()) | st.lists(groups, max_size=3, unique=True).map(tuple)),
        )
    )
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
        values=values,
        bands=banded,
        indicators={name: draw(indicator_versions(name)) for name in indicators},
        periods=periods,
        best_of=draw(ranks(setting.axes)),
        year_starts=draw(st.sampled_from((1, 1, 1, 7, 4, 12))),
        rule_by=draw(st.sampled_from(("date", "date", "date", "admitted", "discharged"))),
        benefits=benefits,
        layers={f"layer{number}": tuple(versions) for number, versions in enumerate(layers)},
        file="strategies.toml",
    )


# ---------------------------------------------------------------------------------------- claims


def numbers_in(figure: Figure | None, policy: Policy) -> Iterator[int]:
    """Yield every number a figure may take, rounded to the fen."""
    if isinstance(figure, Switch):
        for case in (*figure.cases.values(), figure.other):
            yield from numbers_in(case, policy)
    elif isinstance(figure, Multiple):
        for indicator in policy.indicators[figure.of]:
            yield round(figure.factor * indicator.amount)
    elif figure is not None:
        yield int(figure)


def all_layers(policy: Policy) -> list[Layer]:
    """Return all versions of all layers."""
    return [version for versions in policy.layers.values() for version in versions]


def edges(policy: Policy) -> list[int]:
    """Return the fen amounts at which something changes: deductibles, bounds, limits."""
    found = {0, 1, *policy.bands.get(BILL_SIZE, {}).values()}
    for layer in all_layers(policy):
        figures: list[Figure | None] = [band.upto for band in layer.bands]
        figures += [ceiling.limit for ceiling in layer.ceilings]
        if layer.deductible:
            figures += [*layer.deductible.amounts, layer.deductible.floor]
            figures.append(layer.deductible.cap.limit if layer.deductible.cap else None)
        found.update(number for figure in figures for number in numbers_in(figure, policy))
    return sorted(found)


def axes_of(policy: Policy) -> set[str]:
    """Return the axes that anything in the policy asks for."""
    text = repr((policy.layers, policy.benefits))
    return {axis for axis in AXIS_ORDER if f"'{axis}'" in text} | set(policy.best_of)


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
def stated_values(draw: st.DrawFn, policy: Policy) -> dict[str, Any]:
    """Draw values on the policy's axes, now and then unstated, or several where one counts."""
    found: dict[str, Any] = {}
    for axis in sorted(axes_of(policy) & set(AXES)):
        values: list[Any] = list(policy.axis_values(axis))
        if None in AXES[axis]:
            values = values * 9 + [None]
        found[axis] = draw(st.sampled_from(values))
        ranked = policy.best_of.get(axis, ())
        if ranked and draw(st.integers(0, 2)):
            found[axis] = tuple(draw(some_of(ranked)))
        elif len(named := policy.axis_values(axis)) > 1 and draw(st.integers(0, 60)) == 60:
            found[axis] = draw(st.permutations(named).map(lambda several: tuple(several[:2])))
    for axis in sorted(set(policy.bands) & set(NUMBERS)):
        bounds = [*policy.bands[axis].values(), NUMBERS[axis]]
        numbers = {max(bound + off, 0) for bound in bounds for off in (-1, 0)}
        if axis != "age":
            numbers.add(1_000)
        found[axis] = draw(st.sampled_from((*(sorted(numbers) * 9), None)))
    return found


@st.composite
def item_amounts(draw: st.DrawFn, policy: Policy, in_scope: int) -> dict[str, int]:
    """Draw how much of the in-scope amount belongs to which item group; rarely too much."""
    text = repr(policy.layers)
    known = (*ITEM_GROUPS, *policy.values.get("item", ()))
    asked = [group for group in known if f"'item.{group}'" in text]
    if draw(st.integers(0, 9)) == 9:
        asked.append("bed")
    if not asked or not draw(st.integers(0, 5)):
        return {}
    found, left = {}, in_scope
    for group in draw(some_of(asked)):
        amount = draw(st.sampled_from((left, left // 2, left // 3, 1, 0)))
        found[group] = min(amount, left)
        left -= found[group]
    if draw(st.integers(0, 60)) == 60:
        found[draw(st.sampled_from(list(found)))] += draw(
            st.sampled_from((-in_scope - 1, left + 1))
        )
    return found


@st.composite
def claims(draw: st.DrawFn, policy: Policy, date: dt.date, around: list[int]) -> Claim:
    """Draw one claim on `date`, with values on the policy's axes, now and then unstated."""
    rare = st.sampled_from((0, 0, 0, 0, 1))
    days = st.sampled_from((None, 0, 1, 2, 7, 10, 30, 400, 100_000))
    earlier = st.sampled_from((None, 0, 1, 10, 40, 200))
    offered = list(policy.benefits)
    other = next(name for name in BENEFITS if name not in offered)
    sizes = list(policy.bands.get(BILL_SIZE, {}).values())
    if sizes and draw(st.integers(0, 3)) == 3:  # a bill just as large as a bound, or a fen off
        rare = st.just(0)
        in_scope = max(draw(st.sampled_from(sizes)) + draw(st.integers(-1, 1)), 0)
    else:
        in_scope = draw(amounts(around))
    left = draw(earlier) if policy.rule_by != "date" else None
    stayed = draw(earlier) if policy.rule_by != "date" else None
    return Claim(
        benefit=draw(st.sampled_from((*(offered * 6), other))),
        date=date,
        in_scope_fen=in_scope,
        first_step_fen=draw(amounts(around)) if draw(rare) else 0,
        over_limit_fen=draw(amounts(around)) if draw(rare) else 0,
        full_self_pay_fen=draw(amounts(around)) if draw(rare) else 0,
        items=draw(item_amounts(policy, in_scope)),
        discharged=None if left is None else date - dt.timedelta(left),
        admitted=None if stayed is None else date - dt.timedelta(stayed + (left or 0)),
        days=draw(days),
        continues=draw(st.integers(0, 3)) == 3,
        **draw(stated_values(policy)),
    )


@st.composite
def person_years(draw: st.DrawFn, policy: Policy) -> list[Claim]:
    """Draw one to twelve claims of one person in order of date."""
    around = edges(policy)
    first = draw(st.sampled_from((START, dt.date(2020, 3, 30), *TURNS)))
    date = first + dt.timedelta(days=draw(st.sampled_from((0, 0, 0, 1, -1, 30))))
    steps = st.sampled_from((0, 0, 1, 1, 7, 13, 14, 30, 31, 89, 90, 200, 366))
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
    """Return the names of all counters of the policy, one for each value where kept apart."""
    kept = {(period.start, "") for period in policy.periods.values()}
    for layer in all_layers(policy):
        kept |= {(ceiling.used, ceiling.each) for ceiling in layer.ceilings}
        kept.add((layer.measured, layer.measured_each))
        deductible = layer.deductible
        if deductible is not None:
            kept.add((deductible.used, deductible.used_each))
            if deductible.counts_visits:
                kept.add((deductible.visits, deductible.visits_each))
            if deductible.cap is not None:
                kept.add((deductible.cap.used, deductible.cap.each))
    found = {name for name, each in kept if name and not each}
    return found | {
        f"{name}@{value}" for name, each in kept if each for value in policy.axis_values(each)
    }


@st.composite
def years_so_far(draw: st.DrawFn, policy: Policy) -> YearToDate:
    """Draw a year so far to begin with: counters at edges, one now and then near the limit."""
    around, counters = edges(policy), {}
    last = draw(st.sampled_from((START - dt.timedelta(days=1), START, None)))
    for name in sorted(counters_of(policy)):
        if name.partition("@")[0].endswith(".visits"):
            value = draw(st.integers(0, 3))
        elif name.endswith(".start"):
            value = draw(st.sampled_from((0, *(START.toordinal() - days for days in (0, 30, 90)))))
        else:
            value = draw(st.sampled_from((0, FEN_MAX - 1, *around)))
        if value:
            counters[name] = value
    return YearToDate(last, counters)
