"""The nouns at the doors: a claim, the year so far, a step of a settlement.

Every amount inside is whole fen in an `int`; `Decimal` yuan is made only when asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypedDict, Unpack

import msgspec

from medsettle.money import FEN_MAX, fen_from_yuan, yuan_text
from medsettle.refusal import ClaimError, MoneyTypeError, Reason, harmless
from medsettle.vocabulary import AGE, AXES, FOUR_AMOUNTS, NUMBERS, default_value

#: What a claim may state on an axis of names: one value, several where the policy has a list of
#: which counts (`best_of`), or None where the axis is not stated.
Stated = str | tuple[str, ...] | None
#: An amount in yuan; never a float.
Yuan = Decimal | str | int

#: The longest visit, in days.
DAYS_MAX: Final = 100_000
#: The fields that count something, each with what may stand there.
COUNTS: Final = {
    **dict.fromkeys(NUMBERS, "a whole number, 0 or more"),
    AGE: f"whole years 0 to {NUMBERS[AGE]}",
    "days": f"whole days, 0 to {DAYS_MAX}",
}
_MOST: Final = {AGE: NUMBERS[AGE], "days": DAYS_MAX}


class OtherFields(TypedDict, total=False):
    """The fields of a claim that are the same in yuan and in fen."""

    level: Stated
    status: Stated
    assistance: Stated
    supplement: Stated
    place: Stated
    hospital_kind: Stated
    institution: Stated
    disease: Stated
    care: Stated
    tier: Stated
    cohort: Stated
    family_doctor: Stated
    entitlement: Stated
    age: int | None
    months: int | None
    enrolled_years: int | None
    zero_claim_years: int | None
    days: int | None
    continues: bool
    id: str
    person: str | int


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One visit to settle (就诊): who, where, when, how much.

    The four amounts are fen; their sum is the bill.  `items` says how many fen of `in_scope`
    belong to which item group.  The axes of `medsettle.vocabulary.AXES` hold names, the policy's
    own ones too; a tuple of names where the policy knows which of them counts.  `age` is whole
    years on `date`, `months` and `enrolled_years` those of being enrolled without a break,
    `zero_claim_years` those without a claim.  `admitted` and `discharged` are not after `date`;
    `days` are those of the visit; `continues` says that it continues the stay of an earlier
    claim.  `id` and `person` are the caller's own labels: settling does not look at them.
    """

    benefit: str
    date: dt.date
    in_scope_fen: int
    full_self_pay_fen: int = 0
    over_limit_fen: int = 0
    first_step_fen: int = 0
    level: Stated = None
    status: Stated = None
    age: int | None = None
    assistance: Stated = "unassisted"
    supplement: Stated = "unsupplemented"
    place: Stated = "local"
    hospital_kind: Stated = "general_hospital"
    institution: Stated = None
    disease: Stated = "other_disease"
    care: Stated = "usual_care"
    tier: Stated = None
    cohort: Stated = None
    family_doctor: Stated = "unsigned"
    entitlement: Stated = "entitled"
    months: int | None = None
    enrolled_years: int | None = None
    zero_claim_years: int | None = None
    items: Mapping[str, int] = msgspec.field(default_factory=dict, name="items_fen")
    admitted: dt.date | None = None
    discharged: dt.date | None = None
    days: int | None = None
    continues: bool = False
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
        benefit: str,
        in_scope: Yuan,
        total: Yuan | None = None,
        full_self_pay: Yuan | None = None,
        over_limit: Yuan = 0,
        first_step: Yuan = 0,
        items: Mapping[str, Yuan] | None = None,
        admitted: dt.date | str | None = None,
        discharged: dt.date | str | None = None,
        **others: Unpack[OtherFields],
    ) -> Claim:
        """Return a claim from yuan amounts (`Decimal`, `str` or `int`; never `float`).

        With `total` and no `full_self_pay`, the full self-pay is what the total leaves.  Raises
        ClaimError naming the field (a TypeError too, for a float): an amount that is no whole
        fen, a total that is not the sum of the four amounts, a text that is no date YYYY-MM-DD,
        `admitted` or `discharged` after `date`, another field that is not of its type or cannot
        be.  Which names there are is the table's to say.
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
        day = _date("date", date)
        entered = None if admitted is None else _date("admitted", admitted)
        left = None if discharged is None else _date("discharged", discharged)
        check_not_after(day, {"admitted": entered, "discharged": left})
        _check_types({"benefit": benefit, **others})
        return cls(
            **amounts,
            date=day,
            benefit=benefit,
            admitted=entered,
            discharged=left,
            items=_items(items),
            **others,
        )

    def __hash__(self) -> int:
        """Return the hash of what tells most claims apart; `items` has none."""
        return hash((self.benefit, self.date, self.in_scope_fen, self.person, self.id))

    def __repr__(self) -> str:
        """Show what the claim states, without the person it belongs to."""
        shown = (
            f"{field}={value!r}"
            for field in self.__struct_fields__
            if field != "person" and not _says_nothing(field, value := getattr(self, field))
        )
        return f"Claim({', '.join(shown)})"


def _says_nothing(field: str, value: Any) -> bool:
    """Tell whether a field's value is what it means by being left out."""
    if field in AXES:
        return bool(value == default_value(field))
    is_number = type(value) is int and not field.endswith("_fen")
    return not value and not is_number


def _fen(field: str, value: Yuan) -> int:
    """Return an amount in yuan as fen; raise ClaimError naming the field."""
    try:
        return fen_from_yuan(value)
    except TypeError as error:
        raise MoneyTypeError(Reason.BAD_MONEY, field=field, what=str(error)) from None
    except ValueError as error:
        what = str(error)
        if not harmless(value):  # somebody's number or name, put into the wrong field
            what = "no amount in yuan, such as 1234.56, or it is beyond ten billion yuan"
        raise ClaimError(Reason.BAD_MONEY, field=field, what=what) from None


def _items(given: Mapping[str, Yuan] | None) -> dict[str, int]:
    """Return item groups in fen; raise ClaimError for what is no mapping of them."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        expected = "a dict from item groups to yuan"
        raise ClaimError(Reason.BAD_VALUE, field="items", expected=expected)
    return {group: _fen(f"items.{group}", value) for group, value in given.items()}


def _date(field: str, value: dt.date | str) -> dt.date:
    """Return a date, or a text YYYY-MM-DD as one; raise ClaimError naming the field."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        if isinstance(value, str) and len(value) == len("2025-03-01"):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise ClaimError(
        Reason.BAD_VALUE, field=field, expected="a date such as 2025-03-01", found=value
    )


def _check_types(fields: Mapping[str, Any]) -> None:
    """Raise ClaimError for a field that is not of its type, or a number that cannot be."""
    for field, value in fields.items():
        if field in COUNTS:
            check_count(field, value)
        elif not _is_of_type(field, value):
            hidden = field in ("person", "id")
            raise ClaimError(
                Reason.BAD_VALUE,
                field=field,
                expected=_TYPES.get(field, "text, a tuple of texts, or None"),
                found=None if hidden else value,
            )


_TYPES: Final = {
    "benefit": "text",
    "id": "text",
    "person": "text or an int",
    "continues": "True or False",
}


def _is_of_type(field: str, value: Any) -> bool:
    """Tell whether a field that is no number, amount or date is of its type."""
    match field:
        case "continues":
            return isinstance(value, bool)
        case "person":
            return isinstance(value, str) or type(value) is int
        case "benefit" | "id":
            return isinstance(value, str)
    if field not in AXES or value is None or isinstance(value, str):
        return True  # what is no field at all, the claim itself refuses
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


def check_count(field: str, value: object) -> None:
    """Raise ClaimError for what one of COUNTS cannot be; None says nothing."""
    if value is not None and (
        type(value) is not int or value < 0 or value > _MOST.get(field, value)
    ):
        raise ClaimError(Reason.BAD_VALUE, field=field, expected=COUNTS[field], found=value)


def check_not_after(date: dt.date, visit: Mapping[str, dt.date | None]) -> None:
    """Raise ClaimError for a date of a visit that is after the date of its claim."""
    for field, day in visit.items():
        if day is not None and day > date:
            expected = f"no day after the date, {date}"
            found = day.isoformat()
            raise ClaimError(Reason.BAD_VALUE, field=field, expected=expected, found=found)


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

    `counters` are whole fen; whole visits for names ending in `.visits`, the day on which a period
    began, as `date.toordinal()`, for names ending in `.start`.  `last_date` is the day of the
    latest settled claim, from which the windows of the counters are known.
    """

    last_date: dt.date | None = None
    counters: dict[str, int] = {}

    def with_balances(
        self, *, own_fen: int | None = None, family_fen: int | None = None
    ) -> YearToDate:
        """Return this year with what is in the person's accounts now (`balc`), in fen.

        `own_fen` is what the own account holds, `family_fen` what the family's shared one does
        (个人账户、家庭共济账户); None leaves that account as it was.  Raises ClaimError for a
        negative balance or one beyond ten billion yuan (MoneyTypeError for what is no int).  A
        policy without such an account refuses the year with the next claim, naming the counter.
        """
        counters = dict(self.counters)
        for field, fen in (("own_fen", own_fen), ("family_fen", family_fen)):
            if fen is not None:
                counters.pop(BALANCES[field], None)
                if _balance(field, fen):
                    counters[BALANCES[field]] = fen
        return YearToDate(last_date=self.last_date, counters=counters)


#: The counters that hold what is in an account, by the field of `with_balances`.
BALANCES: Final = {"own_fen": "own_account.balance", "family_fen": "family_account.balance"}


def _balance(field: str, fen: object) -> int:
    """Return what an account holds; raise ClaimError for what it cannot hold."""
    if type(fen) is not int:
        raise MoneyTypeError(Reason.BAD_MONEY, field=field, found=fen, expected="an int of fen")
    if not 0 <= fen <= FEN_MAX:
        reason = Reason.AMOUNT_NEGATIVE if fen < 0 else Reason.AMOUNT_TOO_LARGE
        raise ClaimError(reason, field=field, found=fen)
    return fen


class Step(msgspec.Struct, frozen=True):
    """What one layer did with one claim; amounts are exact fen, fractions where they are.

    See `docs/semantics.md` for each word.
    `base = first_share + deductible + pay + copay + over_ceiling`.
    """

    layer: str
    fund: str
    base: Fraction
    first_share: Fraction
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
