"""`farthing key`."""

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


def test_a_key_is_made_listed_and_revoked(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("key", "create", *ADA, "--name", "ci", "--json", "--data", data)
    made = json.loads(out)
    assert (code, set(made)) == (0, {"id", "name", "apiKey"})

    def listed() -> list[dict[str, str | None]]:
        keys: list[dict[str, str | None]] = json.loads(
            terminal.type("key", "list", *ADA, "--json", "--data", data)[1]
        )
        return keys

    assert [key["name"] for key in listed()] == ["ci", "First key"]
    assert listed()[0]["revokedAt"] is None
    assert terminal.type("key", "revoke", made["id"], *ADA, "--data", data)[:2] == (
        0,
        f"{made['id']} is revoked\n",
    )
    assert listed()[0]["revokedAt"] is not None
    code, _, err = terminal.type("key", "revoke", made["id"], *ADA, "--data", data)
    assert (code, err) == (1, f"farthing: there is no live API key {made['id']} in this workspace\n")


def test_without_json_the_key_stands_alone_and_the_list_is_a_table(terminal: Terminal, data: str) -> None:
    _, key, _ = terminal.type("key", "create", *ADA, "--name", "ci", "--data", data)
    assert key.startswith("fk_live_")
    assert key.count("\n") == 1
    _, table, _ = terminal.type("key", "list", *ADA, "--data", data)
    assert "First key" in table
    assert key[:16] in table
    assert key.strip() not in table


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", *ADA, "--name", " "), "name: is empty"),
        (
            ("create", "--email", "eve@example.com", "--name", "x"),
            "eve@example.com is not in this installation",
        ),
        (("create", *ADA, "--name", "x", "--workspace", "Other"), "is not in a workspace 'Other'"),
        (("list", "--email", ""), "is not in this installation"),
        (("revoke", "2", *ADA), "'2' is no key id"),
        (("revoke", "key_zz", *ADA), "no live API key key_zz"),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Terminal, data: str, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("key", *words, "--data", data)
    assert (code, out) == (1, "")
    assert told in err


def test_a_workspace_may_be_named_or_given_by_its_id(terminal: Terminal, data: str) -> None:
    named = terminal.type("key", "list", *ADA, "--workspace", "My company", "--json", "--data", data)
    assert named[0] == 0


def test_a_mistyped_folder_makes_no_installation(terminal: Terminal, tmp_path: Path) -> None:
    nowhere = tmp_path / "dta"
    code, _, error = terminal.type("key", "list", *ADA, "--data", str(nowhere))
    assert code == 1
    assert f"there is no installation in {nowhere}" in error
    assert not nowhere.exists()
