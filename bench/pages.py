"""What every page that a person opens costs the server, on a folder full of events: time, and CPU time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from bench import traffic
from bench.client import Client
from bench.measurement import Measurement
from bench.proc import cpu_seconds
from bench.reads import DAY_MS, QUARTER_MS, nearest_rank, range_query
from bench.server import BenchError, Server
from farthing.rules.ids import cursor_text

PAGE_GOAL_MS = 50.0
_DAYS = 30
_DEEP_MS = 20 * DAY_MS
"""How far from its end the range is entered by a page deep in a list."""
_LAST_ID = (1 << 63) - 1
_READING_S_MAX = 8.0
_TRIES_MIN = 3
_NEVER = ("status", "cache_hit")
_ENDPOINT = traffic.ENDPOINT_TAGS[0]


@dataclass(frozen=True)
class Page:
    """A page, or a part of one that it loads behind. `has_range` ones are asked over thirty days.

    `is_deep` enters a list in the middle of its range.
    """

    key: str
    label: str
    path: str
    asked: tuple[tuple[str, str], ...] = ()
    has_range: bool = True
    is_deep: bool = False


def rare_user() -> str:
    """Who has the fewest calls of the traffic: the first by name of those."""
    counts = Counter(call.user_id for call in traffic.calls(traffic.TEMPLATE_COUNT, seed=1) if call.user_id)
    return min(counts, key=lambda user: (counts[user], user))


def pages() -> tuple[Page, ...]:
    """All pages, those over a range first."""
    rare = rare_user()
    return (
        Page("overview", "overview", "/"),
        Page("overview_compared", "overview, compared", "/", (("compare", "previous"),)),
        Page("ahead", "overview: reasons, forecast", "/overview/ahead"),
        Page("newest_quality", "overview: data quality", "/data-quality/newest"),
        Page("explore", "explore, by model", "/explore", _explored("model")),
        Page("explore_users", "explore, by user", "/explore", _explored("userId")),
        Page("requests", "requests", "/requests"),
        Page("requests_deep", "requests, deep page", "/requests", is_deep=True),
        Page("requests_model", "requests of a model", "/requests", (("model", "gpt-4o"),)),
        Page("requests_errors", "requests that failed", "/requests", (("status", "error"),)),
        Page("requests_rare", "requests of a rare user", "/requests", (("userId", rare),)),
        Page("requests_none", "requests, none match", "/requests", (("userId", rare), _NEVER)),
        Page("features", "features", "/features"),
        Page("feature", "one feature", "/features/one", (("endpointTag", _ENDPOINT),)),
        Page("models", "models", "/models"),
        Page("users", "users", "/users"),
        Page("user", "one user", "/users/one", (("userId", rare),)),
        Page("tenants", "tenants", "/tenants"),
        Page("investigate", "investigate", "/investigate"),
        Page("prompts", "prompts", "/prompts"),
        Page("impact", "prompt impact", "/prompts/impact", (("endpointTag", _ENDPOINT),)),
        Page("quality", "data quality", "/data-quality"),
        *(Page(key, key.replace("_", " "), path, has_range=False) for key, path in _PLAIN.items()),
    )


def _explored(by: str) -> tuple[tuple[str, str], ...]:
    return (("measure", "cost"), ("by", by), ("step", "auto"), ("limit", "10"))


_PLAIN = {
    "budgets": "/budgets",
    "alerts": "/alerts",
    "incidents": "/incidents",
    "prices": "/prices",
    "getting_started": "/getting-started",
    "search": "/search?q=gpt",
    "jobs": "/settings/jobs",
    "settings_of_keys": "/settings/api-keys",
    "settings_of_data": "/settings/data",
    "settings_of_retention": "/settings/retention",
    "settings_of_alerts": "/settings/alerts",
    "audit_log": "/settings/audit",
}


def measure(server: Server, row_count: int, data_end: int, tries: int) -> list[Measurement]:
    """p95 and the mean CPU time of every page. `data_end` is as for `reads.measure`.

    Raises BenchError when a page does not answer 200.
    """
    found = []
    for page, times_ms, cpu_ms in asyncio.run(_times(server, data_end, tries)):
        for name, what, value, goal in (
            ("p95", "p95", nearest_rank(times_ms, 0.95), PAGE_GOAL_MS),
            ("cpu", "CPU, mean", cpu_ms, None),
        ):
            found.append(
                Measurement(
                    key=f"pages.{row_count}.{page.key}.{name}_ms",
                    label=f"{row_count / 1e6:g} M rows, {page.label}: {what}",
                    unit="ms",
                    better="lower",
                    values=[value],
                    goal=goal,
                )
            )
    return found


def target(page: Page, data_end: int, attempt: int, now: int) -> str:
    """What to ask for. No two attempts of a page ask for the same range: no cache can answer."""
    asked = [urlencode(page.asked)]
    if page.has_range:
        end = (now // QUARTER_MS + 1) * QUARTER_MS
        asked.append(range_query(data_end - _DAYS * DAY_MS - attempt * QUARTER_MS, end))
    if page.is_deep:
        asked.append(urlencode({"cursor": cursor_text((data_end - _DEEP_MS - attempt, _LAST_ID))}))
    query = "&".join(filter(None, asked))
    return f"{page.path}?{query}" if query else page.path


async def _times(server: Server, data_end: int, tries: int) -> list[tuple[Page, list[float], float]]:
    """The milliseconds of the tries of every page, and the server's CPU time of one."""
    client = Client("127.0.0.1", server.port, {"Cookie": server.cookies(), "Accept": "text/html"})
    try:
        return [(page, *await _tries(client, server, page, data_end, tries)) for page in pages()]
    finally:
        client.close()


async def _tries(
    client: Client, server: Server, page: Page, data_end: int, tries: int
) -> tuple[list[float], float]:
    """The first try warms up."""
    await _time(client, target(page, data_end, 0, _now()))
    before, give_up = cpu_seconds(server.pid), time.monotonic() + _READING_S_MAX
    times: list[float] = []
    while len(times) < tries and (len(times) < _TRIES_MIN or time.monotonic() < give_up):
        times.append(await _time(client, target(page, data_end, len(times) + 1, _now())))
    return times, (cpu_seconds(server.pid) - before) / len(times) * 1e3


async def _time(client: Client, asked: str) -> float:
    began = time.perf_counter()
    answer = await client.get(asked)
    took_ms = (time.perf_counter() - began) * 1e3
    if answer.status != 200:
        raise BenchError(f"GET {asked} answered {answer.status}")
    return took_ms


def _now() -> int:
    return time.time_ns() // 1_000_000
