"""The words of a slip in each language; names of the vocabulary keep their one Chinese term."""

from __future__ import annotations

from typing import Final

import msgspec

from medsettle.vocabulary import (
    AXES,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    PROVENANCE,
    REMAINDERS,
    WINDOWS,
    default_value,
)


class Words(msgspec.Struct, frozen=True):
    """What a slip says; every `{}` is filled in."""

    chinese: bool
    title: str
    bill: str
    total: str
    base: str
    nothing: str
    rest: str
    deductible: str
    visit: str
    used: str
    inside: str
    bands: str
    span: str
    topped: str
    ceiling: str
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
    cash: str
    carried: str
    weakest: str
    fingerprint: str
    age: str
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

    def window(self, name: str) -> str:
        """Return the stretch of time."""
        return WINDOWS[name] if self.chinese else f"per {name}"

    def provenance(self, name: str) -> str:
        """Return how well a clause is known."""
        return self._term(name, PROVENANCE)

    def limits(self, on: str) -> str:
        """Return what a ceiling limits: payment or cost."""
        return self.on_pay if on == "pay" else self.on_cost

    def layer(self, name: str, title: str) -> str:
        """Return what a layer is called: its Chinese title if it has one, or its name."""
        return title if self.chinese and title else name

    def value(self, axis: str, value: str | None) -> str:
        """Return the value of an axis; "" for what a claim means by leaving it out."""
        return "" if value == default_value(axis) else self.named(axis, value)

    def named(self, axis: str, value: str | None) -> str:
        """Return the value of an axis, a default too; "" where none is stated."""
        if value is None:
            return ""
        return str(AXES[axis][value]) if self.chinese else f"{axis} {value.replace('_', ' ')}"

    def kind(self, name: str) -> str:
        """Return one of the four amounts, or what a layer leaves."""
        return self._term(name, {**FOUR_AMOUNTS, **REMAINDERS})


WORDS: Final[dict[str, Words]] = {
    "zh": Words(
        chinese=True,
        title="医疗保险结算单（金额单位：元）",
        bill="费用",
        total="合计",
        base="基数",
        nothing="无",
        rest="余下",
        deductible="起付线",
        visit="本年第 {} 次",
        used="此前已计 {}",
        inside="含在第一段内",
        bands="分段（基金支付比例）",
        span="{} 至 {}",
        topped="以上连同 {} 已付部分，差额由本层支付",
        ceiling="封顶线：{}{} {}",
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
        },
        meets="、",
        payers="谁付多少",
        cash="个人负担",
        carried="结算后的累计",
        weakest="依据的可靠程度（取最弱）：{}",
        fingerprint="待遇表指纹：{}",
        age="{} 岁",
        on_pay="支付",
        on_cost="费用",
        comma="，",
        colon="：",
        in_brackets="（{}）",
    ),
    "en": Words(
        chinese=False,
        title="Settlement of medical insurance (amounts in yuan)",
        bill="The bill",
        total="total",
        base="base",
        nothing="nothing",
        rest="rest",
        deductible="deductible",
        visit="visit {} of the year",
        used="{} used before",
        inside="inside the first band",
        bands="bands, the fund's share",
        span="{} to {}",
        topped="together with what {} paid; this layer pays the difference",
        ceiling="ceiling {} on {}: {}",
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
        },
        meets=" and ",
        payers="Who pays",
        cash="cash, the person",
        carried="Counters afterwards",
        weakest="Provenance, the weakest clause: {}",
        fingerprint="Table fingerprint: {}",
        age="age {}",
        on_pay="payment",
        on_cost="cost",
        comma=", ",
        colon=": ",
        in_brackets=" ({})",
    ),
}
