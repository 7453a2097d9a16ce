"""How a ledger begins: with a table, a mode, and what the person carries by then."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, get_args

from medsettle.ledger.edits import check_opening
from medsettle.ledger.records import ENCODER, Mode, Opened, seal
from medsettle.ledger.shared import Shared
from medsettle.ledger.state import State, Stays
from medsettle.model import YearToDate
from medsettle.refusal import ClaimError, Reason
from medsettle.settlement import Settlement
from medsettle.table import BenefitTable

MODES: Final[tuple[str, ...]] = get_args(Mode)
_LABEL_MAX: Final = 2**63


def opened_by(
    table: BenefitTable,
    mode: Mode,
    opening: YearToDate | Settlement | None,
    person: str | int,
    stay: str,
    follows: str,
) -> Opened:
    """Return record 0 of a new ledger; raise TypeError or ClaimError for what it cannot be."""
    if not isinstance(table, BenefitTable):
        raise TypeError(f"expected a medsettle.BenefitTable, not {type(table).__name__}")
    if mode not in MODES:
        expected = f"one of {', '.join(MODES)}"
        raise ClaimError(Reason.BAD_VALUE, field="mode", found=mode, expected=expected)
    _check_texts(person, stay, follows)
    start = _opening(opening)
    return Opened(table.name, table.fingerprint, mode, person, start, stay, follows)


def begin(table: BenefitTable, opened: Opened) -> tuple[bytes, State]:
    """Return record 0 with its hash, and the state in which the ledger begins."""
    check_opening(table, opened.opening)
    digest, record = seal("", ENCODER.encode(opened))
    state = State(
        mode=opened.mode,
        table=table,
        opening=opened.opening,
        begun=Stays((opened.stay,)) if opened.stay else Stays(),
        person=opened.person,
        digest=digest,
        entries=Shared(),
        rows=Shared(),
        records=Shared(),
    )
    return record, state


def _opening(opening: YearToDate | Settlement | None) -> YearToDate | None:
    """Return a year-to-date of the ledger's own, which nobody else can change."""
    if isinstance(opening, Settlement):
        return opening.ytd
    if opening is None:
        return None
    if not isinstance(opening, YearToDate):
        told = f"expected a YearToDate, a Settlement or None, not {type(opening).__name__}"
        raise TypeError(told)
    last: Any = opening.last_date
    if last is not None and (not isinstance(last, dt.date) or isinstance(last, dt.datetime)):
        expected = "a datetime.date, or None"
        raise ClaimError(Reason.BAD_VALUE, field="opening", found=last, expected=expected)
    return YearToDate(last, dict(opening.counters))


def _check_texts(person: str | int, stay: str, follows: str) -> None:
    """Raise ClaimError for labels that cannot be written down; their text is not shown."""
    for field, text in {"person": person, "stay": stay, "follows": follows}.items():
        good = isinstance(text, str) and text.encode(errors="replace").decode() == text
        if field == "person" and type(text) is int:
            good = -_LABEL_MAX <= text < _LABEL_MAX
        if not good:
            expected = "text, or for `person` an int of 64 bits"
            raise ClaimError(Reason.BAD_VALUE, field=field, expected=expected)
