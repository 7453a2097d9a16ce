"""Items within a bill: class B, materials, price limits, fixed amounts, what is left out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape

CLASS_B = """
    [[layer.class_b]]
    fund = "pooled"
    base = ["item.class_b"]
    first_share_pct = 20
    bands = [{ share_pct = 0 }]

    [[layer.negotiated]]
    fund = "pooled"
    base = ["item.negotiated_drug"]
    first_share_pct = 5
    bands = [{ share_pct = 0 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "class_b.copay", "negotiated.copay"]
    deductible = { per = "year", amount_yuan = 100 }
    bands = [{ share_pct = 80 }]
"""


def test_shape_106_class_b_first_share_within_a_bill() -> None:
    """A share of class B is borne first, the rest enters (Xuzhou 20 %, Ulanqab 80 % enters)."""
    person = shape(CLASS_B)
    # 200 x 20 % = 40 first; 800 + 160 - 100 = 860 x 80 %
    paid = person.visit(1_000, items={"class_b": 200})
    assert (paid.step("class_b").first_share, paid.pooled, paid.cash) == (40, 688, 312)
    # The deductible is borne: 1,000 x 80 % where nothing is class B, 800 x 80 % where all is.
    assert person.visit(1_000).pooled == 800
    assert person.visit(1_000, items={"class_b": 1_000}).pooled == 640
    # 100 x 20 % + 100 x 5 % = 25; 975 x 80 %: each group has its share
    assert person.visit(1_000, items={"class_b": 100, "negotiated_drug": 100}).pooled == 780


def test_shape_106_where_the_whole_base_has_a_first_share() -> None:
    """A first share of all that a layer takes, before deductible and ratio (Nanchang pharmacy)."""
    person = shape(
        """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    first_share_pct = { pharmacy_shop = 10, other = 0 }
    deductible = { per = "visit", amount_yuan = 100 }
    bands = [{ share_pct = 65 }]
    """
    )
    assert person.visit(1_000).pooled == 585  # 900 x 65 %
    # 100 first; (900 - 100) x 65 %
    assert person.visit(1_000, hospital_kind="pharmacy_shop").pooled == 520


MATERIALS = """
    [values.item]
    domestic_material = "国产材料"
    imported_material = "进口材料"

    [[layer.examination]]
    fund = "pooled"
    base = ["item.large_equipment"]
    first_share_pct = {exam}
    bands = [{{ share_pct = 0 }}]

    [[layer.domestic]]
    fund = "pooled"
    base = ["item.domestic_material"]
    first_share_pct = {domestic}
    bands = [{{ share_pct = 0 }}]

    [[layer.imported]]
    fund = "pooled"
    base = ["item.imported_material"]
    first_share_pct = 50
    bands = [{{ share_pct = 0 }}]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "examination.copay", "domestic.copay", "imported.copay"]
    bands = [{{ share_pct = 50 }}]
"""


@pytest.mark.parametrize(
    ("scheme", "exam", "domestic", "pooled"),
    [
        # 1,000 x 20 % + 1,000 x 20 % + 2,000 x 50 % = 1,400 first; 8,600 x 50 %
        ("employee", 20, 20, 4_300),
        # 1,000 x 50 % + 1,000 x 30 % + 2,000 x 50 % = 1,800 first; 8,200 x 50 %
        ("resident", 50, 30, 4_100),
    ],
)
def test_shape_107_examinations_and_materials_are_prepaid(
    scheme: str, exam: int, domestic: int, pooled: int
) -> None:
    """20 or 50 % of examinations, 20 to 50 % of materials by origin first (Ulanqab)."""
    person = shape(MATERIALS.format(exam=exam, domestic=domestic), scheme=scheme)
    items = {"large_equipment": 1_000, "domestic_material": 1_000, "imported_material": 2_000}
    assert person.visit(10_000, items=items).pooled == pooled
    assert person.visit(10_000).pooled == 5_000


def test_shape_107_equipment_has_a_ratio_of_its_own() -> None:
    """Examinations by large equipment at 80 %, all else by the level (Shenzhen)."""
    person = shape(
        """
    [[layer.equipment]]
    fund = "pooled"
    base = ["item.large_equipment"]
    bands = [{ share_pct = 80 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = { primary = 75, tertiary = 55 } }]
    """
    )
    # 300 x 80 % + 700 x 75 % = 240 + 525; 240 + 700 x 55 % = 240 + 385
    items = {"large_equipment": 300}
    assert person.visit(1_000, level="primary", items=items).pooled == 765
    assert person.visit(1_000, level="tertiary", items=items).pooled == 625
    assert person.visit(1_000, level="tertiary").pooled == 550


LIMIT_AND_SHARE = """
    [[benefit.inpatient]]
    layers = [{order}, "pool"]

    [[layer.limit]]
    fund = "pooled"
    base = ["{limit_of}"]
    bands = [{{ share_pct = 0 }}]
    ceilings = [{{ per = "visit", cost_yuan = 110 }}]

    [[layer.share]]
    fund = "pooled"
    base = ["{share_of}"]
    first_share_pct = 10
    bands = [{{ share_pct = 0 }}]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "{last}.copay"]
    bands = [{{ share_pct = 100 }}]
"""
LIMIT_FIRST = LIMIT_AND_SHARE.format(
    order='"limit", "share"', limit_of="item.class_b", share_of="limit.copay", last="share"
)
SHARE_FIRST = LIMIT_AND_SHARE.format(
    order='"share", "limit"', limit_of="share.copay", share_of="item.class_b", last="limit"
)


def test_shape_108_price_limit_before_or_after_the_share_of_class_b() -> None:
    """The order of limit and share is the order of two layers (a demonstration of 120, 110)."""
    # 120 to the limit of 110, less 10 %; or less 10 %, which is 108, below the limit.
    for text, pooled in ((LIMIT_FIRST, 99), (SHARE_FIRST, 108)):
        person = shape(text)
        paid = person.visit(120, items={"class_b": 120})
        assert (paid.pooled, paid.step("pool").pay) == (pooled, pooled)  # no other layer pays
        assert person.visit(100, items={"class_b": 100}).pooled == 90  # below the limit anyway
    # 130: 110 less 10 %; 117 to the limit of 110.
    assert shape(LIMIT_FIRST).visit(130, items={"class_b": 130}).pooled == 99
    assert shape(SHARE_FIRST).visit(130, items={"class_b": 130}).pooled == 110


def test_shape_108_first_share_elsewhere_before_or_after_the_deductible() -> None:
    """10 % first before the deductible (Jiangxi), or of what is above it."""
    before = shape(
        """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    first_share_pct = { local = 0, other = 10 }
    deductible = { per = "visit", amount_yuan = 800 }
    bands = [{ share_pct = 80 }]
    """
    )
    after = shape(
        """
    [[layer.start]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 800 }
    bands = [{ share_pct = 0 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["start.copay"]
    first_share_pct = { local = 0, other = 10 }
    bands = [{ share_pct = 80 }]
    """
    )
    assert before.visit(10_000).pooled == after.visit(10_000).pooled == 7_360  # 9,200 x 80 %
    assert before.visit(10_000, place="referred").pooled == 6_560  # (9,000 - 800) x 80 %
    assert after.visit(10_000, place="referred").pooled == 6_624  # 9,200 x 90 % x 80 %


def test_shape_109_a_bed_limit_for_each_day_and_an_extra_bed_at_nothing() -> None:
    """So much a day for the bed, what is above is the person's, an extra bed too (Luzhou)."""
    person = shape(
        """
    [values.item]
    extra_bed = "加床费"

    [[layer.bed]]
    fund = "pooled"
    base = ["item.bed"]
    bands = [{ share_pct = 0 }]
    ceilings = [{ per = "bed_day", cost_yuan = 50 }]

    [[layer.extra]]
    fund = "pooled"
    base = ["item.extra_bed"]
    bands = [{ share_pct = 0 }]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope", "bed.copay"]
    bands = [{ share_pct = 80 }]
    """
    )
    items = {"bed": 600, "extra_bed": 300}
    # 4,100 and 10 x 50 of the bed: 4,600 x 80 %; in 12 days all 600 enter: 4,700 x 80 %
    paid = person.visit(5_000, items=items, days=10)
    assert (paid.pooled, paid.step("bed").over_ceiling, paid.cash) == (3_680, 100, 1_320)
    assert person.visit(5_000, items=items, days=12).pooled == 3_760
    assert person.visit(5_000, items=items).refused  # how many days is not told


def test_shape_109_a_daily_quota_and_more_for_the_first_days() -> None:
    """100 a day, and 50 more for each of the first 30 days (daily quotas of a hospital system)."""
    person = shape(
        """
    [[layer.daily]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ per = "bed_day", pay_yuan = 100 }]

    [[layer.first_days]]
    fund = "pooled"
    base = ["daily.over_ceiling"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ per = "bed_day", pay_yuan = 50 }, { per = "visit", pay_yuan = 1_500 }]
    """
    )
    assert person.visit(10_000, days=20).pooled == 3_000  # 20 x 100 + 20 x 50
    assert person.visit(10_000, days=30).pooled == 4_500  # 30 x 100 + 30 x 50
    assert person.visit(10_000, days=40).pooled == 5_500  # 40 x 100 + 30 x 50
    assert person.visit(2_500, days=20).pooled == 2_500  # no more than the bill


def test_shape_109_each_class_of_items_has_its_own_rule() -> None:
    """Classes of items at 100 %, with a first share, with a ceiling of their own (Tongren)."""
    person = shape(
        """
    [[layer.class_a]]
    fund = "pooled"
    base = ["item.class_a"]
    bands = [{ share_pct = 92 }]

    [[layer.class_b]]
    fund = "pooled"
    base = ["item.class_b"]
    bands = [{ share_pct = 80 }]

    [[layer.fee]]
    fund = "pooled"
    base = ["item.consultation_fee"]
    bands = [{ share_pct = 100 }]
    ceilings = [{ per = "visit", pay_yuan = 10.50 }]
    """
    )
    items = {"class_a": 500, "class_b": 400, "consultation_fee": 50}
    # 460 + 320 + 10.50; what belongs to no class is paid by none
    assert person.visit(1_000, items=items).pooled == Decimal("790.50")
    assert person.visit(1_000, items={"class_a": 1_000}).pooled == 920
    assert person.visit(1_000, items={"consultation_fee": 10}).pooled == 10
