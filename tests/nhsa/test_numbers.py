"""National numbers, in and out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsettle.nhsa.decoding import decode
from medsettle.nhsa.fields import Number
from medsettle.nhsa.numbers import fitted, number_reader, read_number, written
from medsettle.nhsa.refusing import MessageError

AMOUNT, PRICE, RATIO, AGE = Number(16, 2), Number(16, 6), Number(5, 4), Number(4, 1)
KINDS = [AMOUNT, Number(16, 4), PRICE, RATIO, AGE, Number(4, 2), Number(16, 0)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4.52", AMOUNT, "4.52"),
        ('"4.52"', AMOUNT, "4.52"),
        ("-25.1", AMOUNT, "-25.10"),
        ("0", AMOUNT, "0.00"),
        ("-0.00", AMOUNT, "0.00"),
        ("0E-8", AMOUNT, "0.00"),
        ("1.5E+1", AMOUNT, "15.00"),
        ("99999999999999.99", AMOUNT, "99999999999999.99"),
        ("4.520000", AMOUNT, "4.52"),
        ("99999999.000000", PRICE, "99999999.000000"),
        ("1", RATIO, "1.0000"),
        ("007", AGE, "7.0"),
    ],
)
def test_what_is_read(text: str, kind: Number, value: str) -> None:
    if text == "007":
        text = '"007"'
    number = read_number(decode(text), kind)
    assert str(number) == value
    assert not number.is_signed() or number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"1,000"', "N108"),
        ('"１２"', "N108"),
        ('" 1"', "N108"),
        ('"1 "', "N108"),
        ('"1e2"', "N108"),
        ('"NaN"', "N108"),
        ('"Infinity"', "N108"),
        ('"+1"', "N108"),
        ('"1_000"', "N108"),
        ('".5"', "N108"),
        ('"5."', "N108"),
        ('"¥5"', "N108"),
        ('"٣"', "N108"),
        ('"4.52\\n"', "N108"),
        ("1e308", "N108"),
        ("1E99", "N109"),
        ("1E-99", "N109"),
        ("4.525", "N109"),
        ("3982.0200000000004", "N109"),
        ("100000000000000", "N109"),
        ("9" * 41, "N108"),
        ("true", "N107"),
        ("[1]", "N107"),
        ("{}", "N107"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(MessageError) as refused:
        read_number(decode(text), AMOUNT)
    assert refused.value.code == code
    assert "expected a number" in str(refused.value)


@given(
    kind=st.sampled_from(KINDS),
    text=st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{1,8})?", fullmatch=True)
    | st.text("0123456789-.eE１ ", max_size=8),
)
def test_the_fast_way_says_the_same(kind: Number, text: str) -> None:
    told = []
    for read in (number_reader(kind), lambda value: read_number(value, kind)):
        try:
            told.append(str(read(text)))
        except MessageError as error:
            told.append(error.code)
    assert told[0] == told[1]


def test_nought_has_no_sign_and_bounds_hold() -> None:
    assert str(number_reader(AMOUNT)("-0.00")) == "0.00"
    for text in ("100000000000000.00", "-100000000000000.00"):
        with pytest.raises(MessageError):
            fitted(Decimal(text), AMOUNT)
        with pytest.raises(MessageError):
            number_reader(AMOUNT)(text)


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_what_is_written_is_read_again(kind: Number, data: st.DataObject) -> None:
    most = 10**kind.digits - 1
    whole = data.draw(st.integers(-most, most))
    number = Decimal(whole).scaleb(-kind.places)
    text = written(number, kind)
    assert "E" not in text
    assert read_number(text, kind) == number
    assert read_number(decode(text), kind) == number
    assert len(text.partition(".")[2]) == kind.places


@given(kind=st.sampled_from(KINDS), number=st.decimals(allow_nan=False, allow_infinity=False))
def test_nothing_is_ever_rounded(kind: Number, number: Decimal) -> None:
    try:
        found = fitted(number, kind)
    except MessageError:
        exact = number.as_tuple()
        tiny = int(exact.exponent) < -200
        assert tiny or number.adjusted() > 40 or not _fits(Fraction(number), kind)
        return
    assert found == number
    assert -int(found.as_tuple().exponent) == kind.places


def _fits(value: Fraction, kind: Number) -> bool:
    return abs(value) < 10 ** (kind.digits - kind.places) and (
        (value * 10**kind.places).denominator == 1
    )


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), Decimal("sNaN")])
def test_no_number_is_not_written(value: Any) -> None:
    with pytest.raises(MessageError):
        written(value, AMOUNT)
