"""What somebody who types Chinese meant: full-width punctuation, Chinese names, `150,000`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from medsettle.vocabulary import (
    AXES,
    BENEFITS,
    FOUR_AMOUNTS,
    FUNDS,
    ITEM_GROUPS,
    REMAINDERS,
    SCHEMES,
    WINDOWS,
)

_TABLES: Final = (BENEFITS, SCHEMES, FUNDS, FOUR_AMOUNTS, REMAINDERS, WINDOWS, ITEM_GROUPS)
#: Chinese terms with their names; of two names for one term the first that fits counts.
_TERMS: Final = [
    *((term, name) for axis in AXES.values() for name, term in axis.items() if name is not None),
    *((term, name) for table in _TABLES for name, term in table.items()),
    *(("其他", "other"), ("其它", "other")),
]
#: Names that may stand before `=` or in a header.
_KEYS: Final = frozenset(
    [*(name for axis in AXES.values() for name in axis if name), *BENEFITS, "deductible", "other"]
)
#: Typographic characters by what TOML wants; for a colon, `=`.
_ASCII: Final = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys("“”‘’「」", '"'),
    **dict(zip("：。、【】\N{IDEOGRAPHIC SPACE}", "=.,[] ", strict=True)),
}

#: Texts and comments; of a text that does not end, what stands before a typographic quote.
_TEXT = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'|#.*|"[^“”]*|'[^‘’]*""")
_TYPOGRAPHIC_TEXT = re.compile("“[^“”]*”")
_THOUSANDS = re.compile(r"=\s*(\d{1,3}(?:[,，]\d{3})+(?!\d)(?:\.\d+)?)", re.ASCII)
_CHOSEN_NAME = re.compile(
    r"\s*\[+\s*(?:layer|source|indicator|period|values|best_of|age|months|enrolled_years"
    r"|zero_claim_years|bill_size_yuan)\b"
)
_CHINESE_KEY = re.compile(r"([^\s=,.{}\[\]]*[\u4e00-\u9fff][^\s=,.{}\[\]]*)\s*[=\]]")


def hint_for(line: str) -> str:
    """Return what to write in a line that is no TOML; "" if it is not known."""
    plain = _TYPOGRAPHIC_TEXT.sub("“”", _TEXT.sub("", line))
    if found := _THOUSANDS.search(plain):
        return f"write `{re.sub('[,，]', '_', found[1])}`"
    if wrong := dict.fromkeys(char for char in plain if char in _ASCII):
        return "write in ASCII: " + ", ".join(f"`{_ASCII[char]}` for `{char}`" for char in wrong)
    if found := _CHINESE_KEY.search(plain):
        name = "" if _CHOSEN_NAME.match(plain) else english(found[1], _KEYS)
        return f"write `{name}`" if name else "names are ASCII; Chinese stands in texts in quotes"
    if plain.count("{") > plain.count("}"):
        return "`{ … }` must stand on one line; a list `[ … ]` may be broken between its entries"
    return ""


def english(term: str, among: Collection[str]) -> str:
    """Return the one of the names `among` that a Chinese term stands for; "" if none does."""
    terms: dict[str, str] = {}
    for chinese, name in _TERMS:
        if name in among:
            terms.setdefault(chinese, name)
    if term.isascii() or term in terms:
        return terms.get(term, "")
    if inside := [chinese for chinese in terms if chinese in term]:
        return terms[max(inside, key=len)]
    around = {name for chinese, name in terms.items() if term in chinese}
    return around.pop() if len(around) == 1 else ""
