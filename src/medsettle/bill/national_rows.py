"""Rows of the national interface: price ceilings (1318) and first-step shares (1319) of items.

They tell no name and no class: a file of items does, and these rows cut its versions in time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from medsettle.bill.cells import PRICE_MAX, scaled
from medsettle.bill.codes import code_error
from medsettle.bill.faults import REJECT_PREFIX, CellError, Rejected, file_error, shown
from medsettle.bill.items import LocalCode
from medsettle.bill.national_form import NationalForm
from medsettle.bill.rows_file import NULL
from medsettle.bill.words import OVER_PRICE
from medsettle.money import PPM
from medsettle.vocabulary import DATE_MAX, DATE_MIN

#: The fields of both, in the order in which a download without a header has them; more may follow.
FIELDS: Final = {
    "1318": (
        "hilist_code", "hilist_lmtpric_type", "overlmt_dspo_way", "insu_admdvs", "begndate",
        "enddate", "hilist_pric_uplmt_amt", "vali_flag",
    ),
    "1319": (
        "hilist_code", "selfpay_prop_psn_type", "selfpay_prop_type", "insu_admdvs", "begndate",
        "enddate", "selfpay_prop", "vali_flag",
    ),
}  # fmt: skip
#: By which field a header tells itself to be of one of them.
TOLD_BY: Final = {"hilist_pric_uplmt_amt": "1318", "selfpay_prop": "1319"}
#: A ceiling by the hospital's level in place of the kind of ceiling, in some downloads.
HOSPITAL_LEVEL: Final = "lmtpric_hosp_lv"
OPTIONAL: Final = ("enddate",)

_DAY: Final = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?",
    re.ASCII,
)


#: For whom, from when until when, how much, and what a price above does.
_Saying = tuple[str, dt.date, dt.date, int | None, str]


class Fact(NamedTuple):
    """What one row says of an item: for whom, in [from_, until); None: no ceiling.

    `about` is a person class for a share, a level for a ceiling.
    """

    source: NationalColumns
    row: int
    code: str
    about: str
    from_: dt.date
    until: dt.date
    value: int | None
    over_price: str
    cells: tuple[str, ...]

    def refused(self, error: CellError) -> Rejected:
        """Return the row as one that cannot be used."""
        record = self.source.record(self.cells)
        return Rejected(self.source.file, self.row, error.field, error.code, error.reason, record)


class Doubt(NamedTuple):
    """Days of an item on which a refused row would have said something."""

    code: str
    from_: dt.date
    until: dt.date
    where: str


class NationalColumns:
    """The columns of one file of 1318 or 1319 rows; reads its rows.

    Raises CatalogueFileError for a header that lacks a field.
    """

    def __init__(
        self,
        file: str,
        interface: str,
        names: Sequence[str],
        form: NationalForm,
        local: Sequence[LocalCode],
    ) -> None:
        """Check the names of the columns; `interface` is 1318 or 1319."""
        self.file, self.interface, self.form, self.local = file, interface, form, local
        self.names = tuple(names)
        self.left_aside: Counter[str] = Counter()
        needed = set(FIELDS[interface]) - set(OPTIONAL)
        if HOSPITAL_LEVEL in names:
            needed.discard("hilist_lmtpric_type")
        times = Counter(name for name in names if name in (*FIELDS[interface], HOSPITAL_LEVEL))
        for name, count in times.items():
            if count > 1:
                raise file_error("K204", file, found=name)
        for name in FIELDS[interface]:
            if name in needed and name not in names:
                there = ", ".join(map(shown, names)) or "none"
                raise file_error("K205", file, found=name, there=there)
        self._at = {name: names.index(name) for name in times}
        others = [at for name, at in self._at.items() if name != "hilist_code"]
        self._known: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*others)
        #: Most rows say the same as another one of another item: what they say is read once.
        self._said: dict[tuple[str, ...], list[_Saying] | str | CellError] = {}

    def read(self, row: int, cells: Sequence[str]) -> list[Fact]:
        """Return what a row says; nothing for one that is not valid, or of another area.

        Raises CellError for the first thing that is wrong with it.
        """
        if len(cells) != len(self.names):
            raise CellError("K301", expected=len(self.names), found=len(cells))
        key = self._known(cells)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = self._read(cells)
        if isinstance(said, str):
            self.left_aside[said] += 1
            return []
        code = self._needed(cells, "hilist_code")
        if (wrong := code_error(code, self.local)) is not None:
            raise CellError("K302", "hilist_code", reason=wrong)
        if isinstance(said, CellError):
            raise said.with_traceback(None)
        kept = tuple(cells)
        return [Fact(self, row, code, *one, kept) for one in said]

    def _read(self, cells: Sequence[str]) -> list[_Saying] | str | CellError:
        """Return what a row says besides its code, why it is left aside, or what is wrong."""
        try:
            if why := self._aside(cells):
                return why
            from_, until = self._days(cells)
            if self.interface == "1319":
                return [(self._person(cells), from_, until, self._share(cells), "")]
            amount, over_price = self._ceiling(cells)
            return [(level, from_, until, amount, over_price) for level in self._levels(cells)]
        except CellError as error:
            return error

    def doubt(self, row: int, cells: Sequence[str]) -> Doubt | None:
        """Return what a refused row leaves in doubt; None where not even the item is known."""
        code = self._cell(cells, "hilist_code")
        if code_error(code, self.local) is not None:
            return None
        try:
            from_, until = self._days(cells)
        except CellError:
            from_, until = DATE_MIN, DATE_MAX
        return Doubt(code, from_, until, self.where(row))

    def where(self, row: int) -> str:
        """Return how a message names a row."""
        return f"row {row} of {self.file}"

    def record(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the cells of a row by the names of their columns, as far as there are some."""
        pairs = zip(self.names, cells, strict=False)
        return {name: cell for name, cell in pairs if not name.startswith(REJECT_PREFIX)}

    def _cell(self, cells: Sequence[str], field: str) -> str:
        at = self._at.get(field)
        if at is None or at >= len(cells):
            return ""
        cell = cells[at].strip()
        return "" if cell == NULL else cell

    def _needed(self, cells: Sequence[str], field: str) -> str:
        cell = self._cell(cells, field)
        if not cell:
            raise CellError("K303", field)
        return cell

    def _aside(self, cells: Sequence[str]) -> str:
        """Return why a row is left aside: another area, no longer valid; "" where it is not."""
        if self._needed(cells, "insu_admdvs") not in self.form.areas:
            return "of other areas"
        valid = self._needed(cells, "vali_flag")
        if valid not in ("0", "1"):
            raise CellError("K304", "vali_flag", options="0, 1", found=shown(valid))
        return "not valid" if valid == "0" else ""

    def _days(self, cells: Sequence[str]) -> tuple[dt.date, dt.date]:
        """Return the first day, and the first day after the last."""
        from_ = _day(self._needed(cells, "begndate"), "begndate")
        end = self._cell(cells, "enddate")
        until = _day(end, "enddate") if end else DATE_MAX
        if end and self.form.ends_on_last_day and until < DATE_MAX:
            until += dt.timedelta(days=1)
        if until <= from_:
            raise CellError("K309", "enddate", begin="begndate", first=from_, found=shown(end))
        return from_, until

    def _person(self, cells: Sequence[str]) -> str:
        kind = self._needed(cells, "selfpay_prop_type")
        if kind in ("20", "30"):
            raise CellError("K321" if kind == "20" else "K322", "selfpay_prop_type")
        if kind != "10":
            raise CellError("K304", "selfpay_prop_type", options="10", found=shown(kind))
        field = "selfpay_prop_psn_type"
        return self._named(cells, field, self.form.persons)

    def _named(self, cells: Sequence[str], field: str, names: dict[str, str]) -> str:
        code = self._needed(cells, field)
        if code not in names:
            options = ", ".join(names) or "those that the rules name, none yet"
            raise CellError("K323", field, options=options, found=shown(code))
        return names[code]

    def _share(self, cells: Sequence[str]) -> int:
        text = self._needed(cells, "selfpay_prop")
        ppm = scaled(text, 6)
        if ppm is None or ppm > PPM:
            raise CellError("K325", "selfpay_prop", found=shown(text))
        return ppm

    def _levels(self, cells: Sequence[str]) -> tuple[str, ...]:
        field, code = "hilist_lmtpric_type", ""
        if level := self._cell(cells, HOSPITAL_LEVEL):
            field, code = HOSPITAL_LEVEL, level.zfill(2)
        else:
            code = self._needed(cells, field)
        if code not in self.form.levels:
            options = ", ".join(self.form.levels)
            raise CellError("K323", field, options=options, found=shown(code))
        return self.form.levels[code]

    def _ceiling(self, cells: Sequence[str]) -> tuple[int | None, str]:
        """Return the ceiling in millionths, None for none, and what a price above it does."""
        field = "hilist_pric_uplmt_amt"
        text = self._needed(cells, field)
        amount = scaled(text, 6)
        if amount in self.form.no_ceiling_e6:
            return None, OVER_PRICE[0]
        if amount is None or not 0 < amount <= PRICE_MAX:
            raise CellError("K306", field, found=shown(text))
        return amount, self._named(cells, "overlmt_dspo_way", self.form.over_price)


def _day(text: str, field: str) -> dt.date:
    """Return a day; one that is before or after all that there are, as the first or the last."""
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        fields = {"low": DATE_MIN, "high": DATE_MAX, "found": shown(text)}
        raise CellError("K308", field, **fields) from None
    return min(max(day, DATE_MIN), DATE_MAX)


def disagreeing(facts: Iterable[Fact]) -> list[tuple[Fact, Fact]]:
    """Return pairs of rows of one item that say different things about the same on one day."""
    found = []
    last: dict[tuple[str, str], Fact] = {}
    for fact in sorted(facts, key=lambda one: (one.from_, one.until)):
        key = (fact.source.interface, fact.about)
        before = last.get(key)
        said = (fact.value, fact.over_price)
        if before is not None and said != (before.value, before.over_price):
            found += [(before, fact), (fact, before)] if fact.from_ < before.until else []
        if before is None or fact.until >= before.until:
            last[key] = fact
    return found
