"""What `split_cases.c` reads: images, and bills with what the oracle says of each line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from medsettle.bill.catalogue import Catalogue as Opened
from medsettle.bill.image import build_image
from medsettle.bill.items import Catalogue, Item, ItemVersion, Limit, Rules, Share
from medsettle.bill.line import FeeLine
from medsettle.bill.words import APPROVALS, CLASSES, INSURED, LINE_STATUS, STEPS
from medsettle.reference.lines import LineSplit, split_lines
from tests.bill_strategies import (
    CODES,
    HUGE_QUANTITY,
    LEVELS,
    START,
    TURNS,
    Charged,
    RandomDraw,
    Visit,
    make_bill,
    make_catalogue,
)

EPOCH = dt.date(1970, 1, 1).toordinal()
NOT_CHARGED, DATE_OF_BILL, REFUSED, NO_COLUMN = -(2**63), -(2**31), 15, 255
AMOUNTS = ("full_self_pay_fen", "over_limit_fen", "first_step_fen", "in_scope_fen")
#: Which column of the claim's item groups a class and a group count as; others have none.
COLUMNS = {"class_a": 0, "class_b": 1, "bed": 2, "special_material": 0, "large_equipment": 3}
BILLS = 120


def random_cases(seed: int, bills: int = BILLS) -> tuple[Catalogue, list[Charged]]:
    """Return a catalogue and bills for it, the same for a seed."""
    draw = RandomDraw(seed)
    catalogue = make_catalogue(draw)
    found = [make_bill(draw, catalogue) for _ in range(bills)]
    return catalogue, [*found, make_bill(draw, catalogue, 200), Charged(found[0].visit, ())]


def version(class_: str, ppm: int, limit: Limit | None = None) -> ItemVersion:
    shares = (Share({(None, None): ppm}),)
    until = dt.date(2100, 1, 1)
    return ItemVersion(from_=START, until=until, class_=class_, shares=shares, limit=limit)


def small() -> Catalogue:
    """Return a small catalogue: every field of its image is changed to every deceiving value."""
    first = msgspec.structs.replace(
        version("class_b", 100_000, Limit("day", 30_000)), until=TURNS[0], group="bed"
    )
    later = msgspec.structs.replace(
        version("class_b", 50_000, Limit("stay_day", HUGE_QUANTITY)),
        from_=TURNS[0],
        ceiling_e6={"tertiary": 4_000_000},
        restricted=True,
    )
    items = (
        Item(code=CODES[2], name="one", versions=(version("class_a", 0),)),
        Item(code=CODES[0], name="another", versions=(first, later)),
    )
    return Catalogue(region="990000", title="small", rules=rules(), groups=(), items=items)


def rules() -> tuple[Rules, ...]:
    usual = Rules(
        from_=START,
        until=TURNS[1],
        order=tuple(STEPS),
        over_quantity="over_limit",
        discharge_days=7,
        cite="",
        provenance="verified",
    )
    return usual, msgspec.structs.replace(usual, from_=TURNS[1], until=dt.date(2100, 1, 1))


def directed_cases() -> tuple[Catalogue, list[Charged]]:
    """Return bills at the bounds of what 64 bits hold."""
    visit = Visit(TURNS[0], "employee", "secondary", 2**31 - 1)

    def line(code: str, price_e6: int, quantity_e4: int) -> FeeLine:
        return FeeLine(
            code=code, price_e6=price_e6, quantity_e4=quantity_e4, approval="approved", id="L0"
        )

    lines = (
        line(CODES[0], 10**10, HUGE_QUANTITY // 10),  # the limit of all days is beyond 64 bits
        line(CODES[2], 9_223_372_036_854_775, 1000),  # so is the product with half a fen
        line(CODES[2], 10**16, 10_000),
        line(CODES[2], 10**8, HUGE_QUANTITY),
    )
    # a limit by the day on 62 days: the 64 places for counting are as full as they get
    days = (START + dt.timedelta(days=2 * day) for day in range(62))
    one = line(CODES[0], 10**6, 20_000)
    daily = [msgspec.structs.replace(one, date=day, id="") for day in days]
    return small(), [*(Charged(visit, (one,)) for one in lines), Charged(visit, tuple(daily))]


def written(folder: Path, name: str, catalogue: Catalogue, bills: Sequence[Charged]) -> list[Path]:
    """Write the image and the cases of a catalogue; return both."""
    image, cases = folder / f"{name}.msc", folder / f"{name}.txt"
    image.write_bytes(build_image(catalogue))
    groups = Opened(image.read_bytes()).meta.groups
    cases.write_text("\n".join(cases_text(catalogue, groups, bills)), encoding="ascii")
    return [image, cases]


def cases_text(
    catalogue: Catalogue, groups: Sequence[str], bills: Sequence[Charged]
) -> Iterator[str]:
    """Yield the lines of a cases file."""
    yield row(len(bills), sum(len(bill.lines) for bill in bills), max(COLUMNS.values()) + 1)
    yield row(*(COLUMNS.get(name, NO_COLUMN) for name in CLASSES))
    yield row(len(groups), *(COLUMNS.get(name, NO_COLUMN) for name in groups))
    for bill in bills:
        visit = bill.visit
        said = split_lines(
            catalogue,
            bill.lines,
            date=visit.date,
            insured=visit.insured,
            level=visit.level,
            days=visit.days,
        )
        yield row(
            visit.date.toordinal() - EPOCH,
            tuple(INSURED).index(visit.insured),
            0 if visit.level is None else LEVELS.index(visit.level) + 1,
            -1 if visit.days is None else visit.days,
            *sums(said),
            len(bill.lines),
        )
        yield from (
            line_row(line, returned, one)
            for line, returned, one in zip(bill.lines, originals(bill.lines), said, strict=True)
        )


def originals(lines: Iterable[FeeLine]) -> Iterator[int]:
    """Yield which line of the bill each returns: -1 for none, itself for one that is not there."""
    at: dict[str, int] = {}
    for number, line in enumerate(lines):
        yield at.get(line.returns, number) if line.returns else -1
        if line.id:
            at[line.id] = number


def sums(said: Sequence[LineSplit]) -> list[int]:
    """Return the status of a bill, its four amounts and its item groups."""
    in_column = [0] * (max(COLUMNS.values()) + 1)
    if any(one.status != "OK" for one in said):
        return [REFUSED, *[0] * len(AMOUNTS), *in_column]
    for one in said:
        column = COLUMNS.get(one.group, COLUMNS.get(one.class_))
        if column is not None:
            in_column[column] += one.in_scope_fen
    return [0, *(sum(getattr(one, name) for one in said) for name in AMOUNTS), *in_column]


def line_row(line: FeeLine, returned: int, said: LineSplit) -> str:
    code = line.code.replace(" ", "_")
    date = DATE_OF_BILL if line.date is None else line.date.toordinal() - EPOCH
    return f"{len(code)} {code} " + row(
        line.price_e6,
        line.quantity_e4,
        NOT_CHARGED if line.amount_fen is None else line.amount_fen,
        date,
        tuple(APPROVALS).index(line.approval),
        line.discharge_medicine | 2 * (line.herb_use == "single"),
        line.supply_days_e2 or 0,
        returned,
        LINE_STATUS.index(said.status),
        said.amount_fen,
        *(getattr(said, name) for name in AMOUNTS),
    )


def row(*numbers: int) -> str:
    return " ".join(map(str, numbers))
