"""Columns of fee lines in every layout that NumPy and Arrow have; what is no column is told."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import medsettle as ms
from medsettle.bill.batch import Bills

EXAMPLES = Path(__file__).parents[3] / "examples" / "catalogue"
BED, DRUG, CT = "001109000010000", "XA10BHX927A001010199027", "002103000010000"
DAY = dt.date(2025, 3, 4)
CLAIMS: dict[str, Any] = {
    "person": np.array([1, 2]),
    "date": np.array(["2025-03-05", "2025-03-06"], "datetime64[D]"),
    "benefit": "inpatient",
    "level": np.array(["tertiary", "secondary"]),
    "status": "active",
    "days": np.array([3, 2]),
}
LINES: dict[str, Any] = {
    "bill": np.array([0, 0, 0, 1, 1, 1]),
    "code": np.array([BED, DRUG, DRUG, CT, BED, "X"]),
    "price_e6": np.array([60, 7, 7, 260, 30, 1]) * 1_000_000,
    "quantity_e4": np.array([3, 28, -8, 1, 3, 1]) * 10_000,
    "amount_fen": np.array([180_00, 196_00, -(2**63), 260_00, -(2**63), -(2**63)]),
    "date": np.array([DAY, None, None, DAY, None, None], "datetime64[D]"),
    "returns": np.array([-1, -1, 1, -1, -1, -1]),
}


@pytest.fixture(scope="module")
def catalogue() -> ms.Catalogue:
    return ms.Catalogue.from_files(EXAMPLES / "sample.items.csv", EXAMPLES / "sample.rules.toml")


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


@pytest.fixture(scope="module")
def expected(table: ms.BenefitTable, catalogue: ms.Catalogue) -> Bills:
    return table.settle_bills(catalogue, CLAIMS, LINES)


def same(one: Bills, other: Bills) -> bool:
    pairs = ((one.claims, other.claims), (one.lines, other.lines))
    return all((a[name] == b[name]).all() for a, b in pairs for name in (*a, *b))


def test_what_is_expected_is_counted_by_hand(expected: Bills) -> None:
    assert expected.lines["amount_fen"].tolist() == [18000, 19600, -5600, 26000, 9000, 0]
    assert expected.lines["over_limit_fen"].tolist() == [3000, 0, 0, 8000, 0, 0]
    assert expected.lines["first_step_fen"].tolist() == [0, 1960, -560, 1800, 0, 0]
    assert expected.lines["full_self_pay_fen"].tolist() == [0, 0, 0, 0, 3000, 0]
    assert expected.lines["status"].tolist() == [0, 0, 0, 0, 0, 2]
    assert expected.claims["status"].tolist() == [0, 15]
    assert expected.claims["in_scope_fen"].tolist() == [27600, 0]


def strided(column: np.ndarray) -> np.ndarray:
    wide = np.zeros(2 * len(column), column.dtype)
    wide[::2] = column
    return wide[::2]


def read_only(column: np.ndarray) -> np.ndarray:
    copied = column.copy()
    copied.flags.writeable = False
    return copied


def packed(column: np.ndarray) -> np.ndarray:
    """Return a column as a field of a packed struct, where it is not aligned."""
    found = np.zeros(len(column), np.dtype([("before", "u1"), ("column", column.dtype)]))
    found["column"] = column
    return found["column"]


@pytest.mark.parametrize(
    "laid_out",
    [
        strided, read_only, packed,
        lambda column: column[::-1].copy()[::-1],
        lambda column: column.astype(column.dtype.newbyteorder(">")),
    ],
)  # fmt: skip
def test_columns_may_lie_anyhow(
    table: ms.BenefitTable,
    catalogue: ms.Catalogue,
    expected: Bills,
    laid_out: Callable[[np.ndarray], np.ndarray],
) -> None:
    lines = {name: laid_out(column) for name, column in LINES.items()}
    claims = {
        name: laid_out(column) if isinstance(column, np.ndarray) else column
        for name, column in CLAIMS.items()
    }
    assert same(table.settle_bills(catalogue, claims, lines), expected)
    item = laid_out(catalogue.find_items(LINES["code"]))
    if item.dtype == np.int32:
        by_number = {name: column for name, column in lines.items() if name != "code"}
        found = table.settle_bills(catalogue, claims, by_number | {"item": item})
        assert same(found, expected)


@pytest.mark.parametrize(
    "change",
    [
        {"code": LINES["code"].astype(object)},
        {"code": LINES["code"].astype(np.dtypes.StringDType())},
        {"code": LINES["code"].astype("S")},
        {"date": np.array([DAY, None, None, DAY, None, None], object)},
        {"date": np.array(["2025-03-04", "", "", "2025-03-04", "", ""])},
        {"date": LINES["date"].astype("datetime64[ns]")},
        {"bill": LINES["bill"].astype(np.uint64)},
        {"bill": LINES["bill"].astype(np.uint8)},
        {"returns": LINES["returns"].astype(np.int8)},
        {"returns": np.array([-1, -7, 1, -(2**63), -1, -1])},
        {"approval": "not_needed"},
        {"approval": np.zeros(6, np.int16)},
        {"herb_use": np.array([""] * 6)},
        {"discharge_medicine": True},
        {"supply_days_e2": 700},
        {"id": np.array(["a"] * 6)},
    ],
)
def test_columns_of_other_types_that_say_the_same(
    table: ms.BenefitTable, catalogue: ms.Catalogue, expected: Bills, change: dict[str, Any]
) -> None:
    assert same(table.settle_bills(catalogue, CLAIMS, LINES | change), expected)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"price_e6": np.full(6, -(2**63))}, 4),
        ({"price_e6": np.full(6, 2**63 - 1)}, 6),
        ({"quantity_e4": np.full(6, -(2**63))}, 6),
        ({"quantity_e4": np.full(6, 2**63 - 1)}, 6),
        ({"quantity_e4": np.zeros(6, np.int64)}, 4),
        ({"amount_fen": np.full(6, 2**63 - 1)}, 5),
        ({"amount_fen": np.full(6, -(2**63) + 1)}, 5),
        ({"returns": np.full(6, 2**63 - 1), "quantity_e4": np.full(6, -1)}, 8),
        ({"returns": np.full(6, 6), "quantity_e4": np.full(6, -1)}, 8),
        ({"date": np.full(6, 2**31 - 1)}, 3),
        ({"date": np.full(6, -(2**31) + 1)}, 3),
        ({"code": ""}, 2),
        ({"code": np.array(["\ud800"] * 6, object)}, 2),
        ({"code": np.array([f"{DRUG}\0"] * 6, object)}, 2),
        ({"code": np.array(["x" * 10_000] * 6, object)}, 2),
    ],
)
def test_values_that_no_line_can_have_refuse_it(
    table: ms.BenefitTable, catalogue: ms.Catalogue, change: dict[str, Any], status: int
) -> None:
    lines = {name: column for name, column in LINES.items() if name != "amount_fen"} | change
    found = table.settle_bills(catalogue, CLAIMS, lines)
    assert found.lines["status"][:5].tolist() == [status] * 5
    assert not any(found.lines[name].any() for name in found.lines if name != "status")
    assert found.claims["status"].tolist() == [15, 15]


@pytest.mark.parametrize("number", [-1, -3, -(2**31), 140, 2**31 - 1])
def test_numbers_of_no_item(table: ms.BenefitTable, catalogue: ms.Catalogue, number: int) -> None:
    assert len(catalogue) == 140
    lines = {name: column for name, column in LINES.items() if name != "code"}
    found = table.settle_bills(catalogue, CLAIMS, lines | {"item": np.int32(number)})
    assert found.lines["status"].tolist() == [2] * 6


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        *(
            ({name: LINES[name].astype(kind)}, TypeError, f"`{name}` is {kind}: expected whole")
            for name in ("price_e6", "quantity_e4", "amount_fen", "returns")
            for kind in ("uint64", "object", "bool")
        ),
        ({"price_e6": np.ma.masked_array(LINES["price_e6"])}, TypeError, "masked"),
        ({"price_e6": np.zeros((6, 1), int)}, ValueError, "2 dimensions"),
        ({"bill": LINES["bill"].astype(bool)}, TypeError, "row of the claim"),
        ({"bill": np.array([0] * 5 + [2**63], np.uint64)}, ValueError, "ascending"),
        ({"bill": np.array([2**64 - 1] * 6, np.uint64)}, ValueError, "ascending"),
        ({"item": np.zeros(6, np.int32)}, ValueError, "either `code` or `item`"),
        ({"code": None, "item": np.zeros(6, np.int64)}, TypeError, "`item` is int64"),
        ({"code": None, "item": np.zeros(6, ">i4")}, TypeError, "expected int32"),
        ({"code": np.array([None] * 6)}, TypeError, "text in every row"),
        ({"code": np.array([b"x"] * 6, object)}, TypeError, "text in every row"),
        ({"date": np.array(["2025-3-4"] * 6)}, ValueError, "no date YYYY-MM-DD in row 0"),
        ({"date": np.full(6, 2**40)}, ValueError, "row 0"),
        ({"date": np.zeros(6)}, TypeError, "`date` is float64"),
        ({"approval": np.array([None] * 6)}, ValueError, "not_needed, approved, refused"),
        ({"approval": np.full(6, -1)}, ValueError, "codes are 0 to 2"),
        ({"approval": np.array([["a"]] * 6, object)}, ValueError, "2 dimensions"),
        ({"discharge_medicine": np.ones(6, np.uint8)}, TypeError, "booleans"),
    ],
)
def test_what_is_no_column_is_told(
    table: ms.BenefitTable,
    catalogue: ms.Catalogue,
    change: dict[str, Any],
    error: type[Exception],
    told: str,
) -> None:
    lines = {name: column for name, column in (LINES | change).items() if column is not None}
    with pytest.raises(error, match=told):
        table.settle_bills(catalogue, CLAIMS, lines)


@pytest.mark.parametrize(
    ("change", "insured", "error", "told"),
    [
        ({"item_bed_fen": np.zeros(2, int)}, None, ValueError, "`item_bed_fen`: the amounts"),
        ({"total_fen": np.zeros(2, int)}, None, ValueError, "`total_fen`: the amounts"),
        ({"date": None}, None, ValueError, "`date` is missing"),
        ({"price_level": np.array(["county"] * 2)}, None, ValueError, "`price_level`: expected"),
        ({}, "cadre", ValueError, "employee, resident"),
        ({}, np.array(["employee"] * 3), ValueError, "a column of 2 rows"),
        ({}, [["employee"] * 2], ValueError, "a column of 2 rows"),
        ({}, np.ma.masked_array(["employee"] * 2), TypeError, "masked"),
        ({}, 1.5, TypeError, "names or their codes"),
    ],
)
def test_claims_that_are_no_good_are_told(
    table: ms.BenefitTable,
    catalogue: ms.Catalogue,
    change: dict[str, Any],
    insured: Any,
    error: type[Exception],
    told: str,
) -> None:
    claims = {name: column for name, column in (CLAIMS | change).items() if column is not None}
    with pytest.raises(error, match=told):
        table.settle_bills(catalogue, claims, LINES, insured)


def test_prices_go_by_another_level(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    claims = CLAIMS | {"price_level": np.array(["secondary", ""])}
    found = table.settle_bills(catalogue, claims, LINES)
    # the ceiling of a bed is 35 there; that of the second claim stays 35, that of its CT 180
    assert found.lines["over_limit_fen"].tolist() == [7500, 0, 0, 8000, 0, 0]
    claims["level"] = np.array(["county", "secondary"])
    found = table.settle_bills(catalogue, claims, LINES)
    assert found.claims["status"].tolist() == [ms.Status.UNKNOWN_CODE, ms.Status.LINES_REFUSED]


def test_one_name_for_all_lines(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    lines = {"bill": np.array([0, 1]), "code": DRUG, "price_e6": 1_000_000, "quantity_e4": 20_000}
    found = table.settle_bills(catalogue, CLAIMS, lines)
    assert found.lines["first_step_fen"].tolist() == [20, 20]


def test_codes_are_found_in_any_shape(catalogue: ms.Catalogue) -> None:
    number = int(catalogue.find_items(np.array([DRUG]))[0])
    assert catalogue.item_at(number).code == DRUG
    assert catalogue.find_items(DRUG).tolist() == number
    assert catalogue.find_items([DRUG, "X"]).tolist() == [number, -1]
    assert catalogue.find_items(np.array([], str)).tolist() == []
    with pytest.raises(ValueError, match="2 dimensions"):
        catalogue.find_items(np.array([[DRUG]]))


def test_threads_share_a_catalogue(
    table: ms.BenefitTable, catalogue: ms.Catalogue, expected: Bills
) -> None:
    wrong: list[int] = []

    def settle(number: int) -> None:
        for _ in range(50):
            if not same(table.settle_bills(catalogue, CLAIMS, LINES), expected):
                wrong.append(number)

    threads = [threading.Thread(target=settle, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---------------------------------------------------------------------------- Arrow


def decimals(column: np.ndarray, scale: int, digits: int = 18) -> pa.Array:
    nothing = -(2**63)
    given = [None if one == nothing else Decimal(one).scaleb(-scale) for one in column.tolist()]
    return pa.array(given, pa.decimal128(digits, scale))


ARROW_CLAIMS = pa.table(
    {
        name: pa.array(np.broadcast_to(column, 2))
        for name, column in CLAIMS.items()
        if name not in ("date", "benefit", "status")
    }
    | {"date": pa.array(CLAIMS["date"]), "benefit": ["inpatient"] * 2, "status": ["active"] * 2}
)
ARROW: dict[str, Any] = {
    "bill": pa.array(LINES["bill"]),
    "code": pa.array(LINES["code"].tolist()),
    "price": decimals(LINES["price_e6"], 6),
    "quantity": decimals(LINES["quantity_e4"], 4),
    "amount": decimals(LINES["amount_fen"], 2),
    "date": pa.array(LINES["date"]),
    "returns": pa.array(LINES["returns"]),
}


def same_tables(found: Bills, expected: Bills) -> bool:
    for table, columns in ((found.claims, expected.claims), (found.lines, expected.lines)):
        for name, column in columns.items():
            scale = 100 if name.endswith("_fen") else 1
            got = table.column(name.removesuffix("_fen")).to_pylist()
            if [int(one * scale) for one in got] != column.tolist():
                return False
    return True


class OnlyAnArray:
    """Something with the capsule of one batch, and nothing else."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch

    def __arrow_c_array__(self, requested: object = None) -> object:
        return self.batch.__arrow_c_array__(requested)


WHOLE = pa.table(ARROW)
CODES = LINES["code"].tolist()


@pytest.mark.parametrize(
    "lines",
    [
        WHOLE,
        WHOLE.to_batches()[0],
        WHOLE.to_reader(2),
        OnlyAnArray(WHOLE.to_batches()[0]),
        pa.concat_tables([WHOLE.slice(0, 1), WHOLE.slice(1, 0), WHOLE.slice(1)]),
        pa.concat_tables([WHOLE, WHOLE]).slice(6),
        WHOLE.set_column(1, "code", ARROW["code"].dictionary_encode()),
        WHOLE.set_column(
            1, "code",
            pa.chunked_array(
                [pa.array(CODES[:2]).dictionary_encode(), pa.array(CODES[2:]).dictionary_encode()]
            ),
        ),
        WHOLE.set_column(1, "code", ARROW["code"].cast(pa.string_view())),
        WHOLE.set_column(2, "price", ARROW["price"].cast(pa.decimal256(50, 6))),
        WHOLE.set_column(2, "price", ARROW["price"].cast(pa.decimal128(30, 12))),
        WHOLE.set_column(2, "price_e6", pa.array(LINES["price_e6"])),
        WHOLE.set_column(3, "quantity", pa.array([3, 28, -8, 1, 3, 1], pa.int8())),
        WHOLE.set_column(6, "returns", pa.array([None, None, 1, None, None, None], pa.int16())),
        WHOLE.append_column("approval", pa.nulls(6)),
        WHOLE.append_column("approval", pa.array([None, *["not_needed"] * 5]).dictionary_encode()),
        WHOLE.append_column("approval", pa.array([None, 0, 0, 0, 0, 0], pa.uint8())),
        WHOLE.append_column("herb_use", pa.array([None, *[""] * 5])),
        WHOLE.append_column("discharge_medicine", pa.array([None, *[True] * 5])),
        WHOLE.append_column("supply_days", pa.array([None, *[7] * 5])),
        WHOLE.append_column("id", pa.array([{"any": 1}] * 6)),
    ],
)  # fmt: skip
def test_arrow_in_every_layout(
    table: ms.BenefitTable, catalogue: ms.Catalogue, expected: Bills, lines: Any
) -> None:
    assert same_tables(table.settle_bills(catalogue, ARROW_CLAIMS, lines), expected)


def test_claims_in_chunks_and_their_front(
    table: ms.BenefitTable, catalogue: ms.Catalogue, expected: Bills
) -> None:
    claims = ARROW_CLAIMS.append_column("id", pa.array(["A", "B"]).dictionary_encode())
    claims = claims.append_column("price_level", pa.array([None, "secondary"]))
    chunks = pa.concat_tables([claims.slice(0, 1), claims.slice(1)])
    lines = WHOLE.append_column("id", pa.array(list("abcdef")))
    found = table.settle_bills(catalogue, chunks, lines)
    assert same_tables(found, expected)
    assert found.claims.schema.names[:3] == ["id", "person", "date"]
    assert found.lines.schema.names[:4] == ["bill", "id", "status", "amount"]
    assert found.lines.column("id").to_pylist() == list("abcdef")


def test_arrow_numbers_beyond_64_bits_refuse_their_line_only(
    table: ms.BenefitTable, catalogue: ms.Catalogue
) -> None:
    huge = pa.array([Decimal(10) ** 20, *ARROW["price"].to_pylist()[1:]], pa.decimal128(30, 6))
    found = table.settle_bills(catalogue, ARROW_CLAIMS, WHOLE.set_column(2, "price", huge))
    assert found.lines.column("status").to_pylist() == [6, 0, 0, 0, 0, 2]


def test_arrow_without_rows(table: ms.BenefitTable, catalogue: ms.Catalogue) -> None:
    nothing = pa.table({name: pa.array([]) for name in ARROW})
    for lines in (WHOLE.slice(0, 0), WHOLE.schema.empty_table(), nothing):
        found = table.settle_bills(catalogue, ARROW_CLAIMS, lines)
        assert found.lines.num_rows == 0
        assert found.claims.column("status").to_pylist() == [ms.Status.LINES_REFUSED] * 2
        none = table.settle_bills(catalogue, ARROW_CLAIMS.slice(0, 0), lines)
        assert none.claims.num_rows == 0


def replaced(name: str, column: Any) -> pa.Table:
    if name not in WHOLE.schema.names:
        return WHOLE.append_column(name, column)
    return WHOLE.set_column(WHOLE.schema.get_field_index(name), name, column)


@pytest.mark.parametrize(
    ("lines", "error", "told"),
    [
        *(
            (replaced(name, pa.array([*ARROW[name].to_pylist()[:-1], None], ARROW[name].type)),
             ValueError, f"`{name}` has no value in row 5")
            for name in ("bill", "code", "price", "quantity")
        ),
        (replaced("price", pa.nulls(6)), ValueError, "`price` has no value in row 0"),
        (replaced("price", pa.array([1.0] * 6)), TypeError, "`price` is double"),
        (replaced("price", pa.array([1] * 6)), TypeError, "`price` is int64"),
        (replaced("amount", pa.array([1] * 6)), TypeError, "`amount` is int64"),
        (replaced("price", pa.array([Decimal("1E-7")] * 6)), ValueError, "more than 6 decimals"),
        (replaced("price_e6", pa.array([1] * 6)), ValueError, "there twice"),
        (WHOLE.append_column("code", ARROW["code"]), ValueError, "there twice"),
        (replaced("code", pa.array([b"x"] * 6)), TypeError, "`code` is binary"),
        (replaced("returns", pa.array([2**64 - 1] * 6, pa.uint64())), TypeError, "uint64"),
        (replaced("returns", pa.array([None, *[1] * 5], pa.uint64())), TypeError, "uint64"),
        (replaced("returns", pa.array([1.0] * 6)), TypeError, "`returns` is float64"),
        (replaced("date", pa.array([dt.datetime(2025, 3, 1)] * 6)), TypeError, "timestamp"),
        (replaced("colour", pa.array([{"a": 1}] * 6)), ValueError, "`colour` is not known"),
        (replaced("bill", pa.array(["0"] * 6)), TypeError, "row of the claim"),
        (replaced("discharge_medicine", pa.array([1] * 6)), TypeError, "booleans"),
        (replaced("supply_days", pa.array([10_001] * 6)), ValueError, "1,000,000 hundredths"),
        (LINES, TypeError, "or both Arrow tables, found dict"),
    ],
)  # fmt: skip
def test_arrow_columns_that_are_no_good(
    table: ms.BenefitTable, catalogue: ms.Catalogue, lines: Any, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        table.settle_bills(catalogue, ARROW_CLAIMS, lines)


@pytest.mark.parametrize("name", ["in_scope", "total", "item_bed", "total_fen"])
def test_arrow_claims_state_no_amounts(
    table: ms.BenefitTable, catalogue: ms.Catalogue, name: str
) -> None:
    claims = ARROW_CLAIMS.append_column(name, pa.array([1, 1]))
    with pytest.raises(ValueError, match=f"`{name}`: the amounts"):
        table.settle_bills(catalogue, claims, WHOLE)


# ---------------------------------------------------------------------------- from files


def test_a_catalogue_from_files(catalogue: ms.Catalogue, tmp_path: Path) -> None:
    rules = EXAMPLES / "sample.rules.toml"
    several = ms.Catalogue.from_files(
        (EXAMPLES / name for name in ("sample-names.csv", "sample-1318.txt", "sample-1319.txt")),
        str(rules),
    )
    assert len(several) == 16
    (tmp_path / "image.msc").write_bytes(catalogue.image)
    assert ms.open_catalogue(tmp_path / "image.msc").fingerprint == catalogue.fingerprint


def test_refused_rows_are_all_told(tmp_path: Path) -> None:
    rules, items = EXAMPLES / "sample.rules.toml", tmp_path / "items.csv"
    rows = [f"X{at},name,class_a,2025-01-01" for at in range(30)]
    items.write_text("\n".join(["code,name,class,from", *rows]) + "\n", encoding="utf-8")
    with pytest.raises(ms.CatalogueError, match=r"30 rows are refused:\n.*row 1: \[K302\]") as told:
        ms.Catalogue.from_files(items, rules)
    assert [one.row for one in told.value.rejected] == list(range(1, 31))
    assert str(told.value).endswith("... and 10 more")
    with pytest.raises(ms.CatalogueError, match="no item"):
        ms.Catalogue.from_files([], rules)
    with pytest.raises(ms.PolicyError, match="K202"):
        ms.Catalogue.from_files(tmp_path / "nowhere.csv", rules)
    with pytest.raises(ms.PolicyError):
        ms.Catalogue.from_files(items, items)
