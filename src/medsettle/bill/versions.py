"""From the rows of one item to the item: price ranges put together, versions in order of time.

What does not fit is refused with everything that depends on it: an item is never half told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import msgspec

from medsettle.bill.faults import CellError, Notice, Rejected, notice
from medsettle.bill.item_rows import ItemRow
from medsettle.bill.items import GroupRule, Item, ItemVersion
from medsettle.money import PPM, percent_text

#: What an image holds of one item: versions, and ranges of the price in one of them.
VERSIONS_MAX: Final = 255
RANGES_MAX: Final = 255


class Broken(NamedTuple):
    """A row that was refused although its item is known; `begins` "": so is not its first day."""

    begins: str
    where: str


class Assembly:
    """Puts items together; `rejected` and `notices` tell what did not go in, and what is odd."""

    def __init__(self, groups: Iterable[GroupRule]) -> None:
        """Take the shares of item groups, which hold in place of the items' own."""
        self.rejected: list[Rejected] = []
        self.notices: list[Notice] = []
        self._groups: dict[str, list[GroupRule]] = {}
        for rule in sorted(groups, key=lambda one: one.from_):
            self._groups.setdefault(rule.group, []).append(rule)

    def item(self, code: str, rows: Sequence[ItemRow]) -> Item | None:
        """Return the item that rows of one code make; None when no version can be used."""
        if len(rows) > 1 or rows[0].said.upto is not None:
            versions = self._apart(list(self._versions(rows)))
        else:
            versions = [(rows[0].version, rows)]
        if not all(version.shares for version, _ in versions):
            versions = [one for one in versions if self._has_share(*one)]
        if len(versions) > 1:
            versions = _joined(versions)
        if len(versions) > VERSIONS_MAX:
            error = CellError("K317", most=VERSIONS_MAX, what="versions", found=len(versions))
            self._refuse((row for _, some in versions for row in some), error)
            return None
        if not versions:
            return None
        self._notice(code, [version for version, _ in versions])
        return Item(
            code=code, name=versions[-1][1][0].name, versions=tuple(one for one, _ in versions)
        )

    def _refuse(self, rows: Iterable[ItemRow], error: CellError) -> None:
        self.rejected += [row.refused(error) for row in rows]

    def unbroken(self, rows: Sequence[ItemRow], broken: Sequence[Broken]) -> list[ItemRow]:
        """Return the rows but those of a version of which another row was refused."""
        kept = []
        for row in rows:
            begins = row.version.from_.isoformat()
            found = next((one for one in broken if one.begins in ("", begins)), None)
            if found is None:
                kept.append(row)
            else:
                self._refuse([row], CellError("K313", what=found.where))
        return kept

    def _versions(self, rows: Sequence[ItemRow]) -> Iterator[tuple[ItemVersion, Sequence[ItemRow]]]:
        """Yield the versions, by their first days: rows of one period are ranges of the price."""
        ascending = sorted(rows, key=_period)
        for _, some in groupby(ascending, key=_period):
            same = list(some)
            version: ItemVersion | CellError = same[0].version
            if len(same) > 1 or same[0].said.upto is not None:
                version = _by_price(same)
            if isinstance(version, CellError):
                self._refuse(same, version)
            else:
                yield version, same

    def _apart(
        self, versions: list[tuple[ItemVersion, Sequence[ItemRow]]]
    ) -> list[tuple[ItemVersion, Sequence[ItemRow]]]:
        """Return the versions but those that have a day together."""
        clashing: set[int] = set()
        last = 0  # the version before that ends last
        for at in range(1, len(versions)):
            version, before = versions[at][0], versions[last][0]
            if version.from_ < before.until:
                clashing |= {last, at}
                for here, there in ((last, at), (at, last)):
                    other = versions[there][1][0].where
                    error = CellError("K311", "from", first=version.from_, other=other)
                    self._refuse(versions[here][1], error)
            if version.until >= before.until:
                last = at
        return [one for at, one in enumerate(versions) if at not in clashing]

    def _has_share(self, version: ItemVersion, rows: Sequence[ItemRow]) -> bool:
        """Tell whether the version has shares on all its days; refuse its rows if not."""
        if version.shares:
            return True
        day = version.from_
        for rule in self._groups.get(version.group, ()) if version.group else ():
            if rule.from_ <= day < rule.until:
                day = rule.until
        if day >= version.until:
            return True
        reason = f"of class B, and neither the row nor its group tells a share from {day}"
        self._refuse(rows, CellError("K310", "first_share_pct", reason=reason))
        return False

    def _notice(self, code: str, versions: Sequence[ItemVersion]) -> None:
        """Take note of days without a version, and of class A that is not covered."""
        for before, after in pairwise(versions):
            if before.until < after.from_:
                span = {"first": before.until, "until": after.from_}
                self.notices.append(notice("K401", item=code, **span))
        if any(one.class_ == "class_a" and _all_of_it(one) for one in versions):
            self.notices.append(notice("K402", item=code))
        if found := next(filter(None, map(_below_one_percent, versions)), 0):
            found_text = percent_text(Fraction(found, PPM))
            percent = percent_text(Fraction(found * 100, PPM))
            self.notices.append(notice("K404", item=code, found=found_text, percent=percent))


def _period(row: ItemRow) -> tuple[dt.date, dt.date]:
    return row.version.from_, row.version.until


def _all_of_it(version: ItemVersion) -> bool:
    return any(ppm == PPM for share in version.shares for ppm in share.ppm.values())


def _below_one_percent(version: ItemVersion) -> int:
    """Return a share of class B that a fraction may have been written for, in ppm; 0: none."""
    if version.class_ != "class_b":
        return 0
    shares = (ppm for share in version.shares for ppm in share.ppm.values())
    return next((ppm for ppm in shares if 0 < ppm < PPM // 100), 0)


def _by_price(rows: Sequence[ItemRow]) -> ItemVersion | CellError:
    """Return the version that rows of one period make: one for each range of the price."""
    field = "price_upto_yuan"
    if len(rows) > RANGES_MAX:
        return CellError("K317", most=RANGES_MAX, what="ranges of the price", found=len(rows))
    whole = [row for row in rows if row.said.upto is None]
    if len(whole) > 1:
        first = rows[0].version.from_
        return CellError("K311", "from", first=first, other=whole[1].where)
    if not whole:
        reason = "the last range must have no `price_upto_yuan`: what holds above is not told"
        return CellError("K312", field, reason=reason)
    ranges = sorted((row for row in rows if row.said.upto is not None), key=_upto)
    for low, high in pairwise(ranges):
        if low.said.upto == high.said.upto:
            reason = f"two ranges end at the same price: rows {low.row} and {high.row}"
            return CellError("K312", field, reason=reason)
    plain = msgspec.structs.replace(whole[0].version, shares=())
    for row in ranges:
        if msgspec.structs.replace(row.version, shares=()) != plain:
            reason = (
                f"ranges of one version may differ in their shares only: {_told(row, whole[0])}"
            )
            return CellError("K312", field, reason=reason)
        if not row.version.shares or not whole[0].version.shares:
            return CellError("K312", field, reason="every range must have a share")
    shares = tuple(share for row in (*ranges, *whole) for share in row.version.shares)
    return msgspec.structs.replace(plain, shares=shares)


def _told(row: ItemRow, other: ItemRow) -> str:
    return f"rows {min(row.row, other.row)} and {max(row.row, other.row)}"


def _upto(row: ItemRow) -> int:
    return row.said.upto or 0


def _joined(
    versions: Sequence[tuple[ItemVersion, Sequence[ItemRow]]],
) -> list[tuple[ItemVersion, Sequence[ItemRow]]]:
    """Return the versions, one for those that follow each other and say the same."""
    joined = [versions[0]]
    for version, rows in versions[1:]:
        before, others = joined[-1]
        same = msgspec.structs.replace(version, from_=before.from_, until=before.until)
        if before.until == version.from_ and same == before:
            longer = msgspec.structs.replace(before, until=version.until)
            joined[-1] = (longer, [*others, *rows])
        else:
            joined.append((version, rows))
    return joined
