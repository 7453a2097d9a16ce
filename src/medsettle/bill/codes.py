"""What an item's code looks like: the national structures, and those that a region adds.

The national codes of items are published by the National Healthcare Security Administration
(国家医疗保障局) under the guiding opinion on standardisation, 医保发〔2019〕39号, each kind with
its own 编码规则和方法.  What is checked here:

| kind | characters | parts |
|---|---|---|
| western drug 西药 | 23 | X, class 5 (`A02BC`), name 4, form 4, pack 4, company 5 |
| Chinese patent drug 中成药 | 20 | Z, class 5 (`A04CB`), name 5, pack 4, company 5 |
| decoction pieces 中药饮片 | 10 | T, standard 2 (00, or a province), effect 2, name 5 |
| granules 中药配方颗粒 | 20 | T, standard 2, effect 2, then 15 |
| hospital preparation 医疗机构制剂 | 16 | J, then 15 |
| service 医疗服务项目 | 15 | digits; then, after `-`, the code that the province gives it |
| consumable 医用耗材 | 20 | C, class 6 (three levels), name 3, features 5, company 5 |
| consumable with its model | 27 | the 20 of the consumable, then 7 |

The parts of a consumable are those of 医保医用耗材编码规则和方法, of granules those of 医保中药配方
颗粒统一编码规则和方法; those of drugs are what published codes have in common.  How long the parts
of granules are after the effect, what the 15 of a hospital preparation are, and whether the last 7
of a consumable are always digits could not be established: there every capital or digit passes.
The structure of in-vitro reagents (体外诊断试剂) could not be established at all: none is accepted.
A region may name what is missing as codes of its own.  Whether a code was ever given out is not a
matter of its structure: only the catalogue knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from medsettle.bill.items import LocalCode

#: No field of the national interface that holds an item's code is longer.
CODE_MAX: Final = 50
#: What a region's own code, or its part of a service's code, may be made of.
LOCAL_CHARACTERS: Final = "A-Za-z0-9._-"

_DIGIT: Final = "0-9"
_LETTER: Final = "A-Z"
_ANY: Final = "A-Z0-9"
_EXPECTED: Final = {
    _DIGIT: "a digit",
    _LETTER: "a capital letter",
    _ANY: "a capital letter or a digit",
    LOCAL_CHARACTERS: "a letter, a digit, `.`, `_` or `-`",
}


class Part(NamedTuple):
    """A part of a code: what it tells, and what each of its characters may be."""

    what: str
    alphabets: tuple[str, ...]


def _part(what: str, pattern: str) -> Part:
    """Return a part; `9` stands for a digit, `A` for a capital letter, `*` for either."""
    return Part(what, tuple({"9": _DIGIT, "A": _LETTER, "*": _ANY}[one] for one in pattern))


class Kind(NamedTuple):
    """A kind of item with its structure; `first` is its first character, "" for a digit."""

    name: str
    first: str
    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """How many characters such a code has."""
        return len(self.first) + sum(len(part.alphabets) for part in self.parts)


_DRUG_END: Final = (
    _part("specification", "99"),
    _part("packaging", "99"),
    _part("company", "99999"),
)
_CONSUMABLE: Final = (
    _part("class", "999999"),
    _part("generic name", "999"),
    _part("features", "99999"),
    _part("company", "99999"),
)
_HERB: Final = (_part("standard", "99"), _part("effect", "99"))
#: The national kinds.  Of one first letter, the lengths tell them apart.
KINDS: Final = (
    Kind(
        "a western drug",
        "X",
        (_part("class", "A99AA"), _part("name", "A999"), _part("form", "A999"), *_DRUG_END),
    ),
    Kind(
        "a Chinese patent drug",
        "Z",
        (_part("class", "A99AA"), _part("name and form", "A9999"), *_DRUG_END),
    ),
    Kind("decoction pieces", "T", (*_HERB, _part("name", "99999"))),
    Kind("granules", "T", (*_HERB, _part("rest", "*" * 15))),
    Kind("a hospital preparation", "J", (_part("rest", "*" * 15),)),
    Kind("a consumable", "C", _CONSUMABLE),
    Kind("a consumable with its model", "C", (*_CONSUMABLE, _part("model", "*" * 7))),
    Kind("a service", "", (_part("national part", "9" * 15),)),
)
_SERVICE: Final = KINDS[-1]
_FIRST: Final = "".join(dict.fromkeys(kind.first for kind in KINDS if kind.first))
_BEGINNINGS: Final = f"{_FIRST}0123456789"


def _pattern() -> re.Pattern[str]:
    """Return the expression that every well-formed national code matches."""
    whole = []
    for kind in KINDS:
        parts = (f"[{alphabet}]" for part in kind.parts for alphabet in part.alphabets)
        whole.append(kind.first + "".join(parts))
    whole[-1] += f"(?:-[{LOCAL_CHARACTERS}]{{1,{CODE_MAX - _SERVICE.length - 1}}})?"
    return re.compile("|".join(whole))


_NATIONAL: Final = _pattern()
_LOCAL: Final = re.compile(f"[{LOCAL_CHARACTERS}]+")


def code_error(code: str, local: Iterable[LocalCode] = ()) -> str | None:
    """Return what is wrong with an item's code, and where; None if it is well formed.

    `local` are the codes that the region gives itself.  Positions count from 1.
    """
    if _NATIONAL.fullmatch(code):
        return None
    for own in local:
        if code.startswith(own.prefix) and len(code) == own.length and _LOCAL.fullmatch(code):
            return None
    return _national_error(code) + _local_hint(code, local) + _spreadsheet_hint(code)


def kind_of(code: str) -> Kind | None:
    """Return the national kind of a well-formed code; None for a region's own, or a bad one."""
    if not _NATIONAL.fullmatch(code):
        return None
    if code[0].isdigit():
        return _SERVICE
    return next(kind for kind in KINDS if kind.first == code[0] and kind.length == len(code))


def _national_error(code: str) -> str:
    if not code:
        return "the code is empty"
    if len(code) > CODE_MAX:
        return f"expected at most {CODE_MAX} characters, found {len(code)}"
    if code[0] not in _FIRST and code[0] in _BEGINNINGS:
        return _service_error(code)
    kinds = [kind for kind in KINDS if kind.first == code[0]]
    if not kinds:
        if code[0].upper() in _FIRST and code[0].isascii():
            return f"position 1: expected a capital letter, found `{code[0]}`"
        return f"position 1: expected a digit or one of {_FIRST}, found {_shown(code[0])}"
    fitting = [kind for kind in kinds if kind.length == len(code)]
    if not fitting:
        # A character that no kind of this letter may have there tells more than the length.
        wrong = [_wrong(kind, code) for kind in kinds]
        if all(wrong):
            return wrong[-1]
        what = " or ".join(f"{kind.length} characters ({kind.name})" for kind in kinds)
        return f"expected {what}, found {len(code)}"
    return _wrong(fitting[0], code)


def _wrong(kind: Kind, code: str) -> str:
    """Return the first character that is not of the kind; "" if there is none."""
    at = len(kind.first)
    for part in kind.parts:
        for alphabet in part.alphabets:
            if at >= len(code):
                return ""
            if not re.fullmatch(f"[{alphabet}]", code[at]):
                expected, found = _EXPECTED[alphabet], _shown(code[at])
                return f"position {at + 1} ({part.what}): expected {expected}, found {found}"
            at += 1
    return ""


def _service_error(code: str) -> str:
    """Return what is wrong with a code that begins with a digit."""
    national, dash, own = code.partition("-")
    if wrong := _wrong(_SERVICE, national):
        return wrong
    if len(national) != _SERVICE.length:
        return f"expected {_SERVICE.length} digits (a service), found {len(national)}"
    if dash and not own:
        return "expected the province's code after `-`, found nothing"
    at = next(i for i, one in enumerate(own) if not _LOCAL.fullmatch(one))
    where = len(national) + 2 + at
    expected = _EXPECTED[LOCAL_CHARACTERS]
    return f"position {where} (province's code): expected {expected}, found {_shown(own[at])}"


def _local_hint(code: str, local: Iterable[LocalCode]) -> str:
    """Return what the region's own codes are, where the code may have been meant for one."""
    meant = [own for own in local if code[:1] not in _BEGINNINGS or code.startswith(own.prefix)]
    told = ", ".join(f"`{own.prefix}…` of {own.length}" for own in meant)
    return f"; the region's own codes are {told}" if told else ""


def _spreadsheet_hint(code: str) -> str:
    """Return what may have happened to a service's code that was opened as a number."""
    is_short = code.isascii() and code.isdigit() and len(code) < _SERVICE.length
    is_power = re.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+", code) is not None
    hint = "; a spreadsheet may have dropped leading zeros: write the column as text"
    return hint if is_short or is_power else ""


def _shown(character: str) -> str:
    """Return a character as a message shows it; what is not printed, by its number."""
    return f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
