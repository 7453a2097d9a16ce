"""A row of the documented form, read: what its cells say together.

Most rows of a catalogue say the same as another one but for code and name, so everything else is
read once for each distinct text.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Final, NamedTuple

from medsettle.bill.cells import day, flag, name, percent, price, quantity, words
from medsettle.bill.codes import code_error
from medsettle.bill.faults import REJECT_PREFIX, CellError, Rejected, shown
from medsettle.bill.item_columns import (
    PLAIN,
    SHARE,
    ShareKey,
    ceiling_level,
    check_header,
    share_key,
)
from medsettle.bill.items import ItemVersion, Limit, Share
from medsettle.bill.rules_file import RulesFile
from medsettle.bill.words import CLASSES, LIMITS, OVER_PRICE
from medsettle.money import PPM, percent_text
from medsettle.vocabulary import DATE_MAX

#: Distinct texts that are kept with what they mean; more are read again.
_KEPT: Final = 100_000


class Said(NamedTuple):
    """What a row says besides code and name, and the price up to which its shares hold."""

    version: ItemVersion
    upto: int | None
    has_share: bool
    cells: tuple[str, ...]


class ItemRow(NamedTuple):
    """A row of items, read."""

    source: ItemColumns
    row: int
    code: str
    name: str
    said: Said

    @property
    def version(self) -> ItemVersion:
        """What the row says, without the price up to which its shares hold."""
        return self.said.version

    @property
    def where(self) -> str:
        """How a message names the row."""
        return f"row {self.row} of {self.source.file}"

    def refused(self, error: CellError) -> Rejected:
        """Return the row as one that cannot be used."""
        record = self.source.record_of(self)
        return Rejected(self.source.file, self.row, error.field, error.code, error.reason, record)


class ItemColumns:
    """The columns of one file of items, checked; reads its rows.

    Raises CatalogueFileError for a header that is none.
    """

    def __init__(self, file: str, head: Sequence[str], rules: RulesFile) -> None:
        """Check the names of the columns."""
        self.file, self.rules = file, rules
        self.names = tuple(cell.strip() for cell in head)
        check_header(file, self.names)
        self._kept = [i for i, one in enumerate(self.names) if not one.startswith(REJECT_PREFIX)]
        others = [i for i in self._kept if self.names[i] not in ("code", "name")]
        self._others: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*others)
        self._fields = tuple(self.names[i] for i in others)
        self._code, self._name = self.names.index("code"), self.names.index("name")
        self._said: dict[tuple[str, ...], Said | CellError] = {}
        self._cells = _Cells(self._fields, rules)

    def read(self, row: int, cells: Sequence[str]) -> ItemRow:
        """Return a row; raise CellError for the first thing that is wrong with it."""
        if len(cells) != len(self.names):
            raise CellError("K301", expected=len(self.names), found=len(cells))
        code = cells[self._code].strip()
        if (wrong := code_error(code, self.rules.local_codes)) is not None:
            raise CellError("K302", "code", reason=wrong)
        others = self._others(cells)
        said = self._said.get(others)
        if said is None:
            said = self._said[others] = self._read(others)
        if isinstance(said, CellError):
            raise said.with_traceback(None)
        return ItemRow(self, row, code, words(cells[self._name].strip(), "name"), said)

    def record(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the cells of a row by the names of their columns, as far as there are some."""
        return {self.names[i]: cells[i] for i in self._kept if i < len(cells)}

    def record_of(self, row: ItemRow) -> dict[str, str]:
        """Return the cells that a row was read from."""
        others = zip(self._fields, row.said.cells, strict=True)
        return {"code": row.code, "name": row.name} | dict(others)

    def _read(self, others: tuple[str, ...]) -> Said | CellError:
        try:
            return self._cells.read(others)
        except CellError as error:
            return error


class _Cells:
    """Reads the cells of a row but code and name, in the order of the columns `fields`."""

    def __init__(self, fields: Sequence[str], rules: RulesFile) -> None:
        at = {field: number for number, field in enumerate(fields)}
        blank = len(fields)  # where a cell stands for every column that is not there
        self._plain = itemgetter(*(at.get(field, blank) for field in PLAIN))
        shares = {field: key for field in fields if (key := share_key(field)) is not None}
        ceilings = {field: one for field in fields if (one := ceiling_level(field)) is not None}
        self._share_cells = [at[field] for field in shares]
        self._ceiling_cells = [at[field] for field in ceilings]
        self._share_keys = tuple(shares.items())
        self._levels = tuple(ceilings.items())
        self._rules = rules
        kept = functools.lru_cache(_KEPT)
        self._shares, self._ceilings = kept(self._read_shares), kept(self._read_ceilings)
        self._cite, self._limit, self._day = kept(self._read_cite), kept(_limit), kept(day)

    def read(self, others: tuple[str, ...]) -> Said:
        """Return what the cells say; raise CellError for the first thing that is wrong."""
        cells = [cell.strip() for cell in others]
        cells.append("")
        (class_, begins, ends, upto, over, restricted, compound, group, amount, per, cite) = (
            self._plain(cells)
        )
        name(class_, "class", CLASSES)
        from_, until = self._period(begins, ends)
        bound = price(upto, "price_upto_yuan") if upto else None
        told = tuple([cells[at] for at in self._share_cells])
        version = ItemVersion(
            from_=from_,
            until=until,
            class_=class_,
            shares=self._shares(class_, told, bound),
            ceiling_e6=self._ceilings(tuple([cells[at] for at in self._ceiling_cells])),
            over_price=name(over, "over_price", OVER_PRICE, OVER_PRICE[0]),
            restricted=flag(restricted, "restricted"),
            compound_only=flag(compound, "compound_only"),
            group=self._group(group),
            limit=self._limit(amount, per),
            cite=self._cite(cite),
        )
        return Said(version, bound, any(told), others)

    def _period(self, begins: str, ends: str) -> tuple[dt.date, dt.date]:
        from_ = self._day(begins, "from")
        until = self._day(ends, "until") if ends else DATE_MAX
        if until <= from_:
            raise CellError("K309", "until", begin="from", first=from_, found=until)
        return from_, until

    def _read_shares(
        self, class_: str, cells: tuple[str, ...], upto: int | None
    ) -> tuple[Share, ...]:
        told = zip(self._share_keys, cells, strict=True)
        ppm = {key: percent(cell, column) for (column, key), cell in told if cell}
        return shares_of(class_, ppm, upto)

    def _read_ceilings(self, cells: tuple[str, ...]) -> dict[str | None, int]:
        told = zip(self._levels, cells, strict=True)
        return {level[0]: price(cell, column) for (column, level), cell in told if cell}

    def _group(self, cell: str) -> str:
        if cell and cell not in self._rules.group_titles:
            options = ", ".join(self._rules.group_titles)
            raise CellError("K304", "group", options=options, found=shown(cell))
        return cell

    def _read_cite(self, cell: str) -> str:
        """Return the clause that the row cites, or the one that the rules name for all items."""
        if not cell:
            if not self._rules.cite:
                reason = "names no clause, and the rules have no `cite` for all items"
                raise CellError("K316", "cite", reason=reason)
            return self._rules.cite
        words(cell, "cite")
        if cell.partition("#")[0] not in self._rules.sources:
            known = ", ".join(self._rules.sources) or "none"
            reason = f"must name a source of the rules ({known}), found `{shown(cell)}`"
            raise CellError("K316", "cite", reason=reason)
        return cell


def shares_of(class_: str, ppm: dict[ShareKey, int], upto: int | None) -> tuple[Share, ...]:
    """Return the shares that are written, or those that the class means; () where it means none.

    Class A is paid without a first-step share and class C is not paid at all; of class B every
    region says the share itself.  Raises CellError for class C with a share below 100 %.
    """
    if class_ == "class_c":
        if below := [share for share in ppm.values() if share < PPM]:
            found = percent_text(Fraction(below[0], PPM))
            reason = f"an item of class C is not covered, found a share of {found} %"
            raise CellError("K310", SHARE, reason=reason)
        return (Share({(None, None): PPM}, upto),)
    if not ppm and class_ == "class_a":
        ppm = {(None, None): 0}
    return (Share(ppm, upto),) if ppm else ()


def _limit(amount: str, per: str) -> Limit | None:
    if bool(amount) != bool(per):
        raise CellError("K314", "limit_per" if amount else "limit_quantity")
    if not amount:
        return None
    return Limit(name(per, "limit_per", LIMITS), quantity(amount, "limit_quantity"))
