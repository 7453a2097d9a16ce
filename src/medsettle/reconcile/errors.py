"""What is wrong with a file or with one of its rows, by code; `docs/errors.md` explains each."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

#: The whole side cannot be compared.
UNREADABLE: Final = "R101"
COLUMN_MISSING: Final = "R102"
COLUMN_UNCLEAR: Final = "R103"
OPTION: Final = "R104"
COLUMN_TYPE: Final = "R105"
CHANGED: Final = "R106"
#: One row is left out.
NO_ID: Final = "R111"
BAD_ID: Final = "R112"
BAD_AMOUNT: Final = "R113"
NO_AMOUNT: Final = "R114"
BAD_TIME: Final = "R115"
BAD_CELLS: Final = "R116"
BAD_CODE: Final = "R117"

#: Rejected rows that a `KeptRejects` remembers; more are only counted.
KEPT_MAX: Final = 10_000


class ReconcileError(ValueError):
    """A side that cannot be compared at all, with its code and where.

    The text names files, columns and rows; it never shows whose a row is.
    """

    def __init__(self, code: str, text: str, *, where: str = "") -> None:
        self.code = code
        self.where = where
        super().__init__(f"{where}: error[{code}]: {text}" if where else f"error[{code}]: {text}")


class Reject(msgspec.Struct, frozen=True):
    """A row that is in no total: which one of which side, the field, the code and the reason."""

    side: str
    row: int
    field: str
    code: str
    reason: str


class Rejects(Protocol):
    """Where rejected rows go."""

    def add(self, reject: Reject) -> None:
        """Take a row."""

    def clear(self) -> None:
        """Forget all rows: the sides are read anew."""


class KeptRejects:
    """Rejected rows in memory, the first `KEPT_MAX` of them."""

    def __init__(self) -> None:
        self.kept: list[Reject] = []

    def add(self, reject: Reject) -> None:
        """Take a row."""
        if len(self.kept) < KEPT_MAX:
            self.kept.append(reject)

    def clear(self) -> None:
        """Forget all rows."""
        self.kept.clear()
