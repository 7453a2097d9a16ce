"""The catalogue: a compiled price and item list, opened once, that splits fee lines."""

from __future__ import annotations

import functools
import mmap
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from medsettle._core.lines import BillLines, LineEngine, LineForm, set_words
from medsettle.bill import layout
from medsettle.bill.bill import Bill
from medsettle.bill.codes import code_error
from medsettle.bill.image import CatalogueError, CatalogueMeta
from medsettle.bill.items import Item
from medsettle.bill.line import FeeLine, LineResult
from medsettle.bill.opened import Sections, discharge_days, item_at
from medsettle.bill.refused import check_lines, demand_lines, lines_error, whose_share
from medsettle.bill.words import APPROVALS, CLASSES, INSURED, LIMITS
from medsettle.fingerprint import PLACE, digest_of
from medsettle.model import DAYS_MAX, Claim
from medsettle.money import yuan_text
from medsettle.refusal import ClaimError, Reason
from medsettle.vocabulary import FOUR_AMOUNTS

if TYPE_CHECKING:
    from medsettle.table import BenefitTable

set_words(
    {name: code for code, name in enumerate(APPROVALS)},
    {"": 0, "compound": 0, "single": 2},  # MS_SINGLE_HERB
)


_CLASSES: Final = tuple(CLASSES)


class Catalogue(LineEngine):
    """A compiled catalogue (医保目录).  Immutable: any number of threads may split with one.

    Make one with `open_catalogue`.  `len(catalogue)` is how many items it has, `code in catalogue`
    whether it has one.
    """

    meta: CatalogueMeta
    fingerprint: str

    def __init__(self, image: bytes | mmap.mmap) -> None:
        """Open an image; raise CatalogueError when it is damaged or none."""
        self.meta, self.fingerprint = _read_meta(image)
        try:
            super().__init__(image)
        except ValueError as error:
            raise CatalogueError(str(error)) from None

    @classmethod
    def from_files(
        cls, items: str | PathLike[str] | Iterable[str | PathLike[str]], rules: str | PathLike[str]
    ) -> Catalogue:
        """Compile a catalogue from files of items and of national rows, and open it.

        `items` is one path or several, `rules` the rules file; `docs/catalogue.md` describes them.
        Raises CatalogueError where a row is refused (its `rejected` has them all) or there is no
        item, and PolicyError, with all mistakes, where the rules or a whole file cannot be used.
        `medsettle catalogue compile` goes on without the refused rows, and writes a file.
        """
        from medsettle.bill.compiled import compile_files

        paths = [items] if isinstance(items, str | PathLike) else list(items)
        return cls(compile_files(list(map(Path, paths)), Path(rules)))

    @property
    def region(self) -> str:
        """The region's six-digit code."""
        return self.meta.region

    def __contains__(self, code: object) -> bool:
        """Tell whether the catalogue has an item."""
        return isinstance(code, str) and bool(self.find([code])[0] >= 0)

    def __iter__(self) -> Iterator[str]:
        """Yield the codes, ascending."""
        return (item.code for item in map(self.item_at, range(len(self))))

    def item(self, code: str) -> Item:
        """Return what the catalogue says of an item; raise KeyError where it has none."""
        number = self.find([code])[0]
        if number < 0:
            raise KeyError(code)
        return self.item_at(number)

    def item_at(self, number: int) -> Item:
        """Return the item with a number, from 0, ascending by code."""
        return item_at(self.sections, self.meta, number)

    @functools.cached_property
    def sections(self) -> Sections:
        """The sections of the image as arrays that point into it."""
        return Sections(self.image)

    def code_error(self, code: str) -> str | None:
        """Return what is wrong with a code's structure; None where nothing is."""
        return code_error(code, self.meta.local_codes)

    def line_result(
        self, line: FeeLine, row: tuple[Any, ...], charged: FeeLine | None = None, on: Any = None
    ) -> LineResult:
        """Return what became of a line, from a row of `BillLines`.

        `charged` is the line that it returns, whose marks count; `on` is the day of the bill.
        """
        item, version, amount, full_self_pay, over_limit, first_step, in_scope, *rest = row
        price, quantity, ceiling, share = rest
        sections = self.sections
        packed = sections.versions[version]
        group = int(packed["group"])
        return LineResult(
            id=line.id,
            code=line.code,
            name=sections.name(item),
            class_=_CLASSES[int(packed["class"])],
            group="" if group == layout.NO_GROUP else self.meta.groups[group],
            amount_fen=amount,
            full_self_pay_fen=full_self_pay,
            over_limit_fen=over_limit,
            first_step_fen=first_step,
            in_scope_fen=in_scope,
            price_e6=price,
            quantity_e4=quantity,
            ceiling_e6=ceiling,
            share_ppm=share,
            restricted=bool(packed["flags"] & layout.RESTRICTED),
            limit_per=("", *LIMITS)[int(packed["limit_per"])],
            limit_quantity_e4=int(packed["limit"]) if packed["limit_per"] else None,
            discharge_days=discharge_days(sections, charged or line, on),
        )

    def split(
        self,
        claim: Claim,
        lines: Sequence[FeeLine],
        table: BenefitTable,
        *,
        insured: str | None = None,
        price_level: str | None = None,
    ) -> Bill:
        """Split a bill's lines into the four amounts; `docs/bill.md` defines them.

        `claim` says what the bill is for (its date, the hospital's level, the days of the visit);
        its four amounts are 0, or right already.  The `table` tells which item groups the policy
        splits off and, unless `insured` (of `words.INSURED`) does, whose shares count.
        `price_level` is the level by which prices and shares go (限价医院等级) where that is not
        the claim's; a level that is the policy's own says nothing to a catalogue.  Raises
        LinesError for lines that are refused, ClaimError for a bill without lines, for amounts or
        items that the claim states and the lines do not have, or for a field that is none.
        """
        demand_lines(lines)
        columns = self.columns(table)
        visit = self.visit_of(claim, table, insured, price_level)
        split = self.split_lines(claim, lines, columns, visit)
        if split.is_refused:
            whose = whose_share(*visit[:2])
            raise lines_error(self, lines, split.statuses(), claim.date, whose)
        return Bill(self, self.filled(claim, split, table), tuple(lines), split)

    def split_lines(
        self, claim: Claim, lines: Sequence[FeeLine], columns: bytes, visit: tuple[int, int, int]
    ) -> BillLines:
        """Return the lines as the kernel splits them; raise ClaimError for a field that is none."""
        try:
            return self.split_bill(lines, claim.date, *visit, columns, columns[-1])
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            wrong = error
        check_lines(lines)  # tells what is wrong, and where, and not what stood there
        raise wrong

    def visit_of(
        self,
        claim: Claim,
        table: BenefitTable,
        insured: str | None = None,
        price_level: str | None = None,
    ) -> tuple[int, int, int]:
        """Return the codes of the person class and of the level, 0 for none, and the days or -1.

        Raises ClaimError for a field that is none.
        """
        days = claim.days
        insured = insured or table.meta.scheme
        if insured not in INSURED:
            raise _bad_value("insured", INSURED, insured)
        if claim.level not in table.names.codes["level"]:
            raise _bad_value("level", table.names.known("level"), claim.level)
        if price_level is not None and price_level not in layout.LEVELS:
            raise _bad_value("price_level", layout.LEVELS, price_level)
        if days is not None and not (type(days) is int and 0 <= days <= DAYS_MAX):
            raise ClaimError(Reason.BAD_VALUE, field="days", expected="whole days", found=days)
        level = price_level or claim.level
        code = layout.LEVELS.index(level) + 1 if level in layout.LEVELS else 0
        return tuple(INSURED).index(insured), code, -1 if days is None else days

    def filled(self, claim: Claim, split: BillLines, table: BenefitTable) -> Claim:
        """Return a claim with the amounts of its lines; raise ClaimError where it states others."""
        return _filled(claim, split, table.meta.items)

    @functools.cached_property
    def form(self) -> LineForm:
        """What the answers in JSON have in common."""
        from medsettle.bill.message import form_of

        return form_of(self.meta.groups)

    def find_items(self, codes: Any) -> Any:
        """Return the number of the item of each code, a NumPy int32 array; -1 where there is none.

        `codes` is an array of text or bytes.  Lines in columns may name their items by these
        numbers, so that a code that comes often is looked up once.
        """
        from medsettle.bill.batch import find_items

        return find_items(self, codes)

    def columns(self, table: BenefitTable) -> bytes:
        """Return which item group of a table the classes, then the catalogue's groups, count as.

        The place among the groups that the table splits off, 255 for none; the last byte is how
        many of these there are.
        """
        return self._columns(table.meta.items)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a catalogue lives as long as the process
    def _columns(self, items: tuple[str, ...]) -> bytes:
        names = (*CLASSES, *self.meta.groups)
        places = [items.index(name) if name in items else layout.NO_GROUP for name in names]
        return bytes([*places, len(items)])

    def __repr__(self) -> str:
        return f"<Catalogue {self.meta.region} {len(self)} items {self.fingerprint[:12]}>"


def open_catalogue(path: str | PathLike[str], *, mapped: bool = False) -> Catalogue:
    """Open a `.msc` file; raise CatalogueError or OSError.

    The file is read; with `mapped` it is mapped into memory, which several processes share, and
    must then never be written in place (put a new file in its place instead): the digest is
    checked once.
    """
    file = Path(path)
    try:
        if not mapped:
            return Catalogue(file.read_bytes())
        with file.open("rb") as opened:
            if file.stat().st_size == 0:
                raise CatalogueError("not a catalogue image: it is empty")
            return Catalogue(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except CatalogueError as error:
        raise CatalogueError(f"{path}: {error}") from None


def _bad_value(field: str, known: Iterable[str], found: object) -> ClaimError:
    return ClaimError(Reason.BAD_VALUE, field=field, expected=", ".join(known), found=found)


def _read_meta(image: bytes | mmap.mmap) -> tuple[CatalogueMeta, str]:
    """Return what an image tells beside the numbers, and its fingerprint, if that is right."""
    size = layout.HEADER.size
    if len(image) < size or image[:8] != layout.MAGIC:
        raise CatalogueError("not a catalogue image")
    digest = image[PLACE]
    *_, n_groups, _ = layout.HEADER.unpack(image[:size])[: -2 * len(layout.SECTIONS)]
    offset, count = layout.HEADER.unpack(image[:size])[-2:]
    if digest_of(image) != digest:
        raise CatalogueError("the image is damaged: its digest does not match")
    try:
        meta = msgspec.json.decode(image[offset : offset + count], type=CatalogueMeta)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CatalogueError(f"the image's names cannot be read: {error}") from None
    if len(meta.groups) != n_groups:
        raise CatalogueError("the image is damaged: its item groups are not those that it names")
    return meta, digest.hex()


def _filled(claim: Claim, split: BillLines, items: tuple[str, ...]) -> Claim:
    """Return the claim with the bill's amounts; raise ClaimError where it states others."""
    amounts = dict(zip(FOUR_AMOUNTS, split.amounts(), strict=True))
    groups = {name: fen for name, fen in zip(items, split.groups(len(items)), strict=True) if fen}
    stated = claim.total_fen != 0 or bool(claim.items)
    told = [getattr(claim, f"{name}_fen") for name in FOUR_AMOUNTS]
    some = any(fen == 0 and sums for fen, sums in zip(told, amounts.values(), strict=True))
    hint = "; state all four amounts or none" if some else ""
    for name, fen in amounts.items():
        if stated and getattr(claim, f"{name}_fen") != fen:
            raise ClaimError(
                Reason.AMOUNTS_DISAGREE,
                field=name,
                what=f"the claim's amount is not the sum of its lines{hint}",
                expected=yuan_text(fen),
                found=yuan_text(getattr(claim, f"{name}_fen")),
            )
    if claim.items and {n: f for n, f in claim.items.items() if f and n in items} != groups:
        raise ClaimError(
            Reason.ITEMS_DISAGREE,
            field="items",
            what="the claim's item groups are not the sums of its lines",
        )
    return msgspec.structs.replace(
        claim, items=groups, **{f"{name}_fen": fen for name, fen in amounts.items()}
    )
