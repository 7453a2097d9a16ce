"""What the C test programs read: images, and claims with what the oracle says of them.

`settle_cases.c` reads the text: a number of claims, then for each its values, the status, the
payments, the counters after it, and every step with exact amounts.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from medsettle import capacity
from medsettle.compile import compile_policy
from medsettle.compile.axes import layer_axes
from medsettle.compile.layout import HEADER
from medsettle.compile.meta import Meta
from medsettle.compile.program import item_groups
from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX
from medsettle.policy import load_policy
from medsettle.policy.document import Policy
from medsettle.policy.load import examine_text
from medsettle.policy.resolve import change_days, on_day
from medsettle.reference import Outcome, Refused, in_force, settle
from medsettle.refusal import Status
from medsettle.vocabulary import AXES, BENEFITS, CLAIM_AXES, NUMBERS, UNSTATED
from tests.strategies import axes_of, edges

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EPOCH = dt.date(1970, 1, 1).toordinal()
WINDOWS = ("day", "month", "quarter", "year", "lifetime")
PERSONS = 300
CUT_BENEFITS, CUT_SEARCHES = 8, 5


class Row(msgspec.Struct, frozen=True):
    """A claim as the kernel gets it: `codes` and `benefit` may be none of the vocabulary."""

    person: int
    claim: Claim
    given: int = 0  # a status the caller refuses it with
    benefit: int | None = None
    level: int | None = None
    status: Status | None = None  # expected where the oracle cannot be asked


def own_policies() -> Iterator[tuple[str, Policy]]:
    """Yield the policies of this folder, and those that ship, by name."""
    for path in sorted((HERE / "policies").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        windows = WINDOWS if '"WINDOW"' in text else ("",)
        for window in windows:
            policy, found = examine_text(text.replace('"WINDOW"', f'"{window}"'), path.name)
            assert policy is not None, found
            yield f"{path.stem}{window and '-'}{window}", policy
    for path in sorted((ROOT / "policies").glob("[1-9]*/*.toml")):
        if not path.name.endswith(".cases.toml"):
            yield f"{path.parent.name}-{path.stem}", load_policy(path)


def write_case(folder: Path, name: str, policy: Policy, rows: Iterable[Row]) -> tuple[Path, Path]:
    """Write the image and the cases file of a policy; return both."""
    image, cases = folder / f"{name}.mst", folder / f"{name}.txt"
    image.write_bytes(compile_policy(policy))
    cases.write_text(cases_text(policy, rows), encoding="ascii")
    return image, cases


# ---------------------------------------------------------------------------------------- claims


def random_rows(policy: Policy, seed: int, persons: int = PERSONS) -> Iterator[Row]:
    """Yield claims around everything that changes something in `policy`; the same every time."""
    rng = random.Random(seed)
    around = edges(policy)
    layers = [one for versions in policy.layers.values() for one in versions]
    turns = sorted({day for one in layers for day in (one.from_, one.until) if day is not None})
    turns += [dt.date(turns[-1].year + 1, month, 1) for month in (1, 2, 4, 7, 12)]
    for person in range(persons):
        date = rng.choice(turns) + dt.timedelta(days=rng.choice((-400, -1, 0, 0, 1, 30)))
        for _ in range(rng.randint(1, 10)):
            yield Row(person, _random_claim(policy, rng, date, around))
            date += dt.timedelta(days=rng.choice((0, 0, 1, 1, 7, 30, 31, 89, 200, 366, -1)))
        if person % 40 == 0:
            last = _random_claim(policy, rng, date, around)
            yield Row(person, last, given=Status.PERSON_SPLIT, status=Status.PERSON_SPLIT)


def directed_rows(policy: Policy, person: int) -> Iterator[Row]:
    """Yield claims whose status the oracle cannot be asked for, and bills of ten billion yuan."""
    name = next(iter(policy.benefits))
    date = policy.benefits[name][-1].from_
    level = "tertiary"
    plain = Claim(benefit=name, date=date, in_scope_fen=100_000, level=level, status="active")
    yield Row(person, plain, benefit=200, status=Status.BENEFIT_NOT_OFFERED)
    listed = [in_force(policy.layers[layer], date) for layer in policy.benefits[name][-1].layers]
    if any(layer is not None and "level" in layer_axes(layer) for layer in listed):
        yield Row(person, plain, level=77, status=Status.UNKNOWN_CODE)
    for field in ("full_self_pay_fen", "over_limit_fen", "first_step_fen", "in_scope_fen"):
        yield Row(person, msgspec.structs.replace(plain, **{field: -1}))
        yield Row(person, msgspec.structs.replace(plain, **{field: FEN_MAX + 1}))
    yield Row(person, msgspec.structs.replace(plain, full_self_pay_fen=FEN_MAX - 99_999))
    huge = msgspec.structs.replace(plain, in_scope_fen=FEN_MAX)
    for benefit in policy.benefits:
        for days in (0, 0, 1, 40):
            on = date + dt.timedelta(days=days)
            yield Row(person, msgspec.structs.replace(huge, benefit=benefit, date=on))
        person += 1
    full = msgspec.structs.replace(plain, in_scope_fen=0, full_self_pay_fen=FEN_MAX)
    yield Row(person, full)
    for benefit in policy.benefits:  # bills of a few fen, whose fractions matter most
        for fen in range(9):
            few = msgspec.structs.replace(plain, benefit=benefit, first_step_fen=fen)
            few = msgspec.structs.replace(few, in_scope_fen=fen * 50, over_limit_fen=fen * 50)
            yield Row(person + 1, few)
        person += 1


def cut_rows(policy: Policy, person: int, seed: int) -> Iterator[Row]:
    """Yield first claims of a year whose payments lie a fen around a ceiling, on either side."""
    rng = random.Random(seed)
    around = edges(policy)
    benefits = [one for versions in policy.benefits.values() for one in versions]
    for benefit in benefits[-CUT_BENEFITS:] * CUT_SEARCHES:
        claim = _random_claim(policy, rng, benefit.from_, [0, *around[:2]])
        claim = msgspec.structs.replace(claim, benefit=benefit.name)
        for layer in _layers_cut(policy, claim, 10**9):
            low, high = 0, 10**9
            while high - low > 1:
                middle = (low + high) // 2
                is_cut = layer in _layers_cut(policy, claim, middle)
                low, high = (low, middle) if is_cut else (middle, high)
            for amount in range(max(low - 4, 0), high + 4):
                yield Row(person, msgspec.structs.replace(claim, in_scope_fen=amount))
                person += 1


def _layers_cut(policy: Policy, claim: Claim, in_scope_fen: int) -> set[str]:
    try:
        outcome = settle(policy, msgspec.structs.replace(claim, in_scope_fen=in_scope_fen))
    except Refused:
        return set()
    return {step.layer for step in outcome.steps if step.cut}


def _random_claim(policy: Policy, rng: random.Random, date: dt.date, around: list[int]) -> Claim:
    offered = list(policy.benefits) * 8
    other = next(name for name in BENEFITS if name not in policy.benefits)
    in_scope = _random_amount(rng, around)
    told: dict[str, Any] = {}
    for name in ("admitted", "discharged"):
        if rng.random() < 0.5:
            told[name] = date - dt.timedelta(days=rng.choice((0, 1, 30, 400)))
    return Claim(
        benefit=rng.choice([*offered, other]),
        date=date,
        in_scope_fen=in_scope,
        first_step_fen=_random_amount(rng, around) if rng.random() < 0.2 else 0,
        over_limit_fen=_random_amount(rng, around) if rng.random() < 0.1 else 0,
        full_self_pay_fen=_random_amount(rng, around) if rng.random() < 0.1 else 0,
        items=_random_items(policy, rng, in_scope),
        days=rng.choice((None, 0, 1, 2, 9)),
        continues=rng.random() < 0.3,
        **told,
        **_random_axes(policy, rng),
    )


def _random_axes(policy: Policy, rng: random.Random) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    for axis in sorted(axes_of(policy) & set(CLAIM_AXES)):
        if axis in NUMBERS:
            lowest = policy.bands.get(axis, {}).values()
            around = [max(low + off, 0) for low in lowest for off in (-1, 0, 20)] * 5
            axes[axis] = rng.choice([*around, None])
        else:
            values: list[str | None] = list(policy.axis_values(axis)) * 5
            axes[axis] = rng.choice([*values, None] if None in AXES[axis] else values)
    return axes


def _random_items(policy: Policy, rng: random.Random, in_scope: int) -> dict[str, int]:
    items: dict[str, int] = {}
    for group in item_groups(policy):
        items[group] = rng.choice((0, 1, in_scope // 3, in_scope))
        if sum(items.values()) > in_scope and rng.random() < 0.9:
            items[group] = 0
    if items and rng.random() < 0.02:
        items[next(iter(items))] = -1
    return items


def _random_amount(rng: random.Random, around: list[int]) -> int:
    kind = rng.random()
    if kind < 0.01:
        return FEN_MAX // rng.choice((1, 3, 100))
    if kind < 0.3:
        return rng.randint(0, 2 * around[-1] + 10)
    if kind < 0.5:
        return rng.randint(0, 1 + rng.choice(around))
    amount = rng.choice(around) + (rng.choice(around) if kind < 0.8 else 0)
    return max(amount + rng.randint(-2, 2), 0)


# ---------------------------------------------------------------------------------------- answers


def cases_text(policy: Policy, rows: Iterable[Row]) -> str:
    """Return the cases file of the rows, which are settled one after the other by the oracle."""
    meta = meta_of(compile_policy(policy))
    lines: list[str] = []
    person, ytd = None, None
    for row in rows:
        if not _passes_the_doors(policy, meta, row.claim):
            continue
        if row.person != person:
            person, ytd = row.person, None
        outcome: Outcome | Status
        if row.status is not None:
            outcome = row.status
        else:
            try:
                outcome = settle(policy, row.claim, ytd)
                ytd = outcome.ytd
            except Refused as refused:
                outcome = Status[refused.code.upper()]
        numbers = [*_given(policy, meta, row), *_answer(policy, meta, row, outcome)]
        lines.append(" ".join(map(str, numbers)))
    return "\n".join([str(len(lines)), *lines, ""])


def meta_of(image: bytes) -> Meta:
    """Return the names behind the numbers of an image."""
    offset, count = HEADER.unpack(image[: HEADER.size])[-2:]
    return msgspec.json.decode(image[offset : offset + count], type=Meta)


def _passes_the_doors(policy: Policy, meta: Meta, claim: Claim) -> bool:
    """Tell whether a claim reaches the kernel: it knows no several values, and only its items."""
    several = ((axis, getattr(claim, axis)) for axis in AXES)
    known = all(
        set(value) <= set(policy.best_of.get(axis, ()))
        for axis, value in several
        if isinstance(value, tuple)
    )
    unknown = [fen for group, fen in claim.items.items() if group not in meta.items]
    return (
        known
        and not (unknown and sum(claim.items.values()) > claim.in_scope_fen)
        and (min(unknown, default=0) >= 0)
    )


def _given(policy: Policy, meta: Meta, row: Row) -> list[int]:
    claim = row.claim
    codes = [_code(policy, claim, axis) for axis in CLAIM_AXES]
    if row.level is not None:
        codes[0] = row.level
    codes += [0] * (capacity.AXES - len(codes))
    benefit = list(BENEFITS).index(claim.benefit) if row.benefit is None else row.benefit
    amounts = (
        claim.full_self_pay_fen, claim.over_limit_fen, claim.first_step_fen, claim.in_scope_fen,
    )  # fmt: skip
    items = [claim.items.get(group, 0) for group in meta.items]
    items += [0] * (capacity.ITEMS - len(items))
    days = -1 if claim.days is None else claim.days
    dates = [_day(claim.date), _day(_rule_date(policy, claim)), days, int(claim.continues)]
    return [row.person, int(row.given), *dates, benefit, *codes, *amounts, *items]


def _day(date: dt.date) -> int:
    return date.toordinal() - EPOCH


def _rule_date(policy: Policy, claim: Claim) -> dt.date:
    told: dt.date | None = getattr(claim, policy.rule_by)
    return told or claim.date


def _code(policy: Policy, claim: Claim, axis: str) -> int:
    value = getattr(claim, axis)
    if axis in NUMBERS:
        return UNSTATED if value is None else min(int(value), NUMBERS[axis])
    values: list[str | None] = [*AXES[axis], *policy.values.get(axis, ())]
    if isinstance(value, tuple):
        value = next(one for one in policy.best_of[axis] if one in value)
    return values.index(value)


def _answer(policy: Policy, meta: Meta, row: Row, outcome: Outcome | Status) -> list[int]:
    if isinstance(outcome, Status):
        return [int(outcome), 0, 0, *[0] * len(meta.funds), *[0] * len(meta.counters), 0]
    ytd: YearToDate = outcome.ytd
    answer = [0, outcome.deductible, outcome.cash]
    answer += [outcome.funds.get(fund, 0) for fund in meta.funds]
    answer += [ytd.counters.get(name, 0) for name in meta.counters]
    answer.append(len(outcome.steps))
    for step in outcome.steps:
        number = _version(policy, meta, step.layer, _rule_date(policy, row.claim))
        answer += [number, step.pay, int(step.cut)]
        for amount in (
            step.base, step.deductible, step.cost, step.copay, step.over_ceiling,
            step.person_share, step.first_share,
        ):  # fmt: skip
            answer += Fraction(amount).as_integer_ratio()
    return answer


def _version(policy: Policy, meta: Meta, name: str, day: dt.date) -> int:
    """Return the number of a layer's version in the image, with the indicators of the day."""
    layer = in_force(policy.layers[name], day)
    assert layer is not None
    known = [(one.name, one.from_) for one in meta.layers]
    numbers = [i for i, one in enumerate(known) if one == (name, layer.from_.isoformat())]
    earlier = []  # the same version with the indicators of earlier days
    for start in (start for start in change_days(policy) if layer.from_ <= start <= day):
        if _is_listed(policy, name, start):
            resolved = on_day(layer, policy, start)
            earlier += [] if resolved in earlier else [resolved]
    return numbers[earlier.index(on_day(layer, policy, day))]


def _is_listed(policy: Policy, layer: str, day: dt.date) -> bool:
    benefits = (in_force(versions, day) for versions in policy.benefits.values())
    return any(benefit is not None and layer in benefit.layers for benefit in benefits)
