"""An export that is under way: what it is of was settled at its start; its bytes come piece by piece.

It is of the calls that were recorded when it began: what comes later has a higher request id and is left out.
Reading may take no longer than some seconds at a time, so pages are read one after the other: calls that are
deleted or priced anew meanwhile are told as they are when their page is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from farthing.actions.exports.asked import Asked
from farthing.actions.exports.focus_cells import FocusDayShaper, FocusFile, FocusShaper
from farthing.actions.exports.manifest import Manifest, Snapshot, manifest_of
from farthing.actions.exports.request_cells import RequestShaper
from farthing.actions.exports.shaping import Shaper
from farthing.actions.exports.sources import Portion, calls, day_edges, days
from farthing.actions.exports.writing import FileWriter, require_format, writer_for
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import within_reach
from farthing.reports.facts import FactQuery
from farthing.reports.question import Question, Reach
from farthing.reports.row_groups import NOTHING_READ
from farthing.rules.periods import Window
from farthing.storage import contract
from farthing.storage.contract import RowWalk, Workspace

_TOTALS: Final = ("request_count", "cost_picousd", "unpriced_request_count", "unpriced_token_count")


@dataclass(frozen=True)
class Export:
    """What is exported: settled, so that a file of it can be begun again."""

    asked: Asked
    workspace: Workspace
    snapshot: Snapshot
    manifest: Manifest

    @property
    def window(self) -> Window:
        """The part of the window that was asked for of which there is something."""
        asked = self.asked.query.window
        return Window(min(max(asked.start, self.snapshot.available_from), asked.end), asked.end)

    @property
    def reach(self) -> Reach:
        """From when on what is asked for is there."""
        return Reach(self.snapshot.available_from, self.snapshot.is_truncated)

    @property
    def walk(self) -> RowWalk:
        """The calls that it is of."""
        return RowWalk(
            workspace_id=self.workspace.id,
            window=self.window,
            filters=self.asked.query.filters,
            last_request_id=self.snapshot.last_request_id,
        )


@dataclass(frozen=True)
class Piece:
    """The next bytes of a file, of how many calls it tells with them, and what all of it was read from."""

    body: bytes
    done: int
    sources: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """As `Facts.source` has it."""
        return " + ".join(self.sources) or NOTHING_READ


async def begin_export(parts: Parts, workspace: Workspace, asked: Asked) -> Export:
    """Settle what is exported.

    Raises NotInstalledError for a format that can't be made here, InvalidInputError for too many days, or a
    window that can't be answered exactly any more.
    """
    require_format(asked)
    if asked.what == "summary" and not asked.is_focus:
        day_edges(asked.query.window, asked.query.timezone)
    snapshot = await _snapshot(parts, workspace.id, asked)
    return Export(asked, workspace, snapshot, manifest_of(asked, workspace, snapshot))


async def pieces(parts: Parts, export: Export) -> AsyncGenerator[Piece, None]:
    """The bytes of the file. While some are made, in a thread, the next rows are read."""
    writer, done = writer_for(export.asked, export.manifest), 0
    sources: dict[str, None] = {}
    yield Piece(await asyncio.to_thread(writer.begin), done)
    async with aclosing(_portions(parts, export)) as portions:
        coming = asyncio.ensure_future(anext(portions, None))
        try:
            while (portion := await coming) is not None:
                coming = asyncio.ensure_future(anext(portions, None))
                done += portion.call_count
                sources |= dict.fromkeys(portion.source.split(" + ") if portion.source else ())
                yield Piece(await asyncio.to_thread(_written, writer, portion), done, tuple(sources))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
    yield Piece(await asyncio.to_thread(writer.end), done, tuple(sources))


async def bodies(parts: Parts, export: Export) -> AsyncGenerator[bytes, None]:
    """The bytes of the file alone."""
    async with aclosing(pieces(parts, export)) as made:
        async for piece in made:
            if piece.body:
                yield piece.body


def _written(writer: FileWriter, portion: Portion) -> bytes:
    batch = portion.batch()
    return b"" if batch is None else writer.write(batch)


def _portions(parts: Parts, export: Export) -> AsyncGenerator[Portion, None]:
    asked = export.asked
    if asked.what == "summary" and not asked.is_focus:
        return days(parts.storage, export.workspace.id, asked, export.window)
    return calls(parts.storage, export.walk, _shaper(export))


def _shaper(export: Export) -> Shaper:
    asked = export.asked
    if not asked.is_focus:
        return RequestShaper()
    file = FocusFile(export.workspace, asked.focus_version)
    return FocusDayShaper(file, asked.by) if asked.what == "summary" else FocusShaper(file)


async def _snapshot(parts: Parts, workspace_id: int, asked: Asked) -> Snapshot:
    """The last call there is, and the sums of all that match, of one state."""
    query = asked.query
    question = Question(
        workspace_id=workspace_id,
        window=query.window,
        dimensions=asked.by,
        timezone=query.timezone,
        filters=query.filters,
        of_rows=asked.what == "requests" or asked.is_focus,
    )
    at = parts.clock.now()

    async def work(state: contract.Snapshot) -> Snapshot:
        cut, reach = await within_reach(state, question)
        facts = await state.facts(
            FactQuery(
                workspace_id=workspace_id,
                window=cut.window,
                filters=query.filters,
                sums=_TOTALS,
                order_by=_TOTALS[0],
            )
        )
        requests, cost, unpriced, tokens = facts.sums.get((0, ()), (0,) * len(_TOTALS))
        last_request_id = await state.last_request_id()
        now = Snapshot(at, last_request_id, requests, cost, unpriced, tokens)
        return replace(now, available_from=reach.available_from, is_truncated=reach.is_truncated)

    return await parts.storage.consistently(work)
