"""Blocks become rows: every cell is checked, and a row that is wrong is rejected, never guessed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NamedTuple

import numpy as np

from medsettle.reconcile.blocks import Block
from medsettle.reconcile.errors import (
    BAD_AMOUNT,
    BAD_CELLS,
    BAD_CODE,
    BAD_ID,
    BAD_TIME,
    NO_AMOUNT,
    NO_ID,
    Reject,
    Rejects,
)
from medsettle.reconcile.fields import ACCOUNT, AMOUNTS, FUNDS, Columns, is_fen
from medsettle.reconcile.join import hash_of
from medsettle.reconcile.options import Plan
from medsettle.reconcile.parse import BAD, EMPTY, days_of, fen_of
from medsettle.reconcile.rows import CODE_MAX, Groups, Rows
from medsettle.reconcile.texts import Array, Texts

#: Bytes of an id: the interface has 30.
ID_MAX: Final = 48
_SPREADSHEET: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?[eE]\+[0-9]+")
#: A formula to a spreadsheet, which an id in the table of differences must not be.
_FORMULA: Final = b"=+@"
#: What is shown of a cell that is no amount: a number in another form, and nothing else, since a
#: column that has slipped may hold somebody's name, number or birthday.
_SHOWN: Final = re.compile(
    r"-?[0-9]{1,9}\.[0-9]{3,6}|-?[0-9]{1,9}(\.[0-9]{1,6})?[eE][+-]?[0-9]{1,3}"
    r"|-?[0-9]{1,3}(,[0-9]{3}){1,3}(\.[0-9]{1,6})?|-?([nN][aA][nN]|[iI][nN][fF])"
)


class Part(NamedTuple):
    """One of several parts of a side's keys, by hash."""

    number: int
    of: int


class RowReader:
    """Makes the rows of one side."""

    def __init__(
        self, side: str, columns: Columns, plan: Plan, groups: Groups, rejects: Rejects
    ) -> None:
        self._side, self._columns, self._plan = side, columns, plan
        self._groups, self._rejects = groups, rejects
        self.rejected = 0
        includes = plan.options.fund_includes_account
        self._takes_account_out = includes in (side, "both")
        self._first = _yyyymmdd(plan.options.from_)
        self._last = _yyyymmdd(plan.options.until)

    def rows(self, block: Block, part: Part | None = None) -> Rows:
        """Return the rows of a block, or those of a part of the keys; rejects the others."""
        texts = {
            name: column.trimmed() if isinstance(column, Texts) else column
            for name, column in block.columns.items()
        }
        faults = _Faults(len(block.rows))
        rows = block.rows
        ids = {name: _id(texts[header]) for name, header in self._columns.ids.items()}
        if part is None or part.number == 0:
            self._reject_odd(block)
        if part is not None:
            of_part = hash_of(ids[self._plan.options.key]) // np.uint64(2) % np.uint64(part.of)
            mine = of_part == part.number
            rows = rows[mine]
            texts = {
                name: column.take(mine) if isinstance(column, Texts) else column[mine]
                for name, column in texts.items()
            }
            ids = {name: column[mine] for name, column in ids.items()}
            faults = _Faults(len(rows))
        self._check_ids(ids, texts, faults)
        fen = self._amounts(texts, faults)
        day = self._days(texts, faults)
        made = Rows(rows, ids, fen, self._group(texts, day, faults), day, self._inside(day))
        return self._without(made, faults)

    def _without(self, rows: Rows, faults: _Faults) -> Rows:
        if not faults.found:
            return rows
        self.rejected += len(faults.found)
        for position, (field, code, reason) in sorted(faults.found.items()):
            row = int(rows.row[position])
            self._rejects.add(Reject(self._side, row, field, code, reason))
        good = np.ones(len(rows), np.bool_)
        good[list(faults.found)] = False
        return rows.take(good)

    def _reject_odd(self, block: Block) -> None:
        self.rejected += len(block.odd)
        for row, reason in block.odd:
            self._rejects.add(Reject(self._side, row, "", BAD_CELLS, reason))

    # ------------------------------------------------------------------ ids and codes

    def _check_ids(
        self, ids: dict[str, Array], texts: dict[str, Texts | Array], faults: _Faults
    ) -> None:
        for name, header in self._columns.ids.items():
            column = texts[header]
            assert isinstance(column, Texts)
            for position in _bad_ids(ids[name], column, ID_MAX).tolist():
                faults.add(position, header, BAD_ID, _why_bad_id(column.text(position)))
        key, second = self._plan.options.key, self._plan.second
        nothing = ids[key] == b""
        if second:
            nothing &= ids[second] == b""
        told = f"expected the key `{key}`" + (f", or at least `{second}`" if second else "")
        for position in np.flatnonzero(nothing).tolist():
            faults.add(position, self._columns.ids[key], NO_ID, f"{told}; found neither")

    def _codes(self, texts: dict[str, Texts | Array], name: str, faults: _Faults) -> Array:
        header = self._columns.codes[name]
        column = texts[header]
        assert isinstance(column, Texts)
        codes = column.fixed(CODE_MAX)
        told = f"expected a code of at most {CODE_MAX} bytes, without blanks or control characters"
        for position in _bad_ids(codes, column, CODE_MAX).tolist():
            faults.add(position, header, BAD_CODE, told)
        if name != "refd_setl_flag":
            return codes
        none = codes == b""
        for position in np.flatnonzero(~none & (codes != b"0") & (codes != b"1")).tolist():
            faults.add(position, header, BAD_CODE, "expected 0, 1 or nothing")
        return np.where(none, b"0", codes)

    def _group(self, texts: dict[str, Texts | Array], day: Array, faults: _Faults) -> Array:
        columns = []
        for name in self._plan.by:
            if name == "month":
                columns.append(day // 100)
            else:
                columns.append(day if name == "day" else self._codes(texts, name, faults))
        return self._groups.of(columns, len(day))

    # ------------------------------------------------------------------ amounts and days

    def _amounts(self, texts: dict[str, Texts | Array], faults: _Faults) -> Array:
        count = len(next(iter(texts.values())))
        fen = np.zeros((count, len(AMOUNTS)), np.int64)
        for place, name in enumerate(AMOUNTS):
            if name in self._plan.compared or (self._takes_account_out and place == ACCOUNT):
                for header in self._columns.amounts[name]:
                    fen[:, place] += self._amount(texts[header], name, header, faults)
        if self._takes_account_out:
            fen[:, FUNDS] -= fen[:, ACCOUNT]
            if "account" not in self._plan.compared:
                fen[:, ACCOUNT] = 0
        return fen

    def _amount(self, column: Texts | Array, name: str, header: str, faults: _Faults) -> Array:
        in_fen = is_fen(header)
        expected = "whole fen such as 123456" if in_fen else "yuan such as 1234.56"
        if not isinstance(column, Texts):
            from medsettle.money import FEN_MAX

            for position in np.flatnonzero((column > FEN_MAX) | (column < -FEN_MAX)).tolist():
                faults.add(position, header, BAD_AMOUNT, "is beyond ten billion yuan")
            return np.clip(column, -FEN_MAX, FEN_MAX)
        fen, state = fen_of(column, in_fen=in_fen)
        for position in np.flatnonzero(state == BAD).tolist():
            found = column.text(position) if column.size[position] <= CODE_MAX else ""
            shown = f", found `{found}`" if _SHOWN.fullmatch(found) else ""
            faults.add(position, header, BAD_AMOUNT, f"expected {expected}{shown}")
        if name == self._plan.compared[0]:
            for position in np.flatnonzero(state == EMPTY).tolist():
                faults.add(position, header, NO_AMOUNT, f"expected {expected}, found nothing")
        return fen

    def _days(self, texts: dict[str, Texts | Array], faults: _Faults) -> Array:
        header = self._columns.time
        if header is None:
            return np.zeros(len(next(iter(texts.values()))), np.int32)
        column = texts[header]
        assert isinstance(column, Texts)
        day, bad = days_of(column)
        if self._plan.options.has_period:
            bad |= day == 0
        for position in np.flatnonzero(bad).tolist():
            faults.add(position, header, BAD_TIME, "expected a time `yyyy-MM-dd HH:mm:ss`")
        return day

    def _inside(self, day: Array) -> Array:
        inside = np.ones(len(day), np.bool_)
        if self._first:
            inside &= day >= self._first
        if self._last:
            inside &= day <= self._last
        return inside


class _Faults:
    """What is wrong with rows, by position; a row keeps its first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.found: dict[int, tuple[str, str, str]] = {}

    def add(self, position: int, field: str, code: str, reason: str) -> None:
        self.found.setdefault(position, (field, code, reason))


def _id(column: Texts | Array) -> Array:
    assert isinstance(column, Texts)
    return column.fixed(ID_MAX)


def _bad_ids(ids: Array, column: Texts, most: int) -> Array:
    """Return the positions of cells that can be no id, or no code."""
    bad = column.size > most
    if len(ids):
        chars = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
        inside = np.arange(ids.itemsize) < column.size[:, None]
        bad |= (((chars <= 32) | (chars == 127)) & inside).any(axis=1)
        bad |= np.isin(chars[:, 0], list(_FORMULA)) & (column.size > 0)
        # Letters beyond ASCII and exponents are rare: looked at one by one.
        rare = ((chars == ord("+")) | (chars > 127)).any(axis=1)
        for position in np.flatnonzero(rare & ~bad).tolist():
            text = column.text(position)
            bad[position] = bool(_SPREADSHEET.fullmatch(text)) or not text.isprintable()
    return np.flatnonzero(bad)


def _why_bad_id(text: str) -> str:
    if _SPREADSHEET.fullmatch(text):
        return "a spreadsheet has rounded this id to a number such as 1.2E+17: export it as text"
    if len(text.encode(errors="replace")) > ID_MAX:
        return f"expected an id of at most {ID_MAX} bytes"
    return "expected an id without blanks or control characters, not beginning with = + @"


def _yyyymmdd(day: dt.date | None) -> int:
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day
