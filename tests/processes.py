"""The `farthing` command as its users run it: in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

COMMAND: Final = (sys.executable, "-m", "farthing")
SECONDS_MAX: Final = 30


def lasting_port() -> int:
    """A free port that nobody is given who asks for any: for servers that come back where they were."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@dataclass(frozen=True)
class Server:
    """A server that has said it is ready. `lines` are what it printed until then."""

    process: subprocess.Popen[str]
    url: str
    lines: tuple[str, ...]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> tuple[int, str]:
        """Ask it to end; its exit code and what it wrote to standard error."""
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=SECONDS_MAX)
        return self.process.returncode, errors


@contextmanager
def serving(
    data: Path,
    *arguments: str,
    command: str = "serve",
    line_count: int = 1,
    log: IO[str] | int = subprocess.PIPE,
    port: int = 0,
) -> Iterator[Server]:
    """A server over a data folder, killed at the end if it still runs; on a free port if none is given.

    Without a file for its `log` it stands still once it has complained of some 64 KB.
    """
    process = subprocess.Popen(
        [*COMMAND, command, "--data", str(data), "--port", str(port), *arguments],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = tuple(process.stdout.readline().rstrip("\n") for _ in range(line_count))
        found = re.search(r"http://[\w.:\[\]]+:\d+", lines[0])
        assert found is not None, (lines, process.communicate(timeout=SECONDS_MAX))
        yield Server(process, found.group(), lines)
    finally:
        process.kill()
        process.communicate()
