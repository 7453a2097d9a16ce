"""From the files of a catalogue to its image in one step, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from medsettle.bill.forms import read_catalogue
from medsettle.bill.image import CatalogueError, build_image

#: Refused rows that the text of the error tells; its `rejected` has them all.
_TOLD_MAX: Final = 20


def compile_files(items: Sequence[Path], rules: Path) -> bytes:
    """Return the image of the catalogue that files make.

    Raises CatalogueError where a row is refused or there is no item, CatalogueFileError where the
    rules or a whole file cannot be used.
    """
    read = read_catalogue(items, rules)
    if read.rejected:
        count = len(read.rejected)
        told = [f"{count:,} row{'s are' if count > 1 else ' is'} refused:"]
        told += map(str, read.rejected[:_TOLD_MAX])
        if count > _TOLD_MAX:
            told.append(f"... and {count - _TOLD_MAX:,} more")
        raise CatalogueError("\n".join(told), read.rejected)
    if not read.catalogue.items:
        raise CatalogueError("the files have no item")
    return build_image(read.catalogue)
