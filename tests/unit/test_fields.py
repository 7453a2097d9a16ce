"""Every door carries every field of a claim: one claim, JSON, NumPy, Arrow, and files."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import medsettle as ms
from medsettle.cli import main
from medsettle.model import Claim
from medsettle.vocabulary import AXES, NUMBERS, default_value
from medsettle.wire import claim_json, read_claim
from tests.unit.town import EXAMPLES, TOWN, town

#: Two persons; the first has a second visit.
CLAIMS: list[tuple[str, dict[str, Any]]] = [
    ("p", {
        "date": "2025-09-03", "benefit": "inpatient", "level": "tertiary_special",
        "in_scope": "45000.00", "full_self_pay": "100.00",
        "items": {"imported_implant": "10000.00", "class_b": "5.00"},
        "months": 300, "cohort": "villager", "care": "accident", "place": "referred",
        "assistance": ("low_income", "minimum_living"), "admitted": "2025-08-20",
        "discharged": "2025-09-03", "days": 14,
    }),
    ("p", {
        "date": "2025-09-20", "benefit": "inpatient", "level": "tertiary_special",
        "in_scope": "3000.00", "months": 3, "cohort": "villager", "continues": True,
    }),
    ("q", {
        "date": "2025-09-01", "benefit": "inpatient", "level": "primary", "in_scope": "2500.00",
        "months": 6, "cohort": "villager", "items": {"imported_implant": "400.00"}, "days": 0,
        "care": "accident", "admitted": "2025-08-31",
    }),
    ("q", {"date": "2025-09-03", "benefit": "outpatient", "in_scope": "800.00"}),
]  # fmt: skip
GROUPS = ("imported_implant", "class_b")
FIELDS = (
    "level", "months", "cohort", "care", "place", "assistance", "admitted", "discharged", "days",
    "continues",
)  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> ms.BenefitTable:
    return town(tmp_path_factory.mktemp("town"))


def claims() -> list[tuple[str, Claim]]:
    return [(who, Claim.from_yuan(**fields)) for who, fields in CLAIMS]


@pytest.fixture(scope="module")
def paid(table: ms.BenefitTable) -> list[dict[str, int]]:
    """What each claim comes to, settled one by one."""
    found, before, last = [], None, ""
    for who, claim in claims():
        before = table.settle(claim, before if who == last else None)
        last = who
        found.append({**before.funds_fen, "cash": before.cash_fen})
    return found


def cells() -> dict[str, list[Any]]:
    """The claims as columns of text; "" is not stated."""
    found: dict[str, list[Any]] = {"person": [who for who, _ in CLAIMS]}
    for name in ("date", "benefit", "in_scope", "full_self_pay", *FIELDS):
        values = [fields.get(name, "") for _, fields in CLAIMS]
        found[name] = ["+".join(v) if isinstance(v, tuple) else str(v) for v in values]
    for group in GROUPS:
        found[f"item_{group}"] = [fields.get("items", {}).get(group, "") for _, fields in CLAIMS]
    return found


# ---------------------------------------------------------------------------- one claim


def test_what_the_first_claim_comes_to(paid: list[dict[str, int]]) -> None:
    """10 % of the implant; 35,000 less 10 % less 500, at 85 %; 14 × 20; at most 3,000."""
    assert paid[0] == {
        "hospital": 1_000_00, "pooled": 26_350_00, "other": 280_00, "assistance": 3_000_00,
        "own_account": 0, "cash": 14_470_00,
    }  # fmt: skip


def test_payers_that_are_no_funds(table: ms.BenefitTable) -> None:
    year = ms.YearToDate(counters={"own_account.balance": 1_234_56})
    found = table.settle(claims()[0][1], year)
    assert (found.hospital, found.own_account) == (Decimal("1000.00"), Decimal("1234.56"))
    assert found.total == sum(found.funds.values()) + found.cash
    assert found.total_funds == sum(found.funds.values()) - found.hospital - found.own_account
    assert "own_account.balance" not in found.ytd.counters
    answer = json.loads(table.settle_json(claim_json(claims()[0][1], year)), parse_float=Decimal)
    assert answer["total_funds"] == found.total_funds
    assert answer["funds"] == found.funds
    assert answer["provenance"] == {
        "weakest": "unverified",
        "layers": {
            "hospital_part": "unverified", "main": "verified", "beds": "corroborated",
            "aid": "corroborated", "account": "unverified",
        },
    }  # fmt: skip


def test_the_receipt_tells_what_paid(table: ms.BenefitTable) -> None:
    receipt = table.settle(claims()[1][1]).receipt
    assert {line.layer: line.pay_fen > 0 for line in receipt.lines} == {
        "hospital_part": False, "main": True, "account": False,
    }  # fmt: skip
    assert (receipt.paid_provenance, receipt.provenance) == ("verified", "unverified")


def test_defaults_are_those_of_the_vocabulary() -> None:
    claim = Claim(benefit="inpatient", date=dt.date(2025, 3, 1), in_scope_fen=0)
    assert {axis: getattr(claim, axis) for axis in AXES} == {a: default_value(a) for a in AXES}
    assert {getattr(claim, axis) for axis in NUMBERS} == {None}
    assert repr(claim) == "Claim(benefit='inpatient', date=datetime.date(2025, 3, 1))"
    assert hash(claim) == hash(Claim(benefit="inpatient", date=claim.date, in_scope_fen=0))


def test_a_number_of_nothing_is_stated() -> None:
    claim = Claim(benefit="inpatient", date=dt.date(2025, 3, 1), in_scope_fen=1, age=0, days=0)
    assert "age=0" in repr(claim)
    assert "days=0" in repr(claim)


@pytest.mark.parametrize("who_claim", claims(), ids=range(len(CLAIMS)))
def test_json_there_and_back(who_claim: tuple[str, Claim]) -> None:
    assert read_claim(claim_json(who_claim[1])) == (who_claim[1], None)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"months": None}, "C108", "months"),
    ({"cohort": None}, "C108", "cohort"),
    ({"care": "accident"}, "C108", "days"),
    ({"days": -1}, "C110", "days"),
    ({"months": -1}, "C110", "months"),
    ({"age": 151}, "C110", "age"),
    ({"level": "tertiary_extra"}, "C110", "level"),
    ({"level": ("tertiary", "primary")}, "C110", "level"),
    ({"assistance": ("low_income", "orphan")}, "C110", "assistance"),
    ({"assistance": ()}, "C110", "assistance"),
    ({"items": {"jewels": "1.00"}}, "C110", "items"),
    ({"items": {"imported_implant": "2500.01"}}, "C114", "items"),
    ({"items": {"imported_implant": "-0.01"}}, "C114", "items.imported_implant"),
    ({"admitted": "2024-12-31"}, "C105", "admitted"),
    ({"admitted": "2025-09-02"}, "C110", "admitted"),
    ({"discharged": "2025-09-02"}, "C110", "discharged"),
]


@pytest.mark.parametrize(("changes", "code", "field"), REFUSED)
def test_refused(table: ms.BenefitTable, changes: dict[str, Any], code: str, field: str) -> None:
    plain = {"date": "2025-09-01", "benefit": "inpatient", "level": "primary", "months": 6}
    plain |= {"in_scope": "2500.00", "cohort": "villager"}
    with pytest.raises(ms.ClaimError) as caught:
        table.settle(Claim.from_yuan(**(plain | changes)))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_numbers_beyond_the_greatest(table: ms.BenefitTable) -> None:
    plain = {**CLAIMS[2][1], "months": 254}
    many = [table.settle(Claim.from_yuan(**plain | {"months": n})) for n in (254, 255, 9_999)]
    assert {one.cash_fen for one in many} == {many[0].cash_fen}


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ('"items": {"imported_implant": 1.005}', "C111", "items.imported_implant"),
        ('"items_fen": {"imported_implant": 1.5}', "C111", "items_fen"),
        ('"items": {"imported_implant": 1, "imported_implant": 1}', "C112", "imported_implant"),
        ('"items": {}, "items_fen": {}', "C112", "items"),
        ('"items": 5', "C112", "items"),
        ('"admitted": "2025-13-01"', "C110", "admitted"),
        ('"admitted": "2025-09-02"', "C110", "admitted"),
        ('"admitted": null, "discharged": "2025-09-02"', "C110", "discharged"),
        ('"level": ["primary", 1]', "C110", "level"),
        ('"continues": 1', "C110", "continues"),
        ('"days": 1.5', "C110", "days"),
    ],
)
def test_wrong_messages(table: ms.BenefitTable, message: str, code: str, field: str) -> None:
    text = '{"date": "2025-09-01", "benefit": "outpatient", "in_scope": 10.00, ' + message + "}"
    with pytest.raises(ms.ClaimError) as caught:
        table.settle_json(text)
    assert (caught.value.code, caught.value.field) == (code, field)


# ---------------------------------------------------------------------------- columns


def in_numpy() -> dict[str, Any]:
    given = claims()
    columns: dict[str, Any] = {"person": np.array([who for who, _ in given])}
    for name in ("date", "benefit", "in_scope_fen", "full_self_pay_fen", "continues"):
        columns[name] = np.array([getattr(claim, name) for _, claim in given])
    for name in ("level", "cohort", "care", "place", "assistance"):
        columns[name] = np.array(cells()[name])
    for name in ("admitted", "discharged"):
        dates = [getattr(claim, name) or "NaT" for _, claim in given]
        columns[name] = np.array(dates, "datetime64[D]")
    columns["months"] = np.array([-1 if c.months is None else c.months for _, c in given])
    columns["days"] = np.array([-1 if c.days is None else c.days for _, c in given])
    for group in GROUPS:
        columns[f"item_{group}_fen"] = np.array([c.items.get(group, 0) for _, c in given])
    return columns


def amounts(table: ms.BenefitTable, out: Any) -> list[dict[str, int]]:
    names = (*table.meta.funds, "cash")
    assert not any(out["status"])
    rows = zip(*(out[f"{name}_fen"].tolist() for name in names), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_numpy(table: ms.BenefitTable, paid: list[dict[str, int]]) -> None:
    columns = in_numpy()
    assert amounts(table, table.settle_batch(columns)) == paid
    several = np.empty(4, object)
    several[:] = [("low_income", "minimum_living"), None, "", "unassisted"]
    assert amounts(table, table.settle_batch(columns | {"assistance": several})) == paid
    codes = table.names.codes["level"]
    coded = np.array([codes[level or None] for level in cells()["level"]], np.uint8)
    texts = {name: np.array(cells()[name]) for name in ("admitted", "discharged")}
    assert amounts(table, table.settle_batch(columns | texts | {"level": coded})) == paid


@pytest.mark.parametrize("decimal", [True, False])
def test_arrow(table: ms.BenefitTable, paid: list[dict[str, int]], decimal: bool) -> None:
    given = claims()
    columns: dict[str, Any] = {
        name: pa.array([text or None for text in texts])
        for name, texts in cells().items()
        if name in ("person", "date", "benefit", "level", "cohort", "care", "place", "assistance")
    }
    for name in ("admitted", "discharged", "days", "months"):
        columns[name] = pa.array([getattr(claim, name) for _, claim in given])
    columns["continues"] = pa.array([claim.continues or None for _, claim in given], pa.bool_())
    fen = {
        name: [getattr(c, f"{name}_fen") for _, c in given]
        for name in ("in_scope", "full_self_pay")
    }
    fen |= {f"item_{group}": [c.items.get(group) for _, c in given] for group in GROUPS}
    for name, values in fen.items():
        if decimal:
            yuan = [None if value is None else Decimal(value).scaleb(-2) for value in values]
            columns[name] = pa.array(yuan, pa.decimal128(16, 2))
        else:
            columns[f"{name}_fen"] = pa.array(values, pa.int64())
    answer = table.settle_batch(pa.table(columns))
    assert answer["status"].to_pylist() == [0] * 4
    scale, suffix = (100, "") if decimal else (1, "_fen")
    for row, expected in zip(answer.to_pylist(), paid, strict=True):
        assert {name: row[f"{name}{suffix}"] * scale for name in expected} == expected


NO_FIGURE = ms.Status.NO_FIGURE


def of_members(months: Any) -> dict[str, Any]:
    """Return one column of months, and what else an inpatient claim of the town needs."""
    columns: dict[str, Any] = {"person": np.arange(len(months)), "date": "2025-09-01"}
    columns |= {"benefit": "inpatient", "level": "primary", "cohort": "villager"}
    return columns | {"in_scope_fen": 100, "months": months}


@pytest.mark.parametrize("kind", ["i2", "i4", "i8", "u2", "u8", ">i4"])
def test_months_in_wide_columns(table: ms.BenefitTable, kind: str) -> None:
    """Every number is one, beyond 254 it is 254; a negative number is none."""
    numbers = [0, 254, 255, 256, 32_767, -1, -255]
    months = np.array(numbers[:5] if kind.startswith("u") else numbers, kind)
    found = table.settle_batch(of_members(months))["status"].tolist()
    assert found == [0, 0, 0, 0, 0, NO_FIGURE, NO_FIGURE][: len(months)]


def test_months_in_narrow_columns(table: ms.BenefitTable) -> None:
    """In uint8, 255 is not stated; what is there is settled as it is in a wider column."""
    narrow = table.settle_batch(of_members(np.arange(256).astype(np.uint8)))
    wide = table.settle_batch(of_members(np.array([*range(255), -1])))
    assert narrow["status"].tolist() == [0] * 255 + [NO_FIGURE]
    assert all(np.array_equal(narrow[name], wide[name]) for name in narrow)
    signed = table.settle_batch(of_members(np.array([127, -1, -128], np.int8)))
    assert signed["status"].tolist() == [0, NO_FIGURE, NO_FIGURE]


@pytest.mark.parametrize("kind", ["i2", "i8", "u2", "u8", "u1"])
def test_months_in_arrow(table: ms.BenefitTable, kind: str) -> None:
    """Only a null is not stated; 255 is a number, a negative one is none of months."""
    numbers = [0, 254, 255, None, 256, -1]
    kept = {"u1": 4, "u2": 5, "u8": 5}.get(kind, 6)
    months = pa.array(numbers[:kept], pa.from_numpy_dtype(np.dtype(kind)))
    columns = of_members([None] * kept)
    full = {name: np.full(kept, value) for name, value in columns.items() if name != "person"}
    day = pa.array([dt.date(2025, 9, 1)] * kept)
    given = {**full, "person": columns["person"], "date": day}
    for column in (months, months.dictionary_encode()):
        found = table.settle_batch(pa.table({**given, "months": column}))["status"].to_pylist()
        assert found == [0, 0, 0, NO_FIGURE, 0, ms.Status.BAD_VALUE][:kept]


def test_ages_in_arrow() -> None:
    table = ms.load("110000/employee")
    ages = [70, None, 255, 254, 151, -1, 150]
    n = len(ages)
    columns = {"person": pa.array(range(n)), "date": pa.array([dt.date(2025, 9, 1)] * n)}
    columns |= {"benefit": pa.array(["outpatient"] * n), "status": pa.array(["retired"] * n)}
    columns |= {"level": pa.array(["primary"] * n), "in_scope_fen": pa.array([100] * n)}
    given = pa.table({**columns, "age": pa.array(ages)})
    bad = ms.Status.BAD_VALUE
    assert table.settle_batch(given)["status"].to_pylist() == [0, NO_FIGURE, *[bad] * 4, 0]


#: What no claim may say, whether its policy asks for it or not: name, value, its type in Arrow.
NEVER: list[tuple[str, Any, Any]] = [
    ("days", 100_001, pa.int64()), ("days", -2, pa.int64()), ("days", 1 << 40, pa.int64()),
    ("age", 151, pa.int64()), ("age", 1_000, pa.int16()),
    ("admitted", "2025-09-02", pa.string()), ("discharged", "2025-09-02", pa.string()),
]  # fmt: skip
#: Likewise, but what means "not stated" in NumPy.
LESS: list[tuple[str, Any, Any]] = [
    ("days", -1, pa.int64()), ("months", -4, pa.int8()), ("enrolled_years", -1, pa.int64()),
    ("zero_claim_years", -255, pa.int32()), ("age", -1, pa.int64()),
]  # fmt: skip
#: What has a wrong type, which refuses a whole column: name, value, how NumPy and Arrow name it.
TYPED: list[tuple[str, Any, str]] = [
    ("days", True, "bool"), ("days", 1.0, "float64"), ("days", "3", "<U1|large_string|object"),
    ("months", True, "bool"), ("months", 6.0, "float64"), ("age", 68.0, "float64"),
    ("zero_claim_years", 1.0, "float64"), ("continues", "no", "<U2|object"),
    ("continues", 1.0, "float64"),
]  # fmt: skip
PLAIN = {"date": "2025-09-01", "benefit": "outpatient"}


@pytest.fixture(scope="module")
def asks_little() -> ms.BenefitTable:
    return ms.load("110000/resident")


def in_one_row(name: str, column: Any) -> pa.Table:
    whole = {name: pa.array([value]) for name, value in PLAIN.items()}
    return pa.table({**whole, "person": [1], "in_scope_fen": [100], name: column})


def test_what_is_plain_is_settled(asks_little: ms.BenefitTable) -> None:
    more = {"level": "primary", "status": "adult"}
    claim = Claim.from_yuan(**PLAIN, **more, in_scope="1.00", days=100_000, months=0, age=150)
    assert asks_little.settle(claim).total == 1


@pytest.mark.parametrize(("name", "value", "kind"), [*NEVER, *LESS])
def test_what_no_claim_says(
    asks_little: ms.BenefitTable, tmp_path: Path, name: str, value: Any, kind: Any
) -> None:
    """The policy asks for none of the fields, and yet every door refuses them."""
    with pytest.raises(ms.ClaimError) as caught:
        Claim.from_yuan(**PLAIN, in_scope="1.00", **{name: value})
    assert (caught.value.code, caught.value.field) == ("C110", name)
    message = json.dumps({**PLAIN, "in_scope": 1, name: value})
    with pytest.raises(ms.ClaimError) as caught:
        asks_little.settle_json(message)
    assert (caught.value.code, caught.value.field) == ("C110", name)
    given = in_one_row(name, pa.array([value], kind))
    assert asks_little.settle_batch(given)["status"].to_pylist() == [ms.Status.BAD_VALUE]
    if (name, value, kind) in NEVER:
        columns = {**PLAIN, "person": np.array([1]), "in_scope_fen": 100, name: np.array([value])}
        assert asks_little.settle_batch(columns)["status"].tolist() == [ms.Status.BAD_VALUE]
    cells = {"person": ["1"], "in_scope": ["1"], **{key: [text] for key, text in PLAIN.items()}}
    (tmp_path / "in.jsonl").write_text(json.dumps(json.loads(message) | {"person": "1"}))
    for path in (
        write_csv(tmp_path / "in.csv", cells | {name: [value]}),
        write_parquet(tmp_path / "in.parquet", cells | {name: [value]}),
        tmp_path / "in.jsonl",
    ):
        assert reject_of(path, "110000/resident") == (name, "C110")


def reject_of(path: Path, policy: str) -> tuple[str, str]:
    """Settle a file of one claim; return the field and the code with which it is refused."""
    rejects = path.with_suffix(".rejects.jsonl")
    out = path.with_suffix(".out.csv")
    args = ["settle", str(path), "--policy", policy, "-o", str(out), "--rejects", str(rejects)]
    assert main([*args, "--force"]) == 3
    (found,) = [json.loads(line) for line in rejects.open(encoding="utf-8")]
    return found["field"], found["code"]


@pytest.mark.parametrize(("name", "value", "kind"), TYPED)
def test_what_has_a_wrong_type(
    asks_little: ms.BenefitTable, name: str, value: Any, kind: str
) -> None:
    with pytest.raises(ms.ClaimError) as caught:
        Claim.from_yuan(**PLAIN, in_scope="1.00", **{name: value})
    assert (caught.value.code, caught.value.field) == ("C110", name)
    with pytest.raises(ms.ClaimError) as caught:
        asks_little.settle_json(json.dumps({**PLAIN, "in_scope": 1, name: value}))
    assert (caught.value.code, caught.value.field) == ("C110", name)
    columns = {**PLAIN, "person": np.array([1]), "in_scope_fen": 100}
    for given in (value, np.array([value])):
        with pytest.raises(TypeError, match=f"column `{name}` is ({kind}): expected"):
            asks_little.settle_batch(columns | {name: given})
    with pytest.raises(TypeError, match=f"column `{name}` is ({kind}): expected"):
        asks_little.settle_batch(in_one_row(name, pa.array([value])))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("continues", 1), ("continues", "no"), ("continues", None), ("level", 3),
        ("level", ["primary"]), ("assistance", ("low_income", None)), ("benefit", None),
        ("id", 5), ("person", 1.5), ("person", True), ("items", 5), ("date", 20250901),
        ("date", dt.datetime(2025, 9, 1)), ("admitted", 5), ("admitted", ""),
    ],
)  # fmt: skip
def test_what_from_yuan_refuses(name: str, value: Any) -> None:
    fields: dict[str, Any] = {**PLAIN, "in_scope": "1.00", name: value}
    with pytest.raises(ms.ClaimError) as caught:
        Claim.from_yuan(**fields)
    assert (caught.value.code, caught.value.field) == ("C110", name)
    if name in ("person", "id"):
        assert str(value) not in str(caught.value)


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
@pytest.mark.parametrize("name", ["days", "months", "age", "continues", "in_scope_fen", "person"])
def test_floats_in_parquet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: pa.DataType
) -> None:
    columns = {"person": ["1"], "date": ["2025-09-01"], "benefit": ["outpatient"]}
    path = tmp_path / "in.parquet"
    for column in (pa.array([1.0], kind), pa.array([1.0], kind).dictionary_encode()):
        pq.write_table(pa.table({**columns, "in_scope_fen": [100], name: column}), path)
        out = tmp_path / "out.csv"
        assert main(["settle", str(path), "--policy", "110000/resident", "-o", str(out)]) == 1
        told = capsys.readouterr().err
        assert f"column `{name}` is " in told
        assert str(kind) in told


def test_cells_of_whole_numbers(tmp_path: Path) -> None:
    """Zeros in front and spaces around do not count, even beside a row that cannot be read."""
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    columns = {name: column * 3 for name, column in cells().items() if name != "person"}
    columns = {name: [column[2]] * 5 for name, column in columns.items()}
    columns["person"] = list("abcde")
    columns["months"] = ["5", " 005", "300", "9" * 30, "1.0"]
    columns["days"] = [" 3 ", "03", "3", "3", "3"]
    given = write_csv(tmp_path / "in.csv", columns)
    assert reject_of(given, str(tmp_path / "town.toml")) == ("months", "C110")
    with (tmp_path / "in.out.csv").open(encoding="utf-8", newline="") as file:
        cash = [row["cash"] for row in csv.DictReader(file)]
    assert cash[0] == cash[1] > cash[2] == cash[3]


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()), pa.large_list(pa.large_string()), pa.list_view(pa.string()),
        pa.list_(pa.dictionary(pa.int32(), pa.string())),
    ],
    ids=str,
)  # fmt: skip
def test_lists_of_values(table: ms.BenefitTable, kind: pa.DataType) -> None:
    """A list is several values, of which one counts where the policy says so."""
    several = [["low_income", "minimum_living"], ["low_income", "orphan"], None, ["low_income"]]
    several += [[], ["low_income", None]]
    unknown = ms.Status.UNKNOWN_CODE
    n = len(several)
    columns = of_members(np.full(n, 6))
    whole = {name: np.full(n, value) for name, value in columns.items() if name != "person"}
    day = pa.array([dt.date(2025, 9, 1)] * n)
    given = {**whole, "person": columns["person"], "date": day}
    column = pa.array(several, kind)
    found = table.settle_batch(pa.table({**given, "assistance": column}))
    joined = pa.array(["minimum_living", "low_income+orphan", None, "low_income", "x", "x"])
    assert found == table.settle_batch(pa.table({**given, "assistance": joined}))
    assert found["status"].to_pylist() == [0, unknown, 0, 0, unknown, unknown]
    arrays = np.empty(n, object)
    arrays[:] = [None if one is None else np.array(one, object) for one in several]
    lists = np.empty(n, object)
    lists[:] = several
    for objects in (arrays, lists):
        out = table.settle_batch(columns | {"assistance": objects})
        assert out["status"].tolist() == found["status"].to_pylist()
    level = table.settle_batch(pa.table({**given, "level": column}))
    assert level["status"].to_pylist() == [unknown, unknown, NO_FIGURE, *[unknown] * 3]
    mixed = np.empty(n, object)
    mixed[:] = ["primary", ["primary"], *["primary"] * 4]
    out = table.settle_batch(columns | {"level": mixed})
    assert out["status"].tolist() == [0, unknown, 0, 0, 0, 0]


WRONG_ROWS: list[tuple[str, Any, ms.Status]] = [
    ("admitted", np.datetime64("2025-09-02"), ms.Status.BAD_VALUE),
    ("discharged", np.datetime64("2025-09-02"), ms.Status.BAD_VALUE),
    ("days", -2, ms.Status.BAD_VALUE),
    ("days", 1 << 40, ms.Status.BAD_VALUE),
    ("continues", 2, ms.Status.BAD_VALUE),
    ("item_imported_implant_fen", 101, ms.Status.ITEMS_DISAGREE),
    ("item_class_b_fen", 101, ms.Status.ITEMS_DISAGREE),
    ("item_class_b_fen", -1, ms.Status.ITEMS_DISAGREE),
    ("assistance", "low_income+orphan", ms.Status.UNKNOWN_CODE),
    ("level", "primary+tertiary", ms.Status.UNKNOWN_CODE),
]


@pytest.mark.parametrize(("name", "value", "status"), WRONG_ROWS)
def test_rows_that_cannot_be(
    table: ms.BenefitTable, name: str, value: Any, status: ms.Status
) -> None:
    columns = {"person": np.arange(2), "date": "2025-09-01", "benefit": "inpatient", "months": 6}
    columns |= {"level": "primary", "cohort": "villager", "in_scope_fen": 100}
    assert set(table.settle_batch(columns)["status"].tolist()) == {0}
    assert set(table.settle_batch(columns | {name: value})["status"].tolist()) == {status}


def test_unsplit_groups_fill_the_in_scope_too(table: ms.BenefitTable) -> None:
    columns = {"person": np.arange(2), "date": "2025-09-01", "benefit": "outpatient"}
    columns |= {"in_scope_fen": 100, "item_class_b_fen": 60, "item_bed_fen": np.array([40, 41])}
    found = table.settle_batch(columns)["status"].tolist()
    assert found == [0, ms.Status.ITEMS_DISAGREE]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("item_jewels_fen", 1, "`item_jewels_fen` is not known"),
        ("item_class_b", 1, "`item_class_b` is not known"),
        ("item_class_b_fen", 1.5, "`item_class_b_fen` is float64"),
        ("days", 1.0, "`days` is float64"),
        ("months", "6", "`months` is <U1"),
        ("continues", "yes", "`continues` is <U3"),
        ("admitted", "2025-13-01", "`admitted` has no date"),
    ],
)
def test_wrong_columns(table: ms.BenefitTable, name: str, value: Any, says: str) -> None:
    columns = {"person": np.arange(2), "date": "2025-09-01", "benefit": "outpatient"}
    with pytest.raises((TypeError, ValueError), match=says):
        table.settle_batch(columns | {"in_scope_fen": 100, name: value})


def test_axes_that_nobody_asks_for_are_not_looked_at(table: ms.BenefitTable) -> None:
    columns = {"person": np.arange(2), "date": "2025-09-01", "benefit": "outpatient"}
    columns |= {"in_scope_fen": 100}
    found = table.settle_batch(columns | {"disease": "gout", "place": "moon"})
    assert found["status"].tolist() == [ms.Status.UNKNOWN_CODE] * 2
    assert not table.settle_batch(columns | {"disease": "gout"})["status"].any()


# ---------------------------------------------------------------------------- files


def write_csv(path: Path, columns: dict[str, list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def write_lines(path: Path, _: object) -> Path:
    lines = []
    for who, claim in claims():
        body = json.loads(claim_json(claim))["claim"]
        lines.append(json.dumps(body | {"person": who}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_parquet(path: Path, columns: dict[str, list[Any]]) -> Path:
    pq.write_table(pa.table({name: pa.array(column) for name, column in columns.items()}), path)
    return path


WRITERS = {".csv": write_csv, ".jsonl": write_lines, ".parquet": write_parquet}


@pytest.mark.parametrize("suffix", WRITERS)
def test_files(
    tmp_path: Path, table: ms.BenefitTable, paid: list[dict[str, int]], suffix: str
) -> None:
    policy = tmp_path / "town.toml"
    policy.write_text(TOWN, encoding="utf-8")
    given = WRITERS[suffix](tmp_path / f"in{suffix}", cells())
    out = tmp_path / "out.csv"
    assert main(["settle", str(given), "--policy", str(policy), "-o", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    scale = 100
    for row, expected in zip(found, paid, strict=True):
        assert {name: Decimal(row[name]) * scale for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "cell", "code", "told"),
    [
        ("admitted", "2025-09-21", "C110", "no day after the date, 2025-09-20"),
        ("days", "many", "C110", "a whole number of days"),
        ("days", "100001", "C110", "a whole number of days"),
        ("months", "six", "C110", "a whole number, not negative"),
        ("continues", "perhaps", "C110", "true or false"),
        ("level", "tertiary_extra", "C110", "tertiary_special"),
        ("assistance", "low_income+orphan", "C110", "several joined by `+`"),
        ("item_class_b", "1.005", "C111", "yuan such as"),
        ("item_imported_implant", "3000.01", "C114", "at most the in scope"),
        ("care", "accident", "C108", "how many days"),
    ],
)
def test_rejected_cells(tmp_path: Path, name: str, cell: str, code: str, told: str) -> None:
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    columns = cells()
    columns[name][1] = cell
    given = write_csv(tmp_path / "in.csv", columns)
    rejects = tmp_path / "rejects.jsonl"
    args = [
        "settle",
        str(given),
        "--policy",
        str(tmp_path / "town.toml"),
        "--rejects",
        str(rejects),
    ]
    assert main([*args, "-o", str(tmp_path / "out.csv")]) == 3
    (refused,) = [json.loads(line) for line in rejects.open(encoding="utf-8")]
    assert (refused["row"], refused["code"]) == (2, code)
    assert told in refused["reason"]


def test_mended_rejects_with_every_field(tmp_path: Path) -> None:
    """A CSV row that becomes a line of JSON still says the same."""
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    policy = ["--policy", str(tmp_path / "town.toml")]
    columns = {name: column[:1] for name, column in cells().items()}
    columns["date"] = ["2025-13-01"]
    given = write_csv(tmp_path / "in.csv", columns)
    rejects, out = tmp_path / "rejects.jsonl", tmp_path / "out.csv"
    args = ["settle", str(given), *policy, "--rejects", str(rejects), "-o", str(out), "--force"]
    assert main(args) == 3
    text = rejects.read_text(encoding="utf-8").replace("2025-13-01", "2025-09-03")
    mended = tmp_path / "mended.jsonl"
    mended.write_text(text, encoding="utf-8")
    assert main(["settle", str(mended), *policy, "-o", str(out), "--force"]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["pooled"], row["assistance"], row["other"]) == ("26350.00", "3000.00", "280.00")


def test_an_item_group_that_the_policy_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = {name: cells()[name] for name in ("person", "date", "benefit", "in_scope")}
    given = write_csv(tmp_path / "in.csv", columns | {"item_clas_b": ["1.00"] * 4})
    args = ["settle", str(given), "--policy", "110000/resident", "-o", str(tmp_path / "out.csv")]
    assert main(args) == 1
    assert "did you mean `item_class_b`?" in capsys.readouterr().err


def test_slips_with_counters_of_every_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "town.toml").write_text(TOWN, encoding="utf-8")
    columns = {name: column[:1] for name, column in cells().items() if name != "person"} | {
        "ytd:own_account.balance": ["1234.56"],
        "ytd:main.visits@tertiary_special": ["1"],
        "ytd:ninety_days.start": ["2025-08-01"],
        "published:own_account": ["1234.56"],
        "published:hospital": ["1000.00"],
        "published:main.first_share": ["3500.00"],
    }
    given = write_csv(tmp_path / "slips.csv", columns)
    args = ["settle", str(given), "--policy", str(tmp_path / "town.toml")]
    assert main(args) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1] == "1 slip, 3 published figures, all equal"
    assert "own_account" in told
    write_csv(given, columns | {"ytd:ninety_days.start": ["soon"]})
    assert main(args) == 1
    assert "must be a date such as 2025-03-01, found `soon`" in capsys.readouterr().err


def test_policies_by_row_have_their_own_names(tmp_path: Path) -> None:
    """Each row's names are those of its policy; what that does not ask for is not looked at."""
    columns: dict[str, list[Any]] = {
        "person": ["a", "b"], "policy": ["110000/employee", "110000/resident"],
        "date": ["2025-03-03"] * 2, "benefit": ["outpatient"] * 2, "level": ["tertiary"] * 2,
        "status": ["active", "adult"], "in_scope": ["3000.00"] * 2, "cohort": ["villager"] * 2,
        "item_class_b": ["5.00", "0.00"], "item_jewels": ["", "5.00"],
    }  # fmt: skip
    given = write_csv(tmp_path / "in.csv", columns)
    rejects = tmp_path / "rejects.csv"
    args = ["settle", str(given), "-o", str(tmp_path / "out.csv"), "--rejects", str(rejects)]
    assert main(args) == 3
    with rejects.open(encoding="utf-8", newline="") as file:
        (refused,) = csv.DictReader(file)
    assert (refused["row"], refused["field"], refused["code"]) == ("2", "item_jewels", "C110")


def test_the_example_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = ["--policy", str(EXAMPLES / "town.toml")]
    out = tmp_path / "out.csv"
    assert main(["settle", str(EXAMPLES / "town-claims.csv"), *policy, "-o", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        assert next(row["cash"] for row in csv.DictReader(file)) == "14470.00"
    capsys.readouterr()
    assert main(["explain", str(EXAMPLES / "town-stay.json"), *policy]) == 0
    assert "本年第 2 次" in capsys.readouterr().out


def test_show_prints_what_the_town_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "town.toml"
    limited = '{ per = "year", pay_yuan = 100_000 }'
    path.write_text(TOWN.replace(limited, '{ per = "year", counts = "pay" }'), encoding="utf-8")
    assert main(["show", str(path)]) == 0
    told = re.sub(r" +\[[^\]]*:\d+\]", "", capsys.readouterr().out)  # without the origins
    for line in (
        "a year begins with month 7",
        "versions by the date `admitted`",
        "own values of level: tertiary_special 三级特等",
        "months: new_member from 0, settled_member from 6",
        "bill_size: small_bill above 0.00, large_bill above 30,000.00",
        "of several values of assistance counts the first of extreme_poor, minimum_living,",
        "period ninety_days: 90 days",
        "all layers together at most 95% of the bill",
        "first share of the base: { local 0%, other 10% }",
        "{ tertiary_special 2,000.00, other 1,000.00 }, then 50% of it",
        "visits `main.visits`, apart for each level",
        "at most 2,500.00 per year, `main.deductible_cap`",
        "if cohort villager: deductible_at_most 500.00",
        "counts pay per year, `main.pay`",
        "ceiling on pay per bed day: 20.00",
        "ceiling on pay per year, `aid.pay`, apart for each assistance: 3,000.00",
        "at most the balance `own_account.balance`",
        "nothing is due once `main.pay` is above 0",
    ):
        assert line in told, line
