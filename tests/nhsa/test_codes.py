"""Code tables and profiles: data that must make sense, and how they are looked up."""

from __future__ import annotations

import datetime as dt
import typing

import pytest

from medsettle.bill import words
from medsettle.nhsa import codes
from medsettle.nhsa.fields import Code
from medsettle.nhsa.messages import INPUTS, OUTPUTS, SetlInfo
from medsettle.nhsa.plans import hints
from medsettle.nhsa.profiles import made, profile, profile_names, profile_of
from medsettle.nhsa.refusing import MessageError
from medsettle.vocabulary import AXES, BENEFITS, FUNDS, SCHEMES

#: Which of our words the meanings of a field are.
WORDS: dict[str, typing.Container[str | None]] = {
    "insutype": SCHEMES,
    "med_type": BENEFITS,
    "psn_type": AXES["status"],
    "psn_idet_type": AXES["assistance"],
    "dedc_hosp_lv": AXES["level"],
    "hosp_lv": AXES["level"],
    "hilist_lmtprc_type": AXES["level"],
    "chrgitm_lv": words.CLASSES,
    "hosp_appr_flag": words.APPROVALS,
    "tcmdrug_used_way": words.HERB_USES,
    "selfpay_prop_psn_type": words.INSURED,
    "cvlserv_flag": AXES["supplement"],
}


@pytest.mark.parametrize("name", profile_names())
def test_profiles_name_fields_and_words_that_there_are(name: str) -> None:
    used = profile(name)
    fields = set(SetlInfo.__struct_fields__)
    known = {field for nodes in (*INPUTS.values(), *OUTPUTS.values()) for node in nodes.values()
             for field in hints(node.row)}  # fmt: skip
    assert {payer.column for payer in used.payers.values()} <= fields
    assert {payer.fund for payer in used.payers.values()} <= set(FUNDS)
    assert set(used.spellings.values()) <= known
    assert set(used.funds) <= {*SCHEMES, "any"}
    assert {fund for table in used.funds.values() for fund in table} <= set(FUNDS)
    assert {code for table in used.funds.values() for code in table.values()} <= set(used.payers)
    for written in used.writes.values():
        for field, spelling in written.items():
            assert used.spellings[spelling] == field, "what is written is read again"
    for field, meanings in used.meanings.items():
        if field in WORDS:
            assert all(word == "" or word in WORDS[field] for word in meanings.values()), field


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_payer_of_a_policy_has_a_code(name: str, scheme: str) -> None:
    for fund in FUNDS:
        code = profile(name).fund_code(fund, scheme)
        assert code is not None
        assert len(code) >= 6


def test_a_profile_builds_on_the_national_one() -> None:
    national, hunan = profile(), profile("hunan")
    assert hunan.base == "national"
    assert set(national.payers) < set(hunan.payers)
    assert hunan.numbers == national.numbers
    assert national.regions == ()


@pytest.mark.parametrize(
    ("region", "name"),
    [("430502", "hunan"), ("130000", "hebei"), ("500103", "chongqing"), ("440100", "guangdong"),
     ("110000", "national"), ("", "national")],
)  # fmt: skip
def test_a_region_picks_its_profile(region: str, name: str) -> None:
    assert profile_of(region).name == name


def test_what_regions_do_differently() -> None:
    assert profile("guangdong").total_includes_account
    assert not profile("hunan").total_includes_account
    assert [name for name in profile_names() if profile(name).breakdown.known] == [
        "chongqing",
        "hebei",
    ]
    assert codes.title("clr_way", "50", profile("hunan")) == "Dip支付方式"
    assert codes.title("clr_way", "50", profile("hebei")) == "按床日"
    assert codes.title("clr_way", "50") is None
    assert codes.title("fund_pay_type", "390400", profile("hunan")) == "居民意外伤害基金"
    assert codes.title("fund_pay_type", "390400", profile("hebei")) == "居民基本（清算）"
    columns = {name: profile(name).payers["999997"].column for name in ("hunan", "chongqing")}
    assert columns == {"hunan": "oth_pay", "chongqing": "hosp_part_amt"}


def test_codes_with_and_without_zeros() -> None:
    assert codes.known_code("clr_way", "01") == "1"
    assert codes.known_code("chrgitm_lv", "1") == "01"
    assert codes.title("hosp_lv", "02") == codes.title("hosp_lv", "2") == "三级甲等"
    assert codes.title("hosp_lv", "0") is None
    assert codes.title("no_such_field", "1") is None
    with pytest.raises(KeyError):
        codes.table("no_such_field")


def test_dates_of_codes() -> None:
    assert codes.table("acct_used_flag").since == {"2": dt.date(2023, 3, 1)}


@pytest.mark.parametrize(
    ("name", "field", "code", "word"),
    [
        ("national", "med_type", "21", "inpatient"),
        ("national", "psn_type", "1101", "active"),
        ("national", "psn_type", "1112", "retired"),
        ("national", "psn_type", "126015", "retired"),
        ("national", "hosp_lv", "02", "tertiary"),
        ("national", "chrgitm_lv", "2", "class_b"),
        ("hunan", "med_type", "2106", "maternity"),
        ("hunan", "med_type", "1301", "emergency"),
    ],
)
def test_meanings(name: str, field: str, code: str, word: str) -> None:
    assert profile(name).meaning(field, code) == word


@pytest.mark.parametrize(
    ("field", "code"), [("med_type", "9901"), ("med_type", ""), ("psn_type", "9"), ("none", "1")]
)
def test_no_meaning_is_guessed(field: str, code: str) -> None:
    with pytest.raises(MessageError) as refused:
        profile().meaning(field, code)
    assert refused.value.code == "N114"


def test_profiles_that_are_none() -> None:
    with pytest.raises(MessageError, match="national"):
        profile("../codes")
    with pytest.raises(ValueError, match="unknown field `surprise`"):
        made("mine", 'title = "x"\nsurprise = 1')
    with pytest.raises(ValueError, match="numbers"):
        made("mine", 'title = "x"\nnumbers = "float"')


def test_a_profile_of_ones_own() -> None:
    mine = made("mine", 'title = "x"\nnumbers = "text"\n[spellings]\ntotal = "medfee_sumamt"')
    assert mine.spellings["psn_pay"] == "psn_part_amt"
    assert mine.numbers == "text"


def test_tables_of_the_fields_of_messages_are_there() -> None:
    """Those without one are told apart: the national facts have no table for them."""
    tables = {
        hint.kind.table
        for nodes in (*INPUTS.values(), *OUTPUTS.values())
        for node in nodes.values()
        for hint in hints(node.row).values()
        if isinstance(hint.kind, Code)
    }
    assert tables - set(codes.fields()) == {"diag_type", "overlmt_dspo_way"}
