"""Cells become exact numbers: fen and days, whole columns at a time.

Common cells are read by NumPy; whatever is unusual goes through `money.fen_from_yuan`, one by one.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from medsettle.money import FEN_MAX, fen_from_yuan
from medsettle.reconcile.texts import Array, Texts

#: What became of a cell.
OK: Final = 0
EMPTY: Final = 1
BAD: Final = 2

#: Bytes of a cell that are read together; sixteen digits fit into int64.
_WIDTH: Final = 16
_DOT, _MINUS, _ZERO = 46, 45, 48
_FEN: Final = re.compile(r"-?[0-9]{1,15}")
_MONTH_DAYS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def fen_of(texts: Texts, *, in_fen: bool) -> tuple[Array, Array]:
    """Return amounts in fen, and for each cell OK, EMPTY or BAD; an amount that is not OK is 0.

    Cells are yuan with at most two decimals, or whole fen; at most ten billion yuan either way.
    """
    fen = np.zeros(len(texts), np.int64)
    state = np.where(texts.size == 0, EMPTY, BAD).astype(np.uint8)
    for decimals in (0,) if in_fen else (2, 1, 0):
        at = np.flatnonzero((state == BAD) & (texts.size <= _WIDTH))
        if not len(at):
            break
        value, good = _read(texts.take(at), decimals)
        scaled = value if in_fen else value * np.int64(10 ** (2 - decimals))
        good &= np.abs(scaled) <= FEN_MAX
        fen[at[good]] = scaled[good]
        state[at[good]] = OK
    for position in np.flatnonzero((state == BAD) & (texts.size <= 100)).tolist():
        value_or_none = _one(texts.text(position), in_fen=in_fen)
        if value_or_none is not None:
            fen[position], state[position] = value_or_none, OK
    return fen, state


def _read(texts: Texts, decimals: int) -> tuple[Array, Array]:
    """Return cells with so many decimals as numbers without the point, and which are such."""
    cells = texts.windows(_WIDTH, texts.start + texts.size - _WIDTH)
    chars = cells.view(np.uint8).reshape(len(texts), _WIDTH)
    first = texts.data[texts.start]
    is_minus = first == _MINUS
    digits = texts.size - is_minus
    point = _WIDTH - 1 - decimals
    good = digits > (decimals + 1 if decimals else 0)
    value = np.zeros(len(texts), np.int64)
    for place in range(_WIDTH):
        inside = digits >= _WIDTH - place
        char = chars[:, place]
        if decimals and place == point:
            good &= char == _DOT
            continue
        digit = char - np.uint8(_ZERO)  # wraps round for what is below "0"
        good &= (digit <= 9) | ~inside
        value = value * 10 + np.where(inside, digit, 0)
    return np.where(is_minus, -value, value), good


def _one(text: str, *, in_fen: bool) -> int | None:
    if in_fen:
        fen = int(text) if _FEN.fullmatch(text) else None
        return None if fen is None or abs(fen) > FEN_MAX else fen
    try:
        return fen_from_yuan(text)
    except ValueError:
        return None


def days_of(texts: Texts) -> tuple[Array, Array]:
    """Return days as yyyymmdd, 0 where nothing is stated, and which cells are no day.

    A cell is `yyyy-MM-dd` or `yyyyMMdd`, with or without a time behind it.
    """
    stated = texts.size > 0
    chars = texts.windows(11, texts.start).view(np.uint8).reshape(len(texts), 11)
    digit = chars - np.uint8(_ZERO)
    is_digit = digit <= 9
    parted = (texts.size >= 10) & np.isin(chars[:, 4], (45, 47)) & (chars[:, 7] == chars[:, 4])
    parted &= (texts.size == 10) | np.isin(chars[:, 10], (32, 84))
    long_places, short_places = [0, 1, 2, 3, 5, 6, 8, 9], list(range(8))
    parted &= is_digit[:, long_places].all(axis=1)
    joined = ~parted & np.isin(texts.size, (8, 14)) & is_digit[:, short_places].all(axis=1)
    day = np.zeros(len(texts), np.int64)
    for one, other in zip(long_places, short_places, strict=True):
        day = day * 10 + np.where(parted, digit[:, one], digit[:, other])
    year, month = day // 10_000, day // 100 % 100
    good = (parted | joined) & (year > 0) & (month >= 1) & (month <= 12)
    leap = (month == 2) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH_DAYS[np.where(good, month, 0)] + leap
    good &= (day % 100 >= 1) & (day % 100 <= last)
    return np.where(good, day, 0).astype(np.int32), stated & ~good
