"""Where the files of a scheduled export go, and how they get there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farthing.actions.errors import ConflictError
from farthing.actions.export_schedules.schedule_fields import NO_ROOT
from farthing.actions.parts import Parts
from farthing.notify.bucket import MISSING, Bucket, BucketError, is_installed
from farthing.notify.folder import Folder, FolderError
from farthing.notify.outcome import Outcome, failed, sent
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.ids import export_schedule_id_text
from farthing.storage.contract import Workspace

_TEST_SECONDS_MAX: Final = 20
_TEST: Final = "farthing-test"

Put = Callable[[str, Path | bytes], Awaitable[None]]


@dataclass(frozen=True)
class Place:
    """A place for files. `path` is what comes before their names, for people."""

    path: str
    put: Put
    _try: Callable[[], Awaitable[None]]

    async def deliver(self, name: str, body: Path | bytes) -> None:
        """Put a file there, instead of one of that name, whole or not at all. Raises ConflictError."""
        try:
            await self.put(name, body)
        except (FolderError, BucketError) as error:
            raise ConflictError(str(error)) from error

    async def try_out(self) -> Outcome:
        """What becomes of a small file, which is taken away again."""
        try:
            async with asyncio.timeout(_TEST_SECONDS_MAX):
                await self._try()
        except (FolderError, BucketError) as error:
            return failed(str(error))
        except TimeoutError:
            return failed(f"not done within {_TEST_SECONDS_MAX} s")
        return sent("a small file was put there")


async def place_of(parts: Parts, schedule: ExportSchedule, workspace: Workspace) -> Place:
    """Where a schedule's files go: each has a folder of its own. Raises ConflictError when none can."""
    own = workspace.public_id, export_schedule_id_text(schedule.id)
    if schedule.destination.kind == "folder":
        return _folder(parts, schedule, own)
    secret = await parts.storage.export_secret(schedule.workspace_id, schedule.id)
    if secret is None:
        raise ConflictError("the scheduled export was removed")
    if not is_installed():
        raise ConflictError(MISSING)
    reach = parts.carriers.reach
    bucket = Bucket(schedule.destination, secret, reach, parts.carriers.look_up)
    path = "/".join(filter(None, (schedule.destination.prefix, *own)))

    async def put(name: str, body: Path | bytes) -> None:
        await bucket.put(f"{path}/{name}", body)

    return Place(path, put, lambda: bucket.try_out(f"{path}/{_TEST}"))


def _folder(parts: Parts, schedule: ExportSchedule, own: tuple[str, ...]) -> Place:
    root = parts.settings.export_root
    if root is None:
        raise ConflictError(NO_ROOT)
    given = schedule.destination.folder
    folder = Folder(root, (*(given.split("/") if given else ()), *own))

    async def put(name: str, body: Path | bytes) -> None:
        await asyncio.to_thread(folder.put, name, body)

    async def try_out() -> None:
        await asyncio.to_thread(folder.try_out)

    return Place("/".join(folder.steps), put, try_out)
