"""kill -9 while the file of an export is made: nothing half is offered; the next server makes it whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from farthing.prices import load_price_book
from farthing.storage.sqlite import SqliteStorage
from tests.exports.reading import csv_rows
from tests.installations import EMAIL, NOW, PASSWORD, a_call, installed
from tests.processes import serving

pytestmark = pytest.mark.crash

EVENTS = 24_000
SECONDS_MAX = 120
ASKED = {"what": "requests", "format": "csv", "from": "2026-02-01", "to": "2026-03-02"}


async def filled(data: Path) -> None:
    async with installed(SqliteStorage(data / "farthing.db"), load_price_book()) as made:
        assert made.clock.now() == NOW
        for start in range(0, EVENTS, 2_000):
            numbers = range(start, start + 2_000)
            await made.record(*(a_call(external_request_id=f"call_{number}") for number in numbers))


def signed_in(url: str) -> httpx.Client:
    answer = httpx.post(f"{url}/v1/auth/login", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
    bearer = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    return httpx.Client(base_url=url, timeout=30, headers=bearer)


def half_made(folder: Path) -> bool:
    return any(path.stat().st_size for path in folder.glob("*.part"))


def kill_midway(data: Path) -> str:
    """Ask for a file, and kill the server once some of it is written; the job's id."""
    with serving(data) as server, signed_in(server.url) as client:
        job_id: str = client.post("/v1/exports", json=ASKED).json()["jobId"]
        until = monotonic() + SECONDS_MAX
        while not half_made(data / "exports"):
            assert monotonic() < until
            sleep(0.001)
        server.process.kill()
        server.process.wait()
    return job_id


def made_by_the_next(data: Path, job_id: str) -> bytes:
    """The file, once a new server has made it."""
    with serving(data) as server, signed_in(server.url) as client:
        assert client.get(f"/v1/exports/{job_id}/file").status_code == 404
        until = monotonic() + SECONDS_MAX
        while (told := client.get(f"/v1/exports/{job_id}").json())["state"] != "succeeded":
            assert monotonic() < until, told
            sleep(0.05)
        return client.get(told["downloadUrl"], headers={"Authorization": ""}).content


async def test_a_killed_export_is_made_whole_by_the_next_server(tmp_path: Path) -> None:
    await filled(tmp_path)
    folder = tmp_path / "exports"
    job_id = await asyncio.to_thread(kill_midway, tmp_path)
    left = [path.name for path in folder.iterdir()]
    assert len(left) == 1
    assert left[0].endswith(".part"), "it was done before it could be killed"
    rows = csv_rows(await asyncio.to_thread(made_by_the_next, tmp_path, job_id))
    assert {row["externalRequestId"] for row in rows} == {f"call_{number}" for number in range(EVENTS)}
    assert len(rows) == EVENTS
    assert [path.suffix for path in folder.iterdir()] == [""]
