"""`farthing workspace create`, `rename`, `delete`, `restore` and `deleted`."""

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


def test_a_workspace_is_made_named_deleted_and_restored(terminal: Terminal, data: str) -> None:
    def typed(*words: str) -> str:
        code, out, err = terminal.type("workspace", *words, "--data", data)
        assert code == 0, err
        return out

    made = json.loads(typed("create", "Second", *ADA, "--timezone", "Asia/Tokyo", "--json"))
    assert (made["name"], made["timezone"]) == ("Second", "Asia/Tokyo")
    which = ("--workspace", made["workspaceId"])
    renamed = typed("rename", "Other", *ADA, *which, "--timezone", "UTC")
    assert renamed == f"{made['workspaceId']} is Other, UTC\n"
    assert typed("delete", "Other", *ADA, *which) == "Other is deleted\n"
    assert terminal.type("member", "list", *ADA, *which, "--data", data)[0] == 1
    (marked,) = json.loads(typed("deleted", "--json"))
    assert (marked["workspaceId"], marked["name"]) == (made["workspaceId"], "Other")
    assert "Other" in typed("deleted")
    assert typed("restore", "Other") == "Other is back\n"
    assert json.loads(typed("deleted", "--json")) == []
    assert terminal.type("member", "list", *ADA, *which, "--data", data)[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", " ", *ADA), "name: is empty"),
        (("create", "Second", "--email", "eve@example.com"), "eve@example.com is not in this installation"),
        (("rename", "Other", *ADA, "--timezone", "Mars"), "timezone: 'Mars' is not an IANA time zone"),
        (("delete", "Other", *ADA), "is not that of the workspace"),
        (("restore", "My company"), "no workspace 'My company' is marked deleted"),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Terminal, data: str, words: tuple[str, ...], told: str
) -> None:
    code, out, err = terminal.type("workspace", *words, "--data", data)
    assert (code, out) == (1, "")
    assert told in err
