"""Types of the compiled module `lines`."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from medsettle.bill.line import FeeLine

def set_words(approvals: Mapping[str, int], herb_uses: Mapping[str, int]) -> None: ...
def index_items(items: Any, slots: Any) -> None: ...

class BillLines:
    n: int
    @property
    def is_refused(self) -> bool: ...
    def amounts(self) -> list[int]: ...
    def groups(self, n: int) -> list[int]: ...
    def statuses(self) -> list[int]: ...
    def row(self, i: int) -> tuple[Any, ...]: ...

class LineForm:
    def __init__(
        self, classes: Iterable[str], groups: Iterable[str], encode: Callable[[Any], bytes]
    ) -> None: ...
    def answer(self, lines: BillLines, ids: list[str], settled: bytes) -> bytes: ...

def split_message(
    engine: LineEngine,
    lines: list[Any],
    date: dt.date,
    insured: int,
    level: int,
    days: int,
    columns: bytes,
    n_columns: int,
) -> tuple[BillLines, list[str]] | None: ...

class LineEngine:
    image: Any
    def __init__(self, image: Any) -> None: ...
    def __len__(self) -> int: ...
    def find(self, codes: Sequence[str]) -> list[int]: ...
    def find_column(self, data: Any, offsets: Any, width: int, found: Any) -> None: ...
    def split_bill(
        self,
        lines: Sequence[FeeLine],
        date: dt.date,
        insured: int,
        level: int,
        days: int,
        columns: bytes,
        n_columns: int,
    ) -> BillLines: ...
    def split_columns(
        self,
        lines: Mapping[str, Any],
        bills: Mapping[str, Any],
        out: Mapping[str, Any],
        columns: bytes,
    ) -> int: ...
