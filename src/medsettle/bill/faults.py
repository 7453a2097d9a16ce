"""What is wrong with a catalogue as people write it: every message by its code.

K1 the rules file, K2 a file of items as a whole, K3 one row of it, K4 what is only worth a look.
The form of the rules file is told with the codes of policies.  A code never changes its meaning;
`docs/errors.md` has a heading for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from medsettle.policy.code import Code
from medsettle.policy.codes import CODES
from medsettle.policy.document import Place
from medsettle.policy.errors import PolicyError, Report

_FITTING: Final = "{suggestion}"
#: How the columns begin that a file of rejected rows has besides; readers leave them aside.
REJECT_PREFIX: Final = "reject_"

CATALOGUE_CODES: Final[dict[str, Code]] = {
    # K1: the rules file
    "K101": Code(
        "step left out",
        "`order` must name every step once; left out: {missing}",
        "a step that takes nothing does no harm: add it where the document has it",
    ),
    "K102": Code(
        "rules overlap",
        "there must be one version of the rules on a day, found two from {first}{end}",
        "close the older one: `until = {first}`",
    ),
    "K103": Code(
        "no rules",
        "there are no rules from {first}{end}: lines of these days are refused",
        severity="warning",
    ),
    "K104": Code(
        "shares of a group overlap",
        "group `{found}` must have one version on a day, found two from {first}{end}",
        "close the older one: `until = {first}`",
    ),
    "K105": Code(
        "gap in the shares of a group",
        "group `{found}` has no share from {first}{end}: then the items' own hold",
        severity="warning",
    ),
    "K106": Code(
        "prices not ascending",
        "`upto_yuan` must be above the range before, {before}, found {found}",
    ),
    "K107": Code(
        "bad price",
        "`{key}` must be yuan above 0, at most ten billion, at most six decimals, found {found}",
    ),
    "K108": Code(
        "bad local code",
        "`{key}` must be {expected}, found {found}",
        'for example `{{ prefix = "LC", length = 8, title = "自制制剂" }}`',
    ),
    "K109": Code(
        "mixed keys",
        "a table of shares must go by persons or by levels, found `{first}` beside `{found}`",
        "put one into the other, for example `{{ resident = {{ tertiary = 20, other = 10 }} }}`",
    ),
    "K110": Code(
        "bound on the last range",
        "the last range of prices must have no `upto_yuan`, found {found}",
        "write a last range without it: it holds for all prices above",
    ),
    # K2: a file of items
    "K201": Code(
        "not UTF-8",
        "the file must be UTF-8, found byte `{found}`",
        "if it is GBK or GB18030: iconv -f GB18030 -t UTF-8 {path} > NEW",
    ),
    "K202": Code("unreadable file", "the file must be a readable file of items, found {found}"),
    "K203": Code("unknown column", "column `{found}` is not known", _FITTING),
    "K204": Code("column twice", "a column must be there once, found `{found}` twice"),
    "K205": Code("missing column", "column `{found}` is missing; there are: {there}", _FITTING),
    "K206": Code(
        "broken rows",
        "row {row} cannot be split into cells: {reason}",
        "a quote may be left open, or carriage returns alone end the lines: end them with LF",
    ),
    "K207": Code("no Parquet", "the file cannot be read as Parquet: {reason}", _FITTING),
    "K208": Code(
        "inexact column",
        "column `{column}` is {found}, which is {why}",
        "write the column as text or decimal128",
    ),
    "K209": Code(
        "unknown kind of file",
        "the name must end in one of {options}, found `{found}`",
    ),
    "K210": Code(
        "no header",
        "the first line must be the columns of one form, found {found}",
        "rows of 1318 or 1319 as downloaded have none: keep the number in the file's name",
    ),
    # K3: one row
    "K301": Code("cells", "the row must have {expected} cells, found {found}"),
    "K302": Code("bad code", "{reason}"),
    "K303": Code("empty", "must not be empty"),
    "K304": Code("unknown name", "must be one of {options}, found `{found}`"),
    "K305": Code(
        "bad share", "must be a percentage from 0 to 100 of at most four decimals, found `{found}`"
    ),
    "K306": Code(
        "bad price",
        "must be yuan above 0, at most ten billion, at most six decimals, found `{found}`",
    ),
    "K307": Code(
        "bad quantity",
        "must be above 0, at most a hundred million, at most four decimals, found `{found}`",
    ),
    "K308": Code("bad date", "must be a day YYYY-MM-DD from {low} to {high}, found `{found}`"),
    "K309": Code("ends before it begins", "must be after `{begin}` {first}, found `{found}`"),
    "K310": Code("class and share", "{reason}"),
    "K311": Code(
        "two versions on a day",
        "the item must have one version on a day, found two on {first}: this one and {other}",
    ),
    "K312": Code("price ranges", "{reason}"),
    "K313": Code("refused with another row", "belongs to {what}, which was refused"),
    "K314": Code("half a limit", "`limit_quantity` and `limit_per` belong together"),
    "K315": Code("share or ceiling twice", "{reason}"),
    "K316": Code("bad cite", "{reason}"),
    "K317": Code("too many", "an item has at most {most} {what}, found {found}"),
    "K318": Code("bad text", "must be at most {most} printable characters, found {found}"),
    "K320": Code("item not listed", "no file of items lists `{found}`"),
    "K321": Code(
        "direct share",
        "type 20 is the share that the fund pays directly, from which no first-step share follows",
    ),
    "K322": Code(
        "share by price",
        "type 30 goes by the price, and the row does not tell the ranges: write them as rows with "
        "`price_upto_yuan`",
    ),
    "K323": Code(
        "unknown national code",
        "must be one of {options}, found `{found}`: name it under `[national]` of the rules",
    ),
    "K324": Code("national rows disagree", "says something else than {other} for {first}"),
    "K325": Code(
        "bad part", "must be a part of one, from 0 to 1, at most six decimals, found `{found}`"
    ),
    # K4: worth a look
    "K401": Code(
        "gap", "`{item}` has no version from {first} until {until}: its lines are refused then"
    ),
    "K402": Code("class A with a share of 100 %", "`{item}` is of class A and not covered"),
    "K403": Code("before the rules", "{count} before {first}, the first day of the rules"),
    "K404": Code(
        "share as a fraction",
        "`{item}` is of class B with a first share of {found} %: did you mean {percent} %?",
    ),
}


class Rejected(msgspec.Struct, frozen=True):
    """A row that cannot be used: where it stands, why, and what stood there.

    `record` are the cells by the names of their columns.
    """

    file: str
    row: int
    field: str
    code: str
    reason: str
    record: dict[str, str]

    def __str__(self) -> str:
        field = f"`{self.field}`: " if self.field else ""
        return f"{self.file}: row {self.row}: [{self.code}] {field}{self.reason}"


class Notice(msgspec.Struct, frozen=True):
    """Something that is no mistake but worth a look."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"warning[{self.code}]: {self.text}"


class CatalogueFileError(PolicyError):
    """A catalogue that cannot be used; `diagnostics` are all its mistakes, by place."""


class CatalogueReport(Report):
    """The mistakes found in one file of a catalogue so far."""

    codes: Mapping[str, Code] = {**CODES, **CATALOGUE_CODES}


class CellError(Exception):
    """What is wrong with a cell, on its way to the row's `Rejected`."""

    def __init__(self, code: str, field: str = "", **fields: object) -> None:
        super().__init__(code)
        self.code, self.field, self.fields = code, field, fields

    @property
    def reason(self) -> str:
        """The message, filled in."""
        return CATALOGUE_CODES[self.code].message.format(**self.fields)


def file_error(code: str, file: str, line: int = 1, **fields: object) -> CatalogueFileError:
    """Return the error that a whole file is refused with."""
    report = CatalogueReport(file)
    report.add(code, Place(file, line, 1), fields)
    return CatalogueFileError(report.diagnostics())


def notice(code: str, **fields: object) -> Notice:
    """Return a notice, its wording filled in."""
    return Notice(code, CATALOGUE_CODES[code].message.format(**fields))


def shown(text: str) -> str:
    """Return what a message shows of a cell."""
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return text if len(text) <= 40 else f"{text[:37]}..."
