"""`farthing why`."""

from __future__ import annotations

import json
import re
from decimal import Decimal
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


def test_it_tells_the_change_in_parts_that_add_up(terminal: Terminal, data: str) -> None:
    empty = terminal.type("why", *ADA, "--data", data)
    assert (empty[0], empty[1].splitlines()[0]) == (0, "There were no calls in either time.")
    record(data)
    code, out, _ = terminal.type(
        "why", *ADA, "--data", data, "--range", "24h", "--compare-from", "2026-01-01"
    )
    assert code == 0
    assert "there were no calls in the time before" in out
    code, out, _ = terminal.type("why", *ADA, "--data", data)
    amounts = re.findall(r"\$[\d.,]+", out)
    assert amounts
    assert all(len(each) <= len("$0.000045") for each in amounts)
    code, out, _ = terminal.type("why", *ADA, "--data", data, "--json")
    told = json.loads(out)
    parts = sum(Decimal(each["amountUsd"]) for each in told["parts"])
    assert (code, parts) == (0, Decimal(told["change"]["amountUsd"]))
    assert terminal.type("why", *ADA, "--data", data, "--compare-to", "2026-01-01")[0] != 0
