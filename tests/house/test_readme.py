"""The README's commands do what it says, run as they stand there but for folder, port and program path."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest

from farthing.settings import Settings
from tools.files import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ADDRESS = "127.0.0.1:8787"


@dataclass(frozen=True)
class Place:
    """Where the commands act instead of the checkout."""

    data: Path
    port: int

    def run(self, command: str, **variables: str) -> str:
        """What a command of the README prints here."""
        text = command.replace(".venv/bin/farthing", f"{shlex.quote(sys.executable)} -m farthing")
        text = text.replace("./data", shlex.quote(str(self.data))).replace(ADDRESS, f"127.0.0.1:{self.port}")
        done = subprocess.run(
            ["sh", "-ec", text],
            env=environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def environment() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests, and of a make that does."""
    theirs = ("FARTHING_", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(theirs)}


def block(word: str) -> str:
    """The one shell block of the README that holds `word`."""
    (found,) = [text for text in BLOCKS if word in text]
    return str(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        if is_ready(port):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            raise AssertionError(f"the server ended with {process.returncode}")
    raise AssertionError("the server was not ready within 30 s")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A server on a folder that does not exist yet, started as `make run` starts it."""
    place = Place(tmp_path / "data", free_port())
    asked = ["make", "--no-print-directory", "-n", "run", f"DATA={place.data}", f"ARGS=--port {place.port}"]
    printed = subprocess.run(
        asked, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    ).stdout
    program, *arguments = shlex.split(printed.strip().splitlines()[-1])
    assert program == ".venv/bin/farthing"
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "farthing", *arguments]
        process = subprocess.Popen(
            command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            wait_until_ready(process, place.port)
            yield place
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands need curl")
def test_the_first_call_of_the_readme_is_priced_and_counted_once(place: Place) -> None:
    made = json.loads(place.run(block("farthing init")))
    assert set(made) == {"workspaceId", "userId", "apiKey"}

    first = json.loads(place.run(block("curl"), API_KEY=made["apiKey"]))
    assert first["ok"] is True
    assert first["costUsd"] == 0.000045
    assert first["duplicate"] is False

    again = json.loads(place.run(block("curl"), API_KEY=made["apiKey"]))
    assert again["duplicate"] is True
    assert again["requestId"] == first["requestId"]


def test_the_readme_names_the_address_that_the_server_takes_by_default() -> None:
    fields = Settings.model_fields
    assert f"{fields['host'].default}:{fields['port'].default}" == ADDRESS
    assert set(re.findall(r"http://([\d.]+:\d+)", README)) == {ADDRESS}


def test_the_layout_table_names_every_room_and_nothing_else() -> None:
    table = README.split("## Where things are", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`([\w/]+)/`", table))
    rooms = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "src" / "farthing").glob("*/__init__.py")}
    assert {name for name in named if name.startswith("src/farthing/") and "static" not in name} == rooms
    assert [name for name in named - {"web/static"} if not (ROOT / name).is_dir()] == []
