"""The national interface: messages in and out, codes, profiles, accounting identities.

`read_request` and `read_reply` make structs of bytes, `write_request` and `write_reply` bytes of
structs; `check` runs the identities; `profile` and `profile_of` give a region's way.  `Desk`
answers calls as an insurer would, from memory.  See `docs/nhsa.md` and `docs/nhsa-desk.md`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from medsettle.nhsa.envelope import Reply, Request
from medsettle.nhsa.finding import Finding, Settled
from medsettle.nhsa.identities import check, failures
from medsettle.nhsa.profiles import Profile, profile, profile_names, profile_of
from medsettle.nhsa.reading import read_reply, read_request, read_rows
from medsettle.nhsa.refusing import MessageError
from medsettle.nhsa.writing import write_reply, write_request

if TYPE_CHECKING:
    from medsettle.nhsa.desk import Desk
    from medsettle.nhsa.parties import Filing, Hospital, Insured

#: Loaded when they are first asked for: a desk needs the catalogue and NumPy, messages do not.
_LATER: Final = {
    "Desk": "medsettle.nhsa.desk",
    "Filing": "medsettle.nhsa.parties",
    "Hospital": "medsettle.nhsa.parties",
    "Insured": "medsettle.nhsa.parties",
}

__all__ = [
    "Desk",
    "Filing",
    "Finding",
    "Hospital",
    "Insured",
    "MessageError",
    "Profile",
    "Reply",
    "Request",
    "Settled",
    "check",
    "failures",
    "profile",
    "profile_names",
    "profile_of",
    "read_reply",
    "read_request",
    "read_rows",
    "write_reply",
    "write_request",
]


def __getattr__(name: str) -> Any:
    """Return a name that is loaded when it is first asked for."""
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
