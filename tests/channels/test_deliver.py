"""Messages on their way: signed, tried again, given up, held back at night."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from farthing.actions.channels.channel_fields import ChannelChange, NewChannel, QuietFields
from farthing.actions.channels.deliver import LEASE_MS
from farthing.actions.channels.delivery_log import retry_delivery
from farthing.actions.channels.forget_messages import KEPT_DAYS, forget_messages
from farthing.actions.channels.manage_channels import add_channel, change_channel, remove_channel
from farthing.actions.channels.rotate_secret import rotate_secret
from farthing.actions.channels.send_test import send_test
from farthing.actions.errors import ConflictError
from farthing.rules.channel import Delivery
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.rules.retries import ATTEMPTS_MAX, wait_ms
from farthing.storage.contract import StorageUnavailableError
from tests.channels.receiver import DROP, HANG, Receiver
from tests.channels.telling import deliver_due, log_of, the_delivery, told, webhook
from tests.installations import NOW, Installed
from tests.people.post_office import PostOffice

SECOND = 1_000


async def test_a_webhook_is_signed_as_the_scheme_says(sender: Installed, receiver: Receiver) -> None:
    made = await webhook(sender, receiver.url("/hook?team=1"))
    message = await told(sender)
    assert await deliver_due(sender) == 1
    (posted,) = receiver.posted
    assert made.signing_secret is not None
    delivery = await the_delivery(sender)
    assert posted.verified(made.signing_secret) == {
        "version": 1,
        "id": delivery.key,
        "type": "budget.exceeded",
        "timestamp": "2026-03-01T12:00:00Z",
        "severity": "critical",
        "workspace": {"id": sender.membership.workspace.public_id, "name": "Analytical"},
        "title": message.title,
        "text": message.text,
        "url": "https://costs.example.com/?range=mtd",
        "facts": [{"label": "Spent", "value": "$102.00"}, {"label": "Limit", "value": "$100.00"}],
        "data": {"spentUsd": "102", "nested": [1, None]},
    }
    assert (posted.path, posted.headers["content-type"]) == ("/hook?team=1", "application/json")
    assert posted.headers["user-agent"].startswith("Farthing/")
    assert str(UUID(posted.key)) == delivery.key
    assert (delivery.state, delivery.finished_at, delivery.attempt_count) == ("sent", NOW, 1)
    assert await deliver_due(sender) == 0


async def test_what_was_changed_on_the_way_is_not_verified(sender: Installed, receiver: Receiver) -> None:
    made = await webhook(sender, receiver.url())
    await told(sender)
    await deliver_due(sender)
    (posted,) = receiver.posted
    secret = made.signing_secret or ""
    other = (await rotate_secret(sender.parts, sender.asker, made.channel.id)).signing_secret or ""
    for forged in (replace_body(posted.body), posted.body + b" "):
        with pytest.raises(Exception, match="No matching signature"):
            type(posted)(posted.path, posted.headers, forged).verified(secret)
    with pytest.raises(Exception, match="No matching signature"):
        posted.verified(other)
    with pytest.raises(Exception, match="too old"):
        posted.verified(secret, NOW + HOUR_MS)


def replace_body(body: bytes) -> bytes:
    return body.replace(b"102", b"103")


async def test_while_a_secret_is_changed_both_sign_and_then_the_new_one(
    sender: Installed, receiver: Receiver
) -> None:
    made = await webhook(sender, receiver.url())
    first = made.signing_secret or ""
    second = (await rotate_secret(sender.parts, sender.asker, made.channel.id, 2)).signing_secret or ""
    await told(sender)
    await deliver_due(sender)
    for secret in (first, second):
        receiver.posted[0].verified(secret)
    sender.clock.forward(2 * HOUR_MS)
    await told(sender, "two")
    await deliver_due(sender)
    receiver.posted[1].verified(second, sender.clock.now())
    with pytest.raises(Exception, match="No matching signature"):
        receiver.posted[1].verified(first, sender.clock.now())
    third = (await rotate_secret(sender.parts, sender.asker, made.channel.id, 0)).signing_secret or ""
    await told(sender, "three")
    await deliver_due(sender)
    assert len(receiver.posted[2].headers["webhook-signature"].split()) == 1
    receiver.posted[2].verified(third, sender.clock.now())


async def test_a_mail_arrives_as_text_and_html_known_by_the_delivery(
    sender: Installed, office: PostOffice
) -> None:
    people = NewChannel(name="team", kind="email", addresses=["ada@example.com", "bob@example.com"])
    await add_channel(sender.parts, sender.asker, people)
    await told(sender, title="Spent <b>\nmore", text="One.\nTwo & three.")
    await deliver_due(sender)
    (mail,) = office.mails
    delivery = await the_delivery(sender)
    assert mail["message-id"] == f"<{delivery.key}@farthing.invalid>"
    assert (mail["to"], mail["subject"]) == ("ada@example.com, bob@example.com", "Spent <b> more")
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Spent: $102.00\r\nLimit: $100.00" in text.get_content()
    assert "https://costs.example.com/?range=mtd" in text.get_content()
    assert "<p>Two &amp; three.</p>" in html.get_content()
    assert "Spent &lt;b&gt;" in html.get_content()
    assert delivery.state == "sent"


async def test_mail_that_is_refused_for_good_is_given_up_and_other_failures_pass(
    sender: Installed, office: PostOffice
) -> None:
    people = NewChannel(name="team", kind="email", addresses=["ada@example.com"])
    await add_channel(sender.parts, sender.asker, people)
    office.refuses = True
    await told(sender)
    await deliver_due(sender)
    delivery = await the_delivery(sender)
    assert (delivery.state, delivery.error) == ("dead", "the mail server answered 554")


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429, HANG, DROP])
async def test_a_passing_failure_is_tried_again_with_the_same_id_and_text(
    sender: Installed, receiver: Receiver, status: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.notify.webhook._SECONDS_MAX", 0.3)
    receiver.script = [status, 200]
    await webhook(sender, receiver.url())
    await told(sender)
    await deliver_due(sender)
    failed = await the_delivery(sender)
    assert (failed.state, failed.attempt_count, failed.finished_at) == ("failed", 1, None)
    assert failed.error
    assert failed.next_at is not None
    assert NOW + 8 * SECOND <= failed.next_at <= NOW + 12 * SECOND
    assert await deliver_due(sender) == 0
    sender.clock.at = failed.next_at
    await deliver_due(sender)
    sent = await the_delivery(sender)
    assert (sent.state, sent.error) == ("sent", None)
    first, second = receiver.posted
    assert (first.key, first.body) == (second.key, second.body)
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 301, 302, 307, 308])
async def test_a_lasting_refusal_is_given_up_at_once(
    sender: Installed, receiver: Receiver, status: int
) -> None:
    receiver.script = [(status, {"location": receiver.url("/elsewhere")})]
    await webhook(sender, receiver.url())
    await told(sender)
    await deliver_due(sender)
    dead = await the_delivery(sender)
    assert (dead.state, dead.next_at, dead.attempt_count) == ("dead", None, 1)
    assert dead.error is not None
    assert dead.error.startswith(f"answered {status}")
    assert [each.path for each in receiver.posted] == ["/hook"]


async def test_a_receiver_is_left_alone_for_as_long_as_it_asks(sender: Installed, receiver: Receiver) -> None:
    receiver.script = [(429, {"retry-after": "600"}), (503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})]
    await webhook(sender, receiver.url())
    await told(sender)
    await deliver_due(sender)
    first = await the_delivery(sender)
    assert first.next_at == NOW + 600 * SECOND
    sender.clock.at = first.next_at
    await deliver_due(sender)
    second = await the_delivery(sender)
    assert second.next_at is not None
    assert second.next_at - sender.clock.at <= 48 * SECOND


async def test_after_ten_attempts_it_is_given_up_and_sent_again_when_somebody_asks(
    sender: Installed, receiver: Receiver
) -> None:
    receiver.script = [*[500] * ATTEMPTS_MAX, 200]
    await webhook(sender, receiver.url())
    await told(sender)
    while await deliver_due(sender):
        found = await the_delivery(sender)
        sender.clock.at = found.next_at or sender.clock.at
    dead = await the_delivery(sender)
    assert (dead.state, dead.attempt_count) == ("dead", ATTEMPTS_MAX)
    assert dead.error == "answered 500; given up after 10 attempts"
    assert 17 * HOUR_MS < sender.clock.at - NOW < 27 * HOUR_MS
    await retry_delivery(sender.parts, sender.asker, dead.id)
    await deliver_due(sender)
    sent = await the_delivery(sender)
    assert (sent.state, sent.attempt_count) == ("sent", 1)
    assert {each.key for each in receiver.posted} == {sent.key}
    with pytest.raises(ConflictError, match="is sent"):
        await retry_delivery(sender.parts, sender.asker, sent.id)


def test_waits_grow_and_end_at_six_hours() -> None:
    waits = [wait_ms(attempt, 0.5) // SECOND for attempt in range(1, 12)]
    assert waits == [10, 40, 160, 640, 2_560, 10_240, 21_600, 21_600, 21_600, 21_600, 21_600]
    assert (wait_ms(1, 0.0), wait_ms(1, 1.0)) == (8 * SECOND, 12 * SECOND)
    assert wait_ms(1, 0.5, 3.0) == 10 * SECOND
    assert wait_ms(1, 0.5, 1e9) == DAY_MS


async def test_what_a_process_that_died_had_taken_is_sent_when_its_lease_is_over(
    sender: Installed, receiver: Receiver
) -> None:
    await webhook(sender, receiver.url())
    await told(sender)
    (seen,) = await sender.parts.storage.due_deliveries(NOW, (), 10)
    taken = replace(seen, state="sending", next_at=NOW + LEASE_MS, attempt_count=1)
    assert await sender.parts.storage.change_delivery(taken) is not None
    assert await deliver_due(sender) == 0
    sender.clock.forward(LEASE_MS)
    await deliver_due(sender)
    assert (await the_delivery(sender)).state == "sent"
    assert [each.key for each in receiver.posted] == [seen.key]


async def test_a_channel_that_is_off_or_gone_gets_nothing_more(sender: Installed, receiver: Receiver) -> None:
    off = await webhook(sender, receiver.url(), "off")
    gone = await webhook(sender, receiver.url(), "gone")
    await told(sender)
    await change_channel(sender.parts, sender.asker, off.channel.id, ChannelChange(is_enabled=False))
    await remove_channel(sender.parts, sender.asker, gone.channel.id)
    await deliver_due(sender)
    assert receiver.posted == []
    dead = await log_of(sender)
    assert [(each.state, each.error) for each in dead] == [
        ("dead", "the channel was switched off"),
        ("dead", "the channel was removed"),
    ]
    with pytest.raises(ConflictError, match="removed or switched off"):
        await retry_delivery(sender.parts, sender.asker, dead[0].id)


async def test_at_night_only_what_is_critical_is_sent(sender: Installed, receiver: Receiver) -> None:
    quiet = QuietFields("22:00", "07:00", "Asia/Kathmandu")
    await webhook(sender, receiver.url(), quiet_hours=quiet)
    sender.clock.at = NOW + 6 * HOUR_MS  # 18:00 UTC, 23:45 there
    await told(sender, "bad", severity="critical")
    await told(sender, "so so", severity="warning")
    await deliver_due(sender)
    assert len(receiver.posted) == 1
    held = (await log_of(sender))[1]
    morning = NOW + 13 * HOUR_MS + HOUR_MS // 4  # 01:15 UTC, 7:00 there
    assert (held.state, held.attempt_count, held.next_at) == ("queued", 0, morning)
    sender.clock.at = morning
    await deliver_due(sender)
    assert len(receiver.posted) == 2


async def test_a_test_is_sent_at_once_and_says_what_happened(sender: Installed, receiver: Receiver) -> None:
    made = await webhook(sender, receiver.url(), is_enabled=False)
    receiver.script = [200, 404]
    good = await send_test(sender.parts, sender.asker, made.channel.id)
    assert (good.outcome.is_sent, good.outcome.reason) == (True, "answered 200")
    told = receiver.posted[0].verified(made.signing_secret or "")
    assert (told["type"], told["severity"]) == ("channel.tested", "info")
    bad = await send_test(sender.parts, sender.asker, made.channel.id)
    assert (bad.outcome.is_sent, bad.outcome.is_lasting, bad.outcome.reason) == (False, True, "answered 404")
    assert await log_of(sender) == []


async def test_messages_are_forgotten_after_ninety_days(sender: Installed, receiver: Receiver) -> None:
    await webhook(sender, receiver.url())
    await told(sender)
    sender.clock.forward(KEPT_DAYS * DAY_MS)
    await forget_messages(sender.parts)
    assert len(await log_of(sender)) == 1
    sender.clock.forward(1)
    await forget_messages(sender.parts)
    assert await log_of(sender) == []


async def test_an_attempt_whose_end_could_not_be_kept_is_made_again(
    sender: Installed, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await webhook(sender, receiver.url())
    await told(sender)
    storage, plainly = sender.parts.storage, sender.parts.storage.change_delivery

    async def fail_at_the_end(after: Delivery) -> Delivery | None:
        if after.state == "sent":
            raise StorageUnavailableError("the disk is full")
        return await plainly(after)

    monkeypatch.setattr(storage, "change_delivery", fail_at_the_end)
    with pytest.raises(StorageUnavailableError):
        await deliver_due(sender)
    monkeypatch.undo()
    sender.clock.forward(LEASE_MS)
    await deliver_due(sender)
    assert len({each.key for each in receiver.posted}) == 1
    assert len(receiver.posted) == 2
