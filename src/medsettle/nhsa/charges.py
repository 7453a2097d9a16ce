"""Fee lines both ways: what the hospital charges to `FeeLine`, what became of it to `result`.

Also the sums that a request to settle states, against what the lines come to.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from medsettle.bill.line import FeeLine, LineResult
from medsettle.model import Claim
from medsettle.money import PPM, half_up, yuan
from medsettle.nhsa.claims import fen_of
from medsettle.nhsa.messages import FeeDetail, FeeResult, InpatientSettle, OutpatientSettle
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.refusing import MessageError

#: `pric_uplmt_amt` of an item without a ceiling.
NO_CEILING: Final = Decimal(999999)
#: The four amounts: the field of a settlement, and of a claim.
FOUR: Final = {
    "fulamt_ownpay_amt": "full_self_pay_fen",
    "overlmt_selfpay": "over_limit_fen",
    "preselfpay_amt": "first_step_fen",
    "inscp_scp_amt": "in_scope_fen",
}
_NEGOTIATED: Final = "negotiated_drug"
_YES, _NO = "1", "0"


def fee_line(row: FeeDetail, profile: Profile) -> FeeLine:
    """Return the line that a row of `feedetail` charges.

    `prd_days` of 0 says nothing, as in all of the interface's numbers.  Raises MessageError: N114
    for a flag without a meaning, N109 for an amount beyond ten billion yuan.
    """
    days = row.prd_days or None
    return FeeLine(
        code=row.med_list_codg,
        price_e6=int(row.pric.scaleb(6)),
        quantity_e4=int(row.cnt.scaleb(4)),
        amount_fen=fen_of(row.det_item_fee_sumamt, "det_item_fee_sumamt"),
        date=row.fee_ocur_time.date(),
        id=row.feedetl_sn,
        returns=row.init_feedetl_sn or "",
        approval=_meaning(profile, row, "hosp_appr_flag") or "not_needed",
        herb_use=_meaning(profile, row, "tcmdrug_used_way"),
        discharge_medicine=row.dscg_tkdrug_flag == _YES,
        supply_days_e2=None if days is None else int(days.scaleb(2)),
    )


def _meaning(profile: Profile, row: FeeDetail, field: str) -> str:
    code = getattr(row, field)
    return profile.meaning(field, code) if code else ""


def fee_result(row: FeeDetail, line: LineResult, profile: Profile) -> FeeResult:
    """Return the row of `result` that answers a row of `feedetail`.

    A line that is all the person's has the ratio 1, whatever its item's first-step share is.
    """
    is_all_own = line.full_self_pay_fen == line.amount_fen
    share = PPM if is_all_own else line.share_ppm
    classes = {name: code for code, name in profile.meanings["chrgitm_lv"].items()}
    ceiling = line.ceiling_e6
    return FeeResult(
        feedetl_sn=row.feedetl_sn,
        det_item_fee_sumamt=yuan(line.amount_fen),
        cnt=row.cnt,
        pric=row.pric,
        pric_uplmt_amt=NO_CEILING if ceiling is None else Decimal(ceiling).scaleb(-6),
        selfpay_prop=Decimal(half_up(Fraction(share, 100))).scaleb(-4),
        fulamt_ownpay_amt=yuan(line.full_self_pay_fen),
        overlmt_amt=yuan(line.over_limit_fen),
        preselfpay_amt=yuan(line.first_step_fen),
        inscp_scp_amt=yuan(line.in_scope_fen),
        chrgitm_lv=classes.get(line.class_),
        hi_nego_drug_flag=_YES if line.group == _NEGOTIATED else _NO,
        lmt_used_flag=_YES if line.restricted else _NO,
    )


# ---------------------------------------------------------------------------- sums


def check_total(stated: Decimal, fen: int) -> None:
    """Raise MessageError N201 where `medfee_sumamt` is not the sum of the lines."""
    if stated != yuan(fen):
        raise _disagree("medfee_sumamt", fen, stated)


def check_four(request: OutpatientSettle | InpatientSettle, claim: Claim) -> None:
    """Raise MessageError N201 for one of the four amounts that is not what the lines come to.

    2207 must state all of them (N106).  A stay's are optional: a request that leaves them out, or
    has 0 for every one, says nothing.
    """
    stated = {field: getattr(request, field) for field in FOUR}
    if isinstance(request, InpatientSettle) and not any(stated.values()):
        return
    for field, name in FOUR.items():
        amount = stated[field]
        if amount is None:
            if isinstance(request, InpatientSettle):
                continue
            raise MessageError("N106", field, expected="a number, 0 where it is nothing")
        if amount != yuan(getattr(claim, name)):
            raise _disagree(field, getattr(claim, name), amount)


def stated_four(request: OutpatientSettle | InpatientSettle) -> dict[str, int]:
    """Return the four amounts that a request states, in fen by the claim's fields.

    For a desk without a catalogue.  Raises MessageError: N106 where one is missing, N201 where
    they are not the total.
    """
    found: dict[str, int] = {}
    for field, name in FOUR.items():
        amount = getattr(request, field)
        if amount is None:
            mend = "Without a catalogue the four amounts must be stated"
            raise MessageError("N106", field, expected="a number", mend=mend)
        found[name] = fen_of(amount, field)
    check_total(request.medfee_sumamt, sum(found.values()))
    return found


def _disagree(field: str, right_fen: int, stated: Decimal) -> MessageError:
    return MessageError(
        "N201",
        field,
        expected=f"{yuan(right_fen)}, the sum of the lines",
        found=str(stated),
        mend="Send the sum of the rows that 2204 answered; of a stay, what 2303 answers",
    )
