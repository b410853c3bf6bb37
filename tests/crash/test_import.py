"""kill -9 while a file is imported: started again it goes on, and every call is there once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from tests.crash.rounds import Books, check, set_up
from tests.crash.test_demo import texts
from tests.crash.test_reprice import asked
from tests.processes import COMMAND, run

ROWS = 8_000
COUNT = "SELECT count(*) FROM usage_event"


def a_file(folder: Path) -> Path:
    """Half of the rows have an id; of the others, some are equal."""
    path = folder / "calls.ndjson"
    with path.open("w") as file:
        for number in range(ROWS):
            row = {"provider": "openai", "model": "gpt-4o-mini", "inputTokens": 10, "outputTokens": 1}
            row |= {"externalRequestId": f"call {number}"} if number % 2 else {"latencyMs": number // 50}
            row |= {"occurredAt": "2026-02-20T10:00:00Z"}
            file.write(json.dumps(row) + "\n")
    return path


@pytest.mark.crash
def test_killed_in_the_middle_it_goes_on_and_every_call_is_there_once(tmp_path: Path) -> None:
    set_up(tmp_path)
    arguments = (
        "import",
        str(a_file(tmp_path)),
        "--email",
        "ada@example.com",
        "--data",
        str(tmp_path),
        "--json",
    )
    until = monotonic() + 60
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL)
    while asked(tmp_path, COUNT) < 1_500:
        assert monotonic() < until, "the import does not go on"
        sleep(0.005)
    process.kill()
    process.wait()
    assert asked(tmp_path, COUNT) < ROWS
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["files"]
    assert told["resumedAfter"] >= 1_000
    assert told["rows"] == ROWS
    assert asked(tmp_path, COUNT) == ROWS
    check(tmp_path, Books(Random(1), tried=texts(tmp_path, "SELECT external_request_id FROM usage_event")))
