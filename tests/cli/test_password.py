"""`farthing password reset`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """A set-up installation."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def test_a_link_is_printed_or_the_password_set(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("password", "reset", *ADA, "--data", data)
    assert code == 0
    assert out.startswith("http://127.0.0.1:8787/reset/")
    link = json.loads(terminal.type("password", "reset", *ADA, "--json", "--data", data)[1])["link"]
    assert link != out.strip()
    words = ("password", "reset", *ADA, "--password-stdin", "--data", data)
    code, out, _ = terminal.type(*words, stdin="another password\n")
    assert (code, out) == (0, "ada@example.com has a new password, and is signed out everywhere\n")


def test_what_makes_no_sense_is_refused(terminal: Terminal, data: str) -> None:
    code, _, err = terminal.type("password", "reset", "--email", "eve@example.com", "--data", data)
    assert (code, err) == (1, "farthing: eve@example.com is not in this installation\n")
    words = ("password", "reset", *ADA, "--password-stdin", "--data", data)
    code, _, err = terminal.type(*words, stdin="short\n")
    assert code == 1
    assert "password: has 5 characters" in err
