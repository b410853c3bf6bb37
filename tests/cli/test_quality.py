"""`farthing quality`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_unknown_and_receipt import ADA, record
from tests.terminal import Terminal


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """A set-up installation."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def test_it_tells_the_score_the_issues_and_what_to_do(terminal: Terminal, data: str) -> None:
    empty = terminal.type("quality", *ADA, "--data", data)
    assert empty[:2] == (0, "No stored call passes that.\n")
    record(data)
    code, out, _ = terminal.type("quality", *ADA, "--data", data, "--range", "24h")
    assert code == 0
    assert " of 100, over 1 calls." in out
    assert "data_mode_defaulted: do not say whether they are real" in out
    assert '"allowedEnvironments":["prod"]' in out


def test_as_json_it_is_what_the_api_tells(terminal: Terminal, data: str) -> None:
    record(data)
    code, out, _ = terminal.type("quality", *ADA, "--data", data, "--json", "--data-mode", "all")
    told = json.loads(out)
    assert (code, told["requests"], told["filters"]["dataMode"]) == (0, 1, "all")
    assert terminal.type("quality", *ADA, "--data", data, "--range", "8d")[0] != 0
    for flag, requests in (("gpt-4o-mini", 1), ("!gpt-4o-mini", 0)):
        out = terminal.type("quality", *ADA, "--data", data, "--json", "--model", flag)[1]
        assert (json.loads(out)["requests"], json.loads(out)["filters"]["model"]) == (requests, [flag])
