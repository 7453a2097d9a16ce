"""Care outside the region: how the benefit falls, and who counts as filed."""

from __future__ import annotations

import pytest

from tests.shapes.harness import shape

POOL = """
    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
"""
DEDUCTIBLE = 'deductible = { per = "visit", amount_yuan = 1_000 }\n'
SHARE = "bands = [{ share_pct = 80 }]\n"


def reduced_by(text: str) -> str:
    return text.replace("WHEN", 'when = { place = "referred" }')


@pytest.mark.parametrize(
    ("rule", "referred"),
    [
        # Chongqing: 9,000 x (80 % x 0.9)
        (DEDUCTIBLE + SHARE + "adjust = [{ WHEN, fund_share_times = 0.9 }]", 6_480),
        # Shaanxi: 9,000 x (80 % - 10)
        (DEDUCTIBLE + SHARE + "adjust = [{ WHEN, add_points_pct = -10 }]", 6_300),
        # Jiangxi: (10,000 - 1,000 first - 1,000) x 80 %
        (DEDUCTIBLE + SHARE + "first_share_pct = { local = 0, other = 10 }", 6_400),
        # Jiamusi: (10,000 - 1,500) x 50 %
        (
            'deductible = { per = "visit", amount_yuan = { local = 1_000, other = 1_500 } }\n'
            "bands = [{ share_pct = { local = 80, other = 50 } }]",
            4_250,
        ),
        # Hanzhong: (10,000 - 1,200) x 80 %
        (DEDUCTIBLE + SHARE + "adjust = [{ WHEN, deductible_times = 1.2 }]", 7_040),
        # Ulanqab, not filed: nothing
        (DEDUCTIBLE + SHARE + 'serves = { place = "local" }', 0),
    ],
    ids=["multiplied", "points", "first_share", "own_table", "deductible", "zero"],
)
def test_shape_122_kinds_of_reduction(rule: str, referred: int) -> None:
    """Multiplied, less points, a first share, a table, a higher deductible, nothing (Chongqing,
    Shaanxi, Jiangxi, Jiamusi, Hanzhong, Ulanqab)."""
    lines = "".join(f"    {line}\n" for line in reduced_by(rule).splitlines())
    person = shape(POOL + lines)
    assert person.visit(10_000).pooled == 7_200  # (10,000 - 1,000) x 80 %
    assert person.visit(10_000, place="referred").pooled == referred


def test_shape_123_types_of_care_elsewhere() -> None:
    """Settled there, referred, emergency as filed, temporary, unfiled, back home (Jiangxi)."""
    person = shape(
        POOL
        + """
    bands = [{ share_pct = 80 }]
    first_share_pct.local = 0
    first_share_pct.settled_elsewhere = 0
    first_share_pct.referred = 10
    first_share_pct.emergency_elsewhere = 10
    first_share_pct.back_home = 10
    first_share_pct.temporary = 20
    first_share_pct.unfiled = 20

    [values.place]
    back_home = "异地长期居住人员回参保地就医"
    temporary = "其他临时外出就医"
    """
    )
    paid = {
        place: person.visit(10_000, place=place).pooled
        for place in (
            "local",
            "settled_elsewhere",
            "referred",
            "emergency_elsewhere",
            "back_home",
            "temporary",
            "unfiled",
        )
    }
    assert paid["local"] == paid["settled_elsewhere"] == 8_000
    # 9,000 x 80 %: an emergency counts as filed; a resident elsewhere who comes home pays 10 %
    assert paid["referred"] == paid["emergency_elsewhere"] == paid["back_home"] == 7_200
    assert paid["temporary"] == paid["unfiled"] == 6_400  # 8,000 x 80 %


def test_shape_124_deemed_filed() -> None:
    """In the province as at home from a day on (Jiangxi from 2023-04-01), or in a neighbour."""
    person = shape(
        """
    [values.place]
    in_province = "省内异地"
    neighbour = "京津冀视同备案"

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    bands = [{ share_pct = 80 }]
    adjust = [{ when = { place = ["in_province", "unfiled"] }, add_points_pct = -10 }]

    [[layer.pool]]
    amends = 2010-01-01
    from = 2023-04-01
    adjust = [{ when = { place = "unfiled" }, add_points_pct = -10 }]
    """
    )

    def paid(date: str, place: str) -> object:
        return person.visit(1_000, date, place=place).pooled

    assert paid("2023-03-31", "in_province") == paid("2023-03-31", "unfiled") == 700
    assert paid("2023-03-31", "neighbour") == 800
    assert paid("2023-04-01", "in_province") == 800
    assert paid("2023-04-01", "unfiled") == 700


def test_shape_125_scope_of_the_place_of_care_rules_of_the_place_of_insurance() -> None:
    """What is in scope is as there, all else as here; listed diseases only (national)."""
    person = shape(
        """
    [values.disease]
    lung_disease = "慢阻肺"

    [[benefit.chronic_outpatient]]
    layers = ["pool"]

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "year", amount_yuan = 200 }
    bands = [{ share_pct = { local = 80, other = { hypertension = 80, diabetes = 80 } } }]
    """
    )
    chronic = {"benefit": "chronic_outpatient"}
    # (1,000 - 200) x 80 %
    assert person.visit(1_000, disease="lung_disease", **chronic).pooled == 640
    # 100 of the bill are not on the list there; the deductible of the year is borne: 900 x 80 %
    away = {"place": "settled_elsewhere", **chronic}
    paid = person.visit(900, full_self_pay=100, disease="diabetes", **away)
    assert (paid.pooled, paid.cash) == (720, 280)
    # A disease that is not settled directly is refused there, and claimed by hand at home.
    assert person.visit(1_000, disease="lung_disease", **away).refused


def test_shape_126_points_less_for_care_that_is_not_filed() -> None:
    """20 points less, or by the level (Hefei -20; Taiyuan -10 to -20)."""
    person = shape(
        POOL
        + """
    bands = [{ share_pct = { secondary = 85, tertiary = 80 } }]

    [[layer.pool.adjust]]
    when = { place = "unfiled" }
    add_points_pct = { tertiary = -20, other = -10 }
    """
    )

    def paid(level: str, place: str) -> object:
        return person.visit(1_000, level=level, place=place).pooled

    assert (paid("tertiary", "local"), paid("tertiary", "unfiled")) == (800, 600)
    assert (paid("secondary", "referred"), paid("secondary", "unfiled")) == (850, 750)
