"""Shapes 40 to 44: the year's beginning, home beds, kinds, places and classes of hospital."""

from __future__ import annotations

from tests.shapes.harness import shape


def test_shape_040_year_from_july_to_june() -> None:
    """The year runs from 1 July to 30 June (Shanghai)."""
    text = """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 500 }
        bands = [{ share_pct = 70 }]
        ceilings = [{ per = "year", pay_yuan = 1_000 }]

        [[benefit.outpatient]]
        layers = ["pool"]
        """
    person = shape(text, head="year_starts = 7")
    assert person.visit(1_500, "2024-07-01", "outpatient").pooled == 700
    new_calendar_year = person.visit(1_500, "2025-06-30", "outpatient")
    assert (new_calendar_year.deductible, new_calendar_year.pooled) == (0, 300)  # 1,000 - 700
    new_year = person.visit(1_500, "2025-07-01", "outpatient")
    assert (new_year.deductible, new_year.pooled) == (500, 700)
    calendar = shape(text)
    assert calendar.visit(1_500, "2024-07-01", "outpatient").pooled == 700
    assert calendar.visit(1_500, "2025-06-30", "outpatient").pooled == 700
    assert calendar.visit(1_500, "2025-07-01", "outpatient").pooled == 300
    late = person.another()
    assert late.visit(1_500, "2024-06-30", "outpatient").pooled == 700
    assert late.visit(1_500, "2024-07-01", "outpatient").pooled == 700
    assert late.visit(1_500, "2025-01-01", "outpatient").pooled == 300


def test_shape_040_admissions_are_counted_from_july() -> None:
    """Where the year begins in July, the first admission after 30 June is the first again."""
    text = """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_000, later_pct = [50] }
        bands = [{ share_pct = 80 }]
        """
    dates = ("2025-02-01", "2025-06-30", "2025-07-01", "2026-01-01")
    person = shape(text, head="year_starts = 7")
    assert [person.visit(2_000, day).pooled for day in dates] == [800, 1_200, 800, 1_200]
    calendar = shape(text)
    assert [calendar.visit(2_000, day).pooled for day in dates] == [800, 1_200, 1_200, 800]


def test_shape_041_home_bed_half_the_deductible() -> None:
    """A bed at home has half the deductible (Beijing residents)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = { primary = 300, tertiary = 1_300 } }
        bands = [{ share_pct = { primary = 80, tertiary = 75 } }]
        adjust = [{ when = { care = "bed_at_home" }, deductible_times = 0.5 }]

        [[benefit.inpatient]]
        layers = ["pool"]

        [[benefit.home_bed]]
        layers = ["pool"]
        """,
        scheme="resident",
    )
    bed = person.visit(1_150, benefit="home_bed", level="primary", care="bed_at_home")
    assert (bed.deductible, bed.pooled) == (150, 800)
    ward = person.visit(1_150, level="primary")
    assert (ward.deductible, ward.pooled) == (300, 680)  # 850 x 80 %


def test_shape_041_home_bed_own_share() -> None:
    """A bed at home has a share of its own, 80, and no deductible of stays (Shanghai)."""
    person = shape("""
        [[layer.ward]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_500 }
        bands = [{ share_pct = 85 }]
        ceilings = [{ per = "year", pay_yuan = 2_000, used = "pooled.pay" }]

        [[layer.at_home]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 80 }]
        ceilings = [{ per = "year", pay_yuan = 2_000, used = "pooled.pay" }]

        [[benefit.inpatient]]
        layers = ["ward"]

        [[benefit.home_bed]]
        layers = ["at_home"]
    """)
    assert person.visit(1_000, benefit="home_bed").pooled == 800
    assert person.visit(2_500).pooled == 850
    assert person.visit(1_000, benefit="home_bed").pooled == 350  # 2,000 - 800 - 850


def test_shape_042_chinese_medicine_a_fifth_less() -> None:
    """Hospitals of Chinese medicine have a deductible 20 % lower (Jinan)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { secondary = 400, tertiary = 1_000 }
        deductible.later_pct = [50, 0]
        bands = [{ share_pct = 88 }]
        adjust = [{ when = { hospital_kind = "tcm" }, deductible_times = 0.8 }]
    """)
    first = person.visit(2_800, level="tertiary", hospital_kind="tcm")
    assert (first.deductible, first.pooled) == (800, 1_760)  # 2,000 x 88 %
    assert person.visit(2_800, level="tertiary", hospital_kind="tcm").deductible == 400
    general = person.another().visit(2_800, level="tertiary")
    assert (general.deductible, general.pooled) == (1_000, 1_584)


def test_shape_042_chinese_medicine_a_row_of_its_own() -> None:
    """Hospitals of Chinese medicine have their own row, 600 and 80 (Hanzhong)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { tcm = 600, other = { secondary = 500, tertiary = 1_000 } }
        bands = [{ share_pct = { tcm = 80, other = { secondary = 85, tertiary = 75 } } }]
    """)
    assert person.visit(1_600, level="tertiary", hospital_kind="tcm").pooled == 800
    assert person.visit(1_600, level="secondary", hospital_kind="tcm").pooled == 800
    assert person.visit(1_600, level="tertiary").pooled == 450  # 600 x 75 %
    assert person.visit(1_500, level="secondary").pooled == 850


def test_shape_042_chinese_medicine_outpatients_own_share() -> None:
    """Outpatients of Chinese-medicine hospitals have a share of their own, 40 (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = { tcm = 40, other = { primary = 60, tertiary = 30 } } }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    said = {"benefit": "outpatient", "level": "tertiary"}
    assert person.visit(100, hospital_kind="tcm", **said).pooled == 40
    assert person.visit(100, **said).pooled == 30
    assert person.another().visit(100, benefit="outpatient", level="primary").pooled == 60


def test_shape_043_away_from_home_an_own_deductible() -> None:
    """Elsewhere the second level pays 1,200 and the third 2,400 (Tongchuan)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan.local = { secondary = 550, tertiary = 650 }
        deductible.amount_yuan.other = { secondary = 1_200, tertiary = 2_400 }
        bands = [{ share_pct = 90 }]
    """)
    assert person.visit(3_400, level="tertiary").pooled == 2_475  # 2,750 x 90 %
    away = person.visit(3_400, level="tertiary", place="referred")
    assert (away.deductible, away.pooled) == (2_400, 900)
    assert person.visit(3_400, level="secondary", place="unfiled").pooled == 1_980
    assert person.visit(3_400, level="primary", place="referred").refused == "no_figure"


def test_shape_043_in_and_out_of_the_region() -> None:
    """Sent on within the region 1,500, out of it 2,000 (Ulanqab)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { local = 1_200, in_region = 1_500, other = 2_000 }
        bands = [{ share_pct = 65 }]
        """,
        head="""
        [values.place]
        in_region = "自治区内转诊"
        """,
        scheme="resident",
    )
    assert person.visit(3_000, place="in_region").pooled == 975  # 1,500 x 65 %
    assert person.visit(3_000, place="referred").pooled == 650
    assert person.another().visit(3_000).pooled == 1_170


def test_shape_043_unfiled_a_fifth_more() -> None:
    """Elsewhere without filing the deductible is 20 % higher (Hanzhong)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { secondary = 500, tertiary = 1_000 }
        deductible.later_pct = [90]
        bands = [{ share_pct = 75 }]
        adjust = [
            { when = { place = "unfiled" }, deductible_times = 1.2 },
            { when = { place = "unfiled" }, add_points_pct = -10 },
        ]
    """)
    unfiled = person.visit(2_200, level="tertiary", place="unfiled")
    assert (unfiled.deductible, unfiled.pooled) == (1_200, 650)  # 1,000 x 65 %
    again = person.visit(2_080, level="tertiary", place="unfiled")
    assert (again.deductible, again.pooled) == (1_080, 650)  # 900 x 1.2
    filed = person.another().visit(2_200, level="tertiary", place="referred")
    assert (filed.deductible, filed.pooled) == (1_000, 900)


def test_shape_044_more_classes_than_three_levels() -> None:
    """Hospitals in classes of their own: 特三, 三甲, 三乙 (Shenyang), 省部属 (Changsha)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan.tertiary_special = 1_500
        deductible.amount_yuan.tertiary_a = 1_100
        deductible.amount_yuan.tertiary_b = 800
        deductible.amount_yuan.secondary = 600
        deductible.amount_yuan.primary = 400
        bands = [{ share_pct = { tertiary_special = 85, other = 90 } }]
        """,
        head="""
        [values.level]
        tertiary_special = "特三"
        tertiary_a = "三甲"
        tertiary_b = "三乙"
        """,
    )
    special = person.visit(2_500, level="tertiary_special")
    assert (special.deductible, special.pooled) == (1_500, 850)
    for level, deductible in (("tertiary_a", 1_100), ("tertiary_b", 800), ("primary", 400)):
        paid = person.visit(deductible + 1_000, level=level)
        assert (paid.deductible, paid.pooled) == (deductible, 900)
    # which class of the third level it is must be said
    assert person.visit(2_500, level="tertiary").refused == "no_figure"


def test_shape_044_classes_instead_of_levels() -> None:
    """Hospitals in classes 1 to 3, counted from the top (Taiyuan 800/500/300)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.visits_each = "level"
        deductible.amount_yuan = { class_1 = 800, class_2 = 500, class_3 = 300 }
        deductible.later_pct = [50, 0]
        bands = [{ share_pct = { class_1 = 80, class_2 = 86, class_3 = 90 } }]
        """,
        head="""
        [values.level]
        class_1 = "一类医院"
        class_2 = "二类医院"
        class_3 = "三类医院"
        """,
    )
    assert [person.visit(1_800, level="class_1").deductible for _ in range(3)] == [800, 400, 0]
    assert person.visit(1_800, level="class_3").deductible == 300
    assert person.counter("pool.visits@class_1") == 3
    assert person.visit(1_800, level="primary").refused == "no_figure"
    assert person.another().visit(1_800, level="class_2").pooled == 1_118  # 1,300 x 86 %


def test_shape_044_named_hospitals() -> None:
    """Hospitals that a list names have their own amount, by any level (Xi'an 三级特等)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan.listed_hospital = 1_200
        deductible.amount_yuan.other = { secondary = 400, tertiary = 800 }
        bands = [{ share_pct = 80 }]
        """,
        head="""
        [values.hospital_kind]
        listed_hospital = "名单内三级特等医院"
        """,
    )
    named = person.visit(2_000, level="tertiary", hospital_kind="listed_hospital")
    assert (named.deductible, named.pooled) == (1_200, 640)
    unnamed = person.visit(2_000, level="tertiary")
    assert (unnamed.deductible, unnamed.pooled) == (800, 960)
