"""The kind of question it is for: six days, 171,239.20 against 171,178.20, where are the 61.00?"""

from __future__ import annotations

import random

from medsettle.reconcile import reconcile
from tests.reconcile.made import Row, assert_explained, found, reversal, row


def six_days() -> tuple[list[Row], list[Row]]:
    """Return what the hospital and the insurer have; the rows are made up, the totals are not.

    Theirs has a reversal of 45.50 that never arrived, and lacks a registration of 15.50; two more
    differences cancel each other out, which totals alone would never show.
    """
    dice = random.Random(61)
    fen = [dice.randrange(500, 30_000) for _ in range(1_100)]
    both = [
        row(at, (one, one // 2, one // 5, one - one // 2 - one // 5)) for at, one in enumerate(fen)
    ]
    for at, one in enumerate(both):
        one["setl_time"] = f"2025-06-{1 + at % 6:02d} 09:00:00"
    cancelled = row(2_000, (4_550, 3_000, 0, 1_550), setl_time="2025-06-04 10:00:00")
    unsent = row(2_001, (1_550, 0, 0, 1_550), setl_time="2025-06-05 10:00:00")
    wrong = [row(2_002, (8_000, 0, 0, 8_000)), row(2_003, (9_000, 0, 0, 9_000))]
    other = [row(2_002, (8_300, 0, 0, 8_300)), row(2_003, (8_700, 0, 0, 8_700))]
    ours, theirs = [*both, cancelled, unsent, *wrong], [*both, cancelled, *other]
    theirs.append(reversal(cancelled, 1))
    rest = 17_123_920 - sum(int(one["medfee_sumamt"].replace(".", "")) for one in ours)
    last = row(3_000, (rest, 0, 0, rest))
    return [*ours, last], [*theirs, last]


def test_the_61_yuan_are_found() -> None:
    ours, theirs = six_days()
    result = reconcile(ours, theirs)
    assert result.total.ours.total_fen == 17_123_920
    assert result.total.theirs.total_fen == 17_117_820
    assert result.total.difference.total_fen == 6_100
    assert found(result) == {"missing_there": 1, "unpaired_reversal": 1, "amount": 2}
    assert_explained(result)
    assert result.class_of("missing_there").difference.total_fen == 1_550
    assert result.class_of("unpaired_reversal").difference.total_fen == 4_550
    assert result.class_of("amount").difference.total_fen == 0
    one = result.differences[result.differences.of("unpaired_reversal")[0]]
    assert one.id("init_setl_id") == "S00002000"
    assert one.why == "its original is on both sides: reversed on one side only"


def test_the_report_answers_it() -> None:
    report = reconcile(*six_days()).summary()
    for told in ("171,239.20", "171,178.20", "61.00", "S00002001", "R00000001", "45.50"):
        assert told in report
    assert report.index("171,239.20") < report.index("missing_there") < report.index("S00002001")
    assert "SECRET" not in report
