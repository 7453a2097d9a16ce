"""Entitlement: every reason, in both languages, with the clause where the policy says it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import medsettle as ms
from medsettle.entitlement import (
    Assumed,
    Designation,
    Enrolment,
    Entitlement,
    FundEntitlement,
    Why,
    entitlement,
)
from tests.shapes.harness import shape

#: Funds of a policy that never asks how a person is entitled, and of one that does.
PLAIN = """
[[benefit.inpatient]]
from = 2024-01-01
until = 2026-01-01
layers = ["pool", "aid"]
serves = { place = "local" }

[[benefit.outpatient]]
from = 2023-01-01
layers = ["clinic"]

[[layer.pool]]
fund = "pooled"
base = ["in_scope"]
bands = [{ share_pct = { primary = 90, tertiary = 80 } }]

[[layer.clinic]]
fund = "pooled"
base = ["in_scope"]
bands = [{ share_pct = { minimum_living = 50, other = 0 } }]

[[layer.aid]]
fund = "assistance"
base = ["rest"]
serves = { assistance = ["minimum_living", "extreme_poor"] }
bands = [{ share_pct = 70 }]
"""
ASKS = """
[[layer.pool]]
fund = "pooled"
base = ["in_scope"]
serves = { entitlement = "entitled" }
cite = "doc#9"
bands = [{ share_pct = 80 }]

[[layer.aid]]
fund = "assistance"
base = ["in_scope", "rest"]
serves = { entitlement = { not = ["lapsed"] } }
bands = [{ share_pct = { waiting = 50, other = 70 } }]
"""
DAY = dt.date(2025, 3, 1)
HERE = {"region": "999999", "scheme": "employee"}


def claim(**said: Any) -> ms.Claim:
    usual: dict[str, Any] = {
        "benefit": "inpatient",
        "date": DAY,
        "in_scope_fen": 100_000,
        "level": "primary",
    }
    return ms.Claim(**(usual | said))


def enrolment(**said: Any) -> Enrolment:
    return Enrolment(**(HERE | said))


def ask(*enrolments: Enrolment, policy: str = PLAIN, **said: Any) -> Entitlement:
    how = {key: said.pop(key) for key in ("designation", "chosen", "on") if key in said}
    return entitlement(shape(policy).table, claim(**said), enrolments, **how)


def why(answer: Entitlement) -> dict[str, str | None]:
    return {row.fund: row.why and str(row.why) for row in answer.rows}


ENROLLED = enrolment()


def test_entitled() -> None:
    answer = ask(ENROLLED, assistance="minimum_living", designation=Designation(from_=DAY))
    assert answer.rows == (
        FundEntitlement(
            fund="pooled",
            entitled=True,
            from_=dt.date(2024, 1, 1),
            until=dt.date(2026, 1, 1),
            cites=("示例文件 1",),
        ),
        FundEntitlement(
            fund="assistance",
            entitled=True,
            from_=dt.date(2024, 1, 1),
            until=dt.date(2026, 1, 1),
            cites=("示例文件 1",),
        ),
    )
    assert (answer.entitled, answer.funds) == (True, ("pooled", "assistance"))
    assert (answer.policy, answer.benefit, answer.day) == ("999999/employee", "inpatient", DAY)
    assert (answer.chosen, answer.passed_over, answer.assumed) == (ENROLLED, (), ())
    assert answer.claim() == claim(assistance="minimum_living")


@pytest.mark.parametrize(
    ("given", "reason", "zh", "en"),
    [
        ((), "not_enrolled", "未参加本险种", "not enrolled in this scheme"),
        (
            (enrolment(standing="not_enrolled"),),
            "not_enrolled",
            "未参加本险种",
            "not enrolled in this scheme",
        ),
        (
            (enrolment(enrolled_from=dt.date(2025, 3, 2)),),
            "not_enrolled",
            "未参保，2025-03-02起参保",
            "not enrolled before 2025-03-02",
        ),
        ((enrolment(standing="invalid"),), "not_enrolled", "未参加本险种", "not enrolled"),
        (
            (Enrolment(region="110000", scheme="employee"),),
            "not_enrolled",
            "参加的是职工基本医疗保险（110000），未参加本地本险种（999999）",
            "the person is enrolled in 110000/employee, not in 999999/employee",
        ),
        (
            (Enrolment(region="110000", scheme="employee", standing="ended"),),
            "not_enrolled",
            "未参加本险种",
            "not enrolled in this scheme",
        ),
        ((enrolment(standing="ended"),), "ended", "终止参保", "enrolment has ended"),
        (
            (enrolment(standing="ended", paused_from=DAY),),
            "ended",
            "2025-03-01起终止参保",
            "enrolment has ended since 2025-03-01",
        ),
        ((enrolment(standing="paused"),), "paused", "暂停参保", "enrolment is paused"),
        (
            (enrolment(standing="paused", paused_from=DAY),),
            "paused",
            "2025-03-01起暂停参保",
            "enrolment is paused since 2025-03-01",
        ),
        (
            (enrolment(waiting_until=dt.date(2025, 4, 1)),),
            "waiting",
            "待遇等待期，2025-04-01起享受待遇",
            "waiting period, benefits begin on 2025-04-01",
        ),
        (
            (enrolment(arrears_since=DAY),),
            "in_arrears",
            "2025-03-01起欠费",
            "in arrears since 2025-03-01",
        ),
    ],
)
def test_the_person(given: tuple[Enrolment, ...], reason: str, zh: str, en: str) -> None:
    answer = ask(*given)
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), reason)
    for row in answer.rows:
        assert row.text() == row.zh == zh
        assert row.text("en").startswith(en)
        assert (row.entitled, row.cites) == (False, ())
    assert answer.row("pooled").from_ == dt.date(2024, 1, 1)  # the policy's days
    assumed = Assumed.NOTHING_PAID in answer.assumed
    assert assumed == (reason in ("paused", "waiting", "in_arrears"))
    with pytest.raises(ms.ClaimError, match=rf"error\[C116\]: `entitlement`: .*{reason}: {en}"):
        answer.claim()


@pytest.mark.parametrize(
    "before",
    [
        enrolment(standing="paused", paused_from=dt.date(2025, 3, 2)),
        enrolment(standing="ended", paused_from=dt.date(2025, 3, 2)),
        enrolment(waiting_until=DAY),
        enrolment(arrears_since=dt.date(2025, 3, 2)),
        enrolment(enrolled_from=DAY),
    ],
)
def test_days_on_which_it_does_not_hold_yet_or_any_more(before: Enrolment) -> None:
    assert ask(before).funds == ("pooled",)


def test_a_stay_is_looked_at_on_its_first_day() -> None:
    paused = enrolment(standing="paused", paused_from=dt.date(2025, 2, 20))
    assert ask(paused, admitted=dt.date(2025, 2, 19)).entitled
    assert not ask(paused, admitted=dt.date(2025, 2, 20)).entitled
    assert not ask(paused, admitted=dt.date(2025, 2, 19), on=DAY).entitled


@pytest.mark.parametrize(
    ("designation", "holds"),
    [
        (Designation(from_=DAY), True),
        (Designation(from_=dt.date(2020, 1, 1), until=DAY), False),
        (Designation(from_=dt.date(2020, 1, 1), until=dt.date(2025, 3, 2)), True),
        (Designation(from_=dt.date(2025, 3, 2)), False),
        (Designation(), False),
    ],
)
def test_the_institution(designation: Designation, holds: bool) -> None:
    answer = ask(ENROLLED, designation=designation)
    assert answer.entitled == holds
    if not holds:
        assert why(answer) == dict.fromkeys(("pooled", "assistance"), "not_designated")
        assert answer.rows[0].zh == "2025-03-01不是定点医药机构"
        assert answer.rows[0].en == "the institution is not designated on 2025-03-01"


def test_a_benefit_that_the_policy_has_not() -> None:
    answer = ask(ENROLLED, benefit="maternity")
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), "benefit_not_offered")
    assert answer.rows[0].zh == "政策没有此项待遇：生育"
    assert answer.rows[0].en == "the policy has no benefit `maternity`"
    assert (answer.rows[0].from_, answer.rows[0].until) == (None, None)


@pytest.mark.parametrize("day", [dt.date(2023, 12, 31), dt.date(2022, 5, 5), dt.date(2026, 1, 1)])
def test_a_benefit_on_other_days(day: dt.date) -> None:
    answer = ask(ENROLLED, date=day)
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), "outside_validity")
    row = answer.row("pooled")
    assert (row.from_, row.until) == (dt.date(2024, 1, 1), dt.date(2026, 1, 1))
    assert row.zh == f"政策在{day}没有此项待遇：住院（2024-01-01起至2026-01-01前）"
    assert row.en == (
        f"the policy has no benefit `inpatient` on {day}, only from 2024-01-01, before 2026-01-01"
    )
    # Told before what is less: without the benefit nobody asks whether the person waits.
    waiting = enrolment(waiting_until=dt.date(2030, 1, 1))
    assert ask(waiting, date=day).row("pooled").why is Why.OUTSIDE_VALIDITY


def test_a_fund_for_others() -> None:
    row = ask(ENROLLED).row("assistance")
    assert row.why is Why.NOT_SERVED
    assert row.zh == "只为这些就诊支付：特困人员、低保对象"
    assert row.en == "paid only for assistance extreme_poor / minimum_living"
    assert (row.cites, row.from_) == (("示例文件 1",), None)


def test_a_share_of_nothing_is_nothing() -> None:
    answer = ask(ENROLLED, benefit="outpatient")
    assert why(answer) == {"pooled": "not_served"}
    assert answer.rows[0].en == "paid only for assistance minimum_living"
    assert ask(ENROLLED, benefit="outpatient", assistance="minimum_living").entitled


@pytest.mark.parametrize(("per", "left"), [("year", 0), ("bed_day", 0), ("year", 1)])
def test_a_ceiling_of_nothing_is_nothing(per: str, left: int) -> None:
    policy = PLAIN + f'ceilings = [{{ per = "{per}", pay_yuan = {left} }}]\n'
    answer = ask(ENROLLED, policy=policy, assistance="minimum_living", days=3)
    assert why(answer) == {"pooled": None, "assistance": None if left else "not_served"}
    assert left or answer.row("assistance").en == "nothing is paid for such a claim"


def test_an_account_that_is_empty_still_may_pay() -> None:
    policy = PLAIN.replace('fund = "assistance"', 'fund = "own_account"')
    policy += 'ceilings = [{ balance = "own_account.balance" }]\n'
    assert ask(ENROLLED, policy=policy, assistance="minimum_living").row("own_account").entitled


def test_rows_stand_in_the_order_of_the_layers() -> None:
    here = Enrolment(region="110000", scheme="employee", status="active")
    visit = claim(level="tertiary")
    rows = entitlement(ms.load("110000/employee"), visit, [here]).rows
    assert [row.fund for row in rows] == [
        *("pooled", "large_amount", "retiree_supplement", "serious_illness", "assistance"),
        *("own_account", "family_account"),
    ]


def test_a_benefit_for_others() -> None:
    answer = ask(ENROLLED, place="unfiled")
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), "not_served")
    assert answer.rows[0].zh == "只为这些就诊支付：统筹区内"
    assert answer.rows[0].en == "paid only for place local"


@pytest.mark.parametrize("level", ["secondary", None])
def test_no_figure(level: str | None) -> None:
    answer = ask(ENROLLED, level=level)
    reason = "no_figure" if level is None else "not_served"
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), reason)
    assert "primary / tertiary" in answer.rows[0].en
    assert "一级、三级" in answer.rows[0].zh


def test_no_figure_without_the_days_of_the_visit() -> None:
    policy = PLAIN + 'ceilings = [{ per = "bed_day", pay_yuan = 100 }]\n'
    answer = ask(ENROLLED, policy=policy, assistance="minimum_living")
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), "no_figure")
    assert answer.rows[0].en == "the claim does not say how many days the visit had"
    assert ask(ENROLLED, policy=policy, assistance="minimum_living", days=3).entitled
    assert ask(ENROLLED, policy=policy).funds == ("pooled",)  # it does not serve: nothing to know


RESIDENT = Enrolment(region="999999", scheme="resident")


def test_several_enrolments() -> None:
    answer = ask(ENROLLED, RESIDENT)
    assert (answer.chosen, answer.passed_over) == (ENROLLED, (RESIDENT,))
    assert answer.funds == ("pooled",)
    assert ask(RESIDENT, ENROLLED).chosen == ENROLLED  # in whatever order they stand
    other = ask(ENROLLED, RESIDENT, chosen=RESIDENT)
    assert (other.chosen, other.passed_over) == (RESIDENT, (ENROLLED,))
    assert why(other) == dict.fromkeys(("pooled", "assistance"), "other_scheme_chosen")
    scheme = "城乡居民基本医疗保险（999999）"
    assert other.rows[0].zh == f"同时参加几项，按{scheme}享受，不重复享受"
    assert other.rows[0].en == (
        "several enrolments hold: 999999/resident counts, benefits are had once"
    )
    # One that waits, or has ended, stands back behind one with benefits.
    waits = enrolment(waiting_until=dt.date(2025, 4, 1))
    assert ask(waits, RESIDENT).chosen == RESIDENT
    assert why(ask(waits, RESIDENT))["pooled"] == "other_scheme_chosen"
    assert why(ask(enrolment(standing="ended"), RESIDENT))["pooled"] == "ended"
    # Of the table's own rows the one that holds, wherever it stands.
    assert ask(enrolment(standing="ended"), ENROLLED).entitled
    with pytest.raises(ValueError, match="`chosen` is none of the enrolments"):
        ask(ENROLLED, chosen=RESIDENT)


def test_the_later_of_two_alike() -> None:
    older = enrolment(enrolled_from=dt.date(2010, 1, 1))
    newer = Enrolment(region="888888", scheme="employee", enrolled_from=dt.date(2020, 1, 1))
    assert ask(older, newer).chosen == newer


@pytest.mark.parametrize(
    ("given", "axis", "reasons"),
    [
        (ENROLLED, "entitled", {"pooled": None, "assistance": None}),
        (
            enrolment(waiting_until=dt.date(2025, 4, 1)),
            "waiting",
            {"pooled": "waiting", "assistance": None},
        ),
        (enrolment(arrears_since=DAY), "in_arrears", {"pooled": "in_arrears", "assistance": None}),
        (enrolment(standing="paused"), "lapsed", {"pooled": "paused", "assistance": "paused"}),
        (enrolment(standing="ended"), "entitled", {"pooled": "ended", "assistance": "ended"}),
    ],
)
def test_a_policy_that_asks_decides_itself(
    given: Enrolment, axis: str, reasons: dict[str, str | None]
) -> None:
    answer = ask(given, policy=ASKS)
    assert why(answer) == reasons
    assert answer.asked.entitlement == axis
    assert Assumed.NOTHING_PAID not in answer.assumed
    if axis != "entitled":
        assert answer.row("pooled").cites == ("示例文件 9",)  # the clause that says so
    if answer.entitled:
        paid = shape(ASKS).table.settle(answer.claim())
        assert {fund for fund, fen in paid.funds_fen.items() if fen} == set(answer.funds)


def test_whom_it_would_not_serve_anyway_has_that_reason() -> None:
    """A fund for others is for others, also while the person waits."""
    others = """
    [[layer.tilt]]
    fund = "tilt"
    base = ["rest"]
    serves = { assistance = "orphan", entitlement = "entitled" }
    bands = [{ share_pct = 50 }]
    """
    waits = enrolment(waiting_until=dt.date(2025, 4, 1))
    policy = ASKS + "\n".join(line.strip() for line in others.splitlines())
    reasons = {"pooled": "waiting", "assistance": None}
    assert why(ask(waits, policy=policy)) == reasons | {"tilt": "not_served"}
    assert why(ask(waits, policy=policy, assistance="orphan")) == reasons | {"tilt": "waiting"}


def test_what_the_claim_itself_says() -> None:
    """Without enrolments the claim's own value counts, and that is told."""
    table = shape(PLAIN).table
    answer = entitlement(table, claim(entitlement="in_arrears"))
    assert why(answer) == dict.fromkeys(("pooled", "assistance"), "in_arrears")
    assert answer.rows[0].zh == "欠费"
    assert answer.assumed == (Assumed.ENROLLED, Assumed.DESIGNATED, Assumed.NOTHING_PAID)
    assert entitlement(table, claim(entitlement="newly_enrolled")).entitled
    told = entitlement(shape(ASKS).table, claim(entitlement="waiting"))
    assert why(told) == {"pooled": "waiting", "assistance": None}
    assert told.row("pooled").text("en") == "waiting period"
    for assumed in Assumed:
        assert assumed.text()
        assert assumed.text("en")
    with pytest.raises(ValueError, match="`lang` must be one of zh, en, found 'fr'"):
        assumed.text("fr")


def test_settling_such_a_claim_would_pay() -> None:
    """Why `Entitlement.claim` is there: a policy that never asks does not look."""
    table = shape(PLAIN).table
    waiting = claim(entitlement="waiting")
    assert table.settle(waiting).total_funds_fen > 0
    with pytest.raises(ms.ClaimError, match=r"error\[C116\]"):
        entitlement(table, waiting).claim()


def test_the_persons_status_is_the_enrolments_where_the_claim_says_none() -> None:
    assert ask(enrolment(status="retired")).claim().status == "retired"
    assert ask(enrolment(status="retired"), status="active").claim().status == "active"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"level": "huge"}, r"`level`"),
        ({"benefit": "cruise"}, r"`benefit`"),
        ({"in_scope_fen": -1}, r"`in_scope_fen`"),
        ({"in_scope_fen": 1.5}, r"`in_scope_fen`"),
        ({"date": "2025-03-01"}, r"`date`"),
    ],
)
def test_a_claim_with_a_wrong_value_is_refused(said: dict[str, Any], expected: str) -> None:
    with pytest.raises(ms.ClaimError, match=expected):
        ask(ENROLLED, **said)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"region": "11"}, "region"),
        ({"region": 110000}, "region"),
        ({"scheme": "urban"}, "scheme"),
        ({"standing": "1"}, "standing"),
        ({"status": 1}, "status"),
        ({"enrolled_from": "2025-01-01"}, "enrolled_from"),
        ({"paused_from": 20250101}, "paused_from"),
        ({"paused_from": dt.date(2020, 1, 1)}, "paused_from"),
        ({"paused_from": DAY, "standing": "invalid"}, "paused_from"),
        ({"waiting_until": dt.datetime(2025, 1, 1)}, "waiting_until"),
        ({"arrears_since": ""}, "arrears_since"),
        ({"scheme": ["employee"]}, "scheme"),
    ],
)
def test_an_enrolment_with_a_wrong_value_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(ms.ClaimError, match=rf"error\[C110\]: `enrolment\.{field}`"):
        enrolment(**said)


def test_a_status_that_the_policy_does_not_know_is_refused() -> None:
    with pytest.raises(ms.ClaimError, match=r"error\[C110\]: `status`"):
        ask(enrolment(status="sleeping"))


def test_nothing_of_the_persons_identity() -> None:
    secret = "320106199001011234"
    answer = ask(enrolment(standing="ended"), person=secret, id="visit-7")
    assert secret not in repr(answer)
    assert all(secret not in row.zh + row.en for row in answer.rows)
    with pytest.raises(ms.ClaimError) as caught:
        answer.claim()
    assert secret not in str(caught.value)


def test_enrolments_are_looked_at_more_than_once() -> None:
    table = ms.load("110000/employee")
    stay = ms.Claim(benefit="inpatient", date=dt.date(2025, 3, 3), level="tertiary",
                    status="active", in_scope_fen=0)  # fmt: skip
    both = [Enrolment(region="110000", scheme=scheme) for scheme in ("resident", "employee")]
    for chosen in (None, both[0]):
        answer = entitlement(table, stay, both, chosen=chosen)
        again: Any = iter(both)
        assert entitlement(table, stay, again, chosen=chosen) == answer
    with pytest.raises(TypeError, match="expected an Enrolment, not str"):
        entitlement(table, stay, ["110000/employee"])  # type: ignore[list-item]


def test_a_payer_that_the_benefit_has_not() -> None:
    with pytest.raises(KeyError):
        ask(ENROLLED).row("tilt")
    with pytest.raises(ValueError, match="`lang`"):
        ask(ENROLLED).rows[0].text("fr")


@pytest.mark.parametrize("name", sorted(ms.shipped()))
def test_shipped_policies_answer(name: str) -> None:
    """Every benefit of every shipped policy has its rows, on any day."""
    table = ms.load(name)
    region, _, scheme = name.partition("/")
    enrolled = Enrolment(region=region, scheme=scheme)
    for span in table.decompiled.spans:
        for benefit in span.programs:
            answer = entitlement(
                table, ms.Claim(benefit=benefit, date=span.from_, in_scope_fen=0), [enrolled]
            )
            assert len(answer.rows) == len({row.fund for row in answer.rows}) > 0
            for row in answer.rows:
                assert row.entitled == (row.why is None) == (row.zh == "")
