"""Which payers' layers serve a claim, and on which days: read from the table's own image.

No rule is evaluated here that the kernel does not: a claim's chain is found in the image as the
kernel finds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from medsettle.compile.tables import Chain, Decompiled, LayerTable, ProgramTable, RowTable
from medsettle.money import PPM
from medsettle.vocabulary import BILL_SIZE

if TYPE_CHECKING:
    from medsettle.model import Claim
    from medsettle.table import BenefitTable

#: How a payer stands to a claim: its layers serve it; they do, but with a share or a ceiling of
#: nothing; the benefit has them, for other claims; the benefit has no figure for the claim.
SERVES: Final = "serves"
NOTHING: Final = "nothing"
OTHERS: Final = "others"
NO_FIGURE: Final = "no_figure"


class Days(NamedTuple):
    """The days [from_, until) without a break; None: no end."""

    from_: dt.date
    until: dt.date | None


class Payer(NamedTuple):
    """What the table says of one payer and one claim."""

    fund: str
    how: str | None  # on the claim's day: SERVES, NOTHING, OTHERS, NO_FIGURE; None: not offered
    days: Days | None  # on which it serves: those around the claim's, else the next, else the last
    cites: tuple[str, ...]  # clauses of its layers that serve; where none does, of all its layers


class Serving:
    """A table asked about one claim, whose values it knows."""

    def __init__(self, table: BenefitTable, claim: Claim) -> None:
        self.table, self.claim = table, claim
        self.image: Decompiled = table.decompiled
        self.day = table.rule_date(claim)
        self.program = self._program_on(self.day)

    def _program_on(self, day: dt.date) -> ProgramTable | None:
        """Return the program of the claim's benefit on a day; None where there is none."""
        for span in self.image.spans:
            if span.from_ <= day and (span.until is None or day < span.until):
                number = span.programs.get(self.claim.benefit)
                return None if number is None else self.image.programs[number]
        return None

    @property
    def asks_entitlement(self) -> bool:
        """Whether the benefit tells persons apart by how they are entitled."""
        return self.program is not None and "entitlement" in self.program.axes

    @property
    def offers(self) -> bool:
        """Whether the table has the benefit on any day."""
        return any(self.claim.benefit in span.programs for span in self.image.spans)

    def needs_days(self) -> bool:
        """Tell whether the claim does not say how many days, which its layers must know."""
        return self._needs_days(self.program)

    def _needs_days(self, program: ProgramTable | None) -> bool:
        chain = self._chain(program)
        return chain is not None and chain.needs_days and self.claim.days is None

    def _chain(self, program: ProgramTable | None) -> Chain | None:
        return None if program is None else self.image.chain_for(program, self.claim)

    def _links(self, program: ProgramTable, chain: Chain) -> Iterator[tuple[LayerTable, RowTable]]:
        """Yield the layers that serve, each with its numbers."""
        for use, row in chain.links:
            yield self.image.layers[program.uses[use].layer], self.image.rows[row]

    def payers(self) -> Iterator[Payer]:
        """Yield every payer of the benefit, in the order of its layers.

        On a day without the benefit: those that it has on other days; of a benefit that the table
        has not at all, every payer of the table.
        """
        programs = [self.program] if self.program is not None else self._programs()
        layers = (self._layers(program) for program in programs)
        funds = dict.fromkeys(layer.meta.fund for each in layers for layer in each)
        for fund in funds or self.table.meta.funds:
            how = None if self.program is None else self._how(self.program, fund)
            yield Payer(fund, how, self._days(fund), self.cites(fund))

    def _programs(self) -> list[ProgramTable]:
        numbers = (span.programs.get(self.claim.benefit) for span in self.image.spans)
        return [self.image.programs[number] for number in numbers if number is not None]

    def _layers(self, program: ProgramTable) -> list[LayerTable]:
        uses = sorted(program.uses, key=lambda use: use.position)
        return [self.image.layers[use.layer] for use in uses]

    def _how(self, program: ProgramTable, fund: str) -> str:
        """Return how a payer stands to the claim in a program that may have it."""
        chain = self._chain(program)
        if chain is None:
            return NO_FIGURE
        links = [link for link in self._links(program, chain) if link[0].meta.fund == fund]
        if not links:
            return OTHERS
        return SERVES if any(_can_pay(*link) for link in links) else NOTHING

    def _days(self, fund: str) -> Days | None:
        """Return the days without a break on which a payer serves the claim."""
        return self._nearest(
            lambda program: self._how(program, fund) == SERVES and not self._needs_days(program)
        )

    def offered(self) -> Days | None:
        """Return the days on which the table has the benefit, chosen as those of a payer."""
        return self._nearest(lambda program: True)

    def _nearest(self, holds: Callable[[ProgramTable], bool]) -> Days | None:
        """Return the days around the claim's, else the next, else the last, for which it holds."""
        runs: list[Days] = []
        for span in self.image.spans:
            number = span.programs.get(self.claim.benefit)
            if number is not None and holds(self.image.programs[number]):
                joins = bool(runs) and runs[-1].until == span.from_
                from_ = runs.pop().from_ if joins else span.from_
                runs.append(Days(from_, span.until))
        for run in runs:
            if run.until is None or self.day < run.until:
                return run
        return runs[-1] if runs else None

    def cites(self, fund: str) -> tuple[str, ...]:
        """Return the clauses of a payer's layers that serve; of all that it has where none does."""
        if self.program is None:
            return ()
        chain = self._chain(self.program)
        links = [] if chain is None else self._links(self.program, chain)
        serving = [layer for layer, _ in links if layer.meta.fund == fund]
        mine = [one for one in self._layers(self.program) if one.meta.fund == fund]
        cites = (cite for layer in serving or mine for cite in layer.meta.cite)
        return tuple(dict.fromkeys(self.table.clause(cite) for cite in cites))

    def would_serve(self, fund: str) -> dict[str, list[str]]:
        """Return the axes on which another value would bring a payer, with the values that do."""
        program = self.program
        if program is None:
            return {}
        image = self.image
        profile = {
            axis: lookup[image.claim_code(self.claim, axis)]
            for axis, lookup in zip(program.axes, program.lookups, strict=True)
        }
        found: dict[str, list[str]] = {}
        for axis in program.axes:
            if axis == BILL_SIZE:
                continue
            rest = sum(adds for other, adds in profile.items() if other != axis)
            for adds, values in image.classes(program, axis).items():
                chain = program.chains[rest + adds]
                links = () if chain is None else self._links(program, chain)
                if any(layer.meta.fund == fund and _can_pay(layer, row) for layer, row in links):
                    named = [value for value in values if value is not None]
                    found.setdefault(axis, []).extend(named)
        return {axis: values for axis, values in found.items() if values}


def _can_pay(layer: LayerTable, row: RowTable) -> bool:
    """Tell whether a layer could pay anything at all with these numbers."""
    if row.first_share_ppm == PPM or not any(band.share_ppm for band in row.bands):
        return False
    limits = zip(layer.ceilings, row.limits, strict=False)
    return all(limit != 0 for ceiling, limit in limits if ceiling.on != "balance")
