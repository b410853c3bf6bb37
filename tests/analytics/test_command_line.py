"""`farthing analytics` as an operator uses it, beside a server that has the copy to itself, and without."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_serve import CALL, PASSWORD, ask
from tests.processes import run, serving
from tests.terminal import Terminal


def test_a_copy_is_made_checked_damaged_mended_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("FARTHING_DATA", str(data))
    monkeypatch.setenv("FARTHING_ANALYTICS_URL", f"chdb://{tmp_path}/copy")
    words = ("--email", "ada@example.com", "--workspace", "Mine", "--password-stdin", "--json")
    key = json.loads(run("init", *words, stdin=f"{PASSWORD}\n").stdout)["apiKey"]

    def told(*command: str) -> Any:
        return json.loads(run("analytics", *command, "--json").stdout)

    def read_from(*command: str) -> tuple[str, str]:
        """What a command answers, and what it says that it read."""
        asked = run(*command, "--email", "ada@example.com")
        return asked.stdout, asked.stderr.splitlines()[-1]

    with serving(data) as server:
        for number in range(3):
            call = {**CALL, "externalRequestId": f"r{number}"}
            assert ask(server, "POST", "/v1/ingest/llm-request", call, X_API_Key=key)[0] == 200
        while ask(server, "GET", "/readyz")[1]["analytics"]["rowsBehind"] != 0:
            pass
        status = told("status")
        assert (status["isHeldByServer"], status["rowsBehind"]) == (True, 0)
        assert told("verify") == [
            {"workspace": "Mine", "rows": 3, "days": 3, "differing": [], "copiedAgain": None}
        ]
        exported, source = read_from("export", "requests")
        assert (exported.count("\n"), source) == (4, "Read from: rows.")  # the server has the copy
        server.stop()
    assert read_from("export", "requests") == (exported, "Read from: clickhouse.")
    assert read_from("report", "--by", "status", "--status", "success")[1] == "Read from: clickhouse."
    database = sqlite3.connect(data / "farthing.db")
    database.execute("UPDATE usage_event SET latency_ms = 1 WHERE request_id = 2")  # behind everybody's back
    database.commit()
    database.close()
    wrong = run("analytics", "verify")
    assert (wrong.returncode, "1 days differ" in wrong.stdout) == (1, True)
    assert "they are copied again" in run("analytics", "repair").stdout
    assert run("analytics", "rebuild").stdout == "The copy is up to the database: 0 calls behind.\n"


def test_without_a_copy_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal(monkeypatch, capsys)
    words = ("--email", "ada@example.com", "--workspace", "Mine", "--password-stdin")
    assert terminal.type("init", *words, "--data", str(tmp_path), stdin=f"{PASSWORD}\n")[0] == 0
    code, _, error = terminal.type("analytics", "status", "--data", str(tmp_path))
    assert (code, "FARTHING_ANALYTICS_URL" in error) == (1, True)
