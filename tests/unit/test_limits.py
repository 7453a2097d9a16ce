"""The ends of what is representable: days, counters and amounts at their last value."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import medsettle as ms
from medsettle import capacity, reference
from medsettle.cli import main
from medsettle.compile import CompileError, compile_policy
from medsettle.compile.layout import HEADER, LAYER
from medsettle.fingerprint import stamped
from medsettle.money import FEN_MAX
from medsettle.policy import PolicyError, load_policy
from medsettle.policy.document import Policy

DAY = dt.date(2025, 3, 1)


def stay(**fields: object) -> ms.Claim:
    given = {"date": DAY, "in_scope_fen": 0, "level": "tertiary", "status": "active", **fields}
    return ms.Claim(benefit="inpatient", **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


@pytest.mark.parametrize("day", [-(2**31) + 1, -719_162, -1, 0, 2**31 - 2, 2**31 - 1])
def test_days_at_the_end_of_the_calendar(table: ms.BenefitTable, day: int) -> None:
    columns = {"person": np.array([1]), "date": np.array([day]), "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"][0] == ms.Status.NO_VERSION


@pytest.mark.parametrize(("date", "status"), [("2199-12-31", 0), ("2200-01-01", 5)])
def test_the_last_day_of_an_open_version(table: ms.BenefitTable, date: str, status: int) -> None:
    columns = {"person": np.array([1]), "date": date, "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"].tolist() == [status]


def test_dates_written_as_one_number_are_refused(table: ms.BenefitTable) -> None:
    """20250303 as days since 1970-01-01 is in the year 57407."""
    columns = {"person": 1, "date": np.array([20250303]), "benefit": "inpatient"}
    out = table.settle_batch(
        {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    )
    assert out["status"].tolist() == [ms.Status.NO_VERSION]


def test_the_last_visit_that_can_be_counted(table: ms.BenefitTable) -> None:
    """A bill of nothing still counts a visit."""
    full = ms.YearToDate(DAY, {"inpatient_pooled.visits": FEN_MAX})
    with pytest.raises(ms.ClaimError, match="C109"):
        table.settle(stay(), full)
    nearly = ms.YearToDate(DAY, {"inpatient_pooled.visits": FEN_MAX - 1})
    assert table.settle(stay(), nearly).ytd == full


def test_the_largest_bill(table: ms.BenefitTable) -> None:
    settled = table.settle(stay(in_scope_fen=FEN_MAX))
    assert settled.pooled == 100_000
    assert settled.large_amount == 400_000
    with pytest.raises(ms.ClaimError, match="C102"):
        table.settle(stay(in_scope_fen=FEN_MAX, first_step_fen=1))
    with pytest.raises(ms.ClaimError, match="C109"):
        table.settle(stay(in_scope_fen=FEN_MAX), settled)


HEAD = """
region = "999900"
scheme = "employee"
title  = "示例"

[source.rule]
title = "示例办法"
"""


def policy_of(folder: Path, *layers: str, start: str = "2000-01-01") -> Policy:
    """Return a policy of inpatient layers l0, l1, …, each given by its keys."""
    names = ", ".join(f'"l{i}"' for i in range(len(layers)))
    text = f'{HEAD}[[benefit.inpatient]]\nfrom = {start}\ncite = "rule"\nlayers = [{names}]\n'
    for i, keys in enumerate(layers):
        text += f'[[layer.l{i}]]\nfund = "pooled"\nfrom = {start}\ncite = "rule"\n'
        text += f'provenance = "unverified"\n{keys}\n'
    file = folder / "employee.toml"
    file.write_text(text, encoding="utf-8")
    return load_policy(file)


def agree(policy: Policy, claims: list[tuple[str, int]]) -> list[int]:
    """Settle one person's claims by batch and by oracle; return the statuses."""
    table = ms.BenefitTable(compile_policy(policy))
    columns = {
        "person": 1,
        "date": np.array([date for date, _ in claims], "datetime64[D]"),
        "benefit": "inpatient",
        "in_scope_fen": np.array([fen for _, fen in claims]),
    }
    out = table.settle_batch(columns)
    given = [
        ms.Claim(benefit="inpatient", date=dt.date.fromisoformat(date), in_scope_fen=fen)
        for date, fen in claims
    ]
    for i, one in enumerate(reference.settle_all(policy, given)):
        if isinstance(one, reference.Refused):
            assert ms.Status(out["status"][i]).name.lower() == one.code
        else:
            assert (out["status"][i], out["cash_fen"][i]) == (0, one.cash)
    return out["status"].tolist()


def test_a_lifetime_that_fills_up(tmp_path: Path) -> None:
    """Once a counter is near its limit, every later claim is looked at."""
    policy = policy_of(
        tmp_path, 'base = ["in_scope"]\nbands_per = "lifetime"\nbands = [{ share_pct = 50 }]'
    )
    claims = [("2020-01-01", 990_000_000_000), *[("2020-01-02", 1_000_000_000)] * 13]
    assert agree(policy, claims) == [0] * 11 + [9] * 3


@pytest.mark.parametrize("year", [1996, 2000, 2023, 2024, 2100])
def test_the_end_of_february(tmp_path: Path, year: int) -> None:
    policy = policy_of(
        tmp_path,
        'base = ["in_scope"]\ndeductible = { per = "month", amount_yuan = 100 }\n'
        "bands = [{ share_pct = 50 }]",
        start="1990-01-01",
    )
    last = dt.date(year, 3, 1) - dt.timedelta(1)
    days = [
        f"{year}-02-27",
        last.isoformat(),
        f"{year}-03-01",
        f"{year}-12-31",
        f"{year + 1}-01-01",
    ]
    assert agree(policy, [(day, 10_000) for day in days]) == [0] * 5


def test_the_largest_figure(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        'base = ["in_scope"]\nbands = [{ upto_yuan = 10_000_000_000, share_pct = 50 }, '
        '{ share_pct = 40 }]\nceilings = [{ per = "year", pay_yuan = 10_000_000_000 }]',
    )
    assert agree(policy, [("2020-01-01", FEN_MAX), ("2020-01-02", 1)]) == [0, 0]


DEEP = [
    f'base = ["{base}"]\nbands = [{{ share_pct = 33.3331 }}]\n'
    'ceilings = [{ per = "year", pay_yuan = 1_000 }]'
    for base in ("in_scope", "l0.over_ceiling", "l1.over_ceiling", "l2.over_ceiling")
]


def test_cuts_without_a_common_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker tells it, the compiler refuses it, and what has it is no table."""
    with pytest.raises(PolicyError, match=r"employee\.toml:\d+:\d+: .*no common unit"):
        policy_of(tmp_path, *DEEP)
    with monkeypatch.context() as finer:
        finer.setattr(capacity, "FINENESS", 10**40)
        policy = policy_of(tmp_path, *DEEP)
        image = compile_policy(policy)
    with pytest.raises(CompileError, match=r"employee\.toml:\d+:\d+: .*no common unit"):
        compile_policy(policy)
    with pytest.raises(ms.TableError, match="a program is not valid"):
        ms.BenefitTable(image)
    agree(policy_of(tmp_path, *DEEP[:3]), [("2020-01-01", 10_000_01), ("2020-01-01", 777_777_77)])


def test_a_layer_that_counts_twice_in_one_counter_is_no_table(tmp_path: Path) -> None:
    """The proof that 64 bits suffice rests on it (docs/money.md)."""
    policy = policy_of(
        tmp_path,
        'base = ["in_scope"]\ndeductible = { per = "year", amount_yuan = 100 }\n'
        'bands_per = "year"\nbands = [{ share_pct = 50 }]',
    )
    image = bytearray(compile_policy(policy))
    fields = HEADER.unpack(image[: HEADER.size])
    offset = fields[9 + 2 * 4]  # the layers are the fifth section
    ordinal, used, _measured, *rest = LAYER.unpack(image[offset : offset + LAYER.size])
    image[offset : offset + LAYER.size] = LAYER.pack(ordinal, used, used, *rest)
    with pytest.raises(ms.TableError, match="a layer is not valid"):
        ms.BenefitTable(stamped(bytes(image)))


def test_names_that_are_no_text_are_no_table(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, 'base = ["in_scope"]\nbands = [{ share_pct = 50 }]')
    image = bytearray(compile_policy(policy))
    image[image.rindex(b'"title":"') + len('"title":"')] = 0xFF
    with pytest.raises(ms.TableError, match="the image's names cannot be read"):
        ms.BenefitTable(stamped(bytes(image)))


def test_what_was_not_made_by_a_table() -> None:
    with pytest.raises(TypeError, match="made by BenefitTable"):
        ms.Settlement()
    bare = ms.Settlement.__new__(ms.Settlement)
    with pytest.raises(TypeError, match="made by BenefitTable"):
        bare.trace()
    table = ms.load("110000/employee")
    with pytest.raises(TypeError, match="opened once"):
        table.__init__(bytes(table.image))  # type: ignore[misc]


def test_a_stream_goes_on_after_a_block_that_was_no_good(table: ms.BenefitTable) -> None:
    good = {
        "person": np.array([2, 1]),
        "date": np.array(["2025-03-01", "2025-03-02"]),
        "benefit": "inpatient",
        "level": "tertiary",
        "status": "active",
        "in_scope_fen": np.array([3_000_000, 3_000_000]),
    }
    stream = table.stream()
    with pytest.raises(ValueError, match="row 1"):
        stream.settle_batch({**good, "date": np.array(["2025-03-01", "2025-03-32"])})
    assert stream.settle_batch(good)["status"].tolist() == [0, 0]


def test_outputs_that_share_memory(table: ms.BenefitTable) -> None:
    columns = {"person": np.array([1]), "date": "2025-03-01", "benefit": "inpatient"}
    claims = {**columns, "level": "tertiary", "status": "active", "in_scope_fen": 1}
    out = table.settle_batch(claims)
    with pytest.raises(ValueError, match="share memory"):
        table.settle_batch(claims, out={**out, "cash_fen": out["deductible_fen"]})


def test_masked_money(table: ms.BenefitTable) -> None:
    columns = {"person": np.array([1]), "date": "2025-03-01", "benefit": "inpatient"}
    masked = np.ma.masked_array([1], [True])
    with pytest.raises(TypeError, match="masked"):
        table.settle_batch({**columns, "in_scope_fen": masked})


def test_a_table_does_not_change_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "employee.mst"
    file.write_bytes(compile_policy(load_policy(ms.shipped()["110000/employee"])))
    table = ms.load(file)
    paid = table.settle(stay(in_scope_fen=3_000_000)).pooled
    file.write_bytes(bytes(file.stat().st_size))
    assert table.settle(stay(in_scope_fen=3_000_000)).pooled == paid


# ---------------------------------------------------------------------------- values of an axis


def full_table(folder: Path) -> ms.BenefitTable:
    """Return the table of a policy whose cohorts have every code that there may be."""
    last = capacity.VALUES - 1  # code 0 is the cohort that is not stated
    names = "".join(f'c{code} = "第{code}"\n' for code in range(1, last + 1))
    text = f"""{HEAD}[values.cohort]
{names}
[[benefit.inpatient]]
from = 2000-01-01
cite = "rule"
layers = ["main"]
[[layer.main]]
fund = "pooled"
from = 2000-01-01
cite = "rule"
provenance = "unverified"
base = ["in_scope"]
bands = [{{ share_pct = {{ c{last - 1} = 30, c{last} = 40, other = 50 }} }}]
"""
    file = folder / "employee.toml"
    file.write_text(text, encoding="utf-8")
    return ms.load(file)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> ms.BenefitTable:
    return full_table(tmp_path_factory.mktemp("full"))


def paid(table: ms.BenefitTable, cohort: Any) -> tuple[list[int], list[int]]:
    """Return what a column of cohorts is paid in NumPy, and the statuses."""
    columns = {"person": np.arange(len(cohort)), "date": DAY, "benefit": "inpatient"}
    out = table.settle_batch({**columns, "in_scope_fen": 100, "cohort": cohort})
    return out["pooled_fen"].tolist(), out["status"].tolist()


def paid_in_arrow(table: ms.BenefitTable, cohort: Any) -> tuple[list[int], list[int]]:
    """Return what an Arrow column of cohorts is paid, and the statuses."""
    n = len(cohort)
    columns = {"person": pa.array(range(n)), "date": pa.array([DAY] * n), "cohort": cohort}
    columns |= {"benefit": pa.array(["inpatient"] * n), "in_scope_fen": pa.array([100] * n)}
    out = table.settle_batch(pa.table(columns))
    return out["pooled_fen"].to_pylist(), out["status"].to_pylist()


UNKNOWN = ms.Status.UNKNOWN_CODE


def test_every_code_is_a_value_and_no_other(full: ms.BenefitTable) -> None:
    codes = np.arange(256)
    last = capacity.VALUES - 1
    statuses = [ms.Status.NO_FIGURE, *[0] * last, *[UNKNOWN] * (255 - last)]
    for kind in (np.uint8, np.int16, np.int64, np.uint64):
        amounts, found = paid(full, codes.astype(kind))
        assert found == statuses
        assert amounts[last - 2 : last + 2] == [50, 30, 40, 0]
        assert paid_in_arrow(full, pa.array(codes.astype(kind))) == (amounts, found)
    names = ["", *(f"c{code}" for code in codes[1:])]
    for given in (np.array(names), np.array(names, object)):
        assert paid(full, given) == (amounts, statuses)
    for given in (pa.array(names), pa.array(names).dictionary_encode()):
        assert paid_in_arrow(full, given) == (amounts, statuses)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("i1", [-1, -128]), ("i2", [-1, 300, 256, 254]), ("i4", [-1, 1 << 30, 255, 250]),
        ("i8", [-1, -(1 << 63), 256 + 249, 254]), ("u1", [250, 254, 255]), ("u2", [300, 505, 254]),
        ("u4", [300, (1 << 32) - 1]), ("u8", [300, (1 << 64) - 1, (1 << 63) + 1, 254]),
    ],
)  # fmt: skip
def test_codes_that_are_no_value(full: ms.BenefitTable, kind: str, codes: list[int]) -> None:
    nobody = ([0] * len(codes), [UNKNOWN] * len(codes))
    assert paid(full, np.array(codes, kind)) == nobody
    assert paid_in_arrow(full, pa.array(np.array(codes, kind))) == nobody
    with_null = pa.array([*codes, None], pa.from_numpy_dtype(np.dtype(kind)))
    assert paid_in_arrow(full, with_null)[1] == [*nobody[1], ms.Status.NO_FIGURE]


@pytest.mark.parametrize("kind", [str, object, np.dtypes.StringDType()])
def test_names_that_are_no_value(full: ms.BenefitTable, kind: Any) -> None:
    names = np.array(["c250", "c254", "nobody"]).astype(kind)
    assert paid(full, names) == ([0] * 3, [UNKNOWN] * 3)
    assert paid_in_arrow(full, pa.array(names.tolist())) == ([0] * 3, [UNKNOWN] * 3)


def test_files_of_a_policy_with_every_code(tmp_path: Path) -> None:
    """A name that the last codes do not have is told as one that the policy does not know."""
    full_table(tmp_path)
    given = tmp_path / "in.csv"
    head = "person,date,benefit,in_scope,cohort\n"
    rows = (f"{who},2025-03-01,inpatient,1.00,c{who}\n" for who in (249, 250, 254, 255))
    given.write_text(head + "".join(rows), encoding="utf-8")
    rejects, out = tmp_path / "rejects.csv", tmp_path / "out.csv"
    policy = ["--policy", str(tmp_path / "employee.toml")]
    args = ["settle", str(given), *policy, "-o", str(out), "--rejects", str(rejects)]
    assert main(args) == 3
    assert [row["pooled"] for row in rows_of(out)] == ["0.40"]
    assert [(row["field"], row["code"]) for row in rows_of(rejects)] == [("cohort", "C110")] * 3


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
