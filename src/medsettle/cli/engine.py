"""Blocks settled, by one policy or by the one that each row names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from medsettle.batch import ClaimStream
from medsettle.cli.block import Array, Block, Fault
from medsettle.cli.header import ITEM
from medsettle.columns import UNKNOWN_CODE, codes_of_texts
from medsettle.load import load, shipped
from medsettle.policy.errors import quoted
from medsettle.refusal import Status
from medsettle.table import BenefitTable
from medsettle.vocabulary import FUNDS


class Settler:
    """Settles blocks one after the other; a person may go on in the next."""

    def __init__(self, table: BenefitTable | None) -> None:
        """Settle by `table`, or by the shipped policy that the column `policy` names."""
        self._table = table
        self._streams: dict[str, ClaimStream] = {}
        self._persons = PersonKeys()
        self.funds = tuple(FUNDS) if table is None else table.meta.funds
        self.names: tuple[str, ...] = ("total", *self.funds, "deductible", "cash")

    def settle(self, block: Block) -> tuple[dict[str, Array], Array]:
        """Return the amounts by name, in fen, and the status of each row."""
        self._check_policies(block)
        names = [name for name in self.names if name != "total"]
        amounts = {name: np.zeros(len(block), np.int64) for name in names}
        status = np.zeros(len(block), np.uint8)
        person = self._persons.keys(block.person)
        for name, at in self._groups(block):
            stream = self._stream(name)
            columns = {field: column[at] for field, column in block.columns.items()}
            columns |= _named(block, at, stream.table)
            columns["person"] = person[at]
            out = self._run(stream, block, at, columns)
            status[at] = out["status"]
            for field in names:
                if f"{field}_fen" in out:
                    amounts[field][at] = out[f"{field}_fen"]
        for position, fault in block.faults.items():
            status[position] = fault.status
        return {"total": block.total(), **amounts}, status

    def expect(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Yield blocks that will be settled in smaller ones, once each is known as a whole."""
        for block in blocks:
            self._persons.expect(block.person)
            yield block

    def _run(
        self, stream: ClaimStream, block: Block, at: Array | slice, columns: dict[str, Array]
    ) -> Mapping[str, Array]:
        """Settle the rows of a block that go by one policy."""
        return stream.settle_columns(columns, given=block.given[at])

    def fault(self, block: Block, position: int, status: int) -> Fault:
        """Return why a row is refused: what was found while reading, or the kernel's reason."""
        if position in block.faults:
            return block.faults[position]
        reason = Status(status)
        if reason is Status.PERSON_SPLIT:
            return Fault(reason, "person")
        name = "" if self._table else _policy_at(block, position)
        error = self._stream(name).table.refusal(block.claim(position), status)
        found = None if error.found is None else str(error.found)
        return Fault(reason, error.field, error.expected, found, error.what)

    def _check_policies(self, block: Block) -> None:
        """Mark rows whose policy is not shipped, or is another than the one settled by."""
        if block.policy is None:
            return
        known = {self._table.name} if self._table else set(shipped())
        expected = f"one of {quoted(sorted(known))}"
        for position, name in enumerate(block.policy):
            if name.strip() not in known and not (self._table and not name.strip()):
                fault = Fault(Status.BAD_VALUE, "policy", expected, name)
                block.faults.setdefault(position, fault)

    def _groups(self, block: Block) -> Iterator[tuple[str, Array | slice]]:
        """Yield each policy of a block with its rows; rows without a good one are left out."""
        if self._table or block.policy is None:
            yield "", slice(None)
            return
        names = np.array([name.strip() for name in block.policy])
        known = shipped()
        for name in np.unique(names).tolist():
            if name in known:
                yield name, np.flatnonzero(names == name)

    def _stream(self, name: str) -> ClaimStream:
        if name not in self._streams:
            self._streams[name] = (self._table or load(name)).stream()
        return self._streams[name]


class PersonKeys:
    """Persons as keys that ascend where the persons do, by number or by alphabet.

    Ascending keys let a stream forget whom it has seen.  `9, 10` ascends by number only, so the
    first block decides which it is.
    """

    def __init__(self) -> None:
        self._by_length: bool | None = None

    def expect(self, person: Sequence[str]) -> None:
        """Decide how persons ascend, if that is open; they may then come in smaller blocks."""
        if self._by_length is None:
            pairs = itertools.pairwise(person)
            self._by_length = all((len(a), a) <= (len(b), b) for a, b in pairs)

    def keys(self, person: Sequence[str]) -> Array:
        """Return a key for each person, different where the persons are."""
        self.expect(person)
        if self._by_length:
            return np.array([f"{len(who):03d}{who}" for who in person])
        return np.array(person)


def _named(block: Block, at: Array | slice, table: BenefitTable) -> dict[str, Array]:
    """Return the codes and item groups that rows have in a policy; mark what it does not know."""
    names = table.names
    positions = range(len(block))[at] if isinstance(at, slice) else at.tolist()
    columns: dict[str, Array] = {}
    for axis, texts in block.names.items():
        if axis not in table.axes_read:
            continue
        mine = [texts[position].strip() for position in positions]
        codes = codes_of_texts(mine, axis, names)
        for position, text, code in zip(positions, mine, codes, strict=True):
            if code == UNKNOWN_CODE:
                fault = Fault(Status.BAD_VALUE, axis, names.expected(axis), text)
                block.mark(position, fault)
        columns[axis] = np.array(codes, np.uint8)
    for group, fen in block.items.items():
        if group in names.groups:
            columns[f"{ITEM}{group}_fen"] = fen[at]
            continue
        for position in positions:
            if fen[position]:
                expected = f"an item group of the policy: {', '.join(names.groups)}"
                block.mark(position, Fault(Status.BAD_VALUE, f"{ITEM}{group}", expected))
    return columns


def _policy_at(block: Block, position: int) -> str:
    return "" if block.policy is None else block.policy[position].strip()
