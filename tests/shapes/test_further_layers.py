"""Shapes 80 to 83: what pays after the basic insurance and the large amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.shapes.harness import shape


def test_shape_080_serious_illness_of_employees() -> None:
    """What a year's in-scope self-pay is above 100,000 is paid at 90, to 500,000 (Nanchang)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 800 }
        bands = [{ share_pct = 60 }]

        [[layer.serious]]
        fund = "serious_illness"
        base = ["pool.deductible", "pool.copay"]
        deductible = { per = "year", amount_yuan = 100_000 }
        bands = [{ share_pct = 90 }]
        ceilings = [{ per = "year", pay_yuan = 500_000 }]
    """)
    # self-pay 800 + 198,000 x 40 % = 80,000
    assert person.visit(198_800, full_self_pay=50_000).serious_illness == 0
    # self-pay 40,000 again, of which 20,000 lie above 100,000
    second = person.visit(98_800)
    assert second.serious_illness == 18_000
    assert second.cash == 22_000
    # 800,000 x 90 % = 720,000; 500,000 - 18,000 are left
    assert person.visit(1_998_800).serious_illness == 482_000
    assert person.visit(198_800, date="2026-01-01").serious_illness == 0  # another year


def test_shape_081_retirees_unified_supplement() -> None:
    """Of what the retired are left to pay, half is paid, not of the deductible (Beijing)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_300, inside_first_band = true }
        bands = [
            { upto_yuan = 30_000, share_pct = { secondary = 87, tertiary = 85 } },
            { share_pct = { secondary = 92, tertiary = 90 } },
        ]
        adjust = [{ when = { status = "retired" }, person_share_times = 0.6 }]

        [[layer.unified]]
        fund = "retiree_supplement"
        base = ["pool.copay"]
        serves = { supplement = "retiree_unified" }
        bands = [{ share_pct = 50 }]
    """)
    member = {"status": "retired", "supplement": "retiree_unified", "level": "tertiary"}
    # 10,000 x 91 % = 9,100, and half of 900: together the published 95.5 %
    paid = person.visit(11_300, **member)
    assert (paid.pooled, paid.retiree_supplement, paid.cash) == (9_100, 450, 1_750)
    # (28,700 x 9 % + 10,000 x 6 %) / 2 = (2,583 + 600) / 2
    assert person.visit(40_000, **member).retiree_supplement == Decimal("1591.50")
    paid = person.visit(11_300, status="active", level="tertiary")
    assert (paid.pooled, paid.retiree_supplement) == (8_500, 0)
    paid = person.visit(11_300, status="retired", level="tertiary")
    assert (paid.pooled, paid.retiree_supplement, paid.layers) == (9_100, 0, ("pool",))


def test_shape_082_civil_servants_by_rank() -> None:
    """Of the rest in scope, 96 to 100 by rank and status (Nanchang)."""
    person = shape("""
        [values.supplement]
        section_rank = "公务员科级及以下"
        county_rank = "公务员县级"
        bureau_rank = "公务员厅级及以上"

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 800 }
        bands = [{ share_pct = 85 }]

        [[layer.civil]]
        fund = "civil_servant"
        base = ["pool.rest"]
        serves = { supplement = ["section_rank", "county_rank", "bureau_rank"] }

        [[layer.civil.bands]]
        share_pct.section_rank = { active = 96, retired = 98 }
        share_pct.county_rank = { active = 98, retired = 100 }
        share_pct.bureau_rank = 100
    """)
    visit = {"in_scope": 10_800, "full_self_pay": 500}
    # 10,000 x 85 %; the rest is 800 + 1,500 = 2,300
    paid = person.visit(**visit, status="active", supplement="section_rank")
    assert (paid.pooled, paid.civil_servant) == (8_500, 2_208)  # x 96 %
    assert paid.cash == 592  # 92 and the 500 out of scope
    paid = person.visit(**visit, status="retired", supplement="section_rank")
    assert paid.civil_servant == 2_254  # x 98 %
    paid = person.visit(**visit, status="retired", supplement="county_rank")
    assert (paid.civil_servant, paid.cash) == (2_300, 500)
    assert person.visit(**visit, status="active").civil_servant == 0


def test_shape_082_civil_servants_bear_a_fifth_at_most() -> None:
    """What the person's share of the cost in scope is above 20 %, is paid (Tongren)."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 500 }
        bands = [{ upto_yuan = 5_000, share_pct = 75 }, { share_pct = 90 }]

        [[layer.civil]]
        fund = "civil_servant"
        base = ["pool.rest"]
        serves = { supplement = "civil_servant" }
        tops_up = ["pool"]
        bands = [{ share_pct = 80 }]
    """)
    member = {"supplement": "civil_servant"}
    # 2,000 x 75 % = 1,500 of 2,500; the self-pay of 1,000 is 500 above 20 %
    paid = person.visit(2_500, **member)
    assert (paid.pooled, paid.civil_servant, paid.cash) == (1_500, 500, 500)
    # 3,750 + 15,000 x 90 % = 17,250 of 20,500; the self-pay of 3,250 is less than 4,100
    paid = person.visit(20_500, **member)
    assert (paid.pooled, paid.civil_servant, paid.cash) == (17_250, 0, 3_250)
    assert person.visit(2_500).civil_servant == 0


@pytest.mark.parametrize(
    ("rule", "paid"),
    [
        ("bands = [{ share_pct = 50 }]", 400),
        ("bands = [{ share_pct = 100 }]\nceilings = [{ per = 'visit', pay_yuan = 300 }]", 300),
    ],
)
def test_shape_082_subsidy_of_the_start_line(rule: str, paid: int) -> None:
    """The deductible itself is paid in part, or up to a sum (Dalian civil servants)."""
    rule = rule.replace("\n", "\n        ")
    person = shape(f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {{ per = "visit", amount_yuan = [800, 200] }}
        bands = [{{ share_pct = 85 }}]

        [[layer.start_line]]
        fund = "civil_servant"
        base = ["pool.deductible"]
        serves = {{ supplement = "civil_servant" }}
        {rule}
    """)
    member = {"supplement": "civil_servant"}
    first = person.visit(10_800, **member)
    assert (first.pooled, first.civil_servant, first.cash) == (8_500, paid, 2_300 - paid)
    # the second visit's deductible is 200: half of it, or all
    assert person.visit(10_200, **member).civil_servant == {400: 100, 300: 200}[paid]
    assert person.another().visit(10_800).civil_servant == 0


def test_shape_082_share_of_the_rest_at_the_clinic() -> None:
    """At the clinic a fifth of the rest in scope is paid (Nanchang), above the ceiling too."""
    person = shape("""
        [[benefit.outpatient]]
        layers = ["clinic", "civil"]

        [[layer.clinic]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "year", amount_yuan = 300 }
        bands = [{ share_pct = 60 }]
        ceilings = [{ per = "year", pay_yuan = 2_000 }]

        [[layer.civil]]
        fund = "civil_servant"
        base = ["clinic.rest"]
        serves = { supplement = "civil_servant" }
        bands = [{ share_pct = 20 }]
    """)
    visit = {"benefit": "outpatient", "supplement": "civil_servant"}
    # 1,000 x 60 %; (300 + 400) x 20 %
    paid = person.visit(1_300, **visit)
    assert (paid.pooled, paid.civil_servant, paid.cash) == (600, 140, 560)
    assert person.visit(1_000, **visit).civil_servant == 80  # 400 x 20 %
    # 3,000 x 60 %, of which 800 are left; 2,200 x 20 %
    paid = person.visit(3_000, **visit)
    assert (paid.pooled, paid.civil_servant) == (800, 440)
    assert person.visit(1_000, benefit="outpatient").civil_servant == 0


def test_shape_083_enterprise_supplement() -> None:
    """An enterprise pays of the rest, 100,000 a year, at a major disease 300,000."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 50 }]

        [[layer.company]]
        fund = "enterprise"
        base = ["pool.copay", "full_self_pay"]
        bands = [{ share_pct = 80 }]

        [[layer.company.ceilings]]
        per = "year"
        pay_yuan = { cancer = 300_000, dialysis = 300_000, other = 100_000 }
    """)
    # (100,000 + 20,000) x 80 %
    assert person.visit(200_000, full_self_pay=20_000).enterprise == 96_000
    assert person.visit(200_000).enterprise == 4_000
    assert person.visit(200_000, disease="cancer").enterprise == 80_000
    # 300,000 in all
    assert person.visit(1_000_000, disease="dialysis").enterprise == 120_000


def test_shape_083_mutual_aid_commercial_and_the_rest() -> None:
    """Mutual aid, a commercial cover of the city, charity, and what the state bears, in order
    (Hangzhou, Chongqing; Beijing's disabled soldiers).
    """
    person = shape("""
        [values.supplement]
        union_member = "工会互助"
        disabled_soldier = "伤残军人"

        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 80 }]

        [[layer.union]]
        fund = "other"
        base = ["pool.copay"]
        serves = { supplement = "union_member" }
        bands = [{ share_pct = 50 }]

        [[layer.city_cover]]
        fund = "commercial"
        base = ["rest", "full_self_pay"]
        deductible = { per = "year", amount_yuan = 10_000 }
        bands = [{ share_pct = 60 }]

        [[layer.charity]]
        fund = "charity"
        base = ["city_cover.copay"]
        bands = [{ share_pct = 25 }]

        [[layer.soldiers]]
        fund = "disabled_military"
        base = ["everything"]
        serves = { supplement = "disabled_soldier" }
        bands = [{ share_pct = 100 }]
    """)
    bill = {"in_scope": 50_000, "full_self_pay": 12_000, "first_step": 3_000}
    # rest 10,000, with full self-pay 22,000; less 10,000; 12,000 x 60 %; 4,800 x 25 %
    paid = person.visit(**bill)
    assert (paid.pooled, paid.commercial, paid.charity) == (40_000, 7_200, 1_200)
    assert paid.cash == 16_600
    # of 10,000 the union pays half: 5,000 + 12,000 - 10,000 = 7,000 x 60 %; 2,800 x 25 %
    member = person.another()
    paid = member.visit(**bill, supplement="union_member")
    assert (paid.other, paid.commercial, paid.charity) == (5_000, 4_200, 700)
    # the commercial cover's deductible is taken once a year: 1,000 x 60 %
    paid = member.visit(10_000, supplement="union_member")
    assert (paid.other, paid.commercial, paid.charity) == (1_000, 600, 100)
    # the same amounts as the first, and all that is left, the first step too
    paid = person.another().visit(**bill, supplement="disabled_soldier")
    assert (paid.commercial, paid.charity, paid.disabled_military) == (7_200, 1_200, 16_600)
    assert paid.cash == 0


def test_shape_083_the_state_bears_all_but_a_tenth() -> None:
    """After all others the poor bear a tenth of the cost in scope at most (政府兜底)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        bands = [{ share_pct = 60 }]

        [[layer.serious]]
        fund = "serious_illness"
        base = ["pool.copay"]
        deductible = { per = "year", amount_yuan = 10_000 }
        bands = [{ share_pct = 60 }]

        [[layer.state]]
        fund = "tilt"
        base = ["rest"]
        serves = { assistance = ["extreme_poor", "minimum_living"] }
        tops_up = ["pool", "serious"]
        bands = [{ share_pct = 90 }]
        """,
        scheme="resident",
    )
    # 30,000 + (20,000 - 10,000) x 60 % = 36,000 of 50,000; to 45,000 it is 9,000
    paid = person.visit(50_000, full_self_pay=1_000, assistance="minimum_living")
    assert (paid.pooled, paid.serious_illness, paid.tilt) == (30_000, 6_000, 9_000)
    assert paid.cash == 6_000  # a tenth, and what is out of scope
    # 6,000 + 4,000 x 60 % = 8,400; to 9,000 it is 600
    paid = person.visit(10_000, assistance="minimum_living")
    assert (paid.serious_illness, paid.tilt) == (2_400, 600)
    paid = person.another().visit(50_000, full_self_pay=1_000)
    assert (paid.tilt, paid.cash) == (0, 15_000)
