"""kill -9 while a job makes demo events: it goes on, and none is left out, none there twice."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import apsw
import pytest

from tests.crash.rounds import Books, check, set_up
from tests.crash.test_reprice import FILE, asked
from tests.processes import Server, serving

SIZE = 60_000
KILLS = 2
COUNT = "SELECT count(*) FROM usage_event WHERE data_mode = 2"
PLACE = "CAST(replace(external_request_id, rtrim(external_request_id, '0123456789'), '') AS INTEGER)"
DISTINCT = f"SELECT count(DISTINCT {PLACE}) FROM usage_event WHERE data_mode = 2"


def texts(data: Path, statement: str) -> list[str]:
    """The first column of what a statement gives."""
    connection = apsw.Connection(str(data / FILE))
    connection.set_busy_timeout(10_000)
    found = [str(row[0]) for row in connection.execute(statement)]
    connection.close()
    return found


def ask(server: Server, key: str, method: str, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, headers={"X-API-Key": key})
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told


def wait_for(data: Path, count: int) -> None:
    """Until so many more demo events are stored."""
    wanted, until = asked(data, COUNT) + count, monotonic() + 60
    while asked(data, COUNT) < wanted:
        assert monotonic() < until, "the job does not go on"
        sleep(0.01)


@pytest.mark.crash
def test_killed_at_any_step_it_goes_on_and_every_event_is_there_once(tmp_path: Path) -> None:
    key = set_up(tmp_path)
    books = Books(Random(1), tried=[])
    with serving(tmp_path) as server:
        job = ask(server, key, "POST", f"/v1/ingest/demo?size={SIZE}&days=30")["jobId"]
        wait_for(tmp_path, 1_000)
        server.process.kill()
    for _ in range(KILLS):
        with serving(tmp_path) as server:
            wait_for(tmp_path, 1_000)
            server.process.kill()
        # Its place in the whole is the last part of an id, so that none can be there under two.
        assert asked(tmp_path, DISTINCT) == asked(tmp_path, COUNT)
        books.tried = texts(tmp_path, "SELECT external_request_id FROM usage_event")
        check(tmp_path, books)
    with serving(tmp_path) as server:
        until = monotonic() + 120
        while (told := ask(server, key, "GET", f"/v1/jobs/{job}"))["state"] in ("queued", "running"):
            assert monotonic() < until, told
            sleep(0.2)
        server.stop()
    assert (told["state"], told["result"]) == ("succeeded", {"created": SIZE, "replaced": 0})
    assert asked(tmp_path, COUNT) == asked(tmp_path, DISTINCT) == SIZE
    books.tried = texts(tmp_path, "SELECT external_request_id FROM usage_event")
    check(tmp_path, books)
