"""A bill whose lines are split: the claim that it makes, and what became of every line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsettle.bill.line import FeeLine, LineResult
from medsettle.model import Claim

if TYPE_CHECKING:
    from medsettle._core.lines import BillLines
    from medsettle.bill.catalogue import Catalogue


class Bill:
    """Fee lines split into the four amounts; made by `Catalogue.split`.

    `claim` is the claim to settle, with the four amounts and the item groups; `charged` are the
    lines as they were given, `split` is what the kernel made of them.
    """

    __slots__ = ("catalogue", "charged", "claim", "split")

    def __init__(
        self, catalogue: Catalogue, claim: Claim, charged: tuple[FeeLine, ...], split: BillLines
    ) -> None:
        self.catalogue = catalogue
        self.claim = claim
        self.charged = charged
        self.split = split

    @property
    def lines(self) -> tuple[LineResult, ...]:
        """What became of every line, in the order in which they were given."""
        by_id = {line.id: line for line in self.charged if line.id}
        day = self.claim.date
        return tuple(
            self.catalogue.line_result(line, self.split.row(at), by_id.get(line.returns), day)
            for at, line in enumerate(self.charged)
        )

    @property
    def group_titles(self) -> dict[str, str]:
        """The Chinese names of the catalogue's own item groups."""
        return self.catalogue.meta.group_titles

    def __repr__(self) -> str:
        return f"<Bill of {len(self.charged)} lines: {self.claim!r}>"
