"""Files become calls: the ones that their senders would have reported, each once, whatever happens."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.imports.cursor import FOLDER
from farthing.actions.imports.import_files import import_here, weigh
from farthing.actions.imports.report import FileReport
from farthing.actions.imports.wanted import Wanted
from farthing.intake.call import read_object
from farthing.intake.imports.format import Defaults
from farthing.rules.money import PICO_PER_USD
from farthing.rules.usage import TokenUsage
from farthing.storage.contract import StoredEvent
from farthing.storage.memory import MemoryStorage
from farthing.storage.sqlite import SqliteStorage
from tests.contract.samples import ALL_MODES, EVER
from tests.exports.reading import exported
from tests.imports.test_formats import LANGFUSE, LITELLM, OPENAI_USAGE, OPENROUTER
from tests.installations import Installed, a_call, installed, price_book


@asynccontextmanager
async def place(folder: Path, *, is_lasting: bool = False) -> AsyncIterator[Installed]:
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - nobody waits
    storage = SqliteStorage(folder / "farthing.db") if is_lasting else MemoryStorage()
    async with installed(storage, price_book(), data=folder) as made:
        yield made


def lines(folder: Path, *rows: dict[str, Any], name: str = "rows.ndjson") -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def nobody(report: FileReport, share: float) -> None:
    """Looks at no bar."""


async def take(made: Installed, *files: Path, **said: Any) -> list[FileReport]:
    return await import_here(made.parts, made.asker, Wanted(files=files, **said), nobody)


async def take_one(made: Installed, file: Path, **said: Any) -> FileReport:
    (report,) = await take(made, file, **said)
    return report


async def stored(made: Installed) -> list[StoredEvent]:
    page = await made.parts.storage.requests(made.membership.workspace.id, EVER, ALL_MODES, 5_000, None)
    return page.items


def many(count: int) -> list[dict[str, Any]]:
    """Rows of LiteLLM, a second apart."""
    return [
        LITELLM | {"request_id": f"chatcmpl-{number:024d}", "endTime": 1_771_581_600 + number}
        for number in range(count)
    ]


NATIVE = {
    "externalRequestId": LITELLM["request_id"],
    "provider": "openai",
    "model": "gpt-4o-mini",
    "requestedModel": "mini",
    "status": "success",
    "occurredAt": "2026-02-20T10:00:00.820Z",
    "latencyMs": 820,
    "timeToFirstTokenMs": 210,
    "userId": "user_7f3a",
    "sessionId": "s_1",
    "tags": {"key": "checkout", "team": "team_1"},
    "metadata": {"callType": "acompletion", "requestTags": "web, beta"},
    "reportedCostUsd": 0.000045,
    "usage": LITELLM["metadata"]["usage_object"],
    "dataMode": "real",
}


def without_sender(event: StoredEvent) -> dict[str, Any]:
    """All of an event but its number and the key that it came with."""
    told = event.event
    return {
        name: getattr(told, name)
        for name in told.__struct_fields__
        if name not in ("api_key_id", "received_at")
    }


async def test_an_imported_call_is_the_one_that_would_have_been_sent(tmp_path: Path) -> None:
    async with place(tmp_path / "a") as sent, place(tmp_path / "b") as imported:
        await sent.record(read_object(NATIVE))  # type: ignore[arg-type] # it is a good one
        report = await take_one(imported, lines(tmp_path, LITELLM))
        assert (report.stored_count, report.refused_count) == (1, 0)
        (one,), (other,) = await stored(sent), await stored(imported)
    assert without_sender(one) == without_sender(other)
    assert other.event.cost_picousd == 37_500_000  # 20 x 0.15 + 100 x 0.075 + 45 x 0.60 USD a million
    assert other.event.reported_cost_picousd == 45_000_000


async def test_a_file_may_come_again_and_a_call_by_another_way(tmp_path: Path) -> None:
    async with place(tmp_path) as made:
        other_way = {"providerRequestId": LITELLM["request_id"]}
        await made.record(a_call(external_request_id="ours", metadata=other_way))
        file = lines(tmp_path, LITELLM, *many(3))
        first = await take_one(made, file)
        assert (first.stored_count, first.duplicate_count) == (3, 1)
        again = await take_one(made, file)
        assert (again.stored_count, again.duplicate_count) == (0, 4)
        assert len(await stored(made)) == 4


async def test_who_tells_of_a_call_over_langfuse_and_litellm_tells_of_one(tmp_path: Path) -> None:
    async with place(tmp_path) as made:
        reports = await take(made, lines(tmp_path, LANGFUSE, name="a"), lines(tmp_path, LITELLM, name="b"))
        assert [(each.stored_count, each.duplicate_count) for each in reports] == [(1, 0), (0, 1)]


_rows = st.lists(
    st.builds(
        lambda number, tokens: (
            {"model": "gpt-4o-mini", "provider": "openai", "inputTokens": tokens}
            | {"outputTokens": 1, "occurredAt": 1_771_581_600 + number}
        ),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(_rows, st.randoms())
async def test_rows_without_an_id_count_as_often_as_they_stand_there_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], random: Any
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    async with place(folder) as made:
        assert (await take_one(made, lines(folder, *rows))).stored_count == len(rows)
        mixed = [dict(random.sample(list(row.items()), len(row))) for row in random.sample(rows, len(rows))]
        again = await take_one(made, lines(folder, *mixed))
        assert (again.stored_count, again.duplicate_count) == (0, len(rows))
        assert (await take_one(made, lines(folder, *rows, rows[0]))).stored_count == 1


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.randoms())
async def test_rows_with_an_id_count_once_in_any_order_and_however_often(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], random: Any
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    all_ = many(10)
    async with place(folder) as made:
        for _ in range(2):
            random.shuffle(numbers)
            await take_one(made, lines(folder, *(all_[number] for number in numbers)))
        assert {each.event.external_request_id for each in await stored(made)} == {
            all_[number]["request_id"] for number in numbers
        }
        assert len(await stored(made)) == len(set(numbers))


class BrokenOffError(Exception):
    """Somebody pulled the plug."""


async def test_an_import_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    file = lines(
        tmp_path, *many(2_500), {"request_id": "bad"} | many(1)[0] | {"prompt_tokens": -1, "metadata": {}}
    )
    wanted = Wanted(files=[file])

    def break_off(report: FileReport, _: float) -> None:
        if report.row_count >= 2_000:
            raise BrokenOffError

    async with place(tmp_path, is_lasting=True) as made:
        with pytest.raises(BrokenOffError):
            await import_here(made.parts, made.asker, wanted, break_off)
        assert len(list((tmp_path / FOLDER).iterdir())) == 1
        on = await take_one(made, file)
        assert (on.resumed_after, on.row_count, on.stored_count) == (2_000, 2_501, 500)
        assert (on.duplicate_count, on.refused_count) == (0, 1)
        assert not (tmp_path / FOLDER).exists()
        assert (await take_one(made, file)).duplicate_count == 2_500


async def test_what_a_cursor_says_is_not_believed_of_another_state_of_the_database(tmp_path: Path) -> None:
    file = lines(tmp_path, *many(1_500))

    def break_off(*_: object) -> None:
        raise BrokenOffError

    async with place(tmp_path) as made:
        with pytest.raises(BrokenOffError):
            await import_here(made.parts, made.asker, Wanted(files=[file]), break_off)
    async with place(tmp_path) as anew:
        assert (await take_one(anew, file)).stored_count == 1_500


async def test_a_dry_run_says_all_and_stores_nothing(tmp_path: Path) -> None:
    odd = LITELLM | {"model": "no-such-model", "end_user": "x" * 300, "region_hint": "eu", "empty": None}
    unpriced = LITELLM | {"model": "no-such-model", "request_id": "unpriced", "spend": 0.5}
    file = lines(tmp_path, LITELLM, odd, unpriced)
    async with place(tmp_path) as made:
        (report,) = await weigh(made.parts, made.asker, Wanted(files=[file]), nobody)
        assert await stored(made) == []
        assert not (tmp_path / FOLDER).exists()
    assert (report.row_count, report.call_count, report.stored_count, report.refused_count) == (3, 2, 0, 1)
    assert report.unknown == {"region_hint": '"eu"', "empty": ""}
    assert report.ignored == {"messages": "prompts are never kept"}
    assert [refusal.place for refusal in report.refusals] == [2]
    assert report.refusals[0].told.startswith("userId has 300 characters")
    priced = report.models["openai", "gpt-4o-mini"]
    assert (priced.cost_picousd, priced.source_picousd, priced.unpriced_count) == (37_500_000, 45_000_000, 0)
    unknown = report.models["openai", "no-such-model"]
    assert (unknown.cost_picousd, unknown.unpriced_count, unknown.compared_count) == (0, 1, 0)


async def test_refused_rows_are_kept_and_can_be_imported_when_they_are_mended(tmp_path: Path) -> None:
    bad = LITELLM | {"prompt_tokens": "many", "metadata": {}}
    rejected = tmp_path / "rejected.ndjson"
    async with place(tmp_path) as made:
        report = await take_one(made, lines(tmp_path, bad, many(1)[0]), rejected=rejected)
        assert (report.stored_count, report.refused_count) == (1, 1)
        told = json.loads(rejected.read_text())
        assert (told["place"], told["problems"][0]["field"]) == (1, "prompt_tokens")
        rejected.write_text(rejected.read_text().replace('"many"', "120"))
        assert (await take_one(made, rejected)).stored_count == 1
        with pytest.raises(InvalidInputError, match="one of the files"):
            await take_one(made, rejected, rejected=rejected)


async def test_bytes_that_are_no_text_spoil_their_row_only(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    head = b"provider,model,inputTokens,outputTokens,userId\n"
    file.write_bytes(head + b"openai,gpt-4o-mini,1,1,\xff\nopenai,gpt-4o-mini,1,1,ada\n")
    rejected = tmp_path / "rejected.ndjson"
    async with place(tmp_path) as made:
        report = await take_one(made, file, rejected=rejected)
    assert (report.stored_count, report.refused_count) == (1, 1)
    assert "no UTF-8" in report.refusals[0].told
    assert json.loads(rejected.read_text())["row"]["userId"] == "?"


async def test_counts_that_cannot_all_be_true_are_kept_and_flagged(tmp_path: Path) -> None:
    async with place(tmp_path) as made:
        await take_one(made, lines(tmp_path, OPENROUTER | {"tokens_cached": 20_000}))
        (event,) = await stored(made)
    assert "usage_inconsistent" in event.event.usage.flags


async def test_sums_are_never_taken_for_calls(tmp_path: Path) -> None:
    usage = lines(tmp_path, OPENAI_USAGE, OPENAI_USAGE | {"num_model_requests": 5, "api_key_id": "k2"})
    cost = {"start_time": 1, "amount": {"value": 0.06, "currency": "usd"}, "line_item": "x", "object": "o"}
    costs = lines(tmp_path, cost, name="costs.json")
    async with place(tmp_path) as made:
        with pytest.raises(ConflictError, match="count twice"):
            await take_one(made, usage)
        with pytest.raises(ConflictError, match="none says that it is one call"):
            await take(made, usage, costs, is_confirmed=True)
        assert await stored(made) == []
        report = await take_one(made, usage, is_confirmed=True)
        assert (report.stored_count, report.summed_count) == (1, 1)
        sums = report.summed["gpt-4o-mini-2024-07-18"]
        assert (sums.request_count, sums.input_tokens, sums.output_tokens) == (5, 1000, 500)
        assert (await take_one(made, usage, is_confirmed=True)).duplicate_count == 1
        assert len(await stored(made)) == 1
        (shown,) = await weigh(made.parts, made.asker, Wanted(files=[costs]), nobody)
        assert shown.summed["x"].cost_picousd == 6 * PICO_PER_USD // 100


async def test_ids_that_are_too_long_are_kept_as_digests(tmp_path: Path) -> None:
    file = lines(tmp_path, *(LITELLM | {"request_id": letter * 300} for letter in "ab"))
    async with place(tmp_path) as made:
        assert (await take_one(made, file)).stored_count == 2
        assert (await take_one(made, file)).duplicate_count == 2


async def test_a_table_that_counts_requests_is_one_of_sums(tmp_path: Path) -> None:
    rows = [
        {"provider": "openai", "model": "gpt-4o-mini", "requests": n, "totalTokens": 5 * n} for n in (0, 1, 2)
    ]
    async with place(tmp_path) as made:
        with pytest.raises(ConflictError, match="count twice"):
            await take_one(made, lines(tmp_path, *rows))
        report = await take_one(made, lines(tmp_path, *rows), is_confirmed=True)
        assert (report.stored_count, report.summed_count, sum(report.skipped.values())) == (1, 1, 1)


async def test_what_rows_do_not_say_is_what_was_said_for_all(tmp_path: Path) -> None:
    defaults = Defaults(provider="azure", data_mode="test", environment="dev", endpoint_tag="old.tool")
    async with place(tmp_path) as made:
        await take_one(made, lines(tmp_path, {"model": "gpt-4o", "totalTokens": 5}), defaults=defaults)
        await take_one(made, lines(tmp_path, LANGFUSE), defaults=defaults)
        found = {each.event.endpoint_tag: each.event for each in await stored(made)}
    old, langfuse = found["old.tool"], found["checkout"]
    assert (old.provider, old.data_mode, old.environment) == ("azure", "test", "dev")
    assert (langfuse.provider, langfuse.data_mode, langfuse.environment) == ("azure", "test", "prod")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"format_name": "xml"}, "--format: must be one of"),
        ({"defaults": Defaults(data_mode="fun")}, "--data-mode"),
        ({"defaults": Defaults(environment="moon")}, "--environment"),
        ({"defaults": Defaults(accounting="fuzzy")}, "--token-accounting"),
        ({"format_name": "helicone"}, "is no Helicone requests: it lacks"),
    ],
)
async def test_what_cannot_be_is_said_before_anything_is_read(
    tmp_path: Path, said: dict[str, Any], wrong: str
) -> None:
    async with place(tmp_path) as made:
        with pytest.raises(InvalidInputError, match=wrong):
            await take_one(made, lines(tmp_path, LITELLM), **said)
        with pytest.raises(InvalidInputError, match="none that is known by its columns"):
            await take_one(made, lines(tmp_path, {"a": 1}))
        assert await stored(made) == []


async def test_a_run_that_goes_on_keeps_the_rows_that_were_refused_before(tmp_path: Path) -> None:
    bad = LITELLM | {"prompt_tokens": -1, "metadata": {}}
    file = lines(tmp_path, bad, *many(2_500), bad)
    kept = tmp_path / "rejected"

    def break_off(report: FileReport, share: float) -> None:  # noqa: ARG001 - as it is told
        if report.row_count >= 2_000:
            raise RuntimeError

    async with place(tmp_path / "data", is_lasting=True) as made:
        wanted = Wanted(files=[file], rejected=kept)
        with pytest.raises(RuntimeError):
            await import_here(made.parts, made.asker, wanted, break_off)
        (report,) = await import_here(made.parts, made.asker, wanted, nobody)
        assert report.resumed_after > 0
        assert [json.loads(line)["place"] for line in kept.read_text().splitlines()] == [1, 2_502]
        await import_here(made.parts, made.asker, wanted, nobody)
        assert len(kept.read_text().splitlines()) == 2


FULL: dict[str, Any] = {
    "external_request_id": "'=1+1",
    "endpoint_tag": "=cmd|' /C calc'!A0",
    "user_id": "+49 30 1234",
    "tenant_id": '@acme, "the" one',
    "input_tokens": 1_000,
    "output_tokens": 300,
    "cached_input_tokens": 200,
    "cache_write_tokens": 100,
    "cache_write_1h_tokens": 50,
    "reasoning_tokens": 80,
    "web_searches": 2,
    "provider": "anthropic",
    "model": "claude-sonnet-4-5",
    "service_tier": "standard",
    "trace_id": "t1",
    "tags": {"team": "a"},
    "metadata": {"score": 0.5, "n": 1},
    "reported_cost_usd": Decimal("0.0123"),
}


def facts(events: list[StoredEvent]) -> list[Any]:
    """What has to come over; how the sender counted does not."""
    told = []
    for each in events:
        event = each.event
        usage: TokenUsage = event.usage
        names = (
            "external_request_id",
            "occurred_at",
            "data_mode",
            "environment",
            "status",
            "provider",
            "model",
        )
        rest = ("endpoint_tag", "user_id", "tenant_id", "cost_picousd", "reported_cost_picousd", "latency_ms")
        told.append(([getattr(event, name) for name in (*names, *rest)], dict(usage.units), event.extra))
    return told


@pytest.mark.parametrize("form", ["csv", "ndjson", "json", "parquet"])
async def test_our_own_export_comes_back_to_the_same_sums(tmp_path: Path, form: str) -> None:
    async with place(tmp_path / "a") as one, place(tmp_path / "b") as other:
        await one.record(
            a_call(**FULL),
            a_call(external_request_id="t", data_mode="test", environment="dev", ago_ms=90_000),
            a_call(external_request_id="none", model="no-such-model", status="error", ago_ms=120_000),
            a_call(external_request_id="zero", input_tokens=0, output_tokens=0, ago_ms=150_000),
        )
        pairs = [("format", form), ("dataMode", "all"), ("from", "2026-01-01"), ("to", "2026-04-01")]
        body = await exported(one.parts, one.membership.workspace, "requests", pairs)
        file = tmp_path / "export"
        file.write_bytes(body)
        report = await take_one(other, file)
        assert (report.format_name, report.stored_count, report.unknown) == ("farthing", 4, {})
        there, here = facts(await stored(one)), facts(await stored(other))
    if form == "csv":  # a text that began with an apostrophe before a sign can't be told from an escaped one
        there[0][0][0] = "=1+1"
    assert there == here
    assert not any(spent.compared_picousd != spent.source_picousd for spent in report.models.values())


async def test_parquet_with_types_of_its_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    row = LANGFUSE | {
        "usage_details": [("input", 20), ("output", 45), ("total", 65)],
        "metadata": None,
        "tags": ["a"],
    }
    types = {"usage_details": pa.map_(pa.string(), pa.int64())}
    schema = pa.schema([(name, types.get(name) or pa.infer_type([value])) for name, value in row.items()])
    pq.write_table(pa.Table.from_pylist([row], schema), path)
    async with place(tmp_path) as made:
        report = await take_one(made, path)
        (event,) = await stored(made)
    assert (report.kind, report.stored_count) == ("Parquet", 1)
    assert event.event.usage.units == {"input_uncached": 20, "output_visible": 45}


async def test_csv_of_litellm_is_what_its_json_is(tmp_path: Path) -> None:
    held = {
        name: json.dumps(value) if isinstance(value, dict | list) else value
        for name, value in LITELLM.items()
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, held.keys())
    writer.writeheader()
    writer.writerow(held)
    file = tmp_path / "logs.csv"
    file.write_text(text.getvalue())
    async with place(tmp_path) as made:
        reports = await take(made, lines(tmp_path, LITELLM), file)
        assert [each.duplicate_count for each in reports] == [0, 1]
