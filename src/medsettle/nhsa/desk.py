"""The insurer's side of the national interface, in memory: requests in, replies out.

A reference for those who write hospital systems, and for tests: it keeps everything in memory,
knows nobody but the people it was given, and has no clock and no chance inside.  It is no server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from medsettle.bill.catalogue import Catalogue
from medsettle.ledger import LedgerError
from medsettle.nhsa import queries, reception, till, uploads
from medsettle.nhsa.claims import with_meanings
from medsettle.nhsa.decoding import decode
from medsettle.nhsa.envelope import Nodes, Reply, Request
from medsettle.nhsa.files import Files, NewId
from medsettle.nhsa.parties import Hospital, Insured
from medsettle.nhsa.profiles import Profile, profile_of
from medsettle.nhsa.reading import read_request
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.writing import write_reply
from medsettle.refusal import ClaimError, Reason
from medsettle.table import BenefitTable

DONE, REFUSED = "0", "-1"
_TEXT_MAX: Final = 2000
_MSGID_MAX: Final = 30

Handler = Callable[[Files, Request, Any], Nodes]
#: What each call does, and the node of its input.
CALLS: Final[dict[str, tuple[str, Handler]]] = {
    "2001": ("data", queries.entitled),
    "2201": ("data", reception.register),
    "2203": ("mdtrtinfo", reception.describe),
    "2401": ("mdtrtinfo", reception.admit),
    "2204": ("feedetail", uploads.charge),
    "2301": ("feedetail", uploads.charge),
    "2205": ("data", uploads.undo_outpatient),
    "2302": ("data", uploads.undo_inpatient),
    "2206": ("data", till.settle),
    "2207": ("data", till.settle),
    "2303": ("data", till.settle),
    "2304": ("data", till.settle),
    "2208": ("data", till.cancel),
    "2305": ("data", till.cancel),
    "2601": ("data", till.reverse),
    "5203": ("data", queries.settlement),
    "5206": ("data", queries.accumulated),
}


class Desk:
    """The insurer's side for one benefit table, as `docs/nhsa-desk.md` describes it.

    `catalogue` splits fee lines; without one, requests to settle state the four amounts.
    `profile` is the region's (by default that of the table's region), `meanings` are laid over
    its own: what the codes of a policy mean (`{"dise_codg": {"M03900": "hypertension"}}`).
    `people` and `hospitals` are those that the insurer knows.  `new_id` gives an id for
    "mdtrt_id" or "setl_id" that it never gave before; without it the desk counts.

    Any number of threads may call; calls are carried out one after the other, each whole or not
    at all.
    """

    def __init__(
        self,
        table: BenefitTable,
        catalogue: Catalogue | None = None,
        profile: Profile | None = None,
        *,
        people: Iterable[Insured] = (),
        hospitals: Iterable[Hospital] = (),
        meanings: Mapping[str, Mapping[str, str]] | None = None,
        new_id: NewId | None = None,
    ) -> None:
        used = with_meanings(profile or profile_of(table.meta.region), meanings or {})
        self._files = Files(table, catalogue, used, people, hospitals, new_id)
        self._answered: dict[str, tuple[object, Reply]] = {}
        self._lock = threading.Lock()

    @property
    def profile(self) -> Profile:
        """The profile by which messages are read and written."""
        return self._files.profile

    def call(self, data: bytes | str) -> bytes:
        """Carry out a call given as JSON, and answer with JSON; never raises for a bad message."""
        return self.exchange(data)[1]

    def exchange(self, data: bytes | str) -> tuple[Reply, bytes]:
        """Carry out a call given as JSON; return the reply, and the reply as JSON."""
        try:
            request = read_request(data, self.profile)
            reply = self.answer(request)
            return reply, write_reply(reply, request.infno, self.profile)
        except MessageError as error:
            is_unknown = (error.code, error.field) == ("N112", "infno")
            text = str(_unknown_call(error.found) if is_unknown else error)
        msgid, infno = _head(data)
        reply = _refusal(msgid, text)
        return reply, write_reply(reply, infno, self.profile)

    def answer(self, request: Request) -> Reply:
        """Carry out a call; a refusal is a reply with `infcode` -1, and has changed nothing.

        A msgid that was carried out before is answered as it was then, if it says the same; with
        another content it is refused.
        """
        with self._lock:
            try:
                return self._answer(request)
            except MessageError as error:
                text = str(error)
            except ClaimError as error:
                code = "N211" if error.reason is Reason.NOT_ENTITLED else "N210"
                text = str(MessageError(code, mend=str(error)))
            except LedgerError as error:
                text = str(MessageError("N210", mend=str(error)))
            return _refusal(request.msgid, text)

    def _answer(self, request: Request) -> Reply:
        said = _content(request)
        if request.msgid in self._files.undone:
            raise MessageError("N202", "msgid", expected="a call that 2601 has not reversed")
        if request.msgid in self._answered:
            before, reply = self._answered[request.msgid]
            if before != said:
                raise MessageError("N204", "msgid", expected="a msgid of its own for every call")
            return reply
        if request.infno not in CALLS:
            raise _unknown_call(request.infno)
        node, handler = CALLS[request.infno]
        data = request.input.get(node)
        if not data:
            raise MessageError("N106", f"input.{node}", expected="what the call is about")
        output = handler(self._files, request, data)
        reply = Reply(
            infcode=DONE,
            inf_refmsgid=request.msgid,
            refmsg_time=request.inf_time,
            respond_time=request.inf_time,
            output=output,
        )
        self._answered[request.msgid] = (said, reply)
        return reply

    def __repr__(self) -> str:
        files = self._files
        return (
            f"<Desk of {files.table.name}: {len(files.visits)} visits, "
            f"{len(files.booked)} settlements>"
        )


def _content(request: Request) -> object:
    """Return what makes two calls the same: everything but when, and under which sign-in."""
    return (
        request.infno,
        request.fixmedins_code,
        request.insuplc_admdvs,
        request.mdtrtarea_admvs,
        dict(request.input),
    )


def _unknown_call(infno: str | None) -> MessageError:
    """Return the refusal of a call that the desk does not answer, with those that it does."""
    return MessageError("N112", "infno", expected=f"one of {', '.join(CALLS)}", found=infno)


def _refusal(msgid: str | None, text: str) -> Reply:
    return Reply(infcode=REFUSED, inf_refmsgid=msgid, err_msg=text[:_TEXT_MAX])


def _head(data: bytes | str) -> tuple[str | None, str]:
    """Return the msgid and infno of a message that cannot be read otherwise, if they can."""
    try:
        body = decode(data)
    except MessageError:
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    msgid, infno = body.get("msgid"), body.get("infno")
    is_id = isinstance(msgid, str) and 0 < len(msgid) <= _MSGID_MAX and msgid.isalnum()
    return str(msgid) if is_id else None, infno if isinstance(infno, str) else ""
