"""The compiled table, read back, is the policy; and so is the text in which it is printed.

`show --compiled` tells what the kernel evaluates.  Here every program of a table is compared, for
every combination of values or many of them, with what the oracle chooses straight from the policy,
which knows nothing of tables; and the printed text is parsed and compared with both.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from medsettle.compile import CompileError, compile_policy
from medsettle.compile.decompile import decompile
from medsettle.compile.listing import table_text
from medsettle.compile.tables import (
    Chain,
    Decompiled,
    LayerTable,
    ProgramTable,
    RowTable,
    SpanTable,
    UseTable,
)
from medsettle.load import shipped
from medsettle.model import Claim
from medsettle.money import PPM
from medsettle.policy import load_policy
from medsettle.policy.document import Benefit, Layer, Policy
from medsettle.reference.bill import Bill, amount_at, item_parts, parts_named
from medsettle.reference.rule import (
    Case,
    Refused,
    Rule,
    benefit_of,
    choose_rule,
    holds,
    listed,
    stated,
)
from medsettle.reference.year import (
    axes_kept,
    counter_windows,
    counters_of,
    names,
    visits_counter,
)
from medsettle.vocabulary import (
    AXES,
    BED_DAY,
    BENEFITS,
    BILL_SIZE,
    DATE_MAX,
    FOUR_AMOUNTS,
    NUMBERS,
    REMAINDERS,
)
from tests import builders, strategies
from tests.property import printed

#: Combinations of values that are tried of one program: all, where there are not more.
MANY, SOME = 400, 40


class Choice(NamedTuple):
    """What the oracle says of a claim: the benefit, its layers in order, and those serving it."""

    benefit: Benefit
    layers: list[Layer]
    rules: list[Rule]


def choice_of(policy: Policy, claim: Claim) -> Choice | None:
    """Return what the oracle chooses for a claim; None where it refuses it for want of a figure."""
    case = Case(policy, claim)
    benefit = benefit_of(case)
    layers = listed(case, benefit)
    try:
        if not holds(benefit.serves, case):
            return None
        serving = [layer for layer in layers if holds(layer.serves, case)]
        rules = [choose_rule(layer, case, axes_kept(policy)) for layer in serving]
    except Refused as refused:
        if refused.code != "no_figure":
            raise
        return None
    return Choice(benefit, layers, rules)


# ------------------------------------------------------------------------------------- the claims


def values_on(policy: Policy, axis: str) -> tuple[Any, ...]:
    """Return what a claim may state on an axis: every value, or a number of every band."""
    bands = policy.bands.get(axis, {})
    if axis == BILL_SIZE:
        return tuple(bound + more for bound in bands.values() for more in (0, 1))
    if axis in NUMBERS:
        return (None, *{*bands.values(), *(low - 1 for low in bands.values() if low)})
    values = (None, *policy.axis_values(axis))
    ranked = policy.best_of.get(axis, ())
    return (*values, ranked[::-1]) if len(ranked) > 1 else values


def claims_for(policy: Policy, program: ProgramTable, day: dt.date, most: int) -> Iterator[Claim]:
    """Yield a claim of `day` for every combination of values that the program asks for.

    On all other axes, which must not matter, it states anything.
    """
    pick = random.Random(day.toordinal())
    options = [values_on(policy, axis) for axis in program.axes]
    every = 1
    for values in options:
        every *= len(values)
    combinations: Iterator[tuple[Any, ...]] = itertools.product(*options)
    if every > most:
        combinations = (tuple(map(pick.choice, options)) for _ in range(most))
    others = [axis for axis in (*AXES, *NUMBERS) if axis not in program.axes]
    for combination in combinations:
        fields = dict(zip(program.axes, combination, strict=True))
        fields |= {axis: pick.choice(values_on(policy, axis)) for axis in others}
        in_scope = fields.pop(BILL_SIZE, 0)
        yield Claim(date=day, benefit=program.benefit, in_scope_fen=in_scope, days=1, **fields)


def days_of(span: SpanTable) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a span."""
    return span.from_, (span.until or DATE_MAX) - dt.timedelta(1)


# ---------------------------------------------------------------------------- rows, as both say it


def bands_wanted(rule: Rule) -> list[tuple[Fraction, Fraction | None, Fraction]]:
    bounds = [Fraction(0), *(upto for upto, _ in rule.bands[:-1] if upto is not None)]
    assert len(bounds) == len(rule.bands)
    return [(at, upto, s * PPM) for at, (upto, s) in zip(bounds, rule.bands, strict=True)]


def check_row(row: RowTable, rule: Rule) -> None:
    """Compare the numbers of a row with those that the oracle chose."""
    bands = [(band.at, band.upto, band.share_ppm) for band in row.bands]
    assert bands == bands_wanted(rule)
    assert row.first_share_ppm == rule.first_share * PPM
    borne = rule.deductible
    if borne is None:
        assert row.deductibles == ()
    else:
        for ordinal in range(len(row.deductibles) + 3):
            amount = row.deductibles[min(ordinal, len(row.deductibles) - 1)]
            assert amount == amount_at(borne, ordinal)
        if borne.cap is not None:
            assert row.cap == borne.cap.limit


def check_layer(layer: LayerTable, row: RowTable, rule: Rule) -> None:
    """Compare what a layer is, counts and is limited by."""
    it = rule.layer
    meta = layer.meta
    until = None if it.until is None else it.until.isoformat()
    assert (meta.name, meta.from_, meta.until) == (it.name, it.from_.isoformat(), until)
    assert (meta.fund, meta.provenance) == (it.fund, it.provenance)
    assert (layer.rounding, layer.hands_over) == (it.rounding, it.hands_over)
    borne = rule.deductible
    inside = borne is not None and borne.deductible.inside_first_band
    assert layer.inside_first_band == inside
    assert (layer.measured or "") == rule.measured
    assert (layer.visits or "") == (borne.visits if borne else "")
    assert (layer.used or "") == (borne.used if borne else "")
    assert (layer.waived_after or "") == (borne.waived_after if borne else "")
    assert (layer.cap or "") == (borne.cap.counter if borne and borne.cap else "")
    found = [
        (ceiling.on, None if ceiling.on == "balance" else limit, ceiling.counter or "",
         ceiling.per_day)
        for ceiling, limit in zip(layer.ceilings, row.limits, strict=False)
    ]  # fmt: skip
    wanted = [
        (one.ceiling.on, None if one.ceiling.on == "balance" else one.limit, one.counter,
         one.ceiling.per == BED_DAY)
        for one in sorted(rule.ceilings, key=lambda one: one.ceiling.on != "cost")
    ]  # fmt: skip
    assert found == wanted


# --------------------------------------------------------------------------------- parts of a bill


def bill_before(policy: Policy, earlier: list[str]) -> Bill:
    """Return a bill on which these layers have run and nothing was taken, as the oracle sees it."""
    parts = [*FOUR_AMOUNTS, *sorted(item_parts(policy))]
    parts += [f"{name}.{kind}" for name in earlier for kind in REMAINDERS]
    return Bill(
        total=0,
        payable=0,
        paid_by_funds=0,
        continues=False,
        parts=dict.fromkeys(parts, Fraction(0)),
        paid=dict.fromkeys(earlier, 0),
        borne={},
    )


def named_by(policy: Policy, layer: Layer, earlier: list[str]) -> set[str]:
    """Return the parts that a layer's base names after these layers."""
    bill = bill_before(policy, earlier)
    named = {part for name in layer.base for part in parts_named(name, bill)}
    return named & bill.parts.keys()


def check_parts(policy: Policy, choice: Choice, uses: list[UseTable]) -> None:
    """Compare which parts each layer that serves the claim really takes: what is still there."""
    left = {*FOUR_AMOUNTS, *item_parts(policy)}
    ran: list[str] = []
    for rule, use in zip(choice.rules, uses, strict=True):
        wanted = named_by(policy, rule.layer, ran) & left
        assert set(use.base) & left == wanted
        left = (left - wanted) | {f"{rule.layer.name}.{kind}" for kind in REMAINDERS}
        ran.append(rule.layer.name)


def check_use(policy: Policy, choice: Choice, use: UseTable, present: set[str]) -> None:
    """Compare the place of a layer among those that the benefit lists and that serve anybody."""
    order = [layer.name for layer in choice.layers]
    layer = choice.layers[use.position]
    earlier, later = order[: use.position], choice.layers[use.position + 1 :]
    lifted = [name for name in earlier if name in layer.tops_up and name in present]
    assert list(use.tops_up) == lifted
    over = f"{layer.name}.over_ceiling"
    takers = [
        it.name for it in later if over in named_by(policy, it, order[: order.index(it.name)])
    ]
    wanted = [name for name in takers if name in present]
    assert list(use.hands_over_to) == wanted


# ----------------------------------------------------------------------------------- whole programs


def check_chain(policy: Policy, choice: Choice, chain: Chain, claim: Claim) -> None:
    """Compare what a claim moves by being a visit, and whether it must tell its days."""
    case = Case(policy, claim)
    counting: dict[str, bool] = {}
    for deductible in (layer.deductible for layer in choice.layers):
        if deductible is not None and deductible.counts_visits:
            name = visits_counter(deductible.visits, deductible.visits_each, case)
            counting[name] = counting.get(name, False) or deductible.continued_counts
    counting.pop("", None)
    assert dict(zip(chain.visits, chain.continued_counts, strict=True)) == counting
    bed_days = [one.ceiling.per == BED_DAY for rule in choice.rules for one in rule.ceilings]
    assert chain.needs_days == any(bed_days)


def check_episodes(policy: Policy, program: ProgramTable, layers: list[Layer]) -> None:
    """Compare which counters start again with a stay or a period."""
    used = [kept for layer in layers for kept in counters_of(layer)]
    every = [kept for them in policy.layers.values() for it in them for kept in counters_of(it)]
    known = set(program_counters(program))
    for period in policy.periods.values():
        mine = [one for one in program.episodes if one.start == period.start]
        assert len(mine) == any(kept.per == period.name for kept in used)
        for episode in mine:
            assert (episode.days, episode.within_stay) == (period.days, period.within_stay)
            reset = {n for kept in every if kept.per == period.name for n in names(kept, policy)}
            assert set(episode.counters) <= reset
            assert reset & known <= set(episode.counters)
    stays = [kept for kept in used if kept.per in ("stay", "stay_in_year")]
    reset = {name for kept in stays for name in names(kept, policy)}
    found = {name for one in program.episodes if one.start is None for name in one.counters}
    assert found <= reset
    assert reset & known <= found


def program_counters(program: ProgramTable) -> Iterator[str]:
    for episode in program.episodes:
        yield from episode.counters


def check_claim(policy: Policy, table: Decompiled, program: ProgramTable, claim: Claim) -> None:
    """Compare a claim's chain, each link with its rule, with what the oracle chooses."""
    choice, chain = choice_of(policy, claim), table.chain_for(program, claim)
    assert (choice is None) == (chain is None)
    if choice is None or chain is None:
        return
    assert program.pay_at_most_ppm == choice.benefit.all_funds_at_most * PPM
    uses = [program.uses[use] for use, _ in chain.links]
    present = {table.layers[use.layer].meta.name for use in program.uses}
    assert [table.layers[use.layer].meta.name for use in uses] == [
        rule.layer.name for rule in choice.rules
    ]
    for use, (_, number), rule in zip(uses, chain.links, choice.rules, strict=True):
        assert choice.layers[use.position] is rule.layer
        check_row(table.rows[number], rule)
        check_layer(table.layers[use.layer], table.rows[number], rule)
        check_use(policy, choice, use, present)
    check_parts(policy, choice, uses)
    check_chain(policy, choice, chain, claim)


def check_text(
    policy: Policy, table: Decompiled, span: SpanTable, claim: Claim, text: printed.Printed
) -> None:
    """Compare what is printed for a claim with the rows that the image has for it."""
    days = span.from_.isoformat(), span.until.isoformat() if span.until else None
    told = text.programs[days][claim.benefit]
    program = table.programs[span.programs[claim.benefit]]
    case = Case(policy, claim)
    values = {axis: stated(axis, case) or "unstated" for axis in program.axes}
    chain = table.chain_for(program, claim)
    assert sum(printed.in_box(box, values) for box in told.refused) == (chain is None)
    order = [layer.name for layer in listed(case, benefit_of(case))]
    assert told.layers == [name for name in order if name in told.layers]
    for use, number in chain.links if chain else ():
        layer = table.layers[program.uses[use].layer]
        assert layer.meta.name in told.layers
        figures = printed.figures_of(table.rows[number], layer, table.windows)
        which = layer.meta.name, layer.meta.from_
        rows = text.rows(which, days[0], claim.benefit, values)
        assert len(rows) == 1
        figures.boxes = rows[0].boxes
        assert rows == [figures]


def check_days(policy: Policy, table: Decompiled) -> None:
    """Compare on which days which benefits are offered, on each side of every edge."""
    versions = [one for them in policy.benefits.values() for one in them]
    edges = {one.from_ for one in versions} | {one.until for one in versions if one.until}
    for day in sorted({edge - dt.timedelta(back) for edge in edges for back in (0, 1)}):
        spans = [s for s in table.spans if s.from_ <= day and (s.until is None or day < s.until)]
        assert len(spans) <= 1
        for benefit in BENEFITS:
            try:
                benefit_of(Case(policy, Claim(date=day, benefit=benefit, in_scope_fen=0)))
            except Refused:
                assert not any(benefit in span.programs for span in spans)
            else:
                assert benefit in spans[0].programs


def check_windows(policy: Policy, table: Decompiled, text: printed.Printed) -> None:
    """Compare over what each counter of the table counts."""
    wanted = counter_windows(policy)
    wanted |= {period.start: name for name, period in policy.periods.items()}
    assert table.windows == {name: wanted[name] for name in table.meta.counters}
    assert text.windows == table.windows


def check_all(policy: Policy, image: bytes, most: int, shown: str = "") -> None:
    """Compare a whole image, and its text, with the policy."""
    table, text = decompile(image), printed.read(shown or table_text(image))
    check_days(policy, table)
    check_windows(policy, table, text)
    for span in table.spans:
        for number in span.programs.values():
            program = table.programs[number]
            for day in days_of(span):
                for claim in claims_for(policy, program, day, most):
                    check_claim(policy, table, program, claim)
                    check_text(policy, table, span, claim, text)
            case = Case(policy, Claim(date=span.from_, benefit=program.benefit, in_scope_fen=0))
            check_episodes(policy, program, listed(case, benefit_of(case)))


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_tables_of_shipped_policies_say_what_the_policies_say(name: str) -> None:
    policy = load_policy(shipped()[name])
    check_all(policy, compile_policy(policy), MANY)


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_tables_of_random_policies_say_what_the_policies_say(data: st.DataObject) -> None:
    policy: Policy = data.draw(strategies.policies())
    try:
        image = compile_policy(policy)
    except CompileError as error:
        if "no common unit" not in str(error):
            raise
        reject()
    check_all(policy, image, SOME)


TOWN = builders.policy(
    builders.layer(
        deductible=builders.deductible(1_300, 650),
        bands=builders.bands((30_000, builders.pct(85)), (None, builders.pct(90))),
        adjust=(builders.adjust("add_points", builders.pct(5), status="retired"),),
        ceilings=(builders.ceiling(100_000),),
    ),
)


def test_a_policy_and_its_own_table() -> None:
    check_all(TOWN, compile_policy(TOWN), MANY)


@pytest.mark.parametrize("figure", ["1,300.00", "650.00", "30,000.00", "95%", "100,000.00"])
def test_a_wrong_figure_in_the_text_is_noticed(figure: str) -> None:
    image = compile_policy(TOWN)
    text = table_text(image)
    wrong = figure.replace("0", "1", 1) if "0" in figure else "96%"
    assert figure in text
    with pytest.raises(AssertionError):
        check_all(TOWN, image, MANY, text.replace(figure, wrong))


@pytest.mark.parametrize("change", ["share", "serves", "from", "fund", "base", "per"])
def test_the_table_of_another_policy_is_noticed(change: str) -> None:
    (layer,) = TOWN.layers["a"]
    other = {
        "share": {"bands": builders.bands((30_000, builders.pct(85)), (None, builders.pct(91)))},
        "serves": {"serves": builders.only(status="retired")},
        "from": {"from_": builders.FIRST_DAY - dt.timedelta(1)},
        "fund": {"fund": "other"},
        "base": {"base": ("full_self_pay",)},
        "per": {"ceilings": (builders.ceiling(100_000, per="month"),)},
    }[change]
    image = compile_policy(builders.policy(msgspec.structs.replace(layer, **other)))
    with pytest.raises(AssertionError):
        check_all(TOWN, image, MANY)
