"""The command line, as a user meets it: output, exit codes, one-line errors, whole files."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import medsettle as ms
from medsettle.cli import main
from medsettle.cli.common import CommandError
from medsettle.cli.engine import Settler
from medsettle.cli.header import Header
from tests.pipes import fed

ROOT = Path(__file__).parents[2]
SLIPS = ROOT / "examples" / "beijing-slips.csv"
EMPLOYEE = "110000/employee"
HEADER = "id,person,date,benefit,level,status,in_scope"
GOOD = "a,p1,2025-01-05,inpatient,tertiary,active,20000.00"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def settle(tmp_path: Path, *lines: str, more: tuple[str, ...] = ()) -> int:
    given = write(tmp_path / "in.csv", *lines)
    return main(
        ["settle", str(given), "--policy", EMPLOYEE, "-o", str(tmp_path / "out.csv"), *more]
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refuse(tmp_path: Path, *lines: str) -> list[dict[str, str]]:
    """Settle lines of which some must be refused; return the rejects."""
    rejects = tmp_path / "rejects.csv"
    assert settle(tmp_path, *lines, more=("--rejects", str(rejects))) == 3
    return rows(rejects)


def only_error(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that stderr holds."""
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
    return told


# ---------------------------------------------------------------------------- settle


def test_settles_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert settle(tmp_path, HEADER, GOOD, "b,p1,2025-02-05,inpatient,tertiary,active,20000") == 0
    first, second = rows(tmp_path / "out.csv")
    assert (first["row"], first["id"], first["person"]) == ("1", "a", "p1")
    assert (first["pooled"], first["cash"], first["total"]) == ("15895.00", "4105.00", "20000.00")
    assert (second["deductible"], second["pooled"]) == ("650.00", "16447.50")
    assert "2 settled, 0 rejected" in capsys.readouterr().err


def test_the_same_as_one_by_one(tmp_path: Path) -> None:
    lines = [
        f"c{i},p{i // 3},2025-{1 + i % 3:02d}-10,inpatient,secondary,retired,{i * 1234.56:.2f}"
        for i in range(300)
    ]
    assert settle(tmp_path, HEADER, *lines) == 0
    table = ms.load(EMPLOYEE)
    before = None
    for number, found in enumerate(rows(tmp_path / "out.csv")):
        cells = lines[number].split(",")
        claim = ms.Claim.from_yuan(
            date=cells[2], benefit=cells[3], level=cells[4], status=cells[5], in_scope=cells[6]
        )
        before = table.settle(claim, before if number % 3 else None)
        assert Decimal(found["pooled"]) == before.pooled
        assert Decimal(found["cash"]) == before.cash


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_formats_agree(tmp_path: Path, suffix: str) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    header = ("person", "date", "benefit", "level", "status", "total", "in_scope")
    given = [(f"p{i // 2}", "2025-03-01", "outpatient", "primary", "active", f"{i}.50", f"{i}.05")
             for i in range(50)]  # fmt: skip
    source = tmp_path / f"in{suffix}"
    if suffix == ".csv":
        write(source, ",".join(header), *(",".join(one) for one in given))
    elif suffix == ".jsonl":
        claims = [dict(zip(header, one, strict=True)) for one in given]
        write(source, *(json.dumps(one).replace('.50"', ".50").replace('"total": "', '"total": ')
                        for one in claims))  # fmt: skip
    else:
        money = {"total", "in_scope"}
        columns = {
            name: pa.array([Decimal(c) for c in cells], pa.decimal128(16, 2))
            if name in money
            else pa.array(cells)
            for name, cells in zip(header, zip(*given, strict=True), strict=True)
        }
        parquet.write_table(pa.table(columns), source)
    out = tmp_path / f"out{suffix}"
    assert main(["settle", str(source), "--policy", EMPLOYEE, "-o", str(out)]) == 0
    if suffix == ".csv":
        cash = [Decimal(row["cash"]) for row in rows(out)]
    elif suffix == ".jsonl":
        cash = [json.loads(line, parse_float=Decimal)["cash"] for line in out.open()]
    else:
        cash = parquet.read_table(out)["cash"].to_pylist()
    assert cash == [Decimal(f"{i}.50") for i in range(50)]  # all below the deductible


def test_fen_in_fen_out(tmp_path: Path) -> None:
    assert settle(tmp_path, HEADER + "_fen", GOOD.replace("20000.00", "2000000")) == 0
    (found,) = rows(tmp_path / "out.csv")
    assert (found["pooled_fen"], found["cash_fen"]) == ("1589500", "410500")


def test_policy_by_row(tmp_path: Path) -> None:
    given = write(
        tmp_path / "in.csv",
        HEADER + ",policy",
        GOOD + "," + EMPLOYEE,
        "b,p2,2025-01-05,inpatient,tertiary,adult,20000.00,110000/resident",
        "c,p3,2025-01-05,inpatient,tertiary,active,20000.00,999999/employee",
    )
    rejects = tmp_path / "rejects.csv"
    out = tmp_path / "out.csv"
    assert main(["settle", str(given), "-o", str(out), "--rejects", str(rejects)]) == 3
    assert [row["id"] for row in rows(out)] == ["a", "b"]
    (refused,) = rows(rejects)
    assert (refused["row"], refused["field"], refused["code"]) == ("3", "policy", "C110")


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("x,p1,2024-12-31,inpatient,tertiary,active,1.00", "date", "C104"),
        ("x,p9,1990-01-01,inpatient,tertiary,active,1.00", "date", "C105"),
        ("x,p9,2025-01-01,maternity,tertiary,active,1.00", "benefit", "C106"),
        ("x,p9,2025-01-01,inpatient,tertiary,,1.00", "status", "C108"),
        ("x,p9,2025-01-01,inpatient,huge,active,1.00", "level", "C110"),
        ("x,p9,2025-13-01,inpatient,tertiary,active,1.00", "date", "C110"),
        ("x,,2025-01-01,inpatient,tertiary,active,1.00", "person", "C110"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,-1.00", "in_scope_fen", "C101"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,99999999999.00", "in_scope", "C102"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,1.005", "in_scope", "C111"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,1e3", "in_scope", "C111"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,", "in_scope", "C112"),
        ("x,p9,2025-01-01,inpatient,tertiary,active", "", "C112"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,1.00,more", "", "C112"),
    ],
)
def test_bad_rows(tmp_path: Path, line: str, field: str, code: str) -> None:
    after = "b,p1,2025-02-05,inpatient,tertiary,active,20000.00"
    (refused,) = refuse(tmp_path, HEADER, GOOD, line, after.replace("p1", "q1"))
    assert (refused["row"], refused["code"]) == ("2", code)
    assert field in refused["field"]
    assert refused["reason"]
    assert refused["id"] == "x"
    assert [row["row"] for row in rows(tmp_path / "out.csv")] == ["1", "3"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "an amount is missing, expected yuan such as 1234.56"),
        ("¥80", "no exact amount of money, expected yuan such as 1234.56, found `¥80`"),
        ('"8,000.00"', "no exact amount of money, expected yuan such as 1234.56, found `8,000.00`"),
    ],
)
def test_bad_amounts_are_told(tmp_path: Path, cell: str, reason: str) -> None:
    (refused,) = refuse(tmp_path, HEADER, f"x,p1,2025-01-05,inpatient,tertiary,active,{cell}")
    assert (refused["field"], refused["reason"]) == ("in_scope", reason)


@pytest.mark.parametrize(
    ("line", "field", "found"),
    [
        ("x,p1,2024-12-31,inpatient,tertiary,active,1.00", "date", "2024-12-31"),
        ("x,p9,1990-01-01,inpatient,tertiary,active,1.00", "date", "1990-01-01"),
        ("x,p9,2025-01-01,maternity,tertiary,active,1.00", "benefit", "maternity"),
        ("x,p9,2025-01-01,inpatient,tertiary,active,-1.00", "in_scope_fen", "-100"),
    ],
)
def test_what_the_kernel_refuses(tmp_path: Path, line: str, field: str, found: str) -> None:
    (refused,) = refuse(tmp_path, HEADER, GOOD, line)
    assert refused["field"] == field
    assert refused["reason"].endswith(f", found `{found}`")


def test_a_bad_row_parts_nobody(tmp_path: Path) -> None:
    bad = "x,,2025-01-06,inpatient,tertiary,active,1.00"
    after = "b,p1,2025-02-05,inpatient,tertiary,active,20000.00"
    refuse(tmp_path, HEADER, GOOD, bad, after)
    assert [row["deductible"] for row in rows(tmp_path / "out.csv")] == ["1300.00", "650.00"]


def test_spaces_around_a_person_part_nobody(tmp_path: Path) -> None:
    persons = ["p1", "p1 ", " p1", "\u3000p1\t"]
    assert settle(tmp_path, HEADER, *(GOOD.replace("p1", who) for who in persons)) == 0
    found = rows(tmp_path / "out.csv")
    assert [row["person"] for row in found] == ["p1"] * 4
    assert [row["deductible"] for row in found] == ["1300.00", "650.00", "650.00", "650.00"]


@pytest.mark.parametrize("who", ["p1\0", "p1\0\0", "p\x001", "  "])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_no_person(tmp_path: Path, who: str, suffix: str) -> None:
    keys = HEADER.split(",")
    given = tmp_path / f"in{suffix}"
    claims = [GOOD.replace("p1", one) for one in ("p1", who, "p1")]
    if suffix == ".jsonl":
        write(given, *(json.dumps(dict(zip(keys, one.split(","), strict=True))) for one in claims))
    else:
        write(given, HEADER, *claims)
    out, rejects = tmp_path / "out.csv", tmp_path / "rejects.jsonl"
    args = ["settle", str(given), "--policy", EMPLOYEE, "-o", str(out), "--rejects", str(rejects)]
    assert main(args) == 3
    (refused,) = [json.loads(line) for line in rejects.open()]
    assert (refused["row"], refused["field"], refused["code"]) == (2, "person", "C110")
    assert refused["record"]["person"] == who
    assert [row["deductible"] for row in rows(out)] == ["1300.00", "650.00"]


def test_a_person_in_two_places(tmp_path: Path) -> None:
    (refused,) = refuse(
        tmp_path, HEADER, GOOD, GOOD.replace("p1", "p2"), GOOD.replace("2025-01", "2025-03")
    )
    assert (refused["row"], refused["field"], refused["code"]) == ("3", "person", "C103")
    assert "p1" not in refused["reason"]


def test_a_person_parted_by_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medsettle.cli.read.BLOCK_ROWS", 2)
    persons = ["9", "10", "10", "11", "9"]
    lines = [f"{i},{p},2025-01-05,inpatient,tertiary,active,100.00" for i, p in enumerate(persons)]
    (refused,) = refuse(tmp_path, HEADER, *lines)
    assert (refused["row"], refused["code"]) == ("5", "C103")
    assert rows(tmp_path / "out.csv")[2]["deductible"] == "100.00"


def test_amounts_that_disagree(tmp_path: Path) -> None:
    refused = refuse(
        tmp_path,
        HEADER + ",total,full_self_pay",
        GOOD + ",20001.00,",
        GOOD.replace("p1", "p2") + ",20001.00,2.00",
        GOOD.replace("p1", "p3") + ",19999.00,",
    )
    assert [(one["row"], one["field"], one["code"]) for one in refused] == [
        ("2", "total", "C113"),
        ("3", "total", "C113"),
    ]
    assert rows(tmp_path / "out.csv")[0]["cash"] == "4106.00"


def test_rejects_without_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = [GOOD.replace("p1", f"secret{i}").replace("2025", "1925") for i in range(30)]
    assert settle(tmp_path, HEADER, *bad) == 3
    told = capsys.readouterr().err
    assert told.count("[C105]") == 20
    assert "10 more" in told
    assert "secret" not in told


def test_jsonl_reads_numbers_exactly(tmp_path: Path) -> None:
    claim = '{"person": 1, "date": "2025-01-05", "benefit": "inpatient", "level": "tertiary", '
    given = write(
        tmp_path / "in.jsonl",
        claim + '"status": "active", "in_scope": 20000.10}',
        "",
        claim + '"status": "active", "in_scope": 1.005}',
        "{not json",
        claim + '"status": "active", "in_scope": 1, "ytd": {}}',
    )
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    args = ["settle", str(given), "--policy", EMPLOYEE, "-o", str(out), "--rejects", str(rejects)]
    assert main(args) == 3
    (found,) = [json.loads(line, parse_float=Decimal) for line in out.open()]
    assert found["cash"] == Decimal("20000.10") - found["pooled"]
    refused = [json.loads(line) for line in rejects.open()]
    assert [one["row"] for one in refused] == [3, 4, 5]
    assert [one["code"] for one in refused] == ["C111", "C112", "C112"]
    assert refused[1]["record"] == "{not json"
    assert refused[2]["record"]["ytd"] == {}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@pytest.mark.parametrize("amount", ["in_scope", "in_scope_fen"])
def test_mended_rejects_go_in(tmp_path: Path, suffix: str, amount: str) -> None:
    header = f"id,person,age,date,benefit,level,status,{amount},total"
    line = "x,p1,68,2025-01-05,inpatient,huge,retired,2000000,"
    given = write(tmp_path / "in.csv", header, line, line.replace("p1", "p2"))
    for again in range(2):
        rejects = tmp_path / f"rejects{again}{suffix}"
        args = ["--policy", EMPLOYEE, "-o", str(tmp_path / f"out{again}.csv")]
        assert main(["settle", str(given), *args, "--rejects", str(rejects)]) == 3
        given = rejects
    text = given.read_text(encoding="utf-8")
    given.write_text(text.replace("huge", "tertiary"), encoding="utf-8")
    out = tmp_path / "mended.csv"
    assert main(["settle", str(given), "--policy", EMPLOYEE, "-o", str(out)]) == 0
    assert [(one["id"], one["person"]) for one in rows(out)] == [("x", "p1"), ("x", "p2")]


def test_mended_rejects_of_json_go_in(tmp_path: Path) -> None:
    claim = '{"person": 1, "date": "2025-01-05", "benefit": "inpatient", "level": "tertiary", '
    given = write(
        tmp_path / "in.jsonl",
        claim + '"status": "active", "in_scope": 20000.105}',
        (claim + '"status": "active", "in_scope": 100.10}').replace('"person": 1,', '"person" 1,'),
    )
    for again in range(2):
        rejects = tmp_path / f"rejects{again}.jsonl"
        args = ["--policy", EMPLOYEE, "-o", str(tmp_path / f"out{again}.jsonl")]
        assert main(["settle", str(given), *args, "--rejects", str(rejects)]) == 3
        given = rejects
    text = given.read_text(encoding="utf-8").replace("20000.105", "20000.10")
    given.write_text(text.replace('\\"person\\" 1', '\\"person\\": 1'), encoding="utf-8")
    out = tmp_path / "mended.jsonl"
    assert main(["settle", str(given), "--policy", EMPLOYEE, "-o", str(out)]) == 0
    totals = [json.loads(line, parse_float=Decimal)["total"] for line in out.open()]
    assert totals == [Decimal("20000.10"), Decimal("100.10")]


# ---------------------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("person,date,benefit", "column `in_scope` is missing"),
        ("date,benefit,in_scope", "column `person` is missing"),
        ("person,date,benefit,in_scope,date", "column `date` is there twice"),
        ("person,date,benefit,in_scope,in_scope_fen", "either `in_scope` or `in_scope_fen`"),
        ("person,date,benefit,in_scope,over_limits", "did you mean `over_limit`?"),
    ],
)
def test_bad_headers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, told: str
) -> None:
    assert settle(tmp_path, header) == 1
    assert told in only_error(capsys)
    assert names(tmp_path) == ["in.csv"]


def test_a_wide_header_is_read_at_once() -> None:
    wide = ["date", "benefit", "in_scope", *(f"ytd:c{i}" for i in range(30_000))]
    before = time.process_time()
    assert len(Header("in.csv", wide).names) == len(wide)
    assert time.process_time() - before < 2
    with pytest.raises(CommandError, match="`ytd:c29999` is there twice"):
        Header("in.csv", [*wide, "ytd:c29999"])


def test_a_header_alone_is_no_claim(tmp_path: Path) -> None:
    assert settle(tmp_path, HEADER) == 0
    assert rows(tmp_path / "out.csv") == []


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    assert settle(tmp_path, "\ufeff" + HEADER, GOOD) == 0


def test_gb18030(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "in.csv"
    given.write_bytes(f"{HEADER}\n{GOOD.replace('p1', '张三')}\n".encode("gb18030"))
    assert main(["settle", str(given), "--policy", EMPLOYEE, "-o", str(tmp_path / "o.csv")]) == 1
    assert "iconv -f GB18030" in only_error(capsys)


def test_an_open_quote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert settle(tmp_path, HEADER, '"' + GOOD, GOOD) == 1
    assert "quote" in only_error(capsys)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["missing.csv", "-o", "o.csv"], 1, "no such file"),
        ([".", "-o", "o.csv"], 2, "must end in"),
        (["in.xlsx", "-o", "o.csv"], 2, "must end in"),
        (["empty.csv", "-o", "o.csv"], 1, "is empty"),
        (["in.csv", "-o", "o.txt"], 2, "must end in"),
        (["in.csv", "-o", "in.csv", "--force"], 2, "would overwrite"),
        (["in.csv", "-o", "o.csv", "--rejects", "o.csv"], 2, "would overwrite"),
        (["in.csv", "-o", "none/o.csv"], 1, "there is no folder"),
        (["in.csv", "-o", "old.csv"], 1, "--force"),
        (["in.csv"], 2, "-o OUT is needed"),
        (["folder.csv", "-o", "o.csv"], 1, "is a folder"),
        (["in.parquet", "-o", "o.csv"], 1, "is no Parquet file"),
    ],
)
def test_bad_arguments(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in.csv", "in.xlsx", "in.parquet"):
        write(Path(name), HEADER, GOOD)
    Path("empty.csv").touch()
    Path("old.csv").touch()
    Path("folder.csv").mkdir()
    before = names(tmp_path)
    assert main(["settle", "--policy", EMPLOYEE, *args]) == code
    assert told in only_error(capsys)
    assert names(tmp_path) == before
    assert Path("in.csv").read_text().startswith(HEADER)


def test_without_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = write(tmp_path / "in.csv", HEADER, GOOD)
    assert main(["settle", str(given), "-o", str(tmp_path / "o.csv")]) == 2
    assert "--policy" in only_error(capsys)


def test_an_unknown_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = write(tmp_path / "in.csv", HEADER, GOOD)
    out = str(tmp_path / "o.csv")
    assert main(["settle", str(given), "--policy", "999999/employee", "-o", out]) == 1
    assert "110000/employee" in only_error(capsys)


def test_a_bad_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = write(tmp_path / "in.csv", HEADER, GOOD)
    bad = write(tmp_path / "bad.toml", 'region = "1"')
    assert main(["settle", str(given), "--policy", str(bad), "-o", str(tmp_path / "o.csv")]) == 1
    assert "error[P201]" in capsys.readouterr().err


def test_force_replaces(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")
    assert settle(tmp_path, HEADER, GOOD, more=("--force",)) == 0
    assert len(rows(tmp_path / "out.csv")) == 1


def test_a_file_that_appears_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    monkeypatch.setattr(Settler, "__init__", _then(Settler.__init__, lambda: out.write_text("new")))
    assert settle(tmp_path, HEADER, GOOD) == 1
    assert "exists already; --force replaces it" in only_error(capsys)
    assert out.read_text() == "new"
    assert names(tmp_path) == ["in.csv", "out.csv"]
    assert settle(tmp_path, HEADER, GOOD, more=("--force",)) == 0
    assert len(rows(out)) == 1


def _then(first: Callable[..., None], second: Callable[[], object]) -> Callable[..., None]:
    def both(*args: object) -> None:
        first(*args)
        second()

    return both


def _no_link(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("is_there", [False, True])
def test_no_links_on_the_file_system(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_there: bool,
) -> None:
    monkeypatch.setattr("os.link", _no_link)
    out = tmp_path / "out.csv"
    if is_there:
        appears = _then(Settler.__init__, lambda: out.write_text("new"))
        monkeypatch.setattr(Settler, "__init__", appears)
        assert settle(tmp_path, HEADER, GOOD) == 1
        assert "exists already" in only_error(capsys)
        assert out.read_text() == "new"
    else:
        assert settle(tmp_path, HEADER, GOOD) == 0
        assert len(rows(out)) == 1
    assert names(tmp_path) == ["in.csv", "out.csv"]


@pytest.mark.parametrize("more", [(), ("--force",)])
@pytest.mark.parametrize("option", ["-o", "--rejects"])
def test_links_in_a_circle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, more: tuple[str, ...]
) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to("loop.csv")
    assert settle(tmp_path, HEADER, GOOD, more=(option, str(loop), *more)) == 1
    assert "loop.csv: too many levels of symbolic links" in only_error(capsys)
    assert names(tmp_path) == ["in.csv", "loop.csv"]


def test_a_child_that_does_not_read_fails_the_test(tmp_path: Path) -> None:
    fifo = tmp_path / "in.csv"
    os.mkfifo(fifo)
    process = subprocess.Popen([sys.executable, "-c", "1 / 0"], stderr=subprocess.PIPE)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        fed(process, fifo, b"x")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("out", ["out.csv", "out.parquet"])
def test_killed_half_way_leaves_nothing(tmp_path: Path, number: signal.Signals, out: str) -> None:
    if out.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    fifo = tmp_path / "in.csv"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "medsettle.cli", "settle", str(fifo), "--policy", EMPLOYEE,
               "-o", str(tmp_path / out)]  # fmt: skip
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # where the tests ignore it
    )
    lines = [f"{HEADER}\n"] + [f"{GOOD.replace('p1', str(i))}\n" for i in range(25_000)]
    try:
        pipe = fed(process, fifo, "".join(lines).encode())
        for _ in range(100):
            if len(names(tmp_path)) > 1:
                break
            time.sleep(0.05)
        assert len(names(tmp_path)) == 2  # a part beside
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
        os.close(pipe)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert b"Traceback" not in told
    assert names(tmp_path) == ["in.csv"]


def test_an_ignored_hangup_stays_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up() -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    monkeypatch.setattr(Settler, "__init__", _then(Settler.__init__, hang_up))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert settle(tmp_path, HEADER, GOOD) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    command = f"{sys.executable} -m medsettle.cli show {EMPLOYEE} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.stdout.startswith(EMPLOYEE.encode())


# ---------------------------------------------------------------------------- slips


def test_slips(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settle", str(SLIPS)]) == 0
    told = capsys.readouterr().out
    assert "91,759.51" in told
    assert told.splitlines()[-1].startswith("6 slips, ")
    assert told.splitlines()[-1].endswith("published figures, all equal")


def test_a_slip_that_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SLIPS.read_text(encoding="utf-8").replace("53631.71", "53631.72")
    given = tmp_path / "slips.csv"
    given.write_text(text, encoding="utf-8")
    assert main(["settle", str(given)]) == 1
    told = capsys.readouterr()
    assert "1 different" in told.out.splitlines()[-1]
    (different,) = [line.split() for line in told.out.splitlines() if line.endswith("NO")]
    assert different == ["07", "large_amount", "53,631.72", "53,631.71", "NO"]


@pytest.mark.parametrize(
    ("header", "rows", "told"),
    [
        ("ytd:inpatient_pooled.visits", ["1"], "1 slip, no published figures to compare"),
        ("published:cash", ["4105.00"], "1 slip, 1 published figure, all equal"),
        ("published:cash", ["1.00", ""], "2 slips, 1 published figure, 1 different"),
        ("published:cash", ["1.00", "x"], "must be yuan such as 1234.56, found `x`"),
    ],
)
def test_the_sum_of_slips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, rows: list[str], told: str
) -> None:
    lines = [f"{GOOD},{EMPLOYEE},{cell}" for cell in rows]
    given = write(tmp_path / "slips.csv", f"{HEADER},policy,{header}", *lines)
    assert main(["settle", str(given)]) == (1 if "differ" in told or "must" in told else 0)
    output = capsys.readouterr()
    assert (output.out or output.err).splitlines()[-1].endswith(told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("110000/employee", "999999/employee", "`policy`"),
        ("inpatient,tertiary", "inpatient,highest", "`level`"),
        ("91759.51", "91759.511", "published:pooled"),
        ("ytd:inpatient_pooled.pay", "ytd:inpatient_pooled.pays", "inpatient_pooled.pays"),
        ("published:pooled", "published:pool", "published:pool"),
    ],
)
def test_bad_slips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    given = tmp_path / "slips.csv"
    given.write_text(SLIPS.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert main(["settle", str(given)]) == 1
    assert told in capsys.readouterr().err


# ---------------------------------------------------------------------------- the others


def claim_file(tmp_path: Path, **fields: object) -> str:
    claim = {"date": "2025-01-05", "benefit": "inpatient", "level": "tertiary",
             "status": "active", "in_scope": "20000.00", **fields}  # fmt: skip
    return str(write(tmp_path / "claim.json", json.dumps(claim)))


def test_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ytd = {"counters": {"inpatient_pooled.visits": 1}}
    given = claim_file(tmp_path, ytd=ytd, person="secret")
    assert main(["explain", "--policy", EMPLOYEE, given]) == 0
    told = capsys.readouterr().out
    assert "本年第 2 次" in told
    assert "第三十六条" in told
    assert "secret" not in told


@pytest.mark.parametrize("fields", [{"in_scope": 1.005}, {"level": "huge"}, {"ages": 3}])
def test_explain_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fields: dict[str, object]
) -> None:
    assert main(["explain", "--policy", EMPLOYEE, claim_file(tmp_path, **fields)]) == 1
    assert "error[C11" in only_error(capsys)


def test_check_of_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_check_finds_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = write(tmp_path / "bad.toml", 'region = "1"')
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f"{bad}:1:10: error[P201]" in out
    assert out.splitlines()[-1].startswith("1 file, ")
    assert main(["check", str(bad), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert ("P201", 1, 10) in [(one["code"], one["line"], one["column"]) for one in told]


def test_the_worked_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(" passed, 0 failed")


def test_a_worked_example_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ROOT / "policies" / "110000-beijing"
    text = (folder / "employee.cases.toml").read_text(encoding="utf-8")
    (tmp_path / "x.cases.toml").write_text(
        f'policy = "{EMPLOYEE}"\n' + text.replace("97_372.18", "97_372.19"), encoding="utf-8"
    )
    assert main(["test", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "`inpatient_pooled.reached` expected 97,372.19, found 97,372.18" in told
    assert told.splitlines()[-1].endswith(", 1 failed")


def test_a_policy_without_worked_examples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = write(tmp_path / "bare.toml", "")
    assert main(["test", EMPLOYEE, str(bare)]) == 1
    told = capsys.readouterr().out
    assert f"FAILED {bare}: has no worked examples, expected bare.cases.toml beside it" in told
    assert told.splitlines()[-1].endswith(" passed, 1 failed")
    assert main(["test", str(tmp_path / "gone.toml")]) == 1
    assert "gone.toml" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "test"])
def test_no_such_path(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "nowhere"]) == 1
    assert "nowhere" in only_error(capsys)


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", EMPLOYEE, "--on", "2025-01-01"]) == 0
    told = capsys.readouterr().out
    assert "deductible per visit, inside the first band: 1,300.00, then 650.00" in told
    assert "2007" not in told.partition("layer ")[0]


def test_show_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", EMPLOYEE, "--compiled"]) == 0
    told = capsys.readouterr().out
    assert "above 30,000.00 to 40,000.00: 94%" in told
    assert "第三十六条" in told


@pytest.mark.parametrize("on", ["yesterday", "1900-01-01"])
def test_show_on_a_bad_day(capsys: pytest.CaptureFixture[str], on: str) -> None:
    assert main(["show", EMPLOYEE, "--on", on]) == 1
    only_error(capsys)


@pytest.mark.parametrize("more", [["show", "--compiled"], ["show"], ["compile", "-o", "x.mst"]])
@pytest.mark.parametrize("on", ["2025-13-01", "20250101", ""])
def test_what_is_no_date(capsys: pytest.CaptureFixture[str], more: list[str], on: str) -> None:
    command, *options = more
    assert main([command, EMPLOYEE, "--on", on, *options]) == 1
    assert f"expected a date YYYY-MM-DD, found `{on}`" in only_error(capsys)


def test_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "e.mst"
    assert main(["compile", EMPLOYEE, "-o", str(out)]) == 0
    assert ms.load(out).fingerprint == ms.load(EMPLOYEE).fingerprint
    capsys.readouterr()
    assert main(["compile", EMPLOYEE, "-o", str(out)]) == 1
    assert "--force" in only_error(capsys)


def test_coverage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage"]) == 0
    told = capsys.readouterr().out
    assert "published examples" in told
    head, *blocks = [line.split() for line in told.splitlines()]
    assert head[-5:] == ["verified", "corroborated", "unverified", "published", "own"]
    (inpatient,) = [row for row in blocks if row[:2] == [EMPLOYEE, "inpatient"]]
    layers, *provenance = map(int, inpatient[3:7])
    assert layers == sum(provenance)
    assert int(inpatient[7]) > 0


def test_coverage_of_given_policies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ROOT / "policies" / "110000-beijing"
    for paths in ([str(folder)], [EMPLOYEE, "110000/resident"]):
        assert main(["coverage", *paths]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("2 policies, ")
    assert main(["coverage", str(tmp_path)]) == 1
    assert only_error(capsys) == f"medsettle: no policy in {tmp_path}\n"


@pytest.mark.parametrize("more", [[], ["--compiled"]])
def test_show_takes_a_folder_with_one_policy(
    tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix in (".toml", ".cases.toml"):
        file = ROOT / "policies" / "110000-beijing" / f"employee{suffix}"
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert main(["show", str(tmp_path), *more]) == 0
    assert EMPLOYEE in capsys.readouterr().out.splitlines()[0]
    several = str(ROOT / "policies" / "110000-beijing")
    assert main(["show", several, *more]) == 1
    told = only_error(capsys)
    assert "expected one policy in the folder, found " in told
    assert "employee.toml, " in told
    assert main(["show", str(ROOT / "policies" / "000000-national"), *more]) == 1
    assert "found none" in only_error(capsys)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"medsettle {ms.__version__}\n"


def test_wrong_usage() -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["settle"])
    assert leaving.value.code == 2
