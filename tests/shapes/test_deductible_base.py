"""Shapes 11 to 19: for what no deductible is due, and how it stands to bands and other layers."""

from __future__ import annotations

from tests.shapes.harness import Person, shape


def test_shape_011_zero_for_a_disease() -> None:
    """Psychiatric stays have no deductible (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = { mental_illness = 0, other = { secondary = 500, tertiary = 800 } }
        bands = [{ share_pct = 85 }]
    """)
    paid = person.visit(2_000, level="tertiary", disease="mental_illness")
    assert (paid.deductible, paid.pooled) == (0, 1_700)
    usual = person.another().visit(2_000, level="tertiary")
    assert (usual.deductible, usual.pooled) == (800, 1_020)  # 1,200 x 85 %
    assert person.visit(2_000, level="secondary").pooled == 1_275


def test_shape_011_chemotherapy_free_from_the_second_stay() -> None:
    """Chemo- or radiotherapy stays have none from the second such stay (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "visit"
        deductible.amount_yuan = [800, { chemotherapy = 0, other = 800 }]
        deductible.visits_each = "care"
        bands = [{ share_pct = 85 }]
    """)
    assert person.visit(1_800, care="chemotherapy").pooled == 850
    again = person.visit(1_800, care="chemotherapy")
    assert (again.deductible, again.pooled) == (0, 1_530)
    assert person.visit(1_800).pooled == 850  # a stay for something else
    assert person.visit(1_800).pooled == 850
    other_first = person.another()
    assert other_first.visit(1_800).pooled == 850
    assert other_first.visit(1_800, care="chemotherapy").pooled == 850  # its first of that care
    assert other_first.visit(1_800, date="2026-01-01", care="chemotherapy").pooled == 850


def test_shape_011_birth_free_from_a_date() -> None:
    """Births have no deductible from 2024-01-01 (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 800 }
        bands = [{ share_pct = 90 }]

        [[layer.pool]]
        amends = 2010-01-01
        from = 2024-01-01
        deductible = { per = "visit", amount_yuan = { birth = 0, caesarean = 0, other = 800 } }
    """)
    assert person.visit(4_800, "2023-12-31", care="birth").pooled == 3_600  # 4,000 x 90 %
    assert person.visit(4_800, "2024-01-01", care="birth").pooled == 4_320
    assert person.another().visit(4_800, "2024-01-01", care="caesarean").deductible == 0
    assert person.visit(4_800, "2024-01-01").deductible == 800


def test_shape_011_zero_for_a_kind_of_visit() -> None:
    """Chronic outpatients have no deductible, ordinary ones do (Jiangxi from 2024)."""
    person = shape("""
        [[layer.ordinary]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 300 }
        bands = [{ share_pct = 60 }]

        [[layer.chronic]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]

        [[benefit.outpatient]]
        layers = ["ordinary"]

        [[benefit.chronic_outpatient]]
        layers = ["chronic"]
    """)
    paid = person.visit(500, benefit="chronic_outpatient", disease="diabetes")
    assert (paid.deductible, paid.pooled) == (0, 300)
    ordinary = person.visit(500, benefit="outpatient")
    assert (ordinary.deductible, ordinary.pooled) == (300, 120)


def test_shape_012_zero_when_only_essential_drugs_are_used() -> None:
    """No deductible for a visit with essential drugs only (Fuzhou 600 a year)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = { essential_drugs = 0, other = 600 } }
        bands = [{ share_pct = 75 }]

        [[benefit.outpatient]]
        layers = ["pool"]
    """)
    free = person.visit(400, benefit="outpatient", care="essential_drugs")
    assert (free.deductible, free.pooled) == (0, 300)
    usual = person.visit(1_000, benefit="outpatient")
    assert (usual.deductible, usual.pooled) == (600, 300)  # the free visit took none of it
    started = person.another()
    assert started.visit(400, benefit="outpatient").pooled == 0
    assert started.visit(400, benefit="outpatient", care="essential_drugs").pooled == 300
    assert started.visit(400, benefit="outpatient").pooled == 150  # 600 - 400; 200 x 75 %


def test_shape_013_zero_for_the_poor_on_same_level_readmission() -> None:
    """The poor pay none when admitted again at the same level (Ulanqab)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", visits_each = "level", amount_yuan = [
            1_200,
            { minimum_living = 0, extreme_poor = 0, other = 1_100 },
            { minimum_living = 0, extreme_poor = 0, other = 1_000 },
        ] }
        bands = [{ share_pct = 65 }]
        """,
        scheme="resident",
    )
    poor = {"assistance": "minimum_living"}
    assert person.visit(2_200, level="tertiary", **poor).deductible == 1_200
    assert person.visit(2_200, level="tertiary", **poor).pooled == 1_430  # 2,200 x 65 %
    assert person.visit(2_200, level="secondary", **poor).pooled == 650  # another level
    other = person.another()
    taken = [other.visit(2_200, level="tertiary").deductible for _ in range(4)]
    assert taken == [1_200, 1_100, 1_000, 1_000]


def test_shape_013_zero_for_assistance_groups() -> None:
    """People in some assistance groups have no deductible at all (national, 2021)."""
    person = shape("""
        [[layer.aid]]
        fund = "assistance"
        base = ["in_scope"]
        deductible.per = "year"
        deductible.amount_yuan.extreme_poor = 0
        deductible.amount_yuan.minimum_living = 0
        deductible.amount_yuan.low_income = 3_000
        deductible.amount_yuan.other = 8_000
        bands = [{ share_pct = 70 }]
    """)
    assert person.visit(10_000, assistance="extreme_poor").assistance == 7_000
    assert person.another().visit(10_000, assistance="low_income").assistance == 4_900
    assert person.another().visit(10_000).assistance == 1_400  # 2,000 x 70 %


def test_shape_014_same_at_every_level() -> None:
    """One amount at every level, also where none is stated (Beijing 1,300, Shanghai 1,500)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_500 }
        bands = [{ share_pct = { primary = 90, tertiary = 85 } }]
    """)
    low, high = person.visit(2_500, level="primary"), person.visit(2_500, level="tertiary")
    assert (low.deductible, low.pooled) == (1_500, 900)
    assert (high.deductible, high.pooled) == (1_500, 850)
    unlevelled = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_500 }
        bands = [{ share_pct = 85 }]
    """)
    assert unlevelled.visit(2_500).pooled == 850
    assert unlevelled.another().visit(1_500).pooled == 0


def test_shape_015_no_deductible_at_all() -> None:
    """Outpatients pay their share from the first yuan (Nanjing, Guangzhou, Shenzhen)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 65 }]

        [[layer.stay]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 400 }
        bands = [{ share_pct = 90 }]

        [[benefit.outpatient]]
        layers = ["pool"]

        [[benefit.inpatient]]
        layers = ["stay"]
    """)
    paid = person.visit(1, benefit="outpatient")
    assert (paid.deductible, str(paid.pooled)) == (0, "0.65")
    assert person.visit(1_000, benefit="outpatient").pooled == 650
    assert person.visit(1_000).pooled == 540  # inpatients: 600 x 90 %


SEGMENTED = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 1_300, inside_first_band = %s }
    bands = [{ upto_yuan = 30_000, share_pct = 85 }, { share_pct = 90 }]
"""


def test_shape_016_deductible_inside_the_first_segment() -> None:
    """The first segment begins at the deductible: 1,300 to 30,000 (Beijing, Ulanqab)."""
    person = shape(SEGMENTED % "true")
    # 30,000 - 1,300 = 28,700 x 85 % = 24,395; 1,300 x 90 % = 1,170
    assert person.visit(31_300).pooled == 25_565
    assert person.visit(30_000).pooled == 24_395
    assert person.another().visit(1_301).step("pool").reached == 1_301


def test_shape_016_deductible_removed_before_segmenting() -> None:
    """The segments are counted from the end of the deductible (other offices)."""
    person = shape(SEGMENTED % "false")
    # 31,300 - 1,300 = 30,000 x 85 %
    assert person.visit(31_300).pooled == 25_500
    assert person.another().visit(32_300).pooled == 26_400  # + 1,000 x 90 %


def credited(carried: int) -> Person:
    """Return a person whose account pays first, and then has a band to bear before the pool."""
    return shape("""
        [[layer.account]]
        fund = "own_account"
        base = ["in_scope"]
        bands = [{ share_pct = 100 }]
        ceilings = [{ balance = "own_account.balance" }]

        [[layer.pool]]
        fund = "pooled"
        base = ["account.rest"]
        deductible = { per = "year", amount_yuan = { active = 500, retired = 300 } }
        bands = [{ share_pct = { active = 70, retired = 75 } }]

        [[benefit.outpatient]]
        layers = ["account", "pool"]
    """).another({"own_account.balance": carried})


def test_shape_017_self_pay_band_between_account_and_sharing() -> None:
    """First the account, then 500 of one's own, then shared (Shanghai 500/300, Ningbo)."""
    person = credited(600)
    said = {"benefit": "outpatient", "status": "active"}
    first = person.visit(1_000, **said)
    assert (first.own_account, first.pooled, first.cash) == (600, 0, 400)
    second = person.visit(1_000, **said)
    # the account is empty; 500 - 400 = 100 are still borne; 900 x 70 %
    assert (second.own_account, second.pooled, second.cash) == (0, 630, 370)
    assert second.step("pool").deductible == 100
    assert person.counter("own_account.balance") == 0
    retired = credited(0).visit(1_000, benefit="outpatient", status="retired")
    assert retired.pooled == 525  # 1,000 - 300 = 700 x 75 %
    assert retired.total_funds == 525
    rich = credited(2_000).visit(1_000, **said)
    assert (rich.own_account, rich.pooled, rich.cash) == (1_000, 0, 0)
    assert rich.counter("own_account.balance") == 1_000


def test_shape_018_self_pay_band_equal_to_the_account_credit() -> None:
    """The yearly deductible is what the account is credited with a year (Lishui 1,188)."""
    person = shape("""
        [[indicator.account_credit]]
        from = 2025-01-01
        until = 2026-01-01
        yuan = 1_188

        [[indicator.account_credit]]
        from = 2026-01-01
        yuan = 1_200

        [[layer.pool]]
        fund = "pooled"
        from = 2025-01-01
        base = ["in_scope"]
        deductible.per = "year"
        deductible.amount_yuan.primary = 0
        deductible.amount_yuan.other.active = { of = "account_credit", times = 1 }
        deductible.amount_yuan.other.retired = 420
        bands = [{ share_pct = { primary = 70, secondary = 60, tertiary = 50 } }]

        [[layer.account]]
        fund = "own_account"
        from = 2025-01-01
        base = ["pool.deductible", "pool.copay"]
        bands = [{ share_pct = 100 }]
        ceilings = [{ per = "year", pay_yuan = { of = "account_credit", times = 1 } }]

        [[benefit.outpatient]]
        from = 2025-01-01
        layers = ["pool", "account"]
    """)
    said = {"benefit": "outpatient", "level": "secondary", "status": "active"}
    first = person.visit(1_000, **said)
    assert (first.deductible, first.pooled, first.own_account) == (1_000, 0, 1_000)
    second = person.visit(1_000, **said)
    # 1,188 - 1,000 = 188; 812 x 60 % = 487.20; of 188 + 324.80 the account has 188 left
    assert (second.deductible, str(second.pooled), second.own_account) == (188, "487.20", 188)
    turned = person.visit(2_000, date="2026-01-01", **said)
    # 2,000 - 1,200 = 800 x 60 %; of 1,200 + 320 the account pays its new credit
    assert (turned.pooled, turned.own_account, turned.cash) == (480, 1_200, 320)
    said = {"benefit": "outpatient", "level": "tertiary", "status": "retired"}
    retired = person.another().visit(1_420, **said)
    # 1,420 - 420 = 1,000 x 50 %; the account pays 420 + 500
    assert (retired.deductible, retired.pooled, retired.own_account) == (420, 500, 920)


NEXT_LAYER = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "visit", amount_yuan = 1_000 }
    bands = [{ share_pct = 60 }]

    [[layer.aid]]
    fund = "assistance"
    base = %s
    bands = [{ share_pct = 50 }]
"""


def test_shape_019_deductible_counted_in_the_next_layer() -> None:
    """Medical assistance counts the deductible as the person's burden (Beijing)."""
    person = shape(NEXT_LAYER % '["deductible", "copay"]')
    paid = person.visit(11_000)  # pool 6,000; 1,000 + 4,000 = 5,000 x 50 %
    assert (paid.pooled, paid.assistance, paid.cash) == (6_000, 2_500, 2_500)
    assert person.visit(800).assistance == 400  # nothing but deductible


def test_shape_019_deductible_not_counted_in_the_next_layer() -> None:
    """The next layer starts from the copay alone (an option of supplementary schemes)."""
    person = shape(NEXT_LAYER % '["copay"]')
    paid = person.visit(11_000)  # 4,000 x 50 %
    assert (paid.pooled, paid.assistance, paid.cash) == (6_000, 2_000, 3_000)
    assert person.visit(800).assistance == 0
