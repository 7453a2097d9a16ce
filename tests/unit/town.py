"""The fictional town of `examples/`, whose policy asks for every field of a claim."""

from __future__ import annotations

from pathlib import Path

import medsettle as ms

EXAMPLES = Path(__file__).parents[2] / "examples"
TOWN = (EXAMPLES / "town.toml").read_text(encoding="utf-8")


def town(folder: Path) -> ms.BenefitTable:
    """Return the town's table, its policy written into a folder."""
    path = folder / "town.toml"
    path.write_text(TOWN, encoding="utf-8")
    return ms.load(path)
