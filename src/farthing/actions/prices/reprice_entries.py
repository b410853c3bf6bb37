"""What the audit log says of a re-pricing: what was asked for, and once it is over, what it changed."""

from __future__ import annotations

from typing import Any, Final

from farthing.actions.audit import Described
from farthing.actions.parts import Parts
from farthing.rules.audit import NewEntry
from farthing.rules.ids import repricing_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.money import usd_text
from farthing.rules.repricing import Repricing, RepricingState, Scope, Tally
from farthing.storage.contract import Changes

_COMPLETE: Final[dict[RepricingState, str]] = {"applied": "applied", "reverted": "reverted"}
_STOPPED: Final[dict[RepricingState, str]] = {"applying": "applied", "reverting": "reverted"}


def asked(repricing: Repricing) -> Described:
    """What a preview is for, and by which prices."""
    return {"priceBookVersion": repricing.prices_version, "note": repricing.note, **_scope(repricing.scope)}


def foreseen(repricing: Repricing) -> tuple[Described, Described]:
    """What the preview says that applying changes: before, and after."""
    if repricing.preview is None:
        return {}, {}
    return _told(repricing, repricing.preview.total)


def done(repricing: Repricing) -> tuple[Described, Described]:
    """What applying has changed: before, and after."""
    return _told(repricing, repricing.applied)


async def keep_ended(parts: Parts, before: Repricing, after: Repricing, job: Job | None) -> Repricing | None:
    """Keep what a job came to, with its audit entry; None when somebody else has changed the re-pricing.

    A preview changes nothing, and has no entry of its end.
    """
    word = _COMPLETE.get(after.state) or _STOPPED.get(before.state)
    if word is None:
        return await parts.storage.change_repricing(after)
    at = parts.clock.now()

    async def work(changes: Changes) -> Repricing | None:
        kept = await changes.change_repricing(after)
        if kept is not None:
            await changes.enter(_entry(kept, word, job, at))
        return kept

    return await parts.change(work)


def _entry(repricing: Repricing, word: str, job: Job | None, at: int) -> NewEntry:
    before, after = done(repricing)
    if word == "reverted":
        before, after = (
            after,
            before
            | {
                "reverted": repricing.reverted_count,
                "passedOver": repricing.passed_over_count,
            },
        )
        if repricing.state != "reverted" or repricing.passed_over_count:
            after = {name: value for name, value in after.items() if name not in before}
    request: dict[str, Any] = {} if job is None else job.request
    return NewEntry(
        workspace_id=repricing.workspace_id,
        occurred_at=at,
        actor=str(request.get("actor", "")),
        via="job",
        address=str(request.get("address", "")),
        action=f"repricing.{word}",
        target=repricing_id_text(repricing.id),
        before=before,
        after=after | {"complete": repricing.state == word},
    )


def _told(repricing: Repricing, tally: Tally) -> tuple[Described, Described]:
    seen = () if repricing.preview is None else repricing.preview.versions_before
    before = {
        "costUsd": usd_text(tally.cost_before_picousd),
        "unpriced": tally.unpriced_before_count,
        "priceBookVersions": list(seen),
    }
    after = {
        "costUsd": usd_text(tally.cost_after_picousd),
        "unpriced": tally.unpriced_after_count,
        "priceBookVersions": [repricing.prices_version],
    }
    return before, after | {"requests": tally.request_count, "changed": tally.changed_count}


def _scope(scope: Scope) -> Described:
    told = {
        "from": instant(scope.start),
        "to": instant(scope.end),
        "closedUntil": instant(scope.closed_until),
        "provider": list(scope.providers),
        "model": list(scope.models),
        "dataMode": list(scope.data_modes),
        "environment": list(scope.environments),
        "onlyUnpriced": scope.only_unpriced,
    }
    return {name: value for name, value in told.items() if value not in ([], False)}
