"""Compiles a catalogue: from its nouns to the image that the kernel reads.

The same catalogue gives the same bytes.  What cannot be compiled is a CatalogueError; what readers
of forms have checked already is checked here again, since a catalogue may be made in Python.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from medsettle._core.lines import index_items
from medsettle.bill import layout
from medsettle.bill.items import Catalogue, GroupRule, Item, ItemVersion, LocalCode, Rules, Share
from medsettle.bill.words import CLASSES, INSURED, LIMITS, OVER_PRICE, OVER_QUANTITY, STEPS
from medsettle.fingerprint import stamped
from medsettle.money import PPM

if TYPE_CHECKING:
    from medsettle.bill.faults import Rejected

_EPOCH = dt.date(1970, 1, 1).toordinal()
_CLASS = {name: code for code, name in enumerate(CLASSES)}
_LIMIT = {name: code for code, name in enumerate(LIMITS, start=1)}
_STEP = {name: code for code, name in enumerate(STEPS)}


class CatalogueError(ValueError):
    """A catalogue that cannot be compiled, or bytes that are no image of one.

    Where rows of its files are refused, `rejected` has them all: each with `file`, `row`, `field`,
    `code`, `reason` and what stood there.
    """

    def __init__(self, message: str, rejected: Sequence[Rejected] = ()) -> None:
        super().__init__(message)
        self.rejected = tuple(rejected)


class CatalogueMeta(msgspec.Struct, frozen=True):
    """What an image tells beside the numbers: whose it is, item groups, clauses."""

    region: str
    title: str
    groups: tuple[str, ...]
    group_titles: dict[str, str]
    sources: dict[str, dict[str, str]]
    cites: tuple[str, ...]
    local_codes: tuple[LocalCode, ...]


class _Numbers:
    """Numbers for things, in the order in which they come."""

    def __init__(self) -> None:
        self.of: dict[Hashable, int] = {}

    def put(self, thing: Hashable) -> int:
        """Return the number of `thing`."""
        return self.of.setdefault(thing, len(self.of))


def build_image(catalogue: Catalogue) -> bytes:
    """Return the image of a catalogue; raise CatalogueError naming the item that is wrong."""
    build = _Builder(catalogue)
    for item in sorted(catalogue.items, key=lambda item: item.code.encode()):
        build.add(item)
    return build.image()


class _Builder:
    """An image being built."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        names = {version.group for item in catalogue.items for version in item.versions}
        self.groups = tuple(sorted(names - {""}))
        if len(self.groups) >= layout.NO_GROUP:
            raise CatalogueError(f"more than {layout.NO_GROUP - 1} item groups")
        self.group_rules: dict[str, list[GroupRule]] = {}
        for rule in sorted(catalogue.groups, key=lambda rule: rule.from_):
            self.group_rules.setdefault(rule.group, []).append(rule)
        for rules in self.group_rules.values():
            _check_periods(rules, f"the shares of {rules[0].group}")
        self.rules = sorted(catalogue.rules, key=lambda rule: rule.from_)
        _check_periods(self.rules, "the rules")
        self.cites = _Numbers()
        self.cites.put("")
        self.terms: dict[Hashable, tuple[int, int]] = {}
        self.ranges: list[tuple[int, np.ndarray]] = []
        self.items: list[tuple[bytes, int, int, int, int]] = []
        self.versions: list[tuple[object, ...]] = []
        self.text = bytearray()

    def add(self, item: Item) -> None:
        """Add an item; they come ascending by code."""
        code = item.code.encode()
        if not 0 < len(code) <= layout.CODE_MAX or b"\0" in code:
            raise CatalogueError(f"{item.code!r}: a code has 1 to {layout.CODE_MAX} bytes")
        if self.items and self.items[-1][0] == code:
            raise CatalogueError(f"{item.code}: the item is there twice")
        _check_periods(item.versions, item.code)
        first = len(self.versions)
        for version in item.versions:
            for from_, until, rule in self.periods(version):
                self.versions.append(self.version(item, version, from_, until, rule))
        n_versions = len(self.versions) - first
        if not 0 < n_versions <= layout.VERSIONS_MAX:
            raise CatalogueError(f"{item.code}: {n_versions} versions")
        self.items.append((code, len(code), n_versions, first, len(self.text)))
        self.text += item.name.encode()

    def periods(self, version: ItemVersion) -> Iterable[tuple[dt.date, dt.date, GroupRule | None]]:
        """Yield a version's stretches of time, each with the rule of its group that then holds."""
        rules = self.group_rules.get(version.group, []) if version.group else []
        days = {version.from_, version.until}
        days |= {day for rule in rules for day in (rule.from_, rule.until)}
        cuts = sorted(day for day in days if version.from_ <= day <= version.until)
        for from_, until in pairwise(cuts):
            holds = [rule for rule in rules if rule.from_ <= from_ < rule.until]
            yield from_, until, holds[0] if holds else None

    def version(
        self,
        item: Item,
        version: ItemVersion,
        from_: dt.date,
        until: dt.date,
        rule: GroupRule | None,
    ) -> tuple[object, ...]:
        """Return a packed version, in the order of `layout.VERSION`."""
        shares = version.shares if rule is None else rule.shares
        terms, n_terms = self.put_terms(item.code, _whole(version.class_, shares))
        flags = (
            layout.RESTRICTED * version.restricted
            | layout.COMPOUND_ONLY * version.compound_only
            | layout.ALL_OVER_PRICE * (version.over_price == OVER_PRICE[1])
        )
        limit = version.limit
        if limit is not None and not 0 <= limit.quantity_e4 <= layout.QUANTITY_MAX_E4:
            raise CatalogueError(f"{item.code}: a limit that cannot be")
        cite = version.cite if rule is None else rule.cite
        try:
            return (
                _day(from_),
                _day(until),
                terms,
                n_terms,
                _CLASS[version.class_],
                flags,
                0 if limit is None else _LIMIT[limit.per],
                self.groups.index(version.group) if version.group else layout.NO_GROUP,
                self.cites.put(cite),
                _ceilings(item.code, version.ceiling_e6),
                0 if limit is None else limit.quantity_e4,
            )
        except KeyError as error:
            raise CatalogueError(f"{item.code}: {error.args[0]!r} is no known name") from None

    def put_terms(self, code: str, shares: tuple[Share, ...]) -> tuple[int, int]:
        """Return where the price ranges of `shares` are, and how many; equal ones stand once."""
        key = tuple((share.upto_e6, tuple(share.ppm.items())) for share in shares)
        if key not in self.terms:
            uptos = [layout.NO_CEILING if s.upto_e6 is None else s.upto_e6 for s in shares]
            if uptos[-1:] != [layout.NO_CEILING] or sorted(set(uptos)) != uptos:
                raise CatalogueError(f"{code}: price ranges must ascend, the last without an end")
            self.terms[key] = (len(self.ranges), len(shares))
            self.ranges += [
                (upto, _table(code, share)) for upto, share in zip(uptos, shares, strict=True)
            ]
        return self.terms[key]

    def image(self) -> bytes:
        """Return the image of what was added."""
        items = np.zeros(len(self.items), layout.ITEM)
        if self.items:
            code, length, n_versions, version, name = zip(*self.items, strict=True)
            items["code"], items["length"], items["n_versions"] = code, length, n_versions
            items["version"], items["name"] = version, name
        terms = np.zeros(len(self.ranges), layout.TERMS)
        for at, (upto, share) in enumerate(self.ranges):
            terms[at] = (upto, share)
        rules = [self.rule(one) for one in self.rules]
        n_slots = 2
        while n_slots < 2 * len(items):
            n_slots *= 2
        slots = np.zeros(n_slots * 8, np.uint8)
        index_items(items.view(np.uint8), slots)
        sections = {
            "slot": (slots.tobytes(), n_slots),
            "item": (items.tobytes(), len(items)),
            "version": (_packed(self.versions, layout.VERSION), len(self.versions)),
            "terms": (terms.tobytes(), len(terms)),
            "rules": (_packed(rules, layout.RULES), len(rules)),
            "text": (bytes(self.text), len(self.text)),
            "meta": (meta := self.meta(), len(meta)),
        }
        return _assembled(sections, len(self.groups))

    def rule(self, rule: Rules) -> tuple[object, ...]:
        """Return packed rules, in the order of `layout.RULES`."""
        if sorted(rule.order) != sorted(STEPS) or rule.over_quantity not in OVER_QUANTITY:
            raise CatalogueError(f"rules from {rule.from_}: the order must name {', '.join(STEPS)}")
        return (
            _day(rule.from_),
            _day(rule.until),
            tuple(_STEP[step] for step in rule.order),
            OVER_QUANTITY.index(rule.over_quantity),
            rule.discharge_days or 0,
            self.cites.put(rule.cite),
        )

    def meta(self) -> bytes:
        """Return what the image tells beside the numbers."""
        catalogue = self.catalogue
        return msgspec.json.encode(
            CatalogueMeta(
                region=catalogue.region,
                title=catalogue.title,
                groups=self.groups,
                group_titles=dict(sorted(catalogue.group_titles.items())),
                sources=catalogue.sources,
                cites=tuple(map(str, self.cites.of)),
                local_codes=catalogue.local_codes,
            )
        )


def _packed(rows: list[tuple[object, ...]], kind: np.dtype) -> bytes:
    """Return rows as bytes; what is between the fields is zero, so that equal rows are equal."""
    packed = np.zeros(len(rows), kind)
    for name, column in zip(kind.names or (), zip(*rows, strict=True), strict=False):
        packed[name] = column
    return packed.tobytes()


def _assembled(sections: dict[str, tuple[bytes, int]], n_groups: int) -> bytes:
    """Return the sections behind a header that tells where they are, with their digest."""
    body, directory = bytearray(), []
    start = -layout.HEADER.size % layout.ALIGN + layout.HEADER.size
    for name in layout.SECTIONS:
        data, count = sections[name]
        body += bytes(-len(body) % layout.ALIGN)
        directory += [start + len(body), count]
        body += data
    padding = bytes(start - layout.HEADER.size)
    header = layout.HEADER.pack(
        layout.MAGIC,
        layout.FORMAT,
        layout.BYTE_ORDER,
        b"",  # the digest, of everything else
        start + len(body),
        n_groups,
        0,
        *directory,
    )
    return stamped(header + padding + bytes(body))


def _whole(class_: str, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Return the shares, all of the price where class C has none."""
    return shares or ((Share({(None, None): PPM}),) if class_ == "class_c" else ())


def _table(code: str, share: Share) -> np.ndarray:
    """Return shares by person class and level, the unstated level first."""
    table = np.full((len(INSURED), len(layout.LEVELS) + 1), layout.NO_SHARE, np.uint32)
    for insured, level in share.ppm:
        if insured not in (None, *INSURED) or level not in (None, *layout.LEVELS):
            raise CatalogueError(f"{code}: a share for ({insured}, {level}), which nobody is")
    for ppm in share.ppm.values():
        if not 0 <= ppm <= PPM:
            raise CatalogueError(f"{code}: a share of {ppm} ppm")
    for i, insured in enumerate(INSURED):
        for at, level in enumerate(layout.LEVELS, start=1):
            keys = ((insured, level), (insured, None), (None, level), (None, None))
            table[i, at] = next(
                (share.ppm[key] for key in keys if key in share.ppm), layout.NO_SHARE
            )
        # where the level is not stated, the share is known only if it is the same at all levels
        if len(set(table[i, 1:])) == 1:
            table[i, 0] = table[i, 1]
    return table


def _ceilings(code: str, ceiling_e6: dict[str | None, int]) -> tuple[int, ...]:
    """Return the price ceilings by level."""
    for level, ceiling in ceiling_e6.items():
        if level not in (None, *layout.LEVELS) or not 0 <= ceiling <= layout.PRICE_MAX_E6:
            raise CatalogueError(f"{code}: a ceiling of {ceiling} at level {level}")
    usual = ceiling_e6.get(None, layout.NO_CEILING)
    return tuple(ceiling_e6.get(level, usual) for level in layout.LEVELS)


def _check_periods(versions: Iterable[ItemVersion | Rules | GroupRule], whose: str) -> None:
    """Raise CatalogueError unless periods ascend and do not overlap."""
    last = None
    for version in versions:
        if version.until <= version.from_:
            raise CatalogueError(f"{whose}: a period ends before it begins")
        if last is not None and version.from_ < last:
            raise CatalogueError(f"{whose}: two versions are in force on {version.from_}")
        last = version.until


def _day(date: dt.date) -> int:
    return date.toordinal() - _EPOCH
