"""`farthing jobs` as a person at a terminal sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

import pytest

from farthing.actions.jobs.schedule import ask_for, run_due
from farthing.actions.jobs.schedules import SCHEDULES
from farthing.assembly import build_parts, opened
from farthing.clock import SystemClock
from farthing.settings import load_settings
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation in which an export waits, and turns were taken."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0

    async def fill() -> None:
        async with opened(build_parts(load_settings(data=tmp_path), SystemClock())) as parts:
            await run_due(parts, SCHEDULES)
            await ask_for(parts, 1, "sweep_names")

    asyncio.run(fill())
    return str(tmp_path)


def test_listed_and_cancelled(terminal: Terminal, data: str) -> None:
    code, told, _ = terminal.type("jobs", "list", *ADA, "--data", data)
    assert (code, "sweep_names" in told, "queued" in told) == (0, True, True)
    (item,) = json.loads(terminal.type("jobs", "list", *ADA, "--json", "--data", data)[1])["items"]
    code, told, _ = terminal.type("jobs", "cancel", item["id"], *ADA, "--data", data)
    assert (code, told) == (0, f"{item['id']} is cancelled.\n")
    code, _, said = terminal.type("jobs", "cancel", item["id"], *ADA, "--data", data)
    assert (code, said) == (1, "farthing: the job has cancelled already\n")
    code, _, said = terminal.type("jobs", "cancel", "job_zz", *ADA, "--data", data)
    assert (code, "there is no job" in said) == (1, True)
    code, _, said = terminal.type("jobs", "list", "--limit", "0", *ADA, "--data", data)
    assert (code, "must be from 1 to 200" in said) == (1, True)


def test_what_is_done_by_itself(terminal: Terminal, data: str) -> None:
    code, told, _ = terminal.type("jobs", "schedules", "--data", data)
    assert (code, "Sends daily and weekly summaries" in told, "not yet" in told) == (0, True, False)
    items = json.loads(terminal.type("jobs", "schedules", "--json", "--data", data)[1])["items"]
    assert len(items) == len(SCHEDULES)
