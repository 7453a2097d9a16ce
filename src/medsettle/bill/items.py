"""The nouns of a catalogue: what every reader makes and everything else uses.  A leaf.

Prices are whole millionths of a yuan (`_e6`), quantities ten-thousandths (`_e4`), shares exact
parts per million.  Every period is [from_, until); an open end is `vocabulary.DATE_MAX`.
"""

from __future__ import annotations

import datetime as dt

import msgspec


class Share(msgspec.Struct, frozen=True):
    """First-step shares (先行自付比例) for prices up to `upto_e6`; None: for all that are higher.

    `ppm` maps (insured, level) to the share: a name of `words.INSURED`, and of
    `vocabulary.AXES["level"]`, each None where the share is the same for all that no other key
    names.  The most exact key counts; of (insured, None) and (None, level) the first.
    """

    ppm: dict[tuple[str | None, str | None], int]
    upto_e6: int | None = None


class Limit(msgspec.Struct, frozen=True):
    """A quantity limit: `quantity_e4` ten-thousandths `per` one of `words.LIMITS`."""

    per: str
    quantity_e4: int


class ItemVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says of an item in one period."""

    from_: dt.date
    until: dt.date
    class_: str
    shares: tuple[Share, ...]
    #: By level; None: at all levels that no other key names.  Without the level's key, no ceiling.
    ceiling_e6: dict[str | None, int] = {}
    over_price: str = "excess"
    restricted: bool = False
    compound_only: bool = False
    group: str = ""
    limit: Limit | None = None
    cite: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the catalogue: its versions are ascending and do not overlap."""

    code: str
    name: str
    versions: tuple[ItemVersion, ...]


class GroupRule(msgspec.Struct, frozen=True, kw_only=True):
    """A share that all items of a group have in a period, in place of their own."""

    group: str
    from_: dt.date
    until: dt.date
    shares: tuple[Share, ...]
    cite: str
    provenance: str


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How lines are split in a period."""

    from_: dt.date
    until: dt.date
    order: tuple[str, ...]
    over_quantity: str
    discharge_days: int | None
    cite: str
    provenance: str


class LocalCode(msgspec.Struct, frozen=True):
    """Codes that a region gives itself, told by how they begin and how long they are."""

    prefix: str
    length: int
    title: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """A region's catalogue as it is written, items ascending by code.

    `sources` maps keys of citations to documents, as in policies.
    """

    region: str
    title: str
    rules: tuple[Rules, ...]
    groups: tuple[GroupRule, ...]
    items: tuple[Item, ...]
    #: Chinese names of the item groups, own ones too.
    group_titles: dict[str, str] = {}
    sources: dict[str, dict[str, str]] = {}
    #: What the region's codes may be besides the national ones, for `codes.code_error`.
    local_codes: tuple[LocalCode, ...] = ()
