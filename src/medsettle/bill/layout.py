"""The structs of a catalogue's image, as `_core/lines.h` describes them, for NumPy and `struct`."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from medsettle.bill.words import INSURED, STEPS
from medsettle.money import PPM
from medsettle.vocabulary import AXES

MAGIC: Final = b"MSCATLOG"
FORMAT: Final = 1
BYTE_ORDER: Final = 0x01020304
#: The sections in the order of the header's directory; each starts at a multiple of ALIGN bytes.
SECTIONS: Final = ("slot", "item", "version", "terms", "rules", "text", "meta")
HEADER: Final = struct.Struct(f"<8sII32sQII{2 * len(SECTIONS)}I")
ALIGN: Final = 64

CODE_MAX: Final = 50
NO_GROUP: Final = 0xFF
NO_SHARE: Final = 0xFFFF_FFFF
NO_CEILING: Final = 2**63 - 1
PRICE_MAX_E6: Final = 10**16
QUANTITY_MAX_E4: Final = 10**12
VERSIONS_MAX: Final = 255
SHARE_MAX: Final = PPM
#: Hospital levels by code, without the unstated one.
LEVELS: Final = tuple(level for level in AXES["level"] if level is not None)
RESTRICTED, COMPOUND_ONLY, ALL_OVER_PRICE = 1, 2, 4

ITEM: Final = np.dtype(
    {
        "names": ["code", "length", "n_versions", "version", "name", "cite"],
        "formats": [f"S{CODE_MAX}", "u1", "u1", "<u4", "<u4", "<u4"],
        "offsets": [0, 50, 51, 52, 56, 60],
        "itemsize": 64,
    }
)
VERSION: Final = np.dtype(
    {
        "names": [
            "from", "until", "terms", "n_terms", "class", "flags", "limit_per", "group", "cite",
            "ceiling", "limit",
        ],
        "formats": [
            "<i4", "<i4", "<u4", "u1", "u1", "u1", "u1", "u1", "<u4", ("<i8", len(LEVELS)), "<i8",
        ],
        "offsets": [0, 4, 8, 12, 13, 14, 15, 16, 20, 24, 56],
        "itemsize": 64,
    }
)  # fmt: skip
TERMS: Final = np.dtype([("upto", "<i8"), ("share", "<u4", (len(INSURED), len(LEVELS) + 1))])
RULES: Final = np.dtype(
    {
        "names": ["from", "until", "order", "over_quantity", "discharge_days", "cite"],
        "formats": ["<i4", "<i4", ("u1", len(STEPS)), "u1", "<u2", "<u4"],
        "offsets": [0, 4, 8, 13, 14, 16],
        "itemsize": 24,
    }
)
