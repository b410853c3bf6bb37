"""`farthing unknown` and `farthing receipt`, over an installation with demo events."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.ids import request_id_text
from farthing.settings import load_settings
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """A set-up installation."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    return str(tmp_path)


def record(data: str, **fields: str) -> str:
    """Store a call of now; its request id."""

    async def work() -> int:
        async with running(build_parts(load_settings(data=Path(data)), SystemClock())) as parts:
            sent: dict[str, Any] = {
                "external_request_id": "r1",
                "provider": "openai",
                "model": "gpt-4o-mini",
                "status": "success",
            }
            call = Call(**(sent | fields), input_tokens=120, output_tokens=45)
            read = understand(call, Sender(1, 1, 1), parts.clock.now(), parts.prices.cards(1))
            assert isinstance(read, Understood)
            (recorded,) = await parts.recorder.record([read.event])
            return recorded.request_id

    return request_id_text(asyncio.run(work()))


def test_a_receipt_shows_every_line_and_the_total(terminal: Terminal, data: str) -> None:
    request_id = record(data)
    code, out, _ = terminal.type("receipt", request_id, *ADA, "--data", data)
    assert code == 0
    assert "0.000045" in out
    assert "success, priced" in out
    assert "input_uncached" in out
    assert "openai/gpt-4o-mini" in out
    told = json.loads(terminal.type("receipt", request_id, *ADA, "--json", "--data", data)[1])
    assert (told["requestId"], told["totalUsd"]) == (request_id, "0.000045000000")


@pytest.mark.parametrize("request_id", ["req_zz", "7", "req_"])
def test_a_receipt_that_is_not_there_is_refused(terminal: Terminal, data: str, request_id: str) -> None:
    code, _, error = terminal.type("receipt", request_id, *ADA, "--data", data)
    assert code == 1
    assert f"there is no request '{request_id}' in this workspace" in error


def test_unknown_models_are_listed_with_names_that_are_spelled_alike(terminal: Terminal, data: str) -> None:
    assert "Every call" in terminal.type("unknown", *ADA, "--data", data)[1]
    record(data, model="gpt-4o-minni")
    code, out, _ = terminal.type("unknown", *ADA, "--data", data)
    assert code == 0
    assert "gpt-4o-minni" in out
    assert "unknown_model" in out
    (item,) = json.loads(terminal.type("unknown", *ADA, "--json", "--data", data)[1])
    assert (item["unpricedRequests"], item["unpricedTokens"]) == (1, 165)
    left_out = terminal.type("unknown", *ADA, "--model", "!gpt-4o-minni", "--data", data)[1]
    assert "Every call" in left_out
    assert item["suggested"][0] == {"provider": "openai", "model": "gpt-4o-mini"}


def test_a_range_that_there_is_not_is_refused(terminal: Terminal, data: str) -> None:
    code, _, error = terminal.type("unknown", *ADA, "--range", "1y", "--data", data)
    assert code == 1
    assert "range" in error
