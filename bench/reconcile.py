"""Reconciliation of two files, each run in a process of its own, with its time and its memory.

    python -m bench.reconcile                 # 1 and 4 million rows a side
    python -m bench.reconcile --rows 100000   # a quick look; may be given several times

The files are made up from fixed seeds, as a hospital and a centre would have them: 14 columns, some
150 bytes a row.  Theirs lacks one row in 100,000, and one in 50,000 is a fen apart; both must be
found, or no figure is told.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HEADER = (
    "setl_id,mdtrt_id,psn_no,msgid,insutype,clr_type,clr_optins,setl_time,"
    "medfee_sumamt,fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,init_setl_id"
)
SHAPES = ("sorted", "unsorted", "quoted", "nothing in common")
LACKING, FEN_APART = 100_000, 50_000
BLOCK = 100_000

#: Run in a child: prints seconds of CPU and of the clock, peak memory in KiB before and after,
#: and how many claims are in each class.
CHILD = """
import json, sys, time
import medsettle.reconcile as reconcile
def peak():  # of this process alone, which getrusage mixes with its parent's
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
before, start, cpu = peak(), time.perf_counter(), time.process_time()
result = reconcile.reconcile(*sys.argv[1:3])
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
claims = {one.kind.value: one.claims for one in result.classes}
print(json.dumps([cpu, seconds, before, peak(), claims]))
"""


def lines(rows: int, numbers: np.ndarray, side: int) -> Iterator[str]:
    """Yield the rows with these numbers, as ours (0) or theirs (1) has them."""
    dice = np.random.Generator(np.random.PCG64(20250301))
    total = dice.integers(100, 3_000_000, rows)
    funds = total * dice.integers(0, 90, rows) // 100
    account = (total - funds) * dice.integers(0, 50, rows) // 100
    day = dice.integers(1, 29, rows)
    for at in range(0, len(numbers), BLOCK):
        part = numbers[at : at + BLOCK]
        columns = (column[part].tolist() for column in (total, funds, account, day))
        for number, bill, fund, own, on in zip(part.tolist(), *columns, strict=True):
            if side and number % LACKING == 7:
                continue
            cash = bill - fund - own
            fund += side and number % FEN_APART == 3
            money = ",".join(f"{fen // 100}.{fen % 100:02d}" for fen in (bill, fund, own, cash))
            yield (
                f"310000{number:012d},V{number:012d},P{number % 99_999:06d},"
                f"H51010000001202503011{number:09d},{310 if number % 5 else 390},"
                f"{11 if number % 4 else 21},510100,2025-03-{on:02d} 10:11:12,{money},0,\n"
            )


def write(folder: Path, rows: int, shape: str) -> list[Path]:
    """Write both sides in a shape; return their paths."""
    paths = [folder / "ours.csv", folder / "theirs.csv"]
    for side, path in enumerate(paths):
        numbers = np.arange(rows)
        if shape == "unsorted":
            numbers = np.random.Generator(np.random.PCG64(side)).permutation(rows)
        with path.open("w", encoding="utf-8") as file:
            file.write(HEADER + "\n")
            made = lines(rows, numbers, side)
            if shape == "quoted":
                table = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
                table.writerows(line.rstrip("\n").split(",") for line in made)
            elif side and shape == "nothing in common":
                other = (line.replace("310000", "320000", 1).replace(",H5", ",K5") for line in made)
                file.writelines(other)
            else:
                file.writelines(made)
    return paths


def expected(rows: int, shape: str) -> dict[str, int]:
    """Return how many claims must be in each class."""
    lacking = len(range(7, rows, LACKING))
    if shape == "nothing in common":
        return {"missing_here": rows - lacking, "missing_there": rows}
    apart = len(range(3, rows, FEN_APART))
    return {"missing_there": lacking, "rounding": apart}


def measure(paths: list[Path]) -> tuple[float, float, float, dict[str, int]]:
    """Return seconds of CPU and of the clock, MiB beyond the imports, and the claims by class."""
    command = [sys.executable, "-c", CHILD, *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    cpu, seconds, before, after, claims = json.loads(answer.stdout)
    return cpu, seconds, (after - before) / 1024, claims


def main() -> None:
    """Measure all shapes at each size; the median of three runs."""
    parser = argparse.ArgumentParser(description="Reconciliation of two files.")
    parser.add_argument("--rows", type=int, action="append", help="rows a side")
    parser.add_argument("--shape", choices=SHAPES, action="append")
    args = parser.parse_args()
    print(f"{'rows a side':>12}  {'shape':<18}  {'MB':>6}  {'CPU s':>6}  {'s':>6}  {'MiB':>6}")
    for rows in args.rows or (1_000_000, 4_000_000):
        for shape in args.shape or SHAPES:
            with tempfile.TemporaryDirectory() as folder:
                paths = write(Path(folder), rows, shape)
                size = sum(path.stat().st_size for path in paths) / 1e6
                runs = sorted((measure(paths) for _ in range(3)), key=lambda run: run[:2])
            assert all(run[3] == expected(rows, shape) for run in runs), runs
            cpu, seconds, memory, _ = runs[1]
            print(
                f"{rows:>12,}  {shape:<18}  {size:6.0f}  {cpu:6.1f}  {seconds:6.1f}  {memory:6.0f}"
            )


if __name__ == "__main__":
    main()
