"""A small policy whose figures can be followed by hand, and claims of it.

Inpatient and outpatient alike: 1 000 yuan of deductible in a year, then 80 % (90 % retired) from
the pooled fund, 10 000 yuan in a year at most; then the own account, while it lasts.  A stay in a
home bed has 300 yuan of deductible a stay, however many parts it has.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import medsettle as ms

TOWN = """
region = "999900"
scheme = "employee"
title  = "台账示例（虚构）"

[source.rules]
title = "示例办法"

[[benefit.inpatient]]
from   = 2024-01-01
cite   = "rules#1"
layers = ["pool", "account"]

[[benefit.outpatient]]
from   = 2024-01-01
cite   = "rules#1"
layers = ["pool", "account"]

[[benefit.home_bed]]
from   = 2024-01-01
cite   = "rules#1"
layers = ["bed"]
serves = { assistance = ["unassisted", "minimum_living"] }

[[layer.pool]]
fund       = "pooled"
from       = 2024-01-01
cite       = "rules#2"
provenance = "unverified"
base       = ["in_scope"]
deductible = { per = "year", amount_yuan = 1_000 }
bands      = [{ share_pct = SHARE }]
adjust     = [{ when = { status = "retired" }, add_points_pct = 10 }]
ceilings   = [{ per = "year", pay_yuan = 10_000 }]

[[layer.account]]
fund       = "own_account"
from       = 2024-01-01
cite       = "rules#3"
provenance = "unverified"
base       = ["pool.rest"]
bands      = [{ share_pct = 100 }]
ceilings   = [{ balance = "own_account.balance" }]

[[layer.bed]]
fund       = "pooled"
from       = 2024-01-01
cite       = "rules#4"
provenance = "unverified"
base       = ["in_scope"]
deductible = { per = "stay", amount_yuan = 300 }
bands      = [{ share_pct = 50 }]
"""


@cache
def town(share: str = "80") -> ms.BenefitTable:
    """Return the town's table, with another share of the pooled fund if wished."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "town.toml"
        path.write_text(TOWN.replace("SHARE", share), encoding="utf-8")
        return ms.load(path)


def bill(id: str, date: str, in_scope: str | int, **fields: Any) -> ms.Claim:
    """Return a claim of the town, inpatient and active but for `fields`."""
    usual: dict[str, Any] = {"benefit": "inpatient", "status": "active"}
    return ms.Claim.from_yuan(id=id, date=date, in_scope=in_scope, **(usual | fields))
