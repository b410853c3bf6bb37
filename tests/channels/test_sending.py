"""The loop that sends: several at once, of several processes one, and none held up by another's receiver."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from msgspec.structs import replace

from farthing.actions.channels.channel_fields import NewChannel
from farthing.actions.channels.manage_channels import add_channel
from farthing.actions.parts import Parts
from farthing.jobs.sending import sending
from tests.channels.conftest import LOOPBACK, made_sender
from tests.channels.receiver import HANG, Receiver, receiving
from tests.channels.telling import log_of, told, until, webhook
from tests.contract.outbox import message
from tests.installations import Installed, StandingClock, installed, parts_around, price_book
from tests.storages import Changed, Place

MESSAGES = 40


async def tell_many(parts: Parts, workspace_id: int) -> None:
    for number in range(MESSAGES):
        new = replace(message(str(number)), workspace_id=workspace_id, created_at=parts.clock.now())
        await Changed(parts.storage).send(new)


async def test_of_several_processes_one_sends_each_delivery(place: Place, receiver: Receiver) -> None:
    async with installed(place.storage(), price_book(), **LOOPBACK) as made, AsyncExitStack() as stack:
        workspace_id = made.membership.workspace.id
        for name in ("one", "two"):
            await webhook(made, receiver.url(f"/{name}"), name)
        others = []
        for _ in range(2):
            storage = place.storage()
            if storage is not made.parts.storage:
                await storage.open()
                stack.push_async_callback(storage.close)
            others.append(parts_around(storage, price_book(), StandingClock(), **LOOPBACK))
        await tell_many(made.parts, workspace_id)
        for parts in (made.parts, *others):
            await stack.enter_async_context(sending(parts))

        async def all_are_sent() -> bool:
            return {each.state for each in await log_of(made)} == {"sent"}

        await until(all_are_sent)
        deliveries = await log_of(made)
    assert Counter(each.key for each in receiver.posted) == Counter(each.key for each in deliveries)
    assert len(deliveries) == 2 * MESSAGES
    assert {each.attempt_count for each in deliveries} == {1}


async def test_a_receiver_that_hangs_holds_up_its_own_messages_alone(receiver: Receiver) -> None:
    async with made_sender() as made, receiving(HANG) as hanging:
        await webhook(made, hanging.url(), "hanging")
        good = await webhook(made, receiver.url(), "good")
        await tell_many(made.parts, made.membership.workspace.id)
        async with sending(made.parts):
            await until(receiver.has(MESSAGES))
            assert len(hanging.posted) == 2
            for task in asyncio.all_tasks():
                if task.get_name() == "delivery":
                    task.cancel()
        states = Counter((each.channel_id == good.channel.id, each.state) for each in await log_of(made))
    assert states[True, "sent"] == MESSAGES
    assert states[False, "sent"] == 0


async def test_what_is_under_way_when_the_server_ends_is_finished(receiver: Receiver) -> None:
    async with made_sender() as made:
        await webhook(made, receiver.url())
        await told(made)
        async with sending(made.parts):
            await until(receiver.has(1))
        (delivery,) = await log_of(made)
    assert delivery.state == "sent"


async def test_a_service_of_the_library_is_sent_to_and_its_refusals_are_told(sender: Installed) -> None:
    async with receiving(200, 500, 404, (302, {"location": "http://127.0.0.1:9/"})) as chat:
        url = f"mmost://127.0.0.1:{chat.port}/abcdefghijklmnopqrstuvwx"
        made = await add_channel(sender.parts, sender.asker, NewChannel(name="room", kind="other", url=url))
        assert made.channel.target == "mmost://127.0.0.1/…"
        for number in range(4):
            await told(sender, str(number))

        async def none_is_under_way() -> bool:
            return not {"queued", "sending"} & {each.state for each in await log_of(sender)}

        async with sending(sender.parts):
            await until(none_is_under_way, 60)
        deliveries = await log_of(sender)
    assert sorted((each.state, each.error) for each in deliveries if each.error) == [
        ("dead", "answered 302; redirects are not followed"),
        ("dead", "answered 404"),
        ("failed", "answered 500"),
    ]
    assert [each.state for each in deliveries].count("sent") == 1
    assert b"It has spent $102.00 of $100.00." in chat.posted[0].body
    assert {each.path for each in chat.posted} == {"/hooks/abcdefghijklmnopqrstuvwx"}
