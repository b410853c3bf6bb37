"""`farthing report` and `farthing requests`: the same calls, filtered by the same flags."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_filters import AS_SENT, read_filters
from farthing.assembly import build_parts, running
from farthing.clock import SystemClock
from farthing.intake.call import Call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.settings import load_settings
from farthing.storage.sqlite.connection import open_writer
from tests.terminal import Terminal

ADA: Final = ("--email", "ada@example.com")
CALLS: Final[tuple[dict[str, Any], ...]] = (
    {"model": "gpt-4o-mini", "user_id": "ada", "tags": {"team": "search"}},
    {"model": "gpt-4o-mini", "user_id": "bob", "tags": {"team": "ads"}},
    {"model": "gpt-4o", "user_id": "bob"},
    {"model": "foo-2", "user_id": "=cmd()"},
    {"model": "gpt-4o", "user_id": "cy", "data_mode": "test"},
)


@pytest.fixture
def data(terminal: Terminal, tmp_path: Path) -> str:
    """An installation with CALLS, all of now."""
    words = ("--workspace", "My company", "--password-stdin", "--data", str(tmp_path))
    assert terminal.type("init", *ADA, *words, stdin="a long password\n")[0] == 0
    asyncio.run(_record(tmp_path))
    return str(tmp_path)


async def _record(folder: Path) -> None:
    async with running(build_parts(load_settings(data=folder), SystemClock())) as parts:
        for number, fields in enumerate(CALLS):
            sent = {"external_request_id": f"r{number}", "provider": "openai", "status": "success"} | fields
            call = Call(**sent, input_tokens=120, output_tokens=45)
            read = understand(call, Sender(1, 1, 1), parts.clock.now(), parts.prices.cards(1))
            assert isinstance(read, Understood)
            await parts.recorder.record([read.event])


def told(terminal: Terminal, data: str, *words: str) -> dict[str, Any]:
    code, out, error = terminal.type(*words, *ADA, "--json", "--data", data)
    assert (code, error) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_a_report_adds_up_by_dimensions_with_the_share_that_has_no_price(
    terminal: Terminal, data: str
) -> None:
    answer = told(terminal, data, "report", "--by", "model", "--by", "user-id", "--measure", "requests")
    assert {(item["model"], item["userId"], item["requests"]) for item in answer["items"]} == {
        ("gpt-4o-mini", "ada", 1),
        ("gpt-4o-mini", "bob", 1),
        ("gpt-4o", "bob", 1),
        ("foo-2", "=cmd()", 1),
    }
    assert answer["total"]["requests"] == 4
    assert answer["unpriced"] == {"requests": 1, "tokens": 165, "share": 0.25}


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        ((), 4),
        (("--model", "gpt-4o-mini"), 2),
        (("--model", "!gpt-4o-mini"), 2),
        (("--model", "gpt-4o-mini", "--user-id", "!bob"), 1),
        (("--tag", "team:search", "--tag", "team:ads"), 2),
        (("--tag", "!team:search"), 3),
        (("--tag", "!team:unknown"), 2),
        (("--data-mode", "!demo"), 5),
        (("--data-mode", "real", "--data-mode", "test"), 5),
        (("--api-key", "key_1"), 4),
        (("--environment", "staging"), 0),
    ],
)
def test_both_commands_take_the_same_filters_and_repeat_them(
    terminal: Terminal, data: str, flags: tuple[str, ...], count: int
) -> None:
    report = told(terminal, data, "report", *flags)
    listed = told(terminal, data, "requests", *flags)
    assert report["total"]["requests"] == len(listed["items"]) == listed["total"]["requests"] == count
    assert report["filters"] == listed["filters"]
    pairs = [(name, value) for name, each in report["filters"].items() for value in _list(each)]
    assert read_filters(Parameters(pairs, AS_SENT)).data_modes


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_a_table_has_a_total_and_marks_lower_bounds(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type("report", *ADA, "--by", "model", "--step", "month", "--data", data)
    assert code == 0
    assert out.splitlines()[-2].startswith("Total")
    assert "\u2265" in out.splitlines()[-2]
    assert "1 of 4 requests (25.0%) have no full price" in out
    assert (
        "1 of 3 groups" in terminal.type("report", *ADA, "--by", "model", "--limit", "1", "--data", data)[1]
    )


def test_csv_has_exact_amounts_and_no_formulas(terminal: Terminal, data: str) -> None:
    code, out, _ = terminal.type(
        "report", *ADA, "--csv", "--by", "userId", "--measure", "cost", "--data", data
    )
    assert code == 0
    rows = {row["userId"]: row for row in csv.DictReader(io.StringIO(out))}
    assert set(rows) == {"ada", "bob", "'=cmd()"}
    assert rows["ada"]["amountUsd"] == "0.000045000000"


def test_days_are_those_of_the_zone_that_is_asked_for(terminal: Terminal, data: str) -> None:
    answer = told(terminal, data, "report", "--step", "day", "--timezone", "Asia/Kathmandu")
    assert answer["range"]["timezone"] == "Asia/Kathmandu"
    assert all(start.endswith("18:15:00Z") for start in answer["buckets"][1:])
    assert sum(item["requests"] for item in answer["items"]) == 4


def test_requests_come_in_pages(terminal: Terminal, data: str) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while not seen or cursor:
        paging = () if cursor is None else ("--cursor", cursor)
        page = told(terminal, data, "requests", "--limit", "3", *paging)
        seen += [item["externalRequestId"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert sorted(seen) == ["r0", "r1", "r2", "r3"]
    code, out, _ = terminal.type("requests", *ADA, "--limit", "1", "--data", data)
    assert code == 0
    assert "4 calls pass that, at least" in out
    assert "--cursor" in out
    assert "No stored call" in terminal.type("requests", *ADA, "--model", "never", "--data", data)[1]


@pytest.mark.parametrize(
    ("flags", "told_in_error"),
    [
        (("--model", "a", "--model", "!a"), "nothing can match"),
        (("--api-key", "key_zz"), "it has key_1"),
        (("--tag", "team"), "write name:value"),
        (("--status", "failed"), "success, error, cache_hit"),
        (("--range", "1y"), "7d"),
        (("--by", "colour"), "endpointTag"),
        (("--measure", "joy"), "error_rate"),
        (("--order-by", "latency_p95"), "allowed are cost"),
        (("--by", "model", "--by", "userId", "--by", "status"), "at most 2"),
        (("--step", "15m", "--from", "2020-01-01"), "too fine"),
        (("--limit", "0"), "from 1 to 10000"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(
    terminal: Terminal, data: str, flags: tuple[str, ...], told_in_error: str
) -> None:
    code, out, error = terminal.type("report", *ADA, *flags, "--data", data)
    assert (code, out) == (1, "")
    assert told_in_error in error


def test_retries_are_told_and_what_nobody_counted_is_left_empty(terminal: Terminal, data: str) -> None:
    total = told(terminal, data, "report", "--measure", "retries", "--measure", "retry-rate")["total"]
    assert (total["retries"], total["retryRate"]) == (0, 0.0)
    with closing(open_writer(Path(data) / "farthing.db")) as connection:
        connection.execute("UPDATE workspace SET keys_from = ?", (SystemClock().now(),))
    total = told(terminal, data, "report", "--measure", "retries", "--measure", "retry-rate")["total"]
    assert (total["retries"], total["retryRate"]) == (None, None)
    code, out, _ = terminal.type("report", "--measure", "retries", *ADA, "--data", data)
    assert (code, "Retries are counted from" in out) == (0, True)
