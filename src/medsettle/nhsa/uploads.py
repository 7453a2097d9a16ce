"""Fee lines of a visit: 2204 and 2301 charge them and answer their split, 2205 and 2302 undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from medsettle.bill.bill import Bill
from medsettle.bill.line import FeeLine
from medsettle.bill.refused import LinesError
from medsettle.model import Claim
from medsettle.nhsa.charges import fee_line, fee_result
from medsettle.nhsa.envelope import Nodes, Request
from medsettle.nhsa.files import Files, Kept, Line
from medsettle.nhsa.messages import FeeDetail, FeeResult, InpatientUndo, OutpatientUndo
from medsettle.nhsa.profiles import Profile
from medsettle.nhsa.reception import claim_of_visit, time_of, visit_for
from medsettle.nhsa.refusing import MessageError

#: Takes back every line that is in no settlement.
ALL: Final = "0000"
#: So many refused lines are told.
_TOLD_MAX: Final = 20
#: The field of a row for that of a `FeeLine`; a limit by the day of the stay is the item's.
_FIELDS: Final = {
    "code": "med_list_codg",
    "date": "fee_ocur_time",
    "quantity": "cnt",
    "amount": "det_item_fee_sumamt",
    "returns": "init_feedetl_sn",
    "days": "med_list_codg",
}


def charge(files: Files, request: Request, rows: tuple[FeeDetail, ...]) -> Nodes:
    """2204, 2301: take the lines of one visit, all or none, and answer their split."""
    is_stay = request.infno == "2301"
    first = rows[0]
    kept = visit_for(files, first.mdtrt_id, first.psn_no, is_stay=is_stay)
    _check_rows(kept, rows)
    new = tuple(Line(row=row) for row in rows)
    date = time_of(request).date()
    results: list[FeeResult] = []
    for batch in _batches(new, is_stay=is_stay):
        before = open_lines(kept) if is_stay else ()
        _, claim = claim_of_visit(files, kept, date)
        lines = (*before, *batch)
        bill = split(files, claim, lines, told=new)
        told = list(zip(lines, bill.lines, strict=True))[len(before) :]
        results += [fee_result(line.row, result, files.profile) for line, result in told]
    order = {row.feedetl_sn: at for at, row in enumerate(rows)}
    results.sort(key=lambda result: order[result.feedetl_sn])
    files.visits[kept.mdtrt_id] = msgspec.structs.replace(kept, lines=(*kept.lines, *new))
    return {"result": tuple(results)}


def _check_rows(kept: Kept, rows: Sequence[FeeDetail]) -> None:
    """Raise MessageError for lines of several visits, a number or batch that is there already."""
    numbers = {line.row.feedetl_sn for line in kept.lines}
    batches = {line.row.chrg_bchno for line in kept.lines}
    diseases: dict[str | None, str | None] = {}
    for at, row in enumerate(rows, 1):
        if (row.mdtrt_id, row.psn_no) != (kept.mdtrt_id, kept.psn_no):
            raise MessageError("N203", "mdtrt_id", expected="one visit in a call", row=at)
        if row.feedetl_sn in numbers:
            expected = "a number that the visit has not"
            raise MessageError("N205", "feedetl_sn", expected=expected, row=at)
        numbers.add(row.feedetl_sn)
        if row.med_type not in (None, kept.med_type):
            expected = f"{kept.med_type}, as the visit has"
            raise MessageError("N212", "med_type", expected=expected, found=row.med_type, row=at)
        if kept.is_stay:
            continue
        if row.chrg_bchno is None:
            raise MessageError("N106", "chrg_bchno", expected="a batch", row=at)
        if row.chrg_bchno in batches:
            mend = "A batch is sent complete, in one call; 2205 takes it back"
            expected = "a batch that the visit has not"
            raise MessageError("N205", "chrg_bchno", expected=expected, row=at, mend=mend)
        if diseases.setdefault(row.chrg_bchno, row.dise_codg) != row.dise_codg:
            raise MessageError("N212", "dise_codg", expected="one disease in a batch", row=at)


def _batches(lines: Sequence[Line], *, is_stay: bool) -> list[list[Line]]:
    """Return the lines that are split together: a batch, or all of a stay."""
    found: dict[str | None, list[Line]] = {}
    for line in lines:
        found.setdefault(None if is_stay else line.row.chrg_bchno, []).append(line)
    return list(found.values())


def open_lines(kept: Kept) -> tuple[Line, ...]:
    """Return the lines of a visit that are in no settlement."""
    return tuple(line for line in kept.lines if not line.setl_id)


def split(files: Files, claim: Claim, lines: Sequence[Line], told: Sequence[Line] = ()) -> Bill:
    """Split lines by the catalogue.

    Raises MessageError: N202 without a catalogue, N109 and N114 as `fee_line`, N208 for lines that
    are refused, each with its row (in `told`, where it stands there) and the code of
    `docs/bill.md`.
    """
    if files.catalogue is None:
        mend = "Without a catalogue, state the four amounts when you settle"
        raise MessageError("N202", expected="a desk with a catalogue", mend=mend)
    rows = {line.row.feedetl_sn: at for at, line in enumerate(told or lines, 1)}
    charged = [_fee_line(line, rows, files.profile) for line in lines]
    refused: LinesError | None = None
    try:
        return files.catalogue.split(claim, charged, files.table)
    except LinesError as error:
        refused = error
    named = [f"row {rows.get(one.id, one.row)} {one.code}" for one in refused.refused]
    more = f" and {len(named) - _TOLD_MAX} more" if len(named) > _TOLD_MAX else ""
    first = refused.refused[0]
    raise MessageError(
        "N208",
        f"feedetail.{_FIELDS[first.field]}",
        row=rows.get(first.id),
        expected="lines that the catalogue can split",
        mend=f"{', '.join(named[:_TOLD_MAX])}{more}",
    )


def _fee_line(line: Line, rows: Mapping[str, int], profile: Profile) -> FeeLine:
    """Return what a row charges; raise MessageError N109 or N114 with its row."""
    try:
        return fee_line(line.row, profile)
    except MessageError as error:
        raise error.at("feedetail", rows.get(line.row.feedetl_sn)) from None


# ---------------------------------------------------------------------------- taken back


def undo_outpatient(files: Files, request: Request, data: OutpatientUndo) -> Nodes:
    """2205: take back a batch, or with 0000 every line that is in no settlement."""
    kept = visit_for(files, data.mdtrt_id, data.psn_no, is_stay=False)
    batch = None if data.chrg_bchno == ALL else data.chrg_bchno
    gone = {line.row.feedetl_sn for line in kept.lines if batch in (None, line.row.chrg_bchno)}
    _take_back(files, kept, gone, "chrg_bchno", everything=batch is None)
    return {}


def undo_inpatient(files: Files, request: Request, rows: tuple[InpatientUndo, ...]) -> Nodes:
    """2302: take back lines of a stay, or with 0000 every line that is in no settlement."""
    kept = visit_for(files, rows[0].mdtrt_id, rows[0].psn_no, is_stay=True)
    if any((row.mdtrt_id, row.psn_no) != (kept.mdtrt_id, kept.psn_no) for row in rows):
        raise MessageError("N203", "mdtrt_id", expected="one visit in a call")
    asked = {row.feedetl_sn for row in rows}
    everything = ALL in asked
    known = {line.row.feedetl_sn for line in kept.lines}
    if not everything and not asked <= known:
        raise MessageError("N203", "feedetl_sn", expected="lines of the visit")
    _take_back(files, kept, known if everything else asked, "feedetl_sn", everything=everything)
    return {}


def _take_back(files: Files, kept: Kept, gone: set[str], field: str, *, everything: bool) -> None:
    """Remove lines; raise MessageError N203 for none, N206 for one that is settled or returned."""
    if not gone and not everything:
        raise MessageError("N203", field, expected="lines of the visit")
    stay = tuple(
        line
        for line in kept.lines
        if line.row.feedetl_sn not in gone or (everything and line.setl_id)
    )
    if not everything and any(line.setl_id for line in kept.lines if line.row.feedetl_sn in gone):
        mend = "Cancel the settlement first, by 2208 or 2305"
        raise MessageError("N206", field, expected="lines that are in no settlement", mend=mend)
    left = {line.row.feedetl_sn for line in stay}
    if any((line.row.init_feedetl_sn or "") in gone - left for line in stay):
        mend = "Take back the return first"
        raise MessageError("N206", field, expected="lines that no other returns", mend=mend)
    files.visits[kept.mdtrt_id] = msgspec.structs.replace(kept, lines=stay)
