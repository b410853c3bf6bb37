"""`farthing erase` at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_unknown_and_receipt import ADA, record
from tests.terminal import Terminal

ALICE = "alice@example.org"


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation of Ada's."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def test_a_user_is_erased_from_the_files_themselves(terminal: Terminal, data: str) -> None:
    record(data, user_id=ALICE, external_request_id=f"call of {ALICE}")
    here = (*ADA, "--data", data)
    code, _, error = terminal.type("erase", "user", ALICE, *here)
    assert (code, "--yes" in error, "1 requests" in error) == (1, True, True)
    code, out, error = terminal.type("erase", "user", ALICE, "--yes", *here)
    assert code == 0, error
    assert "1 request ids" in out
    assert "nothing of it is left" in out
    assert ALICE.encode() not in b"".join(file.read_bytes() for file in Path(data).iterdir())
    told = json.loads(terminal.type("erase", "tenant", "nobody", "--yes", "--json", *here)[1])
    assert (told["state"], told["certificate"]["before"]["requests"]) == ("done", 0)
