"""kill -9 while messages are being sent: each arrives, once or more, and always known by the same id.

So does the summary of them all, which is written meanwhile, once.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from farthing.actions.alerts.manage_settings import add_rule
from farthing.actions.alerts.setting_fields import RuleFields
from farthing.actions.channels.channel_fields import NewChannel
from farthing.actions.channels.deliver import LEASE_MS
from farthing.actions.channels.manage_channels import add_channel
from farthing.storage.contract import DeliveryQuery, LoggedDelivery, Storage
from farthing.storage.sqlite import SqliteStorage
from tests.channels.conftest import LOOPBACK
from tests.channels.receiver import HANG, Receiver, Told, receiving
from tests.channels.telling import until, webhook
from tests.contract.outbox import message
from tests.installations import installed, price_book
from tests.people.post_office import PostOffice, post_office
from tests.processes import serving
from tests.storages import Changed

MESSAGES = 30
FILE = "farthing.db"
pytestmark = pytest.mark.crash


async def filled(data: Path, receiver: Receiver, office: PostOffice) -> int:
    """Two channels with messages that have been due for long, as their summary has; the workspace."""
    settings = LOOPBACK | office.settings
    async with installed(SqliteStorage(data / FILE), price_book(), **settings) as made:
        workspace_id = made.membership.workspace.id
        await webhook(made, receiver.url())
        mail = NewChannel(name="mail", kind="email", addresses=["ada@example.com"])
        await add_channel(made.parts, made.asker, mail)
        daily = RuleFields(name="Morning", delivery="daily", send_at="09:00", timezone="UTC")
        for rule in (RuleFields(name="At once"), daily):
            await add_rule(made.parts, made.asker, rule)
        for number in range(MESSAGES):
            await Changed(made.parts.storage).send(replace(message(str(number)), workspace_id=workspace_id))
    return workspace_id


async def log_in(storage: Storage, workspace_id: int) -> list[LoggedDelivery]:
    return await storage.deliveries(workspace_id, DeliveryQuery(), 1_000)


async def test_each_message_arrives_with_the_same_id_though_servers_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as receiver, post_office() as office:
        workspace_id = await filled(tmp_path, receiver, office)
        for name, value in (LOOPBACK | office.settings).items():
            monkeypatch.setenv(f"FARTHING_{name.upper()}", json.dumps(value).strip('"'))
        scripts: list[tuple[list[Told], int]] = [([200], 7), ([200, 200, HANG], 4)]
        for script, more in scripts:
            receiver.script = script
            with serving(tmp_path) as server:
                await until(receiver.has(len(receiver.posted) + more))
                server.process.kill()
        receiver.script = [200]
        storage = SqliteStorage(tmp_path / FILE)
        await storage.open()
        taken = [each for each in await log_in(storage, workspace_id) if each.delivery.state == "sending"]
        assert taken, "it was killed while nothing was on its way"

        async def all_are_sent() -> bool:
            logged = await log_in(storage, workspace_id)
            return len(logged) > 2 * MESSAGES and {each.delivery.state for each in logged} == {"sent"}

        with serving(tmp_path):
            await until(all_are_sent, LEASE_MS / 1_000 + 30)
        logged = await log_in(storage, workspace_id)
        await storage.close()
    by_webhook = {each.delivery.key for each in logged if each.channel.kind == "webhook"}
    by_mail = {f"<{each.delivery.key}@farthing.invalid>" for each in logged if each.channel.kind == "email"}
    assert len(by_webhook) == len(by_mail) == MESSAGES + 1
    (summary,) = {
        each.message.id: each.message for each in logged if each.message.kind == "digest.daily"
    }.values()
    assert summary.data["count"] == MESSAGES
    assert {each.key for each in receiver.posted} == by_webhook
    assert len(receiver.posted) > MESSAGES + 1  # what was on its way came again
    assert {mail["message-id"] for mail in office.mails} == by_mail
    assert len({(each.key, each.body) for each in receiver.posted}) == MESSAGES + 1
