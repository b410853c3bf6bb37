"""From the rows of a file to documents of calls, in groups, and everything else into the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from farthing.actions.errors import InvalidInputError
from farthing.actions.imports.opened import Kind, kind_of
from farthing.actions.imports.raw_row import RawRow
from farthing.actions.imports.report import FileReport
from farthing.actions.imports.rows import KINDS, PLACES, rows_of
from farthing.actions.imports.tally import Tally
from farthing.actions.imports.wanted import Wanted
from farthing.intake.imports.cells import CellError
from farthing.intake.imports.format import Document, Skipped, Summed, Told, complete
from farthing.intake.imports.identity import digest_of, identity_of, kept_identity
from farthing.intake.imports.registry import format_of, lacking
from farthing.rules.csv_cell import csv_text
from farthing.rules.problems import FieldProblem

GROUP: Final = 1_000
"""As many rows are stored at once."""
_LOOKED_AT: Final = 50
"""Rows whose columns tell the format: of JSON, not every row has all."""

Reject = Callable[[FileReport, int, dict[str, Any], tuple[FieldProblem, ...]], None]


class Ready(NamedTuple):
    """A call that a row tells of."""

    place: int
    row: dict[str, Any]
    told: Told


class Group(NamedTuple):
    """Calls of some rows; `row_count` rows of the file end with the group, `share` of it has been read."""

    ready: list[Ready]
    row_count: int
    share: float


class FileReader:
    """A file whose format is known. Raises InvalidInputError when it is of none, or not of the named one."""

    def __init__(self, path: Path, wanted: Wanted, reject: Reject) -> None:
        self._path = path
        self._wanted = wanted
        self._reject = reject
        self._kind: Kind = kind_of(path)
        columns = self._columns()
        format_ = format_of(columns, wanted.format_name, wanted.mapped)
        if isinstance(format_, FieldProblem):
            raise InvalidInputError([FieldProblem(str(path), f"{format_.message}; name it with --format")])
        missing = lacking(format_, columns)
        if missing is not None:
            raise InvalidInputError([FieldProblem(str(path), f"is no {format_.title}: it {missing}")])
        self.format = format_
        self._is_unescaped = format_.has_escapes and self._kind == "csv"
        self.report = FileReport(
            file=str(path),
            kind=KINDS[self._kind],
            place_word=PLACES[self._kind],
            format_name=format_.name,
            title=format_.title,
            is_recognised=wanted.format_name is None and not wanted.mapped.columns,
        )

    def _columns(self) -> list[str]:
        """Names of columns, from the first rows."""
        with closing(rows_of(self._path, self._kind)) as rows:
            first = [row.row for row, _ in islice(rows, _LOOKED_AT)]
        if not first:
            raise InvalidInputError([FieldProblem(str(self._path), "has no rows")])
        return list(dict.fromkeys(chain.from_iterable(first)))

    def groups(self, after: int = 0) -> Iterator[Group]:
        """All that rows tell of but the first `after` ones; those are read for their equals' sake only."""
        report = self.report
        report.resumed_after = after
        ready: list[Ready] = []
        share = 0.0
        with closing(Tally()) as tally:
            for raw, share in rows_of(self._path, self._kind):
                report.row_count += 1
                told = self._told(raw, tally, is_done=report.row_count <= after)
                if told is not None:
                    ready.append(told)
                if len(ready) == GROUP:
                    yield Group(ready, report.row_count, share)
                    ready = []
        yield Group(ready, report.row_count, share)

    def _told(self, raw: RawRow, tally: Tally, *, is_done: bool) -> Ready | None:
        """The call of a row; None for any other row, which is noted, unless it `is_done`."""
        place, row, problem = raw
        if problem is not None:
            self._refuse(raw, FieldProblem("row", problem), is_done=is_done)
            return None
        if self._is_unescaped:
            row = {name: csv_text(cell) for name, cell in row.items()}
        self.report.saw(self.format, row)
        try:
            outcome = self.format.read(row, self._wanted.defaults)
            if isinstance(outcome, Told):
                outcome.document["externalRequestId"] = self._identity(row, outcome, tally)
        except CellError as error:
            self._refuse(raw, FieldProblem(error.column, error.message), is_done=is_done)
            return None
        if isinstance(outcome, Told):
            complete(outcome.document, self._wanted.defaults)
            return None if is_done else self._ready(place, row, outcome)
        if not is_done:
            self._note(outcome)
        return None

    def _identity(self, row: dict[str, Any], told: Told, tally: Tally) -> str:
        if told.identity is not None:
            return kept_identity(told.identity)
        digest = digest_of(self.format.name, row)
        return identity_of(digest, tally.add(digest))

    def _ready(self, place: int, row: dict[str, Any], told: Told) -> Ready:
        for note in told.notes:
            self.report.notes[note] = self.report.notes.get(note, 0) + 1
        return Ready(place, row, told)

    def _note(self, outcome: Skipped | Summed) -> None:
        if isinstance(outcome, Summed):
            self.report.sum(outcome)
        else:
            self.report.skipped[outcome.why] = self.report.skipped.get(outcome.why, 0) + 1

    def _refuse(self, raw: RawRow, problem: FieldProblem, *, is_done: bool) -> None:
        if is_done:
            return
        self.report.refuse(raw.place, (problem,))
        self._reject(self.report, raw.place, raw.row, (problem,))


def documents_of(ready: list[Ready]) -> list[Document]:
    return [each.told.document for each in ready]
