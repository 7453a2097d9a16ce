"""The hash of a result, and the expected ones as the `Decimal` loop gives them.

`python -m bench.result_hash` writes `expected.json` anew, for a changed policy or generator.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.data import Columns, benchmark_claims, fingerprint, harsh_claims
from bench.rivals import RESULTS, truth

EXPECTED_FILE: Final = Path(__file__).with_name("expected.json")
#: Sizes whose hash is kept: a tiny run, and the default ones.
SIZES: Final = (10_000, 100_000, 1_000_000)


def result_hash(result: Mapping[str, NDArray[np.int64]]) -> str:
    """Return the sha256 over the six columns of a result, little-endian, one after the other."""
    digest = hashlib.sha256()
    for name in RESULTS:
        digest.update(np.ascontiguousarray(result[name], "<i8").tobytes())
    return digest.hexdigest()


def expected(name: str | int) -> dict[str, str] | None:
    """Return the kept hashes, `data` and `result`, of a size or of "harsh"; None when not kept."""
    return json.loads(EXPECTED_FILE.read_text("utf-8")).get(str(name))


def _hashes(columns: Columns) -> dict[str, str]:
    return {"data": fingerprint(columns), "result": result_hash(truth(columns))}


def main() -> None:
    """Write `expected.json` from the truth."""
    kept = {str(size): _hashes(benchmark_claims(size)) for size in SIZES}
    kept["harsh"] = _hashes(harsh_claims())
    EXPECTED_FILE.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
