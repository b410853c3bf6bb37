"""The copy over HTTP, as a ClickHouse server is asked: the same answers, until it goes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from farthing.actions.analytics.copying import Copying
from farthing.storage.clickhouse import ClickhouseCopy, Engine
from farthing.storage.contract.copies import CopyUnavailableError
from tests.analytics import http_front
from tests.analytics.copied import CopiedStorage
from tests.analytics.test_copying import RAW, TAGGED, agrees, amend
from tests.contract.samples import event
from tests.contract.test_exports import rows


@pytest.fixture
def engine(chdb_engine: Engine) -> Iterator[Client]:
    """A connection of its own to the engine, for the server."""
    own = chdb_engine._client
    assert own is not None
    another = clickhouse_connect.get_client(interface="chdb", path=own.path)  # type: ignore[attr-defined]
    yield another
    another.close()


@pytest.fixture
def address(engine: Client) -> Iterator[str]:
    with http_front.serving(engine, "farthing", "secret") as url:
        yield url


async def test_a_server_is_fed_and_asked_over_http(copied: CopiedStorage, address: str) -> None:
    copy = ClickhouseCopy(Engine(f"{address}/farthing"))
    copying = Copying(copied, copy, copied.clock, rows_max=100)
    await copy.open()
    await copying.begin_anew()
    copied.reader, copied.copying = copy, copying
    team = 'it\'s "a"\\n\n\t{x:String}&param_x=1%20;--ü'
    await copied.record([event(str(n), user_id=f"u{n}", cost_picousd=10**17) for n in range(20)])
    await copied.record([event("tagged", extra={"tags": {"team": team}}, latency_ms=None)])
    await agrees(copied, "clickhouse + rows")
    await copied.catch_up()
    await agrees(copied, "clickhouse")
    await amend(copied, "3", user_id="v")
    await agrees(copied, "clickhouse + rows")
    await copied.catch_up()
    await agrees(copied, "clickhouse")
    found = await copied.facts(replace(RAW, filters=replace(TAGGED, tags=(("team", (team,)),))))
    assert ([count for count, _ in found.sums.values()], found.source) == ([1], "clickhouse")
    exported = await rows(copied, 7)
    copied.reader = None
    assert exported == await rows(copied, 7)
    await copy.close()


async def test_the_ledger_answers_from_when_a_server_goes_away(copied: CopiedStorage, engine: Client) -> None:
    with http_front.serving(engine, "farthing", "secret") as url:
        copy = ClickhouseCopy(Engine(url))
        await copy.open()
        copied.reader = copy
        await copied.record([event("a", user_id="u")])
        await copied.catch_up()
        await agrees(copied, "clickhouse")
    await agrees(copied, "rows")
    assert not copy.is_open
    assert copy.trouble is not None
    await copy.close()


async def test_a_wrong_password_is_told_and_not_tried_again_at_once(address: str) -> None:
    copy = ClickhouseCopy(Engine(f"{address.replace('secret', 'wrong')}/farthing"))
    for _ in range(2):
        with pytest.raises(CopyUnavailableError, match="AUTHENTICATION_FAILED"):
            await copy.open()
    assert not copy.is_open
    await copy.close()
