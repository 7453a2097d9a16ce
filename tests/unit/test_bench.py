"""The benchmark measures the same work: its rivals and medsettle agree to the fen."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "bench").is_dir():
    pytest.skip("no benchmarks beside the tests", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from bench import data, rivals  # noqa: E402
from bench.measure import interleaved, ratio  # noqa: E402
from bench.report import Comparison, Report  # noqa: E402
from bench.result_hash import expected, result_hash  # noqa: E402

FUNDS = ("pooled", "large_amount", "serious_illness", "assistance")
SETS = {"10000": data.benchmark_claims(10_000), "harsh": data.harsh_claims()}


def hash_of(rival: rivals.Rival, columns: data.Columns) -> str:
    return result_hash(rival.collect(rival.run(rival.prepare(columns))))


@pytest.mark.parametrize("name", SETS)
def test_claims_are_those_the_hashes_were_made_of(name: str) -> None:
    assert data.fingerprint(SETS[name]) == expected(name)["data"]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("rival", [rivals.DECIMAL, rivals.INT, rivals.NUMPY], ids=lambda r: r.name)
def test_python_rivals_give_the_expected_hash(rival: rivals.Rival, name: str) -> None:
    assert hash_of(rival, SETS[name]) == expected(name)["result"]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("loop", ["PLAIN", "TUNED", "TUNED_FRESH"])
def test_numba_rivals_give_the_expected_hash(loop: str, name: str) -> None:
    pytest.importorskip("numba")
    from bench import rivals_numba

    assert hash_of(getattr(rivals_numba, loop), SETS[name]) == expected(name)["result"]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("way", ["OURS", "OURS_DATED", "OURS_FRESH"])
def test_medsettle_gives_the_expected_hash(way: str, name: str) -> None:
    from bench import ours

    assert hash_of(getattr(ours, way), SETS[name]) == expected(name)["result"]


@pytest.mark.parametrize("name", SETS)
def test_policy_file_means_what_the_rivals_compute(name: str) -> None:
    from bench import ours
    from medsettle.model import YearToDate
    from medsettle.policy.read import read_policy
    from medsettle.reference import settle

    policy = read_policy(ours.POLICY)
    columns = {column: values[:1_500] for column, values in SETS[name].items()}
    truth = rivals.truth(columns)
    current, year = None, YearToDate()
    for at, person in enumerate(columns["person"].tolist()):
        if person != current:
            current, year = person, YearToDate()
        outcome = settle(policy, ours.one_claim(columns, at), year)
        year = outcome.ytd
        paid = [outcome.funds.get(fund, 0) for fund in FUNDS]
        assert [outcome.deductible, *paid, outcome.cash] == [truth[n][at] for n in rivals.RESULTS]


def test_settling_claim_by_claim_gives_the_same() -> None:
    claims = SETS["10000"]
    rows = rivals.fen_rows({name: column[:500] for name, column in claims.items()})
    results, current, year = [], None, rivals.NEW_YEAR
    for row in rows:
        claim = dict(zip(rivals.INPUTS, row, strict=True))
        if claim["person"] != current:
            current, year = claim["person"], rivals.NEW_YEAR
        result, year = rivals.settle_int_claim(claim, year)
        results.append(tuple(result.values()))
    assert results == rivals.settle_int(rows)


def test_every_fund_pays_everything_and_no_more() -> None:
    claims = SETS["harsh"]
    result = rivals.truth(claims)
    paid = sum(result[name] for name in rivals.RESULTS if name != "deductible_fen")
    np.testing.assert_array_equal(paid, claims["in_scope_fen"])
    for column in result.values():
        assert column.min() == 0
        assert column.max() > 0


@pytest.mark.parametrize(
    ("column", "limit"),
    [
        ("pooled_fen", rivals.POOLED_CEILING),
        ("large_amount_fen", rivals.LARGE_CEILING),
    ],
)
def test_harsh_claims_meet_every_ceiling(column: str, limit: int) -> None:
    claims = SETS["harsh"]
    by_person = np.zeros(int(claims["person"].max()) + 1, np.int64)
    np.add.at(by_person, claims["person"], rivals.truth(claims)[column])
    assert by_person.max() == limit
    assert (by_person == limit).sum() > 100


def test_harsh_claims_have_one_long_year() -> None:
    assert np.bincount(SETS["harsh"]["person"]).max() == data.HARSH_LONGEST


@pytest.mark.parametrize("columns", [*SETS.values(), data.beijing_claims(5_000)])
def test_claims_stand_by_person_and_day(columns: data.Columns) -> None:
    key = columns["person"].astype(np.int64) * 100_000 + columns["date"]
    assert (np.diff(key) >= 0).all()


def test_beijing_claims_are_of_both_kinds_and_many_a_person() -> None:
    claims = data.beijing_claims(50_000)
    assert 4.7 < len(claims["person"]) / len(np.unique(claims["person"])) < 5.1
    assert set(np.unique(claims["benefit"])) == {
        data.BENEFIT["inpatient"],
        data.BENEFIT["outpatient"],
    }


def test_ratio_compares_the_rounds_both_were_in() -> None:
    times = {"ours": [1.0, 2.0, 4.0], "other": [3.0, 6.0]}
    assert ratio(times, "ours", "other") == 3.0


def test_interleaved_rounds_stop_for_who_is_slow() -> None:
    times = interleaved({"quick": lambda: None, "none left": lambda: None}, 3, budget_seconds=1)
    assert [len(rounds) for rounds in times.values()] == [3, 3]


def test_report_tells_speed_ratio_and_hash() -> None:
    report = Report()
    report.comparisons.append(Comparison("batch", 1_000_000, {"a": [0.5], "b": [1.0]}, "a"))
    report.add_hash("batch", "a", "00", "00")
    report.add_hash("batch", "b", "11", "00")
    text = "\n".join(report.lines())
    assert "2.00 x" in text
    assert "00 as expected: a" in text
    assert "11 NOT THE EXPECTED ONE: b" in text


def test_lines_split_by_hand_give_the_same() -> None:
    import medsettle as ms
    from bench import bill_data, ours, rivals_bill

    claims, lines = bill_data.bill_lines(3_000, 2_000)
    catalogue = ms.Catalogue(bill_data.image(2_000))
    found = ours.table().settle_bills(catalogue, claims, lines)
    assert not found.claims["status"].any()
    items, n_bills = rivals_bill.item_dict(2_000), len(claims["person"])
    by_hand = rivals_bill.split_by_hand(items, rivals_bill.rows_of(lines), n_bills)
    parts = ("full_self_pay_fen", "over_limit_fen", "first_step_fen", "in_scope_fen")
    assert [[int(found.claims[part][at]) for part in parts] for at in range(n_bills)] == by_hand
    totals = rivals_bill.totals_by_numpy(lines, n_bills)
    assert totals.tolist() == [sum(amounts) for amounts in by_hand]


def test_the_bill_as_json_settles() -> None:
    import json

    import medsettle as ms
    from bench import bill_data, ours

    catalogue = ms.Catalogue(bill_data.image(2_000))
    answer = json.loads(
        ours.table().settle_json(bill_data.bill_message(30, 2_000), catalogue=catalogue)
    )
    assert len(answer["lines"]) == 30
