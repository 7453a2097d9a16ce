"""Shapes 20 to 25: whose deductible is lower or higher."""

from __future__ import annotations

from tests.shapes.harness import shape


def test_shape_020_retired_and_old_lower() -> None:
    """Retired people pay less, from 70 still less (Tianjin 800/700/650)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "year"
        deductible.amount_yuan = { active = 800, retired = { under_70 = 700, age_70_up = 650 } }
        bands = [{ share_pct = 50 }]

        [[benefit.outpatient]]
        layers = ["pool"]
        """,
        head="""
        [age]
        under_70 = 0
        age_70_up = 70
        """,
    )
    active = person.visit(1_000, benefit="outpatient", status="active")
    assert (active.deductible, active.pooled) == (800, 100)  # no age needed
    retired = {"benefit": "outpatient", "status": "retired"}
    younger = person.another().visit(1_000, age=69, **retired)
    assert (younger.deductible, younger.pooled) == (700, 150)
    turning = person.another()
    assert turning.visit(700, age=69, **retired).pooled == 0
    assert turning.visit(700, age=70, **retired).pooled == 350  # 700 > 650: nothing more
    older = person.another().visit(1_000, age=70, **retired)
    assert (older.deductible, older.pooled) == (650, 175)
    assert person.visit(1_000, **retired).refused == "no_figure"


def test_shape_020_by_the_date_of_retirement() -> None:
    """Retired up to 2000 pay less than later ones (Shanghai 1,500/1,200/700)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan.active = 1_500
        deductible.amount_yuan.retired = { retired_to_2000 = 700, retired_from_2001 = 1_200 }
        bands = [{ share_pct = { active = 85, retired = 92 } }]
        """,
        head="""
        [values.cohort]
        retired_to_2000 = "2000年底前退休"
        retired_from_2001 = "2001年起退休"
        """,
    )
    assert person.visit(2_500, status="active").pooled == 850
    retired = person.another()
    early = retired.visit(2_500, status="retired", cohort="retired_to_2000")
    assert (early.deductible, early.pooled) == (700, 1_656)  # 1,800 x 92 %
    late = retired.visit(2_500, status="retired", cohort="retired_from_2001")
    assert (late.deductible, late.pooled) == (1_200, 1_196)  # 1,300 x 92 %
    assert retired.visit(2_500, status="retired").refused == "no_figure"


def test_shape_020_retired_half() -> None:
    """Retired people pay half, at every level (Xuzhou)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = { primary = 200, tertiary = 800 } }
        bands = [{ share_pct = 80 }]
        adjust = [{ when = { status = "retired" }, deductible_times = 0.5 }]
    """)
    assert person.visit(1_000, level="tertiary", status="active").pooled == 160
    retired = person.visit(1_000, level="tertiary", status="retired")
    assert (retired.deductible, retired.pooled) == (400, 480)
    assert person.visit(1_000, level="primary", status="retired").pooled == 720


def test_shape_021_retired_minus_a_fixed_sum_with_floor() -> None:
    """Retired people pay 100 less, but no less than 100 (Shijiazhuang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = { primary = 150, tertiary = 900 } }
        bands = [{ share_pct = 80 }]
        adjust = [
            { when = { status = "retired" }, deductible_plus_yuan = -100 },
            { when = { status = "retired" }, deductible_at_least_yuan = 100 },
        ]
    """)
    high = person.visit(1_000, level="tertiary", status="retired")
    assert (high.deductible, high.pooled) == (800, 160)
    low = person.visit(1_000, level="primary", status="retired")
    assert (low.deductible, low.pooled) == (100, 720)  # not 50
    active = person.another().visit(1_000, level="primary", status="active")
    assert (active.deductible, active.pooled) == (150, 680)


def test_shape_021_retired_minus_a_fixed_sum_down_to_nothing() -> None:
    """Retired people pay 100 less at each ordinal, never below nothing (Ankang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = [400, 200, 0] }
        bands = [{ share_pct = 80 }]
        adjust = [{ when = { status = "retired" }, deductible_plus_yuan = -100 }]
    """)
    retired = [person.visit(1_000, status="retired").deductible for _ in range(3)]
    assert retired == [300, 100, 0]
    active = person.another()
    assert [active.visit(1_000, status="active").deductible for _ in range(3)] == [400, 200, 0]


def test_shape_022_surcharge_for_the_young() -> None:
    """People under 45 pay 100 more (Tongchuan)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = { primary = 450, tertiary = 650 } }
        bands = [{ share_pct = 90 }]
        adjust = [{ when = { age = "under_45" }, deductible_plus_yuan = 100 }]
        """,
        head="""
        [age]
        under_45 = 0
        age_45_up = 45
        """,
    )
    young = person.visit(1_650, level="tertiary", age=44)
    assert (young.deductible, young.pooled) == (750, 810)  # 900 x 90 %
    older = person.visit(1_650, level="tertiary", age=45)
    assert (older.deductible, older.pooled) == (650, 900)
    assert person.another().visit(1_650, level="primary", age=0).pooled == 990
    assert person.visit(1_650, level="primary").refused == "no_figure"


def test_shape_023_students_and_children_lower() -> None:
    """Students and children pay half, and stay there (Beijing residents 150/400/650)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = [
            { primary = { minor = 150, other = 300 }, tertiary = { minor = 650, other = 1_300 } },
            { primary = 150, tertiary = 650 },
        ] }
        bands = [{ share_pct = { primary = 80, tertiary = 75 } }]
        """,
        scheme="resident",
    )
    child = person.visit(2_650, level="tertiary", status="minor")
    assert (child.deductible, child.pooled) == (650, 1_500)  # 2,000 x 75 %
    assert person.visit(2_650, level="tertiary", status="minor").deductible == 650  # unchanged
    adult = person.another()
    first = adult.visit(2_300, level="tertiary", status="adult")
    assert (first.deductible, first.pooled) == (1_300, 750)
    assert adult.visit(2_300, level="tertiary", status="adult").deductible == 650
    assert person.visit(550, level="primary", status="minor").pooled == 320


def test_shape_024_less_for_signing_a_family_doctor() -> None:
    """Who signed a family doctor pays 300 less, by both schemes' amounts (Hangzhou 600)."""
    policy = """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = %s }
        bands = [{ share_pct = 70 }]
        adjust = [{ when = { family_doctor = "signed" }, deductible_plus_yuan = -300 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """
    person = shape(policy % 600)
    said = {"benefit": "outpatient", "family_doctor": "signed"}
    signed = person.visit(1_000, **said)
    assert (signed.deductible, signed.pooled) == (300, 490)  # 700 x 70 %
    unsigned = person.another()
    assert unsigned.visit(1_000, benefit="outpatient").pooled == 280
    signing = person.another()
    assert signing.visit(200, benefit="outpatient").deductible == 200
    assert signing.visit(200, **said).deductible == 100  # 300 - 200 already borne
    resident = shape(policy % 300, scheme="resident")
    assert resident.visit(1_000, **said).pooled == 700  # none at all


def test_shape_024_higher_ceiling_for_signing_a_family_doctor() -> None:
    """Who signed a family doctor has a higher ceiling (Xuzhou residents 1,200/1,800)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = { signed = 1_800, other = 1_200 } }]

        [[benefit.outpatient]]
        layers = ["pool"]
        """,
        scheme="resident",
    )
    assert person.visit(4_000, benefit="outpatient").pooled == 1_200  # of 2,400
    assert person.visit(4_000, benefit="outpatient", family_doctor="signed").pooled == 600
    signed = person.another()
    assert signed.visit(4_000, benefit="outpatient", family_doctor="signed").pooled == 1_800
    assert signed.visit(100, benefit="outpatient").pooled == 0


def test_shape_025_old_and_small_free_from_the_fourth_admission() -> None:
    """From 70, and up to 6, none from the fourth admission on (Nanchang residents)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = [600, 600, 600, { up_to_6 = 0, from_7 = 600, age_70_up = 0 }]
        bands = [{ share_pct = 60 }]
        """,
        head="""
        [age]
        up_to_6 = 0
        from_7 = 7
        age_70_up = 70
        """,
        scheme="resident",
    )

    def taken(age: int) -> list[object]:
        """Return the deductibles of five stays at that age."""
        one = person.another()
        return [one.visit(1_600, age=age).deductible for _ in range(5)]

    assert taken(70) == taken(6) == taken(0) == [600, 600, 600, 0, 0]
    assert taken(69) == taken(7) == [600] * 5
    growing = person.another()
    assert [growing.visit(1_600, age=69).pooled for _ in range(4)] == [600] * 4
    assert growing.visit(1_600, age=70).pooled == 960  # 1,600 x 60 %
