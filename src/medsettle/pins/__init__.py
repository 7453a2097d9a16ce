"""Which figures of a policy its worked examples pin: `medsettle test --pins`.

Every figure that is written is changed a little, and the examples run again; a figure that may be
changed without any example noticing is not pinned.
"""

from __future__ import annotations

from medsettle.pins.run import Pins, pins_of

__all__ = ["Pins", "pins_of"]
