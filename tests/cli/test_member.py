"""`farthing member`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """A set-up installation."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def listed(terminal: Terminal, data: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        terminal.type("member", "list", *ADA, "--json", "--data", data)[1]
    )
    return rows


def test_a_person_is_added_changed_and_removed(terminal: Terminal, data: str) -> None:
    words = ("bob@example.com", *ADA, "--role", "viewer", "--password-stdin", "--data", data)
    assert terminal.type("member", "add", *words, stdin="another password\n")[:2] == (
        0,
        "bob@example.com is viewer now\n",
    )
    assert [(each["email"], each["role"]) for each in listed(terminal, data)] == [
        ("ada@example.com", "owner"),
        ("bob@example.com", "viewer"),
    ]
    assert terminal.type("member", "role", "bob@example.com", "owner", *ADA, "--data", data)[0] == 0
    assert listed(terminal, data)[1]["role"] == "owner"
    assert terminal.type("member", "remove", "bob@example.com", *ADA, "--data", data)[0] == 0
    assert len(listed(terminal, data)) == 1
    assert terminal.type("member", "add", "bob@example.com", *ADA, "--data", data)[0] == 0
    table = terminal.type("member", "list", *ADA, "--data", data)[1]
    assert "bob@example.com" in table


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("role", "ada@example.com", "viewer", *ADA), "a workspace needs an owner"),
        (("role", "ada@example.com", "king", *ADA), "role: must be one of owner, admin"),
        (("remove", "ada@example.com", *ADA), "a workspace needs an owner"),
        (("remove", "eve@example.com", *ADA), "eve@example.com is not in this installation"),
        (("add", "eve@example.com", *ADA), "nobody has an account with the address eve@example.com"),
        (("add", "ada@example.com", *ADA), "is a member already"),
        (("add", "eve@example.com", *ADA, "--password-stdin"), "password: has 5 characters"),
        (("add", "eve", *ADA, "--password-stdin"), "email: is not an e-mail address"),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Terminal, data: str, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("member", *words, "--data", data, stdin="short\n")
    assert (code, out) == (1, "")
    assert told in err


def test_a_link_is_printed_listed_and_revoked(terminal: Terminal, data: str) -> None:
    words = ("bob@example.com", *ADA, "--role", "admin", "--days", "3", "--json", "--data", data)
    made = json.loads(terminal.type("member", "invite", *words)[1])
    assert set(made) == {"id", "email", "role", "expiresAt", "link"}
    assert made["link"].startswith("http://127.0.0.1:8787/join/")
    rows = json.loads(terminal.type("member", "invitations", *ADA, "--json", "--data", data)[1])
    assert [(row["id"], row["role"], row["state"]) for row in rows] == [(made["id"], "admin", "open")]
    assert "bob@example.com" in terminal.type("member", "invitations", *ADA, "--data", data)[1]
    code, out, _ = terminal.type("member", "uninvite", made["id"], *ADA, "--data", data)
    assert (code, out) == (0, f"{made['id']} is revoked\n")
    code, _, err = terminal.type("member", "uninvite", made["id"], *ADA, "--data", data)
    assert (code, err) == (1, "farthing: there is no such open invitation in this workspace\n")


def test_a_link_begins_with_the_public_address(
    terminal: Terminal, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FARTHING_PUBLIC_URL", "https://costs.example.com/")
    link = terminal.type("member", "invite", "bob@example.com", *ADA, "--data", data)[1]
    assert link.startswith("https://costs.example.com/join/")
    monkeypatch.setenv("FARTHING_PUBLIC_URL", "costs.example.com")
    code, _, err = terminal.type("member", "invite", "bob@example.com", *ADA, "--data", data)
    assert code == 2
    assert "public_url (FARTHING_PUBLIC_URL): must be an address" in err
