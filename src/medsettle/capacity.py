"""How much a benefit table holds: the fixed sizes of `_core/kernel.h`.

The checker tells a policy that needs more, the compiler refuses it, the kernel's arrays have these
lengths; `tests/capi` compares them.
"""

from __future__ import annotations

from typing import Final

BENEFITS: Final = 16
FUNDS: Final = 16
#: Layers of one benefit.
LAYERS: Final = 24
#: Parts of a bill that go different ways within one benefit, and one more that stays empty.
PARTS: Final = 32
EMPTY_PART: Final = PARTS - 1
#: Counters of a policy, over all its versions.
COUNTERS: Final = 96
#: Ceilings of one layer.
CEILINGS: Final = 4
#: Visits counters that one claim moves.
ORDINALS: Final = 4
#: Stays and periods that one benefit counts by.
EPISODES: Final = 4
#: Values of an axis of names, "not stated" among them; codes above are nobody's.
VALUES: Final = 250
#: Item groups that a policy splits off.
ITEMS: Final = 8
#: Axes on which a claim states a code.
AXES: Final = 20
#: Bands of the bill's total, less the first.
BILL_BANDS: Final = 255
#: The layers of one benefit, one for each set of counters that they have for somebody.
USES: Final = 4096
#: Kinds of claims that one benefit tells apart.
PROFILES: Final = 0xFFFE
#: Distinct sets of figures, and distinct chains of them.
ROWS: Final = 0xFFFF
CHAINS: Final = 0xFFFF
#: Bands of one layer; amounts of one deductible.
BANDS: Final = 256
#: By how much the unit of a bill may be refined (MS_DEN_MAX of money.h).
FINENESS: Final = 10**18
