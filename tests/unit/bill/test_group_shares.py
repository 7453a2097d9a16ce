"""Shares by item group, from the rules file to the line: blood, implants, equipment, materials."""

from __future__ import annotations

import pytest

import medsettle as ms

RULES = """
region = "990000"
title  = "a list (made up)"
cite   = "list"

[source.list]
title = "made up"

[values.item]
blood   = "血液"
implant = "植入物"

[[rules]]
from          = 2025-01-01
over_quantity = "over_limit"
cite          = "list#1"
provenance    = "unverified"

[[group]]
name            = "blood"
from            = 2025-01-01
first_share_pct = { employee = 20, other = { tertiary = 40, other = 30 } }
cite            = "list#2"
provenance      = "unverified"

[[group]]
name       = "implant"
from       = 2025-01-01
cite       = "list#3"
provenance = "unverified"
by_price   = [
  { upto_yuan = 2_000, first_share_pct = 10 },
  { upto_yuan = 20_000, first_share_pct = { employee = 20, other = 25 } },
  { first_share_pct = 30 },
]

[[group]]
name            = "large_equipment"
from            = 2025-03-01
first_share_pct = 15
cite            = "list#4"
provenance      = "unverified"

[[group]]
name            = "special_material"
from            = 2025-01-01
first_share_pct = { secondary = 12.5, other = 8 }
cite            = "list#5"
provenance      = "unverified"
"""
BLOOD, HIP = "002601000010000", "C0302010050400199305"
SCAN, STENT = "002103000010000", "C0203020010100199302"
ITEMS = f"""code,name,class,from,first_share_pct,ceiling_yuan,group
{BLOOD},红细胞,class_b,2025-01-01,,220,blood
{HIP},人工髋关节,class_b,2025-01-01,,,implant
{SCAN},CT,class_b,2025-01-01,5,,large_equipment
{STENT},支架,class_b,2025-01-01,,798,special_material
"""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> ms.Catalogue:
    folder = tmp_path_factory.mktemp("groups")
    items, rules = folder / "a.items.csv", folder / "a.rules.toml"
    items.write_text(ITEMS, encoding="utf-8")
    rules.write_text(RULES, encoding="utf-8")
    return ms.Catalogue.from_files(items, rules)


def first_step(
    catalogue: ms.Catalogue, code: str, price: str, insured: str, level: str, date: str
) -> tuple[str, str]:
    """What is over the ceiling, and the first step, of one unit."""
    table = ms.load("110000/employee")
    claim = ms.Claim.from_yuan(
        date=date, benefit="inpatient", level=level, status="active", in_scope=0
    )
    line = ms.FeeLine.from_yuan(code, price=price, quantity="1")
    (found,) = catalogue.split(claim, [line], table, insured=insured).lines
    assert found.amount == found.over_limit + found.first_step + found.in_scope
    return str(found.over_limit), str(found.first_step)


@pytest.mark.parametrize(
    ("code", "price", "insured", "level", "date", "expected"),
    [
        # blood: 220 up to the ceiling, by person, then by level
        (BLOOD, "250", "employee", "tertiary", "2025-02-03", ("30.00", "44.00")),
        (BLOOD, "250", "resident", "tertiary", "2025-02-03", ("30.00", "88.00")),
        (BLOOD, "250", "resident", "secondary", "2025-02-03", ("30.00", "66.00")),
        # implants: the whole share is that of the range in which the price lies
        (HIP, "2000", "employee", "tertiary", "2025-02-03", ("0.00", "200.00")),
        (HIP, "2000.01", "employee", "tertiary", "2025-02-03", ("0.00", "400.00")),
        (HIP, "20000", "resident", "tertiary", "2025-02-03", ("0.00", "5000.00")),
        (HIP, "20001", "resident", "tertiary", "2025-02-03", ("0.00", "6000.30")),
        # large equipment: its own 5 % before March, the group's in its place from then on
        (SCAN, "210", "employee", "tertiary", "2025-02-28", ("0.00", "10.50")),
        (SCAN, "210", "employee", "tertiary", "2025-03-01", ("0.00", "31.50")),
        # special materials: by level alone, 12.5 % of 798 is 99.75, 8 % is 63.84
        (STENT, "1000", "resident", "secondary", "2025-02-03", ("202.00", "99.75")),
        (STENT, "1000", "employee", "tertiary", "2025-02-03", ("202.00", "63.84")),
    ],
)
def test_the_share_is_the_groups(
    catalogue: ms.Catalogue,
    code: str,
    price: str,
    insured: str,
    level: str,
    date: str,
    expected: tuple[str, str],
) -> None:
    assert first_step(catalogue, code, price, insured, level, date) == expected
