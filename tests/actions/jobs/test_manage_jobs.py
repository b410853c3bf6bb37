"""Ending the long work of a workspace."""

from __future__ import annotations

import pytest

from farthing.actions.errors import ConflictError
from farthing.actions.events.deletion_work import DELETE
from farthing.actions.jobs.manage_jobs import cancel_repricing
from farthing.actions.prices.reprice import NewRepricing, preview_repricing
from farthing.jobs.runner import next_job, run_job
from farthing.rules.job import Job
from farthing.storage.contract import Changes
from tests.installations import Installed


async def test_only_what_re_prices_is_cancelled_with_a_re_pricing(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    repricing, _ = await preview_repricing(parts, asker, NewRepricing())
    previewing = await next_job(parts)
    assert previewing is not None
    await run_job(parts, previewing)

    async def add(changes: Changes) -> Job:
        made = parts.clock.now()
        of_same_number = Job(
            workspace_id=asker.workspace.id,
            kind=DELETE,
            subject_id=repricing.id,
            created_by=asker.user.id,
            created_at=made,
        )
        return await changes.add_job(of_same_number)

    deleting = await parts.change(add)
    with pytest.raises(ConflictError, match="nothing is under way"):
        await cancel_repricing(parts, asker, repricing.id)
    assert await parts.storage.job(asker.workspace.id, deleting.id) == deleting
