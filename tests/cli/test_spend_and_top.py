"""`farthing spend` and `farthing top`: the same calls as every read, against the time before."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path
from select import select
from typing import Any, Final

import pytest

from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.settings import load_settings
from tests.processes import SECONDS_MAX
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")
CALLS: Final = (("ada", "gpt-4o", 0), ("ada", "gpt-4o", 1), ("bob", "gpt-4o-mini", 0), ("ada", "gpt-4o", 8))
"""Of whom, of which model, how many days ago."""


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation with CALLS."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    asyncio.run(_record(tmp_path, [_call(*each) for each in CALLS]))
    return str(tmp_path)


def _call(user: str, model: str, days: int) -> Call:
    at = instant(SystemClock().now() - days * DAY_MS)
    sent: dict[str, Any] = {"provider": "openai", "status": "success", "created_at": at}
    return Call(**sent, model=model, user_id=user, input_tokens=1_000, output_tokens=100)


async def _record(folder: Path, calls: list[Call]) -> None:
    async with running(build_parts(load_settings(data=folder), SystemClock())) as parts:
        for call in calls:
            read = understand(call, Sender(1, 1, 1), parts.clock.now(), parts.prices.cards(1))
            assert isinstance(read, Understood)
            await parts.recorder.record([read.event])


def told(terminal: Terminal, data: str, *words: str) -> dict[str, Any]:
    code, out, error = terminal.type(*words, *ADA, "--json", "--data", data)
    assert (code, error) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_spend_is_told_against_the_time_before_with_who_spent_it(terminal: Terminal, data: str) -> None:
    found = told(terminal, data, "spend", "--by", "user-id")
    assert (found["total"]["amountUsd"], found["previous"]["total"]["amountUsd"]) == (
        "0.007210000000",
        "0.003500000000",
    )
    assert found["change"]["amountUsd"] == "0.003710000000"
    ada, bob = found["ranking"]["items"]
    assert (ada["key"], ada["amountUsd"], ada["previous"]["amountUsd"]) == (
        "ada",
        "0.007000000000",
        "0.003500000000",
    )
    assert (bob["key"], bob["change"]["requests"], bob["change"]["costRatio"]) == ("bob", 1, None)
    assert sum(item["costUsd"] for item in found["items"]) == pytest.approx(found["total"]["costUsd"])
    assert float(found["month"]["forecastLow"]) <= float(found["month"]["forecast"])
    assert found["month"]["forecastReason"] is None
    assert told(terminal, data, "spend", "--model", "gpt-4o", "--limit", "1")["total"]["requests"] == 2


def test_spend_draws_a_bar_for_each_day_and_names_the_budget(terminal: Terminal, data: str) -> None:
    limit = ("--limit-usd", "0.001", "--period", "month")
    assert terminal.type("budgets", "add", "All", *limit, *ADA, "--data", data)[0] == 0
    code, out, _ = terminal.type("spend", *ADA, "--data", data, "--limit", "1")
    assert code == 0
    assert out.startswith("$0.00721 for 3 calls: \u25b2 106 %, from $0.0035 in the time before")
    assert sum("\u2588" in line for line in out.splitlines()) == 2
    assert "(all others)" in out
    assert "expected at its end" in out
    assert "exceeded" in out
    assert "\x1b" not in out


def test_budgets_of_other_calls_and_a_forecast_without_all_prices_say_so(
    terminal: Terminal, data: str
) -> None:
    limit = ("--limit-usd", "0.001", "--period", "month")
    assert terminal.type("budgets", "add", "All", *limit, *ADA, "--data", data)[0] == 0
    asyncio.run(_record(Path(data), [_call("ada", "nobody-prices-this", 0)]))
    out = terminal.type("spend", *ADA, "--data", data)[1]
    assert "Budgets count" not in out
    (month,) = [line for line in out.splitlines() if "expected at its end" in line]
    assert month.count("\u2265 $") == 4  # so far, expected, low and high
    out = terminal.type("spend", *ADA, "--data", data, "--data-mode", "demo")[1]
    assert "Budgets count the calls that each is for (real), not those asked for here." in out


def test_without_calls_spend_says_how_to_get_some(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("spend", *ADA, "--data", data, "--data-mode", "test", "--step", "month")
    assert (code, out.splitlines()[0]) == (0, "$0.00 for 0 calls; no calls in the time before, as long")
    assert "farthing send" in out
    assert "no forecast: it takes 3 days" in out


def test_top_ranks_with_share_and_change(terminal: Terminal, data: str) -> None:
    found = told(terminal, data, "top")
    assert [item["key"] for item in found["items"]] == ["gpt-4o", "gpt-4o-mini"]
    assert found["items"][0]["share"] == pytest.approx(7 / 7.21)
    assert found["items"][0]["change"]["costRatio"] == 1.0
    assert [item["key"] for item in told(terminal, data, "top", "apiKey")["items"]] == ["key_1"]
    code, out, _ = terminal.type("top", "user_id", *ADA, "--limit", "1", "--data", data)
    assert code == 0
    assert out.splitlines()[-2].split() == ["ada", "$0.007", "97", "%", "\u25b2", "100", "%", "2", "0", "%"]
    assert out.splitlines()[-1].startswith("(all others)")


@pytest.mark.parametrize(
    ("flags", "told_in_error"),
    [
        (("top", "colour"), "endpointTag"),
        (("top", "--limit", "0"), "from 1 to 1000"),
        (("top", "--watch", "--every", "0"), "0.2 at least"),
        (("spend", "--step", "15m", "--from", "2020-01-01"), "too fine"),
        (("spend", "--by", "colour"), "endpointTag"),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Terminal, data: str, flags: tuple[str, ...], told_in_error: str
) -> None:
    code, out, error = terminal.type(*flags, *ADA, "--data", data)
    assert (code, out) == (1, "")
    assert told_in_error in error


@pytest.fixture
def watched(data: str) -> Iterator[tuple[int, int]]:
    """`farthing top --watch` on a terminal of its own: its process, and what it writes and reads."""
    words = ("top", "--watch", "--every", "0.2", *ADA, "--data", data)
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "farthing", *words])  # noqa: S606 - our own program
    yield process, terminal
    os.close(terminal)


def _read(terminal: int) -> bytes:
    """What is there to be read next; nothing at the end."""
    ready, _, _ = select([terminal], [], [], SECONDS_MAX)
    try:
        return os.read(terminal, 65_536) if ready else b""
    except OSError:  # how Linux says that the other side is gone
        return b""


def test_a_watched_ranking_is_drawn_again_until_it_is_interrupted(watched: tuple[int, int]) -> None:
    process, terminal = watched
    seen = b""
    while seen.count(b"gpt-4o-mini") < 2:
        got = _read(terminal)
        assert got, seen
        seen += got
    os.write(terminal, b"\x03")
    while got := _read(terminal):
        seen += got
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert b"Traceback" not in seen
    assert b"\x1b[?1049l" in seen  # the screen is as it was before
