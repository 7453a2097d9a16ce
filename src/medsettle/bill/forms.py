"""The door of the forms: files of items, national rows and rules become the nouns of a catalogue.

`docs/catalogue.md` describes the forms.
"""

from __future__ import annotations

import contextlib
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from medsettle.bill.cells import day
from medsettle.bill.faults import CellError, Notice, Rejected, file_error, notice
from medsettle.bill.item_rows import ItemColumns, ItemRow
from medsettle.bill.items import Catalogue, Item
from medsettle.bill.national_join import Known, cut, in_doubt
from medsettle.bill.national_rows import (
    FIELDS,
    TOLD_BY,
    Doubt,
    Fact,
    NationalColumns,
    disagreeing,
)
from medsettle.bill.rows_file import RowsFile
from medsettle.bill.rules_file import RulesFile, load_rules
from medsettle.bill.versions import Assembly, Broken

_OTHER: Final = "column_{}"


class CatalogueRead(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue as it was read, and what did not go in.

    `rejected` are the rows that cannot be used, in the order of the files; `left_aside` counts
    national rows that are no mistakes but not for this region, by why.
    """

    catalogue: Catalogue
    rules: RulesFile
    rows: int
    rejected: tuple[Rejected, ...]
    notices: tuple[Notice, ...]
    left_aside: dict[str, int]


def read_catalogue(paths: Sequence[Path | str], rules: Path | str) -> CatalogueRead:
    """Return the catalogue that files of items and of national rows make under the rules.

    Raises CatalogueFileError when the rules, or a file as a whole, cannot be used.
    """
    reading = _Reading(load_rules(rules))
    with _without_collector():
        for path in paths:
            reading.read(Path(path))
        return reading.result()


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Let Python not look for cycles: there are none, and looking through all rows takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Place(NamedTuple):
    """Where a row stands among all rows, for the order of the rejected ones."""

    file: str
    row: int


class _Reading:
    """Files being read: rows by code, facts by code, and what was refused."""

    def __init__(self, rules: RulesFile) -> None:
        self.rules = rules
        self.files: list[str] = []
        self.rows = 0
        self.items: dict[str, list[ItemRow]] = {}
        self.broken: dict[str, list[Broken]] = {}
        self.facts: dict[str, list[Fact]] = {}
        self.doubts: dict[str, list[Doubt]] = {}
        self.rejected: list[Rejected] = []
        self.left_aside: Counter[str] = Counter()

    def read(self, path: Path) -> None:
        """Read a file of either form, told apart by its columns."""
        source = RowsFile(path)
        self.files.append(source.file)
        head = [cell.strip() for cell in source.head]
        told = [TOLD_BY[name] for name in head if name in TOLD_BY]
        if len(told) > 1 or (told and "code" in head):
            raise file_error("K210", source.file, found="those of several")
        interface = told[0] if told else ""
        if interface:
            self._read_national(source, interface, head, headed=True)
        elif source.is_text:
            interface = next((one for one in FIELDS if one in path.name), "")
            if not interface:
                raise file_error("K210", source.file, found="none of 1318 or 1319")
            more = range(len(FIELDS[interface]), len(head))
            names = (*FIELDS[interface], *(_OTHER.format(i + 1) for i in more))
            self._read_national(source, interface, names, headed=False)
        else:
            self._read_items(source)

    def _read_items(self, source: RowsFile) -> None:
        if not source.head:
            raise file_error("K210", source.file, found="nothing")
        columns = ItemColumns(source.file, source.head, self.rules)
        items = self.items
        for number, cells in source.rows(headed=True):
            self.rows += 1
            try:
                row = columns.read(number, cells)
            except CellError as error:
                record = columns.record(cells)
                fields = (error.field, error.code, error.reason, record)
                self.rejected.append(Rejected(source.file, number, *fields))
                whose = _is_day(record.get("from", "").strip())
                where = f"row {number} of {source.file}"
                code = record.get("code", "").strip()
                self.broken.setdefault(code, []).append(Broken(whose, where))
            else:
                items.setdefault(row.code, []).append(row)

    def _read_national(
        self, source: RowsFile, interface: str, names: Sequence[str], *, headed: bool
    ) -> None:
        rules = self.rules
        columns = NationalColumns(source.file, interface, names, rules.national, rules.local_codes)
        for number, cells in source.rows(headed=headed):
            self.rows += 1
            try:
                facts = columns.read(number, cells)
            except CellError as error:
                record = columns.record(cells)
                fields = (error.field, error.code, error.reason, record)
                self.rejected.append(Rejected(source.file, number, *fields))
                if (doubt := columns.doubt(number, cells)) is not None:
                    self.doubts.setdefault(doubt.code, []).append(doubt)
            else:
                for fact in facts:
                    self.facts.setdefault(fact.code, []).append(fact)
        self.left_aside += columns.left_aside

    def result(self) -> CatalogueRead:
        """Return the catalogue, everything put together."""
        self._check_facts()
        assembly = Assembly(self.rules.groups)
        items: list[Item] = []
        for code in sorted(self.items):
            rows = self.items[code]
            if code in self.broken:
                rows = assembly.unbroken(rows, self.broken[code])
            if code in self.facts or code in self.doubts:
                rows = self._with_facts(code, rows)
            if rows:
                item = assembly.item(code, rows)
                if item is not None:
                    items.append(item)
        self.rejected += assembly.rejected
        return CatalogueRead(
            catalogue=self._catalogue(items),
            rules=self.rules,
            rows=self.rows,
            rejected=self._in_order(),
            notices=(*self._before_rules(items), *assembly.notices),
            left_aside=dict(+self.left_aside),
        )

    def _check_facts(self) -> None:
        """Refuse facts of items that no file lists, and those that disagree."""
        for code, facts in self.facts.items():
            if code not in self.items:
                error = CellError("K320", "hilist_code", found=code)
                if code in self.broken:
                    error = CellError("K313", what=self.broken[code][0].where)
                self.rejected += [fact.refused(error) for fact in facts]
                continue
            if len(facts) == 1:
                continue
            for fact, other in disagreeing(facts):
                where, first = other.source.where(other.row), max(fact.from_, other.from_)
                error = CellError("K324", other=where, first=first)
                self.rejected.append(fact.refused(error))
                where = fact.source.where(fact.row)
                doubt = Doubt(code, fact.from_, fact.until, where)
                self.doubts.setdefault(code, []).append(doubt)

    def _with_facts(self, code: str, rows: Iterable[ItemRow]) -> list[ItemRow]:
        """Return the rows of an item, cut by what national rows say of it."""
        known = Known(self.facts.get(code, ()), self.doubts.get(code, ()))
        found: list[ItemRow] = []
        for row in rows:
            try:
                found += cut(row, known)
            except CellError as error:
                self.rejected.append(row.refused(error))
                continue
            doubt = in_doubt(row.version, known.doubts)
            if doubt is not None:
                self.rejected.append(row.refused(CellError("K313", what=doubt.where)))
        return found

    def _in_order(self) -> tuple[Rejected, ...]:
        """Return the rejected rows in the order of the files, each once."""
        order = {file: number for number, file in enumerate(self.files)}
        first: dict[_Place, Rejected] = {}
        for one in self.rejected:
            first.setdefault(_Place(one.file, one.row), one)
        return tuple(first[place] for place in sorted(first, key=lambda p: (order[p.file], p.row)))

    def _before_rules(self, items: Iterable[Item]) -> list[Notice]:
        """Take note of items that begin before the rules do."""
        first = self.rules.rules[0].from_
        count = sum(item.versions[0].from_ < first for item in items)
        told = "1 item begins" if count == 1 else f"{count} items begin"
        return [notice("K403", count=told, first=first)] if count else []

    def _catalogue(self, items: Iterable[Item]) -> Catalogue:
        rules = self.rules
        return Catalogue(
            region=rules.region,
            title=rules.title,
            rules=rules.rules,
            groups=rules.groups,
            items=tuple(items),
            group_titles=rules.group_titles,
            sources=rules.sources,
            local_codes=rules.local_codes,
        )


def _is_day(text: str) -> str:
    """Return a first day as it is written in a version; "" where it is none."""
    try:
        return day(text, "from").isoformat()
    except CellError:
        return ""
