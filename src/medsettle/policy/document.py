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


#: A whole number of fen (130000), or an exact share of one (9/10); or a choice between such by an
#: axis.
Figure = Fraction | Switch


class When(msgspec.Struct, frozen=True):
    """A condition on axes: every named axis has one of the listed values.  Empty: always."""

    axes: Mapping[str, frozenset[str]] = {}


class Deductible(msgspec.Struct, frozen=True):
    """What the person bears before a layer pays (起付线)."""

    per: str  # a window; "visit": due anew at each claim
    amounts: tuple[Figure, ...]  # fen, by the visit's ordinal in the year; the last goes on
    inside_first_band: bool  # bands are measured from the first fen of the base
    visits: str  # counter of visits that gives the ordinal
    used: str  # counter of what the window has seen; unused when per visit
    place: Place


class Band(msgspec.Struct, frozen=True):
    """The fund's share of the cost up to a bound (分段)."""

    upto: Figure | None  # fen; None: no bound
    share: Figure  # of one
    place: Place


class Adjust(msgspec.Struct, frozen=True):
    """One change of shares or of the deductible, for whom it concerns."""

    when: When
    change: str  # one of CHANGES
    value: Fraction
    cite: Cite
    place: Place


#: What an adjustment may do, with the unit of its value.
CHANGES: Mapping[str, str] = {
    "add_points": "share",  # fund share + value
    "fund_share_times": "factor",  # fund share x value
    "person_share_times": "factor",  # 1 - (1 - fund share) x value
    "at_least": "share",  # fund share never below value
    "at_most": "share",  # fund share never above value
    "deductible_times": "factor",  # every deductible amount x value
    "deductible_plus": "fen",  # every deductible amount + value, never below 0
}


class Ceiling(msgspec.Struct, frozen=True):
    """A limit of a layer (封顶线) on what it pays or on the cost it covers."""

    per: str  # a window
    on: str  # "pay" or "cost"
    limit: Figure  # fen
    used: str  # counter, shared by every ceiling of the same name; unused when per visit
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
    deductible: Deductible | None
    bands: tuple[Band, ...]
    bands_per: str  # a window: what the bands are measured on
    measured: str  # counter of the measure; unused when per visit
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


class Policy(msgspec.Struct, frozen=True):
    """A region's scheme: every benefit and layer in all its dated versions."""

    region: str
    scheme: str
    title: str
    sources: Mapping[str, Source]
    age_bands: Mapping[str, int]  # name -> lowest age in years, ascending
    benefits: Mapping[str, tuple[Benefit, ...]]  # ascending by from_
    layers: Mapping[str, tuple[Layer, ...]]
    file: str

    @property
    def name(self) -> str:
        """Return `region/scheme`, the name `medsettle.load` takes."""
        return f"{self.region}/{self.scheme}"

    def axis_values(self, axis: str) -> tuple[str, ...]:
        """Return the named values of `axis` in this policy; for `age`, the policy's bands."""
        from medsettle.vocabulary import AGE, axis_values

        return tuple(self.age_bands) if axis == AGE else axis_values(axis)


def figure_axes(figure: Figure) -> Iterator[str]:
    """Yield the axes that `figure` depends on, outermost first; an axis may come twice."""
    if isinstance(figure, Switch):
        yield figure.axis
        for case in figure.cases.values():
            yield from figure_axes(case)
        if figure.other is not None:
            yield from figure_axes(figure.other)
