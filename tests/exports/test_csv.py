"""A CSV file is read back to what was written, whatever stands in its cells and however columns are made."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any, Final

from hypothesis import example, given
from hypothesis import strategies as st

from farthing.actions.exports.csv_file import CsvFile
from farthing.reports.export_columns import Column, Kind
from farthing.rules.csv_cell import csv_cell
from farthing.rules.instants import instant

COLUMNS: Final = [
    Column(f"{kind}{place}", kind, "")
    for place in (0, 1)
    for kind in ("text", "integer", "sum", "decimal", "instant", "json")
]
_texts: Final = st.one_of(st.none(), st.text("ab=+-@,\"'\t\r\n é", max_size=4))
_int64s: Final = st.one_of(
    st.none(), st.sampled_from((0, 1, 10**11, 10**12, 2**63 - 1)), st.integers(-(2**63), 2**63 - 1)
)
_VALUES: Final[dict[Kind, st.SearchStrategy[Any]]] = {
    "text": _texts,
    "integer": _int64s,
    "sum": st.one_of(st.none(), st.integers(-(2**80), 2**80)),
    "decimal": _int64s,
    "instant": st.one_of(st.none(), st.integers(0, 2**42)),
    "json": _texts,
}


def expected(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind == "decimal":
        return f"{Decimal(value).scaleb(-12):.12f}"
    return (
        instant(value) if kind == "instant" else csv_cell(value) if kind in ("text", "json") else str(value)
    )


rows: Final = st.tuples(*(st.one_of(st.none(), _VALUES[column.kind]) for column in COLUMNS))


@given(rows=st.lists(rows, max_size=5), times=st.sampled_from((1, 3)))
@example(rows=[("=a", 1, 2, -1, 0, "b") * 2, ("a\nb", None, 2, 3, 5, None) * 2] * 2, times=1)
def test_what_is_written_is_read_back(rows: list[tuple[Any, ...]], times: int) -> None:
    given_rows = rows * times
    file = CsvFile(COLUMNS)
    body = file.begin() + file.write([[row[place] for row in given_rows] for place in range(len(COLUMNS))])
    names, *found = csv.reader(io.StringIO((body + file.end()).decode(), newline=""))
    assert names == [column.name for column in COLUMNS]
    kinds = [column.kind for column in COLUMNS]
    assert found == [
        [expected(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in given_rows
    ]
