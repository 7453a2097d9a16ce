"""The Arrow door: every layout of a column, what is refused, and the shape of the answer."""

from __future__ import annotations

import builtins
import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import medsettle as ms

DAYS = [dt.date(2025, 3, day) for day in (1, 2, 3, 4)]
YUAN = [Decimal("10000.00"), Decimal("0.01"), Decimal("250000.55"), Decimal("0.00")]
FEN = [int(amount * 100) for amount in YUAN]


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def stays(**changes: Any) -> pa.Table:
    """Four stays of three persons; `changes` replaces or adds columns, ... removes one."""
    columns = {
        "person": pa.array([1, 1, 2, 3]),
        "date": pa.array(DAYS),
        "benefit": pa.array(["inpatient"] * 4),
        "in_scope": pa.array(YUAN, pa.decimal128(16, 2)),
        "level": pa.array(["tertiary"] * 4),
        "status": pa.array(["active"] * 4),
    }
    return pa.table({name: c for name, c in (columns | changes).items() if c is not ...})


def in_fen(**changes: Any) -> pa.Table:
    return stays(in_scope=..., in_scope_fen=pa.array(FEN), **changes)


def money(answer: pa.Table) -> pa.Table:
    return answer.drop_columns(
        [name for name in ("id", "person", "date") if name in answer.column_names]
    )


# ---------------------------------------------------------------------------- the answer


def test_decimal_in_decimal_out(table: ms.BenefitTable) -> None:
    answer = table.settle_batch(stays(id=pa.array(list("abcd"))))
    money_names = [*table.meta.funds, "deductible", "cash"]
    assert answer.column_names == ["id", "person", "date", *money_names, "status"]
    assert {answer.schema.field(name).type for name in money_names} == {pa.decimal128(18, 2)}
    assert answer.schema.field("status").type == pa.uint8()
    answer.validate(full=True)
    for row, amount in zip(answer.to_pylist(), YUAN, strict=True):
        assert sum(row[fund] for fund in table.meta.funds) + row["cash"] == amount


def test_fen_in_fen_out(table: ms.BenefitTable) -> None:
    answer = table.settle_batch(in_fen())
    assert answer.column_names[2:] == [
        *(f"{fund}_fen" for fund in table.meta.funds), "deductible_fen", "cash_fen", "status",
    ]  # fmt: skip
    decimal = table.settle_batch(stays())
    for name in decimal.column_names[2:-1]:
        fen = [int(amount * 100) for amount in decimal[name].to_pylist()]
        assert answer[f"{name}_fen"].to_pylist() == fen


def test_the_answer_is_of_the_same_kind(table: ms.BenefitTable) -> None:
    claims = stays()
    answer = table.settle_batch(claims)
    batch = table.settle_batch(claims.to_batches()[0])
    assert isinstance(batch, pa.RecordBatch)
    assert pa.Table.from_batches([batch]) == answer
    assert table.settle_batch(claims.to_reader(max_chunksize=1)) == answer


class Capsule:
    """An object of another library that only speaks the Arrow C interface."""

    def __init__(self, claims: Any, *methods: str) -> None:
        for method in methods:
            setattr(self, method, getattr(claims, method))


def test_capsules(table: ms.BenefitTable) -> None:
    claims = stays()
    answer = table.settle_batch(claims)
    assert table.settle_batch(Capsule(claims, "__arrow_c_stream__")) == answer
    batch = table.settle_batch(Capsule(claims.to_batches()[0], "__arrow_c_array__"))
    assert pa.Table.from_batches([batch]) == answer


# ---------------------------------------------------------------------------- layouts


def test_chunks_and_offsets(table: ms.BenefitTable) -> None:
    claims = stays(person=pa.array(["a", "a", "b", "c"]), id=pa.array(range(4)))
    answer = table.settle_batch(claims)
    padded = pa.concat_tables([claims.slice(3), claims, claims.slice(0, 1)]).combine_chunks()
    assert table.settle_batch(padded.slice(1, 4)) == answer
    for size in (1, 2, 3):
        chunks = pa.Table.from_batches(claims.to_batches(max_chunksize=size))
        assert table.settle_batch(chunks) == answer
        assert table.settle_batch(chunks.to_reader()) == answer


def test_persons_in_two_chunks_are_seen_together(table: ms.BenefitTable) -> None:
    claims = stays(person=pa.array([5, 3, 9, 5]))
    chunks = pa.concat_tables([claims.slice(0, 1), claims.slice(1)])
    for given in (claims, chunks):
        statuses = table.settle_batch(given)["status"].to_pylist()
        assert statuses == [0, 0, 0, ms.Status.PERSON_SPLIT]


TEXT = [
    pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.int32(), pa.large_string()),
]  # fmt: skip


@pytest.mark.parametrize("kind", TEXT, ids=str)
def test_texts_of_every_kind(table: ms.BenefitTable, kind: Any) -> None:
    names = {
        "person": ["a", "a", "b", "c"],
        "benefit": ["inpatient"] * 4,
        "level": ["tertiary"] * 4,
        "date": [day.isoformat() for day in DAYS],
    }
    claims = stays(**{name: pa.array(column).cast(kind) for name, column in names.items()})
    for given in (claims, pa.concat_tables([claims.slice(0, 3), claims.slice(3)])):
        assert money(table.settle_batch(given)) == money(table.settle_batch(stays()))


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32()], ids=str
)
def test_integers_of_every_size(table: ms.BenefitTable, kind: Any) -> None:
    claims = stays(
        person=pa.array([1, 1, 2, 3], kind),
        level=pa.array([4] * 4, kind),
        benefit=pa.array([0] * 4, kind),
        age=pa.array([50, None, 50, None], kind),
    )
    assert money(table.settle_batch(claims)) == money(table.settle_batch(stays()))


def test_dates_of_every_kind(table: ms.BenefitTable) -> None:
    answer = money(table.settle_batch(stays()))
    assert money(table.settle_batch(stays(date=pa.array(DAYS, pa.date64())))) == answer


@pytest.mark.parametrize(
    "kind",
    [pa.decimal128(38, 2), pa.decimal128(20, 4), pa.decimal256(40, 2), pa.decimal256(60, 6)],
    ids=str,
)
def test_decimals_of_every_scale(table: ms.BenefitTable, kind: Any) -> None:
    claims = stays(in_scope=pa.array(YUAN).cast(kind))
    assert table.settle_batch(claims) == table.settle_batch(stays())
    whole = stays(in_scope=pa.array([1, 2, 3, 4]).cast(pa.decimal128(19, 0)))
    assert table.settle_batch(whole)["cash"].to_pylist()[0] == 1


def test_amounts_beyond_64_bits_are_refused_by_row(table: ms.BenefitTable) -> None:
    huge = Decimal(2**64) / 100
    amounts = pa.array([Decimal("1.00"), huge, -huge, Decimal("-0.01")], pa.decimal128(38, 2))
    statuses = table.settle_batch(stays(in_scope=amounts))["status"].to_pylist()
    negative = ms.Status.AMOUNT_NEGATIVE
    assert statuses == [0, ms.Status.AMOUNT_TOO_LARGE, negative, negative]


def test_nulls_say_nothing(table: ms.BenefitTable) -> None:
    none = pa.array([None] * 4, pa.string())
    claims = stays(
        assistance=none,
        place=pa.nulls(4),
        supplement=none.dictionary_encode(),
        age=pa.nulls(4, pa.int64()),
        first_step=pa.array([None, Decimal("0.00")] * 2, pa.decimal128(9, 2)),
        over_limit=pa.nulls(4),
        full_self_pay_fen=pa.nulls(4, pa.int64()),
        total=pa.array([YUAN[0], None, YUAN[2], None], pa.decimal128(16, 2)),
    )
    assert table.settle_batch(claims) == table.settle_batch(stays())
    unstated = table.settle_batch(stays(level=pa.array(["tertiary", None, "", "x"])))
    assert unstated["status"].to_pylist() == [0, 8, 8, 7]


def test_total(table: ms.BenefitTable) -> None:
    total = pa.array([Decimal("10000.50")] * 4, pa.decimal128(16, 2))
    answer = table.settle_batch(stays(total=total))
    assert answer["status"].to_pylist() == [0, 0, ms.Status.AMOUNTS_DISAGREE, 0]


@pytest.mark.parametrize("build", [stays, in_fen])
def test_empty(table: ms.BenefitTable, build: Any) -> None:
    claims = build(person=pa.array(["a", "a", "b", "c"]), id=pa.array(range(4)))
    answer = table.settle_batch(claims)
    for empty in (claims.slice(0, 0), claims.schema.empty_table(), pa.table(claims.slice(0, 0))):
        found = table.settle_batch(empty)
        assert (found.num_rows, found.schema) == (0, answer.schema)
    batch = table.settle_batch(claims.to_batches()[0].slice(0, 0))
    assert (batch.num_rows, batch.schema) == (0, answer.schema)
    untyped = pa.table({name: pa.nulls(0) for name in claims.column_names})
    assert table.settle_batch(untyped).num_rows == 0


# ---------------------------------------------------------------------------- refusals

WRONG: list[tuple[pa.Table, type[Exception], str]] = [
    (stays(in_scope=pa.array([1.5] * 4)), TypeError, "`in_scope` is double.*never a float"),
    (stays(in_scope=pa.array([1] * 4)), TypeError, "`in_scope` is int64.*`in_scope_fen`"),
    (stays(in_scope=pa.array(["1"] * 4)), TypeError, "`in_scope` is string"),
    (in_fen(total_fen=pa.array([1.5] * 4)), TypeError, "`total_fen` is double.*`total`"),
    (in_fen(total_fen=pa.array(YUAN)), TypeError, "`total_fen` is decimal128"),
    (in_fen(total_fen=pa.array(FEN, pa.uint64())), TypeError, "`total_fen` is uint64"),
    (stays(in_scope=pa.array([Decimal("0.001")] * 4)), TypeError, "`in_scope` is decimal128.*two"),
    (stays(in_scope=...), ValueError, "`in_scope` .*missing"),
    (stays(date=...), ValueError, "`date` is missing"),
    (stays(in_scope_fen=pa.array(FEN)), ValueError, "twice"),
    (stays(name=pa.array(FEN)), ValueError, "`name` is not known"),
    (stays(person=pa.array([1, None, 2, None])), ValueError, "`person` has no value in row 1"),
    (stays(person=pa.array(["a", "b", None, "c"])), ValueError, "`person` has no value in row 2"),
    (stays(date=pa.array([*DAYS[:3], None])), ValueError, "`date` has no value in row 3"),
    (stays(benefit=pa.nulls(4)), ValueError, "`benefit` has no value in row 0"),
    (stays(in_scope=pa.array([None, *YUAN[1:]])), ValueError, "`in_scope` has no value in row 0"),
    (stays(person=pa.array([1.0] * 4)), TypeError, "`person` is double"),
    (stays(person=pa.array([1] * 4, pa.uint64())), TypeError, "`person` is uint64"),
    (stays(date=pa.array([1] * 4)), TypeError, "`date` is int64"),
    (stays(date=pa.array([dt.datetime(2025, 3, 1)] * 4)), TypeError, "`date` is timestamp"),
    (stays(date=pa.array(["2025-03-01", "2025-3", "x", "y"])), ValueError, "`date` .* in row 1"),
    (stays(date=pa.array(["today"] * 4)), ValueError, "`date` .* in row 0"),
    (stays(level=pa.array([1.0] * 4)), TypeError, "`level` is double"),
    (stays(level=pa.array([[1]] * 4)), TypeError, "`level` is list"),
    (stays(benefit=pa.array([["inpatient"]] * 4)), TypeError, "`benefit` is list"),
    (stays(age=pa.array([1.0] * 4)), TypeError, "`age` is float64"),
    (stays(age=pa.array([1.0, None, 2.0, 3.0])), TypeError, "`age` is float64"),
    (stays(age=pa.array([True] * 4)), TypeError, "`age` is bool"),
    (stays(days=pa.array([1.0] * 4)), TypeError, "`days` is float64"),
    (stays(days=pa.array([[1]] * 4)), TypeError, "`days` is object"),
    (stays(continues=pa.array([1.0] * 4)), TypeError, "`continues` is float64"),
    (in_fen(total_fen=pa.array([None, *FEN[1:]], pa.uint64())), TypeError, "`total_fen` is uint64"),
]  # fmt: skip


@pytest.mark.parametrize(("claims", "error", "says"), WRONG, ids=range(len(WRONG)))
def test_wrong_column(
    table: ms.BenefitTable, claims: pa.Table, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        table.settle_batch(claims)


def test_rows_are_counted_over_chunks(table: ms.BenefitTable) -> None:
    claims = stays(date=pa.array([*DAYS[:3], None]))
    with pytest.raises(ValueError, match="row 3"):
        table.settle_batch(pa.concat_tables([claims.slice(0, 2), claims.slice(2)]))


def test_two_columns_of_one_name(table: ms.BenefitTable) -> None:
    with pytest.raises(ValueError, match="twice"):
        table.settle_batch(stays().append_column("level", pa.array([1] * 4)))


def test_out_is_for_numpy(table: ms.BenefitTable) -> None:
    with pytest.raises(TypeError, match="dicts of NumPy arrays"):
        table.settle_batch(stays(), out={})


@pytest.mark.parametrize("claims", [[], None, "x", np.zeros(3), 5])
def test_no_claims_at_all(table: ms.BenefitTable, claims: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(claims).__name__}"):
        table.settle_batch(claims)


def test_without_pyarrow(table: ms.BenefitTable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_pyarrow(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    claims = stays()
    monkeypatch.setattr(builtins, "__import__", no_pyarrow)
    with pytest.raises(ImportError, match=r"medsettle\[cli\]"):
        table.settle_batch(claims)
