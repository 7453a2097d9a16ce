"""Made-up settlements of two sides, as rows that are mappings, and as files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medsettle.reconcile import Reconciliation

Row = dict[str, str]
AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")
FIELDS = ("total_fen", "total_funds_fen", "account_fen", "cash_fen")
HEADER = (
    *("setl_id", "mdtrt_id", "psn_no", "msgid", "insutype", "clr_type", "clr_optins"),
    *("setl_time", "refd_setl_flag", "init_setl_id", *AMOUNTS),
)
SECRET = "5101-SECRET-PERSON"


def yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def row(number: int, fen: Sequence[int] = (10000, 6003, 1002, 2995), **others: str) -> Row:
    """Return a settlement; the amounts are the bill, funds, account and cash."""
    made = {
        "setl_id": f"S{number:08d}",
        "mdtrt_id": f"V{number:08d}",
        "psn_no": SECRET,
        "msgid": f"H510101{number:08d}",
        "insutype": "310",
        "clr_type": "11",
        "clr_optins": "510100",
        "setl_time": "2025-03-10 08:30:00",
        "refd_setl_flag": "0",
        "init_setl_id": "",
    }
    return made | dict(zip(AMOUNTS, map(yuan, fen), strict=True)) | others


def reversal(original: Mapping[str, str], number: int, **others: str) -> Row:
    """Return the row that takes a settlement back."""
    negative = {
        name: original[name][1:] if original[name].startswith("-") else f"-{original[name]}"
        for name in AMOUNTS
    }
    own = {"setl_id": f"R{number:08d}", "msgid": f"H510102{number:08d}"}
    link = {"init_setl_id": original["setl_id"], "refd_setl_flag": "1"}
    return dict(original) | own | link | negative | others


def write(path: Path, rows: Iterable[Mapping[str, str]], *, quoted: bool = False) -> Path:
    """Write rows as CSV, or as TXT with TABs, by the suffix."""
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".txt":
            file.write("\t".join(HEADER) + "\n")
            for one in rows:
                file.write("\t".join(one[name] or "null" for name in HEADER) + "\n")
            return path
        style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        table = csv.DictWriter(file, HEADER, quoting=style, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def found(result: Reconciliation) -> dict[str, int]:
    """Return how many claims are in each class."""
    return {one.kind.value: one.claims for one in result.classes}


def assert_explained(result: Reconciliation) -> None:
    """Check ours less theirs against the classes and the differences, in all and by group."""
    for field in ("count", *FIELDS):
        apart = getattr(result.total.difference, field)
        if apart is None:
            continue
        assert sum(getattr(one.difference, field) for one in result.classes) == apart
        assert sum(getattr(one.difference, field) for one in result.differences) == apart
        by_group: dict[tuple[str, ...], int] = {}
        for one in result.differences:
            for entry, sign in ((one.ours, 1), (one.theirs, -1)):
                if entry and entry.counts:
                    part = sign * getattr(entry.amounts, field)
                    by_group[entry.group] = by_group.get(entry.group, 0) + part
        for group in result.totals:
            assert getattr(group.difference, field) == by_group.get(group.label, 0)


def content(result: Reconciliation) -> dict[str, Any]:
    """Return what a result says, without where the rows came from."""
    told = result.as_dict()
    for name in ("ours", "theirs"):
        del told[name]
    return told
