"""Rows of 1318 and 1319 with a list of items: what they make together, and what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from medsettle.bill.faults import CatalogueFileError
from medsettle.bill.forms import CatalogueRead, read_catalogue
from medsettle.bill.items import ItemVersion
from medsettle.vocabulary import DATE_MAX

RULES = """region = "990000"
title = "样例"
cite = "list"
[source.list]
title = "目录"
[[rules]]
from = 2020-01-01
over_quantity = "full_self_pay"
cite = "list#一"
provenance = "verified"
[codes]
local = [{ prefix = "Q", length = 3, title = "自编" }]
[national]
overlmt_dspo_way = { "1" = "excess", "2" = "all" }
"""
LIST = ("code,name,class,from,until", "Q01,甲,class_b,2024-01-01,")
PRICES = (
    "hilist_code\thilist_lmtpric_type\toverlmt_dspo_way\tinsu_admdvs\tbegndate\tenddate\t"
    "hilist_pric_uplmt_amt\tvali_flag\trid"
)
SHARES = (
    "hilist_code\tselfpay_prop_psn_type\tselfpay_prop_type\tinsu_admdvs\tbegndate\tenddate\t"
    "selfpay_prop\tvali_flag\trid"
)
SHARE = "Q01 310 10 990000 2024-01-01 null 0.1000 1 r"
PRICE = "Q01 03 1 990000 2024-01-01 null 20.5 1 r"


def read(
    tmp_path: Path,
    *,
    items: tuple[str, ...] = LIST,
    shares: tuple[str, ...] = (SHARE,),
    prices: tuple[str, ...] = (),
    rules: str = RULES,
) -> CatalogueRead:
    """Read a list with rows of both interfaces; cells of these are parted by blanks here."""
    (tmp_path / "x.rules.toml").write_text(rules, encoding="utf-8")
    files = {"items.csv": list(items)}
    for name, head, rows in (("shares.txt", SHARES, shares), ("prices.txt", PRICES, prices)):
        if rows:
            files[name] = [head, *("\t".join(row.split(" ")) for row in rows)]
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_catalogue([tmp_path / name for name in files], tmp_path / "x.rules.toml")


def refused(found: CatalogueRead) -> list[str]:
    return [
        f"{Path(one.file).name} {one.row} {one.code} {one.field}: {one.reason}".replace(
            str(Path(one.file).parent), "."
        )
        for one in found.rejected
    ]


def versions(found: CatalogueRead) -> tuple[ItemVersion, ...]:
    assert refused(found) == []
    return found.catalogue.items[0].versions


def spans(found: CatalogueRead) -> list[tuple[str, str, dict[str | None, int]]]:
    """Return the versions of the only item: days and the shares by person class."""
    (item,) = found.catalogue.items
    return [
        (
            str(one.from_),
            str(one.until),
            {person: ppm for share in one.shares for (person, _), ppm in share.ppm.items()},
        )
        for one in item.versions
    ]


def test_rows_give_an_item_its_shares_and_ceilings(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        shares=(
            SHARE,
            "Q01 390 10 990000 2024-01-01 2099-12-31 0.15 1 r",
            "Q01 330 10 990000 20240101 null 0 1 r",
            "Q01 99 10 990000 2024-01-01 null 1 1 r",
        ),
        prices=(
            "Q01 01 2 990000 2024-01-01 9999-12-31 10 1 r",
            "Q01 02 2 990000 2024-01-01 null 12.345678 1 r",
            "Q01 03 2 990000 2024-01-01 null 99999999 1 r",
        ),
    )
    first, last = versions(found)
    assert first.ceiling_e6 == {
        "community": 10_000_000,
        "primary": 10_000_000,
        "secondary": 12_345_678,
    }
    assert first.over_price == "all"
    assert first.shares[0].ppm == {
        ("employee", None): 100_000,
        ("resident", None): 150_000,
        ("retired_cadre", None): 0,
        ("other", None): 1_000_000,
    }
    assert (first.until, last.until) == (dt.date(2100, 1, 1), DATE_MAX)
    assert ("resident", None) not in last.shares[0].ppm
    assert (first.class_, first.cite) == ("class_b", "list")


def test_versions_are_cut_where_rows_begin_and_end(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        shares=(
            "Q01 310 10 990000 2024-01-01 2024-12-31 0.1 1 r",
            "Q01 310 10 990000 2025-01-01 null 0.2 1 r",
        ),
        prices=("Q01 03 1 990000 2023-01-01 2024-06-30 5 1 r",),
    )
    assert spans(found) == [
        ("2024-01-01", "2024-07-01", {"employee": 100_000}),
        ("2024-07-01", "2025-01-01", {"employee": 100_000}),
        ("2025-01-01", "2200-01-01", {"employee": 200_000}),
    ]
    first, second, _ = versions(found)
    assert (first.ceiling_e6, second.ceiling_e6) == ({"tertiary": 5_000_000}, {})


def test_the_end_may_be_the_first_day_after(tmp_path: Path) -> None:
    shares = (
        "Q01 310 10 990000 2024-01-01 2025-01-01 0.1 1 r",
        "Q01 310 10 990000 2025-01-01 null 0.2 1 r",
    )
    found = read(tmp_path, shares=shares, rules=RULES + 'enddate = "day_after"\n')
    assert [span[:2] for span in spans(found)] == [
        ("2024-01-01", "2025-01-01"),
        ("2025-01-01", "2200-01-01"),
    ]
    assert {one.code for one in read(tmp_path, shares=shares).rejected} == {"K324", "K313"}


def test_rows_of_others_and_invalid_ones_are_left_aside(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        shares=(
            SHARE,
            "Q01 310 10 990100 2024-01-01 null 0.9 1 r",
            "Q01 310 10 990000 2024-01-01 null 0.9 0 r",
        ),
    )
    assert refused(found) == []
    assert spans(found) == [("2024-01-01", "2200-01-01", {"employee": 100_000})]
    assert found.left_aside == {"of other areas": 1, "not valid": 1}
    more = read(
        tmp_path,
        shares=("Q01 310 10 990100 2024-01-01 null 0.9 1 r",),
        rules=RULES + 'insu_admdvs = ["990000", "990100"]\n',
    )
    assert spans(more) == [("2024-01-01", "2200-01-01", {"employee": 900_000})]


def test_the_same_said_twice_is_said_once(tmp_path: Path) -> None:
    found = read(tmp_path, shares=(SHARE, SHARE, "Q01 310 10 990000 2024-05-01 null 0.1 1 r"))
    assert spans(found) == [("2024-01-01", "2200-01-01", {"employee": 100_000})]


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (SHARE.replace("310 10", "310 20"), "K321 selfpay_prop_type: type 20 is the share that the "
         "fund pays directly, from which no first-step share follows"),
        (SHARE.replace("310 10", "310 30"), "K322 selfpay_prop_type: type 30 goes by the price, "
         "and the row does not tell the ranges: write them as rows with `price_upto_yuan`"),
        (SHARE.replace("310 10", "310 11"), "K304 selfpay_prop_type: must be one of 10, found "
         "`11`"),
        (SHARE.replace("310", "340"), "K323 selfpay_prop_psn_type: must be one of 310, 330, 390, "
         "99, found `340`: name it under `[national]` of the rules"),
        (SHARE.replace("0.1000", "10"), "K325 selfpay_prop: must be a part of one, from 0 to 1, at "
         "most six decimals, found `10`"),
        (SHARE.replace("0.1000", "null"), "K303 selfpay_prop: must not be empty"),
        (SHARE.replace(" 1 r", " 2 r"), "K304 vali_flag: must be one of 0, 1, found `2`"),
        (SHARE.replace("2024-01-01", "2024-13-01"), "K308 begndate: must be a day YYYY-MM-DD from "
         "1949-10-01 to 2200-01-01, found `2024-13-01`"),
        (SHARE.replace("null", "2023-01-01"), "K309 enddate: must be after `begndate` 2024-01-01, "
         "found `2023-01-01`"),
        (SHARE.removesuffix(" r"), "K301 : the row must have 9 cells, found 8"),
    ],
)  # fmt: skip
def test_a_refused_row_leaves_the_item_in_doubt(tmp_path: Path, share: str, told: str) -> None:
    found = read(tmp_path, shares=(share,))
    assert refused(found) == [
        "items.csv 1 K313 : belongs to row 1 of ./shares.txt, which was refused",
        f"shares.txt 1 {told}",
    ]
    assert found.catalogue.items == ()


def test_only_the_days_of_a_refused_row_are_in_doubt(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        shares=(SHARE,),
        prices=("Q01 01 9 990000 2024-03-01 2024-03-31 10 1 r",),
    )
    assert refused(found) == [
        "items.csv 1 K313 : belongs to row 1 of ./prices.txt, which was refused",
        "prices.txt 1 K323 overlmt_dspo_way: must be one of 1, 2, found `9`: name it under "
        "`[national]` of the rules",
    ]
    assert [span[:2] for span in spans(found)] == [
        ("2024-01-01", "2024-03-01"),
        ("2024-04-01", "2200-01-01"),
    ]
    assert [one.code for one in found.notices] == ["K401"]


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ("Q01 901 1 990000 2024-01-01 null 5 1 r", "K323 hilist_lmtpric_type: must be one of 01, "
         "02, 03, found `901`: name it under `[national]` of the rules"),
        ("Q01 03 1 990000 2024-01-01 null 0 1 r", "K306 hilist_pric_uplmt_amt: must be yuan above "
         "0, at most ten billion, at most six decimals, found `0`"),
        ("Q01 03 1 990000 2024-01-01 null 5.0000001 1 r", "K306 hilist_pric_uplmt_amt: must be "
         "yuan above 0, at most ten billion, at most six decimals, found `5.0000001`"),
        ("Q01 03 1 null 2024-01-01 null 5 1 r", "K303 insu_admdvs: must not be empty"),
    ],
)  # fmt: skip
def test_a_refused_ceiling_is_not_no_ceiling(tmp_path: Path, price: str, told: str) -> None:
    found = read(tmp_path, prices=(price,))
    assert refused(found)[-1] == f"prices.txt 1 {told}"
    assert found.catalogue.items == ()


def test_a_region_names_its_own_codes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        shares=(SHARE.replace("310", "340"),),
        prices=("Q01 901 1 990000 2024-01-01 null 5 1 r",),
        rules=RULES
        + 'hilist_lmtpric_type = { "901" = ["tertiary"] }\n'
        + 'selfpay_prop_psn_type = { "340" = "retired_cadre" }\n',
    )
    (version,) = versions(found)
    assert version.ceiling_e6 == {"tertiary": 5_000_000}
    assert version.shares[0].ppm == {("retired_cadre", None): 100_000}


def test_rows_that_disagree_are_both_refused(tmp_path: Path) -> None:
    found = read(tmp_path, shares=(SHARE, "Q01 310 10 990000 2024-05-01 2024-05-31 0.2 1 r"))
    told = "K324 : says something else than row {} of ./shares.txt for 2024-05-01"
    assert refused(found) == [
        "items.csv 1 K313 : belongs to row 1 of ./shares.txt, which was refused",
        f"shares.txt 1 {told.format(2)}",
        f"shares.txt 2 {told.format(1)}",
    ]
    assert found.catalogue.items == ()


def test_rows_without_an_item_are_refused(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        items=(*LIST, "Q02,乙,class_x,2024-01-01,"),
        shares=(SHARE, SHARE.replace("Q01", "Q02"), SHARE.replace("Q01", "Q03")),
    )
    assert refused(found)[1:] == [
        "shares.txt 2 K313 : belongs to row 2 of ./items.csv, which was refused",
        "shares.txt 3 K320 hilist_code: no file of items lists `Q03`",
    ]


def test_the_list_and_rows_may_not_both_tell(tmp_path: Path) -> None:
    items = ("code,name,class,from,first_share_pct,ceiling_yuan", "Q01,甲,class_b,2024-01-01,10,")
    told = "told here, and by row 1 of ./{}.txt"
    assert refused(read(tmp_path, items=items)) == [
        f"items.csv 1 K315 first_share_pct: {told.format('shares')}"
    ]
    found = read(tmp_path, items=items, shares=(), prices=(PRICE,))
    (version,) = versions(found)
    assert version.ceiling_e6 == {"tertiary": 20_500_000}
    items = (items[0], "Q01,甲,class_b,2024-01-01,,9")
    assert refused(read(tmp_path, items=items, prices=(PRICE,))) == [
        f"items.csv 1 K315 ceiling_yuan: {told.format('prices')}"
    ]
    # rows of other days than the version's tell nothing of it
    late = (SHARE.replace("2024-01-01 null", "2020-01-01 2020-12-31"),)
    items = (items[0], "Q01,甲,class_b,2024-01-01,10,")
    assert refused(read(tmp_path, items=items, shares=late)) == []


def test_levels_may_not_differ_in_what_a_price_above_does(tmp_path: Path) -> None:
    found = read(tmp_path, prices=(PRICE, "Q01 02 2 990000 2024-01-01 null 9 1 r"))
    assert refused(found) == [
        "items.csv 1 K315 over_price: levels differ in what a price above does: excess, all"
    ]


def test_class_c_and_a_share_below_all_contradict(tmp_path: Path) -> None:
    items = (LIST[0], "Q01,甲,class_c,2024-01-01,")
    assert refused(read(tmp_path, items=items)) == [
        "items.csv 1 K310 first_share_pct: an item of class C is not covered, found a share of 10 %"
    ]
    found = read(tmp_path, items=items, shares=(SHARE.replace("0.1000", "1.0000"),))
    assert versions(found)[0].shares[0].ppm == {(None, None): 1_000_000}


def test_days_without_a_share_of_class_b_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, shares=(SHARE.replace("2024-01-01", "2025-01-01"),))
    assert refused(found) == [
        "items.csv 1 K310 first_share_pct: of class B, and neither the row nor its group tells a "
        "share from 2024-01-01"
    ]
    assert [span[:2] for span in spans(found)] == [("2025-01-01", "2200-01-01")]


def test_a_download_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "items.csv").write_text("\n".join(LIST), encoding="utf-8")
    for name, row in (("a-1319.txt", SHARE), ("b-1318.TSV", PRICE)):
        (tmp_path / name).write_text(row.replace(" ", "\t") + "\n", encoding="utf-8")
    paths = [tmp_path / name for name in ("a-1319.txt", "items.csv", "b-1318.TSV")]
    found = read_catalogue(paths, tmp_path / "x.rules.toml")
    (version,) = versions(found)
    assert version.ceiling_e6 == {"tertiary": 20_500_000}
    assert version.shares[0].ppm == {("employee", None): 100_000}
    (tmp_path / "a-1319.txt").write_text("Q01\t310\n", encoding="utf-8")
    broken = read_catalogue(paths, tmp_path / "x.rules.toml")
    assert refused(broken)[0] == ("a-1319.txt 1 K301 : the row must have 8 cells, found 2")


def test_a_field_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    path = tmp_path / "rows.csv"
    path.write_text("hilist_code,selfpay_prop\nQ01,0.1\n", encoding="utf-8")
    with pytest.raises(CatalogueFileError) as error:
        read_catalogue([path], tmp_path / "x.rules.toml")
    assert "error[K205]: column `selfpay_prop_psn_type` is missing; there are:" in str(error.value)


def test_a_ceiling_may_go_by_the_hospital_level(tmp_path: Path) -> None:
    (tmp_path / "x.rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "items.csv").write_text(
        "code,name,class,from\nQ01,甲,class_a,2024-01-01\n", encoding="utf-8"
    )
    path = tmp_path / "rows.csv"
    path.write_text(
        "hilist_code,lmtpric_hosp_lv,overlmt_dspo_way,insu_admdvs,begndate,enddate,"
        "hilist_pric_uplmt_amt,vali_flag\n"
        "Q01,3,1,990000,2024-01-01 00:00:00,,7,1\n",
        encoding="utf-8",
    )
    found = read_catalogue([tmp_path / "items.csv", path], tmp_path / "x.rules.toml")
    assert versions(found)[0].ceiling_e6 == {"tertiary": 7_000_000}
