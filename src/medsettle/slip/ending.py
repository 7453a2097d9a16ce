"""How a slip ends: who pays, what the person's part is, the year so far, what comes next."""

from __future__ import annotations

from collections.abc import Iterator

from medsettle.compile.listing import share_text
from medsettle.money import PPM
from medsettle.names import DAY, counter_kind, counter_text
from medsettle.slip.burden import Part, own_part_fen, own_parts
from medsettle.slip.counting import Counted, year_so_far
from medsettle.slip.given import Cashier
from medsettle.slip.outlook import CeilingLeft, DeductibleLeft
from medsettle.slip.teller import Teller, money
from medsettle.text import Line
from medsettle.vocabulary import NO_FUNDS


def payer_lines(slip: Teller, cashier: Cashier | None) -> Iterator[Line]:
    """Yield who pays how much; funds first, then whoever is none, then the person."""
    settlement, words = slip.settlement, slip.words
    share = slip.table.programs[settlement.program].pay_at_most_ppm
    paid = {fund: fen for fund, fen in settlement.funds_fen.items() if fen}
    funds = [fund for fund in paid if fund not in NO_FUNDS]
    yield Line(words.payers)
    for fund in funds:
        yield Line(words.fund(fund), money(paid[fund]), indent=1)
    if len(funds) > 1:
        yield Line(words.funds_total, money(settlement.total_funds_fen), indent=2)
    if share != PPM:
        yield Line(words.at_most_all.format(share_text(share)), indent=2)
    for fund, fen in paid.items():
        if fund in NO_FUNDS:
            yield Line(words.fund(fund), money(fen), indent=1)
    yield Line(words.cash, money(settlement.cash_fen), indent=1)
    yield Line(words.total, money(slip.claim.total_fen), indent=1)
    if cashier is not None:
        yield Line(words.till, money(cashier.rounded_fen), indent=1)
        yield Line(words.rounding, money(cashier.difference_fen), indent=2)


def own_lines(slip: Teller) -> Iterator[Line]:
    """Yield what the person's part is made of; nothing where there is none."""
    words = slip.words
    own = own_part_fen(slip.settlement, slip.runs)
    if not own:
        return
    yield Line(words.own_parts)
    for part in own_parts(slip.settlement, slip.runs):
        yield Line(part_text(slip, part), money(part.fen), indent=1)
    yield Line(words.own_total, money(own), indent=1)
    if accounts := own - slip.settlement.cash_fen:
        yield Line(words.own_accounts, money(accounts), indent=2)


def part_text(slip: Teller, part: Part) -> str:
    """Return a part that is left to the person in words: whose deductible, what share."""
    kind = slip.words.kind(part.kind)
    return slip.words.own_left.format(slip.spoken(part.layer), kind) if part.layer else kind


def counter_lines(slip: Teller) -> Iterator[Line]:
    """Yield every counter afterwards, with what it counts and how far it may go."""
    words = slip.words
    yield Line(words.carried)
    counted = list(counters(slip))
    for one in counted:
        told = f"{one.name}{words.in_brackets.format(slip.window(one.window))}"
        shown = counter_text(one.name, one.value)
        if counter_kind(one.name) == DAY:  # stands for itself, not below amounts
            yield Line(f"{told}{words.colon}{shown}", indent=1)
        else:
            yield Line(told, shown, indent=1)
        said = slip.counter(one)
        if one.limit is not None:
            said += words.comma + words.limit.format(money(one.limit))
        yield Line(said, indent=2)
    if not counted:
        yield Line(words.nothing, indent=1)


def counters(slip: Teller) -> Iterator[Counted]:
    """Yield every counter that a slip tells of."""
    return year_so_far(slip.settlement, slip.table, list(slip.runs))


def next_lines(slip: Teller) -> Iterator[Line]:
    """Yield what the next bill will meet."""
    words, found = slip.words, slip.outlook
    yield Line(f"{words.next_bill}{words.in_brackets.format(words.assumed)}")
    for due in found.deductibles:
        told = words.deductible_left.format(deductible_text(slip, due))
        yield Line(told, money(due.left_fen), indent=1)
    for ceiling in found.ceilings:
        told = words.ceiling_left.format(ceiling_text(slip, ceiling))
        yield Line(told, money(ceiling.left_fen), indent=1)
    for balance in slip.balances:
        told = words.balance_left.format(words.fund(balance.fund))
        yield Line(told, money(balance.left_fen), indent=1)
    if not (found.deductibles or found.ceilings or slip.balances):
        yield Line(words.nothing, indent=1)
    yield from (Line(told, indent=1) for told in until_texts(slip))


def deductible_text(slip: Teller, due: DeductibleLeft) -> str:
    """Return a deductible in words: whose, of which visit, how much of it is used."""
    words = slip.words
    said = [slip.spoken(due.layer)]
    said += [words.visit.format(due.visit)] if due.visit else []
    said.append(f"{slip.window(due.window)} {money(due.amount_fen)}")
    return words.comma.join(said)


def ceiling_text(slip: Teller, ceiling: CeilingLeft) -> str:
    """Return a ceiling in words: whose, in which window, on what, how much is used."""
    words = slip.words
    limit = f"{slip.window(ceiling.window)} {words.limits(ceiling.on)} {money(ceiling.limit_fen)}"
    said = [slip.spoken(ceiling.layer), limit]
    said += [words.already.format(money(ceiling.used_fen))] if ceiling.name else []
    return words.comma.join(said)


def until_texts(slip: Teller) -> Iterator[str]:
    """Yield when the year starts again, and until when the figures hold."""
    words, found = slip.words, slip.outlook
    if found.funds_at_most_ppm != PPM:
        yield words.at_most_all.format(share_text(found.funds_at_most_ppm))
    yield words.year_until.format(found.year_until)
    if found.rules_until is not None:
        yield words.rules_until.format(found.rules_until)


def proof_lines(slip: Teller) -> Iterator[Line]:
    """Yield how well the clauses are known, and the table's fingerprint."""
    receipt, words = slip.settlement.receipt, slip.words
    if paid := receipt.paid_provenance:
        yield Line(words.weakest_paid.format(words.provenance(paid)))
    if paid != receipt.provenance:
        yield Line(words.weakest.format(words.provenance(receipt.provenance)))
    yield Line(words.fingerprint.format(receipt.fingerprint))
