"""What a message is refused with: `MessageError`, its codes, and what it may show.  A leaf.

No text shows anything of a person: what was found is told only for fields that cannot hold an
identity, and only if it looks like a number or a code.
"""

from __future__ import annotations

import re
from typing import Final

#: What each code says; `docs/errors.md` has a heading for each.
CODES: Final[dict[str, str]] = {
    "N101": "the message is not UTF-8",
    "N102": "the message is no JSON",
    "N103": "a key is there twice",
    "N104": "objects or lists are nested too deep",
    "N105": "the message is too large",
    "N106": "a field that must be there is missing or empty",
    "N107": "a value is of another kind",
    "N108": "a number is not written as one",
    "N109": "a number does not fit its field",
    "N110": "a text does not fit its field",
    "N111": "a date or time is none",
    "N112": "the call is not known here",
    "N113": "two spellings of one field disagree",
    "N114": "a code has no meaning in this region",
    "N115": "a profile is not known",
    "N201": "two sums disagree",
    "N202": "the call comes at the wrong time",
    "N203": "what the call is about is not known here",
    "N204": "this msgid was sent with another content",
    "N205": "it is there already",
    "N206": "it can no longer be undone",
    "N207": "several values hold, and nothing says which counts",
    "N208": "fee lines are refused",
    "N209": "it belongs to another table",
    "N210": "the claim is refused",
    "N211": "no fund may pay",
    "N212": "it is not what an earlier call of the visit said",
}

#: What may be shown: a number gone wrong of at most ten digits before the point, a short code with
#: a digit in it, names of this library, what kind of JSON it is.  No date, no long number, no word.
_SHOWN_MAX: Final = 60
_DIGIT: Final = "[0-9０-９]"
_HARMLESS: Final = re.compile(
    rf"(?!.*{_DIGIT}{{4}}[-－/.]{_DIGIT}{{1,2}}[-－/.]{_DIGIT})(?!(?:[^.．0-9０-９]*{_DIGIT}){{11}})"
    r"(?:[0-9０-９ \t.,+＋\-－．，_%￥¥eE]{1,24}"
    r"|[A-Za-z]{0,4}[0-9][0-9A-Za-z_]{0,8}"
    r"|[a-z]+(?:_[a-z]+)+(?: [a-z]+(?:_[a-z]+)+)*"
    r"|[+-]?s?(?:NaN|nan|Inf|inf|Infinity)"
    r"|(?:a|an) (?:object|list|number|text)|true or false|null)"
)


class MessageError(ValueError):
    """A message, or a part of one, that cannot be read.

    `code` is one of CODES; `field` is the path, as `output.setldetail.fund_payamt`, `row` the
    place in its list, from 1.  `found` is told where it can tell nothing of a person.
    """

    def __init__(
        self,
        code: str,
        field: str = "",
        *,
        expected: str = "",
        found: object = None,
        row: int | None = None,
        mend: str = "",
    ) -> None:
        self.code = code
        self.field = field
        self.row = row
        self.expected = expected
        self.found = harmless(found)
        self.mend = mend
        super().__init__(code)

    def at(self, field: str, row: int | None = None) -> MessageError:
        """Return this error as of a field, and a row of its list."""
        path = ".".join(name for name in (field, self.field) if name)
        return MessageError(
            self.code,
            path,
            expected=self.expected,
            found=self.found,
            row=self.row if row is None else row,
            mend=self.mend,
        )

    def __str__(self) -> str:
        where = f"`{self.field}`" if self.field else ""
        if self.row is not None:
            where = f"row {self.row}: {where}" if where else f"row {self.row}"
        text = f"[{self.code}] {where}{': ' if where else ''}{CODES[self.code]}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.found is not None:
            text += f", found `{self.found}`"
        return f"{text}. {self.mend}" if self.mend else text


def harmless(found: object) -> str | None:
    """Return what was found as it may be shown; None for what might tell who somebody is."""
    if isinstance(found, str) and len(found) <= _SHOWN_MAX and _HARMLESS.fullmatch(found):
        return str(found)
    return None
