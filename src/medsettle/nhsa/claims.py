"""From messages to a claim: who, where and what for, in our words, by the profile's meanings.

A code without a meaning is refused, never guessed.  One that means "" says nothing, and is left
out of the claim.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from medsettle.model import Claim
from medsettle.money import FEN_MAX, FEN_PER_YUAN, fen_from_yuan
from medsettle.nhsa.parties import Hospital, Insured
from medsettle.nhsa.persons import InsuInfo
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.visits import Extension

if TYPE_CHECKING:
    from medsettle.table import BenefitTable

#: Which axes of a claim a visit says something on besides the person: profile table, field.
_OF_VISIT: Final = (
    ("disease", "dise_codg", "dise_codg"),
    ("care", "med_type_care", "med_type"),
    ("care", "matn_type", "matn_type"),
)
#: `acct_used_flag`: no account, the own one, the family's.
NO_ACCOUNT, OWN, FAMILY = "0", "1", "2"
_IPT_EMERGENCY, _IPT_REFERRED = "2", "3"
_OTP_EMERGENCY: Final = ("1", "3")
_OTP_REFERRED = "2"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What the calls said of one visit (2201 and 2203, or 2401), for its claim.

    `date` is the day of settling, `begun` the first day.  `days` are those of a stay, None for an
    outpatient; `discharged` is None for one, too.  `through` is the last day of the part that an
    interim settlement settles, None in any other.
    """

    insutype: str
    med_type: str
    date: dt.date
    begun: dt.date
    insuplc_admdvs: str
    mdtrtarea_admvs: str
    dise_codg: str | None = None
    matn_type: str | None = None
    extension: Extension | None = None
    discharged: dt.date | None = None
    through: dt.date | None = None
    days: int | None = None


def with_meanings(profile: Profile, meanings: Mapping[str, Mapping[str, str]]) -> Profile:
    """Return a profile in which codes of one policy or hospital have these meanings, too.

    `meanings` is by field as in a profile: `{"dise_codg": {"M03900": "hypertension"}}`.
    """
    joined = {field: dict(codes) for field, codes in profile.meanings.items()}
    for field, codes in meanings.items():
        joined.setdefault(field, {}).update(codes)
    return msgspec.structs.replace(profile, meanings=joined)


def claim_of(
    visit: Visit, person: Insured, hospital: Hospital, table: BenefitTable, profile: Profile
) -> Claim:
    """Return the claim of a visit, its four amounts 0.

    Raises MessageError: N114 for a code without a meaning, N203 for an insurance that the person
    has not, N207 where several identities hold and nothing says which counts, N209 for a person
    or visit that is not this table's.
    """
    insurance = person.insurance(visit.insutype)
    check_table(visit, table, profile)
    stated = {**hospital.stated, **person.stated}
    said: dict[str, Any] = {
        "age": age_of(person, visit.date),
        "benefit": profile.meaning("med_type", visit.med_type),
    }
    if "status" not in stated:
        said["status"] = profile.meaning("psn_type", insurance.psn_type) or None
    if "level" not in stated:
        said["level"] = _level(hospital, profile)
    if "place" not in stated:
        said["place"] = _place(visit, person, table, profile)
    if "assistance" not in stated:
        said |= _stated("assistance", _assistance(person, visit.date, profile), table, profile)
    if "supplement" not in stated:
        found = _supplements(person, insurance, visit.date, profile)
        said |= _stated("supplement", found, table, profile)
    said |= _of_visit(visit, said["benefit"], stated, table, profile)
    return Claim(
        **{**said, **stated},
        date=visit.date,
        in_scope_fen=0,
        admitted=None if visit.days is None else visit.begun,
        discharged=visit.discharged,
        days=visit.days,
    )


def check_table(visit: Visit, table: BenefitTable, profile: Profile) -> None:
    """Raise MessageError N209 where the person is not insured in the table's region and scheme."""
    scheme = profile.meaning("insutype", visit.insutype)
    if scheme != table.meta.scheme:
        raise MessageError(
            "N209", "insutype", expected=f"an insurance of {table.name}", found=visit.insutype
        )
    if not is_in_pool(visit.insuplc_admdvs, table):
        expected = f"a region of {table.name}"
        raise MessageError("N209", "insuplc_admdvs", expected=expected, found=visit.insuplc_admdvs)


def is_in_pool(admdvs: str, table: BenefitTable) -> bool:
    """Tell whether a region's code lies in the pooling region: that of the policy, 00 left off."""
    pool = table.meta.region
    while pool.endswith("00"):
        pool = pool[:-2]
    return admdvs.startswith(pool)


def age_of(person: Insured, day: dt.date) -> int:
    """Return the whole years on a day, from the date of birth, else from the age as told."""
    born = person.baseinfo.brdy
    if born is None:
        return int(person.baseinfo.age)
    if born > day:
        raise MessageError("N111", "brdy", expected="a date not after the visit")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _level(hospital: Hospital, profile: Profile) -> str | None:
    """Return the level for deductibles, else the grade's; None where neither says one."""
    for field in ("dedc_hosp_lv", "hosp_lv"):
        code = getattr(hospital, field)
        level = profile.meaning(field, code) if code else ""
        if level:
            return level
    return None


# ---------------------------------------------------------------------------- where


def _place(visit: Visit, person: Insured, table: BenefitTable, profile: Profile) -> str:
    """Return the place in the policy's words: by where it is, and what was filed for it."""
    if is_in_pool(visit.mdtrtarea_admvs, table):
        return profile.meaning("place", "local")
    across = visit.insuplc_admdvs[:2] != visit.mdtrtarea_admvs[:2]
    where = "cross_province" if across else "in_province"
    why = _filed(visit, person, profile)
    places = profile.meanings.get("place", {})
    return places.get(f"{where}.{why}") or profile.meaning("place", why)


def _filed(visit: Visit, person: Insured, profile: Profile) -> str:
    """Return for what reason a visit elsewhere counts as registered; `unfiled` for none.

    What the visit itself says comes first; of several registrations the first that the profile's
    table `biz_appy_type` names.
    """
    said = visit.extension
    if said is not None:
        if said.IPT_TYPE == _IPT_EMERGENCY or said.OTP_ER_REFL_FLAG in _OTP_EMERGENCY:
            return "emergency_elsewhere"
        if said.IPT_TYPE == _IPT_REFERRED or said.OTP_ER_REFL_FLAG == _OTP_REFERRED:
            return "referred"
    filed = {filing.biz_appy_type for filing in person.filings if filing.holds(visit.begun)}
    reasons = profile.meanings.get("biz_appy_type", {})
    return next((reason for code, reason in reasons.items() if code in filed), "unfiled")


# ---------------------------------------------------------------------------- who


def _current(person: Insured, day: dt.date) -> Iterable[str]:
    """Yield the identities that hold on a day."""
    for row in person.idetinfo:
        if row.begntime.date() <= day and (row.endtime is None or day <= row.endtime.date()):
            yield row.psn_idet_type


def _assistance(person: Insured, day: dt.date, profile: Profile) -> list[str]:
    found = [profile.meaning("psn_idet_type", code) for code in _current(person, day)]
    return [value for value in found if value not in ("", "unassisted")]


def _supplements(person: Insured, insurance: InsuInfo, day: dt.date, profile: Profile) -> list[str]:
    found = [profile.meaning("cvlserv_flag", insurance.cvlserv_flag)]
    by_identity = profile.meanings.get("psn_idet_type_supplement", {})
    found += [by_identity.get(code, "") for code in _current(person, day)]
    return [value for value in found if value not in ("", "unsupplemented")]


def _stated(
    axis: str, found: Iterable[str], table: BenefitTable, profile: Profile
) -> dict[str, Any]:
    """Return what a claim states on an axis: nothing, one value, or all where the policy ranks.

    Where the policy has no such list, the profile's table `rank` may: the lowest number counts.
    """
    values = tuple(dict.fromkeys(found))
    if len(values) < 2:
        return {axis: values[0]} if values else {}
    ranked = table.meta.best_of.get(axis, ())
    if all(value in ranked for value in values):
        return {axis: values}
    ranks = profile.meanings.get("rank", {})
    if all(value in ranks for value in values):
        order = sorted(values, key=lambda value: int(ranks[value]))
        if ranks[order[0]] != ranks[order[1]]:
            return {axis: order[0]}
    raise MessageError(
        "N207",
        axis,
        expected="one that counts",
        found=" ".join(values),
        mend="Rank them in the profile (`rank`), or let the policy have a `best_of`",
    )


# ---------------------------------------------------------------------------- what for


def _of_visit(
    visit: Visit,
    benefit: str,
    stated: Mapping[str, Any],
    table: BenefitTable,
    profile: Profile,
) -> dict[str, Any]:
    """Return what the visit's codes say; one without a meaning counts only where it is asked for.

    Diagnoses are many thousand, and most policies ask for a few of them or none.
    """
    found: dict[str, list[str]] = {}
    for axis, name, field in _OF_VISIT:
        code = getattr(visit, field)
        if axis in stated or not code:
            continue
        if name == field and asks(table, benefit, axis):
            found.setdefault(axis, []).append(profile.meaning(name, code))
        else:
            found.setdefault(axis, []).append(profile.meanings.get(name, {}).get(code, ""))
    said: dict[str, Any] = {}
    for axis, values in found.items():
        said |= _stated(axis, filter(None, values), table, profile)
    return said


def asks(table: BenefitTable, benefit: str, axis: str) -> bool:
    """Tell whether a policy's benefit asks for an axis, on any day."""
    return any(
        program.benefit == benefit and axis in program.axes for program in table.decompiled.programs
    )


# ---------------------------------------------------------------------------- accounts


def fen_of(amount: Decimal, field: str) -> int:
    """Return an amount in fen; raise MessageError N109 for one beyond ten billion yuan."""
    if abs(amount) > FEN_MAX // FEN_PER_YUAN:
        raise MessageError("N109", field, expected="at most ten billion yuan")
    return fen_from_yuan(amount)


def balance_of(insurance: InsuInfo) -> int:
    """Return what is in the own account, in fen; raise MessageError N109."""
    return fen_of(insurance.balc, "balc")
