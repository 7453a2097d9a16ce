"""Every payer at once: all funds, the hospital's part, both accounts and cash on one bill.

No public message has more than one fund; here each amount is another, so that no identity can hold
by chance.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import medsettle as ms
from medsettle.nhsa.answers import NAMED
from medsettle.nhsa.desk import Desk
from medsettle.nhsa.finding import FAILS, OK, Settled
from medsettle.nhsa.identities import check
from medsettle.nhsa.messages import Reply
from medsettle.nhsa.profiles import profile, profile_names
from medsettle.nhsa.reading import read_reply
from medsettle.nhsa.writing import write_reply
from medsettle.vocabulary import FUNDS, NO_FUNDS
from tests.nhsa.ward import Ward, catalogue, hospital, insured

SHARES = ("37.5", "33.3", "12.5", "7.77", "21")
HEAD = """region = "110000"
scheme = "employee"
title  = "everybody pays (made up)"

[source.rules]
title = "made up"

[[benefit.inpatient]]
from   = 2020-01-01
cite   = "rules#1"
layers = [{layers}]
"""
LAYER = """
[[layer.pays_{fund}]]
fund       = "{fund}"
from       = 2020-01-01
cite       = "rules#2"
provenance = "unverified"
base       = [{base}]
bands      = [{{ share_pct = {share} }}]
"""
AGAIN = ("2304", "5203", "2305")


def everybody_pays(folder: Path) -> ms.BenefitTable:
    """A policy in which each payer takes a part of what the one before left."""
    order = [*(fund for fund in FUNDS if fund not in NO_FUNDS), "hospital"]
    order += ["own_account", "family_account"]
    names = ", ".join(f'"pays_{fund}"' for fund in order)
    text = HEAD.format(layers=names)
    for at, fund in enumerate(order):
        base = f'"pays_{order[at - 1]}.rest"' if at else '"in_scope"'
        share = "100" if fund.endswith("_account") else SHARES[at % len(SHARES)]
        text += LAYER.format(fund=fund, base=base, share=share)
        if not at:
            text += 'deductible = { per = "stay", amount_yuan = 101.37 }\n'
        if fund.endswith("_account"):
            text += f'ceilings = [{{ balance = "{fund}.balance" }}]\n'
    path = folder / "employee.toml"
    path.write_text(text, encoding="utf-8")
    return ms.load(str(path))


def settled(table: ms.BenefitTable, name: str, flag: str) -> tuple[Ward, str, dict[str, Any]]:
    """Settle a stay under a profile, with an account, and return its visit and output."""
    person = insured(balc="77.77", family_fen=50_05)
    here = Ward(Desk(table, catalogue(), profile(name), people=[person], hospitals=[hospital()]))
    visit = here.admits(med_type="2101")
    here.later(days=5)
    rows = here.charges_stay(
        visit,
        (1, "1234.567", "3"),
        (2, "333.33", "4", "limited"),
        (3, "10.01", "9", "class_b"),
        (4, "7.77", "1", "own"),
    )
    total = sum(row.det_item_fee_sumamt for row in rows)
    return here, visit, here.ok("2304", "data", here.inpatient(visit, total, acct_used_flag=flag))


@pytest.mark.parametrize("flag", ["0", "1", "2"])
@pytest.mark.parametrize("name", profile_names())
def test_every_identity_holds_on_every_answer(tmp_path: Path, name: str, flag: str) -> None:
    used = profile(name)
    here, visit, final = settled(everybody_pays(tmp_path), name, flag)
    asked = here.asks(final["setlinfo"].setl_id, visit)
    undone = here.cancels("2305", final["setlinfo"].setl_id, visit).output
    for call, output in zip(AGAIN, (final, asked, undone), strict=True):
        reply = Reply(infcode="0", output=output)
        read = read_reply(write_reply(reply, call, used), call, used).output
        assert read == output
        original = final if call == "2305" else None
        found = check(
            Settled(
                info=output["setlinfo"],
                details=output["setldetail"],
                original=original and original["setlinfo"],
                original_details=original["setldetail"] if original else (),
                profile=used,
            )
        )
        states = {one.identity: one.state for one in found}
        assert [str(one) for one in found if one.state == FAILS] == []
        asserted = {"I1", "I2", "I3", "I4", "I6", "I7", "I8"} | (
            {"I10"} if call == "2305" else set()
        )
        assert {one for one in asserted if states[one] != OK} == set()


def test_nobody_is_missing(tmp_path: Path) -> None:
    """On the wire of one answer: each named fund, the others, hospital, account and cash."""
    _, _, final = settled(everybody_pays(tmp_path), "hebei", "1")
    info, details = final["setlinfo"], final["setldetail"]
    columns = [name for name in NAMED if name != "hifmi_pay"]  # the residents' serious illness
    amounts = [getattr(info, name) for name in (*columns, "oth_pay", "hifdm_pay")]
    amounts += [info.hosp_part_amt, info.acct_pay, info.psn_cash_pay]
    assert all(amount > 0 for amount in amounts)
    assert len(set(amounts)) == len(amounts)
    funds = sum((getattr(info, name) for name in NAMED), info.oth_pay)
    assert funds == info.fund_pay_sumamt
    paid = funds + info.hosp_part_amt + info.acct_pay
    assert sum((row.fund_payamt for row in details), Decimal(0)) == paid
    assert info.medfee_sumamt == paid + info.psn_cash_pay
    assert len(details) == len([fund for fund in FUNDS if fund not in NO_FUNDS]) + 2


@pytest.mark.parametrize("field", [*NAMED, "oth_pay", "acct_pay", "hosp_part_amt", "psn_cash_pay"])
def test_a_fen_on_any_payer_is_seen(tmp_path: Path, field: str) -> None:
    _, _, final = settled(everybody_pays(tmp_path), "hebei", "1")
    info = final["setlinfo"]
    wrong = replace(info, **{field: getattr(info, field) + Decimal("0.01")})
    found = check(Settled(info=wrong, details=final["setldetail"], profile=profile("hebei")))
    assert any(one.state == FAILS for one in found)
