"""What may be named of the notification library, and that nothing else is reached through it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.notify.library import Library
from farthing.notify.message import Letter
from farthing.notify.reach import Reach
from farthing.notify.services import SCHEMES, ServiceError, names_of, service_url, shown
from farthing.rules.destinations import networks
from farthing.rules.message import kept
from tests.channels.receiver import Receiver
from tests.contract.outbox import message

HEX = "0123456789abcdef0123456789abcdef"
SLACK = "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/abcdefghijklmnopqrstuvwx"
DISCORD = "https://discord.com/api/webhooks/123456789012345678/" + "abcdefghijklmnopqrstuvwx" * 3
TEAMS = (
    f"https://prod-12.westeurope.logic.azure.com:443/workflows/{HEX}/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abcDEF_-123"
)
TOKEN = "123456789:AAFabcdefghijklmnopqrstuvwxyz012345"
GOOD = [
    ("slack", {"url": SLACK}, "https://hooks.slack.com/…"),
    ("discord", {"url": DISCORD}, "https://discord.com/…"),
    ("teams", {"url": TEAMS}, "https://prod-12.westeurope.logic.azure.com/…"),
    ("pagerduty", {"routingKey": HEX, "region": "eu"}, "PagerDuty, region eu"),
    ("telegram", {"botToken": TOKEN, "chatId": "-1001234"}, "Telegram chat -1001234"),
    ("other", {"url": "mmosts://chat.example.com/abcdefghijklmnopqrstuvwx"}, "mmosts://chat.example.com/…"),
    ("other", {"url": "ntfys://ntfy.example.com/costs?priority=high"}, "ntfys://ntfy.example.com/…"),
    ("other", {"url": f"opsgenie://{HEX}"}, "opsgenie://…"),
]


@pytest.mark.parametrize(("kind", "given", "target"), GOOD)
async def test_what_services_show_to_people_is_understood(
    kind: str, given: dict[str, str], target: str
) -> None:
    url = service_url(kind, given)
    assert await Library(Reach()).problem(kind, url) is None
    assert shown(kind, url) == target
    assert not any(secret in target for secret in (HEX, TOKEN, "abcdefghijklmnopqrstuvwx", "sig="))


BAD = [
    ("slack", {"url": "https://hooks.slack.com.example.com/services/T0AAAAAAA/B0BBBBBBB/x"}),
    ("slack", {"url": SLACK + "?template=/etc/passwd"}),
    ("slack", {"url": "slack://T0AAAAAAA/B0BBBBBBB/abc"}),
    ("slack", {"url": DISCORD}),
    ("discord", {"url": DISCORD + "?template=file:///etc/passwd"}),
    ("discord", {"url": "http://discord.com/api/webhooks/1/a"}),
    ("discord", {"url": "https://discord.com@127.0.0.1/api/webhooks/1/a"}),
    ("teams", {"url": TEAMS + "&template=/etc/passwd"}),
    ("teams", {"url": TEAMS + ";template=/etc/passwd"}),
    ("other", {"url": "ntfys://ntfy.example.com/costs?priority=high;attach=/etc/passwd"}),
    ("teams", {"url": "https://evil.example.com/workflows/abc?sig=x"}),
    ("teams", {"url": "https://127.0.0.1/.logic.azure.com/x"}),
    ("pagerduty", {"routingKey": "a/b@127.0.0.1"}),
    ("pagerduty", {"routingKey": HEX, "region": "moon"}),
    ("telegram", {"botToken": "1:../../x", "chatId": "1"}),
    ("telegram", {"botToken": TOKEN, "chatId": "1?template=/etc/passwd"}),
    *[
        ("other", {"url": url})
        for url in (
            "file:///etc/passwd",
            "syslog://",
            "dbus://",
            "macosx://",
            "windows://",
            "gnome://",
            "mailto://user:pass@example.com",
            "json://127.0.0.1/",
            "jsons://example.com/",
            "xml://example.com/",
            "form://example.com/",
            "apprise://example.com/token",
            "rsyslog://example.com",
            "mqtt://example.com/topic",
            "smpp://example.com",
            "https://example.com/",
            SLACK,
            "",
            "mmosts",
            "MMOSTS://chat.example.com/x",
            "mmosts://chat.example.com/x?verify=no",
            "mmosts://chat.example.com/x?Verify=no",
            "mmosts://chat.example.com/x?redirect=yes",
            "mmosts://chat.example.com/x?template=/etc/passwd",
            "ntfys://ntfy.example.com/x?attach=file:///etc/passwd",
            "mmosts://chat.example.com/x?+X-Header=1",
            "mmosts://chat.example.com/x, json://127.0.0.1/",
            "mmosts://chat.example.com/x\njson://127.0.0.1/",
            "mmosts://chat.example.com/" + "x" * 2_000,
        )
    ],
]


@pytest.mark.parametrize(("kind", "given"), BAD)
def test_nothing_else_is_taken(kind: str, given: dict[str, str]) -> None:
    with pytest.raises(ServiceError):
        service_url(kind, given)


@given(st.sampled_from(["slack", "discord", "teams", "other", "pagerduty", "telegram"]), st.text(max_size=80))
def test_any_text_is_refused_or_of_a_service_that_may_be_named(kind: str, text: str) -> None:
    given = {"url": text, "routingKey": text, "botToken": text, "chatId": text}
    try:
        url = service_url(kind, given)
    except ServiceError:
        return
    assert url.partition("://")[0] in SCHEMES | {"https", "pagerduty", "tgram"}


async def ask(url: str, reach: Reach) -> str:
    letter = Letter("key", kept(message(), 1), "w", "Analytical", None)
    outcome = await Library(reach).send("other", url, letter)
    assert not outcome.is_sent
    return outcome.reason


async def test_the_library_reaches_no_address_that_is_not_allowed(receiver: Receiver) -> None:
    open_reach = Reach((), plain_http=True)
    for host in ("127.0.0.1", "2130706433", "127.1"):
        reason = await ask(f"mmost://{host}:{receiver.port}/abcdefghijklmnopqrstuvwx", open_reach)
        assert reason in (
            "not sent: 127.0.0.1 is not a public address",
            "the notification library does not understand this address",
        )
    plain = await ask(
        f"ntfy://127.0.0.1:{receiver.port}/topic", Reach(networks(["127.0.0.0/8"]), plain_http=False)
    )
    assert plain.startswith("not sent: it would not be encrypted")
    assert receiver.posted == []


def test_every_kind_has_names_in_the_library() -> None:
    assert names_of("slack") == {"slack"}
    assert names_of("other") == SCHEMES
    assert not SCHEMES & {"file", "json", "jsons", "xml", "xmls", "form", "forms", "syslog", "dbus", "mailto"}
