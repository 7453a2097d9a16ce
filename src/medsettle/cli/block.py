"""A block of claims on its way from a file to the kernel, every row with its number.

Rows that cannot be read stay in their places, marked with a fault, so that what comes out of the
kernel still belongs to what went in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from medsettle.columns import NO_DATE, NO_DAYS
from medsettle.model import Claim
from medsettle.names import PLUS
from medsettle.refusal import Reason, Status, harmless
from medsettle.vocabulary import AXES, BENEFITS, FOUR_AMOUNTS, NUMBERS, UNSTATED

if TYPE_CHECKING:
    from medsettle.cli.line_block import TiedLines

Array = npt.NDArray[Any]

EPOCH: Final = dt.date(1970, 1, 1).toordinal()
#: Rows that are read, settled and written at a time.
BLOCK_ROWS: Final = 20_000

_BENEFITS: Final = tuple(BENEFITS)


class Fault(msgspec.Struct, frozen=True):
    """Why a row is refused: the status, the field, what should be there, and what is."""

    status: Status
    field: str
    expected: str = ""
    found: str | None = None
    what: str = ""  # in other words than the reason's own

    @property
    def code(self) -> str:
        """The stable code, such as `C104`."""
        return Reason.of(self.status).code

    @property
    def text(self) -> str:
        """The reason in one line; it never shows who the claim belongs to."""
        text = self.what or Reason.of(self.status).text
        if self.expected:
            text += f", expected {self.expected}"
        if self.found is not None and self.field not in ("person", "id"):
            if not harmless(self.found):
                return f"{text}, found a text that is not shown"
            shown = self.found if len(self.found) <= 40 else f"{self.found[:37]}..."
            text += f", found `{shown}`"
        return text


class Block(msgspec.Struct):
    """Claims as columns: days since 1970-01-01, whole fen, numbers; names as text.

    What names mean is the policy's to say, and each row may be settled by another one.
    """

    rows: Sequence[int]  # numbers of the rows in their file
    id: Sequence[str]
    person: Sequence[str]
    policy: Sequence[str] | None
    columns: dict[str, Array]  # `date`, `benefit`, numbers, four amounts as `…_fen`, the visit
    names: dict[str, Sequence[str]]  # by axis (and `price_level`), those that the file has
    items: dict[str, Array]  # fen by item group
    faults: dict[int, Fault]  # by position
    records: Sequence[Any]  # what stood in the file: cells, or text
    lines: TiedLines | None = None  # the fee lines, where the amounts are theirs

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def given(self) -> Array:
        """The statuses of rows that are refused beforehand."""
        given = np.zeros(len(self), np.uint8)
        for position, fault in self.faults.items():
            given[position] = fault.status
        return given

    def total(self) -> Array:
        """Return the bills in fen."""
        return np.asarray(sum(self.columns[f"{name}_fen"] for name in FOUR_AMOUNTS))

    def mark(self, position: int, fault: Fault) -> None:
        """Add a fault; a row keeps its first."""
        self.faults.setdefault(position, fault)

    def part(self, start: int, stop: int) -> Block:
        """Return the rows from `start`, before `stop`, without lines."""
        at = slice(start, stop)
        return Block(
            rows=self.rows[at],
            id=self.id[at],
            person=self.person[at],
            policy=None if self.policy is None else self.policy[at],
            columns={name: column[at] for name, column in self.columns.items()},
            names={axis: texts[at] for axis, texts in self.names.items()},
            items={group: fen[at] for group, fen in self.items.items()},
            faults=moved(self.faults, start, stop),
            records=self.records[at],
        )

    def claim(self, position: int) -> Claim:
        """Return the claim at `position`, which has no fault; without its person."""
        at = {name: int(column[position]) for name, column in self.columns.items()}
        items = {group: int(fen[position]) for group, fen in self.items.items()}
        others: dict[str, Any] = {f"{name}_fen": at[f"{name}_fen"] for name in FOUR_AMOUNTS}
        others |= {axis: at[axis] for axis in NUMBERS if at.get(axis, UNSTATED) != UNSTATED}
        for axis, texts in self.names.items():
            if axis in AXES and (value := texts[position].strip()):
                others[axis] = _value(value)
        for name in ("admitted", "discharged"):
            if at.get(name, NO_DATE) != NO_DATE:
                others[name] = dt.date.fromordinal(at[name] + EPOCH)
        if at.get("days", NO_DAYS) != NO_DAYS:
            others["days"] = at["days"]
        return Claim(
            benefit=_BENEFITS[at["benefit"]],
            date=dt.date.fromordinal(at["date"] + EPOCH),
            items={group: fen for group, fen in items.items() if fen},
            continues=bool(at.get("continues", 0)),
            id=self.id[position],
            **others,
        )


def moved(faults: dict[int, Fault], start: int, stop: int, to: int = 0) -> dict[int, Fault]:
    """Return the faults of rows from `start`, before `stop`, as if the first stood at `to`."""
    return {at - start + to: fault for at, fault in faults.items() if start <= at < stop}


def _value(text: str) -> str | tuple[str, ...]:
    """Return the value of an axis that a cell names, or the several ones."""
    if PLUS not in text:
        return text
    return tuple(part.strip() for part in text.split(PLUS))
