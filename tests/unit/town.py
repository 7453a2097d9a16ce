"""A town whose policy asks for every field of a claim, for tests of the doors."""

from __future__ import annotations

from pathlib import Path

import medsettle as ms

TOWN = """
region = "999900"
scheme = "resident"
title  = "某市居民医保（虚构）"
rule_by = "admitted"
year_starts = 7

[source.rules]
title = "某市居民医保办法"

[months]
new_member = 0
settled_member = 6

[bill_size_yuan]
small_bill = 0
large_bill = 30_000

[values.level]
tertiary_special = "三级特等"

[values.cohort]
villager = "村民"

[values.item]
imported_implant = "进口植入材料"

[best_of]
assistance = ["extreme_poor", "minimum_living", "low_income", "unassisted"]

[period.ninety_days]
days = 90
cite = "rules#九"

[[benefit.inpatient]]
from = 2025-01-01
cite = "rules#一"
layers = ["hospital_part", "main", "beds", "aid", "account"]
all_funds_at_most_pct = 95

[[benefit.outpatient]]
from = 2025-01-01
cite = "rules#一"
layers = ["clinic"]

[[layer.hospital_part]]
fund = "hospital"
from = 2025-01-01
cite = "rules#二"
provenance = "unverified"
base = ["item.imported_implant"]
bands = [{ share_pct = 10 }]

[[layer.main]]
title = "统筹基金"
fund = "pooled"
from = 2025-01-01
cite = "rules#三"
provenance = "verified"
base = ["in_scope"]
first_share_pct = { local = 0, other = 10 }
deductible.per = "visit"
deductible.amount_yuan = { tertiary_special = 2_000, other = 1_000 }
deductible.later_pct = [50]
deductible.visits_each = "level"
deductible.cap = { per = "year", yuan = 2_500 }
bands = [{ share_pct = { new_member = 40, settled_member = 80 } }]
adjust = [
  { when = { bill_size = "large_bill" }, add_points_pct = 5, cite = "rules#四" },
  { when = { cohort = "villager" }, deductible_at_most_yuan = 500 },
]
ceilings = [{ per = "year", pay_yuan = 100_000 }]

[[layer.beds]]
fund = "other"
from = 2025-01-01
cite = "rules#五"
provenance = "corroborated"
base = ["main.copay"]
bands = [{ share_pct = 50 }]
ceilings = [{ per = "bed_day", pay_yuan = 20 }]
serves = { care = "accident" }

[[layer.aid]]
fund = "assistance"
from = 2025-01-01
cite = "rules#六"
provenance = "corroborated"
base = ["rest"]
serves = { assistance = ["extreme_poor", "minimum_living", "low_income"] }
bands = [{ share_pct = { extreme_poor = 100, minimum_living = 70, low_income = 60 } }]
ceilings = [{ per = "year", pay_yuan = 3_000, used_each = "assistance" }]

[[layer.account]]
fund = "own_account"
from = 2025-01-01
cite = "rules#七"
provenance = "unverified"
base = ["everything"]
bands = [{ share_pct = 100 }]
ceilings = [{ balance = "own_account.balance" }]

[[layer.clinic]]
fund = "pooled"
from = 2025-01-01
cite = "rules#八"
provenance = "unverified"
base = ["in_scope"]
deductible = { per = "ninety_days", amount_yuan = 200, waived_after = "main.pay" }
bands = [{ share_pct = 50 }]
ceilings = [{ per = "ninety_days", pay_yuan = 300 }]
"""


def town(folder: Path) -> ms.BenefitTable:
    """Return the town's table, its policy written into a folder."""
    path = folder / "town.toml"
    path.write_text(TOWN, encoding="utf-8")
    return ms.load(path)
