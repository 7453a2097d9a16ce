"""The reasons in words, Chinese and English; dates and figures only, nothing of the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from medsettle.entitlement.answer import Why
from medsettle.vocabulary import AXES, BENEFITS, NUMBER_TITLES, SCHEMES

if TYPE_CHECKING:
    from medsettle.entitlement.enrolment import Enrolment
    from medsettle.entitlement.serving import Days
    from medsettle.table import BenefitTable

#: Both languages of one text.
Words = tuple[str, str]
#: A condition names so many values at most.
VALUES_SHOWN = 6


def of_person(why: Why, day: dt.date | None) -> Words:
    """Return how the person stands, with the day that belongs to it."""
    match why:
        case Why.NOT_ENROLLED if day is not None:
            return f"未参保，{day}起参保", f"not enrolled before {day}"
        case Why.NOT_ENROLLED:
            return "未参加本险种", "not enrolled in this scheme"
        case Why.PAUSED:
            return _since("暂停参保", "enrolment is paused", day)
        case Why.ENDED:
            return _since("终止参保", "enrolment has ended", day)
        case Why.WAITING if day is not None:
            return f"待遇等待期，{day}起享受待遇", f"waiting period, benefits begin on {day}"
        case Why.WAITING:
            return "待遇等待期", "waiting period"
    return _since("欠费", "in arrears", day)


def _since(zh: str, en: str, day: dt.date | None) -> Words:
    return (zh, en) if day is None else (f"{day}起{zh}", f"{en} since {day}")


def of_elsewhere(counts: Enrolment, here: str) -> Words:
    """Return that the person is enrolled, but not in the table's region and scheme (`here`)."""
    region = here.partition("/")[0]
    return (
        f"参加的是{SCHEMES[counts.scheme]}（{counts.region}），未参加本地本险种（{region}）",
        f"the person is enrolled in {counts.name}, not in {here}",
    )


def of_choice(chosen: Enrolment) -> Words:
    """Return that another enrolment counts."""
    scheme = SCHEMES[chosen.scheme]
    return (
        f"同时参加几项，按{scheme}（{chosen.region}）享受，不重复享受",
        f"several enrolments hold: {chosen.name} counts, benefits are had once",
    )


def of_designation(day: dt.date) -> Words:
    """Return that the institution is none of the designated ones."""
    return f"{day}不是定点医药机构", f"the institution is not designated on {day}"


def of_benefit(benefit: str, day: dt.date, offered: Days | None) -> Words:
    """Return that a benefit is not offered, at all or on the day."""
    title = BENEFITS[benefit]
    if offered is None:
        return f"政策没有此项待遇：{title}", f"the policy has no benefit `{benefit}`"
    zh, en = f"{offered.from_}起", f"from {offered.from_}"
    if offered.until is not None:
        zh, en = f"{zh}至{offered.until}前", f"{en}, before {offered.until}"
    return (
        f"政策在{day}没有此项待遇：{title}（{zh}）",
        f"the policy has no benefit `{benefit}` on {day}, only {en}",
    )


def of_days() -> Words:
    """Return that the claim must say how many days the visit had."""
    return "未写明住院天数", "the claim does not say how many days the visit had"


def of_values(table: BenefitTable, axes: Mapping[str, list[str]], *, figure: bool) -> Words:
    """Return for which values a payer pays, or a figure is there; `axes` may be empty."""
    if not axes:
        zh, en = ("政策没有这样的就诊的数", "the policy has no figure for such a claim")
        if not figure:
            zh, en = ("不为这样的就诊支付", "nothing is paid for such a claim")
        return zh, en
    zh = "或".join(_values_zh(table, axis, values) for axis, values in axes.items())
    en = " or ".join(f"{axis} {_listed(values, ' / ')}" for axis, values in axes.items())
    if figure:
        return f"政策只有这些就诊的数：{zh}", f"the policy has figures only for {en}"
    return f"只为这些就诊支付：{zh}", f"paid only for {en}"


def _values_zh(table: BenefitTable, axis: str, values: list[str]) -> str:
    own = table.names.titles.get(axis, {})
    named = [own.get(value) or AXES.get(axis, {}).get(value) or value for value in values]
    title = NUMBER_TITLES.get(axis, "")
    return f"{title}{_listed(named, '、')}"


def _listed(values: list[str], between: str) -> str:
    more = between + "…" if len(values) > VALUES_SHOWN else ""
    return between.join(values[:VALUES_SHOWN]) + more
