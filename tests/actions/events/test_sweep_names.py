"""Unused names are cleared away by themselves, once something was deleted, and not again before the next."""

from __future__ import annotations

from pathlib import Path

from farthing.actions.events.delete_data import delete_data
from farthing.actions.events.sweep_names import SWEEP, ask_where_due
from farthing.jobs.runner import next_job, run_job
from farthing.rules.job import Job
from farthing.storage.sqlite import SqliteStorage
from tests.installations import Installed, a_call, installed, price_book

_GONE = 10
"""Nine users, and a set of flags that only the test calls had."""


async def swept(installation: Installed) -> Job | None:
    await ask_where_due(installation.parts)
    job = await next_job(installation.parts)
    return None if job is None else await run_job(installation.parts, job)


async def test_a_sweep_is_due_once_after_a_deletion(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), price_book(), data=tmp_path) as made:
        test = (a_call(external_request_id=f"t{n}", data_mode="test", user_id=f"u{n}") for n in range(9))
        await made.record(*test)
        await made.record(a_call(external_request_id="real", user_id="real-user"))
        assert await swept(made) is None
        await delete_data(made.parts, made.asker, "test", "workspace")
        made.clock.forward(1_000)
        job = await swept(made)
        assert job is not None
        assert (job.kind, job.state, job.result) == (
            SWEEP,
            "succeeded",
            {"dropped": _GONE, "isComplete": True},
        )
        assert await swept(made) is None
        await made.record(a_call(external_request_id="again", user_id="u3"))
        told = [await made.parts.storage.call_by_external_id(1, name) for name in ("again", "real")]
        assert [each and each.event.user_id for each in told] == ["u3", "real-user"]
