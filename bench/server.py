"""Real Farthing server processes: made, started, timed, asked a few questions, and always ended."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

EMAIL = "bench@example.test"
_READY_S = 60.0
_STOP_S = 30.0
_POLL_S = 0.005
_HTTP_S = 60.0


class BenchError(Exception):
    """The server under test did not do what the bench rests on. The message is for people."""


@dataclass(frozen=True)
class Installation:
    """An initialised data folder (or database) and how to get in."""

    data: Path
    database_url: str | None
    api_key: str
    password: str


@dataclass(frozen=True)
class Server:
    """A running server. `start_s` is from the spawn to the first 200 of /readyz."""

    pid: int
    port: int
    start_s: float
    installation: Installation

    def token(self) -> str:
        """A fresh Bearer token of the owner."""
        who = {"email": EMAIL, "password": self.installation.password}
        return str(self._ask("POST", "/v1/auth/login", body=json.dumps(who))["accessToken"])

    def get(self, target: str, token: str) -> dict[str, object]:
        """The JSON object that a GET answers with."""
        return self._ask("GET", target, token=token)

    def post(self, target: str, token: str, body: Mapping[str, object]) -> dict[str, object]:
        """The JSON object that a POST answers with."""
        return self._ask("POST", target, token=token, body=json.dumps(body))

    def delete(self, target: str, token: str) -> dict[str, object]:
        """The JSON object that a DELETE answers with."""
        return self._ask("DELETE", target, token=token)

    def ingest(self, call: Mapping[str, object]) -> None:
        """Send one call, on a connection of its own. Raises BenchError when it is not stored."""
        headers = {"Content-Type": "application/json", "X-API-Key": self.installation.api_key}
        status, said = _exchange(self.port, "POST", "/v1/ingest/llm-request", headers, json.dumps(call))
        if status != 200:
            raise BenchError(f"a call was answered {status}: {said[:300].decode(errors='replace')}")

    def row_count(self, time_range: str = "range=24h") -> int:
        """How many requests the API reports for a range, of every data mode and environment."""
        return self.row_count_seen(self.token(), time_range)

    def row_count_seen(self, token: str, time_range: str = "range=24h") -> int:
        """The same for somebody who has signed in already, which costs more than the answer."""
        answer = self.get(f"/v1/dashboard/overview?{time_range}&dataMode=all", token)
        total = answer.get("total")
        if not isinstance(total, dict) or not isinstance(total.get("requests"), int):
            raise BenchError(f"the overview has no total.requests: {json.dumps(answer)[:300]}")
        return int(total["requests"])

    def _ask(
        self, method: str, target: str, *, token: str = "", body: str | None = None
    ) -> dict[str, object]:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        try:
            status, said = _exchange(self.port, method, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise BenchError(f"{method} {target} failed: {error!r}") from error
        if status not in (200, 201, 202):
            raise BenchError(f"{method} {target} answered {status}: {said[:300].decode(errors='replace')}")
        found: dict[str, object] = json.loads(said)
        return found


def initialise(data: Path, database_url: str | None = None) -> Installation:
    """Make the first workspace. Raises BenchError with the command's own words when that fails."""
    password = secrets.token_urlsafe(18)
    command = _farthing("init", "--email", EMAIL, "--password-stdin", "--workspace", "Bench", "--json")
    done = subprocess.run(
        [*command, *_where(data, database_url)], input=password, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise BenchError(f"farthing init ended with {done.returncode}: {done.stderr.strip()[-800:]}")
    return Installation(data, database_url, json.loads(done.stdout)["apiKey"], password)


def copied(installation: Installation, data: Path) -> Installation:
    """The same installation on a copy of its (stopped) data folder."""
    shutil.copytree(installation.data, data)
    return Installation(data, installation.database_url, installation.api_key, installation.password)


@contextmanager
def running(installation: Installation) -> Iterator[Server]:
    """A server that is ready, for as long as the block lasts; ended cleanly, or by force after 30 s."""
    port = free_port()
    log = installation.data.with_name(installation.data.name + ".log")
    command = _farthing("serve", "--host", "127.0.0.1", "--port", str(port))
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [*command, *_where(installation.data, installation.database_url)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the bench alone, which then ends the server in order
        )
        try:
            _wait_ready(process, port, log)
            yield Server(process.pid, port, time.monotonic() - began, installation)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes], wait_s: float = _STOP_S) -> None:
    """Ask it to end, wait, then end it and everything it started."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _kill_group(process.pid)
        process.wait()


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + _READY_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise BenchError(f"farthing serve ended with {process.returncode}: {_tail(log)}")
        if _is_ready(port):
            return
        time.sleep(_POLL_S)
    raise BenchError(f"farthing serve is not ready after {_READY_S:.0f} s: {_tail(log)}")


def _is_ready(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):  # refused or cut off while it starts
        return _exchange(port, "GET", "/readyz", {}, None)[0] == 200
    return False


def _exchange(
    port: int, method: str, target: str, headers: dict[str, str], body: str | None
) -> tuple[int, bytes]:
    """Status and body of one request on a connection of its own."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_HTTP_S)) as connection:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _farthing(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "farthing", *arguments]


def _where(data: Path, database_url: str | None) -> list[str]:
    return ["--data", str(data), *(["--database-url", database_url] if database_url else [])]


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-800:]
