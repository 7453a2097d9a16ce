"""Shapes 55 to 59: shares of pharmacies, births, groups of persons, and groups of items."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


@pytest.mark.parametrize(("like", "paid"), [("primary", 480), ("tertiary", 400)])
def test_shape_055_pharmacy_counts_as_a_level(like: str, paid: int) -> None:
    """A pharmacy is paid like a primary (Baoji) or a tertiary hospital (Chengdu)."""
    shares = {"primary": 60, "secondary": 55, "tertiary": 50}
    person = shape(f"""
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[benefit.pharmacy]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {{ per = "year", amount_yuan = 200 }}

        [[layer.clinic.bands]]
        share_pct.pharmacy_shop = {shares[like]}
        share_pct.other = {{ primary = 60, secondary = 55, tertiary = 50 }}
    """)
    shop = {"benefit": "pharmacy", "hospital_kind": "pharmacy_shop"}
    assert person.visit(1_000, **shop).pooled == paid  # 1,000 - 200 = 800, no level asked
    # the deductible of the year is the same one at the clinic
    assert person.visit(1_000, benefit="outpatient", level="secondary").pooled == 550
    other = person.another()
    assert other.visit(1_000, benefit="outpatient", level="secondary").pooled == 440


def test_shape_055_pharmacy_with_a_first_step_on_class_b() -> None:
    """At a pharmacy 10 % of class B is borne first, then one share of all (Nanchang: 65)."""
    person = shape("""
        [[benefit.pharmacy]]
        layers = ["class_b_first", "shop"]

        [[layer.class_b_first]]
        title = "乙类先行自付"
        fund = "pooled"
        base = ["item.class_b"]
        first_share_pct = 10
        bands = [{ share_pct = 0 }]

        [[layer.shop]]
        fund = "pooled"
        base = ["in_scope", "class_b_first.copay"]
        deductible = { per = "year", amount_yuan = 300 }
        bands = [{ share_pct = { active = 65, retired = 70 } }]
    """)
    visit = {"benefit": "pharmacy", "status": "active"}
    # 600 of class A and 400 - 40 of class B: 960 - 300 = 660 x 65 %
    first = person.visit(1_000, **visit, items={"class_b": 400})
    assert first.pooled == 429
    assert first.step("class_b_first").first_share == 40
    assert person.visit(1_000, **visit).pooled == 650
    assert person.visit(1_000, **visit, items={"class_b": 1_000}).pooled == 585  # 900 x 65 %


def test_shape_056_birth_without_deductible() -> None:
    """A birth is paid in full, at tertiary hospitals 90, without a deductible (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = { secondary = 500, tertiary = 800 } }

        [[layer.pool.bands]]
        share_pct.birth = { tertiary = 90, other = 100 }
        share_pct.caesarean = { tertiary = 90, other = 100 }
        share_pct.other = { secondary = 90, tertiary = 85 }

        [[layer.pool.adjust]]
        when = { care = ["birth", "caesarean"] }
        deductible_times = 0
    """)
    assert person.visit(5_000, level="secondary", care="birth").pooled == 5_000
    assert person.visit(5_000, level="tertiary", care="caesarean").pooled == 4_500
    assert person.visit(5_000, level="secondary").pooled == 4_050  # 4,500 x 90 %
    assert person.visit(5_000, level="tertiary").pooled == 3_570  # 4,200 x 85 %


def test_shape_056_fixed_sums_for_a_birth() -> None:
    """A birth is paid up to a fixed sum (Jiamusi: normal 1,100, caesarean 1,500; Beijing too)."""
    person = shape("""
        [values.care]
        antenatal = "产前检查"

        [[benefit.maternity]]
        layers = ["birth"]

        [[layer.birth]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 100 }]

        [[layer.birth.ceilings]]
        per = "visit"
        pay_yuan = { birth = 1_100, caesarean = 1_500 }
        when = { care = ["birth", "caesarean"] }

        [[layer.birth.ceilings]]
        per = "year"
        pay_yuan = 300
        when = { care = "antenatal" }
    """)
    visit = {"benefit": "maternity"}
    assert person.visit(3_000, **visit, care="birth").pooled == 1_100
    assert person.visit(900, **visit, care="birth").pooled == 900  # never more than the bill
    assert person.visit(3_000, **visit, care="caesarean").pooled == 1_500
    assert person.visit(200, **visit, care="antenatal").pooled == 200
    assert person.visit(200, **visit, care="antenatal").pooled == 100  # 300 for all visits


def test_shape_057_more_points_for_the_poor() -> None:
    """Some groups have five points more (Jiamusi: the poor)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { secondary = 75, tertiary = 60 } }]

        [[layer.pool.adjust]]
        when = { assistance = ["extreme_poor", "minimum_living"] }
        add_points_pct = 5
        """,
        scheme="resident",
    )
    assert person.visit(1_000, level="tertiary").pooled == 600
    assert person.visit(1_000, level="tertiary", assistance="low_income").pooled == 600
    assert person.visit(1_000, level="tertiary", assistance="minimum_living").pooled == 650
    assert person.visit(1_000, level="secondary", assistance="extreme_poor").pooled == 800


def test_shape_057_county_tcm_hospital() -> None:
    """A hospital of traditional medicine has a share of its own at one level (Nanchang: 40)."""
    person = shape(
        """
        [[benefit.outpatient]]
        layers = ["clinic"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 60, secondary = { tcm = 40, other = 0 }, other = 0 } }]
        """,
        scheme="resident",
    )
    visit = {"benefit": "outpatient"}
    assert person.visit(1_000, **visit, level="primary").pooled == 600
    assert person.visit(1_000, **visit, level="secondary", hospital_kind="tcm").pooled == 400
    assert person.visit(1_000, **visit, level="secondary").pooled == 0
    assert person.visit(1_000, **visit, level="tertiary", hospital_kind="tcm").pooled == 0


def test_shape_057_group_of_a_region() -> None:
    """A group that only this region knows has its share (Meishan: disabled soldiers 80 for 50)."""
    person = shape("""
        [values.supplement]
        disabled_soldier = "伤残军人"

        [[benefit.chronic_outpatient]]
        layers = ["chronic"]

        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { disabled_soldier = 80, other = 50 } }]
    """)
    visit = {"benefit": "chronic_outpatient"}
    assert person.visit(1_000, **visit).pooled == 500
    assert person.visit(1_000, **visit, supplement="disabled_soldier").pooled == 800


def test_shape_058_shares_of_items() -> None:
    """Consultation fees and large equipment have shares of their own, to which nothing is added
    (Shenzhen: 80/70/60, 80; the rest 75/65/55 and 5 more for the retired).
    """
    person = shape("""
        [[benefit.outpatient]]
        layers = ["consultation", "equipment", "clinic"]

        [[layer.consultation]]
        fund = "pooled"
        base = ["item.consultation_fee"]
        bands = [{ share_pct = { primary = 80, secondary = 70, tertiary = 60 } }]

        [[layer.equipment]]
        fund = "pooled"
        base = ["item.large_equipment"]
        bands = [{ share_pct = 80 }]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { primary = 75, secondary = 65, tertiary = 55 } }]
        adjust = [{ when = { status = "retired" }, add_points_pct = 5 }]
    """)
    visit = {"benefit": "outpatient", "level": "tertiary"}
    items = {"consultation_fee": 50, "large_equipment": 300}
    # 50 x 60 % + 300 x 80 % + 650 x 55 % = 30 + 240 + 357.50
    active = person.visit(1_000, **visit, status="active", items=items)
    assert active.pooled == Decimal("627.50")
    # 30 + 240 + 650 x 60 %
    retired = person.visit(1_000, **visit, status="retired", items=items)
    assert retired.pooled == 660
    assert retired.step("consultation").pay == 30
    assert person.visit(1_000, **visit, status="retired").pooled == 600


def test_shape_058_fee_of_an_online_visit() -> None:
    """Of the fees for a visit online one is paid, the dearer one is not (Beijing: 10 and 50)."""
    person = shape("""
        [values.item]
        online_fee = "互联网复诊医事服务费（10元）"
        online_expert_fee = "互联网复诊知名专家医事服务费（50元）"

        [[benefit.outpatient]]
        layers = ["fee", "unpaid_fee", "clinic"]

        [[layer.fee]]
        fund = "large_amount"
        base = ["item.online_fee"]
        bands = [{ share_pct = 100 }]

        [[layer.unpaid_fee]]
        fund = "large_amount"
        base = ["item.online_expert_fee"]
        bands = [{ share_pct = 0 }]

        [[layer.clinic]]
        fund = "large_amount"
        base = ["in_scope"]
        bands = [{ share_pct = 70 }]
    """)
    visit = {"benefit": "outpatient", "care": "online"}
    # 10 + 100 x 70 %
    assert person.visit(110, **visit, items={"online_fee": 10}).large_amount == 80
    assert person.visit(150, **visit, items={"online_expert_fee": 50}).large_amount == 70
    assert person.visit(110, **visit).large_amount == 77


def test_shape_059_class_a_and_class_b() -> None:
    """Class A and class B have shares of their own (Tongren: 92 of A, 92 of 80 of B)."""
    person = shape("""
        [[layer.class_a]]
        fund = "pooled"
        base = ["item.class_a"]
        bands = [{ share_pct = 92 }]

        [[layer.class_b]]
        fund = "pooled"
        base = ["item.class_b"]
        first_share_pct = 20
        bands = [{ share_pct = 92 }]
    """)
    # 6,000 x 92 % = 5,520; 4,000 - 800 = 3,200 x 92 % = 2,944
    both = person.visit(10_000, items={"class_a": 6_000, "class_b": 4_000})
    assert both.pooled == 8_464
    assert both.step("class_b").first_share == 800
    assert person.visit(10_000, items={"class_a": 10_000}).pooled == 9_200
    assert person.visit(10_000, items={"class_b": 10_000}).pooled == 7_360
    # what belongs to neither class no layer takes
    assert person.visit(10_000).pooled == 0
