"""A reconciliation as tables for a reader, as text, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from medsettle.money import yuan_text
from medsettle.reconcile.kinds import MEANING
from medsettle.reconcile.result import (
    ClassTotal,
    Difference,
    Entry,
    GroupTotal,
    Reconciliation,
    Sums,
)

#: Groups that are equal are shown one by one up to this many, else only counted.
_EQUAL_SHOWN: Final = 24
#: Groups that differ are shown up to this many.
_APART_SHOWN: Final = 200


class Table(NamedTuple):
    """A table of text; columns from `right` on are set to the right."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    right: int


def tables_of(result: Reconciliation, limit: int) -> Iterator[Table]:
    """Yield the totals, the classes, then the claims of each class, at most `limit` of each."""
    yield _totals(result)
    if result.classes:
        yield _classes(result)
    for one in result.classes if limit else ():
        yield _details(result, one, limit)


def summary(result: Reconciliation, limit: int) -> str:
    """Return the report as text."""
    parts = [plain(table) for table in tables_of(result, limit)]
    return "\n".join([*parts, *closing(result)])


def closing(result: Reconciliation) -> list[str]:
    """Return the lines below the tables: rejected rows, hints, and the outcome."""
    lines = [f"hint: {hint}" for hint in result.hints]
    for side, count in zip(result.where, result.rejected, strict=True):
        if count:
            told = "was rejected and is" if count == 1 else "were rejected and are"
            lines.append(f"{_rows(count)} of {side} {told} in no total")
    claims = sum(one.claims for one in result.classes)
    rows = f"{result.rows[0]:,} and {_rows(result.rows[1])}"
    if result.equal:
        lines.append(f"equal: {rows}")
    else:
        differ = "differs" if claims == 1 else "differ"
        lines.append(f"{claims:,} {'claim' if claims == 1 else 'claims'} of {rows} {differ}")
    return lines


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def plain(table: Table) -> str:
    """Return a table in columns of spaces."""
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [table.title] if table.title else []
    for line in lines:
        cells = [
            cell.rjust(width) if place >= table.right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    return "\n".join(text) + "\n"


def _amounts(sums: Sums) -> tuple[str, ...]:
    """Return a count and the amounts that are compared, as a reader has them."""
    fen = (sums.total_fen, sums.total_funds_fen, sums.account_fen, sums.cash_fen)
    return f"{sums.count:,}", *(yuan_text(one) for one in fen if one is not None)


def _totals(result: Reconciliation) -> Table:
    """Return the totals by group; what all groups share stands in the title."""
    labels = [one.label for one in result.totals]
    places = [at for at in range(len(result.by)) if len({label[at] for label in labels}) > 1]
    shared = [
        f"{name} {labels[0][at] or '-'}"
        for at, name in enumerate(result.by)
        if labels and at not in places
    ]
    rows: list[tuple[str, ...]] = []
    equal = [one for one in result.totals if not one.difference]
    is_short = len(equal) <= _EQUAL_SHOWN
    apart = [one for one in result.totals if one.difference]
    hidden = {id(one) for one in (*apart[_APART_SHOWN:], *([] if is_short else equal))}
    for one in result.totals if places else ():
        if id(one) not in hidden:
            rows += _lines([one.label[at] or "-" for at in places], one)
    blank = [""] * (len(places) - 1)
    rest = [""] * (len(result.compared) + 2)
    if places and not is_short:
        rows.append((f"{len(equal):,} equal", *blank, *rest))
    if places and len(apart) > _APART_SHOWN:
        rows.append((f"{len(apart) - _APART_SHOWN:,} more differ", *blank, *rest))
    rows += _lines(["all", *blank] if places else [], result.total)
    header = (*(result.by[at] for at in places), "side", "count", *result.compared)
    title = ", ".join(["Totals in yuan", *shared])
    return Table(title, header, rows, len(places) + 1)


def _lines(label: Sequence[str], one: GroupTotal) -> list[tuple[str, ...]]:
    if not one.difference:
        return [(*label, "both", *_amounts(one.ours))]
    blank = [""] * len(label)
    return [
        (*label, "ours", *_amounts(one.ours)),
        (*blank, "theirs", *_amounts(one.theirs)),
        (*blank, "difference", *_amounts(one.difference)),
    ]


def _classes(result: Reconciliation) -> Table:
    rows = [
        (one.kind.value, f"{one.claims:,}", *_amounts(one.difference)) for one in result.classes
    ]
    claims = f"{sum(one.claims for one in result.classes):,}"
    rows.append(("all", claims, *_amounts(result.total.difference)))
    header = ("class", "claims", "count", *result.compared)
    return Table("Classes, ours less theirs", header, rows, 1)


def _details(result: Reconciliation, one: ClassTotal, limit: int) -> Table:
    at = result.differences.of(one.kind)
    shown = [result.differences[place] for place in at[:limit]]
    ids = _ids(result, shown)
    says = any(map(_note, shown))
    rows = [
        (
            *(each.id(name) for name in ids),
            *((_note(each),) if says else ()),
            _row(each.ours),
            _row(each.theirs),
            *_amounts(each.difference)[1:],
        )
        for each in shown
    ]
    more = f"; the first {limit:,} of {len(at):,}" if len(at) > limit else ""
    header = (*ids, *(("why",) if says else ()), "row ours", "row theirs", *result.compared)
    title = f"{one.kind.value}: {MEANING[one.kind]}{more}"
    return Table(title, header, rows, len(ids) + says)


def _ids(result: Reconciliation, shown: Sequence[Difference]) -> list[str]:
    """Return the ids that are shown: the key, and where it is missing or differs, more."""
    key = result.options.key
    told = [key]
    if any(each.by_second or not each.id(key) for each in shown):
        told += [name for name in ("setl_id", "msgid") if name != key]
    if any(each.id("init_setl_id") for each in shown):
        told.append("init_setl_id")
    return told


def _note(one: Difference) -> str:
    by_second = "met by its second id" if one.by_second else ""
    return "; ".join(filter(None, (one.why, by_second)))


def _row(entry: Entry | None) -> str:
    return "" if entry is None else str(entry.row)


# ---------------------------------------------------------------------------- plain data


def as_dict(result: Reconciliation, limit: int | None) -> dict[str, Any]:
    """Return a reconciliation as dicts and lists, amounts in yuan as Decimal."""
    return {
        "equal": result.equal,
        "ours": result.where[0],
        "theirs": result.where[1],
        "rows": list(result.rows),
        "rejected": list(result.rejected),
        "by": list(result.by),
        "compared": list(result.compared),
        "total": _total(result.total),
        "totals": [{"group": _group(result, one.label)} | _total(one) for one in result.totals],
        "classes": [
            {"class": one.kind.value, "claims": one.claims, "difference": one.difference.yuan()}
            for one in result.classes
        ],
        "hints": list(result.hints),
        "differences": [difference(result, one) for one in result.differences[:limit]],
    }


def _total(one: GroupTotal) -> dict[str, Any]:
    return {
        "ours": one.ours.yuan(),
        "theirs": one.theirs.yuan(),
        "difference": one.difference.yuan(),
    }


def _group(result: Reconciliation, label: Sequence[str]) -> dict[str, str]:
    return dict(zip(result.by, label, strict=True))


def difference(result: Reconciliation, one: Difference) -> dict[str, Any]:
    """Return a difference as a dict."""
    return {
        "class": one.kind.value,
        "why": one.why,
        "by_second": one.by_second,
        "ours": _side(result, one.ours),
        "theirs": _side(result, one.theirs),
        "difference": one.difference.yuan(),
    }


def _side(result: Reconciliation, entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    amounts = entry.amounts.yuan()
    del amounts["count"]
    head: dict[str, Any] = {"row": entry.row, **entry.ids, "day": entry.day}
    return head | {"counts": entry.counts, "group": _group(result, entry.group), **amounts}
