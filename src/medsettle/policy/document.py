"""The nouns of a policy: what a region's documents say, read once and never changed.

Money in a policy is whole fen, shares are exact fractions of one.  A *figure* may depend on axes:
it is then a `Switch`.  Dates are half-open, `[from_, until)`; amounts on bands are left-open,
`(above, upto]`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec

from medsettle.money import FEN_MAX


class Place(msgspec.Struct, frozen=True):
    """Where something stands in a policy file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    width: int = 1


class Source(msgspec.Struct, frozen=True):
    """A document that figures are cited from."""

    key: str
    title: str
    number: str = ""
    issued: dt.date | None = None
    url: str = ""
    note: str = ""


class Cite(msgspec.Struct, frozen=True):
    """A clause of a source, written `key#clause` in the file."""

    source: str
    clause: str = ""


class Switch(msgspec.Struct, frozen=True):
    """A figure that depends on one axis: a figure for each named value, and one for all others."""

    axis: str
    cases: Mapping[str, Figure]
    other: Figure | None = None


class Multiple(msgspec.Struct, frozen=True):
    """A figure that is a multiple of a dated indicator (平均工资、人均收入 …).

    Its value on a day is `factor` times the indicator's amount in force then, in fen, rounded
    half-up to whole `step` fen; with `step` 0 it must come out as whole fen.
    """

    of: str
    factor: Fraction
    step: int
    place: Place


#: A whole number of fen (130000), or an exact share of one (9/10); a multiple of an indicator; or a
#: choice between such by an axis.
Figure = Fraction | Multiple | Switch


class When(msgspec.Struct, frozen=True):
    """A condition on axes: every named axis has one of the listed values.  Empty: always."""

    axes: Mapping[str, frozenset[str]] = {}


class Cap(msgspec.Struct, frozen=True):
    """The most that deductibles may come to in a window (起付线累计上限)."""

    per: str  # a window, not "visit" or "bed_day"
    limit: Figure  # fen
    used: str  # counter of the deductibles taken
    each: str  # axis: the counter is kept apart for each of its values; "": one counter


class Deductible(msgspec.Struct, frozen=True):
    """What the person bears before a layer pays (起付线)."""

    per: str  # a window; "visit": due anew at each claim
    amounts: tuple[Figure, ...]  # fen, by the visit's ordinal in the year; the last goes on
    later: tuple[Figure, ...]  # shares of the only amount by later ordinal; the last goes on
    step_down: Figure | None  # fen by which the only amount falls with each later ordinal
    floor: Figure | None  # fen: `later` and `step_down` bring the amount no lower
    inside_first_band: bool  # bands are measured from the first fen of the base
    visits: str  # counter of visits that gives the ordinal
    visits_each: str  # axis: visits are counted apart for each of its values; ""
    continued_counts: bool  # a stay continued into a new year is a visit of that year
    used: str  # counter of what the window has seen; unused when per visit
    used_each: str  # axis, or ""
    waived_after: str  # counter: nothing is due once it is above 0; ""
    cap: Cap | None
    place: Place

    @property
    def counts_visits(self) -> bool:
        """Whether the amount depends on the visit's ordinal."""
        return len(self.amounts) > 1 or bool(self.later) or self.step_down is not None


class Band(msgspec.Struct, frozen=True):
    """The fund's share of the cost up to a bound (分段)."""

    upto: Figure | None  # fen; None: no bound
    share: Figure  # of one
    place: Place


class Adjust(msgspec.Struct, frozen=True):
    """One change of shares, of the deductible, or of a ceiling, for whom it concerns."""

    when: When
    change: str  # one of CHANGES, or in a ceiling of LIMIT_CHANGES
    value: Figure
    cite: Cite
    place: Place


#: What an adjustment of a layer may do, with the unit of its value.
CHANGES: Mapping[str, str] = {
    "add_points": "share",  # fund share + value
    "fund_share_times": "factor",  # fund share x value
    "person_share_times": "factor",  # 1 - (1 - fund share) x value
    "at_least": "share",  # fund share never below value
    "at_most": "share",  # fund share never above value
    "deductible_times": "factor",  # every deductible amount x value
    "deductible_plus": "fen",  # every deductible amount + value, never below 0
    "deductible_at_least": "fen",  # no deductible amount below value
    "deductible_at_most": "fen",  # no deductible amount above value
}

#: What an adjustment of a ceiling may do, with the unit of its value.
LIMIT_CHANGES: Mapping[str, str] = {
    "times": "factor",
    "plus": "fen",
    "at_least": "fen",
    "at_most": "fen",
}


#: The limit of a ceiling that only counts: as much as a counter may hold.
NO_LIMIT = Fraction(FEN_MAX)


class Ceiling(msgspec.Struct, frozen=True):
    """A limit of a layer (封顶线) on what it pays or on the cost it covers."""

    per: str  # a window; "visit", or "bed_day": so much for each day of the visit
    on: str  # "pay", "cost", or "balance": the counter `used` is a balance that payments consume
    limit: Figure  # fen; 0 for a balance
    used: str  # counter, shared by every ceiling of the same name; unused per visit and bed day
    each: str  # axis: the counter is kept apart for each of its values; ""
    when: When  # for whom the ceiling exists
    adjust: tuple[Adjust, ...]
    place: Place


class Layer(msgspec.Struct, frozen=True):
    """One payer's turn (支付层), as in force on the days [from_, until)."""

    name: str
    fund: str
    from_: dt.date
    until: dt.date | None
    cite: tuple[Cite, ...]
    provenance: str
    base: tuple[str, ...]  # parts: "in_scope", "copay", "LAYER.over_ceiling", ...
    serves: When
    tops_up: tuple[str, ...]  # earlier layers whose payments count toward this schedule
    first_share: Figure | None  # of the base: borne before anything else
    deductible: Deductible | None
    bands: tuple[Band, ...]
    bands_per: str  # a window: what the bands are measured on
    measured: str  # counter of the measure; unused when per visit
    measured_each: str  # axis, or ""
    adjust: tuple[Adjust, ...]
    ceilings: tuple[Ceiling, ...]
    hands_over: str  # "cost" or "payment"
    rounding: str
    note: str
    place: Place
    title: str = ""  # what people call it, in Chinese


class Benefit(msgspec.Struct, frozen=True):
    """Which layers run, in order, for one kind of visit, as in force on [from_, until)."""

    name: str
    from_: dt.date
    until: dt.date | None
    cite: tuple[Cite, ...]
    layers: tuple[str, ...]
    place: Place
    serves: When = When()  # for whom; any other claim has no figure
    all_funds_at_most: Fraction = Fraction(1)  # share of the bill that all layers may pay together


class Indicator(msgspec.Struct, frozen=True):
    """A published number that figures are multiples of, as in force on [from_, until)."""

    name: str
    from_: dt.date
    until: dt.date | None
    amount: Fraction  # fen
    cite: tuple[Cite, ...]
    place: Place


class Period(msgspec.Struct, frozen=True):
    """A window of `days` days that begins with the first claim after the one before (结算周期)."""

    name: str
    days: int
    cite: tuple[Cite, ...]
    place: Place
    within_stay: bool = False  # a claim that continues no stay begins a new one, too

    @property
    def start(self) -> str:
        """The counter that tells on which day the period began, counted as `date.toordinal()`."""
        return f"{self.name}.start"


class Policy(msgspec.Struct, frozen=True):
    """A region's scheme: every benefit and layer in all its dated versions."""

    region: str
    scheme: str
    title: str
    sources: Mapping[str, Source]
    values: Mapping[str, Mapping[str, str]]  # axis, or "item" -> own values -> Chinese title
    bands: Mapping[
        str, Mapping[str, int]
    ]  # by axis of BANDED: band -> lowest number; for `bill_size`,
    # the fen that the bill is above (the first band, from 0, holds 0 too)
    indicators: Mapping[str, tuple[Indicator, ...]]  # ascending by from_
    periods: Mapping[str, Period]
    best_of: Mapping[str, tuple[str, ...]]  # axis -> values, the best first
    year_starts: int  # month 1..12 on whose first day a year begins
    rule_by: str  # of RULE_DATES: which date picks the versions
    benefits: Mapping[str, tuple[Benefit, ...]]  # ascending by from_
    layers: Mapping[str, tuple[Layer, ...]]
    file: str

    @property
    def name(self) -> str:
        """Return `region/scheme`, the name `medsettle.load` takes."""
        return f"{self.region}/{self.scheme}"

    def axis_values(self, axis: str) -> tuple[str, ...]:
        """Return the named values of `axis` in code order: the vocabulary's, then the policy's."""
        from medsettle.vocabulary import BANDED, axis_values

        if axis in BANDED:
            return tuple(self.bands.get(axis, ()))
        return (*axis_values(axis), *self.values.get(axis, ()))


def switches(figure: Figure) -> Iterator[Switch]:
    """Yield the switches in a figure, outermost first."""
    if isinstance(figure, Switch):
        yield figure
        for case in figure.cases.values():
            yield from switches(case)
        if figure.other is not None:
            yield from switches(figure.other)


def figure_axes(figure: Figure) -> Iterator[str]:
    """Yield the axes that `figure` depends on, outermost first; an axis may come twice."""
    for switch in switches(figure):
        yield switch.axis
