"""Alerts that nothing else tells of, summaries and the weekly report: each once, whoever looks how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.actions.alerts.by_itself import evaluate, send_summaries
from farthing.actions.alerts.manage_settings import (
    SettingsChange,
    add_rule,
    add_unit_cost,
    change_rule,
    change_settings,
)
from farthing.actions.alerts.setting_fields import ReportFields, RuleFields, UnitCostFields
from farthing.actions.channels.channel_fields import NewChannel, QuietFields
from farthing.actions.channels.manage_channels import add_channel
from farthing.actions.errors import InvalidInputError
from farthing.rules.ids import channel_id_text
from farthing.rules.instants import instant
from farthing.rules.message import Message
from farthing.rules.periods import DAY_MS, HOUR_MS, MINUTE_MS
from farthing.storage.contract import AlertQuery, DeliveryQuery
from tests.channels.receiver import Receiver
from tests.channels.telling import deliver_due, told, webhook
from tests.contract.repricings import job
from tests.installations import NOW, Installed, a_call
from tests.people.post_office import PostOffice
from tests.storages import Changed


async def inbox(made: Installed, **asked: Any) -> list[Message]:
    """Oldest first."""
    query = AlertQuery(now=made.clock.now(), **asked)
    found = await made.parts.storage.alerts(made.membership.workspace.id, query, 100)
    return [each.message for each in reversed(found)]


async def spend(made: Installed, count: int, tokens: int, **fields: Any) -> None:
    at = instant(made.clock.now() - MINUTE_MS)
    calls = [
        a_call(created_at=at, input_tokens=tokens, output_tokens=0, user_id=f"u{n}", **fields)
        for n in range(count)
    ]
    await made.record(*calls)


async def test_a_unit_cost_is_told_of_once_until_it_is_worse_and_again_when_it_was_back(
    sender: Installed,
) -> None:
    # gpt-4o-mini costs 0.15 USD a million tokens: 0.00015 a request of 1,000.
    limit = UnitCostFields(
        name="Summaries",
        metric="costPerRequest",
        warning_usd="0.0002",
        critical_usd="0.0008",
        window_hours=1,
        requests_min=3,
        filters={"endpointTag": "checkout.ai_summary"},
    )
    rule = await add_unit_cost(sender.parts, sender.asker, limit)
    await spend(sender, 1, 1_000_000)
    await spend(sender, 9, 900_000, endpoint_tag="elsewhere")
    await evaluate(sender.parts)
    assert await inbox(sender) == []  # too few
    await spend(sender, 299, 1_000)
    for _ in range(3):
        await asyncio.gather(evaluate(sender.parts), evaluate(sender.parts))
        sender.clock.forward(MINUTE_MS)
    (warned,) = await inbox(sender)
    assert (warned.kind, warned.severity) == ("unit_cost.exceeded", "warning")
    assert warned.title == "Summaries: $0.000650 for each request is above $0.0002"
    assert ("endpointTag", "checkout.ai_summary") in warned.filters
    assert "endpointTag=checkout.ai_summary" in warned.path
    await spend(sender, 10, 1_000_000)
    await evaluate(sender.parts)
    _, worse = await inbox(sender)
    assert (worse.severity, worse.incident_key) == ("critical", warned.incident_key)
    sender.clock.forward(2 * HOUR_MS)
    await spend(sender, 3, 1_250)  # 0.0001875: below the limit, and not a tenth below it
    await evaluate(sender.parts)
    sender.clock.forward(2 * HOUR_MS)
    await spend(sender, 3, 1_000_000)
    await evaluate(sender.parts)
    assert len(await inbox(sender)) == 2
    sender.clock.forward(2 * HOUR_MS)
    await spend(sender, 3, 10)
    await evaluate(sender.parts)
    await spend(sender, 3, 1_000_000)
    await evaluate(sender.parts)
    assert (await inbox(sender))[2].incident_key not in (warned.incident_key, None)
    assert rule.warning_picousd == 200_000_000


async def test_what_is_wrong_with_a_limit_is_said_with_its_field(sender: Installed) -> None:
    bad = UnitCostFields(
        name=" ",
        metric="cost",
        warning_usd="1e3",
        critical_usd="0",
        window_hours=721,
        requests_min=0,
    )
    with pytest.raises(InvalidInputError) as refused:
        await add_unit_cost(sender.parts, sender.asker, bad)
    assert {each.field for each in refused.value.problems} == {
        "name",
        "metric",
        "warningUsd",
        "criticalUsd",
        "windowHours",
        "requestsMin",
    }


async def test_a_model_without_a_price_is_told_of_when_it_is_new(sender: Installed) -> None:
    await spend(sender, 2, 10, model="own-1", provider="acme")
    await spend(sender, 1, 10, model="own-2", provider="acme", data_mode="test")
    for _ in range(2):
        await asyncio.gather(*(evaluate(sender.parts) for _ in range(3)))
    (one,) = await inbox(sender)
    assert one.title == "acme/own-1 has no price"
    assert dict(one.filters) == {"provider": "acme", "model": "own-1", "pricingStatus": "!priced"}
    await spend(sender, 1, 10, model="own-3", provider="acme")
    await spend(sender, 1, 10, model="own-4", provider="acme")
    await evaluate(sender.parts)
    _, two = await inbox(sender)
    assert two.title == "2 models have no price"
    await change_settings(sender.parts, sender.asker, SettingsChange(unpriced_models=False))
    await spend(sender, 1, 10, model="own-5", provider="acme")
    await evaluate(sender.parts)
    assert len(await inbox(sender)) == 2


async def test_a_job_that_failed_is_told_of_once_and_not_of_last_week(sender: Installed) -> None:
    workspace_id = sender.membership.workspace.id
    for days, state in ((0, "failed"), (0, "succeeded"), (7, "failed")):
        ended = job(workspace_id=workspace_id, state=state, error="no disk", finished_at=NOW - days * DAY_MS)
        await Changed(sender.parts.storage).add_job(ended)
    for _ in range(3):
        await asyncio.gather(evaluate(sender.parts), evaluate(sender.parts))
        sender.clock.forward(MINUTE_MS)
    (only,) = await inbox(sender)
    assert (only.kind, only.data["error"]) == ("job.failed", "no disk")


async def test_the_score_of_a_day_is_looked_at_once_it_is_over(sender: Installed) -> None:
    await change_settings(sender.parts, sender.asker, SettingsChange(quality_score_min=100))
    await spend(sender, 100, 10, tenant_id=None)
    for _ in range(2):
        await evaluate(sender.parts)
    assert await inbox(sender) == []
    sender.clock.forward(DAY_MS)
    for _ in range(2):
        await evaluate(sender.parts)
    (only,) = await inbox(sender)
    assert only.dedupe_key == "quality:2026-03-01"
    assert only.window == (NOW - 12 * HOUR_MS, NOW + 12 * HOUR_MS)


async def test_a_summary_arrives_once_by_webhook_and_mail_and_waits_for_the_end_of_quiet_hours(
    sender: Installed, receiver: Receiver, office: PostOffice
) -> None:
    hook = await webhook(sender, receiver.url())
    mail = NewChannel(
        name="mail",
        kind="email",
        addresses=["cfo@example.com"],
        quiet_hours=QuietFields("08:00", "10:00", "UTC"),
    )
    mailed = (await add_channel(sender.parts, sender.asker, mail)).channel
    daily = RuleFields(name="Morning", delivery="daily", send_at="09:00", timezone="UTC")
    rule = await add_rule(sender.parts, sender.asker, daily)
    await told(sender, "one", severity="warning", kind="budget.warning")
    await told(sender, "two")
    assert await deliver_due(sender) == 0
    await send_summaries(sender.parts)
    sender.clock.forward(21 * HOUR_MS)  # 9:00
    await asyncio.gather(*(send_summaries(sender.parts) for _ in range(3)))
    await deliver_due(sender)
    (posted,) = receiver.posted
    body = posted.verified(hook.signing_secret or "", sender.clock.now())
    assert (body["type"], body["data"]["count"], office.mails) == ("digest.daily", 2, [])
    assert body["title"] == "Daily summary “Morning”: 2 alerts, the worst critical"
    sender.clock.forward(HOUR_MS)
    await deliver_due(sender)
    (letter,) = office.mails
    assert "Daily summary" in letter["subject"]
    sender.clock.forward(3 * DAY_MS)  # nothing was told: nothing is sent
    await send_summaries(sender.parts)
    await told(sender, "three", created_at=sender.clock.now())
    until = instant(sender.clock.now() + 2 * DAY_MS)
    await change_rule(sender.parts, sender.asker, rule.id, {"mutedUntil": until})
    sender.clock.forward(DAY_MS)
    await send_summaries(sender.parts)
    assert len(await inbox(sender, kind="digest.daily")) == 1
    sender.clock.forward(DAY_MS)
    for _ in range(2):
        await send_summaries(sender.parts)
    _, second = await inbox(sender, kind="digest.daily")
    assert second.data["count"] == 1
    assert mailed.id != hook.channel.id


async def test_the_weekly_report_compares_complete_weeks_and_goes_once_a_week_to_its_channels(
    sender: Installed, receiver: Receiver
) -> None:
    hook = await webhook(sender, receiver.url())
    await webhook(sender, receiver.url("/other"), "other")
    for days, count, endpoint in ((9, 4, "a"), (2, 6, "a"), (3, 2, "b"), (0, 5, "today")):
        at = instant(NOW + DAY_MS - days * DAY_MS)
        await sender.record(
            *(
                a_call(created_at=at, input_tokens=10**6, output_tokens=0, endpoint_tag=endpoint)
                for _ in range(count)
            )
        ) if days else None
    report = ReportFields(
        send_at="08:00",
        timezone="Asia/Kathmandu",
        weekday="monday",
        channel_ids=[channel_id_text(hook.channel.id)],
    )
    await change_settings(sender.parts, sender.asker, SettingsChange(report=report))
    await send_summaries(sender.parts)
    assert await inbox(sender) == []
    sender.clock.forward(DAY_MS)  # Monday, 12:00 UTC
    for _ in range(2):
        await asyncio.gather(*(send_summaries(sender.parts) for _ in range(3)))
    (only,) = await inbox(sender)
    assert only.dedupe_key == f"report.weekly:{NOW + 14 * HOUR_MS + 15 * MINUTE_MS}"
    assert only.data["range"] == {"from": "2026-02-23T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    assert only.data["week"]["spendUsd"] == "1.2"
    assert only.data["weekBefore"] == {
        "spendUsd": "0.6",
        "requests": 4,
        "costPerRequestUsd": "0.15",
        "unpricedRequests": 0,
    }
    changes = {each["what"]: each["changeUsd"] for each in only.data["drivers"]}
    assert (changes["endpoint a"], changes["endpoint b"]) == ("0.3", "0.3")
    assert only.title.startswith("Week 2026-02-23 to 2026-03-01: $1.20, 100 % more")
    (logged,) = await sender.parts.storage.deliveries(sender.membership.workspace.id, DeliveryQuery(), 10)
    assert logged.channel == hook.channel
    sender.clock.forward(21 * DAY_MS)  # nobody was there for three weeks
    await send_summaries(sender.parts)
    assert len(await inbox(sender)) == 2


async def test_rules_decide_what_a_channel_is_told_and_settings_have_versions(
    sender: Installed, receiver: Receiver
) -> None:
    hook = await webhook(sender, receiver.url())
    only_critical = RuleFields(name="Pager", severity_min="critical", cooldown_seconds=60)
    rule = await add_rule(sender.parts, sender.asker, only_critical)
    await told(sender, "1", severity="warning")
    await told(sender, "2", incident_key="i")
    await told(sender, "3", incident_key="i", created_at=sender.clock.now() + 59_999)
    sender.clock.forward(MINUTE_MS)
    await told(sender, "4", incident_key="i", created_at=sender.clock.now())
    await deliver_due(sender)
    assert len(receiver.posted) == 2
    asker = sender.asker
    given = {
        "delivery": "hourly",
        "channelIds": ["chn_zz"],
        "kinds": ["digest.daily"],
        "cooldownSeconds": -1,
    }
    with pytest.raises(InvalidInputError) as refused:
        await change_rule(sender.parts, asker, rule.id, given)
    assert [each.field for each in refused.value.problems] == [
        "delivery",
        "kinds",
        "channelIds",
        "cooldownSeconds",
    ]
    weekly = {"delivery": "weekly", "channelIds": [channel_id_text(hook.channel.id)]}
    changed = await change_rule(sender.parts, asker, rule.id, weekly)
    assert changed.send_at is not None
    assert changed.send_at.weekday == 0
    back = await change_rule(sender.parts, asker, rule.id, {"delivery": "immediate"})
    assert back == replace(changed, mode="immediate", send_at=None, created_at=back.created_at)
