"""The NumPy door: what it takes, what it refuses, and that order decides who is settled."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import medsettle as ms
from medsettle.persons import REMEMBERED, Persons, Runs
from medsettle.vocabulary import AXES, BENEFITS

DAY = dt.date(2025, 3, 1)
Columns = dict[str, Any]


@pytest.fixture(scope="module")
def table() -> ms.BenefitTable:
    return ms.load("110000/employee")


def stays(n: int = 4, **changes: Any) -> Columns:
    """Inpatient stays of `n` persons, a day apart; `changes` replaces or adds columns."""
    columns: Columns = {
        "person": np.arange(n),
        "date": np.datetime64("2025-03-01") + np.arange(n),
        "benefit": "inpatient",
        "in_scope_fen": 1_000_000 + 7 * np.arange(n),
        "level": "tertiary",
        "status": "active",
    }
    return columns | changes


def same(left: Any, right: Any) -> bool:
    return list(left) == list(right) and all(np.array_equal(left[k], right[k]) for k in left)


# ---------------------------------------------------------------------------- what is answered


def test_the_answer_has_a_column_for_each_fund_and_adds_up(table: ms.BenefitTable) -> None:
    claims = stays()
    out = table.settle_batch(claims)
    funds = [f"{fund}_fen" for fund in table.meta.funds]
    assert list(out) == [*funds, "deductible_fen", "cash_fen", "status"]
    paid = sum(out[f"{fund}_fen"] for fund in table.meta.funds)
    assert np.array_equal(paid + out["cash_fen"], claims["in_scope_fen"])
    assert {out[name].dtype.name for name in out} == {"int64", "uint8"}


def test_a_persons_claims_follow_each_other(table: ms.BenefitTable) -> None:
    out = table.settle_batch(stays(3, person=np.array([7, 7, 8])))
    assert out["deductible_fen"].tolist() == [130_000, 65_000, 130_000]


def test_no_claims(table: ms.BenefitTable) -> None:
    out = table.settle_batch(stays(0))
    assert {len(column) for column in out.values()} == {0}
    texts = table.settle_batch(stays(0, date=np.array([], "U10")))
    assert {len(column) for column in texts.values()} == {0}


def test_total_gives_the_full_self_pay(table: ms.BenefitTable) -> None:
    out = table.settle_batch(stays(2, total_fen=np.array([1_000_500, 999_999])))
    assert out["status"].tolist() == [0, ms.Status.AMOUNTS_DISAGREE]
    assert table.settle_batch(stays(1))["cash_fen"][0] + 500 == out["cash_fen"][0]


def test_total_is_checked(table: ms.BenefitTable) -> None:
    out = table.settle_batch(
        stays(2, total_fen=np.array([1_000_100, 1_000_100]), full_self_pay_fen=np.array([100, 93]))
    )
    assert out["status"].tolist() == [0, 0]
    out = table.settle_batch(stays(2, total_fen=1_000_100, full_self_pay_fen=100))
    assert out["status"].tolist() == [0, ms.Status.AMOUNTS_DISAGREE]


# ---------------------------------------------------------------------------- dtypes and layouts


@pytest.mark.parametrize(
    "person",
    [
        *(
            np.array([3, 3, 5, 9], kind)
            for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", ">i8")
        ),
        np.array(["ab", "ab", "b", "c"]),
        np.array(["ab", "ab", "b", "c"], np.dtypes.StringDType()),
        np.array(["ab", "ab", "b", "c"], object),
        [3, 3, 5, 9],
        ["ab", "ab", "b", "c"],
    ],
)
def test_persons_of_every_kind(table: ms.BenefitTable, person: Any) -> None:
    out = table.settle_batch(stays(person=person))
    assert out["deductible_fen"].tolist() == [130_000, 65_000, 130_000, 130_000]


DAYS = ["2025-03-01", "2025-03-02", "2025-03-03", "2025-12-31"]


@pytest.mark.parametrize(
    "date",
    [
        np.array(DAYS, "datetime64[D]"),
        np.array(DAYS, "datetime64[ns]") + np.timedelta64(5, "h"),
        np.array(DAYS, "datetime64[D]").astype(np.int64),
        np.array(DAYS, "datetime64[D]").astype(np.int64).astype(np.uint16),
        np.array(DAYS),
        np.array(DAYS, np.dtypes.StringDType()),
        np.array([dt.date.fromisoformat(day) for day in DAYS]),
        DAYS,
    ],
)
def test_dates_of_every_kind(table: ms.BenefitTable, date: Any) -> None:
    expected = table.settle_batch(stays(date=np.array(DAYS, "datetime64[D]").astype(np.int32)))
    assert same(table.settle_batch(stays(date=date)), expected)
    assert not expected["status"].any()


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", ">i4"])
def test_integers_of_every_size(table: ms.BenefitTable, kind: str) -> None:
    """Amounts, codes and ages are the same number in any integer type."""
    plain = stays(in_scope_fen=np.full(4, 100), level=np.array([4, 4, 3, 2]), age=np.full(4, 70))
    changed = {name: plain[name].astype(kind) for name in ("in_scope_fen", "level", "age")}
    assert same(table.settle_batch(plain | changed), table.settle_batch(plain))


@pytest.mark.parametrize("kind", [str, object, np.dtypes.StringDType()])
def test_names_are_codes(table: ms.BenefitTable, kind: Any) -> None:
    names = list(AXES["level"])
    codes = np.array([4, 3, 2, 4], np.uint8)
    named = np.array([names[code] for code in codes]).astype(kind)
    assert same(table.settle_batch(stays(level=named)), table.settle_batch(stays(level=codes)))
    benefit = np.full(4, list(BENEFITS).index("inpatient"))
    assert same(table.settle_batch(stays(benefit=benefit)), table.settle_batch(stays()))


@pytest.mark.parametrize("nothing", [None, "", 0])
def test_saying_nothing(table: ms.BenefitTable, nothing: Any) -> None:
    """None and the empty text say nothing: the default where an axis has one."""
    column = np.array([nothing] * 4)
    assert same(table.settle_batch(stays(assistance=column)), table.settle_batch(stays()))
    assert set(table.settle_batch(stays(level=column))["status"]) == {ms.Status.NO_FIGURE}


def test_scalars_count_for_every_row(table: ms.BenefitTable) -> None:
    claims = stays(date=DAY, in_scope_fen=500_000, level=4, age=66, person=np.arange(4))
    out = table.settle_batch(claims)
    assert len(set(out["cash_fen"])) == 1
    one = table.settle_batch(claims | {"person": 7, "in_scope_fen": np.full(4, 500_000)})
    assert one["deductible_fen"].tolist() == [130_000, 65_000, 65_000, 65_000]


def test_any_layout_and_read_only(table: ms.BenefitTable) -> None:
    claims = stays(50)
    expected = table.settle_batch(claims)
    apart = {
        name: np.repeat(column, 3)[::3] if isinstance(column, np.ndarray) else column
        for name, column in claims.items()
    }
    back = {
        name: column[::-1].copy()[::-1] if isinstance(column, np.ndarray) else column
        for name, column in claims.items()
    }
    for column in apart.values():
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    assert same(table.settle_batch(apart), expected)
    assert same(table.settle_batch(back), expected)


# ---------------------------------------------------------------------------- wrong columns


@pytest.mark.parametrize("name", ["person", "date", "benefit", "in_scope_fen"])
def test_missing_column(table: ms.BenefitTable, name: str) -> None:
    claims = stays()
    del claims[name]
    with pytest.raises(ValueError, match=f"column `{name}` is missing"):
        table.settle_batch(claims)


WRONG: list[tuple[Columns, type[Exception], str]] = [
    ({"in_scope": np.arange(4)}, ValueError, "`in_scope` is not known"),
    ({"person": np.arange(3)}, ValueError, "different lengths.*'person': 3"),
    ({"person": np.zeros((4, 1), int)}, ValueError, "`person` has 2 dimensions"),
    ({"in_scope_fen": np.ones(4)}, TypeError, "`in_scope_fen` is float64.*no float"),
    ({"in_scope_fen": 1.0}, TypeError, "`in_scope_fen` is float64"),
    ({"in_scope_fen": np.ones(4, np.uint64)}, TypeError, "`in_scope_fen` is uint64"),
    ({"in_scope_fen": np.ones(4, bool)}, TypeError, "`in_scope_fen` is bool"),
    ({"first_step_fen": np.array(["1"] * 4)}, TypeError, "`first_step_fen` is <U1"),
    ({"total_fen": np.ones(4)}, TypeError, "`total_fen` is float64"),
    ({"person": np.ones(4)}, TypeError, "`person` is float64"),
    ({"person": np.array(["a", 1, 2, 3], object)}, TypeError, "`person` is object"),
    ({"person": np.ones(4, np.uint64)}, TypeError, "`person` is uint64"),
    ({"date": np.ones(4)}, TypeError, "`date` is float64"),
    ({"date": np.array(["2025-03-01", "2025-03", "x", "y"])}, ValueError, "row 1"),
    ({"date": np.array(["2025-03-01", "2025-02-30", "x" * 10, "y"])}, ValueError, "row 1"),
    ({"date": np.array(["2025-03-01", "2025-02-30"] * 2)}, ValueError, "row 1"),
    ({"date": "today"}, ValueError, "row 0"),
    ({"date": np.array([DAY, DAY, None, DAY])}, ValueError, "row 2"),
    ({"date": np.array(["2025-03-01", "NaT"] * 2, "datetime64[D]")}, ValueError, "row 1"),
    ({"date": np.full(4, 1 << 33)}, ValueError, "row 0"),
    ({"level": np.ones(4)}, TypeError, "`level` is float64"),
    ({"age": np.ones(4)}, TypeError, "`age` is float64"),
    ({"level": [["primary"], ["primary", "tertiary"], [], []]}, ValueError, "`level` is no column"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "error", "says"), WRONG)
def test_wrong_column(
    table: ms.BenefitTable, change: Columns, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        table.settle_batch(stays() | change)


def test_scalars_alone_have_no_length(table: ms.BenefitTable) -> None:
    with pytest.raises(ValueError, match="at least one column"):
        table.settle_batch(stays(person=1, date=DAY, in_scope_fen=1))


# ---------------------------------------------------------------------------- statuses


#: Whose figures depend on age; codes of axes that no figure asks for are not looked at.
OUTPATIENT: Columns = {"benefit": "outpatient", "status": "retired"}
REFUSED: list[tuple[Columns, ms.Status]] = [
    ({"in_scope_fen": -1}, ms.Status.AMOUNT_NEGATIVE),
    ({"in_scope_fen": 10**12 + 1}, ms.Status.AMOUNT_TOO_LARGE),
    ({"first_step_fen": 2**62, "over_limit_fen": 2**62}, ms.Status.AMOUNT_TOO_LARGE),
    ({"date": np.datetime64("1999-01-01")}, ms.Status.NO_VERSION),
    ({"benefit": "maternity"}, ms.Status.BENEFIT_NOT_OFFERED),
    ({"benefit": "astrology"}, ms.Status.BENEFIT_NOT_OFFERED),
    ({"benefit": 99}, ms.Status.BENEFIT_NOT_OFFERED),
    ({"level": "quaternary"}, ms.Status.UNKNOWN_CODE),
    ({"level": 77}, ms.Status.UNKNOWN_CODE),
    ({"level": -1}, ms.Status.UNKNOWN_CODE),
    ({"age": 151, **OUTPATIENT}, ms.Status.BAD_VALUE),
    ({"age": 256 + 70, **OUTPATIENT}, ms.Status.BAD_VALUE),
    ({"age": np.full(2, (1 << 64) - 1, np.uint64), **OUTPATIENT}, ms.Status.BAD_VALUE),
    ({"age": np.full(2, 254, np.uint8), **OUTPATIENT}, ms.Status.BAD_VALUE),
    ({"age": np.full(2, 255), **OUTPATIENT}, ms.Status.NO_FIGURE),
    ({"age": np.full(2, 255, np.uint8), **OUTPATIENT}, ms.Status.NO_FIGURE),
    ({"age": np.full(2, -1, np.int8), **OUTPATIENT}, ms.Status.NO_FIGURE),
    ({"level": 0}, ms.Status.NO_FIGURE),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status"), REFUSED)
def test_refused(table: ms.BenefitTable, change: Columns, status: ms.Status) -> None:
    """A refused claim has zeros, and the person's next claim does not notice it."""
    stream = table.stream()
    first = stream.settle_batch(stays(2, person=7) | change)
    assert first["status"].tolist() == [status] * 2
    assert not any(first[name].any() for name in first if name != "status")
    assert stream.refused == 2
    then = stream.settle_batch(stays(1, person=np.array([7])))
    assert then["deductible_fen"].tolist() == [130_000]


def test_out_of_order(table: ms.BenefitTable) -> None:
    date = np.array(["2025-03-02", "2025-03-01", "2025-03-02", "2025-03-01"], "datetime64[D]")
    out = table.settle_batch(stays(person=np.array([1, 1, 1, 2]), date=date))
    assert out["status"].tolist() == [0, ms.Status.OUT_OF_ORDER, 0, 0]


def test_given_statuses(table: ms.BenefitTable) -> None:
    stream = table.stream()
    given = np.array([0, ms.Status.BAD_VALUE, 0, 0], np.uint8)
    out = stream.settle_columns(stays(person=7), given=given)
    assert out["status"].tolist() == given.tolist()
    assert out["deductible_fen"].tolist() == [130_000, 0, 65_000, 65_000]


# ---------------------------------------------------------------------------- out=


def test_out_is_used_again(table: ms.BenefitTable) -> None:
    out = table.settle_batch(stays())
    memory = {name: column.ctypes.data for name, column in out.items()}
    other = stays(in_scope_fen=np.full(4, 2_000_000))
    assert table.settle_batch(other, out=out) is out
    assert memory == {name: column.ctypes.data for name, column in out.items()}
    assert same(out, table.settle_batch(other))


@pytest.mark.parametrize(
    "wrong",
    [
        {"cash_fen": np.zeros(3, np.int64)},
        {"cash_fen": np.zeros(4, np.int32)},
        {"cash_fen": [0, 0, 0, 0]},
        {"cash_fen": np.zeros(8, np.int64)[::2]},
        {"cash_fen": np.broadcast_to(np.int64(0), (4,))},
        {"status": np.zeros(4, np.int64)},
        {"pooled_fen": None},
    ],
)
def test_wrong_out(table: ms.BenefitTable, wrong: Columns) -> None:
    out = table.settle_batch(stays())
    with pytest.raises(ValueError, match=rf"out\['{next(iter(wrong))}'\]"):
        table.settle_batch(stays(), out=out | wrong)


# ---------------------------------------------------------------------------- persons in two places


SPLITS: list[tuple[list[list[Any]], list[list[int]]]] = [
    ([[1, 1, 2, 3]], [[0, 0, 0, 0]]),
    ([[1, 2, 1, 3]], [[0, 0, 1, 0]]),
    ([[3, 1, 2, 2]], [[0, 0, 0, 0]]),
    ([[1, 2], [2, 3]], [[0, 0], [0, 0]]),
    ([[5, 7], [3, 9], [5, 7]], [[0, 0], [0, 0], [1, 1]]),
    ([[1, 2, 1], [1, 3]], [[0, 0, 1], [1, 0]]),
    ([[1, 2], [], [2, 1]], [[0, 0], [], [0, 1]]),
    ([[2, 1], [1, 2, 2], [2, 4]], [[0, 0], [0, 1, 1], [1, 0]]),
]


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(("blocks", "split"), SPLITS)
def test_split(
    table: ms.BenefitTable, blocks: list[list[int]], split: list[list[int]], as_text: bool
) -> None:
    stream = table.stream()
    for block, back in zip(blocks, split, strict=True):
        person = np.array(block, np.int64).astype(str if as_text else np.int64)
        out = stream.settle_batch(stays(len(block), person=person, date=DAY))
        expected = [ms.Status.PERSON_SPLIT if is_back else 0 for is_back in back]
        assert out["status"].tolist() == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("as_text", [False, True])
def test_blocks_do_not_matter(table: ms.BenefitTable, size: int, as_text: bool) -> None:
    """However a stream is cut into blocks, its claims are settled alike."""
    rng = np.random.default_rng(size)
    person = np.repeat(rng.integers(0, 12, 20), 2)
    names = {"benefit": "inpatient", "level": "tertiary", "status": "active"}
    columns = stays(40, person=person.astype(str) if as_text else person)
    columns |= {name: np.full(40, value) for name, value in names.items()}
    whole = table.settle_batch(columns)
    stream = table.stream()
    parts = [
        stream.settle_batch({name: column[at : at + size] for name, column in columns.items()})
        for at in range(0, 40, size)
    ]
    assert same({k: np.concatenate([part[k] for part in parts]) for k in whole}, whole)


def test_long_ascending_streams_are_not_remembered() -> None:
    persons = Persons()
    for block in range(4):
        start = block * REMEMBERED
        numbers, back = persons.follow(np.arange(start, start + REMEMBERED))
        assert back is None
        assert len(numbers) == REMEMBERED
    assert persons._ascending == []
    assert not persons._seen
    _, back = persons.follow(np.array([4 * REMEMBERED - 1, -5, 5 * REMEMBERED]))
    assert back is not None
    assert back.tolist() == [False, True, False]


def test_numbers_of_text_go_on() -> None:
    persons = Persons()
    first, _ = persons.follow(np.array(["b", "a", "a"]))
    second, _ = persons.follow(np.array(["a", "", "c"]))
    runs, _ = persons.follow(Runs(np.array([0, 2, 3]), np.array(["c", "c", "d"], object), 4))
    numbers = [*first.tolist(), *second.tolist(), *runs.tolist()]
    assert numbers == [0, 1, 1, 1, 2, 3, 3, 3, 3, 4]


def test_text_after_integers(table: ms.BenefitTable) -> None:
    stream = table.stream()
    stream.settle_batch(stays())
    with pytest.raises(TypeError, match="text in one block and integers in another"):
        stream.settle_batch(stays(person=np.array(list("abcd"))))


# ---------------------------------------------------------------------------- threads


def test_threads_share_a_table(table: ms.BenefitTable) -> None:
    claims = stays(20_000, person=np.arange(20_000) // 5, date=DAY)
    expected = table.settle_batch(claims)
    with ThreadPoolExecutor(4) as pool:
        for out in pool.map(lambda _: table.settle_batch(claims), range(8)):
            assert same(out, expected)
