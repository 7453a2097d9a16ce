"""Answers of a settlement: `setlinfo` and `setldetail`, as each call has them.

Amounts come from the settlement alone; which fields a call has is `docs/nhsa-desk.md`'s table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from medsettle.model import Claim
from medsettle.money import yuan
from medsettle.nhsa.claims import Visit, age_of, is_in_pool
from medsettle.nhsa.messages import ProcItem, SetlDetail, SetlInfo
from medsettle.nhsa.parties import Hospital, Insured
from medsettle.nhsa.payers import Payer, payers, pooled_ratio_parts, runs_of
from medsettle.nhsa.profiles import Profile
from medsettle.settlement import Settlement
from medsettle.vocabulary import FUNDS, NO_FUNDS

#: Columns of `setlinfo` with a name of their own; every other fund is in `oth_pay`.
NAMED: Final = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay")
_OTHER, _DISABLED = "oth_pay", "hifdm_pay"

_AMOUNTS: Final = (
    "medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt",
    "act_pay_dedc", "pool_prop_selfpay", *NAMED, _OTHER, "fund_pay_sumamt", "acct_pay", "balc",
    "acct_mulaid_pay", "psn_part_amt", "psn_cash_pay", "hosp_part_amt",
)  # fmt: skip
_PERSON: Final = (
    "psn_no", "gend", "brdy", "age", "insutype", "psn_type", "cvlserv_flag", "mdtrt_cert_type",
    "med_type", "clr_type",
)  # fmt: skip
_ALWAYS: Final = ("mdtrt_id", "medins_setl_id", "setl_time", *_AMOUNTS)
_STAY: Final = ("begndate", "enddate", "invono")
#: Which fields of `setlinfo` each call answers with.
COLUMNS: Final[dict[str, frozenset[str]]] = {
    "2206": frozenset((*_ALWAYS, *_PERSON, _DISABLED)),
    "2207": frozenset((*_ALWAYS, *_PERSON, _DISABLED, "setl_id")),
    "2303": frozenset((*_ALWAYS, *_PERSON, _DISABLED)),
    "2304": frozenset((*_ALWAYS, *_PERSON, _DISABLED, "setl_id")),
    "2208": frozenset((*_ALWAYS, *_PERSON, _DISABLED, "setl_id")),
    "2305": frozenset((*_ALWAYS, _DISABLED, "setl_id", "setl_type", "insu_admdvs", *_STAY)),
    "5203": frozenset(
        (
            *_ALWAYS, *_PERSON, "setl_id", "init_setl_id", "refd_setl_flag", "year", "pay_loc",
            "fixmedins_code", "fixmedins_name", "hosp_lv", "dedc_hosp_lv", "dise_codg", *_STAY,
        )
    ),
}  # fmt: skip
#: `setl_type`: settled online.
_ONLINE: Final = "2"
_HERE, _IN_PROVINCE, _ACROSS = "2", "3", "4"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement with what its messages say beside the amounts.

    `own_fen` is what the own account holds afterwards.  `setl_id` is "" in a preview.
    """

    settlement: Settlement
    visit: Visit
    person: Insured
    hospital: Hospital
    profile: Profile
    mdtrt_id: str
    msgid: str
    setl_time: dt.datetime
    own_fen: int
    setl_id: str = ""
    mdtrt_cert_type: str | None = None
    invono: str | None = None

    def __repr__(self) -> str:
        """Show the visit and the settlement, and nothing of the person."""
        return f"<Case {self.mdtrt_id} {self.setl_id} {self.settlement!r}>"


def answer(call: str, case: Case) -> tuple[SetlInfo, tuple[SetlDetail, ...]]:
    """Return `setlinfo` and `setldetail` as `call` has them; the call is a key of COLUMNS."""
    info, details = whole(case)
    return as_called(call, info), details


def as_called(call: str, info: SetlInfo) -> SetlInfo:
    """Return a `setlinfo` with the fields that a call has, and no others.

    5203 has the hospital's part only where there is one: the interface has no column for it
    there, the data centre has.
    """
    kept = COLUMNS[call]
    fields = {
        name: value
        for name in info.__struct_fields__
        if name in kept and (value := getattr(info, name)) is not None
    }
    if call == "5203" and not info.hosp_part_amt:
        fields.pop("hosp_part_amt", None)
    return SetlInfo(**fields)


def whole(case: Case) -> tuple[SetlInfo, tuple[SetlDetail, ...]]:
    """Return all that is known of a settlement, for any call."""
    runs = runs_of(case.settlement)
    paying = payers(case.settlement, runs)
    ratio = Decimal(pooled_ratio_parts(case.settlement, runs)).scaleb(-4)
    fields: dict[str, Any] = {**_amounts(case), "pool_prop_selfpay": ratio, **_beside(case)}
    return SetlInfo(**fields), tuple(_details(paying, case))


def column_of(fund: str, scheme: str, profile: Profile) -> str:
    """Return the field of `setlinfo` in which a fund counts; `oth_pay` where none is its own."""
    code = profile.fund_code(fund, scheme)
    payer = None if code is None else profile.payer(code)
    return payer.column if payer is not None and payer.fund == fund else _OTHER


def _amounts(case: Case) -> dict[str, Decimal]:
    """Return every amount of `setlinfo`, in yuan."""
    settlement, claim = case.settlement, case.settlement.claim
    paid = settlement.funds_fen
    family = paid.get("family_account", 0)
    account = paid.get("own_account", 0) + family
    fen = {
        "medfee_sumamt": claim.total_fen,
        "fulamt_ownpay_amt": claim.full_self_pay_fen,
        "overlmt_selfpay": claim.over_limit_fen,
        "preselfpay_amt": claim.first_step_fen,
        "inscp_scp_amt": claim.in_scope_fen,
        # A deductible may be taken from what is out of scope, too; this is the in scope's (I5).
        "act_pay_dedc": min(settlement.deductible_fen, claim.in_scope_fen),
        **_funds(case, paid),
        "fund_pay_sumamt": settlement.total_funds_fen,
        "psn_part_amt": settlement.cash_fen + account,
        "acct_pay": account,
        "acct_mulaid_pay": family,
        "psn_cash_pay": settlement.cash_fen,
        "hosp_part_amt": paid.get("hospital", 0),
        "balc": case.own_fen,
    }
    if case.profile.total_includes_account:
        fen["fund_pay_sumamt"] += account
    return {name: yuan(amount) for name, amount in fen.items()}


def _funds(case: Case, paid: dict[str, int]) -> dict[str, int]:
    """Return the funds by column; the disabled servicemen's stands beside and within the others."""
    scheme = case.settlement.table.meta.scheme
    columns = dict.fromkeys((*NAMED, _OTHER, _DISABLED), 0)
    for fund, fen in paid.items():
        if fund not in NO_FUNDS:
            column = column_of(fund, scheme, case.profile)
            columns[column if column in columns else _OTHER] += fen
    columns[_OTHER] += columns[_DISABLED]
    return columns


def _beside(case: Case) -> dict[str, Any]:
    """Return what `setlinfo` says beside the amounts."""
    visit, base, claim = case.visit, case.person.baseinfo, case.settlement.claim
    insurance = case.person.insurance(visit.insutype)
    begun = visit.begun if visit.days is not None else visit.date
    return {
        "setl_id": case.setl_id or None,
        "mdtrt_id": case.mdtrt_id,
        "psn_no": base.psn_no,
        "gend": base.gend,
        "brdy": base.brdy,
        "age": Decimal(age_of(case.person, visit.date)),
        "insutype": visit.insutype,
        "psn_type": insurance.psn_type,
        "cvlserv_flag": insurance.cvlserv_flag,
        "setl_time": case.setl_time,
        "mdtrt_cert_type": case.mdtrt_cert_type,
        "med_type": visit.med_type,
        "clr_type": case.profile.meanings.get("clr_type", {}).get(claim.benefit),
        "medins_setl_id": case.msgid,
        "setl_type": _ONLINE,
        "insu_admdvs": visit.insuplc_admdvs,
        "invono": case.invono,
        "begndate": begun,
        "enddate": visit.discharged or visit.date,
        "year": str(benefit_year(claim, case.settlement.table.meta.year_starts)),
        "pay_loc": _pay_loc(case),
        "fixmedins_code": case.hospital.fixmedins_code,
        "fixmedins_name": case.hospital.name or None,
        "hosp_lv": case.hospital.hosp_lv,
        "dedc_hosp_lv": case.hospital.dedc_hosp_lv,
        "dise_codg": visit.dise_codg,
        "refd_setl_flag": "0",
    }


def benefit_year(claim: Claim, year_starts: int) -> int:
    """Return the year in which the claim's benefit year begins."""
    return claim.date.year - (claim.date.month < year_starts)


def _pay_loc(case: Case) -> str:
    visit = case.visit
    if is_in_pool(visit.mdtrtarea_admvs, case.settlement.table):
        return _HERE
    is_across = visit.insuplc_admdvs[:2] != visit.mdtrtarea_admvs[:2]
    return _ACROSS if is_across else _IN_PROVINCE


def _details(paying: Iterable[Payer], case: Case) -> Iterable[SetlDetail]:
    """Yield a row for each payer that paid, as far as the region lists such payers."""
    listed = case.profile.breakdown
    scheme = case.settlement.table.meta.scheme
    for payer in paying:
        is_account = payer.fund.endswith("_account")
        if is_account and not listed.lists_account:
            continue
        if payer.fund == "hospital" and not listed.lists_hospital:
            continue
        code = case.profile.fund_code(payer.fund, scheme)
        assert code is not None, payer.fund  # the national profile has one for every payer
        yield SetlDetail(
            fund_pay_type=code,
            fund_payamt=yuan(payer.pay_fen),
            inscp_scp_amt=yuan(payer.base_fen),
            crt_payb_lmt_amt=yuan(payer.room_fen or 0),
            fund_pay_type_name=FUNDS[payer.fund],
            setl_proc_info=tuple(
                ProcItem(
                    polItemCode=band.code,
                    hifpPayInscp=yuan(band.base_fen),
                    poolPropSelfpay=Decimal(band.share_parts).scaleb(-4),
                    hifpPay=yuan(band.pay_fen),
                )
                for band in payer.bands
            ),
        )
