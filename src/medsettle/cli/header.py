"""The columns a file of claims may have, and what is wrong with a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from medsettle.cli.common import CommandError
from medsettle.names import Names
from medsettle.policy.errors import suggestion
from medsettle.vocabulary import AXES, FOUR_AMOUNTS, ITEM_GROUPS, NUMBERS

MONEY: Final = (*FOUR_AMOUNTS, "total")
#: What a claim may tell of the visit beside its date.
VISIT: Final = ("admitted", "discharged", "days", "continues")
COLUMNS: Final = ("id", "person", "policy", "date", "benefit", *AXES, *NUMBERS, *VISIT)
#: Item groups: the vocabulary's, and those that the policy names itself.
ITEM: Final = "item_"
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

    def check_items(self, known: Names) -> None:
        """Raise CommandError for an item group that the policy does not know."""
        for group, name in self.fields(ITEM).items():
            if group.removesuffix("_fen") not in known.groups:
                raise CommandError(f"{self.file}: column `{name}` is not known{_hint(name, known)}")

    def _check(self) -> None:
        times = Counter(self.names)
        for name in self.names:
            if times[name] > 1:
                raise CommandError(f"{self.file}: column `{name}` is there twice")
            if not self._is_known(name):
                raise CommandError(f"{self.file}: column `{name}` is not known{_hint(name)}")
        for name in self.names:
            if is_money(name) and f"{name}_fen" in times:
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
        known = name in COLUMNS or name in REJECT_COLUMNS or is_money(name)
        return known or name.startswith((YTD, PUBLISHED))


def is_money(name: str) -> bool:
    """Tell whether a column holds amounts, in yuan or in fen, by its name."""
    return name.removesuffix("_fen") in MONEY or name.startswith(ITEM)


def is_whole(name: str) -> bool:
    """Tell whether a column holds what is counted in whole numbers, or somebody's number."""
    return name in NUMBERS or name in ("days", "continues", "person")


def _hint(name: str, known: Names | None = None) -> str:
    groups = ITEM_GROUPS if known is None else known.groups
    columns = (*COLUMNS, *MONEY, *(f"{ITEM}{group}" for group in groups))
    return "; " + suggestion(name, columns, what="the columns") if name else ""
