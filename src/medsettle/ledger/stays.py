"""One stay's bill split at the turns of the policy's year, as claims to settle one after the other.

National practice settles a stay that crosses the year end in parts, each in its year: the part up
to the last day of the old year on that day, the rest at the end.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from medsettle.ledger.errors import Fault, LedgerError
from medsettle.model import Claim
from medsettle.refusal import ClaimError, Reason
from medsettle.vocabulary import FOUR_AMOUNTS


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one part of a stay cost, in fen: the four amounts, and how much of which item group."""

    in_scope_fen: int
    full_self_pay_fen: int = 0
    over_limit_fen: int = 0
    first_step_fen: int = 0
    items: Mapping[str, int] = {}


def split_stay(
    claim: Claim, parts: Sequence[Part], *, year_starts: int = 1, admitted: dt.date | None = None
) -> tuple[Claim, ...]:
    """Return a stay's bill as claims, one for each year that it touches.

    `parts` are the amounts of each, by the days on which the lines were charged; together they
    are the claim's.  Years begin on the first of the month `year_starts` (that of the table's
    policy: `table.meta.year_starts`).  The stay is from `admitted`, else the claim's own, to its
    `discharged`, else its `date`.

    Each part but the last is dated the last day of its year, and tells no `discharged`; the last
    keeps the claim's date.  All keep `admitted`.  `days`, where the claim tells them, are split
    at midnight of the year's first day, the last part having what is left.  Ids are the claim's
    with `-1`, `-2` … behind it.  Settle them in order, with one `stay`.

    Raises LedgerError Y112 where the number of parts is not that of the years, or the amounts do
    not add up; ClaimError without an admission date.
    """
    entered = admitted or claim.admitted
    if entered is None:
        expected = "the day of admission, to tell which years the stay touches"
        raise ClaimError(Reason.BAD_VALUE, field="admitted", expected=expected)
    if type(year_starts) is not int or not 1 <= year_starts <= 12:
        raise ClaimError(
            Reason.BAD_VALUE, field="year_starts", found=year_starts, expected="a month, 1 to 12"
        )
    turns = list(_turns(entered, claim.discharged or claim.date, year_starts))
    if len(parts) != len(turns) + 1:
        counts = [
            f"{n} {one}{'' if n == 1 else 's'}"
            for n, one in ((len(turns) + 1, "year"), (len(parts), "part"))
        ]
        what = f"it touches {counts[0]}, given {counts[1]}"
        raise LedgerError(Fault.SPLIT, claim=claim.id, what=what)
    _check_sum(claim, parts)
    days = _days(claim, entered, turns)
    last = len(turns)
    return tuple(
        msgspec.structs.replace(
            claim,
            id=f"{claim.id}-{number + 1}" if last else claim.id,
            date=claim.date if number == last else turns[number] - dt.timedelta(days=1),
            admitted=entered,
            discharged=claim.discharged if number == last else None,
            days=days[number],
            items=dict(part.items),
            **{f"{name}_fen": getattr(part, f"{name}_fen") for name in FOUR_AMOUNTS},
        )
        for number, part in enumerate(parts)
    )


def _turns(first: dt.date, last: dt.date, month: int) -> Iterator[dt.date]:
    """Yield the first days of years that lie after `first`, up to `last`."""
    for year in range(first.year, last.year + 1):
        turn = dt.date(year, month, 1)
        if first < turn <= last:
            yield turn


def _days(claim: Claim, entered: dt.date, turns: Sequence[dt.date]) -> list[int | None]:
    """Return the days of each part; None for each where the claim does not tell its own."""
    if claim.days is None:
        return [None] * (len(turns) + 1)
    bounds = [entered, *turns]
    days = [(b - a).days for a, b in itertools.pairwise(bounds)]
    left = claim.days - sum(days)
    if left < 0:
        what = f"{claim.days} days are fewer than those before {turns[-1]}"
        raise LedgerError(Fault.SPLIT, claim=claim.id, what=what)
    return [*days, left]


def _check_sum(claim: Claim, parts: Sequence[Part]) -> None:
    """Raise LedgerError where the parts are not the claim."""
    for name in FOUR_AMOUNTS:
        field = f"{name}_fen"
        _check_equal(claim, name, [getattr(part, field) for part in parts], getattr(claim, field))
    groups = {*claim.items, *(group for part in parts for group in part.items)}
    for group in sorted(groups):
        shares = [part.items.get(group, 0) for part in parts]
        _check_equal(claim, f"items.{group}", shares, claim.items.get(group, 0))


def _check_equal(claim: Claim, field: str, shares: Sequence[int], whole: int) -> None:
    for fen in shares:
        if type(fen) is not int or fen < 0:
            expected = "an int of fen, not negative"
            raise ClaimError(Reason.BAD_MONEY, field=field, found=fen, expected=expected)
    if sum(shares) != whole:
        what = f"`{field}` of the parts is {sum(shares)} fen, of the bill {whole}"
        raise LedgerError(Fault.SPLIT, claim=claim.id, what=what)
