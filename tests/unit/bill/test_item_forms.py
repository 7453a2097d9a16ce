"""Files of items: what rows become, and why rows and files are refused."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest

from medsettle.bill.faults import CatalogueFileError
from medsettle.bill.forms import CatalogueRead, read_catalogue
from medsettle.bill.items import ItemVersion, Limit, Share
from medsettle.vocabulary import DATE_MAX

RULES = """region = "990000"
title = "样例"
cite = "list"
[source.list]
title = "目录"
[values.item]
blood = "血液"
[[rules]]
from = 2020-01-01
over_quantity = "full_self_pay"
cite = "list#一"
provenance = "verified"
[[group]]
name = "blood"
from = 2024-01-01
until = 2026-01-01
first_share_pct = 20
cite = "list"
provenance = "verified"
[codes]
local = [{ prefix = "Q", length = 3, title = "自编" }]
"""
HEADER = "code,name,class,from"
LIST = dt.date(2024, 1, 1)
ALL = (None, None)


def read(tmp_path: Path, header: str, *rows: str, rules: str = RULES) -> CatalogueRead:
    (tmp_path / "x.rules.toml").write_text(rules, encoding="utf-8")
    path = tmp_path / "items.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return read_catalogue([path], tmp_path / "x.rules.toml")


def refused(read: CatalogueRead) -> list[str]:
    return [f"{one.row} {one.code} {one.field}: {one.reason}" for one in read.rejected]


def only(read: CatalogueRead) -> ItemVersion:
    assert refused(read) == []
    ((version,),) = (item.versions for item in read.catalogue.items)
    return version


def test_a_row_becomes_a_version(tmp_path: Path) -> None:
    header = (
        f"{HEADER},until,first_share_pct,first_share_pct.resident,first_share_pct.tertiary,"
        "first_share_pct.other.primary,ceiling_yuan,ceiling_yuan.tertiary,over_price,restricted,"
        "compound_only,group,limit_quantity,limit_per,cite"
    )
    row = (
        "Q01, 甲药 ,class_b,2024-01-01,2025-01-01,10,12.5,7,0.0001,1.000001,99.5,all,TRUE,1,bed,"
        "1.5,stay_day,list#第三条"
    )
    found = read(tmp_path, header, row)
    assert only(found) == ItemVersion(
        from_=LIST,
        until=dt.date(2025, 1, 1),
        class_="class_b",
        shares=(
            Share(
                {
                    ALL: 100_000,
                    ("resident", None): 125_000,
                    (None, "tertiary"): 70_000,
                    ("other", "primary"): 1,
                }
            ),
        ),
        ceiling_e6={None: 1_000_001, "tertiary": 99_500_000},
        over_price="all",
        restricted=True,
        compound_only=True,
        group="bed",
        limit=Limit("stay_day", 15_000),
        cite="list#第三条",
    )
    assert found.catalogue.items[0].name == "甲药"
    assert found.catalogue.local_codes[0].prefix == "Q"


def test_what_is_not_told_is_the_usual(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER, "Q01,a,class_a,2024-01-01", "", "Q02,c,class_c,2024-01-01")
    a, c = found.catalogue.items
    assert a.versions == (
        ItemVersion(
            from_=LIST, until=DATE_MAX, class_="class_a", shares=(Share({ALL: 0}),), cite="list"
        ),
    )
    assert c.versions[0].shares == (Share({ALL: 1_000_000}),)
    assert found.rows == 2


def test_the_group_may_tell_the_share_of_class_b(tmp_path: Path) -> None:
    header = f"{HEADER},until,group"
    found = read(
        tmp_path,
        header,
        "Q01,血,class_b,2024-01-01,2026-01-01,blood",
        "Q02,血,class_b,2024-01-01,2026-01-02,blood",
        "Q03,血,class_b,2023-12-31,2025-01-01,blood",
        "Q04,床,class_b,2024-01-01,,bed",
    )
    assert [item.code for item in found.catalogue.items] == ["Q01"]
    told = "of class B, and neither the row nor its group tells a share from"
    assert refused(found) == [
        f"2 K310 first_share_pct: {told} 2026-01-01",
        f"3 K310 first_share_pct: {told} 2023-12-31",
        f"4 K310 first_share_pct: {told} 2024-01-01",
    ]


def test_versions_are_put_in_order_and_gaps_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{HEADER},until",
        "Q01,新名,class_c,2025-01-01,",
        "Q01,旧名,class_a,2023-01-01,2024-01-01",
    )
    (item,) = found.catalogue.items
    assert item.name == "新名"
    assert [version.class_ for version in item.versions] == ["class_a", "class_c"]
    assert [str(one) for one in found.notices] == [
        "warning[K401]: `Q01` has no version from 2024-01-01 until 2025-01-01: its lines are "
        "refused then"
    ]


def test_versions_that_follow_and_say_the_same_are_one(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{HEADER},until",
        "Q01,a,class_a,2024-01-01,2025-01-01",
        "Q01,a,class_a,2025-01-01,2026-01-01",
    )
    version = only(found)
    assert (version.from_, version.until) == (LIST, dt.date(2026, 1, 1))


RANGES = f"{HEADER},first_share_pct,price_upto_yuan"


def test_rows_of_one_period_are_ranges_of_the_price(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        RANGES,
        "Q01,髋,class_b,2024-01-01,30,",
        "Q02,a,class_a,2024-01-01,,",
        "Q01,髋,class_b,2024-01-01,10,2000",
        "Q01,髋,class_b,2024-01-01,20,20000.5",
    )
    assert refused(found) == []
    assert found.catalogue.items[0].versions[0].shares == (
        Share({ALL: 100_000}, 2_000_000_000),
        Share({ALL: 200_000}, 20_000_500_000),
        Share({ALL: 300_000}),
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            ["Q01,a,class_b,2024-01-01,10,2000"],
            ["1 K312 price_upto_yuan: the last range must have no `price_upto_yuan`: what holds "
             "above is not told"],
        ),
        (
            ["Q01,a,class_b,2024-01-01,10,2000", "Q01,a,class_b,2024-01-01,11,2000.00",
             "Q01,a,class_b,2024-01-01,12,"],
            [f"{row} K312 price_upto_yuan: two ranges end at the same price: rows 1 and 2"
             for row in (1, 2, 3)],
        ),
        (
            ["Q01,a,class_b,2024-01-01,10,2000", "Q01,a,class_a,2024-01-01,12,"],
            [f"{row} K312 price_upto_yuan: ranges of one version may differ in their shares only: "
             "rows 1 and 2" for row in (1, 2)],
        ),
        (
            ["Q01,a,class_b,2024-01-01,,2000", "Q01,a,class_b,2024-01-01,12,"],
            [f"{row} K312 price_upto_yuan: every range must have a share" for row in (1, 2)],
        ),
        (
            ["Q01,a,class_b,2024-01-01,10,2000", "Q01,a,class_b,2024-01-01,200,20000",
             "Q01,a,class_b,2024-01-01,12,", "Q01,a,class_b,2023-01-01,9,"],
            ["1 K313 : belongs to row 2 of {file}, which was refused",
             "2 K305 first_share_pct: must be a percentage from 0 to 100 of at most four "
             "decimals, found `200`",
             "3 K313 : belongs to row 2 of {file}, which was refused",
             "4 K311 from: "],
        ),
    ],
)  # fmt: skip
def test_ranges_that_do_not_fit(tmp_path: Path, rows: list[str], told: list[str]) -> None:
    found = read(tmp_path, RANGES, *rows)
    expected = [one.format(file=tmp_path / "items.csv") for one in told]
    if len(rows) == 4:  # the older version stays: nothing of it depends on the row refused
        expected.pop()
        assert len(found.catalogue.items) == 1
    else:
        assert found.catalogue.items == ()
    assert refused(found) == expected


def test_two_versions_on_a_day_are_both_refused(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"{HEADER},until",
        "Q01,a,class_a,2024-01-01,",
        "Q01,a,class_c,2025-01-01,",
        "Q02,b,class_a,2024-01-01,2025-01-01",
        "Q02,b,class_a,2024-01-01,2025-01-01",
        "Q03,c,class_a,2024-01-01,2025-01-01",
        "Q03,c,class_c,2025-01-01,",
        "Q03,c,class_c,2026-01-01,2027-01-01",
    )
    items = tmp_path / "items.csv"
    told = "from: the item must have one version on a day, found two on"
    assert refused(found) == [
        f"1 K311 {told} 2025-01-01: this one and row 2 of {items}",
        f"2 K311 {told} 2025-01-01: this one and row 1 of {items}",
        f"3 K311 {told} 2024-01-01: this one and row 4 of {items}",
        f"4 K311 {told} 2024-01-01: this one and row 4 of {items}",
        f"6 K311 {told} 2026-01-01: this one and row 7 of {items}",
        f"7 K311 {told} 2026-01-01: this one and row 6 of {items}",
    ]
    assert [(i.code, len(i.versions)) for i in found.catalogue.items] == [("Q03", 1)]


CELLS = (
    f"{HEADER},until,first_share_pct,ceiling_yuan,restricted,group,limit_quantity,limit_per,cite"
)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Q01,a,class_a", "K301 : the row must have 12 cells, found 3"),
        ("Q0,a,class_a,2024-01-01,,,,,,,,", "K302 code: position 1: expected a digit or one of "
         "XZTJC, found `Q`; the region's own codes are `Q…` of 3"),
        ("Q01,,class_a,2024-01-01,,,,,,,,", "K303 name: must not be empty"),
        ("Q01,a\tb,class_a,2024-01-01,,,,,,,,", "K318 name: must be at most 500 printable "
         "characters, found characters that are not printed"),
        (f"Q01,{'a' * 501},class_a,2024-01-01,,,,,,,,", "K318 name: must be at most 500 printable "
         "characters, found 501"),
        ("Q01,a,甲类,2024-01-01,,,,,,,,", "K304 class: must be one of class_a, class_b, class_c, "
         "found `甲类`"),
        ("Q01,a,class_a,2024/1/1,,,,,,,,", "K308 from: must be a day YYYY-MM-DD from 1949-10-01 "
         "to 2200-01-01, found `2024/1/1`"),
        ("Q01,a,class_a,2023-02-29,,,,,,,,", "K308 from: must be a day YYYY-MM-DD from 1949-10-01 "
         "to 2200-01-01, found `2023-02-29`"),
        ("Q01,a,class_a,1900-01-01,,,,,,,,", "K308 from: must be a day YYYY-MM-DD from 1949-10-01 "
         "to 2200-01-01, found `1900-01-01`"),
        ("Q01,a,class_a,2024-01-01,2024-01-01,,,,,,,", "K309 until: must be after `from` "
         "2024-01-01, found `2024-01-01`"),
        ("Q01,a,class_b,2024-01-01,,10%,,,,,,", "K305 first_share_pct: must be a percentage from "
         "0 to 100 of at most four decimals, found `10%`"),
        ("Q01,a,class_b,2024-01-01,,100.0001,,,,,,", "K305 first_share_pct: must be a percentage "
         "from 0 to 100 of at most four decimals, found `100.0001`"),
        ("Q01,a,class_b,2024-01-01,,-1,,,,,,", "K305 first_share_pct: must be a percentage from 0 "
         "to 100 of at most four decimals, found `-1`"),
        ("Q01,a,class_b,2024-01-01,,0.00001,,,,,,", "K305 first_share_pct: must be a percentage "
         "from 0 to 100 of at most four decimals, found `0.00001`"),
        ("Q01,a,class_b,2024-01-01,,,,,,,,", "K310 first_share_pct: of class B, and neither the "
         "row nor its group tells a share from 2024-01-01"),
        ("Q01,a,class_c,2024-01-01,,50,,,,,,", "K310 first_share_pct: an item of class C is not "
         "covered, found a share of 50 %"),
        ('Q01,a,class_a,2024-01-01,,,"1,200",,,,,', "K306 ceiling_yuan: must be yuan above 0, at "
         "most ten billion, at most six decimals, found `1,200`"),
        ("Q01,a,class_a,2024-01-01,,,0,,,,,", "K306 ceiling_yuan: must be yuan above 0, at most "
         "ten billion, at most six decimals, found `0`"),
        ("Q01,a,class_a,2024-01-01,,,1e3,,,,,", "K306 ceiling_yuan: must be yuan above 0, at most "
         "ten billion, at most six decimals, found `1e3`"),
        ("Q01,a,class_a,2024-01-01,,,10000000000.01,,,,,", "K306 ceiling_yuan: must be yuan above "
         "0, at most ten billion, at most six decimals, found `10000000000.01`"),
        ("Q01,a,class_a,2024-01-01,,,１２,,,,,", "K306 ceiling_yuan: must be yuan above 0, at most "
         "ten billion, at most six decimals, found `１２`"),
        ("Q01,a,class_a,2024-01-01,,,,是,,,,", "K304 restricted: must be one of true, false, found "
         "`是`"),
        ("Q01,a,class_a,2024-01-01,,,,,beds,,,", "K304 group: must be one of class_a, class_b, "
         "large_equipment, consultation_fee, negotiated_drug, special_material, bed, blood, found "
         "`beds`"),
        ("Q01,a,class_a,2024-01-01,,,,,,1,,", "K314 limit_per: `limit_quantity` and `limit_per` "
         "belong together"),
        ("Q01,a,class_a,2024-01-01,,,,,,,day,", "K314 limit_quantity: `limit_quantity` and "
         "`limit_per` belong together"),
        ("Q01,a,class_a,2024-01-01,,,,,,0,day,", "K307 limit_quantity: must be above 0, at most a "
         "hundred million, at most four decimals, found `0`"),
        ("Q01,a,class_a,2024-01-01,,,,,,1,week,", "K304 limit_per: must be one of line, day, bill, "
         "stay_day, found `week`"),
        ("Q01,a,class_a,2024-01-01,,,,,,,,lists#1", "K316 cite: must name a source of the rules "
         "(list), found `lists#1`"),
    ],
)  # fmt: skip
def test_a_row_is_refused_with_its_field(tmp_path: Path, row: str, told: str) -> None:
    good = "Q09,a,class_a,2024-01-01,,,,,,,,"
    found = read(tmp_path, CELLS, good, row, good.replace("Q09", "Q08"))
    assert refused(found) == [f"2 {told}"]
    assert [item.code for item in found.catalogue.items] == ["Q08", "Q09"]


def test_every_row_with_the_same_mistake_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, HEADER, *(f"Q{n:02},a,class_x,2024-01-01" for n in range(50)))
    assert [one.row for one in found.rejected] == list(range(1, 51))
    assert {one.code for one in found.rejected} == {"K304"}


def test_items_without_a_clause_need_one_in_the_rules(tmp_path: Path) -> None:
    rules = RULES.replace('cite = "list"\n[source', "[source", 1)
    found = read(tmp_path, HEADER, "Q01,a,class_a,2024-01-01", rules=rules)
    assert refused(found) == [
        "1 K316 cite: names no clause, and the rules have no `cite` for all items"
    ]


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER},first_share_pct", "Q01,a,class_a,2019-01-01,100", rules=RULES)
    assert [str(one) for one in found.notices] == [
        "warning[K403]: 1 item begins before 2020-01-01, the first day of the rules",
        "warning[K402]: `Q01` is of class A and not covered",
    ]
    rows = ("Q01,a,class_b,2020-01-01,0.1", "Q02,a,class_b,2020-01-01,1")
    found = read(tmp_path, f"{HEADER},first_share_pct", *rows, rules=RULES)
    assert [str(one) for one in found.notices] == [
        "warning[K404]: `Q01` is of class B with a first share of 0.1 %: did you mean 10 %?"
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("code,name,class", "error[K205]: column `from` is missing; there are: code, name, class"),
        ("code;name;class;from", "error[K203]: column `code;name;class;from` is not known\n  hint: "
         "cells are parted by commas, here by `;`"),
        (f"{HEADER},code", "error[K204]: a column must be there once, found `code` twice"),
        (f"{HEADER},ceiling", "error[K203]: column `ceiling` is not known\n  hint: did you mean "
         "`ceiling_yuan`?"),
        (f"{HEADER},first_share_pct.residents", "error[K203]: column `first_share_pct.residents` "
         "is not known\n  hint: did you mean `first_share_pct.resident`?"),
        (f"{HEADER},first_share_pct.tertiary.resident", "error[K203]: column "
         "`first_share_pct.tertiary.resident` is not known"),
        (f"{HEADER},ceiling_yuan.resident", "error[K203]: column `ceiling_yuan.resident` is not "
         "known"),
        (f"{HEADER},", "error[K203]: column `` is not known"),
        (f"{HEADER},selfpay_prop", "error[K210]: the first line must be the columns of one form, "
         "found those of several"),
    ],
)  # fmt: skip
def test_a_header_that_is_none(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(CatalogueFileError) as error:
        read(tmp_path, header, "Q01,a,class_a,2024-01-01")
    assert str(error.value).startswith(f"{tmp_path / 'items.csv'}:1:1: {told}")


def failure(tmp_path: Path, content: bytes, name: str = "items.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    with pytest.raises(CatalogueFileError) as error:
        read_catalogue([path], tmp_path / "x.rules.toml")
    return str(error.value).removeprefix(f"{path}:")


def test_gbk_is_refused_with_the_way_out(tmp_path: Path) -> None:
    lines = f"{HEADER}\nQ01,a,class_a,2024-01-01\nQ02,甲药,class_a,2024-01-01\n"
    path = tmp_path / "items.csv"
    assert failure(tmp_path, lines.encode("gb18030")) == (
        "3:1: error[K201]: the file must be UTF-8, found byte `0xBC`\n"
        f"  hint: if it is GBK or GB18030: iconv -f GB18030 -t UTF-8 {path} > NEW"
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    good = f"{HEADER}\nQ01,a,class_a,2024-01-01\n".encode()
    assert "K202" in failure(tmp_path, b"")
    assert "K201" in failure(tmp_path, good.decode().encode("utf-16"))
    assert "K206" in failure(tmp_path, good + b'Q02,"a,class_a,2024-01-01\n')
    assert "2:1: error[K206]: row 1 " in failure(tmp_path, good[:-1] + b"a" * 2_000_000)
    assert "carriage returns" in failure(tmp_path, good.replace(b"\n", b"\r"))
    assert "K207" in failure(tmp_path, good, "items.parquet")
    assert "K209" in failure(tmp_path, good, "items.xlsx")
    assert "K210" in failure(tmp_path, good, "items.txt")
    with pytest.raises(CatalogueFileError, match="no such file"):
        read_catalogue([tmp_path / "none.csv"], tmp_path / "x.rules.toml")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CatalogueFileError, match="a folder"):
        read_catalogue([tmp_path / "folder.csv"], tmp_path / "x.rules.toml")


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    path = tmp_path / "items.csv"
    path.write_bytes(f"\ufeff{HEADER}\r\nQ01,甲,class_a,2024-01-01\r\n".encode())
    found = read_catalogue([path], tmp_path / "x.rules.toml")
    assert [item.name for item in found.catalogue.items] == ["甲"]


def test_mended_rejects_are_items_again(tmp_path: Path) -> None:
    header = f"reject_file,reject_row,reject_field,reject_code,reject_reason,{HEADER}"
    found = read(tmp_path, header, "x.csv,7,class,K304,…,Q01,a,class_a,2024-01-01")
    assert only(found).class_ == "class_a"


def test_parquet_is_read_as_the_same_rows(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "code": pa.array(["Q01", "Q02"]).dictionary_encode(),
        "name": ["甲", "乙"],
        "class": ["class_b", "class_a"],
        "from": pa.array([LIST, LIST], pa.date32()),
        "until": pa.array([dt.date(2025, 1, 1), None], pa.date32()),
        "first_share_pct": pa.array([10, None], pa.int64()),
        "ceiling_yuan": pa.array(["1.5", None], pa.string()).cast(pa.decimal128(16, 6)),
        "restricted": [True, None],
    }
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    path = tmp_path / "items.parquet"
    parquet.write_table(pa.table(columns), path)
    found = read_catalogue([path], tmp_path / "x.rules.toml")
    assert refused(found) == []
    header = f"{HEADER},until,first_share_pct,ceiling_yuan,restricted"
    csv = read(
        tmp_path,
        header,
        "Q01,甲,class_b,2024-01-01,2025-01-01,10,1.5,true",
        "Q02,乙,class_a,2024-01-01,,,,",
    )
    assert found.catalogue == csv.catalogue

    parquet.write_table(pa.table(columns | {"first_share_pct": [10.0, 0.0]}), path)
    with pytest.raises(CatalogueFileError, match=r"K208.*first_share_pct.*double"):
        read_catalogue([path], tmp_path / "x.rules.toml")
    parquet.write_table(pa.table(columns | {"restricted": [[1], [2]]}), path)
    with pytest.raises(CatalogueFileError, match=r"K208.*restricted"):
        read_catalogue([path], tmp_path / "x.rules.toml")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CatalogueFileError, match="K207"):
        read_catalogue([path], tmp_path / "x.rules.toml")


def test_several_files_make_one_catalogue(tmp_path: Path) -> None:
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    for name, row in (("a", "Q02,a,class_a,2024-01-01"), ("b", "Q01,b,class_x,2024-01-01")):
        (tmp_path / f"{name}.csv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    paths = [tmp_path / "b.csv", tmp_path / "a.csv"]
    found = read_catalogue(paths, tmp_path / "x.rules.toml")
    assert [item.code for item in found.catalogue.items] == ["Q02"]
    assert [(one.file, one.row) for one in found.rejected] == [(str(paths[0]), 1)]
    assert found.rejected[0].record == {
        "code": "Q01", "name": "b", "class": "class_x", "from": "2024-01-01"
    }  # fmt: skip


def test_more_than_an_image_holds_is_refused(tmp_path: Path) -> None:
    days = [LIST + dt.timedelta(days=n) for n in range(257)]
    rows = [
        f"Q01,a,class_b,{first},{last},{n % 2}" for n, (first, last) in enumerate(pairwise(days))
    ]
    found = read(tmp_path, f"{HEADER},until,first_share_pct", *rows)
    assert found.catalogue.items == ()
    assert {one.reason for one in found.rejected} == {"an item has at most 255 versions, found 256"}
    prices = [f"Q01,a,class_b,2024-01-01,1,{n}" for n in range(1, 256)]
    found = read(tmp_path, RANGES, *prices, "Q01,a,class_b,2024-01-01,2,")
    assert {one.code for one in found.rejected} == {"K317"}


def test_the_collector_of_garbage_is_left_as_it_was(tmp_path: Path) -> None:
    import gc

    read(tmp_path, HEADER, "Q01,a,class_a,2024-01-01")
    assert gc.isenabled()
    with pytest.raises(CatalogueFileError):
        read(tmp_path, "code")
    assert gc.isenabled()
