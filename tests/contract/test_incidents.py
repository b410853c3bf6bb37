"""Incidents, mutes, and what is known of watched places."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from farthing.rules.incidents import Incident
from farthing.rules.kept_incident import KeptIncident, Watch
from farthing.rules.periods import HOUR_MS
from farthing.storage.contract import Changes, IncidentQuery, Storage
from tests.contract.incidents import incident, later, learnt, mute
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

EVERY = IncidentQuery()
pytestmark = pytest.mark.usefixtures("installed")


async def kept(storage: Storage, new: KeptIncident) -> KeptIncident:
    added: KeptIncident = await Changed(storage).add_incident(new)
    return added


async def test_an_incident_is_kept_as_it_was_given_and_nobody_elses(storage: Storage) -> None:
    added = await kept(storage, incident())
    assert added == replace(incident(), id=added.id)
    assert await storage.incident(WORKSPACE_ID, added.id) == added
    assert await storage.incidents(WORKSPACE_ID, EVERY, 10) == [added]
    assert await storage.lively_incidents(WORKSPACE_ID, AT) == [added]
    other = WORKSPACE_ID + 1
    assert await storage.incident(other, added.id) is None
    assert await storage.incidents(other, EVERY, 10) == []
    assert await storage.lively_incidents(other, 0) == []
    assert await Changed(storage).mark_incident(replace(added, workspace_id=other)) is None


async def test_the_watcher_and_people_do_not_overwrite_each_other(storage: Storage) -> None:
    added = await kept(storage, incident())
    marked = await Changed(storage).mark_incident(
        replace(later(added, 9), acknowledged_by=1, acknowledged_at=AT, snoozed_until=AT + 1)
    )
    assert marked is not None
    await Changed(storage).update_incident(replace(later(added, 1), told="warning"))
    stored = await storage.incident(WORKSPACE_ID, added.id)
    assert stored == replace(
        later(added, 1),
        told="warning",
        acknowledged_by=1,
        acknowledged_at=AT,
        snoozed_until=AT + 1,
        version=added.version + 1,
    )
    assert await Changed(storage).mark_incident(added) is None


async def test_lists_are_filtered_newest_first_and_paged(storage: Storage) -> None:
    first = await kept(storage, incident("a"))
    second = await kept(storage, incident("b", acknowledged_by=1, acknowledged_at=AT, what=_opened("b", 1)))
    over = replace(_opened("c", 2), ended_at=AT + 2, last_at=AT + 2)
    third = await kept(storage, incident("c", what=over))
    for query, found in (
        (EVERY, [third, second, first]),
        (IncidentQuery(before_id=third.id), [second, first]),
        (IncidentQuery(state="open"), [first]),
        (IncidentQuery(state="acknowledged"), [second]),
        (IncidentQuery(state="closed"), [third]),
        (IncidentQuery(signal="spend", since=AT + 1), [third, second]),
        (IncidentQuery(signal="silence"), []),
    ):
        assert await storage.incidents(WORKSPACE_ID, query, 10) == found, query
    assert await storage.incidents(WORKSPACE_ID, EVERY, 1) == [third]
    assert await storage.lively_incidents(WORKSPACE_ID, AT + 1) == [first, second, third]
    assert await storage.lively_incidents(WORKSPACE_ID, AT + 2) == [first, second]


async def test_of_two_that_looked_at_once_one_keeps_what_came_of_it(storage: Storage) -> None:
    assert await storage.watch(WORKSPACE_ID) is None
    seen = Watch(workspace_id=WORKSPACE_ID, since=AT, looked_at=AT, place_count=3, floor_picousd=2**60)
    for after in (seen, replace(seen, looked_at=AT + 1, version=1)):

        async def look(changes: Changes, after: Watch = after) -> bool:
            if await changes.keep_watch(after) is None:
                return False
            await changes.add_incident(incident(what=_opened("a", after.version)))
            return True

        assert sorted(await asyncio.gather(storage.change(look), storage.change(look))) == [False, True]
        assert await storage.watch(WORKSPACE_ID) == replace(after, version=after.version + 1)
    assert len(await storage.incidents(WORKSPACE_ID, EVERY, 10)) == 2
    assert await storage.watch(WORKSPACE_ID + 1) is None


async def test_mutes_hold_until_their_end_or_until_they_are_ended(storage: Storage) -> None:
    long = await Changed(storage).add_mute(mute(until=AT + 2 * HOUR_MS))
    short = await Changed(storage).add_mute(mute(place=()))
    assert await storage.mutes(WORKSPACE_ID, AT) == [long, short]
    assert await storage.mutes(WORKSPACE_ID, AT + HOUR_MS) == [long]
    assert await storage.mutes(WORKSPACE_ID + 1, AT) == []
    assert await Changed(storage).end_mute(WORKSPACE_ID + 1, long.id, AT) is False
    assert await Changed(storage).end_mute(WORKSPACE_ID, long.id, AT) is True
    assert await Changed(storage).end_mute(WORKSPACE_ID, long.id, AT) is False
    assert await storage.mutes(WORKSPACE_ID, AT) == [short]


async def test_what_is_learnt_takes_the_place_of_what_was_and_goes_with_age(storage: Storage) -> None:
    old, other = learnt((), AT), learnt(at=AT + 1)
    await storage.keep_learnt(WORKSPACE_ID, [old, other], 0)
    assert {each.place: each for each in await storage.learnt(WORKSPACE_ID)} == {(): old, other.place: other}
    newer = learnt(at=AT + 5)
    await storage.keep_learnt(WORKSPACE_ID, [newer], AT + 1)
    assert await storage.learnt(WORKSPACE_ID) == [newer]
    assert await storage.learnt(WORKSPACE_ID + 1) == []


def _opened(name: str, ms: int) -> Incident:
    what = incident(name).what
    return replace(what, opened_at=AT + ms, last_at=AT + ms)
