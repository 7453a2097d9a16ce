"""Drugs with rules of their own, fixed amounts, and what belongs to another bill."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


@pytest.mark.parametrize(
    ("scheme", "share", "class_a", "class_b"),
    # 1,000 at 70 or 60 %; of class B 10 % first, so 900
    [("employee", 70, 700, 630), ("resident", 60, 600, 540)],
)
def test_shape_110_drugs_of_both_channels(
    scheme: str, share: int, class_a: int, class_b: int
) -> None:
    """Class A at a fixed ratio, class B 10 % first and then the same (Jiangxi)."""
    person = shape(
        f"""
    [values.item]
    dual_a = "双通道甲类"
    dual_b = "双通道乙类"

    [[benefit.pharmacy]]
    layers = ["dual_a_drugs", "dual_b_drugs"]

    [[layer.dual_a_drugs]]
    fund = "pooled"
    base = ["item.dual_a"]
    bands = [{{ share_pct = {share} }}]

    [[layer.dual_b_drugs]]
    fund = "pooled"
    base = ["item.dual_b"]
    first_share_pct = 10
    bands = [{{ share_pct = {share} }}]
    """,
        scheme=scheme,
    )
    assert person.visit(1_000, benefit="pharmacy", items={"dual_a": 1_000}).pooled == class_a
    assert person.visit(1_000, benefit="pharmacy", items={"dual_b": 1_000}).pooled == class_b
    assert person.visit(1_000, benefit="pharmacy").pooled == 0  # a drug of neither


def test_shape_110_a_drug_for_one_disease_to_a_quantity_by_checked_prescription() -> None:
    """Only for its disease, so much a month, online or in a hospital (Jiangxi)."""
    person = shape(
        """
    [[benefit.pharmacy]]
    layers = ["drug"]

    [[layer.drug]]
    fund = "pooled"
    base = ["item.negotiated_drug"]
    serves = { disease = "cancer", hospital_kind = ["general_hospital", "internet_hospital"] }
    bands = [{ share_pct = 70 }]
    ceilings = [{ per = "month", cost_yuan = 3_000 }]
    """
    )

    def paid(date: str, kind: str = "internet_hospital", disease: str = "cancer") -> Decimal:
        items = {"negotiated_drug": 2_000}
        said = {"hospital_kind": kind, "disease": disease, "items": items}
        return person.visit(2_000, date, "pharmacy", **said).pooled

    assert paid("2025-03-01") == 1_400  # 2,000 x 70 %
    assert paid("2025-03-20") == 700  # 3,000 - 2,000 = 1,000 x 70 %
    assert paid("2025-04-01") == 1_400  # a new month
    assert paid("2025-05-01", kind="pharmacy_shop") == 0
    assert paid("2025-05-01", disease="other_disease") == 0


def test_shape_111_a_single_disease_at_a_fixed_amount() -> None:
    """The hospital bears what is above the fixed amount, the pool a share below (Beijing)."""
    person = shape(
        """
    [values.disease]
    appendicitis = "阑尾炎（单病种）"

    [[layer.fixed]]
    fund = "hospital"
    base = ["in_scope"]
    serves = { disease = "appendicitis" }
    deductible = { per = "visit", amount_yuan = 10_000 }
    bands = [{ share_pct = 100 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "fixed.deductible"]
    bands = [{ share_pct = 80 }]
    """
    )
    paid = person.visit(12_000, disease="appendicitis")
    assert (paid.hospital, paid.pooled, paid.cash) == (2_000, 8_000, 2_000)
    assert paid.total_funds == 8_000  # the hospital is no fund
    paid = person.visit(8_000, disease="appendicitis")
    assert (paid.hospital, paid.pooled, paid.cash) == (0, 6_400, 1_600)
    paid = person.visit(12_000)  # a disease without a fixed amount
    assert (paid.hospital, paid.pooled, paid.cash) == (0, 9_600, 2_400)


def test_shape_111_a_quota_for_each_day_in_a_psychiatric_hospital() -> None:
    """Mental illness: a quota for each day, without a deductible (Beijing residents)."""
    person = shape(
        """
    [[layer.quota]]
    fund = "hospital"
    base = ["in_scope"]
    serves = { disease = "mental_illness" }
    bands = [{ share_pct = 0 }]
    ceilings = [{ per = "bed_day", cost_yuan = 200 }]

    [[layer.above_quota]]
    fund = "hospital"
    base = ["quota.over_ceiling"]
    serves = { disease = "mental_illness" }
    bands = [{ share_pct = 100 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "quota.copay"]
    deductible = { per = "visit", amount_yuan = 1_000 }
    bands = [{ share_pct = 80 }]
    adjust = [{ when = { disease = "mental_illness" }, deductible_times = 0 }]
    """
    )
    # 30 x 200 = 6,000 of 7,000: 1,000 are the hospital's, 6,000 x 80 % the pool's
    paid = person.visit(7_000, disease="mental_illness", days=30)
    assert (paid.hospital, paid.pooled, paid.cash) == (1_000, 4_800, 1_200)
    paid = person.visit(7_000, disease="mental_illness", days=35)
    assert (paid.hospital, paid.pooled, paid.cash) == (0, 5_600, 1_400)
    paid = person.visit(7_000, days=30)  # (7,000 - 1,000) x 80 %
    assert (paid.hospital, paid.pooled, paid.cash) == (0, 4_800, 2_200)


def test_shape_111_a_quota_for_each_month_after_a_transplant() -> None:
    """Anti-rejection drugs to a monthly amount (Beijing)."""
    person = shape(
        """
    [[benefit.special_disease]]
    layers = ["pool"]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 90 }]
    ceilings = [{ per = "month", cost_yuan = 4_000, when = { disease = "transplant" } }]
    """
    )

    def paid(date: str, disease: str = "transplant") -> Decimal:
        return person.visit(3_000, date, "special_disease", disease=disease).pooled

    assert paid("2025-03-01") == 2_700  # 3,000 x 90 %
    assert paid("2025-03-31") == 900  # 4,000 - 3,000 = 1,000 x 90 %
    assert paid("2025-03-31", "dialysis") == 2_700  # no quota
    assert paid("2025-04-01") == 2_700


def test_shape_111_fixed_sums_for_birth_and_before() -> None:
    """1,100 for a birth, 1,500 for a caesarean (Jiamusi); so much for all visits before it."""
    person = shape(
        """
    [values.care]
    antenatal = "产前检查"

    [period.pregnancy]
    days = 300

    [[benefit.maternity]]
    layers = ["birth_fund"]

    [[layer.birth_fund]]
    fund = "pooled"
    base = ["everything"]
    bands = [{ share_pct = 100 }]

    [[layer.birth_fund.ceilings]]
    per = "visit"
    pay_yuan = { birth = 1_100, caesarean = 1_500 }
    when = { care = ["birth", "caesarean"] }

    [[layer.birth_fund.ceilings]]
    per = "pregnancy"
    pay_yuan = 1_000
    when = { care = "antenatal" }
    """
    )

    def paid(date: str, care: str, bill: int = 700) -> Decimal:
        return person.visit(bill, date, "maternity", care=care).pooled

    assert paid("2025-03-01", "antenatal") == 700
    assert paid("2025-08-01", "antenatal") == 300  # 1,000 - 700
    assert paid("2025-09-01", "birth", 4_000) == 1_100
    # The 300 days from 1 March end on 25 December.
    assert paid("2025-12-25", "antenatal") == 0
    assert paid("2025-12-26", "antenatal") == 700
    assert paid("2026-09-01", "caesarean", 4_000) == 1_500
    assert paid("2026-09-02", "birth", 900) == 900  # no more than the bill


def test_shape_111_observation_in_emergency_counts_as_a_stay() -> None:
    """Under observation: deductible and ratio of stays, and counted with them (Beijing)."""
    person = shape(
        """
    [values.care]
    observation = "急诊留观"

    [[benefit.inpatient]]
    layers = ["stay"]

    [[benefit.emergency]]
    layers = ["visit_of_emergency"]
    serves = { care = ["usual_care", "accident"] }

    [[layer.stay]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = [1_000, 500] }
    bands = [{ share_pct = 85 }]

    [[layer.visit_of_emergency]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 50 }]
    """
    )
    assert person.visit(3_000, benefit="emergency").pooled == 1_500  # 3,000 x 50 %: no stay
    # It is sent as what it counts as; as an emergency it is refused, not settled by other rules.
    assert person.visit(3_000, benefit="emergency", care="observation").refused
    assert person.visit(3_000, care="observation").pooled == 1_700  # (3,000 - 1,000) x 85 %
    assert person.visit(3_000).pooled == 2_125  # the second stay: (3,000 - 500) x 85 %


def test_shape_112_costs_of_the_newborn_are_not_the_mothers() -> None:
    """They are taken out of her settlement, where the region says so (a flag of a system)."""
    excluded = """
    [values.item]
    newborn_care = "新生儿费用"

    [[layer.newborn]]
    fund = "pooled"
    base = ["item.newborn_care"]
    bands = [{ share_pct = 0 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 80 }]
    """
    included = excluded.replace('base = ["in_scope"]', 'base = ["in_scope", "newborn.copay"]')
    items = {"newborn_care": 800}
    mother = shape(excluded)
    assert mother.visit(5_000, items=items).pooled == 3_360  # 4,200 x 80 %
    assert mother.visit(5_000).pooled == 4_000
    assert shape(included).visit(5_000, items=items).pooled == 4_000  # 5,000 x 80 %
    assert mother.another().visit(800).pooled == 640  # the newborn's own bill
