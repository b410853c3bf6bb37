"""kill -9 while calls are priced anew, and while that is undone: none is left out, none counted twice."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import apsw
import pytest

from farthing.actions.prices.manage_own_prices import NewOverride, add_override
from farthing.prices import load_price_book
from farthing.storage.sqlite import SqliteStorage
from tests.crash.rounds import Books, check
from tests.installations import EMAIL, NOW, a_call, installed
from tests.processes import COMMAND, run

EVENTS = 12_000
KILLS = 2
FILE = "farthing.db"


async def filled(data: Path) -> list[str]:
    """A workspace with sealed calls over three days, and a price that they were not priced by; their ids."""
    ids = [f"call_{number}" for number in range(EVENTS)]
    async with installed(SqliteStorage(data / FILE), load_price_book()) as made:
        for start in range(0, EVENTS, 2_000):
            await made.record(
                *(
                    a_call(
                        ago_ms=(EVENTS - number) * 20_000,
                        external_request_id=ids[number],
                        user_id=f"u{number % 300}",
                    )
                    for number in range(start, start + 2_000)
                )
            )
        while await made.parts.storage.fold(2_000):
            pass
        while await made.parts.storage.seal(NOW):
            pass
        await add_override(made.parts, made.asker, NewOverride(provider="openai", discount_percent="50"))
    return ids


def reprice(data: Path, *arguments: str) -> dict[str, Any]:
    """What `farthing reprice` answers."""
    done = run("reprice", "--email", EMAIL, "--json", "--data", str(data), *arguments)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def asked(data: Path, statement: str) -> int:
    """The one number that a statement gives, read from the file as another program would."""
    connection = apsw.Connection(str(data / FILE))
    connection.set_busy_timeout(10_000)
    ((number,),) = connection.execute(statement).fetchall()
    connection.close()
    return int(number or 0)


def kill_midway(data: Path, *arguments: str) -> None:
    """Begin, or go on, and kill it after its next step."""
    steps = "SELECT version FROM repricing"
    before = asked(data, "SELECT count(*) FROM repricing_change"), asked(data, steps)
    command = [*COMMAND, "reprice", "--email", EMAIL, "--data", str(data), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    waited_until = monotonic() + 60
    while asked(data, "SELECT count(*) FROM repricing_change") == before[0] and monotonic() < waited_until:
        assert process.poll() is None, "it was done before it could be killed"
        sleep(0.002)
    process.kill()
    process.wait()
    assert asked(data, steps) > before[1]


@pytest.mark.crash
async def test_killed_at_any_step_it_goes_on_and_every_call_is_changed_once(tmp_path: Path) -> None:
    books = Books(Random(1), tried=await filled(tmp_path))
    before = asked(tmp_path, "SELECT sum(cost_picousd) FROM usage_event")
    previewed = reprice(tmp_path, "--preview", "--include-closed-months")
    assert previewed["preview"]["total"]["changed"] == EVENTS
    for _ in range(KILLS):
        kill_midway(tmp_path, "--apply", "rep_1")
        check(tmp_path, books)
    applied = reprice(tmp_path, "--apply", "rep_1")
    assert (applied["state"], applied["applied"]["changed"]) == ("applied", EVENTS)
    assert asked(tmp_path, "SELECT sum(cost_picousd) FROM usage_event") * 2 == before
    check(tmp_path, books)
    kill_midway(tmp_path, "--revert", "rep_1")
    check(tmp_path, books)
    reverted = reprice(tmp_path, "--revert", "rep_1")
    assert (reverted["state"], reverted["reverted"]) == ("reverted", EVENTS)
    assert asked(tmp_path, "SELECT sum(cost_picousd) FROM usage_event") == before
    assert asked(tmp_path, "SELECT count(*) FROM repricing_change") == 0
    check(tmp_path, books)
