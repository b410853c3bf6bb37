"""`farthing audit`."""

from __future__ import annotations

import json
from pathlib import Path

import apsw

from tests.cli.test_key import ADA, data
from tests.terminal import Terminal

__all__ = ["data"]


def test_what_was_done_is_listed_exported_and_verified(terminal: Terminal, data: str) -> None:
    terminal.type("key", "create", *ADA, "--name", "ci", "--data", data)
    code, out, _ = terminal.type("audit", "list", *ADA, "--json", "--data", data)
    (newest, *_) = json.loads(out)
    assert (code, newest["action"], newest["via"]) == (0, "api_key.created", "command")
    assert newest["actor"]["email"] == ADA[1]
    assert "api_key.created" in terminal.type("audit", "list", *ADA, "--data", data)[1]
    assert "No entry" in terminal.type("audit", "list", *ADA, "--action", "job", "--data", data)[1]
    code, out, _ = terminal.type("audit", "export", *ADA, "--format", "ndjson", "--data", data)
    told, before = (json.loads(line) for line in out.splitlines()[:2])
    assert (code, told["action"], before) == (0, "audit_log.exported", newest)
    code, out, _ = terminal.type("audit", "verify", "--data", data)
    assert code == 0
    assert f"as written; head {told['digest']}" in " ".join(out.split())


def test_a_log_that_was_tampered_with_fails(terminal: Terminal, data: str) -> None:
    for name in ("one", "two"):
        terminal.type("key", "create", *ADA, "--name", name, "--data", data)
    connection = apsw.Connection(str(Path(data) / "farthing.db"))
    connection.execute("DROP TRIGGER audit_entry_update")
    connection.execute("UPDATE audit_entry SET after = NULL WHERE seq = (SELECT max(seq) FROM audit_entry)")
    connection.close()
    code, out, _ = terminal.type("audit", "verify", "--json", "--data", data)
    (log,) = json.loads(out)
    assert (code, log["ok"], log["workspace"]) == (1, False, "My company")
    assert "is not what was written" in log["fault"]
    assert "is not what was written" in terminal.type("audit", "verify", "--data", data)[1]
