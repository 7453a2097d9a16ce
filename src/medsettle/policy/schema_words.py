"""What each key of a policy is, in one line, as an editor shows it; by the table it stands in.

The full account is `docs/policy-language.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What several tables have in common.
_DATED: Final = {
    "from": "first day in force",
    "until": "first day no longer in force; without it, in force until something else is",
    "cite": "the clause that says so: `source#clause`, or a list of them",
}
_AMENDS: Final = "the version that this one changes, by its `from`; keys not written stay"

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "policy": {
        "region": "six digits, GB/T 2260; 000000 for layers that others inherit",
        "scheme": "employee or resident",
        "title": "the scheme's name in Chinese, with the region's",
        "inherits": "a policy beside this one whose layers and names hold here where not written",
        "serves": "for whom all benefits are, unless a benefit says otherwise on an axis",
        "year_starts": "month on whose first day a year begins; default 1",
        "rule_by": "which date of a claim picks the versions: date (default), admitted, discharged",
        "source": "documents by key; `cite` names them",
        "values": "own values of an axis of names, and own item groups, with their Chinese titles",
        "age": "bands of age: band = lowest age, ascending, the first from 0",
        "months": "bands of whole months enrolled without a break: band = lowest number, from 0",
        "enrolled_years": "bands of years enrolled without a break: band = lowest number, from 0",
        "zero_claim_years": "bands of years without a claim: band = lowest number, from 0",
        "bill_size_yuan": "bands of the bill's total: band = what the total is above; first 0",
        "best_of": "who has several values of an axis counts as the first in this list",
        "indicator": "published numbers that figures are multiples of, in dated versions",
        "period": "windows of N days that begin with a claim",
        "benefit": "for each kind of visit: which layers run, in order, in dated versions",
        "layer": "each payer's turn, in dated versions",
    },
    "source": {
        "number": "the document's number",
        "title": "the document's title",
        "issued": "the day it was issued",
        "url": "where it can be read",
        "note": "whether the official text was seen, and what else is to know",
    },
    "indicator": {**_DATED, "yuan": "the published number in yuan"},
    "period": {
        "days": "how many days the window has, from its first claim on",
        "within": '"stay": a claim that continues no stay begins a new one, too',
        "cite": _DATED["cite"],
    },
    "benefit": {
        **_DATED,
        "amends": _AMENDS,
        "layers": "layers in the order in which they pay",
        "serves": "for whom; any other claim is refused, not settled",
        "all_funds_at_most_pct": "percent of the bill that all layers may pay together",
    },
    "layer": {
        **_DATED,
        "amends": _AMENDS,
        "title": "the layer's name in Chinese, as people call it",
        "fund": "who pays",
        "provenance": "verified: official text seen; corroborated: two sources; else unverified",
        "note": "what was taken, and why, where sources disagree",
        "base": "the parts of the bill that the layer takes",
        "serves": "whom: axis = value, list of values, or { not = [values] }; all must hold",
        "tops_up": "earlier layers: this one lifts their payments and its own to its schedule",
        "first_share_pct": "percent of the base that stays with the person before anything else",
        "deductible": "what the person bears before the layer pays",
        "bands_per": "window that the bands are measured on; default visit",
        "measured": "counter of the bands' measure; default LAYER.measured",
        "measured_each": "axis: the measure is kept apart for each of its values",
        "bands": "the fund's share by bands, ascending; the last without `upto_yuan`",
        "adjust": "changes of shares and deductible for some, in order",
        "ceilings": "the most that the layer pays, or the cost it covers",
        "hands_over": "what a ceiling on pay hands over: cost (default) or payment",
        "rounding": "layer (default), band or cumulative",
    },
    "band": {
        "upto_yuan": "upper bound in yuan, included; the last band has none",
        "share_pct": "the fund's share in percent",
    },
    "deductible": {
        "per": "window in which it is due once",
        "amount_yuan": "the amount, or a list by the visit's ordinal in the year (last goes on)",
        "later_pct": "percents of the one amount from the second visit on (the last goes on)",
        "each_later_minus_yuan": "by how much every later visit's amount is below the one before",
        "at_least_yuan": "later visits bring the amount no lower",
        "inside_first_band": "true: bands are measured from the first fen",
        "visits": "counter of visits that gives the ordinal; default LAYER.visits",
        "visits_each": "axis: visits are counted apart for each of its values",
        "continued_counts": "true: a stay continued into a new year is a visit of that year",
        "used": "counter of the window; default LAYER.deductible",
        "used_each": "axis: the counter is kept apart for each of its values",
        "waived_after": "counter: nothing is due any more once it is above 0",
        "cap": "the most that deductibles come to in a window",
    },
    "cap": {
        "per": "window",
        "yuan": "the most that deductibles come to in it",
        "used": "counter; default LAYER.deductible_cap",
        "used_each": "axis: the counter is kept apart for each of its values",
    },
    "adjust": {
        "when": "for whom; default: always",
        "cite": "the clause that says so; default: the layer's",
        "add_points_pct": "the fund's share plus so many points",
        "fund_share_times": "the fund's share times this",
        "person_share_times": "the person's share times this",
        "at_least_pct": "the fund's share is at least this",
        "at_most_pct": "the fund's share is at most this",
        "deductible_times": "every deductible amount times this",
        "deductible_plus_yuan": "every deductible amount plus this",
        "deductible_at_least_yuan": "no deductible amount below this",
        "deductible_at_most_yuan": "no deductible amount above this",
    },
    "ceiling": {
        "per": "window, or bed_day: so much for each day of the visit",
        "pay_yuan": "the most that the layer pays",
        "cost_yuan": "the most cost that it covers",
        "counts": "pay or cost: count without a limit, for `waived_after` elsewhere",
        "balance": "counter: the layer pays at most what it holds, and takes it from there",
        "when": "for whom the ceiling exists; default: always",
        "used": "counter; one name in several layers is one shared ceiling",
        "used_each": "axis: the counter is kept apart for each of its values",
        "adjust": "changes of the limit for some, in order",
    },
    "limit_adjust": {
        "when": "for whom; default: always",
        "cite": "the clause that says so; default: the layer's",
        "times": "the limit times this",
        "plus_yuan": "the limit plus this",
        "at_least_yuan": "the limit is at least this",
        "at_most_yuan": "the limit is at most this",
    },
    "multiple": {
        "of": "the indicator",
        "times": "so many times the indicator",
        "pct": "so many percent of the indicator",
        "round_to_yuan": "rounded half-up to whole steps of so many yuan; without it, exact",
    },
}
