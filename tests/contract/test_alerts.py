"""The inbox, what is said of alerts, incidents told of by many at once, summaries, marks, the kill switch."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from farthing.rules.alert_settings import AlertRule, AlertSettings, UnitCostRule, WeeklyReport
from farthing.rules.message import Handling, Message
from farthing.rules.send_times import SendTime
from farthing.rules.workspace_policy import WorkspacePolicy, is_enforced
from farthing.storage.contract import AlertQuery, Changes, DeliveryQuery, Storage
from tests.contract.outbox import SECRET, channel, message
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed, Place, opened

pytestmark = pytest.mark.usefixtures("installed")
ANY = AlertQuery(now=AT)
MINUTE = 60_000


async def told(storage: Storage, key: str, at: int = AT, **fields: Any) -> Message | None:
    made: Message | None = await Changed(storage).send(message(key, created_at=at, **fields))
    return made


async def delivered(storage: Storage) -> list[str]:
    """The keys of the messages that were sent on, oldest first."""
    logged = await storage.deliveries(WORKSPACE_ID, DeliveryQuery(), 100)
    return [each.message.dedupe_key for each in reversed(logged)]


async def kept(storage: Storage, *rules: AlertRule, **fields: Any) -> AlertSettings:
    before = await storage.alert_settings(WORKSPACE_ID)
    after: AlertSettings = await Changed(storage).keep_alert_settings(replace(before, rules=rules, **fields))
    return after


def rule(number: int = 1, **fields: Any) -> AlertRule:
    return replace(AlertRule(id=number, name="r", created_at=AT), **fields)


async def test_settings_are_kept_as_they_were_given_unless_changed_meanwhile(storage: Storage) -> None:
    assert await storage.alert_settings(WORKSPACE_ID) == AlertSettings(workspace_id=WORKSPACE_ID)
    send_at = SendTime(540, "Asia/Kathmandu", 6)
    cost = UnitCostRule(
        id=2,
        name="u",
        metric="cost_per_request",
        filters=(("model", "gpt"),),
        hours=24,
        warning_picousd=2**62,
    )
    report = WeeklyReport(send_at=send_at, channel_ids=(1,), since=AT)
    weekly = rule(kinds=("budget.warning",), mode="weekly", send_at=send_at, channel_ids=(1, 2))
    after = await kept(storage, weekly, unit_costs=(cost,), report=report, quality_score_min=70, last_id=2)
    assert after.version == 1
    assert await storage.alert_settings(WORKSPACE_ID) == after
    assert await Changed(storage).keep_alert_settings(replace(after, version=0)) is None
    assert await storage.alert_settings(WORKSPACE_ID + 1) == AlertSettings(workspace_id=WORKSPACE_ID + 1)


async def test_many_who_tell_of_one_incident_at_once_tell_it_once_a_cooldown(
    place: Place, storage: Storage
) -> None:
    await Changed(storage).add_channel(channel(), SECRET)
    async with opened(place) as beside:
        for at, severity in ((AT, "warning"), (AT + 1, "critical"), (AT + 5 * MINUTE, "warning")):
            names = [f"{at}/{number}" for number in range(8)]
            senders = zip(names, (storage, beside) * 4, strict=True)
            await asyncio.gather(
                *(told(each, name, at, severity=severity, incident_key="one") for name, each in senders)
            )
        found = await beside.deliveries(WORKSPACE_ID, DeliveryQuery(), 100)
        assert [(each.message.created_at, each.message.severity) for each in reversed(found)] == [
            (AT, "warning"),
            (AT + 1, "critical"),
        ]
        await told(beside, "after the critical one's", AT + 1 + 5 * MINUTE, incident_key="one")
        await told(beside, "of another", AT + 1 + 5 * MINUTE, incident_key="two")
        assert (await delivered(beside))[2:] == ["after the critical one's", "of another"]
        inbox = await beside.alerts(WORKSPACE_ID, ANY, 100)
        assert len(inbox) == 26
        assert sum(each.cooldown_applied for each in inbox) == 22
    if beside is storage:
        await storage.open()


async def test_an_alert_that_was_handled_is_so_with_its_incident_until_it_is_worse(storage: Storage) -> None:
    await Changed(storage).add_channel(channel(), SECRET)
    first = await told(storage, "1", severity="warning", incident_key="one")
    await told(storage, "2", severity="info", incident_key="one")
    assert first is not None
    taken = Handling(acknowledged_at=AT, by=4)
    handled = await Changed(storage).handle_alert(WORKSPACE_ID, first.id, taken)
    assert handled is not None
    assert handled.handling == taken
    await told(storage, "3", AT + 10 * MINUTE, severity="warning", incident_key="one")
    third, second, _ = await storage.alerts(WORKSPACE_ID, ANY, 10)
    assert (third.dedupe_applied, third.handling.by, second.handling) == (True, 4, taken)
    await told(storage, "4", AT + 10 * MINUTE, severity="critical", incident_key="one")
    assert await delivered(storage) == ["1", "4"]
    (worse,) = await storage.alerts(WORKSPACE_ID, AlertQuery(now=AT, state="open"), 10)
    later = AT + 20 * MINUTE
    put_off = Handling(snoozed_until=later, by=4)
    await Changed(storage).handle_alert(WORKSPACE_ID, worse.message.id, put_off)
    await told(storage, "5", later - 1, incident_key="one")
    await told(storage, "6", later, incident_key="one")
    assert await delivered(storage) == ["1", "4", "6"]
    await Changed(storage).handle_alert(WORKSPACE_ID, worse.message.id, Handling())
    assert await storage.open_alert_count(WORKSPACE_ID, AT, 100) == 6
    assert await storage.open_alert_count(WORKSPACE_ID, AT, 4) == 4
    assert await Changed(storage).handle_alert(WORKSPACE_ID + 1, first.id, taken) is None


async def test_the_inbox_is_newest_first_in_pages_by_kind_severity_state_and_time(storage: Storage) -> None:
    window, filters = (AT - MINUTE, AT), (("model", "gpt"),)
    await told(storage, "1", window=window, filters=filters, path="")
    for number in range(2, 5):
        await told(storage, str(number), AT + number, severity="warning", kind="budget.warning")
    await told(storage, "report", AT + 9, kind="report.weekly", severity="info")
    everything = await storage.alerts(WORKSPACE_ID, ANY, 10)
    keys = [each.message.dedupe_key for each in everything]
    assert keys == ["report", "4", "3", "2", "1"]
    first = everything[-1].message
    assert (first.window, first.filters) == (window, filters)
    assert first.path.endswith("&dataMode=real&environment=all&model=gpt")
    assert await storage.alert(WORKSPACE_ID, first.id) == everything[-1]
    assert await storage.alert(WORKSPACE_ID + 1, first.id) is None
    assert await storage.alerts(WORKSPACE_ID + 1, ANY, 10) == []

    async def found(**asked: Any) -> list[str]:
        page = await storage.alerts(WORKSPACE_ID, AlertQuery(now=AT, **asked), 10)
        return [each.message.dedupe_key for each in page]

    assert await found(kind="budget.warning", since=AT + 3) == ["4", "3"]
    assert await found(severity="critical") == ["1"]
    assert await found(state="open", before_id=everything[1].message.id) == ["3", "2", "1"]
    assert await found(state="acknowledged") == ["report"]
    second = everything[-2].message.id
    await Changed(storage).handle_alert(WORKSPACE_ID, second, Handling(snoozed_until=AT + 1, by=1))
    assert await found(state="snoozed") == ["2"]
    assert "2" not in await found(state="open")


async def test_what_is_collected_for_a_summary_is_taken_once(storage: Storage) -> None:
    await Changed(storage).add_channel(channel(), SECRET)
    await kept(storage, rule(1, mode="daily"), rule(2, mode="weekly", kinds=("budget.warning",)), rule(3))
    await told(storage, "1")
    await told(storage, "2", kind="budget.warning")
    assert await delivered(storage) == ["1", "2"]
    changed = Changed(storage)
    assert [each.dedupe_key for each in await changed.take_digest(WORKSPACE_ID, 1)] == ["1", "2"]
    assert await changed.take_digest(WORKSPACE_ID, 1) == []
    await told(storage, "3")
    await kept(storage, rule(1), rule(2, mode="weekly"))
    assert await changed.take_digest(WORKSPACE_ID, 1) == []
    assert [each.dedupe_key for each in await changed.take_digest(WORKSPACE_ID, 2)] == ["2"]
    await told(storage, "4")
    assert await storage.forget_messages(AT + 1) == 4
    assert await changed.take_digest(WORKSPACE_ID, 2) == []


async def test_a_mark_is_moved_by_one_of_many(storage: Storage) -> None:
    async def move(before: int | None, after: int) -> bool:
        async def work(changes: Changes) -> bool:
            return await changes.move_alert_mark(WORKSPACE_ID, "report", before, after)

        return await storage.change(work)

    assert sum(await asyncio.gather(*(move(None, 5) for _ in range(6)))) == 1
    assert sum(await asyncio.gather(*(move(5, 6) for _ in range(6)))) == 1
    assert await storage.alert_marks(WORKSPACE_ID, ["report", "other"]) == {"report": 6}
    assert await storage.alert_marks(WORKSPACE_ID + 1, ["report"]) == {}


async def test_nothing_is_enforced_while_a_workspace_observes(storage: Storage) -> None:
    plain = await storage.workspace_policy(WORKSPACE_ID)
    assert plain == WorkspacePolicy(workspace_id=WORKSPACE_ID)
    observing = replace(plain, observed_since=AT, observed_by=1, reason="a release")
    after = await Changed(storage).keep_workspace_policy(observing)
    assert await storage.workspace_policy(WORKSPACE_ID) == after == replace(observing, version=1)
    assert await storage.observing_workspaces() == {WORKSPACE_ID}
    assert await Changed(storage).keep_workspace_policy(plain) is None
    assert [is_enforced(each, is_wanted=True) for each in (plain, observing)] == [True, False]
    await Changed(storage).keep_workspace_policy(replace(plain, version=1))
    assert await storage.observing_workspaces() == frozenset()
