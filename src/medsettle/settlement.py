"""A settlement: who pays what, why, and what the person carries on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from medsettle._core.engine import Outcome
from medsettle.model import Claim, Step, YearToDate
from medsettle.money import PPM, yuan
from medsettle.vocabulary import NO_FUNDS, PROVENANCE

if TYPE_CHECKING:
    from medsettle.compile.meta import AdjustMeta, LayerMeta
    from medsettle.slip.given import Bill, Cashier
    from medsettle.slip.outlook import Outlook
    from medsettle.table import BenefitTable


class ReceiptLine(msgspec.Struct, frozen=True):
    """One layer's payment, with what it rests on."""

    layer: str
    fund: str
    pay_fen: int
    cite: tuple[str, ...]
    provenance: str


class Receipt(msgspec.Struct, frozen=True):
    """What proves a settlement: the table's fingerprint, the amounts, the clauses."""

    policy: str
    fingerprint: str
    claim: str
    date: dt.date
    benefit: str
    total_fen: int
    cash_fen: int
    lines: tuple[ReceiptLine, ...]
    provenance: str  # the weakest among the lines

    @property
    def paid_provenance(self) -> str:
        """The weakest provenance among the layers that paid; "" where none did."""
        return weakest(line.provenance for line in self.lines if line.pay_fen)


class Settlement(Outcome):
    """Who pays what for one claim; amounts as `Decimal` yuan, or as `int` fen under `..._fen`.

    `total = funds + cash`, to the fen, where `funds` are all payers that the policy's layers name.
    The hospital and personal accounts are payers, but no funds: `total_funds` leaves them out.  A
    payer the policy does not know pays 0.
    """

    __slots__ = ()

    table: BenefitTable
    claim: Claim

    def pay_fen(self, fund: str) -> int:
        """Return what `fund`, a payer, pays in fen, summed over its layers; 0 where it has none."""
        names = self.table.meta.funds
        return self.fund_fen(names.index(fund)) if fund in names else 0

    @property
    def funds_fen(self) -> dict[str, int]:
        """What each payer of the policy pays, in fen."""
        return {name: self.fund_fen(i) for i, name in enumerate(self.table.meta.funds)}

    @property
    def funds(self) -> dict[str, Decimal]:
        """What each payer of the policy pays, in yuan."""
        return {name: yuan(fen) for name, fen in self.funds_fen.items()}

    @property
    def total_funds_fen(self) -> int:
        """What all funds pay together, in fen; without the hospital and personal accounts."""
        return sum(fen for name, fen in self.funds_fen.items() if name not in NO_FUNDS)

    @property
    def total_funds(self) -> Decimal:
        """What all funds pay together, in yuan; without the hospital and personal accounts."""
        return yuan(self.total_funds_fen)

    @property
    def total(self) -> Decimal:
        """The bill, in yuan."""
        return yuan(self.claim.total_fen)

    @property
    def cash(self) -> Decimal:
        """What is left to the person (个人负担), in yuan."""
        return yuan(self.cash_fen)

    @property
    def deductible(self) -> Decimal:
        """The deductible that the benefit's first layer took (起付线), in yuan."""
        return yuan(self.deductible_fen)

    @property
    def pooled(self) -> Decimal:
        """What the basic pooled fund pays (统筹基金), in yuan."""
        return yuan(self.pay_fen("pooled"))

    @property
    def large_amount(self) -> Decimal:
        """What the large-amount fund pays (大额), in yuan."""
        return yuan(self.pay_fen("large_amount"))

    @property
    def serious_illness(self) -> Decimal:
        """What the serious-illness insurance pays (大病保险), in yuan."""
        return yuan(self.pay_fen("serious_illness"))

    @property
    def civil_servant(self) -> Decimal:
        """What the civil-servant supplement pays (公务员补助), in yuan."""
        return yuan(self.pay_fen("civil_servant"))

    @property
    def retiree_supplement(self) -> Decimal:
        """What the retirees' unified supplement pays (退休人员统一补充), in yuan."""
        return yuan(self.pay_fen("retiree_supplement"))

    @property
    def enterprise(self) -> Decimal:
        """What the enterprise supplement pays (企业补充), in yuan."""
        return yuan(self.pay_fen("enterprise"))

    @property
    def assistance(self) -> Decimal:
        """What medical assistance pays (医疗救助), in yuan."""
        return yuan(self.pay_fen("assistance"))

    @property
    def tilt(self) -> Decimal:
        """What tilted assistance pays (倾斜救助), in yuan."""
        return yuan(self.pay_fen("tilt"))

    @property
    def disabled_military(self) -> Decimal:
        """What the disabled servicemen's fund pays (伤残人员保障), in yuan."""
        return yuan(self.pay_fen("disabled_military"))

    @property
    def other(self) -> Decimal:
        """What other funds pay, in yuan."""
        return yuan(self.pay_fen("other"))

    @property
    def hospital(self) -> Decimal:
        """What the hospital bears (医疗机构承担), in yuan."""
        return yuan(self.pay_fen("hospital"))

    @property
    def own_account(self) -> Decimal:
        """What comes from the person's own account (个人账户), in yuan."""
        return yuan(self.pay_fen("own_account"))

    @property
    def family_account(self) -> Decimal:
        """What comes from the family's shared account (家庭共济账户), in yuan."""
        return yuan(self.pay_fen("family_account"))

    @property
    def commercial(self) -> Decimal:
        """What a commercial health insurance pays (商业健康保险), in yuan."""
        return yuan(self.pay_fen("commercial"))

    @property
    def charity(self) -> Decimal:
        """What charity pays (慈善救助), in yuan."""
        return yuan(self.pay_fen("charity"))

    @property
    def ytd(self) -> YearToDate:
        """What the person carries to the next claim."""
        counters = zip(self.table.meta.counters, self.counters_after(), strict=True)
        return YearToDate(
            last_date=self.claim.date, counters={name: value for name, value in counters if value}
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What each layer did, in order, exact; the same evaluation, told."""
        return tuple(
            Step(
                layer=self.table.meta.layers[layer].name,
                fund=self.table.meta.layers[layer].fund,
                base=Fraction(base, den),
                first_share=Fraction(first_share, den),
                deductible=Fraction(deductible, den),
                cost=Fraction(cost, den),
                pay=pay,
                copay=Fraction(copay, den),
                over_ceiling=Fraction(over_ceiling, den),
                person_share=Fraction(person_share, den * PPM),
                cut=cut,
            )
            for (
                layer, den, base, first_share, deductible, cost, pay, copay, over_ceiling,
                person_share, cut,
            ) in self.trace()
        )  # fmt: skip

    @property
    def receipt(self) -> Receipt:
        """What proves this settlement: fingerprint, amounts, clauses and their provenance."""
        lines = tuple(
            ReceiptLine(
                layer=layer.name,
                fund=layer.fund,
                pay_fen=pay,
                cite=tuple(self.table.clause(cite) for cite in self._cites(layer)),
                provenance=layer.provenance,
            )
            for number, pay in self.payments()
            for layer in [self.table.meta.layers[number]]
        )
        return Receipt(
            policy=self.table.name,
            fingerprint=self.table.fingerprint,
            claim=self.claim.id,
            date=self.claim.date,
            benefit=self.claim.benefit,
            total_fen=self.claim.total_fen,
            cash_fen=self.cash_fen,
            lines=lines,
            provenance=weakest(line.provenance for line in lines) or next(iter(PROVENANCE)),
        )

    def payments(self) -> list[tuple[int, int]]:
        """Return every layer that served the claim, by its number in the table, and its payment."""
        return self.paid()

    def adjusts(self, layer: LayerMeta) -> tuple[AdjustMeta, ...]:
        """Return the adjustments of a layer that concern this claim."""
        values = self.table.names.values(self.claim)
        return tuple(adjust for adjust in layer.adjusts if adjust.concerns(values))

    def _cites(self, layer: LayerMeta) -> tuple[str, ...]:
        """Return the clauses that a layer rests on for this claim, each once."""
        others = (adjust.cite for adjust in self.adjusts(layer))
        return tuple(dict.fromkeys((*layer.cite, *others)))

    @property
    def outlook(self) -> Outlook:
        """What a next bill of the same kind, on the same day, will meet: see `Outlook`."""
        from medsettle.slip.outlook import outlook

        return outlook(self)

    def explain(
        self, lang: str = "zh", bill: Bill | None = None, cashier: Cashier | None = None
    ) -> str:
        """Return the slip as text, step by step with clauses; `lang` is "zh" or "en".

        `bill` (what `Catalogue.split` returned) adds the lines by class, `cashier` what is taken
        at the till.  Raises ValueError for another language, and for a bill or a cashier's
        rounding that is not this settlement's.
        """
        from medsettle.slip.explain import explain

        return explain(self, lang, bill, cashier)

    def page(
        self,
        lang: str = "zh",
        bill: Bill | None = None,
        cashier: Cashier | None = None,
        person: str | None = None,
    ) -> str:
        """Return the slip as one HTML page that prints on A4 and asks for nothing else.

        Takes and raises what `explain` does; `person` is printed as it is given, and nothing else
        tells whose slip it is.  Encode the page as UTF-8.
        """
        from medsettle.slip.page import page

        return page(self, lang, bill, cashier, person)

    def __repr__(self) -> str:
        paid = ", ".join(f"{fund}={amount}" for fund, amount in self.funds.items() if amount)
        return f"<Settlement total={self.total} {paid}{', ' if paid else ''}cash={self.cash}>"


def weakest(provenances: Iterable[str]) -> str:
    """Return the weakest of how well clauses are known; "" for none."""
    strength = tuple(PROVENANCE)
    return max(provenances, key=strength.index, default="")
