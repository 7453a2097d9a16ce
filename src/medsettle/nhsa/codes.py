"""Code tables: what a code of a field says, in the whole country and in a region.

The national tables are `codes.toml`; what a region adds, or means otherwise, stands in its
profile.  A code that no table has passes through messages as the text it is.
"""

from __future__ import annotations

import datetime as dt
import functools
import tomllib
from importlib import resources

import msgspec

from medsettle.nhsa.profiles import Profile, profile


class CodeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code table: its Chinese title, its codes, and from when on some of them exist."""

    title: str
    codes: dict[str, str] = {}
    since: dict[str, dt.date] = {}


@functools.cache
def national_tables() -> dict[str, CodeTable]:
    """Return the national tables by the name of their field."""
    file = resources.files("medsettle.nhsa") / "codes.toml"
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, CodeTable])


def fields(use: Profile | None = None) -> tuple[str, ...]:
    """Return the fields that have a table, in alphabetical order."""
    return tuple(sorted({*national_tables(), *(use or profile()).codes}))


def table(field: str, use: Profile | None = None) -> CodeTable:
    """Return the table of a field as a region has it; raise KeyError for a field without one."""
    own = (use or profile()).codes.get(field)
    national = national_tables().get(field)
    if national is None and own is None:
        raise KeyError(field)
    if national is None:
        return CodeTable(title=field, codes=own or {})
    return CodeTable(national.title, {**national.codes, **(own or {})}, national.since)


def title(field: str, code: str, use: Profile | None = None) -> str | None:
    """Return what a code says; None where no table has it.

    Data centres keep some codes as numbers: `1` is found as `01`, and the other way round.
    """
    known = known_code(field, code, use)
    return None if known is None else table(field, use).codes[known]


def known_code(field: str, code: str, use: Profile | None = None) -> str | None:
    """Return a code as its table writes it; None where the table does not have it."""
    try:
        codes = table(field, use).codes
    except KeyError:
        return None
    return next((form for form in (code, code.zfill(2), code.lstrip("0")) if form in codes), None)
