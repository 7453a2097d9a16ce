"""The oracle: settles a claim straight from the policy, slowly, as `docs/semantics.md` says it.

It shares no arithmetic with the compiler or the kernel: everything here is a `Fraction`, and the
functions stand in the order of that page and carry its words.  Use it to check the kernel, never
to settle in bulk.

`year` is what the page says of the year so far, `rule` of choosing the rule, `bill` of parts and
layers; `settlement` puts them together.  `lines` splits fee lines, straight from the catalogue, as
`docs/bill.md` says it.
"""

from medsettle.reference.lines import LineSplit, split_lines
from medsettle.reference.rule import Refused, in_force
from medsettle.reference.settlement import Outcome, settle, settle_all

__all__ = [
    "LineSplit",
    "Outcome",
    "Refused",
    "in_force",
    "settle",
    "settle_all",
    "split_lines",
]
