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
    """What a slip says; `{…}` are filled in."""

    chinese: bool
    title: str
    bill: str
    total: str
    base: str
    nothing: str
    deductible: str
    visit: str
    used: str
    inside: str
    bands: str
    measured: str
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
    adjusted: str
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

    def on(self, name: str) -> str:
        """Return what a ceiling limits: payment or cost."""
        return self.on_pay if name == "pay" else self.on_cost

    def value(self, axis: str, value: str | None) -> str:
        """Return the value of an axis; "" for what a claim means by leaving it out."""
        if value is None or value == default_value(axis):
            return ""
        return str(AXES[axis][value]) if self.chinese else f"{axis} {value.replace('_', ' ')}"

    def part(self, name: str) -> str:
        """Return a part: `in_scope`, or `LAYER.copay` with the layer's own name."""
        layer, _, kind = name.rpartition(".")
        term = self._term(kind, {**FOUR_AMOUNTS, **REMAINDERS})
        return f"{layer} {term}" if layer else term


WORDS: Final[dict[str, Words]] = {
    "zh": Words(
        chinese=True,
        title="医疗保险结算单（金额单位：元）",
        bill="费用",
        total="合计",
        base="基数",
        nothing="无",
        deductible="起付线",
        visit="本年第 {n} 次",
        used="此前已计 {amount}",
        inside="含在第一段内",
        bands="分段（基金支付比例）",
        measured="，本期此前已计 {amount}",
        span="{start} 至 {end}",
        topped="以上连同 {layers} 已付部分，差额由本层支付",
        ceiling="封顶线：{window}{on} {limit}",
        room="余额",
        reached="已达到封顶线，付到基数的 {amount}",
        pays="支付",
        person_share="本段个人负担",
        left="余下：{part}",
        hands_over="转入 {layers}",
        clauses="依据",
        adjusted="比例和起付线的调整（对所列人员）",
        payers="谁付多少",
        cash="个人负担",
        carried="结算后的累计",
        weakest="依据的可靠程度（取最弱）：{}",
        fingerprint="待遇表指纹：{}",
        age="{age} 岁",
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
        deductible="deductible",
        visit="visit {n} of the year",
        used="{amount} used before",
        inside="inside the first band",
        bands="bands, the fund's share",
        measured=", {amount} measured before",
        span="{start} to {end}",
        topped="together with what {layers} paid; this layer pays the difference",
        ceiling="ceiling on {on} {window}: {limit}",
        room="room",
        reached="ceiling reached, paid up to {amount} of the base",
        pays="pays",
        person_share="the person's share of the bands",
        left="left: {part}",
        hands_over="handed over to {layers}",
        clauses="by",
        adjusted="adjustments, for whom they name",
        payers="Who pays",
        cash="cash, the person",
        carried="Counters afterwards",
        weakest="Provenance, the weakest clause: {}",
        fingerprint="Table fingerprint: {}",
        age="age {age}",
        on_pay="payment",
        on_cost="cost",
        comma=", ",
        colon=": ",
        in_brackets=" ({})",
    ),
}
