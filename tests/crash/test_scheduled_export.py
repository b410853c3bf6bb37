"""kill -9 while a scheduled export is made: nothing half has its name; the next server does it again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.crash.test_export import EVENTS, SECONDS_MAX, filled, signed_in
from tests.exports.reading import csv_rows
from tests.processes import serving

pytestmark = pytest.mark.crash

NIGHTLY = {
    "name": "nightly",
    "what": "requests",
    "timezone": "UTC",
    "destination": {"kind": "folder", "folder": "finance"},
}


def parts_of(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*.part") if path.stat().st_size]


def kill_midway(data: Path, root: Path) -> str:
    """Ask for a run, and kill the server once some of it is written; the schedule's id."""
    with serving(data) as server, signed_in(server.url) as client:
        made = client.post("/v1/settings/export-schedules", json=NIGHTLY)
        assert made.status_code == 201, made.text
        wire: str = made.json()["id"]
        path = f"/v1/settings/export-schedules/{wire}/run"
        assert client.post(path, json={"day": "2026-03-01"}).status_code == 202
        until = monotonic() + SECONDS_MAX
        while not parts_of(data / "exports", root):
            assert monotonic() < until
            sleep(0.001)
        server.process.kill()
        server.process.wait()
    return wire


def delivered_by_the_next(data: Path, wire: str) -> str:
    """The path of the file, once a new server has delivered it."""
    with serving(data) as server, signed_in(server.url) as client:
        until = monotonic() + SECONDS_MAX
        while True:
            (run,) = client.get(f"/v1/settings/export-schedules/{wire}").json()["runs"]
            if run["state"] == "succeeded":
                path: str = run["delivered"]["path"]
                return path
            assert monotonic() < until, run
            sleep(0.05)


async def test_a_killed_delivery_is_made_whole_by_the_next_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "out"
    root.mkdir()
    monkeypatch.setenv("FARTHING_EXPORT_ROOT", str(root))
    await filled(tmp_path)
    wire = await asyncio.to_thread(kill_midway, tmp_path, root)
    assert parts_of(tmp_path / "exports", root), "it was done before it could be killed"
    assert list(root.rglob("*.csv")) == []
    path = await asyncio.to_thread(delivered_by_the_next, tmp_path, wire)
    rows = csv_rows((root / path).read_bytes())
    assert {row["externalRequestId"] for row in rows} == {f"call_{number}" for number in range(EVENTS)}
    assert len(rows) == EVENTS
    assert sorted(each.suffix for each in root.rglob("*") if each.is_file()) == [".csv", ".json"]
    assert list((tmp_path / "exports").iterdir()) == []
