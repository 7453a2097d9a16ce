"""All national structs, and which of them stand under which node of which call.

`INPUTS["2204"]["feedetail"]` says that the input of 2204 has a node `feedetail` with a list of
`FeeDetail`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from medsettle.nhsa.envelope import Nodes, Reply, Request
from medsettle.nhsa.feelines import (
    CeilingRow,
    FeeDetail,
    FeeResult,
    InpatientUndo,
    OutpatientUndo,
    ShareRow,
)
from medsettle.nhsa.fields import Message
from medsettle.nhsa.persons import (
    BaseInfo,
    CumInfo,
    CumRequest,
    EntitlementRequest,
    IdetInfo,
    InsuInfo,
    TrtInfo,
)
from medsettle.nhsa.settling import (
    CancelRequest,
    InpatientSettle,
    OutpatientSettle,
    PolicyItem,
    ProcItem,
    ReversalRequest,
    SetlDetail,
    SetlInfo,
    SetlQuery,
)
from medsettle.nhsa.stating import (
    DetailsAnswer,
    DetailsRequest,
    DetailsRow,
    ResultRow,
    TotalsAnswer,
    TotalsRequest,
)
from medsettle.nhsa.visits import (
    Admission,
    Diagnosis,
    Extension,
    OutpatientVisit,
    Registered,
    Registration,
)

__all__ = [
    "INPUTS", "OUTPUTS", "Admission", "BaseInfo", "CancelRequest", "CeilingRow", "CumInfo",
    "CumRequest", "DetailsAnswer", "DetailsRequest", "DetailsRow", "Diagnosis",
    "EntitlementRequest", "Extension", "FeeDetail", "FeeResult", "IdetInfo", "InpatientSettle",
    "InpatientUndo", "InsuInfo", "Message", "Node", "Nodes", "OutpatientSettle", "OutpatientUndo",
    "OutpatientVisit", "PolicyItem", "ProcItem", "Registered", "Registration", "Reply", "Request",
    "ResultRow", "ReversalRequest", "SetlDetail", "SetlInfo", "SetlQuery", "ShareRow",
    "TotalsAnswer", "TotalsRequest", "TrtInfo",
]  # fmt: skip


class Node(msgspec.Struct, frozen=True):
    """What stands under a node: `row`, or a list of them; `required` if it must be there."""

    row: type[Message]
    many: bool = False
    required: bool = True


_SETTLED: Final = {"setlinfo": Node(SetlInfo), "setldetail": Node(SetlDetail, True, False)}
_VISIT: Final = {"diseinfo": Node(Diagnosis, True, False)}

#: The nodes of each call's `input`.
INPUTS: Final[dict[str, dict[str, Node]]] = {
    "2001": {"data": Node(EntitlementRequest)},
    "2201": {"data": Node(Registration)},
    "2203": {"mdtrtinfo": Node(OutpatientVisit), **_VISIT},
    "2401": {"mdtrtinfo": Node(Admission), **_VISIT},
    "2204": {"feedetail": Node(FeeDetail, True)},
    "2301": {"feedetail": Node(FeeDetail, True)},
    "2205": {"data": Node(OutpatientUndo)},
    "2302": {"data": Node(InpatientUndo, True)},
    "2206": {"data": Node(OutpatientSettle)},
    "2207": {"data": Node(OutpatientSettle)},
    "2303": {"data": Node(InpatientSettle)},
    "2304": {"data": Node(InpatientSettle)},
    "2208": {"data": Node(CancelRequest)},
    "2305": {"data": Node(CancelRequest)},
    "2601": {"data": Node(ReversalRequest)},
    "3201": {"data": Node(TotalsRequest)},
    "3202": {"data": Node(DetailsRequest)},
    "5203": {"data": Node(SetlQuery)},
    "5206": {"data": Node(CumRequest)},
}

#: The nodes of each answer's `output`; some calls are answered with none.
OUTPUTS: Final[dict[str, dict[str, Node]]] = {
    "1101": {
        "baseinfo": Node(BaseInfo),
        "insuinfo": Node(InsuInfo, True),
        "idetinfo": Node(IdetInfo, True, False),
    },
    "2001": {"trtinfo": Node(TrtInfo, True)},
    "2201": {"data": Node(Registered)},
    "2203": {},
    "2205": {},
    "2302": {},
    "2601": {},
    "2401": {"result": Node(Registered)},
    "2204": {"result": Node(FeeResult, True)},
    "2301": {"result": Node(FeeResult, True)},
    "2206": _SETTLED,
    "2207": _SETTLED,
    "2303": _SETTLED,
    "2304": _SETTLED,
    "2208": _SETTLED,
    "2305": _SETTLED,
    "5203": _SETTLED,
    "5206": {"cuminfo": Node(CumInfo, True)},
    "3201": {"stmtinfo": Node(TotalsAnswer)},
    "3202": {"fileinfo": Node(DetailsAnswer)},
    "1318": {"data": Node(CeilingRow, True)},
    "1319": {"data": Node(ShareRow, True)},
    "100001": {"data": Node(PolicyItem, True)},
}
