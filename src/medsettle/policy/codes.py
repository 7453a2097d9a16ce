"""Every message by code: P1 form, P2 values, P3 references, P4 dates, P5 sense, P6 limits, P7 pins.

A code never changes its meaning; one that is given up is not used again.  `docs/errors.md` has a
heading for each, `tests/bad/` an example.
"""

from __future__ import annotations

from typing import Final

from medsettle.policy.code import Code
from medsettle.policy.national_codes import NATIONAL_CODES

CODES: Final[dict[str, Code]] = {
    # P1: syntax and form
    "P101": Code("not valid TOML", "not valid TOML: {reason}", "{suggestion}"),
    "P102": Code("unreadable file", "the policy must be a readable file, found {found}"),
    "P103": Code(
        "not UTF-8",
        "the text must be UTF-8, found byte `{found}`",
        "save the file as UTF-8 without a byte order mark",
    ),
    "P104": Code("too large", "{what} must have at most {limit}, found {found}"),
    "P105": Code("nested too deep", "tables and lists must not be nested deeper than {limit}"),
    "P106": Code(
        "empty file",
        "a policy must have a head, benefits and layers, found nothing",
        'begin with `region = "110000"` and `scheme = "employee"`',
    ),
    "P107": Code(
        "byte order mark",
        "the text must begin with its first key, found a byte order mark",
        "save the file as UTF-8 without a byte order mark",
    ),
    "P108": Code("NUL", "the file must be text, found a NUL character"),
    "P110": Code("unknown key", "unknown key `{found}`{where}", "{suggestion}"),
    "P111": Code("missing key", "{where} must have `{key}`", "{suggestion}"),
    "P112": Code(
        "wrong type",
        "`{key}` must be {expected}, found {found}",
        "write it as in `{example}`",
    ),
    "P113": Code(
        "not a list of tables",
        "every version of `{key}` must stand under `[[{key}]]`, found {found}",
        "write `[[{key}]]` with two brackets on each side",
    ),
    "P114": Code(
        "bad name",
        "a name must be a lower-case letter, then lower-case letters, digits and `_`, "
        "found `{found}`",
        "{suggestion}",
    ),
    "P115": Code("empty", "`{key}` must not be empty"),
    "P116": Code("named twice", "`{key}` must name everything once, found `{found}` twice"),
    "P117": Code(
        "not exactly one",
        "{where} must have exactly one of {options}, found {found}",
    ),
    "P118": Code("idle key", "`{key}` only has a meaning {when}", "leave out `{key}`"),
    "P119": Code("reserved name", "`{found}` is a name of the vocabulary and cannot name {what}"),
    "P120": Code(
        "cases file",
        "the file must be a policy, found the worked examples of one",
        "{suggestion}",
    ),
    "P122": Code(
        "own name twice",
        "a name of the policy must stand for one thing, found `{found}` twice",
        "give one of them another name",
    ),
    "P123": Code("one too many", "{where} must have at most one of {options}"),
    "P124": Code(
        "nothing to inherit from",
        "`inherits` must name a policy in a folder beside this one's, found {found}: {reason}",
    ),
    "P125": Code(
        "amends no version",
        "`amends` must be the `from` of an earlier version of {what}, found {found}",
        "earlier versions begin on {days}",
    ),
    "P126": Code(
        "ambiguous name",
        "an item group must not end in `_fen`, as columns of fen do, found `{found}`",
        "write `{better}`",
    ),
    # P2: values
    "P201": Code(
        "bad region code",
        "`region` must be six digits of GB/T 2260, found {found}",
        'write the code as text, for example `region = "110000"`',
    ),
    "P202": Code("no whole fen", "`{key}` must be whole fen, two decimals, found {found}"),
    "P203": Code("negative amount", "`{key}` must be {at_least}, found {found}"),
    "P204": Code(
        "absurd amount",
        "`{key}` must be at most ten billion yuan, found {found}",
        "amounts are in yuan: write 万元 out, for example `{key} = 300_000` for 30万元",
    ),
    "P205": Code(
        "no plain number",
        "`{key}` must be a finite number of at most {digits} decimals, found {found}",
        "write the figure as printed in the document, for example `{key} = {example}`",
    ),
    "P207": Code(
        "share out of range",
        "`{key}` must be from {low} to {high}, found {found}",
        "write the figure as printed in the document, for example `{key} = {example}`",
    ),
    "P208": Code(
        "share too fine",
        "`{key}` must be whole parts per million, four decimals of a percent, found {found}",
    ),
    "P209": Code(
        "factor out of range",
        "`{key}` must be from {low} to {high}, found {found}",
        "a factor is written as such, for example `{key} = {example}` for {percent}%",
    ),
    "P210": Code("unknown name", "{what} must be one of {options}, found {found}", "{suggestion}"),
    "P211": Code(
        "mixed axes",
        "the keys of one table must be values of one axis, found `{first}` of `{axis}` and "
        "`{second}` of `{other}`",
        "put one table into the other, for example "
        "`{{ {first} = {{ {second} = 1, other = 2 }}, other = 3 }}`",
    ),
    "P212": Code(
        "value of no axis",
        "the keys of `{key}` must be values of an axis, found `{found}`",
        "{suggestion}",
    ),
    "P213": Code(
        "no axis",
        "`{key}` must name a value of an axis, found only `other`",
        "write the figure alone if it depends on nothing: `{key} = {figure}`",
    ),
    "P214": Code(
        "axis twice",
        "`{key}` must ask for an axis once, found `{axis}` inside `{axis}`",
    ),
    "P215": Code(
        "bad cite",
        "`{key}` must be `source#clause` or `source`, found {found}",
        'name a source of the head, with the clause (`cite = "rules#第三十六条"`) or alone '
        '(`cite = "rules"`)',
    ),
    "P216": Code(
        "bad lowest number",
        "the lowest {what} of a band must be whole {unit} from 0 to {high}, found {found}",
    ),
    "P217": Code(
        "no bound",
        "every band but the last must have `upto_yuan`",
        "write the amount the band ends at, for example `upto_yuan = 30_000`",
    ),
    "P218": Code(
        "bound on the last band",
        "the last band must have no `upto_yuan`, found {found}",
        "write a last band without it, for example `{{ share_pct = 0 }}`; a limit belongs under "
        "`ceilings`",
    ),
    "P219": Code("bad text", "`{key}` must be {expected}, found {found}"),
    "P220": Code(
        "whole number out of range", "`{key}` must be whole, from {low} to {high}, found {found}"
    ),
    "P221": Code(
        "axis of numbers",
        "`{key}` must name an axis of names, one of {options}, found `{axis}`, which is a number",
        "tell these persons apart by an axis of names, for example by own values of `cohort`",
    ),
    "P222": Code(
        "multiple of no amount",
        "`{key}` must be a number or a table of numbers, found a multiple of an indicator",
        "only amounts of yuan may be multiples",
    ),
    # P3: references
    "P301": Code(
        "unknown source", "`cite` must name a source of the head, found `{found}`", "{suggestion}"
    ),
    "P302": Code("unused source", "source `{found}` is never cited", severity="warning"),
    "P303": Code(
        "unknown layer",
        "`{key}` must name layers of this policy, found `{found}`",
        "{suggestion}",
    ),
    "P304": Code(
        "unused layer",
        "no benefit lists layer `{found}` while this version is in force",
        severity="warning",
    ),
    "P305": Code("unknown part", "`base` must name parts, found `{found}`", "{suggestion}"),
    "P306": Code(
        "part of a later layer",
        "`base` must name earlier layers, found `{found}`, which no benefit runs before `{layer}`",
    ),
    "P307": Code(
        "part named twice",
        "`base` must name every part once, found `{part}` in `{first}` and in `{second}`",
    ),
    "P308": Code(
        "topping up a later layer",
        "`tops_up` must name earlier layers, found `{found}`, which no benefit runs before "
        "`{layer}`",
    ),
    "P309": Code(
        "counter of two windows",
        "a counter must have one window, found `{found}` per {first} and per {second}",
        'give one of them a name of its own, for example `{key} = "{example}"`',
    ),
    "P310": Code(
        "counter of two kinds",
        "a counter must count one thing, found `{found}` for {first} and for {second}",
        'give one of them a name of its own, for example `{key} = "{example}"`',
    ),
    "P311": Code(
        "two ceilings, one counter",
        "two ceilings of one layer must not share a counter, found `{found}` twice",
        'give one of them a name of its own, for example `used = "{example}"`',
    ),
    "P312": Code(
        "bad counter name",
        "`{key}` must be {expected}, found `{found}`",
        'for example `{key} = "{example}"`',
    ),
    "P313": Code(
        "unknown indicator",
        "`of` must name an indicator of the head, found `{found}`",
        "{suggestion}",
    ),
    "P314": Code(
        "waived after nothing",
        "`waived_after` must name a counter of fen that some layer moves, found `{found}`",
        "{suggestion}",
    ),
    "P315": Code(
        "counter kept apart in two ways",
        "a counter must be kept apart by one axis, found `{found}` {first} and {second}",
        'give one of them a name of its own, for example `{key} = "{example}"`',
    ),
    "P316": Code("idle name", "nothing asks for the {what} `{found}`", severity="warning"),
    # P4: dates
    "P401": Code(
        "no date",
        "`{key}` must be a date, found {found}",
        "write the day without quotes, for example `{key} = 2025-01-01`",
    ),
    "P402": Code("ends before it begins", "`until` must be after `from` {first}, found `{found}`"),
    "P403": Code(
        "benefit versions overlap",
        "benefit `{name}` must have one version on a day, found two from {first}{end}",
        "close the older one: `until = {first}`",
    ),
    "P404": Code(
        "layer versions overlap",
        "layer `{name}` must have one version on a day, found two from {first}{end}",
        "close the older one: `until = {first}`",
    ),
    "P405": Code(
        "gap",
        "benefit `{benefit}` lists layer `{layer}`, which has no version in force from "
        "{first}{end}",
        "end this version of the benefit there, or write the layer's version for these days",
    ),
    "P406": Code("improbable date", "`{key}` must be from {low} to {high}, found {found}"),
    "P407": Code(
        "indicator versions overlap",
        "indicator `{name}` must have one version on a day, found two from {first}{end}",
        "close the older one: `until = {first}`",
    ),
    "P408": Code(
        "gap of an indicator",
        "layer `{layer}` asks for indicator `{found}`, which has no version in force from "
        "{first}{end}",
        "write the indicator's version for these days",
    ),
    # P5: sense
    "P501": Code(
        "bands not ascending",
        "`upto_yuan` must be above the band before, {before}, found {found}{cell}",
    ),
    "P502": Code(
        "share clamped",
        "adjusted share {found} % is taken as {taken} %{cell}",
        severity="warning",
    ),
    "P503": Code(
        "adjusted share too fine",
        "adjusted share must be whole parts per million, found {found} %{cell}",
    ),
    "P504": Code(
        "adjusted deductible no whole fen",
        "adjusted deductible must be whole fen, found {found} yuan{cell}",
    ),
    "P505": Code("idle ceiling", "the ceiling is never reached: {reason}", severity="warning"),
    "P506": Code("idle band", "the band is never reached: {reason}", severity="warning"),
    "P507": Code(
        "bands of numbers not ascending",
        "{what} bands must begin at 0 and ascend, found `{found}` {after}",
    ),
    "P508": Code(
        "adjustment for nobody",
        "the layer does not serve `{found}`, so this {what} never concerns it",
        severity="warning",
    ),
    "P509": Code(
        "figure for nobody",
        "the layer does not serve `{found}`, so this figure is never used",
        severity="warning",
    ),
    "P510": Code(
        "base always empty",
        "layer `{layer}` can never have anything: in no benefit is something left in its base",
    ),
    "P511": Code(
        "part always empty",
        "`{found}` is always empty before `{layer}`: {reason}",
        severity="warning",
    ),
    "P512": Code(
        "adjusting no deductible",
        "`{key}` must change a deductible, found none in layer `{layer}`",
    ),
    "P513": Code(
        "idle other",
        "`other` stands for nobody: every value of `{axis}` is named",
        severity="warning",
    ),
    "P514": Code(
        "axis without values",
        "`{axis}` must have {what} under `[{head}]`, found none",
        "write them at the head: `[{head}]`, then `{example}`",
    ),
    "P515": Code("idle bands", "nothing depends on the `[{head}]` bands", severity="warning"),
    "P516": Code(
        "more than a table holds",
        "a benefit table holds at most {most} {what}, found {found}",
    ),
    "P517": Code(
        "share as a fraction",
        "`{key}` is in percent, from 0 to 100, found {found}",
        "did you mean `{name} = {percent}`?",
        severity="warning",
    ),
    "P518": Code(
        "value left out",
        "no figure for {found}, for which layer `{layer}` has others: such claims are refused",
        "write `{value} = …` here, or `other = …`",
        severity="warning",
    ),
    "P519": Code(
        "counter shared in one bill",
        "layers `{first}` and `{second}` run in one benefit and share the counter `{found}`: what "
        "the first counts the second no longer has, so a larger bill can bring less",
        'give one of them a name of its own, for example `{key} = "{example}"`',
        severity="warning",
    ),
    "P520": Code(
        "adjusted ceiling no whole fen",
        "adjusted limit of a ceiling must be whole fen, found {found} yuan{cell}",
    ),
    "P521": Code(
        "multiple no whole fen",
        "this multiple of `{found}` must be whole fen",
        "say how it is rounded, for example `round_to_yuan = 1`",
    ),
    "P522": Code(
        "serious illness from the first fen",
        "layer `{layer}` takes copays of layers before and has no deductible for anybody: serious "
        "illness insurance begins above a line",
        'write it, for example `deductible = {{ per = "year", amount_yuan = 10_000 }}`; if the '
        "document has none, tell that in `note`",
        severity="warning",
    ),
    "P523": Code(
        "later version pays less",
        "from {first} layer `{layer}` pays {later} yuan where it paid {before} yuan{cell}: of "
        "{amount} yuan in its base, at the first visit of a year",
        "if the document says so, tell it in the version's `note`",
        severity="warning",
    ),
    "P524": Code(
        "comes to an absurd amount",
        "{what} must be at most ten billion yuan, found {found} yuan{cell}",
        "amounts are in yuan, and a factor of 150 % is `1.5`",
    ),
    "P525": Code(
        "no common unit",
        "shares of `{layer}` and {number} layers before it have no common unit in 128 bits{cell}",
        'their ceilings hand over cost: `hands_over = "payment"`, or shares of fewer decimals',
    ),
    # P6: national limits
    **NATIONAL_CODES,
    # P7: worked examples
    "P701": Code(
        "figure not pinned",
        "no example pins `{key}`{whom}: with {tried} instead of {found} all come out the same",
        "add an example {remedy}",
        severity="warning",
    ),
}
