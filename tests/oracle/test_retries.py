"""Retries and their rate are what plain Python counts of the calls, and unknown where nobody counted them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.sign_in import sign_in_token
from farthing.actions.reads.ask_question import ask_question
from farthing.app import door
from farthing.reports.question import Answer, Question, Value
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Step, Window
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import open_writer
from tests.installations import EMAIL, NOW, PASSWORD, Installed, a_call, installed, price_book
from tests.oracle.plain import text
from tests.web.browsing import Browser

MEASURES: Final = ("retries", "retry_rate", "requests")
STEP_MS: Final[dict[Step | None, int]] = {"hour": HOUR_MS, "day": DAY_MS}
COUNTED_FROM: Final = NOW - 26 * HOUR_MS


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installed]:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), price_book()) as made:
        yield made


def count_from(here: Installed, at: int) -> None:
    """As a database is after the update that brought the sum: the workspace says since when it is whole."""
    storage = here.parts.storage
    assert isinstance(storage, SqliteStorage)
    with closing(open_writer(storage._path)) as connection:
        connection.execute(f"UPDATE workspace SET keys_from = {at}")


async def some_calls(here: Installed, random: Random) -> list[UsageEvent]:
    for batch in range(3):
        await here.record(
            *(
                a_call(
                    random.choice((0, 1, HOUR_MS, 26 * HOUR_MS, 26 * HOUR_MS + 1, 49 * HOUR_MS)),
                    external_request_id=f"{batch}-{number}",
                    user_id=random.choice((None, "ada", "bob")),
                    attempt=random.choice((None, 1, 2, 7)),
                )
                for number in range(random.randint(0, 8))
            )
        )
        while random.random() < 0.7 and await here.parts.storage.fold(3):
            pass
    page = await here.parts.storage.requests(
        here.membership.workspace.id, Window(0, NOW + DAY_MS), Filters(), 100, None
    )
    return [each.event for each in page.items]


def told(calls: Sequence[UsageEvent], *, is_known: bool) -> dict[str, Value]:
    retries = sum(each.extra is not None and each.extra.get("attempt", 1) != 1 for each in calls)
    if not is_known:
        return {"retries": None, "retry_rate": None, "requests": len(calls)}
    rate = retries / len(calls) if calls else None
    return {"retries": retries, "retry_rate": rate, "requests": len(calls)}


def compare(answer: Answer, calls: Sequence[UsageEvent], counted_from: int) -> None:
    window, step = answer.question.window, answer.question.step
    inside = [each for each in calls if window.start <= each.occurred_at < window.end]
    assert answer.total == told(inside, is_known=window.start >= counted_from)
    groups: dict[tuple[int | None, tuple[str, ...]], list[UsageEvent]] = {}
    for each in inside:
        bucket = None if step is None else each.occurred_at // STEP_MS[step] * STEP_MS[step]
        keys = tuple(text(each, name) for name in answer.question.dimensions)
        groups.setdefault((bucket, keys), []).append(each)
    assert {(row.bucket, row.keys): row.values for row in answer.rows} == {
        (bucket, keys): told(found, is_known=max(bucket or 0, window.start) >= counted_from)
        for (bucket, keys), found in groups.items()
    }


@pytest.mark.parametrize("seed", range(12))
async def test_every_answer_is_what_plain_python_counts(here: Installed, seed: int) -> None:
    random = Random(seed)
    calls = await some_calls(here, random)
    for counted_from in (0, COUNTED_FROM):
        count_from(here, counted_from)
        for _ in range(12):
            start = NOW - random.choice((HOUR_MS, 26 * HOUR_MS, 27 * HOUR_MS, 50 * HOUR_MS, 3 * DAY_MS))
            question = Question(
                workspace_id=here.membership.workspace.id,
                window=Window(start, NOW + random.choice((0, QUARTER_MS, DAY_MS))),
                measures=MEASURES,
                dimensions=random.choice(((), ("user_id",), ("model",), ("user_id", "model"))),
                step=random.choice((None, "hour", "day")),
            )
            compare(await ask_question(here.parts, question), calls, counted_from)


async def reported(here: Installed, query: str) -> dict[str, Any]:
    app: Any = door(here.parts)
    pair = await sign_in_token(here.parts, EMAIL, PASSWORD, Origin("api", "127.0.0.1"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://farthing.test",
        headers={"Authorization": f"Bearer {pair.access_token}"},
    ) as client:
        answer = await client.get(f"/v1/report?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_the_api_and_the_page_say_unknown_and_never_0(here: Installed) -> None:
    await here.record(
        a_call(49 * HOUR_MS, user_id="ada", attempt=2),
        a_call(HOUR_MS, user_id="ada", attempt=2),
        a_call(HOUR_MS, user_id="bob"),
    )
    count_from(here, COUNTED_FROM)
    body = await reported(here, "measure=retries&measure=retry_rate&by=userId&range=24h")
    assert body["total"]["retries"] == 1
    assert [(item["userId"], item["retryRate"]) for item in body["items"]] == [("ada", 1.0), ("bob", 0.0)]
    body = await reported(here, "measure=retries&measure=retryRate&by=userId&range=7d&step=day")
    assert (body["total"]["retries"], body["total"]["retryRate"]) == (None, None)
    days = [(item["userId"], item["retries"]) for item in body["items"]]
    assert days == [("ada", None), ("ada", 1), ("bob", 0)]

    owner = Browser(here.parts)
    await owner.sign_in()
    page = await owner.open("/explore?measure=retries&by=userId&range=7d&step=day")
    assert "Retries are counted from 28 Feb 2026, 10:00 on" in page.text
    total = page.one("table", id="explore-groups").one("tfoot")
    assert total.one("td", data_figure="").text == "\u2014"
    page = await owner.open("/explore?measure=retry_rate&by=userId&range=24h&step=none")
    assert "Retries are counted" not in page.text
    assert "50 %" in page.one("table", id="explore-groups").text
    await owner.client.aclose()
