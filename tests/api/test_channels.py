"""Channels over HTTP: what may be seen of them, what may not, and what becomes of deliveries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from farthing.app import door
from farthing.storage.memory import MemoryStorage
from tests.channels.conftest import LOOPBACK
from tests.channels.receiver import Receiver, receiving
from tests.channels.telling import deliver_due, told
from tests.installations import EMAIL, PASSWORD, Installed, installed, price_book
from tests.people.post_office import post_office

CHANNELS = "/v1/settings/channels"
DELIVERIES = "/v1/alerts/deliveries"
HIDDEN = "a-secret-in-the-path"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def installation() -> AsyncIterator[Installed]:
    """One that may send mail and webhooks to this machine."""
    async with (
        post_office() as office,
        installed(MemoryStorage(), price_book(), **LOOPBACK, **office.settings) as made,
    ):
        yield made


async def made(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(CHANNELS, json=fields)
    assert answer.status_code == 201, answer.text
    channel: dict[str, Any] = answer.json()
    return channel


async def hook(client: httpx.AsyncClient, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    url = receiver.url(f"/{HIDDEN}")
    return await made(client, **({"name": "hook", "kind": "webhook", "url": url} | fields))


async def test_a_webhook_shows_its_secret_once_and_its_address_never(
    client: httpx.AsyncClient, receiver: Receiver, installation: Installed
) -> None:
    with capture_logs() as lines:
        quiet = {"start": "22:00", "end": "07:00", "timezone": "Europe/Vienna"}
        channel = await hook(client, receiver, quietHours=quiet)
        secret = channel.pop("signingSecret")
        assert secret.startswith("whsec_")
        assert channel == {
            "id": "chn_1",
            "name": "hook",
            "kind": "webhook",
            "target": f"http://127.0.0.1:{receiver.port}/…",
            "isEnabled": True,
            "quietHours": quiet,
            "createdAt": "2026-03-01T12:00:00Z",
        }
        assert (await client.get(CHANNELS)).json() == {"items": [channel]}
        assert (await client.get(f"{CHANNELS}/chn_1")).json() == channel
        await told(installation)
        receiver.script = [500]
        await deliver_due(installation)
        rotated = await client.post(f"{CHANNELS}/chn_1/rotate-secret", json={"overlapHours": 1})
        assert rotated.json()["signingSecret"] not in (None, secret)
        await client.patch(f"{CHANNELS}/chn_1", json={"url": receiver.url(f"/{HIDDEN}/2")})
        log = (await client.get(DELIVERIES)).text
        audit = (await client.get("/v1/audit")).text
    storage = vars(installation.parts.storage)
    for place in (lines, log, audit, repr(storage["_channels"]), repr(storage["_channel_secrets"])):
        assert HIDDEN not in str(place)
        assert secret not in str(place)
        assert rotated.json()["signingSecret"] not in str(place)
    assert '"address":"replaced"' in audit


async def test_a_test_says_what_happened(client: httpx.AsyncClient, receiver: Receiver) -> None:
    await hook(client, receiver)
    receiver.script = [204, 403, 503]
    answers = [(await client.post(f"{CHANNELS}/chn_1/test")).json() for _ in range(3)]
    assert answers == [
        {"ok": True, "message": "answered 204", "isPermanent": False},
        {"ok": False, "message": "answered 403", "isPermanent": True},
        {"ok": False, "message": "answered 503", "isPermanent": False},
    ]


async def test_a_channel_is_changed_switched_off_and_removed(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await hook(client, receiver)
    answer = await client.patch(f"{CHANNELS}/chn_1", json={"name": "  on   call ", "isEnabled": False})
    assert (answer.json()["name"], answer.json()["isEnabled"]) == ("on call", False)
    again = await client.post(CHANNELS, json={"name": "on call", "kind": "webhook", "url": receiver.url()})
    assert (again.status_code, again.json()["reason"]) == (409, "already_exists")
    assert (await client.delete(f"{CHANNELS}/chn_1")).status_code == 200
    assert (await client.get(f"{CHANNELS}/chn_1")).status_code == 404
    assert (await client.get(CHANNELS)).json() == {"items": []}
    actions = [each["action"] for each in (await client.get("/v1/audit?action=channel")).json()["items"]]
    assert actions == ["channel.removed", "channel.changed", "channel.created"]


async def test_the_log_is_paged_filtered_and_sent_again(
    client: httpx.AsyncClient, receiver: Receiver, installation: Installed
) -> None:
    await hook(client, receiver)
    receiver.script = [404, 200]
    for number in range(3):
        await told(installation, str(number))
    await deliver_due(installation)
    page = (await client.get(f"{DELIVERIES}?limit=2")).json()
    assert [each["id"] for each in page["items"]] == ["dlv_3", "dlv_2"]
    rest = (await client.get(f"{DELIVERIES}?limit=2&cursor={page['nextCursor']}")).json()
    assert ([each["id"] for each in rest["items"]], rest["nextCursor"]) == (["dlv_1"], None)
    (dead,) = (await client.get(f"{DELIVERIES}?state=dead&channelId=chn_1")).json()["items"]
    assert (dead["id"], dead["error"], dead["attemptCount"]) == ("dlv_1", "answered 404", 1)
    assert (await client.get(f"{DELIVERIES}?channelId=chn_2")).json()["items"] == []
    again = await client.post(f"{DELIVERIES}/dlv_1/retry")
    assert (again.status_code, again.json()["state"]) == (200, "queued")
    assert (await client.post(f"{DELIVERIES}/dlv_1/retry")).status_code == 409
    await deliver_due(installation)
    assert (await client.get(f"{DELIVERIES}?state=sent&limit=10")).json()["items"][2]["id"] == "dlv_1"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=gone", "state"),
        ("channelId=1", "channelId"),
        ("cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("a=b", "a"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await client.get(f"{DELIVERIES}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"kind": "webhook"}, "url"),
        ({"kind": "webhook", "url": "https://10.0.0.1/"}, "url"),
        ({"kind": "webhook", "url": "https://example.com/", "addresses": ["a@b"]}, "addresses"),
        ({"kind": "email"}, "addresses"),
        ({"kind": "email", "addresses": []}, "addresses"),
        ({"kind": "email", "addresses": ["nobody"]}, "addresses"),
        ({"kind": "email", "addresses": ["a@b\r\nBcc: c@d"]}, "addresses"),
        ({"kind": "email", "addresses": ["a@b, c@d"]}, "addresses"),
        ({"kind": "email", "addresses": [f"a{n}@b" for n in range(21)]}, "addresses"),
        ({"kind": "slack", "url": "https://example.com/"}, "url"),
        ({"kind": "telegram", "botToken": "1:x"}, "chatId"),
        ({"kind": "other", "url": "file:///etc/passwd"}, "url"),
        ({"kind": "webhook", "url": "https://example.com/", "name": " "}, "name"),
        ({"kind": "webhook", "url": "https://example.com/", "name": "a\0b"}, "name"),
        ({"kind": "webhook", "url": "https://example.com/", "name": "x" * 81}, "name"),
        *[
            ({"kind": "webhook", "url": "https://example.com/", "quietHours": quiet}, field)
            for quiet, field in (
                ({"start": "25:00", "end": "07:00", "timezone": "UTC"}, "quietHours.start"),
                ({"start": "22:00", "end": "7", "timezone": "UTC"}, "quietHours.end"),
                ({"start": "22:00", "end": "22:00", "timezone": "UTC"}, "quietHours.end"),
                ({"start": "22:00", "end": "07:00", "timezone": "Mars"}, "quietHours.timezone"),
            )
        ],
    ],
)
async def test_a_channel_that_makes_no_sense_is_refused_by_its_field(
    client: httpx.AsyncClient, fields: dict[str, Any], field: str
) -> None:
    answer = await client.post(CHANNELS, json={"name": "a"} | fields)
    assert answer.status_code == 400, answer.text
    assert field in {each["field"] for each in answer.json()["errors"]}
    assert (await client.get(CHANNELS)).json() == {"items": []}


async def test_without_a_mail_server_no_mail_is_promised() -> None:
    async with installed(MemoryStorage(), price_book()) as made:
        app: Any = door(made.parts)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://farthing.test"
        ) as client:
            tokens = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
            bearer = {"Authorization": f"Bearer {tokens.json()['accessToken']}"}
            fields = {"name": "a", "kind": "email", "addresses": ["a@example.com"]}
            answer = await client.post(CHANNELS, json=fields, headers=bearer)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "kind")


_TEXT = st.one_of(st.text(max_size=40), st.sampled_from(["https://example.com/", "a@b", "", "22:00", "UTC"]))
_ANY = st.one_of(_TEXT, st.none(), st.integers(), st.booleans(), st.lists(_TEXT, max_size=3))
_BODY = st.fixed_dictionaries(
    {},
    optional={
        "name": _ANY,
        # Kinds of the library start a process for what is understood: those have tests of their own.
        "kind": st.one_of(_TEXT, st.sampled_from(["email", "webhook"])),
        "url": _ANY,
        "addresses": _ANY,
        "routingKey": _ANY,
        "region": _ANY,
        "botToken": _ANY,
        "chatId": _ANY,
        "isEnabled": _ANY,
        "quietHours": st.one_of(_ANY, st.fixed_dictionaries({"start": _ANY, "end": _ANY, "timezone": _ANY})),
        "strange": _ANY,
    },
)


@given(body=_BODY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
async def test_any_body_makes_a_channel_or_is_refused_with_its_fields(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    try:
        answer = await client.post(CHANNELS, json=body)
    except UnicodeEncodeError:
        return  # half of a surrogate pair, which no client can send
    assert answer.status_code in (201, 400, 409), answer.text
    if answer.status_code == 400:
        assert answer.json()["errors"]
    if answer.status_code == 201:
        assert (await client.delete(f"{CHANNELS}/{answer.json()['id']}")).status_code == 200
