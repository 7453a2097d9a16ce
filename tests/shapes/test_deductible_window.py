"""Shapes 1 to 10: over which stretch of time a deductible is counted, and together with what."""

from __future__ import annotations

from tests.shapes.harness import shape


def test_shape_001_per_admission() -> None:
    """Due anew at each admission (Shanghai inpatients)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 300 }
        bands = [{ share_pct = 80 }]
    """)
    # 1,000 - 300 = 700 x 80 % = 560, both times
    for date in ("2025-03-01", "2025-03-02"):
        paid = person.visit(1_000, date)
        assert (paid.deductible, paid.pooled, paid.cash) == (300, 560, 440)
    small = person.another().visit(299)
    assert (small.deductible, small.pooled) == (299, 0)  # below the deductible: all of it


def test_shape_001_annual_cumulative() -> None:
    """Once a year, several visits together reach it (Beijing outpatients 1,800)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 1_800 }
        bands = [{ share_pct = 70 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    first = person.visit(1_000, "2025-03-01", "outpatient")
    assert (first.deductible, first.pooled) == (1_000, 0)
    second = person.visit(1_000, "2025-12-31", "outpatient")
    assert (second.deductible, second.pooled) == (800, 140)  # 1,000 - 800 = 200 x 70 %
    assert person.visit(1_000, "2025-12-31", "outpatient").pooled == 700
    assert person.visit(1_000, "2026-01-01", "outpatient").deductible == 1_000  # a new year
    once = person.another().visit(2_000, "2025-03-01", "outpatient")
    assert (once.deductible, once.pooled) == (1_800, 140)


def test_shape_002_per_outpatient_visit_by_level() -> None:
    """Per outpatient visit, by hospital level (Taiyuan 30/50/80; Zhengzhou: none at primary)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { community = 0, primary = 30, secondary = 50, tertiary = 80 }
        bands = [{ share_pct = 50 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    # 100 - 0, 30, 50, 80; half of the rest
    for level, pay in (("community", 50), ("primary", 35), ("secondary", 25), ("tertiary", 10)):
        assert person.visit(100, "2025-03-01", "outpatient", level=level).pooled == pay
    again = person.another()
    assert again.visit(80, benefit="outpatient", level="tertiary").pooled == 0
    assert again.visit(80, benefit="outpatient", level="tertiary").deductible == 80  # no memory
    assert again.visit(80, benefit="outpatient").refused == "no_figure"


def test_shape_003_visits_of_one_day_count_once() -> None:
    """Per visit, but all visits of one day pay it once (Zhengzhou 40)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "day", amount_yuan = 40 }
        bands = [{ share_pct = 60 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    assert person.visit(100, "2025-03-01", "outpatient").pooled == 36  # 60 x 60 %
    same_day = person.visit(100, "2025-03-01", "outpatient")
    assert (same_day.deductible, same_day.pooled) == (0, 60)
    assert person.visit(100, "2025-03-02", "outpatient").pooled == 36
    parts = person.another()
    assert parts.visit(30, "2025-03-01", "outpatient").pooled == 0
    assert parts.visit(30, "2025-03-01", "outpatient").pooled == 12  # 30 - 10 = 20 x 60 %


MONTHLY = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "month", amount_yuan = 50, %s cap = { per = "year", yuan = 200 } }
    bands = [{ share_pct = 60 }]

    [[benefit.outpatient]]
    layers = ["pool"]
"""


def test_shape_004_once_a_month_four_times_a_year() -> None:
    """50 a visit, at most once a calendar month and 4 times a year (Baoji)."""
    person = shape(MONTHLY % "")
    for month in ("01", "02", "03", "04"):
        first = person.visit(100, f"2025-{month}-01", "outpatient")
        assert (first.deductible, first.pooled) == (50, 30)
        assert person.visit(100, f"2025-{month}-28", "outpatient").pooled == 60
    assert person.visit(100, "2025-05-01", "outpatient").pooled == 60  # 4 x 50 are reached
    assert person.visit(100, "2026-01-01", "outpatient").pooled == 30  # a new year
    small = person.another()
    assert small.visit(30, "2025-01-01", "outpatient").pooled == 0
    assert small.visit(100, "2025-01-02", "outpatient").pooled == 48  # 100 - 20 = 80 x 60 %
    assert small.visit(100, "2025-02-01", "outpatient").pooled == 30


def test_shape_004_charged_once_even_if_not_used_up() -> None:
    """The same where a small first visit settles the month (the other reading of Baoji)."""
    person = shape(MONTHLY % 'waived_after = "pool.deductible",')
    assert person.visit(30, "2025-01-01", "outpatient").deductible == 30
    assert person.visit(100, "2025-01-02", "outpatient").pooled == 60  # nothing more is due
    assert person.visit(100, "2025-02-01", "outpatient").pooled == 30  # a new month
    taken = [person.visit(100, f"2025-{month}-01", "outpatient") for month in ("03", "04", "05")]
    assert [one.deductible for one in taken] == [50, 50, 20]  # 200 - 30 - 3 x 50 = 20
    usual = person.another()
    assert usual.visit(100, "2025-01-01", "outpatient").pooled == 30
    assert usual.visit(100, "2025-01-02", "outpatient").pooled == 60


def test_shape_005_per_visit_until_a_yearly_sum() -> None:
    """Per visit until 300 were borne in the year, then none (Taiyuan outpatients)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { secondary = 50, tertiary = 80 }
        deductible.cap = { per = "year", yuan = 300 }
        bands = [{ share_pct = 50 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    said = {"benefit": "outpatient", "level": "tertiary"}
    taken = [person.visit(180, **said).deductible for _ in range(5)]
    assert taken == [80, 80, 80, 60, 0]  # 3 x 80 = 240; 300 - 240 = 60
    assert person.visit(180, **said).pooled == 90
    mixed = person.another()
    assert [mixed.visit(180, **said).deductible for _ in range(3)] == [80, 80, 80]
    lower = mixed.visit(180, benefit="outpatient", level="secondary")
    assert (lower.deductible, lower.pooled) == (50, 65)  # 240 + 50 = 290
    assert mixed.visit(180, **said).deductible == 10
    assert mixed.visit(180, date="2026-01-01", **said).deductible == 80
    assert person.counter("pool.deductible_cap") == 300


LEVELS_APART = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 60 }]
    deductible = { per = "year", used_each = "level", amount_yuan = %s%s }

    [[benefit.outpatient]]
    layers = ["pool"]
"""


def test_shape_006_annual_by_level_with_a_capped_sum() -> None:
    """Annual for each level apart, together no more than 300 (Changsha 0/200/300)."""
    amounts = "{ primary = 0, secondary = 200, tertiary = 300 }"
    person = shape(LEVELS_APART % (amounts, ', cap = { per = "year", yuan = 300 }'))
    assert person.visit(500, benefit="outpatient", level="primary").pooled == 300
    second = person.visit(500, benefit="outpatient", level="secondary")
    assert (second.deductible, second.pooled) == (200, 180)
    third = person.visit(500, benefit="outpatient", level="tertiary")
    assert (third.deductible, third.pooled) == (100, 240)  # 300 - 200; 400 x 60 %
    assert person.visit(500, benefit="outpatient", level="tertiary").pooled == 300
    assert person.visit(500, benefit="outpatient", level="secondary").pooled == 300
    upwards = person.another()
    assert upwards.visit(500, benefit="outpatient", level="tertiary").deductible == 300
    assert upwards.visit(500, benefit="outpatient", level="secondary").deductible == 0
    assert upwards.counter("pool.deductible@tertiary") == 300
    assert upwards.visit(500, benefit="outpatient").refused == "no_figure"


def test_shape_007_highest_level_counts_top_ups_pay_the_difference() -> None:
    """Annual, the highest level reached counts once (Jinan 200/400/800)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "year"
        deductible.amount_yuan = { primary = 200, secondary = 400, tertiary = 800 }
        bands = [{ share_pct = 60 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    assert person.visit(1_000, benefit="outpatient", level="primary").pooled == 480  # 800 x 60 %
    top_up = person.visit(1_000, benefit="outpatient", level="tertiary")
    assert (top_up.deductible, top_up.pooled) == (600, 240)  # 800 - 200; 400 x 60 %
    assert person.visit(1_000, benefit="outpatient", level="secondary").deductible == 0
    downwards = person.another()
    assert downwards.visit(1_000, benefit="outpatient", level="secondary").deductible == 400
    assert downwards.visit(1_000, benefit="outpatient", level="primary").pooled == 600
    assert downwards.visit(1_000, benefit="outpatient", level="tertiary").deductible == 400


def test_shape_008_annual_by_level_kept_apart() -> None:
    """Annual, each level its own (the levels of a table that does not share them)."""
    person = shape(LEVELS_APART % ("{ primary = 100, secondary = 300, tertiary = 550 }", ""))
    assert person.visit(500, benefit="outpatient", level="primary").deductible == 100
    secondary = person.visit(500, benefit="outpatient", level="secondary")
    assert (secondary.deductible, secondary.pooled) == (300, 120)
    tertiary = person.visit(500, benefit="outpatient", level="tertiary")
    assert (tertiary.deductible, tertiary.pooled) == (500, 0)
    assert person.visit(500, benefit="outpatient", level="primary").pooled == 300
    last = person.another().visit(650, benefit="outpatient", level="tertiary")
    assert last.pooled == 60  # 650 - 550 = 100 x 60 %


def test_shape_008_annual_by_groups_of_levels() -> None:
    """Annual, 100 at the first level and 550 above, kept apart (Beijing residents)."""
    person = shape(
        """
        [[layer.first_level]]
        fund = "pooled"
        base = ["in_scope"]
        serves = { level = ["community", "primary"] }
        deductible = { per = "year", amount_yuan = 100 }
        bands = [{ share_pct = 55 }]

        [[layer.higher_levels]]
        fund = "pooled"
        base = ["in_scope"]
        serves = { level = ["secondary", "tertiary"] }
        deductible = { per = "year", amount_yuan = 550 }
        bands = [{ share_pct = 50 }]

        [[benefit.outpatient]]
        layers = ["first_level", "higher_levels"]
        """,
        scheme="resident",
    )
    assert person.visit(300, benefit="outpatient", level="community").pooled == 110  # 200 x 55 %
    assert person.visit(300, benefit="outpatient", level="primary").pooled == 165  # one group
    higher = person.visit(600, benefit="outpatient", level="secondary")
    assert (higher.deductible, higher.pooled) == (550, 25)  # the 100 do not count
    assert person.visit(600, benefit="outpatient", level="tertiary").pooled == 300
    first = person.another().visit(600, benefit="outpatient", level="tertiary")
    assert (first.deductible, first.pooled) == (550, 25)


def test_shape_009_yearly_sum_of_inpatient_deductibles() -> None:
    """Per admission; together no more than 2,000 a year, then none (Changsha)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { primary = 500, tertiary = 1_500 }
        deductible.cap = { per = "year", yuan = 2_000 }
        bands = [{ share_pct = 80 }]
    """)
    assert person.visit(3_000, level="tertiary").pooled == 1_200
    second = person.visit(3_000, level="tertiary")
    assert (second.deductible, second.pooled) == (500, 2_000)  # 2,000 - 1,500; 2,500 x 80 %
    assert person.visit(3_000, level="tertiary").pooled == 2_400
    small = person.another()
    for _ in range(4):
        assert small.visit(3_000, level="primary").deductible == 500
    assert small.visit(3_000, level="primary").deductible == 0
    assert small.visit(3_000, date="2026-01-01", level="primary").deductible == 500


def test_shape_010_once_a_year_for_each_disease() -> None:
    """Chronic outpatients: one deductible a year for each disease (Ulanqab)."""
    person = shape("""
        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 400, used_each = "disease" }
        bands = [{ share_pct = 70 }]

        [[benefit.chronic_outpatient]]
        layers = ["chronic"]
    """)
    said = {"benefit": "chronic_outpatient"}
    assert person.visit(500, disease="diabetes", **said).pooled == 70
    assert person.visit(500, disease="diabetes", **said).pooled == 350
    other = person.visit(500, disease="cancer", **said)
    assert (other.deductible, other.pooled) == (400, 70)
    assert person.visit(500, date="2026-01-01", disease="diabetes", **said).pooled == 70
    parts = person.another()
    assert parts.visit(300, disease="cancer", **said).pooled == 0
    assert parts.visit(300, disease="dialysis", **said).pooled == 0  # its own 400
    assert parts.visit(300, disease="cancer", **said).pooled == 140  # 300 - 100 = 200 x 70 %


def test_shape_010_outpatient_and_inpatient_of_a_disease_share_one() -> None:
    """Special disease: its outpatient visits and stays have one deductible a year (Beijing)."""
    person = shape("""
        [[layer.usual_stay]]
        fund = "pooled"
        base = ["in_scope"]
        serves = { disease = "other_disease" }
        deductible = { per = "visit", amount_yuan = 1_300 }
        bands = [{ share_pct = 85 }]

        [[layer.special]]
        fund = "pooled"
        base = ["in_scope"]
        serves = { disease = ["cancer", "dialysis"] }
        deductible = { per = "year", amount_yuan = 1_300 }
        bands = [{ share_pct = 85 }]

        [[benefit.inpatient]]
        layers = ["usual_stay", "special"]

        [[benefit.special_disease]]
        layers = ["special"]
    """)
    drugs = person.visit(1_000, benefit="special_disease", disease="cancer")
    assert (drugs.deductible, drugs.pooled) == (1_000, 0)
    stay = person.visit(2_300, disease="cancer")
    assert (stay.deductible, stay.pooled) == (300, 1_700)  # 2,000 x 85 %
    assert person.visit(2_300).pooled == 850  # a stay for something else has its own
    assert person.visit(1_000, benefit="special_disease", disease="cancer").pooled == 850
    stay_first = person.another()
    assert stay_first.visit(2_300, disease="dialysis").pooled == 850
    assert stay_first.visit(200, benefit="special_disease", disease="dialysis").pooled == 170
