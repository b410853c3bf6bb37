"""Alert channels as pages: added with what their kind needs, tried out, and the log of what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.storage.memory import MemoryStorage
from tests.channels.conftest import LOOPBACK
from tests.channels.receiver import Receiver, receiving
from tests.channels.telling import deliver_due, told, webhook
from tests.installations import Installed, installed, price_book
from tests.web.browsing import Browser

PATH = "/settings/channels"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


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


async def test_a_webhook_is_added_and_its_secret_shown_this_once(
    visitor: Browser, receiver: Receiver, sender: Installed
) -> None:
    page = await visitor.open(PATH)
    assert "No channel yet" in page.text
    assert "smtp_url" in page.text  # e-mail can't be chosen here, and why
    assert not [each for each in page.all("a") if each.attributes["href"].endswith("/new?kind=email")]
    page = await visitor.open(f"{PATH}/new?kind=webhook")
    assert {each.attributes["name"] for each in page.one("form", class_="settings-form").all("input")} == {
        "form_token",
        "name",
        "url",
        "is_quiet",
        "quiet_start",
        "quiet_end",
        "timezone",
    }
    fields = {
        "name": "on call",
        "url": receiver.url("/out-of-sight"),
        "quiet_start": "22:00",
        "quiet_end": "07:00",
    }
    page = await visitor.send(
        f"{PATH}/new?kind=webhook", fields | {"is_quiet": "on", "timezone": "Asia/Kathmandu"}
    )
    secret = page.one("code", id="secret").text
    await told(sender)
    await deliver_due(sender)
    receiver.posted[0].verified(secret)
    page = await visitor.open(PATH)
    assert f"http://127.0.0.1:{receiver.port}/…" in page.text
    assert "quiet from 22:00 to 07:00 (Asia/Kathmandu)" in page.text
    for path in (PATH, f"{PATH}/chn_1", "/settings/deliveries"):
        page = await visitor.open(path)
        assert "out-of-sight" not in visitor.answer.text
        assert secret not in visitor.answer.text


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(visitor: Browser) -> None:
    await visitor.open(f"{PATH}/new?kind=webhook")
    fields = {
        "name": "",
        "url": "https://10.0.0.1/x",
        "is_quiet": "on",
        "quiet_start": "9",
        "timezone": "Mars",
    }
    page = await visitor.send(f"{PATH}/new?kind=webhook", fields)
    assert visitor.status == 400
    assert page.one("input", id="url").attributes["value"] == "https://10.0.0.1/x"
    page = await visitor.send(f"{PATH}/new?kind=webhook", fields | {"name": "a"})
    wrong = {each.attributes["id"] for each in page.all("input") if "aria-invalid" in each.attributes}
    assert wrong == {"quiet_start", "quiet_end", "timezone"}
    page = await visitor.send(f"{PATH}/new?kind=webhook", {"name": "a", "url": "https://10.0.0.1/x"})
    assert "can't be reached: 10.0.0.1 is not a public address" in page.one("p", id="url-problem").text
    await visitor.open(f"{PATH}/new?kind=pigeon")
    assert visitor.status == 404


async def test_a_test_answers_beside_its_channel(
    visitor: Browser, receiver: Receiver, sender: Installed
) -> None:
    await webhook(sender, receiver.url(), "one")
    await webhook(sender, receiver.url(), "two")
    receiver.script = [200, 410, 503]
    await visitor.open(PATH)
    for said in ("has arrived: answered 200.", "did not arrive: answered 410.", "That may pass"):
        page = await visitor.send(f"{PATH}/chn_2/test", {})
        beside = page.one("li", id="chn_2").one("p", role="status")
        assert said in beside.text
        assert not page.one("li", id="chn_1").all("p", role="status")


async def test_a_channel_is_switched_changed_rotated_and_removed(
    visitor: Browser, receiver: Receiver, sender: Installed
) -> None:
    made = await webhook(sender, receiver.url(), "one")
    await visitor.open(PATH)
    await visitor.send(f"{PATH}/chn_1/switch", {"to": "off"})
    assert visitor.status == 303
    page = await visitor.open(PATH)
    assert "Switch on" in page.one("li", id="chn_1").text
    await visitor.send(f"{PATH}/chn_1/switch", {"to": "on"})
    await visitor.open(f"{PATH}/chn_1")
    await visitor.send(f"{PATH}/chn_1", {"name": "other", "url": ""})
    await told(sender)
    await deliver_due(sender)
    receiver.posted[0].verified(made.signing_secret or "")  # neither address nor secret has changed
    await visitor.open(f"{PATH}/chn_1")
    page = await visitor.send(f"{PATH}/chn_1/rotate", {"overlap": "0"})
    assert page.one("code", id="secret").text != made.signing_secret
    page = await visitor.open(f"{PATH}/chn_1/remove")
    assert "Remove other?" in page.one("h1").text
    await visitor.send(f"{PATH}/chn_1/remove", {})
    page = await visitor.open(PATH)
    assert "No channel yet" in page.text


async def test_the_log_says_why_and_sends_again(
    visitor: Browser, receiver: Receiver, sender: Installed
) -> None:
    await webhook(sender, receiver.url(), "one")
    receiver.script = [(302, {"location": "/"}), 200]
    await told(sender, title="A <b>title</b>")
    await deliver_due(sender)
    page = await visitor.open("/settings/deliveries?state=dead&channelId=chn_1")
    assert "Answered 302; redirects are not followed." in page.text
    assert "A <b>title</b>" in page.text
    await visitor.send("/settings/deliveries/dlv_1/retry", {})
    assert visitor.status == 303
    page = await visitor.open("/settings/deliveries")
    assert "waiting" in page.one("tbody").text
    await deliver_due(sender)
    page = await visitor.open("/settings/deliveries")
    assert not page.one("tbody").all("button")
    page = await visitor.open("/settings/deliveries?state=dead")
    assert "No delivery passes these filters." in page.text
