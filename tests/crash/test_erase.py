"""kill -9 while a user is erased: the same command goes on, no sum changes, and no byte is left."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from time import monotonic, sleep

import apsw
import pytest

from farthing.prices import load_price_book
from farthing.storage.sqlite import SqliteStorage
from tests.installations import EMAIL, NOW, a_call, installed
from tests.processes import COMMAND, run

EVENTS = 16_000
ALICE = "alice@example.org"
FILE = "farthing.db"
SUMS = "SELECT sum(cost_picousd), sum(request_count), count(*) FROM by_user_month"
BY_USER = "SELECT count(DISTINCT user_ref) FROM by_user_month"


async def filled(data: Path) -> None:
    """Sealed calls, every fourth of which names the user somewhere."""
    async with installed(SqliteStorage(data / FILE), load_price_book()) as made:
        for start in range(0, EVENTS, 2_000):
            await made.record(
                *(
                    a_call(
                        ago_ms=(EVENTS - number) * 2_000,
                        external_request_id=f"call {number} {ALICE if number % 8 == 0 else ''}",
                        user_id=ALICE if number % 5 == 0 else f"u{number % 50}",
                        metadata={"cc": ALICE} if number % 4 == 0 else None,
                    )
                    for number in range(start, start + 2_000)
                )
            )
        while await made.parts.storage.fold(2_000):
            pass
        while await made.parts.storage.seal(NOW + 10_000_000):
            pass


def asked(data: Path, statement: str) -> list[tuple[object, ...]]:
    """What the database says, asked from outside."""
    connection = apsw.Connection(str(data / FILE))
    connection.set_busy_timeout(10_000)
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def erase(data: Path) -> tuple[str, ...]:
    return "erase", "user", ALICE, "--yes", "--json", "--email", EMAIL, "--data", str(data)


def kill_midway(data: Path) -> None:
    """Begin, or go on, and kill it after its next step."""
    steps = "SELECT coalesce(max(cursor), 0) FROM erasure"
    before = asked(data, steps)
    process = subprocess.Popen([*COMMAND, *erase(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = monotonic() + 60
    while asked(data, steps) == before and monotonic() < until:
        assert process.poll() is None, "it was done before it could be killed"
        sleep(0.002)
    process.kill()
    process.wait()
    assert asked(data, steps) > before


@pytest.mark.crash
async def test_killed_at_any_step_it_goes_on_until_nothing_is_left(tmp_path: Path) -> None:
    await filled(tmp_path)
    before = asked(tmp_path, SUMS), asked(tmp_path, BY_USER)
    for _ in range(2):
        kill_midway(tmp_path)
        assert asked(tmp_path, "SELECT state FROM erasure") == [("erasing",)]
    done = run(*erase(tmp_path))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], told["certificate"]["fileMentions"]) == ("done", 0)
    assert told["certificate"]["before"] == told["certificate"]["after"]
    assert told["certificate"]["before"]["requests"] == EVENTS // 5
    assert (told["certificate"]["requests"], told["certificate"]["requestIds"]) == (EVENTS // 4, EVENTS // 8)
    assert (asked(tmp_path, SUMS), asked(tmp_path, BY_USER)) == before
    assert len(asked(tmp_path, "SELECT seq FROM audit_entry WHERE action = 'erasure.completed'")) == 1
    assert ALICE.encode() not in whole(tmp_path)


def whole(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.iterdir())
