"""Commands for `text_cases.c`, each with what it must print, from `Decimal`, `datetime`, `re`."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from medsettle.money import FEN_MAX

Case = tuple[str, str]

DIGITS_MAX = 18
PLAIN = re.compile(r'("?)(-?[0-9]+)(?:\.([0-9]+))?\1')
EPOCH = dt.date(1970, 1, 1).toordinal()

NUMBERS = (
    "0", "-0", "0.00", "1", "1.5", "1.05", "1.050000", "-1.05", "007.10", "91759.51",
    "10000000000", "9999999999.99", "1.005", "1.0050", "1e2", "1E2", "1.", ".5", "-", "--1", "+1",
    "1.2.3", "1 ", " 1", "", '"', '""', '"1', '1"', '"1.5"', '"-7"', '"."', "NaN", "true", "null",
    "0x10", "1_0", "1,0", "\u0661", "1.0a", "1.a", "[1]", "4.520001", "4.5200010", "4.5200019",
    *("9" * n for n in (8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 40)), "9" * 12 + "." + "9" * 6,
    "0" * 17 + "1", "1." + "0" * 60, "1." + "0" * 60 + "1",
)  # fmt: skip
TEXTS = ("", "A-1", 'a"b', "a\\b", "a\nb", "\x1f", " ", "\x7f", "中文", "a:b::", "x" * 300)


def hexadecimal(text: str) -> str:
    return text.encode().hex() or "-"


def read(text: str, decimals: int) -> str:
    """What `ms_read_decimal` must find."""
    match = PLAIN.fullmatch(text)
    if match is None or not text.isascii():
        return "none"
    whole, after = match[2], match[3] or ""
    if len(whole.lstrip("-")) > DIGITS_MAX - decimals or after[decimals:].strip("0"):
        return "none"
    return str(int(Decimal(text.strip('"')).scaleb(decimals)))


def reading(rng: random.Random) -> Iterator[Case]:
    random_numbers = [
        "".join(rng.choices('0123456789.-"', k=rng.randint(1, 9))) for _ in range(500)
    ]
    for text in (*NUMBERS, *random_numbers):
        for decimals in (0, 2, 4, 6):
            yield f"d {decimals} {hexadecimal(text)}", read(text, decimals)
    for text in TEXTS:
        plain = not re.search(r'[\x00-\x1f"\\]', text)
        yield f"p {hexadecimal(text)}", str(int(plain))
        yield f"c {hexadecimal(text)}", str(text.count(":"))


def writing(rng: random.Random) -> Iterator[Case]:
    edges = (0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 12345, FEN_MAX, 2**63 - 1)
    values = [*edges, *(rng.randrange(10 ** rng.randint(1, 18)) for _ in range(500))]
    for value in values:
        for signed in (value, -value):
            yield f"w {signed}", str(signed)
            yield f"y {signed}", f"{Decimal(signed).scaleb(-2):.2f}" if signed else "0.00"
    days = (1, 59, 60, 366, EPOCH - 1, EPOCH, EPOCH + 1, dt.date.max.toordinal())
    for day in (*days, *(rng.randint(1, dt.date.max.toordinal()) for _ in range(500))):
        yield f"t {day - EPOCH}", dt.date.fromordinal(day).isoformat()


def decimal(value: int, decimals: int) -> str:
    """What `ms_put_decimal` must write: without the zeros behind the second."""
    whole, after = f"{Decimal(value).scaleb(-decimals):.{decimals}f}".split(".")
    return f"{whole}.{after[:2]}{after[2:].rstrip('0')}"


def decimals(rng: random.Random) -> Iterator[Case]:
    values = [0, 1, 10, 100, 1_000_000, 1_050_000, 999_999, 10**16, 2**63 - 1]
    for value in (*values, *(rng.randrange(10 ** rng.randint(1, 18)) for _ in range(200))):
        for places in (2, 4, 6):
            yield f"n {places} {value}", decimal(value, places)


def fee_lines(rng: random.Random) -> Iterator[Case]:
    parts = ("amount", "full_self_pay", "over_limit", "first_step", "in_scope")
    for name in ("", '"x"', '"' + "长" * 90 + '"'):
        for _ in range(20):
            sign = rng.choice((1, -1))
            amounts = [sign * rng.randrange(10 ** rng.randint(1, 18)) for _ in parts]
            share, ceiling = rng.randrange(1_000_001), rng.choice((-1, rng.randrange(10**16)))
            told = "".join(
                f',"{part}":{Decimal(fen).scaleb(-2):.2f}'
                for part, fen in zip(parts, amounts, strict=True)
            )
            limit = "null" if ceiling < 0 else decimal(ceiling, 6)
            yield (
                f"l {hexadecimal(name)} {joined(amounts)} {share} {ceiling}",
                f'{{"id":0,"code":{name},"class":{name},"group":{name}{told}'
                f',"share":{decimal(share, 6)},"ceiling":{limit}}}',
            )


def joined(values: Sequence[object]) -> str:
    return " ".join(map(str, values))


def fitting() -> Iterator[Case]:
    huge = 2**63 - 1
    for amounts, total, stated, found in (
        ((0, 1, 2, 3), 10, 0, 4),
        ((4, 1, 2, 3), 10, 1, 4),
        ((5, 1, 2, 3), 10, 1, None),
        ((0, 1, 2, 3), 6, 0, 0),
        ((0, 1, 2, 3), 5, 0, None),
        ((0, -1, 0, 1), 7, 0, 7),
        ((0, 0, 0, 0), -1, 0, None),
        ((0, 0, 0, 0), FEN_MAX, 0, FEN_MAX),
        ((0, 0, 0, 0), FEN_MAX + 1, 0, None),
        ((0, 0, 0, huge), FEN_MAX, 0, None),
        ((0, -huge, 0, 0), 1, 0, None),
    ):
        told = "none" if found is None else str(found)
        yield f"f {joined(amounts)} {total} {stated}", told


def answers(rng: random.Random) -> Iterator[Case]:
    for n_funds, n_counters in ((0, 0), (1, 1), (6, 3), (16, 96)):
        for _ in range(20):
            funds = [rng.choice((0, rng.randrange(FEN_MAX))) for _ in range(n_funds)]
            amounts = [rng.randrange(FEN_MAX) for _ in range(4)]
            deductible, cash = rng.randrange(FEN_MAX), rng.randrange(FEN_MAX)
            mask = rng.randrange(2**n_funds)
            day = rng.randint(1, dt.date.max.toordinal())
            counters = [rng.choice((0, rng.randrange(FEN_MAX))) for _ in range(n_counters)]
            left = sum(fen for i, fen in enumerate(funds) if mask >> i & 1)
            total = sum(amounts)
            told = [*funds, deductible, cash, total, total - cash - left]
            kept = ",".join(f'"c{i}":{value}' for i, value in enumerate(counters) if value)
            given = (n_funds, mask, *funds, *amounts, deductible, cash, day - EPOCH, n_counters)
            yield (
                f"a {joined((*given, *counters))}",
                "".join(f" {Decimal(fen).scaleb(-2):.2f}" for fen in told)
                + f'|{dt.date.fromordinal(day)}","counters":{{{kept}}}',
            )


def all_cases() -> list[Case]:
    """Return every command with what it must print, the same every time."""
    rng = random.Random(4)
    return [
        *reading(rng),
        *writing(rng),
        *decimals(rng),
        *fitting(),
        *answers(rng),
        *fee_lines(rng),
    ]
