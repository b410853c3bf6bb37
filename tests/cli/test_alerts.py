"""`farthing alerts`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from farthing.storage.sqlite import SqliteStorage
from tests.contract.outbox import message
from tests.storages import Changed
from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """A set-up installation in which something was told."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0

    async def tell() -> None:
        storage = SqliteStorage(tmp_path / "farthing.db")
        await storage.open()
        await Changed(storage).send(message("1", workspace_id=1, incident_key="i"))
        await Changed(storage).send(message("2", workspace_id=1, severity="warning", kind="quality.low"))
        await storage.close()

    asyncio.run(tell())
    return str(tmp_path)


def test_an_alert_is_listed_shown_and_handled(terminal: Terminal, data: str) -> None:
    def said(*words: str) -> str:
        code, out, err = terminal.type("alerts", *words, *ADA, "--data", data)
        assert code == 0, err
        return out

    rows = json.loads(said("list", "--json"))
    assert [(each["id"], each["kind"], each["state"]) for each in rows] == [
        ("alt_2", "quality.low", "open"),
        ("alt_1", "budget.exceeded", "open"),
    ]
    assert "Limit" in said("show", "alt_1")
    assert json.loads(said("show", "alt_1", "--json"))["deliveries"] == []
    assert said("ack", "alt_1").startswith("alt_1 is acknowledged")
    said("snooze", "alt_2", "--minutes", "5")
    assert json.loads(said("list", "--state", "open", "--json")) == []
    assert said("reopen", "alt_2").startswith("alt_2 is open")
    assert "alt_2" in said("list", "--severity", "warning", "--kind", "quality.low")
    code, _, err = terminal.type("alerts", "snooze", "alt_1", *ADA, "--data", data)
    assert (code != 0, "until or minutes" in err) == (True, True)


def test_rules_limits_the_report_and_the_kill_switch(terminal: Terminal, data: str) -> None:
    def said(*words: str) -> str:
        code, out, err = terminal.type("alerts", *words, *ADA, "--data", data)
        assert code == 0, err
        return out

    assert "No rule" in said("rules", "list")
    weekly = ("--delivery", "weekly", "--weekday", "friday", "--send-at", "08:00")
    assert said("rules", "add", "Round", "--kind", "quality.low", *weekly) == "rul_1 Round\n"
    only = ("--only", "endpointTag=a", "--only", "endpointTag=b")
    assert said("rules", "limit", "Each", "0.05", "--critical", "0.1", *only) == "rul_2 Each\n"
    assert "friday 09:00 UTC" in said("rules", "report", "--weekday", "friday")
    assert "muted until" in said("rules", "mute", "rul_1", "--minutes", "60")
    told = json.loads(said("rules", "list", "--json"))
    assert told["unitCosts"][0]["filters"]["endpointTag"] == ["a", "b"]
    assert told["rules"][0]["mutedUntil"] is not None
    table = said("rules", "list")
    assert "weekly friday 08:00 UTC" in table
    for wire in ("rul_1", "rul_2"):
        said("rules", "remove", wire)
    assert json.loads(said("rules", "list", "--json"))["rules"] == []
    assert "is on since" in said("kill-switch", "--to", "on", "--reason", "a release")
    assert json.loads(said("kill-switch", "--json"))["reason"] == "a release"
    assert "is enforced" in said("kill-switch", "--to", "off")
    code, _, err = terminal.type("alerts", "kill-switch", "--to", "maybe", *ADA, "--data", data)
    assert (code != 0, "neither on nor off" in err) == (True, True)
