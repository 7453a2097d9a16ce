"""The first section of the page: what the patient pays, and who pays the rest."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.compile.listing import share_text
from medsettle.money import PPM
from medsettle.slip.burden import ACCOUNTS
from medsettle.slip.drawing import Slice, bar, fills, swatch
from medsettle.slip.given import Cashier
from medsettle.slip.markup import css, escaped, percent, row, rows, table
from medsettle.slip.page_words import PageWords
from medsettle.slip.teller import Teller, money
from medsettle.vocabulary import NO_FUNDS


def pay_section(slip: Teller, words: PageWords, cashier: Cashier | None) -> str:
    """Return what is paid in cash, the bar of who pays, and its legend with all amounts."""
    slices = list(_slices(slip, words))
    told = slip.words.comma.join(f"{one.label} {money(one.fen)}" for one in slices)
    return rows(
        [
            '<section class="pay" aria-labelledby="pay">',
            f'<h2 id="pay">{escaped(words.pay)}</h2>',
            *_due(slip, words, cashier),
            bar(slices, f"{words.bar}{slip.words.colon}{told}"),
            _payers(slip, words, slices),
            "</section>",
        ]
    )


def _due(slip: Teller, words: PageWords, cashier: Cashier | None) -> Iterator[str]:
    """Yield the amount that the patient looks for, and the bill in one sentence."""
    settlement = slip.settlement
    label = words.cash if _knows_accounts(slip) else words.own
    yield (
        f'<p class="due">{escaped(label)} <strong>{money(settlement.cash_fen)}</strong> '
        f"{escaped(words.yuan)}</p>"
    )
    if cashier is not None:
        rounding = escaped(words.at_till.format(signed(cashier.difference_fen)))
        paid = f"<b>{money(cashier.rounded_fen)}</b> {escaped(words.yuan)}"
        yield f'<p class="till">{rounding} {paid}</p>'
    funds = money(settlement.total_funds_fen)
    summary = [words.summary.format(money(slip.claim.total_fen), funds)]
    for fund in ACCOUNTS:
        if fen := settlement.pay_fen(fund):
            summary.append(words.from_accounts.format(slip.words.fund(fund), money(fen)))
    yield f'<p class="soft">{escaped(words.space.join(summary))}</p>'


def _knows_accounts(slip: Teller) -> bool:
    """Tell whether the policy says what accounts pay: else they may still pay some of the cash."""
    return any(fund in slip.table.meta.funds for fund in ACCOUNTS)


def signed(fen: int) -> str:
    """Return an amount with its sign, a plus too."""
    return f"+{money(fen)}" if fen > 0 else money(fen)


def _slices(slip: Teller, words: PageWords) -> Iterator[Slice]:
    """Yield who pays something: funds first, then whoever is none, then the person's cash."""
    settlement = slip.settlement
    paid = {fund: fen for fund, fen in settlement.funds_fen.items() if fen}
    for fund in sorted(paid, key=lambda name: name in NO_FUNDS):
        yield Slice(slip.words.fund(fund), paid[fund])
    label = words.cash_slice if _knows_accounts(slip) else words.own_slice
    yield Slice(label, settlement.cash_fen, is_cash=True)


def _payers(slip: Teller, words: PageWords, slices: list[Slice]) -> str:
    total = slip.claim.total_fen
    share = slip.table.programs[slip.settlement.program].pay_at_most_ppm
    head = (("", words.payer), ("n", words.of_bill), ("n", words.amount))
    body = [
        row(
            f"{swatch(fill)}{escaped(one.label)}",
            percent(one.fen, total),
            money(one.fen),
            name="cash" if one.is_cash else "",
        )
        for one, fill in zip(slices, fills(slices), strict=True)
    ]
    body.append(row(escaped(slip.words.total), percent(total, total), money(total), name="total"))
    if share != PPM:
        most = escaped(slip.words.at_most_all.format(share_text(share)))
        body.append(f'<tr{css("sub")}><th scope="row" colspan="3">{most}</th></tr>')
    return table(head, body, words.bar, "payers keep")
