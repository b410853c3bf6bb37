"""Applications that end, fork or die, and a server that does: each call is there once."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import apsw
import pytest

from tests.processes import lasting_port, run, serving
from tests.wire.conftest import Wire

SECONDS_MAX = 60
SDK = "FARTHING_SDK_"


def environment(url: str, key: str, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FARTHING_")}
    told = {"FARTHING_API_KEY": key, "FARTHING_BASE_URL": url, "PYTHONWARNINGS": "error"}
    return kept | told | {f"{SDK}{name}": value for name, value in more.items()}


def command(what: str, count: int, prefix: str) -> list[str]:
    return [sys.executable, "-m", "tests.sdk.application", what, str(count), prefix]


def application(wire: Wire, what: str, count: int, prefix: str, **more: str) -> None:
    done = subprocess.run(
        command(what, count, prefix),
        env=environment(f"http://127.0.0.1:{wire.port}", wire.key, **more),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("what", "times"), [("end", 1), ("fork", 3), ("pool", 2)])
def test_what_was_reported_before_the_end_is_there_once(wire: Wire, what: str, times: int) -> None:
    before = wire.stored_count()
    application(wire, what, 700, f"{what}_")
    assert wire.stored_count() == before + 700 * times + (what == "pool")


def test_an_application_ends_soon_without_a_server_and_its_spool_is_sent_by_the_next(
    wire: Wire, tmp_path: Path
) -> None:
    with socket.socket() as taken:  # an address at which nobody answers
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        away = environment(nobody, wire.key, SPOOL_DIR=str(tmp_path))
        done = subprocess.run(
            command("end", 300, "left_"), env=away, capture_output=True, timeout=SECONDS_MAX, check=True
        )
    assert b"out of reach" in done.stderr
    assert b"lost" not in done.stderr
    (left,) = tmp_path.iterdir()
    before = wire.stored_count()
    application(wire, "end", 1, "other_address_", SPOOL_DIR=str(tmp_path))
    assert wire.stored_count() == before + 1  # what is for another address stays
    (own,) = [folder for folder in tmp_path.iterdir() if folder != left]
    shutil.copytree(left, own, dirs_exist_ok=True)
    application(wire, "end", 1, "heir_", SPOOL_DIR=str(tmp_path))
    assert wire.stored_count() == before + 302
    assert list(own.iterdir()) == []


@pytest.mark.crash
def test_each_event_is_delivered_once_though_server_and_applications_are_killed(tmp_path: Path) -> None:
    data, spool, count = tmp_path / "data", tmp_path / "spool", 1_500
    made = run(
        *("init", "--email", "ada@example.com", "--password-stdin", "--workspace", "w", "--json"),
        *("--data", str(data)),
        stdin="correct horse battery",
    )
    key = json.loads(made.stdout)["apiKey"]
    port = lasting_port()
    told = environment(f"http://127.0.0.1:{port}", key, SPOOL_DIR=str(spool))
    with ExitStack() as stack:
        loads = [
            stack.enter_context(
                subprocess.Popen(command("load", count, f"app{number}_"), env=told, stdout=-1, stderr=-3)
            )
            for number in range(2)
        ]
        for load in loads:
            stack.callback(load.kill)
        for _ in range(3):
            with serving(data, log=subprocess.DEVNULL, port=port) as server:
                try:
                    loads[0].wait(0.5)
                except subprocess.TimeoutExpired:
                    server.process.kill()
        for load in loads:
            assert load.stdout is not None
            assert load.stdout.readline() == b"reported\n"
            load.kill()
    with serving(data, log=subprocess.DEVNULL, port=port):
        heir = environment(f"http://127.0.0.1:{port}", key, SPOOL_DIR=str(spool))
        subprocess.run(command("end", 1, "heir_"), env=heir, timeout=SECONDS_MAX, check=True)
    wanted = {f"app{load}_{number}" for load in range(2) for number in range(count)} | {"heir_0"}
    connection = apsw.Connection(str(data / "farthing.db"), flags=apsw.SQLITE_OPEN_READONLY)
    found = [row[0] for row in connection.execute("SELECT external_request_id FROM usage_event")]
    assert len(found) == len(set(found))
    assert set(found) == wanted
    assert [path for path in spool.rglob("*") if path.is_file()] == []
