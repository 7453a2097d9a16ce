"""What is wrong with a side, or with a row of it, and that nobody's identity is ever told."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import tempfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.reconcile import ReconcileError, reconcile
from medsettle.reconcile.report import closing
from tests.reconcile.made import HEADER, SECRET, found, row, write

ROWS = [row(at) for at in range(5)]


def refused(code: str, ours: object, theirs: object = ROWS, **options: object) -> str:
    """Return the text of the error."""
    with pytest.raises(ReconcileError) as caught:
        reconcile(ours, theirs, **options)
    assert caught.value.code == code, caught.value
    assert SECRET not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------------------- files


def text(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\n", "first line is blank"),
        ("setl_id,medfee_sumamt\n结算,1\n".encode("gb18030"), "near row 1: is not UTF-8"),
        ("编号,medfee_sumamt\n".encode("gb18030"), "is not UTF-8"),
        ("setl_id,medfee_sumamt\n1,2\n".encode("utf-16"), "UTF-8"),
        ("setl_id,medfee_sumamt\n1,2\n".encode("utf-16-le"), "NUL"),
        (b'setl_id,medfee_sumamt\n1,"2\n2,3\n', "quote"),
        (b'"setl_id,medfee_sumamt\n1,2\n', "header"),
        (b"setl_id,medfee_sumamt\n1," + b"9" * 6_000_000 + b"\n", "longer than 1 MiB"),
        (b'setl_id,medfee_sumamt\n1,"' + b"9" * 6_000_000 + b'"\n', "row 1"),
        (b"x" * 6_000_000, "longer than 1 MiB"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, told: str, tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", content)
    message = refused("R101", path)
    assert told in message
    assert message.startswith(str(path))


def test_no_file(tmp_path: Path) -> None:
    assert "no such file" in refused("R101", tmp_path / "none.csv")
    assert "is a folder" in refused("R101", tmp_path)
    assert "must end in" in refused("R101", text(tmp_path / "a.xlsx", "x"))
    assert "no Parquet file" in refused("R101", text(tmp_path / "a.parquet", "setl_id"))
    assert "unpacked" in refused("R101", text(tmp_path / "a.zip", b"PK\3\4"))
    assert "unpacked" in refused("R101", text(tmp_path / "b.zip", gzip.compress(b"x")))


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ROWS)

    class Meddling(list[str]):
        def __getitem__(self, at):
            with path.open("a") as file:
                file.write("more\n")
            return list.__getitem__(self, at)

    unsorted = [*ROWS[2:], *ROWS[:2]]  # so that ours has to be read again
    theirs: dict[str, object] = {name: [one[name] for one in unsorted] for name in HEADER}
    theirs["setl_id"] = Meddling(theirs["setl_id"])
    assert "has changed" in refused("R106", path, theirs)


def test_zip(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.txt", ROWS)
    for name, members in (("one", 1), ("two", 2), ("none", 0)):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for at in range(members):
                archive.write(plain, f"{at}.txt")
    assert reconcile(tmp_path / "one.zip", ROWS).equal
    assert "expected one file in it, found 2" in refused("R101", tmp_path / "two.zip")
    assert "found 0" in refused("R101", tmp_path / "none.zip")
    whole = (tmp_path / "one.zip").read_bytes()
    damaged = bytearray(whole)
    damaged[60:90] = bytes(30)
    assert "unpacked" in refused("R101", text(tmp_path / "damaged.zip", bytes(damaged)))


def test_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    unsorted = [*ROWS[2:], *ROWS[:2]]
    content = write(tmp_path / "a.csv", unsorted).read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    writer.start()
    assert reconcile(pipe, ROWS).equal
    writer.join()


def test_a_first_row_that_is_no_header_is_not_shown(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", f"S1,V1,{SECRET},100.00\nS2,V2,{SECRET},100.00\n")
    assert "none that is known and 4 others" in refused("R102", path)


def test_a_missing_column_is_told_with_the_unknown_ones_first(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "MedFee_Sumamt,Receipt,Line 9\n1,2,3\n")
    assert "there are: Receipt, MedFee_Sumamt and 1 other;" in refused("R102", path)


def test_threads_do_not_meet(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.csv", ROWS), write(tmp_path / "b.txt", ROWS[1:])]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: reconcile(*paths).summary(), range(32)))
    assert len(set(results)) == 1


# ---------------------------------------------------------------------------- columns


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "setl_id,medfee_sumamt,medfee_sumamt\n1,1,2\n")
    assert "`medfee_sumamt` is there twice" in refused("R103", path)


def test_columns_that_are_missing_or_unclear() -> None:
    no_key = [{"medfee_sumamt": "1"}]
    assert "the key `setl_id`" in refused("R102", no_key)
    assert "--header" in refused("R102", no_key)
    assert "any amount, such as `medfee_sumamt`; there are" in refused("R102", [{"setl_id": "1"}])
    assert "no amount in common" in refused("R102", [{"setl_id": "1", "cash": "1"}],
                                            [{"setl_id": "1", "total": "1"}])  # fmt: skip
    twice = [{"setl_id": "1", "total": "1", "medfee_sumamt": "1"}]
    assert "both are total" in refused("R103", twice)
    assert reconcile(twice, [{"setl_id": "1", "total": "1"}], columns=["total=total"]).equal
    assert "no column for `x`" in refused("R102", ROWS, columns=["total=x"])
    assert "is one column, no sum" in refused("R103", ROWS, columns=["setl_id=setl_id+msgid"])
    many = "+".join(["acct_pay"] * 17)
    assert "at most 16" in refused("R104", ROWS, columns=[f"total={many}"])
    assert "`total` has 1 row, `setl_id` has 2" in refused(
        "R103", {"setl_id": ["1", "2"], "total": ["1"]}
    )


def test_column_twice_in_a_file(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "setl_id,total,setl_id\n1,2,3\n")
    assert "setl_id" in refused("R103", path)
    header = "setl_id,total,memo,memo\nS00000001,100.00,,\n"
    assert reconcile(text(path, header), [row(1)]).equal


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"key": "psn_no"}, "names a person"),
        ({"columns": ["setl_id=psn_no"]}, "names a person"),
        ({"key": "medfee_sumamt"}, "is no key"),
        ({"rounding_fen": -1}, "0 to 100"),
        ({"rounding_fen": 101}, "0 to 100"),
        ({"cashier": "fen"}, "expected one of none, jiao, yuan"),
        ({"fund_includes_account": "yes"}, "expected one of neither"),
        ({"by": ["person"]}, "by: expected one of"),
        ({"by": ["month", "day"]}, "either month or day"),
        ({"columns": ["nothing"]}, "expected [ours:|theirs:]FIELD=HEADER"),
        ({"columns": ["psn_no=x"]}, "expected [ours:|theirs:]FIELD=HEADER"),
    ],
)
def test_options(options: dict[str, object], told: str) -> None:
    assert told in refused("R104", ROWS, **options)


def test_options_that_need_columns() -> None:
    short = [{"setl_id": "1", "total": "1"}]
    assert "by month" in refused("R102", ROWS, short, by=["month"])
    import datetime as dt

    assert "setl_time" in refused("R102", ROWS, short, from_=dt.date(2025, 1, 1))
    assert "total_funds" in refused("R102", short, fund_includes_account="ours")
    later, sooner = dt.date(2025, 2, 1), dt.date(2025, 1, 1)
    assert "before it begins" in refused("R104", ROWS, from_=later, until=sooner)


def test_floats_are_refused(tmp_path: Path) -> None:
    ids = ["S00000001"]
    assert "float" in refused("R105", {"setl_id": ids, "total": np.array([1.5])})
    assert "float" in refused("R105", {"setl_id": ids, "total": [1.5]})
    assert "float" in refused("R105", {"setl_id": np.array([1.0]), "total": ["1"]})
    assert "_fen" in refused("R105", {"setl_id": ids, "total": np.array([1])})
    assert "double" in refused("R105", pa.table({"setl_id": ids, "total": [1.5]}))
    assert "_fen" in refused("R105", pa.table({"setl_id": ids, "total": [1]}))
    pq.write_table(pa.table({"setl_id": [1.5], "total": ["1"]}), tmp_path / "a.parquet")
    assert "double" in refused("R105", tmp_path / "a.parquet")
    assert "list" in refused("R105", pa.table({"setl_id": [["1"]], "total": ["1"]}))
    assert "bool" in refused("R105", {"setl_id": [True], "total": ["1"]})
    with pytest.raises(TypeError, match="expected a path"):
        reconcile(17, ROWS)
    with pytest.raises(TypeError, match="row 1: expected a mapping"):
        reconcile([b"psn"], ROWS)


def test_exact_types_are_taken() -> None:
    total = [Decimal("100.00"), Decimal("1E+2"), Decimal("100.000"), 100, "100"]
    ids = [f"S{at:08d}" for at in range(5)]
    assert reconcile({"setl_id": ids, "total": total}, ROWS).equal
    arrow = pa.table({"setl_id": ids, "total": pa.array(total[:1] * 5, pa.decimal128(16, 2))})
    assert reconcile(arrow, ROWS).equal
    fen = pa.table({"setl_id": pa.array(ids).dictionary_encode(), "total_fen": [10_000] * 5})
    assert reconcile(fen, ROWS).equal
    assert reconcile(fen.to_reader(), ROWS).equal
    assert reconcile({"setl_id": np.array(ids), "total": np.array(["100"] * 5)}, ROWS).equal
    whole = {"setl_id": np.array([7]), "total_fen": np.array([1], np.int16)}
    assert reconcile(whole, [{"setl_id": "7", "total": "0.01"}]).equal


# ---------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "cell",
    [
        *("1e3", "NaN", "inf", "-inf", "1,000.00", "1.005", "0x10", "--1", "1.", ".5", "+1", "-"),
        *("1 000", "１２", "12元", "¥12", "1_000", "10000000000.01", "9" * 15, "9" * 400, "1.2.3"),
        *(
            "1-2",
            "12.3-",
            "0.-1",
            "1/2",
            "1:5",
            "\0",
            "1\0",
            "12\x00.00",
            "5101234567890123",
            "张三",
        ),
    ],
)
def test_amounts_that_are_none(cell: str, tmp_path: Path) -> None:
    rows = [ROWS[0], ROWS[1] | {"medfee_sumamt": cell}, *ROWS[2:]]
    results = [reconcile(rows, ROWS)]
    for name, quoted in (("a.csv", False), ("b.csv", True), ("c.txt", False)):
        results.append(reconcile(write(tmp_path / name, rows, quoted=quoted), ROWS))
    for result in results:
        (reject,) = result.rejects
        assert (reject.row, reject.field, reject.code) == (2, "medfee_sumamt", "R113")
        assert result.rejected == (1, 0)
        assert result.total.ours.count == 4
        assert found(result) == {"missing_here": 1}
        if cell not in ("1e3", "NaN", "inf", "-inf", "1,000.00", "1.005", "10000000000.01"):
            assert "found" not in reject.reason


@pytest.mark.parametrize("cell", ["100", "100.0", "100.00", "100.000", " 100.00 ", "0100.00"])
def test_amounts_that_are_some(cell: str, tmp_path: Path) -> None:
    rows = [ROWS[0] | {"medfee_sumamt": cell}, *ROWS[1:]]
    assert reconcile(rows, ROWS).equal
    assert reconcile(write(tmp_path / "a.csv", rows), ROWS).equal


@pytest.mark.parametrize("cell", ["-0", "-0.00", "0", "0.0", "", "null", "NULL"])
def test_nothing(cell: str) -> None:
    result = reconcile([row(1, (100, 0, 0, 100), acct_pay=cell)], [row(1, (100, 0, 0, 100))])
    assert result.equal


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ({"medfee_sumamt": ""}, "R114", "medfee_sumamt"),
        ({"setl_id": "", "msgid": "null"}, "R111", "setl_id"),
        ({"setl_id": "x" * 49}, "R112", "setl_id"),
        ({"setl_id": "a b"}, "R112", "setl_id"),
        ({"setl_id": "a\0"}, "R112", "setl_id"),
        ({"setl_id": "a\x7f"}, "R112", "setl_id"),
        ({"setl_id": "=cmd|calc"}, "R112", "setl_id"),
        ({"setl_id": "3.1E+17"}, "R112", "setl_id"),
        ({"msgid": "@x"}, "R112", "msgid"),
        ({"msgid": "a\x1b[2J"}, "R112", "msgid"),
        ({"msgid": "a\x9b2J"}, "R112", "msgid"),
        ({"msgid": "a\u202eb"}, "R112", "msgid"),
        ({"clr_type": "\x1b[2J"}, "R117", "clr_type"),
        ({"insutype": "=1+1"}, "R117", "insutype"),
        ({"setl_time": "2025-02-30"}, "R115", "setl_time"),
        ({"setl_time": "2025-13-01 00:00:00"}, "R115", "setl_time"),
        ({"setl_time": "01.02.2025"}, "R115", "setl_time"),
        ({"setl_time": "2025021"}, "R115", "setl_time"),
        ({"setl_time": "2025-02-01x"}, "R115", "setl_time"),
        ({"refd_setl_flag": "是"}, "R117", "refd_setl_flag"),
        ({"clr_type": "x" * 17}, "R117", "clr_type"),
    ],
)
def test_rows_that_are_rejected(cells: dict[str, str], code: str, field: str) -> None:
    result = reconcile(ROWS, [*ROWS, row(9) | cells])
    (reject,) = result.rejects
    assert (reject.side, reject.row, reject.code, reject.field) == ("theirs", 6, code, field)
    assert result.rejected == (0, 1)
    assert not result.equal
    assert found(result) == {}


def test_days_that_are_some() -> None:
    for day in ("2024-02-29", "2025/03/10", "20250310", "20250310083000", "2025-03-10T08:30:00"):
        result = reconcile([ROWS[0] | {"setl_time": day}], [ROWS[0]], by=[])
        assert result.equal, result.rejects


def test_odd_rows_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    lines = write(tmp_path / "a.csv", ROWS).read_text().splitlines()
    lines[2:2] = ["", "too,few", ""]
    lines[5] = lines[5].replace("100.00", "1e3")
    for ending in ("\n", "\r\n"):
        for quoted in (False, True):
            body = [line.replace("S00000004", '"S00000004"') for line in lines] if quoted else lines
            path = text(tmp_path / "b.csv", ending.join(body))
            rejects = [(one.row, one.code) for one in reconcile(path, ROWS).rejects]
            assert rejects == [(3, "R116"), (5, "R113")]


def test_quotes_in_a_later_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from medsettle.reconcile import delimited

    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 333)
    rows = [row(at) for at in range(40)]
    rows[30] |= {"psn_no": 'with "quotes", commas\nand lines'}
    rows[35] |= {"medfee_sumamt": "1e3"}
    result = reconcile(write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", rows))
    assert [(one.side, one.row) for one in result.rejects] == [("ours", 36), ("theirs", 36)]
    assert result.rows == (39, 39)


def test_empty_sides(tmp_path: Path) -> None:
    nothing = write(tmp_path / "a.csv", [])
    assert found(reconcile(nothing, ROWS)) == {"missing_here": 5}
    assert found(reconcile(ROWS, [])) == {"missing_there": 5}
    assert reconcile(nothing, nothing).equal
    assert reconcile([], []).equal
    assert reconcile([], {}).total.ours.count == 0
    assert "no column" in refused("R102", [{}, {}])


def test_all_rows_under_one_key() -> None:
    ours = [row(1, (100 + at, 0, 0, 100 + at)) for at in range(3_000)]
    result = reconcile(ours, [dict(one) for one in ours[::-1]][:1_000])
    assert found(result) == {"duplicate": 2_000}


def test_hashes_that_are_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from medsettle.reconcile import join, rows

    monkeypatch.setattr(join, "hash_of", lambda keys: np.zeros(len(keys), np.uint64))
    monkeypatch.setattr(rows, "_mixed", lambda words: np.zeros(len(words), np.uint64))
    ours = [row(at, clr_type=str(at % 7)) for at in range(100)]
    result = reconcile(ours, [*ours[:50], *ours[51:]])
    assert found(result) == {"missing_there": 1}
    assert len(result.totals) == 7
    assert result.differences[0].id("setl_id") == "S00000050"


def test_largest_amounts_do_not_overflow() -> None:
    count = 400_000
    most = np.full(count, 1_000_000_000_000)
    ids = np.arange(count)
    columns = ["total=" + "+".join(["a_fen"] * 16)]
    ours = {"setl_id": ids, "a_fen": most}
    result = reconcile(ours, {"setl_id": ids[:1], "a_fen": most[:1]}, columns=columns)
    assert result.total.ours.total_fen == 16 * count * 10**12
    assert result.class_of("missing_there").difference.total_fen == 16 * (count - 1) * 10**12
    too_much = {"setl_id": ids[:2], "total_fen": np.array([2**62, -(2**63)])}
    assert [one.code for one in reconcile(too_much, ours, columns=["theirs:total=a_fen"]).rejects]


def test_a_million_groups_make_no_million_lines() -> None:
    rows = [row(at, clr_type=str(at)) for at in range(3_000)]
    report = reconcile(rows, rows[::2]).summary()
    assert "1,300 more differ" in report
    assert "1,500 equal" in report
    assert len(report.splitlines()) < 700


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([b"", b"setl_id,medfee_sumamt\n"]))
def test_any_bytes_are_read_or_refused(data: bytes, header: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.csv", "a.txt", "a.zip", "a.parquet"):
            path = text(Path(folder, name), header + data)
            with contextlib.suppress(ReconcileError):
                assert not len(reconcile(path, path).differences)


@pytest.mark.parametrize("name", ["a.zip", "a.parquet"])
def test_damaged_files_are_refused_or_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "a.zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(write(tmp_path / "a.csv", ROWS * 20), "a.csv")
    else:
        pq.write_table(pa.table({one: [each[one] for each in ROWS] for one in HEADER}), path)
    whole = path.read_bytes()
    dice = random.Random(4)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged[: dice.choice([None, dice.randrange(len(damaged))])])
        with contextlib.suppress(ReconcileError):
            reconcile(path, ROWS)


def test_one_row_is_told_as_one() -> None:
    one = [{"setl_id": "1", "total": "1"}]
    equal = reconcile(one, one)
    assert "equal: 1 and 1 row" in closing(equal)
    assert repr(equal).startswith("<Reconciliation of 1 and 1 row:")
    other = reconcile([*one, {"setl_id": "2", "total": "x"}], [{"setl_id": "1", "total": "2"}])
    told = closing(other)
    assert any(line.endswith(" was rejected and is in no total") for line in told), told
    assert told[-1].startswith("1 claim of ")
    assert told[-1].endswith(" and 1 row differs")
