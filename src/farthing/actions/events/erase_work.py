"""What the job of an erasure does: names first, then request by request, then the files. It can go on.

An erasure can't be stopped: half of one would be worse than none, and what is erased can't come back.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from time import perf_counter
from typing import Any, Final

from msgspec.structs import replace

from farthing.actions.errors import JobStoppedError
from farthing.actions.events.erase import ERASE, sums_of
from farthing.actions.exports.export_jobs import forget_in_exports
from farthing.actions.giving_way import Pace, give_way
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.rules.audit import NewEntry
from farthing.rules.erasure import Erasure
from farthing.rules.ids import erasure_id_text
from farthing.rules.job import Job
from farthing.storage.contract import Changes

_STEP_MIN: Final = 100
_STEP_MAX: Final = 4_000
"""Looking through so many takes some 20 ms, and longer where many of them name the person."""


async def erase(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Do it, from wherever it has come to."""
    now = await parts.storage.erasure(job.workspace_id, job.subject_id)
    if now is None:
        raise JobStoppedError("there is no such erasure any more")
    if now.state == "erasing":
        now = await _begun(parts, now)
        pace = Pace(_STEP_MIN, _STEP_MAX)
        while now.cursor < now.last_request_id:
            yield Progress(now.cursor, now.last_request_id)
            await give_way(parts.recorder)
            began, cursor = perf_counter(), now.cursor
            now = _ours(await parts.storage.erase_requests(now, pace.size))
            pace.took(perf_counter() - began, now.cursor - cursor)
        text = now.value
        if text is not None:  # it is there until here
            await forget_in_exports(parts, now.workspace_id, text, now.alias)
        after = await sums_of(parts, now.workspace_id, now.kind, now.alias)
        now = _ours(
            await parts.storage.change_erasure(replace(now, state="cleaning", value=None, after=after))
        )
        yield Progress(now.last_request_id, now.last_request_id)
        mentions = await parts.storage.clean_files(text)
        now = _ours(await parts.storage.change_erasure(replace(now, file_mentions=mentions)))
    elif now.state == "cleaning":
        await parts.storage.clean_files(None)
    if now.state != "done":
        now = await _done(parts, now)
    total = now.last_request_id
    yield Progress(total, total, certificate(now))


async def _begun(parts: Parts, now: Erasure) -> Erasure:
    """With the names renamed, and what they add up to noted."""
    if now.refs is None:
        now = _ours(await parts.storage.erase_names(now))
    if now.before is None:
        # By the new name, which nothing that is still being sent can be under.
        before = await sums_of(parts, now.workspace_id, now.kind, now.alias)
        now = _ours(await parts.storage.change_erasure(replace(now, before=before)))
    return now


async def _done(parts: Parts, now: Erasure) -> Erasure:
    finished = replace(now, state="done", finished_at=parts.clock.now())
    entry = NewEntry(
        workspace_id=now.workspace_id,
        occurred_at=parts.clock.now(),
        actor="",
        via="job",
        address="",
        action="erasure.completed",
        target=erasure_id_text(now.id),
        after=certificate(finished),
    )

    async def work(changes: Changes) -> Erasure:
        done = _ours(await changes.change_erasure(finished))
        await changes.enter(entry)
        return done

    return await parts.change(work)


def certificate(erasure: Erasure) -> dict[str, Any]:
    """What is told of an erasure, and kept: nothing of it says whom it was of."""
    return {
        "kind": erasure.kind,
        "alias": erasure.alias,
        "salt": erasure.salt,
        "digest": erasure.digest,
        "inOthers": bool(erasure.in_others),
        "names": erasure.counts.names,
        "requests": erasure.counts.requests,
        "requestIds": erasure.counts.request_ids,
        "versions": erasure.counts.versions,
        "before": _told(erasure.before),
        "after": _told(erasure.after),
        "fileMentions": erasure.file_mentions,
    }


def _told(sums: Any) -> dict[str, Any] | None:
    """Amounts as text: they may be larger than what JSON readers keep exactly."""
    if sums is None:
        return None
    return {
        "requests": sums.request_count,
        "costPicousd": str(sums.cost_picousd),
        "unpricedRequests": sums.unpriced_request_count,
    }


def _ours(after: Erasure | None) -> Erasure:
    if after is None:
        raise JobStoppedError("it is done elsewhere")
    return after


ERASURES: Final = (Kind(ERASE, erase, "erase", "erase", can_be_cancelled=False),)
"""The kind of job there is of it; it counts request ids."""
