"""Whatever is recorded and asked for: each format adds up to what plain Python makes of the events."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from farthing.actions.errors import InvalidInputError
from farthing.actions.exports.asked import read_asked
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.facts import FactQuery
from farthing.reports.question import Question
from farthing.reports.written_filters import filter_pairs
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.focus import VERSIONS, columns_of
from farthing.rules.focus_check import header_faults, row_faults
from farthing.rules.instants import instant
from farthing.rules.periods import Window
from tests.exports.reading import (
    PICO,
    Row,
    added,
    csv_rows,
    duckdb_sums,
    exported,
    json_file,
    ndjson_rows,
    parquet_rows,
)
from tests.installations import StandingClock, parts_around, price_book
from tests.oracle.plain import Books, amount
from tests.storages import Places, install, opened
from tests.strategies.events import small_events
from tests.strategies.moments import MOMENTS, windows
from tests.strategies.questions import filters

_EXAMPLES: Final = 25
_events: Final = st.lists(small_events(MOMENTS[0]), max_size=12)


def cost_of(events: list[UsageEvent]) -> Decimal:
    return Decimal(sum(amount(event, "cost_picousd") for event in events)) / PICO


def tokens_of(events: list[UsageEvent]) -> int:
    return sum(event.usage.input_tokens for event in events)


def asked_for(pairs: list[tuple[str, str]]) -> ReadQuery | None:
    """What a read makes of the parameters; None where it refuses them: empty windows and contradictions."""
    try:
        return read_asked("requests", pairs, 0, "UTC").query
    except InvalidInputError:
        return None


def expected(events: list[UsageEvent], query: ReadQuery) -> list[UsageEvent]:
    books = Books()
    books.record(events)
    return books.matching(FactQuery(workspace_id=1, window=query.window, filters=query.filters))


@settings(
    max_examples=_EXAMPLES, phases=[__import__("hypothesis").Phase.generate], report_multiple_bugs=False
)
@given(events=_events, window=windows(MOMENTS[0]), wanted=filters())
async def test_every_format_adds_up_to_the_events(
    places: Places, tmp_path_factory: Any, events: list[UsageEvent], window: Window, wanted: Filters
) -> None:
    times = [("from", instant(window.start)), ("to", instant(window.end))]
    pairs = [*times, *filter_pairs(wanted)]
    query = asked_for(pairs)
    assume(query is not None)
    assert query is not None
    folder: Path = tmp_path_factory.mktemp("parquet")
    async with places.empty() as place, opened(place) as storage:
        workspace = (await install(storage)).workspace
        parts = parts_around(storage, price_book(), StandingClock())
        await storage.record(events)
        matching = expected(events, query)

        async def file(what: str, form: str, *more: tuple[str, str]) -> bytes:
            return await exported(parts, workspace, what, [*pairs, ("format", form), *more])

        held = json_file(await file("requests", "json"))
        parquet = await file("requests", "parquet")
        for rows in (
            csv_rows(await file("requests", "csv")),
            ndjson_rows(await file("requests", "ndjson")),
            held["items"],
            parquet_rows(parquet),
        ):
            check_requests(rows, matching)
        assert held["rowCount"] == held["total"]["requests"] == len(matching)
        assert Decimal(held["total"]["amountUsd"]) == cost_of(matching)
        assert duckdb_sums(parquet, folder, "amountUsd", "amountPicoUsd")[:2] == (
            len(matching),
            cost_of(matching) if any(event.cost_picousd is not None for event in matching) else None,
        )
        await check_summaries(file, matching)
        await check_focus(file, matching, folder)
        question = Question(
            workspace_id=1, window=window, measures=("cost", "requests"), filters=query.filters
        )
        answer = await ask_question(parts, question)
        assert answer.total == {"cost": cost_of(matching), "requests": len(matching)}


def check_requests(rows: list[Row], matching: list[UsageEvent]) -> None:
    assert len(rows) == len(matching)
    assert added(rows, "amountUsd") == cost_of(matching)
    assert added(rows, "amountPicoUsd") == cost_of(matching) * PICO
    assert added(rows, "inputTokens") == tokens_of(matching)
    unknown = [row for row in rows if row["amountUsd"] is None]
    assert len(unknown) == sum(event.cost_picousd is None for event in matching)


async def check_summaries(file: Any, matching: list[UsageEvent]) -> None:
    for by in ([("by", "userId"), ("by", "apiKey")], [], [("by", "endpointTag")]):
        for rows in (
            csv_rows(await file("summary", "csv", *by)),
            json_file(await file("summary", "json", *by))["items"],
            ndjson_rows(await file("summary", "ndjson", *by)),
            parquet_rows(await file("summary", "parquet", *by)),
        ):
            assert added(rows, "amountUsd") == cost_of(matching)
            assert added(rows, "requests") == len(matching)
            assert added(rows, "inputTokens") == tokens_of(matching)
            keys = [(row["day"], *(row[name] for _, name in by or [("by", "model")])) for row in rows]
            assert len(set(keys)) == len(keys)


async def check_focus(file: Any, matching: list[UsageEvent], folder: Path) -> None:
    for what in ("requests", "summary"):
        parquet = await file(what, "focus-parquet")
        rows = csv_rows(await file(what, "focus"))
        for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
            assert added(rows, column) == added(parquet_rows(parquet), column) == cost_of(matching)
        count, billed = duckdb_sums(parquet, folder, "BilledCost")
        assert (count, billed or Decimal(0)) == (len(rows), cost_of(matching))
        for version in VERSIONS:
            body = await file(what, "focus", ("focusVersion", version))
            names = body.decode().split("\r\n", maxsplit=1)[0].split(",")
            assert header_faults(names, version) == []
            assert names == [column.name for column in columns_of(version)]
            assert [row_faults(row, version) for row in csv_rows(body)] == [[] for _ in rows]
