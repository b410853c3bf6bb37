"""One process feeds the copy at a time: servers take turns, commands wait for theirs and say so."""

from __future__ import annotations

import asyncio

import pytest

from farthing.actions.analytics.turn import Turn
from farthing.cli.analytics import _caught_up
from farthing.jobs.copying import copying
from tests.analytics.test_copied_api import Site, site

__all__ = ["site"]


async def test_a_turn_is_kept_step_by_step_until_it_ends(site: Site) -> None:
    storage, clock = site.installed.parts.storage, site.installed.clock
    mine, theirs = Turn(storage, clock), Turn(storage, clock)
    assert await mine.take()
    for _ in range(5):  # far longer than one turn
        clock.forward(6_000)
        assert await mine.take()
        assert not await theirs.take()
    await mine.end()
    assert await theirs.take()
    assert not await mine.take()
    await mine.end()  # of what it has not
    assert not await mine.take()


async def test_a_turn_that_nobody_keeps_is_anothers(site: Site) -> None:
    storage, clock = site.installed.parts.storage, site.installed.clock
    killed, next_one = Turn(storage, clock), Turn(storage, clock)
    assert await killed.take()
    clock.forward(10_000)
    assert await next_one.take()
    assert not await killed.take()


async def test_a_server_that_stops_leaves_the_turn_to_others(site: Site) -> None:
    parts = site.installed.parts
    other = Turn(parts.storage, parts.clock)
    async with copying(parts):
        until = 0
        while not until:
            until = await other.ends_at()
        assert not await other.take()
    assert await other.take()


async def test_a_command_waits_for_its_turn_and_says_so_once(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = site.installed.parts
    server = Turn(parts.storage, parts.clock)
    assert await server.take()
    before = await number(site)
    rebuilding = asyncio.create_task(_caught_up(parts, site.analytics, is_anew=True))
    said = ""
    while not (said or rebuilding.done()):
        await asyncio.sleep(0)
        said = capsys.readouterr().err
    assert "a server or another command feeds the copy, up to 2026-03-01T12:00:10" in said
    assert await number(site) == before
    await server.end()
    await rebuilding
    assert await number(site) == before + 1
    assert not capsys.readouterr().err
    assert await server.take()  # it is let go


async def number(site: Site) -> int:
    feed = await site.analytics.ledger.feed()
    assert feed is not None
    return feed.id.number
