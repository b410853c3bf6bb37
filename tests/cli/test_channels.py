"""`farthing channels` and `farthing deliveries`."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from farthing.storage.sqlite import SqliteStorage
from tests.channels.receiver import Receiver, receiving
from tests.contract.outbox import message
from tests.storages import Changed
from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A set-up installation that may send to this machine."""
    monkeypatch.setenv("FARTHING_WEBHOOK_PRIVATE_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("FARTHING_WEBHOOK_PLAIN_HTTP", "true")
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver in a thread: commands have an event loop of their own."""
    found: list[Receiver] = []
    is_there, is_over = threading.Event(), threading.Event()

    async def receive() -> None:
        async with receiving(200, 404) as receiver:
            found.append(receiver)
            is_there.set()
            await asyncio.to_thread(is_over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(receive()))
    thread.start()
    is_there.wait(10)
    yield found[0]
    is_over.set()
    thread.join()


def test_a_channel_is_added_tried_out_and_removed(terminal: Terminal, data: str, receiver: Receiver) -> None:
    words = ("--quiet", "22:00-07:00", "--timezone", "Europe/Vienna", "--data", data)
    url = receiver.url("/hidden")
    code, out, _ = terminal.type("channels", "add", "webhook", "on call", *ADA, *words, stdin=f"{url}\n")
    assert code == 0
    first, secret = out.splitlines()
    assert first == f"chn_1 on call: http://127.0.0.1:{receiver.port}/…"
    assert secret.startswith("whsec_")
    rows = json.loads(terminal.type("channels", "list", *ADA, "--json", "--data", data)[1])
    assert rows == [
        {
            "id": "chn_1",
            "name": "on call",
            "kind": "webhook",
            "target": f"http://127.0.0.1:{receiver.port}/…",
            "isEnabled": True,
            "quietHours": "22:00 to 07:00 (Europe/Vienna)",
        }
    ]
    assert "hidden" not in terminal.type("channels", "list", *ADA, "--data", data)[1]
    assert terminal.type("channels", "test", "on call", *ADA, "--data", data)[:2] == (
        0,
        "on call took it: answered 200\n",
    )
    code, _, errors = terminal.type("channels", "test", "chn_1", *ADA, "--data", data)
    assert (code, errors) == (1, "farthing: on call did not take it: answered 404\n")
    assert terminal.type("channels", "remove", "on call", *ADA, "--data", data)[:2] == (
        0,
        "on call is removed\n",
    )
    assert terminal.type("channels", "remove", "on call", *ADA, "--data", data)[0] == 1


def test_what_can_not_be_reached_is_refused(terminal: Terminal, data: str) -> None:
    for kind, line in (("webhook", "https://10.0.0.1/"), ("slack", "https://example.com/"), ("pigeon", "")):
        code, _, errors = terminal.type("channels", "add", kind, "a", *ADA, "--data", data, stdin=f"{line}\n")
        assert code == 1
        assert errors.startswith("farthing: ")
        assert errors.count("\n") == 1


def test_deliveries_are_listed_and_sent_again(terminal: Terminal, data: str) -> None:
    line = "https://example.com/x\n"
    assert terminal.type("channels", "add", "webhook", "on call", *ADA, "--data", data, stdin=line)[0] == 0

    async def fill() -> None:
        storage = SqliteStorage(Path(data) / "farthing.db")
        await storage.open()
        await Changed(storage).send(message(created_at=1_000, workspace_id=1))
        (seen,) = await storage.due_deliveries(1_000, (), 10)
        dead = replace(seen, state="dead", next_at=None, error="answered 404", attempt_count=1)
        assert await storage.change_delivery(dead) is not None
        await storage.close()

    asyncio.run(fill())
    (row,) = json.loads(terminal.type("deliveries", *ADA, "--json", "--data", data)[1])
    assert (row["id"], row["state"], row["error"]) == ("dlv_1", "dead", "answered 404")
    assert "answered 404" in terminal.type("deliveries", *ADA, "--state", "dead", "--data", data)[1]
    code, out, _ = terminal.type("deliveries", *ADA, "--retry", "dlv_1", "--data", data)
    assert code == 0
    assert "queued" in out
    assert terminal.type("deliveries", *ADA, "--retry", "dlv_1", "--data", data)[0] == 1
    assert terminal.type("deliveries", *ADA, "--state", "lost", "--data", data)[0] == 1
