"""The envelope of a call: `Request` around an `input`, `Reply` around an `output`.

The operator's name and everything signed are left aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from medsettle.nhsa.fields import Id, Message, Region, Text, Time

#: What stands under the nodes of an input or output, such as `setlinfo` and `setldetail`: a
#: struct, or a tuple of them where the node is a list.
Nodes = Mapping[str, Message | tuple[Message, ...]]

#: `infcode` of a call that was done.
DONE: Final = "0"


class Request(Message, frozen=True, kw_only=True):
    """A call: `infno` says which, `input` is its nodes (`data`, `feedetail`, `mdtrtinfo` …).

    `msgid` is the sender's own id of the call, kept to find out what became of it.
    `insuplc_admdvs` is where the person is insured, `mdtrtarea_admvs` (so spelt) where treated.
    """

    infno: Annotated[str, Text(4)]
    msgid: Id
    mdtrtarea_admvs: Region | None = None
    insuplc_admdvs: Region | None = None
    recer_sys_code: Annotated[str, Text(10)] | None = None
    infver: Annotated[str, Text(6)] | None = None
    inf_time: Time | None = None
    fixmedins_code: Annotated[str, Text(12)] | None = None
    sign_no: Id | None = None
    input: Nodes = msgspec.field(default_factory=dict)


class Reply(Message, frozen=True, kw_only=True):
    """An answer: `infcode` "0" done, "-1" refused with `err_msg`; `output` is its nodes."""

    infcode: Annotated[str, Text(4)]
    inf_refmsgid: Id | None = None
    refmsg_time: Time | None = None
    respond_time: Time | None = None
    err_msg: Annotated[str, Text(2000)] | None = None
    output: Nodes = msgspec.field(default_factory=dict)
