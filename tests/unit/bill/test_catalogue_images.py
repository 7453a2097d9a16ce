"""Images of catalogues that are damaged, or made to deceive, at Python's door."""

from __future__ import annotations

import datetime as dt

import pytest

import medsettle as ms
from medsettle.bill.image import CatalogueError, build_image
from medsettle.bill.items import Catalogue, Item, ItemVersion, Share
from medsettle.fingerprint import stamped

N_GROUPS = 56  # where the header counts the item groups


@pytest.fixture(scope="module")
def image() -> bytes:
    version = ItemVersion(
        from_=dt.date(2024, 1, 1),
        until=dt.date(2200, 1, 1),
        class_="class_a",
        shares=(Share({(None, None): 0}),),
        group="bed",
    )
    item = Item(code="XA02BCA001A001010100001", name="药", versions=(version,))
    return build_image(Catalogue(region="990000", title="样例", rules=(), groups=(), items=(item,)))


def signed(image: bytearray) -> bytes:
    """Return the image with the digest of what it now holds."""
    return stamped(bytes(image))


def test_every_bit_counts(image: bytes) -> None:
    assert len(ms.Catalogue(image)) == 1
    for at in range(len(image)):
        with pytest.raises(CatalogueError, match="not a catalogue image" if at < 8 else "digest"):
            ms.Catalogue(image[:at] + bytes([image[at] ^ 1]) + image[at + 1 :])


@pytest.mark.parametrize("kept", [0, 1, 8, 119, 120, 128, 300])
def test_what_is_cut_off_is_refused(image: bytes, kept: int) -> None:
    with pytest.raises(CatalogueError):
        ms.Catalogue(image[:kept])


def test_groups_that_have_no_name_are_refused(image: bytes) -> None:
    changed = bytearray(image)
    assert changed[N_GROUPS] == 1
    changed[N_GROUPS] = 200
    with pytest.raises(CatalogueError, match="item groups"):
        ms.Catalogue(signed(changed))


def test_names_that_are_no_text_are_refused(image: bytes) -> None:
    changed = bytearray(image)
    changed[image.rindex(b'"title":"') + len('"title":"')] = 0xFF
    with pytest.raises(CatalogueError, match="the image's names cannot be read"):
        ms.Catalogue(signed(changed))
