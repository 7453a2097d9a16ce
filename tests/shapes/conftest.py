"""After every test of a shape, all its persons' claims are settled once more, in one batch each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shapes import harness


@pytest.fixture(autouse=True)
def _batches_agree() -> Iterator[None]:
    harness.PERSONS.clear()
    yield
    for person in harness.PERSONS:
        person.check_batch()
    harness.PERSONS.clear()
