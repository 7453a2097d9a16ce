"""The structs of the table image, as `_core/kernel.h` describes them, and pools of packed items."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

from medsettle import capacity

MAGIC: Final = b"MEDSETTL"
FORMAT: Final = 2
BYTE_ORDER: Final = 0x01020304
NONE: Final = 0xFFFF
NO_LOOKUP: Final = 0xFFFFFFFF

#: The sections in the order of the header's directory.
SECTIONS: Final = (
    "window", "span", "program", "use", "layer", "lookup", "profile", "chain", "link", "row",
    "knot", "amount", "episode", "reset", "bill", "meta",
)  # fmt: skip

HEADER: Final = struct.Struct(f"<8sII32sQIIII{2 * len(SECTIONS)}I")
SPAN: Final = struct.Struct(f"<ii{capacity.BENEFITS}H")
PROGRAM: Final = struct.Struct(f"<IHH4B{capacity.ITEMS}sIIII{capacity.AXES}IIBB{capacity.AXES}s2x")
LOOKUP: Final = struct.Struct("<256H")
CHAIN: Final = struct.Struct(f"<IHBB{capacity.ORDINALS}H")
LINK: Final = struct.Struct("<HH")
USE: Final = struct.Struct(f"<IHB{capacity.PARTS}sBBBBB20x")
LAYER: Final = struct.Struct(f"<HHHBBBBBB{capacity.CEILINGS}HHHBBBBHxx")
ROW: Final = struct.Struct(f"<IIHHI{capacity.CEILINGS}qq8x")
KNOT: Final = struct.Struct("<qqq")
EPISODE: Final = struct.Struct("<IHHiI")

#: Windows of counters in the kernel's numbers; stays and periods are started again by episodes.
EPISODE_WINDOW: Final = 6

Item = TypeVar("Item", bound=Hashable)


class Pool:
    """Packed items of one section, each distinct item stored once."""

    def __init__(self) -> None:
        """Start empty."""
        self.data = bytearray()
        self.count = 0
        self._index: dict[Hashable, int] = {}

    def put(self, key: Item, size: int, pack: Callable[[Item], bytes]) -> int:
        """Return the index of `key`, packing its `size` items when it is new."""
        if key not in self._index:
            packed = pack(key)
            self._index[key] = self.count
            self.data += packed
            self.count += size
        return self._index[key]


def padded(numbers: tuple[int, ...], size: int, filler: int = NONE) -> tuple[int, ...]:
    """Return `numbers` filled up to `size`."""
    return (*numbers, *[filler] * (size - len(numbers)))
