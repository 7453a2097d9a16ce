"""A person under a small policy: every visit is settled by the kernel and by the oracle.

    person = shape('''
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 300 }
        bands = [{ share_pct = 80 }]
    ''')
    paid = person.visit(1_000, date="2025-03-01")
    assert paid.deductible == 300
    assert paid.pooled == 560  # 1,000 - 300 = 700 x 80 %

What every policy says and no shape is about is filled in: region, scheme, title, one source `doc`,
`from`, `cite` and `provenance` of every entry, and, without any benefit, an inpatient benefit of
all layers in the order of the text.  `head=` holds what stands before the first section.

`person.another()` is a new person under the same policy.  Amounts are yuan.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from textwrap import dedent
from typing import Any, Final

import numpy as np

from medsettle import reference
from medsettle.compile import compile_policy
from medsettle.model import Claim, Step, YearToDate
from medsettle.money import fen_from_yuan, yuan
from medsettle.policy.document import Policy
from medsettle.policy.load import examine_text
from medsettle.refusal import ClaimError, Status
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from medsettle.vocabulary import AXES, CLAIM_AXES, FOUR_AMOUNTS, FUNDS

Yuan = int | str | Decimal

#: All persons made in the running test; `conftest.py` empties it.
PERSONS: Final[list[Person]] = []

HEAD: Final = """\
region = "999999"
scheme = "{scheme}"
title = "示例"
{head}

[source.doc]
title = "示例文件"
"""
#: What an entry says where it does not say otherwise.
SAID: Final = {
    "layer": {"from": "2010-01-01", "cite": '"doc#1"', "provenance": '"verified"'},
    "benefit": {"from": "2010-01-01", "cite": '"doc#1"'},
    "indicator": {"from": "2010-01-01", "cite": '"doc#1"'},
    "period": {"cite": '"doc#1"'},
}
#: The ends of lines that a section's header follows.
HEADER: Final = re.compile(r"\n(?=[ \t]*\[\[?[\w.]+\]\]?[ \t]*(?:\n|\Z))")
ENTRY: Final = re.compile(r"^\[+(?P<kind>\w+)\.(?P<name>\w+)\]+$")


def shape(text: str, head: str = "", scheme: str = "employee") -> Person:
    """Return a person under the policy; raise AssertionError with every error in it."""
    policy, table = _opened(whole(text, dedent(head), scheme))
    return Person(policy, table, {})


def diagnose(text: str, head: str = "", scheme: str = "employee") -> list[str]:
    """Return the codes of all that reader and checker say about the policy."""
    return [one.code for one in examine_text(whole(text, dedent(head), scheme), "shape.toml")[1]]


@functools.lru_cache(maxsize=32)
def _opened(text: str) -> tuple[Policy, BenefitTable]:
    policy, found = examine_text(text, "shape.toml")
    assert policy is not None, "\n".join(f"{one.code} {one.message}" for one in found) + "\n" + text
    return policy, BenefitTable(compile_policy(policy))


def whole(text: str, head: str, scheme: str) -> str:
    """Return the text with all that goes without saying."""
    text = dedent(text).strip()
    blocks = [_filled(block) for block in HEADER.split(text)]
    if "[[benefit." not in text:
        names = dict.fromkeys(re.findall(r"^\s*\[\[layer\.(\w+)\]\]", text, re.MULTILINE))
        layers = ", ".join(f'"{name}"' for name in names)
        blocks.append(_filled(f"[[benefit.inpatient]]\nlayers = [{layers}]"))
    if not re.search(r"^region *=", text, re.MULTILINE):
        blocks.insert(0, HEAD.format(scheme=scheme, head=head))
    return "\n\n".join(blocks) + "\n"


def _filled(block: str) -> str:
    """Return one section with the lines that it must have and does not."""
    header, *lines = block.split("\n")
    entry = ENTRY.match(header.strip())
    said = SAID.get(entry["kind"], {}) if entry else {}
    keys = {line.partition("=")[0].strip() for line in lines}
    if "amends" in keys:
        said = {"cite": '"doc#1"'}
    missing = [f"{key} = {value}" for key, value in said.items() if key not in keys]
    return "\n".join([header, *missing, *lines])


class Person:
    """A person's claims in order, and what is carried from one to the next."""

    def __init__(self, policy: Policy, table: BenefitTable, carried: Mapping[str, Yuan]) -> None:
        self.policy = policy
        self.table = table
        self.start = YearToDate(counters=_counters(carried))
        self.ytd = self.start
        self.claims: list[Claim] = []
        self.paid: list[Paid] = []
        PERSONS.append(self)

    def another(self, carried: Mapping[str, Yuan] | None = None) -> Person:
        """Return a new person under the same policy, with these counters (yuan; plain visits)."""
        return Person(self.policy, self.table, carried or {})

    def visit(
        self,
        in_scope: Yuan,
        date: str = "2025-03-01",
        benefit: str = "inpatient",
        items: Mapping[str, Yuan] | None = None,
        **said: Any,
    ) -> Paid:
        """Settle one claim by kernel and oracle, which must agree, and carry the year so far on.

        `said` are the other three amounts, values on axes, `admitted`, `discharged`, `days`,
        `continues`, and whatever else a claim may tell.
        """
        amounts = {name: said.pop(name, 0) for name in FOUR_AMOUNTS if name != "in_scope"}
        amounts["in_scope"] = in_scope
        fields: dict[str, Any] = {
            f"{name}_fen": fen_from_yuan(amount) for name, amount in amounts.items()
        }
        if items is not None:
            fields["items"] = {group: fen_from_yuan(one) for group, one in items.items()}
        for day in ("admitted", "discharged"):
            if day in said:
                fields[day] = dt.date.fromisoformat(said.pop(day))
        claim = Claim(benefit=benefit, date=dt.date.fromisoformat(date), **fields, **said)
        paid = self._settle(claim)
        self.claims.append(claim)
        self.paid.append(paid)
        return paid

    def _settle(self, claim: Claim) -> Paid:
        ours = _kernel(self.table, claim, self.ytd)
        theirs = _oracle(self.policy, claim, self.ytd)
        if isinstance(ours, str) or isinstance(theirs, str):
            assert ours == theirs, f"kernel: {ours}, oracle: {theirs}"
            return Paid(ours if isinstance(ours, str) else "", None, self.ytd)
        kernel_funds = {fund: fen for fund, fen in ours.funds_fen.items() if fen}
        assert kernel_funds == {fund: fen for fund, fen in theirs.funds.items() if fen}
        assert ours.steps == theirs.steps
        assert (ours.deductible_fen, ours.cash_fen) == (theirs.deductible, theirs.cash)
        assert ours.ytd == theirs.ytd
        _check_told(ours)
        self.ytd = ours.ytd
        return Paid(None, ours, self.ytd)

    def counter(self, name: str) -> Decimal | int:
        """Return a counter of the person in yuan; of visits, or a period's day, the number."""
        number = self.ytd.counters.get(name, 0)
        return number if _plain(name) else yuan(number)

    def check_batch(self) -> None:
        """Settle all claims at once, as columns, and find the same."""
        if not self.claims or self.start.counters:
            return
        out = self.table.settle_batch(_columns(self.claims))
        for row, paid in enumerate(self.paid):
            refused = Status(int(out["status"][row])).name.lower()
            refused = "bad_value" if refused == "unknown_code" else refused
            assert refused == (paid.refused or "ok"), f"row {row}: {refused}, {paid.refused}"
            amounts = paid.fen() if paid.settlement else {}
            for column, array in out.items():
                if column != "status":
                    assert int(array[row]) == amounts.get(column, 0), f"row {row}: {column}"


class Paid:
    """What was paid for one visit: `paid.pooled` and so on in yuan, or `paid.refused`."""

    def __init__(self, refused: str | None, settlement: Settlement | None, ytd: YearToDate) -> None:
        self.refused = refused
        self.settlement = settlement
        self.ytd = ytd

    @property
    def settled(self) -> Settlement:
        """The kernel's settlement; AssertionError when the claim was refused."""
        assert self.settlement is not None, f"refused: {self.refused}"
        return self.settlement

    def __getattr__(self, fund: str) -> Decimal:
        if fund not in FUNDS:
            raise AttributeError(fund)
        return yuan(self.settled.pay_fen(fund))

    @property
    def cash(self) -> Decimal:
        """What is left to the person."""
        return self.settled.cash

    @property
    def deductible(self) -> Decimal:
        """The deductible that the first layer took."""
        return self.settled.deductible

    @property
    def total_funds(self) -> Decimal:
        """What all funds pay together."""
        return self.settled.total_funds

    def step(self, layer: str) -> StepYuan:
        """Return what a layer did; AssertionError when it did not serve the claim."""
        steps = {step.layer: step for step in self.settled.steps}
        assert layer in steps, f"{layer} did not run; {', '.join(steps)} did"
        return StepYuan(steps[layer])

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that served the claim, in order."""
        return tuple(step.layer for step in self.settled.steps)

    def counter(self, name: str) -> Decimal | int:
        """Return a counter after the claim in yuan; of visits, or a period's day, the number."""
        number = self.ytd.counters.get(name, 0)
        return number if _plain(name) else yuan(number)

    def fen(self) -> dict[str, int]:
        """Return the columns of a batch that the settlement makes."""
        funds = {f"{fund}_fen": fen for fund, fen in self.settled.funds_fen.items()}
        rest = {"deductible_fen": self.settled.deductible_fen, "cash_fen": self.settled.cash_fen}
        return funds | rest


class StepYuan:
    """A step whose amounts are Decimal yuan, or a Fraction of yuan where they are no whole fen."""

    def __init__(self, step: Step) -> None:
        self.exact = step
        self.cut = step.cut

    def __getattr__(self, name: str) -> Decimal | Fraction:
        fen = Fraction(getattr(self.exact, name))
        return yuan(fen.numerator) if fen.denominator == 1 else fen / 100


def _check_told(settlement: Settlement) -> None:
    """Assert that steps, receipt and slip tell of every fen of the bill."""
    for step in settlement.steps:
        left = step.first_share + step.deductible + step.copay + step.over_ceiling
        assert step.base == step.pay + left
    receipt = settlement.receipt
    assert sum(line.pay_fen for line in receipt.lines) + receipt.cash_fen == receipt.total_fen
    for lang in ("zh", "en"):
        slip = settlement.explain(lang)
        assert all(
            step.layer in slip
            for step in settlement.steps
            if step.pay or step.fund not in ("own_account", "family_account")  # may be empty
        )


def _kernel(table: BenefitTable, claim: Claim, ytd: YearToDate) -> Settlement | str:
    try:
        return table.settle(claim, ytd)
    except ClaimError as error:
        return error.reason.name.lower()


def _oracle(policy: Policy, claim: Claim, ytd: YearToDate) -> reference.Outcome | str:
    try:
        return reference.settle(policy, claim, ytd)
    except reference.Refused as refused:
        return refused.code


def _plain(counter: str) -> bool:
    """Tell whether a counter is no money: a number of visits, or a day."""
    return counter.partition("@")[0].endswith((".visits", ".start"))


def _counters(carried: Mapping[str, Yuan]) -> dict[str, int]:
    return {
        name: int(value) if _plain(name) else fen_from_yuan(value)
        for name, value in carried.items()
    }


def _columns(claims: list[Claim]) -> dict[str, Any]:
    """Return one person's claims as the columns of a batch; what none of them tells is left out."""
    columns: dict[str, Any] = {
        "person": np.ones(len(claims), np.int64),
        "date": np.array([claim.date for claim in claims], "datetime64[D]"),
        "benefit": np.array([claim.benefit for claim in claims]),
    }
    for name in FOUR_AMOUNTS:
        columns[f"{name}_fen"] = np.array([getattr(c, f"{name}_fen") for c in claims], np.int64)
    for axis in CLAIM_AXES:
        stated = [getattr(claim, axis) for claim in claims]
        if any(value is not None for value in stated):
            columns[axis] = _axis_column(axis, stated)
    return columns | _visit_columns(claims) | _item_columns(claims)


def _axis_column(axis: str, stated: list[Any]) -> Any:
    if axis in AXES:
        texts = ["+".join(value) if isinstance(value, tuple) else value for value in stated]
        return np.array(texts, object)
    return np.array([-1 if number is None else number for number in stated], np.int64)


def _visit_columns(claims: list[Claim]) -> dict[str, Any]:
    """Return the columns `admitted`, `discharged`, `days` and `continues`, where told."""
    columns: dict[str, Any] = {}
    for name in ("admitted", "discharged"):
        if any(getattr(claim, name) for claim in claims):
            columns[name] = np.array([getattr(claim, name) for claim in claims], "datetime64[D]")
    if any(claim.days is not None for claim in claims):
        days = [-1 if claim.days is None else claim.days for claim in claims]
        columns["days"] = np.array(days, np.int64)
    if any(claim.continues for claim in claims):
        columns["continues"] = np.array([claim.continues for claim in claims], np.bool_)
    return columns


def _item_columns(claims: list[Claim]) -> dict[str, Any]:
    """Return a column of fen for each item group that a claim tells."""
    groups = dict.fromkeys(group for claim in claims for group in claim.items)
    return {
        f"item_{group}_fen": np.array([c.items.get(group, 0) for c in claims], np.int64)
        for group in groups
    }
