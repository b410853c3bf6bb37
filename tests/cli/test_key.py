"""`farthing key`."""

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


def listed(terminal: Terminal, data: str, *words: str) -> list[dict[str, Any]]:
    """What `farthing key list` says."""
    keys: list[dict[str, Any]] = json.loads(
        terminal.type("key", "list", *ADA, *words, "--json", "--data", data)[1]
    )
    return keys


def test_a_key_is_made_and_edited_with_everything(terminal: Terminal, data: str) -> None:
    settings = (
        *("--note", "nightly", "--default-data-mode", "test", "--default-environment", "dev"),
        *("--allow-environment", "dev", "--allow-environment", "staging"),
        *("--expires-at", "2199-01-01", "--owner", "ADA@example.com"),
        *("--otel-attribute", "userId=app.customer", "--otel-attribute", "tenantId=app.org"),
    )
    code, _, err = terminal.type("key", "create", *ADA, "--name", "ci", *settings, "--data", data)
    assert (code, err) == (0, "")
    key = listed(terminal, data)[0]
    wanted = {
        "note": "nightly",
        "defaultDataMode": "test",
        "defaultEnvironment": "dev",
        "allowedEnvironments": ["staging", "dev"],
        "otelAttributes": {"tenantId": "app.org", "userId": "app.customer"},
        "expiresAt": "2199-01-01T00:00:00Z",
        "ownerEmail": "ada@example.com",
        "state": "live",
    }
    assert {name: key[name] for name in wanted} == wanted
    all_three = [word for each in ("prod", "staging", "dev") for word in ("--allow-environment", each)]
    edited = terminal.type(
        *("key", "edit", key["id"], *ADA, "--name", "cd", "--expires-at", "never", *all_three),
        *("--otel-attribute", "none", "--data", data),
    )
    assert edited[:2] == (0, f"{key['id']} is changed\n")
    after = listed(terminal, data)[0]
    assert after == key | {
        "name": "cd",
        "expiresAt": None,
        "allowedEnvironments": None,
        "otelAttributes": None,
    }


def test_a_key_is_rotated(terminal: Terminal, data: str) -> None:
    (first,) = listed(terminal, data)
    words = ("key", "rotate", first["id"], *ADA, "--data", data)
    code, out, _ = terminal.type(*words, "--overlap-minutes", "60", "--json")
    new = json.loads(out)
    assert (code, set(new)) == (0, {"id", "name", "apiKey"})
    keys = {key["id"]: key for key in listed(terminal, data)}
    assert keys[new["id"]]["replaces"] == first["id"]
    assert keys[first["id"]]["replacedBy"] == new["id"]
    assert keys[first["id"]]["expiresAt"] is not None
    code, out, err = terminal.type(*words)
    assert (code, out) == (1, "")
    assert f"{first['id']} has been replaced by {new['id']} already" in err
    code, out, _ = terminal.type("key", "rotate", new["id"], *ADA, "--overlap-minutes", "0", "--data", data)
    assert (code, out[:8]) == (0, "fk_live_")
    assert [key["id"] for key in listed(terminal, data, "--only", "ended")] == [new["id"]]
    assert len(listed(terminal, data, "--only", "live")) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rotate", "key_1", *ADA, "--overlap-minutes", "50000"), "overlapMinutes: must be from 0 to 43200"),
        (("rotate", "key_zz", *ADA), "no live API key key_zz"),
        (("edit", "1", *ADA, "--name", "x"), "'1' is no key id"),
        (("edit", "key_1", *ADA), "nothing is given to change"),
        (("create", *ADA, "--name", "x", "--owner", "eve@example.com"), "eve@example.com is no member"),
        (("create", *ADA, "--name", "x", "--allow-environment", "moon"), "not 'moon'"),
        (("create", *ADA, "--name", "x", "--expires-at", "2001-01-01"), "is not after now"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    terminal: Terminal, data: str, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("key", *words, "--data", data)
    assert (code, out) == (1, "")
    assert told in err
