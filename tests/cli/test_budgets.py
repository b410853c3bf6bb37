"""`farthing budgets`: the same rules, tables and JSON as over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import Terminal

ADA = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> tuple[str, ...]:
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return (*ADA, "--data", str(tmp_path))


def test_budgets_are_made_shown_changed_and_removed(terminal: Terminal, data: tuple[str, ...]) -> None:
    def told(*arguments: str) -> Any:
        code, out, errors = terminal.type("budgets", *arguments, *data, "--json")
        assert code == 0, errors
        return json.loads(out)

    words = ("--threshold", "0.5", "--threshold", "0.8", "--tag", "team:a", "--endpoint-tag", "!bot")
    period = ("--period", "week", "--week-start", "sunday", "--timezone", "Asia/Kathmandu")
    made = told("add", "All of it", "--limit-usd", "0.40", *words, *period)
    assert (made["limitUsd"], made["thresholds"]) == ("0.400000000000", [0.5, 0.8])
    assert made["period"] == {"kind": "week", "count": 1, "anchor": None, "weekStart": "sunday"}
    assert made["filters"] == {
        "dataMode": "real",
        "environment": "all",
        "endpointTag": ["!bot"],
        "tags": ["team:a"],
    }
    terms = ("--limit-tokens", "10", "--per", "userId", "--enforcement", "strict", "--observe-only")
    told("add", "each", *terms)
    assert [each["id"] for each in told("list")] == ["bud_1", "bud_2"]
    changed = told("change", "each", "--name", "every", "--per", "none", "--no-observe-only", "--model", "m")
    assert (changed["per"], changed["observeOnly"], changed["limitTokens"]) == (None, False, 10)
    assert (changed["name"], changed["filters"]["model"]) == ("every", ["m"])
    assert told("show", "bud_2") == told("list")[1]
    past = told("history", "bud_2", "--periods", "2")["items"]
    assert [each["standings"][0]["state"] for each in past] == ["ok", "ok"]
    preview = told("preview", "--limit-requests", "1", "--period", "day", "--periods", "3")
    assert len(preview["items"]) == 3
    for command in (("list",), ("show", "every"), ("history", "every"), ("preview", "--limit-usd", "1")):
        code, out, _ = terminal.type("budgets", *command, *data)
        assert code == 0
        assert "0 of" in out or "ok" in out
    assert terminal.type("budgets", "remove", "every", *data)[:2] == (0, "every is removed\n")
    assert [each["id"] for each in told("list")] == ["bud_1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "a"), "limitUsd"),
        (("add", "a", "--limit-usd", "x"), "--limit-usd"),
        (("add", "a", "--limit-usd", "1", "--count", "3"), "--period"),
        (("add", "a", "--limit-usd", "1", "--period", "fortnight"), "rolling_days"),
        (("add", "a", "--limit-usd", "1", "--api-key", "key_9"), "key_9"),
        (("show", "nothing"), "no budget"),
    ],
)
def test_what_is_wrong_is_said(
    terminal: Terminal, data: tuple[str, ...], arguments: tuple[str, ...], said: str
) -> None:
    code, _, errors = terminal.type("budgets", *arguments, *data)
    assert code == 1
    assert said in errors
