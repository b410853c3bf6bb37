"""kill -9 while test calls are deleted: sums and rows agree after any step, and so does the record."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import apsw
import pytest

from farthing.prices import load_price_book
from farthing.storage.sqlite import SqliteStorage
from tests.contract.samples import query
from tests.installations import EMAIL, NOW, a_call, installed
from tests.processes import COMMAND, run

EVENTS = 24_000
REAL_EVERY = 10
KILLS = 3
FILE = "farthing.db"
DELETE = ("data", "delete", "test", "--scope", "workspace", "--yes", "--json", "--email", EMAIL)
BY_USER = query("request_count", "cost_picousd", dimensions=("data_mode", "user_id"))


async def filled(data: Path) -> None:
    """A workspace with sealed calls over days, one of ten of them real."""
    async with installed(SqliteStorage(data / FILE), load_price_book()) as made:
        for start in range(0, EVENTS, 2_000):
            await made.record(
                *(
                    a_call(
                        ago_ms=(EVENTS - number) * 20_000,
                        external_request_id=f"call_{number}",
                        user_id=f"u{number % 300}",
                        data_mode="real" if number % REAL_EVERY == 0 else "test",
                    )
                    for number in range(start, start + 2_000)
                )
            )
        while await made.parts.storage.fold(2_000):
            pass
        while await made.parts.storage.seal(NOW):
            pass


def asked(data: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, read from the file as another program would."""
    connection = apsw.Connection(str(data / FILE))
    connection.set_busy_timeout(10_000)
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def left(data: Path) -> int:
    """How many test calls are there."""
    ((count,),) = asked(data, "SELECT count(*) FROM usage_event WHERE data_mode = 1")
    return int(count)


def deleted(data: Path) -> int:
    """How many calls the record says are gone."""
    rows = asked(data, "SELECT deleted FROM deletion ORDER BY id DESC LIMIT 1")
    return sum(line["count"] for line in json.loads(rows[0][0])) if rows else 0


async def check(data: Path) -> None:
    """Sums are those of the rows, and the record counts what is not there."""
    assert deleted(data) + left(data) == EVENTS - EVENTS // REAL_EVERY
    rows = asked(
        data,
        "SELECT data_mode, text, count(*), sum(cost_picousd) FROM usage_event JOIN name ON id = user_ref "
        "GROUP BY data_mode, text",
    )
    storage = SqliteStorage(data / FILE)
    await storage.open()
    try:
        found = (await storage.facts(BY_USER)).sums
    finally:
        await storage.close()
    words = ("real", "test")
    assert found == {(0, (words[mode], user)): (count, cost) for mode, user, count, cost in rows}


def kill_midway(data: Path) -> None:
    """Begin, or go on, and kill it after its next step."""
    before = left(data)
    process = subprocess.Popen(
        [*COMMAND, *DELETE, "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    waited_until = monotonic() + 60
    while left(data) == before and monotonic() < waited_until:
        assert process.poll() is None, "it was done before it could be killed"
        sleep(0.002)
    process.kill()
    process.wait()
    assert left(data) < before


@pytest.mark.crash
async def test_killed_at_any_step_it_goes_on_and_every_call_is_counted_once(tmp_path: Path) -> None:
    await filled(tmp_path)
    for _ in range(KILLS):
        kill_midway(tmp_path)
        await check(tmp_path)
    done = run(*DELETE, "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    certificate = json.loads(done.stdout)
    assert (certificate["complete"], certificate["realUnchanged"]) == (True, True)
    assert certificate["deleted"] == EVENTS - EVENTS // REAL_EVERY
    assert certificate["id"] == "del_1"
    await check(tmp_path)
