"""What only the page says, in each language; the rest of its words are those of the text."""

from __future__ import annotations

from typing import Final

import msgspec


class PageWords(msgspec.Struct, frozen=True):
    """Headings and labels of the page; every `{}` is filled in."""

    tag: str  # the language, as HTML names it
    space: str  # between sentences
    title: str
    yuan: str
    pay: str  # the sections, in the order of a patient's questions
    why: str
    lines: str
    next: str
    year: str
    proof: str
    date: str
    visit: str
    stay: str
    number: str
    person: str
    own: str  # where the policy knows of no account
    own_slice: str
    cash: str
    cash_slice: str
    at_till: str
    summary: str  # total, funds, cash
    from_accounts: str
    bar: str
    payer: str
    of_bill: str
    amount: str
    four: str
    layers: str
    item: str
    price: str
    quantity: str
    all_lines: str
    deductibles: str
    ceilings: str
    balances: str
    what: str
    window: str
    whole: str
    limit: str
    used: str
    left: str
    so_far: str
    of_limit: str
    no_layers: str
    nothing_next: str
    unlimited: str


PAGE_WORDS: Final[dict[str, PageWords]] = {
    "zh": PageWords(
        tag="zh-CN",
        space="",
        title="医疗保险结算单",
        yuan="元",
        pay="您付多少",
        why="为什么是这个数",
        lines="费用明细",
        next="下一次就诊会遇到什么",
        year="本年累计",
        proof="依据的可靠程度与校验",
        date="结算日期",
        visit="就诊",
        stay="住院",
        number="单据号",
        person="参保人",
        own="您个人负担",
        own_slice="您（个人负担）",
        cash="您支付现金",
        cash_slice="您（现金）",
        at_till="收银取整 {}，实收",
        summary="总费用 {} 元，其中基金支付 {} 元。",
        from_accounts="{}支付 {} 元。",
        bar="总费用由谁支付",
        payer="支付方",
        of_bill="占总费用",
        amount="金额（元）",
        four="总费用的划分",
        layers="各支付层逐步计算",
        item="项目",
        price="单价",
        quantity="数量",
        all_lines="全部明细合计",
        deductibles="起付线",
        ceilings="封顶线",
        balances="账户余额",
        what="项目",
        window="期间",
        whole="全额",
        limit="限额",
        used="已用",
        left="尚余",
        so_far="累计",
        of_limit="已用限额的 {}",
        no_layers="没有支付层适用于本次就诊。",
        nothing_next="没有起付线、封顶线或账户余额。",
        unlimited="—",
    ),
    "en": PageWords(
        tag="en",
        space=" ",
        title="Settlement of medical insurance",
        yuan="yuan",
        pay="What you pay",
        why="Why it is this much",
        lines="The lines of the bill",
        next="What the next visit will meet",
        year="The year so far",
        proof="How well the rules are known",
        date="Date",
        visit="Visit",
        stay="Stay",
        number="Number",
        person="Person",
        own="You pay",
        own_slice="you",
        cash="You pay in cash",
        cash_slice="you, in cash",
        at_till="rounding at the till {}, you hand over",
        summary="The bill is {} yuan; the funds pay {} of it.",
        from_accounts="The {} pays {} yuan.",
        bar="Who pays the bill",
        payer="Who pays",
        of_bill="of the bill",
        amount="amount (yuan)",
        four="How the bill is divided",
        layers="Each payer's turn, step by step",
        item="item",
        price="price",
        quantity="quantity",
        all_lines="all lines",
        deductibles="Deductibles",
        ceilings="Ceilings",
        balances="Balances",
        what="what",
        window="period",
        whole="whole",
        limit="limit",
        used="used",
        left="left",
        so_far="so far",
        of_limit="{} of the limit is used",
        no_layers="No payer's rules apply to this visit.",
        nothing_next="No deductible, ceiling or balance.",
        unlimited="—",
    ),
}
