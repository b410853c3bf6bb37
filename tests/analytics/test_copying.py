"""The copy follows the ledger, notices when it is not of it, and never answers wrongly for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from farthing.actions.analytics.copying import Copying
from farthing.reports.facts import Facts
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.retention import Kept
from farthing.storage.clickhouse import ClickhouseCopy, Engine
from farthing.storage.contract import Storage
from farthing.storage.contract.copies import CopyState, CopyUnavailableError, ForeignCopyError
from farthing.storage.sql.schema import copy_change
from farthing.storage.sqlite import SqliteStorage
from tests.analytics.copied import CopiedPlaces, CopiedStorage
from tests.contract.corrections import changed_call, correction_of
from tests.contract.erasures import erasure
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event, query
from tests.contract.test_exports import rows
from tests.installations import StandingClock
from tests.storages import Changed, install, opened
from tests.strategies.whole_events import whole_events

RAW: Final = query("request_count", "cost_picousd", dimensions=("status", "user_id"), with_latency=True)
"""A question that no rollup answers."""
TAGGED: Final = Filters(data_modes=ALL_MODES.data_modes, tags=(("team", ("a",)),))


async def told(storage: Storage) -> Facts:
    return await storage.facts(RAW)


async def as_the_ledger(copied: CopiedStorage) -> Facts:
    """What the ledger says by itself."""
    reader, copied.reader = copied.reader, None
    found = await SqliteStorage.facts(copied, RAW)
    copied.reader = reader
    return found


async def agrees(copied: CopiedStorage, source: str) -> None:
    """The answer comes from there, and is the ledger's."""
    found, alone = await told(copied), await as_the_ledger(copied)
    assert found.source == source
    assert replace(found, source="") == replace(alone, source="")


async def amend(copied: CopiedStorage, external_request_id: str, **changes: Any) -> None:
    call = await copied.call_by_external_id(WORKSPACE_ID, external_request_id)
    assert call is not None
    after = structs.replace(call.event, **changes)
    assert await changed_call(copied, correction_of(call, "amended"), after)


async def notes(storage: SqliteStorage) -> int:
    async def work(tx: Any) -> int:
        from farthing.storage.sql.tenancy import across_workspaces  # noqa: PLC0415

        return len(await tx.fetch(across_workspaces(copy_change.select(), "a test")))

    return await storage._read(work)


async def test_a_call_is_in_the_next_answer_whether_it_is_copied_or_not(copied: CopiedStorage) -> None:
    await copied.record([event("a", user_id="u"), event("b", status="error")])
    await agrees(copied, "clickhouse + rows")
    await copied.catch_up()
    await agrees(copied, "clickhouse")
    await copied.record([event("c", user_id="u", latency_ms=None)])
    await agrees(copied, "clickhouse + rows")
    assert sum(count for count, _ in (await told(copied)).sums.values()) == 3


async def test_where_the_copy_reads_calls_all_of_them_may_be_read(copied: CopiedStorage) -> None:
    await copied.record([event(str(number), occurred_at=AT + number) for number in range(3)])
    asked = WORKSPACE_ID, EVER, TAGGED, 1
    await copied.catch_up()
    assert await copied.rows_since(*asked) == EVER.start
    copied.reader = None
    assert await copied.rows_since(*asked) == AT + 2


async def test_an_amended_call_is_itself_in_the_next_answer(copied: CopiedStorage) -> None:
    await copied.record([event(str(number), cost_picousd=number) for number in range(4)])
    await copied.catch_up()
    await amend(copied, "1", cost_picousd=100, occurred_at=AT - 40 * 86_400_000, user_id="v")
    await agrees(copied, "clickhouse + rows")
    assert (await copied.copying.step()).change_count == 1
    await agrees(copied, "clickhouse")
    await amend(copied, "1", occurred_at=AT)
    await copied.catch_up()
    await agrees(copied, "clickhouse")


async def test_what_is_applied_while_a_question_is_under_way_is_not_in_its_answer(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy
) -> None:
    await copied.record([event("a", cost_picousd=1)])
    await copied.catch_up()
    loop = asyncio.get_running_loop()

    async def change() -> None:
        await amend(copied, "a", cost_picousd=7)
        assert (await copied.copying.step()).change_count == 1

    def fetch_afterwards(*asked: Any) -> Any:
        asyncio.run_coroutine_threadsafe(change(), loop).result()
        return chdb_copy.fetch(*asked)

    before = (await as_the_ledger(copied)).sums
    late = Meanwhile(chdb_copy, chdb_copy.state_now)
    late.fetch = fetch_afterwards
    copied.reader = late
    found = await told(copied)
    assert (found.source, found.sums) == ("rows", before)
    copied.reader = chdb_copy
    assert (await told(copied)).sums != before


class Meanwhile:
    """A reader of a copy that moves on before it is asked how far it is."""

    is_open = True

    def __init__(self, copy: ClickhouseCopy, state_now: Callable[[], CopyState | None]) -> None:
        self.state_now = state_now
        self.fetch: Callable[..., Any] = copy.fetch
        self.has_failed = copy.has_failed


async def test_a_copy_that_begins_anew_meanwhile_is_not_believed(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy
) -> None:
    await copied.record([event("a")])
    await copied.catch_up()
    copied.reader = Meanwhile(chdb_copy, lambda: None)
    assert (await told(copied)).source == "rows"


async def test_the_ledger_answers_while_the_copy_does_not(copied: CopiedStorage) -> None:
    await copied.record([event("a", user_id="u")])
    await copied.catch_up()
    down = ClickhouseCopy(Engine("clickhouse://127.0.0.1:9/farthing"))
    with pytest.raises(CopyUnavailableError):
        await down.open()
    copied.reader = down
    assert not down.is_open
    assert down.trouble is not None
    await agrees(copied, "rows")
    await down.close()


async def test_the_ledger_answers_when_a_question_fails_in_the_copy(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy
) -> None:
    await copied.record([event("a", user_id="u")])
    await copied.catch_up()
    slow = ClickhouseCopy(chdb_copy._engine)
    slow.fetch = refuse  # type: ignore[method-assign,assignment]
    copied.reader = slow
    await agrees(copied, "rows")
    page = await copied.requests(
        WORKSPACE_ID, EVER, replace(ALL_MODES, equals=(("user_id", ("u",)),)), 10, None
    )
    assert len(page.items) == 1
    assert len(await rows(copied)) == 1


async def test_a_copy_that_has_no_room_left_is_asked_for_what_it_has_and_catches_up(
    copied: CopiedStorage, chdb_engine: Engine
) -> None:
    room = "min_free_disk_bytes_to_perform_insert"
    await copied.record([event("a", user_id="u")])
    await copied.catch_up()
    chdb_engine.command(f"ALTER TABLE usage_event MODIFY SETTING {room} = {10**15}")
    try:
        await copied.record([event("b", user_id="u")])
        for _ in range(2):
            with pytest.raises(CopyUnavailableError, match="enough free space"):
                await copied.copying.step()
        await agrees(copied, "clickhouse + rows")
    finally:
        chdb_engine.command(f"ALTER TABLE usage_event RESET SETTING {room}")
    await copied.catch_up()
    await agrees(copied, "clickhouse")


def refuse(*_: object) -> Any:
    raise CopyUnavailableError("Timeout exceeded")


async def test_a_copy_that_names_what_the_ledger_does_not_know_is_not_believed(
    copied: CopiedStorage, chdb_engine: Engine
) -> None:
    await copied.record([event("a", user_id="u")])
    await copied.catch_up()
    chdb_engine.command("ALTER TABLE usage_event UPDATE user_ref = 999 WHERE 1 SETTINGS mutations_sync = 2")
    found = await told(copied)
    assert (found.source, found.sums) == ("rows", (await as_the_ledger(copied)).sums)
    chdb_engine._failed_at = -1e9  # what follows need not wait


async def test_names_stay_in_the_ledger(copied: CopiedStorage, chdb_engine: Engine) -> None:
    await copied.record([event("a", user_id="alice@example.org", endpoint_tag="checkout")])
    await copied.catch_up()
    ((row,),) = chdb_engine.query("SELECT toString(tuple(*)) FROM usage_event", {})
    assert "alice" not in row
    assert "checkout" not in row


async def test_what_is_erased_is_gone_from_the_copy_and_from_its_disk(
    copied: CopiedStorage, chdb_engine: Engine
) -> None:
    await copied.record([event("of alice@example.org", extra={"tags": {"who": "alice@example.org"}})])
    await copied.catch_up()
    begun = await Changed(copied).add_erasure(erasure(in_others=True))
    named = await copied.erase_names(begun)
    assert named is not None
    assert await copied.erase_requests(named, 100)
    await copied.catch_up()
    text = "SELECT count() FROM usage_event WHERE concat(external_request_id, extra) LIKE '%alice%'"
    kept = chdb_engine.query(f"{text} SETTINGS final = 0", {})
    assert kept == [(0,)]
    await agrees(copied, "clickhouse")


async def test_rows_removed_by_age_are_gone_from_the_copy(copied: CopiedStorage) -> None:
    day = 86_400_000
    await copied.record([event(str(number), occurred_at=AT - number * day) for number in range(4)])
    while await copied.fold(100):
        pass
    await copied.catch_up()
    start = (AT - day) // day * day
    await copied.advance_retention(WORKSPACE_ID, {"real": Kept(start, 0)})
    while await copied.remove_rows(WORKSPACE_ID, 1, 10, AT) >= 0:
        pass
    await copied.catch_up()
    assert len(await copied.copying._copy.keys_of(WORKSPACE_ID, EVER)) == 2


async def test_a_copy_that_is_lost_is_made_anew(copied: CopiedStorage, chdb_engine: Engine) -> None:
    await copied.record([event(str(number)) for number in range(5)])
    await copied.catch_up()
    before = await copied.feed()
    chdb_engine.command("TRUNCATE TABLE copy_places")
    chdb_engine.command("TRUNCATE TABLE usage_event")
    assert (await told(copied)).source == "rows"
    await copied.catch_up()
    await agrees(copied, "clickhouse")
    after = await copied.feed()
    assert before is not None
    assert after is not None
    assert after.id == replace(before.id, number=before.id.number + 1)


@pytest.mark.parametrize(
    "said",
    [
        lambda state: replace(state, copied_to=state.copied_to - 1),
        lambda state: replace(state, copied_to=state.copied_to + 1),
        lambda state: replace(state, applying=state.applying + 5),
        lambda state: replace(state, id=replace(state.id, number=state.id.number + 1)),
    ],
    ids=["the copy has gone back", "the ledger has gone back", "it knows later changes", "another copy"],
)
async def test_a_copy_that_is_not_of_this_ledger_begins_anew(
    copied: CopiedStorage, chdb_engine: Engine, said: Callable[[CopyState], CopyState]
) -> None:
    await copied.record([event(str(number)) for number in range(3)])
    await copied.catch_up()
    copy = copied.copying._copy
    state = await copy.state()
    assert state is not None
    chdb_engine.command("TRUNCATE TABLE copy_places")
    await copy.note_state(said(state))
    await copied.catch_up()
    after = await copy.state()
    assert after is not None
    assert after.id.number > state.id.number
    await agrees(copied, "clickhouse")


async def test_a_copy_of_another_installation_is_left_alone(
    copied: CopiedStorage, copied_places: CopiedPlaces, chdb_copy: ClickhouseCopy
) -> None:
    await copied.record([event("a")])
    await copied.catch_up()
    async with copied_places._files.empty() as place, opened(place) as other:
        assert isinstance(other, SqliteStorage)
        await install(other)
        copying = Copying(other, chdb_copy, StandingClock())
        with pytest.raises(ForeignCopyError, match="another installation"):
            await copying.step()
        assert (await copying.begin_anew()).is_on
        assert (await copying.step()).is_idle
    with pytest.raises(ForeignCopyError, match="rebuild"):
        await copied.copying.step()


async def test_nothing_is_noted_where_there_is_no_copy(sqlite_places: CopiedPlaces) -> None:
    async with sqlite_places.empty() as place, opened(place) as storage:
        assert isinstance(storage, SqliteStorage)
        await install(storage)
        await storage.record([event("a", data_mode="test"), event("b")])
        await storage.delete(WORKSPACE_ID, "test", None)
        assert await notes(storage) == 0
        assert await storage.feed() is None


async def test_a_feed_that_has_ended_notes_nothing_more(copied: CopiedStorage) -> None:
    await copied.record([event("a"), event("b")])
    await amend(copied, "a", cost_picousd=5)
    assert await notes(copied) == 1
    await copied.end_feed()
    await amend(copied, "b", cost_picousd=5)
    assert await notes(copied) == 0
    await agrees(copied, "rows")
    await copied.catch_up()
    await agrees(copied, "clickhouse")


async def test_the_lag_is_what_the_newest_copied_call_is_older_by(copied: CopiedStorage) -> None:
    await copied.record([event("a", received_at=AT)])
    await copied.catch_up()
    await copied.record([event("b", received_at=AT + 1_500)])
    feed = await copied.feed()
    assert feed is not None
    assert (feed.lag_ms, feed.last_request_id - feed.copied_to) == (1_500, 1)
    await copied.catch_up()
    feed = await copied.feed()
    assert feed is not None
    assert feed.lag_ms == 0


@settings(max_examples=10)
@given(events=st.lists(whole_events(), min_size=1, max_size=5, unique_by=lambda e: e.external_request_id))
async def test_a_copied_call_says_what_was_recorded(
    copied_places: CopiedPlaces, events: list[UsageEvent]
) -> None:
    async with copied_places.empty() as place, opened(place) as storage:
        assert isinstance(storage, CopiedStorage)
        await install(storage)
        await storage.record(events)
        alone = await SqliteStorage.export_page(storage, *await _walk(storage))
        await storage.catch_up()
        copied = await storage.export_page(*await _walk(storage))
        assert copied == replace(alone, source="clickhouse")


async def _walk(storage: Storage) -> tuple[Any, None, int]:
    from farthing.rules.periods import Window  # noqa: PLC0415
    from farthing.storage.contract import RowWalk  # noqa: PLC0415

    walk = RowWalk(
        workspace_id=WORKSPACE_ID,
        window=Window(0, 2**53),
        filters=ALL_MODES,
        last_request_id=await storage.last_request_id(),
    )
    return walk, None, 100


@pytest.mark.parametrize("team", ["a", 'it\'s "a"\\n\n\t{x:String}%(y)s ;--', "ünï çode 🎈", ""])
async def test_tags_are_found_whatever_they_say(copied: CopiedStorage, team: str) -> None:
    await copied.record(
        [event("mine", extra={"tags": {"team": team}}), event("other", extra={"tags": {"team": f"{team}x"}})]
    )
    await copied.record([event("none"), event("odd", extra={"note": '"tags":{"team":"a"}'})])
    await copied.catch_up()
    filters = replace(TAGGED, tags=(("team", (team,)),))
    found = await copied.facts(replace(RAW, filters=filters))
    assert [count for count, _ in found.sums.values()] == [1]
    assert found.source == "clickhouse"
