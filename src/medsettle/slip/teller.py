"""One settlement being told in one language: its table read back, its layers, and their names."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from medsettle.compile.tables import CeilingTable
from medsettle.money import FEN_PER_YUAN, half_up, yuan_text
from medsettle.slip.counting import Counted
from medsettle.slip.given import Bill
from medsettle.slip.languages import WORDS
from medsettle.slip.outlook import BalanceLeft, Outlook, outlook
from medsettle.slip.runs import LayerRun, layer_runs
from medsettle.vocabulary import AGE, AXES, BED_DAY, BILL_SIZE, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medsettle.settlement import Settlement

#: Fractions of a fen are shown to so many decimals of a yuan.
DECIMALS_SHOWN: Final = 4
ITEM: Final = "item"


def money(fen: Fraction | int) -> str:
    """Return an amount in yuan; a fraction of a fen with more decimals, `≈` where they go on."""
    exact = Fraction(fen)
    if exact.denominator == 1:
        return yuan_text(int(exact))
    unit = 10**DECIMALS_SHOWN
    scaled = exact * unit / FEN_PER_YUAN
    whole = half_up(abs(scaled))
    about = "" if scaled.denominator == 1 else "≈"
    sign = "-" if exact < 0 else ""
    return f"{about}{sign}{whole // unit:,}.{whole % unit:0{DECIMALS_SHOWN}d}"


class Teller:
    """A settlement, its language, and everything by name."""

    def __init__(self, settlement: Settlement, lang: str, bill: Bill | None = None) -> None:
        """Read the table back; `lang` is "zh" or "en", else ValueError.

        `bill` tells what item groups are called that only its catalogue knows.
        """
        if lang not in WORDS:
            raise ValueError(f"`lang` must be one of {', '.join(WORDS)}, found {lang!r}")
        self.settlement = settlement
        self.claim = settlement.claim
        self.words = WORDS[lang]
        self.groups = {} if bill is None else dict(bill.group_titles)
        self.table = settlement.table.decompiled
        self.values = settlement.table.names.values(settlement.claim)
        self.runs = layer_runs(settlement, self.table)
        self.sharing = {run.step.layer for run in self.runs if run.row.first_share_ppm}

    @property
    def told(self) -> list[LayerRun]:
        """What the layers did, without accounts in which there was nothing."""
        return [run for run in self.runs if not run.is_empty_account]

    @functools.cached_property
    def outlook(self) -> Outlook:
        """What the next bill will meet."""
        return outlook(self.settlement, self.table)

    @functools.cached_property
    def balances(self) -> tuple[BalanceLeft, ...]:
        """What is left in the accounts in which there was something before this bill.

        An account that nobody told of is as empty to the table as one with nothing in it, and a
        balance of 0.00 would be a claim about it.
        """
        empty = {run.layer.meta.name for run in self.runs if run.is_empty_account}
        return tuple(one for one in self.outlook.balances if one.layer not in empty)

    @functools.cached_property
    def layers(self) -> dict[str, tuple[str, str]]:
        """The title and the fund of every layer, by name; of a version that ran, its own."""
        metas = [*self.table.meta.layers, *(run.layer.meta for run in self.runs)]
        return {meta.name: (meta.title, meta.fund) for meta in metas}

    def spoken(self, layer: str) -> str:
        """Return what a layer is called in a sentence to the person."""
        return self.words.spoken(layer, *self.layers[layer])

    def called(self, run: LayerRun, layer: str) -> str:
        """Return what a layer is called in the steps of the slip."""
        return self.words.layer(layer, run.ran[layer])

    def item(self, group: str) -> str:
        """Return an item group."""
        return self.words.item(group, {**self.groups, **self.table.meta.values.get(ITEM, {})})

    def window(self, name: str) -> str:
        """Return a stretch of time."""
        return self.words.window(name, self.table.meta.periods)

    def window_of(self, ceiling: CeilingTable) -> str:
        """Return the stretch of time of a ceiling."""
        if ceiling.counter:
            return self.window(self.table.windows[ceiling.counter])
        return self.window(BED_DAY if ceiling.per_day else "visit")

    def counter(self, counted: Counted) -> str:
        """Return what a counter counts, in words: whose, what, and what it is kept apart for."""
        words = self.words
        if counted.role == "start":
            period = counted.name.partition("@")[0].removesuffix(".start")
            told = words.role_of.format(self.window(period), words.roles["start"])
        else:
            whose = words.listed.join(map(self.spoken, counted.layers)) or counted.name
            told = words.role_of.format(whose, words.roles[counted.role])
        if value := counted.kept_apart_for:
            told += words.in_brackets.format(self._value(value))
        return told

    def _value(self, value: str) -> str:
        """Return a value of whichever axis has it; a band's name stays as it is."""
        for axis in AXES:
            own = self.table.meta.values.get(axis, {})
            if value in AXES[axis] or value in own:
                return self.words.named(axis, value, own)
        return value

    def stated(self, axis: str, *, default: bool = False) -> str:
        """Return what the claim states on an axis; "" for a default, unless that is asked for."""
        if axis in NUMBERS:
            number = getattr(self.claim, axis)
            return "" if number is None else self.words.numbers[axis].format(number)
        if axis == BILL_SIZE:
            return self.words.numbers[axis].format(money(self.claim.total_fen))
        own = self.table.meta.values.get(axis, {})
        name = self.words.named if default else self.words.value
        return name(axis, self.values[axis], own)

    def who_and_where(self) -> Iterator[str]:
        """Yield all that the claim states on its axes, in the order of slips."""
        first = ("level", "status", AGE)
        axes = (*first, *(axis for axis in (*AXES, *NUMBERS) if axis not in first))
        yield self.words.benefit(self.claim.benefit)
        yield from filter(None, map(self.stated, axes))

    def stay(self) -> Iterator[str]:
        """Yield what the claim tells of the visit, beside its date."""
        claim, words = self.claim, self.words
        for told, value in (
            (words.admitted, claim.admitted),
            (words.discharged, claim.discharged),
            (words.days, claim.days),
        ):
            if value is not None:
                yield told.format(value)
        if claim.continues:
            yield words.continues
        if self.settlement.table.rule_date(claim) != claim.date:
            yield words.rule_date.format(self.settlement.table.rule_date(claim))
