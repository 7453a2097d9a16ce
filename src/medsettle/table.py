"""The benefit table: a compiled policy, opened once, that settles claims."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from medsettle._core.engine import Engine, Form, set_codes
from medsettle.compile.decompile import decompile
from medsettle.compile.layout import HEADER
from medsettle.compile.meta import Meta
from medsettle.fingerprint import digest_of
from medsettle.names import Names
from medsettle.refusal import ClaimError, MoneyTypeError, Reason, Status
from medsettle.settlement import Settlement
from medsettle.vocabulary import AXES, BENEFITS, CLAIM_AXES
from medsettle.wire import form_of, settle_json

if TYPE_CHECKING:
    from medsettle.batch import ClaimStream
    from medsettle.bill.batch import Bills
    from medsettle.bill.catalogue import Catalogue
    from medsettle.compile.tables import Decompiled
    from medsettle.model import Claim

#: See `Engine.settle`: it reads these of every claim.
_ALWAYS_READ = ("level", "status", "assistance", "supplement", "place", "age")

set_codes({name: code for code, name in enumerate(BENEFITS)}, CLAIM_AXES, len(AXES))


class TableError(ValueError):
    """A file or bytes that are no benefit table."""


class BenefitTable(Engine):
    """A compiled policy (待遇表).  Immutable: any number of threads may settle with one.

    Make one with `medsettle.load`.
    """

    meta: Meta
    names: Names
    fingerprint: str

    def __init__(self, image: bytes) -> None:
        """Open an image; raise TableError when it is damaged or none."""
        self.meta, self.fingerprint = _read_meta(image)
        meta, self.names = self.meta, Names.of(self.meta)
        codes = [self.names.codes[axis] for axis in AXES]
        try:
            super().__init__(
                image,
                meta.counters,
                Settlement,
                codes,
                meta.items,
                meta.best_of,
                meta.rule_by,
                len(meta.layers),
                len(meta.programs),
            )
        except ValueError as error:
            raise TableError(str(error)) from None
        if len(self.meta.funds) != self.n_funds:
            raise TableError("the image names other funds than it has")

    @property
    def name(self) -> str:
        """Return `region/scheme`."""
        return f"{self.meta.region}/{self.meta.scheme}"

    @functools.cached_property
    def decompiled(self) -> Decompiled:
        """The image read back: which layers run when, for whom, with which numbers."""
        return decompile(self.image)

    @functools.cached_property
    def axes_read(self) -> frozenset[str]:
        """The axes on which a claim's value is looked at: those that some benefit asks for.

        A few are always looked at, so that a value that is wrong there is always refused.
        """
        asked = (axis for program in self.decompiled.programs for axis in program.axes)
        return frozenset((*asked, *_ALWAYS_READ))

    def clause(self, cite: str) -> str:
        """Return a citation `source#clause` as people write it: the document and the clause."""
        key, _, clause = cite.partition("#")
        source = self.meta.sources.get(key, {})
        document = source.get("number") or source.get("title") or key
        return f"{document} {clause}".strip()

    def rule_date(self, claim: Claim) -> dt.date:
        """Return the date of a claim that picks the versions in force."""
        stated: dt.date | None = getattr(claim, self.meta.rule_by)
        return stated or claim.date

    def settle_batch(self, claims: Any, out: Any = None) -> Any:
        """Settle many claims, every person's one after the other in order of date.

        `claims` is a dict of NumPy arrays, a `pyarrow.Table`, or anything with an Arrow C stream;
        see `docs/batch.md` for the columns.  The answer is of the same kind, with a column for
        each fund, `deductible`, `cash`, and `status` (0 settled, else `medsettle.Status`); a
        refused claim has zeros and changes nothing.  With `out`, the dict that an earlier call
        returned, nothing is allocated.  Raises TypeError or ValueError for columns that are
        missing, of a wrong type or of different lengths.
        """
        return self.stream().settle_batch(claims, out=out)

    def settle_bills(
        self,
        catalogue: Catalogue,
        claims: Any,
        lines: Any,
        insured: Any = None,
    ) -> Bills:
        """Split the fee lines of many bills and settle them, every person's in order of date.

        `claims` are columns as `settle_batch` has them, without the amounts; `lines` are columns
        of fee lines, `bill` the row of the claim of each; see `docs/batch.md`.  `insured` says
        whose first-step shares count, one name or a column; usually the table's scheme does.
        Both are dicts of NumPy arrays, or both Arrow tables; so is the answer: the claims'
        columns and the lines'.  A bill with a refused line has zeros and
        changes nothing.  Raises TypeError or ValueError for columns that are no good.
        """
        return self.stream().settle_bills(catalogue, claims, lines, insured)

    def stream(self) -> ClaimStream:
        """Return a stream: its `settle_batch` takes blocks, and a person may go on in the next."""
        from medsettle.batch import ClaimStream

        return ClaimStream(self)

    def settle_json(self, data: bytes | str, *, catalogue: Catalogue | None = None) -> bytes:
        """Settle one claim given as JSON and answer with JSON; see `docs/json.md`.

        With a `catalogue` the claim may have fee lines in place of its four amounts.  Raises
        ClaimError, naming the field, for anything that cannot be settled.
        """
        if catalogue is None:
            return settle_json(self, data)
        from medsettle.bill.message import settle_bill_json

        return settle_bill_json(self, catalogue, data)

    @functools.cached_property
    def form(self) -> Form:
        """What the answers in JSON have in common."""
        return form_of(self)

    def knows_item(self, name: str) -> bool:
        """Tell whether a claim may state an item group, though the table may not tell it apart."""
        return name in self.names.groups

    def refusal(self, claim: Any, status: int) -> ClaimError:
        """Return the error for a claim that the kernel refused."""
        reason = Reason.of(status)
        match Status(status):
            case Status.AMOUNT_NEGATIVE | Status.AMOUNT_TOO_LARGE:
                field, found = _worst_amount(claim, reason)
                return ClaimError(reason, field=field, found=found)
            case Status.OUT_OF_ORDER:
                return ClaimError(reason, field="date", found=claim.date.isoformat())
            case Status.NO_VERSION:
                field = "date" if self.rule_date(claim) == claim.date else self.meta.rule_by
                return ClaimError(reason, field=field, found=self.rule_date(claim).isoformat())
            case Status.BENEFIT_NOT_OFFERED:
                return ClaimError(reason, field="benefit", found=claim.benefit)
            case Status.ITEMS_DISAGREE:
                return _wrong_items(claim, reason)
            case Status.NO_FIGURE:
                from medsettle import no_figure

                return no_figure.refusal(self, claim)
        return ClaimError(reason)

    def bad_value(self, field: str, value: object, expected: str | None) -> ClaimError:
        """Return the error for a value that is none of its field's."""
        if expected is None:
            expected = self.names.expected(field)
        return ClaimError(Reason.BAD_VALUE, field=field, found=value, expected=expected)

    def bad_money(self, field: str, value: object) -> MoneyTypeError:
        """Return the error for money that is no int of fen."""
        return MoneyTypeError(
            Reason.BAD_MONEY,
            field=field,
            found=value,
            expected=f'an int of fen, or Claim.from_yuan({field.removesuffix("_fen")}="12.34")',
        )

    def __repr__(self) -> str:
        return f"<BenefitTable {self.name} {self.fingerprint[:12]}>"


def _worst_amount(claim: Any, reason: Reason) -> tuple[str, object]:
    amounts: Mapping[str, int] = {
        field: getattr(claim, field)
        for field in ("in_scope_fen", "full_self_pay_fen", "over_limit_fen", "first_step_fen")
    }
    pick = min if reason is Reason.AMOUNT_NEGATIVE else max
    field = pick(amounts, key=lambda name: amounts[name])
    return field, amounts[field]


def _wrong_items(claim: Any, reason: Reason) -> ClaimError:
    negative = [group for group, fen in claim.items.items() if fen < 0]
    if negative:
        found = claim.items[negative[0]]
        return ClaimError(reason, field=f"items.{negative[0]}", found=found)
    expected = f"at most the in scope, {claim.in_scope_fen}, together"
    return ClaimError(reason, field="items", found=dict(claim.items), expected=expected)


def _read_meta(image: bytes) -> tuple[Meta, str]:
    """Return the names and the fingerprint of an image whose digest is right."""
    if len(image) < HEADER.size:
        raise TableError("not a benefit table image: too short")
    fields = HEADER.unpack(image[: HEADER.size])
    magic, digest, offset, count = fields[0], fields[3], fields[-2], fields[-1]
    if magic != b"MEDSETTL":
        raise TableError("not a benefit table image")
    if digest_of(image) != digest:
        raise TableError("the image is damaged: its digest does not match")
    try:
        meta = msgspec.json.decode(image[offset : offset + count], type=Meta)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TableError(f"the image's names cannot be read: {error}") from None
    return meta, digest.hex()


def open_image(path: Path) -> BenefitTable:
    """Open a `.mst` file; raise TableError or OSError.

    The image is read, not mapped: a mapped file that is written in place would change under a
    table that was checked once and promises never to change.
    """
    try:
        return BenefitTable(path.read_bytes())
    except TableError as error:
        raise TableError(f"{path}: {error}") from None


def parse_day(on: dt.date | str | None) -> dt.date | None:
    """Return `on` as a date; text is `YYYY-MM-DD`."""
    return dt.date.fromisoformat(on) if isinstance(on, str) else on
