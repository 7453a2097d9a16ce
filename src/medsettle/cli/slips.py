"""Slips: rows that are settled one by one, each with its opening balance, against what is known.

`ytd:<counter>` is what the person carried before, `published:<key>` what the slip says; the keys
are those of `expect` in a cases file without `_yuan`.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from medsettle.case_files import STEP_KEYS, WHOLE_KEYS
from medsettle.cases import amount_of
from medsettle.cli.block import Block, Fault
from medsettle.cli.common import FAILED, OK, CommandError, counted, say
from medsettle.cli.header import PUBLISHED, YTD
from medsettle.cli.read import Reader
from medsettle.cli.texts import fen_of_yuan
from medsettle.load import load, shipped
from medsettle.messages import EXPECTED_DATE, EXPECTED_YUAN
from medsettle.model import YearToDate
from medsettle.money import half_up, yuan_text
from medsettle.names import DAY, FEN, VISITS, counter_kind
from medsettle.policy.errors import quoted, suggestion
from medsettle.refusal import ClaimError, Status
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable
from medsettle.text import columns
from medsettle.vocabulary import FUNDS


class Figure(msgspec.Struct, frozen=True):
    """A published figure, and what was computed in its place; fen."""

    key: str
    published: int
    found: int | None  # None: no such layer served the claim

    def cells(self) -> list[str]:
        """Return the figure as a row of the table."""
        found = "-" if self.found is None else yuan_text(self.found)
        equal = "yes" if self.found == self.published else "NO"
        return [self.key, yuan_text(self.published), found, equal]


class Slip(msgspec.Struct, frozen=True):
    """One row: how it was settled, or why not, and what was to be compared."""

    row: int
    id: str
    settlement: Settlement | None
    reason: str
    figures: tuple[Figure, ...] = ()  # what is published

    @property
    def wrong(self) -> int:
        """How many figures differ."""
        return sum(figure.found != figure.published for figure in self.figures)


def run(reader: Reader, table: BenefitTable | None) -> int:
    """Settle the slips of a file and print who paid what; return the exit code."""
    _check_keys(reader)
    slips = list(_settled(reader, table))
    print_slips(slips)
    wrong = sum(slip.wrong for slip in slips)
    refused = sum(slip.settlement is None for slip in slips)
    compared_figures = sum(len(slip.figures) for slip in slips)
    told = [counted(len(slips), "slip")]
    if compared_figures:
        told.append(counted(compared_figures, "published figure"))
        told.append(f"{wrong} different" if wrong or refused else "all equal")
    else:
        told.append("no published figures to compare")
    if refused:
        told.append(f"{counted(refused, 'slip')} refused")
    print(", ".join(told))
    return FAILED if wrong or refused else OK


def _check_keys(reader: Reader) -> None:
    for key, name in reader.header.fields(PUBLISHED).items():
        layer, _, part = key.rpartition(".")
        known = STEP_KEYS if layer else WHOLE_KEYS
        if part not in known:
            hint = suggestion(part, known, what="the keys")
            raise CommandError(f"{reader.header.file}: column `{name}` is not known; {hint}")


def _settled(reader: Reader, given: BenefitTable | None) -> Iterator[Slip]:
    tables: dict[str, BenefitTable] = {}
    known = shipped()
    for block in reader.blocks(lambda _: None):
        for position in range(len(block)):
            cells = dict(zip(reader.header.names, block.records[position], strict=False))
            name = cells.get("policy", "").strip()
            fault = block.faults.get(position)
            if fault is None and not given and name not in known:
                fault = Fault(Status.BAD_VALUE, "policy", f"one of {quoted(known)}", name)
            if fault is not None:
                reason = f"[{fault.code}] `{fault.field}`: {fault.text}"
                yield Slip(block.rows[position], block.id[position], None, reason)
                continue
            table = given or tables.get(name) or tables.setdefault(name, load(name))
            yield _slip(reader, block, position, cells, table)


def _slip(
    reader: Reader, block: Block, position: int, cells: Mapping[str, str], table: BenefitTable
) -> Slip:
    row, name = block.rows[position], block.id[position]
    try:
        counters = _numbers(reader, row, YTD, cells)
        expect = _numbers(reader, row, PUBLISHED, cells)
        settlement = table.settle(block.claim(position), YearToDate(counters=counters))
    except ClaimError as error:
        return Slip(row, name, None, str(error))
    figures = (Figure(key, fen, _computed(settlement, key)) for key, fen in expect.items())
    return Slip(row, name, settlement, "", tuple(figures))


def _computed(settlement: Settlement, key: str) -> int | None:
    amount = amount_of(settlement, key)
    return None if amount is None else half_up(amount)


def _numbers(reader: Reader, row: int, prefix: str, cells: Mapping[str, str]) -> dict[str, int]:
    """Return the numbers in the columns of a kind: fen, visits, or days."""
    numbers: dict[str, int] = {}
    for key, name in reader.header.fields(prefix).items():
        text = cells[name].strip()
        if not text:
            continue
        kind = counter_kind(key)
        value = _number(text, kind)
        if value is None:
            told = f"row {row}: column `{name}` must be {_EXPECTED[kind]}, found `{text[:40]}`"
            raise CommandError(f"{reader.header.file}: {told}")
        numbers[key] = value
    return numbers


_EXPECTED: Final = {FEN: EXPECTED_YUAN, VISITS: "a number of visits", DAY: EXPECTED_DATE}


def _number(text: str, kind: str) -> int | None:
    """Return fen, a number of visits, or a day as a number; None for what is none."""
    if kind == FEN:
        return fen_of_yuan(text)
    if kind == VISITS:
        return int(text) if text.isdecimal() else None
    try:
        return dt.date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def print_slips(slips: list[Slip]) -> None:
    """Print who paid what on each slip, and every published figure against what was computed."""
    funds = [
        fund for fund in FUNDS if any(s.settlement and s.settlement.pay_fen(fund) for s in slips)
    ]
    head = ["slip", "policy", "bill", *funds, "cash"]
    rows = [_cells(slip, funds) for slip in slips]
    print_table(head, rows, right=range(2, len(head)))
    figures = [
        [slip.id or str(slip.row), *figure.cells()] for slip in slips for figure in slip.figures
    ]
    if figures:
        print()
        print_table(["slip", "figure", "published", "computed", "equal"], figures, range(2, 4))
    for slip in slips:
        if slip.settlement is None:
            say(f"row {slip.row}, slip {slip.id}: {slip.reason}")


def _cells(slip: Slip, funds: list[str]) -> list[str]:
    name = slip.id or str(slip.row)
    it = slip.settlement
    if it is None:
        return [name, "refused", *[""] * (len(funds) + 2)]
    paid = [yuan_text(fen) if (fen := it.pay_fen(fund)) else "" for fund in funds]
    total, cash = yuan_text(it.claim.total_fen), yuan_text(it.cash_fen)
    return [name, it.table.name, total, *paid, cash]


def print_table(head: list[str], rows: list[list[str]], right: range) -> None:
    """Print a table: with rich on a terminal where it is installed, else in plain columns."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.table import Table
        except ImportError:
            pass
        else:
            console = Console()
            # Rich would cut amounts short on a narrow terminal; plain columns wrap instead.
            widths = (max(map(len, column)) for column in zip(head, *rows, strict=True))
            if sum(width + 3 for width in widths) < console.width:
                table = Table()
                for number, name in enumerate(head):
                    table.add_column(name, justify="right" if number in right else "left")
                for row in rows:
                    table.add_row(*row)
                console.print(table)
                return
    print(columns([head, *rows], right), end="")
