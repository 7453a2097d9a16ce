"""The words of a slip in each language; names of the vocabulary keep their one Chinese term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from medsettle.vocabulary import (
    AXES,
    BED_DAY,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    ITEM_GROUPS,
    PROVENANCE,
    REMAINDERS,
    WINDOWS,
    default_value,
)


class Words(msgspec.Struct, frozen=True):
    """What a slip says; every `{}` is filled in."""

    chinese: bool
    title: str
    admitted: str
    discharged: str
    days: str
    continues: str
    rule_date: str
    bill: str
    of_which: str
    total: str
    base: str
    nothing: str
    rest: str
    everything: str
    deductible: str
    visit: str
    used: str
    waived: str  # by which counter
    cap: str  # in which window, of how much, how much is used
    inside: str
    bands: str
    span: str
    topped: str
    ceiling: str
    times_days: str
    counted: str  # in which counter, how much is used
    balance: str
    room: str
    reached: str
    pays: str
    person_share: str
    left: str
    hands_over: str
    clauses: str
    adjusted: str  # whom it concerns, what it does, the clause
    changes: dict[str, str]
    meets: str  # between two conditions
    payers: str
    at_most_all: str
    cash: str
    carried: str
    weakest_paid: str
    weakest: str
    fingerprint: str
    numbers: dict[str, str]  # by axis
    bed_day: str
    period: str  # its name and its days
    on_pay: str
    on_cost: str
    comma: str
    colon: str
    in_brackets: str

    def _term(self, name: str, terms: dict[str, str]) -> str:
        return terms[name] if self.chinese else name.replace("_", " ")

    def fund(self, name: str) -> str:
        """Return who pays."""
        return self._term(name, FUNDS)

    def benefit(self, name: str) -> str:
        """Return the kind of visit."""
        return self._term(name, BENEFITS)

    def window(self, name: str, periods: Mapping[str, int]) -> str:
        """Return the stretch of time; `periods` are the policy's own ones, with their days."""
        if name == BED_DAY:
            return self.bed_day
        if name in periods:
            return self.period.format(name, periods[name])
        return WINDOWS[name] if self.chinese else f"per {name.replace('_', ' ')}"

    def provenance(self, name: str) -> str:
        """Return how well a clause is known."""
        return self._term(name, PROVENANCE)

    def limits(self, on: str) -> str:
        """Return what a ceiling limits: payment or cost."""
        return self.on_pay if on == "pay" else self.on_cost

    def layer(self, name: str, title: str) -> str:
        """Return what a layer is called: its Chinese title if it has one, or its name."""
        return title if self.chinese and title else name

    def value(self, axis: str, value: str | None, own: Mapping[str, str]) -> str:
        """Return the value of an axis; "" for what a claim means by leaving it out."""
        return "" if value == default_value(axis) else self.named(axis, value, own)

    def named(self, axis: str, value: str | None, own: Mapping[str, str]) -> str:
        """Return the value of an axis, a default too; "" where none is stated.

        `own` are the policy's own values of the axis, with their Chinese titles.
        """
        if value is None:
            return ""
        if self.chinese:
            return own.get(value) or AXES[axis].get(value) or value
        return f"{axis.replace('_', ' ')} {value.replace('_', ' ')}"

    def item(self, group: str, own: Mapping[str, str]) -> str:
        """Return an item group; `own` are the policy's own ones, with their Chinese titles."""
        return self._term(group, {**ITEM_GROUPS, **own})

    def kind(self, name: str) -> str:
        """Return one of the four amounts, or what a layer leaves."""
        return self._term(name, {**FOUR_AMOUNTS, **REMAINDERS})


WORDS: Final[dict[str, Words]] = {
    "zh": Words(
        chinese=True,
        title="医疗保险结算单（金额单位：元）",
        admitted="{} 入院",
        discharged="{} 出院",
        days="{} 天",
        continues="接续此前住院",
        rule_date="适用 {} 的规定",
        bill="费用",
        of_which="其中：{}",
        total="合计",
        base="基数",
        nothing="无",
        rest="余下",
        everything="全部尚未支付部分",
        deductible="起付线",
        visit="本年第 {} 次",
        used="此前已计 {}",
        waived="不再计（{} 已大于 0）",
        cap="{}累计不超过 {}，此前已计 {}",
        inside="含在第一段内",
        bands="分段（基金支付比例）",
        span="{} 至 {}",
        topped="以上连同 {} 已付部分，差额由本层支付",
        ceiling="封顶线：{}{} {}",
        times_days=" × {} 天",
        counted="计入 {}，此前已计 {}",
        balance="以 {} 的余额为限",
        room="余额",
        reached="已达到封顶线，付到基数的 {}",
        pays="支付",
        person_share="本段个人负担",
        left="余下：{}",
        hands_over="转入 {}",
        clauses="依据",
        adjusted="调整：{}{}（{}）",
        changes={
            "add_points": "基金支付比例 {} 个百分点",
            "fund_share_times": "基金支付比例 ×{}",
            "person_share_times": "个人负担比例 ×{}",
            "at_least": "基金支付比例不低于 {}%",
            "at_most": "基金支付比例不高于 {}%",
            "deductible_times": "起付线 ×{}",
            "deductible_plus": "起付线 {}",
            "deductible_at_least": "起付线不低于 {}",
            "deductible_at_most": "起付线不高于 {}",
        },
        meets="、",
        payers="谁付多少",
        at_most_all="各项支付合计不超过总费用的 {}",
        cash="个人负担",
        carried="结算后的累计",
        weakest_paid="支付依据的可靠程度（取最弱）：{}",
        weakest="全部依据的可靠程度（取最弱）：{}",
        fingerprint="待遇表指纹：{}",
        numbers={
            "age": "{} 岁",
            "months": "连续参保 {} 个月",
            "enrolled_years": "连续参保 {} 年",
            "zero_claim_years": "连续零报销 {} 年",
            "bill_size": "总费用 {}",
        },
        bed_day="每床日",
        period="每 {1} 天（{0}）",
        on_pay="支付",
        on_cost="费用",
        comma="，",
        colon="：",
        in_brackets="（{}）",
    ),
    "en": Words(
        chinese=False,
        title="Settlement of medical insurance (amounts in yuan)",
        admitted="admitted {}",
        discharged="discharged {}",
        days="{} days",
        continues="continues an earlier stay",
        rule_date="by the rules of {}",
        bill="The bill",
        of_which="of which: {}",
        total="total",
        base="base",
        nothing="nothing",
        rest="rest",
        everything="everything still unpaid",
        deductible="deductible",
        visit="visit {} of the year",
        used="{} used before",
        waived="waived, since {} is above 0",
        cap="{} at most {}, {} used before",
        inside="inside the first band",
        bands="bands, the fund's share",
        span="{} to {}",
        topped="together with what {} paid; this layer pays the difference",
        ceiling="ceiling {} on {}: {}",
        times_days=" × {} days",
        counted="counted in {}, {} used before",
        balance="at most the balance {}",
        room="room",
        reached="ceiling reached, paid up to {} of the base",
        pays="pays",
        person_share="the person's share of the bands",
        left="left: {}",
        hands_over="handed over to {}",
        clauses="by",
        adjusted="adjusted: {}{} ({})",
        changes={
            "add_points": "the fund's share {} points",
            "fund_share_times": "the fund's share × {}",
            "person_share_times": "the person's share × {}",
            "at_least": "the fund's share at least {}%",
            "at_most": "the fund's share at most {}%",
            "deductible_times": "the deductible × {}",
            "deductible_plus": "the deductible {}",
            "deductible_at_least": "the deductible at least {}",
            "deductible_at_most": "the deductible at most {}",
        },
        meets=" and ",
        payers="Who pays",
        at_most_all="all of these together at most {} of the bill",
        cash="cash, the person",
        carried="Counters afterwards",
        weakest_paid="Provenance of what was paid, the weakest: {}",
        weakest="Provenance of all layers asked, the weakest: {}",
        fingerprint="Table fingerprint: {}",
        numbers={
            "age": "age {}",
            "months": "{} months enrolled",
            "enrolled_years": "{} years enrolled",
            "zero_claim_years": "{} years without a claim",
            "bill_size": "bill of {}",
        },
        bed_day="per bed day",
        period="per {} ({} days)",
        on_pay="payment",
        on_cost="cost",
        comma=", ",
        colon=": ",
        in_brackets=" ({})",
    ),
}
