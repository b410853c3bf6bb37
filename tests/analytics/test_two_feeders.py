"""Two processes that feed one copy at once: whichever comes late, every answer is the ledger's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from farthing.actions.analytics.copying import Copying
from farthing.rules.periods import HOUR_MS
from farthing.storage.clickhouse import ClickhouseCopy, Engine
from farthing.storage.contract.copies import CopyUnavailableError, Row
from tests.analytics.copied import CopiedStorage
from tests.analytics.test_copying import Meanwhile, agrees, amend, as_the_ledger, notes, refuse, told
from tests.contract.corrections import changed_call, correction_of
from tests.contract.samples import EVER, WORKSPACE_ID, event


class LateCopy(ClickhouseCopy):
    """The copy over a slow line: rows arrive when `go` is set."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.is_sending = asyncio.Event()
        self.go = asyncio.Event()

    async def put(self, rows: Sequence[Row], change: int) -> None:
        self.is_sending.set()
        await self.go.wait()
        await super().put(rows, change)


@dataclass
class LateFeeder:
    """A second feeder in the midst of a step: it has read the ledger and has written nothing."""

    copy: LateCopy
    step: asyncio.Task[Any] = field(repr=False)

    async def arrive(self) -> None:
        """Let it end its step. Raises what that raises."""
        self.copy.go.set()
        await self.step


@asynccontextmanager
async def late_feeder(copied: CopiedStorage, engine: Engine) -> AsyncIterator[LateFeeder]:
    copy = LateCopy(engine)
    step = asyncio.create_task(Copying(copied, copy, copied.clock).step())
    await copy.is_sending.wait()
    yield LateFeeder(copy, step)
    await asyncio.to_thread(copy._feeding.shutdown)


async def record(copied: CopiedStorage) -> None:
    """Three calls that are copied, and three that are not."""
    await copied.record([event(str(n), cost_picousd=n) for n in range(3)])
    await copied.catch_up()
    await copied.record([event(f"new {n}", cost_picousd=50) for n in range(3)])


async def void(copied: CopiedStorage, external_request_id: str) -> None:
    call = await copied.call_by_external_id(WORKSPACE_ID, external_request_id)
    assert call is not None
    assert await changed_call(copied, correction_of(call, "voided"), call.event)


async def number(copied: CopiedStorage) -> int:
    feed = await copied.feed()
    assert feed is not None
    return feed.id.number


def once(change: Callable[[], Any], fetch: Callable[..., Any]) -> Callable[..., Any]:
    """`fetch` after `change` was done in the loop, the first time."""
    loop = asyncio.get_running_loop()
    done: list[Any] = []

    def changed_before(*asked: Any) -> Any:
        if not done:
            done.append(asyncio.run_coroutine_threadsafe(change(), loop).result())
        return fetch(*asked)

    return changed_before


async def test_a_late_note_of_new_rows_does_not_hide_that_a_change_is_applied(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:

        async def change() -> None:
            await amend(copied, "1", cost_picousd=100)
            assert (await copied.copying.step()).change_count == 1
            await late.arrive()

        before = (await as_the_ledger(copied)).sums
        reader = Meanwhile(chdb_copy, chdb_copy.state_now)
        reader.fetch = once(change, chdb_copy.fetch)
        copied.reader = reader
        found = await told(copied)
        assert (found.source, found.sums) == ("rows", before)
    copied.reader = chdb_copy
    await agrees(copied, "clickhouse")


async def test_a_late_step_does_not_make_the_copy_begin_anew(
    copied: CopiedStorage, chdb_engine: Engine
) -> None:
    await record(copied)
    before = await number(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await amend(copied, "1", cost_picousd=100)
        assert (await copied.copying.step()).change_count == 1
        await late.arrive()
    await copied.catch_up()
    assert await number(copied) == before
    await agrees(copied, "clickhouse")


async def test_a_voided_call_that_comes_late_stays_away(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await void(copied, "new 1")
        while (await copied.copying.step()).change_count == 0:  # and not further: what tidies refuses it
            pass
        await late.arrive()
    await copied.catch_up()
    assert len(await chdb_copy.keys_of(WORKSPACE_ID, EVER)) == 5
    await agrees(copied, "clickhouse")


def keys_of_gone(engine: Engine) -> int:
    ((count,),) = engine.query("SELECT count() FROM usage_event WHERE is_deleted = 1", {}, is_final=False)
    return int(count)


async def test_keys_of_what_is_gone_are_taken_away_once_late_rows_are_refused(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await void(copied, "new 1")
        await copied.catch_up()
        await amend(copied, "1", cost_picousd=100)
        copied.clock.forward(HOUR_MS)
        await copied.catch_up()
        assert keys_of_gone(chdb_engine) == 1
        copied.clock.forward(HOUR_MS)
        await copied.catch_up()
        assert keys_of_gone(chdb_engine) == 0
        with pytest.raises(CopyUnavailableError, match="VIOLATED_CONSTRAINT"):
            await late.arrive()
    assert len(await chdb_copy.keys_of(WORKSPACE_ID, EVER)) == 5
    await agrees(copied, "clickhouse")
    await copied.copying.begin_anew()  # which forgets what was refused
    await copied.catch_up()
    await agrees(copied, "clickhouse")


async def test_keys_of_what_is_gone_stay_while_late_rows_could_not_be_refused(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await void(copied, "new 1")
        while (await copied.copying.step()).change_count == 0:
            pass
        await amend(copied, "1", cost_picousd=100)
        with monkeypatch.context() as patch:
            patch.setattr(copied.copy, "refuse_before", refuse)
            with pytest.raises(CopyUnavailableError):
                await copied.catch_up()
        copied.clock.forward(HOUR_MS)
        await copied.catch_up()
        assert keys_of_gone(chdb_engine) == 1
        with pytest.raises(CopyUnavailableError, match="VIOLATED_CONSTRAINT"):
            await late.arrive()
    copied.clock.forward(HOUR_MS)
    await copied.catch_up()
    assert keys_of_gone(chdb_engine) == 0
    assert len(await chdb_copy.keys_of(WORKSPACE_ID, EVER)) == 5
    await agrees(copied, "clickhouse")


async def test_keys_of_what_is_gone_stay_where_older_rows_lie_beside_them(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine
) -> None:
    await record(copied)
    await copied.catch_up()
    chdb_engine.command("SYSTEM STOP MERGES usage_event")
    try:
        await void(copied, "new 1")
        await copied.catch_up()
        await amend(copied, "1", cost_picousd=100)
        await copied.catch_up()
        feed = await copied.feed()
        assert feed is not None
        await chdb_copy.forget_gone(feed.change)
        assert keys_of_gone(chdb_engine) == 1
        await agrees(copied, "clickhouse")
    finally:
        chdb_engine.command("SYSTEM START MERGES usage_event")
    await chdb_copy.forget_gone(feed.change)
    assert keys_of_gone(chdb_engine) == 0
    await agrees(copied, "clickhouse")


async def test_rows_for_a_copy_that_has_begun_anew_since_are_refused(
    copied: CopiedStorage, chdb_copy: ClickhouseCopy, chdb_engine: Engine
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await copied.end_feed()
        await void(copied, "new 1")  # nobody notes it
        await copied.copying.begin_anew()
        await copied.catch_up()
        with pytest.raises(CopyUnavailableError, match="VIOLATED_CONSTRAINT"):
            await late.arrive()
    assert len(await chdb_copy.keys_of(WORKSPACE_ID, EVER)) == 5
    await agrees(copied, "clickhouse")


async def test_rows_read_just_before_the_copy_begins_anew_are_refused(
    copied: CopiedStorage, chdb_engine: Engine
) -> None:
    await record(copied)
    async with late_feeder(copied, chdb_engine) as late:
        await copied.copying.begin_anew()
        with pytest.raises(CopyUnavailableError, match="VIOLATED_CONSTRAINT"):
            await late.arrive()
    await copied.catch_up()
    await agrees(copied, "clickhouse")


async def test_changes_that_are_applied_late_take_nothing_back(copied: CopiedStorage) -> None:
    await record(copied)
    await amend(copied, "0", cost_picousd=7)
    early = await copied.changes_to_copy(100)
    assert early is not None
    await amend(copied, "1", cost_picousd=8)
    await copied.catch_up()
    await amend(copied, "2", cost_picousd=9)
    before = await copied.feed()
    assert before is not None
    assert not await copied.changes_copied(before.id, early, copied.clock.now())
    after = await copied.feed()
    assert after is not None
    assert (after.applied_to, await notes(copied)) == (before.applied_to, 1)
