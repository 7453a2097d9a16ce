"""A truth, differences put into it, and exactly these found; by every door the same."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.reconcile import Reconciliation, reconcile, streams
from tests.reconcile.made import (
    AMOUNTS,
    HEADER,
    SECRET,
    Row,
    assert_explained,
    content,
    found,
    reversal,
    row,
    write,
    yuan,
)

INJECTED = (
    *("missing_here", "missing_there", "amount", "duplicate", "rounding", "cashier_rounding"),
    *("reversed_here", "reversed_there", "offset_pair", "date_shift", "regrouped", "id_differs"),
)


def fen_of(cell: str) -> int:
    return int(cell.replace(".", ""))


@st.composite
def truths(draw: st.DrawFn) -> list[Row]:
    """Draw settlements that both sides have, some of them reversed on both."""
    rows = []
    for number in range(draw(st.integers(0, 25))):
        total = draw(st.integers(1_000, 5_000_000))
        funds = draw(st.integers(0, total - 200))
        account = draw(st.integers(0, total - funds - 100))
        cash = (total - funds - account) // 10 * 10 + 5  # never whole jiao
        codes = {
            "insutype": draw(st.sampled_from(["310", "390"])),
            "clr_type": draw(st.sampled_from(["11", "21", "9902"])),
            "setl_time": f"2025-0{draw(st.integers(1, 3))}-{draw(st.integers(1, 28)):02d} 12:00:00",
        }
        made = row(number, (funds + account + cash, funds, account, cash), **codes)
        rows.append(made)
        if draw(st.integers(0, 5)) == 0:
            rows.append(reversal(made, 1_000 + number))
    return rows


def inject(kind: str, ours: list[Row], theirs: list[Row], number: int, sign: int) -> str:
    """Add a settlement with one difference; return the class it must be found in."""
    mine = row(number, (20_015, 10_000, 5_000, 5_015))
    other = dict(mine)
    both = True
    if kind == "missing_here":
        theirs.append(mine)
        return kind
    if kind == "missing_there":
        ours.append(mine)
        return kind
    if kind == "offset_pair":
        ours += [mine, reversal(mine, number)]
        return kind
    if kind == "amount":
        name = AMOUNTS[number % 4]
        other[name] = yuan(fen_of(other[name]) + sign * (500 + number))
    elif kind == "rounding":
        name = AMOUNTS[number % 3]
        other[name] = yuan(fen_of(other[name]) + sign)
    elif kind == "cashier_rounding":
        other["psn_cash_pay"] = yuan(5_015 + sign * 5)
    elif kind == "date_shift":
        other["setl_time"] = "2025-04-01 00:00:00"
    elif kind == "regrouped":
        other["clr_optins"] = "510107"
    elif kind == "id_differs":
        other["setl_id"] = "" if sign > 0 else f"OTHER{number}"
    ours.append(mine)
    theirs.append(other)
    if kind == "duplicate":
        (ours if sign > 0 else theirs).append(dict(mine))
    elif kind.startswith("reversed"):
        (ours if kind == "reversed_here" else theirs).append(reversal(mine, number))
        return "unpaired_reversal"
    assert both
    return kind


@st.composite
def sides(draw: st.DrawFn) -> tuple[list[Row], list[Row], Counter[str]]:
    """Draw two sides in any order, and how many claims are in each class."""
    truth = draw(truths())
    ours, theirs = [dict(one) for one in truth], [dict(one) for one in truth]
    expected: Counter[str] = Counter()
    kinds = draw(st.lists(st.sampled_from(INJECTED), max_size=12))
    for number, kind in enumerate(kinds, start=500):
        told = inject(kind, ours, theirs, number, draw(st.sampled_from([1, -1])))
        expected[told] += 2 if kind == "offset_pair" else 1
    if draw(st.booleans()):
        ours.sort(key=lambda one: one["setl_id"])
        theirs.sort(key=lambda one: one["setl_id"])
    else:
        ours, theirs = draw(st.permutations(ours)), draw(st.permutations(theirs))
    return ours, theirs, expected


def columns_of(rows: list[Row]) -> dict[str, object]:
    """Return rows as NumPy columns, amounts in fen."""
    columns: dict[str, object] = {
        name: np.array([one[name] for one in rows], object) for name in HEADER
    }
    for name in AMOUNTS:
        del columns[name]
        columns[f"{name}_fen"] = np.array([fen_of(one[name]) for one in rows], np.int64)
    return columns


@settings(max_examples=150, deadline=None)
@given(sides())
def test_exactly_the_injected_differences_are_found(
    drawn: tuple[list[Row], list[Row], Counter[str]],
) -> None:
    ours, theirs, expected = drawn
    result = reconcile(ours or columns_of([]), theirs or columns_of([]))
    assert found(result) == expected
    assert result.equal == (not expected)
    assert_explained(result)
    backwards = reconcile(theirs or columns_of([]), ours or columns_of([]))
    assert_explained(backwards)
    for name in ("total_fen", "cash_fen", "count"):
        mine = getattr(result.total.difference, name)
        assert getattr(backwards.total.difference, name) == -mine
    assert SECRET not in result.summary() + repr(result) + repr(result.as_dict())


@settings(max_examples=40, deadline=None)
@given(sides())
def test_every_door_tells_the_same(drawn: tuple[list[Row], list[Row], Counter[str]]) -> None:
    lists = drawn[:2]
    expected = content(reconcile(*map(columns_of, lists)))

    def same(result: Reconciliation) -> None:
        assert content(result) == expected

    with tempfile.TemporaryDirectory() as folder:
        for name, quoted in (("plain.csv", False), ("quoted.csv", True), ("tabs.txt", False)):
            paths = [Path(folder, f"{side}{name}") for side in "ab"]
            for path, rows in zip(paths, lists, strict=True):
                write(path, rows, quoted=quoted)
            same(reconcile(*paths))
        tables = [
            pa.table({name: [one[name] for one in rows] for name in HEADER}) for rows in lists
        ]
        tables = [
            table.cast(pa.schema([(name, pa.string()) for name in HEADER])) for table in tables
        ]
        same(reconcile(*tables))
        for side, table in zip("ab", tables, strict=True):
            pq.write_table(table, Path(folder, f"{side}.parquet"))
        same(reconcile(Path(folder, "a.parquet"), str(Path(folder, "b.parquet"))))


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_small_blocks_and_many_parts_tell_the_same(
    order: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from medsettle.reconcile import delimited

    dice = np.random.default_rng(7)
    ours: list[Row] = [row(at) for at in range(3_000)]
    theirs = [dict(one) for one in ours]
    expected: Counter[str] = Counter()
    for number, kind in enumerate(INJECTED * 5, start=5_000):
        expected[inject(kind, ours, theirs, number, 1)] += 2 if kind == "offset_pair" else 1
    if order == "sorted":
        ours.sort(key=lambda one: one["setl_id"])
        theirs.sort(key=lambda one: one["setl_id"])
    else:
        ours = [ours[at] for at in dice.permutation(len(ours))]
        theirs = [theirs[at] for at in dice.permutation(len(theirs))]
    whole = reconcile(ours, theirs)
    assert found(whole) == expected
    paths = [write(tmp_path / "a.csv", ours), write(tmp_path / "b.csv", theirs)]
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 4_096)
    monkeypatch.setattr(streams, "PART_ROWS", 900)
    assert content(reconcile(*paths)) == content(whole)
