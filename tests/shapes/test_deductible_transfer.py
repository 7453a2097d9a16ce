"""Shapes 36 to 39: a stay in several bills: transfers, long stays, the turn of the year."""

from __future__ import annotations

from tests.shapes.harness import shape

BY_LEVEL = "{ primary = 400, secondary = 600, tertiary = 800 }"


def policy(deductible: str, more: str = "") -> str:
    """Return a policy whose stays pay this deductible, and 80 % above it."""
    return f"""
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible = {deductible}
        bands = [{{ share_pct = 80 }}]
        {more}
        """


def test_shape_036_transfer_up_pays_the_difference() -> None:
    """Sent up within a stay: the difference of the deductibles; sent down: none (Shenyang)."""
    person = shape(policy(f'{{ per = "stay", amount_yuan = {BY_LEVEL} }}'))
    assert person.visit(1_600, "2025-03-01", level="secondary").pooled == 800
    up = person.visit(1_600, "2025-03-09", level="tertiary", continues=True)
    assert (up.deductible, up.pooled) == (200, 1_120)  # 800 - 600; 1,400 x 80 %
    own = person.visit(1_600, "2025-03-20", level="tertiary")  # a stay of its own
    assert (own.deductible, own.pooled) == (800, 640)
    down = person.visit(1_600, "2025-03-29", level="primary", continues=True)
    assert (down.deductible, down.pooled) == (0, 1_280)
    small = person.another()
    assert small.visit(500, level="secondary").deductible == 500  # not yet the whole 600
    assert small.visit(1_600, level="primary", continues=True).deductible == 0  # 400 < 500
    assert small.visit(1_600, level="tertiary", continues=True).deductible == 300


def test_shape_036_transfer_within_a_second_stay() -> None:
    """The bills of one stay are one admission: both halves are of the second (Suizhou)."""
    person = shape(policy(f'{{ per = "stay", amount_yuan = {BY_LEVEL}, later_pct = [50] }}'))
    assert person.visit(2_000, level="tertiary").deductible == 800
    assert person.visit(2_000, level="tertiary", continues=True).deductible == 0
    second = person.visit(2_000, level="secondary")
    assert (second.deductible, second.pooled) == (300, 1_360)  # half of 600; 1,700 x 80 %
    up = person.visit(2_000, level="tertiary", continues=True)
    assert (up.deductible, up.pooled) == (100, 1_520)  # half of 800, less 300
    assert person.counter("pool.visits") == 2


def test_shape_036_only_the_way_down_is_free() -> None:
    """Sent down: the lower deductible is waived; sent up: it is due in full (Xiantao)."""
    person = shape(
        policy(f'{{ per = "visit", amount_yuan = {{ sent_down = 0, other = {BY_LEVEL} }} }}'),
        head="""
        [values.care]
        sent_down = "下转"
        """,
    )
    assert person.visit(1_600, level="tertiary").deductible == 800
    down = person.visit(1_600, level="primary", care="sent_down", continues=True)
    assert (down.deductible, down.pooled) == (0, 1_280)
    up = person.visit(1_600, level="secondary", continues=True)
    assert (up.deductible, up.pooled) == (600, 800)


def test_shape_037_transfer_is_one_stay_settled_at_each_own_level() -> None:
    """The sender's deductible, or, where its fund paid nothing, the receiver's (Beijing)."""
    text = """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        deductible.per = "stay"
        deductible.amount_yuan = { primary = 300, tertiary = 1_300 }
        deductible.waived_after = "pool.stay"
        bands = [{ share_pct = { primary = 80, tertiary = 75 } }]
        ceilings = [{ per = "stay", counts = "pay", used = "pool.stay" }]
        """
    person = shape(text, scheme="resident")
    sender = person.visit(1_300, "2025-03-01", level="primary")
    assert (sender.deductible, sender.pooled) == (300, 800)  # 1,000 x 80 %
    receiver = person.visit(2_000, "2025-03-08", level="tertiary", continues=True)
    assert (receiver.deductible, receiver.pooled) == (0, 1_500)  # 2,000 x 75 %
    assert person.visit(2_300, "2025-05-01", level="tertiary").pooled == 750  # a new stay
    unpaid = person.another()
    assert unpaid.visit(200, "2025-03-01", level="primary").pooled == 0
    whole = unpaid.visit(2_100, "2025-03-02", level="tertiary", continues=True)
    # the receiver's 1,300 for the whole stay, 200 of it borne already: 2,100 - 1,100 = 1,000
    assert (whole.deductible, whole.pooled) == (1_100, 750)
    down = person.another()
    assert down.visit(1_300, "2025-03-01", level="tertiary").pooled == 0
    assert down.visit(1_000, "2025-03-02", level="primary", continues=True).pooled == 800


NINETY_DAYS = """
    [period.ninety_days]
    days = 90

    [[layer.pool]]
    fund = "pooled"
    base = ["in_scope"]
    deductible = { per = "ninety_days", amount_yuan = 1_600 }
    bands = [{ share_pct = 80 }]
"""


def test_shape_038_a_deductible_for_every_ninety_days() -> None:
    """A long stay settled in several bills pays anew every 90 days (Guangzhou)."""
    person = shape(NINETY_DAYS)
    first = person.visit(2_600, "2025-01-01")
    assert (first.deductible, first.pooled) == (1_600, 800)
    within = person.visit(2_600, "2025-03-31", continues=True)  # 89 days later
    assert (within.deductible, within.pooled) == (0, 2_080)
    after = person.visit(2_600, "2025-04-01", continues=True)  # 90 days later
    assert (after.deductible, after.pooled) == (1_600, 800)
    assert person.visit(2_600, "2025-06-29", continues=True).pooled == 2_080  # 89 days later
    assert person.visit(2_600, "2025-06-30", continues=True).pooled == 800
    parts = person.another()
    assert parts.visit(1_000, "2025-12-01").pooled == 0
    turned = parts.visit(1_600, "2026-01-15", continues=True)  # the year does not matter
    assert (turned.deductible, turned.pooled) == (600, 800)


def test_shape_038_a_period_begins_with_the_first_claim_after() -> None:
    """The next period begins with the first claim after the one before, not on a grid."""
    person = shape(NINETY_DAYS)
    assert person.visit(2_600, "2025-01-01").pooled == 800
    assert person.visit(2_600, "2025-06-01").pooled == 800  # 151 days later: begins here
    assert person.visit(2_600, "2025-07-01").pooled == 2_080  # on a grid: a third period
    assert person.visit(2_600, "2025-08-30").pooled == 800


def test_shape_038_every_admission_and_every_ninety_days_of_a_stay() -> None:
    """Every admission pays, and within a long stay every 90 days again (Beijing, Guangzhou)."""
    person = shape(NINETY_DAYS.replace("days = 90", 'days = 90\n    within = "stay"'))
    assert person.visit(2_600, "2025-01-01").pooled == 800
    assert person.visit(2_600, "2025-03-31", continues=True).pooled == 2_080  # 89 days later
    assert person.visit(2_600, "2025-04-01", continues=True).pooled == 800  # 90 days later
    assert person.visit(2_600, "2025-04-10").pooled == 800  # another admission
    assert person.visit(2_600, "2025-07-08", continues=True).pooled == 2_080  # 89 days of it
    assert person.visit(2_600, "2025-07-09", continues=True).pooled == 800


def test_shape_038_each_settlement_is_an_admission() -> None:
    """Every 90 days are settled as an admission of their own: 1,300, then 650 (Beijing)."""
    person = shape(policy('{ per = "stay", amount_yuan = 1_300, later_pct = [50] }'))
    assert person.visit(11_300, "2025-01-05").pooled == 8_000
    next_period = person.visit(10_650, "2025-04-05")  # of the same stay
    assert (next_period.deductible, next_period.pooled) == (650, 8_000)
    soon = person.visit(10_650, "2025-04-20")  # another stay, within the 90 days
    assert (soon.deductible, soon.pooled) == (650, 8_000)
    interim = person.another()
    assert interim.visit(11_300, "2025-01-05").pooled == 8_000
    assert interim.visit(10_650, "2025-02-05", continues=True).pooled == 8_520  # no new period


def year_end(deductible: str) -> tuple[object, object, object]:
    """Return the deductibles of a stay settled at the year's end, its rest, and the next stay.

    The stay is the second of the old year.
    """
    person = shape(policy(deductible, 'ceilings = [{ per = "year", pay_yuan = 20_000 }]'))
    assert person.visit(21_300, "2025-05-01").pooled == 16_000  # 20,000 x 80 %
    old = person.visit(10_650, "2025-12-31", admitted="2025-12-20")
    assert old.pooled == 4_000  # of 8,000: the old year's ceiling
    rest = person.visit(10_000, "2026-01-08", admitted="2025-12-20", continues=True)
    assert rest.pooled == (10_000 - rest.deductible) * 80 / 100  # the new year's ceiling
    return old.deductible, rest.deductible, person.visit(5_000, "2026-02-01").deductible


def test_shape_039_year_end_pays_the_difference() -> None:
    """Split at 31 December, the new year's amount less what the stay has borne (an option)."""
    # new year: 1,300 - 650; the stay is no admission of the new year
    assert year_end('{ per = "stay", amount_yuan = 1_300, later_pct = [50] }') == (650, 650, 1_300)


def test_shape_039_year_end_pays_again() -> None:
    """Split at 31 December, the new year's amount once more (an option of offices)."""
    deductible = '{ per = "stay_in_year", amount_yuan = 1_300, later_pct = [50] }'
    assert year_end(deductible) == (650, 1_300, 1_300)


def test_shape_039_year_end_counts_as_an_admission_of_the_new_year() -> None:
    """The continued stay is the new year's first admission, the next its second (an option)."""
    again = (
        '{ per = "stay_in_year", amount_yuan = 1_300, later_pct = [50], continued_counts = true }'
    )
    assert year_end(again) == (650, 1_300, 650)
    difference = again.replace("stay_in_year", "stay")
    assert year_end(difference) == (650, 650, 650)


def test_shape_039_year_end_pays_nothing_more() -> None:
    """Split at 31 December, no second deductible for the stay (Beijing: one admission)."""
    waived = (
        '{ per = "stay", amount_yuan = 1_300, later_pct = [50], waived_after = "pool.deductible" }'
    )
    assert year_end(waived) == (650, 0, 1_300)


def test_shape_039_not_enrolled_again() -> None:
    """Not enrolled for the new year: only the old year's part is paid (Beijing residents)."""
    person = shape(
        """
        [[layer.pool]]
        fund = "pooled"
        base = ["in_scope"]
        serves = { entitlement = "entitled" }
        deductible = { per = "stay", amount_yuan = 1_300 }
        bands = [{ share_pct = 75 }]
        """,
        scheme="resident",
    )
    assert person.visit(3_300, "2025-12-31").pooled == 1_500
    lapsed = person.visit(1_000, "2026-01-08", entitlement="lapsed", continues=True)
    assert (lapsed.pooled, lapsed.cash, lapsed.layers) == (0, 1_000, ())
    enrolled = person.another()
    assert enrolled.visit(3_300, "2025-12-31").pooled == 1_500
    assert enrolled.visit(1_000, "2026-01-08", continues=True).pooled == 750
