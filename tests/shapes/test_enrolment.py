"""Who is entitled: waiting, months and years enrolled, arrears; accounts and institutions."""

from __future__ import annotations

import pytest

from tests.shapes.harness import shape


def test_shape_113_waiting_months_fixed_and_by_missed_years() -> None:
    """3 months, 1 more for each missed year, 1 less for each extra year paid (national)."""
    person = shape(
        """
    [months]
    under_three = 0
    three = 3
    from_four = 4

    [values.cohort]
    in_time = "按时参保"
    late = "未按时参保"
    missed_one = "断保一年"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]

    [[layer.pool.bands]]
    share_pct.in_time = 80
    share_pct.late = { under_three = 0, other = 80 }
    share_pct.missed_one = { from_four = 80, other = 0 }
    """
    )

    def paid(cohort: str, months: int) -> object:
        return person.visit(1_000, cohort=cohort, months=months).pooled

    assert paid("in_time", 0) == 800
    assert (paid("late", 2), paid("late", 3)) == (0, 800)
    assert (paid("missed_one", 3), paid("missed_one", 4)) == (0, 800)
    # Who missed one year and has paid for one more is `late`, no more.
    assert paid("late", 3) == 800


def test_shape_113_waiting_as_the_caller_says() -> None:
    """Windows and gaps are the caller's to know: 90 days to switch, 3 months' gap (Beijing)."""
    person = shape(
        """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = "entitled" }
    deductible = { per = "year", amount_yuan = 300 }
    bands = [{ share_pct = 80 }]
    """
    )
    waiting = person.visit(1_000, date="2025-02-01", entitlement="waiting")
    assert (waiting.pooled, waiting.cash) == (0, 1_000)
    # What was borne while waiting is not the year's deductible: (1,000 - 300) x 80 %.
    assert person.visit(1_000, date="2025-03-01", entitlement="entitled").pooled == 560
    assert person.visit(1_000, date="2025-04-01").pooled == 800  # entitled is what is meant


def test_shape_114_outpatient_only_for_those_enrolled_the_year_before() -> None:
    """Newly enrolled: stays are paid, outpatient visits are not (Beijing residents)."""
    person = shape(
        """
    [[benefit.inpatient]]
    layers = ["stay"]

    [[benefit.outpatient]]
    layers = ["clinic"]

    [[layer.stay]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = ["entitled", "newly_enrolled"] }
    bands = [{ share_pct = 75 }]

    [[layer.clinic]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = "entitled" }
    bands = [{ share_pct = 50 }]
    """,
        scheme="resident",
    )
    new = {"entitlement": "newly_enrolled"}
    assert person.visit(1_000, **new).pooled == 750
    assert person.visit(1_000, benefit="outpatient", **new).pooled == 0
    next_year = person.visit(1_000, date="2026-03-01", benefit="outpatient")
    assert next_year.pooled == 500
    assert person.visit(1_000, date="2026-03-01", entitlement="lapsed").pooled == 0


def test_shape_115_months_of_a_lifetime_for_the_benefit_of_retirement() -> None:
    """Retired with 180 months paid, or without (Shanghai)."""
    person = shape(
        """
    [months]
    short_of_180 = 0
    from_180 = 180

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = { active = 85, retired = { short_of_180 = 0, from_180 = 92 } } }]
    """
    )
    assert person.visit(1_000, status="retired", months=179).pooled == 0
    assert person.visit(1_000, status="retired", months=180).pooled == 920
    assert person.visit(1_000, status="active", months=12).pooled == 850
    assert person.visit(1_000, status="retired").refused  # how many months is not told


def test_shape_116_six_months_for_maternity() -> None:
    """Maternity for those enrolled at least 6 months (Wuhan)."""
    person = shape(
        """
    [months]
    first_months = 0
    from_six = 6

    [[benefit.maternity]]
    layers = ["birth_fund"]

    [[layer.birth_fund]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { months = "from_six" }
    bands = [{ share_pct = 100 }]
    """
    )
    assert person.visit(4_000, benefit="maternity", months=5).pooled == 0
    assert person.visit(4_000, benefit="maternity", months=6).pooled == 4_000


def test_shape_116_two_years_for_a_special_disease_unless_of_the_place() -> None:
    """24 months for a special disease, none for those registered here (Beijing)."""
    person = shape(
        """
    [months]
    under_two_years = 0
    two_years = 24

    [values.cohort]
    registered_here = "本市户籍"
    registered_elsewhere = "外埠户籍"

    [[benefit.special_disease]]
    layers = ["pool"]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = { registered_here = 85, other = { two_years = 85, other = 0 } } }]
    """
    )

    def paid(cohort: str, months: int) -> object:
        return person.visit(1_000, benefit="special_disease", cohort=cohort, months=months).pooled

    assert (paid("registered_here", 23), paid("registered_here", 24)) == (850, 850)
    assert (paid("registered_elsewhere", 23), paid("registered_elsewhere", 24)) == (0, 850)


def test_shape_117_newborn_from_birth_if_paid_for_in_time() -> None:
    """Paid for within 90 days: from birth; later: from the next day (Beijing, Jiangxi)."""
    person = shape(
        """
    [values.entitlement]
    newborn_in_time = "出生九十日内参保的新生儿"
    newborn_late = "逾期参保的新生儿，缴费前"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = ["entitled", "newborn_in_time"] }
    bands = [{ share_pct = 75 }]
    """,
        scheme="resident",
    )
    # Both born on 1 March: one is paid for in May and settled back to birth, one in July.
    in_time = person.visit(1_000, date="2025-03-02", entitlement="newborn_in_time", age=0)
    assert in_time.pooled == 750
    other = person.another()
    late = other.visit(1_000, date="2025-03-02", entitlement="newborn_late", age=0)
    assert (late.pooled, late.cash) == (0, 1_000)
    assert other.visit(1_000, date="2025-07-02", age=0).pooled == 750


def test_shape_118_levels_of_stop() -> None:
    """In arrears nothing, on the grey list stays only, by half (levels of a system)."""
    person = shape(
        """
    [values.entitlement]
    grey = "灰名单"

    [[benefit.inpatient]]
    layers = ["stay"]

    [[benefit.outpatient]]
    layers = ["clinic"]

    [[layer.stay]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = ["entitled", "grey"] }
    bands = [{ share_pct = 80 }]
    adjust = [{ when = { entitlement = "grey" }, fund_share_times = 0.5 }]

    [[layer.clinic]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = "entitled" }
    bands = [{ share_pct = 60 }]
    """
    )

    def paid(entitlement: str) -> tuple[object, object]:
        stay = person.visit(1_000, entitlement=entitlement)
        clinic = person.visit(1_000, benefit="outpatient", entitlement=entitlement)
        return stay.pooled, clinic.pooled

    assert paid("entitled") == (800, 600)
    assert paid("grey") == (400, 0)
    assert paid("in_arrears") == (0, 0)


def test_shape_118_flags_of_a_group() -> None:
    """All by the pool, no deductible, no ceiling, for groups (flags of a system)."""
    person = shape(
        """
    [values.supplement]
    cadre = "离休干部"
    model_worker = "劳动模范"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 500 }
    bands = [{ share_pct = 80 }]
    adjust = [
      { when = { supplement = "cadre" }, at_least_pct = 100 },
      { when = { supplement = ["cadre", "model_worker"] }, deductible_times = 0 },
    ]

    [[layer.pool.ceilings]]
    per = "year"
    pay_yuan = 3_000
    when = { supplement = ["unsupplemented", "model_worker"] }
    """
    )

    def paid_twice(supplement: str) -> tuple[object, object]:
        someone = person.another()
        first = someone.visit(2_500, supplement=supplement)
        return first.pooled, someone.visit(2_500, supplement=supplement).pooled

    assert paid_twice("unsupplemented") == (1_600, 1_400)  # 2,000 x 80 %; 3,000 - 1,600
    assert paid_twice("model_worker") == (2_000, 1_000)  # 2,500 x 80 %; 3,000 - 2,000
    assert paid_twice("cadre") == (2_500, 2_500)


ACCOUNTS = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 80 }]

    [[layer.own]]
    fund = "own_account"
    base = ["rest", "first_step"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ balance = "own_account.balance" }]

    [[layer.family]]
    fund = "family_account"
    base = ["rest"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ balance = "family_account.balance" }]
"""


def test_shape_119_accounts_pay_what_they_may_the_persons_own_first() -> None:
    """Class B and the copay, not what is out of scope; then the family's (Beijing)."""
    start = {"own_account.balance": 120, "family_account.balance": 500}
    person = shape(ACCOUNTS).another(start)
    # The pool pays 800; 200 and the first step of 100 are left: 120 own, 180 of the family
    paid = person.visit(1_000, first_step=100, full_self_pay=50)
    assert (paid.pooled, paid.own_account, paid.family_account) == (800, 120, 180)
    assert (paid.cash, paid.total_funds) == (50, 800)
    paid = person.visit(1_000, first_step=100)
    assert (paid.own_account, paid.family_account, paid.cash) == (0, 300, 0)
    paid = person.visit(1_000, first_step=100)
    assert (paid.family_account, paid.cash) == (20, 280)  # 500 - 180 - 300
    # An account that may pay what is out of scope too:
    wider = ACCOUNTS.replace('["rest", "first_step"]', '["everything"]')
    paid = shape(wider).another(start).visit(1_000, first_step=100, full_self_pay=50)
    assert (paid.own_account, paid.family_account, paid.cash) == (120, 230, 0)


def test_shape_119_the_account_before_the_pool() -> None:
    """First the account, then a band of one's own, then the pool (Shanghai outpatients)."""
    person = shape(
        """
    [[layer.own]]
    fund = "own_account"
    base = ["in_scope"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ balance = "own_account.balance" }]

    [[layer.pool]]
    fund = "pooled"
    base = ["own.rest"]
    deductible = { per = "year", amount_yuan = 500 }
    bands = [{ share_pct = 75 }]
    """
    ).another({"own_account.balance": 1_100})
    paid = person.visit(1_000)
    assert (paid.own_account, paid.pooled, paid.cash) == (1_000, 0, 0)
    # 100 of the account, 500 borne, 400 x 75 %
    paid = person.visit(1_000)
    assert (paid.own_account, paid.pooled, paid.cash) == (100, 300, 600)
    assert person.visit(1_000).pooled == 750


@pytest.mark.parametrize(("elsewhere", "paid_there"), [(0, 0), (35, 350)])
def test_shape_120_the_institution_one_has_chosen(elsewhere: int, paid_there: int) -> None:
    """Not the chosen one, not referred by it: nothing, or less; not in emergencies (Shenzhen)."""
    person = shape(
        f"""
    [[benefit.outpatient]]
    layers = ["clinic"]

    [[benefit.emergency]]
    layers = ["rescue"]

    [[layer.clinic]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{{ share_pct = {{ selected = 70, by_referral = 70, unselected = {elsewhere} }} }}]

    [[layer.rescue]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{{ share_pct = 70 }}]
    """
    )
    for institution in ("selected", "by_referral"):
        assert person.visit(1_000, benefit="outpatient", institution=institution).pooled == 700
    paid = person.visit(1_000, benefit="outpatient", institution="unselected")
    assert paid.pooled == paid_there
    assert person.visit(1_000, benefit="outpatient").refused  # which one is not told
    assert person.visit(1_000, benefit="emergency", institution="unselected").pooled == 700


def test_shape_121_accidents_to_a_ceiling_and_the_liability_of_others() -> None:
    """Accidents to 3,000 (Jiamusi); a third party pays, or the pool in advance (Beijing)."""
    person = shape(
        """
    [values.care]
    others_liable = "第三人负担"
    others_unpaid = "第三人未负担，先行支付"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { care = ["usual_care", "accident"] }
    bands = [{ share_pct = 80 }]
    ceilings = [{ per = "year", pay_yuan = 3_000, when = { care = "accident" } }]

    [[layer.advance]]
    fund = "pooled"
    title = "先行支付"
    base = ["in_scope"]
    serves = { care = "others_unpaid" }
    bands = [{ share_pct = 80 }]
    """
    )
    assert person.visit(3_000, care="accident").pooled == 2_400  # 3,000 x 80 %
    assert person.visit(3_000, care="accident").pooled == 600  # 3,000 - 2,400
    assert person.visit(5_000).pooled == 4_000  # illness: no such ceiling
    paid = person.visit(5_000, care="others_liable")
    assert (paid.pooled, paid.cash) == (0, 5_000)
    # What is to be recovered is a step of its own.
    paid = person.visit(5_000, care="others_unpaid")
    assert (paid.pooled, paid.step("advance").pay) == (4_000, 4_000)
