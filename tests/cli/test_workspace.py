"""`farthing workspace`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terminal import Terminal

NAME = ("--workspace", "My [red]company")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A set-up installation, and plans."""
    monkeypatch.setenv("FARTHING_PLANS", '{"starter": {"request_limit_per_month": 100000}, "free": {}}')
    words = ("--email", "ada@example.com", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *NAME, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def listed(terminal: Terminal, data: str) -> dict[str, object]:
    (row,) = json.loads(terminal.type("workspace", "list", "--json", "--data", data)[1])
    assert isinstance(row, dict)
    return row


def test_a_plan_is_given_shown_and_taken(terminal: Terminal, data: str) -> None:
    assert listed(terminal, data).items() >= {"plan": None, "requests": 0, "requestLimit": None}.items()
    told = terminal.type("workspace", "plan", *NAME, "--plan", "starter", "--data", data)[:2]
    assert told == (0, "My [red]company has the plan starter: 100,000 requests a month, 0 this month\n")
    row = listed(terminal, data)
    assert (row["plan"], row["requestLimit"]) == ("starter", 100_000)
    by_id = ("--workspace", str(row["id"]))
    told = terminal.type("workspace", "plan", *by_id, "--plan", "free", "--data", data)[:2]
    assert told == (0, "My [red]company has the plan free: no limit of requests, 0 this month\n")
    told = terminal.type("workspace", "plan", *NAME, "--plan", "none", "--data", data)[:2]
    assert told == (0, "My [red]company has no plan and no limit\n")
    assert listed(terminal, data)["plan"] is None
    log = terminal.type(
        "audit", "export", "--email", "ada@example.com", "--format", "ndjson", "--data", data
    )[1]
    entries = [json.loads(line) for line in log.splitlines()]
    changes = [each for each in entries if each["action"] == "plan.assigned"]
    assert {(each["via"], each["target"]) for each in changes} == {("command", row["id"])}
    plans = [(each["before"]["plan"], each["after"]["plan"]) for each in changes]
    assert sorted(plans, key=str) == [("free", None), ("starter", "free"), (None, "starter")]


def test_the_list_is_a_table(terminal: Terminal, data: str) -> None:
    terminal.type("workspace", "plan", *NAME, "--plan", "starter", "--data", data)
    _, table, _ = terminal.type("workspace", "list", "--data", data)
    assert "My [red]company" in table
    assert "0 of 100,000" in table


@pytest.mark.parametrize(
    ("workspace", "tier", "told"),
    [
        ("My [red]company", "gold", "plan: there is no plan 'gold'; the settings define starter, free"),
        ("Other", "starter", "this installation has no workspace 'Other'"),
    ],
)
def test_what_is_not_there_is_refused(
    terminal: Terminal, data: str, workspace: str, tier: str, told: str
) -> None:
    words = ("--workspace", workspace, "--plan", tier)
    assert terminal.type("workspace", "plan", *words, "--data", data) == (1, "", f"farthing: {told}\n")


def test_without_plans_in_the_settings_that_is_said(
    terminal: Terminal, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FARTHING_PLANS")
    _, _, err = terminal.type("workspace", "plan", *NAME, "--plan", "starter", "--data", data)
    assert err == "farthing: plan: there is no plan 'starter'; the settings define no plans\n"
