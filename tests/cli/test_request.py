"""`farthing request`: correcting a call at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_unknown_and_receipt import ADA, record
from tests.terminal import Terminal


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation of Ada's."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def test_a_call_is_amended_voided_restored_and_brought_back(terminal: Terminal, data: str) -> None:
    request_id, here = record(data), (*ADA, "--data", data)
    code, out, _ = terminal.type(
        "request", "amend", request_id, "--set", "inputTokens=240", "--set", "outputTokens=90", *here
    )
    assert (code, "version 2 and costs 0.000090000000 USD" in out) == (0, True)
    assert "counts no more" in terminal.type("request", "void", request_id, "--reason", "twice", *here)[1]
    assert "version 4" in terminal.type("request", "restore", request_id, *here)[1]
    told = json.loads(terminal.type("request", "revert", request_id, "1", "--json", *here)[1])
    assert (told["version"], told["pricing"]["amountUsd"]) == (5, "0.000045000000")
    code, out, _ = terminal.type("request", "history", request_id, *here)
    assert "usage.input_uncached: 120 -> 240" in out
    assert [word in out for word in ("amended", "voided", "restored", "reverted", "twice")] == [True] * 5


def test_what_cant_be_done_is_said(terminal: Terminal, data: str) -> None:
    request_id, here = record(data), (*ADA, "--data", data)
    assert "is as it came" in terminal.type("request", "history", request_id, *here)[1]
    code, _, error = terminal.type("request", "restore", request_id, *here)
    assert (code, "is not voided" in error) == (1, True)
    code, _, error = terminal.type("request", "amend", request_id, "--set", "inputTokens", *here)
    assert (code, "must be field=value" in error) == (1, True)
