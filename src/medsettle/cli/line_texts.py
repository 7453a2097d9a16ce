"""Columns of text become fee lines, exactly; what cannot be read becomes a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from medsettle.bill.refused import SUPPLY_MAX_E2
from medsettle.bill.words import APPROVALS, HERB_USES
from medsettle.cli.block import Array, Fault
from medsettle.cli.line_block import LineBlock
from medsettle.cli.read import Cells
from medsettle.cli.texts import FLAGS, NAME_MAX, Faults, Texts, days_of, looked_up
from medsettle.refusal import Status

#: Finds the numbers of the items with some codes, -1 for none.
Find = Callable[[Sequence[str]], Sequence[int]]

#: Parquet writes a zero of many decimals as `0E-8`.
_NUMBER: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:(?<=^0)E-[0-9]+)?")
#: More than any number may be: the kernel refuses the line as too large.
_BEYOND: Final = 2**62
NOT_CHARGED: Final = -(2**63)


def line_block_of(cells: Cells, find: Find) -> LineBlock:
    """Return the block that columns of text make; "" is what is not told."""
    texts, faults = cells.texts, cells.faults
    blank = [""] * len(cells.rows)
    code = _stripped(texts["code"])
    columns = {
        "item": _items(code, find),
        "price_e6": _scaled(texts, "price", 6, faults),
        "quantity_e4": _scaled(texts, "quantity", 4, faults),
        **_optional(texts, faults),
    }
    return LineBlock(
        rows=cells.rows,
        bill=_stripped(texts["bill"]),
        id=_stripped(texts.get("id", blank)),
        returns=_stripped(texts.get("returns", blank)),
        code=code,
        columns=columns,
        faults=faults,
        records=cells.records,
    )


def _optional(texts: Texts, faults: Faults) -> dict[str, Array]:
    """Return the columns that a file need not have."""
    columns: dict[str, Array] = {}
    if "amount" in texts:
        columns["amount_fen"] = _scaled(texts, "amount", 2, faults, NOT_CHARGED)
    if "date" in texts:
        columns["date"] = days_of(texts["date"], "date", faults, optional=True)
    for name, names in (("approval", APPROVALS), ("herb_use", HERB_USES)):
        if name in texts:
            known = {"": 0} | {text: code for code, text in enumerate(names)}
            expected = f"one of {', '.join(filter(None, names))}, or nothing"
            columns[name] = looked_up(texts[name], name, known, expected, faults)
    if "discharge_medicine" in texts:
        lower = [text.lower() for text in texts["discharge_medicine"]]
        found = looked_up(lower, "discharge_medicine", FLAGS, "true or false", faults)
        columns["discharge_medicine"] = found.astype(np.bool_)
    if "supply_days" in texts:
        columns["supply_days_e2"] = _supply(texts, faults)
    return columns


def _stripped(texts: Sequence[str]) -> list[str]:
    return [text.strip() for text in texts]


def _items(codes: Sequence[str], find: Find) -> Array:
    """Return the number of the item of each code; every code is looked up once."""
    few = [code for code in set(codes) if "\0" not in code]
    known = dict(zip(few, find(few), strict=True))
    return np.array([known.get(code, -1) for code in codes], np.int32)


def _supply(texts: Texts, faults: Faults) -> Array:
    """Return for how long medicine lasts, in hundredths of a day; 0 where that is not told."""
    found = _scaled(texts, "supply_days", 2, faults, 0)
    told = np.array([bool(text.strip()) for text in texts["supply_days"]], np.bool_)
    wrong = told & ((found <= 0) | (found > SUPPLY_MAX_E2))
    expected = f"days above 0, at most {SUPPLY_MAX_E2 // 100:,}"
    for position in np.flatnonzero(wrong).tolist():
        fault = Fault(Status.BAD_VALUE, "supply_days", expected, texts["supply_days"][position])
        faults.setdefault(position, fault)
    found[wrong] = 0
    return found


def _scaled(
    texts: Texts, field: str, decimals: int, faults: Faults, nothing: int | None = None
) -> Array:
    """Return decimals as whole numbers of their last place; `nothing` where a cell is empty."""
    column = texts[field]
    known = {text: _number(text, decimals, nothing) for text in set(column)}
    if None in known.values():
        expected = f"a number with at most {decimals} decimals, such as 12.34"
        for position, text in enumerate(column):
            if known[text] is None:
                fault = Fault(Status.BAD_VALUE, field, expected, text)
                faults.setdefault(position, fault)
    return np.array([known[text] or 0 for text in column], np.int64)


def _number(text: str, decimals: int, nothing: int | None) -> int | None:
    stripped = text.strip()
    if not stripped:
        return nothing
    whole, point, fraction = stripped.partition(".")
    is_plain = whole.isdigit() and bool(point) == bool(fraction) and len(fraction) <= decimals
    digits = whole + fraction.ljust(decimals, "0")
    if is_plain and digits.isdigit() and digits.isascii() and len(digits) < 18:
        return int(digits)
    match = _NUMBER.fullmatch(stripped)
    if match is None or len(stripped) > NAME_MAX:
        return None
    sign, whole, fraction = match.groups("")
    if fraction[decimals:].strip("0"):
        return None
    size = min(int(whole + fraction[:decimals].ljust(decimals, "0")), _BEYOND)
    return -size if sign else size
