"""Rows of a side as arrays, and the groups that totals are parted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from medsettle.reconcile.fields import AMOUNTS
from medsettle.reconcile.join import words_of
from medsettle.reconcile.texts import Array, text_of

#: Bytes of a code, such as that of a clearing office.
CODE_MAX: Final = 16


class Rows(msgspec.Struct, frozen=True):
    """Rows of one side; a row whose number is 0 stands for one that is not there."""

    row: Array  # its number in the source
    ids: dict[str, Array]  # by field, those that the side has
    fen: Array  # an amount in each column, 0 where it is not compared
    group: Array  # a number of `Groups`
    day: Array  # yyyymmdd, 0 where none is stated
    inside: Array  # whether its day counts

    def __len__(self) -> int:
        return len(self.row)

    def take(self, at: Array) -> Rows:
        """Return the rows at positions, or those that a mask keeps."""
        ids = {name: column[at] for name, column in self.ids.items()}
        return Rows(self.row[at], ids, self.fen[at], self.group[at], self.day[at], self.inside[at])

    @property
    def negative(self) -> Array:
        """Tell which rows take back: the first amount that is not 0 is negative."""
        first = np.argmax(self.fen != 0, axis=1)
        return np.asarray(self.fen[np.arange(len(self)), first] < 0)

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """Return several parts of one side, of which there is one at least."""
        ids = {name: np.concatenate([one.ids[name] for one in parts]) for name in parts[0].ids}
        rest: dict[str, Any] = {
            name: np.concatenate([getattr(one, name) for one in parts])
            for name in ("row", "fen", "group", "day", "inside")
        }
        return cls(ids=ids, **rest)

    @classmethod
    def absent(cls, count: int, ids: Sequence[str] = ()) -> Rows:
        """Return rows that are not there."""
        zeros = np.zeros(count, np.int64)
        return cls(
            zeros,
            {name: np.zeros(count, "S1") for name in ids},
            np.zeros((count, len(AMOUNTS)), np.int64),
            np.zeros(count, np.int32),
            np.zeros(count, np.int32),
            np.zeros(count, np.bool_),
        )


class Groups:
    """The combinations of codes and time that occur, numbered as they come."""

    def __init__(self, by: Sequence[str]) -> None:
        """Begin without any; `by` are the parts of a label."""
        self.by = tuple(by)
        self.labels: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def of(self, columns: Sequence[Array], count: int) -> Array:
        """Return the number of each row's group; `columns` are its codes, as `S` or integers."""
        if not columns:
            return np.full(count, self._number(()), np.int32)
        words = np.hstack([_words(column) for column in columns])
        _, first, inverse = np.unique(_mixed(words), return_index=True, return_inverse=True)
        if not np.array_equal(words[first][inverse], words):  # two groups with one hash
            _, first, inverse = np.unique(words, axis=0, return_index=True, return_inverse=True)
            inverse = inverse.reshape(-1)
        labels = [tuple(_label(column[at]) for column in columns) for at in first.tolist()]
        numbers = np.array([self._number(label) for label in labels], np.int32)
        return np.asarray(numbers[inverse])

    def _number(self, label: tuple[str, ...]) -> int:
        number = self._numbers.setdefault(label, len(self.labels))
        if number == len(self.labels):
            self.labels.append(label)
        return number

    def differ_only_in_time(self, one: int, other: int) -> bool:
        """Tell whether two groups have the same codes, and another month or day."""
        pairs = zip(self.by, self.labels[one], self.labels[other], strict=True)
        return all(a == b for name, a, b in pairs if name not in ("month", "day"))


def _words(column: Array) -> Array:
    if column.dtype.kind == "S":
        return words_of(column.astype(f"S{CODE_MAX}"))
    return column.astype(np.uint64).reshape(-1, 1)


def _mixed(words: Array) -> Array:
    mixed = np.zeros(len(words), np.uint64)
    for word in words.T:
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def _label(value: bytes | int) -> str:
    if isinstance(value, bytes):
        return text_of(value)
    return day_text(int(value))


def day_text(day: int) -> str:
    """Return yyyymmdd or yyyymm as text with hyphens, "" for 0."""
    if not day:
        return ""
    if day < 1_000_000:
        return f"{day // 100:04d}-{day % 100:02d}"
    return f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"
