"""Medical assistance: in which order payers come, who counts as what, and what comes after."""

from __future__ import annotations

from tests.shapes.harness import shape

ALL_PAYERS = """
    [[benefit.inpatient]]
    layers = ["pool", "serious", "large", "aid", "tilt", "charity", "cover", "account"]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]
    ceilings = [{ per = "year", pay_yuan = 40_000 }]

    [[layer.serious]]
    fund = "serious_illness"
    base = ["pool.copay"]
    deductible = { per = "year", amount_yuan = 10_000 }
    bands = [{ share_pct = 60 }]

    [[layer.large]]
    fund = "large_amount"
    base = ["pool.over_ceiling"]
    bands = [{ share_pct = 50 }]

    [[layer.aid]]
    fund = "assistance"
    base = ["rest"]
    bands = [{ share_pct = 50 }]

    [[layer.tilt]]
    fund = "tilt"
    base = ["rest"]
    bands = [{ share_pct = 25 }]

    [[layer.charity]]
    fund = "charity"
    base = ["rest"]
    bands = [{ share_pct = 50 }]

    [[layer.cover]]
    fund = "commercial"
    base = ["everything"]
    bands = [{ share_pct = 50 }]

    [[layer.account]]
    fund = "own_account"
    base = ["everything"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ balance = "own_account.balance" }]
"""


def test_shape_099_payers_come_in_order() -> None:
    """Basic, serious, large, assistance, tilt, charity, commercial, account, cash (Chongqing)."""
    person = shape(ALL_PAYERS).another({"own_account.balance": 500})
    paid = person.visit(100_000, full_self_pay=1_000)
    # 40,000 at the ceiling, which 80,000 reach: 40,000 copay, 20,000 over the ceiling
    assert paid.pooled == 40_000
    assert paid.serious_illness == 18_000  # (40,000 - 10,000) x 60 %; 22,000 left
    assert paid.large_amount == 10_000  # 20,000 x 50 %; 10,000 left
    assert paid.assistance == 16_000  # (22,000 + 10,000) x 50 %
    assert paid.tilt == 4_000  # 16,000 x 25 %
    assert paid.charity == 6_000  # 12,000 x 50 %
    assert paid.commercial == 3_500  # (6,000 + 1,000) x 50 %: what is out of scope too
    assert paid.own_account == 500  # of 3,500
    assert paid.cash == 3_000
    assert paid.total_funds == 97_500  # the account is no fund
    # The ceiling of the year is reached, and the account is empty.
    paid = person.visit(1_000)
    assert (paid.pooled, paid.own_account) == (0, 0)
    paid = person.another({"own_account.balance": 5_000}).visit(100_000, full_self_pay=1_000)
    assert (paid.own_account, paid.cash) == (3_500, 0)


def test_shape_099_another_order_pays_other_amounts() -> None:
    """Charity before tilt aid: the order is the list's (Chongqing has tilt aid first)."""
    swapped = ALL_PAYERS.replace('"tilt", "charity"', '"charity", "tilt"')
    paid = shape(swapped).visit(100_000)
    assert paid.charity == 8_000  # 16,000 x 50 %
    assert paid.tilt == 2_000  # 8,000 x 25 %


def test_shape_100_tilt_aid_by_district_for_those_referred() -> None:
    """After the three layers a share that each district sets, if referred (Beijing)."""
    person = shape(
        """
    [values.cohort]
    east_district = "东区"
    west_district = "西区"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 60 }]

    [[layer.aid]]
    fund = "assistance"
    base = ["rest"]
    bands = [{ share_pct = 50 }]

    [[layer.tilt]]
    fund = "tilt"
    base = ["rest"]
    serves = { institution = ["selected", "by_referral"] }
    bands = [{ share_pct = { east_district = 30, west_district = 20 } }]
    """
    )
    # 10,000: the pool 6,000, assistance 2,000; 2,000 are left
    east = {"cohort": "east_district"}
    assert person.visit(10_000, institution="by_referral", **east).tilt == 600
    assert person.visit(10_000, institution="unselected", **east).tilt == 0
    west = person.another().visit(10_000, institution="by_referral", cohort="west_district")
    assert west.tilt == 400


def test_shape_100_application_once_a_year_on_the_year_before() -> None:
    """Applied for in the next year, by the rules of the year it is about (Beijing)."""
    person = shape(
        """
    [[benefit.secondary_compensation]]
    layers = ["aid"]

    [[layer.aid]]
    fund = "assistance"
    base = ["in_scope"]
    bands = [{ upto_yuan = 30_000, share_pct = 30 }, { share_pct = 50 }]
    ceilings = [{ per = "year", pay_yuan = 150_000 }]

    [[layer.aid]]
    amends = 2010-01-01
    from = 2025-01-01
    bands = [{ upto_yuan = 30_000, share_pct = 40 }, { share_pct = 50 }]
    """,
        head='rule_by = "discharged"',
    )
    applied = {"benefit": "secondary_compensation", "date": "2025-04-01"}
    # The burden of 2024: 30,000 x 30 % + 10,000 x 50 % = 9,000 + 5,000
    assert person.visit(40_000, discharged="2024-12-31", **applied).assistance == 14_000
    # By the rules of 2025 it would be 12,000 + 5,000.
    other = person.another()
    assert other.visit(40_000, discharged="2025-01-01", **applied).assistance == 17_000
    # 9,000 + 470,000 x 50 % is far above what a year pays; what was paid for 2024 counts in 2025.
    assert person.visit(500_000, discharged="2024-12-31", **applied).assistance == 136_000


BEST = """
    [values.assistance]
    unsupported_child = "事实无人抚养儿童"

    [best_of]
    assistance = ["extreme_poor", "minimum_living", "low_income", "unassisted"]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]

    [[layer.aid]]
    fund = "assistance"
    base = ["pool.rest"]
    serves = { assistance = ["extreme_poor", "minimum_living", "low_income", "unsupported_child"] }
    bands = [
      { share_pct = { extreme_poor = 100, minimum_living = 85, low_income = 60, other = 80 } },
    ]

    [[layer.aid.ceilings]]
    per = "year"
    pay_yuan = 6_000
    used = "aid.children"
    when = { assistance = "unsupported_child" }
"""


def test_shape_101_the_best_of_several_identities_counts() -> None:
    """The highest, not one on top of the other (national)."""
    person = shape(BEST)
    # 10,000 x 50 % = 5,000 are left.
    assert person.visit(10_000, assistance="low_income").assistance == 3_000
    assert person.visit(10_000, assistance="minimum_living").assistance == 4_250
    for both in (("low_income", "minimum_living"), ("minimum_living", "low_income")):
        assert person.visit(10_000, assistance=both).assistance == 4_250
    three = ("low_income", "minimum_living", "extreme_poor")
    assert person.visit(10_000, assistance=three).assistance == 5_000


def test_shape_101_one_of_two_policies_is_chosen() -> None:
    """Children without support choose theirs or that of social aid, not both (Beijing)."""
    person = shape(BEST)
    # As such children: 5,000 x 80 % = 4,000, then 6,000 - 4,000.
    assert person.visit(10_000, assistance="unsupported_child").assistance == 4_000
    assert person.visit(10_000, assistance="unsupported_child").assistance == 2_000
    # As poor: 5,000 x 85 %, without that ceiling.
    other = person.another()
    for _ in range(2):
        assert other.visit(10_000, assistance="minimum_living").assistance == 4_250
    both = ("unsupported_child", "minimum_living")
    assert person.another().visit(10_000, assistance=both).refused


def test_shape_102_an_identity_that_changes_during_the_stay() -> None:
    """Lost during the stay: the old one counts; gained: the new one does (Beijing)."""
    person = shape(BEST)
    lost = ("minimum_living", "unassisted")
    assert person.visit(10_000, date="2025-02-01", assistance=lost).assistance == 4_250
    # The next stay begins without one.
    assert person.visit(10_000, date="2025-03-01", assistance="unassisted").assistance == 0
    gained = ("unassisted", "low_income")
    assert person.visit(10_000, date="2025-04-01", assistance=gained).assistance == 3_000
    raised = ("low_income", "extreme_poor")
    assert person.visit(10_000, date="2025-05-01", assistance=raised).assistance == 5_000


def test_shape_103_not_referred_and_insured_elsewhere() -> None:
    """Not referred: no aid (national); insured out of the area: aid of what is left (Beijing)."""
    person = shape(
        """
    [values.entitlement]
    insured_elsewhere = "在外地参保"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    serves = { entitlement = "entitled" }
    bands = [{ share_pct = 60 }]

    [[layer.aid]]
    fund = "assistance"
    base = ["in_scope", "pool.rest"]
    serves = { institution = ["selected", "by_referral"] }
    bands = [{ share_pct = 50 }]
    """
    )
    paid = person.visit(10_000, institution="by_referral")
    assert (paid.pooled, paid.assistance) == (6_000, 2_000)  # 60 %, then 4,000 x 50 %
    paid = person.visit(10_000, institution="unselected")
    assert (paid.pooled, paid.assistance, paid.cash) == (6_000, 0, 4_000)
    # The insurance elsewhere has left 4,500 of a bill: they are what is settled here.
    away = person.another()
    paid = away.visit(4_500, institution="selected", entitlement="insured_elsewhere")
    assert (paid.pooled, paid.assistance) == (0, 2_250)


LAST = """
    [values.supplement]
    veteran_class_5 = "五级残疾军人"
    veteran_class_8 = "八级残疾军人"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 60 }]

    [[layer.cover]]
    fund = "commercial"
    base = ["rest"]
    bands = [{ share_pct = 25 }]

    [[layer.veterans]]
    fund = "disabled_military"
    base = ["rest"]
    serves = { supplement = ["veteran_class_5", "veteran_class_8"] }
    bands = [{ share_pct = 50 }]
    ceilings = [{ per = "year", pay_yuan = { veteran_class_5 = 2_000, veteran_class_8 = 1_000 } }]

    [[layer.orphans]]
    fund = "assistance"
    base = ["rest"]
    serves = { assistance = "orphan" }
    bands = [{ share_pct = 100 }]
"""


def test_shape_104_half_of_what_is_left_within_a_quota() -> None:
    """Veterans: 50 % of what all others leave, to a yearly quota by category (Chongqing)."""
    person = shape(LAST)
    # 10,000: the pool 6,000, commercial cover 4,000 x 25 % = 1,000; 3,000 are left
    paid = person.visit(10_000, supplement="veteran_class_5")
    assert (paid.commercial, paid.disabled_military, paid.cash) == (1_000, 1_500, 1_500)
    assert person.visit(10_000, supplement="veteran_class_5").disabled_military == 500  # of 2,000
    other = person.another()
    assert other.visit(10_000, supplement="veteran_class_8").disabled_military == 1_000
    assert other.visit(10_000, supplement="veteran_class_8").disabled_military == 0
    later = other.visit(10_000, date="2026-01-01", supplement="veteran_class_8")
    assert later.disabled_military == 1_000
    assert other.another().visit(10_000).disabled_military == 0


def test_shape_104_all_of_what_is_left() -> None:
    """Orphans: 100 % of what insurance and commercial cover leave (Beijing)."""
    paid = shape(LAST).visit(10_000, assistance="orphan")
    assert (paid.assistance, paid.cash) == (3_000, 0)
    assert shape(LAST).visit(10_000).cash == 3_000
