"""The columns a file of claims may have, and what is wrong with a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from medsettle.bill.batch import PRICE_LEVEL
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
#: The columns of a file of fee lines; `bill` is the `id` of the claim.
LINES_NEEDED: Final = ("bill", "code", "price", "quantity")
LINE_COLUMNS: Final = (
    *LINES_NEEDED, "amount", "date", "approval", "herb_use", "discharge_medicine", "supply_days",
    "id", "returns",
)  # fmt: skip
#: What the rejects say of a line, whose own `code` is an item's.
LINE_REJECT_COLUMNS: Final = tuple(f"reject_{name}" for name in REJECT_COLUMNS)
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
                raise CommandError(f"{self.file}: column `{name}` is not known{self._hint(name)}")
        for name in self.names:
            if is_money(name) and f"{name}_fen" in times:
                raise CommandError(f"{self.file}: either `{name}` or `{name}_fen`, found both")
        self._demand_needed()

    def demand(self, name: str) -> None:
        """Raise CommandError when there is no column `name`."""
        if name not in self.names:
            there = ", ".join(name for name in self.names if name) or "none"
            raise CommandError(f"{self.file}: column `{name}` is missing; there are: {there}")

    def inexact(self, name: str) -> str | None:
        """Return why a column may not hold floats; None where they do no harm."""
        if is_money(name):
            return "money must be decimal128 yuan, or int64 with the suffix _fen"
        return "it must be integers, never floats" if is_whole(name) else None

    def _demand_needed(self) -> None:
        for name in ("date", "benefit"):
            self.demand(name)
        if "in_scope_fen" not in self.names:
            self.demand("in_scope")

    def _is_known(self, name: str) -> bool:
        known = name in COLUMNS or name in REJECT_COLUMNS or is_money(name)
        return known or name.startswith((YTD, PUBLISHED))

    def _hint(self, name: str) -> str:
        return _hint(name)


class BillHeader(Header):
    """The columns of claims whose amounts are those of their lines, in another file."""

    def inexact(self, name: str) -> str | None:
        """Return why a column may not hold floats; the `id` neither, since lines name it."""
        return super().inexact("person" if name == "id" else name)

    def _check(self) -> None:
        for name in self.names:
            if is_money(name):
                told = "the amounts of these claims are their lines'; leave it out"
                raise CommandError(f"{self.file}: column `{name}`: {told}")
            if name.startswith((YTD, PUBLISHED)):
                told = "slips have no file of lines"
                raise CommandError(f"{self.file}: column `{name}`: {told}")
        super()._check()

    def _demand_needed(self) -> None:
        for name in ("id", "person", "date", "benefit"):
            self.demand(name)

    def _is_known(self, name: str) -> bool:
        return name == PRICE_LEVEL or super()._is_known(name)


class LineHeader(Header):
    """The columns of a file of fee lines."""

    def inexact(self, name: str) -> str | None:
        """Return why a column may not hold floats: none may."""
        return f"{name} must be decimal128, integers or text, never floats"

    def _check(self) -> None:
        super()._check()
        if "returns" in self.names:
            self.demand("id")

    def _demand_needed(self) -> None:
        for name in LINES_NEEDED:
            self.demand(name)

    def _is_known(self, name: str) -> bool:
        return name in LINE_COLUMNS or name in LINE_REJECT_COLUMNS

    def _hint(self, name: str) -> str:
        return "; " + suggestion(name, LINE_COLUMNS, what="the columns") if name else ""


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
