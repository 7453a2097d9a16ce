"""What a message code stands for."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """What a code stands for; `{names}` are filled in where the mistake is found."""

    title: str
    message: str
    hint: str = ""  # not given when a name it asks for is missing or empty
    severity: str = "error"
