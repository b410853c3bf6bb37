"""What the job of an export does: makes the file. Begun again after a crash, it makes the same one anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import msgspec

from farthing.actions.errors import ConflictError
from farthing.actions.exports.asked import read_asked
from farthing.actions.exports.export import Export, Piece, pieces
from farthing.actions.exports.export_files import ExportFolder, NewFile
from farthing.actions.exports.export_jobs import (
    EXPORT,
    Made,
    expires_at,
    is_offered,
    remove_file,
    wanted_of,
    workspace_of,
)
from farthing.actions.exports.writing import file_name
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.periods import HOUR_MS

_EVERY_MS: Final = HOUR_MS


async def export_of(parts: Parts, job: Job) -> Export:
    """The export as it was settled when the job was asked for."""
    wanted, workspace = wanted_of(job), await workspace_of(parts, job)
    asked = read_asked(wanted.what, wanted.pairs, wanted.snapshot.at, "UTC")
    return Export(asked, workspace, wanted.snapshot, wanted.manifest)


async def make(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Write the file, and give it its name."""
    export = await export_of(parts, job)
    file = await asyncio.to_thread(ExportFolder(parts.settings).begin, job)
    total = export.snapshot.request_count
    piece = Piece(b"", 0)
    try:
        async with aclosing(pieces(parts, export)) as made:
            async for piece in made:
                await asyncio.to_thread(file.write, piece.body)
                yield Progress(piece.done, max(piece.done, total))
        result = await _finished(parts, job, export, file, piece)
        yield Progress(piece.done, max(piece.done, total), result)
    finally:
        await asyncio.to_thread(file.abandon)


async def _finished(parts: Parts, job: Job, export: Export, file: NewFile, last: Piece) -> dict[str, object]:
    await _make_room(parts, job, file.byte_count)
    written = await asyncio.to_thread(file.finish)
    made = Made(
        file_name=file_name(export.asked),
        byte_count=written.byte_count,
        sha256=written.sha256,
        row_count=last.done,
        expires_at=instant(expires_at(parts, job)),
        source=last.source,
    )
    told: dict[str, object] = msgspec.to_builtins(made)
    return told


async def _make_room(parts: Parts, job: Job, byte_count: int) -> None:
    """Remove the workspace's oldest files until a new one fits beside all others.

    Those of other workspaces stay: nobody can push out what is not theirs. Raises ConflictError when that
    is not enough; then nothing is removed.
    """
    sizes = await asyncio.to_thread(ExportFolder(parts.settings).sizes)
    most, taken = parts.settings.exports_bytes_max, sum(sizes.values())
    own = sorted(place for place in sizes if place[0] == job.workspace_id)
    others = taken - sum(sizes[place] for place in own)
    if others + byte_count > most:
        raise ConflictError(
            f"the file has {byte_count} bytes, and exports of other workspaces take {others} of the "
            f"{most} of the setting exports_bytes_max; export a shorter range, or wait until those expire"
        )
    while taken + byte_count > most:
        place = own.pop(0)
        oldest = await parts.storage.job(*place)
        if oldest is None:
            await asyncio.to_thread(ExportFolder(parts.settings).remove, *place)
        else:
            await remove_file(parts, oldest)
        taken -= sizes[place]


async def halt(parts: Parts, job: Job) -> None:
    """Nothing of a file stays that was not finished."""
    await asyncio.to_thread(ExportFolder(parts.settings).remove, job.workspace_id, job.id)


async def remove_expired(parts: Parts) -> None:
    """Remove the files whose time is over, and what belongs to no job that could still want it."""
    folder = ExportFolder(parts.settings)
    for workspace_id, job_id in await asyncio.to_thread(folder.found):
        job = await parts.storage.job(workspace_id, job_id)
        if job is None:
            await asyncio.to_thread(folder.remove, workspace_id, job_id)
        elif job.is_ended and not is_offered(parts, job):
            await remove_file(parts, job)


EXPORTS: Final = Kind(EXPORT, make, "export", "manage_settings", halt)
"""The kind of job; it counts calls."""
REMOVE_EXPIRED: Final = Schedule("remove_expired_exports", _EVERY_MS, remove_expired)
