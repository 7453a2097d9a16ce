"""`medsettle reconcile`: exit codes, outputs, and files that appear whole or not at all."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from medsettle.cli import main
from tests.reconcile.made import HEADER, SECRET, row, write
from tests.reconcile.test_question import six_days

ROWS = [row(at) for at in range(5)]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    ours, theirs = six_days()
    return str(write(tmp_path / "ours.csv", ours)), str(write(tmp_path / "theirs.txt", theirs))


def test_different(files: tuple[str, str], capsys: Capture) -> None:
    assert main(["reconcile", *files]) == 1
    out = capsys.readouterr().out
    assert out.index("171,178.20") < out.index("unpaired_reversal") < out.index("S00002001")
    assert "61.00" in out
    assert "4 claims of 1,105 and 1,105 rows differ" in out
    assert SECRET not in out


def test_equal(files: tuple[str, str], capsys: Capture) -> None:
    assert main(["reconcile", files[0], files[0]]) == 0
    captured = capsys.readouterr()
    assert "equal: 1,105 and 1,105 rows" in captured.out
    assert "both sides are the same file" in captured.err


def test_json(files: tuple[str, str], capsys: Capture) -> None:
    assert main(["reconcile", *files, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out, parse_float=Decimal)
    assert told["total"]["difference"]["total"] == Decimal("61.00")
    assert [one["class"] for one in told["classes"]] == [
        *("missing_there", "unpaired_reversal", "amount"),
    ]
    assert len(told["differences"]) == 4
    main(["reconcile", *files, "--format", "json", "--limit", "1"])
    assert len(json.loads(capsys.readouterr().out)["differences"]) == 1


def test_details_add_up(files: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.csv"
    assert main(["reconcile", *files, "-o", str(out)]) == 1
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(Decimal(one["difference_total"]) for one in rows) == 61
    assert {one["class"] for one in rows} == {"missing_there", "unpaired_reversal", "amount"}
    assert SECRET not in out.read_text()
    lines = tmp_path / "out.jsonl"
    assert main(["reconcile", *files, "-o", str(lines)]) == 1
    told = [json.loads(line, parse_float=Decimal) for line in lines.read_text().splitlines()]
    assert sum(one["difference"]["total"] for one in told) == 61
    capsys.readouterr()
    assert main(["reconcile", *files, "-o", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["reconcile", *files, "-o", str(out), "--force"]) == 1
    assert main(["reconcile", *files, "-o", files[0], "--force"]) == 2
    assert "would overwrite" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_rejects(suffix: str, tmp_path: Path, capsys: Capture) -> None:
    # not sorted, so that the sides are read twice and each row must still be told once
    wrong = [
        *ROWS[2:],
        *ROWS[:2],
        row(9) | {"medfee_sumamt": "1,000.00"},
        row(8) | {"setl_id": "a b"},
    ]
    ours = write(tmp_path / "a.csv", wrong)
    theirs = write(tmp_path / "b.csv", ROWS)
    assert main(["reconcile", str(ours), str(theirs)]) == 3
    captured = capsys.readouterr()
    assert "ours row 6: [R113] `medfee_sumamt`: expected yuan" in captured.err
    assert "2 rows of" in captured.out
    rejects = tmp_path / f"rejects{suffix}"
    assert main(["reconcile", str(ours), str(theirs), "--rejects", str(rejects)]) == 3
    text = rejects.read_text()
    assert SECRET not in text
    if suffix == ".csv":
        told = list(csv.DictReader(text.splitlines()))
    else:
        told = [json.loads(line) for line in text.splitlines()]
    assert [(int(one["row"]), one["code"]) for one in told] == [(6, "R113"), (7, "R112")]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.csv", "b.csv", f"rejects{suffix}"]


def test_files_without_header(tmp_path: Path, capsys: Capture) -> None:
    names = ("setl_id", "mdtrt_id", "psn_no", *HEADER[10:13], "refd_setl_flag")
    upload = tmp_path / "upload.txt"
    upload.write_text("".join("\t".join(one[name] for name in names) + "\n" for one in ROWS))
    center = str(write(tmp_path / "b.csv", ROWS))
    assert main(["reconcile", str(upload), center, "--header", "ours:3202"]) == 0
    stated = f"ours:{','.join(names)}"
    assert main(["reconcile", str(upload), center, "--header", stated]) == 0
    capsys.readouterr()
    assert main(["reconcile", str(upload), center]) == 2
    assert "needs --header" in capsys.readouterr().err
    assert main(["reconcile", str(upload), center, "--header", "ours:a,b"]) == 2
    assert "7 cells, the header stated has 2 names" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--key", "psn_no"], "names a person"),
        (["--from", "yesterday"], "--from: expected a date"),
        (["--until", "2025-1-1"], "--until: expected a date"),
        (["--limit", "-1"], "--limit"),
        (["--rounding", "1000"], "0 to 100"),
        (["-o", "x.parquet"], "must end in .csv or .jsonl"),
        (["-o", "nowhere/x.csv"], "there is no folder"),
        (["--by", "age"], "by: expected one of"),
    ],
)
def test_wrong_usage(
    arguments: list[str], told: str, files: tuple[str, str], capsys: Capture
) -> None:
    assert main(["reconcile", *files, *arguments]) == 2
    assert told in capsys.readouterr().err


def test_no_file(files: tuple[str, str], capsys: Capture) -> None:
    assert main(["reconcile", files[0], "nowhere.csv"]) == 2
    assert (
        capsys.readouterr().err
        == "medsettle: nowhere.csv: error[R101]: no such file or directory\n"
    )


def test_period_and_columns(tmp_path: Path, capsys: Capture) -> None:
    ours = str(write(tmp_path / "a.csv", [*ROWS, row(9, setl_time="2025-04-01 00:00:00")]))
    theirs = str(write(tmp_path / "b.csv", ROWS))
    assert main(["reconcile", ours, theirs, "--until", "2025-03-31", "--by", "day"]) == 0
    assert "2025-03-10" in capsys.readouterr().out
    assert main(["reconcile", ours, theirs, "--column", "theirs:total=acct_pay"]) == 1


def test_a_kill_leaves_nothing_behind(tmp_path: Path) -> None:
    ours = write(tmp_path / "a.csv", (row(at) for at in range(60_000)))
    command = [sys.executable, "-m", "medsettle.cli", "reconcile", str(ours), str(ours)]
    out, rejects = tmp_path / "out.csv", tmp_path / "rejects.csv"
    child = subprocess.Popen(
        [*command, "-o", str(out), "--rejects", str(rejects)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    for _ in range(500):
        if any(one.name.startswith(".rejects") for one in tmp_path.iterdir()):
            break
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    assert child.returncode in (0, 130)  # it may have been quicker
    left = sorted(one.name for one in tmp_path.iterdir())
    assert left in (["a.csv"], ["a.csv", "out.csv", "rejects.csv"])
