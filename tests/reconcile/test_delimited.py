"""The two ways in which a file is cut into cells: both mean what the `csv` module means."""

from __future__ import annotations

import csv
import io
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from medsettle.reconcile import delimited
from medsettle.reconcile.errors import ReconcileError
from medsettle.reconcile.texts import Texts

CELLS = st.text('ab,"\n 1.é\t', max_size=4)
RAW = st.text('ab,"\n', max_size=40)


def read(text: str, block: int) -> list[list[str]] | None:
    """Return the rows of a file with three columns; None where it is refused."""
    data = text.encode()

    def opened() -> io.BytesIO:
        return io.BytesIO(data)

    with mock.patch.object(delimited, "_BLOCK_BYTES", block):
        try:
            source = delimited.Delimited("x.csv", opened, len(data), ("x", "y", "z"))
            blocks = list(source.blocks(("x", "y", "z"), lambda _: None))
        except ReconcileError:
            return None
    rows = {}
    for one in blocks:
        columns = [column for column in one.columns.values() if isinstance(column, Texts)]
        for at, row in enumerate(one.rows.tolist()):
            rows[row] = [column.text(at) for column in columns]
        rows |= {row: [] for row, _ in one.odd}
    return [rows[row] for row in sorted(rows)]


def by_csv(text: str) -> list[list[str]] | None:
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    return [cells if len(cells) == 3 else [] for cells in found if cells]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 60),
)
def test_what_csv_writes_is_read(
    rows: list[tuple[str, str, str]], quoting: int, ending: str, block: int
) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=quoting, lineterminator=ending).writerows([("1", "2", "3"), *rows])
    assert read(file.getvalue(), block) == [["1", "2", "3"], *map(list, rows)]


@settings(max_examples=600, deadline=None)
@given(RAW, st.integers(1, 40))
def test_anything_is_read_as_csv_reads_it_or_refused(text: str, block: int) -> None:
    text = "1,2,3\n" + text
    found, expected = read(text, block), by_csv(text)
    if found is not None:
        assert found == expected
    elif expected is not None:  # refused, to be safe: a row of another length with line breaks
        assert '"' in text
