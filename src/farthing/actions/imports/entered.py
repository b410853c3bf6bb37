"""What of an import stands in the audit log: that it began, before it stores, and how it ended.

A process that is killed enters no end; what it has stored has its beginning there all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.imports.report import FileReport
from farthing.actions.imports.take import Taken, Taker
from farthing.actions.parts import Parts
from farthing.intake.imports.format import Document


class Entered:
    """A taker whose file is entered. A file of which no row is a call leaves nothing."""

    def __init__(self, parts: Parts, asker: Asker, report: FileReport, taker: Taker) -> None:
        self._parts = parts
        self._asker = asker
        self._report = report
        self._taker = taker
        self._has_begun = False

    async def take(self, documents: Sequence[Document]) -> list[Taken]:
        """See Taker."""
        if not self._has_begun:
            await self._enter("calls.import_begun", {"format": self._report.format_name})
            self._has_begun = True
        return await self._taker.take(documents)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._has_begun:
            return
        report = self._report
        after = {
            "format": report.format_name,
            "rows": report.row_count,
            "stored": report.stored_count,
            "duplicates": report.duplicate_count,
            "refused": report.refused_count,
        }
        await self._enter("calls.imported", after if kind is None else after | {"brokenOff": True})

    async def _enter(self, action: str, after: dict[str, Any]) -> None:
        async def work(audited: Audited) -> None:
            await audited.enter(action, self._report.file.rpartition("/")[2], after=after)

        await change(self._parts, self._asker, work)
