"""The two ways of a claim in JSON: the plain one and the long one tell the same."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medsettle as ms
from medsettle.vocabulary import AXES, NUMBERS
from medsettle.wire import read_claim, settlement_json
from tests.unit.town import TOWN

Amount = int | str | None

CLAIM: dict[str, Any] = {
    "benefit": "inpatient", "date": "2025-09-20", "level": "tertiary_special", "months": 30,
    "cohort": "villager", "in_scope": "3000.00",
}  # fmt: skip
YTD = {"last_date": "2025-03-01", "counters": {"own_account.balance": 1_234_56}}


@pytest.fixture(scope="module", params=["date", "admitted", "discharged"])
def table(request: Any, tmp_path_factory: pytest.TempPathFactory) -> ms.BenefitTable:
    """The town's table, by each of the dates that may pick the versions."""
    path = tmp_path_factory.mktemp("town") / "town.toml"
    changed = TOWN.replace('rule_by = "admitted"', f'rule_by = "{request.param}"')
    path.write_text(changed, encoding="utf-8")
    return ms.load(path)


def told(settle: Any) -> bytes | tuple[str, str, str]:
    try:
        found: bytes = settle()
    except ms.ClaimError as error:
        return error.code, error.field, str(error)
    return found


def same_both_ways(table: ms.BenefitTable, data: bytes | str) -> None:
    long_way = told(lambda: settlement_json(table.settle(*read_claim(data))))
    assert told(lambda: table.settle_json(data)) == long_way
    if isinstance(data, bytes):  # whatever is no text goes the long way
        assert told(lambda: table.settle_json(bytearray(data))) == long_way


def goes_plain(table: ms.BenefitTable, data: bytes | str) -> bool:
    """Tell whether a message goes the plain way."""
    from medsettle.messages import decode
    from medsettle.wire import CLAIM

    return table.settle_message(table.form, data, decode(data, CLAIM)) is not None


# ---------------------------------------------------------------------------- what is plain


PLAIN: dict[str, list[Any]] = {
    "in_scope": ["0", 3000, 3000.5, "3000.00"],
    "first_step": ["1.10", 0],
    "over_limit_fen": [7],
    "full_self_pay": ["0.00", "12.5"],
    "total": ["3000.00", 4000],
    "total_fen": [300_000],
    "items": [{}, {"class_b": "5.00", "imported_implant": 7}],
    "items_fen": [{"class_b": 5}],
    "days": [None, 0, 14],
    "continues": [False, True],
    "admitted": [None, "2025-09-01"],
    "discharged": [None, "2025-09-20"],
    "age": [None, 0, 150],
    "months": [None, 0, 254, 255, 10_000],
    "person": ["p", 3],
    "id": ["", "A-1", 'a"b\\c\n', "中文", "\x7f", "\u2028", "x" * 9000],
    "level": ["tertiary_special", "primary"],
    "status": [None, "retired"],
    "ytd": [None, {}, YTD, {"counters": {}}, {"last_date": None}],
}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, values in PLAIN.items() for v in values])
def test_plain(table: ms.BenefitTable, key: str, value: Any) -> None:
    body = CLAIM | {key: value}
    for form in (body, {"claim": {k: v for k, v in body.items() if k != "ytd"}}):
        data = json.dumps(form, ensure_ascii=False)
        same_both_ways(table, data)
        same_both_ways(table, data.encode())
        # where the month is not stated the policy has no figure: only the long way can refuse
        answered = isinstance(told(functools.partial(table.settle_json, data)), bytes)
        assert goes_plain(table, data) == answered


def test_every_axis_is_plain(table: ms.BenefitTable) -> None:
    for axis in AXES:
        for name in table.names.codes[axis]:
            same_both_ways(table, json.dumps(CLAIM | {axis: name}))
    assert goes_plain(table, json.dumps(CLAIM | dict.fromkeys(AXES) | CLAIM))


@pytest.mark.parametrize(
    "changes",
    [
        {"assistance": ["low_income", "minimum_living"]},
        {"id": "10:30"},
        {"level": "nowhere"},
        {"age": 151},
        {"in_scope": "1e2"},
        {"in_scope_fen": 1},
        {"items": {}, "items_fen": {}},
        {"items": {"class_b": "3000.01"}},
        {"items": {"astrology": "0"}},
        {"discharged": "2025-09-21"},
        {"date": "1999-01-01"},
    ],
)
def test_not_plain(table: ms.BenefitTable, changes: dict[str, Any]) -> None:
    data = json.dumps(CLAIM | changes)
    same_both_ways(table, data)
    assert "astrology" in data or not goes_plain(table, data)


def test_a_form_is_of_one_table(table: ms.BenefitTable) -> None:
    other = ms.load("110000/employee")
    settlement = table.settle(*read_claim(json.dumps(CLAIM)))
    with pytest.raises(ValueError, match="a form of another table"):
        settlement.answer(other.form)
    with pytest.raises(TypeError, match="made once"):
        table.form.__init__([], [], [], b"", str, str)  # type: ignore[misc]


# ---------------------------------------------------------------------------- anything


AMOUNTS = st.one_of(
    st.integers(-2, 10**13),
    st.decimals(0, 10**6, places=2).map(str),
    st.sampled_from(["1.005", "", "1e2", None, True, [], 0.1, 3000.25, "0001", -0.0]),
)
NAMES = st.sampled_from(
    [None, "", "x", "tertiary", "retired", 1, [], ["minimum_living"], "low_income"]
)
DATES = st.sampled_from([None, "2025-09-20", "2025-09-21", "2024-01-31", "1999-12-31", "x", 1])
COUNTS = st.one_of(st.integers(-1, 300), st.sampled_from([None, True, "1", 1.0, 10**30]))
GROUPS = st.dictionaries(st.sampled_from(["class_b", "imported_implant", "x", "bed"]), AMOUNTS)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("in_scope", "first_step", "over_limit", "full_self_pay", "total"), AMOUNTS),
    **dict.fromkeys(("in_scope_fen", "first_step_fen", "full_self_pay_fen", "total_fen"), AMOUNTS),
    **dict.fromkeys(AXES, NAMES),
    **dict.fromkeys((*NUMBERS, "days"), COUNTS),
    **dict.fromkeys(("date", "admitted", "discharged"), DATES),
    "benefit": st.sampled_from(["inpatient", "outpatient", "pharmacy", "x", None]),
    "continues": st.sampled_from([True, False, None, 0]),
    "items": GROUPS,
    "items_fen": GROUPS,
    "id": st.text(max_size=5),
    "person": st.one_of(st.text(max_size=5), st.integers(), st.none()),
    "x": st.none(),
}
COUNTERS = st.sampled_from(["own_account.balance", "x", "main.pay"])
YEARS = st.fixed_dictionaries(
    {},
    optional={"last_date": DATES, "counters": st.dictionaries(COUNTERS, COUNTS), "x": st.none()},
)


@settings(max_examples=400, deadline=None)
@given(
    changes=st.fixed_dictionaries({}, optional=FIELDS).flatmap(
        lambda drawn: st.sets(st.sampled_from(sorted(FIELDS)), max_size=4).map(
            lambda keys: {key: value for key, value in drawn.items() if key in keys}
        )
    ),
    removed=st.sets(st.sampled_from(sorted(CLAIM)), max_size=1),
    ytd=st.one_of(st.none(), YEARS),
    nested=st.booleans(),
)
def test_whatever_it_says_it_is_told_the_same(
    table: ms.BenefitTable,
    changes: dict[str, Any],
    removed: set[str],
    ytd: Any,
    nested: bool,
) -> None:
    body = {key: value for key, value in (CLAIM | changes).items() if key not in removed}
    data = json.dumps({"claim": body, "ytd": ytd} if nested else body | {"ytd": ytd})
    same_both_ways(table, data.encode())
