"""`medsettle settle --catalogue --lines`: claims and fee lines in two files, settled as bills."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import medsettle as ms
from medsettle.cli import main, read
from medsettle.cli.engine import PersonKeys
from medsettle.cli.line_texts import _number
from tests.pipes import fed

EXAMPLES = Path(__file__).parents[3] / "examples" / "catalogue"
CLAIMS, LINES = EXAMPLES / "sample-claims.csv", EXAMPLES / "sample-lines.csv"
EMPLOYEE = "110000/employee"
PARTS = ("full_self_pay", "over_limit", "first_step", "in_scope")
BED, DRUG, PANTO = "001109000010000", "XA10BHX927A001010199027", "XA02BCP926B014010199026"
HEAD = "bill,id,code,price,quantity,amount,date,approval,returns"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "sample.msc"
    catalogue = ms.Catalogue.from_files(
        EXAMPLES / "sample.items.csv", EXAMPLES / "sample.rules.toml"
    )
    path.write_bytes(catalogue.image)
    return path


class Run:
    """The command in a folder of its own."""

    def __init__(self, folder: Path, image: Path) -> None:
        self.folder, self.image = folder, image

    def __call__(self, claims: Path = CLAIMS, lines: Path = LINES, *more: str) -> int:
        return main(self.args(claims, lines, *more))

    def args(self, claims: Path, lines: Path, *more: str) -> list[str]:
        files = {"--output": "out", "--lines-out": "lines-out", "--rejects": "rejects"}
        files |= {"--lines-rejects": "lines-rejects"}
        named = [one for option, name in files.items() for one in (option, f"{self.path(name)}")]
        policy = [] if "--policy" in more else ["--policy", EMPLOYEE]
        return [
            *("settle", str(claims), "--catalogue", str(self.image), "--lines", str(lines)),
            *(*policy, *named, *more),
        ]

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.csv"

    def rows(self, name: str) -> list[dict[str, str]]:
        with self.path(name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def written(self, name: str, head: str, *rows: str) -> Path:
        path = self.path(name)
        path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
        return path

    def changed(self, name: str, source: Path, *changes: tuple[str, str]) -> Path:
        text = source.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = self.path(name)
        path.write_text(text, encoding="utf-8")
        return path

    @property
    def outputs(self) -> list[str]:
        names = ("out", "lines-out", "rejects", "lines-rejects")
        return [name for name in names if self.path(name).exists()]


@pytest.fixture
def run(tmp_path: Path, image: Path) -> Run:
    return Run(tmp_path, image)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


# ---------------------------------------------------------------------------- amounts


OTHER_REGION = "note: the catalogue is of region 990000, the policy of region 110000\n"


def test_the_sample_comes_out_as_counted_by_hand(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    assert told(capsys) == f"{OTHER_REGION}3 settled, 0 rejected; 12 lines read\n"
    amounts = [[row[name] for name in ("amount", *PARTS)] for row in run.rows("lines-out")]
    assert amounts == [
        ["180.00", "0.00", "30.00", "0.00", "150.00"],  # three bed days at 60, the ceiling is 50
        ["123.45", "0.00", "0.00", "0.00", "123.45"],  # class A
        ["210.00", "0.00", "0.00", "21.00", "189.00"],  # class B, 10 %
        ["40.00", "40.00", "0.00", "0.00", "0.00"],  # class C
        ["260.00", "0.00", "60.00", "20.00", "180.00"],  # above 200, then 10 %
        ["-60.00", "0.00", "0.00", "-6.00", "-54.00"],  # 8 of 28 come back
        ["4000.00", "0.00", "0.00", "400.00", "3600.00"],
        ["180.00", "30.00", "0.00", "0.00", "150.00"],  # six bed days of five
        ["194.40", "0.00", "0.00", "19.44", "174.96"],  # restricted, approved
        ["48.60", "48.60", "0.00", "0.00", "0.00"],  # restricted, not approved
        ["7200.00", "0.00", "300.00", "690.00", "6210.00"],  # implant: 6900, then 10 % of it
        ["48.00", "0.00", "0.00", "0.00", "48.00"],
    ]
    labels = [[row[name] for name in ("row", "bill", "id")] for row in run.rows("lines-out")]
    assert labels[5:7] == [["6", "V-1", "6"], ["7", "V-2", "1"]]
    out = run.rows("out")
    assert [[row[name] for name in ("id", "total", *PARTS)] for row in out] == [
        ["V-1", "753.45", "40.00", "90.00", "35.00", "588.45"],
        ["V-2", "4423.00", "78.60", "0.00", "419.44", "3924.96"],
        ["V-3", "7248.00", "0.00", "300.00", "690.00", "6258.00"],
    ]
    # p1's first stay is below the deductible of 1,300; the second has 650, then 87 %
    assert [(row["deductible"], row["pooled"], row["cash"]) for row in out[:2]] == [
        ("588.45", "0.00", "753.45"),
        ("650.00", "2849.22", "1573.78"),
    ]
    assert run.rows("rejects") == run.rows("lines-rejects") == []


def test_amounts_are_those_of_bills_one_by_one(run: Run, image: Path) -> None:
    assert run() == 0
    catalogue, table = ms.open_catalogue(image), ms.load(EMPLOYEE)
    year: dict[str, ms.Settlement] = {}
    with CLAIMS.open(encoding="utf-8") as claims, LINES.open(encoding="utf-8") as lines:
        charged = list(csv.DictReader(lines))
        for row, got in zip(csv.DictReader(claims), run.rows("out"), strict=True):
            person, id_ = row.pop("person"), row.pop("id")
            days = int(row.pop("days"))
            mine = [
                ms.FeeLine.from_yuan(**{k: v for k, v in line.items() if v and k != "bill"})
                for line in charged
                if line["bill"] == id_
            ]
            claim = ms.Claim.from_yuan(**row, days=days, in_scope=0)
            bill = catalogue.split(claim, mine, table)
            year[person] = table.settle(bill.claim, year.get(person))
            assert Decimal(got["cash"]) == year[person].cash
            assert Decimal(got["pooled"]) == year[person].pooled


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11])
def test_blocks_of_any_size_say_the_same(
    run: Run, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = run.changed("lines", LINES, ("V-2,2,001109000010000", "V-2,2,999"))
    assert run(CLAIMS, lines) == 3
    whole = {name: run.path(name).read_bytes() for name in run.outputs}
    monkeypatch.setattr(read, "BLOCK_ROWS", size)
    assert run(CLAIMS, lines, "--force") == 3
    assert {name: run.path(name).read_bytes() for name in run.outputs} == whole


def parquet_lines(folder: Path) -> Path:
    with LINES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def decimals(name: str, scale: int) -> pa.Array:
        given = [Decimal(row[name]) if row[name] else None for row in rows]
        return pa.array(given, pa.decimal128(20, scale))

    def texts(name: str) -> pa.Array:
        return pa.array([row[name] or None for row in rows])

    table = pa.table(
        {
            "bill": texts("bill").dictionary_encode(),
            "id": pa.array([int(row["id"]) for row in rows], pa.int16()),
            "code": texts("code").dictionary_encode(),
            "price": decimals("price", 8),
            "quantity": pa.array([int(row["quantity"]) for row in rows]),
            "amount": decimals("amount", 2),
            "date": texts("date").cast(pa.date32()),
            "approval": texts("approval").dictionary_encode(),
            "returns": pa.array([int(row["returns"]) if row["returns"] else None for row in rows]),
        }
    )
    pq.write_table(table, folder / "lines.parquet", row_group_size=5)
    return folder / "lines.parquet"


def test_parquet_in_and_out(run: Run) -> None:
    assert run() == 0
    lines = parquet_lines(run.folder)
    out = run.folder / "split.parquet"
    assert run(CLAIMS, lines, "--lines-out", str(out), "--force") == 0
    got = pq.read_table(out)
    assert got.schema.field("amount").type == pa.decimal128(16, 2)
    expected = run.path("lines-out")
    assert run(CLAIMS, LINES, "--force") == 0
    with expected.open(encoding="utf-8") as file:
        for row, found in zip(csv.DictReader(file), got.to_pylist(), strict=True):
            assert {name: str(value) for name, value in found.items()} == row


def test_lines_as_json(run: Run) -> None:
    out = run.folder / "split.jsonl"
    assert run(CLAIMS, LINES, "--lines-out", str(out)) == 0
    sixth = json.loads(out.read_text().splitlines()[5], parse_float=Decimal)
    assert sixth["amount"] == Decimal("-60.00")
    assert (sixth["row"], sixth["bill"], sixth["code"]) == (6, "V-1", DRUG)


def test_each_row_may_name_its_policy(run: Run) -> None:
    with CLAIMS.open(encoding="utf-8") as file:
        head, *rows = file.read().splitlines()
    rows[2] = rows[2].replace("retired", "adult")
    names = [EMPLOYEE, EMPLOYEE, "110000/resident"]
    named = [f"{row},{name}" for row, name in zip(rows, names, strict=True)]
    claims = run.written("claims", f"{head},policy", *named).read_text()
    path = run.path("claims")
    args = [one for one in run.args(path, LINES) if one not in ("--policy", EMPLOYEE)]
    assert main(args) == 0
    third = run.rows("lines-out")[10]
    # a resident pays 20 % of what an implant costs up to the ceiling, an employee 10 %
    assert (third["first_step"], third["in_scope"]) == ("1380.00", "5520.00")
    assert [row["cash"] for row in run.rows("out")][:2] == ["753.45", "1573.78"]
    run.written("claims", *claims.replace("110000/resident", "nowhere").splitlines())
    assert main([*args, "--force"]) == 3
    assert run.rows("rejects")[0]["field"] == "policy"
    assert {row["reject_code"] for row in run.rows("lines-rejects")} == {"C110"}


def test_who_is_insured_how_and_by_which_level(run: Run) -> None:
    assert run(CLAIMS, LINES, "--insured", "resident") == 0
    assert run.rows("lines-out")[2]["first_step"] == "31.50"  # 15 % of 210
    head, *rows = CLAIMS.read_text(encoding="utf-8").splitlines()
    levels = ["secondary", "", "quaternary"]
    named = [f"{row},{level}" for row, level in zip(rows, levels, strict=True)]
    claims = run.written("claims", f"{head},price_level", *named)
    assert run(claims, LINES, "--force") == 3
    # the secondary ceiling of a bed is 35; the claim stays that of a tertiary hospital
    assert run.rows("lines-out")[0]["over_limit"] == "75.00"
    assert [(row["field"], row["code"]) for row in run.rows("rejects")] == [("price_level", "C110")]


# ---------------------------------------------------------------------------- refused


def test_a_bill_with_refused_lines_tells_all_of_them(run: Run) -> None:
    lines = run.changed(
        "lines", LINES,
        ("V-2,1,003310030200000,4000", "V-2,1,003310030200000,4x"),
        ("V-2,2,001109000010000,30", "V-2,2,999,30"),
        ("48.60,4,,", "48.60,4,1.00,"),
    )  # fmt: skip
    assert run(CLAIMS, lines) == 3
    (rejected,) = run.rows("rejects")
    assert (rejected["row"], rejected["field"], rejected["code"]) == ("2", "lines", "C115")
    assert rejected["id"] == "V-2"
    assert rejected["reason"] == (
        "lines of the bill are refused: C110 in row 7; L101 in row 8; L105 in row 9 of the lines"
    )
    refused = [
        [row[f"reject_{name}"] for name in ("row", "field", "code")] + [row["id"]]
        for row in run.rows("lines-rejects")
    ]
    assert refused == [
        ["7", "price", "C110", "1"],
        ["8", "code", "L101", "2"],
        ["9", "amount", "L105", "3"],
        ["10", "bill", "C115", "4"],
    ]
    assert "found `4x`" in run.rows("lines-rejects")[0]["reject_reason"]
    assert [row["id"] for row in run.rows("out")] == ["V-1", "V-3"]
    assert {row["bill"] for row in run.rows("lines-out")} == {"V-1", "V-3"}


def test_mended_rejects_are_settled(run: Run) -> None:
    bad = run.changed("lines", LINES, ("V-2,2,001109000010000,30", "V-2,2,001109000010009,30"))
    assert run(CLAIMS, bad) == 3
    claims = run.changed("claims", run.path("rejects"))
    lines = run.changed("mended", run.path("lines-rejects"), ("10009,30", "10000,30"))
    assert run(claims, lines, "--force") == 0
    (row,) = run.rows("out")
    assert (row["id"], row["total"], row["in_scope"]) == ("V-2", "4423.00", "3924.96")


def test_a_claim_of_its_own_fault_takes_its_lines_along(run: Run) -> None:
    claims = run.changed("claims", CLAIMS, ("2025-04-10", "2025-04-31"))
    lines = run.changed(
        "lines", LINES, ("V-2,3,XA02BCP926B014010199026,48.60,4", f"V-2,3,{PANTO},x,4")
    )
    assert run(claims, lines) == 3
    assert [(row["field"], row["code"]) for row in run.rows("rejects")] == [("date", "C110")]
    refused = [(row["reject_field"], row["reject_code"]) for row in run.rows("lines-rejects")]
    assert refused == [("bill", "C110"), ("bill", "C110"), ("price", "C110"), ("bill", "C110")]


def test_claims_without_lines_and_without_their_own_id(run: Run) -> None:
    claims = run.written(
        "claims", "id,person,date,benefit,level,status",
        "A,p1,2025-03-01,inpatient,tertiary,active",
        ",p2,2025-03-01,inpatient,tertiary,active",
        "B,p3,2025-03-01,inpatient,tertiary,active",
        "C,p4,2025-03-01,inpatient,tertiary,active",
        "B,p5,2025-03-01,inpatient,tertiary,active",
        "D,p6,2025-03-01,inpatient,tertiary,active",
    )  # fmt: skip
    lines = run.written("lines", "bill,code,price,quantity", f"C,{DRUG},1,1", f"D,{DRUG},1,1")
    assert run(claims, lines) == 3
    assert [(row["row"], row["field"], row["code"]) for row in run.rows("rejects")] == [
        ("1", "id", "C112"),
        ("2", "id", "C110"),
        ("3", "id", "C110"),
        ("5", "id", "C110"),
    ]
    assert "no lines" in run.rows("rejects")[0]["reason"]
    assert [row["id"] for row in run.rows("out")] == ["C", "D"]


GOOD = {"code": DRUG, "price": "2", "quantity": "3", "id": "2"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"price": ""}, "C110", "price"),
        ({"price": "1.2345678"}, "C110", "price"),
        ({"price": "1,5"}, "C110", "price"),
        ({"price": "NaN"}, "C110", "price"),
        ({"price": "１"}, "C110", "price"),
        ({"price": "9" * 40}, "L106", "price"),
        ({"price": "-1"}, "L104", "quantity"),
        ({"quantity": "0.00001"}, "C110", "quantity"),
        ({"quantity": "0"}, "L104", "quantity"),
        ({"amount": "6.02"}, "L105", "amount"),
        ({"amount": "6.001"}, "C110", "amount"),
        ({"date": "2025-02-30"}, "C110", "date"),
        ({"date": "2023-12-31"}, "L103", "date"),
        ({"approval": "perhaps"}, "C110", "approval"),
        ({"herb_use": "both"}, "C110", "herb_use"),
        ({"discharge_medicine": "2"}, "C110", "discharge_medicine"),
        ({"supply_days": "0"}, "C110", "supply_days"),
        ({"supply_days": "10000.01"}, "C110", "supply_days"),
        ({"code": ""}, "L101", "code"),
        ({"code": f"{DRUG}\0"}, "L101", "code"),
        ({"code": "XA10BHX927A001010199028"}, "L102", "code"),
        ({"returns": "1"}, "L108", "returns"),
        ({"returns": "7", "quantity": "-1"}, "L108", "returns"),
        ({"returns": "1", "quantity": "-1"}, "L109", "returns"),
        ({"returns": "2", "quantity": "-1"}, "L108", "returns"),
        ({"id": "1"}, "C112", "id"),
    ],
)
def test_what_can_be_wrong_with_a_line(
    run: Run, change: dict[str, str], code: str, field: str
) -> None:
    names = [*read_columns(), "returns"]
    row = {"bill": "V-1", **GOOD, **change}
    first = {"bill": "V-1", "id": "1", "code": BED, "price": "20", "quantity": "1"}
    rows = [",".join(one.get(name, "") for name in names) for one in (first, row)]
    rows[1] = ",".join(quoted(row.get(name, "")) for name in names)
    lines = run.written("lines", ",".join(names), *rows)
    claims = run.written("claims", *CLAIMS.read_text().splitlines()[:2])
    assert run(claims, lines) == 3
    found = {row["reject_row"]: row for row in run.rows("lines-rejects")}
    assert (found["2"]["reject_code"], found["2"]["reject_field"]) == (code, field)
    assert found["1"]["reject_code"] == "C115"
    assert f"{code} in row 2" in run.rows("rejects")[0]["reason"]


def read_columns() -> list[str]:
    return [
        *("bill", "id", "code", "price", "quantity", "amount", "date", "approval", "herb_use"),
        *("discharge_medicine", "supply_days"),
    ]


def quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.34", 12_340_000), (" 3 ", 3_000_000), ("-0.5", -500_000), ("0E-8", 0), ("00", 0),
        ("1.23456700", 1_234_567), ("1" * 40, 2**62), ("12.", None), (".5", None), ("1E3", None),
        ("10E-2", None), ("+1", None), ("-", None), ("1_0", None), ("1" * 200, None),
    ],
)  # fmt: skip
def test_numbers_are_read_exactly_or_not_at_all(text: str, expected: int | None) -> None:
    assert _number(text, 6, None) == expected


def test_many_refused_lines_are_counted_not_listed(run: Run) -> None:
    rows = [f"V-1,{at},999,1,1,,,," for at in range(30)]
    claims = run.written("claims", *CLAIMS.read_text().splitlines()[:2])
    assert run(claims, run.written("lines", HEAD, *rows)) == 3
    reason = run.rows("rejects")[0]["reason"]
    assert reason.endswith("19, 20 and 10 more of the lines")
    assert len(run.rows("lines-rejects")) == 30


# ---------------------------------------------------------------------------- order


def fails(run: Run, capsys: pytest.CaptureFixture[str], claims: Path, lines: Path) -> str:
    assert run(claims, lines) == 1
    assert run.outputs == []
    assert not list(run.folder.glob(".*"))
    return told(capsys)


@pytest.mark.parametrize("size", [2, 20_000])
@pytest.mark.parametrize(
    ("order", "row"), [([6, 7, 0, 1], 3), ([0, 6, 1], 3), ([10, 11, 0], 3), ([0, 10, 7], 3)]
)
def test_lines_in_another_order_stop_everything(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    order: list[int],
    row: int,
    size: int,
) -> None:
    monkeypatch.setattr(read, "BLOCK_ROWS", size)
    head, *rows = LINES.read_text(encoding="utf-8").splitlines()
    lines = run.written("lines", head, *(rows[at] for at in order))
    text = fails(run, capsys, CLAIMS, lines)
    assert re.search(rf"row {row} belongs to a claim that stands before .*: sort the lines", text)


@pytest.mark.parametrize("size", [1, 20_000])
def test_lines_of_no_claim_stop_everything_and_are_all_told(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(read, "BLOCK_ROWS", size)
    lines = run.changed("lines", LINES, ("V-1,6", "V-8,6"), ("V-3,2", ",2"))
    text = fails(run, capsys, CLAIMS, lines)
    assert "2 lines of no claim, in row 6, 12; `bill` is the `id` of a claim" in text
    assert "V-8" not in text


def test_claims_need_not_all_be_in_one_block(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many claims without lines between two that have some, across blocks of claims."""
    monkeypatch.setattr(read, "BLOCK_ROWS", 3)
    rows = [f"{at},p{at:03d},2025-03-01,inpatient,tertiary,active" for at in range(50)]
    claims = run.written("claims", "id,person,date,benefit,level,status", *rows)
    lines = run.written("lines", "bill,code,price,quantity", f"7,{DRUG},1,1", f"49,{DRUG},1,1")
    assert run(claims, lines) == 3
    assert [row["id"] for row in run.rows("out")] == ["7", "49"]
    assert len(run.rows("rejects")) == 48


def test_how_persons_ascend_is_seen_in_the_whole_block(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By alphabet here: a first part of one person alone would look as if by number."""
    seen: list[bool | None] = []
    keys = PersonKeys.keys

    def noted(self: PersonKeys, person: Sequence[str]) -> np.ndarray:
        found = keys(self, person)
        seen.append(self._by_length)
        return found

    monkeypatch.setattr(PersonKeys, "keys", noted)
    rows = [f"{p},{p},2025-03-01,inpatient,tertiary,active" for p in ("10", "100", "9")]
    claims = run.written("claims", "id,person,date,benefit,level,status", *rows)
    some = [f"{p},{DRUG},1,1" for p in ("10", "100", "9") for _ in range(4)]
    lines = run.written("lines", "bill,code,price,quantity", *some)
    monkeypatch.setattr(read, "BLOCK_ROWS", 3)
    assert run(claims, lines) == 0
    assert len(seen) > 1
    assert not any(seen)


# ---------------------------------------------------------------------------- files


def test_files_without_rows(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    claims, lines = CLAIMS.read_text().splitlines()[0], HEAD
    no_claims, no_lines = run.written("claims", claims), run.written("lines", lines)
    assert run(no_claims, no_lines) == 0
    assert run.rows("out") == run.rows("lines-out") == []
    assert run(CLAIMS, no_lines, "--force") == 3
    assert {row["code"] for row in run.rows("rejects")} == {"C112"}
    for name in run.outputs:
        run.path(name).unlink()
    assert "12 lines of no claim" in fails(run, capsys, no_claims, LINES)
    empty = run.path("nothing")
    empty.touch()
    assert "is empty" in fails(run, capsys, CLAIMS, empty)


@pytest.mark.parametrize(
    ("claims", "lines", "message"),
    [
        ("id,person,date,benefit,in_scope", HEAD, "`in_scope`: the amounts of these claims"),
        ("id,person,date,benefit,total_fen", HEAD, "`total_fen`: the amounts of these claims"),
        ("id,person,date,benefit,item_bed", HEAD, "`item_bed`: the amounts of these claims"),
        ("id,person,date,benefit,ytd:visits", HEAD, "slips have no file of lines"),
        ("person,date,benefit", HEAD, "column `id` is missing"),
        ("id,date,benefit", HEAD, "column `person` is missing"),
        ("", "bill,code,price", "column `quantity` is missing"),
        ("", "bill,code,price,quantity,qty", "column `qty` is not known"),
        ("", "bill,code,price,quantity,code", "column `code` is there twice"),
        ("", "bill,code,price,quantity,returns", "column `id` is missing"),
    ],
)
def test_columns_that_are_no_good(
    run: Run, capsys: pytest.CaptureFixture[str], claims: str, lines: str, message: str
) -> None:
    given = run.written("claims", claims, "x") if claims else CLAIMS
    assert message in fails(run, capsys, given, run.written("lines", lines, "x"))


@pytest.mark.parametrize("name", ["bill", "id", "price", "quantity", "returns"])
def test_floats_are_refused(run: Run, capsys: pytest.CaptureFixture[str], name: str) -> None:
    table = pq.read_table(parquet_lines(run.folder))
    at = table.schema.get_field_index(name)
    path = run.folder / "floats.parquet"
    pq.write_table(table.set_column(at, name, pa.array([1.0] * len(table))), path)
    assert f"column `{name}` is double: " in fails(run, capsys, CLAIMS, path)


def test_rows_that_cannot_be_split_into_cells(run: Run) -> None:
    lines = run.changed("lines", LINES, ("V-3,2,XB05BBL906B002010199006,3.2,15,,,,", "V-3,2,X"))
    assert run(CLAIMS, lines) == 3
    assert run.rows("lines-rejects")[1]["reject_code"] == "C112"
    assert run.rows("rejects")[0]["reason"].endswith("C112 in row 12 of the lines")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--catalogue", "x.msc"], "--catalogue needs --lines"),
        (["--lines", "x.csv"], "--lines needs --catalogue"),
        (["--lines-out", "x.csv"], "--lines-out needs --catalogue and --lines"),
        (["--insured", "other"], "--insured needs --catalogue and --lines"),
        (["--catalogue", "x.msc", "--lines", "x.jsonl"], "end in .csv or .parquet"),
    ],
)
def test_options_that_need_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    out = str(tmp_path / "out.csv")
    assert main(["settle", str(CLAIMS), "--policy", EMPLOYEE, "-o", out, *more]) == 2
    assert message in told(capsys)


def test_a_file_that_is_no_catalogue(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.image = LINES
    assert "not a catalogue image" in fails(run, capsys, CLAIMS, LINES)
    run.image = run.path("nowhere")
    assert "no such file" in fails(run, capsys, CLAIMS, LINES)


def test_no_input_is_overwritten(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run.changed("lines", LINES)
    assert run(CLAIMS, lines, "--lines-out", str(lines), "--force") == 2
    assert "would overwrite" in told(capsys)
    assert lines.read_text() == LINES.read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix")
def test_killed_half_way_nothing_is_left(run: Run) -> None:
    pipe = run.folder / "lines.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "medsettle.cli", *run.args(CLAIMS, pipe)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    text = "\n".join(LINES.read_text(encoding="utf-8").splitlines()[:8]) + "\n"
    try:
        file = fed(process, pipe, text.encode())
        until = time.monotonic() + 60
        while not list(run.folder.glob(".*.part")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(run.folder.glob(".*.part"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        os.close(file)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert [path.name for path in run.folder.iterdir()] == ["lines.csv"]


# ---------------------------------------------------------------------------- many


def many(folder: Path, bills: int, per: int) -> tuple[Path, Path, dict[str, np.ndarray]]:
    """Write bills of random lines; return the files, and the lines as columns."""
    random = np.random.default_rng(4)
    n = bills * per
    codes = np.array([DRUG, BED, "XB05BBL906B002010199006", "002103000010000"])
    columns = {
        "bill": np.repeat(np.arange(bills), per),
        "code": codes[random.integers(0, 4, n)],
        "price_e6": random.integers(1, 10**9, n),
        "quantity_e4": random.integers(1, 200_000, n),
    }

    def rows() -> Iterable[str]:
        for bill, code, price, quantity in zip(
            *(c.tolist() for c in columns.values()), strict=True
        ):
            yield f"B{bill},{code},{Decimal(price).scaleb(-6):f},{Decimal(quantity).scaleb(-4):f}\n"

    claims, lines = folder / "claims.csv", folder / "lines.csv"
    with claims.open("w") as file:
        file.write("id,person,date,benefit,level,status,days\n")
        for bill in range(bills):
            file.write(f"B{bill},{bill:06d},2025-03-01,inpatient,tertiary,active,4\n")
    with lines.open("w") as file:
        file.write("bill,code,price,quantity\n")
        file.writelines(rows())
    return claims, lines, columns


def test_many_lines_are_those_of_the_columns(run: Run, image: Path) -> None:
    bills = 3_000
    claims, lines, columns = many(run.folder, bills, 15)
    assert run(claims, lines) == 0
    expected = ms.load(EMPLOYEE).settle_bills(
        ms.open_catalogue(image),
        {
            "person": np.arange(bills), "date": np.datetime64("2025-03-01"), "days": 4,
            "benefit": "inpatient", "level": "tertiary", "status": "active",
        },
        columns,
    )  # fmt: skip
    for name in ("amount", *PARTS):
        got = [int(row[name].replace(".", "")) for row in run.rows("lines-out")]
        assert got == expected.lines[f"{name}_fen"].tolist()
    got = [int(row["cash"].replace(".", "")) for row in run.rows("out")]
    assert got == expected.claims["cash_fen"].tolist()


def test_one_bill_of_many_lines_goes_over_many_blocks(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "BLOCK_ROWS", 500)
    claims, lines, columns = many(run.folder, 2, 4_000)
    assert run(claims, lines) == 0
    total = sum(int(row["amount"].replace(".", "")) for row in run.rows("lines-out"))
    assert len(run.rows("lines-out")) == 8_000
    assert sum(int(row["total"].replace(".", "")) for row in run.rows("out")) == total
    exact = columns["price_e6"] * columns["quantity_e4"]
    assert total == int(((exact + 5 * 10**7) // 10**8).sum())
