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

from medsettle.compile import compile_policy
from medsettle.compile.image import HEADER
from medsettle.compile.meta import Meta
from medsettle.model import Claim, YearToDate
from medsettle.money import FEN_MAX
from medsettle.policy import load_policy
from medsettle.policy.document import Policy
from medsettle.policy.load import examine_text
from medsettle.reference import Outcome, Refused, in_force, settle
from medsettle.refusal import Status
from medsettle.vocabulary import AGE, AGE_UNSTATED, AXES, BENEFITS, axis_values
from tests.strategies import axes_of, edges

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EPOCH = dt.date(1970, 1, 1).toordinal()
WINDOWS = ("day", "month", "quarter", "year", "lifetime")
PERSONS = 150
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
    for path in sorted((ROOT / "policies").glob("*/*.toml")):
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
    if "level" in axes_of(policy):
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
    asked = axes_of(policy)
    axes: dict[str, Any] = {}
    for axis in sorted(asked - {AGE}):
        values: list[str | None] = list(axis_values(axis)) * 5
        axes[axis] = rng.choice([*values, None] if None in AXES[axis] else values)
    ages = [max(low + off, 0) for low in policy.age_bands.values() for off in (-1, 0, 20)] * 5
    offered = list(policy.benefits) * 8
    other = next(name for name in BENEFITS if name not in policy.benefits)
    return Claim(
        benefit=rng.choice([*offered, other]),
        date=date,
        in_scope_fen=_random_amount(rng, around),
        first_step_fen=_random_amount(rng, around) if rng.random() < 0.2 else 0,
        over_limit_fen=_random_amount(rng, around) if rng.random() < 0.1 else 0,
        full_self_pay_fen=_random_amount(rng, around) if rng.random() < 0.1 else 0,
        age=rng.choice([*ages, None]) if AGE in asked else None,
        **axes,
    )


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
        lines.append(" ".join(map(str, [*_given(row), *_answer(policy, meta, row, outcome)])))
    return "\n".join([str(len(lines)), *lines, ""])


def meta_of(image: bytes) -> Meta:
    """Return the names behind the numbers of an image."""
    offset, count = HEADER.unpack(image[: HEADER.size])[-2:]
    return msgspec.json.decode(image[offset : offset + count], type=Meta)


def _given(row: Row) -> list[int]:
    claim = row.claim
    codes = [list(values).index(getattr(claim, axis)) for axis, values in AXES.items()]
    if row.level is not None:
        codes[0] = row.level
    benefit = list(BENEFITS).index(claim.benefit) if row.benefit is None else row.benefit
    age = AGE_UNSTATED if claim.age is None else claim.age
    amounts = (
        claim.full_self_pay_fen, claim.over_limit_fen, claim.first_step_fen, claim.in_scope_fen,
    )  # fmt: skip
    day = claim.date.toordinal() - EPOCH
    return [row.person, int(row.given), day, benefit, *codes, age, *amounts]


def _answer(policy: Policy, meta: Meta, row: Row, outcome: Outcome | Status) -> list[int]:
    if isinstance(outcome, Status):
        return [int(outcome), 0, 0, *[0] * len(meta.funds), *[0] * len(meta.counters), 0]
    ytd: YearToDate = outcome.ytd
    answer = [0, outcome.deductible, outcome.cash]
    answer += [outcome.funds.get(fund, 0) for fund in meta.funds]
    answer += [ytd.counters.get(name, 0) for name in meta.counters]
    answer.append(len(outcome.steps))
    versions = [(layer.name, layer.from_) for layer in meta.layers]
    for step in outcome.steps:
        layer = in_force(policy.layers[step.layer], row.claim.date)
        assert layer is not None
        answer += [versions.index((layer.name, layer.from_.isoformat())), step.pay, int(step.cut)]
        for amount in (
            step.base, step.deductible, step.cost, step.copay, step.over_ceiling, step.person_share,
        ):  # fmt: skip
            answer += Fraction(amount).as_integer_ratio()
    return answer
