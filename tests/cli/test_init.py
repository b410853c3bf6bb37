"""`farthing init`, in this process but for one run as its users run it."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.processes import run
from tests.terminal import Terminal

GOOD = {"--email": "ada@example.com", "--workspace": "My company", "--timezone": "Europe/Vienna"}


def init(
    terminal: Terminal, data: Path, stdin: str = "a long password\n", **changed: str
) -> tuple[int, str, str]:
    options = GOOD | {f"--{name}": value for name, value in changed.items()}
    words = [word for pair in options.items() for word in pair]
    return terminal.type("init", *words, "--password-stdin", "--json", "--data", str(data), stdin=stdin)


def test_it_prints_the_ids_and_the_key_as_json(tmp_path: Path) -> None:
    words = ("--email", "ada@example.com", "--password-stdin", "--workspace", "My company", "--json")
    ended = run("init", *words, "--data", str(tmp_path), stdin="a long password\n")
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    assert set(told) == {"workspaceId", "userId", "apiKey"}
    assert UUID(told["workspaceId"]) != UUID(told["userId"])
    assert told["apiKey"].startswith("fk_live_")


def test_a_second_time_is_refused_and_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    code, first, _ = init(terminal, tmp_path)
    assert code == 0
    code, out, err = init(terminal, tmp_path, email="eve@example.com")
    assert (code, out) == (1, "")
    assert err == "farthing: this installation has been set up already; sign in instead\n"
    code, listed, _ = terminal.type(
        "key", "list", "--email", "ada@example.com", "--json", "--data", str(tmp_path)
    )
    assert [key["prefix"] for key in json.loads(listed)] == [json.loads(first)["apiKey"][:16]]
    assert terminal.type("key", "list", "--email", "eve@example.com", "--data", str(tmp_path))[0] == 1


@pytest.mark.parametrize(
    ("changed", "stdin", "told"),
    [
        ({"email": "ada"}, "a long password\n", "email: is not an e-mail address"),
        ({}, "short\n", "password: has 5 characters; at least 10 are needed"),
        ({}, "", "password: has 0 characters"),
        ({"workspace": ""}, "a long password\n", "workspace: is empty"),
        ({"timezone": "Mars"}, "a long password\n", "timezone: 'Mars' is not an IANA time zone"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_made(
    terminal: Terminal, tmp_path: Path, changed: dict[str, str], stdin: str, told: str
) -> None:
    code, out, err = init(terminal, tmp_path / "new", stdin, **changed)
    assert (code, out) == (1, "")
    assert told in err
    assert not (tmp_path / "new").exists()


def test_a_password_is_never_an_argument(terminal: Terminal, tmp_path: Path) -> None:
    code, _, err = terminal.type(
        "init", "--email", "a@b.c", "--workspace", "x", "--data", str(tmp_path), stdin="a long password\n"
    )
    assert code == 1
    assert "--password-stdin" in err


def test_for_people_it_is_said_in_sentences(terminal: Terminal, tmp_path: Path) -> None:
    words = ("--email", "ada@example.com", "--workspace", "My company", "--password-stdin")
    code, out, _ = terminal.type("init", *words, "--data", str(tmp_path), stdin="a long password\n")
    assert code == 0
    assert "My company is set up, owned by ada@example.com" in out
    assert "shown only now: fk_live_" in out
