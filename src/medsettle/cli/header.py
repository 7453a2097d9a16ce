"""The columns a file of claims may have, and what is wrong with a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from medsettle.cli.common import CommandError
from medsettle.policy.errors import suggestion
from medsettle.vocabulary import AGE, AXES, FOUR_AMOUNTS

MONEY: Final = (*FOUR_AMOUNTS, "total")
COLUMNS: Final = ("id", "person", "policy", "date", "benefit", *AXES, AGE)
#: What the rejects say of a row; in the input they are left aside, so that mended rejects go in.
REJECT_COLUMNS: Final = ("row", "field", "code", "reason")
#: What a slip may have besides: counters before the claim, and figures to compare with.
YTD: Final = "ytd:"
PUBLISHED: Final = "published:"


class Header:
    """The names of a file's columns, checked."""

    def __init__(self, file: str, names: Sequence[str]) -> None:
        """Check the names; raise CommandError for the first thing that is wrong."""
        self.file = file
        self.names = tuple(name.strip() for name in names)
        self._check()

    @property
    def is_slips(self) -> bool:
        """Tell whether each row is a claim of its own, with its own opening balance."""
        return any(name.startswith((YTD, PUBLISHED)) for name in self.names)

    @property
    def is_in_fen(self) -> bool:
        """Tell whether the amounts are fen."""
        return "in_scope_fen" in self.names

    def fields(self, prefix: str) -> dict[str, str]:
        """Return the columns that begin with `prefix`: what follows it, and the whole name."""
        return {name[len(prefix) :]: name for name in self.names if name.startswith(prefix)}

    def _check(self) -> None:
        times = Counter(self.names)
        for name in self.names:
            if times[name] > 1:
                raise CommandError(f"{self.file}: column `{name}` is there twice")
            if not self._is_known(name):
                raise CommandError(f"{self.file}: column `{name}` is not known{_hint(name)}")
        for name in MONEY:
            if name in self.names and f"{name}_fen" in self.names:
                raise CommandError(f"{self.file}: either `{name}` or `{name}_fen`, found both")
        for name in ("date", "benefit"):
            self.demand(name)
        if "in_scope_fen" not in self.names:
            self.demand("in_scope")

    def demand(self, name: str) -> None:
        """Raise CommandError when there is no column `name`."""
        if name not in self.names:
            there = ", ".join(name for name in self.names if name) or "none"
            raise CommandError(f"{self.file}: column `{name}` is missing; there are: {there}")

    def _is_known(self, name: str) -> bool:
        plain = name.removesuffix("_fen")
        known = name in COLUMNS or name in REJECT_COLUMNS or plain in MONEY
        return known or name.startswith((YTD, PUBLISHED))


def _hint(name: str) -> str:
    return "; " + suggestion(name, (*COLUMNS, *MONEY), what="the columns") if name else ""
