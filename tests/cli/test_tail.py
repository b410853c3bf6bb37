"""`farthing tail` as people use it: beside a running server, until Ctrl-C."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from farthing.cli.tail import line
from farthing.storage.contract import StoredEvent
from tests.contract.samples import event
from tests.processes import COMMAND, SECONDS_MAX, Server, run, serving

PASSWORD = "a long password"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tail")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    with serving(data) as server:
        yield server


@pytest.fixture(scope="module")
def key(server: Server, data: Path) -> str:  # noqa: ARG001 - it runs while the installation is set up
    words = ("--email", "ada@example.com", "--workspace", "One", "--password-stdin", "--json")
    return str(json.loads(run("init", *words, "--data", str(data), stdin=f"{PASSWORD}\n").stdout)["apiKey"])


def send(server: Server, key: str, name: str, model: str = "gpt-4o-mini") -> None:
    body = {
        "externalRequestId": name,
        "provider": "openai",
        "model": model,
        "endpointTag": "chat",
        "inputTokens": 120,
        "outputTokens": 45,
        "latencyMs": 820,
        "status": "success",
    }
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/v1/ingest/llm-request", json.dumps(body), {"X-API-Key": key})
    assert connection.getresponse().status == 200
    connection.close()


def test_calls_are_told_as_they_come_until_ctrl_c(server: Server, data: Path, key: str) -> None:
    for name in ("one", "two"):
        send(server, key, name)
    flags = ("--email", "ada@example.com", "--data", str(data), "--lines", "1", "--model", "gpt-4o-mini")
    with subprocess.Popen(
        [*COMMAND, "tail", "--json", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["externalRequestId"] == "two"
        send(server, key, "another model", "gpt-4o")
        send(server, key, "three")
        told = json.loads(process.stdout.readline())
        assert (told["externalRequestId"], told["inputTokens"], told["costUsd"]) == ("three", 120, 0.000045)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_more_lines_than_there_may_be_are_refused(data: Path, key: str) -> None:  # noqa: ARG001 - made by it
    ended = run("tail", "--email", "ada@example.com", "--data", str(data), "--lines", "501")
    assert (ended.returncode, ended.stderr) == (1, "farthing: --lines: must be from 0 to 500, not 501\n")


def test_a_line_says_all_of_a_call_and_what_is_odd_about_it() -> None:
    odd = event(status="error", error_code="rate\x1b[2Jlimited", cost_picousd=None, pricing_status="unpriced")
    told = line(StoredEvent(100, odd), ZoneInfo("Europe/Vienna"))
    assert told.plain.split() == [
        "2026-11-10",
        "11:07:30+01:00",
        "req_2s",
        "mini",
        "unknown",
        *("120", "in", "0", "out"),
        *("840", "ms"),
        "unpriced",
        "error",
        "rate\ufffd[2Jlimited",
    ]
    console = Console(force_terminal=False, width=400)
    with console.capture() as printed:
        console.print(told, soft_wrap=True)
    assert "\x1b" not in printed.get()
