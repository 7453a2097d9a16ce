"""Each class of difference, alone, with its claims and sums."""

from __future__ import annotations

import datetime as dt

import pytest

from medsettle.reconcile import Kind, reconcile
from tests.reconcile.made import Row, assert_explained, found, reversal, row

MANY = [row(number, (10000 + number, 6000, 1000, 3000 + number)) for number in range(8)]


def only(ours: list[Row], theirs: list[Row], **options: object):
    """Return the only difference there is."""
    result = reconcile(ours, theirs, **options)
    assert_explained(result)
    assert len(result.differences) == 1, found(result)
    assert not result.equal
    return result.differences[0]


def without(rows: list[Row], at: int) -> list[Row]:
    return rows[:at] + rows[at + 1 :]


def changed(rows: list[Row], at: int, **cells: str) -> list[Row]:
    return [*rows[:at], rows[at] | cells, *rows[at + 1 :]]


def test_identical() -> None:
    result = reconcile(MANY, [dict(one) for one in MANY])
    assert result.equal
    assert result.classes == ()
    assert result.total.ours == result.total.theirs
    assert result.total.ours.count == 8
    assert result.total.ours.total_fen == sum(10000 + number for number in range(8))


def test_missing_here_and_there() -> None:
    one = only(without(MANY, 3), MANY)
    assert one.kind == Kind.MISSING_HERE
    assert (one.ours, one.theirs.row, one.difference.total_fen) == (None, 4, -10003)
    two = only(MANY, without(MANY, 3))
    assert two.kind == Kind.MISSING_THERE
    assert (two.ours.row, two.theirs, two.difference.cash_fen) == (4, None, 3003)


def test_amount() -> None:
    one = only(changed(MANY, 2, fund_pay_sumamt="59.00"), MANY)
    assert one.kind == Kind.AMOUNT
    assert one.difference.total_funds_fen == -100
    assert (one.difference.count, one.difference.total_fen, one.difference.cash_fen) == (0, 0, 0)


@pytest.mark.parametrize(("rounding", "kind"), [(2, "rounding"), (1, "amount"), (0, "amount")])
def test_rounding(rounding: int, kind: str) -> None:
    ours = changed(MANY, 2, fund_pay_sumamt="60.02", psn_cash_pay="30.00")
    assert only(ours, MANY, rounding_fen=rounding).kind == kind


@pytest.mark.parametrize(
    ("cash", "unit", "kind"),
    [
        ("30.00", "jiao", "cashier_rounding"),  # 30.03 rounded down
        ("30.10", "jiao", "cashier_rounding"),  # or up
        ("30.00", "none", "amount"),
        ("30.05", "jiao", "amount"),  # neither has whole jiao
        ("29.90", "jiao", "amount"),  # more than one jiao away
        ("31.00", "jiao", "amount"),
        ("31.00", "yuan", "cashier_rounding"),
    ],
)
def test_cashier(cash: str, unit: str, kind: str) -> None:
    assert only(changed(MANY, 3, psn_cash_pay=cash), MANY, cashier=unit).kind == kind


def test_cashier_rounds_cash_only() -> None:
    ours = changed(MANY, 3, psn_cash_pay="30.00", fund_pay_sumamt="60.03")
    assert only(ours, MANY).kind == Kind.AMOUNT


@pytest.mark.parametrize("side", [0, 1])
def test_duplicate(side: int) -> None:
    sides = [MANY, [dict(one) for one in MANY]]
    sides[side] = [*sides[side], dict(MANY[5])]
    one = only(*sides)
    assert one.kind == Kind.DUPLICATE
    assert (one.ours, one.theirs)[side].row == 9
    assert one.difference.count == (1 if side == 0 else -1)


def test_duplicate_keeps_the_row_that_is_equal() -> None:
    wrong = MANY[5] | {"medfee_sumamt": "1.00"}
    one = only([*MANY[:5], wrong, *MANY[5:]], MANY)
    assert (one.kind, one.ours.row, one.difference.total_fen) == (Kind.DUPLICATE, 6, 100)


def test_twice_on_one_side_and_never_on_the_other() -> None:
    result = reconcile([*MANY, dict(MANY[5])], without(MANY, 5))
    assert found(result) == {"missing_there": 1, "duplicate": 1}
    assert_explained(result)


def test_same_key_twice_on_both_sides_is_equal() -> None:
    assert reconcile([*MANY, MANY[2]], [MANY[2], *MANY]).equal


def test_key_of_a_reversal_may_be_that_of_its_original() -> None:
    back = reversal(MANY[1], 1, setl_id=MANY[1]["setl_id"], init_setl_id="")
    assert reconcile([*MANY, back], [back, *MANY]).equal
    one = only([*MANY, back], MANY)
    assert one.kind == Kind.UNPAIRED_REVERSAL
    assert one.why.startswith("its original is on both sides")


def test_reversed_on_one_side() -> None:
    one = only(MANY, [*MANY, reversal(MANY[6], 1)])
    assert one.kind == Kind.UNPAIRED_REVERSAL
    assert one.why == "its original is on both sides: reversed on one side only"
    assert one.difference.total_fen == 10006
    assert one.id("init_setl_id") == MANY[6]["setl_id"]


def test_reversed_on_one_side_where_only_the_visit_tells() -> None:
    keys = ("setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay")
    short = [{name: one[name] for name in keys} for one in [*MANY, reversal(MANY[6], 1)]]
    one = only(short, short[:-1])
    assert one.why == "its original is on both sides: reversed on one side only"
    stray = short[-1] | {"mdtrt_id": "V-of-nobody"}
    assert "names no original" in only([*short[:-1], stray], short[:-1]).why


def test_reversal_without_original() -> None:
    elsewhere = reversal(row(99), 1)
    assert only([*MANY, elsewhere], MANY).why == "its original is on neither side"
    on_both = reconcile([*MANY, elsewhere], [*MANY, elsewhere])
    assert on_both.equal


def test_original_on_the_other_side_only() -> None:
    result = reconcile([*MANY, reversal(row(50), 1)], [*MANY, row(50)])
    assert found(result) == {"missing_here": 1, "unpaired_reversal": 1}
    assert "only on the other side" in result.differences[-1].why
    assert_explained(result)


def test_reversal_with_other_amounts() -> None:
    back = reversal(row(50), 1, medfee_sumamt="-99.99")
    result = reconcile([*MANY, row(50), back], MANY)
    assert found(result) == {"missing_there": 1, "unpaired_reversal": 1}
    assert "with other amounts" in result.differences[-1].why
    assert_explained(result)


@pytest.mark.parametrize("link", ["init_setl_id", "mdtrt_id"])
def test_offset_pair(link: str) -> None:
    back = reversal(row(50), 1)
    if link == "mdtrt_id":
        back["init_setl_id"] = ""
    result = reconcile([*MANY, back, row(50)], MANY)
    assert found(result) == {"offset_pair": 2}
    assert result.class_of("offset_pair").difference.count == 2
    assert result.class_of("offset_pair").difference.total_fen == 0
    assert_explained(result)


def test_two_reversals_of_one_original() -> None:
    ours = [*MANY, row(50), reversal(row(50), 1), reversal(row(50), 2)]
    result = reconcile(ours, MANY)
    assert found(result) == {"offset_pair": 2, "unpaired_reversal": 1}
    assert "on both sides" not in result.differences[0].why
    assert_explained(result)


def test_second_chance_by_message() -> None:
    one = only(changed(MANY, 4, setl_id=""), MANY)
    assert (one.kind, one.by_second) == (Kind.ID_DIFFERS, True)
    assert (one.ours.ids["setl_id"], one.theirs.ids["setl_id"]) == ("", "S00000004")
    two = only(changed(MANY, 4, setl_id="null", fund_pay_sumamt="0"), MANY)
    assert (two.kind, two.by_second) == (Kind.AMOUNT, True)


def test_reversal_of_what_met_by_message() -> None:
    ours = changed(MANY, 4, setl_id="OWN4")
    result = reconcile(ours, [*MANY, reversal(MANY[4], 1)])
    assert found(result) == {"unpaired_reversal": 1, "id_differs": 1}
    assert "its original is on both sides" in result.differences[0].why
    assert_explained(result)


def test_messages_that_stand_twice_give_no_second_chance() -> None:
    ours = [one | {"setl_id": "", "msgid": "SAME"} for one in MANY[:2]]
    theirs = [one | {"msgid": "SAME"} for one in MANY[:2]]
    assert found(reconcile(ours, theirs)) == {"missing_here": 2, "missing_there": 2}


def test_key_may_be_the_message() -> None:
    ours = [one | {"setl_id": f"own{at}"} for at, one in enumerate(MANY)]
    assert found(reconcile(ours, MANY)) == {"id_differs": 8}
    assert reconcile(ours, MANY, key="msgid").equal
    assert reconcile(ours, MANY, key="medins_setl_id").equal


def test_key_may_be_any_column() -> None:
    ours = [one | {"invono": f"F{at}", "setl_id": f"own{at}"} for at, one in enumerate(MANY)]
    theirs = [one | {"invono": f"F{at}"} for at, one in enumerate(MANY)]
    result = reconcile(ours, without(theirs, 2), key="invono")
    assert found(result) == {"missing_there": 1}
    assert result.differences[0].id("invono") == "F2"


def test_another_month_or_day() -> None:
    ours = changed(MANY, 4, setl_time="2025-02-28 23:59:58")
    one = only(ours, changed(MANY, 4, setl_time="2025-03-01 00:00:01"))
    assert (one.kind, one.why) == (Kind.DATE_SHIFT, "month 2025-02, theirs 2025-03")
    assert not one.difference
    ours = changed(MANY, 4, setl_time="2025-03-09")
    assert reconcile(ours, MANY).equal
    assert only(ours, MANY, by=["day"]).kind == Kind.DATE_SHIFT


def test_edge_of_a_period() -> None:
    ours = changed(MANY, 4, setl_time="20250331235958")
    theirs = changed(MANY, 4, setl_time="2025-04-01 00:00:01")
    one = only(ours, theirs, from_=dt.date(2025, 3, 1), until=dt.date(2025, 3, 31), by=[])
    assert (one.kind, one.why) == (Kind.DATE_SHIFT, "only ours is in the period")
    assert one.difference.total_fen == 10004
    april = reconcile(ours, theirs, from_=dt.date(2025, 4, 1))
    assert april.total.theirs.count == 1
    assert found(april) == {"date_shift": 1}
    assert_explained(april)
    assert reconcile(ours, without(MANY, 4), until=dt.date(2025, 3, 30)).equal


def test_other_codes() -> None:
    one = only(changed(MANY, 4, clr_type="14", refd_setl_flag="1"), MANY)
    assert one.kind == Kind.REGROUPED
    assert one.why == "clr_type 14, theirs 11; refd_setl_flag 1, theirs 0"
    ours = changed(MANY, 4, clr_type="14", medfee_sumamt="1")
    assert only(ours, MANY).kind == Kind.AMOUNT
    assert reconcile(changed(MANY, 4, clr_type="14"), MANY, by=["insutype"]).equal


def test_no_flag_is_no() -> None:
    assert reconcile(changed(MANY, 4, refd_setl_flag="null"), MANY).equal


def test_columns_of_one_side_only_are_not_compared() -> None:
    names = ("setl_id", "medfee_sumamt")
    short = [{name: one[name] for name in names} for one in MANY]
    result = reconcile(short, MANY)
    assert result.equal
    assert (result.compared, result.by) == (("total",), ())
    assert result.total.ours.cash_fen is None


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_fund_includes_account(side: str) -> None:
    included = [one | {"fund_pay_sumamt": "70.00"} for one in MANY]
    sides = (included, MANY) if side == "ours" else (MANY, included)
    wrong = reconcile(*sides)
    assert found(wrong) == {"amount": 8}
    assert f"--fund-includes-account {side}" in wrong.hints[0]
    assert_explained(wrong)
    right = reconcile(*sides, fund_includes_account=side)
    assert right.equal
    assert right.total.ours.total_funds_fen == 8 * 6000
    assert reconcile(included, included, fund_includes_account="both").equal


def test_account_that_is_not_compared_can_be_taken_out() -> None:
    ours = [one | {"fund_pay_sumamt": "70.00"} for one in MANY]
    theirs = [{name: one[name] for name in one if name != "acct_pay"} for one in MANY]
    result = reconcile(ours, theirs, fund_includes_account="ours")
    assert result.equal
    assert "account" not in result.compared


def test_amount_that_is_a_sum_of_columns() -> None:
    ours = [
        {"id": one["setl_id"], "pooled": "50.00", "large": "10.00", "sum_fen": str(10000 + at)}
        for at, one in enumerate(MANY)
    ]
    columns = ["ours:setl_id=id", "ours:total_funds=pooled+large", "ours:total=sum_fen"]
    assert reconcile(ours, MANY, columns=columns).equal


def test_hint_at_the_edge() -> None:
    late = [row(60 + at, setl_time="2025-03-31 23:00:00") for at in range(3)]
    result = reconcile([*MANY, *late], MANY)
    assert "3 of 3 missing claims are of the last day, 2025-03-31" in result.hints[0]
