"""The nouns at the doors: a claim, the year so far, a step of a settlement.

Every amount inside is whole fen in an `int`; `Decimal` yuan is made only when asked for.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import msgspec

from medsettle.money import fen_from_yuan, yuan_text
from medsettle.refusal import ClaimError, MoneyTypeError, Reason
from medsettle.vocabulary import FOUR_AMOUNTS


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One visit to settle (就诊): who, where, when, how much.

    The four amounts are fen; their sum is the bill.  `level`, `status`, `assistance`,
    `supplement` and `place` are names from `medsettle.vocabulary.AXES`; `age` is whole years on
    `date`.  `id` and `person` are the caller's own labels: settling does not look at them.
    """

    benefit: str
    date: dt.date
    in_scope_fen: int
    full_self_pay_fen: int = 0
    over_limit_fen: int = 0
    first_step_fen: int = 0
    level: str | None = None
    status: str | None = None
    age: int | None = None
    assistance: str = "unassisted"
    supplement: str = "unsupplemented"
    place: str = "local"
    id: str = ""
    person: str | int = ""

    @property
    def total_fen(self) -> int:
        """The bill in fen: the sum of the four amounts."""
        return (
            self.full_self_pay_fen + self.over_limit_fen + self.first_step_fen + self.in_scope_fen
        )

    @classmethod
    def from_yuan(
        cls,
        *,
        date: dt.date | str,
        in_scope: Decimal | str | int,
        total: Decimal | str | int | None = None,
        full_self_pay: Decimal | str | int | None = None,
        over_limit: Decimal | str | int = 0,
        first_step: Decimal | str | int = 0,
        benefit: str,
        level: str | None = None,
        status: str | None = None,
        age: int | None = None,
        assistance: str = "unassisted",
        supplement: str = "unsupplemented",
        place: str = "local",
        id: str = "",
        person: str | int = "",
    ) -> Claim:
        """Return a claim from yuan amounts (`Decimal`, `str` or `int`; never `float`).

        With `total` and no `full_self_pay`, the full self-pay is what the total leaves.  Raises
        ClaimError naming the field (a TypeError too, for a float): an amount that is no whole
        fen, a total that is not the sum of the four amounts, a text that is no date YYYY-MM-DD.
        """
        try:
            amounts = four_amounts(
                in_scope_fen=_fen("in_scope", in_scope),
                total_fen=None if total is None else _fen("total", total),
                full_self_pay_fen=(
                    None if full_self_pay is None else _fen("full_self_pay", full_self_pay)
                ),
                over_limit_fen=_fen("over_limit", over_limit),
                first_step_fen=_fen("first_step", first_step),
            )
        except ClaimError:
            raise
        except ValueError as error:
            raise ClaimError(Reason.AMOUNTS_DISAGREE, field="total", what=str(error)) from None
        return cls(
            **amounts,
            date=_date(date) if isinstance(date, str) else date,
            benefit=benefit,
            level=level,
            status=status,
            age=age,
            assistance=assistance,
            supplement=supplement,
            place=place,
            id=id,
            person=person,
        )

    def __repr__(self) -> str:
        """Show the claim without the person it belongs to."""
        shown = (
            f"{field}={value!r}"
            for field in self.__struct_fields__
            if field != "person" and (value := getattr(self, field)) not in (None, "", 0)
        )
        return f"Claim({', '.join(shown)})"


def _fen(field: str, value: Decimal | str | int) -> int:
    """Return an amount in yuan as fen; raise ClaimError naming the field."""
    try:
        return fen_from_yuan(value)
    except TypeError as error:
        raise MoneyTypeError(Reason.BAD_MONEY, field=field, what=str(error)) from None
    except ValueError as error:
        raise ClaimError(Reason.BAD_MONEY, field=field, what=str(error)) from None


def _date(text: str) -> dt.date:
    """Return a date written YYYY-MM-DD; raise ClaimError."""
    try:
        if len(text) == len("2025-03-01"):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise ClaimError(
        Reason.BAD_VALUE, field="date", expected="a date such as 2025-03-01", found=text
    )


def four_amounts(
    *,
    in_scope_fen: int,
    total_fen: int | None,
    full_self_pay_fen: int | None,
    over_limit_fen: int,
    first_step_fen: int,
) -> dict[str, int]:
    """Return the four amounts by their field names, the full self-pay filled in from the total.

    Raises ValueError when the amounts do not add up to the total.
    """
    known = in_scope_fen + over_limit_fen + first_step_fen
    if full_self_pay_fen is None:
        full_self_pay_fen = 0 if total_fen is None else total_fen - known
    if total_fen is not None and (full_self_pay_fen < 0 or known + full_self_pay_fen != total_fen):
        raise ValueError(
            f"{', '.join(FOUR_AMOUNTS)} add up to "
            f"{yuan_text(known + max(full_self_pay_fen, 0))} yuan, the total is "
            f"{yuan_text(total_fen)} yuan"
        )
    return {
        "in_scope_fen": in_scope_fen,
        "full_self_pay_fen": full_self_pay_fen,
        "over_limit_fen": over_limit_fen,
        "first_step_fen": first_step_fen,
    }


class YearToDate(msgspec.Struct, frozen=True):
    """What a person carries from claim to claim (年度累计): every counter that is not zero.

    `counters` are whole fen, or whole visits for names ending in `.visits`; `last_date` is the
    day of the latest settled claim, from which the windows of the counters are known.
    """

    last_date: dt.date | None = None
    counters: dict[str, int] = {}


class Step(msgspec.Struct, frozen=True):
    """What one layer did with one claim; amounts are exact fen, fractions where they are.

    See `docs/semantics.md` for each word.  `base = deductible + pay + copay + over_ceiling`.
    """

    layer: str
    fund: str
    base: Fraction
    deductible: Fraction
    cost: Fraction
    pay: int
    copay: Fraction
    over_ceiling: Fraction
    person_share: Fraction
    cut: bool

    @property
    def reached(self) -> Fraction:
        """The amount of the base up to which the layer paid: deductible and cost."""
        return self.deductible + self.cost
