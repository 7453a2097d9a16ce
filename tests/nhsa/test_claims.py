"""From codes to our words: every axis, what overrides what, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import medsettle as ms
from medsettle.model import Claim
from medsettle.nhsa.charges import fee_line
from medsettle.nhsa.claims import Visit, asks, claim_of, with_meanings
from medsettle.nhsa.messages import Extension, FeeDetail, IdetInfo
from medsettle.nhsa.parties import Filing, Hospital, Insured
from medsettle.nhsa.profiles import Profile, profile
from medsettle.nhsa.refusing import MessageError
from medsettle.table import BenefitTable
from tests.nhsa.ward import CODES, hospital, insured

DAY = dt.date(2025, 3, 3)
NOON = dt.datetime(2025, 3, 3, 12)


@pytest.fixture(scope="module")
def table() -> BenefitTable:
    return ms.load("110000/employee")


def visit(**more: Any) -> Visit:
    said = {
        "insutype": "310", "med_type": "21", "date": DAY, "begun": DAY,
        "insuplc_admdvs": "110108", "mdtrtarea_admvs": "110101", "days": 3,
    } | more  # fmt: skip
    return Visit(**said)


def claim(
    table: BenefitTable,
    person: Insured | None = None,
    used: Profile | None = None,
    at: Hospital | None = None,
    **more: Any,
) -> Claim:
    return claim_of(visit(**more), person or insured(), at or hospital(), table, used or profile())


def identity(code: str, begun: str = "2024-01-01", ended: str | None = None) -> IdetInfo:
    return IdetInfo(
        psn_idet_type=code,
        begntime=dt.datetime.fromisoformat(begun),
        endtime=None if ended is None else dt.datetime.fromisoformat(ended),
    )


def refused(code: str, field: str, *args: Any, **more: Any) -> MessageError:
    with pytest.raises(MessageError) as caught:
        claim(*args, **more)
    assert (caught.value.code, caught.value.field) == (code, field)
    return caught.value


def test_a_plain_stay(table: BenefitTable) -> None:
    found = claim(table, discharged=DAY)
    assert found == Claim(
        benefit="inpatient", date=DAY, in_scope_fen=0, level="tertiary", status="active", age=54,
        admitted=DAY, discharged=DAY, days=3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("11", "active"),
        ("1160", "active"),
        ("12", "retired"),
        ("1112", "retired"),
        ("151", "adult"),
    ],
)
def test_status_goes_by_the_longest_beginning(table: BenefitTable, code: str, status: str) -> None:
    assert claim(table, insured(psn_type=code)).status == status


@pytest.mark.parametrize("code", ["1701", "18", "33", "99"])
def test_a_status_without_a_meaning_is_refused(table: BenefitTable, code: str) -> None:
    refused("N114", "psn_type", table, insured(psn_type=code))


def test_what_is_stated_comes_before_codes(table: BenefitTable) -> None:
    person = insured(psn_type="99", stated={"status": "retired", "tier": "tier_1"})
    found = claim(table, person, at=hospital(stated={"level": "primary", "hospital_kind": "tcm"}))
    assert (found.status, found.tier) == ("retired", "tier_1")
    assert (found.level, found.hospital_kind) == ("primary", "tcm")


def test_a_meaning_may_be_laid_over(table: BenefitTable) -> None:
    used = with_meanings(
        profile(), {"psn_type": {"99": "active"}, "med_type": {"9901": "outpatient"}}
    )
    found = claim(table, insured(psn_type="99"), used, med_type="9901")
    assert (found.status, found.benefit) == ("active", "outpatient")
    assert "99" not in profile().meanings["psn_type"]
    assert "9901" not in profile().meanings["med_type"]


@pytest.mark.parametrize("code", ["9901", "12", "61"])
def test_a_kind_of_visit_without_a_meaning_is_refused(table: BenefitTable, code: str) -> None:
    refused("N114", "med_type", table, med_type=code)


@pytest.mark.parametrize(
    ("dedc", "grade", "level"),
    [
        ("1", None, "primary"), ("2", "1", "secondary"), ("3", "11", "tertiary"),
        (None, "1", "tertiary"), (None, "01", "tertiary"), (None, "3", "tertiary"),
        (None, "12", "tertiary"), (None, "5", "secondary"), (None, "13", "secondary"),
        (None, "8", "primary"), (None, "10", "primary"), ("9", "5", "secondary"),
        ("4", "11", None), (None, None, None),
    ],
)  # fmt: skip
def test_levels_run_the_other_way_in_the_two_tables(
    table: BenefitTable, dedc: str | None, grade: str | None, level: str | None
) -> None:
    at = Hospital(fixmedins_code="H", dedc_hosp_lv=dedc, hosp_lv=grade)
    assert claim(table, at=at).level == level


def test_a_level_without_a_meaning_is_refused(table: BenefitTable) -> None:
    refused("N114", "hosp_lv", table, at=Hospital(fixmedins_code="H", hosp_lv="77"))


# ---------------------------------------------------------------------------- where


@pytest.mark.parametrize(
    ("area", "said", "filed", "place"),
    [
        ("110229", None, None, "local"),
        ("130100", None, None, "unfiled"),
        ("130100", None, "08", "settled_elsewhere"),
        ("130100", None, "06", "referred"),
        ("130100", None, "07", "emergency_elsewhere"),
        ("130100", {"IPT_TYPE": "2"}, "08", "emergency_elsewhere"),
        ("130100", {"IPT_TYPE": "3"}, None, "referred"),
        ("130100", {"IPT_TYPE": "1"}, None, "unfiled"),
        ("130100", {"OTP_ER_REFL_FLAG": "1"}, None, "emergency_elsewhere"),
        ("130100", {"OTP_ER_REFL_FLAG": "2"}, None, "referred"),
        ("130100", {"OTP_ER_REFL_FLAG": "3"}, None, "emergency_elsewhere"),
        ("130100", None, "01", "unfiled"),
    ],
)
def test_places(
    table: BenefitTable, area: str, said: dict[str, str] | None, filed: str | None, place: str
) -> None:
    person = insured()
    if filed:
        person = replace(person, filings=(Filing(biz_appy_type=filed, begndate=DAY),))
    extension = None if said is None else Extension(**said)
    assert claim(table, person, mdtrtarea_admvs=area, extension=extension).place == place


def test_a_filing_holds_on_its_days_only(table: BenefitTable) -> None:
    def place(begun: dt.date, ended: dt.date | None) -> object:
        filing = Filing(biz_appy_type="08", begndate=begun, enddate=ended)
        person = replace(insured(), filings=(filing,))
        return claim(table, person, mdtrtarea_admvs="130100").place

    day = dt.timedelta(1)
    assert place(DAY, DAY) == "settled_elsewhere"
    assert place(DAY + day, None) == "unfiled"
    assert place(DAY - day, DAY - day) == "unfiled"


def test_places_may_tell_the_own_province_apart() -> None:
    table = ms.load("360100/employee")
    used = with_meanings(profile(), {"place": {"in_province.unfiled": "in_province"}})
    person = insured(region="360102")
    where = {"insuplc_admdvs": "360102"}
    assert claim(table, person, used, mdtrtarea_admvs="360403", **where).place == "in_province"
    assert claim(table, person, used, mdtrtarea_admvs="430100", **where).place == "unfiled"
    assert claim(table, person, used, mdtrtarea_admvs="360111", **where).place == "local"


def test_a_person_of_another_region_or_scheme_is_refused(table: BenefitTable) -> None:
    refused("N209", "insuplc_admdvs", table, insuplc_admdvs="310101")
    refused("N209", "insutype", table, insured(insutype="390"), insutype="390")
    refused("N203", "insutype", table, insutype="390")
    refused("N114", "insutype", table, insured(insutype="340"), insutype="340")


# ---------------------------------------------------------------------------- who


def test_identities_count_on_their_days(table: BenefitTable) -> None:
    for rows, assistance in [
        ((identity("2303"),), "minimum_living"),
        ((identity("2303", "2025-03-03", "2025-03-03"),), "minimum_living"),
        ((identity("2303", "2025-03-04"),), "unassisted"),
        ((identity("2303", "2020-01-01", "2025-03-02 23:59:59"),), "unassisted"),
        ((identity("2303"), identity("2303", "2025-01-01")), "minimum_living"),
        ((identity("36"), identity("2102")), "unassisted"),
        ((), "unassisted"),
    ]:
        assert claim(table, insured(idetinfo=rows)).assistance == assistance


def test_an_identity_without_a_meaning_is_refused(table: BenefitTable) -> None:
    error = refused("N114", "psn_idet_type", table, insured(idetinfo=(identity("2302"),)))
    assert error.found == "2302"


def test_of_several_identities_none_is_guessed(table: BenefitTable) -> None:
    both = insured(idetinfo=(identity("2303"), identity("2304")))
    refused("N207", "assistance", table, both)
    ranks = {"extreme_poor": "1", "minimum_living": "2"}
    used = with_meanings(profile(), {"rank": ranks})
    assert claim(table, both, used).assistance == "extreme_poor"
    equal = with_meanings(profile(), {"rank": dict.fromkeys(ranks, "1")})
    refused("N207", "assistance", table, both, equal)


def test_a_policy_that_ranks_gets_them_all(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[2] / "policies/110000-beijing/employee.toml").read_text(
        encoding="utf-8"
    )
    text = shipped.replace(
        'title  = "北京市职工基本医疗保险"',
        'title  = "t"\nbest_of = { assistance = ["extreme_poor", "minimum_living"] }',
        1,
    )
    policy = tmp_path / "employee.toml"
    policy.write_text(text, encoding="utf-8")
    table = ms.load(str(policy))
    both = insured(idetinfo=(identity("2303"), identity("2304")))
    assert claim(table, both).assistance == ("minimum_living", "extreme_poor")


def test_supplements(table: BenefitTable) -> None:
    person = insured()
    servant = replace(person, insuinfo=(replace(person.insuinfo[0], cvlserv_flag="1"),))
    assert claim(table, servant).supplement == "civil_servant"
    soldier = insured(idetinfo=(identity("2460"),))
    assert claim(table, soldier).supplement == "retired_military"
    refused("N207", "supplement", table, replace(servant, idetinfo=soldier.idetinfo))
    odd = replace(person, insuinfo=(replace(person.insuinfo[0], cvlserv_flag="7"),))
    refused("N114", "cvlserv_flag", table, odd)


@pytest.mark.parametrize(
    ("born", "age"),
    [("1970-03-03", 55), ("1970-03-04", 54), ("2025-03-03", 0), ("2024-02-29", 1), (None, 40)],
)
def test_age_is_that_of_the_day(table: BenefitTable, born: str | None, age: int) -> None:
    person = insured(born=None if born is None else dt.date.fromisoformat(born))
    assert claim(table, person).age == age


def test_a_birth_after_the_visit_is_refused(table: BenefitTable) -> None:
    refused("N111", "brdy", table, insured(born=dt.date(2025, 3, 4)))


# ---------------------------------------------------------------------------- what for


def test_a_disease_is_looked_up_and_asked_for_only_where_the_policy_does(
    table: BenefitTable,
) -> None:
    used = with_meanings(profile(), {"dise_codg": {"M03900": "hypertension"}})
    assert not asks(table, "inpatient", "disease")
    assert claim(table, used=used, dise_codg="M03900").disease == "hypertension"
    assert claim(table, used=used, dise_codg="M00000").disease == "other_disease"
    other = ms.load("360100/resident")
    assert asks(other, "chronic_outpatient", "disease")
    person = insured(insutype="390", psn_type="15", region="360102")
    where = {"insutype": "390", "insuplc_admdvs": "360102", "mdtrtarea_admvs": "360102"}
    refused("N114", "dise_codg", other, person, used, med_type="14", dise_codg="M0", **where)
    found = claim(other, person, used, med_type="14", dise_codg="M03900", **where)
    assert found.disease == "hypertension"


def test_care_goes_by_the_kind_of_visit_and_of_birth(table: BenefitTable) -> None:
    assert claim(table, med_type="52", matn_type="3").care == "caesarean"
    assert claim(table, med_type="52", matn_type="1").care == "birth"
    assert claim(table, med_type="52").care == "usual_care"
    hunan = profile("hunan")
    assert claim(table, used=hunan, med_type="2107").care == "caesarean"
    assert claim(table, used=hunan, med_type="2107", matn_type="3").care == "caesarean"
    refused("N207", "care", table, used=hunan, med_type="2107", matn_type="1")


# ---------------------------------------------------------------------------- lines


def row(**more: Any) -> FeeDetail:
    said = {
        "feedetl_sn": "7", "mdtrt_id": "M1", "psn_no": "P", "fee_ocur_time": NOON,
        "med_list_codg": CODES["plain"], "medins_list_codg": "x",
        "det_item_fee_sumamt": Decimal("4.52"), "cnt": Decimal("1.0000"),
        "pric": Decimal("4.520000"),
    } | more  # fmt: skip
    return FeeDetail(**said)


def test_a_line_keeps_every_digit() -> None:
    line = fee_line(
        row(
            cnt=Decimal("-0.1234"), pric=Decimal("0.000001"), prd_days=Decimal("3.50"),
            hosp_appr_flag="1", tcmdrug_used_way="2", dscg_tkdrug_flag="1", init_feedetl_sn="3",
            det_item_fee_sumamt=Decimal("-0.01"),
        ),
        profile(),
    )  # fmt: skip
    assert (line.price_e6, line.quantity_e4, line.amount_fen) == (1, -1234, -1)
    assert (line.supply_days_e2, line.approval, line.herb_use) == (350, "approved", "single")
    assert (line.discharge_medicine, line.returns, line.id, line.date) == (True, "3", "7", DAY)


def test_zero_and_nothing_say_nothing() -> None:
    line = fee_line(row(prd_days=Decimal("0.00")), profile())
    assert (line.supply_days_e2, line.approval, line.herb_use) == (None, "not_needed", "")
    assert (line.discharge_medicine, line.returns) == (False, "")


@pytest.mark.parametrize("field", ["hosp_appr_flag", "tcmdrug_used_way"])
def test_a_mark_without_a_meaning_is_refused(field: str) -> None:
    with pytest.raises(MessageError) as caught:
        fee_line(row(**{field: "8"}), profile())
    assert (caught.value.code, caught.value.field) == ("N114", field)
