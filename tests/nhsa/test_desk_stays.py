"""Stays that are settled in parts through the desk: interim settlements, and the year end."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

import medsettle as ms
from medsettle.ledger import Ledger, Part, split_stay
from medsettle.model import Claim
from medsettle.nhsa.desk import Desk
from medsettle.nhsa.finding import FAILS, Settled
from medsettle.nhsa.identities import check
from medsettle.settlement import Settlement
from tests.nhsa.ward import Ward, beijing, hospital, insured

#: A night of the old year for each of its days, and likewise of the new one.
OLD = ((1, "3000", "10"), (2, "50", "4", "by_day"))
NEW = ((3, "2000", "10"), (4, "50", "4", "by_day"))
ADMITTED = dt.datetime(2024, 12, 28, 9)
LAST_EVENING = dt.datetime(2024, 12, 31, 20)
DISCHARGED = dt.datetime(2025, 1, 5, 9)


def over_the_year_end(here: Ward) -> tuple[str, list[dict[str, Any]]]:
    """Settle a stay in two parts, each previewed first; return its id and both outputs."""
    here.clock = ADMITTED
    visit = here.admits()
    outputs = []
    for clock, lines, total, flag in (
        (LAST_EVENING, OLD, "30200", "1"),
        (DISCHARGED, NEW, "20200", "0"),
    ):
        here.clock = clock
        here.charges_stay(visit, *lines)
        data = here.inpatient(visit, total, mid_setl_flag=flag)
        preview = here.ok("2303", "data", data)
        outputs.append(here.ok("2304", "data", data))
        for name in ("inscp_scp_amt", "act_pay_dedc", "hifp_pay", "psn_cash_pay"):
            assert getattr(preview["setlinfo"], name) == getattr(outputs[-1]["setlinfo"], name)
    return visit, outputs


def settlement_of(here: Ward, output: dict[str, Any]) -> Settlement:
    case = here.desk._files.booked[output["setlinfo"].setl_id].case
    assert case is not None
    return case.settlement


def amounts(settlement: Settlement) -> tuple[Any, ...]:
    paid = {fund: fen for fund, fen in settlement.funds_fen.items() if fen}
    return settlement.claim.total_fen, paid, settlement.cash_fen, settlement.deductible_fen


def test_a_stay_over_the_year_end_is_what_the_ledger_splits() -> None:
    here = beijing()
    _, outputs = over_the_year_end(here)
    found = [settlement_of(here, one) for one in outputs]
    whole = replace(
        found[1].claim, id="S", days=8, continues=False, in_scope_fen=50_400_00, items={}
    )
    parts = split_stay(whole, [Part(in_scope_fen=30_200_00), Part(in_scope_fen=20_200_00)])
    ledger = Ledger(here.desk._files.table)
    for one, part in zip(found, parts, strict=True):
        change = ledger.settle(part, stay="S")
        assert change.settlement is not None
        assert amounts(one) == amounts(change.settlement)
        assert places(one.claim) == places(change.settlement.claim)
    assert [one.claim.days for one in found] == [4, 4]
    assert [one.claim.continues for one in found] == [False, True]


def places(claim: Claim) -> tuple[Any, ...]:
    return claim.date, claim.admitted, claim.discharged, claim.days, claim.continues


def test_every_part_and_its_reversal_pass_the_identities() -> None:
    here = beijing()
    visit, outputs = over_the_year_end(here)
    years = []
    for output in outputs:
        asked = here.asks(output["setlinfo"].setl_id, visit)
        years.append((asked["setlinfo"].year, asked["setlinfo"].enddate))
        for one in (output, asked):
            assert failed(here, one) == []
    assert years == [("2024", dt.date(2024, 12, 31)), ("2025", dt.date(2025, 1, 5))]
    assert "latest" in (here.cancels("2305", outputs[0]["setlinfo"].setl_id, visit).err_msg or "")
    for output in reversed(outputs):
        undone = here.cancels("2305", output["setlinfo"].setl_id, visit).output
        more = {"original": output["setlinfo"], "original_details": output["setldetail"]}
        assert failed(here, undone, **more) == []
    # Nothing stands: the whole stay can be settled at once, in the year of its discharge.
    again = here.ok("2304", "data", here.inpatient(visit, "50400"))
    claim = settlement_of(here, again).claim
    assert places(claim) == (dt.date(2025, 1, 5), ADMITTED.date(), dt.date(2025, 1, 5), 8, False)


def failed(here: Ward, output: Any, **more: Any) -> list[str]:
    facts = Settled(
        info=output["setlinfo"], details=output["setldetail"], profile=here.desk.profile, **more
    )
    return [str(one) for one in check(facts) if one.state == FAILS]


@pytest.mark.parametrize(("charged_before", "days"), [(0, [11, 4]), (12, [10, 5])])
def test_no_day_is_counted_twice_and_none_is_lost(charged_before: int, days: list[int]) -> None:
    """The day of an interim settlement is in its part only where something was charged on it."""
    here = beijing()
    visit = here.admits()
    here.later(days=10, hours=-charged_before)
    here.charges_stay(visit, (1, "10", str(days[0]), "by_day"))
    here.later(hours=charged_before)
    interim = here.inpatient(visit, str(10 * days[0]), mid_setl_flag="1")
    part = here.ok("2304", "data", interim)
    here.later(days=5)
    here.charges_stay(visit, (2, "10", str(days[1]), "by_day"))
    rest = here.ok("2304", "data", here.inpatient(visit, str(10 * days[1])))
    assert [settlement_of(here, one).claim.days for one in (part, rest)] == days
    for one in (part, rest):
        assert one["setlinfo"].fulamt_ownpay_amt == 0, "each night is within the limit"


def test_without_lines_the_day_of_an_interim_settlement_is_in_its_part() -> None:
    here = Ward(Desk(ms.load("110000/employee"), people=[insured()], hospitals=[hospital()]))
    here.clock = ADMITTED
    visit = here.admits()
    found = []
    for clock, flag in ((LAST_EVENING, "1"), (DISCHARGED, "0")):
        here.clock = clock
        four = {"inscp_scp_amt": Decimal(9000)} | dict.fromkeys(
            ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"), Decimal(0)
        )
        data = here.inpatient(visit, "9000", mid_setl_flag=flag, **four)
        found.append(settlement_of(here, here.ok("2304", "data", data)).claim.days)
    assert found == [4, 4]
