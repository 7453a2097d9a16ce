"""The structure of item codes: what passes, and which character is told where one does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsettle.bill.codes import CODE_MAX, KINDS, Kind, code_error, kind_of
from medsettle.bill.items import LocalCode

OWN = (LocalCode("YS", 8, "自编"), LocalCode("X", 4, "自编药"))

GOOD = {
    "XA02BCA393A012010383696": "a western drug",
    "ZA04CBH0205010303704": "a Chinese patent drug",
    "T001700368": "decoction pieces",
    "T0017003680A01B99999": "granules",
    "JA90000000000001": "a hospital preparation",
    "001102000010000": "a service",
    "001102000010000-110200001": "a service",
    "001102000010000-11020.a_1-b": "a service",
    "C0101010011303807555": "a consumable",
    "C01010100113038075550000001": "a consumable with its model",
}
BAD = {
    "": "the code is empty",
    "XA02BCA393A01201038369": "expected 23 characters (a western drug), found 22",
    "XA02BCA393A0120103836960": "expected 23 characters (a western drug), found 24",
    "XA02BCA393A0120I0383696": "position 16 (specification): expected a digit, found `I`",
    "XA02BCa393A012010383696": "position 7 (name): expected a capital letter, found `a`",
    "xA02BCA393A012010383696": "position 1: expected a capital letter, found `x`",
    "ZA04CBH02050103037041": "expected 20 characters (a Chinese patent drug), found 21",
    "T0017": "expected 10 characters (decoction pieces) or 20 characters (granules), found 5",
    "T00170036": ("expected 10 characters (decoction pieces) or 20 characters (granules), found 9"),
    "C010101001130380755": (
        "expected 20 characters (a consumable) or 27 characters (a consumable with its model), "
        "found 19"
    ),
    "C01O1010011303807555": "position 4 (class): expected a digit, found `O`",
    "0011020000100": (
        "expected 15 digits (a service), found 13; "
        "a spreadsheet may have dropped leading zeros: write the column as text"
    ),
    "1.102E+12": (
        "position 2 (national part): expected a digit, found `.`; "
        "a spreadsheet may have dropped leading zeros: write the column as text"
    ),
    "0011O2000010000": "position 5 (national part): expected a digit, found `O`",
    "001102000010000-": "expected the province's code after `-`, found nothing",
    "001102000010000-12 3": (
        "position 19 (province's code): expected a letter, a digit, `.`, `_` or `-`, found ` `"
    ),
    "001102000010000\n": "expected 15 digits (a service), found 16",
    "C0101010011303807555\n": (
        "expected 20 characters (a consumable) or 27 characters (a consumable with its model), "
        "found 21"
    ),
    "Q123": "position 1: expected a digit or one of XZTJC, found `Q`",
    "\0": "position 1: expected a digit or one of XZTJC, found U+0000",
    "٣01102000010000": "position 1: expected a digit or one of XZTJC, found `٣`",
    "X" * 51: "expected at most 50 characters, found 51",
}


@pytest.mark.parametrize(("code", "kind"), GOOD.items())
def test_a_published_structure_passes(code: str, kind: str) -> None:
    assert code_error(code) is None
    found = kind_of(code)
    assert found is not None
    assert found.name == kind


@pytest.mark.parametrize(("code", "told"), BAD.items())
def test_what_is_wrong_is_told_with_its_place(code: str, told: str) -> None:
    assert code_error(code) == told
    assert kind_of(code) is None


def test_a_region_adds_codes_of_its_own() -> None:
    for code in ("YS123456", "YS-a.b_9", "X123"):
        assert code_error(code, OWN) is None
        assert code_error(code) is not None
        assert kind_of(code) is None
    for code in ("YS12345", "YS1234567", "YS12 456", "YS12345\n", "YS12345市"):
        assert "the region's own codes are `YS…` of 8, `X…` of 4" in str(code_error(code, OWN))
    assert code_error("X12", OWN) == (
        "position 2 (class): expected a capital letter, found `1`; the region's own codes are "
        "`X…` of 4"
    )
    assert "own codes" not in str(code_error("T0017", OWN))
    assert code_error("XA02BCA393A012010383696", OWN) is None


def characters(kind: Kind) -> st.SearchStrategy[str]:
    parts = [
        st.sampled_from(
            {
                "0-9": "0123456789",
                "A-Z": "ABCXYZ",
                "A-Z0-9": "ABCXYZ0189",
            }[alphabet]
        )
        for part in kind.parts
        for alphabet in part.alphabets
    ]
    return st.tuples(st.just(kind.first), *parts).map("".join)


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), characters(kind))))
def test_every_code_of_a_kind_is_of_it(drawn: tuple[Kind, str]) -> None:
    kind, code = drawn
    assert code_error(code) is None
    assert kind_of(code) == kind
    assert len(code) == kind.length


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_has_something_wrong(text: str) -> None:
    told = code_error(text, OWN)
    assert told is None or (told and told.isprintable())
    if told is None:
        assert text.isascii()
        assert len(text) <= CODE_MAX
