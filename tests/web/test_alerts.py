"""The inbox and alert rules as pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.storage.memory import MemoryStorage
from tests.channels.conftest import LOOPBACK
from tests.channels.telling import deliver_due, told, webhook
from tests.installations import Installed, a_call, installed, price_book
from tests.web.browsing import Browser
from tests.web.reader import Node

RULES = "/settings/alerts"


@pytest.fixture
async def sender() -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book(), **LOOPBACK) as made:
        yield made


@pytest.fixture
async def visitor(sender: Installed) -> AsyncIterator[Browser]:
    """Signed in as the owner."""
    browser = Browser(sender.parts)
    await browser.sign_in()
    yield browser
    await browser.client.aclose()


async def send(visitor: Browser, path: str, fields: dict[str, str]) -> Node:
    """Fill in a form; each page has one with the token."""
    await visitor.open(RULES)
    return await visitor.send(path, fields)


async def test_an_alert_is_looked_into_acknowledged_with_its_incident_and_reopened(
    visitor: Browser, sender: Installed
) -> None:
    page = await visitor.open("/alerts")
    assert "Nothing is open" in page.text
    await sender.record(a_call(data_mode="test", environment="prod", endpoint_tag="a&b"))
    await webhook(sender, "http://127.0.0.1:9/x", "on call")
    window = (sender.clock.now() - 3_600_000, sender.clock.now())
    filters = (("dataMode", "test"), ("environment", "prod"), ("endpointTag", "a&b"))
    await told(sender, "1", path="", window=window, filters=filters, incident_key="i", title="<i>Spike</i>")
    await told(sender, "2", severity="warning", incident_key="i")
    await deliver_due(sender)
    page = await visitor.open("/alerts")
    assert "<i>Spike</i>" in page.text
    assert "A channel was told of its incident a moment before" in page.text
    page = await visitor.open("/alerts/alt_1")
    assert "on call" in page.text
    assert {"Data mode", "Environment", "Endpoint"} <= {each.text for each in page.all("dt")}
    (investigation,) = {
        each.attributes["href"] for each in page.one("main").all("a") if each.text.startswith("Investigate")
    }
    page = await visitor.open(investigation)
    assert "a&b" in page.text
    assert page.one("main").text.count("Test") > 0
    await send(visitor, "/alerts/alt_1/acknowledge", {})
    assert "Nothing is open" in (await visitor.open("/alerts")).text
    page = await visitor.open("/alerts?state=acknowledged")
    assert len(page.all("li", class_="channel")) == 2
    await send(visitor, "/alerts/alt_2/reopen", {"back": "list"})
    await send(visitor, "/alerts/alt_2/snooze", {"minutes": "60", "back": "list"})
    page = await visitor.open("/alerts?state=snoozed&severity=warning")
    assert len(page.all("li", class_="channel")) == 1
    assert "Reopen" in page.text
    await visitor.open("/alerts/alt_999")
    assert visitor.status == 404
    await visitor.open("/alerts?state=closed")
    assert visitor.status == 400


async def test_a_rule_is_made_changed_muted_and_removed(visitor: Browser, sender: Installed) -> None:
    await webhook(sender, "http://127.0.0.1:9/x", "on call")
    page = await visitor.open(RULES)
    assert "There is no rule" in page.text
    form = {"name": "Pager", "is_enabled": "on", "severity": "critical", "delivery": "weekly"}
    wrong = form | {"send_at": "9", "timezone": "Mars", "weekday": "monday", "cooldown": "x"}
    page = await send(visitor, f"{RULES}/rules/new", wrong)
    assert visitor.status == 400
    assert "must be a whole number" in page.text
    page = await send(visitor, f"{RULES}/rules/new", wrong | {"cooldown": "60"})
    assert visitor.status == 400
    assert "This must be a time zone such as Europe/Vienna, not 'Mars'." in page.text
    assert page.one("input", id="name").attributes["value"] == "Pager"
    right = wrong | {"send_at": "08:30", "timezone": "Asia/Kathmandu", "weekday": "sunday", "cooldown": "60"}
    chosen = {"kind:budget.exceeded": "on", "channel:chn_1": "on"}
    await send(visitor, f"{RULES}/rules/new", right | chosen)
    page = await visitor.open(RULES)
    assert "Budget exceeded, critical, to on call, on Sundays at 08:30 (Asia/Kathmandu)" in page.text
    page = await visitor.open(f"{RULES}/rules/rul_1")
    assert "checked" in page.one("input", name="kind:budget.exceeded").attributes
    await send(visitor, f"{RULES}/rules/rul_1/mute", {"minutes": "1440"})
    await send(visitor, f"{RULES}/rules/rul_1", right | {"delivery": "immediate"})
    page = await visitor.open(RULES)
    assert "muted until 2 Mar 2026, 12:00" in page.text
    assert "Everything, critical, to all channels, of one incident every 60 s at most" in page.text
    await send(visitor, f"{RULES}/rules/rul_1/remove", {})
    assert "There is no rule" in (await visitor.open(RULES)).text


async def test_limits_the_report_and_the_kill_switch_are_set(visitor: Browser) -> None:
    limit = {"name": "Checkout", "is_enabled": "on", "metric": "costPerRequest", "warning": "0.05"}
    more = {"critical": "0.01", "hours": "24", "requests_min": "10", "filters": "endpoint=a"}
    page = await send(visitor, f"{RULES}/unit-costs/new", limit | more)
    assert visitor.status == 400
    assert "This must be above warningUsd (0.05), not 0.01." in page.text
    page = await send(visitor, f"{RULES}/unit-costs/new", limit | more | {"critical": ""})
    assert visitor.status == 400
    assert "endpoint: is not a parameter here" in page.text
    await send(visitor, f"{RULES}/unit-costs/new", limit | more | {"critical": "0.1", "filters": "userId=u1"})
    page = await visitor.open(RULES)
    assert "Warns above $0.05, critical above $0.1 for each request over 24 hours" in page.text
    page = await visitor.open(f"{RULES}/unit-costs/rul_1")
    assert "userId=u1" in page.one("textarea").text
    await send(visitor, f"{RULES}/unit-costs/rul_1/remove", {})
    when = {"to": "on", "send_at": "07:15", "weekday": "friday", "timezone": "UTC"}
    await send(visitor, f"{RULES}/report", when)
    await send(visitor, RULES, {"quality": "70", "failed": "on"})
    page = await visitor.open(RULES)
    assert "It goes on Fridays at 07:15 (UTC) to all channels." in page.text
    assert page.one("input", id="quality").attributes["value"] == "70"
    assert "checked" not in page.one("input", name="unpriced").attributes
    assert "No limit is set" in page.text
    await send(visitor, RULES, {"quality": "0"})
    assert visitor.status == 400
    await send(visitor, f"{RULES}/kill-switch", {"to": "on", "reason": "a release"})
    for path in ("/alerts", RULES):
        assert "nothing is enforced" in (await visitor.open(path)).text
    await send(visitor, f"{RULES}/kill-switch", {"to": "off"})
    assert "It is off" in (await visitor.open(RULES)).text
