"""`medsettle catalogue`: output, exit codes, rejects, whole files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from medsettle.bill.catalogue import open_catalogue
from medsettle.cli import main

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "examples" / "catalogue"
ITEMS, RULES = str(SAMPLES / "sample.items.csv"), str(SAMPLES / "sample.rules.toml")
HEADER = "code,name,class,from,first_share_pct"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.msc"
    assert main(["catalogue", "compile", ITEMS, "--rules", RULES, "-o", str(path)]) == 0
    return path


def compile_(tmp_path: Path, *rows: str, more: tuple[str, ...] = ()) -> int:
    items = tmp_path / "items.csv"
    items.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    out = str(tmp_path / "out.msc")
    return main(["catalogue", "compile", str(items), "--rules", RULES, "-o", out, *more])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


GOOD = "T001790008,黄芪,class_a,2024-01-01,"
BAD = "T00179000,黄芪,class_a,2024-01-01,"


def test_a_list_is_compiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_(tmp_path, GOOD) == 0
    catalogue = open_catalogue(tmp_path / "out.msc")
    size = (tmp_path / "out.msc").stat().st_size
    assert capsys.readouterr().err == (
        "1 row, 1 item, 0 rejected\n"
        f"{tmp_path / 'out.msc'}: {size:,} bytes, {catalogue.fingerprint}\n"
    )
    assert list(catalogue) == ["T001790008"]


def test_the_same_files_give_the_same_bytes(tmp_path: Path, sample: Path) -> None:
    again = tmp_path / "again.msc"
    assert main(["catalogue", "compile", ITEMS, "--rules", RULES, "-o", str(again)]) == 0
    assert again.read_bytes() == sample.read_bytes()


def test_refused_rows_go_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rejects = tmp_path / "bad.csv"
    assert compile_(tmp_path, BAD, GOOD, more=("--rejects", str(rejects))) == 3
    assert "2 rows, 1 item, 1 rejected" in capsys.readouterr().err
    with rejects.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "reject_file": str(tmp_path / "items.csv"),
        "reject_row": "1",
        "reject_field": "code",
        "reject_code": "K302",
        "reject_reason": "expected 10 characters (decoction pieces) or 20 characters (granules), "
        "found 9",
        "code": "T00179000",
        "name": "黄芪",
        "class": "class_a",
        "from": "2024-01-01",
        "first_share_pct": "",
    }
    mended = tmp_path / "mended.csv"
    text = rejects.read_text(encoding="utf-8").replace("T00179000,", "T001790008,")
    mended.write_text(text, encoding="utf-8")
    out = str(tmp_path / "mended.msc")
    assert main(["catalogue", "compile", str(mended), "--rules", RULES, "-o", out]) == 0


def test_rejects_may_be_lines_of_json(tmp_path: Path) -> None:
    rejects = tmp_path / "bad.jsonl"
    assert compile_(tmp_path, BAD, GOOD, more=("--rejects", str(rejects))) == 3
    told = json.loads(rejects.read_text(encoding="utf-8"))
    assert (told["row"], told["code"], told["field"]) == (1, "K302", "code")
    assert told["record"]["name"] == "黄芪"


def test_refused_rows_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_(tmp_path, *[BAD] * 25, GOOD) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "[K302] `code`:" in line]) == 20
    assert lines[20] == "… and 5 more; --rejects FILE takes them all"


def test_nothing_is_written_without_items(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = tmp_path / "bad.csv"
    assert compile_(tmp_path, BAD, more=("--rejects", str(rejects))) == 1
    assert names(tmp_path) == ["bad.csv", "items.csv"]
    err = capsys.readouterr().err
    assert err.endswith("medsettle: no item can be used; no catalogue was written\n")


def test_a_file_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out.msc").write_text("mine", encoding="utf-8")
    assert compile_(tmp_path, GOOD) == 1
    assert (tmp_path / "out.msc").read_text(encoding="utf-8") == "mine"
    assert "exists already; --force replaces it" in capsys.readouterr().err
    assert compile_(tmp_path, GOOD, more=("--force",)) == 0


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("--rejects", "bad.parquet"), 2, "rejects must end in .csv or .jsonl"),
        (("-o", "out.bin"), 2, "a catalogue's file must end in .msc"),
        (("-o", "none/out.msc"), 1, "there is no folder none"),
        (("--rules", "none.toml"), 1, "none.toml:1:1: error[P102]"),
    ],
)
def test_wrong_usage_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert compile_(tmp_path, GOOD, more=more) == code
    assert told in capsys.readouterr().err
    assert names(tmp_path) == ["items.csv"]


def test_a_broken_file_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = tmp_path / "bad.csv"
    assert compile_(tmp_path, BAD, GOOD, 'T00,"', more=("--rejects", str(rejects))) == 1
    assert "error[K206]" in capsys.readouterr().err
    assert names(tmp_path) == ["items.csv"]


def show(capsys: pytest.CaptureFixture[str], sample: Path, *more: str) -> str:
    capsys.readouterr()
    assert main(["catalogue", "show", str(sample), *more]) == 0
    return capsys.readouterr().out


def test_an_item_is_shown(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, sample, "001109000010000") == (
        "001109000010000  普通病房床位费  (a service)\n"
        "  990000  样例市基本医疗保险目录（虚构）\n"
        "\n"
        "from 2024-01-01  class_a 甲类\n"
        "  first step: 0 %\n"
        "  price ceiling, yuan: community 25, primary 25, secondary 35, tertiary 50; "
        "what is above is over the limit\n"
        "  at most 1 per stay_day 每住院日\n"
        "  item group: bed 床位费\n"
        "  by: 样例 样例市基本医疗保险药品、诊疗项目和医用耗材目录（虚构） 诊疗项目 1109\n"
    )


def test_versions_ranges_and_the_group_are_shown(
    sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = show(capsys, sample, "C0302010050400199305")
    assert text.splitlines()[3:] == [
        "from 2024-01-01 until 2025-01-01  class_b 乙类",
        "  first step, price up to 2,000 yuan: employee 10 %; resident 15 %; retired_cadre 0 %; "
        "other 10 %",
        "  first step, price up to 20,000 yuan: employee 20 %; resident 25 %; retired_cadre 0 %; "
        "other 20 %",
        "  first step, price above: employee 30 %; resident 35 %; retired_cadre 0 %; other 30 %",
        "  price ceiling, yuan: 6,900; what is above is over the limit",
        "  item group: special_material 特殊医用材料",
        "  by: 样例 样例市基本医疗保险药品、诊疗项目和医用耗材目录（虚构） 医用耗材 5",
        "",
        "from 2025-01-01  class_b 乙类",
        "  first step, price up to 2,000 yuan: employee 5 %; resident 10 %; retired_cadre 10 %; "
        "other 10 %",
        "  first step, price up to 20,000 yuan: employee 10 %; resident 20 %; retired_cadre 20 %; "
        "other 20 %",
        "  first step, price above: employee community 20 %, primary 20 %, secondary 20 %, "
        "tertiary 25 %; resident 30 %; retired_cadre 30 %; other 30 %",
        "  price ceiling, yuan: 6,900; what is above is over the limit",
        "  item group: special_material 特殊医用材料",
        "  by: 样例 关于调整特殊医用材料先行自付比例的通知（虚构） 一",
    ]
    assert show(capsys, sample, "C0302010050400199305", "--on", "2024-12-31").splitlines()[1:5] == [
        "  990000  样例市基本医疗保险目录（虚构）  on 2024-12-31",
        "",
        *text.splitlines()[3:5],
    ]
    assert show(capsys, sample, "C0302010050400199305", "--on", "2020-01-01").endswith(
        "  no version is in force; there are: from 2024-01-01 until 2025-01-01, from 2025-01-01\n"
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("XA02BCA901A001010199999", "the catalogue has no item `XA02BCA901A001010199999`"),
        ("YS9", "the catalogue has no item `YS9`: position 1: expected a digit or one of XZTJC, "
         "found `Y`; the region's own codes are `YS…` of 8"),
    ],
)  # fmt: skip
def test_an_item_that_is_not_there(
    sample: Path, capsys: pytest.CaptureFixture[str], code: str, told: str
) -> None:
    capsys.readouterr()
    assert main(["catalogue", "show", str(sample), code]) == 1
    assert capsys.readouterr().err == f"medsettle: {told}\n"


def test_what_is_no_catalogue_cannot_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.msc"
    path.write_bytes(b"MSCATLOG" + bytes(500))
    assert main(["catalogue", "show", str(path), "T001790008"]) == 1
    assert main(["catalogue", "show", str(tmp_path / "none.msc"), "T001790008"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("medsettle: ") for line in lines)
    assert [line.count(str(tmp_path)) for line in lines] == [1, 1]


def test_check_tells_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    items = tmp_path / "items.csv"
    items.write_text(f"{HEADER}\n{BAD}\n{GOOD}\n", encoding="utf-8")
    assert main(["catalogue", "check", str(items), "--rules", RULES]) == 1
    assert capsys.readouterr().out == (
        f"{items}: row 1: [K302] `code`: expected 10 characters (decoction pieces) or 20 "
        "characters (granules), found 9\n2 rows, 1 item, 1 rejected\n"
    )
    assert main(["catalogue", "check", str(items), "--rules", RULES, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in told["rejected"]] == ["K302"]
    assert main(["catalogue", "check", ITEMS, "--rules", RULES]) == 0
    assert main(["catalogue", "check", "--rules", RULES]) == 0
    assert names(tmp_path) == ["items.csv"]


def test_check_of_a_folder_knows_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(SAMPLES)]) == 0
    path = tmp_path / "bad.rules.toml"
    path.write_text('region = "990000"\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["check", str(tmp_path)]) == 1
    assert "P111]: the rules must have `rules`" in capsys.readouterr().out
