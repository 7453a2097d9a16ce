"""Shapes 26 to 35: what a second and later admission of the year pays."""

from __future__ import annotations

from decimal import Decimal

from tests.shapes.harness import Person, shape


def stays(deductible: str, scheme: str = "employee") -> Person:
    """Return a person whose stays pay this deductible, and 80 % above it."""
    return shape(
        f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {deductible}
        bands = [{{ share_pct = 80 }}]
        """,
        scheme=scheme,
    )


def taken(person: Person, times: int, **said: object) -> list[Decimal]:
    """Return the deductibles of so many further stays of 10,000 yuan; the pool pays by them."""
    paid = [person.visit(10_000, **said) for _ in range(times)]  # type: ignore[arg-type]
    for one in paid:
        assert one.pooled == (10_000 - one.deductible) * 80 / 100
    return [one.deductible for one in paid]


def test_shape_026_half_from_the_second() -> None:
    """Half from the second admission of the year on (Beijing 1,300/650)."""
    person = stays('{ per = "visit", amount_yuan = 1_300, later_pct = [50] }')
    first, second = person.visit(2_300), person.visit(2_300)
    assert (first.deductible, first.pooled) == (1_300, 800)
    assert (second.deductible, second.pooled) == (650, 1_320)  # 1,650 x 80 %
    assert taken(person, 2) == [650, 650]
    assert person.visit(2_300, date="2026-01-01").deductible == 1_300
    listed = stays('{ per = "visit", amount_yuan = [1_300, 650] }')  # the same, in full
    assert taken(listed, 3) == [1_300, 650, 650]
    assert listed.counter("pool.visits") == 3


def test_shape_026_half_from_the_second_but_at_one_level() -> None:
    """Half from the second, except at community hospitals (Wuhan)."""
    person = stays(
        '{ per = "visit", amount_yuan = { community = 200, secondary = 600, tertiary = 800 }, '
        "later_pct = [{ community = 100, other = 50 }] }"
    )
    assert taken(person, 2, level="community") == [200, 200]
    assert taken(person, 1, level="tertiary") == [400]  # they were admissions, though
    other = person.another()
    assert taken(other, 1, level="tertiary") == [800]
    assert taken(other, 1, level="secondary") == [300]
    assert taken(other, 1, level="community") == [200]


def test_shape_027_half_then_nothing() -> None:
    """The second half, the third and later none (Nanjing, Jinan, Taiyuan)."""
    policy = (
        '{ per = "visit", amount_yuan = { primary = 400, tertiary = 1_000 }, later_pct = [50, 0] }'
    )
    person = stays(policy)
    assert taken(person, 4, level="tertiary") == [1_000, 500, 0, 0]
    mixed = person.another()
    assert taken(mixed, 1, level="primary") == [400]
    assert taken(mixed, 1, level="tertiary") == [500]  # half of this level's
    assert taken(mixed, 1, level="primary") == [0]
    assert taken(mixed, 1, level="primary", date="2026-01-01") == [400]


def test_shape_028_half_then_a_fixed_sum() -> None:
    """The second half, the third and later 100 each (Yantai)."""
    listed = stays("""{ per = "visit", amount_yuan = [
            { primary = 300, secondary = 500, tertiary = 800 },
            { primary = 150, secondary = 250, tertiary = 400 },
            100,
        ] }""")
    floored = stays(
        '{ per = "visit", amount_yuan = { primary = 300, secondary = 500, tertiary = 800 }, '
        "later_pct = [50, 0], at_least_yuan = 100 }"
    )
    for person in (listed, floored):
        assert taken(person, 4, level="tertiary") == [800, 400, 100, 100]
        assert taken(person.another(), 4, level="primary") == [300, 150, 100, 100]


def test_shape_029_percent_each_admission_with_floor() -> None:
    """A fifth of the standard less each time, no lower than the first level's (Xi'an)."""
    person = stays(
        '{ per = "visit", amount_yuan = { primary = 200, secondary = 400, tertiary = 800 }, '
        "later_pct = [80, 60, 40, 20, 0], at_least_yuan = 200 }"
    )
    # 800 - 160 each time: 640, 480, 320, 160 -> 200
    assert taken(person, 6, level="tertiary") == [800, 640, 480, 320, 200, 200]
    assert taken(person.another(), 5, level="secondary") == [400, 320, 240, 200, 200]
    assert taken(person.another(), 3, level="primary") == [200, 200, 200]


def test_shape_029_percent_by_ordinal_that_goes_on() -> None:
    """Percents by ordinal, the last goes on (Yan'an, Hanzhong, Shangluo, Ankang residents)."""
    amount = "{ per = 'visit', amount_yuan = 1_000, later_pct = %s }"
    for percents, expected in (
        ("[80, 70]", [1_000, 800, 700, 700, 700]),  # Yan'an: -20 %, then -30 %
        ("[90]", [1_000, 900, 900, 900, 900]),  # Hanzhong: -10 %, then the same
        ("[80, 60]", [1_000, 800, 600, 600, 600]),  # Shangluo: -20 % each, at most -40 %
        ("[70, 50, 0]", [1_000, 700, 500, 0, 0]),  # Ankang residents
    ):
        person = stays(amount % percents)
        assert taken(person, 5) == expected
        assert taken(person, 1, date="2026-06-01") == [1_000]


def test_shape_030_fixed_sum_each_admission_down_to_nothing() -> None:
    """200 to 240 less each time by level, down to nothing (Fuzhou employees)."""
    person = stays(
        '{ per = "visit", amount_yuan = { secondary = 600, tertiary = 800 }, '
        "each_later_minus_yuan = { secondary = 200, tertiary = 240 } }"
    )
    # 800 - 240, - 480, - 720, - 960 -> 0
    assert taken(person, 5, level="tertiary") == [800, 560, 320, 80, 0]
    assert taken(person.another(), 5, level="secondary") == [600, 400, 200, 0, 0]
    mixed = person.another()
    assert taken(mixed, 1, level="secondary") == [600]
    assert taken(mixed, 1, level="tertiary") == [560]


def test_shape_030_fixed_sum_each_admission_with_floor() -> None:
    """100 less each time, no lower than 100/300/1,100 by level (Xuzhou residents)."""
    person = stays(
        '{ per = "visit", amount_yuan = { primary = 200, secondary = 500, tertiary = 1_200 }, '
        "each_later_minus_yuan = 100, "
        "at_least_yuan = { primary = 100, secondary = 300, tertiary = 1_100 } }",
        scheme="resident",
    )
    assert taken(person, 3, level="primary") == [200, 100, 100]
    assert taken(person.another(), 4, level="secondary") == [500, 400, 300, 300]
    assert taken(person.another(), 3, level="tertiary") == [1_200, 1_100, 1_100]


def test_shape_030_floor_above_the_first_amount_lifts_nothing() -> None:
    """100 less each time, floor 100: where the first is 50, it stays 50 (Tangshan)."""
    person = stays(
        '{ per = "visit", amount_yuan = { community = 50, tertiary = 250 }, '
        "each_later_minus_yuan = 100, at_least_yuan = 100 }"
    )
    assert taken(person, 2, level="community") == [50, 50]
    assert taken(person.another(), 4, level="tertiary") == [250, 150, 100, 100]


def test_shape_031_table_by_level_and_ordinal() -> None:
    """A full table of level and ordinal (Tianjin 800/1,100/1,700, later 270/350/500)."""
    person = stays("""{ per = "visit", amount_yuan = [
            { primary = 800, secondary = 1_100, tertiary = 1_700 },
            { primary = 270, secondary = 350, tertiary = 500 },
        ] }""")
    assert taken(person, 3, level="tertiary") == [1_700, 500, 500]
    mixed = person.another()
    assert taken(mixed, 1, level="primary") == [800]
    assert taken(mixed, 1, level="secondary") == [350]
    assert taken(mixed, 1, level="primary") == [270]


def test_shape_031_table_of_four_ordinals() -> None:
    """Amounts that fall unevenly, to nothing (Yangling third level 850/650/400/0)."""
    person = stays("""{ per = "visit", amount_yuan = [
            { tertiary = 850, secondary = 500 },
            { tertiary = 650, secondary = 500 },
            { tertiary = 400, secondary = 300 },
            0,
        ] }""")
    assert taken(person, 5, level="tertiary") == [850, 650, 400, 0, 0]
    assert taken(person.another(), 4, level="secondary") == [500, 500, 300, 0]


def test_shape_032_only_repeats_at_the_same_level_count() -> None:
    """Half from the second admission at the same level (Changsha, Lanzhou)."""
    person = stays(
        '{ per = "visit", amount_yuan = { secondary = 800, tertiary = 1_100 }, '
        'later_pct = [50], visits_each = "level" }'
    )
    assert taken(person, 1, level="tertiary") == [1_100]
    assert taken(person, 1, level="secondary") == [800]  # its first at this level
    assert taken(person, 1, level="tertiary") == [550]
    assert taken(person, 1, level="secondary") == [400]
    assert person.counter("pool.visits@tertiary") == 2
    same = person.another()
    assert taken(same, 2, level="secondary") == [800, 400]
    assert taken(same, 1, level="tertiary") == [1_100]


def test_shape_033_no_reduction() -> None:
    """The same at every admission (Guangzhou), while another layer counts them."""
    person = shape("""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = { per = "visit", amount_yuan = 1_600 }
        bands = [{ share_pct = 80 }]

        [[layer.supplement]]
        fund = "enterprise"
        base = ["copay"]
        deductible = { per = "visit", amount_yuan = 400, later_pct = [0] }
        bands = [{ share_pct = 50 }]
    """)
    # 10,000 - 1,600 = 8,400 x 80 % = 6,720; copay 1,680: less 400, then less nothing; half
    assert [person.visit(10_000).deductible for _ in range(4)] == [1_600] * 4
    assert [one.pooled for one in person.paid] == [6_720] * 4
    assert [one.enterprise for one in person.paid] == [640, 840, 840, 840]


def test_shape_034_after_the_nth_no_more_change() -> None:
    """The amount falls to the third admission and then stays (an option of offices)."""
    person = stays('{ per = "visit", amount_yuan = [1_000, 800, 700] }')
    assert taken(person, 6) == [1_000, 800, 700, 700, 700, 700]
    stepping = stays(
        '{ per = "visit", amount_yuan = 1_000, each_later_minus_yuan = 150, at_least_yuan = 700 }'
    )
    assert taken(stepping, 5) == [1_000, 850, 700, 700, 700]


def test_shape_035_third_admission_free_for_residents() -> None:
    """Full twice, the third and later none (Guangdong residents)."""
    person = stays('{ per = "visit", amount_yuan = 500, later_pct = [100, 0] }', scheme="resident")
    assert taken(person, 4) == [500, 500, 0, 0]
    two_years = person.another()
    assert taken(two_years, 2, date="2025-12-01") == [500, 500]
    assert taken(two_years, 3, date="2026-01-01") == [500, 500, 0]
