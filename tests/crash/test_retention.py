"""kill -9 in the middle of a run of retention: the next goes on, and every total is what it was."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from farthing.prices import load_price_book
from farthing.storage.sqlite import SqliteStorage
from tests.crash.test_reprice import FILE, asked
from tests.installations import EMAIL, NOW, a_call, installed
from tests.processes import COMMAND, run

EVENTS = 12_000
KILLS = 3
LEFT = "SELECT count(*) FROM usage_event"
TOTALS = (
    "SELECT sum(request_count) FROM by_user_day",
    "SELECT sum(cost_picousd) FROM by_model_month",
    "SELECT sum(input_uncached) FROM by_endpoint_quarter",
)


async def filled(data: Path) -> None:
    """Sealed calls of the days before NOW, which is long ago: all of them are older than a day."""
    async with installed(SqliteStorage(data / FILE), load_price_book()) as made:
        for start in range(0, EVENTS, 2_000):
            await made.record(
                *(
                    a_call(
                        ago_ms=(EVENTS - number) * 20_000,
                        external_request_id=f"call_{number}",
                        user_id=f"u{number % 300}",
                    )
                    for number in range(start, start + 2_000)
                )
            )
        while await made.parts.storage.fold(2_000):
            pass
        while await made.parts.storage.seal(NOW):
            pass


def retention(data: Path, *arguments: str) -> dict[str, Any]:
    """What `farthing retention` answers."""
    done = run("retention", *arguments, "--email", EMAIL, "--json", "--data", str(data))
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def kill_midway(data: Path) -> None:
    """Begin, or go on, and kill it after its next step."""
    before = asked(data, LEFT)
    command = [*COMMAND, "retention", "run", "--email", EMAIL, "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    waited_until = monotonic() + 60
    while asked(data, LEFT) == before and monotonic() < waited_until:
        assert process.poll() is None, "it was done before it could be killed"
        sleep(0.002)
    process.kill()
    process.wait()
    assert 0 < asked(data, LEFT) < before


@pytest.mark.crash
async def test_killed_at_any_step_it_goes_on_and_no_total_changes(tmp_path: Path) -> None:
    await filled(tmp_path)
    totals = [asked(tmp_path, statement) for statement in TOTALS]
    shown = retention(tmp_path, "set", "real", "--raw", "1")
    assert shown["real"]["nextRun"]["raw"]["requests"] == EVENTS
    for _ in range(KILLS):
        kill_midway(tmp_path)
        assert [asked(tmp_path, statement) for statement in TOTALS] == totals
    done = retention(tmp_path, "run")
    assert done["state"] == "succeeded"
    assert done["result"]["before"] == done["result"]["after"]
    assert done["result"]["before"]["real"]["requests"] == EVENTS
    assert done["result"]["rows"] == EVENTS
    assert asked(tmp_path, LEFT) == 0
    assert [asked(tmp_path, statement) for statement in TOTALS] == totals
    assert asked(tmp_path, "SELECT freelist_count FROM pragma_freelist_count") == 0
    assert asked(tmp_path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1
