"""The digest that an image carries, and by which it is known.  A leaf."""

from __future__ import annotations

import hashlib
from typing import Any, Final

#: Where the digest stands in the header of an image, of a benefit table as of a catalogue.
PLACE: Final = slice(16, 48)


def digest_of(image: Any) -> bytes:
    """Return the sha-256 of everything in an image but the digest itself."""
    view = memoryview(image)
    digest = hashlib.sha256(view[: PLACE.start])
    digest.update(view[PLACE.stop :])
    return digest.digest()


def stamped(image: bytes) -> bytes:
    """Return an image with its digest in its place."""
    return image[: PLACE.start] + digest_of(image) + image[PLACE.stop :]
