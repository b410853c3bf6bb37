"""`farthing data` as a person at a terminal sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest

from farthing.actions.events.load_demo import load_demo
from farthing.actions.parts import Parts
from farthing.assembly import build_parts, running
from farthing.cli.place import member
from farthing.clock import SystemClock
from farthing.settings import load_settings
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation with demo data."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0

    async def fill() -> None:
        async with running(build_parts(load_settings(data=tmp_path), SystemClock())) as parts:
            await _load(parts)

    asyncio.run(fill())
    return str(tmp_path)


async def _load(parts: Parts) -> None:
    await load_demo(parts, await member(parts, "ada@example.com", None))


def test_counted_deleted_and_listed(terminal: Terminal, data: str) -> None:
    code, told, _ = terminal.type("data", "status", *ADA, "--json", "--data", data)
    counted = {each["dataMode"]: each for each in json.loads(told)["items"]}
    assert code == 0
    assert counted["demo"]["mine"] == counted["demo"]["workspace"] > 4_000
    code, told, said = terminal.type("data", "delete", "demo", "--scope", "mine", *ADA, "--data", data)
    assert (code, told) == (1, "")
    assert "--yes" in said
    words = ("--scope", "workspace", "--yes", *ADA, "--data", data)
    code, told, _ = terminal.type("data", "delete", "demo", *words, "--json")
    certificate = json.loads(told)
    assert (code, certificate["deleted"]) == (0, counted["demo"]["workspace"])
    assert "unchanged" in terminal.type("data", "delete", "demo", *words)[1]
    listed = terminal.type("data", "deletions", *ADA, "--data", data)[1]
    assert "del_2" in listed
    assert "demo, workspace" in listed
    rows = terminal.type("data", "status", *ADA, "--data", data)[1].splitlines()
    assert rows[-1].split() == ["demo", "0", "0"]


def test_real_calls_cannot_be_named(terminal: Terminal, data: str) -> None:
    code, _, _ = terminal.type("data", "delete", "real", "--scope", "mine", "--yes", *ADA, "--data", data)
    assert code != 0
