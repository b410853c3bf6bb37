"""Channels, and messages on their way to them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import asdict, replace

from farthing.rules.channel import Channel, ChannelSecret
from farthing.rules.message import Message, NewMessage
from farthing.rules.quiet_hours import QuietHours
from farthing.storage.contract import AlreadyExistsError, Changes, DeliveryQuery, Storage
from tests.contract.outbox import SECRET, channel, message
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed, Place, opened

ANY = DeliveryQuery()
pytestmark = pytest.mark.usefixtures("installed")


async def kept(storage: Storage, name: str = "on call", **fields: Any) -> Channel:
    added: Channel = await Changed(storage).add_channel(channel(name, **fields), SECRET)
    return added


async def sent(storage: Storage, new: NewMessage) -> Message | None:
    made: Message | None = await Changed(storage).send(new)
    return made


async def due(storage: Storage, at: int = AT, busy: tuple[int, ...] = ()) -> list[int]:
    """The ids of the channels that something is due to go to."""
    return [each.channel_id for each in await storage.due_deliveries(at, busy, 10)]


async def test_a_channel_is_kept_as_it_was_given_and_its_secret_apart(storage: Storage) -> None:
    quiet = QuietHours(22 * 60, 7 * 60, "Europe/Vienna")
    added = await kept(storage, quiet=quiet, is_enabled=False)
    assert added == replace(channel(quiet=quiet, is_enabled=False), id=added.id)
    assert await storage.channels(WORKSPACE_ID) == [added]
    assert await storage.channel(WORKSPACE_ID, added.id) == added
    assert (await storage.channel(WORKSPACE_ID, added.id) or added).is_enabled is False
    assert await storage.channel_secret(WORKSPACE_ID, added.id) == SECRET


async def test_another_workspace_has_none_of_it(storage: Storage) -> None:
    added = await kept(storage)
    await sent(storage, message())
    (logged,) = await storage.deliveries(WORKSPACE_ID, ANY, 10)
    other = WORKSPACE_ID + 1
    assert await storage.channels(other) == []
    assert await storage.channel(other, added.id) is None
    assert await storage.channel_secret(other, added.id) is None
    assert await storage.deliveries(other, ANY, 10) == []
    assert await storage.delivery(other, logged.delivery.id) is None
    assert await storage.change_delivery(replace(logged.delivery, workspace_id=other)) is None
    assert await Changed(storage).set_channel_secret(other, added.id, ChannelSecret()) is False
    assert await Changed(storage).change_channel(replace(added, workspace_id=other)) is None


async def test_a_name_is_there_once_until_its_channel_is_removed(storage: Storage) -> None:
    first = await kept(storage)
    other = await kept(storage, "mail")
    with pytest.raises(AlreadyExistsError):
        await kept(storage)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).change_channel(replace(other, name=first.name))
    removed = await Changed(storage).change_channel(replace(first, removed_at=AT))
    assert removed == replace(first, removed_at=AT, version=1)
    assert await storage.channel_secret(WORKSPACE_ID, first.id) is None
    assert [each.name for each in await storage.channels(WORKSPACE_ID)] == ["mail"]
    again = await kept(storage)
    assert again.id != first.id


async def test_a_channel_that_was_changed_meanwhile_is_not_changed(storage: Storage) -> None:
    seen = await kept(storage)
    assert await Changed(storage).change_channel(replace(seen, is_enabled=False)) is not None
    assert await Changed(storage).change_channel(replace(seen, name="late")) is None
    found = await storage.channel(WORKSPACE_ID, seen.id)
    assert found == replace(seen, is_enabled=False, version=1)


async def test_a_message_goes_to_every_channel_that_is_switched_on(storage: Storage) -> None:
    one, two = await kept(storage, "one"), await kept(storage, "two")
    await kept(storage, "off", is_enabled=False)
    gone = await kept(storage, "gone")
    await Changed(storage).change_channel(replace(gone, removed_at=AT))
    made = await sent(storage, message())
    assert made is not None
    assert asdict(made) == {
        name: value for name, value in (asdict(message()) | {"id": made.id}).items() if name != "channel_ids"
    }
    logged = await storage.deliveries(WORKSPACE_ID, ANY, 10)
    assert [(each.channel, each.message) for each in logged] == [(two, made), (one, made)]
    keys = {UUID(each.delivery.key) for each in logged}
    assert len(keys) == 2
    assert {each.delivery.state for each in logged} == {"queued"}


async def test_a_message_may_name_its_channels(storage: Storage) -> None:
    one, _, off = [await kept(storage, name) for name in ("one", "two", "off")]
    await Changed(storage).change_channel(replace(off, is_enabled=False))
    await sent(storage, message(channel_ids=(one.id, off.id, 999)))
    assert await due(storage) == [one.id]
    await sent(storage, message("another", channel_ids=()))
    assert await due(storage) == [one.id]


async def test_of_messages_with_one_key_the_first_is_kept(storage: Storage) -> None:
    await kept(storage)
    assert await sent(storage, message()) is not None
    assert await sent(storage, message(title="again")) is None
    assert len(await due(storage)) == 1
    assert await sent(storage, message("other")) is not None


async def test_many_who_tell_the_same_at_once_tell_it_once(place: Place, storage: Storage) -> None:
    await kept(storage)
    async with opened(place) as beside:
        told = await asyncio.gather(*(sent(each, message()) for each in (storage, beside) * 10))
        assert sum(made is not None for made in told) == 1
        assert len(await due(storage)) == 1
        if beside is storage:
            return
    async with opened(place) as beside:
        assert len(await due(beside)) == 1


async def test_what_fails_tells_nobody(storage: Storage) -> None:
    await kept(storage)

    async def work(changes: Changes) -> None:
        await changes.send(message())
        raise RuntimeError("what it tells of did not happen")

    with pytest.raises(RuntimeError):
        await storage.change(work)
    assert await due(storage) == []
    assert await sent(storage, message()) is not None


async def test_deliveries_are_due_from_their_time_on_those_of_busy_channels_later(storage: Storage) -> None:
    one, two = await kept(storage, "one"), await kept(storage, "two")
    await sent(storage, message("late", created_at=AT + 5, channel_ids=(one.id,)))
    await sent(storage, message("now", channel_ids=(two.id,)))
    assert await due(storage, AT - 1) == []
    assert await due(storage) == [two.id]
    assert await due(storage, AT + 5) == [two.id, one.id]
    assert await due(storage, AT + 5, (two.id,)) == [one.id]
    assert len(await storage.due_deliveries(AT + 5, (), 1)) == 1


async def test_whoever_takes_a_delivery_has_it_alone_until_its_time_is_up(storage: Storage) -> None:
    await kept(storage)
    await sent(storage, message())
    (seen,) = await storage.due_deliveries(AT, (), 10)
    mine = replace(seen, state="sending", next_at=AT + 100, attempt_count=1)
    both = await asyncio.gather(storage.change_delivery(mine), storage.change_delivery(mine))
    (taken,) = [each for each in both if each is not None]
    assert taken == replace(mine, version=1)
    assert await due(storage, AT + 99) == []
    assert await storage.due_deliveries(AT + 100, (), 10) == [taken]
    ended = await storage.change_delivery(replace(taken, state="sent", next_at=None, finished_at=AT))
    assert ended is not None
    assert await due(storage, AT + 1_000) == []


async def test_the_log_is_newest_first_in_pages_and_by_state_and_channel(storage: Storage) -> None:
    one, two = await kept(storage, "one"), await kept(storage, "two")
    for number in range(3):
        await sent(storage, message(str(number)))
    every = await storage.deliveries(WORKSPACE_ID, ANY, 10)
    ids = [each.delivery.id for each in every]
    assert len(ids) == 6
    assert ids == sorted(ids, reverse=True)
    page = await storage.deliveries(WORKSPACE_ID, DeliveryQuery(before_id=ids[3]), 1)
    assert page == every[4:5]
    of_two = await storage.deliveries(WORKSPACE_ID, DeliveryQuery(channel_id=two.id), 10)
    assert {each.channel.id for each in of_two} == {two.id}
    dead = replace(every[0].delivery, state="dead", error="no", next_at=None)
    assert await storage.change_delivery(dead) is not None
    (found,) = await storage.deliveries(WORKSPACE_ID, DeliveryQuery(state="dead"), 10)
    assert (found.delivery.id, found.delivery.error) == (ids[0], "no")
    assert await storage.delivery(WORKSPACE_ID, ids[0]) == found
    assert one.id in {each.channel.id for each in every}


async def test_old_messages_are_forgotten_with_their_deliveries(storage: Storage) -> None:
    await kept(storage)
    await sent(storage, message("old"))
    await sent(storage, message("new", created_at=AT + 1))
    assert await storage.forget_messages(AT + 1) == 1
    (left,) = await storage.deliveries(WORKSPACE_ID, ANY, 10)
    assert left.message.dedupe_key == "new"
    assert await sent(storage, message("old")) is not None
