"""The job that checks a workspace's part of the copy, where a process that serves has the copy to itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from farthing.actions.analytics.desk import Analytics
from farthing.actions.analytics.verify import Verified, compare, copy_again
from farthing.actions.errors import ConflictError
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import CopyUnavailableError

VERIFY: Final = "verify_copy"


def require_copy(parts: Parts) -> Analytics:
    """The copy that is set up. Raises ConflictError without one."""
    if parts.analytics is None:
        raise ConflictError("no copy is set up: analytics_url (FARTHING_ANALYTICS_URL) says where it is")
    return parts.analytics


async def check(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Compare day by day; with `repair` asked for, have what differs copied again."""
    analytics = require_copy(parts)
    try:
        extent = await parts.storage.extent(job.workspace_id)
        async for verified in compare(analytics, job.workspace_id, extent):
            yield Progress(verified.day_count, verified.day_total, result_of(verified))
        noted = await copy_again(analytics, verified) if job.request.get("repair") else None
    except CopyUnavailableError as error:  # not to be waited for: other jobs of the workspace come after it
        raise ConflictError(str(error)) from error
    yield Progress(verified.day_count, verified.day_total, result_of(verified, noted))


def result_of(verified: Verified, noted: int | None = None) -> dict[str, object]:
    """What was found, as `Job.result` and `--json` have it."""
    return {
        "rows": verified.row_count,
        "days": verified.day_count,
        "differing": [instant(day * DAY_MS)[:10] for day in verified.differing],
        "copiedAgain": noted,
    }


VERIFIES: Final = Kind(VERIFY, check, "manage_settings", "manage_settings")
